/** Whether a file is access data that a review can be made of. Every "no" with the row and what would mend it. Pure. */
import type { Reason } from '../../../kernel/problem.ts';
import { columns, longestName } from '../model.ts';
import { readCsv } from './csv.ts';

/** Reasons that are told of one file: the first of them are enough to mend the export. */
const mostReasons = 10;

/** Who can be reviewed. */
const principalTypes = ['user', 'serviceprincipal', 'group'];

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is wrong with a file's name; undefined when nothing is. */
export function refuseName(name: string): Reason | undefined {
  if (name === '' || name.length > longestName || /[/\\\p{Cc}]/u.test(name)) return { code: 'fileName', target: 'file', message: `A file needs a name of 1 to ${longestName} characters, without a path.` };
  return /\.csv$/i.test(name) ? undefined : { code: 'fileType', target: 'file', message: `'${name}' is no CSV file: its name does not end in .csv.` };
}

/** Values of a row that are read at most: more than any row of access data has, and few enough to hold. */
const mostValues = 50;

const malformed: Reason = { code: 'malformedCsv', target: 'file', message: 'The file is no CSV as RFC 4180 has it: a quote is left open, or stands inside an unquoted value.' };

/** Every reason against a file's content, the first ten at most; empty when it can be used. Nothing is read behind them. */
export function accessDataReasons(text: string): readonly Reason[] {
  const rows = readCsv(text, mostValues);
  const { value: head, done } = rows.next();
  if (done === true) return [{ code: 'emptyFile', target: 'file', message: `The file is empty. Its first line names the columns: ${columns.join(',')}.` }];
  if (head === undefined) return [malformed];
  const named = head.map((word) => word.trim().toLowerCase());
  const wrong = columnReasons(named);
  return wrong.length > 0 ? wrong : reasonsOf(rows, named);
}

function columnReasons(named: readonly string[]): readonly Reason[] {
  const known: readonly string[] = columns.map((column) => column.toLowerCase());
  const missing = columns.filter((column) => !named.includes(column.toLowerCase()));
  const stray = named.filter((column, index) => !known.includes(column) || named.indexOf(column) !== index);
  return [
    ...(missing.length === 0 ? [] : [{ code: 'missingColumn', target: 'file', message: `The first line lacks the columns ${missing.join(', ')}.` }]),
    ...(stray.length === 0 ? [] : [{ code: 'strayColumn', target: 'file', message: `The first line has columns that do not belong there: ${stray.slice(0, 5).map((column) => `'${column.slice(0, 50)}'`).join(', ')}. Use ${columns.join(', ')}, each once.` }]),
  ];
}

function reasonsOf(rows: Iterable<readonly string[] | undefined>, named: readonly string[]): readonly Reason[] {
  const found: Reason[] = [];
  // The line of columns is the first.
  let line = 1;
  for (const row of rows) {
    line += 1;
    if (row === undefined) return [malformed];
    found.push(...rowReasons(row, named, `row ${line}`));
    if (found.length >= mostReasons) break;
  }
  return found.slice(0, mostReasons);
}

function rowReasons(row: readonly string[], named: readonly string[], target: string): readonly Reason[] {
  const no = (code: string, message: string): Reason => ({ code, target, message: `In ${target}, ${message}` });
  if (row.length !== named.length) return [no('wrongRow', `there are ${row.length > mostValues ? `more than ${mostValues}` : row.length} values for ${named.length} columns.`)];
  const valueOf = (column: (typeof columns)[number]): string => row[named.indexOf(column.toLowerCase())]?.trim() ?? '';
  const empty = (['permissionId', 'permissionName'] as const).filter((column) => valueOf(column) === '');
  return [
    ...(guid.test(valueOf('principalId')) ? [] : [no('principalId', 'principalId is no object id. Send the GUID of a user of the directory.')]),
    ...(principalTypes.includes(valueOf('principalType').toLowerCase()) ? [] : [no('principalType', 'principalType is none of user, servicePrincipal and group.')]),
    ...empty.map((column) => no('emptyValue', `${column} is empty.`)),
  ];
}
