/**
 * Failures of the token and authorization endpoints, in OAuth's words (RFC 6749 §5.2, §4.1.2.1) with Entra's further
 * fields, which MSAL reads. The numbers are Entra's where Entra has the failure; the prefix GH says that it is ours.
 */

interface OAuthRow {
  readonly error: string;
  readonly number: number;
  readonly status: 400 | 401 | 429;
  readonly sentence: string;
}

const rows = {
  malformed: { error: 'invalid_request', number: 900144, status: 400, sentence: "The request must contain the parameter '{field}'. {reason}" },
  repeated: { error: 'invalid_request', number: 9000411, status: 400, sentence: "The parameter '{field}' is given more than once. Send it once." },
  unknownTenant: { error: 'invalid_request', number: 90002, status: 400, sentence: "Tenant '{value}' not found. Use the tenant id, 'common' or 'organizations'." },
  unsupportedGrant: { error: 'unsupported_grant_type', number: 70003, status: 400, sentence: "The grant type '{value}' is not supported. Use client_credentials, authorization_code or refresh_token." },
  unsupportedResponseType: { error: 'unsupported_response_type', number: 700054, status: 400, sentence: "The response type '{value}' is not supported. Use code." },
  invalidMode: { error: 'invalid_request', number: 90015, status: 400, sentence: "The response mode '{value}' is not supported. Use query, fragment or form_post." },
  unknownClient: { error: 'invalid_client', number: 700016, status: 401, sentence: "Application '{value}' cannot sign in here: there is no such application with a service principal, or its credential is not right." },
  badSecret: { error: 'invalid_client', number: 7000215, status: 401, sentence: 'Invalid client secret provided. Send the value of the secret, not its id, and see that it has not expired.' },
  badAssertion: { error: 'invalid_client', number: 700027, status: 401, sentence: 'The client assertion is not valid: {reason}.' },
  noCredential: { error: 'invalid_client', number: 7000218, status: 401, sentence: "The request must contain 'client_assertion' or 'client_secret'." },
  agentCredential: { error: 'invalid_client', number: 7000219, status: 401, sentence: "An agent identity has no credential of its own. Send the assertion that its blueprint gets with fmi_path as 'client_assertion'." },
  publicClient: { error: 'unauthorized_client', number: 700025, status: 400, sentence: 'This grant needs a confidential client: {reason}.' },
  disabledClient: { error: 'unauthorized_client', number: 7000112, status: 400, sentence: 'The identity may not get tokens: {reason}.' },
  badAgent: { error: 'invalid_grant', number: 7000220, status: 400, sentence: "'fmi_path' names no agent identity of this blueprint that may get tokens." },
  invalidScope: { error: 'invalid_scope', number: 70011, status: 400, sentence: "The scope '{value}' is not valid: {reason}." },
  unknownResource: { error: 'invalid_resource', number: 500011, status: 400, sentence: "The resource '{value}' was not found or is disabled. Name it by identifier URI or appId of an application that has a service principal." },
  notAssigned: { error: 'invalid_grant', number: 501051, status: 400, sentence: "'{value}' is not assigned to a role for the application '{resource}', which requires assignment. Ask for a package that has a role of it." },
  noConsent: { error: 'consent_required', number: 65001, status: 400, sentence: "Nothing of '{value}' is granted to the application '{client}' for this person. An administrator grants delegated permissions." },
  badCode: { error: 'invalid_grant', number: 70008, status: 400, sentence: 'The authorization code is not valid: {reason}. Sign in again.' },
  badRefreshToken: { error: 'invalid_grant', number: 70000, status: 400, sentence: 'The refresh token is not valid: {reason}. Sign in again.' },
  badPerson: { error: 'invalid_grant', number: 50057, status: 400, sentence: 'The person may not sign in: the account does not exist any more or is disabled.' },
  badRedirect: { error: 'invalid_request', number: 50011, status: 400, sentence: "The redirect URI '{value}' is not registered for the application. Add it to the application, or send one that is." },
  pkceRequired: { error: 'invalid_request', number: 9002325, status: 400, sentence: "Proof Key for Code Exchange is required here: send 'code_challenge' with 'code_challenge_method=S256'." },
  loginRequired: { error: 'login_required', number: 50058, status: 400, sentence: 'Nobody is signed in, and prompt=none forbids to ask.' },
  tooMany: { error: 'temporarily_unavailable', number: 50196, status: 429, sentence: 'Too many attempts. Try again in {seconds} seconds.' },
} as const satisfies Record<string, OAuthRow>;

/** Name of an OAuth failure. */
export type OAuthErrorName = keyof typeof rows;

/** A failure on its way to an OAuth client. The message never holds a secret, an assertion or a token. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly failure: OAuthErrorName;
  readonly error: string;
  readonly number: number;
  readonly status: number;
  /** When to try again, where that is known: the slot `seconds`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(failure: OAuthErrorName, slots: Readonly<Record<string, string | number>> = {}) {
    const row: OAuthRow = rows[failure];
    super(row.sentence.replace(/\{(\w+)\}/g, (_, slot: string) => String(slots[slot] ?? '').slice(0, 200)).trim());
    this.failure = failure;
    this.error = row.error;
    this.number = row.number;
    this.status = row.status;
    this.retryAfterSeconds = typeof slots['seconds'] === 'number' ? slots['seconds'] : undefined;
  }
}

/** Ends the work at hand with an OAuth failure. */
export function deny(failure: OAuthErrorName, slots: Readonly<Record<string, string | number>> = {}): never {
  throw new OAuthError(failure, slots);
}

/** By what an answer is found in the log. */
export interface OAuthErrorIds {
  readonly requestId: string;
  readonly clientRequestId: string;
  readonly date: Date;
}

/** The body of a failed answer; MSAL reads `error_codes`, `trace_id` and `correlation_id`. */
export function oauthErrorBody(failure: Pick<OAuthError, 'error' | 'number' | 'message'>, ids: OAuthErrorIds): Readonly<Record<string, unknown>> {
  return {
    error: failure.error,
    error_description: `GH${failure.number}: ${failure.message} Trace ID: ${ids.requestId} Correlation ID: ${ids.clientRequestId}`,
    error_codes: [failure.number],
    timestamp: ids.date.toISOString().replace('T', ' ').replace(/\.\d+/, ''),
    trace_id: ids.requestId,
    correlation_id: ids.clientRequestId,
  };
}
