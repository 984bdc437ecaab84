/** Owners and sponsors of workloads: who answers for them. */
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input, Json, Outcome } from '../../../platform/graph/model.ts';
import { requiredText, textsOf } from '../model/given.ts';
import type { WorkloadType } from '../model/workload.ts';
import { decideOwners, decideSponsors, needsSponsor, noSponsor, type Person } from '../rules/sponsors.ts';
import { addLinks, listLinked, listPersons, removeLink, type LinkKind } from '../store/links.ts';
import { refuseFor, settled } from './settle.ts';
import { auditWorkload, changeableWorkload, refuseTakeover } from './workload-access.ts';

/** A workload that has just been written. */
interface Created {
  readonly id: string;
  readonly type: WorkloadType;
  /** Whether its creator becomes an owner. */
  readonly isOwned: boolean;
}

/** Links a new workload to the owners and sponsors of its body. A person who creates an agent is its sponsor when the body names none. */
export async function linkCreated(work: GraphWork, created: Created, body: Json): Promise<Json> {
  const { caller } = work;
  const named = textsOf(body, 'sponsors') ?? [];
  const isSponsoredByCreator = named.length === 0 && needsSponsor(created.type) && caller.isDelegated && caller.kind === 'user';
  const sponsors = await personsNamed(work, 'sponsors', isSponsoredByCreator ? [caller.principalId] : named);
  const owners = await personsNamed(work, 'owners', [...(textsOf(body, 'owners') ?? []), ...(created.isOwned ? [caller.principalId] : [])]);
  const [sponsorIds, ownerIds] = [settled(decideSponsors(created.type, { kept: [], added: sponsors })), settled(decideOwners(0, owners))];
  await addLinks(work.tx, 'sponsor', { sourceId: created.id, targetIds: sponsorIds });
  await addLinks(work.tx, 'owner', { sourceId: created.id, targetIds: ownerIds });
  return { sponsors: sponsorIds, owners: ownerIds };
}

async function personsNamed(work: GraphWork, field: string, ids: readonly string[]): Promise<readonly Person[]> {
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))];
  if (wanted.length === 0) return [];
  const found = await listPersons(work.tx, wanted);
  const missing = wanted.find((id) => !found.some((person) => person.id === id));
  if (missing !== undefined) refuse('danglingReference', { field, value: missing });
  return found;
}

/** Adds an owner. */
export const addOwner: Command = async (work, input) => await addLink(work, input, 'owner');

/** Adds a sponsor. */
export const addSponsor: Command = async (work, input) => await addLink(work, input, 'sponsor');

async function addLink(work: GraphWork, input: Input, kind: LinkKind): Promise<Outcome> {
  const workload = await changeableWorkload(work, input.id, kind === 'owner' ? 'edit' : 'sponsors');
  if (kind === 'owner') await refuseTakeover(work, workload);
  const targetId = requiredText(input.body, 'id').toLowerCase();
  if (targetId === workload.id) refuse('ruleBroken', { field: `${kind}s`, reason: `Nothing is its own ${kind}: name somebody else.` });
  const kept = await listLinked(work.tx, workload.id, kind);
  if (kept.some((person) => person.id === targetId)) {
    refuse('ruleBroken', { field: `${kind}s`, reason: `One or more added object references already exist for the following modified properties: '${kind}s'. Nothing is left to do.` });
  }
  const added = await personsNamed(work, `${kind}s`, [targetId]);
  const targetIds = settled(kind === 'owner' ? decideOwners(kept.length, added) : decideSponsors(workload.type, { kept, added }));
  await addLinks(work.tx, kind, { sourceId: workload.id, targetIds });
  await auditWorkload(work, { activity: `Add ${kind}`, operation: 'Assign', workload, after: { [kind]: targetId } });
  return { answer: 'done' };
}

/** Removes an owner. */
export const removeOwner: Command = async (work, input) => await dropLink(work, input, 'owner');

/** Removes a sponsor, but never the last. The workload is locked, so that of two removals at once the second sees the first. */
export const removeSponsor: Command = async (work, input) => await dropLink(work, input, 'sponsor');

async function dropLink(work: GraphWork, input: Input, kind: LinkKind): Promise<Outcome> {
  const workload = await changeableWorkload(work, input.id, kind === 'owner' ? 'edit' : 'sponsors');
  const targetId = requiredText(input.body, 'id').toLowerCase();
  if (!(await removeLink(work.tx, kind, { sourceId: workload.id, targetId }))) refuse('notFound', { value: targetId });
  if (kind === 'sponsor' && needsSponsor(workload.type) && (await listLinked(work.tx, workload.id, 'sponsor')).length === 0) refuseFor([noSponsor]);
  await auditWorkload(work, { activity: `Remove ${kind}`, operation: 'Unassign', workload, before: { [kind]: targetId } });
  return { answer: 'done' };
}
