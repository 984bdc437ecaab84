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
