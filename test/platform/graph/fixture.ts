/** A small service over real tables, to test the Graph layer with: shelves hold boxes, boxes hold slots, things are people and teams. */
import { CompiledQuery, createQueryId, sql } from 'kysely';
import type { Caller } from '../../../src/kernel/caller.ts';
import { isRecord, recordsAt } from '../../../src/kernel/json.ts';
import { fixedClock } from '../../../src/platform/clock.ts';
import type { Db } from '../../../src/platform/db/database.ts';
import type { GraphResponse, GraphService } from '../../../src/platform/graph/exchange.ts';
import type { Version } from '../../../src/platform/graph/model.ts';
import { buildRegistry } from '../../../src/platform/graph/registry.ts';
import { answerGraph } from '../../../src/platform/graph/service.ts';
import { newId } from '../../../src/platform/ids.ts';
import { declaration } from './declaration.ts';

/** Whoever may do everything. `permissions` narrow it: see the declaration. */
export const callerWith = (...permissions: readonly string[]): Caller => ({
  principalId: '00000000-0000-4000-8000-0000000000aa', kind: 'user', displayName: 'Tester', clientAppId: '00000000-0000-4000-8000-0000000000bb',
  isDelegated: true, permissions: new Set(permissions), directoryRoles: new Set(), entitlementRoles: [],
});

/** What a test says of a request; the rest is filled in. `path` may carry a query string. */
export interface Ask {
  readonly method?: string;
  readonly version?: Version;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly caller?: Caller;
}

/** A client of the fixture's service. */
export interface Client {
  readonly service: GraphService;
  /** Bugs that the service has logged. */
  readonly bugs: { readonly facts: object; readonly message: string }[];
  readonly ask: (path: string, how?: Ask) => Promise<GraphResponse>;
  /** Members of a collection; fails unless it answers 200. */
  readonly list: (path: string, how?: Ask) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Names of a collection's members, in its order. */
  readonly names: (path: string, how?: Ask) => Promise<readonly unknown[]>;
}

/** Opens the fixture's service on a database. */
export function clientOf(db: Db): Client {
  const service: GraphService = { registry: buildRegistry([declaration]), db, clock: fixedClock(new Date('2026-05-04T03:02:01Z')), publicUrl: 'https://house.example' };
  const bugs: { facts: object; message: string }[] = [];
  const log = { error: (facts: object, message: string): void => { bugs.push({ facts, message }); } };
  const ask = async (path: string, how: Ask = {}): Promise<GraphResponse> => {
    const [pathOnly = '', query = ''] = path.split(/\?(.*)/s, 2);
    return answerGraph(service, {
      method: how.method ?? 'GET', version: how.version ?? 'v1.0', path: pathOnly, query, headers: how.headers ?? {}, body: how.body,
      caller: how.caller ?? callerWith('All'), requestId: 'request', clientRequestId: 'client',
    }, log);
  };
  const list = async (path: string, how?: Ask): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const { status, body } = await ask(path, how);
    if (status !== 200 || !Array.isArray(body?.['value'])) throw new Error(`${path} answers ${status}: ${JSON.stringify(body)}`);
    return recordsAt(body, 'value');
  };
  return { service, bugs, ask, list, names: async (path, how) => (await list(path, how)).map((member) => member['displayName']) };
}

/** The path of a link that the service has answered, as {@link Client.ask} takes it. */
export const followed = (link: unknown): string => String(link).replace(/^https:\/\/house\.example\/(v1\.0|beta|gatehouse\/v1)/, '');

type Values = Readonly<Record<string, unknown>>;

/** Inserts a row and gives its id. */
async function insert(db: Db, table: string, values: Values): Promise<string> {
  const id = newId();
  const all = Object.entries({ id, ...values });
  const columns = sql.join(all.map(([name]) => sql.ref(name)));
  await sql`insert into ${sql.table(table)} (${columns}) values (${sql.join(all.map(([, value]) => value))})`.execute(db);
  return typeof values['id'] === 'string' ? values['id'] : id;
}

/** A shelf, as columns of `catalogs`. */
export const addShelf = async (db: Db, name: string, values: Values = {}): Promise<string> => insert(db, 'catalogs', { display_name: name, ...values });

/** A box on a shelf, as columns of `access_packages`. */
export const addBox = async (db: Db, shelf: string, values: Values): Promise<string> => insert(db, 'access_packages', { catalog_id: shelf, ...values });

/** A team, as columns of `directory_objects`. */
export const addTeam = async (db: Db, name: string, values: Values = {}): Promise<string> => insert(db, 'directory_objects', { type: 'group', display_name: name, ...values });

/** A person; `data` is the bag. */
export const addPerson = async (db: Db, name: string, values: Values = {}): Promise<string> =>
  insert(db, 'directory_objects', { type: 'user', display_name: name, user_principal_name: `${name.toLowerCase()}@example.com`, ...values });

/** A slot in a box: needs a resource on the box's shelf. Gives the slot's id. */
export async function addSlot(db: Db, at: { readonly shelf: string; readonly box: string; readonly object: string }): Promise<string> {
  const resource = await insert(db, 'catalog_resources', { catalog_id: at.shelf, origin_system: 'AadGroup', origin_id: newId(), display_name: 'resource', directory_object_id: at.object });
  const [role, scope] = [newId(), newId()];
  await sql`insert into package_roles (access_package_id, resource_id, role_id, scope_id, role_origin_id, grant_kind, directory_object_id, permission_id)
    values (${at.box}, ${resource}, ${role}, ${scope}, 'Member', 'member', ${at.object}, ${newId()})`.execute(db);
  return `${role}_${scope}`;
}

/** Who leads whom. */
export const addManager = async (db: Db, of: string, manager: string): Promise<unknown> =>
  sql`insert into directory_links (source_id, kind, target_id) values (${of}, 'manager', ${manager})`.execute(db);

/** A membership in force. */
export const addMember = async (db: Db, team: string, member: string): Promise<unknown> =>
  sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${member}, ${team}, true)`.execute(db);

/** A pool that remembers what was sent through it. */
export function recording(db: Db): { readonly db: Db; readonly sent: CompiledQuery[] } {
  const sent: CompiledQuery[] = [];
  const recorder = db.withPlugin({
    transformQuery: ({ node }) => {
      sent.push(db.getExecutor().compileQuery(node, createQueryId()));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return { db: recorder, sent };
}

/** The plan of a statement, as the text of EXPLAIN; with `analyze` it is run too. */
export async function planOf(db: Db, query: CompiledQuery, options = ''): Promise<string> {
  const explained = await db.executeQuery(CompiledQuery.raw(`explain ${options} ${query.sql}`, [...query.parameters]));
  return explained.rows.map((row) => (isRecord(row) ? Object.values(row) : []).join('')).join('\n');
}
