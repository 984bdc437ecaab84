/** What runs by itself, on PostgreSQL: the server's own sweep, and the commands behind what administrators and programs do. */
import { sql } from 'kysely';
import { lifecycleSweep } from '../../../src/features/assignments/jobs.ts';
import { endAccess, packageRolesChanged, reprocessAssignment } from '../../../src/features/assignments/commands.ts';
import { confirmRun, discardRun } from '../../../src/features/automaticAssignments/commands/decide.ts';
import { reprocessRequest } from '../../../src/features/requests/commands/change.ts';
import { resumeRequest } from '../../../src/features/requests/commands/resume.ts';
import type { AskingWork, RequestWork } from '../../../src/features/requests/store/writing.ts';
import type { Caller } from '../../../src/kernel/caller.ts';
import type { Database } from '../../../src/platform/db/database.ts';
import { silentLog } from '../../../src/platform/db/log.ts';
import { all, maybe, one as oneRow } from '../../../src/platform/db/transaction.ts';
import { newId } from '../../../src/platform/ids.ts';
import { idOf as idInTown } from '../../model/cast.ts';
import { insertPolicyRow } from '../../model/package-rows.ts';
import { command } from '../../support/graph-work.ts';
import { administrator } from '../../support/lifecycle.ts';
import type { People } from '../people.ts';
import type { ProgramAnswer, RetryNow, RuledPlan, Running } from '../running.ts';
import { callbackOf, rulePolicyWire } from '../wire.ts';
import type { Refused } from '../world.ts';

/** What the world of a story lends. */
export interface Lent {
  readonly people: People;
  readonly database: Database;
  readonly catalogId: string;
  readonly now: () => Date;
  readonly requestId: () => string;
  readonly assignmentOf: (targetId: string, packageId: string) => Promise<string>;
  readonly write: (act: (work: RequestWork) => Promise<unknown>) => Promise<void>;
  readonly attempt: (caller: Caller, act: (work: AskingWork) => Promise<unknown>) => Promise<Refused>;
  readonly codesOf: (act: () => Promise<void>) => Promise<Refused>;
}

/** One story's. */
export class CommandRunning implements Running {
  readonly #lent: Lent;

  constructor(lent: Lent) {
    this.#lent = lent;
  }

  readonly #idOf = (name: string): string => this.#lent.people.idOf(name);

  /** Rows are stamped by the database's own clock as well: the sweep is never behind it. */
  async settle(): Promise<void> {
    const now = new Date(Math.max(this.#lent.now().getTime(), Date.now() + 1000));
    await lifecycleSweep({ db: this.#lent.database.db, clock: { now: () => now }, log: silentLog }).run();
  }

  async #setData(who: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#lent.write(async ({ tx }) => await sql`update directory_objects set data = data || ${JSON.stringify(data)}::jsonb where id = ${this.#idOf(who)}`.execute(tx));
  }

  async setDepartment(who: string, department: string | undefined): Promise<void> {
    await this.#setData(who, { department: department ?? null });
  }

  async setTags(who: string, tags: readonly string[]): Promise<void> {
    await this.#setData(who, { tags });
  }

  async addRuledPolicy(plan: RuledPlan): Promise<void> {
    const id = this.#lent.people.name(plan.name);
    const now = this.#lent.now();
    const rule = plan.rule.replace('{blueprint}', idInTown('the blueprint'));
    await this.#lent.write(async ({ tx }) => {
      await insertPolicyRow(tx, { id, packageId: this.#idOf(plan.packageName), targets: [], wire: { ...rulePolicyWire({ ...plan, rule }), questions: [] } });
      await sql`insert into attribute_rules (policy_id, membership_rule, requests, removes, grace_period, next_run_at, full_run_at) values (${id}, ${rule}, true, true, ${plan.grace ?? null}, ${now}, ${now})`.execute(tx);
      if (plan.asksFirst) await sql`update attribute_rules set removal_brake_percent = 0, removal_brake_minimum = 1 where policy_id = ${id}`.execute(tx);
    });
  }

  async #heldRunId(policy: string): Promise<string | undefined> {
    return (await maybe(this.#lent.database.db, sql<{ id: string }>`select id from automatic_assignment_runs where policy_id = ${this.#idOf(policy)} and state = 'held'`))?.id;
  }

  async heldRun(policy: string): Promise<readonly string[] | undefined> {
    const id = await this.#heldRunId(policy);
    if (id === undefined) return undefined;
    return this.#lent.people.namesOf((await all(this.#lent.database.db, sql<{ id: string }>`select target_id as id from automatic_run_losses where run_id = ${id}`)).map((row) => row.id));
  }

  async decideRun(who: string, policy: string, how: 'confirm' | 'discard'): Promise<Refused> {
    const [id, caller] = [await this.#heldRunId(policy) ?? newId(), this.#lent.people.callerOf(who, this.#lent.catalogId)];
    return await this.#lent.codesOf(async () => { await command({ db: this.#lent.database.db, caller, now: this.#lent.now() }, how === 'confirm' ? confirmRun : discardRun, { id }); });
  }

  async statusOf(who: string, packageName: string): Promise<string | undefined> {
    return (await maybe(this.#lent.database.db, sql<{ status: string }>`
      select status from assignments where target_id = ${this.#idOf(who)} and access_package_id = ${this.#idOf(packageName)} order by id desc limit 1`))?.status;
  }

  async addPackageOf(name: string, groups: readonly string[]): Promise<void> {
    const { people, catalogId, write } = this.#lent;
    const id = people.name(name);
    await write(async ({ tx }) => {
      await sql`insert into catalogs (id, display_name) values (${catalogId}, 'catalog') on conflict do nothing`.execute(tx);
      await sql`insert into access_packages (id, catalog_id, display_name) values (${id}, ${catalogId}, ${name})`.execute(tx);
    });
    for (const group of groups) await this.addContent(name, group);
  }

  async addContent(name: string, group: string): Promise<void> {
    const [packageId, groupId, catalogId] = [this.#idOf(name), this.#idOf(group), this.#lent.catalogId];
    await this.#lent.write(async (work) => {
      await sql`insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name, directory_object_id)
        select ${newId()}, ${catalogId}, 'AadGroup', ${groupId}, ${group}, ${groupId} where not exists (select 1 from catalog_resources where catalog_id = ${catalogId} and origin_id = ${groupId})`.execute(work.tx);
      const { id } = await oneRow(work.tx, sql<{ id: string }>`select id from catalog_resources where catalog_id = ${catalogId} and origin_id = ${groupId}`);
      await sql`insert into package_roles (access_package_id, resource_id, role_id, scope_id, role_origin_id, grant_kind, directory_object_id, permission_id)
        values (${packageId}, ${id}, ${newId()}, ${id}, ${`Member_${groupId}`}, 'member', ${groupId}, '00000000-0000-0000-0000-000000000000')`.execute(work.tx);
      await packageRolesChanged(work, packageId);
    });
  }

  async removeContent(name: string, group: string): Promise<void> {
    await this.#lent.write(async (work) => {
      await sql`delete from package_roles where access_package_id = ${this.#idOf(name)} and directory_object_id = ${this.#idOf(group)}`.execute(work.tx);
      await packageRolesChanged(work, this.#idOf(name));
    });
  }

  async setGone(group: string, isGone: boolean): Promise<void> {
    const id = this.#idOf(group);
    await this.#lent.write(async (work) => {
      if (isGone) await endAccess(work, [id]);
      await sql`update directory_objects set deleted_at = ${isGone ? work.now : null} where id = ${id}`.execute(work.tx);
    });
  }

  async isMember(who: string, group: string): Promise<boolean> {
    return (await all(this.#lent.database.db, sql`
      select 1 from grants g join directory_objects o on o.id = g.resource_id and o.deleted_at is null
       where g.kind = 'member' and g.principal_id = ${this.#idOf(who)} and g.resource_id = ${this.#idOf(group)} and g.ends_at > ${this.#lent.now()}`)).length > 0;
  }

  async reprocess(who: string, of?: { readonly packageName: string; readonly target: string }): Promise<Refused> {
    const { people, catalogId, attempt, assignmentOf, requestId } = this.#lent;
    const caller = people.callerOf(who, catalogId);
    if (of === undefined) return await attempt(caller, async (work) => { await reprocessRequest(work, requestId()); });
    const id = await assignmentOf(this.#idOf(of.target), this.#idOf(of.packageName));
    return await attempt(caller, async (work) => { await reprocessAssignment(work, id); });
  }

  async retry(): Promise<RetryNow | undefined> {
    const row = await maybe(this.#lent.database.db, sql<{ attempts: number; codes: readonly string[]; seconds: number | null }>`
      select f.attempts, array(select r ->> 'code' from jsonb_array_elements(f.failure) r) as codes, extract(epoch from f.next_at - f.failed_at)::integer as seconds
        from assignment_requests q join failing_deliveries f on f.id in (q.id, q.assignment_id) where q.id = ${this.#lent.requestId()}`);
    return row === undefined ? undefined : { attempts: row.attempts, codes: row.codes, pause: row.seconds === null ? undefined : row.seconds * 1000 };
  }

  async resume(who: string | undefined, answer: ProgramAnswer): Promise<Refused> {
    const { people, catalogId, attempt, requestId, database } = this.#lent;
    const caller = who === undefined ? administrator(newId()) : people.callerOf(who, catalogId);
    const { id } = await oneRow(database.db, sql<{ id: string | null }>`select waits_for as id from assignment_requests where id = ${requestId()}`);
    return await attempt(caller, async (work) => { await resumeRequest(work, requestId(), callbackOf(id ?? newId(), answer, this.#idOf)); });
  }
}
