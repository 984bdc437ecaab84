/** Tokens for people: a code, or a refresh token, becomes an access token for one resource with what is granted there. */
import type { JWTPayload } from 'jose';
import { personClaims } from '../access/claims.ts';
import { decidePersonToken, type TokenContents } from '../access/rules.ts';
import { parsePersonScope, type AskedScope } from '../access/scope.ts';
import { readAccess } from '../access/store.ts';
import type { ProvenClient } from '../clients/authenticate.ts';
import { need, type Form } from '../clients/form.ts';
import { newId } from '../../platform/ids.ts';
import type { IssuerParts } from '../parts.ts';
import { deny } from '../oauth-error.ts';
import { issuerOf } from '../settings.ts';
import type { TokenAnswer } from '../workload.ts';
import type { CodePayload } from './authorize.ts';
import { digestOf, dropFamily, keepPayload, usePayload, type Kept } from './payload-store.ts';
import { isPublicHere } from './redirects.ts';

type Grant = Omit<CodePayload, 'challenge'>;

const refreshSeconds = 14 * 86_400;
/** A refresh token in a browser ends a day after the sign-in, as Entra's does. */
const browserRefreshSeconds = 86_400;
const idTokenSeconds = 3600;

/** grant_type=authorization_code. A code works once; a second use ends everything that came of it. */
export async function redeemCode(parts: IssuerParts, proven: ProvenClient, form: Form): Promise<TokenAnswer> {
  const kept = await usePayload<CodePayload>(parts.settings.db, 'AuthorizationCode', need(form, 'code'));
  if (kept === undefined) return deny('badCode', { reason: 'it is unknown or has expired' });
  if (kept.wasUsed) return await refuseReuse(parts, kept, 'badCode');
  const { payload } = kept;
  if (payload.clientId !== proven.client.appId) deny('badCode', { reason: 'it was given to another application' });
  if (payload.redirectUri !== need(form, 'redirect_uri')) deny('badCode', { reason: 'redirect_uri is not the one that it was sent to' });
  proveClient(proven, payload);
  const verifier = form.get('code_verifier');
  if ((payload.challenge === undefined) !== (verifier === undefined)) deny('badCode', { reason: "'code_verifier' and 'code_challenge' go together" });
  if (payload.challenge !== undefined && digestOf(verifier ?? '') !== payload.challenge) deny('badCode', { reason: "'code_verifier' does not fit" });
  return await issue(parts, { proven, grant: payload, family: kept.family ?? newId(), scope: form.get('scope') ?? payload.scope, refreshEnds: undefined });
}

/** grant_type=refresh_token. Each works once and is replaced; any resource may be asked for, as MSAL does. */
export async function refreshToken(parts: IssuerParts, proven: ProvenClient, form: Form): Promise<TokenAnswer> {
  const kept = await usePayload<Grant>(parts.settings.db, 'RefreshToken', need(form, 'refresh_token'));
  if (kept === undefined) return deny('badRefreshToken', { reason: 'it is unknown or has expired' });
  if (kept.wasUsed) return await refuseReuse(parts, kept, 'badRefreshToken');
  if (kept.payload.clientId !== proven.client.appId) deny('badRefreshToken', { reason: 'it was given to another application' });
  proveClient(proven, kept.payload);
  const refreshEnds = kept.payload.kind === 'spa' ? kept.expiresAt - kept.now : undefined;
  return await issue(parts, { proven, grant: kept.payload, family: kept.family ?? newId(), scope: form.get('scope') ?? kept.payload.scope, refreshEnds });
}

interface Issue {
  readonly proven: ProvenClient;
  readonly grant: Grant;
  readonly family: string;
  readonly scope: string;
  /** Seconds that the next refresh token may live; undefined: as long as a new one. */
  readonly refreshEnds: number | undefined;
}

async function issue(parts: IssuerParts, asked: Issue): Promise<TokenAnswer> {
  const { settings, ring } = parts;
  const { client } = asked.proven;
  const scope = parsePersonScope(asked.scope, settings.publicUrl);
  const contents = await readContents(parts, asked, scope);
  const now = new Date(contents.issuedAt * 1000);
  const claims = personClaims(contents, {
    issuer: issuerOf(settings), tenantId: settings.tenantId, clientAppId: client.appId, clientName: client.displayName, clientPrincipalId: client.principalId, proof: asked.proven.proof, id: newId(),
  });
  const clientInfo = Buffer.from(JSON.stringify({ uid: contents.principal.id, utid: settings.tenantId })).toString('base64url');
  return {
    token_type: 'Bearer', expires_in: contents.expiresAt - contents.issuedAt, ext_expires_in: contents.expiresAt - contents.issuedAt,
    scope: scopeAnswer(contents, scope), access_token: await ring.sign(claims, { typ: 'JWT', now }), client_info: clientInfo,
    ...(scope.identity.includes('offline_access') && { refresh_token: await keepRefreshToken(parts, asked) }),
    ...(scope.identity.includes('openid') && { id_token: await ring.sign(idClaims(parts, asked, contents), { typ: 'JWT', now }) }),
  };
}

async function readContents({ settings }: IssuerParts, { proven: { client }, grant }: Issue, scope: AskedScope): Promise<TokenContents> {
  const [facts, own] = await Promise.all([
    readAccess(settings.db, { principalId: grant.userId, resource: scope.resource, clientPrincipalId: client.principalId }),
    readAccess(settings.db, { principalId: client.principalId, resource: scope.resource }),
  ]);
  if (own.principal?.isEnabled !== true || !own.principal.isApplicationEnabled) deny('disabledClient', { reason: 'the application or its service principal is disabled' });
  if ((facts.sessionsValidFrom ?? 0) > grant.authTime) deny('badRefreshToken', { reason: 'the sessions of that time have ended: the password was changed, or they were revoked' });
  return decidePersonToken(facts, {
    resource: scope.resource.asked, client: client.appId, names: scope.names, identity: scope.identity, longestSeconds: settings.tokenLifetimeSeconds,
  });
}

async function keepRefreshToken({ settings }: IssuerParts, { grant, family, refreshEnds, scope }: Issue): Promise<string> {
  const { userId, authTime, clientId, redirectUri, kind, nonce } = grant;
  const payload: Grant = { userId, authTime, clientId, redirectUri, kind, scope, ...(nonce !== undefined && { nonce }) };
  const seconds = refreshEnds ?? (kind === 'spa' ? browserRefreshSeconds : refreshSeconds);
  return await keepPayload(settings.db, { model: 'RefreshToken', payload, family, seconds });
}

function idClaims({ settings }: IssuerParts, { proven, grant }: Issue, { principal, issuedAt }: TokenContents): JWTPayload {
  return {
    iss: issuerOf(settings), aud: proven.client.appId, sub: principal.id, oid: principal.id, tid: settings.tenantId, iat: issuedAt, nbf: issuedAt, exp: issuedAt + idTokenSeconds,
    auth_time: Math.floor(grant.authTime), ver: '2.0', uti: newId(), name: principal.displayName ?? '', preferred_username: principal.userPrincipalName ?? '',
    ...(grant.nonce !== undefined && { nonce: grant.nonce }),
  };
}

/** The scopes in the words in which the client asked: under the resource's name, where it gave one. */
function scopeAnswer({ scopes }: TokenContents, { resource, identity }: AskedScope): string {
  const prefix = resource.asked === '' ? '' : `${resource.asked}/`;
  return [...new Set([...identity, ...scopes.filter((name) => !identity.includes(name)).map((name) => `${prefix}${name}`)])].join(' ');
}

/** A client that keeps a secret must have shown it. */
function proveClient({ client, proof }: ProvenClient, { kind }: Grant): void {
  if (proof === '0' && !isPublicHere(client, kind)) deny('noCredential');
}

async function refuseReuse({ settings }: IssuerParts, { family }: Kept<unknown>, failure: 'badCode' | 'badRefreshToken'): Promise<never> {
  if (family !== null) await dropFamily(settings.db, family);
  return deny(failure, { reason: 'it was used before' });
}
