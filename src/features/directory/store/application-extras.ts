/** Small parts of applications and blueprints: what agents inherit, extension properties, classifications of permissions. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';

/** What agents inherit of one API. `scopes` and `roles` as Graph words them. */
export interface InheritablePermission {
  readonly blueprintId: string;
  readonly resourceAppId: string;
  readonly scopes: unknown;
  readonly roles: unknown;
}

/** How many APIs a blueprint hands on. */
export async function countInheritablePermissions(tx: Tx, blueprintId: string): Promise<number> {
  return (await one(tx, sql<{ n: number }>`select count(*)::int as n from inheritable_permissions where blueprint_id = ${blueprintId}`)).n;
}

/** Writes one. Fails on `inheritable_permissions_pkey` when the API is there already. */
export async function insertInheritablePermission(tx: Tx, permission: InheritablePermission): Promise<void> {
  await sql`insert into inheritable_permissions (blueprint_id, resource_app_id, scopes, roles)
    values (${permission.blueprintId}, ${permission.resourceAppId}, ${JSON.stringify(permission.scopes)}, ${jsonOrNull(permission.roles)})`.execute(tx);
}

/** One, locked. */
export async function lockInheritablePermission(tx: Tx, blueprintId: string, resourceAppId: string): Promise<InheritablePermission | undefined> {
  return await maybe(tx, sql<InheritablePermission>`select blueprint_id as "blueprintId", resource_app_id as "resourceAppId", scopes, roles
    from inheritable_permissions where blueprint_id = ${blueprintId} and resource_app_id = ${resourceAppId} for update`);
}

/** Overwrites one. */
export async function updateInheritablePermission(tx: Tx, permission: InheritablePermission): Promise<void> {
  await sql`update inheritable_permissions set scopes = ${JSON.stringify(permission.scopes)}, roles = ${jsonOrNull(permission.roles)}
    where blueprint_id = ${permission.blueprintId} and resource_app_id = ${permission.resourceAppId}`.execute(tx);
}

/** Removes one. */
export async function removeInheritablePermission(tx: Tx, blueprintId: string, resourceAppId: string): Promise<void> {
  await sql`delete from inheritable_permissions where blueprint_id = ${blueprintId} and resource_app_id = ${resourceAppId}`.execute(tx);
}

/** An extension property of an application. */
export interface NewExtensionProperty {
  readonly id: string;
  readonly applicationId: string;
  readonly name: string;
  readonly dataType: string;
  readonly isMultiValued: boolean;
  readonly targetObjects: readonly string[];
}

/** Writes one. Fails on `extension_properties_name_key`. */
export async function insertExtensionProperty(tx: Tx, property: NewExtensionProperty): Promise<void> {
  await sql`insert into extension_properties (id, application_id, name, data_type, is_multi_valued, target_objects)
    values (${property.id}, ${property.applicationId}, ${property.name}, ${property.dataType}, ${property.isMultiValued}, ${JSON.stringify(property.targetObjects)})`.execute(tx);
}

/** The application of an extension property. */
export async function findExtensionPropertyOwner(tx: Tx, id: string): Promise<string | undefined> {
  return (await maybe(tx, sql<{ id: string }>`select application_id as id from extension_properties where id = ${id}`))?.id;
}

/** Removes one. */
export async function removeExtensionProperty(tx: Tx, id: string): Promise<void> {
  await sql`delete from extension_properties where id = ${id}`.execute(tx);
}

/** How risky a delegated permission of an API is thought to be. */
export interface Classification {
  readonly id: string;
  readonly servicePrincipalId: string;
  readonly permissionId: string;
  readonly permissionName: string;
  readonly classification: string;
}

/** Writes one. Fails on `permission_classifications_service_principal_id_permission_id_key`. */
export async function insertClassification(tx: Tx, row: Classification): Promise<void> {
  await sql`insert into permission_classifications (id, service_principal_id, permission_id, permission_name, classification)
    values (${row.id}, ${row.servicePrincipalId}, ${row.permissionId}, ${row.permissionName}, ${row.classification})`.execute(tx);
}

/** The service principal of a classification. */
export async function findClassificationOwner(tx: Tx, id: string): Promise<string | undefined> {
  return (await maybe(tx, sql<{ id: string }>`select service_principal_id as id from permission_classifications where id = ${id}`))?.id;
}

/** Removes one. */
export async function removeClassification(tx: Tx, id: string): Promise<void> {
  await sql`delete from permission_classifications where id = ${id}`.execute(tx);
}

const jsonOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

/** An extension that an application has registered. */
export interface RegisteredExtension {
  readonly name: string;
  readonly dataType: string;
  readonly isMultiValued: boolean;
  readonly targetObjects: readonly string[];
}

/** Those of living applications that have one of these names. */
export async function listExtensionsNamed(tx: Tx, names: readonly string[]): Promise<readonly RegisteredExtension[]> {
  return await all(tx, sql<RegisteredExtension>`
    select e.name, e.data_type as "dataType", e.is_multi_valued as "isMultiValued", e.target_objects as "targetObjects"
      from extension_properties e join directory_objects a on a.id = e.application_id and a.deleted_at is null where e.name = any(${names})`);
}
