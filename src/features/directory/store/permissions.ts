/** App roles and delegated permissions that applications publish. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all } from '../../../platform/db/transaction.ts';
import type { Permission, PublishedPermission } from '../rules/permission-list.ts';

/** Locks what an application publishes: a grant of it that is being made is finished first, and counted. */
export async function lockPermissions(tx: Tx, applicationId: string): Promise<void> {
  await sql`select 1 from permissions where application_id = ${applicationId} order by id for update`.execute(tx);
}

/** What an application publishes now, in order, with what holds each. */
export async function listPublishedPermissions(tx: Tx, applicationId: string): Promise<readonly PublishedPermission[]> {
  return await all(tx, sql<PublishedPermission>`
    select p.id, p.kind, p.value, p.is_enabled as "isEnabled", p.data,
           (select count(*)::int from grants g join directory_objects s on s.id = g.resource_id
             where s.app_id = a.app_id and g.permission_id = p.id and g.kind = case p.kind when 'role' then 'appRole' else 'delegated' end and g.ends_at > now()) as grants,
           (select count(distinct r.access_package_id)::int from package_roles r
                   join directory_objects s on s.id = r.directory_object_id
                  where r.permission_id = p.id and r.grant_kind = case p.kind when 'role' then 'appRole' else 'delegated' end and s.app_id = a.app_id) as packages
      from permissions p join directory_objects a on a.id = p.application_id
     where p.application_id = ${applicationId}
     order by p.kind, p.position`);
}

/** Removes permissions of an application. */
export async function removePermissions(tx: Tx, applicationId: string, removed: readonly Permission[]): Promise<void> {
  await sql`delete from permissions where application_id = ${applicationId} and ${isOneOf(removed)}`.execute(tx);
}

/** Frees the values of permissions, so that two of them can swap. */
export async function clearPermissionValues(tx: Tx, applicationId: string, renamed: readonly Permission[]): Promise<void> {
  await sql`update permissions set value = null where application_id = ${applicationId} and ${isOneOf(renamed)}`.execute(tx);
}

const isOneOf = (permissions: readonly Permission[]) => sql`(kind, id) in (select * from unnest(${permissions.map(({ kind }) => kind)}::text[], ${permissions.map(({ id }) => id)}::uuid[]))`;

/** Writes all permissions of an application in one statement, however many; their order is kept. */
export async function writePermissions(tx: Tx, applicationId: string, permissions: readonly Permission[]): Promise<void> {
  const rows = permissions.map(({ id, kind, value, isEnabled, data }, position) => ({ id, kind, value, is_enabled: isEnabled, position, data }));
  await sql`
    insert into permissions (application_id, id, kind, value, is_enabled, position, data)
    select ${applicationId}, r.id, r.kind, r.value, r.is_enabled, r.position, r.data
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, kind text, value text, is_enabled boolean, position integer, data jsonb)
    on conflict (application_id, kind, id) do update
      set value = excluded.value, is_enabled = excluded.is_enabled, position = excluded.position, data = excluded.data`.execute(tx);
}

/** A permission of the API with an appId. */
export interface ApiPermission {
  readonly id: string;
  readonly value: string | null;
  readonly kind: 'role' | 'scope';
}

/** Permissions of an API by id. */
export async function listApiPermissions(tx: Tx, appId: string, ids: readonly string[]): Promise<readonly ApiPermission[]> {
  return await all(tx, sql<ApiPermission>`
    select p.id, p.value, p.kind from permissions p join directory_objects a on a.id = p.application_id
     where a.app_id = ${appId} and a.type in ('application', 'agentIdentityBlueprint') and p.id = any(${[...ids]}::uuid[])`);
}
