import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { createdId, globalAdmin, refusalOf, run } from '../../../test/support/entitlement.ts';
import { all } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { createSession, finishSession, removeSession, uploadFile } from './commands.ts';
import { columns, mostFiles } from './model.ts';
import { accessDataReasons } from './rules/access-data.ts';

const head = columns.join(',');

describe('access data', () => {
  const row = `${newId()},user,p,Access,,`;
  it.each([['emptyFile', '\r'], ['missingColumn', ','], ['missingColumn', 'a\n'], ['wrongRow', `${head}\na\n`], ['wrongRow', `${head}\n${row},`]])('costs little where it is %s, however large', (code, piece) => {
    const [text, before] = [`${piece}${piece.slice(-2).repeat(2_000_000)}`, process.memoryUsage().heapUsed];
    expect(accessDataReasons(text).map((reason) => reason.code)).toContain(code);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });
});

describe('sessions in the database', async () => {
  const database = await testDatabase();
  const admin = globalAdmin(newId());
  const [catalogId, resourceId] = [newId(), newId()];
  await sql`insert into catalogs (id, display_name) values (${catalogId}, 'c')`.execute(database.db);
  await sql`insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name) values (${resourceId}, ${catalogId}, 'CustomDataProvidedResource', 'o', 'System')`.execute(database.db);
  const open = async (instance: string = newId()): Promise<string> =>
    createdId(await run(database, admin, { command: createSession, body: { resource: resourceId, data: { reviewDefinitionId: 'd', reviewInstanceId: instance } } }));
  const upload = async (id: string, name: string) => await run(database, admin, { command: uploadFile, input: { id, body: { name, bytes: Buffer.from(`${head}\n`) } } });
  const stored = async (id: string) => await all(database.db, sql<{ files: number; bytes: number; rows: number }>`
    select files_uploaded as files, total_bytes_uploaded::integer as bytes, (select count(*)::integer from uploaded_files f where f.session_id = s.id) as rows from upload_sessions s where id = ${id}`);

  it('count files that come at once, and none beyond the tenth', async () => {
    const id = await open();
    const sent = await Promise.allSettled(Array.from({ length: 14 }, async (_, index) => await upload(id, `${index}.csv`)));
    expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(mostFiles);
    expect(await stored(id)).toEqual([{ files: mostFiles, bytes: mostFiles * (head.length + 1), rows: mostFiles }]);
    await run(database, admin, { command: removeSession, input: { id } });
  });

  it('are one for each review instance, also when two ask at once', async () => {
    const instance = newId();
    const made = await Promise.allSettled([open(instance), open(instance), open(instance)]);
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('are complete once, with what was in them', async () => {
    const id = await open();
    await upload(id, 'a.csv');
    const done = await Promise.allSettled(Array.from({ length: 3 }, async () => await run(database, admin, { command: finishSession, input: { id, body: { isUploadDone: true } } })));
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await refusalOf(upload(id, 'b.csv'))).problem).toBe('conflict');
    await expect(sql`update upload_sessions set completed_at = null where id = ${id}`.execute(database.db)).rejects.toThrow(/check/);
    expect((await stored(id))[0]?.rows).toBe(1);
  });
});
