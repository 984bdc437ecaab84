/** Programs of others sign people and workloads in: MSAL and openid-client, unpatched; and keys change under way. */
import { createHash, randomBytes } from 'node:crypto';
import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { sql } from 'kysely';
import * as oidc from 'openid-client';
import { describe, expect, it, vi } from 'vitest';
import { textOf } from '../../cli/client/graph.ts';
import { send } from '../../cli/client/http.ts';
import { createAgent, createApi, createBlueprint, createPerson, createPublicClient, createWorkload, redirectUri } from '../../cli/client/organisation.ts';
import { throughForm } from '../../cli/client/sign-in.ts';
import { askForToken, claimsOf, rolesIn } from '../../cli/client/tokens.ts';
import { KeyRing } from '../../src/issuer/keys/ring.ts';
import { recordsAt } from '../../src/kernel/json.ts';
import { assign, offer, permissions } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, door } = server;
const authority = `${door.base}/${door.tenantId}`;
const knownAuthorities = [new URL(door.base).host];
const petra = await createPerson(graph, 'Petra', server.domain);
const api = await createApi(graph, { name: 'Orders API', roles: ['Read'], scopes: ['orders.read'] });
const desk = await createPublicClient(graph, 'desk', ['User.Read', 'EntitlementMgmt-SubjectAccess.ReadWrite']);
const given = await offer(graph, [permissions(api, textOf(api.roles, 'Read'))]);
const verifier = randomBytes(32).toString('base64url');
const codeChallenge = createHash('sha256').update(verifier).digest('base64url');

describe('a person', () => {
  it('signs in with MSAL, and the token opens what is theirs', async () => {
    const app = new PublicClientApplication({ auth: { clientId: desk.appId, authority, knownAuthorities } });
    const url = await app.getAuthCodeUrl({ scopes: ['User.Read'], redirectUri, codeChallenge, codeChallengeMethod: 'S256' });
    const back = await throughForm(url, { username: petra.username, password: petra.password, redirectUri });
    const result = await app.acquireTokenByCode({ code: back.searchParams.get('code') ?? '', codeVerifier: verifier, redirectUri, scopes: ['User.Read'] });
    expect(result.account).toMatchObject({ username: petra.username, tenantId: door.tenantId });
    expect(claimsOf(result.accessToken)).toMatchObject({ oid: petra.id, scp: expect.stringContaining('User.Read') as string });
    expect(await server.withToken(result.accessToken).must('GET', '/me')).toMatchObject({ id: petra.id });
    const account = result.account ?? expect.unreachable('no account');
    expect((await app.acquireTokenSilent({ account, scopes: ['EntitlementMgmt-SubjectAccess.ReadWrite'] })).accessToken).toBeTruthy();
  });

  it('signs in with openid-client, and refreshes', async () => {
    const configuration = await server.discover(desk.appId, oidc.None());
    const url = oidc.buildAuthorizationUrl(configuration, { redirect_uri: redirectUri, scope: 'openid offline_access User.Read', code_challenge: codeChallenge, code_challenge_method: 'S256', state: 's', nonce: 'n' });
    const back = await throughForm(url.href, { username: petra.username, password: petra.password, redirectUri });
    const tokens = await oidc.authorizationCodeGrant(configuration, back, { pkceCodeVerifier: verifier, expectedState: 's', expectedNonce: 'n' });
    expect(tokens.claims()).toMatchObject({ oid: petra.id, preferred_username: petra.username });
    const again = await oidc.refreshTokenGrant(configuration, tokens.refresh_token ?? '');
    expect(await server.withToken(again.access_token).must('GET', '/me')).toMatchObject({ id: petra.id });
  });

  it('is refused with a wrong password, and the message does not say which part was wrong', async () => {
    const attempt = async (username: string): Promise<string> => await server.asPerson({ ...petra, username, password: 'wrong' }).then(() => 'signed in', (error: unknown) => String(error).replace(username, ''));
    const [known, unknown] = [await attempt(petra.username), await attempt(`nobody@${server.domain}`)];
    expect(known).toContain('refused');
    expect(known).toBe(unknown);
  });
});

describe('a workload', () => {
  it('gets its roles with MSAL and with openid-client', async () => {
    const client = await createWorkload(graph, 'exporter');
    await assign(graph, client.principalId, given);
    const msal = new ConfidentialClientApplication({ auth: { clientId: client.appId, clientSecret: client.secret, authority, knownAuthorities } });
    const byMsal = await msal.acquireTokenByClientCredential({ scopes: [api.scope] });
    const configuration = await server.discover(client.appId, oidc.ClientSecretBasic(client.secret));
    const byOidc = await oidc.clientCredentialsGrant(configuration, { scope: api.scope });
    for (const token of [byMsal?.accessToken ?? '', byOidc.access_token]) expect(rolesIn(token)).toEqual(['Read']);
  });

  it('is told invalid_client and nothing more with a wrong secret or an unknown id', async () => {
    const client = await createWorkload(graph, 'forgetful');
    for (const clientId of [client.appId, api.principalId]) {
      const answer = await askForToken(door, { grant_type: 'client_credentials', client_id: clientId, client_secret: 'wrong', scope: api.scope });
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
    }
  });

  it('is an agent too: openid-client in two steps', async () => {
    const blueprint = await createBlueprint(graph, 'bots', [petra]);
    const bot = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [petra] });
    await assign(graph, bot.id, given);
    const token = await server.agentToken(blueprint, bot, api.scope);
    expect(claimsOf(token)).toMatchObject({ oid: bot.id, roles: ['Read'], aud: api.appId });
    expect(JSON.stringify(claimsOf(token))).toContain(blueprint.appId);
  });
});

describe('signing keys', () => {
  const metadata = async (name: string): Promise<string> => textOf((await send('GET', `${authority}/v2.0/.well-known/openid-configuration`)).json, name);
  const publishedKids = async (): Promise<readonly string[]> => recordsAt((await send('GET', await metadata('jwks_uri'))).json, 'keys').map((key) => textOf(key, 'kid'));
  const oidBy = async (token: string): Promise<unknown> => (await jwtVerify(token, createRemoteJWKSet(new URL(await metadata('jwks_uri'))), { issuer: await metadata('issuer'), audience: api.appId })).payload['oid'];
  const kidOf = (token: string): string => String(decodeProtectedHeader(token).kid);

  /** A token by a key that the server has not met makes it read the keys again. */
  const lookAgain = async (): Promise<void> => {
    const head = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: randomBytes(8).toString('hex') })).toString('base64url');
    expect((await send('GET', `${door.base}/v1.0/me`, { token: `${head}.e30.AAAA` })).status).toBe(401);
  };

  it('are published before they sign, and as long as tokens by them live', async () => {
    const client = await createWorkload(graph, 'rotating');
    const old = await server.tokenOf(client, api.scope);
    expect(await oidBy(old)).toBe(client.principalId);
    const { db, owner } = server.database;
    await sql`update signing_keys set signs_from = signs_from - interval '91 days' where kid = ${kidOf(old)}`.execute(owner);
    await new KeyRing({ db, signingAlgorithm: 'RS256', keyRotationDays: 90 }).rotateKeys(new Date());
    await vi.waitFor(async () => {
      await lookAgain();
      expect((await publishedKids()).length).toBe(2);
    }, { timeout: 10_000, interval: 300 });
    expect(kidOf(await server.tokenOf(client, api.scope))).toBe(kidOf(old));

    await sql`update signing_keys set signs_from = now() - interval '1 minute' where kid <> ${kidOf(old)}`.execute(owner);
    await vi.waitFor(async () => {
      await lookAgain();
      expect(kidOf(await server.tokenOf(client, api.scope))).not.toBe(kidOf(old));
    }, { timeout: 10_000, interval: 300 });
    expect([await oidBy(old), await oidBy(await server.tokenOf(client, api.scope))]).toEqual([client.principalId, client.principalId]);
  });
});
