/** Properties of workloads that are computed from other tables, and the relations that they share. */
import { sql } from 'kysely';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Navigation, Sql } from '../../../platform/graph/model.ts';
import { isGuid } from '../../../platform/graph/value.ts';
import { addOwner, addSponsor, removeOwner, removeSponsor } from '../commands/links.ts';

/** Id of the application that defines a row: itself, or the one with its appId. */
const definedBy = (row: Alias): Sql => sql`(select a.id from directory_objects a where a.app_id = ${col(row, 'app_id')} and a.type in ('application', 'agentIdentityBlueprint'))`;
const itself = (row: Alias): Sql => col(row, 'id');

const permissionsOf = (kind: 'role' | 'scope', applicationId: Sql): Sql => sql`coalesce((
  select jsonb_agg(p.data || jsonb_build_object('id', p.id, 'value', p.value, 'isEnabled', p.is_enabled) order by p.position)
    from permissions p where p.application_id = ${applicationId} and p.kind = ${sql.lit(kind)}), '[]'::jsonb)`;

/** appRoles of an application. */
export const ownAppRoles = (row: Alias): Sql => permissionsOf('role', itself(row));
/** `api` of an application: what is in the bag, and its delegated permissions. */
export const ownApi = (row: Alias): Sql => sql`coalesce(nullif(${col(row, 'data')} -> 'api', 'null'::jsonb), '{}'::jsonb) || jsonb_build_object('oauth2PermissionScopes', ${permissionsOf('scope', itself(row))})`;
/** appRoles of the application behind a service principal. */
export const definedAppRoles = (row: Alias): Sql => permissionsOf('role', definedBy(row));
/** Delegated permissions of the application behind a service principal. */
export const definedScopes = (row: Alias): Sql => permissionsOf('scope', definedBy(row));

/** One column or bag value of the application behind a service principal. */
export const fromApplication = (value: (application: Alias) => Sql) => (row: Alias): Sql =>
  sql`(select ${value('a')} from directory_objects a where a.app_id = ${col(row, 'app_id')} and a.type in ('application', 'agentIdentityBlueprint'))`;

/** appId, then the identifier URIs of the application. */
export const servicePrincipalNames = (row: Alias): Sql => sql`jsonb_build_array(${col(row, 'app_id')}) || coalesce(${fromApplication((a) => sql`nullif(${col(a, 'data')} -> 'identifierUris', 'null'::jsonb)`)(row)}, '[]'::jsonb)`;

/** appIds of the service principals that a name may belong to: it is an identifier URI, or the appId itself. */
export const appIdsNamed = (name: string): Sql => sql`array(
  select a.app_id from directory_objects a where a.type in ('application', 'agentIdentityBlueprint') and a.data -> 'identifierUris' @> ${JSON.stringify([name])}::jsonb
  union all select ${isGuid(name) ? name : null}::uuid)`;

const isoTime = (column: Sql): Sql => sql`to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** Secrets of a row without the secrets. */
export const passwordCredentials = (row: Alias): Sql => sql`coalesce((
  select jsonb_agg(jsonb_build_object('keyId', c.key_id, 'displayName', c.data ->> 'displayName', 'hint', c.hint, 'secretText', null, 'customKeyIdentifier', null,
      'startDateTime', ${isoTime(sql`c.starts_at`)}, 'endDateTime', ${isoTime(sql`c.ends_at`)}) order by c.starts_at, c.key_id)
    from credentials c where c.owner_id = ${col(row, 'id')} and c.kind = 'password'), '[]'::jsonb)`;

/** Keys of a row without the keys. */
export const keyCredentials = (row: Alias): Sql => sql`coalesce((
  select jsonb_agg(jsonb_build_object('keyId', c.key_id, 'displayName', c.data ->> 'displayName', 'type', c.data ->> 'type', 'usage', c.data ->> 'usage', 'key', null,
      'customKeyIdentifier', c.thumbprint, 'startDateTime', ${isoTime(sql`c.starts_at`)}, 'endDateTime', ${isoTime(sql`c.ends_at`)}) order by c.starts_at, c.key_id)
    from credentials c where c.owner_id = ${col(row, 'id')} and c.kind = 'key'), '[]'::jsonb)`;

const linked = (kind: 'owner' | 'sponsor') => (from: Alias, to: Alias): Sql =>
  sql`${col(to, 'id')} = any(array(select l.target_id from directory_links l where l.source_id = ${col(from, 'id')} and l.kind = ${sql.lit(kind)}))`;

/** owners of a workload. */
export const owners: Navigation = { to: 'directoryObject', many: true, bind: true, join: linked('owner'), addRef: addOwner, removeRef: removeOwner };
/** sponsors of an agent or blueprint. */
export const sponsors: Navigation = { to: 'directoryObject', many: true, bind: true, join: linked('sponsor'), addRef: addSponsor, removeRef: removeSponsor };

/** Applications, service principals and groups that a principal owns. */
export const ownedObjects: Navigation = { to: 'directoryObject', many: true, join: (from, to) => sql`${col(to, 'id')} = any(owned_ids_of(${col(from, 'id')}))` };

/** Groups that a principal is in, directly. */
export const memberOf: Navigation = {
  to: 'directoryObject', many: true,
  join: (from, to) => sql`${col(to, 'id')} = any(array(select g.resource_id from grants g where g.principal_id = ${col(from, 'id')} and g.kind = 'member' and g.ends_at > now()))`,
};

/** Groups that a principal is in, directly or through other groups. */
export const transitiveMemberOf: Navigation = { to: 'directoryObject', many: true, join: (from, to) => sql`${col(to, 'id')} = any(group_ids_of(${col(from, 'id')}))` };

/** App roles that a principal or group holds. Grants are a later feature: POST finds its create by the target's type. */
export const appRoleAssignments: Navigation = { to: 'appRoleAssignment', many: true, inverse: 'principal', join: (from, to) => sql`${col(to, 'principal_id')} = ${col(from, 'id')}` };

/** Objects that a principal has created. */
export const createdObjects: Navigation = { to: 'directoryObject', many: true, join: (from, to) => sql`${col(to, 'data')} ->> 'createdById' = ${col(from, 'id')}::text` };
