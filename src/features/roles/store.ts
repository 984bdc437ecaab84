/** Who a caller is and which roles it holds, and the role assignments themselves. */
import { sql, type RawBuilder } from 'kysely';
import type { Caller, EntitlementRole, PrincipalKind } from '../../kernel/caller.ts';
import type { Tx } from '../../platform/db/database.ts';
import { all, maybe, one } from '../../platform/db/transaction.ts';
import { directoryRole, type RoleKey, type RoleProvider, type RoleScope } from './model.ts';
import { scopeOf } from './rules/scopes.ts';

export type { RoleProvider } from './model.ts';

/** What the directory knows of a caller; the token adds its permissions. */
export type KnownCaller = Omit<Caller, 'permissions' | 'isDelegated'>;

/** What {@link callerQuery} answers. */
export interface CallerRow {
  readonly kind: PrincipalKind;
  readonly display_name: string | null;
  readonly user_principal_name: string | null;
  readonly blueprint_app_id: string | null;
  readonly client_id: string;
  readonly directory_roles: readonly string[];
  /** What does not apply is left out. */
  readonly entitlement_roles: readonly (Omit<EntitlementRole, 'catalogId'> & { readonly catalogId?: string })[];
}

/** A caller from the row that {@link callerQuery} answered. */
export function callerFrom(who: { readonly principalId: string; readonly clientAppId: string }, row: CallerRow): KnownCaller {
  return {
    principalId: who.principalId,
    kind: row.kind,
    displayName: row.display_name ?? '',
    clientAppId: who.clientAppId,
    directoryRoles: new Set(row.directory_roles),
    entitlementRoles: row.entitlement_roles.map((role): EntitlementRole => ({ ...role, catalogId: role.catalogId })),
    ...(row.user_principal_name === null ? {} : { userPrincipalName: row.user_principal_name }),
    ...(row.client_id === who.principalId ? {} : { clientPrincipalId: row.client_id }),
    ...(row.blueprint_app_id === null ? {} : { blueprintAppId: row.blueprint_app_id }),
  };
}

/**
 * The caller behind a token: principal (`oid`) and client (`azp`). No row when one of them is gone or disabled, or anything that
 * they stand on: the client's application, an agent's blueprint and blueprint principal, an agent user's agent. By indexes only:
 * it is on the path of every request. Blueprint principals act as service principals.
 * What the caller stands on is asked inside `case`, so that each question stays one look-up by an index: as joins the planner
 * would rather walk all applications.
 */
export const callerQuery = (who: { readonly principalId: string; readonly clientAppId: string }) => sql<CallerRow>`
  with held as materialized (select ${who.principalId}::uuid || group_ids_of(${who.principalId}::uuid) as guises),
  given as materialized (
    select r.provider, r.role_definition_id, r.catalog_id, r.package_id, r.policy_id, r.resource_id, r.principal_id from role_assignments r where r.principal_id = any((select guises from held)::uuid[]))
  select case p.type when 'agentIdentityBlueprintPrincipal' then 'servicePrincipal' else p.type end as kind,
         p.display_name, p.user_principal_name, coalesce(p.blueprint_app_id, agent.blueprint_app_id) as blueprint_app_id, client.id as client_id,
         array(select distinct r.role_definition_id::text from given r where r.provider = 'directory'
                  and case when r.principal_id = p.id then true else (select h.data -> 'isAssignableToRole' = 'true' from directory_objects h where h.id = r.principal_id) end) as directory_roles,
         (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('roleDefinitionId', r.role_definition_id, 'catalogId', r.catalog_id, 'policyId', r.policy_id, 'resourceId', r.resource_id,
                   'accessPackageId', case when r.policy_id is null then r.package_id else (select y.access_package_id from assignment_policies y where y.id = r.policy_id) end))), '[]') from given r
           where r.provider = 'entitlementManagement') as entitlement_roles
    from directory_objects p
    left join directory_objects agent on agent.id = p.identity_parent_id
    join directory_objects client on client.app_id = ${who.clientAppId}
     and client.type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal') and client.deleted_at is null and client.account_enabled
   where p.id = ${who.principalId} and p.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')
     and p.deleted_at is null and p.account_enabled
     and (p.identity_parent_id is null or (agent.deleted_at is null and agent.account_enabled))
     and ${hasApplication(sql`coalesce(p.blueprint_app_id, p.app_id)`)} and ${hasApplication(sql`agent.blueprint_app_id`)} and ${hasApplication(sql`coalesce(client.blueprint_app_id, client.app_id)`)}
     and ${hasBlueprintPrincipal(sql`p.blueprint_app_id`)} and ${hasBlueprintPrincipal(sql`agent.blueprint_app_id`)} and ${hasBlueprintPrincipal(sql`client.blueprint_app_id`)}`;

/** True when no application is needed, or it lives and is enabled. */
const hasApplication = (appId: RawBuilder<unknown>) => sql`case when ${appId} is null then true else exists (
  select 1 from directory_objects a where a.app_id = ${appId} and a.type in ('application', 'agentIdentityBlueprint') and a.deleted_at is null and a.account_enabled) end`;

/** The same of the blueprint's principal. */
const hasBlueprintPrincipal = (appId: RawBuilder<unknown>) => sql`case when ${appId} is null then true else exists (
  select 1 from directory_objects b where b.app_id = ${appId} and b.type = 'agentIdentityBlueprintPrincipal' and b.deleted_at is null and b.account_enabled) end`;

/** A role assignment in force. */
export interface RoleAssignment extends RoleKey {
  readonly id: string;
}

/** One role assignment in force, locked until the transaction ends. `isStanding`: somebody was given it for good, not for a time. */
export async function lockRoleAssignment(tx: Tx, id: string): Promise<(RoleAssignment & { readonly isStanding: boolean }) | undefined> {
  await sql`select 1 from role_schedules where id = ${id} for update`.execute(tx);
  const row = await maybe(tx, sql<Omit<RoleAssignment, 'appScopeId' | keyof RoleScope> & { readonly appScopeId: string | null; readonly isStanding: boolean }>`
    select a.id, a.provider, a.principal_id as "principalId", a.role_definition_id as "roleDefinitionId", a.app_scope_id as "appScopeId", s.ends_at = 'infinity' as "isStanding"
      from role_assignments a join role_schedules s on s.id = a.id where a.id = ${id}`);
  return row === undefined ? undefined : { ...row, appScopeId: row.appScopeId ?? undefined, ...scopeOf(row.appScopeId) };
}

/** Schedules that are past their end and not marked so, of one principal, role and scope: another may take their place once they are. Locked. */
export async function listEndedUnmarked(tx: Tx, key: RoleKey, now: Date): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from role_schedules where principal_id = ${key.principalId} and provider = ${key.provider} and role_definition_id = ${key.roleDefinitionId}
       and app_scope_id is not distinct from ${key.appScopeId ?? null} and ended_at is null and ends_at <= ${now} for update`);
  return rows.map(({ id }) => id);
}

/** Schedules that anybody had and that are past their end, earliest first; each locked by nobody else. `except`: known to fail. */
export async function listScheduleEndsReached(tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from role_schedules where ended_at is null and ends_at < 'infinity' and ends_at <= ${query.now} and id <> all(${query.except}::uuid[])
     order by ends_at limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** A schedule that has been marked as ended. */
export interface EndedSchedule {
  readonly id: string;
  readonly type: 'assignment' | 'eligibility';
  readonly principalId: string;
  readonly principalType: string;
  readonly principalName: string | null;
  readonly roleName: string;
  readonly endsAt: Date;
}

/** Marks schedules as ended. What they gave is over by the clock already. */
export async function markEnded(tx: Tx, ids: readonly string[], now: Date): Promise<readonly EndedSchedule[]> {
  return await all(tx, sql<EndedSchedule>`
    with ended as (update role_schedules set ended_at = ${now} where id = any(${ids}::uuid[]) and ended_at is null returning *)
    select e.id, e.type, e.principal_id as "principalId", o.type as "principalType", o.display_name as "principalName", d.display_name as "roleName", e.ends_at as "endsAt"
      from ended e join directory_objects o on o.id = e.principal_id join role_definitions d on d.id = e.role_definition_id`);
}

/** Writes a role assignment without end. Breaks `role_assignments_once` when there is one already. */
export async function insertRoleAssignment(tx: Tx, assignment: RoleAssignment): Promise<void> {
  await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id, catalog_id)
    values (${assignment.id}, ${assignment.provider}, ${assignment.principalId}, ${assignment.roleDefinitionId},
      ${assignment.appScopeId ?? null}, ${assignment.catalogId ?? null})`.execute(tx);
}

/** Takes one role away. */
export async function deleteRoleAssignment(tx: Tx, id: string): Promise<void> {
  await sql`delete from role_schedules where id = ${id}`.execute(tx);
}

/** Takes every role away from these principals: what they hold, will hold, or are eligible for, and what they asked for. */
export async function deleteRoleAssignmentsOf(tx: Tx, principalIds: readonly string[]): Promise<void> {
  await sql`with asked as (delete from role_schedule_requests where principal_id = any(${principalIds}::uuid[]) and completed_at is null)
    delete from role_schedules where principal_id = any(${principalIds}::uuid[])`.execute(tx);
}

/** What a role assignment is about to join: principal and role, as far as they exist. */
export interface RoleAssignmentFacts {
  readonly principal: { readonly type: string; readonly displayName: string | null; readonly isAssignableToRole: boolean } | undefined;
  readonly definition: { readonly displayName: string; readonly provider: RoleProvider } | undefined;
}

/** Looks up principal and role of a new role assignment. */
export async function readRoleAssignmentFacts(tx: Tx, given: Pick<RoleKey, 'principalId' | 'roleDefinitionId'>): Promise<RoleAssignmentFacts> {
  const { principal, definition } = await one(tx, sql<{ principal: RoleAssignmentFacts['principal'] | null; definition: RoleAssignmentFacts['definition'] | null }>`
    select (select jsonb_build_object('type', type, 'displayName', display_name, 'isAssignableToRole', coalesce(data -> 'isAssignableToRole' = 'true', false))
              from directory_objects where id = ${given.principalId} and deleted_at is null) as principal,
           (select jsonb_build_object('displayName', display_name, 'provider', provider) from role_definitions where id = ${given.roleDefinitionId}) as definition`);
  return { principal: principal ?? undefined, definition: definition ?? undefined };
}

/** Names of the directory roles that some principals hold, will hold or may activate, themselves or through a group that is for roles. */
export async function listDirectoryRolesOf(tx: Tx, principalIds: readonly string[]): Promise<readonly { readonly id: string; readonly displayName: string }[]> {
  return await all(tx, sql<{ id: string; displayName: string }>`
    select distinct d.id::text as id, d.display_name as "displayName" from unnest(${principalIds}::uuid[]) as p (id)
      join role_schedules r on r.provider = 'directory' and r.ended_at is null and r.ends_at > now() and r.principal_id = any(p.id || group_ids_of(p.id))
      join role_definitions d on d.id = r.role_definition_id join directory_objects h on h.id = r.principal_id
     where r.principal_id = p.id or h.data -> 'isAssignableToRole' = 'true'`);
}

/**
 * Enabled users who are Global Administrators themselves (not through a group) and for good: who is one for a time will not be
 * there when that is over. Locks the role first, so that two who take it from each other at once take turns.
 */
export async function lockGlobalAdministrators(tx: Tx): Promise<readonly string[]> {
  await sql`select 1 from role_definitions where id = ${directoryRole.globalAdministrator} for no key update`.execute(tx);
  const rows = await all(tx, sql<{ id: string }>`
    select distinct u.id from role_schedules a join directory_objects u on u.id = a.principal_id
     where a.role_definition_id = ${directoryRole.globalAdministrator} and a.type = 'assignment' and a.ended_at is null and a.starts_at <= now() and a.ends_at = 'infinity'
       and u.type = 'user' and u.deleted_at is null and u.account_enabled`);
  return rows.map((row) => row.id);
}
