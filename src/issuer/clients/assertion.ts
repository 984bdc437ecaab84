/** A client assertion signed with a key of the client itself: private_key_jwt (RFC 7523 §3). */
import { decodeJwt, decodeProtectedHeader, errors, importJWK, jwtVerify, type JWTPayload, type ProtectedHeaderParameters } from 'jose';
import { deny } from '../oauth-error.ts';
import type { Client, ClientKey } from './store.ts';

/** Algorithms that assertions may be signed with. No symmetric one, and none without a signature. */
export const assertionAlgorithms: readonly string[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];

/** Seconds by which clocks of clients may differ from ours. */
export const clockToleranceSeconds = 60;

/** An assertion that is readable but not verified yet. */
export interface ReadAssertion {
  readonly token: string;
  readonly header: ProtectedHeaderParameters;
  readonly claims: JWTPayload;
}

/** Reads without verifying: who says it is from whom. Refuses `badAssertion`. */
export function readAssertion(token: string): ReadAssertion {
  const read = attempt(() => ({ token, header: decodeProtectedHeader(token), claims: decodeJwt(token) }));
  if (read === undefined) return deny('badAssertion', { reason: 'it is not a JWT' });
  if (!assertionAlgorithms.includes(read.header.alg ?? '')) deny('badAssertion', { reason: `the algorithm must be one of ${assertionAlgorithms.join(', ')}` });
  return read;
}

/** Verifies signature, audience, times, and that the client speaks of itself. `audiences`: token endpoint and issuer. */
export async function verifyOwnAssertion(client: Client, assertion: ReadAssertion, audiences: readonly string[]): Promise<void> {
  const reason = await whyNot(client, assertion, audiences);
  if (reason !== undefined) deny('badAssertion', { reason });
}

async function whyNot(client: Client, { token, header }: ReadAssertion, audiences: readonly string[]): Promise<string | undefined> {
  let reason = 'no key of the application has signed it';
  for (const { jwk } of fittingFirst(client.keys, header)) {
    if (jwk === null) continue;
    try {
      const key = await importJWK({ ...jwk, alg: header.alg ?? '' }, header.alg);
      const { payload } = await jwtVerify(token, key, {
        algorithms: [...assertionAlgorithms], audience: [...audiences], clockTolerance: clockToleranceSeconds, requiredClaims: ['exp', 'iss', 'sub', 'aud'],
      });
      if ([payload.iss, payload.sub].every((name) => name?.toLowerCase() === client.appId)) return undefined;
      return 'iss and sub must both be the client_id';
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'it has expired';
      if (error instanceof errors.JWTClaimValidationFailed) return `the claim ${error.claim} is not right`;
      reason = 'no key of the application has signed it';
    }
  }
  return reason;
}

/** Keys that the header names come first; the others are tried too, because clients name keys in many ways. */
function fittingFirst(keys: readonly ClientKey[], header: ProtectedHeaderParameters): readonly ClientKey[] {
  // Thumbprints are stored in base64; headers have them in base64url.
  const plain = (name: unknown): readonly string[] => (typeof name === 'string' ? [name.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')] : []);
  const named = new Set([header.kid, header.x5t, header['x5t#S256']].flatMap(plain));
  const fits = ({ jwk, thumbprint }: ClientKey): boolean => [thumbprint, jwk?.kid, jwk?.x5t, jwk?.['x5t#S256']].flatMap(plain).some((name) => named.has(name));
  return [...keys.filter(fits), ...keys.filter((key) => !fits(key))].slice(0, 20);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
