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
export function isRequestable(caller: Caller, row: Alias): Sql {
  return sql`(exists (select 1 from catalogs rc where rc.id = ${col(row, 'catalog_id')} and rc.state = 'published')
    and ${col(row, 'id')} in (${requestableForItself(caller)} union ${requestableForOthers(caller)} union ${requestableByName(caller)}))`;
}

/** Rows of `access_packages` that the caller holds now. */
export const isHeld = (caller: Caller, row: Alias): Sql => sql`exists (
  select 1 from assignments ha where ha.access_package_id = ${col(row, 'id')} and ha.target_id = ${caller.principalId}::uuid
     and ha.state not in ('expired', 'deliveryFailed') and ha.ends_at > now())`;

const requestableForItself = ({ principalId }: Caller): Sql => sql`
  select p.access_package_id from policies_for(${principalId}::uuid) f join assignment_policies p on p.id = f.policy_id
   where (p.requestor_settings ->> 'enableTargetsToSelfAddAccess')::boolean`;

/** Through what the caller is to the target: an agent's sponsor or owner, an application's owner, a person's sponsor or manager. */
const requestableForOthers = ({ principalId }: Caller): Sql => sql`
  select p.access_package_id from (${targetsOf(principalId)}) t cross join lateral policies_for(t.target_id) f
    join assignment_policies p on p.id = f.policy_id
   where (p.requestor_settings ->> 'enableOnBehalfRequestorsToAddAccess')::boolean
     and (exists (select 1 from jsonb_array_elements(p.requestor_settings -> 'onBehalfRequestors') s
                   where s ->> '@odata.type' = '#microsoft.graph.' || t.relation and coalesce((s ->> 'managerLevel')::integer, 1) = t.level)
       or (t.relation = 'targetAgentIdentitySponsorsOrOwners' and p.allowed_target_scope = 'allDirectoryAgentIdentities'
           and coalesce(jsonb_array_length(p.requestor_settings -> 'onBehalfRequestors'), 0) = 0))`;

const targetsOf = (principalId: string): Sql => sql`
  with recursive me (id) as (select ${principalId}::uuid union select group_id from groups_of(${principalId}::uuid)),
  reports (id, level) as (
    select source_id, 1 from directory_links where kind = 'manager' and target_id = ${principalId}::uuid
    union
    select l.source_id, r.level + 1 from reports r join directory_links l on l.kind = 'manager' and l.target_id = r.id where r.level < ${highestManagerLevel}
  )
  select l.source_id as target_id, 1 as level,
         case o.type when 'agentIdentity' then 'targetAgentIdentitySponsorsOrOwners' when 'servicePrincipal' then 'targetApplicationOwners' else 'targetUserSponsors' end as relation
    from directory_links l join me on me.id = l.target_id join directory_objects o on o.id = l.source_id
   where (o.type = 'agentIdentity' and l.kind in ('owner', 'sponsor')) or (o.type = 'servicePrincipal' and l.kind = 'owner')
      or (o.type in ('user', 'agentUser') and l.kind = 'sponsor')
  union
  select s.id, 1, 'targetApplicationOwners' from directory_links l join me on me.id = l.target_id
    join directory_objects a on a.id = l.source_id and a.type = 'application' join directory_objects s on s.app_id = a.app_id and s.type = 'servicePrincipal'
   where l.kind = 'owner'
  union
  select u.id, 1, 'targetAgentIdentitySponsorsOrOwners' from directory_links l join me on me.id = l.target_id
    join directory_objects u on u.identity_parent_id = l.source_id and u.type = 'agentUser'
   where l.kind in ('owner', 'sponsor')
  union
  select id, level, 'targetManager' from reports`;

/** Where the policy names the caller, or a group of the caller, as somebody who asks for whoever is in scope. */
const requestableByName = ({ principalId }: Caller): Sql => sql`
  select p.access_package_id from assignment_policies p cross join lateral jsonb_array_elements(p.requestor_settings -> 'onBehalfRequestors') s
   where (p.requestor_settings ->> 'enableOnBehalfRequestorsToAddAccess')::boolean and p.allowed_target_scope <> 'notSpecified'
     and ((s ->> '@odata.type' = '#microsoft.graph.singleUser' and s ->> 'userId' = ${principalId})
       or (s ->> '@odata.type' = '#microsoft.graph.singleServicePrincipal' and s ->> 'servicePrincipalId' = ${principalId})
       or (s ->> '@odata.type' = '#microsoft.graph.groupMembers' and s ->> 'groupId' in (select group_id::text from groups_of(${principalId}::uuid))))`;
