/** Grants made by hand on a real database, alone and together with what packages give. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import type { Caller } from '../../../kernel/caller.ts';
import { all, inTransaction } from '../../../platform/db/transaction.ts';
import type { Command, GraphWork, Input, Json, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { ownApiAppId } from '../../roles/model.ts';
import { opaqueId } from '../rules/opaque-ids.ts';
import { createAppRoleAssignment, deleteAppRoleAssignment } from './app-role-assignments.ts';
import { changePermissionGrant, createPermissionGrant, deletePermissionGrant } from './permission-grants.ts';

const database = await testDatabase();
const caller: Caller = {
  principalId: newId(), kind: 'servicePrincipal', displayName: 'Runner', clientAppId: newId(), isDelegated: false,
  permissions: new Set(['AppRoleAssignment.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All']), directoryRoles: new Set(), entitlementRoles: [],
};
const [api, own, user, agent, group] = [newId(), newId(), newId(), newId(), newId()];
const permission = { forApps: newId(), forUsers: newId(), disabled: newId(), read: newId(), write: newId(), blocked: newId() };
const zeros = '00000000-0000-0000-0000-000000000000';

async function run(command: Command, given: Partial<Input> & { readonly body?: Json }, as: Partial<Caller> = {}): Promise<Outcome> {
  return await inTransaction(database.db, async (tx) => {
    const work: GraphWork = { tx, version: 'v1.0', publicUrl: 'https://gatehouse.test', headers: {}, caller: { ...caller, ...as }, now: new Date(), requestId: newId(), clientRequestId: 'test' };
    return await command(work, { id: '', ancestors: [], body: {}, arguments: {}, prefer: new Set(), ...given });
  });
}
async function created(command: Command, given: Partial<Input> & { readonly body: Json }): Promise<string> {
  const made = await run(command, given);
  if (made.answer !== 'created') throw new Error(`not created: ${made.answer}`);
  return made.id;
}

async function insertObject(object: { readonly id: string; readonly type: string; readonly appId?: string; readonly upn?: string; readonly blueprint?: string }): Promise<void> {
  await sql`insert into directory_objects (id, type, display_name, app_id, user_principal_name, blueprint_app_id)
    values (${object.id}, ${object.type}, ${object.type}, ${object.appId ?? null}, ${object.upn ?? null}, ${object.blueprint ?? null})`.execute(database.db);
}
async function insertApi(id: string, appId: string, permissions: readonly { readonly id: string; readonly kind: 'role' | 'scope'; readonly value: string; readonly types?: readonly string[]; readonly isEnabled?: boolean }[]): Promise<void> {
  const applicationId = newId();
  await insertObject({ id: applicationId, type: 'application', appId });
  await insertObject({ id, type: 'servicePrincipal', appId });
  for (const [position, one] of permissions.entries()) {
    await sql`insert into permissions (application_id, id, kind, value, is_enabled, position, data)
      values (${applicationId}, ${one.id}, ${one.kind}, ${one.value}, ${one.isEnabled ?? true}, ${position}, ${JSON.stringify({ allowedMemberTypes: one.types ?? [] })})`.execute(database.db);
  }
}
async function newPrincipal(): Promise<string> {
  const id = newId();
  await insertObject({ id, type: 'servicePrincipal', appId: newId() });
  return id;
}
/** A live assignment that gives a grant until `endsAt`. */
async function assign(grant: { readonly principalId: string; readonly permissionId: string; readonly kind: 'appRole' | 'delegated' }, endsAt: string): Promise<string> {
  const [catalog, pack, policy, assignment] = [newId(), newId(), newId(), newId()];
  await sql`insert into catalogs (id, display_name) values (${catalog}, 'Catalog')`.execute(database.db);
  await sql`insert into access_packages (id, catalog_id, display_name) values (${pack}, ${catalog}, 'Package')`.execute(database.db);
  await sql`insert into assignment_policies (id, access_package_id, display_name, allowed_target_scope, expiration, requestor_settings, request_approval_settings)
    values (${policy}, ${pack}, 'Policy', 'notSpecified', '{}', '{}', '{}')`.execute(database.db);
  await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at)
    values (${assignment}, ${pack}, ${policy}, ${grant.principalId}, 'delivered', 'Delivered', now(), ${endsAt})`.execute(database.db);
  await sql`with g as (insert into grants (id, kind, principal_id, resource_id, permission_id, manual, ends_at)
      values (${newId()}, ${grant.kind}, ${grant.principalId}, ${api}, ${grant.permissionId}, false, ${endsAt})
      on conflict (kind, principal_id, resource_id, permission_id, subject_id) do update set ends_at = greatest(grants.ends_at, excluded.ends_at) returning id)
    insert into grant_sources (grant_id, assignment_id) select id, ${assignment} from g`.execute(database.db);
  return assignment;
}
const grantsOf = async (principalId: string) => await all(database.db, sql<{ permissionId: string; manual: boolean; endsAt: Date | number }>`
  select permission_id as "permissionId", manual, ends_at as "endsAt" from grants where principal_id = ${principalId} order by permission_id`);
const scopeOf = async (id: string) => (await all(database.db, sql<{ scope: string }>`select scope from oauth2_permission_grants where id = ${id}`))[0]?.scope;
const assignmentBody = (principalId: string, appRoleId: string, resourceId = api): Json => ({ principalId, resourceId, appRoleId });

beforeAll(async () => {
  await insertApi(api, newId(), [
    { id: permission.forApps, kind: 'role', value: 'Orders.Read', types: ['Application'] }, { id: permission.forUsers, kind: 'role', value: 'Clerk', types: ['User'] },
    { id: permission.disabled, kind: 'role', value: 'Old', types: ['Application', 'User'], isEnabled: false },
    { id: permission.read, kind: 'scope', value: 'orders.read' }, { id: permission.write, kind: 'scope', value: 'orders.write' },
  ]);
  await insertApi(own, ownApiAppId, [{ id: permission.blocked, kind: 'role', value: 'Directory.ReadWrite.All', types: ['Application'] }]);
  await insertObject({ id: user, type: 'user', upn: 'alice@example.com' });
  await insertObject({ id: group, type: 'group' });
  await insertObject({ id: agent, type: 'agentIdentity', appId: agent, blueprint: newId() });
});

describe('app role assignments', () => {
  it('are made from either end, and read as Graph words them', async () => {
    const principal = await newPrincipal();
    const id = await created(createAppRoleAssignment, { ancestors: [{ type: 'servicePrincipal', id: api, navigation: 'appRoleAssignedTo' }], body: assignmentBody(principal, permission.forApps) });
    const [row] = await all(database.db, sql`select id, principal_type, resource_id, app_role_id from app_role_assignments where principal_id = ${principal}`);
    expect(row).toEqual({ id, principal_type: 'ServicePrincipal', resource_id: api, app_role_id: permission.forApps });
    await expect(run(createAppRoleAssignment, { body: assignmentBody(principal, permission.forApps) })).rejects.toMatchObject({ status: 409 });
    await expect(run(createAppRoleAssignment, { ancestors: [{ type: 'user', id: user, navigation: 'appRoleAssignments' }], body: assignmentBody(principal, permission.forApps) })).rejects.toMatchObject({ status: 400, target: 'principalId' });
  });

  it('take default access, and groups where users fit', async () => {
    await created(createAppRoleAssignment, { body: assignmentBody(user, zeros) });
    await created(createAppRoleAssignment, { body: assignmentBody(group, permission.forUsers) });
    await expect(run(createAppRoleAssignment, { body: assignmentBody(group, permission.forApps) })).rejects.toMatchObject({ status: 400 });
  });

  it.each([
    ['a role that is not for users', assignmentBody(user, permission.forApps)], ['a role that is not for applications', assignmentBody(agent, permission.forUsers)],
    ['a disabled role', assignmentBody(user, permission.disabled)], ['an unknown role', assignmentBody(user, newId())],
    ['a blocked permission for an agent', assignmentBody(agent, permission.blocked, own)],
    ['an unknown principal', assignmentBody(newId(), permission.forApps)], ['an unknown resource', assignmentBody(user, permission.forUsers, newId())],
  ])('refuse %s', async (_name, body) => {
    await expect(run(createAppRoleAssignment, { body })).rejects.toMatchObject({ status: 400 });
  });

  it('need the right', async () => {
    await expect(run(createAppRoleAssignment, { body: assignmentBody(user, zeros) }, { permissions: new Set(['Application.ReadWrite.All']) })).rejects.toMatchObject({ status: 403 });
  });

  it('are taken away by hand only where a hand gave them', async () => {
    const principal = await newPrincipal();
    const assignment = await assign({ kind: 'appRole', principalId: principal, permissionId: permission.forApps }, '2040-01-01T00:00:00Z');
    const [{ id } = { id: '' }] = await all(database.db, sql<{ id: string }>`select id from app_role_assignments where principal_id = ${principal}`);
    await expect(run(deleteAppRoleAssignment, { id })).rejects.toMatchObject({ status: 409, message: expect.stringContaining(assignment) });
  });

  it('leave what packages give, until the last of their assignments ends', async () => {
    const principal = await newPrincipal();
    const id = await created(createAppRoleAssignment, { body: assignmentBody(principal, permission.forApps) });
    await sql`update grants set manual = false where principal_id = ${principal}`.execute(database.db);
    await assign({ kind: 'appRole', principalId: principal, permissionId: permission.forApps }, '2040-01-01T00:00:00Z');
    await sql`update grants set manual = true, ends_at = 'infinity' where principal_id = ${principal}`.execute(database.db);
    await run(deleteAppRoleAssignment, { id });
    expect(await grantsOf(principal)).toEqual([{ permissionId: permission.forApps, manual: false, endsAt: new Date('2040-01-01T00:00:00Z') }]);
  });

  it('are gone when only a hand gave them', async () => {
    const principal = await newPrincipal();
    const id = await created(createAppRoleAssignment, { body: assignmentBody(principal, permission.forApps) });
    await run(deleteAppRoleAssignment, { id });
    expect(await grantsOf(principal)).toEqual([]);
    await expect(run(deleteAppRoleAssignment, { id })).rejects.toMatchObject({ status: 404 });
    await expect(run(deleteAppRoleAssignment, { id: 'nonsense' })).rejects.toMatchObject({ status: 404 });
  });
});

describe('delegated permission grants', () => {
  const grantBody = (clientId: string, scope: string, more: Json = {}): Json => ({ clientId, consentType: 'AllPrincipals', resourceId: api, scope, ...more });

  it('hold exactly the names of their scope, with spaces tolerated', async () => {
    const client = await newPrincipal();
    const id = await created(createPermissionGrant, { body: grantBody(client, ' orders.read  ') });
    expect(id).toBe(opaqueId(client, api));
    expect(await scopeOf(id)).toBe('orders.read');
    await run(changePermissionGrant, { id, body: { scope: 'orders.write' } });
    expect(await scopeOf(id)).toBe('orders.write');
    await expect(run(createPermissionGrant, { body: grantBody(client, 'orders.read') })).rejects.toMatchObject({ status: 409 });
    await run(deletePermissionGrant, { id });
    expect(await grantsOf(client)).toEqual([]);
  });

  it('are for one user when they say so', async () => {
    const client = await newPrincipal();
    const id = await created(createPermissionGrant, { body: grantBody(client, 'orders.read', { consentType: 'Principal', principalId: user }) });
    expect(id).toBe(opaqueId(client, api, user));
    expect(await scopeOf(id)).toBe('orders.read');
  });

  it.each<[string, Json]>([
    ['an unknown permission', { scope: 'orders.burn' }], ['no permission', { scope: ' ' }], ['one user without naming them', { consentType: 'Principal' }],
    ['everybody and one user', { principalId: user }], ['a word that is no consent type', { consentType: 'Everyone' }], ['a user as client', { clientId: user }],
  ])('refuse %s', async (_name, more) => {
    const client = await newPrincipal();
    await expect(run(createPermissionGrant, { body: grantBody(client, 'orders.read', more) })).rejects.toMatchObject({ status: 400 });
  });

  it('keep what packages give', async () => {
    const client = await newPrincipal();
    const assignment = await assign({ kind: 'delegated', principalId: client, permissionId: permission.read }, '2040-01-01T00:00:00Z');
    const id = opaqueId(client, api);
    await expect(run(deletePermissionGrant, { id })).rejects.toMatchObject({ status: 409, message: expect.stringContaining(assignment) });
    await run(changePermissionGrant, { id, body: { scope: 'orders.read orders.write' } });
    await expect(run(changePermissionGrant, { id, body: { scope: 'orders.write' } })).rejects.toMatchObject({ status: 409 });
    await run(deletePermissionGrant, { id });
    expect(await scopeOf(id)).toBe('orders.read');
  });
});
