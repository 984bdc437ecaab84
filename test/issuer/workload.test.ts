import fc from 'fast-check';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { addGrant, addPermission, addSecret, askToken, claimsOf, graphScope, makeApp, makeGroup, openHouse, ownApi, secretText, type Answer, type App } from './house.ts';

const house = await openHouse(await testDatabase());
const { db } = house;

async function workload(data: Record<string, unknown> = {}): Promise<App> {
  const app = await makeApp(db, { data });
  await addSecret(db, app);
  return app;
}

const ask = async (app: Pick<App, 'appId'>, scope: string, more: Record<string, string> = {}): Promise<Answer> =>
  await askToken(house, { grant_type: 'client_credentials', client_id: app.appId, client_secret: secretText, scope, ...more });

const api = async (principalData: Record<string, unknown> = {}): Promise<App & { uri: string }> => {
  const uri = `api://orders-${newId()}`;
  return { ...await makeApp(db, { name: 'Orders', data: { identifierUris: [uri] }, principalData }), uri };
};

describe('a client secret', () => {
  it('gets a token that verifies with the published keys and says who, for whom and until when', async () => {
    const [app, orders] = [await workload(), await api()];
    await addGrant(db, { principalId: app.principalId, resourceId: orders.principalId, permissionId: await addPermission(db, orders, { value: 'Orders.Read' }) });
    const { status, body, headers } = await ask(app, `${orders.uri}/.default`);
    expect([status, headers.get('cache-control'), body['token_type']]).toEqual([200, 'no-store', 'Bearer']);
    const metadata = await (await fetch(`${house.publicUrl}/${house.tenantId}/v2.0/.well-known/openid-configuration`)).json() as { issuer: string; jwks_uri: string };
    const keys = await (await fetch(metadata.jwks_uri)).json() as JSONWebKeySet;
    const { payload } = await jwtVerify(String(body['access_token']), createLocalJWKSet(keys), { issuer: metadata.issuer, audience: orders.appId });
    expect(payload).toMatchObject({ oid: app.principalId, sub: app.principalId, appid: app.appId, azp: app.appId, azpacr: '1', idtyp: 'app', ver: '2.0', tid: house.tenantId, roles: ['Orders.Read'] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
    expect(keys.keys.every((key) => !('d' in key))).toBe(true);
  });

  it.each([['appId', (orders: App) => `${orders.appId}/.default`], ['api://appId', (orders: App) => `api://${orders.appId}/.default`]])('finds the resource by %s', async (_, scope) => {
    const [app, orders] = [await workload(), await api()];
    expect(claimsOf((await ask(app, scope(orders))).body['access_token'])['aud']).toBe(orders.appId);
  });

  it('finds our own API by both addresses, and every workload may ask for itself there', async () => {
    const app = await workload();
    for (const scope of [graphScope, `${house.publicUrl}/.default`, `${ownApi}/.default`]) {
      expect(claimsOf((await ask(app, scope)).body['access_token'])).toMatchObject({ aud: ownApi, roles: ['EntitlementManagement.SelfRequest'] });
    }
  });

  it.each<[string, { more: Record<string, string>; status: number; error: string }]>([
    ['a wrong secret', { more: { client_secret: 'wrong' }, status: 401, error: 'invalid_client' }], ['an unknown client', { more: { client_id: newId() }, status: 401, error: 'invalid_client' }], ['a client id that is no id', { more: { client_id: "x' or 1=1" }, status: 401, error: 'invalid_client' }],
    ['no secret', { more: { client_secret: '' }, status: 401, error: 'invalid_client' }], ['an unknown resource', { more: { scope: 'api://nobody/.default' }, status: 400, error: 'invalid_resource' }],
    ['no .default', { more: { scope: 'User.Read' }, status: 400, error: 'invalid_scope' }], ['two resources', { more: { scope: `${graphScope} api://x/.default` }, status: 400, error: 'invalid_scope' }], ['no scope', { more: { scope: '' }, status: 400, error: 'invalid_request' }],
    ['another grant', { more: { grant_type: 'password' }, status: 400, error: 'unsupported_grant_type' }],
  ])('refuses %s', async (_, { more, status, error }) => {
    const answer = await ask(await workload(), graphScope, more);
    expect([answer.status, answer.body['error']]).toEqual([status, error]);
    expect(answer.body['error_description']).toMatch(/^GH\d+: /);
    expect(answer.body).toMatchObject({ error_codes: [expect.any(Number)], trace_id: expect.any(String), correlation_id: expect.any(String), timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/) });
  });

  it('works as HTTP Basic too, and answers 401 with a challenge when it is wrong', async () => {
    const app = await workload();
    const basic = (secret: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(`${app.appId}:${encodeURIComponent(secret)}`).toString('base64')}` });
    const good = await askToken(house, { grant_type: 'client_credentials', scope: graphScope }, basic(secretText));
    const bad = await askToken(house, { grant_type: 'client_credentials', scope: graphScope }, basic('no'));
    expect([good.status, bad.status, bad.headers.get('www-authenticate')?.slice(0, 6)]).toEqual([200, 401, 'Basic ']);
  });

  it('stops working when it ends', async () => {
    const app = await workload();
    await sql`update credentials set ends_at = now() - interval '1 millisecond' where owner_id = ${app.applicationId}`.execute(db);
    expect((await ask(app, graphScope)).body['error']).toBe('invalid_client');
  });

  it('refuses other tenants and repeated parameters', async () => {
    const other = await fetch(`${house.publicUrl}/${newId()}/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }) });
    expect([other.status, (await other.json() as Record<string, unknown>)['error_codes']]).toEqual([400, [90002]]);
    const twice = await fetch(house.tokenUrl, { method: 'POST', body: new URLSearchParams([['scope', 'a'], ['scope', 'b']]) });
    expect([twice.status, (await twice.json() as Record<string, unknown>)['error']]).toEqual([400, 'invalid_request']);
  });
});

describe('who may have no token', () => {
  it.each(['account_enabled = false', 'deleted_at = now()'])('an application or service principal with %s', async (change) => {
    for (const part of ['applicationId', 'principalId'] as const) {
      const app = await workload();
      await sql`update directory_objects set ${sql.raw(change)} where id = ${app[part]}`.execute(db);
      expect((await ask(app, graphScope)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('a resource that is disabled or deleted', async () => {
    const [app, orders] = [await workload(), await api()];
    await sql`update directory_objects set account_enabled = false where id = ${orders.principalId}`.execute(db);
    expect((await ask(app, `${orders.uri}/.default`)).body['error']).toBe('invalid_resource');
  });

  it('a workload without a role, where assignment is required', async () => {
    const [app, orders] = [await workload(), await api({ appRoleAssignmentRequired: true })];
    const refused = await ask(app, `${orders.uri}/.default`);
    expect([refused.status, refused.body['error_codes']]).toEqual([400, [501051]]);
    await addGrant(db, { principalId: app.principalId, resourceId: orders.principalId, endsIn: '90 seconds' });
    const claims = claimsOf((await ask(app, `${orders.uri}/.default`)).body['access_token']);
    expect(claims.exp - claims.iat).toBeLessThanOrEqual(90);
  });
});

describe('roles are exactly the grants in force', () => {
  it('for any grants, directly and by group, with any ends (model)', async () => {
    const orders = await api();
    const names = ['A', 'B', 'C'];
    const ids = await Promise.all(names.map((value) => addPermission(db, orders, { value })));
    const end = fc.constantFrom(-5, 30, 200, 5000, undefined);
    const held = fc.record({ role: fc.integer({ min: 0, max: 2 }), direct: end, group: end, member: end, isDirect: fc.boolean(), isGroup: fc.boolean() });
    await fc.assert(fc.asyncProperty(fc.uniqueArray(held, { selector: ({ role }) => role, maxLength: 3 }), async (rows) => {
      const app = await workload();
      const ends = new Map<string, number>();
      const note = (role: number, seconds: number): void => { if (seconds > 0) ends.set(names[role] ?? '', Math.max(ends.get(names[role] ?? '') ?? 0, seconds)); };
      const inSeconds = (seconds: number | undefined): { endsIn?: string } => (seconds === undefined ? {} : { endsIn: `${seconds} seconds` });
      for (const row of rows) {
        const permissionId = ids[row.role] ?? '';
        if (row.isDirect) await addGrant(db, { principalId: app.principalId, resourceId: orders.principalId, permissionId, ...inSeconds(row.direct) });
        if (row.isDirect) note(row.role, row.direct ?? Infinity);
        if (!row.isGroup) continue;
        const group = await makeGroup(db);
        await addGrant(db, { principalId: group, resourceId: orders.principalId, permissionId, ...inSeconds(row.group) });
        await addGrant(db, { kind: 'member', principalId: app.principalId, resourceId: group, ...inSeconds(row.member) });
        note(row.role, Math.min(row.group ?? Infinity, row.member ?? Infinity));
      }
      const claims = claimsOf((await ask(app, `${orders.uri}/.default`)).body['access_token']);
      expect(claims.roles ?? []).toEqual([...ends.keys()].toSorted());
      const life = claims.exp - claims.iat;
      const longest = Math.min(600, ...ends.values());
      expect(life).toBeLessThanOrEqual(longest);
      expect(life).toBeGreaterThan(longest - 10);
    }), { numRuns: 40 });
  });

  it('leaves out disabled roles, and a role whose end lies in the running second', async () => {
    const [app, orders] = [await workload(), await api()];
    await addGrant(db, { principalId: app.principalId, resourceId: orders.principalId, permissionId: await addPermission(db, orders, { value: 'Off', isEnabled: false }) });
    const grant = await addGrant(db, { principalId: app.principalId, resourceId: orders.principalId, permissionId: await addPermission(db, orders, { value: 'Soon' }), endsIn: '1 hour' });
    await sql`update grants set ends_at = date_trunc('second', now()) + interval '999 milliseconds' where id = ${grant}`.execute(db);
    expect(claimsOf((await ask(app, `${orders.uri}/.default`)).body['access_token']).roles).toBeUndefined();
  });
});
