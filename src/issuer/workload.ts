/** client_credentials: tokens for applications and agents, with exactly the roles that are in force at that instant. */
import { newId } from '../platform/ids.ts';
import { workloadClaims, type ClientProof } from './access/claims.ts';
import type { AccessFacts } from './access/model.ts';
import { decideWorkloadToken, whyNoToken } from './access/rules.ts';
import { exchangeResource, parseWorkloadScope } from './access/scope.ts';
import { readAccess } from './access/store.ts';
import type { ProvenClient } from './clients/authenticate.ts';
import { denyOther, exchangeSeconds, isExchange } from './clients/exchange.ts';
import { need, type Form } from './clients/form.ts';
import { isLivingAgentOf, type Client } from './clients/store.ts';
import type { IssuerParts } from './parts.ts';
import { deny } from './oauth-error.ts';
import { issuerOf } from './settings.ts';

/** A successful answer of the token endpoint. */
export type TokenAnswer = Readonly<Record<string, unknown>>;

/** Answers a client_credentials request of a client that has proved who it is. */
export async function issueWorkloadToken(parts: IssuerParts, { client, proof }: ProvenClient, form: Form): Promise<TokenAnswer> {
  if (proof === '0') deny('noCredential');
  const { settings } = parts;
  const resource = parseWorkloadScope(need(form, 'scope'), settings.publicUrl);
  if (resource.asked.toLowerCase() === exchangeResource.toLowerCase()) return await issueExchangeToken(parts, client, form);
  if (form.has('fmi_path')) deny('malformed', { field: 'scope', reason: `With fmi_path it is ${exchangeResource}/.default.` });
  const facts = await readAccess(settings.db, { principalId: client.principalId, resource });
  return await signToken(parts, facts, { asked: resource.asked, clientAppId: client.appId, proof });
}

/**
 * Step two of the agent two-step, or undefined when the request is none. The agent proves itself by what its own blueprint was
 * given for it, and by nothing else; the statement that the token is decided from also tells whose agent it is, so that nobody
 * looks it up twice.
 */
export async function issueAgentToken(parts: IssuerParts, form: Form): Promise<TokenAnswer | undefined> {
  const { settings, exchange } = parts;
  const [agentId, assertion] = [need(form, 'client_id').toLowerCase(), form.get('client_assertion')];
  if (assertion === undefined || form.has('client_secret') || !isExchange(assertion)) return undefined;
  const resource = parseWorkloadScope(need(form, 'scope'), settings.publicUrl);
  if (resource.asked.toLowerCase() === exchangeResource.toLowerCase() || form.has('fmi_path')) return undefined;
  const pair = await exchange.read(assertion, agentId);
  const facts = await readAccess(settings.db, { principalId: agentId, resource });
  if (facts.principal === null) return deny('unknownClient', { value: agentId });
  if (facts.principal.type !== 'agentIdentity' || facts.principal.blueprintAppId !== pair.blueprintAppId) return denyOther();
  return await signToken(parts, facts, { asked: resource.asked, clientAppId: facts.principal.appId ?? agentId, proof: '2' });
}

async function signToken({ settings, ring }: IssuerParts, facts: AccessFacts, client: { readonly asked: string; readonly clientAppId: string; readonly proof: ClientProof }): Promise<TokenAnswer> {
  const contents = decideWorkloadToken(facts, client.asked, settings.tokenLifetimeSeconds);
  const claims = workloadClaims(contents, { issuer: issuerOf(settings), tenantId: settings.tenantId, clientAppId: client.clientAppId, proof: client.proof, id: newId() });
  const token = await ring.sign(claims, { typ: 'JWT', now: new Date(contents.issuedAt * 1000) });
  return bearer(token, contents.expiresAt - contents.issuedAt);
}

/** Step one of the agent two-step: a blueprint gets the assertion by which one of its agents proves itself. */
async function issueExchangeToken({ settings, exchange }: IssuerParts, client: Client, form: Form): Promise<TokenAnswer> {
  const agentId = form.get('fmi_path') ?? deny('malformed', { field: 'fmi_path', reason: 'Its value is the id of an agent identity.' });
  if (client.type !== 'agentIdentityBlueprintPrincipal') deny('badAgent');
  const { now, principal } = await readAccess(settings.db, { principalId: client.principalId, resource: { asked: '', appId: client.appId, uri: undefined } });
  const why = principal === null ? 'its principal does not exist any more' : whyNoToken(principal);
  if (why !== undefined) deny('disabledClient', { reason: why });
  if (!/^[0-9a-f-]{36}$/i.test(agentId) || !await isLivingAgentOf(settings.db, agentId, client.appId)) deny('badAgent');
  return bearer(await exchange.issue({ agentId: agentId.toLowerCase(), blueprintAppId: client.appId }, now), exchangeSeconds);
}

const bearer = (token: string, seconds: number): TokenAnswer => ({ token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, access_token: token });
