import { describe, expect, it } from 'vitest';
import { decideSuccession, findInvalidNames, isPrincipalName, reasonAgainstPassword, reasonsAgainstGroup, reasonsAgainstManager } from './people.ts';

const codes = (reasons: readonly { readonly code: string }[]): readonly string[] => reasons.map((reason) => reason.code);
const [label, local] = ['d'.repeat(63), 'x'.repeat(64)];

describe('user principal names', () => {
  it.each(['alice@example.org', 'ALICE@Example.ORG', "o'neil+x@a-b.example", 'a@localhost', 'a@1', 'a@a--b.c', `${local}@example.org`, `a@${label}.${label}.org`, `a@${label}.${label}.${label}.${'d'.repeat(61)}`])('%s is one', (name) => { expect(isPrincipalName(name)).toBe(true); });
  it.each([
    'alice', '@example.org', 'a b@example.org', 'a@', 'a@-x.org', 'a@x-.org', 'a@x.-y', 'a@x.y-', 'a@x..y', 'a@x.', 'a@b@c', ' a@b', 'a@b ', 'é@b', 'a@é', `${local}x@example.org`, `a@${label}d.org`, `a@x.${label}d`, `a@${label}.${label}.${label}.${'d'.repeat(62)}`,
  ])('%s is none', (name) => { expect(isPrincipalName(name)).toBe(false); });
});

describe('names', () => {
  const nickname = { field: 'mailNickname', reason: '1 to 64 characters without spaces and without any of @ ( ) \\ [ ] " ; : < > ,' };
  it('that are invalid are named with what they should be', () => {
    expect(findInvalidNames({ mailNickname: 'a b', userPrincipalName: 'x', displayName: ' ' })).toEqual([nickname, { field: 'userPrincipalName', reason: 'it has the form name@domain' }, { field: 'displayName', reason: '1 to 256 characters' }]);
    expect(findInvalidNames({ mailNickname: 'ab', userPrincipalName: 'x@y', displayName: 'X' })).toEqual([]);
    expect(findInvalidNames({ mailNickname: null, userPrincipalName: null, displayName: null })).toEqual([]);
    expect(findInvalidNames({})).toEqual([]);
  });
  it('have their lengths', () => {
    expect(findInvalidNames({ mailNickname: local, displayName: 'x'.repeat(256) })).toEqual([]);
    expect(findInvalidNames({ mailNickname: `${local}x` })).toEqual([nickname]);
    expect(findInvalidNames({ mailNickname: '' })).toEqual([nickname]);
    expect(findInvalidNames({ displayName: 'x'.repeat(257) })).toEqual([{ field: 'displayName', reason: '1 to 256 characters' }]);
    expect(findInvalidNames({ displayName: '' })).toHaveLength(1);
  });
  it.each('@()\\[]";:<>, \t'.split(''))('of mailboxes hold no %j', (letter) => {
    for (const mailNickname of [`a${letter}b`, `${letter}b`, `a${letter}`]) expect(findInvalidNames({ mailNickname })).toEqual([nickname]);
  });
});

describe('passwords', () => {
  it('have 8 to 256 characters, are not the user name, and are never repeated in the reason', () => {
    expect(reasonAgainstPassword('1234567', null)).toBe('a password has at least 8 characters');
    for (const password of ['12345678', 'x'.repeat(256)]) expect(reasonAgainstPassword(password, null)).toBeUndefined();
    expect(reasonAgainstPassword('x'.repeat(257), null)).toBe('a password has at most 256 characters');
    expect(reasonAgainstPassword('Ada@Example.com', 'ada@eXample.com')).toBe('a password is not the user name');
    expect(reasonAgainstPassword('Ada@Example.com', 'eve@example.com')).toBeUndefined();
  });
});

describe('groups', () => {
  const sound = { displayName: 'x', mailEnabled: false, mailNickname: 'x', securityEnabled: true };
  const dynamic = { ...sound, groupTypes: ['DynamicMembership'], membershipRule: 'user.x' };
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['for security', sound], ['for mail', { ...sound, groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false }], ['for both', { ...sound, groupTypes: ['Unified'], mailEnabled: true }],
    ['with a rule', dynamic], ['with a rule, for mail', { ...dynamic, groupTypes: ['Unified', 'DynamicMembership'], mailEnabled: true }], ['with an empty rule', { ...sound, membershipRule: '' }], ['without a rule', { ...sound, membershipRule: null }],
    ['for directory roles', { ...sound, isAssignableToRole: true }], ['for mail and not for directory roles', { ...sound, groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false, isAssignableToRole: false }],
  ])('exist %s', (_, group) => { expect(reasonsAgainstGroup(group)).toEqual([]); });

  it('are refused with every reason', () => {
    expect(reasonsAgainstGroup({ groupTypes: ['Odd', 'Unified', 'DynamicMembership'], membershipRule: '', isAssignableToRole: true })).toEqual([
      { code: 'unknownGroupType', target: 'groupTypes', message: "groupTypes holds nothing but 'Unified' and 'DynamicMembership'." },
      { code: 'membershipRule', target: 'membershipRule', message: "A membershipRule and the groupType 'DynamicMembership' go together: send both or neither." },
      { code: 'uselessGroup', target: 'securityEnabled', message: 'A group is security-enabled, mail-enabled, or both. Send securityEnabled true.' },
      { code: 'roleAssignableGroup', target: 'isAssignableToRole', message: 'A role-assignable group is security-enabled and its members are assigned by hand. Send securityEnabled true and no DynamicMembership.' },
    ]);
    expect(reasonsAgainstGroup({ ...sound, mailEnabled: true })).toEqual([{ code: 'mailEnabled', target: 'mailEnabled', message: "Only groups of groupType 'Unified' are mail-enabled. Send mailEnabled false." }]);
    expect(codes(reasonsAgainstGroup({ ...sound, membershipRule: 'user.x' }))).toEqual(['membershipRule']);
    expect(codes(reasonsAgainstGroup({ ...dynamic, membershipRule: null }))).toEqual(['membershipRule']);
    expect(codes(reasonsAgainstGroup({ ...dynamic, isAssignableToRole: true }))).toEqual(['roleAssignableGroup']);
    expect(codes(reasonsAgainstGroup({ ...sound, groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false, isAssignableToRole: true }))).toEqual(['roleAssignableGroup']);
  });
});

describe('a manager', () => {
  const against = (message: string, code: string) => [{ code, target: 'manager', message }];
  it('is a person who is not below the user', () => {
    expect(reasonsAgainstManager('a', { id: 'b', type: 'user' }, ['c'])).toEqual([]);
    expect(reasonsAgainstManager('a', { id: 'a', type: 'user' }, [])).toEqual(against('Nobody is their own manager. Choose another user.', 'ownManager'));
    expect(reasonsAgainstManager('a', { id: 'b', type: 'user' }, ['c', 'a'])).toEqual(against('a is already above b in the line of managers. Choose somebody who does not report to this user.', 'managerCycle'));
    expect(reasonsAgainstManager('a', { id: 'b', type: 'group' }, [])).toEqual(against('A manager is a person; b is of type group. Choose a user.', 'managerIsNoPerson'));
  });
});

describe('sponsorship of a leaver', () => {
  const alone = { id: 'agent', displayName: 'Bot', otherSponsors: 0 };
  const shared = { id: 'other', displayName: null, otherSponsors: 1 };
  const last = (name: string, id: string) => ({
    code: 'lastSponsor', target: id, message: `u is the last sponsor of '${name}' (${id}). Add another sponsor to it, delete it, or give the leaving user a manager who is enabled.`,
  });
  it('passes to the manager where nobody else is left', () => {
    expect(decideSuccession({ id: 'u', managerId: 'm' }, [alone, shared])).toEqual({ ok: true, value: ['agent'] });
    expect(decideSuccession({ id: 'u', managerId: undefined }, [shared])).toEqual({ ok: true, value: [] });
  });
  it('keeps the leaver when there is no manager, with a reason for each agent', () => {
    expect(decideSuccession({ id: 'u', managerId: undefined }, [alone, shared, { ...shared, id: 'third', otherSponsors: 0 }])).toEqual({ ok: false, reasons: [last('Bot', 'agent'), last('third', 'third')] });
  });
});
