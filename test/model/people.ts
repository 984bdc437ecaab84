/** Who a policy's words mean, in the most obvious way: loops over plain objects (contract §1.5, §2.1–§2.6). */
import type { Group, Identity, Shape, SubjectSet, Town } from './town.ts';

/** One identity. */
export const identityOf = (town: Town, id: string | undefined): Identity | undefined => town.identities.find((one) => one.id === id);

const groupOf = (town: Town, id: string | undefined): Group | undefined => town.groups.find((one) => one.id === id && one.isDeleted !== true);

/** Members of a living group, without those of groups inside. */
export const directMembers = (town: Town, id: string | undefined): readonly string[] => groupOf(town, id)?.members ?? [];

/** Whether somebody is in a group, also by a group inside it. */
export function isInGroup(town: Town, who: string, id: string | undefined): boolean {
  const members = directMembers(town, id);
  return members.includes(who) || members.some((inside) => groupOf(town, inside) !== undefined && isInGroup(town, who, inside));
}

/** The manager so many levels up. */
function managerOf(town: Town, who: string, level: number): readonly string[] {
  let at: string | undefined = who;
  for (let height = 0; height < level; height++) at = identityOf(town, at)?.manager;
  return at === undefined ? [] : [at];
}

/** A group that answers for something stands for the people in it. */
const withMembers = (town: Town, ids: readonly string[]): readonly string[] => ids.flatMap((id) => [id, ...directMembers(town, id)]);

/** Those who answer for an identity; for an agent user also those who answer for its agent. */
export function guardiansOf(town: Town, target: Identity, withOwners: boolean): readonly string[] {
  const all = [target, identityOf(town, target.agent)].flatMap((one) => one ?? []);
  return withMembers(town, all.flatMap((one) => [...(one.sponsors ?? []), ...(withOwners ? one.owners ?? [] : [])]));
}

function organizationSponsors(town: Town, { requestor, target }: Parties, which: 'internalSponsors' | 'externalSponsors'): readonly string[] {
  const id = target.organization ?? requestor.organization;
  const organization = town.organizations.find((one) => one.id === id);
  return withMembers(town, organization?.[which] ?? []).filter((who) => {
    const person = identityOf(town, who);
    // No outsider answers as an insider, and no outsider of another organization for this one.
    return person?.kind === 'user' && (person.isGuest !== true || (which === 'externalSponsors' && person.organization === id));
  });
}

/** Who asks, and for whom. */
export interface Parties {
  readonly requestor: Identity;
  readonly target: Identity;
}

/** Ids of those that a subject set means for one request. A set that names nobody means nobody. */
export function peopleOf(town: Town, { set, of, level = 1 }: SubjectSet, parties: Parties): readonly string[] {
  const { requestor, target } = parties;
  switch (set) {
    case 'singleUser': case 'singleServicePrincipal': return of === undefined ? [] : [of];
    case 'groupMembers': return directMembers(town, of);
    case 'requestorManager': return managerOf(town, requestor.id, level);
    case 'targetManager': return managerOf(town, target.id, level);
    case 'internalSponsors': case 'externalSponsors': return organizationSponsors(town, parties, set);
    case 'targetUserSponsors': return guardiansOf(town, target, false);
    case 'targetApplicationOwners': return [...(target.owners ?? []), ...(target.kind === 'servicePrincipal' ? target.applicationOwners ?? [] : [])];
    case 'targetAgentIdentitySponsorsOrOwners': return target.kind === 'agentIdentity' || target.kind === 'agentUser' ? guardiansOf(town, target, true) : [];
    case 'connectedOrganizationMembers': return [];
    default: return set satisfies never;
  }
}

/**
 * The people who could have made an agent or an application ask for somebody else (decision 0007): those who answer for it, for
 * its agent identity and its application. Nobody when a person asks; an agent and its agent user are one.
 */
export function peopleBehind(town: Town, { requestor, target }: Parties): readonly string[] {
  if (requestor.kind === 'user' || requestor.id === target.id || requestor.agent === target.id || target.agent === requestor.id) return [];
  return [...guardiansOf(town, requestor, true), ...withMembers(town, requestor.applicationOwners ?? [])];
}

/** The people among some sets who may decide: enabled people, never whoever asks or receives, nor who could have made an agent ask. */
export function decidersAmong(town: Town, sets: readonly SubjectSet[], parties: Parties): readonly string[] {
  const behind = peopleBehind(town, parties);
  const found = new Set(sets.flatMap((set) => peopleOf(town, set, parties)));
  return [...found].filter((id) => {
    const person = identityOf(town, id);
    return person?.kind === 'user' && person.isDisabled !== true && person.isDeleted !== true && id !== parties.requestor.id && id !== parties.target.id && !behind.includes(id);
  }).toSorted();
}

/** Whether the requestor belongs to those who ask for others under the policy. Nobody named, under the agent scope: sponsors and owners (§2.3). */
export function isAmongRequestors(town: Town, shape: Shape, parties: Parties): boolean {
  const isUnsaid = shape.requestors.length === 0 && shape.scope === 'allDirectoryAgentIdentities';
  const sets: readonly SubjectSet[] = isUnsaid ? [{ set: 'targetAgentIdentitySponsorsOrOwners' }] : shape.requestors;
  // Whoever asks for others is something to the target: a sponsor of its own organization does not count for those of none.
  const isOfNone = (set: SubjectSet): boolean => parties.target.organization === undefined && (set.set === 'internalSponsors' || set.set === 'externalSponsors');
  return sets.some((set) => !isOfNone(set) && peopleOf(town, set, parties).includes(parties.requestor.id));
}
