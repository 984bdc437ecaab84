/** The server of all stories over HTTP, with people that one story after another borrows: making and signing in people is slow. */
import { sql } from 'kysely';
import { send, type Answer } from '../../../cli/client/http.ts';
import type { JsonRecord } from '../../../src/kernel/json.ts';
import { GraphCaller, textOf, type Entity } from '../../../cli/client/graph.ts';
import { createApi, createBlueprint, createPerson, createPublicClient, createWorkload, redirectUri, type Api, type Person, type Workload } from '../../../cli/client/organisation.ts';
import { personToken } from '../../../cli/client/sign-in.ts';
import { ownApiScope } from '../../../cli/client/tokens.ts';
import { silentLog } from '../../../src/platform/db/log.ts';
import { all } from '../../../src/platform/db/transaction.ts';
import { newId } from '../../../src/platform/ids.ts';
import { lifecycleSweep } from '../../../src/features/assignments/jobs.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const peoplePermissions = ['EntitlementManagement.ReadWrite.All', 'EntitlementMgmt-SubjectAccess.ReadWrite', 'User.Read'];
/** Graph as one caller, in both versions. */
export class Caller extends GraphCaller {
  readonly token: () => Promise<string>;

  constructor(base: string, token: () => Promise<string>) {
    super(base, token);
    this.token = token;
  }

  /** A call below `/beta`. */
  async inBeta(method: string, path: string, body: JsonRecord): Promise<Answer> {
    return await send(method, `${this.base}/beta${path}`, { token: await this.token(), body });
  }
}

/** Tokens live for some minutes. */
const tokenLifeMs = 150_000;
const roleCount = 4;

/** A token that is used again while it lives. */
interface Kept {
  readonly token: string;
  readonly until: number;
}

/** Everything that stories share. */
export class House {
  readonly server: TestServer;
  readonly api: Api;
  readonly blueprint: Workload;
  readonly #client: Workload;
  readonly #free: Person[] = [];
  readonly #lent: Person[] = [];
  readonly #tokens = new Map<string, Kept>();

  constructor(server: TestServer, { api, blueprint, client }: { readonly api: Api; readonly blueprint: Workload; readonly client: Workload }) {
    this.server = server;
    this.api = api;
    this.blueprint = blueprint;
    this.#client = client;
  }

  /** The id of the nth role of the API. */
  role(nth: number): string {
    return textOf(this.api.roles, `Role.${nth % roleCount}`);
  }

  /** Somebody without any relation, role or access. */
  async borrow(): Promise<Person> {
    const person = this.#free.pop() ?? await createPerson(this.server.graph, `person ${newId()}`, this.server.domain);
    this.#lent.push(person);
    return person;
  }

  /** Takes everybody back whom the story before has not changed for good, as they were. */
  async takeBack(): Promise<void> {
    const ids = this.#lent.map(({ id }) => id);
    const { owner } = this.server.database;
    await sql`delete from grants where principal_id = any(${ids}::uuid[])`.execute(owner);
    // An agent would keep its sponsor from leaving in a later story.
    await sql`update directory_objects set deleted_at = now() where type = 'agentIdentity' and deleted_at is null`.execute(owner);
    await sql`delete from directory_links where source_id = any(${ids}::uuid[])`.execute(owner);
    await sql`delete from approver_delegates where principal_id = any(${ids}::uuid[])`.execute(owner);
    await sql`delete from role_assignments where principal_id = any(${ids}::uuid[])`.execute(owner);
    const whole = await all(owner, sql<{ id: string }>`select id from directory_objects where id = any(${ids}::uuid[]) and account_enabled and deleted_at is null and data ->> 'userType' is distinct from 'Guest'`);
    this.#free.push(...this.#lent.splice(0).filter((person) => whole.some(({ id }) => id === person.id)));
  }

  /** Graph as a person. */
  asPerson(person: Person): Caller {
    const { username, password } = person;
    return this.#as(person.id, async () => await personToken(this.server.door, { clientId: this.#client.appId, redirectUri, username, password, scope: `${ownApiScope} openid` }));
  }

  /** Graph as an agent. */
  asAgent(agent: Entity): Caller {
    return this.#as(agent.id, async () => await this.server.agentToken(this.blueprint, agent));
  }

  /** Graph as an application. */
  asWorkload(workload: Workload): Caller {
    return this.#as(workload.principalId, async () => await this.server.tokenOf(workload));
  }

  #as(id: string, ask: () => Promise<string>): Caller {
    return new Caller(this.server.door.base, async () => {
      const kept = this.#tokens.get(id);
      if (kept !== undefined && kept.until > Date.now()) return kept.token;
      const token = await ask();
      this.#tokens.set(id, { token, until: Date.now() + tokenLifeMs });
      return token;
    });
  }

  /** Moves every time that rows hold into the past, and does what is due, as the server's own sweep does. */
  async pass(milliseconds: number): Promise<void> {
    const { owner } = this.server.database;
    const seconds = milliseconds / 1000;
    for (const table of ['assignments', 'assignment_requests', 'approval_stages', 'grants', 'approver_delegates', 'automatic_assignments', 'failing_deliveries']) {
      const columns = await all(owner, sql<{ name: string }>`select column_name as name from information_schema.columns where table_schema = 'public' and table_name = ${table} and data_type like 'timestamp%' and is_generated = 'NEVER'`);
      const moves = columns.map(({ name }) => sql`${sql.ref(name)} = ${sql.ref(name)} - make_interval(secs => ${seconds})`);
      await sql`update ${sql.table(table)} set ${sql.join(moves)}`.execute(owner);
    }
    const moved = (path: string) => sql`case when schedule #>> ${path}::text[] is null then schedule else jsonb_set(schedule, ${path}::text[], to_jsonb((schedule #>> ${path}::text[])::timestamptz - make_interval(secs => ${seconds}))) end`;
    for (const path of ['{startDateTime}', '{expiration,endDateTime}']) await sql`update assignment_requests set schedule = ${moved(path)}`.execute(owner);
    await this.sweep();
  }

  /** What is due is done, unless the server is at it already. */
  async sweep(): Promise<void> {
    await lifecycleSweep({ db: this.server.database.db, clock: { now: () => new Date() }, log: silentLog }).run();
  }

  /** A token of the program that administers everything. */
  async program(): Promise<string> {
    const kept = this.#tokens.get('program');
    if (kept !== undefined && kept.until > Date.now()) return kept.token;
    const token = await this.server.administratorToken();
    this.#tokens.set('program', { token, until: Date.now() + tokenLifeMs });
    return token;
  }
}

/** Starts the server and makes what all stories use. */
export async function openHouse(): Promise<House> {
  const server = await startTestServer();
  const { graph } = server;
  const founder = await createPerson(graph, 'Founder', server.domain);
  return new House(server, {
    api: await createApi(graph, { name: 'Orders API', roles: Array.from({ length: roleCount }, (_, nth) => `Role.${nth}`) }), blueprint: await createBlueprint(graph, 'bots', [founder]),
    client: await createPublicClient(graph, 'people of the stories', peoplePermissions),
  });
}

/** A new application of a story. */
export const newWorkload = async ({ server }: House): Promise<Workload> => await createWorkload(server.graph, `application ${newId()}`);
