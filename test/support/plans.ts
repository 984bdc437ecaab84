/** How a read is carried out: the statements that the Graph service sends, and how many rows the database looks at for them. */
import { Kysely, PostgresDialect, type CompiledQuery } from 'kysely';
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { declarations } from '../../src/features/index.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { isRecord, textAt } from '../../src/kernel/json.ts';
import type { Database, Tables } from '../../src/platform/db/database.ts';
import { openPool } from '../../src/platform/db/pool.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import type { GraphService } from '../../src/platform/graph/exchange.ts';
import type { Version } from '../../src/platform/graph/model.ts';
import { buildRegistry } from '../../src/platform/graph/registry.ts';
import { answerGraph } from '../../src/platform/graph/service.ts';
import { newId } from '../../src/platform/ids.ts';

/** What one read came to. */
export interface Examined {
  /** Rows of tables and index entries that were looked at, those inside functions included. */
  readonly rows: number;
  /** Large tables that were read from end to end. */
  readonly scanned: readonly string[];
  /** As text, for people. */
  readonly plan: string;
}

/** The ids of the members that a page held, the link to the next one, and what the page took. */
export interface ExaminedPage extends Examined {
  readonly ids: readonly unknown[];
  readonly next: string | undefined;
  /** Link to what changes from here on, of `delta()`. */
  readonly link: string | undefined;
  /** How many statements it took. */
  readonly statements: number;
  readonly body: unknown;
}

/** From this many rows a table is large. */
const large = 1000;

/** Reads through the real service over a database, and measures. */
export class PlanReader {
  readonly #service: GraphService;
  readonly #client: Client;
  readonly #sent: CompiledQuery[] = [];
  #isConnected = false;

  constructor(database: Database) {
    const pool = openPool({ databaseUrl: database.databaseUrl, size: 1, log: silentLog, settings: [] });
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), log: ({ query }) => { this.#sent.push(query); } });
    this.#service = { registry: buildRegistry(declarations), db, clock: { now: () => new Date() }, publicUrl: 'http://test' };
    this.#client = new Client({ connectionString: database.databaseUrl });
    afterAll(async () => {
      await db.destroy();
      await this.#client.end();
    });
  }

  /** GETs a path with its query in the name of a caller, and explains every statement that it took. */
  async get(url: string, caller: Caller, version: Version = 'v1.0'): Promise<ExaminedPage> {
    const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
    this.#sent.length = 0;
    const request = { method: 'GET', version, path, query: encodeURI(decodeURI(query)), headers: {}, body: undefined, caller, requestId: newId(), clientRequestId: newId() } as const;
    const { status, body } = await answerGraph(this.#service, request, { error: () => {} });
    if (status !== 200) throw new Error(`${url} answered ${status}: ${JSON.stringify(body)}`);
    const examined = [];
    // What a function answers is read in a transaction: its beginning and end have no plan.
    for (const statement of this.#sent.filter((one) => !/^\s*(start transaction|begin|commit|rollback|set )/i.test(one.sql))) examined.push(await this.examine(statement));
    const value = isRecord(body) ? body['value'] : undefined;
    const linkTo = (name: string): string | undefined => (isRecord(body) ? textAt(body, name)?.slice(`http://test/${version}`.length) : undefined);
    return { ...joined(examined), statements: examined.length, body, ids: Array.isArray(value) ? value.map((member: unknown) => (isRecord(member) ? member['id'] : undefined)) : [], next: linkTo('@odata.nextLink'), link: linkTo('@odata.deltaLink') };
  }

  /** Runs one statement as often as it takes until a prepared one may be planned for all values, and measures the last run. */
  async examine({ sql: text, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): Promise<Examined> {
    if (!this.#isConnected) await this.#client.connect();
    this.#isConnected = true;
    const [name, values] = [`p${newId()}`, [...parameters]];
    for (let run = 0; run < 6; run++) await this.#client.query({ name, text, values });
    await this.#client.query('begin');
    try {
      const before = await this.#tables();
      await this.#client.query({ name, text, values });
      const tables = (await this.#tables()).map((table) => ({ ...table, scans: table.scans - (before.find((one) => one.name === table.name)?.scans ?? 0), rows: table.rows - (before.find((one) => one.name === table.name)?.rows ?? 0) }));
      const explained = await this.#client.query<Record<string, string>>({ text: `explain (analyze, timing off, buffers off, summary off) ${text}`, values });
      const plan = explained.rows.map((row) => Object.values(row)[0]).join('\n');
      return {
        rows: Math.max(tables.reduce((sum, { rows }) => sum + rows, 0), rowsIn(plan)), plan,
        scanned: tables.filter(({ scans, size }) => scans > 0 && size > large).map((table) => table.name),
      };
    } finally {
      await this.#client.query('rollback');
    }
  }

  /** What this connection has read so far, table by table, functions included. */
  async #tables(): Promise<readonly { readonly name: string; readonly scans: number; readonly rows: number; readonly size: number }[]> {
    const { rows } = await this.#client.query<{ name: string; scans: number; rows: number; size: number }>(`
      select t.relname as name, t.seq_scan::int as scans, (coalesce(t.seq_tup_read, 0) + coalesce(t.idx_tup_fetch, 0))::float8 as rows, greatest(c.reltuples, 0)::float8 as size
        from pg_stat_xact_user_tables t join pg_class c on c.oid = t.relid`);
    return rows;
  }
}

/** Rows that scans answered or dropped, by the plan: index-only scans are not counted by the statistics. */
function rowsIn(plan: string): number {
  let [sum, loops, isScan] = [0, 1, false];
  for (const line of plan.split('\n')) {
    const node = /(\w[\w ]*?)(?: using| on| \(|$).*actual rows=([\d.]+) loops=(\d+)/.exec(line);
    if (node !== null) {
      isScan = / Scan\b/.test(line);
      loops = Number(node[3]);
      if (isScan) sum += Number(node[2]) * loops;
    }
    const removed = /Rows Removed by (?:Filter|Index Recheck): (\d+)/.exec(line);
    if (removed !== null && isScan) sum += Number(removed[1]) * loops;
  }
  return Math.ceil(sum);
}

const joined = (examined: readonly Examined[]): Examined => ({
  rows: examined.reduce((sum, { rows }) => sum + rows, 0), scanned: [...new Set(examined.flatMap(({ scanned }) => scanned))], plan: examined.map(({ plan }) => plan).join('\n\n'),
});
