/** What a change would mean for whom, in one statement over the tables as they are. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { all, one } from '../../../platform/db/transaction.ts';
import type { Sql, Visibility } from '../../../platform/graph/model.ts';
import { visibleObjects } from '../../directory/store/visibility.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { mostMembers, type Consequences, type Difference } from '../model.ts';
import { askingParts, isLive, isOpen } from './asking.ts';

/** Where a package stands. */
export interface PackagePlace { readonly accessPackageId: string; readonly catalogId: string }

/** Places of packages, for the caller's right to read who holds them. */
export async function listPlaces(tx: Tx, ids: readonly string[]): Promise<readonly PackagePlace[]> {
  return await all(tx, sql<PackagePlace>`select id as "accessPackageId", catalog_id as "catalogId" from access_packages where id = any(${[...ids]}::uuid[])`);
}

/** Whose consequences are told to whom. `namesNobody`: counts only. */
export interface Telling {
  readonly caller: Caller;
  readonly packageId: string;
  readonly namesNobody: boolean;
}

const asCondition = (visibility: Visibility): Sql => (visibility === 'all' ? sql`true` : visibility === 'none' ? sql`false` : visibility);

/** Whom the caller may know: everybody, for who reads all assignments; else whom it sees in the directory. */
const seesPrincipal = ({ caller, namesNobody }: Telling): Sql =>
  (namesNobody ? sql`false` : entitlementReach(caller, 'readAssignments').all ? sql`true` : asCondition(visibleObjects(caller, 'o')));

/** Counts the rows of a select (with `id`, the principal, and `told`) and names the first of them. */
const listed = (telling: Telling, rows: Sql): Sql => sql`(
  select jsonb_build_object('count', count(*), 'members', coalesce((array_agg(jsonb_build_object('principal', jsonb_build_object('id', m.id, 'displayName', m.display_name, 'kind', m.type)) || m.told order by m.display_name, m.id)
      filter (where m.is_seen and m.nth <= ${mostMembers}))::jsonb[], '{}'))
    from (select q.told, o.id, o.display_name, o.type, ${seesPrincipal(telling)} as is_seen, row_number() over (order by ${seesPrincipal(telling)} desc, o.display_name, o.id) as nth
            from (${rows}) q join directory_objects o on o.id = q.id) m)`;

/** Counts everything, and names the first of each. */
export async function readConsequences(tx: Tx, telling: Telling, difference: Difference): Promise<Consequences> {
  return await one(tx, sql<Consequences>`
    with recursive ${askingParts(difference)}, ${movedParts(telling, difference)}, ${takenPart(difference)},
    differing as (
      select coalesce(b.package_id, a.package_id) as package_id, coalesce(b.id, a.id) as id,
             array(select unnest(a.ways) except select unnest(b.ways) order by 1) as gained, array(select unnest(b.ways) except select unnest(a.ways) order by 1) as lost
        from (select * from asking where side = 'before') b full join (select * from asking where side = 'after') a on a.package_id = b.package_id and a.id = b.id)
    select ${listed(telling, sql`select d.id, jsonb_build_object('accessPackageId', d.package_id, 'ways', to_jsonb(d.gained)) as told from differing d where cardinality(d.gained) > 0`)} as gains,
      ${listed(telling, sql`select d.id, jsonb_build_object('accessPackageId', d.package_id, 'ways', to_jsonb(d.lost)) as told from differing d where cardinality(d.lost) > 0
        union all select t.id, jsonb_build_object('accessPackageId', t.package_id, 'ways', '{automatic}'::text[]) from taken t`)} as losses,
      ${listed(telling, outOfScope(difference))} as "holdersOutOfScope", ${listed(telling, sql`select g.id, g.told from gained g`)} as "rolesGained", ${listed(telling, sql`select l.id, l.told from lost l`)} as "rolesLost",
      ${listed(telling, conflicts)} as conflicts, ${listed(telling, openRequests(telling, difference))} as "openRequests"`);
}

/** Assignments that a changed rule takes, at once or after its time of grace, unless so many of them that an administrator is asked first. Not those that were about to be taken anyway. */
const takenPart = ({ taking, tookBefore }: Difference): Sql => sql`
  taken as materialized (
    select a.access_package_id as package_id, a.target_id as id, a.id as assignment_id from automatic_assignments g join assignments a on a.id = g.assignment_id and ${isLive}
     where g.policy_id = any(${[...taking]}::uuid[]) and g.leaving_at is null and not exists (select 1 from scoped s where s.side = 'after' and s.policy_id = g.policy_id and s.id = g.target_id)
       and (g.is_kept or g.policy_id <> all(${[...tookBefore]}::uuid[]) or exists (select 1 from scoped s where s.side = 'before' and s.policy_id = g.policy_id and s.id = g.target_id)))`;

/** Assignments by a changed policy whose holder it held before, and no longer. They go on, but for what its rule takes: otherwise a policy that changes ends nothing. */
const outOfScope = ({ changedPolicies }: Difference): Sql => sql`
  select a.target_id as id, jsonb_build_object('assignmentId', a.id, 'accessPackageId', a.access_package_id, 'isTaken', exists (select 1 from taken t where t.assignment_id = a.id)) as told from assignments a
   where a.policy_id = any(${[...changedPolicies]}::uuid[]) and ${isLive} and exists (select 1 from scoped s where s.side = 'before' and s.policy_id = a.policy_id and s.id = a.target_id)
     and not exists (select 1 from scoped s where s.side = 'after' and s.policy_id = a.policy_id and s.id = a.target_id)`;

/** Assignments that would stand against the rule. They go on: it is asked of requests. */
const conflicts = sql`
  select a.target_id as id, jsonb_build_object('assignmentId', a.id, 'accessPackageId', a.access_package_id) as told from blocked b join assignments a on a.access_package_id = b.package_id and a.target_id = b.id and ${isLive}
   where b.side = 'after' and not exists (select 1 from blocked x where x.side = 'before' and x.package_id = b.package_id and x.id = b.id)`;

/** Roles that live assignments of the package would get, and those that they would lose because nothing else gives them. */
function movedParts({ packageId }: Telling, { added, removed }: Difference): Sql {
  const columns = sql`(kind text, "resourceId" uuid, "permissionId" uuid, "displayName" text, holders text[])`;
  const told = sql`jsonb_build_object('assignmentId', a.id, 'accessPackageId', a.access_package_id, 'role', jsonb_build_object('kind', m.kind, 'resourceId', m."resourceId", 'permissionId', m."permissionId", 'displayName', m."displayName"))`;
  const grant = sql`g.kind = m.kind and g.principal_id = a.target_id and g.resource_id = m."resourceId" and g.permission_id = m."permissionId" and g.subject_id = '00000000-0000-0000-0000-000000000000'`;
  return sql`
    gained as (select a.target_id as id, ${told} as told from jsonb_to_recordset(${JSON.stringify(added)}::jsonb) as m ${columns} cross join assignments a join directory_objects t on t.id = a.target_id and t.type = any(m.holders)
      where a.access_package_id = ${packageId}::uuid and ${isLive} and not exists (select 1 from grants g where ${grant} and g.ends_at > now())),
    lost as (select a.target_id as id, ${told} as told from jsonb_to_recordset(${JSON.stringify(removed)}::jsonb) as m ${columns} cross join assignments a
      join grants g on ${grant} and not g.manual and g.ends_at > now() join grant_sources s on s.grant_id = g.id and s.assignment_id = a.id
      where a.access_package_id = ${packageId}::uuid and ${isLive}
        and not exists (select 1 from grant_sources n join assignments other on other.id = n.assignment_id where n.grant_id = g.id and n.assignment_id <> a.id and other.state not in ('expired', 'deliveryFailed') and other.ends_at > now()))`;
}

/** Requests on their way. What is asked again at approval and delivery follows the change (conflicts, roles); stages and scope are those of the day of asking. */
function openRequests({ packageId }: Telling, { changedPolicies, changedStages, added, removed }: Difference): Sql {
  const couldAsk = (side: string): Sql => sql`exists (select 1 from scoped s where s.side = ${side}::text and s.policy_id = r.policy_id and s.id = r.target_id and case when r.requestor_id = r.target_id then 'self' = any(s.ways) else not s.ways <@ '{self,automatic}' end)`;
  const isBlocked = (side: string): Sql => sql`exists (select 1 from blocked b where b.side = ${side}::text and b.package_id = r.access_package_id and b.id = r.target_id)`;
  return sql`
    select x.id, jsonb_build_object('requestId', x.request_id, 'accessPackageId', x.package_id, 'effects', to_jsonb(x.effects), 'follows', x.effects && '{conflict,conflictGone,otherRoles}') as told from (
      select r.target_id as id, r.id as request_id, r.access_package_id as package_id, array_remove(array[
          case when r.request_type = 'userAdd' and r.policy_id = any(${[...changedPolicies]}::uuid[]) and ${couldAsk('before')} and not ${couldAsk('after')} then 'wouldBeRefused' end,
          case when r.request_type = 'userAdd' and r.policy_id = any(${[...changedStages]}::uuid[]) then 'otherStages' end,
          case when ${isBlocked('after')} and not ${isBlocked('before')} then 'conflict' end, case when ${isBlocked('before')} and not ${isBlocked('after')} then 'conflictGone' end,
          case when r.access_package_id = ${packageId}::uuid and ${added.length + removed.length > 0}::boolean then 'otherRoles' end], null) as effects
        from assignment_requests r where ${isOpen} and r.request_type in ('userAdd', 'adminAdd', 'systemAdd')
         and r.access_package_id in (select package_id from offer union select package_id from exclusion union select ${packageId}::uuid)) x
     where cardinality(x.effects) > 0`;
}
