/** Whoever may simulate does not keep the server from everybody else by it. */
import { expect, it } from 'vitest';
import { inTransaction } from '../../src/platform/db/transaction.ts';
import { takeOnlyTurn } from '../../src/features/simulations/store/attempt.ts';
import { Beyond } from '../support/beyond.ts';
import { oneThingWorld } from '../support/one-thing.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { mine, personOf } = await oneThingWorld(server);
const beyond = new Beyond(server.door.base);

it('one change is simulated for somebody at a time; others are not kept waiting by it', async () => {
  const change = { accessPackage: { id: mine.packageId } };
  const [manager, owner] = [await server.tokenOfPerson(personOf('manager')), await server.tokenOfPerson(personOf('owner'))];
  await inTransaction(server.database.db, async (tx) => {
    expect(await takeOnlyTurn(tx, personOf('manager').id)).toBe(true);
    const many = await Promise.all(Array.from({ length: 12 }, async () => (await beyond.send('POST', 'simulate', { token: manager, body: change })).status));
    expect(new Set(many)).toEqual(new Set([429]));
    expect((await beyond.send('POST', 'simulate', { token: owner, body: change })).status).toBe(200);
  });
  expect((await beyond.send('POST', 'simulate', { token: manager, body: change })).status).toBe(200);
});
