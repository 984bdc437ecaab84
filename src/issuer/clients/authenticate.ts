/** Who sends a token request, and how it has proved that. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Db } from '../../platform/db/database.ts';
import type { ClientProof } from '../access/claims.ts';
import { deny } from '../oauth-error.ts';
import { readAssertion, verifyOwnAssertion } from './assertion.ts';
import { readBasic } from './basic.ts';
import type { ExchangeTokens } from './exchange.ts';
import { findFederated, verifyFederated } from './federated.ts';
import { need, type Form } from './form.ts';
import type { RemoteKeys } from './remote-keys.ts';
import { findClient, type Client } from './store.ts';

/** A client that has proved who it is, or (proof 0) has only said so. */
export interface ProvenClient {
  readonly client: Client;
  readonly proof: ClientProof;
}

/** What client authentication works with. `audiences`: what a client's own assertion may be addressed to. */
export interface AuthenticationTools {
  readonly db: Db;
  readonly remote: RemoteKeys;
  readonly exchange: ExchangeTokens;
  readonly audiences: readonly string[];
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Finds the client and checks whatever credential is there. Refuses `unknownClient`, `badSecret`, `badAssertion`, `agentCredential`. */
export async function authenticateClient(tools: AuthenticationTools, form: Form, authorization: string | undefined): Promise<ProvenClient> {
  const basic = readBasic(authorization);
  const claimed = form.get('client_id') ?? basic?.clientId ?? need(form, 'client_id');
  if (basic !== undefined && basic.clientId.toLowerCase() !== claimed.toLowerCase()) deny('badSecret');
  const client = await findKnown(tools.db, claimed);
  const secret = basic?.secret ?? form.get('client_secret');
  const assertion = form.get('client_assertion');
  if (secret !== undefined && assertion !== undefined) deny('malformed', { field: 'client_secret', reason: 'Send one credential, not two.' });
  if (client.type === 'agentIdentity') return await proveAgent(tools, client, assertion);
  if (secret !== undefined) return proveBySecret(client, secret);
  if (assertion === undefined) return { client, proof: '0' };
  if (form.get('client_assertion_type') !== assertionType) deny('malformed', { field: 'client_assertion_type', reason: `Its value is ${assertionType}.` });
  return await proveByAssertion(tools, client, assertion);
}

/** A client by id, for the authorization endpoint. Refuses `unknownClient`. */
export async function findKnown(db: Db, clientId: string): Promise<Client> {
  const client = guid.test(clientId) ? await findClient(db, clientId) : undefined;
  return client ?? deny('unknownClient', { value: clientId });
}

function proveBySecret(client: Client, secret: string): ProvenClient {
  const given = createHash('sha256').update(secret, 'utf8').digest();
  const fits = client.secretHashes.filter((hash) => timingSafeEqual(Buffer.from(hash, 'hex'), given));
  return fits.length > 0 ? { client, proof: '1' } : deny('badSecret');
}

async function proveByAssertion(tools: AuthenticationTools, client: Client, token: string): Promise<ProvenClient> {
  const assertion = readAssertion(token);
  const federated = findFederated(client, assertion);
  if (federated === undefined) await verifyOwnAssertion(client, assertion, tools.audiences);
  else await verifyFederated(federated, assertion, tools.remote);
  return { client, proof: '2' };
}

/** An agent proves itself by what its own blueprint was given for it, and by nothing else. */
async function proveAgent(tools: AuthenticationTools, client: Client, assertion: string | undefined): Promise<ProvenClient> {
  if (assertion === undefined) return deny('agentCredential');
  await tools.exchange.verify(assertion, { agentId: client.principalId, blueprintAppId: client.blueprintAppId ?? '' });
  return { client, proof: '2' };
}
