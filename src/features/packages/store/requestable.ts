/** Which packages concern a caller: those it may ask for, for itself or for somebody else, and those it holds. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Sql } from '../../../platform/graph/model.ts';
import { highestManagerLevel } from '../../policies/model.ts';

/**
 * Rows of `access_packages` that the caller may request for itself or for somebody it may ask for: a policy's scope holds the
 * target, the policy lets the caller ask, and the catalog is published. Whether a request would be accepted is decided later.
 */
export const isRequestable = (caller: Caller, row: Alias): Sql => sql`${col(row, 'id')} = any(array(${listRequestable(caller)}))`;

/**
 * Ids of the packages of {@link isRequestable}. Everything starts at the caller: at its groups, at those it answers for, at
 * the policies that name one of them; a scope of everybody is asked for once for each kind of target, not for each target.
 */
export const listRequestable = (caller: Caller): Sql => sql`
  select rp.id from (${forItself(caller)} union all ${forOthers(caller)} union all ${byName(caller)}) q (id)
    join access_packages rp on rp.id = q.id join catalogs rc on rc.id = rp.catalog_id and rc.state = 'published'`;

/** Ids of the packages that the caller may request for itself: a policy's scope holds it and lets it ask, the catalog is published and the package is not hidden. */
export const listRequestableForItself = (caller: Caller): Sql => sql`
  select rp.id from (${forItself(caller)}) q (id) join access_packages rp on rp.id = q.id and not rp.is_hidden
    join catalogs rc on rc.id = rp.catalog_id and rc.state = 'published'`;

/** Ids of the packages that the caller holds now. */
export const listHeld = (caller: Caller): Sql => sql`
  select ha.access_package_id from assignments ha
   where ha.target_id = ${caller.principalId}::uuid and ha.state not in ('expired', 'deliveryFailed') and ha.ends_at > now()`;

const forItself = ({ principalId }: Caller): Sql => sql`
  select p.access_package_id from policies_for(${principalId}::uuid) f join assignment_policies p on p.id = f.policy_id
   where (p.requestor_settings ->> 'enableTargetsToSelfAddAccess')::boolean`;

/** Through what the caller is to the target: an agent's sponsor or owner, an application's owner, a person's sponsor or manager. */
const forOthers = ({ principalId }: Caller): Sql => sql`
  select * from (
    with recursive targets as materialized (select * from targets_of(${principalId}::uuid, ${highestManagerLevel}::integer)),
    kinds as (select distinct type, is_guest, relation, level from targets),
    held (group_id, relation, level) as (
      select g.resource_id, t.relation, t.level from targets t join grants g on g.principal_id = t.id and g.kind = 'member' and g.ends_at > now()
        join directory_objects o on o.id = g.resource_id and o.deleted_at is null where t.type in ('user', 'agentUser')
      union
      select g.resource_id, h.relation, h.level from held h join grants g on g.principal_id = h.group_id and g.kind = 'member' and g.ends_at > now()
        join directory_objects o on o.id = g.resource_id and o.deleted_at is null),
    named as (
      select n.policy_id, t.relation, t.level, 'specificDirectoryUsers' as scope from targets t join policy_targets n on n.target_id = t.id and n.kind = 'user' where t.type in ('user', 'agentUser')
      union
      select n.policy_id, t.relation, t.level, 'specificDirectoryServicePrincipals' from targets t join policy_targets n on n.target_id = t.id and n.kind = 'servicePrincipal' where t.type in ('servicePrincipal', 'agentIdentity')
      union
      select n.policy_id, h.relation, h.level, 'specificDirectoryUsers' from held h
        join policy_targets n on n.target_id = h.group_id and n.kind = 'group'
      union
      select q.policy_id, t.relation, t.level, p.allowed_target_scope from (select *, organization_of(id) as organization from targets where is_guest) t
       cross join lateral policies_for_people_of(t.organization) q join assignment_policies p on p.id = q.policy_id)
    select p.access_package_id from kinds w join assignment_policies p on p.allowed_target_scope = any(scopes_of(w.type, w.is_guest)) and starts_with(p.allowed_target_scope, 'all') where ${letsAsk}
    union all
    select p.access_package_id from named w join assignment_policies p on p.id = w.policy_id and p.allowed_target_scope = w.scope where ${letsAsk}) o`;

/** Policy `p` lets whoever stands in relation `w` to a target ask for it. No list under the agent scope means sponsors and owners. */
const letsAsk = sql`(p.requestor_settings ->> 'enableOnBehalfRequestorsToAddAccess')::boolean
  and (exists (select 1 from jsonb_array_elements(p.requestor_settings -> 'onBehalfRequestors') s
                where s ->> '@odata.type' = '#microsoft.graph.' || w.relation and coalesce((s ->> 'managerLevel')::integer, 1) = w.level)
    or (w.relation = 'targetAgentIdentitySponsorsOrOwners' and p.allowed_target_scope = 'allDirectoryAgentIdentities'
        and coalesce(jsonb_array_length(p.requestor_settings -> 'onBehalfRequestors'), 0) = 0))`;

/** Where the policy names the caller, or a group of the caller, as somebody who asks for whoever is in scope. */
const byName = ({ principalId }: Caller): Sql => sql`
  select p.access_package_id from policies_naming(${principalId}::uuid) f join assignment_policies p on p.id = f.policy_id
   where (p.requestor_settings ->> 'enableOnBehalfRequestorsToAddAccess')::boolean and p.allowed_target_scope <> 'notSpecified'`;
