/** Catalogs and their resources in the database. */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import type { Executor } from '../../platform/db/database.ts';
import { all, maybe } from '../../platform/db/transaction.ts';
import type { Sql, Visibility } from '../../platform/graph/model.ts';
import { visibleObjects } from '../directory/store/visibility.ts';
import { entitlementRole } from '../roles/model.ts';
import { entitlementReach, type Reach } from '../roles/rules.ts';
import { isOneOf } from '../roles/store/reach.ts';
import type { AskedResource, Catalog, CatalogResource, DirectoryOrigin, OriginObject, PrivilegeLevel } from './model.ts';

/** Rows whose catalog is within reach as a whole; `none` when no catalog is. */
export function inReach(reach: Pick<Reach, 'all' | 'catalogIds'>, catalogId: Sql): Visibility {
  if (reach.all) return 'all';
  return reach.catalogIds.length === 0 ? 'none' : isOneOf(catalogId, reach.catalogIds);
}

/** A change of who wrote what when. */
export interface Stamp {
  readonly now: Date;
  /** Name of who did it, as beta's `createdBy` and `modifiedBy` show it. */
  readonly by: string;
}

const catalogColumns = sql.raw(`id, display_name as "displayName", description, state, is_externally_visible as "isExternallyVisible",
  privilege_level as "privilegeLevel", unique_name as "uniqueName"`);

/** The catalog, locked against other changes of it until the transaction ends: nothing can be put into it meanwhile. */
export async function lockCatalog(executor: Executor, id: string): Promise<Catalog | undefined> {
  return await maybe(executor, sql<Catalog>`select ${catalogColumns} from catalogs where id = ${id} for update`);
}

/** How privileged a catalog is, which stays so until the transaction ends; undefined when there is no such catalog. */
export async function holdPrivilegeLevel(executor: Executor, id: string): Promise<PrivilegeLevel | undefined> {
  const row = await maybe(executor, sql<{ level: PrivilegeLevel }>`select privilege_level as level from catalogs where id = ${id} for share`);
  return row?.level;
}

/** Writes a new catalog. */
export async function insertCatalog(executor: Executor, catalog: Catalog, { now, by }: Stamp): Promise<void> {
  await sql`insert into catalogs (id, display_name, description, state, is_externally_visible, privilege_level, unique_name, created_at, modified_at, created_by, modified_by)
    values (${catalog.id}, ${catalog.displayName}, ${catalog.description}, ${catalog.state}, ${catalog.isExternallyVisible}, ${catalog.privilegeLevel},
      ${catalog.uniqueName}, ${now}, ${now}, ${by}, ${by})`.execute(executor);
}

/** Makes an identity owner of a catalog. */
export async function insertCatalogOwner(executor: Executor, row: { readonly id: string; readonly catalogId: string; readonly principalId: string }): Promise<void> {
  await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id, catalog_id)
    values (${row.id}, 'entitlementManagement', ${row.principalId}, ${entitlementRole.catalogOwner}, ${`/AccessPackageCatalog/${row.catalogId}`}, ${row.catalogId})`.execute(executor);
}

/** Writes a changed catalog. */
export async function updateCatalog(executor: Executor, catalog: Catalog, { now, by }: Stamp): Promise<void> {
  await sql`update catalogs set display_name = ${catalog.displayName}, description = ${catalog.description}, state = ${catalog.state},
      is_externally_visible = ${catalog.isExternallyVisible}, privilege_level = ${catalog.privilegeLevel}, unique_name = ${catalog.uniqueName},
      modified_at = ${now}, modified_by = ${by} where id = ${catalog.id}`.execute(executor);
}

/** Names of the packages of a catalog, at most six. */
export async function listPackageNamesOfCatalog(executor: Executor, catalogId: string): Promise<readonly string[]> {
  const rows = await all(executor, sql<{ name: string }>`select display_name as name from access_packages where catalog_id = ${catalogId} order by display_name limit 6`);
  return rows.map(({ name }) => name);
}

/** Removes a catalog with its resources and the record of how they came. */
export async function deleteCatalog(executor: Executor, id: string): Promise<void> {
  await sql`delete from resource_requests where catalog_id = ${id}`.execute(executor);
  await sql`delete from catalog_resources where catalog_id = ${id}`.execute(executor);
  await sql`delete from catalogs where id = ${id}`.execute(executor);
}

/** Whether a catalog holds API permissions. */
export async function holdsApiPermissions(executor: Executor, catalogId: string): Promise<boolean> {
  const rows = await all(executor, sql`select 1 from catalog_resources where catalog_id = ${catalogId} and origin_system = 'OAuthApplication' limit 1`);
  return rows.length > 0;
}

const originIs: Readonly<Record<DirectoryOrigin, (originId: string) => Sql>> = {
  AadGroup: (id) => sql`o.id = ${id} and o.type = 'group'`,
  AadApplication: (id) => sql`o.id = ${id} and o.type = 'servicePrincipal'`,
  OAuthApplication: (id) => sql`o.app_id = ${id} and o.type = 'servicePrincipal'
    and exists (select 1 from directory_objects a where a.app_id = o.app_id and a.type in ('application', 'agentIdentityBlueprint') and a.deleted_at is null)`,
};

/** The directory object that an origin names, whether the caller owns it and whether it sees it. Groups are owned by grants, applications by links. */
export async function findOriginObject(executor: Executor, origin: { readonly originSystem: DirectoryOrigin; readonly originId: string }, caller: Caller): Promise<OriginObject | undefined> {
  const { originSystem, originId } = origin;
  const seen = visibleObjects(caller, 'o');
  return await maybe(executor, sql<OriginObject>`
    select o.id, coalesce(o.display_name, o.id::text) as "displayName", o.description, coalesce((o.data ->> 'isAssignableToRole')::boolean, false) as "isRoleAssignable",
           ${originSystem === 'OAuthApplication' ? isOwnApi(sql`o`, caller) : isOwned(sql`o`, caller.principalId)} as "isOwnedByCaller", (${typeof seen === 'string' ? sql.lit(seen === 'all') : seen}) as "isSeenByCaller"
      from directory_objects o where o.deleted_at is null and ${originIs[originSystem](originId)}`);
}

/** Whether an identity owns a group, or an application through the application itself or its service principal. `object` is an alias. */
export const isOwned = (object: Sql, ownerId: string): Sql => sql`(
  exists (select 1 from grants g where g.kind = 'owner' and g.principal_id = ${ownerId} and g.resource_id = ${object}.id and g.ends_at > now())
  or exists (select 1 from directory_links l join directory_objects s on s.id = l.source_id
              where l.kind = 'owner' and l.target_id = ${ownerId} and (s.id = ${object}.id or s.app_id = ${object}.app_id)))`;

/** Whether an API is the caller's own: it owns the application, or holds a role on a resource that stands for the API, by which it gives its permissions (decision 0012). `object`: alias of the API's principal. */
export const isOwnApi = (object: Sql, caller: Caller): Sql => sql`(${isOwned(object, caller.principalId)}
  or exists (select 1 from catalog_resources m where ${isOneOf(sql`m.id`, entitlementReach(caller, 'giveResource').resourceIds)} and m.origin_system = 'OAuthApplication' and m.directory_object_id = ${object}.id))`;

/** Whether the API with this appId is the caller's own. One that does not exist is nobody's. */
export async function ownsApi(executor: Executor, appId: string, caller: Caller): Promise<boolean> {
  const row = await maybe(executor, sql`select 1 from directory_objects o where o.app_id = ${appId} and o.type = 'servicePrincipal' and o.deleted_at is null and ${isOwnApi(sql`o`, caller)}`);
  return row !== undefined;
}

const resourceColumns = sql.raw(`id, catalog_id as "catalogId", origin_system as "originSystem", origin_id as "originId",
  display_name as "displayName", description, directory_object_id as "directoryObjectId", external_environment_id as "externalEnvironmentId",
  notification_endpoint_configuration as "notificationEndpoint"`);

/** The resource that a request names, locked: no package can take a role of it meanwhile. */
export async function lockResource(executor: Executor, catalogId: string, asked: Partial<Pick<AskedResource, 'id' | 'originSystem' | 'originId'>>): Promise<CatalogResource | undefined> {
  const named = asked.id === undefined ? sql`origin_system = ${asked.originSystem ?? ''} and origin_id = ${asked.originId ?? ''}` : sql`id = ${asked.id}`;
  return await maybe(executor, sql<CatalogResource>`select ${resourceColumns} from catalog_resources where catalog_id = ${catalogId} and ${named} for update`);
}

/** Which resource it is, where, and where it comes from. */
export type ResourceOrigin = Pick<CatalogResource, 'id' | 'catalogId' | 'originSystem' | 'originId'>;

/** A resource by its id, or by its catalog and origin; not held. */
export async function findResource(executor: Executor, asked: Partial<Pick<AskedResource, 'id' | 'originSystem' | 'originId'>> & { readonly catalogId?: string }): Promise<ResourceOrigin | undefined> {
  const named = asked.id === undefined ? sql`catalog_id = ${asked.catalogId ?? null}::uuid and origin_system = ${asked.originSystem ?? ''} and origin_id = ${asked.originId ?? ''}` : sql`id = ${asked.id}`;
  return await maybe(executor, sql<ResourceOrigin>`select id, catalog_id as "catalogId", origin_system as "originSystem", origin_id as "originId" from catalog_resources where ${named}`);
}

/** Adds a resource; false when the catalog already has it. */
export async function insertResource(executor: Executor, resource: CatalogResource, { now, by }: Stamp): Promise<boolean> {
  const rows = await all(executor, sql`
    insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name, description, directory_object_id, external_environment_id,
        notification_endpoint_configuration, added_by, created_at, modified_at)
    values (${resource.id}, ${resource.catalogId}, ${resource.originSystem}, ${resource.originId}, ${resource.displayName}, ${resource.description},
      ${resource.directoryObjectId}, ${resource.externalEnvironmentId}, ${endpoint(resource)}, ${by}, ${now}, ${now})
    on conflict (catalog_id, origin_system, origin_id) do nothing returning id`);
  return rows.length > 0;
}

/** Writes what may change of a resource. */
export async function updateResource(executor: Executor, resource: CatalogResource, now: Date): Promise<void> {
  await sql`update catalog_resources set display_name = ${resource.displayName}, description = ${resource.description}, external_environment_id = ${resource.externalEnvironmentId},
      notification_endpoint_configuration = ${endpoint(resource)}, modified_at = ${now} where id = ${resource.id}`.execute(executor);
}

const endpoint = ({ notificationEndpoint }: CatalogResource): Sql => sql`${notificationEndpoint === null ? null : JSON.stringify(notificationEndpoint)}::jsonb`;

/** Name and description of a directory object as they are now; undefined when it is deleted. */
export async function findOriginNow(executor: Executor, directoryObjectId: string): Promise<{ readonly displayName: string; readonly description: string | null } | undefined> {
  return await maybe(executor, sql<{ displayName: string; description: string | null }>`
    select coalesce(display_name, id::text) as "displayName", description from directory_objects where id = ${directoryObjectId} and deleted_at is null`);
}

/** Names of the packages that use a resource, at most six. */
export async function listPackageNamesUsingResource(executor: Executor, resourceId: string): Promise<readonly string[]> {
  const rows = await all(executor, sql<{ name: string }>`
    select distinct p.display_name as name from package_roles r join access_packages p on p.id = r.access_package_id where r.resource_id = ${resourceId} order by 1 limit 6`);
  return rows.map(({ name }) => name);
}

/** Takes a resource out of its catalog, with what was uploaded for it. */
export async function deleteResource(executor: Executor, id: string): Promise<void> {
  await sql`delete from catalog_resources where id = ${id}`.execute(executor);
}

/** A resource request as it is kept: the record of how a resource came, changed or went. */
export interface ResourceRequestRow {
  readonly id: string;
  readonly catalogId: string;
  readonly requestType: string;
  readonly justification: string | null;
  readonly resource: unknown;
  readonly resourceId: string | null;
  readonly requestedBy: string;
  readonly isValidationOnly: boolean;
  /** ISO instant, as the client sent it. */
  readonly expiresAt: string | null;
  readonly now: Date;
}

/** Keeps a resource request. */
export async function insertResourceRequest(executor: Executor, row: ResourceRequestRow): Promise<void> {
  await sql`insert into resource_requests (id, catalog_id, request_type, state, justification, resource, resource_id, requested_by, is_validation_only, expires_at, created_at)
    values (${row.id}, ${row.catalogId}, ${row.requestType}, 'delivered', ${row.justification}, ${JSON.stringify(row.resource)}, ${row.resourceId},
      ${row.requestedBy}, ${row.isValidationOnly}, ${row.expiresAt}, ${row.now})`.execute(executor);
}
