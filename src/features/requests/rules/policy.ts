/** Which policy a request goes through: who it may be given to, who may ask, and which one is chosen when several fit. */
import type { Reason } from '../../../kernel/problem.ts';
import type { AllowedTargetScope, Policy } from '../../policies/model.ts';
import { targetKinds } from '../../policies/rules/targets.ts';
import type { Facts, PolicyFacts, Target } from '../model.ts';

/** What is asked: access, more of it, or its end. */
export type Wish = 'Add' | 'Update' | 'Remove';

/** Scopes by how narrow they are: the narrowest policy that fits is chosen (contract §1.5). */
const byWidth: readonly AllowedTargetScope[] = [
  'specificDirectoryUsers', 'specificDirectoryServicePrincipals', 'specificConnectedOrganizationUsers', 'allMemberUsers', 'allDirectoryAgentIdentities',
  'allDirectoryServicePrincipals', 'allDirectoryUsers', 'allConfiguredConnectedOrganizationUsers', 'allExternalUsers', 'notSpecified',
];

/** Whether the policy may give the package to the target. Nobody is in an empty list. */
export function isInScope({ policy, namesTarget }: PolicyFacts, target: Target): boolean {
  const scope = policy.allowedTargetScope;
  if (!targetKinds(scope, policy.specificAllowedTargets).includes(target.kind)) return false;
  switch (scope) {
    case 'specificDirectoryUsers': case 'specificDirectoryServicePrincipals': return namesTarget;
    case 'specificConnectedOrganizationUsers': return target.isGuest && namesTarget;
    case 'allConfiguredConnectedOrganizationUsers': return target.isGuest && target.organization?.state === 'configured';
    case 'allMemberUsers': return !target.isGuest;
    case 'allExternalUsers': return target.isGuest;
    case 'notSpecified': case 'allDirectoryUsers': case 'allDirectoryServicePrincipals': case 'allDirectoryAgentIdentities': return true;
    default: return scope satisfies never;
  }
}

/** Whether the caller may ask for this under the policy: for itself, or for another. */
export function mayAsk(facts: Pick<Facts, 'callerId' | 'target'>, { policy, isOnBehalf }: PolicyFacts, wish: Wish): boolean {
  const settings = policy.requestorSettings;
  if (facts.callerId === facts.target.id) return settings[`enableTargetsToSelf${wish}Access`];
  return settings[`enableOnBehalfRequestorsTo${wish}Access`] && isOnBehalf;
}

/** Policies under which the caller could get access for the target now. Administrators use those without a scope too. */
export function applicablePolicies(facts: Facts): readonly PolicyFacts[] {
  return facts.policies
    .filter((one) => isInScope(one, facts.target) && (facts.isAdmin || (one.policy.allowedTargetScope !== 'notSpecified' && mayAsk(facts, one, 'Add'))))
    .toSorted(narrowestFirst);
}

const width = (policy: Policy): number => byWidth.indexOf(policy.allowedTargetScope);

/** Order of policies when several fit: P1 those that name somebody, P2 all members, P3 all users, P4 everybody from elsewhere (contract §1.5). */
export const narrowestFirst = ({ policy: one }: PolicyFacts, { policy: other }: PolicyFacts): number => width(one) - width(other) || (one.id < other.id ? -1 : 1);

/** The named policy, or the narrowest that fits; or why there is none. */
export function choosePolicy(facts: Facts): PolicyFacts | Reason {
  const fitting = applicablePolicies(facts);
  const wanted = facts.namedPolicyId;
  const found = wanted === undefined ? fitting[0] : fitting.find((one) => one.policy.id === wanted);
  return found ?? (facts.isAdmin ? outOfScope(facts) : notRequestable);
}

/** Says the same whether the package, the policy or the identity does not exist, is hidden or is for others: a stranger learns nothing. */
export const notRequestable: Reason = {
  code: 'packageNotRequestable', target: 'assignment/accessPackageId',
  message: 'No policy of an access package with this id lets you ask for this identity. Check the ids, or ask an administrator to assign it.',
};

function outOfScope({ namedPolicyId, accessPackage, target, policies }: Facts): Reason {
  const named = policies.find((one) => one.policy.id === namedPolicyId);
  if (namedPolicyId !== undefined && named === undefined) {
    return { code: 'policyNotInPackage', target: 'assignment/assignmentPolicyId', message: `Access package '${accessPackage.displayName}' has no policy '${namedPolicyId}'. Name one of its policies.` };
  }
  return {
    code: 'targetNotInScope', target: 'assignment/targetId',
    message: `'${target.displayName ?? target.id}' (${target.kind}) is not among those who may receive '${accessPackage.displayName}'${named === undefined ? '' : ` through policy '${named.policy.displayName}'`}. Use or make a policy whose scope contains it.`,
  };
}
