import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { accessQuery } from '../../src/issuer/access/store.ts';
import { testDatabase } from '../support/database.ts';

const database = await testDatabase();

it('a token is read by indexes only, however many applications there are', async () => {
  const db = database.owner;
  for (const type of ['application', 'servicePrincipal']) {
    await sql`insert into directory_objects (id, type, display_name, app_id, data)
      select gen_random_uuid(), ${type}, 'x', md5(n::text)::uuid, jsonb_build_object('identifierUris', jsonb_build_array('api://x' || n)) from generate_series(1, 5000) n`.execute(db);
  }
  await sql`vacuum analyze directory_objects`.execute(db);
  const question = { principalId: '00000000-0000-0000-0000-000000000000', resource: { asked: '', appId: undefined, uri: 'api://x4000' } };
  const { rows } = await sql<Record<string, string>>`explain (analyze) ${accessQuery(question)}`.execute(db);
  const plan = rows.map((row) => Object.values(row)[0]).join('\n');
  expect(plan).toContain('Bitmap Index Scan on directory_by_identifier_uri');
  expect(plan).not.toMatch(/Seq Scan on directory_objects|Rows Removed by Filter: \d{3}/);
});
