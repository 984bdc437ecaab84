/**
 * Which packages are suggested to a caller, and why. Everything begins at the caller: at the people around it, of whom there
 * are a few hundred at most, at what they hold, and at what it held itself; then only what it may ask for now is left.
 */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { col } from '../../platform/graph/declare.ts';
import type { Alias, Sql } from '../../platform/graph/model.ts';
import { insightLevel } from '../controls/store.ts';
import { listHeld, listRequestableForItself } from '../packages/store/requestable.ts';
import type { SuggestionGround } from './model.ts';

const me = (caller: Caller): Sql => sql`${caller.principalId}::uuid`;

/** People around the caller, as an array: nobody where administrators show nothing of them, and around what is no person. */
const related = (caller: Caller): Sql => (caller.kind === 'user'
  ? sql`array(select rp.id from related_people_of(${me(caller)}) rp where ${insightLevel} <> 'disabled')`
  : sql`'{}'::uuid[]`);

const isHeld = (assignment: Alias): Sql => sql`(${col(assignment, 'state')} not in ('expired', 'deliveryFailed') and ${col(assignment, 'ends_at')} > now())`;
const isPast = (assignment: Alias): Sql => sql`(${col(assignment, 'state')} = 'expired' or (${col(assignment, 'state')} <> 'deliveryFailed' and ${col(assignment, 'ends_at')} <= now()))`;

const packagesOn: Readonly<Record<SuggestionGround, (caller: Caller) => Sql>> = {
  relatedPeopleAssignments: (caller) => sql`select pa.access_package_id from assignments pa where pa.target_id = any(${related(caller)}) and ${isHeld('pa')}`,
  assignmentHistory: (caller) => sql`select oa.access_package_id from assignments oa where oa.target_id = ${me(caller)} and ${isPast('oa')}`,
};

/** What the caller holds or has asked for, and what excludes it: asking for these would be refused. */
const unsuitable = (caller: Caller): Sql => sql`
  ${listHeld(caller)}
  union all
  select ar.access_package_id from assignment_requests ar where ar.target_id = ${me(caller)} and ar.state in ('submitted', 'pendingApproval', 'delivering', 'scheduled')
  union all
  select case when ip.access_package_id = h.id then ip.incompatible_id else ip.access_package_id end
    from (${listHeld(caller)}) h (id) join incompatible_packages ip on ip.access_package_id = h.id or ip.incompatible_id = h.id
  union all
  select ig.access_package_id from groups_of(${me(caller)}) g join incompatible_groups ig on ig.group_id = g.group_id`;

/** Ids of the packages that are suggested on some grounds. */
const listSuggested = (caller: Caller, grounds: readonly SuggestionGround[]): Sql => sql`
  (${sql.join(grounds.map((ground) => packagesOn[ground](caller)), sql` union `)}) intersect (${listRequestableForItself(caller)}) except (${unsuitable(caller)})`;

/** Rows of `access_packages` that are suggested. */
export const isSuggested = (caller: Caller, row: Alias, grounds: readonly SuggestionGround[]): Sql =>
  (grounds.length === 0 ? sql`false` : sql`${col(row, 'id')} = any(array(${listSuggested(caller, grounds)}))`);

/** Why a package is suggested: who of the people around the caller holds it, as far as administrators show that, and when the caller held it. */
export const reasonsFor = (caller: Caller, row: Alias): Sql => sql`(select coalesce(jsonb_agg(why.reason), '[]'::jsonb) from (
  select jsonb_build_object('@odata.type', '#microsoft.graph.accessPackageSuggestionRelatedPeopleBased', 'relatedPeopleAssignmentCount', count(*),
      'relatedPeople', case when ${insightLevel} = 'countAndNames' then jsonb_agg(jsonb_build_object('id', po.id, 'displayName', po.display_name) order by po.display_name, po.id) else '[]'::jsonb end) as reason
    from assignments pa join directory_objects po on po.id = pa.target_id
   where pa.access_package_id = ${col(row, 'id')} and pa.target_id = any(${related(caller)}) and ${isHeld('pa')} having count(*) > 0
  union all
  select jsonb_build_object('@odata.type', '#microsoft.graph.accessPackageSuggestionSelfAssignmentHistoryBased', 'pastAssignmentCount', count(*), 'lastAssignmentDateTime', max(oa.starts_at))
    from assignments oa where oa.access_package_id = ${col(row, 'id')} and oa.target_id = ${me(caller)} and ${isPast('oa')} having count(*) > 0) why)`;
