import { describe, expect, it } from 'vitest';
import { isMember } from './evaluate.ts';
import { parseMembershipRule } from './parse.ts';
import { longestRule, type MembershipRule, type RuleSubject } from '../model.ts';

const id = '3fa85f64-5717-4562-b3fc-2c963f66afa6';
const read = (text: string): MembershipRule => {
  const decision = parseMembershipRule(text);
  if (!decision.ok) throw new Error(decision.reasons[0].message);
  return decision.value;
};
const why = (text: string): string => {
  const decision = parseMembershipRule(text);
  return decision.ok ? '' : decision.reasons[0].message;
};
const user = (values: RuleSubject['values'], managerId: string | null = null): RuleSubject => ({ kind: 'user', managerId, values });
const agent = (values: RuleSubject['values']): RuleSubject => ({ kind: 'agentIdentity', managerId: null, values });
const sales = user({ department: 'Sales', accountEnabled: 'true', otherMails: ['a@x.com', 'b@y.org'], displayName: "Pat O'Hara", employeeId: '5' });
const holds = (text: string, subject: RuleSubject = sales): boolean => isMember(read(text), subject);

it('has patterns that are small together', () => {
  const some = (size: number): string => Array.from({ length: size }, () => 'user.city -match "a{90}b"').join(' -or ');
  expect([why(some(5)), why(some(6))]).toEqual(['', expect.stringContaining('fewer or smaller patterns')]);
});

describe('a rule that holds', () => {
  it.each([
    '(user.department -eq "Sales") -and (user.accountEnabled -eq true)', 'user.department -eq "sales"', 'USER.Department -EQ "SALES"', 'user.department eq "Sales" and user.accountEnabled eq true',
    'user.department -ne "Legal"', 'user.jobTitle -ne "Boss"', 'user.jobTitle -eq null', 'user.jobTitle -eq $null', 'user.department -ne null', 'user.accountEnabled -eq "true"', 'user.accountEnabled -ne $false',
    'user.department -startsWith "sa"', 'user.department -notStartsWith "le"', 'user.department -contains "ALE"', 'user.department -notContains "x"', 'user.department -match "^s.l"', 'user.department -notMatch "^a"',
    'user.department -in ["Legal","Sales"]', 'user.department -notIn ["Legal"]', 'user.employeeId -eq 5', "user.displayName -eq 'Pat O''Hara'", 'user.displayName -eq "pat o\'hara"',
    'user.otherMails -any (_ -eq "A@X.com")', 'user.otherMails -all (_ -contains "@")', 'user.otherMails -any (_ -startsWith "b" -and -not (_ -contains "x.com"))', 'user.otherMails -contains "@y"', 'user.otherMails -ne "c@z.org"', 'user.otherMails -ne null',
    'user.otherMails -any (_ -eq "q" -or _ -in ["b@y.org"])', 'user.proxyAddresses -eq null', '-not (user.department -eq "Legal")', 'not user.department -eq "Legal"', 'user.jobTitle -eq "x" -or user.department -eq "Sales" -and user.accountEnabled -eq true',
    '-not (user.proxyAddresses -all (_ -eq "x"))', 'user.userType -eq null', 'user.telephoneNumber -eq null',
  ])('%s', (text) => { expect(holds(text)).toBe(true); });
});

describe('a rule that does not hold', () => {
  it.each([
    'user.department -eq "Sale"', 'user.department -ne "Sales"', 'user.jobTitle -eq ""', 'user.jobTitle -contains ""', 'user.jobTitle -startsWith ""', 'user.accountEnabled -eq false', 'user.department -notIn ["sales"]',
    'user.proxyAddresses -all (_ -contains "")', 'user.proxyAddresses -any (_ -contains "")', 'user.otherMails -all (_ -contains "x.com")', 'user.otherMails -notContains "x.com"', 'user.otherMails -eq null',
    '(user.department -eq "Sales" -or user.department -eq "x") -and user.jobTitle -eq "y"', 'user.department -eq "Sales" -and -not (user.accountEnabled -eq true)', '-not user.department -eq "Sales" -or user.jobTitle -eq "x"',
    'user.department -match "^ales"', 'user.department -notMatch "sales"', `Direct Reports for "${id}"`,
  ])('%s', (text) => { expect(holds(text)).toBe(false); });
});

describe('whom a rule looks at', () => {
  it('people, and agent users only where they are named', () => {
    expect(read('user.department -eq "x"')).toMatchObject({ about: 'users', kinds: ['user'] });
    expect(read('user.kind -eq "agentUser" -or user.department -eq "x"').kinds).toEqual(['user', 'agentUser']);
    expect(holds('user.objectId -ne null', { ...sales, kind: 'agentUser' })).toBe(false);
    expect(holds('user.kind -ne null', { kind: 'agentUser', managerId: null, values: { kind: 'agentUser' } })).toBe(true);
  });
  it('agents alone, or everything that works without a person', () => {
    expect(read('agent.blueprintId -eq "x"')).toMatchObject({ about: 'workloads', kinds: ['agentIdentity'] });
    expect(read('servicePrincipal.tags -any (_ -eq "prod") -and agent.blueprintId -ne "x"').kinds).toEqual(['servicePrincipal', 'agentIdentity']);
  });
  it('never both', () => { expect(why('user.department -eq "x" -or agent.appId -eq "y"')).toContain('Make one policy for each'); });
  it('those who report to somebody', () => {
    expect(read(`Direct Reports for "${id.toUpperCase()}"`)).toMatchObject({ about: 'users', where: { is: 'directReport', managerId: id } });
    expect(holds(`Direct Reports for "${id}"`, user({}, id))).toBe(true);
    expect(holds(`direct reports for "${id}" -and user.department -eq "x"`, user({ department: 'y' }, id))).toBe(false);
  });
  it('agents by what only agents have', () => {
    const one = agent({ tags: ['prod'], blueprintId: ['b-app', 'b-id'], kind: 'agentIdentity', ownerDepartments: ['Finance'] });
    expect(holds('agent.blueprintId -eq "B-ID" -and agent.tags -any (_ -eq "prod") -and agent.kind -eq "agentIdentity"', one)).toBe(true);
    expect(holds('agent.ownerDepartments -any (_ -eq "finance")', one)).toBe(true);
    expect(holds('servicePrincipal.tags -contains "prod" -and agent.blueprintId -eq null', { kind: 'servicePrincipal', managerId: null, values: { tags: ['prod'], blueprintId: ['x'] } })).toBe(true);
  });
});

describe('names', () => {
  it('finds extension attributes and Entra\'s other words', () => {
    expect(holds('user.extensionAttribute15 -eq "a" -and user.extension_0123456789ABCDEF0123456789abcdef_costCenter -eq "7" -and user.mobile -eq "1"',
      user({ extensionAttribute15: 'a', extension_0123456789abcdef0123456789abcdef_costCenter: '7', mobilePhone: '1' }))).toBe(true);
    expect(why('user.extensionAttribute16 -eq "a"')).toContain('one of the properties');
    expect(why('agent.extensionAttribute1 -eq "a"')).toContain('blueprintId');
  });
});

describe('a rule that makes no sense says where and what would', () => {
  it.each([
    ['', 1, 'a property such as user.department, found the end of the rule'], ['user.departmnt -eq "x"', 1, 'one of the properties'], ['department -eq "x"', 1, "a property such as user.department, found 'department'"],
    ['user.department', 16, '-eq, -ne'], ['user.department -like "x"', 17, "-eq, -ne"], ['user.otherMails -like "x"', 17, '-any or -all'], ['user.department -eq Sales', 21, "a value in quotes, found 'Sales'"],
    ['user.department -eq "x', 21, 'a closing "'], ["user.department -eq 'x", 21, "a closing '"], ['(user.department -eq "x"', 25, "')'"], ['user.department -eq "x")', 24, '-and, -or or the end'], ['user.department -eq "x" "y"', 25, 'found the text "y"'],
    ['user.department -eq "x" -and', 29, 'found the end of the rule'], ['user.department -in "x"', 21, "'['"], ['user.department -in ["x"', 25, "']'"], ['user.department -in []', 22, 'a value in quotes'], ['user.department -in ["x" "y"]', 26, "']'"],
    ['user.accountEnabled -eq "maybe"', 25, 'true, false or null'], ['user.accountEnabled -contains "t"', 21, '-eq or -ne'], ['user.department -any (_ -eq "x")', 17, 'user.department is one value'],
    ['user.otherMails -any _ -eq "x"', 22, "'('"], ['user.otherMails -any (user.mail -eq "x")', 23, '_ for the element'], ['user.otherMails -any (_ -eq null)', 29, 'never null'], ['user.otherMails -any (_ -any (_ -eq "x"))', 25, '-eq, -ne'],
    ['user.otherMails -any (_ -eq "x"', 32, "')'"], ['Direct Reports of "x"', 16, 'Direct Reports for'], ['Direct Reports for "x"', 20, 'the id of the manager'], ['Direct Reports for', 19, 'the id of the manager'],
    ['user.department -match "["', 24, 'a pattern that can be followed'], ['-eq "x"', 1, 'a property such as'], ['user.department -eq -and', 21, 'a value in quotes'], ['user.department -eq "a\0"', 23, 'characters that can be stored'],
    ['-not', 5, 'a property such as'], ['user.department -contains null', 27, 'a value in quotes'], ['user.accountEnabled -eq', 24, 'true, false or null'],
  ])('%s', (text, at, expected) => {
    expect(why(text)).toContain(`At character ${at} of the rule: expected `);
    expect(why(text)).toContain(expected);
  });
  it('is no longer and no deeper than can be kept', () => {
    expect(why(`user.department -eq "${'x'.repeat(longestRule)}"`)).toContain('the most is 3072');
    expect(why(`${'('.repeat(41)}user.department -eq "x"${')'.repeat(41)}`)).toContain('At character 42 of the rule: expected no more than 40 levels');
    expect(why(`${'-not '.repeat(41)}user.department -eq "x"`)).toContain('levels');
    expect(why(`user.otherMails -any ${'('.repeat(41)}_ -eq "x"${')'.repeat(41)}`)).toContain('levels');
    expect(why(`user.otherMails -any (${'-not '.repeat(41)}_ -eq "x")`)).toContain('levels');
    expect(why(`${'('.repeat(40)}user.department -eq "x"${')'.repeat(40)}`)).toBe('');
    expect(why(`user.city -in [${Array.from({ length: 201 }, () => '1').join(',')}]`)).toContain('at most 200 values');
  });
  it('takes quotes within quotes', () => {
    expect(holds('user.displayName -eq "a`"b``c`d"', user({ displayName: 'A"B`C`D' }))).toBe(true);
    expect(holds("user.displayName -eq 'a\"`'b'", user({ displayName: 'a"\'b' }))).toBe(true);
  });
});
