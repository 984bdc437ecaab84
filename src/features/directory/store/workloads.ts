/** Applications and service principals as rows of the directory. */
import { sql } from 'kysely';
import type { Executor, Tx } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';
import { makesAdministrators, ownApiAppId, privilegedDirectoryRoles } from '../../roles/model.ts';
import type { ServicePrincipalType, Workload } from '../model/workload.ts';

/** What a new workload is written with. */
export interface NewWorkload extends Omit<Workload, 'deletedAt' | 'isOwnedByCaller' | 'isSponsoredByCaller'> {
  readonly createdAt: Date;
}

/** Locks a workload, deleted or not, and says what the caller has to do with it. */
export async function lockWorkload(tx: Tx, id: string, callerId: string): Promise<Workload | undefined> {
  return await maybe(tx, sql<Workload>`
    select id, type, display_name as "displayName", description, account_enabled as "accountEnabled", app_id as "appId",
           unique_name as "uniqueName", blueprint_app_id as "blueprintAppId", deleted_at as "deletedAt", data,
           exists (select 1 from directory_links l where l.source_id = d.id and l.kind = 'owner' and l.target_id = ${callerId}) as "isOwnedByCaller",
           exists (select 1 from directory_links l where l.source_id = d.id and l.kind = 'sponsor' and l.target_id = ${callerId}) as "isSponsoredByCaller"
      from directory_objects d
     where id = ${id} and app_id is not null
       for update of d`);
}

/** Writes a new workload. */
export async function insertWorkload(tx: Tx, workload: NewWorkload): Promise<void> {
  await sql`
    insert into directory_objects (id, type, display_name, description, account_enabled, app_id, unique_name, blueprint_app_id, data, created_at)
    values (${workload.id}, ${workload.type}, ${workload.displayName}, ${workload.description}, ${workload.accountEnabled}, ${workload.appId},
      ${workload.uniqueName}, ${workload.blueprintAppId}, ${JSON.stringify(workload.data)}, ${workload.createdAt})`.execute(tx);
}

/** Overwrites what may change of a workload. */
export async function updateWorkload(tx: Tx, workload: Pick<NewWorkload, 'id' | 'displayName' | 'description' | 'accountEnabled' | 'uniqueName' | 'data'>): Promise<void> {
  await sql`
    update directory_objects set display_name = ${workload.displayName}, description = ${workload.description},
      account_enabled = ${workload.accountEnabled}, unique_name = ${workload.uniqueName}, data = ${JSON.stringify(workload.data)}
     where id = ${workload.id}`.execute(tx);
}

/** A living application by its appId. */
export interface ApplicationFacts {
  readonly id: string;
  readonly appId: string;
  readonly type: 'application' | 'agentIdentityBlueprint';
  readonly displayName: string | null;
  readonly isOwnedByCaller: boolean;
  /** Type of its living service principal, if it has one. */
  readonly principalType: ServicePrincipalType | null;
}

/** The application behind an appId, shared-locked so that it cannot be deleted meanwhile. */
export async function findApplication(tx: Tx, appId: string, callerId: string): Promise<ApplicationFacts | undefined> {
  return await maybe(tx, sql<ApplicationFacts>`
    select id, type, app_id as "appId", display_name as "displayName",
           exists (select 1 from directory_links l where l.source_id = a.id and l.kind = 'owner' and l.target_id = ${callerId}) as "isOwnedByCaller",
           (select p.type from directory_objects p where p.app_id = a.app_id and p.deleted_at is null
             and p.type in ('servicePrincipal', 'agentIdentityBlueprintPrincipal')) as "principalType"
      from directory_objects a
     where app_id = ${appId} and type in ('application', 'agentIdentityBlueprint') and deleted_at is null
       for share of a`);
}

/** What the principals of an application could change of everybody's rights. */
export interface WorkloadPowers {
  readonly permissions: readonly string[];
  /** Ids of role definitions. */
  readonly directoryRoles: readonly string[];
}

/** Permissions of our own API that make administrators, and privileged directory roles, that the principals with an appId hold now. */
export async function findPowers(tx: Tx, appId: string): Promise<WorkloadPowers> {
  return await one(tx, sql<WorkloadPowers>`
    with principal as (
      select id from directory_objects where app_id = ${appId} and type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal') and deleted_at is null)
    select array(
             select distinct m.value from principal p join grants g on g.principal_id = p.id and g.kind = 'appRole' and g.ends_at > now()
               join directory_objects r on r.id = g.resource_id and r.app_id = ${ownApiAppId}::uuid
               join directory_objects a on a.app_id = r.app_id and a.type = 'application'
               join permissions m on m.application_id = a.id and m.id = g.permission_id and m.kind = 'role' and m.value = any(${makesAdministrators}::text[])) as permissions,
           array(
             select distinct o.role_definition_id::text from principal p
               join role_schedules o on o.provider = 'directory' and o.ended_at is null and o.ends_at > now() and o.principal_id = any(p.id || group_ids_of(p.id))
              where o.role_definition_id = any(${privilegedDirectoryRoles}::uuid[])) as "directoryRoles"`);
}

/** Identifier URIs among `uris` that another living application has, or that begin with the appId of another: `api://{appId}` is its name. */
export async function listTakenIdentifierUris(executor: Executor, uris: readonly string[], applicationId: string): Promise<readonly string[]> {
  const rows = await all(executor, sql<{ uri: string }>`
    select u.uri from unnest(${[...uris]}::text[]) as u (uri)
     where exists (select 1 from directory_objects d where d.type in ('application', 'agentIdentityBlueprint') and d.deleted_at is null
             and d.id <> ${applicationId} and d.data -> 'identifierUris' ? u.uri)
        or exists (select 1 from directory_objects d where d.type in ('application', 'agentIdentityBlueprint') and d.deleted_at is null
             and d.id <> ${applicationId} and d.app_id = substring(lower(u.uri) from '^api://([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/|$)')::uuid)`);
  return rows.map((row) => row.uri);
}

/** Two applications that claim identifier URIs at once take turns until the end of their transactions. */
export async function lockIdentifierUris(tx: Tx): Promise<void> {
  await one(tx, sql`select pg_advisory_xact_lock(hashtext('identifierUris'))::text`);
}

/**
 * Objects that live and die with a workload: its service principal for an application, and the agents of a blueprint.
 * Itself included. `deletedAt` null: those that live; else those that were deleted at that instant.
 */
export async function listDependents(tx: Tx, workload: Pick<Workload, 'id' | 'type' | 'appId'>, deletedAt: Date | null): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from directory_objects d
     where (id = ${workload.id}
        or (${workload.type} in ('application', 'agentIdentityBlueprint') and app_id = ${workload.appId})
        or (${workload.type} in ('agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal') and blueprint_app_id = ${workload.appId}))
       and date_trunc('milliseconds', deleted_at) is not distinct from ${deletedAt}
     order by id for update`);
  return rows.map((row) => row.id);
}

/** Marks objects as deleted at `at`, or as living again (`null`). */
export async function setDeletedAt(tx: Tx, ids: readonly string[], at: Date | null): Promise<void> {
  await sql`update directory_objects set deleted_at = ${at} where id = any(${[...ids]}::uuid[])`.execute(tx);
}
