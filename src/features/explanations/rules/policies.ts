/** Why a policy fits an identity or does not, and why one is chosen among several. The rule itself is that of requests. */
import { isInScope, mayAsk } from '../../requests/rules/policy.ts';
import type { Facts, PolicyFacts } from '../../requests/model.ts';
import type { AllowedTargetScope } from '../../policies/model.ts';
import { targetKinds } from '../../policies/rules/targets.ts';
import type { Mend, MendedReason, NamedScope } from '../model.ts';
import { mend } from './mends.ts';

/** Scopes in words, as in "is for …". */
const scopeWords: Readonly<Record<AllowedTargetScope, string>> = {
  notSpecified: 'whom administrators assign directly', specificDirectoryUsers: 'users and groups that it names', specificDirectoryServicePrincipals: 'service principals and agents that it names',
  specificConnectedOrganizationUsers: 'people of connected organizations that it names', allMemberUsers: 'all users who are no guests', allDirectoryUsers: 'all users',
  allDirectoryServicePrincipals: 'all service principals', allDirectoryAgentIdentities: 'all agent identities', allConfiguredConnectedOrganizationUsers: 'guests of configured connected organizations',
  allExternalUsers: 'all guests',
};

/** Why no request for the target can go through this policy, as whoever asks; undefined: it fits. */
export function whyPolicyDoesNotFit(facts: Facts, one: PolicyFacts, named: readonly NamedScope[]): MendedReason | undefined {
  const { policy } = one;
  const at = { id: policy.id, type: 'accessPackageAssignmentPolicy' };
  const who = facts.target.displayName ?? facts.target.id;
  if (policy.allowedTargetScope === 'notSpecified') {
    return { code: 'administratorsOnly', target: policy.id, message: `By policy '${policy.displayName}' only administrators assign, and nobody asks.`, mends: [mend('assignDirectly', `Let an administrator assign the package to '${who}' by this policy.`, at), mend('changeScope', 'Give the policy a scope that holds the identity.', at)] };
  }
  if (!isInScope(one, facts.target)) {
    return { code: 'targetNotInScope', target: policy.id, message: `Policy '${policy.displayName}' is for ${scopeWords[policy.allowedTargetScope]}, and '${who}' (${facts.target.kind}) is not among them.`, mends: scopeMends(facts, one, named) };
  }
  if (mayAsk(facts, one, 'Add')) return undefined;
  const isSelf = facts.callerId === facts.target.id;
  const setting = isSelf ? 'enableTargetsToSelfAddAccess' : 'enableOnBehalfRequestorsToAddAccess';
  const isOff = !policy.requestorSettings[setting];
  return {
    code: 'notAllowedToAsk', target: policy.id,
    message: isSelf ? `Policy '${policy.displayName}' holds '${who}', but does not let it ask for itself.` : `Policy '${policy.displayName}' does not let '${facts.callerId}' ask for '${who}'${isOff ? ': nobody may ask for others' : ''}.`,
    mends: [
      ...(isOff ? [mend('changePolicy', `Set requestorSettings/${setting} to true.`, at)] : [mend('addRequestor', 'Add whoever asks to requestorSettings/onBehalfRequestors.', at)]),
      ...(isSelf && policy.requestorSettings.enableOnBehalfRequestorsToAddAccess ? [mend('askOnBehalf', 'Let one of those ask who may ask on its behalf: see requestors.', at)] : []),
    ],
  };
}

/** How the target would come into the scope: by what the policy names, where it names anything that such an identity can be in. */
function scopeMends({ target }: Facts, { policy }: PolicyFacts, named: readonly NamedScope[]): readonly Mend[] {
  const at = { id: policy.id, type: 'accessPackageAssignmentPolicy' };
  const fits = targetKinds(policy.allowedTargetScope, policy.specificAllowedTargets).includes(target.kind);
  const groups = fits && policy.allowedTargetScope === 'specificDirectoryUsers' ? named.filter(({ policyId, kind }) => policyId === policy.id && kind === 'group') : [];
  const who = target.displayName ?? target.id;
  const isNaming = fits && (policy.allowedTargetScope === 'specificDirectoryUsers' || policy.allowedTargetScope === 'specificDirectoryServicePrincipals');
  return [
    ...groups.map(({ id, displayName }) => mend('addToGroup', `Add '${who}' to the group '${displayName ?? id}'.`, { id, type: 'group' })),
    ...(isNaming ? [mend('nameTarget', `Name '${who}' in specificAllowedTargets of policy '${policy.displayName}'.`, at)] : [mend('addPolicy', `Make a policy whose scope holds '${who}' (${target.kind}), or widen this one.`, at)]),
  ];
}

/** Why the first of the fitting policies is the one that a request goes through. */
export function whyChosen(fitting: readonly PolicyFacts[]): string {
  const [chosen, ...others] = fitting;
  if (chosen === undefined) return '';
  if (others.length === 0) return 'It is the only policy that fits.';
  const isNarrower = others.every(({ policy }) => policy.allowedTargetScope !== chosen.policy.allowedTargetScope);
  return `${others.length + 1} policies fit, and a request that names none goes through the narrowest: this one is for ${scopeWords[chosen.policy.allowedTargetScope]}${isNarrower ? '' : '; among those as narrow, the one made first'}. Another is used when assignmentPolicyId names it.`;
}
