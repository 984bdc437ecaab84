import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import { databaseClock, fixedClock } from '../../src/platform/clock.ts';
import { listen } from '../../src/platform/db/listen.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';

const { db, owner, databaseUrl } = await testDatabase();
const notify = async (payload: string): Promise<void> => void await sql`select pg_notify('news', ${payload})`.execute(db);

test('hears every announcement, and says when it may have missed one', async () => {
  const heard: (string | undefined)[] = [];
  const listener = await listen({ databaseUrl, channel: 'news', onNotify: (payload) => heard.push(payload), log: silentLog });
  await notify('one');
  await vi.waitFor(() => expect(heard).toEqual(['one']));
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gatehouse listen news' and datname = current_database()`.execute(owner);
  await vi.waitFor(() => expect(heard).toEqual(['one', undefined]));
  await notify('two');
  await vi.waitFor(() => expect(heard).toEqual(['one', undefined, 'two']));
  await listener.stop();
  await notify('three');
  expect(heard).toHaveLength(3);
});

test('the first connection must work', async () => {
  const nowhere = new URL(databaseUrl);
  nowhere.pathname = '/nowhere';
  await expect(listen({ databaseUrl: nowhere.href, channel: 'news', onNotify: () => {}, log: silentLog })).rejects.toThrow('does not exist');
});

test("a clock that follows the database's, and one that stands still", async () => {
  const clock = await databaseClock(db);
  await clock.refresh();
  expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(1000);
  const fixed = fixedClock(new Date(0));
  fixed.now().setFullYear(2000);
  expect(fixed.now()).toEqual(new Date(0));
  fixed.set(new Date(5));
  expect(fixed.now()).toEqual(new Date(5));
});

test('identifiers are version 7 and sort as they were made', () => {
  const ids = Array.from({ length: 100 }, newId);
  expect(ids).toEqual(ids.toSorted());
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
