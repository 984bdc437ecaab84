import { describe, expect, it } from 'vitest';
import { decideSuccession, findInvalidNames, isPrincipalName, reasonAgainstPassword, reasonsAgainstGroup, reasonsAgainstManager } from './people.ts';

const codes = (reasons: readonly { readonly code: string }[]): readonly string[] => reasons.map((reason) => reason.code);

describe('names', () => {
  it.each(['alice@example.org', "o'neil+x@a-b.example", 'a@localhost'])('%s is a user principal name', (name) => expect(isPrincipalName(name)).toBe(true));
  it.each(['alice', '@example.org', 'a b@example.org', 'a@', 'a@-x.org', 'a@b@c', `${'x'.repeat(65)}@example.org`])('%s is none', (name) => expect(isPrincipalName(name)).toBe(false));

  it('that are invalid are named with what they should be', () => {
    const found = findInvalidNames({ mailNickname: 'a b', userPrincipalName: 'x', displayName: ' ' });
    expect(found.map((each) => each.field)).toEqual(['mailNickname', 'userPrincipalName', 'displayName']);
    expect(findInvalidNames({ mailNickname: 'ab', userPrincipalName: 'x@y', displayName: 'X' })).toEqual([]);
  });
});

describe('passwords', () => {
  it('have 8 to 256 characters, and are never repeated in the reason', () => {
    expect(reasonAgainstPassword('1234567', null)).not.toContain('1234567');
    expect(reasonAgainstPassword('12345678', null)).toBeUndefined();
    expect(reasonAgainstPassword('x'.repeat(257), null)).toBeDefined();
    expect(reasonAgainstPassword('Ada@Example.com', 'ada@example.com')).toBeDefined();
  });
});

describe('groups', () => {
  const sound = { displayName: 'x', mailEnabled: false, mailNickname: 'x', securityEnabled: true };
  it('are refused with every reason', () => {
    expect(reasonsAgainstGroup(sound)).toEqual([]);
    expect(codes(reasonsAgainstGroup({ ...sound, groupTypes: ['Odd'], membershipRule: 'x', mailEnabled: true }))).toEqual(['unknownGroupType', 'membershipRule', 'mailEnabled']);
    expect(codes(reasonsAgainstGroup({ ...sound, securityEnabled: false }))).toEqual(['uselessGroup']);
    expect(codes(reasonsAgainstGroup({ ...sound, isAssignableToRole: true, groupTypes: ['DynamicMembership'], membershipRule: 'user.x' }))).toEqual(['roleAssignableGroup']);
  });
});

describe('a manager', () => {
  it('is a person who is not below the user', () => {
    expect(reasonsAgainstManager('a', { id: 'b', type: 'user' }, ['c'])).toEqual([]);
    expect(codes(reasonsAgainstManager('a', { id: 'a', type: 'user' }, []))).toEqual(['ownManager']);
    expect(codes(reasonsAgainstManager('a', { id: 'b', type: 'user' }, ['c', 'a']))).toEqual(['managerCycle']);
    expect(codes(reasonsAgainstManager('a', { id: 'b', type: 'group' }, []))).toEqual(['managerIsNoPerson']);
  });
});

describe('sponsorship of a leaver', () => {
  const alone = { id: 'agent', displayName: 'Bot', otherSponsors: 0 };
  const shared = { id: 'other', displayName: null, otherSponsors: 1 };
  it('passes to the manager where nobody else is left', () => {
    expect(decideSuccession({ id: 'u', managerId: 'm' }, [alone, shared])).toEqual({ ok: true, value: ['agent'] });
    expect(decideSuccession({ id: 'u', managerId: undefined }, [shared])).toEqual({ ok: true, value: [] });
  });
  it('keeps the leaver when there is no manager, with a reason for each agent', () => {
    const decision = decideSuccession({ id: 'u', managerId: undefined }, [alone, shared, { ...alone, id: 'third' }]);
    expect(decision.ok ? [] : decision.reasons.map((reason) => reason.target)).toEqual(['agent', 'third']);
  });
});
