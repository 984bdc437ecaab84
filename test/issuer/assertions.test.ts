import { readCaller } from '../../src/issuer/authenticate.ts';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { sql } from 'kysely';
import * as client from 'openid-client';
import { afterAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { addGrant, addKey, addPermission, addSecret, askToken, claimsOf, graphScope, makeAgent, makeApp, openHouse, ownApiOf, secretText, type Answer, type App } from './house.ts';

const house = await openHouse(await testDatabase());
const { db } = house;

async function workload(): Promise<App> {
  const app = await makeApp(db);
  await addSecret(db, app);
  return app;
}

const ask = async (app: Pick<App, 'appId'>, scope: string, more: Record<string, string> = {}): Promise<Answer> =>
  await askToken(house, { grant_type: 'client_credentials', client_id: app.appId, client_secret: secretText, scope, ...more });

const api = async (): Promise<App & { uri: string }> => {
  const uri = `api://orders-${newId()}`;
  return { ...await makeApp(db, { name: 'Orders', data: { identifierUris: [uri] } }), uri };
};

describe('private_key_jwt', () => {
  it('works with openid-client, and refuses another key, audience, subject or an old assertion', async () => {
    const app = await makeApp(db);
    const [pair, stranger] = [await generateKeyPair('RS256', { extractable: true }), await generateKeyPair('RS256')];
    await addKey(db, app, await exportJWK(pair.publicKey));
    const configuration = await client.discovery(new URL(`${house.publicUrl}/${house.tenantId}/v2.0`), app.appId, {}, client.PrivateKeyJwt(pair.privateKey), { execute: [client.allowInsecureRequests] });
    const tokens = await client.clientCredentialsGrant(configuration, { scope: graphScope });
    expect(claimsOf(tokens.access_token)).toMatchObject({ azpacr: '2', appid: app.appId });
    const sign = async (claims: Record<string, unknown>, key = pair.privateKey): Promise<Answer> => {
      const now = Math.floor(Date.now() / 1000);
      const client_assertion = await new SignJWT({ iss: app.appId, sub: app.appId, aud: house.tokenUrl, exp: now + 60, ...claims }).setProtectedHeader({ alg: 'RS256' }).sign(key);
      return await askToken(house, { grant_type: 'client_credentials', client_id: app.appId, scope: graphScope, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion });
    };
    expect((await sign({})).status).toBe(200);
    for (const refused of [await sign({}, stranger.privateKey), await sign({ aud: 'https://other.example' }), await sign({ sub: newId() }), await sign({ iss: newId() }), await sign({ exp: 1 })]) {
      expect([refused.status, refused.body['error']]).toEqual([401, 'invalid_client']);
    }
  });
});

describe('a federated credential', () => {
  it('lets another issuer speak for the application, for its subject and audience only', async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...await exportJWK(pair.publicKey), kid: 'k1', alg: 'ES256' };
    const server = createServer((request, response) => {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      response.end(JSON.stringify(request.url === '/keys' ? { keys: [jwk] } : { issuer: base, jwks_uri: `${base}/keys` }));
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    afterAll(() => { server.close(); });
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const app = await makeApp(db);
    await sql`insert into federated_identity_credentials (id, application_id, name, issuer, subject, audiences)
      values (${newId()}, ${app.applicationId}, 'ci', ${issuer}, 'repo:orders', '["api://AzureADTokenExchange"]')`.execute(db);
    const send = async (claims: Record<string, unknown>): Promise<Answer> => {
      const client_assertion = await new SignJWT({ iss: issuer, sub: 'repo:orders', aud: 'api://AzureADTokenExchange', exp: Math.floor(Date.now() / 1000) + 60, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(pair.privateKey);
      return await askToken(house, { grant_type: 'client_credentials', client_id: app.appId, scope: graphScope, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion });
    };
    expect((await send({})).status).toBe(200);
    for (const claims of [{ sub: 'repo:other' }, { aud: 'other' }, { iss: 'https://issuer.example' }, { exp: 1 }]) expect((await send(claims)).body['error']).toBe('invalid_client');
  });
});

describe('the agent two-step', () => {
  async function family(): Promise<{ blueprint: App; agent: string }> {
    const blueprint = await makeApp(db, { isBlueprint: true });
    await addSecret(db, blueprint);
    return { blueprint, agent: await makeAgent(db, blueprint) };
  }
  const stepOne = async (blueprint: App, agent: string): Promise<Answer> => await ask(blueprint, 'api://AzureADTokenExchange/.default', { fmi_path: agent });
  const stepTwo = async (agent: string, assertion: unknown, scope = graphScope): Promise<Answer> => await askToken(house, {
    grant_type: 'client_credentials', client_id: agent, scope, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: String(assertion),
  });

  it("gives the agent's own token, which names the blueprint and holds its roles and inherited ones", async () => {
    const [{ blueprint, agent }, orders] = [await family(), await api()];
    await addGrant(db, { principalId: agent, resourceId: orders.principalId, permissionId: await addPermission(db, orders, { value: 'Own' }), endsIn: '2 minutes' });
    await addGrant(db, { principalId: blueprint.principalId, resourceId: orders.principalId, permissionId: await addPermission(db, orders, { value: 'Inherited' }) });
    const first = await stepOne(blueprint, agent);
    const plain = claimsOf((await stepTwo(agent, first.body['access_token'], `${orders.uri}/.default`)).body['access_token']);
    expect(plain).toMatchObject({ oid: agent, azp: agent, idtyp: 'app', xms_par_app_azp: blueprint.appId, roles: ['Own'] });
    expect(plain.exp - plain.iat).toBeLessThanOrEqual(120);
    await sql`insert into inheritable_permissions (blueprint_id, resource_app_id, roles) values (${blueprint.applicationId}, ${orders.appId}, '{"@odata.type": "#microsoft.graph.allAllowedRoles"}')`.execute(db);
    expect(claimsOf((await stepTwo(agent, first.body['access_token'], `${orders.uri}/.default`)).body['access_token']).roles).toEqual(['Inherited', 'Own']);
  });

  it('never puts a blocked permission of our own API into an agent token', async () => {
    const [{ blueprint, agent }, own] = [await family(), await ownApiOf(db)];
    const found = await sql<{ id: string }>`select id from permissions where application_id = ${own.applicationId} and kind = 'role' and value in ('Group.ReadWrite.All', 'Group.Read.All')`.execute(db);
    for (const { id } of found.rows) await addGrant(db, { principalId: agent, resourceId: own.principalId, permissionId: id });
    const token = (await stepTwo(agent, (await stepOne(blueprint, agent)).body['access_token'])).body['access_token'];
    expect(claimsOf(token).roles).toEqual(['EntitlementManagement.SelfRequest', 'Group.Read.All']);
  });

  it('refuses every other proof', async () => {
    const [one, other] = [await family(), await family()];
    const sibling = await makeAgent(db, one.blueprint);
    expect((await stepOne(other.blueprint, one.agent)).body['error']).toBe('invalid_grant');
    const foreign = (await stepOne(other.blueprint, other.agent)).body['access_token'];
    const siblings = (await stepOne(one.blueprint, sibling)).body['access_token'];
    const access = (await ask(one.blueprint, `${one.blueprint.appId}/.default`)).body['access_token'];
    expect(claimsOf(access)['aud']).toBe(one.blueprint.appId);
    for (const assertion of [foreign, siblings, access, 'x.y.z']) expect((await stepTwo(one.agent, assertion)).body['error']).toBe('invalid_client');
    expect((await askToken(house, { grant_type: 'client_credentials', client_id: one.agent, client_secret: secretText, scope: graphScope })).body['error']).toBe('invalid_client');
    await expect(house.issuer.verifyAccessToken(String(foreign))).rejects.toMatchObject({ problem: 'unauthenticated' });
  });

  it.each(['account_enabled = false', 'deleted_at = now()'])('gives nothing when agent, blueprint or its principal has %s', async (change) => {
    for (const part of ['agent', 'applicationId', 'principalId'] as const) {
      const { blueprint, agent } = await family();
      const assertion = (await stepOne(blueprint, agent)).body['access_token'];
      await sql`update directory_objects set ${sql.raw(change)} where id = ${part === 'agent' ? agent : blueprint[part]}`.execute(db);
      expect((await stepOne(blueprint, agent)).status).toBeGreaterThanOrEqual(400);
      expect((await stepTwo(agent, assertion)).status).toBeGreaterThanOrEqual(400);
    }
  });
});

describe('at our own door', () => {
  it('takes tokens for our own API only, and knows at once what was withdrawn', async () => {
    const [app, orders, own] = [await workload(), await api(), await ownApiOf(db)];
    const found = await sql<{ id: string }>`select id from permissions where application_id = ${own.applicationId} and kind = 'role' and value = 'Group.Read.All'`.execute(db);
    const grant = await addGrant(db, { principalId: app.principalId, resourceId: own.principalId, permissionId: found.rows[0]?.id ?? '' });
    const token = String((await ask(app, graphScope)).body['access_token']);
    const verified = await house.issuer.verifyAccessToken(token);
    expect(verified).toMatchObject({ principalId: app.principalId, clientAppId: app.appId, isDelegated: false });
    expect([...verified.permissions].toSorted()).toEqual(['EntitlementManagement.SelfRequest', 'Group.Read.All']);
    await sql`update grants set manual = false, ends_at = now() where id = ${grant}`.execute(db);
    expect([...(await readCaller(db, verified))?.permissions ?? []]).toEqual(['EntitlementManagement.SelfRequest']);
    const foreign = String((await ask(app, `${orders.uri}/.default`)).body['access_token']);
    const [head, body, signature] = token.split('.');
    const changed = Buffer.from(JSON.stringify({ ...claimsOf(token), jti: 'x' })).toString('base64url');
    for (const bad of [foreign, `${head}.${changed}.${signature}`, `${head}.${body}.`, 'garbage', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.']) {
      await expect(house.issuer.verifyAccessToken(bad)).rejects.toMatchObject({ problem: 'unauthenticated' });
    }
  });

  it('logs neither secrets nor tokens', async () => {
    await ask(await workload(), graphScope, { client_secret: 'a-very-special-wrong-secret' });
    expect(house.lines.join('\n')).not.toMatch(/a-very-special-wrong-secret|a secret for tests|eyJ|"d":/);
  });
});
