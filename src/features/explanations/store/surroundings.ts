/** What stands around a decision: who may know of it, names, and what is in the way, in one statement. */
import { sql, type RawBuilder } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { one } from '../../../platform/db/transaction.ts';
import type { Sql, Visibility } from '../../../platform/graph/model.ts';
import { showsApprovers } from '../../controls/store.ts';
import { visibleObjects } from '../../directory/store/visibility.ts';
import type { Surroundings } from '../model.ts';

/** Whose package is explained to whom. `packageId` undefined: there is none. */
export interface Around {
  readonly caller: Caller;
  readonly targetId: string;
  readonly requestorId: string;
  readonly packageId: string | undefined;
  readonly deciderIds: readonly string[];
  readonly conflictIds: readonly string[];
  readonly isGoverned: boolean;
}

/** A party from a row of `directory_objects`. */
export const partyFrom = (row: RawBuilder<unknown>): Sql => sql`jsonb_build_object('id', ${row}.id, 'displayName', ${row}.display_name, 'kind', ${row}.type)`;

/** Whether the caller is the identity itself, or its sponsor, owner or manager. */
export const answersFor = (caller: Caller, target: RawBuilder<unknown>): Sql => sql`(
  ${target} = ${caller.principalId}::uuid or exists (select 1 from directory_links l where l.source_id = ${target} and l.kind = 'manager' and l.target_id = ${caller.principalId}::uuid)
  or ${caller.principalId}::uuid in (select g from guardians_of(${target}, true) as g))`;

const asCondition = (visibility: Visibility): Sql => (visibility === 'all' ? sql`true` : visibility === 'none' ? sql`false` : visibility);

/** Reads what surrounds a decision. */
export async function readSurroundings(tx: Tx, around: Around): Promise<Surroundings> {
  const { caller, targetId, requestorId, packageId, deciderIds } = around;
  return await one(tx, sql<Surroundings>`
    with said as materialized (select ${targetId}::uuid as target_id, ${requestorId}::uuid as requestor_id, ${packageId ?? null}::uuid as package_id)
    select ${answersFor(caller, sql`said.target_id`)} as "answersFor",
      (select ${partyFrom(sql`o`)} from directory_objects o where o.id = said.requestor_id and o.deleted_at is null and o.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity')) as requestor,
      (select coalesce(jsonb_agg(${partyFrom(sql`o`)}), '[]') from directory_objects o where o.id = any(${[...deciderIds]}::uuid[])) as parties,
      coalesce(${showsApprovers(caller)}, false) as "showsApprovers", ${requestorSets(around)} as "requestorSets", ${namedScopes} as "namedScopes", ${obstacles(around)} as obstacles,
      (select jsonb_build_object('id', a.id, 'state', a.state, 'policyId', a.policy_id, 'startsAt', a.starts_at, 'endsAt', nullif(a.ends_at, 'infinity')) from assignments a
        where a.access_package_id = said.package_id and a.target_id = said.target_id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > now()) as live
      from said`);
}

/** As requests read them: no list under the agent scope means sponsors and owners (contract §2.3). Names of those whom the caller sees anyway. */
function requestorSets({ caller, isGoverned }: Around): Sql {
  const sees = isGoverned ? sql`true` : asCondition(visibleObjects(caller, 'o'));
  return sql`(
    select coalesce(jsonb_agg(jsonb_build_object('policyId', p.id, 'type', regexp_replace(w.one ->> '@odata.type', '^#?microsoft\\.graph\\.', ''), 'count', x.count, 'people', x.people, 'hasCaller', x.has_caller) order by p.created_at, p.id, w.nth), '[]')
      from assignment_policies p
     cross join lateral jsonb_array_elements(case
              when p.allowed_target_scope = 'allDirectoryAgentIdentities' and coalesce(p.requestor_settings -> 'onBehalfRequestors', '[]') = '[]'
              then '[{"@odata.type": "#microsoft.graph.targetAgentIdentitySponsorsOrOwners"}]' else coalesce(p.requestor_settings -> 'onBehalfRequestors', '[]') end) with ordinality as w (one, nth)
     cross join lateral (
       select count(*)::integer as count, coalesce(bool_or(o.id = ${caller.principalId}::uuid), false) as has_caller, coalesce(jsonb_agg(${partyFrom(sql`o`)} order by o.nth) filter (where o.is_seen and o.nth <= 20), '[]') as people
         from (select o.id, o.display_name, o.type, ${sees} as is_seen, row_number() over (order by ${sees} desc, o.display_name, o.id) as nth
                 from (select distinct who.id from people_of(w.one, said.requestor_id, said.target_id) as who (id)) who join directory_objects o on o.id = who.id and o.deleted_at is null) o) x
     where p.access_package_id = said.package_id and (p.requestor_settings ->> 'enableOnBehalfRequestorsToAddAccess')::boolean)`;
}

/** What the package's policies name, at most a hundred: to come into a scope is to come into one of these. */
const namedScopes = sql`(
  select coalesce(jsonb_agg(jsonb_build_object('policyId', n.policy_id, 'kind', n.kind, 'id', n.target_id, 'displayName', n.display_name)), '[]')
    from (select t.policy_id, t.kind, t.target_id, o.display_name from assignment_policies p join policy_targets t on t.policy_id = p.id and t.kind = 'group'
            join directory_objects o on o.id = t.target_id and o.deleted_at is null where p.access_package_id = said.package_id order by t.policy_id, t.target_id limit 100) n)`;

/** What the target has of the packages that exclude this one. */
const obstacles = ({ conflictIds }: Around): Sql => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('accessPackageId', c.id, 'assignmentId', a.id, 'requestId', r.id)), '[]')
    from unnest(${[...conflictIds]}::uuid[]) as c (id)
    left join assignments a on a.target_id = said.target_id and a.access_package_id = c.id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > now()
    left join assignment_requests r on r.target_id = said.target_id and r.access_package_id = c.id and r.state in ('submitted', 'pendingApproval', 'delivering', 'scheduled'))`;
