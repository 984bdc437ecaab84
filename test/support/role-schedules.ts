/** Somebody who asks for roles for a time, and what comes of it: commands of role schedules over plain rows. */
import { sql } from 'kysely';
import { createScheduleRequest } from '../../src/features/roleSchedules/commands/create.ts';
import { entitlementRole } from '../../src/features/roles/model.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import type { Db } from '../../src/platform/db/database.ts';
import { all, one } from '../../src/platform/db/transaction.ts';
import type { Outcome } from '../../src/platform/graph/model.ts';
import { newId } from '../../src/platform/ids.ts';
import { loadCaller } from './caller.ts';
import { callerWith, command } from './graph-work.ts';

/** May give every role. */
export const admin = callerWith(['RoleManagement.ReadWrite.Directory', 'EntitlementManagement.ReadWrite.All']);
/** What the token of somebody plain holds. */
export const subject: readonly string[] = ['EntitlementMgmt-SubjectAccess.ReadWrite', 'RoleManagement.ReadWrite.Directory'];

/** Body of a request for the ownership of a catalog. */
export const owning = (principalId: string, catalogId: string, more: object = {}) => ({ principalId, roleDefinitionId: entitlementRole.catalogOwner, appScopeId: `/AccessPackageCatalog/${catalogId}`, justification: 'for the audit', ...more });
/** From when, and for how long. */
export const lasting = (duration: string, startDateTime?: Date) => ({ scheduleInfo: { startDateTime: startDateTime?.toISOString() ?? null, expiration: { type: 'afterDuration', duration } } });
/** Hours from now. */
export const later = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);

/** As whom, and where, something is asked. */
export interface Asking {
  readonly as?: Caller;
  readonly kind?: 'assignment' | 'eligibility';
  readonly provider?: string;
}

/** Makes people and catalogs, asks, lets hours pass, and looks what is held. */
export class RoleWorld {
  readonly db: Db;
  readonly #client = newId();

  constructor(db: Db) { this.db = db; }

  /** The client through which people act. */
  async open(): Promise<this> {
    await sql`insert into directory_objects (id, type, app_id) values (${newId()}, 'application', ${this.#client}), (${newId()}, 'servicePrincipal', ${this.#client})`.execute(this.db);
    return this;
  }

  async newObject(type = 'user', data: object = {}): Promise<string> {
    const id = newId();
    const isUser = type === 'user';
    await sql`insert into directory_objects (id, type, user_principal_name, app_id, blueprint_app_id, data) values (${id}, ${type}, ${isUser ? `${id}@example.org` : null},
      ${isUser || type === 'group' ? null : id}, ${type === 'agentIdentity' ? newId() : null}, ${JSON.stringify(data)})`.execute(this.db);
    return id;
  }

  async newCatalog(): Promise<string> {
    const id = newId();
    await sql`insert into catalogs (id, display_name) values (${id}, 'c')`.execute(this.db);
    return id;
  }

  /** Puts somebody into a group; answers the membership's id. */
  async join(memberId: string, groupId: string): Promise<string> {
    const id = newId();
    await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${id}, 'member', ${memberId}, ${groupId}, true)`.execute(this.db);
    return id;
  }

  async ask(body: object, { as = admin, kind = 'assignment', provider = 'entitlementManagement' }: Asking = {}): Promise<Outcome> {
    return await command({ db: this.db, caller: as }, createScheduleRequest(kind), { ancestors: [{ type: 'rbacApplication', id: provider }], body: { ...body } });
  }

  /** How many roles somebody's rights are read with. */
  async rolesOf(principalId: string): Promise<number> {
    const caller = await loadCaller(this.db, { principalId, clientAppId: this.#client });
    return (caller?.entitlementRoles.length ?? 0) + (caller?.directoryRoles.size ?? 0);
  }

  /** Lets hours pass for everything that somebody has. No sweep has been there. */
  async pass(principalId: string, hours: number): Promise<void> {
    await sql`with s as (update role_schedules set starts_at = starts_at - ${hours} * interval '1 hour', ends_at = ends_at - ${hours} * interval '1 hour' where principal_id = ${principalId})
      update role_schedule_requests set starts_at = starts_at - ${hours} * interval '1 hour' where principal_id = ${principalId}`.execute(this.db);
  }

  async requestNow(id: string): Promise<{ readonly status: string }> {
    return await one(this.db, sql<{ status: string }>`select status from role_schedule_request_list where id = ${id}`);
  }

  /** What the trail says of somebody. */
  async activities(principalId: string): Promise<readonly string[]> {
    return (await all(this.db, sql<{ activity: string }>`select activity from audit_events where ${principalId}::uuid = any(target_ids) order by at, id`)).map(({ activity }) => activity);
  }
}
