/** Tokens: client credentials, the two steps of an agent, and the code of a person that signed in. */
import { isRecord, textAt, textsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { send, UnexpectedAnswer, type Answer } from './http.ts';

/** Where a tenant gives tokens. */
export interface TokenDoor {
  /** Address of the server, no slash at the end. */
  readonly base: string;
  readonly tenantId: string;
}

/** A client with a secret. */
export interface ClientSecret {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An agent, and the blueprint that speaks for it. */
export interface AgentCredentials extends ClientSecret {
  readonly agentId: string;
}

/** What our own API is called, by Graph's name for it. */
export const ownApiScope = 'https://graph.microsoft.com/.default';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Asks the token endpoint; the answer may be a refusal. */
export async function askForToken({ base, tenantId }: TokenDoor, fields: Readonly<Record<string, string>>): Promise<Answer> {
  return await send('POST', `${base}/${tenantId}/oauth2/v2.0/token`, { body: new URLSearchParams(fields) });
}

/** The access token of a token endpoint's answer. */
export function tokenIn(answer: Answer): string {
  const token = textAt(answer.json, 'access_token');
  if (answer.status !== 200 || token === undefined) throw new UnexpectedAnswer(answer);
  return token;
}

/** A token by client credentials. */
export async function applicationToken(door: TokenDoor, { clientId, clientSecret }: ClientSecret, scope = ownApiScope): Promise<string> {
  return tokenIn(await askForToken(door, { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope }));
}

/** An agent's token: first the blueprint's assertion for this agent, then the agent's own token with it. */
export async function agentToken(door: TokenDoor, { agentId, clientId, clientSecret }: AgentCredentials, scope = ownApiScope): Promise<string> {
  const assertion = tokenIn(await askForToken(door, {
    grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope: 'api://AzureADTokenExchange/.default', fmi_path: agentId,
  }));
  return tokenIn(await askForToken(door, { grant_type: 'client_credentials', client_id: agentId, scope, client_assertion_type: assertionType, client_assertion: assertion }));
}

/** What a token says, without checking that it is true: for showing it. */
export function claimsOf(token: string): JsonRecord {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return isRecord(claims) ? claims : {};
}

/** The roles in a token, sorted. */
export const rolesIn = (token: string): readonly string[] => textsAt(claimsOf(token), 'roles').toSorted();

/** End of a token, in milliseconds since 1970. */
export const endOfToken = (token: string): number => Number(claimsOf(token)['exp']) * 1000;
