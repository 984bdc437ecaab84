/** What agents have from their blueprints: the lists that show it and the tokens that carry it say the same (contract §3). */
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { isRecord } from '../../src/kernel/json.ts';
import { ownApiAppId, ownPermissions } from '../../src/features/roles/model.ts';
import { decideWorkloadToken } from '../../src/issuer/access/rules.ts';
import { readAccess } from '../../src/issuer/access/store.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { GraphDoor } from '../support/graph-door.ts';
import { callerWith } from '../support/graph-work.ts';

const { db } = await testDatabase();
const graph = new GraphDoor(db);
const reader = callerWith(['AgentIdentity.Read.All', 'Application.Read.All']);

async function object(type: string, more: Readonly<Record<string, unknown>>): Promise<string> {
  const row = { id: newId(), display_name: type, app_id: null, blueprint_app_id: null, account_enabled: true, deleted_at: null, ...more };
  await sql`insert into directory_objects (id, type, display_name, app_id, blueprint_app_id, account_enabled, deleted_at)
    values (${row.id}, ${type}, ${row.display_name}, ${row.app_id}, ${row.blueprint_app_id}, ${row.account_enabled}, ${row.deleted_at})`.execute(db);
  return row.id;
}

interface Permission { readonly id: string; readonly value: string; readonly kind: 'role' | 'scope' }

/** An API and its permissions; our own has some of its real ones, of which one never reaches an agent. */
async function makeApi(appId: string, permissions: readonly Permission[]): Promise<{ readonly appId: string; readonly applicationId: string; readonly principalId: string }> {
  const [applicationId, principalId] = [await object('application', { app_id: appId }), await object('servicePrincipal', { app_id: appId })];
  for (const [position, { id, value, kind }] of permissions.entries()) await sql`insert into permissions (application_id, id, kind, value, position) values (${applicationId}, ${id}, ${kind}, ${value}, ${position})`.execute(db);
  return { appId, applicationId, principalId };
}

const own = ownPermissions.filter(([value]) => ['Group.ReadWrite.All', 'AuditLog.Read.All', 'User.Read.All'].includes(value));
const ownOnes: readonly Permission[] = own.flatMap(([value, role = '', scope = '']): readonly Permission[] => [{ id: role, value, kind: 'role' }, { id: scope, value, kind: 'scope' }]);
const orderOnes: readonly Permission[] = ['Orders.Read', 'Orders.Write'].flatMap((value): readonly Permission[] => [{ id: newId(), value, kind: 'role' }, { id: newId(), value, kind: 'scope' }]);
const apis = [{ ...await makeApi(ownApiAppId, ownOnes), permissions: ownOnes }, { ...await makeApi(newId(), orderOnes), permissions: orderOnes }] as const;

/** Who is there and enabled, what is granted, and what is handed on. */
const world = fc.record({
  disabled: fc.option(fc.constantFrom('agent', 'blueprint', 'principal'), { nil: undefined, freq: 5 }), isPrincipalDeleted: fc.constantFrom(true, false, false, false, false),
  roles: fc.constantFrom('allAllowedRoles', 'noRoles', undefined), scopes: fc.constantFrom('allAllowedScopes', 'noScopes', 'enumeratedScopes'),
  granted: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }), ended: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }), named: fc.subarray(['Orders.Read', 'orders.write', 'AuditLog.Read.All', 'Group.ReadWrite.All']),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

async function makeAgent(made: World): Promise<string> {
  const appId = newId();
  const blueprintId = await object('agentIdentityBlueprint', { app_id: appId, account_enabled: made.disabled !== 'blueprint' });
  const principalId = await object('agentIdentityBlueprintPrincipal', { app_id: appId, account_enabled: made.disabled !== 'principal', deleted_at: made.isPrincipalDeleted ? new Date() : null });
  const id = newId();
  await object('agentIdentity', { id, app_id: id, blueprint_app_id: appId, account_enabled: made.disabled !== 'agent' });
  for (const api of apis) {
    const roles = made.roles === undefined ? null : JSON.stringify({ '@odata.type': `#microsoft.graph.${made.roles}` });
    await sql`insert into inheritable_permissions (blueprint_id, resource_app_id, scopes, roles) values (${blueprintId}, ${api.appId}, ${JSON.stringify({ '@odata.type': `#microsoft.graph.${made.scopes}`, scopes: made.named })}, ${roles})`.execute(db);
    for (const [at, { id: permissionId, kind }] of api.permissions.entries()) {
      if (made.granted[at] !== true) continue;
      await sql`insert into grants (id, kind, principal_id, resource_id, permission_id, manual, ends_at) values (${newId()}, ${kind === 'role' ? 'appRole' : 'delegated'}, ${principalId}, ${api.principalId}, ${permissionId},
        false, ${made.ended[at] === true ? sql`now() - interval '1 minute'` : sql`now() + interval '1 day'`})`.execute(db);
    }
  }
  return id;
}

const valueOf = new Map(apis.flatMap(({ permissions }) => permissions.map(({ id, value }) => [id, value])));
const inherited = async (agentId: string, what: string) => await graph.list(`/servicePrincipals/microsoft.graph.agentIdentity/${agentId}/${what}`, { caller: reader, version: 'beta' });

it('the roles that are listed are those that a token has', async () => {
  await fc.assert(fc.asyncProperty(world, async (made) => {
    const agentId = await makeAgent(made);
    const listed = await inherited(agentId, 'inheritedAppRoleAssignments');
    for (const api of apis) {
      const facts = await readAccess(db, { principalId: agentId, resource: { asked: '', appId: api.appId, uri: undefined } });
      const token = await Promise.resolve().then(() => decideWorkloadToken(facts, api.appId, 300).roles).catch(() => []);
      const shown = listed.filter((one) => one['resourceId'] === api.principalId).map((one) => valueOf.get(String(one['appRoleId'])));
      expect(shown.toSorted()).toEqual(token.filter((value) => value !== 'EntitlementManagement.SelfRequest').toSorted());
    }
  }), { numRuns: 40 });
}, 120_000);

it('the delegated permissions that are listed are those that are granted, handed on, and not kept from agents', async () => {
  await fc.assert(fc.asyncProperty(world, async (made) => {
    const agentId = await makeAgent(made);
    const listed = await inherited(agentId, 'inheritedOauth2PermissionGrants');
    const isAlive = made.disabled === undefined && !made.isPrincipalDeleted;
    const flows = (value: string): boolean => made.scopes === 'allAllowedScopes' || (made.scopes === 'enumeratedScopes' && made.named.some((name) => name.toLowerCase() === value.toLowerCase()));
    for (const api of apis) {
      const expected = api.permissions.filter(({ value, kind }, at) => isAlive && kind === 'scope' && made.granted[at] === true && made.ended[at] !== true && flows(value) && value !== 'Group.ReadWrite.All').map(({ value }) => value);
      const scope = listed.filter((one) => one['resourceId'] === api.principalId).map((one) => String(one['scope']));
      expect(scope).toEqual(expected.length === 0 ? [] : [expected.toSorted().join(' ')]);
    }
  }), { numRuns: 40 });
}, 120_000);

it('nobody reads them but who reads the agent', async () => {
  const agentId = await makeAgent({ disabled: undefined, isPrincipalDeleted: false, roles: 'allAllowedRoles', scopes: 'allAllowedScopes', granted: Array.from({ length: 10 }, () => true), ended: [], named: [] });
  const path = `/servicePrincipals/microsoft.graph.agentIdentity/${agentId}`;
  const [first] = await inherited(agentId, 'inheritedOauth2PermissionGrants');
  expect(first).toMatchObject({ consentType: 'AllPrincipals', principalId: null });
  expect(await graph.send('GET', `${path}/inheritedOauth2PermissionGrants/${String(first?.['id'])}`, { caller: reader, version: 'beta' })).toMatchObject({ status: 200, body: { scope: first?.['scope'] } });
  const expanded = await graph.send('GET', `${path}?$expand=inheritedAppRoleAssignments`, { caller: reader, version: 'beta' });
  expect(isRecord(expanded.body) && Array.isArray(expanded.body['inheritedAppRoleAssignments']) ? expanded.body['inheritedAppRoleAssignments'].length : 0).toBeGreaterThan(2);
  expect(isRecord(expanded.body) ? expanded.body['appRoleAssignmentRequired'] : undefined).toBe(false);
  for (const caller of [callerWith(['User.Read.All']), callerWith([])]) expect([403, 404]).toContain((await graph.send('GET', `${path}/inheritedAppRoleAssignments`, { caller, version: 'beta' })).status);
});
