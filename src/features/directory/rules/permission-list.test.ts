import { describe, expect, it } from 'vitest';
import { decidePermissionList, keyOf, type Permission, type PublishedPermission } from './permission-list.ts';

const role = (id: string, value: string | null, more: Partial<Permission> = {}): Permission => ({ id, kind: 'role', value, isEnabled: true, data: { allowedMemberTypes: ['User'] }, ...more });
const scope = (id: string, value: string | null): Permission => ({ id, kind: 'scope', value, isEnabled: true, data: {} });
const published = (permission: Permission, more: Partial<PublishedPermission> = {}): PublishedPermission => ({ ...permission, grants: 0, packages: 0, ...more });
const reasons = (...given: Parameters<typeof decidePermissionList>): readonly unknown[] => {
  const decision = decidePermissionList(...given);
  return decision.ok ? [] : decision.reasons;
};
const codes = (...given: Parameters<typeof decidePermissionList>): readonly unknown[] => {
  const decision = decidePermissionList(...given);
  return decision.ok ? [] : decision.reasons.map(({ code }) => code);
};

describe('a list of permissions', () => {
  it('stays in its order, and names what goes', () => {
    const [kept, dropped] = [role('1', 'a'), role('2', 'b', { isEnabled: false })];
    expect(decidePermissionList([scope('3', 'c'), kept], [published(dropped), published(kept)])).toEqual({ ok: true, value: { keep: [scope('3', 'c'), kept], removed: [published(dropped)] } });
  });

  it('gives an id and a value once in its kind: a role and a scope share them, as in published APIs', () => {
    expect(codes([role('1', 'a'), scope('1', 'a')], [])).toEqual([]);
    expect(codes([role('1', null), role('2', null)], [])).toEqual([]);
    expect([keyOf(role('1', 'a')), keyOf(scope('1', 'a'))]).toEqual(['role 1', 'scope 1']);
    expect(reasons([role('1', 'a'), role('1', 'b'), scope('2', 'c'), scope('2', 'd'), role('1', 'e')], [])).toEqual([
      { code: 'permissionIdRepeated', target: 'appRoles/id', message: 'The id 1 appears more than once. Give every one of appRoles an id of its own.' },
      { code: 'permissionIdRepeated', target: 'api/oauth2PermissionScopes/id', message: 'The id 2 appears more than once. Give every one of api/oauth2PermissionScopes an id of its own.' },
      { code: 'permissionIdRepeated', target: 'appRoles/id', message: 'The id 1 appears more than once. Give every one of appRoles an id of its own.' },
    ]);
    expect(reasons([role('1', 'a'), scope('2', 'c'), role('3', 'a'), scope('4', 'c')], [])).toEqual([
      { code: 'permissionValueRepeated', target: 'appRoles/value', message: "The value 'a' appears more than once in appRoles. Values are unique; rename one." },
      { code: 'permissionValueRepeated', target: 'api/oauth2PermissionScopes/value', message: "The value 'c' appears more than once in api/oauth2PermissionScopes. Values are unique; rename one." },
    ]);
  });

  it('has values that can stand in tokens', () => {
    const invalid = (value: string) => ({ code: 'permissionValueInvalid', target: 'appRoles/value', message: `The value '${value}' is not valid: it goes into tokens, so it holds no spaces and at most 250 characters.` });
    expect(reasons([role('1', 'x'.repeat(250))], [])).toEqual([]);
    expect(reasons([role('1', 'a b'), role('2', 'x'.repeat(251))], [])).toEqual([invalid('a b'), invalid('x'.repeat(250))]);
  });

  it('has a value for each scope: clients ask for it by that', () => {
    expect(reasons([scope('1', null)], [])).toEqual([{ code: 'permissionValueMissing', target: 'api/oauth2PermissionScopes/value', message: 'The delegated permission 1 needs a value: clients ask for it by that name.' }]);
  });

  it.each([[['User']], [['Application']], [['Application', 'User']]])('has roles for %j', (allowedMemberTypes) => { expect(codes([role('1', 'a', { data: { allowedMemberTypes } })], [])).toEqual([]); });
  it.each([[[]], [['Robot']], [['User', 'Robot']], ['User'], [undefined]])('has no roles for %j', (allowedMemberTypes) => {
    const said = (name: string) => [{ code: 'memberTypesInvalid', target: 'appRoles/allowedMemberTypes', message: `The app role '${name}' needs allowedMemberTypes: 'User', 'Application' or both.` }];
    expect(reasons([role('1', 'a', { data: { allowedMemberTypes } })], [])).toEqual(said('a'));
    expect(reasons([role('1', null, { data: { allowedMemberTypes } })], [])).toEqual(said('1'));
  });
});

describe('what a list drops', () => {
  it('is neither enabled, nor granted, nor in a package', () => {
    expect(reasons([], [published(role('1', 'a'), { grants: 2, packages: 1 })])).toEqual([
      { code: 'CannotDeleteOrUpdateEnabledEntitlement', target: 'appRoles', message: "'a' cannot be deleted while it is enabled. Set isEnabled to false first, then leave it out." },
      { code: 'permissionGranted', target: 'appRoles', message: "'a' is still granted 2 times. Remove those grants first." },
      { code: 'permissionInPackage', target: 'appRoles', message: "'a' is in 1 access packages. Whoever manages them has to take it out first." },
    ]);
    expect(codes([], [published(role('1', 'a', { isEnabled: false }), { grants: 1 })])).toEqual(['permissionGranted']);
    expect(codes([], [published(role('1', 'a', { isEnabled: false }), { packages: 1 })])).toEqual(['permissionInPackage']);
    expect(codes([], [published(role('1', 'a', { isEnabled: false }))])).toEqual([]);
  });

  it('is a role although a scope of its id stays', () => {
    expect(reasons([scope('1', 'a')], [published(role('1', 'a')), published(scope('1', 'a'))])).toMatchObject([{ code: 'CannotDeleteOrUpdateEnabledEntitlement', target: 'appRoles' }]);
    expect(reasons([role('1', 'a')], [published(scope('1', 'a'))])).toMatchObject([{ target: 'api/oauth2PermissionScopes' }]);
  });
});
