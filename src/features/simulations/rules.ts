/** What differs between two moments, as far as anybody notices. */
import type { JsonRecord } from '../../kernel/json.ts';
import type { PrincipalKind } from '../../kernel/caller.ts';
import { parsePolicy, type Policy } from '../policies/model.ts';
import { parseMembershipRule } from '../membershipRules/rules/parse.ts';
import { ruleOf } from '../policies/rules/automatic.ts';
import { targetRows } from '../policies/rules/named.ts';
import { onBehalfSets } from '../policies/rules/targets.ts';
import type { PackageRole } from '../requests/model.ts';
import { whyNotHeld } from '../requests/rules/delivery.ts';
import type { Difference, MovedRole, Offer, Snapshot } from './model.ts';

const kinds: readonly PrincipalKind[] = ['user', 'agentUser', 'servicePrincipal', 'agentIdentity'];

/** By whom a package may be asked for under a policy: the target itself, and each set of others; or by nobody, as it is given by itself. */
export function waysOf(policy: Policy): readonly string[] {
  const { enableTargetsToSelfAddAccess: self, enableOnBehalfRequestorsToAddAccess: others } = policy.requestorSettings;
  const sets = others ? onBehalfSets(policy).map(({ kind, id, managerLevel }) => (id === undefined ? (kind.endsWith('Manager') && managerLevel > 1 ? `${kind}:${managerLevel}` : kind) : `${kind}:${id}`)) : [];
  return [...new Set([...(self ? ['self'] : []), ...sets, ...(policy.automaticRequestSettings.requestAccessForAllowedTargets ? ['automatic'] : [])])];
}

/** Policies by which somebody may ask. Those for direct assignment are no offer. */
export function offersOf(policies: readonly JsonRecord[], side: Offer['side']): readonly Offer[] {
  return policies.map(parsePolicy).filter(({ allowedTargetScope }) => allowedTargetScope !== 'notSpecified').map((policy) => ({
    side, packageId: policy.accessPackageId, policyId: policy.id, scope: policy.allowedTargetScope, ways: waysOf(policy), targets: targetRows(policy).map(({ kind, targetId }) => ({ kind, targetId })), ...ruleIn(policy),
  }));
}

function ruleIn(policy: Policy): Pick<Offer, 'rule'> {
  const rule = parseMembershipRule(ruleOf(policy) ?? '');
  return rule.ok ? { rule: rule.value } : {};
}

/** Whether whoever does not match the policy's rule loses what it gave. */
const takes = (policy: Policy): boolean => policy.automaticRequestSettings.removeAccessWhenTargetLeavesAllowedTargets && ruleOf(policy) !== undefined;

const key = ({ kind, resourceId, permissionId }: PackageRole): string => `${kind} ${resourceId} ${permissionId}`;

const moved = (roles: readonly PackageRole[], others: readonly PackageRole[], isGiven: boolean): readonly MovedRole[] => {
  const known = new Set(others.map(key));
  return roles.filter((role) => !known.has(key(role))).map((role) => ({
    kind: role.kind, resourceId: role.resourceId, permissionId: role.permissionId, displayName: role.displayName,
    holders: isGiven && !role.isDeliverable ? [] : kinds.filter((kind) => whyNotHeld(kind, role) === undefined),
  }));
};

/** What differs. */
export function differenceOf(before: Snapshot, after: Snapshot): Difference {
  const ofId = new Map(before.policies.map((row) => [row['id'], row]));
  const differs = (row: JsonRecord, read: (policy: Policy) => unknown): boolean => {
    const known = ofId.get(row['id']);
    return known === undefined || JSON.stringify(read(parsePolicy(known))) !== JSON.stringify(read(parsePolicy(row)));
  };
  const isAboutAsking = JSON.stringify([before.policies, before.exclusions]) !== JSON.stringify([after.policies, after.exclusions]);
  const idsOf = (rows: readonly JsonRecord[]): readonly string[] => rows.map((row) => String(row['id']));
  return {
    offers: isAboutAsking ? [...offersOf(before.policies, 'before'), ...offersOf(after.policies, 'after')] : [],
    exclusions: [...before.exclusions.map((one) => ({ ...one, side: 'before' as const })), ...after.exclusions.map((one) => ({ ...one, side: 'after' as const }))],
    changedPolicies: idsOf(after.policies.filter((row) => differs(row, (policy) => policy))),
    changedStages: idsOf(after.policies.filter((row) => differs(row, ({ requestApprovalSettings: { isApprovalRequiredForAdd, stages } }) => (isApprovalRequiredForAdd ? stages : [])))),
    taking: idsOf(after.policies.filter((row) => takes(parsePolicy(row)) && differs(row, (policy) => [ruleOf(policy), takes(policy)]))), tookBefore: idsOf(before.policies.filter((row) => takes(parsePolicy(row)))),
    added: moved(after.roles, before.roles, true), removed: moved(before.roles, after.roles, false),
  };
}
