import { describe, expect, it } from 'vitest';
import { decidePermissionList, type Permission, type PublishedPermission } from './permission-list.ts';

const role = (id: string, value: string, more: Partial<Permission> = {}): Permission => ({ id, kind: 'role', value, isEnabled: true, data: { allowedMemberTypes: ['User'] }, ...more });
const published = (permission: Permission, more: Partial<PublishedPermission> = {}): PublishedPermission => ({ ...permission, grants: 0, packages: 0, ...more });
const codes = (...given: Parameters<typeof decidePermissionList>): readonly string[] => {
  const decision = decidePermissionList(...given);
  return decision.ok ? [] : decision.reasons.map((reason) => reason.code);
};

describe('decidePermissionList', () => {
  it.each<[string, readonly Permission[], string]>([
    ['one id twice', [role('1', 'a'), role('1', 'b')], 'permissionIdRepeated'],
    ['one value twice', [role('1', 'a'), role('2', 'a')], 'permissionValueRepeated'],
    ['a space in a value', [role('1', 'a b')], 'permissionValueInvalid'],
    ['no member type', [role('1', 'a', { data: { allowedMemberTypes: [] } })], 'memberTypesInvalid'],
    ['an unknown member type', [role('1', 'a', { data: { allowedMemberTypes: ['Robot'] } })], 'memberTypesInvalid'],
    ['a nameless scope', [role('1', '', { kind: 'scope', value: null })], 'permissionValueMissing'],
  ])('refuses %s', (_name, wanted, code) => {
    expect(codes(wanted, [])).toEqual([code]);
  });

  it('lets a role and a scope share a value and an id, as published APIs do', () => {
    expect(codes([role('1', 'a'), role('1', 'a', { kind: 'scope' })], [])).toEqual([]);
  });

  it('refuses to drop what is enabled, granted or in a package, with all reasons at once', () => {
    expect(codes([], [published(role('1', 'a'), { grants: 2, packages: 1 })])).toEqual(['CannotDeleteOrUpdateEnabledEntitlement', 'permissionGranted', 'permissionInPackage']);
  });

  it('drops what is disabled and held by nobody', () => {
    expect(decidePermissionList([], [published(role('1', 'a', { isEnabled: false }))])).toEqual({ ok: true, value: { keep: [], removed: [expect.objectContaining({ id: '1' })] } });
  });

  it('does not take a scope for the role with its id', () => {
    expect(codes([role('1', 'a', { kind: 'scope' })], [published(role('1', 'a'))])).toEqual(['CannotDeleteOrUpdateEnabledEntitlement']);
  });
});
