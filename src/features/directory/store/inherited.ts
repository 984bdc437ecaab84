/**
 * What a blueprint hands on to its agents (contract §3): a permission flows when it is listed among the blueprint's
 * inheritable permissions and granted to its principal. Tokens and the lists that show it are made from the same words.
 */
import { sql } from 'kysely';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Sql } from '../../../platform/graph/model.ts';
import { isBlockedForAgents, ownApiAppId, ownPermissions } from '../../roles/model.ts';

/** Where a blueprint's application and its principal stand, and the alias of an API's service principal (`id`, `app_id`). */
export interface HandingOn {
  readonly blueprintId: Sql;
  readonly principalId: Sql;
  readonly resource: Alias;
}

/** `from … where …`: grants `hg` of app roles that flow, whether or not they are over. */
export const handedOnRoles = ({ blueprintId, principalId, resource }: HandingOn): Sql => sql`
  inheritable_permissions hi join grants hg on hg.principal_id = ${principalId} and hg.kind = 'appRole' and hg.resource_id = ${col(resource, 'id')}
   where hi.blueprint_id = ${blueprintId} and hi.resource_app_id = ${col(resource, 'app_id')} and hi.roles ->> '@odata.type' = '#microsoft.graph.allAllowedRoles'`;

/** Ids of the permissions of our own API that never reach an agent, whoever holds them. */
const blocked = (kind: 'role' | 'scope'): readonly string[] =>
  ownPermissions.flatMap(([value, role, scope]) => (isBlockedForAgents(value, kind) ? [kind === 'role' ? role : scope] : [])).filter((id) => id !== undefined);

/**
 * APIs that the blueprint of an agent names, where a token could be made at all: agent, blueprint, both principals and the API
 * are there and enabled. `blueprint_id`, `principal_id` (of the blueprint), `id` and `app_id` (of the API), `application_id` (its own).
 */
const namedApis = (agent: Alias): Sql => sql`(
  select ba.id as blueprint_id, bp.id as principal_id, s.id, s.app_id, api.id as application_id
    from directory_objects ba
    join directory_objects bp on bp.app_id = ba.app_id and bp.type in ${principals} and bp.type = 'agentIdentityBlueprintPrincipal' and bp.deleted_at is null and bp.account_enabled
    join inheritable_permissions named on named.blueprint_id = ba.id
    join directory_objects s on s.app_id = named.resource_app_id and s.type in ${principals} and s.deleted_at is null and s.account_enabled
    join directory_objects api on api.app_id = s.app_id and api.type in ('application', 'agentIdentityBlueprint') and api.deleted_at is null and api.account_enabled
   where ba.app_id = ${col(agent, 'blueprint_app_id')} and ba.type in ('application', 'agentIdentityBlueprint') and ba.deleted_at is null and ba.account_enabled
     and ${col(agent, 'account_enabled')})`;

// As the unique index on appIds has it.
const principals = sql`('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')`;

/** Ids, as Graph shows them, of the app role assignments that an agent's tokens carry because its blueprint hands them on. */
export const inheritedRoleAssignments = (agent: Alias): Sql => sql`array(
  select opaque_id(h.id) from ${namedApis(agent)} hr
   cross join lateral (select hg.id, hg.permission_id from ${handedOnRoles({ blueprintId: sql`hr.blueprint_id`, principalId: sql`hr.principal_id`, resource: 'hr' })} and hg.ends_at > now()) h
   where (h.permission_id = '00000000-0000-0000-0000-000000000000'
       or exists (select 1 from permissions m where m.application_id = hr.application_id and m.kind = 'role' and m.id = h.permission_id and m.is_enabled and m.value is not null))
     and not (hr.app_id = ${ownApiAppId}::uuid and h.permission_id = any(${blocked('role')}::uuid[])))`;

/** Names of delegated permissions that flow by one row of `inherited_permission_grants`, in one string; null where none does. */
export const inheritedScope = (row: Alias): Sql => sql`(
  select string_agg(p.value, ' ' order by p.value) from permissions p
   where p.application_id = ${col(row, 'application_id')} and p.kind = 'scope' and p.is_enabled and p.value = any(string_to_array(${col(row, 'granted')}, ' '))
     and (${col(row, 'only')} is null or exists (select 1 from jsonb_array_elements_text(${col(row, 'only')}) o (name) where lower(o.name) = lower(p.value)))
     and not (${col(row, 'resource_app_id')} = ${ownApiAppId}::uuid and p.id = any(${blocked('scope')}::uuid[])))`;
