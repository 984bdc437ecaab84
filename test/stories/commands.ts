/** Stories on PostgreSQL: the commands that HTTP calls, on rows, with a clock that a story moves by hand. */
import { sql } from 'kysely';
import type { Caller } from '../../src/kernel/caller.ts';
import { Problem } from '../../src/kernel/problem.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import type { Database } from '../../src/platform/db/database.ts';
import { inTransaction, maybe, one as oneRow } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { setDelegate } from '../../src/features/approverDelegates/commands.ts';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { endAccess, shutOut } from '../../src/features/assignments/commands.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { cancelRequest } from '../../src/features/requests/commands/change.ts';
import { submitRequest } from '../../src/features/requests/commands/submit.ts';
import type { AskingWork, RequestWork } from '../../src/features/requests/store/writing.ts';
import { insertContent, insertPolicyRow } from '../model/package-rows.ts';
import { insertGroup, insertIdentity, insertLinks, insertOrganization, insertRelations, insertRole } from '../model/rows.ts';
import type { Content as ModelContent } from '../model/town.ts';
import { callAt, makeExtension } from '../support/extensions.ts';
import { command } from '../support/graph-work.ts';
import { requestNow, serverWork, stagesOf } from '../support/lifecycle.ts';
import { CommandRunning } from './commands/running.ts';
import { People, type Role } from './people.ts';
import { answersOf, callsOf, policyWire, resolved, scheduleOf, substituteWire } from './wire.ts';
import type { Asking, Content, Held, NewIdentity, PolicyPlan, Refused, RequestNow, World } from './world.ts';

/** What a package holds, as the model calls it. */
export const modelContent: Readonly<Record<Content, ModelContent>> = { 'an application role': 'anyRole', 'an API permission': 'apiPermission', 'a role-assignable group': 'roleAssignableGroup' };

/** The roles that a story gives: of which provider, and their published ids. */
export const provider: Readonly<Record<Role, readonly [string, string]>> = {
  administrator: ['directory', '45d8d3c5-c802-45c6-b32a-1d70b5e1e86e'], 'assignment manager': ['entitlementManagement', 'e2182095-804a-4656-ae11-64734e9b7ae5'], 'catalog owner': ['entitlementManagement', 'ae79f266-94d4-4dab-b730-feca7e132178'],
};

/** One story on rows of its own. */
export class CommandWorld implements World {
  readonly depth = 'commands';
  readonly running: CommandRunning;
  readonly #people = new People();
  readonly #database: Database;
  readonly #catalogId = newId();
  #now = new Date();
  #requestId = '';

  constructor(database: Database) {
    this.#database = database;
    this.running = new CommandRunning({
      people: this.#people, database, catalogId: this.#catalogId, codesOf, now: () => this.#now, requestId: () => this.#requestId, assignmentOf: async (target, packageId) => await this.#assignmentOf(target, packageId),
      write: async (act) => { await this.#write(act); }, attempt: async (caller, act) => await this.#attemptAs(caller, act),
    });
  }

  async addIdentity(one: NewIdentity): Promise<void> {
    const identity = this.#people.add(one);
    await this.#write(async (work) => {
      await insertIdentity(work.tx, this.#people, identity);
      await insertRelations(work.tx, identity);
    });
  }

  async addGroup(name: string, members: readonly string[]): Promise<void> {
    await this.#write(async (work) => { await insertGroup(work.tx, this.#people.addGroup(name, members)); });
  }

  async addOrganization(name: string, state: 'configured' | 'proposed'): Promise<void> {
    const id = this.#people.name(name);
    const organization = { id, name, state, domain: `${id}.example`, internalSponsors: [], externalSponsors: [] };
    this.#people.organizations.push(organization);
    await this.#write(async (work) => { await insertOrganization(work.tx, organization); });
  }

  async setManager(who: string, manager: string): Promise<void> {
    await this.#link('manager', who, manager);
  }

  async addSponsor(who: string, sponsor: string): Promise<void> {
    await this.#link('sponsor', who, sponsor);
  }

  async addOrganizationSponsor(organization: string, sponsor: string, kind: 'internal' | 'external'): Promise<void> {
    const { idOf } = this.#people;
    await this.#write(async ({ tx }) => await sql`insert into organization_sponsors (organization_id, kind, sponsor_id) values (${idOf(organization)}, ${kind}, ${idOf(sponsor)})`.execute(tx));
  }

  async #link(kind: 'manager' | 'sponsor', who: string, whom: string): Promise<void> {
    const { idOf } = this.#people;
    await this.#write(async (work) => { await insertLinks(work.tx, kind, { of: idOf(who), who: [idOf(whom)] }); });
  }

  async leaveGroup(who: string, group: string): Promise<void> {
    const { idOf } = this.#people;
    await this.#write(async ({ tx }) => await sql`delete from grants where kind = 'member' and principal_id = ${idOf(who)} and resource_id = ${idOf(group)}`.execute(tx));
  }

  async giveRole(who: string, role: Role): Promise<void> {
    this.#people.giveRole(who, role);
    const [source, definition] = provider[role];
    await this.#write(async ({ tx }) => {
      await this.#makeCatalog(tx);
      await insertRole(tx, { principalId: this.#people.idOf(who), provider: source, definition, catalogId: source === 'directory' ? undefined : this.#catalogId });
    });
  }

  async addPackage(name: string, { isPublished, content }: { readonly isPublished: boolean; readonly content: Content }): Promise<void> {
    const id = this.#people.name(name);
    await this.#write(async ({ tx }) => {
      await this.#makeCatalog(tx);
      const catalog = isPublished ? this.#catalogId : newId();
      if (!isPublished) await sql`insert into catalogs (id, display_name, state) values (${catalog}, 'hidden', 'unpublished')`.execute(tx);
      await sql`insert into access_packages (id, catalog_id, display_name) values (${id}, ${catalog}, ${name})`.execute(tx);
      await insertContent(tx, { id, catalog, name, content: modelContent[content] });
    });
  }

  async #makeCatalog(tx: AskingWork['tx']): Promise<void> {
    await sql`insert into catalogs (id, display_name) values (${this.#catalogId}, 'catalog') on conflict do nothing`.execute(tx);
  }

  async excludePackage(name: string, other: string): Promise<void> {
    const { idOf } = this.#people;
    await this.#write(async ({ tx }) => await sql`insert into incompatible_packages (access_package_id, incompatible_id) values (${idOf(name)}, ${idOf(other)})`.execute(tx));
  }

  async excludeGroup(name: string, group: string): Promise<void> {
    const { idOf } = this.#people;
    await this.#write(async ({ tx }) => await sql`insert into incompatible_groups (access_package_id, group_id) values (${idOf(name)}, ${idOf(group)})`.execute(tx));
  }

  async addPolicy(plan: PolicyPlan): Promise<void> {
    const { idOf } = this.#people;
    const policy = { id: this.#people.name(plan.name), packageId: idOf(plan.packageName), wire: policyWire(plan, idOf), targets: plan.targets.map((set) => resolved(set, idOf)) };
    await this.#write(async ({ tx }) => { await insertPolicyRow(tx, policy); });
    for (const { stage, waitsFor } of callsOf(plan)) await callAt(this.#database.owner, [policy.id, await makeExtension(this.#database.owner, this.#catalogId, { url: undefined, waitsFor })], [stage]);
  }

  async disable(who: string): Promise<void> {
    const id = this.#people.idOf(who);
    await this.#write(async (work) => {
      await sql`update directory_objects set account_enabled = false where id = ${id}`.execute(work.tx);
      await shutOut(work, [id]);
    });
  }

  async remove(who: string): Promise<void> {
    const id = this.#people.idOf(who);
    await this.#write(async (work) => {
      await endAccess(work, [id]);
      await sql`update directory_objects set deleted_at = ${work.now} where id = ${id}`.execute(work.tx);
    });
  }

  /** Substitutes are in force by the database's own clock: they are named now, and moved when time passes. */
  async nameSubstitute(who: string, substitute: string, milliseconds: number): Promise<Refused> {
    const { idOf } = this.#people;
    const caller = this.#people.callerOf(who, this.#catalogId);
    return await codesOf(async () => { await command({ db: this.#database.db, caller }, setDelegate, { id: idOf(who), body: substituteWire(idOf(substitute), milliseconds) }); });
  }

  async ask(who: string, asking: Asking): Promise<Refused> {
    const { idOf } = this.#people;
    const targetId = idOf(asking.target ?? who);
    const isAdd = asking.type === 'userAdd' || asking.type === 'adminAdd';
    const assignmentId = isAdd ? undefined : await this.#assignmentOf(targetId, idOf(asking.packageName));
    const named = isAdd ? { accessPackageId: idOf(asking.packageName), policyId: asking.policy === undefined ? undefined : idOf(asking.policy), targetId } : { assignmentId };
    const asked = { type: asking.type, justification: asking.because ?? null, answers: answersOf(asking), schedule: scheduleOf(asking, this.#now) };
    return await this.#attempt(who, async (work) => { this.#requestId = (await submitRequest(work, { asked, named })).id; });
  }

  async decide(who: string, { result, because }: Parameters<World['decide']>[1]): Promise<Refused> {
    const stages = await stagesOf(this.#database.db, this.#requestId);
    const stageId = (stages.find(({ status }) => status === 'InProgress') ?? stages.at(-1))?.id ?? newId();
    return await this.#attempt(who, async (work) => await decideStage(work, { requestId: this.#requestId, stageId }, { reviewResult: result, justification: because ?? null }));
  }

  async cancel(who: string): Promise<Refused> {
    return await this.#attempt(who, async (work) => { await cancelRequest(work, this.#requestId); });
  }

  /** The clock goes on, and what is due by then is done, as the server does it. */
  async pass(milliseconds: number): Promise<void> {
    this.#now = new Date(this.#now.getTime() + milliseconds);
    await sql`update approver_delegates set starts_at = starts_at - make_interval(secs => ${milliseconds / 1000}), ends_at = ends_at - make_interval(secs => ${milliseconds / 1000})`.execute(this.#database.owner);
    await lifecycleSweep({ db: this.#database.db, clock: { now: () => this.#now }, log: silentLog }).run();
  }

  async request(): Promise<RequestNow> {
    const { state, codes } = await requestNow(this.#database.db, this.#requestId);
    const stages = await stagesOf(this.#database.db, this.#requestId);
    return { state, codes, stages: stages.map(({ status, approvers }) => ({ status, approvers: this.#people.namesOf(approvers) })) };
  }

  /** Access is what the grants say, not what an assignment promises. */
  async held(who: string, packageName: string): Promise<Held | undefined> {
    const row = await maybe(this.#database.db, sql<{ ends: string }>`
      select g.ends_at::text as ends from grants g join package_roles r on r.directory_object_id = g.resource_id and r.permission_id = g.permission_id and r.grant_kind = g.kind
       where r.access_package_id = ${this.#people.idOf(packageName)} and g.principal_id = ${this.#people.idOf(who)} and g.ends_at > ${this.#now}`);
    if (row === undefined) return undefined;
    return { endsIn: row.ends === 'infinity' ? undefined : new Date(row.ends).getTime() - this.#now.getTime() };
  }

  async #assignmentOf(targetId: string, packageId: string): Promise<string> {
    const { id } = await oneRow(this.#database.db, sql<{ id: string | null }>`select max(id::text) as id from assignments where target_id = ${targetId} and access_package_id = ${packageId}`);
    return id ?? newId();
  }

  async #write(act: (work: RequestWork) => Promise<unknown>): Promise<void> {
    await inTransaction(this.#database.owner, async (tx) => await act(serverWork(tx, this.#now)));
  }

  async #attempt(who: string, act: (work: AskingWork) => Promise<unknown>): Promise<Refused> {
    return await this.#attemptAs(this.#people.callerOf(who, this.#catalogId), act);
  }

  async #attemptAs(caller: Caller, act: (work: AskingWork) => Promise<unknown>): Promise<Refused> {
    return await codesOf(async () => { await inTransaction(this.#database.db, async (tx) => await act({ ...serverWork(tx, this.#now), caller })); });
  }
}

/** The codes of all reasons of a refusal; where it has none, its own. */
async function codesOf(act: () => Promise<void>): Promise<Refused> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.reasons.length > 0 ? error.reasons.map(({ code }) => code) : [error.code];
  }
}
