/** Whose business a request or an assignment is, as conditions over rows. `target` and the like are expressions of ids. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import type { Sql } from '../../../platform/graph/model.ts';

const me = (caller: Caller): Sql => sql`${caller.principalId}::uuid`;

/**
 * Identities that the caller is sponsor or owner of, itself or through a group: agents and agent users only, or all.
 * Existence, not membership in a list: the planner then chooses by the number of rows between looking each up and listing
 * once what is the caller's, and a single read never lists.
 */
export const isGuardedBy = (caller: Caller, target: Sql, onlyAgents: boolean): Sql => sql`(
  (exists (select 1 from directory_links l where l.source_id = ${target} and l.kind in ('sponsor', 'owner') and l.target_id in (${guises(caller)}))
   or exists (
    select 1 from directory_objects u join directory_links l on l.source_id = u.identity_parent_id and l.kind in ('sponsor', 'owner')
     where u.id = ${target} and u.type = 'agentUser' and l.target_id in (${guises(caller)})))
  ${onlyAgents ? sql`and exists (select 1 from directory_objects o where o.id = ${target} and o.type in ('agentIdentity', 'agentUser'))` : sql``})`;

/** The caller and the groups that it is a direct member of. */
const guises = (caller: Caller): Sql => sql`
  select ${me(caller)} union all select g.resource_id from grants g where g.kind = 'member' and g.principal_id = ${me(caller)} and g.ends_at > now()`;

/** Identities whose direct manager the caller is. */
export const isManagedBy = (caller: Caller, target: Sql): Sql =>
  sql`exists (select 1 from directory_links l where l.source_id = ${target} and l.kind = 'manager' and l.target_id = ${me(caller)})`;

/** Requests that the caller was asked to decide, or has decided. */
export const isDecidedBy = (caller: Caller, requestId: Sql): Sql => sql`(
  exists (select 1 from approval_stages s join stage_approvers x on x.stage_id = s.id where s.request_id = ${requestId} and x.principal_id = ${me(caller)})
  or exists (select 1 from approval_stages s where s.request_id = ${requestId} and s.reviewed_by = ${me(caller)}))`;

/** Requests with an open stage that waits for the caller: driven by the caller's own open stages, however many requests there are. */
export const isAwaiting = (caller: Caller, requestId: Sql): Sql => sql`${requestId} in (
  select s.request_id from stage_approvers x join approval_stages s on s.id = x.stage_id
   where x.principal_id = ${me(caller)} and s.status = 'InProgress')`;

/** The caller itself. */
export const isCaller = (caller: Caller, id: Sql): Sql => sql`${id} = ${me(caller)}`;
