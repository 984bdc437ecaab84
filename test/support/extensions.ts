/** Custom extensions for tests: rows made with plain SQL, a receiver that keeps what it is sent, and the world in which calls are made. */
import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { sql } from 'kysely';
import { afterAll, expect } from 'vitest';
import { makeCalls, type CallWorld } from '../../src/features/extensions/jobs.ts';
import type { CalloutStage, ExtensionType } from '../../src/features/extensions/model.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { resumeRequest } from '../../src/features/requests/commands/resume.ts';
import type { Submitted } from '../../src/features/requests/commands/submit.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { isRecord, type JsonRecord } from '../../src/kernel/json.ts';
import { fixedClock, type Clock } from '../../src/platform/clock.ts';
import type { Db } from '../../src/platform/db/database.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { all, one } from '../../src/platform/db/transaction.ts';
import { newWebhookKey, webhookSigner, type WebhookKeys } from '../../src/platform/http/webhook.ts';
import { newId } from '../../src/platform/ids.ts';
import { administrator, as, ask, makeHouse, makeObject, makePackage, makePolicy, person, type House, type PolicyOptions } from './lifecycle.ts';

/** One call that arrived. */
export interface Arrived {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: JsonRecord;
}

/** A program that extensions call. `answer` decides the status of the next calls. */
export class Receiver {
  readonly arrived: Arrived[] = [];
  answer: (call: Arrived) => number | Promise<number> = () => 202;
  readonly #server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => { text += piece.toString(); });
    request.on('end', () => {
      const body: unknown = JSON.parse(text);
      const call = { headers: request.headers, text, body: isRecord(body) ? body : {} };
      this.arrived.push(call);
      void Promise.resolve(this.answer(call)).then((status) => { response.writeHead(status, { 'x-ms-workflow-run-id': `run-${this.arrived.length}` }).end(); });
    });
  });
  #port = 0;

  /** Begins to listen on loopback; stops with the file's tests. */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => { this.#server.listen(0, '127.0.0.1', resolve); });
    afterAll(() => { this.#server.closeAllConnections(); this.#server.close(); });
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : expect.unreachable('it does not listen');
    return this;
  }

  /** `host:port`, as GATEHOUSE_OUTBOUND_HOSTS names it. */
  get host(): string { return `127.0.0.1:${this.#port}`; }
  /** Where it is called. */
  get url(): string { return `http://${this.host}/flow?key=secret`; }
  /** Stages that it was told of. */
  get stages(): readonly unknown[] { return this.arrived.map(({ body }) => body['Stage']); }
}

/** Whether a call was signed by whoever published the keys. */
export function isSignedBy({ keys }: WebhookKeys, { headers, text }: Arrived): boolean {
  const [version, signature = ''] = String(headers['webhook-signature']).split(',');
  const key = createPublicKey({ key: { ...keys[0] }, format: 'jwk' });
  return version === 'v1a' && verify(null, Buffer.from(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`), key, Buffer.from(signature, 'base64'));
}

/** What calls are made with in tests, by a clock of theirs. */
export function callWorld(db: Db, clock: Clock, more: Partial<CallWorld> = {}): CallWorld {
  return { db, clock, log: silentLog, publicUrl: 'http://house', signer: webhookSigner(newWebhookKey()), allowed: [], tokenFor: async (audience) => `token for ${audience}`, ...more };
}

/** Makes every call that is due, until none is. */
export async function makeAllCalls(world: CallWorld): Promise<void> {
  while (await makeCalls(world) > 0);
}

/** An extension. */
export interface MadeExtension {
  readonly url: string | undefined;
  readonly type?: ExtensionType;
  readonly waitsFor?: string;
  readonly retries?: number;
  readonly resourceId?: string;
}

/** Makes an extension in a catalog. */
export async function makeExtension(db: Db, catalogId: string, { url, type = 'accessPackageAssignmentRequestWorkflowExtension', waitsFor, retries, resourceId }: MadeExtension): Promise<string> {
  const id = newId();
  const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
  await sql`insert into custom_extensions (id, catalog_id, type, display_name, endpoint_configuration, authentication_configuration, client_configuration, callback_configuration, created_at, modified_at)
    values (${id}, ${catalogId}, ${type}, 'extension', ${JSON.stringify({ url })}, ${json(resourceId === undefined ? undefined : { resourceId })}, ${json(retries === undefined ? undefined : { maximumRetries: retries })},
      ${json(waitsFor === undefined ? undefined : { timeoutDuration: waitsFor })}, now(), now())`.execute(db);
  return id;
}

/** Has a policy call an extension at some stages. */
export async function callAt(db: Db, [policyId, extensionId]: readonly [policy: string, extension: string], stages: readonly CalloutStage[]): Promise<void> {
  for (const [position, stage] of stages.entries()) {
    await sql`insert into policy_extensions (id, policy_id, stage, extension_id, position) values (${newId()}, ${policyId}, ${stage}, ${extensionId}, ${position})`.execute(db);
  }
}

/** The calls of a request or an assignment, in order. */
export async function calloutsOf(db: Db, id: string): Promise<readonly { readonly id: string; readonly stage: string; readonly state: string; readonly attempts: number; readonly detail: string | null; readonly error: string | null }[]> {
  return await all(db, sql<{ id: string; stage: string; state: string; attempts: number; detail: string | null; error: string | null }>`
    select id, stage, state, attempts, detail, last_error as error from callouts where request_id = ${id} or assignment_id = ${id} order by created_at, id`);
}

/** How many calls are still to be made. */
export async function queuedCount(db: Db): Promise<number> {
  return (await all(db, sql`select 1 from callout_queue`)).length;
}

/** A house whose packages call a receiver, on a clock that stands still at its start until it is set. */
export class CallingHouse {
  readonly db: Db;
  readonly receiver: Receiver;
  readonly start = new Date('2026-01-01T00:00:00Z');
  readonly clock = fixedClock(this.start);
  readonly world: CallWorld;
  readonly sweep: ReturnType<typeof lifecycleSweep>;
  /** Manages everything. */
  readonly admin: Caller;
  readonly house: House;

  private constructor(db: Db, { receiver, house, adminId }: { readonly receiver: Receiver; readonly house: House; readonly adminId: string }) {
    this.db = db;
    this.receiver = receiver;
    this.house = house;
    this.world = callWorld(db, this.clock, { allowed: [receiver.host] });
    this.sweep = lifecycleSweep({ db, clock: this.clock, log: silentLog });
    this.admin = administrator(adminId);
  }

  /** Builds one. */
  static async build(db: Db): Promise<CallingHouse> {
    return new CallingHouse(db, { receiver: await new Receiver().start(), house: await makeHouse(db), adminId: await makeObject(db, 'servicePrincipal') });
  }

  /** A package whose policy calls an extension at some stages; the clock is back at the start, and nobody has been called. */
  async called(stages: readonly CalloutStage[], options: PolicyOptions & { readonly extension?: Partial<MadeExtension> } = {}): Promise<{ readonly packageId: string; readonly policyId: string; readonly extensionId: string }> {
    this.clock.set(this.start);
    this.receiver.arrived.length = 0;
    this.receiver.answer = () => 202;
    await sql`delete from callout_queue`.execute(this.db);
    const packageId = await makePackage(this.db, this.house);
    const policyId = await makePolicy(this.db, packageId, options);
    const extensionId = await makeExtension(this.db, this.house.catalogId, { url: this.receiver.url, ...options.extension });
    await callAt(this.db, [policyId, extensionId], stages);
    return { packageId, policyId, extensionId };
  }

  /** Somebody with a token of their own. */
  async newPerson(): Promise<Caller> { return person(await makeObject(this.db, 'user')); }

  /** Somebody asks for a package. */
  async request(caller: Caller, packageId: string): Promise<Submitted> { return await ask(this.db, caller, { type: 'userAdd', named: { accessPackageId: packageId }, now: this.clock.now() }); }

  /** Resumes a request as the administrator, or as somebody else. */
  async resume(requestId: string, data: JsonRecord, caller = this.admin): Promise<void> {
    await as(this.db, { caller, now: this.clock.now() }, async (work) => { await resumeRequest(work, requestId, { source: 'test', data }); });
  }

  /** Graph's finer word for where a request is. */
  async statusOf(id: string): Promise<string> { return (await one(this.db, sql<{ status: string }>`select status from assignment_requests where id = ${id}`)).status; }
}
