/** Secrets (as digests), keys and federated credentials of workloads. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all } from '../../../platform/db/transaction.ts';

/** A new secret: only its digest is kept. */
export interface NewPassword {
  readonly keyId: string;
  readonly ownerId: string;
  /** SHA-256 of the secret. */
  readonly digest: Buffer;
  /** First characters of the secret, by which people recognise it. */
  readonly hint: string;
  readonly displayName: string | null;
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** A new public key. */
export interface NewKey {
  readonly keyId: string;
  readonly ownerId: string;
  readonly publicJwk: unknown;
  /** SHA-1 of the certificate in base64, as `x5t` has it; null for a bare key. */
  readonly thumbprint: string | null;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly data: { readonly displayName: string | null; readonly type: string; readonly usage: string };
}

/** Writes a secret. */
export async function insertPassword(tx: Tx, password: NewPassword): Promise<void> {
  await sql`insert into credentials (key_id, owner_id, kind, secret_sha256, hint, starts_at, ends_at, data)
    values (${password.keyId}, ${password.ownerId}, 'password', ${password.digest}, ${password.hint}, ${password.startsAt}, ${password.endsAt},
      ${JSON.stringify({ displayName: password.displayName })})`.execute(tx);
}

/** Writes public keys. */
export async function insertKey(tx: Tx, key: NewKey): Promise<void> {
  await sql`insert into credentials (key_id, owner_id, kind, public_jwk, thumbprint, starts_at, ends_at, data)
    values (${key.keyId}, ${key.ownerId}, 'key', ${JSON.stringify(key.publicJwk)}, ${key.thumbprint}, ${key.startsAt}, ${key.endsAt}, ${JSON.stringify(key.data)})`.execute(tx);
}

/** A public key of a workload that is valid at some instant. */
export interface KnownKey {
  readonly keyId: string;
  readonly publicJwk: Record<string, unknown>;
}

/** Keys of a workload that are valid at `at`. */
export async function listKeys(tx: Tx, ownerId: string, at: Date): Promise<readonly KnownKey[]> {
  return await all(tx, sql<KnownKey>`select key_id as "keyId", public_jwk as "publicJwk" from credentials
    where owner_id = ${ownerId} and kind = 'key' and starts_at <= ${at} and ends_at > ${at}`);
}

/** Ids of all keys of a workload. */
export async function listKeyIds(tx: Tx, ownerId: string): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`select key_id as id from credentials where owner_id = ${ownerId} and kind = 'key'`);
  return rows.map((row) => row.id);
}

/** Removes a credential of a workload; true when there was one. */
export async function removeCredential(tx: Tx, ownerId: string, credential: { readonly kind: 'password' | 'key'; readonly keyId: string }): Promise<boolean> {
  const removed = await all(tx, sql`delete from credentials where owner_id = ${ownerId} and kind = ${credential.kind} and key_id = ${credential.keyId} returning key_id`);
  return removed.length > 0;
}
