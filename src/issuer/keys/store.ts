/** Signing keys ↔ rows. */
import type { JWK } from 'jose';
import { sql } from 'kysely';
import type { Executor, Tx } from '../../platform/db/database.ts';
import { all } from '../../platform/db/transaction.ts';

/** One signing key. `signsFrom` and `retiresAt` in milliseconds since 1970; Infinity: no end is set yet. */
export interface StoredKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
  readonly signsFrom: number;
  readonly retiresAt: number;
}

/** Keys that are published at `now`, the newest signer first. */
export async function listPublishedKeys(executor: Executor, now: Date): Promise<readonly StoredKey[]> {
  const rows = await all(executor, sql<Omit<StoredKey, 'signsFrom' | 'retiresAt'> & { signsFrom: number; retiresAt: number | null }>`
    select kid, alg, private_jwk as "privateJwk", public_jwk as "publicJwk", (extract(epoch from signs_from) * 1000)::float8 as "signsFrom",
           case when retires_at = 'infinity' then null else (extract(epoch from retires_at) * 1000)::float8 end as "retiresAt"
      from signing_keys where retires_at > ${now} order by signs_from desc, kid`);
  return rows.map((row) => ({ ...row, retiresAt: row.retiresAt ?? Number.POSITIVE_INFINITY }));
}

/** Lets one process at a time decide about keys; held until the transaction ends. */
export async function lockKeys(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('gatehouse signing keys'))`.execute(tx);
}

/** Adds a key that signs from `signsFrom` on. */
export async function insertKey(tx: Tx, key: StoredKey): Promise<void> {
  await sql`insert into signing_keys (kid, alg, private_jwk, public_jwk, signs_from)
    values (${key.kid}, ${key.alg}, ${JSON.stringify(key.privateJwk)}, ${JSON.stringify(key.publicJwk)}, ${new Date(key.signsFrom)})`.execute(tx);
}

/** Sets the end of every key that has none, but for `successor`. */
export async function retireOthers(tx: Tx, successor: string, at: Date): Promise<void> {
  await sql`update signing_keys set retires_at = ${at} where kid <> ${successor} and retires_at = 'infinity'`.execute(tx);
}

/** Forgets keys that no living token was signed with. */
export async function deleteRetiredKeys(tx: Tx, now: Date): Promise<void> {
  await sql`delete from signing_keys where retires_at <= ${now}`.execute(tx);
}
