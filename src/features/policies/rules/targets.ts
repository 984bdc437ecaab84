/** Whom a policy can reach, by kind. Pure. */
import type { PrincipalKind } from '../../../kernel/caller.ts';
import { parseMembershipRule } from '../../membershipRules/rules/parse.ts';
import type { AllowedTargetScope, Policy, SubjectSet, SubjectSetKind } from '../model.ts';

const people: readonly PrincipalKind[] = ['user', 'agentUser'];
const everyone: readonly PrincipalKind[] = ['user', 'agentUser', 'servicePrincipal', 'agentIdentity'];

const kindsByScope: Readonly<Record<AllowedTargetScope, readonly PrincipalKind[]>> = {
  notSpecified: everyone,
  specificDirectoryUsers: people,
  specificConnectedOrganizationUsers: ['user'],
  specificDirectoryServicePrincipals: ['servicePrincipal', 'agentIdentity'],
  allMemberUsers: people,
  allDirectoryUsers: people,
  allDirectoryServicePrincipals: ['servicePrincipal'],
  allConfiguredConnectedOrganizationUsers: ['user'],
  allExternalUsers: ['user'],
  allDirectoryAgentIdentities: ['agentIdentity'],
};

/**
 * Kinds of identity that a policy with this scope can give its package to (contract §2.2). `notSpecified` is direct assignment
 * by an administrator, to anybody: what a kind cannot hold is then refused for each target. Specific targets never widen it; where
 * all are found by a rule, they are of the kinds that it looks at.
 */
export function targetKinds(scope: AllowedTargetScope, specificTargets: readonly SubjectSet[]): readonly PrincipalKind[] {
  const isByRule = specificTargets.length > 0 && specificTargets.every(({ kind }) => kind === 'attributeRuleMembers');
  return isByRule ? kindsByScope[scope].filter((each) => specificTargets.some(({ membershipRule }) => ruleKinds(membershipRule).includes(each))) : kindsByScope[scope];
}

/** Kinds of identity that a rule looks at. One that cannot be read looks at nobody. */
export function ruleKinds(text: string | undefined): readonly PrincipalKind[] {
  const rule = parseMembershipRule(text ?? '');
  return rule.ok ? rule.value.kinds : [];
}

/**
 * Kinds that must be able to hold every role of the package: a policy promises it to them. Where the policy names its targets
 * they are `namedKinds`, the kinds of those; a scope of all users is for people (an agent user among them is judged by itself).
 * `notSpecified` promises nothing: an administrator's choice is judged for each target.
 */
export function promisedKinds(scope: AllowedTargetScope, namedKinds: readonly PrincipalKind[]): readonly PrincipalKind[] {
  if (scope === 'notSpecified') return [];
  if (scope === 'specificDirectoryUsers' || scope === 'specificDirectoryServicePrincipals') return namedKinds;
  return kindsByScope[scope].filter((kind) => kind !== 'agentUser');
}

/** Who may ask for others: an empty list under the agent scope, with asking for others on, is sponsors and owners (contract §2.3). */
export function onBehalfSets(policy: Pick<Policy, 'allowedTargetScope' | 'requestorSettings'>): readonly SubjectSet[] {
  const { onBehalfRequestors, enableOnBehalfRequestorsToAddAccess, enableOnBehalfRequestorsToUpdateAccess, enableOnBehalfRequestorsToRemoveAccess } = policy.requestorSettings;
  const isOn = enableOnBehalfRequestorsToAddAccess || enableOnBehalfRequestorsToUpdateAccess || enableOnBehalfRequestorsToRemoveAccess;
  if (onBehalfRequestors.length > 0 || !isOn || policy.allowedTargetScope !== 'allDirectoryAgentIdentities') return onBehalfRequestors;
  return [{ kind: 'targetAgentIdentitySponsorsOrOwners', id: undefined, managerLevel: 1 }];
}

const targetsByScope: Readonly<Partial<Record<AllowedTargetScope, readonly SubjectSetKind[]>>> = {
  specificDirectoryUsers: ['singleUser', 'groupMembers', 'attributeRuleMembers'],
  // Beyond Graph: rules over service principals and agents.
  specificDirectoryServicePrincipals: ['singleServicePrincipal', 'attributeRuleMembers'],
  specificConnectedOrganizationUsers: ['connectedOrganizationMembers'],
};

/** Kinds of subject set that a scope takes; undefined for a scope that takes no list. */
export const targetSetKinds = (scope: AllowedTargetScope): readonly SubjectSetKind[] | undefined => targetsByScope[scope];
