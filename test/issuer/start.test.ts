import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { bootstrapTenant } from '../../src/issuer/bootstrap/bootstrap.ts';
import { readBootstrap } from '../../src/issuer/bootstrap/file.ts';
import { KeyRing } from '../../src/issuer/keys/ring.ts';
import { ownPermissions } from '../../src/features/roles/model.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { testDatabase } from '../support/database.ts';
import { Browser } from './browser.ts';
import { makeCertificate } from './certificate.ts';
import { addGrant, askToken, claimsOf, graphScope, makeApp, openHouse, ownApiOf } from './house.ts';

const tls = makeCertificate();
setDefaultCACertificates([tls.cert]);
const house = await openHouse(await testDatabase(), { tls });
const { db, bootstrap } = house;
const redirectUri = 'http://localhost/';

describe('the first start', () => {
  it('writes a file that only its owner reads, with credentials that work', async () => {
    expect((await stat(path.join(house.home, 'bootstrap.json'))).mode & 0o777).toBe(0o600);
    expect(Object.keys(bootstrap).toSorted()).toEqual(['adminPassword', 'adminUser', 'clientId', 'clientSecret', 'tenantId', 'url']);
    const { body } = await askToken(house, { grant_type: 'client_credentials', client_id: bootstrap.clientId ?? '', client_secret: bootstrap.clientSecret ?? '', scope: graphScope });
    expect(claimsOf(body['access_token']).roles).toEqual(ownPermissions.flatMap(([value, id]) => (id === undefined ? [] : [value])).toSorted());
  });

  it('happens once: later starts change the url only, other machines learn url and tenant', async () => {
    const read = async (home: string): Promise<unknown> => JSON.parse(await readFile(path.join(home, 'bootstrap.json'), 'utf8'));
    await bootstrapTenant(db, { home: house.home, url: 'https://new.example', now: new Date(), log: silentLog });
    expect(await read(house.home)).toEqual({ ...bootstrap, url: 'https://new.example' });
    const other = await mkdtemp(path.join(tmpdir(), 'gatehouse-other-'));
    await bootstrapTenant(db, { home: other, url: 'https://two.example', now: new Date(), log: silentLog });
    expect(await read(other)).toEqual({ url: 'https://two.example', tenantId: house.tenantId });
    await rm(path.join(other, 'bootstrap.json'));
    await writeFile(path.join(other, 'bootstrap.json.pending'), JSON.stringify(bootstrap));
    await bootstrapTenant(db, { home: other, url: 'https://three.example', now: new Date(), log: silentLog });
    expect(await read(other)).toEqual({ ...bootstrap, url: 'https://three.example' });
    await rm(other, { recursive: true });
  });

  it('with another database keeps the secrets of the first, and finds them again', async () => {
    const { db: other } = await testDatabase();
    const [home, warnings] = [await mkdtemp(path.join(tmpdir(), 'gatehouse-two-')), [] as string[]];
    const start = (which: typeof db) => bootstrapTenant(which, { home, url: 'https://a.example', now: new Date(), log: { warn: (_, message) => { warnings.push(message); } } });
    await writeFile(path.join(home, 'bootstrap.json'), JSON.stringify(bootstrap));
    const made = await start(other);
    const aside = path.join(home, `bootstrap.${house.tenantId}.json`);
    expect(JSON.parse(await readFile(aside, 'utf8'))).toEqual(bootstrap);
    expect((await stat(aside)).mode & 0o777).toBe(0o600);
    expect(warnings).toEqual([expect.stringContaining('put aside')]);
    const second = await readBootstrap(home, made.tenantId);
    await start(db);
    expect(await readBootstrap(home, house.tenantId)).toEqual({ ...bootstrap, url: 'https://a.example' });
    expect(await readBootstrap(home, made.tenantId)).toEqual(second);
    expect(Object.keys(second ?? {})).toContain('clientSecret');
    await rm(home, { recursive: true });
  });

  it('brings new permissions, also to the administering application', async () => {
    const id = ownPermissions.find(([value]) => value === 'Group.Create')?.[1] ?? '';
    await sql`delete from grants where permission_id = ${id}`.execute(db);
    await sql`delete from permissions where id = ${id}`.execute(db);
    await bootstrapTenant(db, { home: house.home, url: house.publicUrl, now: new Date(), log: silentLog });
    const held = await sql`select 1 from grants where permission_id = ${id}`.execute(db);
    expect(held.rows.length).toBe(1);
  });
});

describe('MSAL over https', () => {
  const authority = `${house.publicUrl}/${house.tenantId}`;
  const knownAuthorities = [new URL(house.publicUrl).host];

  it('gets a token for an application', async () => {
    const app = new ConfidentialClientApplication({ auth: { clientId: bootstrap.clientId ?? '', clientSecret: bootstrap.clientSecret ?? '', authority, knownAuthorities } });
    const result = await app.acquireTokenByClientCredential({ scopes: [graphScope] });
    expect((await house.issuer.verifyAccessToken(result?.accessToken ?? '')).permissions.has('Application.Read.All')).toBe(true);
  });

  it('signs the administrator in, and gets the next token silently', async () => {
    const [desk, own] = [await makeApp(db, { data: { publicClient: { redirectUris: [redirectUri] } } }), await ownApiOf(db)];
    const scopes = await sql<{ id: string }>`select id from permissions where application_id = ${own.applicationId} and kind = 'scope' and value in ('User.Read', 'Group.Read.All')`.execute(db);
    for (const { id } of scopes.rows) await addGrant(db, { kind: 'delegated', principalId: desk.principalId, resourceId: own.principalId, permissionId: id });
    const app = new PublicClientApplication({ auth: { clientId: desk.appId, authority, knownAuthorities } });
    const verifier = 'v'.repeat(50);
    const url = await app.getAuthCodeUrl({ scopes: ['User.Read'], redirectUri, codeChallenge: Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url'), codeChallengeMethod: 'S256' });
    const browser = new Browser();
    const done = await browser.submit(await browser.get(url), { username: bootstrap.adminUser ?? '', password: bootstrap.adminPassword ?? '' });
    const code = new URL(done.location ?? '').searchParams.get('code') ?? '';
    const result = await app.acquireTokenByCode({ code, codeVerifier: verifier, redirectUri, scopes: ['User.Read'] });
    expect([result.account?.username, result.account?.tenantId]).toEqual([bootstrap.adminUser, house.tenantId]);
    const silent = result.account === null ? undefined : await app.acquireTokenSilent({ account: result.account, scopes: ['Group.Read.All'], forceRefresh: true });
    expect(claimsOf(silent?.accessToken).scp).toContain('Group.Read.All');
  });
});

describe('signing keys', () => {
  it('are made once by processes that start together, published before they sign and after they have', async () => {
    const day = 86_400_000;
    const rings = [1, 2, 3].map(() => new KeyRing({ db, signingAlgorithm: 'ES256', keyRotationDays: 30 }));
    const start = Date.now();
    await Promise.all(rings.map(async (ring) => { await ring.rotateKeys(new Date(start)); }));
    const kids = async (now: number): Promise<readonly string[]> => {
      const ring = new KeyRing({ db, signingAlgorithm: 'ES256', keyRotationDays: 30 });
      await ring.refresh(new Date(now));
      return (await ring.publicKeys()).keys.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid ?? '');
    };
    const [first] = await kids(start);
    expect((await kids(start)).length).toBe(1);
    const kidOf = (token: string): string => (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
    const ring = rings[0] ?? new KeyRing({ db, signingAlgorithm: 'ES256', keyRotationDays: 30 });
    await ring.rotateKeys(new Date(start + 29 * day));
    expect((await kids(start + 29 * day)).length).toBe(2);
    expect(kidOf(await ring.sign({}, { typ: 'JWT', now: new Date(start + 29 * day) }))).toBe(first);
    const later = start + 30 * day + 1000;
    const old = await ring.sign({}, { typ: 'JWT', now: new Date(later - 2000 - 3_600_000) });
    expect(kidOf(await ring.sign({}, { typ: 'JWT', now: new Date(later) }))).not.toBe(first);
    await ring.rotateKeys(new Date(later));
    expect(await ring.findVerifier(kidOf(old), 'ES256')).toBeDefined();
    await ring.rotateKeys(new Date(later + 2 * 3_600_000));
    expect((await kids(later + 2 * 3_600_000)).includes(first ?? '')).toBe(false);
  });
});
