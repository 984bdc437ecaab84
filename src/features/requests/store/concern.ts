/**
 * Whose business a request or an assignment is, as conditions over rows and as lists of ids. `target` and the like are
 * expressions of ids. A caller that is no administrator is served from what is its own: every list here begins at an index
 * on the caller and is as long as the caller's own business, however much others have. The lists stand in arrays: the
 * database makes them when it needs them and finds the rows by them, whatever it thinks of their length.
 */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import type { Sql } from '../../../platform/graph/model.ts';

const me = (caller: Caller): Sql => sql`${caller.principalId}::uuid`;

const together = (lists: readonly Sql[]): Sql => sql.join([...lists], sql` union all `);

/** The caller and the groups that it is a direct member of. */
const guises = (caller: Caller): Sql => sql`array(
  select ${me(caller)} union all select g.resource_id from grants g where g.kind = 'member' and g.principal_id = ${me(caller)} and g.ends_at > now())`;

/** Identities that the caller is sponsor or owner of, itself or through a group: all, or agents and agent users only. */
const wards = (caller: Caller, which: 'all' | 'agents'): Sql => sql`
  select l.source_id as id from directory_links l ${which === 'agents' ? sql`join directory_objects o on o.id = l.source_id and o.type in ('agentIdentity', 'agentUser')` : sql``}
   where l.target_id = any(${guises(caller)}) and l.kind in ('sponsor', 'owner')
  union all
  select u.id from directory_links l join directory_objects u on u.identity_parent_id = l.source_id and u.type = 'agentUser'
   where l.target_id = any(${guises(caller)}) and l.kind in ('sponsor', 'owner')`;

const reports = (caller: Caller): Sql => sql`select l.source_id as id from directory_links l where l.target_id = ${me(caller)} and l.kind = 'manager'`;

/** Agents and agent users that the caller is sponsor or owner of. */
export const isGuardedAgentOf = (caller: Caller, target: Sql): Sql => sql`${target} in (${wards(caller, 'agents')})`;

/** Identities whose direct manager the caller is. */
export const isManagedBy = (caller: Caller, target: Sql): Sql => sql`${target} in (${reports(caller)})`;

/** Identities that the caller answers for: as sponsor, owner or manager. A list of their ids. */
const answeredFor = (caller: Caller): Sql => together([wards(caller, 'all'), reports(caller)]);

/** Requests that the caller was asked to decide, may decide now in somebody's place, or has decided. A list of their ids. */
const decided = (caller: Caller): readonly Sql[] => [
  sql`select s.request_id as id from stage_deciders x join approval_stages s on s.id = x.stage_id where x.principal_id = ${me(caller)}`,
  sql`select s.request_id from stage_decisions d join approval_stages s on s.id = d.stage_id where d.principal_id = ${me(caller)}`,
];

/** Requests that the caller made, receives by, decides, or whose target it answers for. An array of their ids. */
export const concernedRequests = (caller: Caller): Sql => sql`array(${together([
  sql`select r.id from assignment_requests r where r.target_id = ${me(caller)}`,
  sql`select r.id from assignment_requests r where r.requestor_id = ${me(caller)}`,
  sql`select r.id from (${answeredFor(caller)}) w join assignment_requests r on r.target_id = w.id`,
  ...decided(caller),
])})`;

/**
 * Assignments of the caller and of those it answers for; `isAlsoAsked`: those too that came of requests which it made or
 * decides, because an approver keeps seeing what came of the decision. An array of their ids.
 */
export const concernedAssignments = (caller: Caller, isAlsoAsked: boolean): Sql => sql`array(${together([
  sql`select a.id from assignments a where a.target_id = ${me(caller)}`,
  sql`select a.id from (${answeredFor(caller)}) w join assignments a on a.target_id = w.id`,
  ...(isAlsoAsked ? [
    sql`select r.assignment_id from assignment_requests r where r.requestor_id = ${me(caller)} and r.assignment_id is not null`,
    sql`select r.assignment_id from (${together(decided(caller))}) d join assignment_requests r on r.id = d.id where r.assignment_id is not null`,
  ] : []),
])})`;

/**
 * Requests with an open stage that waits for the caller, or for somebody for whom it stands in: not for who has decided it already, nor for
 * an approver in whose place somebody has.
 */
export const isAwaiting = (caller: Caller, requestId: Sql): Sql => sql`${requestId} in (
  select s.request_id from stage_deciders x join approval_stages s on s.id = x.stage_id
   where x.principal_id = ${me(caller)} and s.status = 'InProgress' and not exists (
     select 1 from stage_decisions d where d.stage_id = s.id
        and (d.principal_id = x.principal_id or coalesce(d.decided_for, d.principal_id) = coalesce(x.on_behalf_of, x.principal_id))))`;

/** The caller itself. */
export const isCaller = (caller: Caller, id: Sql): Sql => sql`${id} = ${me(caller)}`;
