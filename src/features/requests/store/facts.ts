/** Everything that decides on a request, in one statement. */
import { sql, type RawBuilder } from 'kysely';
import type { JsonRecord } from '../../../kernel/json.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { one } from '../../../platform/db/transaction.ts';
import type { AssignmentState } from '../../assignments/machine.ts';
import type { StageExtension } from '../../extensions/model.ts';
import { stageExtensionsOf } from '../../extensions/store/extensions.ts';
import { parsePolicy } from '../../policies/model.ts';
import { ownApiAppId } from '../../roles/model.ts';
import { answersInForce } from '../rules/answers.ts';
import type { Answer, Incompatible, LiveAssignment, PackageFacts, PackageRole, PolicyFacts, StageFacts, Target } from '../model.ts';

/** What the body of a request names. Ids are checked GUIDs. */
export interface Named {
  readonly callerId: string;
  readonly assignmentId?: string | undefined;
  readonly accessPackageId?: string | undefined;
  readonly policyId?: string | undefined;
  readonly targetId?: string | undefined;
  readonly targetEmail?: string | undefined;
  /** Nothing follows from what is read: nothing is held for it. */
  readonly isOnlyLooking?: boolean;
}

/** What was found. Without package or target there is nothing to decide. */
export interface Found {
  readonly accessPackage: PackageFacts | undefined;
  readonly target: Target | undefined;
  readonly policies: readonly PolicyFacts[];
  readonly live: LiveAssignment | undefined;
  readonly overdueId: string | undefined;
  readonly openRequestId: string | undefined;
  readonly incompatible: readonly Incompatible[];
  readonly excludes: boolean;
  readonly roles: readonly PackageRole[];
  readonly isApprover: boolean;
  /** The caller may know of the named assignment: it is its own, or that of somebody it answers for, asked for or decided about. */
  readonly isConcerned: boolean;
}

/** A row of the statement. */
export interface FoundRow {
  readonly package: PackageFacts | null;
  readonly target: Target | null;
  readonly policies: readonly { readonly row: JsonRecord; readonly namesTarget: boolean; readonly isOnBehalf: boolean; readonly extensions: readonly StageExtension[]; readonly stages: readonly StageFacts[] }[];
  readonly live: { readonly id: string; readonly state: AssignmentState; readonly policyId: string; readonly startsAt: string; readonly isOverdue: boolean; readonly answered: readonly (readonly Answer[])[] } | null;
  readonly openRequestId: string | null;
  readonly incompatible: readonly Incompatible[];
  readonly excludes: boolean;
  readonly roles: readonly PackageRole[];
  readonly isApprover: boolean;
  readonly isConcerned: boolean;
  readonly isStale: boolean;
}

/**
 * Whether the roles that a statement has read are older than its lock on their package: it waited for a change of them. Over the
 * locked row; the other look at it is that of the statement's beginning. Then everything has to be read again, under the lock.
 */
export const isStale = (locked: RawBuilder<unknown>): RawBuilder<unknown> => sql`(${locked}.roles_version <> (select before.roles_version from access_packages before where before.id = ${locked}.id))`;

/**
 * Reads the facts. The package and the target are held for this transaction: neither is deleted and no role leaves the package
 * between the decision and its delivery. A target that was shut out while this waited for it is looked at again: by whom is in
 * another row. Parameters stand in a materialized part of their own: the planner cannot fold a null
 * into a plan that looks cheaper than it is, so the statement is planned once and not four times its own length each time.
 */
export async function loadFacts(tx: Tx, named: Named, now: Date): Promise<Found> {
  const row = await one(tx, sql<FoundRow>`
    with said as materialized (
      select ${named.callerId}::uuid as caller_id, ${now}::timestamptz as at, ${named.assignmentId ?? null}::uuid as assignment_id, ${named.accessPackageId ?? null}::uuid as package_id,
             ${named.policyId ?? null}::uuid as policy_id, ${named.targetId ?? null}::uuid as target_id, ${named.targetEmail ?? null}::text as email),
    given as materialized (
      select coalesce(a.access_package_id, said.package_id, (select access_package_id from assignment_policies where id = said.policy_id)) as package_id,
             coalesce(a.target_id, said.target_id, ${byEmail}) as target_id, said.assignment_id, said.caller_id, said.at
        from said left join assignments a on a.id = said.assignment_id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > said.at),
    package as materialized (
      select p.id, p.display_name, p.catalog_id, p.roles_version from access_packages p where p.id = (select package_id from given) ${named.isOnlyLooking === true ? sql`` : sql`for share of p`}),
    target as materialized (
      select o.id, o.type, o.display_name, o.account_enabled, o.data ->> 'userType' as user_type from directory_objects o
       where o.id = (select target_id from given) and o.deleted_at is null and o.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity') ${named.isOnlyLooking === true ? sql`` : sql`for share of o`})
    select (select jsonb_build_object('id', p.id, 'displayName', p.display_name, 'catalogId', p.catalog_id, 'isPublished', c.state = 'published')
              from package p join catalogs c on c.id = p.catalog_id) as package,
           ${targetFound} as target,
           ${policiesFor(named)} as policies,
           ${liveFound} as live, ${openRequestFound} as "openRequestId",
           ${incompatible} as incompatible,
           exists (select 1 from incompatible_packages i where given.package_id in (i.access_package_id, i.incompatible_id)) as excludes,
           ${rolesOf(sql`given.package_id`)} as roles,
           exists (select 1 from assignment_requests r join approval_stages s on s.request_id = r.id
                    where r.assignment_id = given.assignment_id
                      and (exists (select 1 from stage_decisions d where d.stage_id = s.id and d.principal_id = given.caller_id) or exists (select 1 from stage_approvers x where x.stage_id = s.id and x.principal_id = given.caller_id))) as "isApprover",
           given.assignment_id is not null and (given.caller_id = given.target_id or given.caller_id in (select g from guardians_of(given.target_id, true) as g)
             or exists (select 1 from assignment_requests r where r.assignment_id = given.assignment_id and r.requestor_id = given.caller_id)) as "isConcerned",
           coalesce((select ${isStale(sql`p`)} from package p), false)
             or exists (select 1 from target t join directory_objects before on before.id = t.id where before.account_enabled <> t.account_enabled) as "isStale"
      from given`);
  return row.isStale ? await loadFacts(tx, named, now) : foundIn(row);
}

/** What a row of the statement says. */
export function foundIn(row: FoundRow): Found {
  const { live } = row;
  return {
    accessPackage: row.package ?? undefined, target: row.target ?? undefined, openRequestId: row.openRequestId ?? undefined,
    policies: row.policies.map((one) => ({ ...one, policy: parsePolicy(one.row) })),
    live: live === null || live.isOverdue ? undefined : { id: live.id, state: live.state, policyId: live.policyId, startsAt: new Date(live.startsAt), answers: answersInForce(live.answered) },
    overdueId: live?.isOverdue === true ? live.id : undefined,
    incompatible: row.incompatible, excludes: row.excludes, roles: row.roles, isApprover: row.isApprover, isConcerned: row.isConcerned,
  };
}

/** A person by an address. Agents are named by id: whoever makes one calls it as it likes, also by somebody's address. */
const byEmail = sql`(
  select o.id from directory_objects o where said.email is not null and o.type = 'user' and o.deleted_at is null
     and (lower(o.user_principal_name) = lower(said.email) or lower(o.data ->> 'mail') = lower(said.email))
   order by lower(o.user_principal_name) = lower(said.email) desc, o.id limit 1)`;

/** Policies with what they mean for this caller and target; for whoever only looks, with whom an escalation would ask. An empty list of requestors is nobody, but for agents (contract §2.3). Who asks for others is what somebody is to the target, never to the caller. */
export const policiesFor = ({ isOnlyLooking }: Pick<Named, 'isOnlyLooking'>): RawBuilder<unknown> => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('row', to_jsonb(p),
    'namesTarget', exists (select 1 from rule_members rm where rm.policy_id = p.id and rm.member_id = given.target_id) or exists (
      select 1 from policy_targets n where n.policy_id = p.id and ((n.kind in ('user', 'servicePrincipal') and n.target_id = given.target_id)
        or (n.kind = 'group' and n.target_id in (select group_id from groups_of(given.target_id)))
        or (n.kind = 'connectedOrganization' and n.target_id = organization_of(given.target_id)))),
    'isOnBehalf', given.caller_id <> given.target_id and exists (
      select 1 from jsonb_array_elements(case
               when p.allowed_target_scope = 'allDirectoryAgentIdentities' and coalesce(p.requestor_settings -> 'onBehalfRequestors', '[]') = '[]'
               then '[{"@odata.type": "#microsoft.graph.targetAgentIdentitySponsorsOrOwners"}]' else coalesce(p.requestor_settings -> 'onBehalfRequestors', '[]') end) as w (one)
        cross join lateral people_of(w.one, null, given.target_id) as who (id) where who.id = given.caller_id),
    'extensions', ${stageExtensionsOf(sql`p.id`)},
    'stages', (select coalesce(jsonb_agg(jsonb_build_object('settings', s.one,
        'primary', deciders_of(s.one -> 'primaryApprovers', given.caller_id, given.target_id),
        'fallback', deciders_of(s.one -> 'fallbackPrimaryApprovers', given.caller_id, given.target_id)${isOnlyLooking === true ? escalations : sql``}) order by s.nth), '[]')
      from jsonb_array_elements(coalesce(p.request_approval_settings -> 'stages', '[]')) with ordinality as s (one, nth))) order by p.created_at, p.id), '[]')
    from assignment_policies p where p.access_package_id = given.package_id)`;

const escalations = sql`, 'escalation', deciders_of(s.one -> 'escalationApprovers', given.caller_id, given.target_id), 'fallbackEscalation', deciders_of(s.one -> 'fallbackEscalationApprovers', given.caller_id, given.target_id)`;

/** What was answered for the assignment, request by request, as far as it was granted. */
const answered = sql`(
  select coalesce(jsonb_agg(q.answers order by q.created_at, q.id), '[]') from assignment_requests q
   where q.assignment_id = a.id and q.answers <> '[]' and q.state in ('delivered', 'partiallyDelivered'))`;

/** Whom it is about. */
export const targetFound = sql`(
  select jsonb_build_object('id', t.id, 'kind', t.type, 'displayName', t.display_name, 'isGuest', coalesce(t.user_type = 'Guest', false),
      'organization', case when t.user_type = 'Guest' then (select jsonb_build_object('id', c.id, 'state', c.state) from connected_organizations c where c.id = organization_of(t.id)) end,
      'isEnabled', t.account_enabled or exists (select 1 from subject_lifecycles l where l.subject_id = t.id and l.blocked_here)) from target t)`;

/** What the target has of the package now. */
export const liveFound = sql`(
  select jsonb_build_object('id', a.id, 'state', a.state, 'policyId', a.policy_id, 'startsAt', a.starts_at, 'isOverdue', a.ends_at <= given.at, 'answered', ${answered})
    from assignments a where a.access_package_id = given.package_id and a.target_id = given.target_id and a.state not in ('expired', 'deliveryFailed'))`;

/** The request for it that is not decided. */
export const openRequestFound = sql`(
  select r.id from assignment_requests r where r.access_package_id = given.package_id and r.target_id = given.target_id and r.state in ('submitted', 'pendingApproval', 'delivering', 'scheduled'))`;

/** What the target holds or has asked for that excludes the package, in either direction. */
export const incompatible = sql`(
  select coalesce(jsonb_agg(jsonb_build_object('kind', x.kind, 'id', x.id, 'displayName', x.display_name)), '[]') from (
    select distinct 'accessPackage' as kind, k.id, k.display_name
      from incompatible_packages i join access_packages k on k.id = case when i.access_package_id = given.package_id then i.incompatible_id else i.access_package_id end
     where given.package_id in (i.access_package_id, i.incompatible_id)
       and (exists (select 1 from assignments a where a.target_id = given.target_id and a.access_package_id = k.id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > given.at)
         or exists (select 1 from assignment_requests r where r.target_id = given.target_id and r.access_package_id = k.id and r.state in ('submitted', 'pendingApproval', 'delivering', 'scheduled')))
    union all
    select 'group', o.id, o.display_name from incompatible_groups i join directory_objects o on o.id = i.group_id and o.deleted_at is null
     where i.access_package_id = given.package_id
       and i.group_id in (select group_id from groups_of(given.target_id))) x)`;

/** Roles of a package as delivery needs them. `packageId` is an expression. */
export const rolesOf = (packageId: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('kind', r.grant_kind, 'resourceId', r.directory_object_id, 'permissionId', r.permission_id,
      'displayName', coalesce(m.value, o.display_name), 'isDeliverable', is_deliverable(r.grant_kind, r.directory_object_id, r.permission_id),
      'allowedMemberTypes', m.data -> 'allowedMemberTypes', 'isRoleAssignableGroup', coalesce((o.data ->> 'isAssignableToRole')::boolean, false),
      'isApiPermission', c.origin_system = 'OAuthApplication', 'ownValue', case when o.app_id = ${ownApiAppId}::uuid then m.value end)
      order by r.grant_kind, r.directory_object_id, r.permission_id), '[]')
    from (select distinct on (grant_kind, directory_object_id, permission_id) * from package_roles where access_package_id = ${packageId}) r
    join catalog_resources c on c.id = r.resource_id
    join directory_objects o on o.id = r.directory_object_id
    left join lateral (select p.value, p.data from directory_objects a join permissions p on p.application_id = a.id and p.id = r.permission_id and p.kind = case r.grant_kind when 'delegated' then 'scope' else 'role' end
                        where a.app_id = o.app_id and a.type in ('application', 'agentIdentityBlueprint') limit 1) m on true)`;

/** Waits until nobody else decides for this identity: with packages that exclude each other, two requests at once must not both pass. */
export async function takeTurn(tx: Tx, targetId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${targetId}, 13))`.execute(tx);
}
