/** A client that follows delta() of the fixture's service, and the changes that tests make behind its back. */
import { sql } from 'kysely';
import { beforeEach, expect } from 'vitest';
import { recordsAt, type JsonRecord } from '../../../src/kernel/json.ts';
import { testDatabase } from '../../support/database.ts';
import { clientOf, followed, type Ask } from './fixture.ts';

/** A round of delta(). */
export interface Told {
  readonly items: readonly JsonRecord[];
  /** Path of the next round. */
  readonly link: string;
  readonly pages: number;
}

/** Ids of what was told, sorted. */
export const idsOf = ({ items }: Told): readonly unknown[] => items.map((item) => item['id']).toSorted();

/** A database that is empty before each test, and what tests of delta() do with it. */
export async function deltaWorld() {
  const database = await testDatabase();
  const { db } = database;
  const client = clientOf(db);
  beforeEach(async () => { await sql`delete from directory_objects`.execute(database.owner); });

  /** All pages of a round. */
  const round = async (path: string, how: Ask = {}): Promise<Told> => {
    const items: JsonRecord[] = [];
    for (let [next, pages] = [path, 1]; ; pages++) {
      const { status, body = {} } = await client.ask(next, how);
      expect([next, status, Array.isArray(body['value'])]).toEqual([next, 200, true]);
      items.push(...recordsAt(body, 'value'));
      const [more, end] = [body['@odata.nextLink'], body['@odata.deltaLink']];
      expect([more === undefined, end === undefined].toSorted()).toEqual([false, true]);
      if (end !== undefined) return { items, link: followed(end), pages };
      next = followed(more);
    }
  };

  return {
    database, db, client, round,
    remove: async (id: string): Promise<unknown> => await sql`update directory_objects set deleted_at = now() where id = ${id}`.execute(db),
    rename: async (id: string, name: string): Promise<unknown> => await sql`update directory_objects set display_name = ${name} where id = ${id}`.execute(db),
    leave: async (team: string, who: string): Promise<unknown> => await sql`delete from grants where resource_id = ${team} and principal_id = ${who}`.execute(db),
  };
}
