/** Roles of packages in the database. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import type { Executor } from '../../../platform/db/database.ts';
import { all, one } from '../../../platform/db/transaction.ts';
import type { Sql } from '../../../platform/graph/model.ts';
import { uploadedOrigin } from '../../catalogs/model.ts';
import { isOwnApi, isOwned } from '../../catalogs/store.ts';
import type { AskedRole, OfferedRole } from '../model.ts';

/** Roles as `rr`, their scopes as `rs`, the object behind as `o`, its application as `a` and the permission as `p`. */
const offered = sql.raw(`
  select rr.id as "roleId", rs.id as "scopeId", rr.resource_id as "resourceId", rr.origin_system as "originSystem", rr.origin_id as "originId",
         coalesce(p.value, rr.display_name, rr.origin_id) as "displayName", rr.grant_kind as "grantKind", rr.permission_id as "permissionId", rr.directory_object_id as "directoryObjectId",
         o.app_id as "appId", p.data -> 'allowedMemberTypes' as "allowedMemberTypes",
         coalesce((o.data ->> 'isAssignableToRole')::boolean, false) as "isRoleAssignableGroup"
    from resource_roles rr join resource_scopes rs on rs.resource_id = rr.resource_id
    join directory_objects o on o.id = rr.directory_object_id
    left join directory_objects a on a.app_id = o.app_id and a.type in ('application', 'agentIdentityBlueprint')
    left join permissions p on p.application_id = a.id and p.id = rr.permission_id and p.kind = case rr.grant_kind when 'delegated' then 'scope' else 'role' end`);

/** Roles of a catalog that fit what a client names: one, none, or several when it names too little. */
export async function findOfferedRoles(executor: Executor, catalogId: string, asked: AskedRole): Promise<readonly OfferedRole[]> {
  const named: readonly Sql[] = [
    asked.roleId === undefined ? sql`lower(rr.origin_id) = lower(${asked.roleOriginId ?? ''})` : sql`rr.id = ${asked.roleId}::uuid`,
    ...(asked.originSystem === undefined ? [] : [sql`lower(rr.origin_system) = lower(${asked.originSystem})`]),
    ...(asked.resourceId === undefined ? [] : [sql`rr.resource_id = ${asked.resourceId}::uuid`]),
    ...(asked.resourceOriginId === undefined ? [] : [sql`rs.origin_id = lower(${asked.resourceOriginId})`]),
    ...(asked.scopeId === undefined ? [] : [sql`rs.id = ${asked.scopeId}::uuid`]),
    ...(asked.scopeOriginId === undefined ? [] : [sql`rs.origin_id = lower(${asked.scopeOriginId})`]),
  ];
  return await all(executor, sql<OfferedRole>`${offered} where rr.catalog_id = ${catalogId} and ${sql.join(named, sql` and `)} limit 2`);
}

/** Whether what a client names is a resource of the catalog whose access data is uploaded: by its id, its origin, or its scope. */
export async function isUploadedResource(executor: Executor, catalogId: string, asked: AskedRole): Promise<boolean> {
  const rows = await all(executor, sql`
    select 1 from catalog_resources where catalog_id = ${catalogId} and origin_system = ${uploadedOrigin}
       and (lower(${asked.originSystem ?? ''}) = lower(origin_system) or id::text = ${asked.resourceId ?? ''} or origin_id in (${asked.resourceOriginId ?? ''}, ${asked.scopeOriginId ?? ''})
            or derived_id(id::text, 'scope')::text = ${asked.scopeId ?? ''}) limit 1`);
  return rows.length > 0;
}

/** Roles that a package has. One whose permission was disabled is still in the package, but offered no longer. */
export async function listRolesOfPackage(executor: Executor, accessPackageId: string): Promise<readonly OfferedRole[]> {
  return await all(executor, sql<OfferedRole>`${offered} join package_roles pr on pr.role_id = rr.id and pr.scope_id = rs.id where pr.access_package_id = ${accessPackageId}`);
}

/** Whether a package gives something of a resource. */
export async function usesResource(executor: Executor, accessPackageId: string, resourceId: string): Promise<boolean> {
  return (await all(executor, sql`select 1 from package_roles where access_package_id = ${accessPackageId} and resource_id = ${resourceId} limit 1`)).length > 0;
}

/** Whether the caller owns the application or group behind a role; an API, also by a role on it. */
export async function ownsRoleObject(executor: Executor, { directoryObjectId, originSystem }: Pick<OfferedRole, 'directoryObjectId' | 'originSystem'>, caller: Caller): Promise<boolean> {
  const owned = originSystem === 'OAuthApplication' ? isOwnApi(sql`o`, caller) : isOwned(sql`o`, caller.principalId);
  const row = await one(executor, sql<{ owns: boolean }>`select ${owned} as owns from directory_objects o where o.id = ${directoryObjectId}`);
  return row.owns;
}

/** The appId of the API of which a role of a package is a permission; undefined for any other role, and for none. */
export async function findApiOfPackageRole(executor: Executor, accessPackageId: string, id: string): Promise<string | undefined> {
  const [row] = await all(executor, sql<{ appId: string }>`select r.origin_id as "appId" from package_roles pr join catalog_resources r on r.id = pr.resource_id
    where pr.access_package_id = ${accessPackageId} and pr.id = ${id} and r.origin_system = 'OAuthApplication'`);
  return row?.appId;
}

/** Part of a `with`: a change of the roles is counted, for deliveries that wait for it (`isStale`). */
const counted = (accessPackageId: string): Sql => sql`counted as (update access_packages set roles_version = roles_version + 1 where id = ${accessPackageId})`;

/** Puts a role into a package; false when it is there already. */
export async function insertPackageRole(executor: Executor, accessPackageId: string, { role, now }: { readonly role: OfferedRole; readonly now: Date }): Promise<boolean> {
  const rows = await all(executor, sql`
    with ${counted(accessPackageId)}
    insert into package_roles (access_package_id, resource_id, role_id, scope_id, role_origin_id, grant_kind, directory_object_id, permission_id, created_at)
    values (${accessPackageId}, ${role.resourceId}, ${role.roleId}, ${role.scopeId}, ${role.originId}, ${role.grantKind}, ${role.directoryObjectId}, ${role.permissionId}, ${now})
    on conflict do nothing returning 1`);
  return rows.length > 0;
}

/** Takes a role out of a package; its origin id, or undefined when it was not there. */
export async function deletePackageRole(executor: Executor, accessPackageId: string, id: string): Promise<string | undefined> {
  const rows = await all(executor, sql<{ originId: string }>`with ${counted(accessPackageId)} delete from package_roles where access_package_id = ${accessPackageId} and id = ${id} returning role_origin_id as "originId"`);
  return rows[0]?.originId;
}

/** Names of the resources behind a package's roles that another catalog does not have. */
export async function listResourcesMissingIn(executor: Executor, accessPackageId: string, catalogId: string): Promise<readonly string[]> {
  const rows = await all(executor, sql<{ name: string }>`
    select distinct r.display_name as name from package_roles pr join catalog_resources r on r.id = pr.resource_id
     where pr.access_package_id = ${accessPackageId}
       and not exists (select 1 from catalog_resources t where t.catalog_id = ${catalogId} and t.origin_system = r.origin_system and t.origin_id = r.origin_id)
     order by 1 limit 6`);
  return rows.map(({ name }) => name);
}

/** Points a package's roles at the same resources of another catalog. The grants behind them stay as they are. */
export async function moveRoles(executor: Executor, accessPackageId: string, catalogId: string): Promise<void> {
  await sql`
    update package_roles pr
       set resource_id = t.id, scope_id = derived_id(t.id::text, 'scope'),
           role_id = derived_id(t.id::text, case pr.grant_kind when 'delegated' then 'scope' else 'role' end, case when t.origin_system = 'AadGroup' then split_part(pr.role_origin_id, '_', 1) else pr.role_origin_id end)
      from catalog_resources r, catalog_resources t
     where pr.access_package_id = ${accessPackageId} and r.id = pr.resource_id
       and t.catalog_id = ${catalogId} and t.origin_system = r.origin_system and t.origin_id = r.origin_id`.execute(executor);
}
