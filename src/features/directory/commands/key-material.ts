/** Public keys that clients send: X.509 certificates in DER or PEM, or JSON web keys. */
import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { refuse } from '../../../kernel/problem.ts';

/** A public key, with what its certificate says. */
export interface PublicKey {
  readonly jwk: Record<string, unknown>;
  /** SHA-1 of the certificate, base64; null for a bare key. */
  readonly thumbprint: string | null;
  readonly validFrom: Date | undefined;
  readonly validTo: Date | undefined;
}

const smallestRsaBits = 2048;
const curves: ReadonlySet<string> = new Set(['P-256', 'P-384', 'P-521']);

/** Reads the base64 text of `keyCredential.key`. Refuses what is no usable public key; never quotes it. */
export function readPublicKey(base64: string, field: string): PublicKey {
  const bytes = Buffer.from(base64, 'base64');
  const certificate = attempt(() => new X509Certificate(bytes));
  const key = certificate?.publicKey ?? attempt(() => keyFrom(bytes));
  if (key === undefined) return refuse('invalidValue', { field, reason: 'it is neither an X.509 certificate (DER or PEM) nor a public JSON web key in base64' });
  requireStrength(key, field);
  const jwk = { ...key.export({ format: 'jwk' }) };
  return {
    jwk, thumbprint: certificate === undefined ? null : Buffer.from(certificate.fingerprint.replaceAll(':', ''), 'hex').toString('base64'),
    validFrom: certificate === undefined ? undefined : new Date(certificate.validFrom), validTo: certificate === undefined ? undefined : new Date(certificate.validTo),
  };
}

function keyFrom(bytes: Buffer): KeyObject {
  const text = bytes.toString('utf8');
  if (text.trimStart().startsWith('-----BEGIN')) return createPublicKey(text);
  const jwk: unknown = JSON.parse(text);
  if (typeof jwk !== 'object' || jwk === null || 'd' in jwk || 'k' in jwk) throw new Error('no public key');
  return createPublicKey({ key: { ...jwk }, format: 'jwk' });
}

function requireStrength(key: KeyObject, field: string): void {
  const { crv, n } = key.export({ format: 'jwk' });
  const isStrong = key.asymmetricKeyType === 'ec' ? curves.has(crv ?? '') : key.asymmetricKeyType === 'rsa' && Buffer.from(n ?? '', 'base64url').length * 8 >= smallestRsaBits;
  if (!isStrong) refuse('invalidValue', { field, reason: `the key is too weak or of an unknown kind; use RSA with ${smallestRsaBits} bits or more, or P-256, P-384 or P-521` });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
