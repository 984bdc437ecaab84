/** Rows that a new installation begins with, and own permissions that a newer version brings. */
import { sql } from 'kysely';
import type { Executor, Tx } from '../../platform/db/database.ts';
import { all, maybe } from '../../platform/db/transaction.ts';

/** One permission of our own API as stored. */
export interface OwnPermissionRow {
  readonly id: string;
  readonly kind: 'role' | 'scope';
  readonly value: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A directory object in the few columns that bootstrap needs. */
export interface FirstObject {
  readonly id: string;
  readonly type: 'application' | 'servicePrincipal' | 'user';
  readonly displayName: string;
  readonly appId?: string;
  readonly userPrincipalName?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Where our own API lives in the directory. */
export interface OwnApi {
  readonly applicationId: string;
  readonly principalId: string;
}

/** Lets one process at a time look and create; held until the transaction ends. */
export async function lockBootstrap(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('gatehouse bootstrap'))`.execute(tx);
}

/** The tenant's id, or undefined before the first start. */
export async function findTenantId(executor: Executor): Promise<string | undefined> {
  return (await maybe(executor, sql<{ id: string }>`select id from tenants`))?.id;
}

/** Creates the tenant. */
export async function insertTenant(tx: Tx, tenant: { readonly id: string; readonly displayName: string; readonly domain: string }): Promise<void> {
  await sql`insert into tenants (id, display_name, domain) values (${tenant.id}, ${tenant.displayName}, ${tenant.domain})`.execute(tx);
}

/** Creates a directory object. */
export async function insertObject(tx: Tx, { id, type, displayName, appId, userPrincipalName, data }: FirstObject): Promise<void> {
  await sql`insert into directory_objects (id, type, display_name, app_id, user_principal_name, data)
    values (${id}, ${type}, ${displayName}, ${appId ?? null}, ${userPrincipalName ?? null}, ${JSON.stringify(data ?? {})})`.execute(tx);
}

/** The application and service principal with this appId, or undefined. */
export async function findOwnApi(tx: Tx, appId: string): Promise<OwnApi | undefined> {
  return await maybe(tx, sql<OwnApi>`
    select a.id as "applicationId", s.id as "principalId" from directory_objects a join directory_objects s on s.app_id = a.app_id and s.type = 'servicePrincipal' and s.deleted_at is null
     where a.type = 'application' and a.deleted_at is null and a.app_id = ${appId}`);
}

/** Adds the permissions that are not there yet, and answers the ids of those. */
export async function insertPermissions(tx: Tx, applicationId: string, permissions: readonly OwnPermissionRow[]): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    insert into permissions (application_id, id, kind, value, position, data)
    select ${applicationId}, p.id, p.kind, p.value, p.position - 1, p.data
      from jsonb_to_recordset(${JSON.stringify(permissions.map((permission, at) => ({ ...permission, position: at + 1 })))}::jsonb) as p (id uuid, kind text, value text, position int, data jsonb)
    on conflict do nothing returning id`);
  return rows.map(({ id }) => id);
}

/** Gives application permissions of our own API by hand, without an end. */
export async function insertGrants(tx: Tx, grants: readonly { readonly id: string; readonly principalId: string; readonly resourceId: string; readonly permissionId: string }[]): Promise<void> {
  await sql`insert into grants (id, kind, principal_id, resource_id, permission_id, manual)
    select g.id, 'appRole', g."principalId", g."resourceId", g."permissionId", true
      from jsonb_to_recordset(${JSON.stringify(grants)}::jsonb) as g (id uuid, "principalId" uuid, "resourceId" uuid, "permissionId" uuid)
    on conflict do nothing`.execute(tx);
}

/** Keeps a client secret, as its hash. */
export async function insertSecret(tx: Tx, secret: { readonly keyId: string; readonly ownerId: string; readonly digest: Buffer; readonly hint: string }): Promise<void> {
  await sql`insert into credentials (key_id, owner_id, kind, secret_sha256, hint, data)
    values (${secret.keyId}, ${secret.ownerId}, 'password', ${secret.digest}, ${secret.hint}, '{"displayName": "bootstrap"}')`.execute(tx);
}

/** Keeps the first person's password, and makes them an administrator. */
export async function insertAdministrator(tx: Tx, person: { readonly userId: string; readonly hash: string; readonly assignmentId: string; readonly roleDefinitionId: string }): Promise<void> {
  await sql`with password as (insert into user_passwords (user_id, hash) values (${person.userId}, ${person.hash}))
    insert into role_assignments (id, provider, principal_id, role_definition_id) values (${person.assignmentId}, 'directory', ${person.userId}, ${person.roleDefinitionId})`.execute(tx);
}

/** The service principal of the administering application, while it lives. */
export async function findAdministratorPrincipal(tx: Tx, uniqueName: string): Promise<string | undefined> {
  return (await maybe(tx, sql<{ id: string }>`
    select s.id from directory_objects a join directory_objects s on s.app_id = a.app_id and s.type = 'servicePrincipal' and s.deleted_at is null
     where a.type = 'application' and a.deleted_at is null and a.data ->> 'bootstrap' = ${uniqueName}`))?.id;
}
