/** How often a client may ask for tokens, and how often it may be wrong about its credential: per client and address. */
import { rateLimit, type RateLimit } from '../platform/http/rate-limit.ts';
import { deny, type OAuthError, type OAuthErrorName } from './oauth-error.ts';

/** What is limited; undefined: no limit. `now` tells milliseconds on a steady clock. */
export interface TokenLimits {
  readonly requests: RateLimit | undefined;
  readonly wrongCredentials: RateLimit | undefined;
  readonly now: () => number;
}

/** Failures that may be guesses: of a secret, an assertion, a code or a refresh token. */
const guesses: ReadonlySet<OAuthErrorName> = new Set(['unknownClient', 'badSecret', 'badAssertion', 'badCode', 'badRefreshToken']);

/** Who asks: the client that it says it is, and where from. Cut, because anybody can send anything. */
export const askerKey = (clientId: string, address: string): string => `${clientId.slice(0, 64).toLowerCase()} ${address}`;

/** Counts a request for a token; refuses `tooMany` when a limit is reached. */
export function admitTokenRequest({ requests, wrongCredentials, now }: TokenLimits, key: string): void {
  const at = now();
  const seconds = Math.max(requests?.secondsToWait(key, at) ?? 0, wrongCredentials?.secondsToWait(key, at) ?? 0);
  if (seconds > 0) deny('tooMany', { seconds });
  requests?.count(key, at);
}

/** Counts a failure that may be a guess. */
export function countGuess({ wrongCredentials, now }: TokenLimits, key: string, { failure }: OAuthError): void {
  if (guesses.has(failure)) wrongCredentials?.count(key, now());
}

/** The limits that an installation decides; undefined where there is none, so that nothing is done for it. */
export function tokenLimitsOf({ tokenRequestsPerMinute, wrongCredentialsPerMinute }: { readonly tokenRequestsPerMinute: number; readonly wrongCredentialsPerMinute: number }): TokenLimits | undefined {
  const [requests, wrongCredentials] = [rateLimit(tokenRequestsPerMinute), rateLimit(wrongCredentialsPerMinute)];
  return requests === undefined && wrongCredentials === undefined ? undefined : { requests, wrongCredentials, now: () => performance.now() };
}
