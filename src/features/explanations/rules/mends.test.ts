import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../policies/model.ts';
import type { Facts, PolicyFacts } from '../../requests/model.ts';
import type { NamedScope, Obstacle } from '../model.ts';
import { withMends } from './mends.ts';
import { whyChosen, whyPolicyDoesNotFit } from './policies.ts';

const policy = (scope = 'allMemberUsers', settings: object = { enableTargetsToSelfAddAccess: true }, more: Partial<PolicyFacts> = {}): PolicyFacts => ({
  policy: parsePolicy({ id: 'y', access_package_id: 'k', display_name: 'Y', allowed_target_scope: scope, requestor_settings: settings }), namesTarget: false, isOnBehalf: false, extensions: [], stages: [], ...more,
});
const facts: Facts = {
  asked: { type: 'userAdd', justification: null, answers: [], schedule: {} }, callerId: 't', isAdmin: false, isApprover: false, accessPackage: { id: 'k', displayName: 'Kit', catalogId: 'c', isPublished: true },
  target: { id: 't', kind: 'user', displayName: 'Tess', isGuest: false, organization: null, isEnabled: true }, policies: [policy()], namedPolicyId: undefined, live: undefined, overdueId: undefined, openRequestId: undefined, incompatible: [], roles: [],
};
const mends = (code: string, more: Partial<Facts> = {}, { target, obstacles = [] }: { readonly target?: string; readonly obstacles?: readonly Obstacle[] } = {}): readonly string[] =>
  withMends({ facts: { ...facts, ...more }, obstacles }, { code, message: 'As it says.', ...(target === undefined ? {} : { target }) }).mends.map(({ action, message, targetId, targetType }) => `${action} ${targetType ?? ''} ${targetId ?? ''}: ${message}`);
const nameless = { ...facts.target, displayName: null };
const followMessage = ['followMessage  : As it says.'];

describe('what mends a reason', () => {
  it('names each thing and what to do with it', () => {
    const obstacles = [{ accessPackageId: 'other', assignmentId: 'a', requestId: 'r' }, { accessPackageId: 'x', assignmentId: 'b', requestId: null }];
    expect(mends('targetDisabled')).toEqual(["enable user t: Enable 'Tess'."]);
    expect(mends('targetDisabled', { target: nameless })).toEqual(["enable user t: Enable 't'."]);
    expect(mends('alreadyAssigned', { live: { id: 'a', state: 'delivered', policyId: 'y', startsAt: new Date(0) } })).toEqual(["updateAssignment accessPackageAssignment a: Ask for an update of assignment 'a'.", "removeAssignment accessPackageAssignment a: Remove assignment 'a', and ask again."]);
    expect(mends('alreadyRequested', { openRequestId: 'r' })).toEqual(["awaitRequest accessPackageAssignmentRequest r: Wait for request 'r'.", "cancelRequest accessPackageAssignmentRequest r: Cancel request 'r', and ask again."]);
    expect(mends('incompatibleAccessPackage', {}, { target: 'other', obstacles })).toEqual(["removeAssignment accessPackageAssignment a: Remove assignment 'a'.", "cancelRequest accessPackageAssignmentRequest r: Cancel request 'r', or wait until it is refused."]);
    expect(mends('incompatibleGroup', {}, { target: 'g' })).toEqual(["leaveGroup group g: Take 'Tess' out of the group 'g'."]);
    expect(mends('incompatibleGroup', { target: nameless }, { target: 'g' })).toEqual(["leaveGroup group g: Take 't' out of the group 'g'."]);
    for (const code of ['noApprover', 'tooFewApprovers']) expect(mends(code, {}, { target: 'stages/0' })).toEqual(['nameFallbackApprover accessPackageAssignmentPolicy y: Name a fallback approver in stages/0 of the policy who is an enabled person and neither asks nor receives.']);
    expect(mends('noApprovalStage')).toEqual(['addStage accessPackageAssignmentPolicy y: Add a stage of approval to the policy, or let it need no approval.']);
    for (const code of ['permissionBlockedForAgents', 'memberTypeNotAllowed', 'usersCannotHoldApiPermissions', 'agentInRoleAssignableGroup']) expect(mends(code)).toEqual(['removeRole accessPackage k: Take the role out of the access package, or offer a package without it to this kind of identity.']);
    expect(mends('catalogNotPublished')).toEqual(['publishCatalog accessPackageCatalog c: Publish the catalog of the access package.']);
  });

  it('is the message itself where nothing else is known', () => {
    expect([mends('somethingNew'), mends('alreadyAssigned'), mends('alreadyRequested'), mends('incompatibleAccessPackage')]).toEqual([followMessage, followMessage, followMessage, followMessage]);
    expect(mends('noApprovalStage', { policies: [] })).toEqual(['addStage  : Add a stage of approval to the policy, or let it need no approval.']);
  });
});

describe('why a policy does not fit', () => {
  const why = (one: PolicyFacts, more: Partial<Facts> = {}, named: readonly NamedScope[] = []): unknown => {
    const reason = whyPolicyDoesNotFit({ ...facts, ...more }, one, named);
    return reason === undefined ? undefined : [`${reason.code} ${reason.target ?? ''}: ${reason.message}`, ...reason.mends.map(({ action, message, targetId, targetType }) => `${action} ${targetType ?? ''} ${targetId ?? ''}: ${message}`)];
  };
  const at = 'accessPackageAssignmentPolicy y';

  it('is that only administrators assign by it', () => {
    expect(why(policy('notSpecified'))).toEqual(["administratorsOnly y: By policy 'Y' only administrators assign, and nobody asks.", `assignDirectly ${at}: Let an administrator assign the package to 'Tess' by this policy.`, `changeScope ${at}: Give the policy a scope that holds the identity.`]);
  });

  it.each([
    ['specificDirectoryServicePrincipals', 'service principals and agents that it names'], ['specificConnectedOrganizationUsers', 'people of connected organizations that it names'], ['allDirectoryServicePrincipals', 'all service principals'],
    ['allDirectoryAgentIdentities', 'all agent identities'], ['allConfiguredConnectedOrganizationUsers', 'guests of configured connected organizations'], ['allExternalUsers', 'all guests'],
  ])('is that %s is for others', (scope, words) => {
    expect(why(policy(scope))).toEqual([`targetNotInScope y: Policy 'Y' is for ${words}, and 'Tess' (user) is not among them.`, `addPolicy ${at}: Make a policy whose scope holds 'Tess' (user), or widen this one.`]);
  });

  it('is that it names others, and who would have to be named', () => {
    const named: readonly NamedScope[] = [{ policyId: 'y', kind: 'group', id: 'g', displayName: 'Team' }, { policyId: 'y', kind: 'group', id: 'h', displayName: null }, { policyId: 'y', kind: 'user', id: 'u', displayName: 'Una' }, { policyId: 'z', kind: 'group', id: 'i', displayName: 'Other' }];
    expect(why(policy('specificDirectoryUsers'), { target: nameless }, named)).toEqual([
      "targetNotInScope y: Policy 'Y' is for users and groups that it names, and 't' (user) is not among them.", "addToGroup group g: Add 't' to the group 'Team'.", "addToGroup group h: Add 't' to the group 'h'.", `nameTarget ${at}: Name 't' in specificAllowedTargets of policy 'Y'.`,
    ]);
  });

  it('is that whoever asks may not', () => {
    expect(why(policy('allMemberUsers', {}))).toEqual(["notAllowedToAsk y: Policy 'Y' holds 'Tess', but does not let it ask for itself.", `changePolicy ${at}: Set requestorSettings/enableTargetsToSelfAddAccess to true.`]);
    expect(why(policy('allMemberUsers', { enableOnBehalfRequestorsToAddAccess: true }))).toEqual([expect.any(String), expect.any(String), `askOnBehalf ${at}: Let one of those ask who may ask on its behalf: see requestors.`]);
    expect(why(policy(), { callerId: 'c' })).toEqual(["notAllowedToAsk y: Policy 'Y' does not let 'c' ask for 'Tess': nobody may ask for others.", `changePolicy ${at}: Set requestorSettings/enableOnBehalfRequestorsToAddAccess to true.`]);
    expect(why(policy('allMemberUsers', { enableOnBehalfRequestorsToAddAccess: true }), { callerId: 'c' })).toEqual(["notAllowedToAsk y: Policy 'Y' does not let 'c' ask for 'Tess'.", `addRequestor ${at}: Add whoever asks to requestorSettings/onBehalfRequestors.`]);
    expect(why(policy())).toBeUndefined();
  });

  it('is not asked of the one that is chosen', () => {
    expect([whyChosen([]), whyChosen([policy()])]).toEqual(['', 'It is the only policy that fits.']);
    const told = (...scopes: readonly string[]): string => whyChosen(scopes.map((scope) => policy(scope)));
    expect(told('allMemberUsers', 'allDirectoryUsers')).toBe('2 policies fit, and a request that names none goes through the narrowest: this one is for all users who are no guests. Another is used when assignmentPolicyId names it.');
    expect(told('allMemberUsers', 'allMemberUsers', 'allDirectoryUsers')).toBe('3 policies fit, and a request that names none goes through the narrowest: this one is for all users who are no guests; among those as narrow, the one made first. Another is used when assignmentPolicyId names it.');
  });
});
