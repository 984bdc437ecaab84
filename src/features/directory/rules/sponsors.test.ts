import { describe, expect, it } from 'vitest';
import { decideOwners, decideSponsors, type Person } from './sponsors.ts';

const person = (type: string, isRoleAssignable = false): Person => ({ id: `${type}-1`, type, isRoleAssignable });
const many = (type: string, count: number): readonly Person[] => Array.from({ length: count }, (_, index) => ({ id: `${type}-${index}`, type, isRoleAssignable: false }));
const codes = (decision: ReturnType<typeof decideSponsors>): readonly string[] => (decision.ok ? [] : decision.reasons.map((reason) => reason.code));

describe('decideSponsors', () => {
  it('wants at least one for agents and blueprints, none for blueprint principals', () => {
    expect(codes(decideSponsors('agentIdentity', { kept: [], added: [] }))).toEqual(['lastSponsor']);
    expect(codes(decideSponsors('agentIdentityBlueprint', { kept: [], added: [] }))).toEqual(['lastSponsor']);
    expect(codes(decideSponsors('agentIdentityBlueprintPrincipal', { kept: [], added: [] }))).toEqual([]);
  });

  it('takes users and groups, and nothing else', () => {
    expect(codes(decideSponsors('agentIdentity', { kept: [], added: [person('user'), person('group')] }))).toEqual([]);
    for (const type of ['servicePrincipal', 'agentUser', 'agentIdentity', 'application']) {
      expect(codes(decideSponsors('agentIdentity', { kept: [], added: [person(type)] }))).toEqual(['sponsorTypeNotAllowed']);
    }
    expect(codes(decideSponsors('agentIdentity', { kept: [], added: [person('group', true)] }))).toEqual(['sponsorGroupRoleAssignable']);
  });

  it('counts what is there already', () => {
    expect(codes(decideSponsors('agentIdentity', { kept: many('user', 100), added: [person('user')] }))).toEqual(['tooManySponsors']);
    expect(codes(decideSponsors('agentIdentity', { kept: many('group', 5), added: [person('group')] }))).toEqual(['tooManySponsorGroups']);
  });
});

describe('decideOwners', () => {
  it('takes users and service principals up to a hundred', () => {
    expect(decideOwners(0, [person('user'), person('servicePrincipal')]).ok).toBe(true);
    expect(decideOwners(0, [person('agentIdentity')]).ok).toBe(false);
    expect(decideOwners(100, [person('user')]).ok).toBe(false);
  });
});
