/** Applications, service principals and agents on a real database. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import type { Caller } from '../../../kernel/caller.ts';
import type { Command, GraphWork, Input, Json, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { inTransaction, one } from '../../../platform/db/transaction.ts';
import { ownApiAppId } from '../../roles/model.ts';
import { createAgentIdentity, createAgentUser } from './agents.ts';
import { createApplication, createBlueprint, updateApplication } from './applications.ts';
import { addPassword } from './client-secrets.ts';
import { addKey } from './keys.ts';
import { removeSponsor } from './links.ts';
import { createServicePrincipal, updateServicePrincipal } from './service-principals.ts';
import { removeWorkload, restoreWorkload } from './workload-deletion.ts';

const database = await testDatabase();
const now = new Date('2030-01-01T00:00:00Z');
const caller: Caller = {
  principalId: newId(), kind: 'servicePrincipal', displayName: 'Runner', clientAppId: newId(), isDelegated: false,
  permissions: new Set(['Application.ReadWrite.All', 'AgentIdUser.ReadWrite.All']), directoryRoles: new Set(), entitlementRoles: [],
};
const users = { alice: newId(), carol: newId() };

async function run(command: Command, given: Partial<Input> & { readonly body?: Json }, as: Partial<Caller> = {}): Promise<Outcome> {
  return await inTransaction(database.db, async (tx) => {
    const work: GraphWork = { tx, version: 'v1.0', publicUrl: 'https://gatehouse.test', headers: {}, caller: { ...caller, ...as }, now, requestId: newId(), clientRequestId: 'test' };
    return await command(work, { id: '', ancestors: [], body: {}, arguments: {}, prefer: new Set(), ...given });
  });
}

async function make(command: Command, body: Json, more: Partial<Input> = {}): Promise<{ readonly id: string; readonly appId: string }> {
  const made = await run(command, { body, ...more });
  if (made.answer !== 'created') throw new Error(`not created: ${made.answer}`);
  return await one(database.db, sql<{ id: string; appId: string }>`select id, app_id as "appId" from directory_objects where id = ${made.id}`);
}

const sponsored = { sponsors: [users.alice, users.carol] };
async function makeAgent(): Promise<{ readonly blueprint: { readonly id: string; readonly appId: string }; readonly principalId: string; readonly id: string }> {
  const blueprint = await make(createBlueprint, { displayName: 'Support bots', ...sponsored });
  const principal = await make(createServicePrincipal, { appId: blueprint.appId });
  const agent = await make(createAgentIdentity, { displayName: 'Bot', agentIdentityBlueprintId: blueprint.appId, ...sponsored });
  return { blueprint, principalId: principal.id, id: agent.id };
}
const countOf = async (query: ReturnType<typeof sql<{ n: number }>>): Promise<number> => (await one(database.db, query)).n;

beforeAll(async () => {
  for (const [name, id] of Object.entries(users)) {
    await sql`insert into directory_objects (id, type, display_name, user_principal_name) values (${id}, 'user', ${name}, ${`${name}@example.com`})`.execute(database.db);
  }
  await sql`insert into directory_objects (id, type, display_name, app_id) values (${caller.principalId}, 'servicePrincipal', 'Runner', ${caller.clientAppId})`.execute(database.db);
});

const role = (value: string, more: Json = {}): Json => ({ id: crypto.randomUUID(), value, displayName: value, description: value, allowedMemberTypes: ['Application'], isEnabled: true, ...more });

describe('applications', () => {
  it('are created with 1,200 roles at once, in order', async () => {
    const appRoles = Array.from({ length: 1200 }, (_, index) => role(`Permission.${index}`));
    const { id } = await make(createApplication, { displayName: 'Large', appRoles });
    const { values } = await one(database.db, sql<{ values: string[] }>`select array_agg(value order by position) as values from permissions where application_id = ${id}`);
    expect(values).toEqual(appRoles.map((one) => one['value']));
  });

  it('keep enabled and granted permissions, and let go of others', async () => {
    const [kept, gone] = [role('Kept'), role('Gone')];
    const { id } = await make(createApplication, { displayName: 'App', appRoles: [kept, gone] });
    await expect(run(updateApplication, { id, body: { appRoles: [kept] } })).rejects.toThrow(/isEnabled to false first/);
    await run(updateApplication, { id, body: { appRoles: [kept, { ...gone, isEnabled: false }] } });
    await run(updateApplication, { id, body: { appRoles: [kept] } });
    expect(await countOf(sql`select count(*)::int as n from permissions where application_id = ${id}`)).toBe(1);
  });

  it('swap the values of two permissions', async () => {
    const [first, second] = [role('First'), role('Second')];
    const { id } = await make(createApplication, { displayName: 'App', appRoles: [first, second] });
    await run(updateApplication, { id, body: { appRoles: [{ ...first, value: 'Second' }, { ...second, value: 'First' }] } });
    const { value } = await one(database.db, sql<{ value: string }>`select value from permissions where application_id = ${id} and id = ${first['id']}`);
    expect(value).toBe('Second');
  });

  it('have a role and a delegated permission with one id, as published APIs do', async () => {
    const shared = role('User.Export.All');
    const scope = { id: shared['id'], value: 'User.Export.All', type: 'Admin', isEnabled: false };
    const { id } = await make(createApplication, { displayName: 'App', appRoles: [shared], api: { oauth2PermissionScopes: [scope] } });
    await run(updateApplication, { id, body: { api: { oauth2PermissionScopes: [] } } });
    expect(await countOf(sql`select count(*)::int as n from permissions where application_id = ${id} and kind = 'role'`)).toBe(1);
    expect(await countOf(sql`select count(*)::int as n from permissions where application_id = ${id} and kind = 'scope'`)).toBe(0);
  });

  it('keep redirect URIs that a change of web does not name', async () => {
    const { id } = await make(createApplication, { displayName: 'App', web: { redirectUris: ['https://app.example.com/cb'] } });
    await run(updateApplication, { id, body: { web: { homePageUrl: 'https://app.example.com', redirectUris: null } } });
    const { web } = await one(database.db, sql<{ web: unknown }>`select data -> 'web' as web from directory_objects where id = ${id}`);
    expect(web).toEqual({ homePageUrl: 'https://app.example.com', redirectUris: ['https://app.example.com/cb'] });
  });

  it('have identifier URIs that no other has', async () => {
    await make(createApplication, { displayName: 'One', identifierUris: ['api://orders'] });
    await expect(run(createApplication, { body: { displayName: 'Two', identifierUris: ['api://orders'] } })).rejects.toMatchObject({ status: 409 });
    await expect(run(createApplication, { body: { displayName: 'Two', identifierUris: ['orders'] } })).rejects.toMatchObject({ status: 400, target: 'identifierUris' });
  });

  it('are created by an upsert that asks for it', async () => {
    const input = { alternate: { name: 'uniqueName', value: 'orders' }, body: { displayName: 'Orders' } };
    await expect(run(updateApplication, input)).rejects.toMatchObject({ status: 404 });
    const { id } = await make(updateApplication, input.body, { ...input, prefer: new Set(['create-if-missing']) });
    expect((await one(database.db, sql<{ name: string }>`select unique_name as name from directory_objects where id = ${id}`)).name).toBe('orders');
  });

  it('show a secret once and keep its digest', async () => {
    const { id } = await make(createApplication, { displayName: 'App' });
    const answer = await run(addPassword, { id, body: { passwordCredential: { displayName: 'ci' } } });
    const secret = answer.answer === 'value' ? String(answer.value['secretText']) : '';
    expect(secret).toMatch(/^[\w-]{40}$/);
    const stored = await one(database.db, sql<{ digest: Buffer; hint: string; endsAt: Date }>`select secret_sha256 as digest, hint, ends_at as "endsAt" from credentials where owner_id = ${id}`);
    expect(stored).toEqual({ digest: createHash('sha256').update(secret).digest(), hint: secret.slice(0, 3), endsAt: new Date('2032-01-01T00:00:00Z') });
    const audits = await one(database.db, sql<{ text: string }>`select string_agg(targets::text, '') as text from audit_events where ${id} = any(target_ids)`);
    expect(audits.text).not.toContain(secret);
  });

  it('roll keys over only with a proof', async () => {
    const { id } = await make(createApplication, { displayName: 'App' });
    await expect(run(addKey, { id, body: { keyCredential: { key: 'AAAA' }, proof: 'not-a-proof' } })).rejects.toMatchObject({ status: 403 });
  });

  it('of our own API cannot be disabled or deleted', async () => {
    const id = newId();
    await sql`insert into directory_objects (id, type, display_name, app_id) values (${id}, 'servicePrincipal', 'Own', ${ownApiAppId})`.execute(database.db);
    await expect(run(updateServicePrincipal({ shutOut: async () => {} }), { id, body: { accountEnabled: false } })).rejects.toMatchObject({ status: 400 });
    await expect(run(removeWorkload({ endAccess: async () => {} }), { id })).rejects.toMatchObject({ status: 400 });
  });
});

describe('service principals', () => {
  it('exist once for an application', async () => {
    const { appId } = await make(createApplication, { displayName: 'App' });
    await make(createServicePrincipal, { appId });
    await expect(run(createServicePrincipal, { body: { appId } })).rejects.toMatchObject({ status: 409 });
  });

  it('go with their application, end their access, and come back with it', async () => {
    const { id, appId } = await make(createApplication, { displayName: 'App' });
    const principal = await make(createServicePrincipal, { appId });
    const ended: string[] = [];
    await run(removeWorkload({ endAccess: async (_work, ids) => void ended.push(...ids) }), { id });
    expect(ended.toSorted()).toEqual([id, principal.id].toSorted());
    expect(await countOf(sql`select count(*)::int as n from directory_objects where app_id = ${appId} and deleted_at is null`)).toBe(0);
    await expect(run(restoreWorkload, { id: principal.id })).rejects.toMatchObject({ status: 409 });
    await run(restoreWorkload, { id });
    expect(await countOf(sql`select count(*)::int as n from directory_objects where app_id = ${appId} and deleted_at is null`)).toBe(2);
  });
});

describe('agents', () => {
  it('need a sponsor, a blueprint and its principal', async () => {
    const blueprint = await make(createBlueprint, { displayName: 'Bots', ...sponsored });
    const body = { displayName: 'Bot', agentIdentityBlueprintId: blueprint.appId };
    await expect(run(createAgentIdentity, { body: { ...body, ...sponsored } })).rejects.toThrow(/no principal/);
    await make(createServicePrincipal, { appId: blueprint.appId });
    await expect(run(createAgentIdentity, { body })).rejects.toMatchObject({ status: 400, target: 'sponsors' });
    const agent = await make(createAgentIdentity, { ...body, ...sponsored });
    expect(agent.appId).toBe(agent.id);
  });

  it('keep their last sponsor when two are removed at once', async () => {
    const { id } = await makeAgent();
    const ancestors = [{ type: 'agentIdentity', id, navigation: 'sponsors' }];
    const results = await Promise.allSettled(Object.values(users).map(async (target) => await run(removeSponsor, { id, ancestors, body: { id: target } })));
    expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({ status: 400, reasons: [{ code: 'lastSponsor' }] });
  });

  it('keep their last sponsor against a bug, too', async () => {
    const { id } = await makeAgent();
    await expect(sql`delete from directory_links where source_id = ${id} and kind = 'sponsor'`.execute(database.db)).rejects.toMatchObject({ constraint: 'last_sponsor' });
  });

  it('have no credentials, and the database agrees', async () => {
    const { id } = await makeAgent();
    await expect(run(addPassword, { id })).rejects.toMatchObject({ status: 400 });
    const digest = Buffer.alloc(32);
    await expect(sql`insert into credentials (key_id, owner_id, kind, secret_sha256) values (${newId()}, ${id}, 'password', ${digest})`.execute(database.db)).rejects.toMatchObject({ constraint: 'agent_without_credential' });
  });

  it('have one user at most', async () => {
    const { id } = await makeAgent();
    const body = (name: string): Json => ({ displayName: name, mailNickname: name, userPrincipalName: `${name}@example.com`, accountEnabled: true, identityParentId: id });
    await make(createAgentUser, body(`a${newId()}`));
    await expect(run(createAgentUser, { body: body(`b${newId()}`) })).rejects.toMatchObject({ status: 409, target: 'identityParentId' });
  });

  it('go with their blueprint and come back with it', async () => {
    const { blueprint, principalId, id } = await makeAgent();
    const ended: string[] = [];
    await run(removeWorkload({ endAccess: async (_work, ids) => void ended.push(...ids) }), { id: blueprint.id });
    expect(ended.toSorted()).toEqual([blueprint.id, principalId, id].toSorted());
    await run(restoreWorkload, { id: blueprint.id });
    expect(await countOf(sql`select count(*)::int as n from directory_objects where id = ${id} and deleted_at is null`)).toBe(1);
  });

  it('have blueprints that require no blocked permission of our own API', async () => {
    const [api, blocked] = [newId(), crypto.randomUUID()];
    await sql`insert into directory_objects (id, type, display_name, app_id) values (${api}, 'application', 'Own', ${ownApiAppId})`.execute(database.db);
    await sql`insert into permissions (application_id, id, kind, value, position) values (${api}, ${blocked}, 'role', 'Directory.ReadWrite.All', 0)`.execute(database.db);
    const requiredResourceAccess = [{ resourceAppId: ownApiAppId, resourceAccess: [{ id: blocked, type: 'Role' }] }];
    await expect(run(createBlueprint, { body: { displayName: 'Bots', ...sponsored, requiredResourceAccess } })).rejects.toMatchObject({ status: 400, target: 'requiredResourceAccess' });
  });
});
