import { describe, expect, it } from 'vitest';
import { callerWith, personWith } from '../../../../test/support/graph-work.ts';
import { permissionsThat, rolesThat } from '../../../../test/support/rights.ts';
import type { Decision } from '../../../kernel/decision.ts';
import { directoryRole, ownApiAppId, ownPermissions } from '../../roles/model.ts';
import {
  canGrantAppRoles, canGrantDelegated, defaultAccess, decideAppRoleGrant, decideConsent, decideGrantRemoval, decideScopes, givenByPackages, scopeNames, type GrantedPermission,
} from './manual-grants.ts';

const everyPermission = ownPermissions.map(([name]) => name);
const everyRole = Object.values(directoryRole);
const api = { appId: 'orders-app', displayName: 'Orders' };
const ownApi = { appId: ownApiAppId, displayName: 'Gatehouse' };
const permission = (more: Partial<GrantedPermission> = {}): GrantedPermission => ({ id: 'r', value: 'Orders.Read', isEnabled: true, allowedMemberTypes: ['User', 'Application'], ...more });
const codes = (decision: Decision<unknown>): readonly string[] => (decision.ok ? [] : decision.reasons.map(({ code }) => code));

describe('who grants by hand', () => {
  it('are applications with the one permission for it, whatever roles they hold', () => {
    const application = (name: string) => callerWith([name], { directoryRoles: new Set(everyRole) });
    expect(permissionsThat((name) => canGrantAppRoles(application(name), api.appId))).toEqual(['AppRoleAssignment.ReadWrite.All']);
    expect(permissionsThat((name) => canGrantAppRoles(application(name), ownApiAppId))).toEqual(['AppRoleAssignment.ReadWrite.All']);
    expect(permissionsThat((name) => canGrantDelegated(application(name)))).toEqual(['DelegatedPermissionGrant.ReadWrite.All']);
  });

  it('are people with a permission and a role: for our own API, Global Administrators', () => {
    expect(permissionsThat((name) => canGrantAppRoles(personWith('p', [name], everyRole), api.appId))).toEqual(['AppRoleAssignment.ReadWrite.All', 'Directory.ReadWrite.All']);
    expect(permissionsThat((name) => canGrantDelegated(personWith('p', [name], everyRole)))).toEqual(['DelegatedPermissionGrant.ReadWrite.All', 'Directory.ReadWrite.All']);
    const administrators = ['globalAdministrator', 'applicationAdministrator'];
    expect(rolesThat((role) => canGrantAppRoles(personWith('p', everyPermission, [role]), api.appId))).toEqual(administrators);
    expect(rolesThat((role) => canGrantAppRoles(personWith('p', everyPermission, [role]), ownApiAppId))).toEqual(['globalAdministrator']);
    expect(rolesThat((role) => canGrantDelegated(personWith('p', everyPermission, [role])))).toEqual(administrators);
  });
});

describe('an app role', () => {
  it('goes to whoever may hold it, and default access to anybody', () => {
    for (const type of ['user', 'group', 'servicePrincipal', 'agentIdentity', 'agentUser', 'agentIdentityBlueprintPrincipal']) expect(decideAppRoleGrant(type, permission(), api)).toEqual({ ok: true, value: true });
    expect(decideAppRoleGrant('group', permission({ allowedMemberTypes: ['User'] }), api)).toEqual({ ok: true, value: true });
    expect(decideAppRoleGrant('user', 'default', api)).toEqual({ ok: true, value: true });
    expect(defaultAccess).toMatch(/^[0-]{36}$/);
  });

  it('that the API does not have is refused, by name where there is one', () => {
    const missing = (name: string) => ({ ok: false, reasons: [{ code: 'permissionUnknown', target: 'appRoleId', message: `'${name}' has no app role with this id. Read appRoles of the service principal, or send the all-zero id for default access.` }] });
    expect(decideAppRoleGrant('user', undefined, api)).toEqual(missing('Orders'));
    expect(decideAppRoleGrant('user', undefined, { ...api, displayName: null })).toEqual(missing('orders-app'));
  });

  it('is refused with every reason', () => {
    expect(decideAppRoleGrant('application', permission({ isEnabled: false, allowedMemberTypes: ['Application'] }), api)).toMatchObject({ ok: false, reasons: [
      { code: 'permissionDisabled', target: 'appRoleId', message: "The app role 'Orders.Read' is disabled. Enable it in its application first." },
      { code: 'principalTypeNotAllowed', target: 'principalId', message: 'An object of type application cannot hold app roles. Name a user, group or service principal.' },
      { code: 'memberTypeNotAllowed' },
    ] });
    expect(decideAppRoleGrant('user', permission({ isEnabled: false, value: null }), api)).toMatchObject({ reasons: [{ message: "The app role 'r' is disabled. Enable it in its application first." }] });
    expect(codes(decideAppRoleGrant('servicePrincipal', permission({ allowedMemberTypes: ['User'] }), api))).toEqual(['memberTypeNotAllowed']);
    expect(codes(decideAppRoleGrant('group', permission({ allowedMemberTypes: ['Application'] }), api))).toEqual(['memberTypeNotAllowed']);
  });

  it('of our own API that is blocked for agents goes to no agent; a role elsewhere of the same name does', () => {
    const blocked = permission({ value: 'Calendars.Read' });
    expect(codes(decideAppRoleGrant('agentIdentity', blocked, ownApi))).toEqual(['permissionBlockedForAgents']);
    expect(codes(decideAppRoleGrant('agentIdentity', blocked, api))).toEqual([]);
    expect(codes(decideAppRoleGrant('agentIdentity', permission({ value: null }), ownApi))).toEqual([]);
    expect(codes(decideAppRoleGrant('servicePrincipal', blocked, ownApi))).toEqual([]);
  });
});

describe('delegated permissions', () => {
  const [read, write] = [permission(), permission({ id: 'w', value: 'Orders.Write' })];
  const decide = (type: string, names: readonly string[], found: readonly GrantedPermission[]) => decideScopes(type, { names, found }, api);

  it('are named in one text, each once', () => {
    expect(scopeNames('  Orders.Read  Orders.Write\tOrders.Read ')).toEqual(['Orders.Read', 'Orders.Write']);
    expect(scopeNames(' ')).toEqual([]);
  });

  it('are granted to a client by their names in any letter case', () => {
    expect(decide('servicePrincipal', ['orders.READ', 'Orders.Write'], [read, write])).toEqual({ ok: true, value: ['r', 'w'] });
    expect(decideScopes('agentIdentity', { names: ['Calendars.Read'], found: [permission({ value: 'Calendars.Read' })] }, ownApi).ok).toBe(true);
  });

  it('are refused with every reason', () => {
    expect(decide('group', ['Orders.Write', 'Orders.Delete'], [permission({ value: 'Orders.Write', isEnabled: false })])).toEqual({ ok: false, reasons: [
      { code: 'permissionDisabled', target: 'scope', message: "The delegated permission 'Orders.Write' is disabled. Enable it in its application first." },
      { code: 'permissionUnknown', target: 'scope', message: "'Orders' has no delegated permission 'Orders.Delete'. Read oauth2PermissionScopes of its service principal." },
      { code: 'clientTypeNotAllowed', target: 'clientId', message: 'The client must be a service principal.' },
    ] });
    expect(decide('servicePrincipal', [], [])).toEqual({ ok: false, reasons: [{ code: 'scopeEmpty', target: 'scope', message: 'Name at least one delegated permission in scope. To take the whole grant away, delete it.' }] });
    expect(decide('servicePrincipal', ['x'], [permission({ value: null })])).toMatchObject({ ok: false, reasons: [{ code: 'permissionUnknown' }] });
    expect(decideScopes('servicePrincipal', { names: ['x'], found: [] }, { ...api, displayName: null })).toMatchObject({ reasons: [{ message: expect.stringMatching(/^'orders-app' has no/) }] });
  });

  it('reach no user, which is said once, and no agent where they are blocked, which is said of each', () => {
    expect(decide('user', ['Orders.Read', 'Orders.Write'], [read, write])).toMatchObject({ ok: false, reasons: [{ code: 'usersCannotHoldApiPermissions', target: 'scope' }] });
    expect(codes(decide('user', ['Orders.Read', 'Orders.Write'], [read, write]))).toHaveLength(1);
    const blocked = ['Directory.ReadWrite.All', 'Group.ReadWrite.All'];
    expect(decideScopes('agentIdentity', { names: [...blocked, 'Orders.Read'], found: [...blocked.map((value) => permission({ value })), read] }, ownApi)).toMatchObject({
      ok: false, reasons: blocked.map((target) => ({ code: 'permissionBlockedForAgents', target })),
    });
  });
});

describe('a consent', () => {
  it('is for everybody, or for one user', () => {
    expect(decideConsent('AllPrincipals', undefined)).toEqual({ ok: true, value: null });
    expect(decideConsent('Principal', 'u')).toEqual({ ok: true, value: 'u' });
  });
  it.each([
    ['Principal', undefined, "consentType 'Principal' needs principalId: the user for whom the client may act."],
    ['AllPrincipals', 'u', "consentType 'AllPrincipals' goes without principalId: leave it out, or send consentType 'Principal'."],
    ['Everybody', undefined, "consentType must be 'AllPrincipals' or 'Principal'."], ['Everybody', 'u', "consentType must be 'AllPrincipals' or 'Principal'."],
  ])('of type %s for %s is none', (type, id, message) => {
    expect(decideConsent(type, id)).toEqual({ ok: false, reasons: [{ code: 'consentTypeInvalid', target: 'consentType', message }] });
  });
});

describe('taking a grant by hand', () => {
  it('takes what a hand gave, and says which assignments give the rest', () => {
    expect(decideGrantRemoval([{ isManual: false, assignmentIds: ['a'] }, { isManual: true, assignmentIds: [] }])).toEqual({ ok: true, value: true });
    const message = 'This comes from the access package assignments a, b. Remove those with an adminRemove request, or take the role out of the package.';
    expect(decideGrantRemoval([{ isManual: false, assignmentIds: ['a', 'b'] }, { isManual: false, assignmentIds: ['a'] }])).toEqual({ ok: false, reasons: [{ code: 'grantedThroughPackage', target: 'a', message }] });
    expect(givenByPackages([]).target).toBe('assignments');
  });
});
