import { describe, expect, it } from 'vitest';
import { Problem } from '../../../kernel/problem.ts';
import type { Expression } from './ast.ts';
import { parseFilter } from './filter.ts';
import { print } from './print.fixture.ts';

const guid = '4bd1c0c9-8c8b-4a2f-9d5e-0a6f7d3a1b2c';

/** Filters as clients send them, and how they are understood. */
const real: readonly (readonly [string, string])[] = [
  // Terraform azuread and the hamilton SDK
  ["displayName eq 'General'", "(displayName eq 'General')"],
  [`originId eq '${guid}'`, `(originId eq '${guid}')`],
  [`startswith(originId, '${guid}')`, `startswith(originId,'${guid}')`],
  ["mailNickname eq 'o''brien'", "(mailNickname eq 'o''brien')"],
  [`appId eq '${guid}' and servicePrincipalType eq 'Application'`, `((appId eq '${guid}') and (servicePrincipalType eq 'Application'))`],
  ["userPrincipalName in ('a@contoso.com','b@contoso.com')", "(userPrincipalName in ('a@contoso.com','b@contoso.com'))"],
  [`principalId eq '${guid}' and roleDefinitionId eq '${guid}' and directoryScopeId eq '/'`, `(((principalId eq '${guid}') and (roleDefinitionId eq '${guid}')) and (directoryScopeId eq '/'))`],
  // Entitlement management: documentation, PowerShell, SDKs
  [`target/objectid eq '${guid}' and state eq 'Delivered'`, `((target/objectid eq '${guid}') and (state eq 'Delivered'))`],
  [`accessPackage/id eq '${guid}' and assignmentPolicy/id eq '${guid}'`, `((accessPackage/id eq '${guid}') and (assignmentPolicy/id eq '${guid}'))`],
  [`(accessPackageId eq '${guid}' and assignmentPolicyId eq '${guid}')`, `((accessPackageId eq '${guid}') and (assignmentPolicyId eq '${guid}'))`],
  ["contains(tolower(displayName),'team')", "contains(tolower(displayName),'team')"],
  ["contains(tolower(displayName), 'sales') and isHidden eq false", "(contains(tolower(displayName),'sales') and (isHidden eq false))"],
  ["requestState eq 'PendingApproval'", "(requestState eq 'PendingApproval')"],
  ["createdDateTime ge 2026-11-23T20:00:00Z and createdDateTime lt 2026-12-01T00:00:00.1234567+02:00", '((createdDateTime ge 2026-11-23T20:00:00Z) and (createdDateTime lt 2026-12-01T00:00:00.1234567+02:00))'],
  ["(originSystem eq 'AadGroup' or originSystem eq 'SharePointOnline') and displayName ne null", "(((originSystem eq 'AadGroup') or (originSystem eq 'SharePointOnline')) and (displayName ne null))"],
  [`catalog/id eq '${guid}'`, `(catalog/id eq '${guid}')`],
  [`id eq ${guid.toUpperCase()}`, `(id eq ${guid})`],
  // Directory: command lines and portals
  ["tags/any(t:t eq 'WindowsAzureActiveDirectoryIntegratedApp')", "tags/any(t:(t eq 'WindowsAzureActiveDirectoryIntegratedApp'))"],
  ["(tags/any(t:t eq 'a') or tags/any(t:t eq 'b'))", "(tags/any(t:(t eq 'a')) or tags/any(t:(t eq 'b')))"],
  ["groupTypes/any(c:c eq 'Unified')", "groupTypes/any(c:(c eq 'Unified'))"],
  ["NOT groupTypes/any(c: c eq 'Unified') and mailEnabled eq true", "(not(groupTypes/any(c:(c eq 'Unified'))) and (mailEnabled eq true))"],
  ["proxyAddresses/any(p:startswith(p,'SMTP:'))", "proxyAddresses/any(p:startswith(p,'SMTP:'))"],
  ["owners/any()", 'owners/any()'],
  ["not owners/any()", 'not(owners/any())'],
  ['owners/$count eq 0', '(owners/$count eq 0)'],
  ['members/$count gt 0 and members/$count le 1e3', '((members/$count gt 0) and (members/$count le 1e3))'],
  [`assignedLicenses/any(l:l/skuId eq ${guid})`, `assignedLicenses/any(l:(l/skuId eq ${guid}))`],
  [`owners/any(o:o/id eq '${guid}' or o/microsoft.graph.user/department eq 'IT')`, `owners/any(o:((o/id eq '${guid}') or (o/microsoft.graph.user/department eq 'IT')))`],
  ["identities/any(i:i/issuer eq 'contoso.com' and i/issuerAssignedId eq 'j.smith@yahoo.com')", "identities/any(i:((i/issuer eq 'contoso.com') and (i/issuerAssignedId eq 'j.smith@yahoo.com')))"],
  ["appRoles/any(r:r/allowedMemberTypes/all(m:m ne 'User'))", "appRoles/any(r:r/allowedMemberTypes/all(m:(m ne 'User')))"],
  ["isof('microsoft.graph.servicePrincipal')", "isof('microsoft.graph.servicePrincipal')"],
  ["(isof(principal,'microsoft.graph.servicePrincipal'))", "isof(principal,'microsoft.graph.servicePrincipal')"],
  ["isof(principal, microsoft.graph.user)", 'isof(principal,microsoft.graph.user)'],
  ["endswith(mail,'@contoso.com') or EndsWith(userPrincipalName,'@x')", "(endswith(mail,'@contoso.com') or endswith(userPrincipalName,'@x'))"],
  ["userType eq 'Guest'", "(userType eq 'Guest')"],
  ['accountEnabled eq TRUE', '(accountEnabled eq true)'],
  ["not(companyName in ('Microsoft', 'Contoso')) and mail ne NULL", "(not((companyName in ('Microsoft','Contoso'))) and (mail ne null))"],
  ["onPremisesExtensionAttributes/extensionAttribute1 eq 'x'", "(onPremisesExtensionAttributes/extensionAttribute1 eq 'x')"],
  ["extension_4bd1c0c98c8b4a2f_jobGroup eq 'D'", "(extension_4bd1c0c98c8b4a2f_jobGroup eq 'D')"],
  ["signInActivity/lastSignInDateTime le 2026-01-01T00:00Z", '(signInActivity/lastSignInDateTime le 2026-01-01T00:00Z)'],
  ['birthday eq 2026-02-28', '(birthday eq 2026-02-28)'],
  ['startTime lt 12:30:15.5', '(startTime lt 12:30:15.5)'],
  ["expiration/duration gt duration'P1DT12H'", "(expiration/duration gt duration'P1DT12H')"],
  ["kind has microsoft.graph.x'one,two' eq true", "((kind has microsoft.graph.x'one,two') eq true)"],
  ["state eq microsoft.graph.accessPackageRequestState'delivered'", "(state eq microsoft.graph.accessPackageRequestState'delivered')"],
  ["id in('a','b')and x eq 1", "((id in ('a','b')) and (x eq 1))"],
  [`id in (${guid}, null, -1, true)`, `(id in (${guid},null,-1,true))`],
  ["length(displayName) gt -5", '(length(displayName) gt -5)'],
  ["indexof(displayName,'a') eq 1.50", "(indexof(displayName,'a') eq 1.50)"],
  ["concat(concat(givenName,' '),surname) eq 'A B'", "(concat(concat(givenName,' '),surname) eq 'A B')"],
  ["substring(mail,1,2) eq trim(toupper('b'))", "(substring(mail,1,2) eq trim(toupper('b')))"],
  ['year(createdDateTime) eq 2026 and createdDateTime lt now()', '((year(createdDateTime) eq 2026) and (createdDateTime lt now()))'],
  ["matchesPattern(displayName,'^A')", "matchespattern(displayName,'^A')"],
  ["$it/displayName eq 'x'", "($it/displayName eq 'x')"],
  ["'x' eq displayName", "('x' eq displayName)"],
  ["displayName eq @name", '(displayName eq @name)'],
  // Structure
  ['a eq 1 or b eq 2 and c eq 3', '((a eq 1) or ((b eq 2) and (c eq 3)))'],
  ['a eq 1 and b eq 2 or c eq 3', '(((a eq 1) and (b eq 2)) or (c eq 3))'],
  ['not a and b', '(not(a) and b)'],
  ['not not (a Or b)', 'not(not((a or b)))'],
  ["  ( ( a\teq 'x,;()/''y' ) )\n", "(a eq 'x,;()/''y')"],
  ["über/naïve EQ ''", "(über/naïve eq '')"],
];

const broken: readonly (readonly [string, string])[] = [
  ['', 'Syntax error at position 0: expected a value'],
  ['displayName eq', "Syntax error at position 14: expected a value after 'eq'"],
  ['displayName eq and x eq 1', "Syntax error at position 15: expected a value after 'eq', found 'and'"],
  ["displayName eq 'x", 'Syntax error at position 15: the string is not closed; double an apostrophe inside a string'],
  ["displayName eq 'x' y", "Syntax error at position 19: expected the end or an operator after ''x'', found 'y'"],
  ['(a eq 1', "Syntax error at position 7: expected ')' after '1'"],
  ['a eq 1)', "Syntax error at position 6: expected the end or an operator after '1', found ')'"],
  ['a in ()', "Syntax error at position 6: expected a literal value after '(', found ')'"],
  ['a in (b)', "Syntax error at position 6: expected a literal value after '(', found 'b'"],
  ['a/ eq 1 /', "Syntax error at position 6: expected the end or an operator after 'eq', found '1'"],
  ['a/', "Syntax error at position 2: expected a property name after '/'"],
  ['a/foo(b)', "Syntax error at position 5: expected no parenthesis; only 'any' and 'all' take one in a path after 'foo', found '('"],
  ['a/all()', "Syntax error at position 6: expected a variable name after '(', found ')'"],
  ['a/any(x)', "Syntax error at position 7: expected ':' after 'x', found ')'"],
  ['a eq 12ab', "Syntax error at position 5: malformed number '12a'"],
  ['a eq 1e999', "Syntax error at position 5: the number '1e999' is too large"],
  ['a eq 2026-02-30', "Syntax error at position 5: '2026-02-30' is not a real date"],
  ['a eq 2026-02-01T25:00:00Z', "Syntax error at position 5: '2026-02-01T25:00:00' is not a real date"],
  ['a eq 2026-02-01T20:00:00', "Syntax error at position 5: '2026-02-01T20:00:00' needs 'Z' or an offset such as '+02:00' (with '+' written '%2B') at its end"],
  ["a eq foo'x'", "Syntax error at position 5: 'foo' before a string is neither 'duration' nor the name of an enumeration"],
  ["a eq duration'P'", "Syntax error at position 5: 'P' is not an ISO 8601 duration"],
  [`a eq ${guid}_${guid}`, `Syntax error at position 5: malformed guid '${guid}_'`],
  ['a eq "x"', "Syntax error at position 5: unexpected character '\"'"],
  ['a eq \0', 'Syntax error at position 5: the NUL character is not allowed'],
];

function failure(text: string): Problem {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('parseFilter', () => {
  it.each(real)('understands %s', (text, meaning) => {
    expect(print(parseFilter(text))).toBe(meaning);
  });

  it.each(broken)('refuses %j', (text, reason) => {
    const problem = failure(text);
    expect(problem.message).toBe(`OData query is invalid: ${reason}.`);
    expect([problem.code, problem.target]).toEqual(['InvalidFilter', '$filter']);
  });

  it('keeps offsets and exact values', () => {
    expect(parseFilter(`a/b eq ${guid.toUpperCase()}`)).toEqual({
      node: 'compare',
      operator: 'eq',
      left: { node: 'path', segments: ['a', 'b'], at: 0 },
      right: { node: 'literal', literal: { kind: 'guid', value: guid }, at: 7 },
      at: 4,
    } satisfies Expression);
    expect(parseFilter('x eq 12345678901234567890')).toMatchObject({ right: { literal: { text: '12345678901234567890' } } });
    expect(parseFilter('owners/any()')).toEqual({ node: 'lambda', operator: 'any', path: ['owners'], variable: undefined, predicate: undefined, at: 0 });
  });

  it('takes exactly as much as the limits say', () => {
    const list = (size: number): string => `id in (${Array.from({ length: size }, () => "'a'").join(',')})`;
    const chain = (size: number): string => Array.from({ length: size }, () => 'a eq 1').join(' or ');
    const nest = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`;
    for (const text of [list(500), chain(250), nest(60), `${'not '.repeat(60)}a`, `a eq '${'x'.repeat(16_377)}'`]) expect(() => parseFilter(text)).not.toThrow();
    expect(failure(list(501)).message).toContain('more than 500 values');
    expect(failure(chain(251)).message).toContain('more than 1000 nodes');
    for (const text of [nest(61), `${'not '.repeat(61)}a`, `${'f('.repeat(61)}a${')'.repeat(61)}`, '('.repeat(16_000)]) expect(failure(text).message).toContain('nested deeper than 60 levels');
    expect(failure(`a eq '${'x'.repeat(16_379)}'`).message).toContain('longer than 16384 characters');
  });
});
