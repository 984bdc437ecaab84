/** The issuer's HTTP door: token, authorization, sign-in, keys and discovery. Failures are answered in OAuth's shape. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toProblem } from '../platform/http/server.ts';
import { authenticateClient } from './clients/authenticate.ts';
import { readBasic } from './clients/basic.ts';
import { need, readForm, type Form } from './clients/form.ts';
import { instanceOf, metadataOf } from './discovery.ts';
import { deny, OAuthError, oauthErrorBody } from './oauth-error.ts';
import type { IssuerParts } from './parts.ts';
import type { Answer } from './people/answer.ts';
import { authorize } from './people/authorize.ts';
import { readCookie, sessionCookie, writeCookie } from './people/cookies.ts';
import { messagePage } from './people/page.ts';
import { dropPayload } from './people/payload-store.ts';
import { signIn } from './people/sign-in.ts';
import { redeemCode, refreshToken } from './people/tokens.ts';
import { issuerOf, tokenEndpointOf } from './settings.ts';
import { admitTokenRequest, askerKey, countGuess } from './token-limits.ts';
import { issueAgentToken, issueWorkloadToken, type TokenAnswer } from './workload.ts';

const largestBody = 64 * 1024;

/** Adds the issuer's routes, in a scope of their own. */
export function mountIssuerDoor(app: FastifyInstance, parts: IssuerParts): void {
  void app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => { sendFailure(parts, error, { request, reply }); });
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
      checkTenant(parts, request);
    });
    tokenRoutes(scope, parts);
    peopleRoutes(scope, parts);
    metadataRoutes(scope, parts);
  });
}

function tokenRoutes(scope: FastifyInstance, parts: IssuerParts): void {
  scope.post('/:tenant/oauth2/v2.0/token', { bodyLimit: largestBody }, async (request, reply) => {
    const answer = await answerWithinLimits(parts, request);
    const { origin } = request.headers;
    // Nothing here rests on cookies, and codes and secrets are in the body: any page may read the answer to its own request.
    if (origin !== undefined) reply.header('access-control-allow-origin', origin).header('vary', 'origin');
    return await reply.send(answer);
  });
}

async function answerWithinLimits(parts: IssuerParts, request: FastifyRequest): Promise<TokenAnswer> {
  const { limits } = parts.settings;
  const form = readForm(request.body);
  const { authorization } = request.headers;
  if (limits === undefined) return await answerToken(parts, form, authorization);
  const key = askerKey(form.get('client_id') ?? readBasic(authorization)?.clientId ?? '', request.ip);
  admitTokenRequest(limits, key);
  try {
    return await answerToken(parts, form, authorization);
  } catch (error) {
    if (error instanceof OAuthError) countGuess(limits, key, error);
    throw error;
  }
}

async function answerToken(parts: IssuerParts, form: Form, authorization: string | undefined): Promise<TokenAnswer> {
  const grantType = need(form, 'grant_type');
  const { settings, remote, exchange } = parts;
  if (!['client_credentials', 'authorization_code', 'refresh_token'].includes(grantType)) return deny('unsupportedGrant', { value: grantType });
  const ofAgent = grantType === 'client_credentials' && authorization === undefined ? await issueAgentToken(parts, form) : undefined;
  if (ofAgent !== undefined) return ofAgent;
  const proven = await authenticateClient({ db: settings.db, remote, exchange, audiences: [tokenEndpointOf(settings), issuerOf(settings)] }, form, authorization);
  if (grantType === 'client_credentials') return await issueWorkloadToken(parts, proven, form);
  if (proven.client.type !== 'servicePrincipal') return deny('unsupportedGrant', { value: grantType });
  return grantType === 'authorization_code' ? await redeemCode(parts, proven, form) : await refreshToken(parts, proven, form);
}

function peopleRoutes(scope: FastifyInstance, parts: IssuerParts): void {
  const path = '/:tenant/oauth2/v2.0';
  scope.get(`${path}/authorize`, { config: { isPage: true } }, async (request, reply) => {
    const query = new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1));
    await sendAnswer(reply, await authorize(parts, readForm(query), request.headers.cookie));
  });
  scope.post(`${path}/authorize`, { bodyLimit: largestBody, config: { isPage: true } }, async (request, reply) => {
    await sendAnswer(reply, await authorize(parts, readForm(request.body), request.headers.cookie));
  });
  scope.post(`${path}/signin`, { bodyLimit: largestBody, config: { isPage: true } }, async (request, reply) => {
    const browser = { cookieHeader: request.headers.cookie, address: request.ip, now: performance.now(), requestId: request.requestId };
    await sendAnswer(reply, await signIn(parts, readForm(request.body), browser));
  });
  scope.get(`${path}/logout`, { config: { isPage: true } }, async (request, reply) => {
    const session = readCookie(request.headers.cookie, sessionCookie);
    if (session !== undefined) await dropPayload(parts.settings.db, 'Session', session);
    await sendAnswer(reply, { page: messagePage('Signed out', 'You are signed out in this browser.', 200), cookies: [writeCookie(parts.settings, sessionCookie, '')] });
  });
}

function metadataRoutes(scope: FastifyInstance, parts: IssuerParts): void {
  const open = (reply: FastifyReply): FastifyReply => reply.header('access-control-allow-origin', '*').header('cache-control', 'public, max-age=300').removeHeader('pragma');
  const addresses = ['/:tenant/v2.0/.well-known/openid-configuration', '/:tenant/.well-known/openid-configuration', '/:tenant/v2.0/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/:tenant/v2.0'];
  for (const address of addresses) scope.get(address, async (_request, reply) => await open(reply).send(metadataOf(parts.settings)));
  scope.get('/:tenant/discovery/v2.0/keys', async (_request, reply) => await open(reply).send(await parts.ring.publicKeys()));
  scope.get('/:tenant/discovery/instance', async (_request, reply) => await open(reply).send(instanceOf(parts.settings)));
}

/** There is one tenant; Entra's words for "whichever" mean it too. */
function checkTenant({ settings }: IssuerParts, request: FastifyRequest): void {
  const params: unknown = request.params;
  const tenant: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, 'tenant') : undefined;
  if (typeof tenant !== 'string' || [settings.tenantId, 'common', 'organizations'].includes(tenant.toLowerCase())) return;
  deny('unknownTenant', { value: tenant });
}

async function sendAnswer(reply: FastifyReply, answer: Answer): Promise<void> {
  for (const cookie of answer.cookies ?? []) reply.header('set-cookie', cookie);
  if ('location' in answer) await reply.redirect(answer.location, 303);
  else await reply.code(answer.page.status).headers(answer.page.headers).send(answer.page.html);
}

function sendFailure(parts: IssuerParts, error: unknown, { request, reply }: { request: FastifyRequest; reply: FastifyReply }): void {
  const failure = error instanceof OAuthError ? error : fromProblem(parts, error, request);
  if (failure.status === 401 && /^basic /i.test(request.headers.authorization ?? '')) reply.header('www-authenticate', `Basic realm="${issuerOf(parts.settings)}", charset="UTF-8"`);
  if (isPage(request) && failure.status < 500) {
    const page = messagePage('This sign-in cannot go on', failure.message, failure.status === 401 ? 400 : failure.status);
    void reply.code(page.status).headers(page.headers).send(page.html);
    return;
  }
  if (failure.retryAfterSeconds !== undefined) reply.header('retry-after', failure.retryAfterSeconds);
  const ids = { requestId: request.requestId, clientRequestId: request.clientRequestId, date: new Date() };
  void reply.code(failure.status).type('application/json; charset=utf-8').send(oauthErrorBody(failure, ids));
}

type Failure = Pick<OAuthError, 'error' | 'number' | 'message' | 'status' | 'retryAfterSeconds'>;

function fromProblem({ settings }: IssuerParts, error: unknown, request: FastifyRequest): Failure {
  const { status, message, retryAfterSeconds } = toProblem(error, request, settings.log);
  return { status, message, retryAfterSeconds, ...(status < 500 ? { error: 'invalid_request', number: 900144 } : { error: 'server_error', number: 90033 }) };
}

function isPage(request: FastifyRequest): boolean {
  const { config } = request.routeOptions;
  return 'isPage' in config;
}
