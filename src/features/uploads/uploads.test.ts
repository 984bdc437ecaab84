import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { createdId, globalAdmin, refusalOf, run } from '../../../test/support/entitlement.ts';
import { all } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { createSession, finishSession, removeSession, uploadFile } from './commands.ts';
import { columns, mostFiles } from './model.ts';
import { accessDataReasons, refuseName } from './rules/access-data.ts';
import { readCsv } from './rules/csv.ts';
import { contextOf, expiryOf, refuseDeleting, refuseWriting, statusOf } from './rules/session.ts';

const head = columns.join(',');
const now = new Date('2026-11-24T10:00:00Z');

describe('CSV', () => {
  const parseCsv = (text: string): readonly (readonly string[])[] | undefined => {
    const rows = [...readCsv(text, 10)];
    return rows.every((row) => row !== undefined) ? rows : undefined;
  };

  it.each<[string, readonly (readonly string[])[] | undefined]>([
    ['', []], ['a,b', [['a', 'b']]], ['a,b\n', [['a', 'b']]], ['a\r\nb\r\n', [['a'], ['b']]], ['a\n\n\nb', [['a'], ['b']]], ['a,', [['a', '']]], [',\n', [['', '']]], ['"a","b"', [['a', 'b']]],
    ['"a ""b""\r\nc",d', [['a "b"\r\nc', 'd']]], ['""', []], ['"",', [['', '']]], ['\uFEFFa', [['a']]], ['a"b', undefined], ['"a', undefined], ['"a"b', undefined], ['"a" ,b', undefined],
  ])('%j is %j', (text, rows) => { expect(parseCsv(text)).toEqual(rows); });

  it('gives back whatever was written, quoted', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'ß', '"', ',', '\r', '\n', ' ', '𝄞') });
    fc.assert(fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'), (rows, end) => {
      const text = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')).join(end);
      expect(parseCsv(text)).toEqual(rows);
    }));
  });

  it('is read no further than somebody wants to', () => {
    const rows = readCsv(`a\n${'b\n'.repeat(5)}"`, 10);
    expect([rows.next().value, rows.next().value]).toEqual([['a'], ['b']]);
    expect([...readCsv(`a${',b'.repeat(100)}\nc`, 10)]).toEqual([['a', ...Array.from({ length: 10 }, () => 'b')]]);
  });

  it('ends for any text', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n') }), (text) => { expect(['object', 'undefined']).toContain(typeof parseCsv(text)); }));
  });
});

describe('access data', () => {
  const row = (change: Partial<Record<(typeof columns)[number], string>> = {}): string =>
    columns.map((column) => change[column] ?? { principalId: newId(), principalType: 'user', permissionId: 'p', permissionName: 'Access', permissionDescription: '', permissionType: '' }[column]).join(',');
  const codes = (text: string): readonly string[] => accessDataReasons(text).map(({ code }) => code);

  it('is taken with its columns in any order and letter case, and without rows', () => {
    expect(codes(`${head}\n${row()}\n${row({ principalType: 'ServicePrincipal' })}`)).toEqual([]);
    expect(codes(`${[...columns].reverse().join(',').toUpperCase()}\n`)).toEqual([]);
    expect(codes(`permissionType,permissionDescription,permissionName,permissionId,principalType,principalId\n,,Access,p,user,${newId()}`)).toEqual([]);
  });

  it('is refused with every reason of a row, named by its number, ten at most', () => {
    expect(accessDataReasons(`${head}\n${row()}\n${row({ principalId: 'x', principalType: 'robot', permissionId: '', permissionName: ' ' })}`).map(({ code, target }) => [code, target]))
      .toEqual([['principalId', 'row 3'], ['principalType', 'row 3'], ['emptyValue', 'row 3'], ['emptyValue', 'row 3']]);
    expect(codes(`${head}\n${Array.from({ length: 50 }, () => row({ principalId: 'x' })).join('\n')}`)).toHaveLength(10);
    expect(codes(`${head},${columns[0]}\n`)).toEqual(['strayColumn']);
    expect(codes('a,b\n')).toEqual(['missingColumn', 'strayColumn']);
  });

  it.each([['emptyFile', '\r'], ['missingColumn', ','], ['missingColumn', 'a\n'], ['wrongRow', `${head}\na\n`], ['wrongRow', `${head}\n${row()},`]])('costs little where it is %s, however large', (code, piece) => {
    const [text, before] = [`${piece}${piece.slice(-2).repeat(2_000_000)}`, process.memoryUsage().heapUsed];
    expect(codes(text)).toContain(code);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });

  it.each([['a.csv', undefined], ['A B.CSV', undefined], ['', 'fileName'], ['a/b.csv', 'fileName'], ['a\\b.csv', 'fileName'], ['a\nb.csv', 'fileName'], [`${'x'.repeat(260)}.csv`, 'fileName'], ['a.txt', 'fileType']])('is in a file that is called %j: %s', (name, code) => {
    expect(refuseName(name)?.code).toBe(code);
  });
});

describe('a session', () => {
  const session = { id: newId(), resourceId: newId(), resourceName: 'r', catalogId: newId(), referenceId: 'x', isUploadDone: false, expiresAt: now, filesUploaded: 0, totalBytesUploaded: 0 };

  it('is active until its time, to the millisecond, and complete for ever', () => {
    const before = new Date(now.getTime() - 1);
    expect([statusOf(session, before), statusOf(session, now), statusOf({ ...session, isUploadDone: true }, now)]).toEqual(['active', 'expired', 'complete']);
    expect([refuseWriting(session, before)?.code, refuseWriting(session, now)?.code, refuseWriting({ ...session, isUploadDone: true }, before)?.code]).toEqual([undefined, 'sessionExpired', 'sessionComplete']);
    expect([refuseDeleting(session)?.code, refuseDeleting({ ...session, isUploadDone: true })?.code]).toEqual([undefined, 'sessionComplete']);
    expect(expiryOf(now)).toEqual(new Date('2026-11-24T12:00:00Z'));
  });

  it('is for one instance of a review', () => {
    expect(contextOf({ reviewDefinitionId: 'd', reviewInstanceId: ' i ' })?.referenceId).toBe('i');
    for (const data of [{}, { reviewDefinitionId: 'd' }, { reviewInstanceId: 'i' }, { reviewDefinitionId: ' ', reviewInstanceId: 'i' }]) expect(contextOf(data)).toBeUndefined();
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
