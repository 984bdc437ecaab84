/** The keys in memory: signs and verifies without asking the database, and looks again when it meets a key that it does not know. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { recordAudit } from '../../features/audit/store.ts';
import type { Tx } from '../../platform/db/database.ts';
import { inTransaction } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import type { IssuerSettings } from '../settings.ts';
import { chooseSigningKey, decideNextKey, publishedAfterSigning } from './rules.ts';
import { deleteRetiredKeys, insertKey, listPublishedKeys, lockKeys, retireOthers, type StoredKey } from './store.ts';

type RingSettings = Pick<IssuerSettings, 'db' | 'signingAlgorithm' | 'keyRotationDays'>;

interface RingKey extends StoredKey {
  readonly signer: CryptoKey | Uint8Array;
  readonly verifier: CryptoKey | Uint8Array;
}

const longestMemoryMs = 60_000;
const shortestPauseMs = 1_000;
const dayMs = 86_400_000;

/** What is signed besides the claims. */
export interface SigningOptions {
  /** Header `typ`; tells kinds of tokens apart (RFC 8725 §3.11). */
  readonly typ: string;
  /** The moment of signing: decides the key. */
  readonly now: Date;
}

/** The signing keys of this installation, shared with its other processes through the database. */
export class KeyRing {
  readonly #settings: RingSettings;
  #keys: readonly RingKey[] = [];
  #loadedAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;

  constructor(settings: RingSettings) {
    this.#settings = settings;
  }

  /** Makes the first key, or the next one when it is due, and forgets keys that are over. Any number of processes at once. */
  async rotateKeys(now: Date): Promise<void> {
    await inTransaction(this.#settings.db, async (tx) => {
      await lockKeys(tx);
      const { signingAlgorithm: alg, keyRotationDays } = this.#settings;
      const keys = await listPublishedKeys(tx, now);
      const signsFrom = decideNextKey({ keys, alg, now: now.getTime(), rotateAfter: keyRotationDays * dayMs });
      if (signsFrom !== undefined) await addKey(tx, { alg, signsFrom, now });
      await deleteRetiredKeys(tx, now);
    });
    await this.refresh(now);
  }

  /** Reads the keys again. */
  async refresh(now: Date = new Date()): Promise<void> {
    this.#loading ??= this.#load(now).finally(() => { this.#loading = undefined; });
    await this.#loading;
  }

  /** Signs claims with the key of the moment. */
  async sign(claims: JWTPayload, { typ, now }: SigningOptions): Promise<string> {
    await this.#keepFresh();
    const key = chooseSigningKey(this.#keys, this.#settings.signingAlgorithm, now.getTime());
    if (key === undefined) throw new Error('There is no signing key. Call rotateKeys first.');
    return await new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, typ }).sign(key.signer);
  }

  /** The key to verify a signature with, or undefined when no published key has that id and algorithm. */
  async findVerifier(kid: string | undefined, alg: string): Promise<CryptoKey | Uint8Array | undefined> {
    await this.#keepFresh();
    const find = (): RingKey | undefined => this.#keys.find((key) => key.kid === kid && key.alg === alg);
    if (find() === undefined && performance.now() - this.#loadedAt > shortestPauseMs) await this.refresh();
    return find()?.verifier;
  }

  /** The published keys (RFC 7517), the next one included. */
  async publicKeys(): Promise<{ readonly keys: readonly JWK[] }> {
    await this.#keepFresh();
    return { keys: this.#keys.map((key) => key.publicJwk) };
  }

  /** Whether something can be signed at `now`: for readiness. */
  isReady(now: Date): boolean {
    return chooseSigningKey(this.#keys, this.#settings.signingAlgorithm, now.getTime()) !== undefined;
  }

  async #keepFresh(): Promise<void> {
    if (performance.now() - this.#loadedAt > longestMemoryMs) await this.refresh();
  }

  async #load(now: Date): Promise<void> {
    const stored = await listPublishedKeys(this.#settings.db, now);
    const known = new Map(this.#keys.map((key) => [key.kid, key]));
    this.#keys = await Promise.all(stored.map(async (key) => {
      const { signer, verifier } = known.get(key.kid) ?? { signer: await importJWK(key.privateJwk, key.alg), verifier: await importJWK(key.publicJwk, key.alg) };
      return { ...key, signer, verifier };
    }));
    this.#loadedAt = performance.now();
  }
}

async function addKey(tx: Tx, { alg, signsFrom, now }: { alg: string; signsFrom: number; now: Date }): Promise<void> {
  const pair = await generateKeyPair(alg, { modulusLength: 2048, extractable: true });
  const [privateJwk, publicPart] = [await exportJWK(pair.privateKey), await exportJWK(pair.publicKey)];
  const kid = await calculateJwkThumbprint(publicPart);
  const publicJwk = { ...publicPart, kid, use: 'sig', alg };
  await insertKey(tx, { kid, alg, privateJwk, publicJwk, signsFrom, retiresAt: Number.POSITIVE_INFINITY });
  await retireOthers(tx, kid, new Date(signsFrom + publishedAfterSigning));
  await recordAudit(tx, { now, requestId: newId(), clientRequestId: '' }, {
    activity: 'Create signing key', category: 'KeyManagement', operation: 'Add',
    targets: [{ id: newId(), type: 'SigningKey', displayName: kid, after: { kid, alg, signsFrom: new Date(signsFrom).toISOString() } }],
  });
}
