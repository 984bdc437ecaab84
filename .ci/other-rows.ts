/**
 * Every GET of the reference that the referee leaves to the path resolver (the rows that are not `core`), asked of a running
 * server with real keys: `node .ci/other-rows.ts <bootstrap.json> [--min-answered N] [--list]`. The referee's objects are made
 * first. Prints a table by area and the segments that are not served. Exit 1 on a failure (5xx), an answer outside its
 * documented shape, an error that is not Graph's, or too few answers.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isRecord, recordAt, textAt } from '../src/kernel/json.ts';
import { Keys } from './other-rows/keys.ts';
import { loadReferee, type Referee, type RefereeAnswer } from './other-rows/referee.ts';
import { inParallel } from './real-input/parallel.ts';

const shared = path.resolve(import.meta.dirname, '../../shared');

interface Row {
  readonly version: string;
  readonly path: string;
  readonly area: string;
}

type Verdict = 'answered' | 'misshapen' | 'no object' | 'not served' | 'refused' | 'no Graph error' | 'failed';
const verdicts: readonly Verdict[] = ['answered', 'misshapen', 'no object', 'not served', 'refused', 'no Graph error', 'failed'];

interface Result {
  readonly row: Row;
  readonly verdict: Verdict;
  readonly detail: string;
}

/** The referee's objects that have most below them: their ids are tried first. */
const telling = ['uploadSession', 'dataResource', 'customExtension', 'legacyExtension', 'deliveredRequest', 'userAssignment', 'deliveredRole', 'approval', 'exclusive', 'sponsoredOrganization', 'connector', 'stagedReview', 'review', 'historyInstance', 'managed', 'team', 'ownedApplication', 'ownedSp', 'spRoleAssignment', 'groupResource', 'policy', 'accessPackage', 'catalog'];

/** Every id in an object of the referee's, in its order. */
const idsIn = (value: unknown): readonly string[] => JSON.stringify(value ?? null).match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];

async function readRows(): Promise<readonly Row[]> {
  const lines = (await readFile(path.join(shared, 'reference/graph/operations.tsv'), 'utf8')).split(/\r?\n/).slice(1).map((line) => line.split('\t'));
  return lines.filter(([, method, , , , , , , , core]) => method === 'GET' && core !== 'core').map(([version = '', , where = '', , area = '']) => ({ version, path: where, area }));
}

/** Looks for a way to the row that is answered: each in turn, as an application and then as a person. */
async function judge(referee: Referee, keys: Readonly<Record<string, Keys>>, row: Row): Promise<Result> {
  const ways = await keys[row.version]?.waysTo(row.path) ?? [];
  const results: Result[] = [];
  for (const way of ways) {
    for (const as of ['app', 'admin']) {
      const result = verdictOn(referee, row, { way, answer: await referee.world.call('GET', way, { as, version: row.version }) });
      if (result.verdict !== 'refused' && result.verdict !== 'no object') return result;
      results.push(result);
      if (result.verdict === 'no object') break;
    }
  }
  return results.find(({ verdict }) => verdict === 'refused') ?? results[0] ?? { row, verdict: 'no object', detail: '' };
}

function verdictOn({ validators, documents }: Referee, row: Row, { way, answer }: { readonly way: string; readonly answer: RefereeAnswer }): Result {
  const { status, json } = answer;
  const result = (verdict: Verdict, detail = ''): Result => ({ row, verdict, detail: `${row.version} ${way} ${status} ${detail}` });
  if (status >= 500 || status === 0) return result('failed');
  if (status >= 400) {
    const error = isRecord(json) ? recordAt(json, 'error') : {};
    const [code, message] = [textAt(error, 'code'), textAt(error, 'message') ?? ''];
    if (code === undefined || !isRecord(error['innerError'])) return result('no Graph error');
    const segment = /not found for the segment '([^']*)'/.exec(message)?.[1];
    if (segment !== undefined) return result('not served', `segment ${segment}`);
    return status === 404 ? result('no object', message) : result('refused', message);
  }
  if (status === 204) return result('answered');
  const { schema: responseSchema } = documents[row.version]?.paths[row.path]?.['get']?.responses?.['200']?.content?.['application/json'] ?? {};
  if (row.path.endsWith('/$count')) return /^\d+$/.test(answer.text) ? result('answered') : result('misshapen', answer.text.slice(0, 80));
  if (responseSchema === undefined) return result('answered');
  const misfit = validators[row.version]?.operation({ key: `GET ${row.path}`, path: row.path, responseSchema }, json) ?? null;
  return misfit === null ? result('answered') : result('misshapen', misfit);
}

function table(results: readonly Result[]): string {
  const areas = [...new Set(results.map(({ row }) => `${row.version} ${row.area}`))].toSorted();
  const line = (name: string, of: readonly Result[]): string => [name.padEnd(40), ...verdicts.map((verdict) => String(of.filter((one) => one.verdict === verdict).length).padStart(verdict.length + 2)), String(of.length).padStart(7)].join('');
  return [`${''.padEnd(40)}${verdicts.map((verdict) => `  ${verdict}`).join('')}    all`, ...areas.map((area) => line(area, results.filter(({ row }) => `${row.version} ${row.area}` === area))), line('all', results)].join('\n');
}

/** Segments that the resolver does not know, with how many rows each keeps from being answered. */
function unserved(results: readonly Result[]): string {
  const counts = new Map<string, number>();
  for (const { row, verdict, detail } of results) {
    if (verdict !== 'not served') continue;
    const segment = detail.split('segment ').at(-1) ?? '';
    const parts = row.path.split('/').filter((part) => !part.startsWith('{'));
    const at = parts.findIndex((part) => part.toLowerCase() === segment.toLowerCase());
    const key = `${row.version} …/${parts[at - 1] ?? ''}/${segment}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].toSorted(([, one], [, other]) => other - one).map(([key, count]) => `${String(count).padStart(5)}  ${key}`).join('\n');
}

async function main(): Promise<number> {
  const { positionals: [bootstrapFile], values } = parseArgs({ allowPositionals: true, options: { 'min-answered': { type: 'string', default: '0' }, list: { type: 'boolean', default: false } } });
  if (bootstrapFile === undefined) throw new Error('Name the bootstrap.json of a running server.');
  const bootstrap: unknown = JSON.parse(await readFile(bootstrapFile, 'utf8'));
  if (!isRecord(bootstrap)) throw new Error(`${bootstrapFile} is no JSON object.`);
  const referee = await loadReferee(path.join(shared, 'tools/graph-conformance'), bootstrap);
  const made = await Promise.allSettled(referee.recipes.map(async (name) => referee.world.need(name)));
  const missing = referee.recipes.filter((_, index) => made[index]?.status === 'rejected');
  process.stdout.write(`${made.length - missing.length} of ${made.length} of the referee's objects are there${missing.length === 0 ? '' : `, without ${missing.join(', ')}`}\n`);
  const likely = [...new Set((await Promise.all(telling.map(async (name) => idsIn(await referee.world.need(name).catch(() => undefined))))).flat())];
  const keys = Object.fromEntries(['v1.0', 'beta'].map((version) => [version, new Keys(referee.world, { version, likely })]));
  const results = await inParallel(await readRows(), async (row) => judge(referee, keys, row));
  const bad = results.filter(({ verdict }) => verdict === 'failed' || verdict === 'misshapen' || verdict === 'no Graph error');
  process.stdout.write(`${table(results)}\n\nnot served, by segment:\n${unserved(results)}\n\n${bad.map(({ verdict, detail }) => `${verdict}: ${detail}`).join('\n')}\n`);
  if (values.list) process.stdout.write(`${results.filter(({ verdict }) => verdict !== 'answered').map(({ verdict, detail }) => `${verdict}: ${detail}`).join('\n')}\n`);
  const answered = results.filter(({ verdict }) => verdict === 'answered').length;
  process.stdout.write(`other rows ${answered}/${results.length} answered in shape, ${bad.length} wrong\n`);
  return bad.length === 0 && answered >= Number(values['min-answered']) ? 0 : 1;
}

process.exitCode = await main();
