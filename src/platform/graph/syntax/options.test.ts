import { describe, expect, it } from 'vitest';
import { Problem } from '../../../kernel/problem.ts';
import type { ExpandItem } from './ast.ts';
import { parseExpand } from './expand.ts';
import { parseOrderBy } from './order.ts';
import { print, printSearch } from './print.fixture.ts';
import { parseQuery } from './query.ts';
import { parseSearch } from './search.ts';
import { parseSelect } from './select.ts';

/** A compact picture of an expansion. */
function picture(items: readonly ExpandItem[]): string {
  return items.map((item) => {
    const { options } = item;
    const parts = [
      options.filter && `filter=${print(options.filter)}`,
      options.select && `select=${options.select.map((path) => path.join('/')).join(',')}`,
      options.orderBy && `orderby=${options.orderBy.map((term) => term.path.join('/') + (term.descending ? ' desc' : '')).join(',')}`,
      options.search && `search=${printSearch(options.search)}`,
      options.top !== undefined && `top=${options.top}`,
      options.skip !== undefined && `skip=${options.skip}`,
      options.count !== undefined && `count=${options.count}`,
      item.levels !== undefined && `levels=${item.levels}`,
      options.expand && `expand=${picture(options.expand)}`,
    ].filter(Boolean);
    const flags = (item.ref ? '/$ref' : '') + (item.count ? '/$count' : '');
    return item.path.join('/') + flags + (parts.length > 0 ? `(${parts.join(';')})` : '');
  }).join(',');
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem && error.code === 'BadRequest') return error.message;
    throw error;
  }
  throw new Error('accepted');
}

describe('parseExpand', () => {
  it.each([
    ['appRoleAssignments', 'appRoleAssignments'],
    ['roles,scopes, environment', 'roles,scopes,environment'],
    ['resourceRoleScopes($expand=role,scope)', 'resourceRoleScopes(expand=role,scope)'],
    ['accessPackageResourceRoleScopes($expand=accessPackageResourceRole,accessPackageResourceScope)', 'accessPackageResourceRoleScopes(expand=accessPackageResourceRole,accessPackageResourceScope)'],
    ['resourceRoleScopes($expand=role($expand=resource),scope($select=id;$expand=resource($expand=environment)))', 'resourceRoleScopes(expand=role(expand=resource),scope(select=id;expand=resource(expand=environment)))'],
    ['manager($levels=max;$select=id,displayName)', 'manager(select=id,displayName;levels=6)'],
    ['manager(levels=3),members/$ref,owners/$count', 'manager(levels=3),members/$ref,owners/$count'],
    ['*', '*'],
    ['*/$ref', '*/$ref'],
    ['target/microsoft.graph.user/manager', 'target/microsoft.graph.user/manager'],
    ["members($filter=displayName eq 'a;b,(c)' and x in ('1','2'); $ORDERBY=displayName desc;$top=5;skip=1;$count=true)", "members(filter=((displayName eq 'a;b,(c)') and (x in ('1','2')));orderby=displayName desc;top=5;skip=1;count=true)"],
    ["members($filter=n eq 'o''b)');owners", undefined],
    ["members($filter=n eq 'o''b)'),owners", "members(filter=(n eq 'o''b)')),owners"],
    ['members($search="displayName:a;b)\\"" OR x)', 'members(search=("displayName:a;b)\\"" OR "x"))'],
  ])('%s', (text, meaning) => {
    if (meaning === undefined) expect(refusal(() => parseExpand(text))).toContain('Syntax error');
    else expect(picture(parseExpand(text))).toBe(meaning);
  });

  it.each([
    ['', 'position 0: expected a property name'],
    ['a,', 'position 2: expected a property name'],
    ['a(', "position 2: expected ')'"],
    ['a)', "position 1: unexpected ')'"],
    ['a()', "position 2: expected an option such as '$select=…', found ''"],
    ['a($top=1)b', "position 10: expected ',' after ')'"],
    ['a(b)(c)', "position 3: unexpected ')'"],
    ['a($foo=1)', "position 2: '$foo' is not an option of an expansion"],
    ['a($skiptoken=1)', "'$skiptoken' is not an option of an expansion"],
    ['a($orderby=x;orderBy=y)', "position 13: the option 'orderBy' is given twice"],
    ['a($levels=7)', "'$levels' is invalid: '7' is not a whole number from 1 to 6"],
    ['a($expand=b($select=c d))', "'$select' is invalid: Syntax error at position 0: 'c d' is not a property name"],
    ["a($filter=x eq 'y)", 'the quotes are not closed'],
    [`${'a($expand='.repeat(6)}a${')'.repeat(6)}`, 'nested deeper than 6 levels at position 60'],
    [`${'a($expand='.repeat(1600)}a`, "expected ')'"],
    [Array.from({ length: 1001 }, () => 'a').join(','), 'more than 1000 items'],
  ])('refuses text %#', (text, reason) => {
    expect(refusal(() => parseExpand(text))).toContain(reason);
  });

  it('takes six levels', () => {
    expect(() => parseExpand(`${'a($expand='.repeat(5)}a${')'.repeat(5)}`)).not.toThrow();
  });
});

describe('parseSelect and parseOrderBy', () => {
  it('read lists', () => {
    expect(parseSelect('id, displayName,microsoft.graph.user/department,*')).toEqual([['id'], ['displayName'], ['microsoft.graph.user', 'department'], ['*']]);
    expect(parseOrderBy('displayName, createdDateTime DESC,a/b asc,toLower(n) desc,members/$count')).toEqual([
      { path: ['displayName'], descending: false },
      { path: ['createdDateTime'], descending: true },
      { path: ['a', 'b'], descending: false },
      { path: ['n'], call: 'tolower', descending: true },
      { path: ['members', '$count'], descending: false },
    ]);
  });

  it.each(['', 'a,', 'a b', 'a eq 1', "'x'", 'f(a,b)', 'a desc desc', 'f(g(a))'])('refuse the order %j', (text) => {
    expect(refusal(() => parseOrderBy(text))).toContain("'$orderby'");
  });

  it.each(['', 'a,,b', 'a/', 'a(b)', "a'b", 'a b'])('refuse the selection %j', (text) => {
    expect(refusal(() => parseSelect(text))).toContain("'$select'");
  });
});

describe('parseSearch', () => {
  it.each([
    ['"displayName:alice"', '"displayName:alice"'],
    ['"displayName:alice" AND "mail:x"', '("displayName:alice" AND "mail:x")'],
    ['"displayName:a b" OR "mail:x" AND "y"', '("displayName:a b" OR ("mail:x" AND "y"))'],
    ['alice bob', '("alice" AND "bob")'],
    ['mail:x', '"mail:x"'],
    ['NOT (a or "b")', 'NOT ((("a" AND "or") AND "b"))'],
    ['"10:30"', '"10:30"'],
    ["\"displayName:O'Brien \\\"x\\\" \\\\\"", "\"displayName:O'Brien \\\"x\\\" \\\\\""],
  ])('%s', (text, meaning) => {
    expect(printSearch(parseSearch(text))).toBe(meaning);
  });

  it.each(['', '"', '""', '"mail:"', 'a AND', 'OR a', '(a', 'a)', `${'('.repeat(61)}a`, `${'NOT '.repeat(61)}a`, 'a '.repeat(501)])('refuses text %#', (text) => {
    expect(refusal(() => parseSearch(text))).toContain("'$search'");
  });
});

describe('parseQuery', () => {
  it('reads all options in either spelling, decoded', () => {
    const query = parseQuery("?$Filter=displayName+eq+'a%26b%2Bc'&select=id&%24expand=roles%28%24top%3D1%29&$orderBy=id&$top=0&$skip=2&$count=true&$search=%22a:b%22&$skiptoken=t%3D&$deltatoken=d&$format=json&@on='me'&api-version=1&x=%zz");
    expect(query).toMatchObject({ select: [['id']], expand: [{ path: ['roles'], options: { top: 1 } }], top: 0, skip: 2, count: true, skipToken: 't=', deltaToken: 'd', format: 'json' });
    expect(query.filter && print(query.filter)).toBe("(displayName eq 'a&b+c')");
    expect(query.search).toEqual({ node: 'term', property: 'a', text: 'b' });
    expect([...query.aliases]).toEqual([['on', "'me'"]]);
  });

  it('reads the @id of a reference', () => {
    expect(parseQuery('@id=https%3A%2F%2Fhost%2Fv1.0%2Fusers%2F1').id).toBe('https://host/v1.0/users/1');
    expect(parseQuery('').aliases.size).toBe(0);
  });

  it.each([
    ['$top=1000', "'$top' is invalid: '1000' is not a whole number from 0 to 999"],
    ['$top=-1', "'$top'"],
    ['$top=', "'$top'"],
    ['$skip=1.5', "'$skip'"],
    ['$count=yes', "neither 'true' nor 'false'"],
    ['$apply=x', "'$apply' is invalid: It is not a query option of this service"],
    ['$top=1&top=2', 'given more than once'],
    ['@a=1&@a=2', 'given more than once'],
    ['$id=1&@id=2', 'given more than once'],
    ['$select=%', "The percent-encoding of '%' is broken"],
    [`$skiptoken=${'x'.repeat(16_385)}`, 'longer than 16384 characters'],
    ['x'.repeat(65_537), 'longer than 65536 characters'],
  ])('refuses text %#', (text, reason) => {
    expect(refusal(() => parseQuery(text))).toContain(reason);
  });
});
