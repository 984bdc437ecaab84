/** Access tokens at our own door: the Graph API takes tokens for itself only. */
import { hash } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { ownApiAppId, selfRequest } from '../features/roles/model.ts';
import { refuse } from '../kernel/problem.ts';
import { identityScopeNames, rolesHeldBy } from './access/rules.ts';
import type { AccessFacts } from './access/model.ts';
import type { AccessQuestion } from './access/store.ts';
import type { KeyRing } from './keys/ring.ts';
import { issuerOf, type IssuerSettings } from './settings.ts';

/** What a token says, once verified. */
export interface Verified {
  readonly principalId: string;
  /** appId of the client; for agents the agent's own. */
  readonly clientAppId: string;
  /** Object id of the client's service principal, where a person acts through a client. */
  readonly clientPrincipalId?: string;
  readonly isDelegated: boolean;
  /** `roles` of an application's token, `scp` of a person's. */
  readonly permissions: ReadonlySet<string>;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const mostRemembered = 20_000;
const longestToken = 16 * 1024;

/** Verifies access tokens and remembers the good ones until they end. */
export class TokenVerifier {
  readonly #settings: Pick<IssuerSettings, 'publicUrl' | 'tenantId'>;
  readonly #ring: KeyRing;
  readonly #remembered = new Map<string, Verified>();

  constructor(settings: Pick<IssuerSettings, 'publicUrl' | 'tenantId'>, ring: KeyRing) {
    this.#settings = settings;
    this.#ring = ring;
  }

  /** Signature by our keys, our issuer, our own API as audience, and the times by our clock. Refuses `unauthenticated`. */
  async verify(token: string, now: Date = new Date()): Promise<Verified> {
    if (token.length > longestToken) return refuse('unauthenticated', { reason: 'Access token is too long.' });
    const digest = hash('sha256', token, 'base64url');
    const known = this.#remembered.get(digest);
    if (known !== undefined && known.expiresAt * 1000 > now.getTime()) return known;
    const verified = await this.#read(token, now);
    this.#remembered.delete(digest);
    this.#remembered.set(digest, verified);
    if (this.#remembered.size > mostRemembered) this.#remembered.delete(this.#remembered.keys().next().value ?? '');
    return verified;
  }

  async #read(token: string, now: Date): Promise<Verified> {
    try {
      const { payload } = await jwtVerify(token, async ({ kid, alg }) => await this.#ring.findVerifier(kid, alg ?? '') ?? refuse('unauthenticated', { reason: 'Access token validation failure. The key of its signature is not known.' }), {
        issuer: issuerOf(this.#settings), audience: ownApiAppId, typ: 'JWT', currentDate: now, requiredClaims: ['exp', 'oid', 'appid', 'idtyp'],
      });
      return verifiedOf(payload);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      return refuse('unauthenticated', { reason: reasonOf(error) });
    }
  }
}

/** True when nothing in the token was granted by anybody: an agent that only asks for itself, the common case. */
export function needsNoGrant(verified: Verified): boolean {
  return [...verified.permissions].every((name) => isUngranted(verified, name));
}

const isUngranted = ({ isDelegated }: Verified, name: string): boolean => (isDelegated ? identityScopeNames.has(name) : name === selfRequest);

/** What {@link permissionsStillHeld} has to be told of: access to our own API. */
export const ownApiQuestion = ({ principalId, clientPrincipalId, isDelegated }: Verified): AccessQuestion => ({
  principalId, withoutRoles: isDelegated, resource: { asked: '', appId: ownApiAppId, uri: undefined }, ...(clientPrincipalId !== undefined && { clientPrincipalId }),
});

/**
 * Which permissions of a verified token are in force now. A token lives for minutes; this takes away at once what has
 * been withdrawn before its end. What every identity holds without a grant stays.
 */
export function permissionsStillHeld(verified: Verified, facts: AccessFacts): ReadonlySet<string> {
  const held = verified.isDelegated ? facts.scopes : rolesHeldBy(facts);
  const inForce = new Set(held.map(({ value }) => value));
  return new Set([...verified.permissions].filter((name) => inForce.has(name) || isUngranted(verified, name)));
}

/** True when the person's sessions ended after the token was issued: revoked, a new password, a disabled or deleted account. Tokens count whole seconds. */
export const isOfEndedSession = ({ isDelegated, issuedAt }: Verified, { sessionsValidFrom }: AccessFacts): boolean => isDelegated && Math.floor(sessionsValidFrom ?? 0) > issuedAt;

function verifiedOf(payload: JWTPayload): Verified {
  const isDelegated = payload['idtyp'] === 'user';
  const roles: readonly unknown[] = Array.isArray(payload['roles']) ? payload['roles'] : [];
  const { scp, xms_client_oid: client } = payload;
  const names = isDelegated ? (typeof scp === 'string' ? scp : '').split(' ') : roles.map(String);
  return {
    principalId: String(payload['oid']), clientAppId: String(payload['appid']), isDelegated, permissions: new Set(names.filter((name) => name !== '')), issuedAt: payload.iat ?? 0, expiresAt: payload.exp ?? 0,
    ...(typeof client === 'string' && { clientPrincipalId: client }),
  };
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'Lifetime validation failed, the token is expired. Get a new one.';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') return 'Access token validation failure. Invalid audience. Ask for the scope https://graph.microsoft.com/.default.';
  return 'Access token validation failure. It is not a token of this server.';
}
