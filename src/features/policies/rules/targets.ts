/** Whom a policy can reach, by kind. Pure. */
import type { PrincipalKind } from '../../../kernel/caller.ts';
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
 * by an administrator, to anybody: what a kind cannot hold is then refused for each target. Specific targets never widen it.
 */
export function targetKinds(scope: AllowedTargetScope, specificTargets: readonly SubjectSet[]): readonly PrincipalKind[] {
  if (scope === 'specificDirectoryUsers' && specificTargets.every(({ kind }) => kind === 'attributeRuleMembers') && specificTargets.length > 0) return ['user'];
  return kindsByScope[scope];
}

/** Kinds of which every role of the package must be holdable: what the policy names. `notSpecified` names none. */
export function promisedKinds(scope: AllowedTargetScope, specificTargets: readonly SubjectSet[]): readonly PrincipalKind[] {
  return scope === 'notSpecified' ? [] : targetKinds(scope, specificTargets);
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
  specificDirectoryServicePrincipals: ['singleServicePrincipal'],
  specificConnectedOrganizationUsers: ['connectedOrganizationMembers'],
};

/** Kinds of subject set that a scope takes; undefined for a scope that takes no list. */
export const targetSetKinds = (scope: AllowedTargetScope): readonly SubjectSetKind[] | undefined => targetsByScope[scope];
