/** Facts of a request out of plain objects: what one SQL statement reads on PostgreSQL, in the most obvious way. */
import type { JsonRecord } from '../../../src/kernel/json.ts';
import { parsePolicy } from '../../../src/features/policies/model.ts';
import type { Incompatible, PackageRole, PolicyFacts, Target } from '../../../src/features/requests/model.ts';
import { decidersAmong, isAmongRequestors, isInGroup, type Parties } from '../../model/people.ts';
import type { Identity, Shape, SubjectSet } from '../../model/town.ts';
import type { People } from '../people.ts';
import { policyWire, resolved } from '../wire.ts';
import type { Content, PolicyPlan } from '../world.ts';

/** A package of a story. */
export interface Offered {
  readonly id: string;
  readonly name: string;
  readonly isPublished: boolean;
  readonly content: Content;
  readonly policies: readonly OfferedPolicy[];
  readonly excludes: readonly string[];
  readonly excludedGroups: readonly string[];
}

/** A policy of a package. */
export interface OfferedPolicy {
  readonly id: string;
  readonly plan: PolicyPlan;
}

/** The one role that a package holds, as a delivery sees it. */
export const roleOf = ({ content, id }: Offered): PackageRole => ({
  kind: content === 'a role-assignable group' ? 'member' : 'appRole', resourceId: id, permissionId: id, displayName: content, isDeliverable: true,
  allowedMemberTypes: content === 'a role-assignable group' ? null : ['User', 'Application'], isRoleAssignableGroup: content === 'a role-assignable group',
  isApiPermission: content === 'an API permission', ownValue: null,
});

/** Who access is for, as the rules see it. */
export function targetOf(people: People, one: Identity): Target {
  const organization = people.organizations.find(({ id }) => id === one.organization);
  return {
    id: one.id, kind: one.kind, displayName: one.name, isGuest: one.isGuest === true, isEnabled: one.isDisabled !== true,
    organization: organization === undefined ? null : { id: organization.id, state: organization.state },
  };
}

const shapeOf = (people: People, { id, plan }: OfferedPolicy): Shape => {
  const sets = (list: readonly SubjectSet[]): readonly SubjectSet[] => list.map((set) => resolved(set, people.idOf));
  return {
    id, scope: plan.scope, targets: sets(plan.targets), requestors: sets(plan.requestors), self: plan.self, onBehalf: plan.onBehalf, approvalFor: plan.approvalFor, wantsJustification: plan.wantsReason,
    stages: plan.stages.map(({ primary, fallback }) => ({ primary: sets(primary), fallback: sets(fallback) })),
  };
};

const isNamed = (people: People, { id, organization }: Identity, { set, of }: SubjectSet): boolean =>
  ((set === 'singleUser' || set === 'singleServicePrincipal') && of === id) || (set === 'groupMembers' && isInGroup(people, id, of)) || (set === 'connectedOrganizationMembers' && of === organization);

/** Who could decide each stage of a policy now. */
export const candidatesOf = (people: People, policy: OfferedPolicy, parties: Parties): readonly { readonly primary: readonly string[]; readonly fallback: readonly string[]; readonly escalation: readonly string[] }[] =>
  shapeOf(people, policy).stages.map(({ primary, fallback }, nth) => ({
    primary: decidersAmong(people, primary, parties), fallback: decidersAmong(people, fallback, parties),
    escalation: decidersAmong(people, (policy.plan.stages[nth]?.escalation?.to ?? []).map((set) => resolved(set, people.idOf)), parties),
  }));

/** A policy seen from one caller and one target. */
export function policyFactsOf(people: People, policy: OfferedPolicy, parties: Parties): PolicyFacts {
  const shape = shapeOf(people, policy);
  const wire = policyWire(policy.plan, people.idOf);
  const row: JsonRecord = {
    id: policy.id, access_package_id: people.idOf(policy.plan.packageName), display_name: wire['displayName'], allowed_target_scope: wire['allowedTargetScope'], specific_allowed_targets: wire['specificAllowedTargets'],
    expiration: wire['expiration'], requestor_settings: wire['requestorSettings'], request_approval_settings: wire['requestApprovalSettings'], questions: wire['questions'],
  };
  return {
    policy: parsePolicy(row), namesTarget: shape.targets.some((set) => isNamed(people, parties.target, set)), extensions: [],
    isOnBehalf: parties.requestor.id !== parties.target.id && isAmongRequestors(people, shape, parties),
    stages: candidatesOf(people, policy, parties).map(({ primary, fallback }) => ({ settings: {}, primary, fallback })),
  };
}

/** What excludes a package for somebody; `has` tells of a package whether they have it or have asked for it. */
export function exclusionsOf(people: People, { offered, all, target }: { readonly offered: Offered; readonly all: readonly Offered[]; readonly target: Identity }, has: (packageId: string) => boolean): readonly Incompatible[] {
  const rivals = all.filter((other) => (offered.excludes.includes(other.id) || other.excludes.includes(offered.id)) && has(other.id));
  const groups = people.groups.filter(({ id }) => offered.excludedGroups.includes(id) && isInGroup(people, target.id, id));
  return [...rivals.map(({ id, name }): Incompatible => ({ kind: 'accessPackage', id, displayName: name })), ...groups.map(({ id, name }): Incompatible => ({ kind: 'group', id, displayName: name }))];
}
