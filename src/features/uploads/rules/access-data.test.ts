import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../kernel/problem.ts';
import { columns } from '../model.ts';
import { accessDataReasons, refuseName } from './access-data.ts';

const head = columns.join(',');
const id = '0b7b3f6e-6f0c-4b7f-9d6a-1f2e3d4c5b6a';
const sound = { principalId: id, principalType: 'user', permissionId: 'p', permissionName: 'Access', permissionDescription: '', permissionType: '' };
const row = (change: Partial<Record<(typeof columns)[number], string>> = {}): string => columns.map((column) => ({ ...sound, ...change })[column]).join(',');
const codes = (text: string): readonly string[] => accessDataReasons(text).map(({ code }) => code);
const about = (target: string, code: string, message: string): Reason => ({ code, target, message });
const broken = about('file', 'malformedCsv', 'The file is no CSV as RFC 4180 has it: a quote is left open, or stands inside an unquoted value.');

describe('access data', () => {
  it.each([
    ['without rows', head], ['of users, service principals and groups', `${head}\n${row()}\n${row({ principalType: 'servicePrincipal' })}\n${row({ principalType: 'group' })}`],
    ['with its columns in any order and letter case', `permissionType,permissionDescription,PERMISSIONNAME,permissionId,principalType,PrincipalID\n,,Access,p,user,${id}`],
    ['with spaces around its words', ` ${columns.join(' , ')} \n${row({ principalId: ` ${id} `, principalType: ' USER ' })}`], ['with an id in capitals', `${head}\n${row({ principalId: id.toUpperCase() })}`],
  ])('is taken %s', (_, text) => { expect(accessDataReasons(text)).toEqual([]); });

  it('is a file that has something in it, and is CSV', () => {
    for (const text of ['', '\n\r\n']) expect(accessDataReasons(text)).toEqual([about('file', 'emptyFile', `The file is empty. Its first line names the columns: principalId,principalType,permissionId,permissionName,permissionDescription,permissionType.`)]);
    for (const text of ['"', `${head}\n"`, `${head}\n${row({ principalId: 'x' })}\n"`]) expect(accessDataReasons(text)).toEqual([broken]);
  });

  it('has each column once, and no others', () => {
    const all = 'principalId, principalType, permissionId, permissionName, permissionDescription, permissionType';
    expect(accessDataReasons(columns.slice(2).join(','))).toEqual([about('file', 'missingColumn', 'The first line lacks the columns principalId, principalType.')]);
    expect(accessDataReasons(`${head},PrincipalId\n`)).toEqual([about('file', 'strayColumn', `The first line has columns that do not belong there: 'principalid'. Use ${all}, each once.`)]);
    expect(accessDataReasons(`a,b,c,d,e,f,${head},${'x'.repeat(60)}`)[0]?.message).toBe(`The first line has columns that do not belong there: 'a', 'b', 'c', 'd', 'e'. Use ${all}, each once.`);
    expect(accessDataReasons(`${head},${'x'.repeat(60)}`)[0]?.message).toContain(`: '${'x'.repeat(50)}'. Use`);
    expect(codes('a,b\n"')).toEqual(['missingColumn', 'strayColumn']);
  });

  it('is refused with every reason of a row, which is named by its number', () => {
    expect(accessDataReasons(`${head}\n${row()}\n${row({ principalId: 'x', principalType: 'robot', permissionId: '', permissionName: ' ' })}`)).toEqual([
      about('row 3', 'principalId', 'In row 3, principalId is no object id. Send the GUID of a user of the directory.'),
      about('row 3', 'principalType', 'In row 3, principalType is none of user, servicePrincipal and group.'),
      about('row 3', 'emptyValue', 'In row 3, permissionId is empty.'), about('row 3', 'emptyValue', 'In row 3, permissionName is empty.'),
    ]);
    for (const principalId of [`x${id}`, `${id}x`, id.replaceAll('-', ''), id.slice(1), '']) expect(codes(`${head}\n${row({ principalId })}`)).toEqual(['principalId']);
  });

  it('has as many values in a row as columns', () => {
    const wrong = (values: number): readonly Reason[] => accessDataReasons(`${head}\n${Array.from({ length: values }, () => 'v').join(',')}`);
    const said = (count: string): readonly Reason[] => [about('row 2', 'wrongRow', `In row 2, there are ${count} values for 6 columns.`)];
    expect([wrong(5), wrong(7), wrong(50), wrong(51), wrong(80)]).toEqual([said('5'), said('7'), said('50'), said('more than 50'), said('more than 50')]);
  });

  it('is told the first ten reasons, and is read no further', () => {
    const rows = (count: number): string => Array.from({ length: count }, () => row({ principalId: 'x' })).join('\n');
    expect(accessDataReasons(`${head}\n${rows(9)}`)).toHaveLength(9);
    expect(accessDataReasons(`${head}\n${rows(10)}\n"`).at(-1)).toMatchObject({ code: 'principalId', target: 'row 11' });
    expect(accessDataReasons(`${head}\n${rows(9)}\n${row({ principalId: 'x', principalType: 'x' })}`)).toHaveLength(10);
    expect(accessDataReasons(`${head}\n${rows(9)}\n"`)).toEqual([broken]);
  });
});

describe('the name of its file', () => {
  it.each(['a.csv', 'A B.CSV', '.csv', `${'x'.repeat(251)}.csv`])('may be %j', (name) => { expect(refuseName(name)).toBeUndefined(); });
  it.each(['', 'a/b.csv', 'a\\b.csv', 'a\nb.csv', `${'x'.repeat(252)}.csv`])('may not be %j', (name) => {
    expect(refuseName(name)).toEqual(about('file', 'fileName', 'A file needs a name of 1 to 255 characters, without a path.'));
  });
  it.each(['a.txt', 'acsv', 'a.csv.exe'])('says that %j is no CSV', (name) => {
    expect(refuseName(name)).toEqual(about('file', 'fileType', `'${name}' is no CSV file: its name does not end in .csv.`));
  });
});
