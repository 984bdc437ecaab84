/** Delegated permissions given and taken by hand (Graph: oAuth2PermissionGrant): one object for client, API and user. */
import { sentences } from '../../../kernel/decision.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork } from '../../../platform/graph/model.ts';
import { settled } from '../../directory/commands/settle.ts';
import { requiredText, textOf } from '../../directory/model/given.ts';
import { canGrantDelegated, decideConsent, decideGrantRemoval, decideScopes, defaultAccess, givenByPackages, scopeNames } from '../rules/manual-grants.ts';
import { opaqueId, uuidsIn } from '../rules/opaque-ids.ts';
import { settleGrants } from '../store/delivery.ts';
import { grantByHand, listGrantEnds, listScopesNamed, listSources, lockDelegatedGrants, releaseByHand, type GrantEnd, type LockedGrant } from '../store/manual.ts';
import { auditGrant } from './app-role-assignments.ts';

/** Client, API and user (all zeros: everybody) of one object. */
interface Triple {
  readonly principalId: string;
  readonly resourceId: string;
  readonly subjectId: string;
}

const everybody = defaultAccess;
const idOf = ({ principalId, resourceId, subjectId }: Triple): string => opaqueId(principalId, resourceId, ...(subjectId === everybody ? [] : [subjectId]));

function requireRight(work: GraphWork): void {
  if (!canGrantDelegated(work.caller)) refuse('forbidden', { reason: 'Giving and taking delegated permissions needs DelegatedPermissionGrant.ReadWrite.All, and for a person also an administrator role.' });
}

/** Gives a client delegated permissions. */
export const createPermissionGrant: Command = async (work, { body }) => {
  requireRight(work);
  const subjectId = settled(decideConsent(requiredText(body, 'consentType'), textOf(body, 'principalId')?.toLowerCase())) ?? everybody;
  const triple = { principalId: requiredText(body, 'clientId').toLowerCase(), resourceId: requiredText(body, 'resourceId').toLowerCase(), subjectId };
  const { client, api } = await endsOf(work, triple);
  const names = scopeNames(textOf(body, 'scope') ?? '');
  const permissionIds = settled(decideScopes(client.type, { names, found: await listScopesNamed(work.tx, api.appId, names) }, api));
  const held = await lockDelegatedGrants(work.tx, triple);
  if (held.some((grant) => grant.isManual)) refuse('conflict', { reason: `Permission entry already exists: ${idOf(triple)}. Widen it with PATCH scope.`, field: 'clientId' });
  await grantByHand(work.tx, permissionIds.map((permissionId) => ({ ...triple, kind: 'delegated', permissionId })), work.now);
  await auditGrant(work, { activity: 'Add delegated permission grant', operation: 'Assign', principal: client, resource: api }, { after: { scope: names, principalId: subjectId === everybody ? null : subjectId } });
  return { answer: 'created', id: idOf(triple) };
};

async function endsOf(work: GraphWork, triple: Triple): Promise<{ readonly client: GrantEnd; readonly api: GrantEnd & { readonly appId: string } }> {
  const ends = await listGrantEnds(work.tx, [triple.principalId, triple.resourceId, triple.subjectId]);
  const client = ends.find((end) => end.id === triple.principalId);
  if (client === undefined || client.appId === null) return refuse('danglingReference', { field: 'clientId', value: triple.principalId });
  const api = ends.find((end) => end.id === triple.resourceId);
  if (api === undefined || api.appId === null || api.type === 'agentIdentity') return refuse('danglingReference', { field: 'resourceId', value: triple.resourceId });
  const subject = ends.find((end) => end.id === triple.subjectId);
  if (triple.subjectId !== everybody && subject?.type !== 'user' && subject?.type !== 'agentUser') return refuse('danglingReference', { field: 'principalId', value: triple.subjectId });
  return { client, api: { ...api, appId: api.appId } };
}

/** Sets the scope to exactly what the body says. */
export const changePermissionGrant: Command = async (work, input) => {
  requireRight(work);
  const { triple, held } = await lockGrant(work, input.id);
  const { client, api } = await endsOf(work, triple);
  for (const [name, value] of Object.entries({ clientId: triple.principalId, resourceId: triple.resourceId, principalId: triple.subjectId })) {
    const given = textOf(input.body, name);
    if (given !== undefined && given.toLowerCase() !== value) refuse('ruleBroken', { field: name, reason: `'${name}' of a grant cannot be changed. Leave it out, or make another grant.` });
  }
  if (!('scope' in input.body)) return { answer: 'done' };
  const names = scopeNames(textOf(input.body, 'scope') ?? '');
  const wanted = settled(decideScopes(client.type, { names, found: await listScopesNamed(work.tx, api.appId, names) }, api));
  const unwanted = held.filter((grant) => !wanted.includes(grant.permissionId));
  await refuseGivenByPackages(work, unwanted);
  const dropped = unwanted.map((grant) => grant.id);
  await releaseByHand(work.tx, dropped);
  await settleGrants(work.tx, dropped);
  await grantByHand(work.tx, wanted.map((permissionId) => ({ ...triple, kind: 'delegated', permissionId })), work.now);
  await auditGrant(work, { activity: 'Update delegated permission grant', operation: 'Update', principal: client, resource: api }, { before: { scope: held.map((grant) => grant.value) }, after: { scope: names } });
  return { answer: 'done' };
};

async function refuseGivenByPackages(work: GraphWork, unwanted: readonly LockedGrant[]): Promise<void> {
  const sources = await listSources(work.tx, unwanted.map((grant) => grant.id));
  if (sources.length === 0) return;
  const reason = givenByPackages(sources.map((source) => source.assignmentId));
  refuse('conflict', { reason: reason.message, field: 'scope' }, [reason]);
}

/** Takes away what was given by hand; what packages give as well stays until the last of their assignments ends. */
export const deletePermissionGrant: Command = async (work, input) => {
  requireRight(work);
  const { triple, held } = await lockGrant(work, input.id);
  const sources = await listSources(work.tx, held.map((grant) => grant.id));
  const decision = decideGrantRemoval(held.map((grant) => ({ isManual: grant.isManual, assignmentIds: sources.filter((source) => source.grantId === grant.id).map((source) => source.assignmentId) })));
  if (!decision.ok) refuse('conflict', { reason: sentences(decision.reasons) }, decision.reasons);
  const byHand = held.filter((grant) => grant.isManual).map((grant) => grant.id);
  await releaseByHand(work.tx, byHand);
  await settleGrants(work.tx, byHand);
  const end = (id: string) => ({ id, type: 'servicePrincipal', displayName: null });
  await auditGrant(work, { activity: 'Remove delegated permission grant', operation: 'Unassign', principal: end(triple.principalId), resource: end(triple.resourceId) }, { before: { scope: held.map((grant) => grant.value) } });
  return { answer: 'done' };
};

async function lockGrant(work: GraphWork, id: string): Promise<{ readonly triple: Triple; readonly held: readonly LockedGrant[] }> {
  const [principalId, resourceId, subjectId = everybody] = uuidsIn(id);
  const triple = principalId === undefined || resourceId === undefined ? undefined : { principalId, resourceId, subjectId };
  const held = triple === undefined ? [] : await lockDelegatedGrants(work.tx, triple);
  return triple === undefined || held.length === 0 ? refuse('notFound', { value: id }) : { triple, held };
}
