import { describe, expect, it } from 'vitest';
import { Problem } from '../../../kernel/problem.ts';
import type { Argument, Segment } from './ast.ts';
import { parseArgument, parsePath } from './path.ts';
import { printLiteral } from './print.fixture.ts';

const guid = '4bd1c0c9-8c8b-4a2f-9d5e-0a6f7d3a1b2c';

const printArgument = (value: Argument): string => (value.kind === 'alias' ? `@${value.name}` : printLiteral(value.literal));

function print(segment: Segment): string {
  if (segment.kind === 'name') return segment.name;
  return `${segment.name}(${segment.keys.map((key) => (key.name === undefined ? '' : `${key.name}=`) + printArgument(key.value)).join(',')})`;
}

describe('parsePath', () => {
  it.each<[string, string[]]>([
    ['/users', ['users']],
    ['', []],
    ['/', []],
    ['/users/', ['users']],
    [`/identityGovernance/entitlementManagement/catalogs/${guid}/resources`, ['identityGovernance', 'entitlementManagement', 'catalogs', guid, 'resources']],
    ['/catalogs/%7Bid%7D/accessPackages', ['catalogs', '{id}', 'accessPackages']],
    [`/catalogs('${guid}')/resources`, [`catalogs('${guid}')`, 'resources']],
    [`/catalogs(${guid.toUpperCase()})`, [`catalogs(${guid})`]],
    ["/applications(appId='x')/$ref", ["applications(appId='x')", '$ref']],
    ["/servicePrincipals%28appId=%27x%27%29/appRoles", ["servicePrincipals(appId='x')", 'appRoles']],
    ["/assignments/filterByCurrentUser(on='target')/$count", ['assignments', "filterByCurrentUser(on='target')", '$count']],
    ["/assignments/filterByCurrentUser(on=@on)", ['assignments', 'filterByCurrentUser(on=@on)']],
    ["/assignments/filterByCurrentUser(on='@on')", ['assignments', 'filterByCurrentUser(on=@on)']],
    ["/assignments/additionalAccess(accessPackageId='a', incompatibleAccessPackageId='b')", ['assignments', "additionalAccess(accessPackageId='a',incompatibleAccessPackageId='b')"]],
    ['/users/delta()', ['users', 'delta()']],
    ['/users/microsoft.graph.delta()', ['users', 'microsoft.graph.delta()']],
    ['/accessPackageCatalogs/x/Search()', ['accessPackageCatalogs', 'x', 'Search()']],
    ['/servicePrincipals/microsoft.graph.agentIdentity/$count', ['servicePrincipals', 'microsoft.graph.agentIdentity', '$count']],
    ["/users('o''brien/x@y')/manager", ["users('o''brien/x@y')", 'manager']],
    ["/users('a%2Fb%27%27c')", ["users('a/b''c')"]],
    ["/subjects(objectId=%27a/b)%27)/x", ["subjects(objectId='a/b)')", 'x']],
    ["/users/o'brien@contoso.com/manager", ['users', "o'brien@contoso.com", 'manager']],
    ['/groups/Sales%20%28old%29/members', ['groups', 'Sales (old)', 'members']],
    ['/scopes/%2FAccessPackageCatalog%2Fx+y', ['scopes', '/AccessPackageCatalog/x+y']],
    ['/things(1)/things(true)/things(a=-2,b=null)', ['things(1)', 'things(true)', 'things(a=-2,b=null)']],
    ['/reports/get(start=2026-11-23T20:00:00Z,period=duration\'P1D\')', ['reports', "get(start=2026-11-23T20:00:00Z,period=duration'P1D')"]],
    ['/$batch', ['$batch']],
  ])('%s', (path, segments) => {
    expect(parsePath(path).map(print)).toEqual(segments);
  });

  it('says where each segment starts', () => {
    expect(parsePath("/a%20b/c('/')/d")).toMatchObject([{ at: 1 }, { at: 7 }, { at: 14 }]);
  });

  it.each([
    ['/users//x', 'unknownSegment'],
    ['/users(', 'invalidQuery'],
    ["/users('a", 'invalidQuery'],
    ["/users('a')x", 'invalidQuery'],
    ["/users('a')('b')", 'invalidQuery'],
    ['/users(a)', 'invalidQuery'],
    ["/users('a','b')", 'invalidQuery'],
    ["/users(a='1',a='2')", 'invalidQuery'],
    ["/users(a='1',)", 'invalidQuery'],
    ["/users(a='1' b='2')", 'invalidQuery'],
    ["/('x')", 'invalidQuery'],
    ["/a%zz", 'invalidQuery'],
    ["/a%00", 'invalidQuery'],
    [`/${'a/'.repeat(1001)}`, 'invalidQuery'],
    [`/${'a'.repeat(16_384)}`, 'invalidQuery'],
    ['('.repeat(10_000), 'invalidQuery'],
  ])('refuses path %#', (path, problem) => {
    expect(() => parsePath(path)).toThrow(expect.objectContaining({ problem }));
  });

  it('says where a key is wrong', () => {
    expect(() => parsePath('/users/x(a=b)')).toThrow("Syntax error at position 11: expected a value (text needs apostrophes) after '=', found 'b'");
  });

  it('reads the value of an alias', () => {
    expect(parseArgument(" 'x''y' ")).toEqual({ kind: 'literal', literal: { kind: 'string', value: "x'y" } });
    expect(() => parseArgument('target')).toThrow(Problem);
    expect(() => parseArgument("'a' 'b'")).toThrow(Problem);
  });
});
