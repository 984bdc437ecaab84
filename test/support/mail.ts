/** Mail for tests on PostgreSQL: a post office that keeps what it is given, and a house whose steps are told. */
import { sql } from 'kysely';
import { afterAll, beforeEach } from 'vitest';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { sweepMails, type MailWorld } from '../../src/features/mails/jobs.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { openDatabase, type Db } from '../../src/platform/db/database.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { all } from '../../src/platform/db/transaction.ts';
import type { OutgoingMail, SendFailure } from '../../src/platform/mail/mailer.ts';
import { administrator, as, ask, makeHouse, makeObject, makePackage, makePolicy, person, stagesOf, type House, type PolicyOptions } from './lifecycle.ts';

/** A pool of a server that sends mail: what is done through it is noted. */
export function mailingDatabase(databaseUrl: string): Promise<Db> {
  return openDatabase({ home: '', databaseUrl, poolSize: 6, log: silentLog, settings: { 'gatehouse.mail': 'on' } }).then((opened) => {
    afterAll(async () => { await opened.stop(); });
    return opened.db;
  });
}

/** A post office in this process: `fail` decides whether the next mails are taken. */
export class PostOffice {
  readonly sent: OutgoingMail[] = [];
  fail: (mail: OutgoingMail) => SendFailure | undefined = () => undefined;
  readonly clock = fixedClock(new Date());
  readonly world: MailWorld;

  constructor(db: Db) {
    const send = async (mail: OutgoingMail): Promise<SendFailure | undefined> => {
      const failure = this.fail(mail);
      if (failure === undefined) this.sent.push(mail);
      return failure;
    };
    this.world = { db, clock: this.clock, log: silentLog, publicUrl: 'https://access.example.com', mailer: { send, close: () => {} } };
  }

  /** Sends everything that is due, and hands over what was sent since the last time: `address: subject`. */
  async post(): Promise<readonly string[]> {
    while (await sweepMails(this.world) > 0);
    return this.sent.splice(0).map(({ to, subject }) => `${to.split('@')[0] ?? ''}: ${subject}`).toSorted();
  }
}

/** Gives somebody a name and a mail address of it. */
export async function nameAs(db: Db, id: string, name: string): Promise<string> {
  await sql`update directory_objects set display_name = ${name}, data = data || jsonb_build_object('mail', ${`${name.toLowerCase().replaceAll(' ', '.')}@example.com`}::text) where id = ${id}`.execute(db);
  return id;
}

/** A house whose steps are told: people with addresses, packages, and a post office. */
export class TellingHouse {
  readonly db: Db;
  readonly office: PostOffice;
  readonly admin: Caller;
  readonly #house: House;
  #packages = 0;

  constructor(db: Db, house: House, admin: Caller) {
    this.db = db;
    this.office = new PostOffice(db);
    this.#house = house;
    this.admin = admin;
  }

  /** Opens one over a database of its own. Nothing is left of mails before each test. */
  static async open(databaseUrl: string): Promise<TellingHouse> {
    const db = await mailingDatabase(databaseUrl);
    const telling = new TellingHouse(db, await makeHouse(db), administrator(await makeObject(db, 'servicePrincipal')));
    beforeEach(async () => { await telling.#clear(); });
    return telling;
  }

  async #clear(): Promise<void> {
    await sql`delete from mails`.execute(this.db);
    await sql`delete from mail_steps`.execute(this.db);
    this.office.fail = () => undefined;
    this.office.clock.set(new Date(Date.now() + 1000));
  }

  /** Name of the package that was offered last. */
  get box(): string { return `“Box ${this.#packages}”`; }

  /** Somebody with an address; mails to them begin with the name in lower case. */
  async newPerson(name: string): Promise<Caller> { return person(await nameAs(this.db, await makeObject(this.db, 'user'), name)); }

  /** A package with a policy. */
  async offer(options: PolicyOptions = {}, isMuted = false): Promise<string> {
    const packageId = await makePackage(this.db, this.#house);
    await sql`update access_packages set display_name = ${`Box ${++this.#packages}`} where id = ${packageId}`.execute(this.db);
    const policyId = await makePolicy(this.db, packageId, options);
    await sql`update assignment_policies set notification_settings = ${JSON.stringify({ isAssignmentNotificationDisabled: isMuted })} where id = ${policyId}`.execute(this.db);
    return packageId;
  }

  /** Somebody asks for a package. */
  async request(caller: Caller, accessPackageId: string, more: { readonly justification?: string } = {}): Promise<string> {
    return (await ask(this.db, caller, { type: 'userAdd', named: { accessPackageId }, ...more })).id;
  }

  /** Somebody decides the open stage. */
  async decide(requestId: string, caller: Caller, verdict: { readonly reviewResult: 'Approve' | 'Deny'; readonly justification?: string }): Promise<void> {
    const stage = (await stagesOf(this.db, requestId)).find(({ status }) => status === 'InProgress');
    await as(this.db, { caller }, async (work) => await decideStage(work, { requestId, stageId: stage?.id ?? '' }, { justification: null, ...verdict }));
  }

  /** Does what time has made due. */
  async sweep(): Promise<void> { await lifecycleSweep({ db: this.db, clock: this.office.clock, log: silentLog }).run(); }
}

/** What became of the mails, by kind: state, attempts and last error. */
export async function mailsNow(db: Db): Promise<readonly { readonly kind: string; readonly state: string; readonly attempts: number; readonly error: string | null; readonly said: unknown }[]> {
  return await all(db, sql<{ kind: string; state: string; attempts: number; error: string | null; said: unknown }>`select kind, state, attempts, last_error as error, said from mails order by created_at, id`);
}
