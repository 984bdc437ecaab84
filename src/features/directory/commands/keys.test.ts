/** Public keys: set, kept, and rolled over with a proof. */
import { sql } from 'kysely';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import type { Caller } from '../../../kernel/caller.ts';
import { all, inTransaction } from '../../../platform/db/transaction.ts';
import type { Command, GraphWork, Json, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { updateApplication } from './applications.ts';
import { addKey, removeKey } from './keys.ts';

const database = await testDatabase();
const now = new Date();
const caller: Caller = {
  principalId: newId(), kind: 'servicePrincipal', displayName: 'Runner', clientAppId: newId(), isDelegated: false,
  permissions: new Set(['Application.ReadWrite.All']), directoryRoles: new Set(), entitlementRoles: [],
};

async function run(command: Command, id: string, body: Json): Promise<Outcome> {
  return await inTransaction(database.db, async (tx) => {
    const work: GraphWork = { tx, version: 'v1.0', publicUrl: 'https://gatehouse.test', headers: {}, caller, now, requestId: newId(), clientRequestId: 'test' };
    return await command(work, { id, ancestors: [], body, arguments: {}, prefer: new Set() });
  });
}

async function newApplication(): Promise<string> {
  const id = newId();
  await sql`insert into directory_objects (id, type, display_name, app_id) values (${id}, 'application', 'App', ${newId()})`.execute(database.db);
  return id;
}
type Key = Awaited<ReturnType<typeof generateKeyPair>>['publicKey'];
const base64 = async (key: Key): Promise<string> => Buffer.from(JSON.stringify(await exportJWK(key))).toString('base64');
const keyIds = async (ownerId: string): Promise<readonly string[]> => (await all(database.db, sql<{ id: string }>`select key_id as id from credentials where owner_id = ${ownerId} order by key_id`)).map((row) => row.id);
const proof = async (key: Key, claims: { readonly iss: string; readonly seconds?: number; readonly aud?: string }): Promise<string> => {
  const start = Math.floor(now.getTime() / 1000) - 1;
  return await new SignJWT({ nbf: start }).setProtectedHeader({ alg: 'ES256' }).setIssuer(claims.iss).setAudience(claims.aud ?? '00000002-0000-0000-c000-000000000000').setExpirationTime(start + (claims.seconds ?? 600)).sign(key);
};

describe('key credentials', () => {
  it('stay when their keyId is sent back, and go when it is not', async () => {
    const [id, first, second] = [await newApplication(), await generateKeyPair('ES256', { extractable: true }), await generateKeyPair('ES256', { extractable: true })];
    await run(updateApplication, id, { keyCredentials: [{ key: await base64(first.publicKey), type: 'AsymmetricX509Cert', usage: 'Verify' }] });
    const [keyId] = await keyIds(id);
    await run(updateApplication, id, { keyCredentials: [{ keyId, key: null }, { key: await base64(second.publicKey) }] });
    expect(await keyIds(id)).toHaveLength(2);
    expect(await keyIds(id)).toContain(keyId);
    await run(updateApplication, id, { keyCredentials: [] });
    expect(await keyIds(id)).toEqual([]);
  });

  it('are public keys: nothing private or weak is taken', async () => {
    const [id, pair, weak] = [await newApplication(), await generateKeyPair('ES256', { extractable: true }), Buffer.from(JSON.stringify({ kty: 'RSA', n: 'AQAB', e: 'AQAB' })).toString('base64')];
    for (const key of [await base64(pair.privateKey), weak, 'AAAA']) {
      await expect(run(updateApplication, id, { keyCredentials: [{ key }] })).rejects.toMatchObject({ status: 400, target: 'keyCredentials[0]/key' });
    }
  });

  it('roll over with a proof that a key of the object has signed', async () => {
    const [id, first, second] = [await newApplication(), await generateKeyPair('ES256', { extractable: true }), await generateKeyPair('ES256', { extractable: true })];
    await run(updateApplication, id, { keyCredentials: [{ key: await base64(first.publicKey) }] });
    const [keyId] = await keyIds(id);
    const keyCredential = { key: await base64(second.publicKey), type: 'AsymmetricX509Cert', usage: 'Verify' };
    const wrong = [
      await proof(second.privateKey, { iss: id }), await proof(first.privateKey, { iss: newId() }), await proof(first.privateKey, { iss: id, seconds: 3600 }),
      await proof(first.privateKey, { iss: id, seconds: 0 }), await proof(first.privateKey, { iss: id, aud: 'elsewhere' }),
    ];
    for (const one of wrong) await expect(run(addKey, id, { keyCredential, proof: one })).rejects.toMatchObject({ status: 403 });
    expect(await run(addKey, id, { keyCredential, proof: await proof(first.privateKey, { iss: id }) })).toMatchObject({ answer: 'value', value: { key: null, usage: 'Verify' } });
    await run(removeKey, id, { keyId, proof: await proof(second.privateKey, { iss: id }) });
    expect(await keyIds(id)).toHaveLength(1);
  });
});
