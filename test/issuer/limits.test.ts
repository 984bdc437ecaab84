/** How often the token endpoint may be asked, and how often a client may be wrong. The clock is the test's. */
import { describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { rateLimit } from '../../src/platform/http/rate-limit.ts';
import { testDatabase } from '../support/database.ts';
import { addSecret, askToken, graphScope, makeApp, openHouse, secretText, type Answer } from './house.ts';

const time = { now: 0 };
const house = await openHouse(await testDatabase(), { settings: { limits: { requests: rateLimit(6), wrongCredentials: rateLimit(2), now: () => time.now } } });

async function newClient(): Promise<string> {
  const app = await makeApp(house.db);
  await addSecret(house.db, app);
  return app.appId;
}

const ask = async (client: string, more: Record<string, string> = {}): Promise<Answer> => await askToken(house, { grant_type: 'client_credentials', client_id: client, client_secret: secretText, scope: graphScope, ...more });

describe('the token endpoint', () => {
  it('refuses a client that asks too often, in OAuth\'s words, until the time that it names', async () => {
    const [client, other] = [await newClient(), await newClient()];
    for (let request = 0; request < 6; request += 1) expect((await ask(client)).status).toBe(200);
    const refused = await ask(client);
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('cache-control')]).toEqual([429, '10', 'no-store']);
    expect(refused.body).toMatchObject({ error: 'temporarily_unavailable', error_codes: [50196], error_description: expect.stringContaining('Try again in 10 seconds.') as string });
    expect((await ask(other)).status).toBe(200);
    time.now += 9_000;
    expect((await ask(client)).headers.get('retry-after')).toBe('1');
    time.now += 1_000;
    expect((await ask(client)).status).toBe(200);
  });

  it('refuses even the right secret after wrong ones, however the client names itself', async () => {
    const client = await newClient();
    const basic = (secret: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(`${client.toUpperCase()}:${secret}`).toString('base64')}` });
    expect((await ask(client, { client_secret: 'wrong' })).status).toBe(401);
    expect((await askToken(house, { grant_type: 'client_credentials', scope: graphScope }, basic('wrong'))).status).toBe(401);
    expect([(await ask(client)).status, (await askToken(house, { grant_type: 'client_credentials', scope: graphScope }, basic(secretText))).status]).toEqual([429, 429]);
    expect((await ask(client)).headers.get('retry-after')).toBe('30');
    time.now += 30_000;
    expect((await ask(client)).status).toBe(200);
  });

  it('counts unknown clients, assertions, codes and refresh tokens as guesses, and mistakes of other kinds not', async () => {
    const guess = async (more: Record<string, string>, client = newId()): Promise<readonly number[]> => [(await ask(client, more)).status, (await ask(client, more)).status, (await ask(client, more)).status];
    expect(await guess({})).toEqual([401, 401, 429]);
    expect(await guess({ client_secret: '', client_assertion: 'x.y.z', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }, await newClient())).toEqual([401, 401, 429]);
    expect(await guess({ grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://x.example' }, await newClient())).toEqual([400, 400, 429]);
    expect(await guess({ grant_type: 'refresh_token', refresh_token: 'x' }, await newClient())).toEqual([400, 400, 429]);
    expect(await guess({ scope: 'User.Read' }, await newClient())).toEqual([400, 400, 400]);
  });
});
