/** Who may stand behind an agent, and who may own a workload (contract §3). */
import { decideBy, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';
import type { WorkloadType } from '../model/workload.ts';

/** A directory object that is to become, or is, a sponsor or an owner. */
export interface Person {
  readonly id: string;
  /** Its directory type, such as `user` or `group`. */
  readonly type: string;
  readonly isRoleAssignable: boolean;
}

const mostSponsors = 100;
const mostGroups = 5;
const mostOwners = 100;

/** Agent identities and blueprints always have a sponsor; blueprint principals need none. */
export const needsSponsor = (type: WorkloadType): boolean => type === 'agentIdentity' || type === 'agentIdentityBlueprint';

/** Decides the sponsors that a workload would have after a change: `added` of them are new. */
export function decideSponsors(type: WorkloadType, sponsors: { readonly kept: readonly Person[]; readonly added: readonly Person[] }): Decision<readonly string[]> {
  const all = [...sponsors.kept, ...sponsors.added];
  const reasons = sponsors.added.flatMap((person) => sponsorReasons(type, person));
  if (needsSponsor(type) && all.length === 0) reasons.push(noSponsor);
  if (all.length > mostSponsors) reasons.push({ code: 'tooManySponsors', target: 'sponsors', message: `${all.length} sponsors are too many; the most is ${mostSponsors}.` });
  const groups = all.filter((person) => person.type === 'group').length;
  if (groups > mostGroups) reasons.push({ code: 'tooManySponsorGroups', target: 'sponsors', message: `${groups} groups are too many; at most ${mostGroups} of the sponsors are groups.` });
  return decideBy(reasons, sponsors.added.map((person) => person.id));
}

/** The refusal to leave an agent without anybody who answers for it. */
export const noSponsor: Reason = {
  code: 'lastSponsor', target: 'sponsors', message: 'At least one sponsor is required at all times. Name a user or group in sponsors@odata.bind, or add another sponsor before you remove this one.',
};

function sponsorReasons(type: WorkloadType, person: Person): Reason[] {
  const words = type === 'agentIdentityBlueprintPrincipal' ? ['user', 'group', 'servicePrincipal'] : ['user', 'group'];
  if (!words.includes(person.type)) {
    return [{ code: 'sponsorTypeNotAllowed', target: 'sponsors', message: `${person.id} is of type ${person.type} and cannot be a sponsor. Sponsors are users or groups.` }];
  }
  if (!person.isRoleAssignable) return [];
  return [{ code: 'sponsorGroupRoleAssignable', target: 'sponsors', message: `The group ${person.id} is role-assignable and cannot be a sponsor. Choose another group.` }];
}

const ownerTypes: ReadonlySet<string> = new Set(['user', 'servicePrincipal', 'agentIdentityBlueprintPrincipal']);

/** Decides new owners of a workload that has `kept` owners already. */
export function decideOwners(kept: number, added: readonly Person[]): Decision<readonly string[]> {
  const reasons: Reason[] = added.filter((person) => !ownerTypes.has(person.type)).map((person) => ({
    code: 'ownerTypeNotAllowed', target: 'owners', message: `${person.id} is of type ${person.type} and cannot be an owner. Owners are users or service principals.`,
  }));
  const total = kept + added.length;
  if (total > mostOwners) reasons.push({ code: 'tooManyOwners', target: 'owners', message: `${total} owners are too many; the most is ${mostOwners}.` });
  return decideBy(reasons, added.map((person) => person.id));
}
