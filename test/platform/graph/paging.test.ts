/** Order and keyset paging: every item exactly once, whatever the order. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordsAt } from '../../../src/kernel/json.ts';
import { newId } from '../../../src/platform/ids.ts';
import { testDatabase } from '../../support/database.ts';
import { addShelf, callerWith, clientOf, followed, planOf, recording, type Ask } from './fixture.ts';

const database = await testDatabase();
const client = clientOf(database.db);
const words = ['a', 'B', 'b', 'É', 'e', 'z', '𝔘', "o'x", ' ', '_', 'Ab'];

/** All members of a collection, page by page. */
async function walk(path: string, how: Ask & { readonly between?: () => Promise<unknown> } = {}): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const found: Readonly<Record<string, unknown>>[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const { status, body } = await client.ask(next, how);
    expect([next, status, body]).toMatchObject([next, 200, { value: expect.any(Array) }]);
    found.push(...recordsAt(body ?? {}, 'value'));
    const link = body?.['@odata.nextLink'];
    next = link === undefined ? undefined : followed(link);
    await how.between?.();
  }
  return found;
}

const shelfRow = fc.record({
  display_name: fc.constantFrom(...words), description: fc.option(fc.constantFrom(...words)), is_externally_visible: fc.boolean(),
  created_by: fc.option(fc.constantFrom('x', 'y')), created_at: fc.constantFrom('2026-01-01T00:00:00.000001Z', '2026-01-01T00:00:00.000002Z', '2025-01-01T00:00:00Z'),
});

describe('paging', () => {
  it('yields each item once and in order, for random rows and orders', async () => {
    const term = fc.tuple(fc.constantFrom('displayName', 'description', 'isOpen', 'owner', 'createdDateTime', 'state', 'nameLength', 'id', 'tolower(description)', 'code'), fc.constantFrom('', ' desc', ' asc')).map((parts) => parts.join(''));
    await fc.assert(fc.asyncProperty(fc.array(shelfRow, { minLength: 1, maxLength: 14 }), fc.uniqueArray(term, { maxLength: 3, selector: (word) => word.split(' ')[0] }), fc.integer({ min: 1, max: 5 }), async (rows, terms, top) => {
      await sql`delete from catalogs`.execute(database.db);
      const ids = new Set<string>();
      for (const { display_name: name, ...values } of rows) ids.add(await addShelf(database.db, name, values));
      const order = terms.length === 0 ? '' : `&$orderby=${terms.join(',')}`;
      const paged = (await walk(`/store/shelves?$select=id&$top=${top}${order}`)).map((row) => row['id']);
      const whole = (await client.list(`/store/shelves?$select=id&$top=999${order}`)).map((row) => row['id']);
      expect(paged).toEqual(whole);
      expect(new Set(paged)).toEqual(ids);
      expect(paged).toHaveLength(ids.size);
    }), { numRuns: 120 });
  });

  it('yields what was there from the start once, while others are added and removed', async () => {
    await sql`delete from catalogs`.execute(database.db);
    const old = new Set<string>();
    for (let index = 0; index < 20; index++) old.add(await addShelf(database.db, `shelf ${String.fromCharCode(97 + index)}`));
    let round = 0;
    const between = async (): Promise<void> => {
      round += 1;
      await addShelf(database.db, `shelf a${round}`);
      await addShelf(database.db, `shelf z${round % 3}`);
      await sql`delete from catalogs where display_name like ${`shelf a${round - 1}`}`.execute(database.db);
    };
    const seen = (await walk('/store/shelves?$orderby=displayName&$top=3', { between })).map((row) => String(row['id']));
    expect(new Set(seen).size).toBe(seen.length);
    expect([...old].filter((id) => !seen.includes(id))).toEqual([]);
  });
});

/** What others do between two pages: to rows in the places `at`, of which those from `still` on are left alone. */
const meddling = fc.record({ what: fc.constantFrom('insert', 'delete', 'move', 'clear'), at: fc.nat(6), name: fc.constantFrom(...words), note: fc.option(fc.constantFrom(...words)) });

describe('paging while others write', () => {
  const orders = ['displayName', 'description', 'description desc', 'isOpen,description desc,displayName', 'owner desc', 'nameLength', 'createdDateTime desc,owner', ''];

  it('yields each item that is left alone exactly once, and no item twice that kept its place', async () => {
    await fc.assert(fc.asyncProperty(fc.record({ rows: fc.array(shelfRow, { minLength: 8, maxLength: 20 }), order: fc.constantFrom(...orders), top: fc.integer({ min: 1, max: 4 }), meddlings: fc.array(meddling, { minLength: 1, maxLength: 12 }) }), async ({ rows, order, top, meddlings }) => {
      await sql`delete from catalogs`.execute(database.db);
      const ids: string[] = [];
      for (const { display_name: name, ...values } of rows) ids.push(await addShelf(database.db, name, values));
      const touched = new Set(meddlings.filter(({ what }) => what !== 'insert').map(({ at }) => ids[at]));
      const rest = [...meddlings];
      const between = async (): Promise<void> => {
        for (const { what, at, name, note } of rest.splice(0, 2)) {
          if (what === 'insert') await addShelf(database.db, name, { description: note });
          if (what === 'delete') await sql`delete from catalogs where id = ${ids[at]}`.execute(database.db);
          if (what === 'move') await sql`update catalogs set display_name = ${name}, description = ${note}, is_externally_visible = not is_externally_visible, created_at = created_at + interval '1 day' where id = ${ids[at]}`.execute(database.db);
          if (what === 'clear') await sql`update catalogs set description = null, created_by = null where id = ${ids[at]}`.execute(database.db);
        }
      };
      const seen = (await walk(`/store/shelves?$select=id&$top=${top}${order === '' ? '' : `&$orderby=${order}`}`, { between })).map((row) => String(row['id']));
      const still = ids.filter((id) => !touched.has(id));
      expect(seen.filter((id) => still.includes(id)).toSorted()).toEqual(still.toSorted());
      const moved = new Set(meddlings.filter(({ what }) => what === 'move' || what === 'clear').map(({ at }) => ids[at]));
      const others = seen.filter((id) => !moved.has(id));
      expect(new Set(others).size).toBe(others.length);
    }), { numRuns: 60 });
  });

  it('counts all on each page, and leaves out the first only once', async () => {
    await sql`delete from catalogs`.execute(database.db);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await addShelf(database.db, name);
    const counts: unknown[] = [];
    const found: unknown[] = [];
    for (let next: string | undefined = '/store/shelves?$orderby=displayName&$skip=1&$top=2&$count=true'; next !== undefined;) {
      const { body = {} } = await client.ask(next);
      counts.push(body['@odata.count']);
      found.push(...recordsAt(body, 'value').map((row) => row['displayName']));
      next = body['@odata.nextLink'] === undefined ? undefined : followed(body['@odata.nextLink']);
      await addShelf(database.db, `a${counts.length}`);
    }
    expect([counts, found]).toEqual([[6, 7, 8], ['b', 'c', 'd', 'e', 'f']]);
  });
});

describe('a list of seven', () => {
  beforeAll(async () => {
    await sql`delete from catalogs`.execute(database.db);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await addShelf(database.db, name, { description: 'cdf'.includes(name) ? null : name, is_externally_visible: 'ace'.includes(name) });
  });

  it('orders by several terms, with nulls last ascending and first descending', async () => {
    expect(await client.names('/store/shelves?$orderby=description,displayName desc')).toEqual(['a', 'b', 'e', 'g', 'f', 'd', 'c']);
    expect(await client.names('/store/shelves?$orderby=description desc,displayName')).toEqual(['c', 'd', 'f', 'g', 'e', 'b', 'a']);
    expect(await client.names('/store/shelves?$orderby=isOpen desc,displayName desc&$top=4')).toEqual(['e', 'c', 'a', 'g']);
    for (const order of ['none', 'boxes', 'boxes/displayName', 'displayName/x', 'year(displayName)', 'boxes/$count', Array.from({ length: 30 }, () => 'displayName').join()]) expect([order, (await client.ask(`/store/shelves?$orderby=${order}`)).status]).toEqual([order, 400]);
    expect((await client.ask('/people?$orderby=color')).status).toBe(400);
  });

  it('takes $top, $skip, $count and a preferred page size', async () => {
    const { body } = await client.ask('/store/shelves?$orderby=displayName&$skip=2&$top=2&$count=true');
    expect(body).toMatchObject({ '@odata.count': 7, value: [{ displayName: 'c' }, { displayName: 'd' }] });
    const next = await client.ask(followed(body?.['@odata.nextLink']));
    expect(next.body).toMatchObject({ '@odata.count': 7, value: [{ displayName: 'e' }, { displayName: 'f' }] });
    expect((await client.ask(followed(next.body?.['@odata.nextLink']))).body).not.toHaveProperty('@odata.nextLink');
    expect((await client.ask('/store/shelves?$top=0&$count=true')).body).toEqual({ '@odata.context': expect.any(String), '@odata.count': 7, value: [] });
    expect((await client.ask('/store/shelves?$skip=100&$count=true')).body).toMatchObject({ '@odata.count': 7, value: [] });
    expect((await client.ask('/store/shelves', { headers: { prefer: 'odata.maxpagesize=3' } })).body?.['value']).toHaveLength(3);
    expect(await client.ask('/store/shelves/$count?$filter=isOpen')).toMatchObject({ text: '3' });
    for (const query of ['$top=-1', '$top=x', '$top=1000', '$skip=-1', '$skip=99999999999', '$count=perhaps', '$top=1&$top=2', '$unheard=1']) expect([query, (await client.ask(`/store/shelves?${query}`)).status]).toEqual([query, 400]);
  });

  it('keeps every option in its links', async () => {
    const path = "/store/shelves?%24filter=displayName%20ne%20%27d%27&$select=displayName&$top=2&$orderby=displayName+desc&$expand=boxes($select=id)&$count=true";
    const rows = await walk(path);
    expect(rows.map((row) => row['displayName'])).toEqual(['g', 'f', 'e', 'c', 'b', 'a']);
    for (const row of rows) expect(Object.keys(row)).toEqual(['id', 'displayName', 'boxes']);
  });

  it('refuses tokens of another query, and garbled ones', async () => {
    const { body } = await client.ask('/store/shelves?$orderby=displayName&$top=1');
    const token = String(body?.['@odata.nextLink']).split('$skiptoken=')[1] ?? '';
    for (const query of [`$skiptoken=${token}`, `$orderby=displayName desc&$skiptoken=${token}`, `$orderby=displayName&$filter=isOpen&$skiptoken=${token}`, '$skiptoken=x', '$skiptoken=', `$skiptoken=${Buffer.from('["x"]').toString('base64url')}`, `$orderby=displayName&$skiptoken=${token.slice(0, -4)}`]) {
      expect([query, (await client.ask(`/store/shelves?${query}`)).status]).toEqual([query, 400]);
    }
    const [mark] = JSON.parse(Buffer.from(token, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify([mark, '\u0000', 'no id'])).toString('base64url');
    expect((await client.ask(`/store/shelves?$orderby=displayName&$skiptoken=${forged}`)).status).toBe(400);
    expect((await client.ask(`/store/shelves?$orderby=displayName&$skiptoken=${token}`, { caller: callerWith('None') })).status).toBe(403);
  });

  it('starts a page from an index', async () => {
    const { db, sent } = recording(database.db);
    const recorded = clientOf(db);
    await sql`insert into catalogs (id, display_name) select gen_random_uuid(), 'shelf ' || n from generate_series(1, 3000) n`.execute(database.owner);
    await sql`analyze catalogs`.execute(database.owner);
    for (const direction of ['', ' desc']) {
      const { body } = await recorded.ask(`/store/shelves?$orderby=displayName${direction}&$top=5`);
      sent.length = 0;
      await recorded.ask(followed(body?.['@odata.nextLink']));
      const [query] = sent;
      const plan = query === undefined ? '' : await planOf(database.owner, query);
      expect(plan).toMatch(/Index Scan( Backward)? using catalogs_by_name/);
      expect(plan).toMatch(/Index Cond: \(ROW\(/);
      expect(plan).not.toMatch(/Sort/);
    }
    await sql`delete from catalogs where id <> ${newId()}`.execute(database.owner);
  });
});
