/** The token between a blueprint and its agent: step one of the two-step (contract §3, token flows). */
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { newId } from '../../platform/ids.ts';
import { issuerOf, type IssuerSettings } from '../settings.ts';
import type { KeyRing } from '../keys/ring.ts';
import { deny } from '../oauth-error.ts';

/** For which agent of which blueprint a token stands. */
export interface ExchangePair {
  readonly agentId: string;
  readonly blueprintAppId: string;
}

/** Its own `typ`, so that no access token, whatever its audience, can pass for it. */
const exchangeType = 'agent-assertion+jwt';

/** Life of an exchange token in seconds. */
export const exchangeSeconds = 300;

/** Makes and verifies exchange tokens. `aud` is the blueprint's appId: only an agent of that blueprint can use it. */
export class ExchangeTokens {
  readonly #settings: Pick<IssuerSettings, 'publicUrl' | 'tenantId'>;
  readonly #ring: KeyRing;

  constructor(settings: Pick<IssuerSettings, 'publicUrl' | 'tenantId'>, ring: KeyRing) {
    this.#settings = settings;
    this.#ring = ring;
  }

  /** A token that lets `agentId` prove itself. `now` in whole seconds. */
  async issue({ agentId, blueprintAppId }: ExchangePair, now: number): Promise<string> {
    const claims: JWTPayload = {
      iss: issuerOf(this.#settings), aud: blueprintAppId, sub: agentId, azp: blueprintAppId, appid: blueprintAppId,
      tid: this.#settings.tenantId, fmi_path: agentId, iat: now, nbf: now, exp: now + exchangeSeconds, jti: newId(), ver: '2.0',
    };
    return await this.#ring.sign(claims, { typ: exchangeType, now: new Date(now * 1000) });
  }

  /** Refuses `badAssertion` unless we gave `token` to this blueprint for this agent. */
  async verify(token: string, { agentId, blueprintAppId }: ExchangePair): Promise<void> {
    const pair = await this.read(token, agentId);
    if (pair.blueprintAppId !== blueprintAppId) denyOther();
  }

  /** The pair that a token of ours stands for. Refuses `badAssertion` unless it is one, in force, and for this agent; whether the blueprint is the agent's is for the caller to compare. */
  async read(token: string, agentId: string): Promise<ExchangePair> {
    try {
      const { payload } = await jwtVerify(token, async ({ kid, alg }) => await this.#ring.findVerifier(kid, alg ?? '') ?? deny('badAssertion', { reason: 'we have not signed it' }), {
        issuer: issuerOf(this.#settings), subject: agentId, typ: exchangeType, requiredClaims: ['exp', 'aud'], clockTolerance: 1,
      });
      return { agentId, blueprintAppId: String(payload.aud) };
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      if (isExchange(token) && error instanceof errors.JWTClaimValidationFailed && error.claim === 'sub') return denyOther();
      return deny('badAssertion', { reason: 'it is no assertion of the agent\'s blueprint, or it has expired' });
    }
  }
}

/** Says the same whichever of the two does not fit. */
export const denyOther = (): never => deny('badAssertion', { reason: 'it stands for another agent or was given to another blueprint' });

/** True for what says that it is a token between a blueprint and its agent; nothing is verified. */
export function isExchange(token: string): boolean {
  try {
    return decodeProtectedHeader(token).typ === exchangeType;
  } catch {
    return false;
  }
}
