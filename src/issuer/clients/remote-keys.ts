/**
 * Keys of other issuers, by OIDC discovery: https only (http for loopback), no redirects, bounded in time, size and
 * number, remembered for ten minutes. Never called while a transaction is open.
 */
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

interface Remembered {
  readonly keys: Promise<JWTVerifyGetKey>;
  readonly at: number;
}

/** How to fetch; for tests. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const longestAnswer = 256 * 1024;
const longestWaitMs = 5_000;
const rememberedMs = 600_000;
/** A key that is not known yet makes us look again, but not more often than this. */
const shortestPauseMs = 10_000;
const mostIssuers = 200;

/** Finds the keys of issuers and remembers them. */
export class RemoteKeys {
  readonly #fetch: Fetch;
  readonly #remembered = new Map<string, Remembered>();

  constructor(fetchIt: Fetch = fetch) {
    this.#fetch = fetchIt;
  }

  /** The keys of an issuer. `again`: a key was not among them; look once more unless that was done just now. Rejects with a sentence. */
  async find(issuer: string, again = false): Promise<JWTVerifyGetKey> {
    const known = this.#remembered.get(issuer);
    const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.at;
    if (known !== undefined && age < (again ? shortestPauseMs : rememberedMs)) return await known.keys;
    const keys = this.#discover(issuer);
    this.#remembered.delete(issuer);
    this.#remembered.set(issuer, { keys, at: performance.now() });
    if (this.#remembered.size > mostIssuers) this.#remembered.delete(this.#remembered.keys().next().value ?? '');
    // What failed is remembered for a short while only: an issuer that comes back must not wait for ten minutes.
    keys.catch(() => { this.#remembered.set(issuer, { keys, at: performance.now() - rememberedMs + shortestPauseMs }); });
    return await keys;
  }

  async #discover(issuer: string): Promise<JWTVerifyGetKey> {
    const metadata = await this.#read(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (metadata['issuer'] !== issuer) throw new Error('its discovery document names another issuer');
    const address = metadata['jwks_uri'];
    if (typeof address !== 'string') throw new Error('its discovery document names no key set');
    const set = await this.#read(address);
    if (!isKeySet(set)) throw new Error('its key set is not a JWK set');
    return createLocalJWKSet(set);
  }

  async #read(address: string): Promise<Readonly<Record<string, unknown>>> {
    if (!isAllowedAddress(address)) throw new Error('its address is not https');
    const answer = await this.#fetch(address, { redirect: 'error', signal: AbortSignal.timeout(longestWaitMs), headers: { accept: 'application/json' } }).catch(() => undefined);
    if (answer?.ok !== true) throw new Error('its discovery document or key set cannot be read');
    const value = parse(await readBounded(answer));
    if (!isRecord(value)) throw new Error('its discovery document or key set is not an object');
    return value;
  }
}

/** https anywhere; http on this machine only. */
export function isAllowedAddress(address: string): boolean {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname));
}

/** JavaScript's own message quotes what could not be read, and would show a stranger what an address inside answers. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('its discovery document or key set is not JSON');
  }
}

async function readBounded(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = answer.body ?? [];
  for await (const piece of body) {
    size += piece.byteLength;
    if (size > longestAnswer) throw new Error('its answer is too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function isKeySet(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & JSONWebKeySet {
  return Array.isArray(value['keys']) && value['keys'].length <= 100 && value['keys'].every(isRecord);
}
