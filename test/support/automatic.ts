/** Packages that go to departments by themselves, people who move between them, and a clock that is set: for tests of automatic assignment on PostgreSQL. */
import { sql } from 'kysely';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import type { Db } from '../../src/platform/db/database.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { all, maybe, one } from '../../src/platform/db/transaction.ts';
import { grantsAt, makeHouse, makeObject, makePackage, makePolicy, type House } from './lifecycle.ts';

/** A package that a department of its own gets by itself. */
export interface Ruled {
  readonly packageId: string;
  readonly policyId: string;
  readonly department: string;
}

/** What differs from a rule over a department that gives and takes at once. */
export interface RuledOptions {
  readonly requests?: boolean;
  readonly removes?: boolean;
  readonly grace?: string;
  readonly scope?: string;
  readonly rule?: (department: string) => string;
}

/** An hour in milliseconds. */
export const hour = 3_600_000;

/** A company whose departments get packages. */
export class Company {
  readonly db: Db;
  readonly house: House;
  /** The clock of the company: the real one, and what has been let go by. */
  readonly clock = { now: (): Date => new Date(Date.now() + this.#ahead) };
  readonly #sweep: { readonly run: () => Promise<number> };
  #departments = 0;
  #ahead = 1000;

  constructor(db: Db, house: House) {
    this.db = db;
    this.house = house;
    this.#sweep = this.sweeper();
  }

  /** Another process that does what is due. */
  sweeper(): { readonly run: () => Promise<number> } {
    return lifecycleSweep({ db: this.db, clock: this.clock, log: silentLog });
  }

  /** Lets time go by, in milliseconds. */
  pass(ms: number): void {
    this.#ahead += ms;
  }

  /** Everything that is due, and what follows from it. */
  async sweep(): Promise<void> {
    while (await this.#sweep.run() > 0);
  }

  /** A package with a policy that has a rule. */
  async ruled({ requests = true, removes = true, grace, scope = 'specificDirectoryUsers', rule = (department) => `user.department -eq "${department}"` }: RuledOptions = {}): Promise<Ruled> {
    const department = `department ${++this.#departments}`;
    const packageId = await makePackage(this.db, this.house);
    const policyId = await makePolicy(this.db, packageId, { scope, requestor: { enableTargetsToSelfAddAccess: false } });
    await sql`insert into attribute_rules (policy_id, membership_rule, requests, removes, grace_period, next_run_at, full_run_at)
      values (${policyId}, ${rule(department)}, ${requests}, ${removes}, ${grace ?? null}, ${this.clock.now()}, ${this.clock.now()})`.execute(this.db);
    return { packageId, policyId, department };
  }

  async hire(department: string | null): Promise<string> {
    const id = await makeObject(this.db, 'user');
    await this.move([id], department);
    return id;
  }

  async move(ids: readonly string[], department: string | null): Promise<void> {
    await sql`update directory_objects set data = data || jsonb_build_object('department', ${department}::text) where id = any(${ids}::uuid[])`.execute(this.db);
  }

  async staff(department: string, size: number): Promise<readonly string[]> {
    return await Promise.all(Array.from({ length: size }, async () => await this.hire(department)));
  }

  async has(targetId: string): Promise<boolean> {
    return (await grantsAt(this.db, targetId, this.clock.now())).length > 0;
  }

  async holders({ packageId }: Ruled): Promise<number> {
    return (await one(this.db, sql<{ n: number }>`select count(*)::integer as n from assignments where access_package_id = ${packageId} and state = 'delivered'`)).n;
  }

  /** Status of the last assignment of somebody. */
  async statusOf(targetId: string): Promise<string | undefined> {
    return (await maybe(this.db, sql<{ status: string }>`select status from assignment_states where target_id = ${targetId} order by id desc limit 1`))?.status;
  }

  /** Why somebody who matches has not got it. */
  async reasonsOf(targetId: string): Promise<readonly string[] | undefined> {
    return (await maybe(this.db, sql<{ codes: string[] | null }>`select (select array_agg(r ->> 'code') from jsonb_array_elements(m.reasons) r) as codes from rule_members m where m.member_id = ${targetId}`))?.codes ?? undefined;
  }

  /** The last run of a policy that was held. */
  async lastRun({ policyId }: Ruled): Promise<{ readonly state: string; readonly removals: number; readonly assigned: number } | undefined> {
    return await maybe(this.db, sql<{ state: string; removals: number; assigned: number }>`
      select state, assignment_count as assigned, (select count(*)::integer from automatic_run_removals m where m.run_id = r.id) as removals from automatic_assignment_runs r where policy_id = ${policyId} order by id desc limit 1`);
  }

  /** Requests for somebody as type and state, in their order. */
  async requestsOf(targetId: string): Promise<readonly string[]> {
    return (await all(this.db, sql<{ type: string }>`select request_type || ' ' || state as type from assignment_requests where target_id = ${targetId} order by id`)).map(({ type }) => type);
  }
}

/** A company in an empty database. */
export const makeCompany = async (db: Db): Promise<Company> => new Company(db, await makeHouse(db, 2));
