/** The Orders API: what the agent is after. It trusts tokens by the issuer's public keys alone and asks Gatehouse nothing. */
import { createServer, type IncomingMessage } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { textsAt } from '../../src/kernel/json.ts';
import { textOf } from '../client/graph.ts';
import { send, type Answer } from '../client/http.ts';
import type { TokenDoor } from '../client/tokens.ts';

/** What it says to one caller. */
interface Verdict {
  readonly status: number;
  readonly body: unknown;
}

type Judge = (request: IncomingMessage) => Promise<Verdict>;

/** The app role that reading orders needs. */
export const neededRole = 'Orders.Read.All';

const orders = [{ id: 'A-1017', item: 'lamp', status: 'shipped' }, { id: 'A-1018', item: 'desk', status: 'paid' }];

/** Starts it on a free port and answers its address. `audience` is what tokens for it name. */
export async function startOrdersApi(door: TokenDoor, audience: readonly string[], cleanUp: AsyncDisposableStack): Promise<string> {
  const judge = await makeJudge(door, audience);
  const server = createServer((request, response) => {
    void judge(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  cleanUp.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The Orders API has no port.');
  return `http://127.0.0.1:${address.port}/orders`;
}

/** Everything it needs to know of the issuer stands in the discovery document. */
async function makeJudge({ base, tenantId }: TokenDoor, audience: readonly string[]): Promise<Judge> {
  const discovery: Answer = await send('GET', `${base}/${tenantId}/v2.0/.well-known/openid-configuration`);
  const issuer = textOf(discovery.json, 'issuer');
  const keys = createRemoteJWKSet(new URL(textOf(discovery.json, 'jwks_uri')));
  return async ({ headers }) => {
    try {
      const { payload } = await jwtVerify((headers.authorization ?? '').replace(/^Bearer /, ''), keys, { issuer, audience: [...audience] });
      if (!textsAt(payload, 'roles').includes(neededRole)) return { status: 403, body: { error: { message: `reading orders needs the role ${neededRole}` } } };
      return { status: 200, body: { orders } };
    } catch (error) {
      return { status: 401, body: { error: { message: error instanceof Error && 'code' in error && error.code === 'ERR_JWT_EXPIRED' ? 'the token has expired' : 'the token is not valid here' } } };
    }
  };
}
