import { readCaller } from '../../src/issuer/authenticate.ts';
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import * as client from 'openid-client';
import { describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { Browser, type Visit } from './browser.ts';
import { addGrant, addPermission, addSecret, askToken, claimsOf, graphScope, makeApp, makeUser, openHouse, ownApi, ownApiOf, secretText, type Answer, type App } from './house.ts';

const house = await openHouse(await testDatabase());
const { db } = house;
const redirectUri = 'http://127.0.0.1/callback';
const sentTo = 'http://127.0.0.1:53682/callback';
const password = 'Quiet-Harbor-9';
const own = await ownApiOf(db);

async function publicClient(scopes: readonly string[] = ['User.Read', 'Group.Read.All'], subjectId?: string): Promise<App> {
  const app = await makeApp(db, { name: 'Desk <app>', data: { isFallbackPublicClient: true, publicClient: { redirectUris: [redirectUri] }, web: { redirectUris: null } } });
  const found = await sql<{ id: string }>`select id from permissions where application_id = ${own.applicationId} and kind = 'scope' and value = any(${[...scopes]})`.execute(db);
  for (const { id } of found.rows) await addGrant(db, { kind: 'delegated', principalId: app.principalId, resourceId: own.principalId, permissionId: id, ...(subjectId !== undefined && { subjectId }) });
  return app;
}

const person = async (mustChange = false): Promise<{ id: string; upn: string }> => {
  const name = `p${newId()}`;
  return { id: await makeUser(db, { name, password, mustChange }), upn: `${name}@gatehouse.local` };
};

const verifier = randomBytes(48).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

const authorizeUrl = (app: App, more: Record<string, string> = {}): string => {
  const query = { client_id: app.appId, response_type: 'code', redirect_uri: sentTo, scope: `${graphScope} openid offline_access`, state: 's1', nonce: 'n1', code_challenge: challenge, code_challenge_method: 'S256', ...more };
  return `${house.publicUrl}/${house.tenantId}/oauth2/v2.0/authorize?${new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString()}`;
};
const codeIn = (visit: Visit): string => new URL(visit.location ?? 'http://none').searchParams.get('code') ?? '';

async function signIn(app: App, username: string, browser = new Browser()): Promise<Visit> {
  return await browser.submit(await browser.get(authorizeUrl(app)), { username, password });
}
const redeem = async (app: App, code: string, more: Record<string, string> = {}): Promise<Answer> =>
  await askToken(house, { grant_type: 'authorization_code', client_id: app.appId, code, redirect_uri: sentTo, code_verifier: verifier, ...more });

describe('signing in with a code and PKCE', () => {
  it('gives access, id and refresh tokens with what is granted, and no more', async () => {
    const [app, who] = [await publicClient(), await person()];
    const done = await signIn(app, who.upn.toUpperCase());
    expect([done.status, new URL(done.location ?? '').searchParams.get('state')]).toEqual([303, 's1']);
    const { status, body } = await redeem(app, codeIn(done));
    expect(status).toBe(200);
    expect(claimsOf(body['access_token'])).toMatchObject({ aud: ownApi, oid: who.id, idtyp: 'user', scp: 'Group.Read.All User.Read openid', azpacr: '0', preferred_username: who.upn });
    expect(claimsOf(body['id_token'])).toMatchObject({ aud: app.appId, oid: who.id, nonce: 'n1', tid: house.tenantId });
    const verified = await house.issuer.verifyAccessToken(String(body['access_token']));
    expect(verified).toMatchObject({ isDelegated: true, principalId: who.id, clientPrincipalId: app.principalId });
    expect((await readCaller(db, verified))?.permissions.has('User.Read')).toBe(true);
    await sql`delete from grants where principal_id = ${app.principalId}`.execute(db);
    expect([...(await readCaller(db, verified))?.permissions ?? []]).toEqual(['openid']);
  });

  it('works with openid-client from discovery to refresh', async () => {
    const [app, who] = [await publicClient(), await person()];
    const configuration = await client.discovery(new URL(`${house.publicUrl}/${house.tenantId}/v2.0`), app.appId, undefined, client.None(), { execute: [client.allowInsecureRequests] });
    const url = client.buildAuthorizationUrl(configuration, { redirect_uri: sentTo, scope: 'User.Read openid profile offline_access', code_challenge: challenge, code_challenge_method: 'S256', state: 'x', nonce: 'y' });
    const browser = new Browser();
    const done = await browser.submit(await browser.get(url.href), { username: who.upn, password });
    const tokens = await client.authorizationCodeGrant(configuration, new URL(done.location ?? ''), { pkceCodeVerifier: verifier, expectedState: 'x', expectedNonce: 'y' });
    expect(claimsOf(tokens.access_token).scp).toBe('User.Read openid profile');
    expect(tokens.claims()?.['name']).toBe(who.upn.split('@')[0]);
    const again = await client.refreshTokenGrant(configuration, tokens.refresh_token ?? '');
    expect(claimsOf(again.access_token).scp).toBe('User.Read openid profile');
  });

  it('asks another resource with the same refresh token, names the intersection, and dies on reuse', async () => {
    const [app, who, orders] = [await publicClient(), await person(), await makeApp(db, { data: { identifierUris: [`api://o-${newId()}`] } })];
    await addGrant(db, { kind: 'delegated', principalId: app.principalId, resourceId: orders.principalId, permissionId: await addPermission(db, orders, { value: 'orders.read', kind: 'scope' }), subjectId: who.id, endsIn: '60 seconds' });
    await addGrant(db, { principalId: who.id, resourceId: orders.principalId, permissionId: await addPermission(db, orders, { value: 'Clerk' }) });
    const first = (await redeem(app, codeIn(await signIn(app, who.upn)))).body['refresh_token'];
    const refresh = async (token: unknown, scope: string): Promise<Answer> => await askToken(house, { grant_type: 'refresh_token', client_id: app.appId, refresh_token: String(token), scope });
    const second = await refresh(first, `${orders.appId}/orders.read ${orders.appId}/orders.write offline_access`);
    const claims = claimsOf(second.body['access_token']);
    expect(claims).toMatchObject({ aud: orders.appId, scp: 'orders.read', roles: ['Clerk'] });
    expect(claims.exp - claims.iat).toBeLessThanOrEqual(60);
    const reused = await refresh(first, graphScope);
    expect(reused.body['error']).toBe('invalid_grant');
    expect((await refresh(second.body['refresh_token'], graphScope)).body['error']).toBe('invalid_grant');
  });

  it('gives nothing of what is not granted, and grants for one person are for that person', async () => {
    const [who, other] = [await person(), await person()];
    const app = await publicClient(['User.Read'], who.id);
    expect((await redeem(app, codeIn(await signIn(app, who.upn)))).status).toBe(200);
    const refused = await redeem(app, codeIn(await signIn(app, other.upn)));
    expect([refused.status, refused.body['error']]).toEqual([400, 'consent_required']);
    expect((await redeem(app, codeIn(await signIn(app, who.upn)), { scope: 'Group.Read.All' })).body['error']).toBe('consent_required');
  });

  it('takes a code once, from the same client, with the verifier and the redirect URI', async () => {
    const [app, other, who] = [await publicClient(), await publicClient(), await person()];
    const fresh = async (): Promise<string> => codeIn(await signIn(app, who.upn));
    for (const answer of [await redeem(app, await fresh(), { code_verifier: 'x'.repeat(43) }), await redeem(app, await fresh(), { code_verifier: '' }), await redeem(other, await fresh()), await redeem(app, await fresh(), { redirect_uri: redirectUri })]) {
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant']);
    }
    const code = await fresh();
    const good = await redeem(app, code);
    expect([good.status, (await redeem(app, code)).body['error']]).toEqual([200, 'invalid_grant']);
    expect((await askToken(house, { grant_type: 'refresh_token', client_id: app.appId, refresh_token: String(good.body['refresh_token']) })).body['error']).toBe('invalid_grant');
  });

  it('wants the secret of a web client', async () => {
    const [app, who] = [await makeApp(db, { data: { web: { redirectUris: ['https://app.example/cb'] } } }), await person()];
    await addSecret(db, app);
    const [permission] = (await sql<{ id: string }>`select id from permissions where application_id = ${own.applicationId} and kind = 'scope' and value = 'User.Read'`.execute(db)).rows;
    await addGrant(db, { kind: 'delegated', principalId: app.principalId, resourceId: own.principalId, permissionId: permission?.id ?? '' });
    const browser = new Browser();
    const code = async (): Promise<string> => codeIn(await browser.submit(await browser.get(authorizeUrl(app, { redirect_uri: 'https://app.example/cb', prompt: 'login' })), { username: who.upn, password }));
    expect((await redeem(app, await code(), { redirect_uri: 'https://app.example/cb' })).body['error']).toBe('invalid_client');
    expect((await redeem(app, await code(), { redirect_uri: 'https://app.example/cb', client_secret: secretText })).status).toBe(200);
  });
});

describe('the authorization endpoint', () => {
  it('never redirects to an address that is not registered', async () => {
    const app = await publicClient();
    for (const more of [{ redirect_uri: 'https://evil.example/' }, { redirect_uri: '' }, { client_id: newId() }]) {
      const answer = await new Browser().get(authorizeUrl(app, more));
      expect([answer.status, answer.location, answer.headers.get('content-type')]).toEqual([400, undefined, 'text/html; charset=utf-8']);
    }
  });

  it.each([
    [{ response_type: 'token' }, 'unsupported_response_type'], [{ code_challenge: '' }, 'invalid_request'], [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ scope: 'api://a/x api://b/y' }, 'invalid_scope'], [{ response_mode: 'telepathy' }, 'invalid_request'], [{ prompt: 'none' }, 'login_required'], [{ request: 'x' }, 'invalid_request'],
  ])('sends %o back as %s', async (more, error) => {
    const answer = await new Browser().get(authorizeUrl(await publicClient(), more));
    expect([answer.status, new URL(answer.location ?? '').searchParams.get('error')]).toEqual([303, error]);
  });

  it('knows who is signed in in this browser, until prompt, disabling or a new password say otherwise', async () => {
    const [app, who, browser] = [await publicClient(), await person(), new Browser()];
    await signIn(app, who.upn, browser);
    expect(codeIn(await browser.get(authorizeUrl(app, { prompt: 'none' })))).not.toBe('');
    expect((await browser.get(authorizeUrl(app, { prompt: 'login' }))).status).toBe(200);
    expect(new URL((await browser.get(authorizeUrl(app, { response_mode: 'fragment' }))).location ?? '').hash).toMatch(/^#code=/);
    expect((await browser.get(authorizeUrl(app, { response_mode: 'form_post' }))).html).toMatch(/<form method="post" action="http:\/\/127.0.0.1:53682\/callback"><input type="hidden" name="code"/);
    await sql`update user_passwords set changed_at = now() + interval '2 seconds' where user_id = ${who.id}`.execute(db);
    expect((await browser.get(authorizeUrl(app))).status).toBe(200);
    await sql`update user_passwords set changed_at = now() - interval '1 day' where user_id = ${who.id}`.execute(db);
    await sql`update directory_objects set account_enabled = false where id = ${who.id}`.execute(db);
    expect((await browser.get(authorizeUrl(app))).status).toBe(200);
  });
});

describe('the sign-in form', () => {
  it('has no script, escapes what it shows, and may post to us and the client only', async () => {
    const page = await new Browser().get(authorizeUrl(await publicClient(), { login_hint: '"><script>' }));
    expect(page.html).not.toMatch(/<script|Desk <app>/);
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:53682");
    expect(page.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Lax/);
  });

  it('says the same whatever was wrong, and nothing works from another browser', async () => {
    const [app, who, disabled] = [await publicClient(), await person(), await person()];
    await sql`update directory_objects set account_enabled = false where id = ${disabled.id}`.execute(db);
    const say = async (username: string, given: string): Promise<string | undefined> => {
      const browser = new Browser();
      return /role="alert">([^<]*)</.exec((await browser.submit(await browser.get(authorizeUrl(app)), { username, password: given })).html)?.[1];
    };
    const said = [await say(who.upn, 'wrong'), await say('nobody@gatehouse.local', password), await say(disabled.upn, password), await say('', '')];
    expect(new Set(said).size).toBe(1);
    expect(said[0]).toContain('not right');
    const page = await new Browser().get(authorizeUrl(app));
    expect((await new Browser().submit(page, { username: who.upn, password })).status).toBe(400);
  });

  it('has a password changed where it must be', async () => {
    const [app, who, browser] = [await publicClient(), await person(true), new Browser()];
    const change = await browser.submit(await browser.get(authorizeUrl(app)), { username: who.upn, password });
    expect([change.status, change.html.includes('newPassword')]).toEqual([200, true]);
    for (const fields of [{ newPassword: 'short', repeatPassword: 'short' }, { newPassword: password, repeatPassword: password }, { newPassword: 'Another-Harbor-1', repeatPassword: 'x' }]) {
      expect((await browser.submit(change, fields)).html).toContain('role="alert"');
    }
    const done = await browser.submit(change, { newPassword: 'Another-Harbor-1', repeatPassword: 'Another-Harbor-1' });
    expect((await redeem(app, codeIn(done))).status).toBe(200);
    expect((await signIn(app, who.upn)).status).toBe(200);
    const events = await sql<{ activity: string }>`select activity from audit_events where ${who.id}::uuid = any(target_ids)`.execute(db);
    expect(events.rows).toEqual([{ activity: 'Change user password' }]);
  });

  it('slows down guessing', async () => {
    const [app, who, browser] = [await publicClient(), await person(), new Browser()];
    const page = await browser.get(authorizeUrl(app));
    for (let attempt = 0; attempt < 10; attempt++) expect((await browser.submit(page, { username: who.upn, password: 'wrong' })).status).toBe(200);
    const slowed = await browser.submit(page, { username: who.upn, password });
    expect([slowed.status, slowed.headers.get('retry-after')]).toEqual([429, '5']);
  });

  it('refuses codes and refresh tokens of people who are disabled or deleted since', async () => {
    for (const change of ['account_enabled = false', 'deleted_at = now()']) {
      const [app, who] = [await publicClient(), await person()];
      const [code, tokens] = [codeIn(await signIn(app, who.upn)), (await redeem(app, codeIn(await signIn(app, who.upn)))).body];
      await sql`update directory_objects set ${sql.raw(change)} where id = ${who.id}`.execute(db);
      expect((await redeem(app, code)).body['error']).toBe('invalid_grant');
      expect((await askToken(house, { grant_type: 'refresh_token', client_id: app.appId, refresh_token: String(tokens['refresh_token']) })).body['error']).toBe('invalid_grant');
    }
  });
});
