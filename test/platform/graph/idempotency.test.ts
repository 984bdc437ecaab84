/** Keys that make a create harmless when repeated: answers, callers, what is refused, and what is sent besides. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/kernel/caller.ts';
import type { GraphResponse } from '../../../src/platform/graph/exchange.ts';
import { forgetAnswers, longestKey } from '../../../src/platform/graph/idempotency.ts';
import { newId } from '../../../src/platform/ids.ts';
import { all } from '../../../src/platform/db/transaction.ts';
import { testDatabase } from '../../support/database.ts';
import { callerWith, clientOf, recording } from './fixture.ts';

const database = await testDatabase();
const recorder = recording(database.db);
const client = clientOf(recorder.db);
const me: Caller = callerWith('All');

interface Trying {
  readonly key?: string;
  readonly name?: string;
  readonly caller?: Caller;
  readonly path?: string;
  readonly more?: Readonly<Record<string, unknown>>;
  readonly prefer?: string;
}

const make = async ({ key, name = 'Keyed', caller = me, path = '/store/shelves', more = {}, prefer }: Trying): Promise<GraphResponse> => await client.ask(path, {
  method: 'POST', caller, body: { displayName: name, ...more }, headers: { ...(key === undefined ? {} : { 'idempotency-key': key }), ...(prefer === undefined ? {} : { prefer }) },
});
const shelves = async (name: string): Promise<number> => (await all(database.db, sql`select 1 from catalogs where display_name = ${name}`)).length;
const errorOf = ({ status, body }: GraphResponse): unknown => [status, Object(Object(body)['error'])['code'], Object(Object(body)['error'])['target']];

describe('a create with a key', () => {
  it('that comes again is answered the same, and makes nothing', async () => {
    const key = newId();
    const first = await make({ key, name: 'Once' });
    const again = await make({ key: `"${key}"`, name: 'Once' });
    expect(first.status).toBe(201);
    expect(again).toEqual({ ...first, headers: { ...first.headers, 'Idempotent-Replayed': 'true' } });
    expect(again.headers['location']).toBe(first.headers['location']);
    expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body));
    expect(await shelves('Once')).toBe(1);
  });

  it('is the same in whatever order its members stand, and answers nothing where nothing was wanted', async () => {
    const key = newId();
    const first = await client.ask('/store/shelves', { method: 'POST', caller: me, body: { displayName: 'Terse', description: 'x' }, headers: { 'idempotency-key': key, prefer: 'return=minimal' } });
    const again = await client.ask('/store/shelves', { method: 'POST', caller: me, body: { description: 'x', displayName: 'Terse' }, headers: { 'idempotency-key': key } });
    expect([first.status, again.status, again.body, again.headers['location']]).toEqual([204, 204, undefined, first.headers['location']]);
    expect(await shelves('Terse')).toBe(1);
  });

  it('is done once when two come at the same moment', async () => {
    const key = newId();
    const answers = await Promise.all([1, 2, 3].map(async () => await make({ key, name: 'Race' })));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(await shelves('Race')).toBe(1);
  });

  it('is another\'s for another principal, and for the same one through another client', async () => {
    const key = newId();
    const callers = [me, { ...me, principalId: newId() }, { ...me, clientAppId: newId() }];
    for (const caller of callers) expect((await make({ key, name: 'Each', caller })).headers['Idempotent-Replayed']).toBeUndefined();
    expect(await shelves('Each')).toBe(3);
  });

  it.each<[string, Trying]>([['another body', { name: 'Other' }], ['another address', { path: '/store/shelves?$select=id' }]])('refuses %s', async (_, other) => {
    const key = newId();
    await make({ key, name: 'First' });
    expect(errorOf(await make({ key, name: 'First', ...other }))).toEqual([422, 'UnprocessableEntity', 'Idempotency-Key']);
    expect(await shelves('Other')).toBe(0);
  });

  it('may come again with its mistake mended, because what is refused is not kept', async () => {
    const key = newId();
    expect((await make({ key, name: 'Mended', more: { nonsense: 1 } })).status).toBe(400);
    expect((await make({ key, name: 'Mended' })).status).toBe(201);
  });

  it.each([['nothing', ''], ['empty quotation marks', '""'], ['a space', 'a b'], ['a quotation mark', 'a"b'], ['other letters', 'schlüssel'], ['too much', 'k'.repeat(longestKey + 1)]])('refuses a key of %s', async (_, key) => {
    expect(errorOf(await make({ key, name: 'Bad key' }))).toEqual([400, 'Request_BadRequest', 'Idempotency-Key']);
    expect(await shelves('Bad key')).toBe(0);
  });

  it('takes the longest key', async () => {
    expect((await make({ key: 'k'.repeat(longestKey), name: 'Long' })).status).toBe(201);
  });

  it('is new when its day is over, whether or not the old answer was forgotten', async () => {
    const key = newId();
    await make({ key, name: 'Days' });
    const now = client.service.clock.now();
    const age = async (interval: string): Promise<unknown> => await sql`update idempotent_answers set created_at = ${now}::timestamptz - ${interval}::interval where key = ${key}`.execute(database.db);
    await age('23 hours 59 minutes');
    await forgetAnswers(database.db, now);
    expect((await make({ key, name: 'Days' })).headers['Idempotent-Replayed']).toBe('true');
    await age('24 hours 1 minute');
    expect((await make({ key, name: 'Days' })).headers['Idempotent-Replayed']).toBeUndefined();
    expect(await shelves('Days')).toBe(2);
    await age('24 hours 1 minute');
    await forgetAnswers(database.db, now);
    expect(await all(database.db, sql`select 1 from idempotent_answers where key = ${key}`)).toEqual([]);
  });
});

describe('what comes without a key', () => {
  it('is not asked about: no statement more is sent', async () => {
    const sent = async (trying: Trying): Promise<readonly string[]> => {
      recorder.sent.length = 0;
      await make(trying);
      return recorder.sent.map((one) => one.sql);
    };
    const plain = await sent({ name: 'Plain' });
    expect(plain.filter((text) => text.includes('idempotent_answers'))).toEqual([]);
    expect((await sent({ name: 'Plain', key: newId() })).length).toBe(plain.length + 2);
  });

  it('and what is no create takes no notice of one', async () => {
    const key = newId();
    const { body } = await make({ name: 'Renamed' });
    for (const displayName of ['Renamed once', 'Renamed twice']) {
      expect((await client.ask(`/store/shelves/${String(body?.['id'])}`, { method: 'PATCH', caller: me, body: { displayName }, headers: { 'idempotency-key': key } })).status).toBe(200);
    }
    expect(await shelves('Renamed twice')).toBe(1);
  });
});
