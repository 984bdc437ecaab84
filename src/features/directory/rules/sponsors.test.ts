import { describe, expect, it } from 'vitest';
import { decideOwners, decideSponsors, needsSponsor, type Person } from './sponsors.ts';

const person = (type: string, isRoleAssignable = false): Person => ({ id: `${type}-1`, type, isRoleAssignable });
const many = (type: string, count: number): readonly Person[] => Array.from({ length: count }, (_, index) => ({ id: `${type}-${index}`, type, isRoleAssignable: false }));
const reasons = (decision: ReturnType<typeof decideSponsors>): readonly unknown[] => (decision.ok ? [] : decision.reasons);
const types = ['application', 'servicePrincipal', 'agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal', 'agentIdentity'] as const;

describe('sponsors', () => {
  it('are wanted by agents and blueprints, at all times', () => {
    const none = [{ code: 'lastSponsor', target: 'sponsors', message: 'At least one sponsor is required at all times. Name a user or group in sponsors@odata.bind, or add another sponsor before you remove this one.' }];
    expect(types.filter(needsSponsor)).toEqual(['agentIdentityBlueprint', 'agentIdentity']);
    for (const type of types) expect(reasons(decideSponsors(type, { kept: [], added: [] }))).toEqual(needsSponsor(type) ? none : []);
    expect(decideSponsors('agentIdentity', { kept: [person('user')], added: [] })).toEqual({ ok: true, value: [] });
  });

  it('are users and groups, and of the principal of a blueprint service principals, too', () => {
    expect(decideSponsors('agentIdentity', { kept: many('user', 1), added: [person('user'), person('group')] })).toEqual({ ok: true, value: ['user-1', 'group-1'] });
    expect(decideSponsors('agentIdentityBlueprintPrincipal', { kept: [], added: [person('user'), person('group'), person('servicePrincipal')] }).ok).toBe(true);
    for (const type of ['servicePrincipal', 'agentUser', 'agentIdentity', 'application']) {
      expect(reasons(decideSponsors('agentIdentity', { kept: [], added: [person(type)] }))).toEqual([{ code: 'sponsorTypeNotAllowed', target: 'sponsors', message: `${type}-1 is of type ${type} and cannot be a sponsor. Sponsors are users or groups.` }]);
    }
    expect(reasons(decideSponsors('agentIdentityBlueprintPrincipal', { kept: [], added: [person('agentIdentity')] }))).toHaveLength(1);
  });

  it('are no groups that carry directory roles', () => {
    expect(reasons(decideSponsors('agentIdentity', { kept: [], added: [person('group', true)] }))).toEqual([
      { code: 'sponsorGroupRoleAssignable', target: 'sponsors', message: 'The group group-1 is role-assignable and cannot be a sponsor. Choose another group.' },
    ]);
  });

  it('are a hundred at most, five of them groups, with those that are there already', () => {
    expect(decideSponsors('agentIdentity', { kept: [...many('user', 94), ...many('group', 4)], added: [person('user'), person('group')] }).ok).toBe(true);
    expect(reasons(decideSponsors('agentIdentity', { kept: many('user', 100), added: [person('user')] }))).toEqual([{ code: 'tooManySponsors', target: 'sponsors', message: '101 sponsors are too many; the most is 100.' }]);
    expect(reasons(decideSponsors('agentIdentity', { kept: many('group', 5), added: [person('group')] }))).toEqual([{ code: 'tooManySponsorGroups', target: 'sponsors', message: '6 groups are too many; at most 5 of the sponsors are groups.' }]);
  });
});

describe('owners', () => {
  it('are users, service principals and principals of blueprints', () => {
    expect(decideOwners(0, [person('user'), person('servicePrincipal'), person('agentIdentityBlueprintPrincipal')])).toEqual({ ok: true, value: ['user-1', 'servicePrincipal-1', 'agentIdentityBlueprintPrincipal-1'] });
    expect(reasons(decideOwners(0, [person('agentIdentity'), person('user'), person('group')]))).toEqual(['agentIdentity', 'group'].map((type) => ({
      code: 'ownerTypeNotAllowed', target: 'owners', message: `${type}-1 is of type ${type} and cannot be an owner. Owners are users or service principals.`,
    })));
  });
  it('are a hundred at most', () => {
    expect(decideOwners(99, [person('user')]).ok).toBe(true);
    expect(reasons(decideOwners(100, [person('user')]))).toEqual([{ code: 'tooManyOwners', target: 'owners', message: '101 owners are too many; the most is 100.' }]);
  });
});
