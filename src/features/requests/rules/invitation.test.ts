import { describe, expect, it } from 'vitest';
import { parsePolicy, targetScopes } from '../../policies/model.ts';
import type { PolicyFacts, Target } from '../model.ts';
import { decideInvitation, type InvitationFacts } from './invitation.ts';
import { isInScope, narrowestFirst } from './policy.ts';

const policy = (scope: string, { id = scope, names = [] }: { readonly id?: string; readonly names?: readonly string[] } = {}): PolicyFacts => ({
  policy: parsePolicy({
    id, access_package_id: 'k', display_name: id, allowed_target_scope: scope,
    specific_allowed_targets: names.map((connectedOrganizationId) => ({ '@odata.type': '#microsoft.graph.connectedOrganizationMembers', connectedOrganizationId })),
  }),
  namesTarget: false, isOnBehalf: false, stages: [], extensions: [],
});
const facts: InvitationFacts = { email: 'nina@partner.example', own: { id: 't', domain: 'house.example' }, organization: { id: 'o', displayName: 'Partner', state: 'configured' }, policies: [], namedPolicyId: undefined };
const chosen = (more: Partial<InvitationFacts>): unknown => {
  const decision = decideInvitation({ ...facts, ...more });
  return decision.ok ? decision.value.policyId : decision.reasons.map(({ code }) => code);
};
const all = targetScopes.map((scope) => policy(scope, { names: ['o'] }));
const without = (...scopes: readonly string[]): readonly PolicyFacts[] => all.filter((one) => !scopes.includes(one.policy.allowedTargetScope));

describe('an invitation', () => {
  it('goes through the narrowest policy for people who are not in the directory', () => {
    expect(chosen({ policies: all })).toBe('specificConnectedOrganizationUsers');
    expect(chosen({ policies: without('specificConnectedOrganizationUsers') })).toBe('allConfiguredConnectedOrganizationUsers');
    expect(chosen({ policies: without('specificConnectedOrganizationUsers', 'allConfiguredConnectedOrganizationUsers') })).toBe('allExternalUsers');
    expect(chosen({ policies: [policy('notSpecified')] })).toBe('notSpecified');
    expect(chosen({ policies: all, namedPolicyId: 'allExternalUsers' })).toBe('allExternalUsers');
  });

  it('never goes through one for those in the directory, for another organization, or for none', () => {
    for (const scope of ['specificDirectoryUsers', 'allMemberUsers', 'allDirectoryUsers', 'specificDirectoryServicePrincipals']) expect(chosen({ policies: [policy(scope)] })).toEqual(['noPolicyForOutsiders']);
    expect(chosen({ policies: [policy('specificConnectedOrganizationUsers', { names: ['other'] })] })).toEqual(['noPolicyForOutsiders']);
    expect(chosen({ policies: [policy('specificConnectedOrganizationUsers')] })).toEqual(['noPolicyForOutsiders']);
    expect(chosen({ policies: [] })).toEqual(['noPolicyForOutsiders']);
  });

  it('of an unknown or proposed organization takes a policy for any external user', () => {
    for (const organization of [undefined, { id: 'o', displayName: 'Partner', state: 'proposed' } as const]) {
      expect(chosen({ organization, policies: all })).toBe('allExternalUsers');
      expect(chosen({ organization, policies: without('allExternalUsers') })).toEqual([organization === undefined ? 'organizationUnknown' : 'organizationNotConfigured', 'noPolicyForOutsiders']);
    }
  });
});

describe('an invitation that is refused', () => {
  const told = (more: Partial<InvitationFacts>): unknown => {
    const decision = decideInvitation({ ...facts, ...more });
    return decision.ok ? decision.value : decision.reasons;
  };
  const [target, use] = ['assignment/target/email', 'Use one for that organization, for all connected organizations or for all external users.'];
  const noPolicy = (who: string) => ({ code: 'noPolicyForOutsiders', target: 'assignment/assignmentPolicyId', message: `${who} lets people of partner.example who are not in the directory receive it. ${use}` });

  it('says what would mend it', () => {
    expect(told({ email: 'nina' })).toEqual([{ code: 'invalidEmail', target, message: "'nina' is no mail address. Send one such as name@partner.example." }]);
    expect(told({ email: 'nina@House.example' })).toEqual([{ code: 'ownDomain', target, message: "Nobody in this directory is called 'nina@House.example', and its own people are not invited. Create the user first." }]);
    expect(told({ organization: undefined })).toEqual([
      { code: 'organizationUnknown', target, message: 'No connected organization has the domain partner.example. Add one that is configured, or use a policy for all external users.' }, noPolicy('No policy of the package'),
    ]);
    expect(told({ organization: { id: 'o', displayName: 'Partner', state: 'proposed' } })).toEqual([
      { code: 'organizationNotConfigured', target, message: "The connected organization 'Partner' of partner.example is only proposed. Set its state to configured, or use a policy for all external users." }, noPolicy('No policy of the package'),
    ]);
    expect(told({ policies: [policy('allMemberUsers'), policy('allDirectoryUsers')], namedPolicyId: 'allDirectoryUsers' })).toEqual([noPolicy("Policy 'allDirectoryUsers' is not one that")]);
  });

  it('is none with its parts and its policy', () => { expect(told({ email: 'Nina@Partner.example', policies: all })).toEqual({ local: 'Nina', domain: 'partner.example', policyId: 'specificConnectedOrganizationUsers' }); });
});

describe('scopes of other organizations', () => {
  const guest: Target = { id: 'g', kind: 'user', displayName: null, isGuest: true, isEnabled: true, organization: { id: 'o', state: 'configured' } };
  const holds = (scope: string, target: Target, namesTarget = false): boolean => isInScope({ ...policy(scope), namesTarget }, target);

  it('hold guests by their organization', () => {
    expect([holds('specificConnectedOrganizationUsers', guest, true), holds('specificConnectedOrganizationUsers', guest), holds('specificConnectedOrganizationUsers', { ...guest, isGuest: false }, true)]).toEqual([true, false, false]);
    expect([guest, { ...guest, organization: null }, { ...guest, organization: { id: 'o', state: 'proposed' as const } }, { ...guest, isGuest: false }].map((target) => holds('allConfiguredConnectedOrganizationUsers', target))).toEqual([true, false, false, false]);
  });

  it('come after narrower ones: P1 named, P2 members, P3 all users, P4 everybody from elsewhere', () => {
    const order = all.toSorted(narrowestFirst).map((one) => one.policy.allowedTargetScope);
    const at = (scope: (typeof targetScopes)[number]): number => order.indexOf(scope);
    for (const named of ['specificDirectoryUsers', 'specificConnectedOrganizationUsers'] as const) expect(at(named)).toBeLessThan(at('allMemberUsers'));
    expect(at('allMemberUsers')).toBeLessThan(at('allDirectoryUsers'));
    for (const widest of ['allConfiguredConnectedOrganizationUsers', 'allExternalUsers'] as const) expect(at('allDirectoryUsers')).toBeLessThan(at(widest));
  });
});
