/** What a person signed in for ends when the password, the account or the sessions do; the sign-in form gives nothing away. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterAll, describe, expect, it } from 'vitest';
import { createPerson, createPublicClient, createWorkload, redirectUri, type Person } from '../../cli/client/organisation.ts';
import { askForToken } from '../../cli/client/tokens.ts';
import { textAt } from '../../src/kernel/json.ts';
import { Browser, type Visit } from '../issuer/browser.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, door } = server;
const desk = await createPublicClient(graph, 'desk', ['User.Read', 'User.ReadWrite']);
const verifier = randomBytes(32).toString('base64url');
const query = new URLSearchParams({
  client_id: desk.appId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid offline_access User.Read User.ReadWrite', state: 's',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
});
const authorizeUrl = `${door.base}/${door.tenantId}/oauth2/v2.0/authorize?${query.toString()}`;
const newPerson = async (): Promise<Person> => await createPerson(graph, `P ${randomUUID().slice(0, 8)}`, server.domain);
const codeIn = (visit: Visit): string | null => new URL(visit.location ?? 'http://none').searchParams.get('code');

interface SignedIn {
  readonly person: Person;
  readonly browser: Browser;
  readonly refreshToken: string;
  readonly accessToken: string;
  /** A code that has not been redeemed. */
  readonly code: string;
}

async function signedIn(): Promise<SignedIn> {
  const [person, browser] = [await newPerson(), new Browser()];
  const done = await browser.submit(await browser.get(authorizeUrl), { username: person.username, password: person.password });
  const { json } = await redeem(codeIn(done));
  return { person, browser, refreshToken: textAt(json, 'refresh_token') ?? '', accessToken: textAt(json, 'access_token') ?? '', code: codeIn(await browser.get(authorizeUrl)) ?? '' };
}

const redeem = async (code: string | null) => await askForToken(door, { grant_type: 'authorization_code', client_id: desk.appId, redirect_uri: redirectUri, code: code ?? '', code_verifier: verifier });
const refresh = async (token: string) => await askForToken(door, { grant_type: 'refresh_token', client_id: desk.appId, refresh_token: token });

async function expectEnded({ browser, refreshToken, code }: SignedIn): Promise<void> {
  expect((await refresh(refreshToken)).json['error']).toBe('invalid_grant');
  expect((await redeem(code)).json['error']).toBe('invalid_grant');
  expect((await browser.get(authorizeUrl)).html).toContain('name="password"');
}

const user = (person: Person): string => `/users/${person.id}`;
const endings: readonly (readonly [what: string, end: (at: SignedIn) => Promise<unknown>])[] = [
  ['an administrator revokes the sessions', async ({ person }) => await graph.must('POST', `${user(person)}/revokeSignInSessions`)],
  ['the person revokes them', async ({ accessToken }) => await server.withToken(accessToken).must('POST', '/me/revokeSignInSessions')],
  ['the password is set', async ({ person }) => await graph.must('PATCH', user(person), { passwordProfile: { password: 'Another-Harbor-1', forceChangePasswordNextSignIn: false } })],
  ['the account is disabled and enabled again', async ({ person }) => {
    await graph.must('PATCH', user(person), { accountEnabled: false });
    await graph.must('PATCH', user(person), { accountEnabled: true });
  }],
  ['the account is deleted and restored', async ({ person }) => {
    await graph.must('DELETE', user(person));
    await graph.must('POST', `/directory/deletedItems/${person.id}/restore`);
  }],
];

describe('sessions, codes and refresh tokens', () => {
  it.each(endings)('end when %s', async (_, end) => {
    const [at, other] = [await signedIn(), await signedIn()];
    await end(at);
    await expectEnded(at);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it('take the access tokens of their time with them at our own API', async () => {
    const { person, accessToken } = await signedIn();
    await server.withToken(accessToken).must('GET', '/me');
    // Tokens count whole seconds: the end is put one later than any token of now.
    await sql`update directory_objects set data = data || jsonb_build_object('signInSessionsValidFromDateTime', now() + interval '2 seconds') where id = ${person.id}`.execute(server.database.owner);
    expect(await server.withToken(accessToken).refusal('GET', '/me')).toMatchObject({ status: 401 });
  });

  it('begin anew after a revocation', async () => {
    const at = await signedIn();
    await graph.must('POST', `${user(at.person)}/revokeSignInSessions`);
    const browser = new Browser();
    const again = await redeem(codeIn(await browser.submit(await browser.get(authorizeUrl), { username: at.person.username, password: at.person.password })));
    expect(again.status).toBe(200);
  });
});

describe('a password that has to be changed', () => {
  it('is not changed by whoever proved the old one before an administrator set another', async () => {
    const [person, browser] = [await newPerson(), new Browser()];
    await graph.must('PATCH', user(person), { passwordProfile: { forceChangePasswordNextSignIn: true } });
    const form = await browser.submit(await browser.get(authorizeUrl), { username: person.username, password: person.password });
    expect(form.html).toContain('newPassword');
    await graph.must('PATCH', user(person), { passwordProfile: { password: 'Rescued-Harbor-1', forceChangePasswordNextSignIn: true } });
    const stolen = await browser.submit(form, { newPassword: 'Stolen-Harbor-1', repeatPassword: 'Stolen-Harbor-1' });
    expect([stolen.status, stolen.location]).toEqual([400, undefined]);
    const rightful = new Browser();
    const asked = await rightful.submit(await rightful.get(authorizeUrl), { username: person.username, password: 'Rescued-Harbor-1' });
    expect(asked.html).toContain('newPassword');
    expect((await rightful.submit(asked, { newPassword: person.username.toUpperCase(), repeatPassword: person.username.toUpperCase() })).html).toContain('user name');
  });

  it('is never the user name, wherever it is set', async () => {
    const person = await newPerson();
    expect(await graph.refusal('PATCH', user(person), { passwordProfile: { password: person.username } })).toMatchObject({ status: 400, target: 'passwordProfile/password' });
  });
});

describe('guessing', () => {
  it('is slowed down when everything is tried at once', async () => {
    const [person, browser] = [await newPerson(), new Browser()];
    const page = await browser.get(authorizeUrl);
    const answers = await Promise.all(Array.from({ length: 16 }, async () => await browser.submit(page, { username: person.username, password: 'wrong' })));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(6);
  });
});

describe('a federated issuer', () => {
  it('shows nothing of what an address inside answers', async () => {
    const inside = createServer((_request, response) => { response.end('internal-secret-banner'); }).listen(0, '127.0.0.1');
    afterAll(() => { inside.close(); });
    await new Promise((resolve) => { inside.once('listening', resolve); });
    const { port } = inside.address() as AddressInfo;
    const app = await createWorkload(graph, 'prober');
    const issuer = `http://127.0.0.1:${port}`;
    await graph.must('POST', `/applications/${app.application.id}/federatedIdentityCredentials`, { name: 'probe', issuer, subject: 'me', audiences: ['x'] });
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const answer = await askForToken(door, {
      grant_type: 'client_credentials', client_id: app.appId, scope: 'https://graph.microsoft.com/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: `${part({ alg: 'RS256' })}.${part({ iss: issuer, sub: 'me' })}.AAAA`,
    });
    expect(answer.status).toBe(401);
    expect(JSON.stringify(answer.json)).toContain('is not JSON');
    expect(JSON.stringify(answer.json)).not.toContain('internal');
  });
});
