/** What is known of a role that an identity holds or does not hold, in one statement: every way in which it is held, what has ended or has not come, and which packages give it. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { one } from '../../../platform/db/transaction.ts';
import type { Sql, Visibility } from '../../../platform/graph/model.ts';
import { seesReviewer } from '../../approvals/store/knowing.ts';
import { visibleObjects } from '../../directory/store/visibility.ts';
import { handedOnRoles } from '../../directory/store/inherited.ts';
import { entitlementReach, type Reach } from '../../roles/rules.ts';
import { isReachedPackage, packagesOfPolicies } from '../../roles/store/reach.ts';
import type { RoleFacts } from '../model.ts';
import { answersFor, partyFrom } from './surroundings.ts';

/** Whose role is explained to whom. `resourceId`: of the group or service principal, or of a resource of a catalog; `role`: id, value, `member` or `owner`. */
export interface RoleQuestion {
  readonly caller: Caller;
  readonly principalId: string;
  readonly resourceId: string;
  readonly role: string;
}

const none = sql`'00000000-0000-0000-0000-000000000000'::uuid`;
const asCondition = (visibility: Visibility): Sql => (visibility === 'all' ? sql`true` : visibility === 'none' ? sql`false` : visibility);

/** Reads what is known. */
export const readRoleFacts = async (tx: Tx, question: RoleQuestion): Promise<RoleFacts> => await one(tx, roleFactsQuery(question));

/** The statement, for the test that explains its plan. */
export const roleFactsQuery = ({ caller, principalId, resourceId, role }: RoleQuestion) => sql<RoleFacts>`
  with said as materialized (select ${principalId}::uuid as principal_id, ${resourceId}::uuid as resource_id, ${role}::text as word),
  principal as materialized (
    select o.* from said join directory_objects o on o.id = said.principal_id and o.deleted_at is null and o.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity')),
  resource as materialized (
    select o.* from said join directory_objects o on o.id = coalesce((select c.directory_object_id from catalog_resources c where c.id = said.resource_id), said.resource_id)
       and o.deleted_at is null and o.type in ('group', 'servicePrincipal', 'agentIdentityBlueprintPrincipal')),
  wanted as materialized (${wanted}), held as materialized (${held}), offering as materialized (
    select distinct p.access_package_id as id, k.display_name, k.catalog_id, k.is_hidden from resource
      join package_roles p on p.directory_object_id = resource.id join wanted w on p.grant_kind = w.kind and p.permission_id = w.permission_id join access_packages k on k.id = p.access_package_id)
  select (select ${partyFrom(sql`p`)} || jsonb_build_object('isEnabled', p.account_enabled) from principal p) as principal,
    (select ${partyFrom(sql`r`)} || jsonb_build_object('isEnabled', r.account_enabled) from resource r) as resource,
    (select coalesce(jsonb_agg(jsonb_build_object('kind', w.kind, 'permissionId', w.permission_id, 'value', w.value, 'isEnabled', w.is_enabled) order by w.kind), '[]') from wanted w) as roles,
    ${answersFor(caller, sql`said.principal_id`)} as "answersFor", ${isGoverned(caller)} as "isGoverned", ${isPartlyGoverned(caller)} as "isPartlyGoverned",
    coalesce((select ${asCondition(visibleObjects(caller, 'r'))} from resource r), false) as "isSeen",
    (select coalesce(jsonb_agg(jsonb_build_object('grantId', h.id, 'kind', h.kind, 'permissionId', h.permission_id, 'isStanding', h.manual, 'since', h.created_at, 'endsAt', nullif(h.ends_at, 'infinity'),
        'via', (select ${partyFrom(sql`v`)} from directory_objects v where v.id = h.via), 'assignments', ${assignmentsBehind(caller)}) order by h.created_at, h.id), '[]') from held h) as sources,
    ${traces} as traces, ${candidates(caller)} as candidates
  from said`;

/** The roles that the word means: by id or by value, of applications and delegated. */
const wanted = sql`
  select k.kind, ${none} as permission_id, k.kind as value, true as is_enabled from said, resource r, (values ('member'), ('owner')) as k (kind) where r.type = 'group' and k.kind = lower(said.word)
  union all
  select case p.kind when 'role' then 'appRole' else 'delegated' end, p.id, p.value, p.is_enabled from said cross join resource r
    join directory_objects a on a.app_id = r.app_id and a.type in ('application', 'agentIdentityBlueprint') join permissions p on p.application_id = a.id
   where r.type <> 'group' and (p.id::text = lower(said.word) or lower(p.value) = lower(said.word))
  union all
  select 'appRole', ${none}, null, true from said, resource r where r.type <> 'group' and lower(said.word) = ${none}::text`;

/** Grants in force: directly, through a group that holds it or is inside the group, or handed on by a blueprint. `carrier`: what the principal itself has. */
const held = sql`
  select g.id, g.kind, g.permission_id, g.manual, g.created_at, g.ends_at, null::uuid as via, g.id as carrier
    from principal p cross join resource r cross join wanted w join grants g on g.principal_id = p.id and g.kind = w.kind and g.resource_id = r.id and g.permission_id = w.permission_id and g.ends_at > now()
  union all
  select g.id, g.kind, g.permission_id, m.manual, greatest(m.created_at, g.created_at), least(m.ends_at, g.ends_at), m.resource_id, m.id
    from principal p cross join resource r join wanted w on w.kind = 'appRole' join grants m on m.principal_id = p.id and m.kind = 'member' and m.ends_at > now()
    join directory_objects o on o.id = m.resource_id and o.deleted_at is null
    join grants g on g.principal_id = m.resource_id and g.kind = 'appRole' and g.resource_id = r.id and g.permission_id = w.permission_id and g.ends_at > now()
  union all
  select m.id, m.kind, m.permission_id, m.manual, m.created_at, m.ends_at, m.resource_id, m.id
    from principal p cross join resource r join wanted w on w.kind = 'member' join grants m on m.principal_id = p.id and m.kind = 'member' and m.ends_at > now() and m.resource_id <> r.id
    join directory_objects o on o.id = m.resource_id and o.deleted_at is null
   where r.id in (select group_id from groups_of(m.resource_id))
  union all
  select h.id, 'appRole', h.permission_id, true, h.created_at, h.ends_at, bp.id, null::uuid
    from principal p cross join resource r join wanted w on w.kind = 'appRole'
    join directory_objects ba on ba.app_id = p.blueprint_app_id and ba.type in ('application', 'agentIdentityBlueprint') and ba.deleted_at is null
    join directory_objects bp on bp.app_id = p.blueprint_app_id and bp.type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal') and bp.type = 'agentIdentityBlueprintPrincipal' and bp.deleted_at is null
   cross join lateral (select hg.id, hg.permission_id, hg.created_at, hg.ends_at from ${handedOnRoles({ blueprintId: sql`ba.id`, principalId: sql`bp.id`, resource: 'r' })}) h
   where p.type = 'agentIdentity' and h.permission_id = w.permission_id and h.ends_at > now()`;

/** Resources in a catalog that the caller governs. */
function isGoverned(caller: Caller): Sql {
  const reach = entitlementReach(caller, 'readAssignments');
  if (reach.all) return sql`true`;
  const ids = reach.catalogIds;
  return ids.length === 0 ? sql`false` : sql`exists (select 1 from resource r join catalog_resources c on c.directory_object_id = r.id where c.catalog_id = any(${[...ids]}::uuid[]))`;
}

/** Something of the resource is in a package that the caller governs, or in one by whose policy it reads assignments. */
function isPartlyGoverned(caller: Caller): Sql {
  const reach = entitlementReach(caller, 'readAssignments');
  if (reach.accessPackageIds.length + reach.policyIds.length === 0) return sql`false`;
  return sql`exists (select 1 from resource r join package_roles g on g.directory_object_id = r.id where ${governsSome(reach, sql`g.access_package_id`)})`;
}

/** Packages within reach, and those of policies within reach. */
const governsSome = (reach: Reach, packageId: Sql): Sql => sql`(${asCondition(isReachedPackage(reach, { packageId }))} or ${packageId} = any(array(${packagesOfPolicies(reach)})))`;

/** Assignments behind a grant, each with the request that made it and who approved it. */
const assignmentsBehind = (caller: Caller): Sql => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'state', a.state, 'startsAt', a.starts_at, 'endsAt', nullif(a.ends_at, 'infinity'), 'catalogId', k.catalog_id,
      'accessPackage', jsonb_build_object('id', k.id, 'displayName', k.display_name, 'kind', 'accessPackage'), 'policy', jsonb_build_object('id', y.id, 'displayName', y.display_name, 'kind', 'accessPackageAssignmentPolicy'),
      'request', ${requestBehind(caller)}) order by a.starts_at, a.id), '[]')
    from grant_sources s join assignments a on a.id = s.assignment_id and a.ends_at > now() and a.state not in ('expired', 'deliveryFailed')
    join access_packages k on k.id = a.access_package_id join assignment_policies y on y.id = a.policy_id where s.grant_id = h.carrier)`;

const requestBehind = (caller: Caller): Sql => sql`(
  select jsonb_build_object('id', q.id, 'requestType', q.request_type, 'createdAt', q.created_at, 'justification', q.justification,
      'requestor', (select ${partyFrom(sql`w`)} from directory_objects w where w.id = q.requestor_id),
      'approvals', (select coalesce(jsonb_agg(jsonb_build_object('position', t.position + 1, 'result', t.review_result, 'at', t.reviewed_at, 'justification', t.justification,
          'reviewer', case when ${seesReviewer(caller, 't')} then (select ${partyFrom(sql`v`)} from directory_objects v where v.id = t.reviewed_by) end) order by t.position), '[]')
        from approval_stages t where t.request_id = q.id and t.reviewed_at is not null))
    from assignment_requests q where q.assignment_id = a.id and q.request_type in ('userAdd', 'adminAdd', 'systemAdd') order by q.created_at desc limit 1)`;

/** Assignments of such packages that have ended (the last three) or did not deliver the role, and requests on their way. */
const traces = sql`(
  select coalesce(jsonb_agg(t.one order by t.at desc), '[]') from (
    (select coalesce(a.expired_at, a.ends_at) as at, jsonb_build_object('kind', 'ended', 'id', a.id, 'state', 'expired', 'status', a.status, 'at', coalesce(a.expired_at, a.ends_at), 'catalogId', f.catalog_id, 'policyId', a.policy_id,
        'accessPackage', jsonb_build_object('id', f.id, 'displayName', f.display_name, 'kind', 'accessPackage'), 'by', (select ${partyFrom(sql`w`)} from directory_objects w where w.id = q.requestor_id), 'why', q.justification, 'failures', '[]'::jsonb) as one
      from said join assignments a on a.target_id = said.principal_id and (a.state = 'expired' or (a.state <> 'deliveryFailed' and a.ends_at <= now())) join offering f on f.id = a.access_package_id
      left join lateral (select q.requestor_id, q.justification from assignment_requests q where q.assignment_id = a.id and q.request_type in ('userRemove', 'adminRemove', 'systemRemove', 'approverRemove') order by q.created_at desc limit 1) q on true
     order by 1 desc limit 3)
    union all
    select a.starts_at, jsonb_build_object('kind', 'undelivered', 'id', a.id, 'state', a.state, 'status', a.status, 'at', a.starts_at, 'catalogId', f.catalog_id, 'policyId', a.policy_id,
        'accessPackage', jsonb_build_object('id', f.id, 'displayName', f.display_name, 'kind', 'accessPackage'), 'by', null, 'why', null,
        'failures', coalesce((select q.failure from assignment_requests q where q.assignment_id = a.id and q.failure is not null order by q.created_at desc limit 1), '[]'))
      from said join assignments a on a.target_id = said.principal_id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > now() join offering f on f.id = a.access_package_id
     where not exists (select 1 from held h join grant_sources s on s.grant_id = h.carrier where s.assignment_id = a.id)
    union all
    select r.created_at, jsonb_build_object('kind', 'requested', 'id', r.id, 'state', r.state, 'status', r.status, 'at', r.created_at, 'catalogId', f.catalog_id, 'policyId', r.policy_id,
        'accessPackage', jsonb_build_object('id', f.id, 'displayName', f.display_name, 'kind', 'accessPackage'), 'by', (select ${partyFrom(sql`w`)} from directory_objects w where w.id = r.requestor_id), 'why', r.justification, 'failures', '[]'::jsonb)
      from said join assignment_requests r on r.target_id = said.principal_id and r.state in ('submitted', 'pendingApproval', 'delivering', 'scheduled') join offering f on f.id = r.access_package_id) t)`;

/** Packages that the rules are asked about, at most eight: those that somebody in scope could have first. Those beyond the caller's reach are offered to whoever answers for the principal. Whether it may is decided by the rules, not here. */
function candidates(caller: Caller): Sql {
  const governed = governsSome(entitlementReach(caller, 'readAssignments'), sql`f.id`);
  return sql`(select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'displayName', c.display_name, 'catalogId', c.catalog_id) order by c.fits desc, c.display_name, c.id), '[]') from (
    select f.*, x.fits from offering f
     cross join lateral (select exists (select 1 from said cross join principal p join assignment_policies y on y.access_package_id = f.id
       where (starts_with(y.allowed_target_scope, 'all') and y.allowed_target_scope = any(scopes_of(p.type, coalesce(p.data ->> 'userType', '') = 'Guest')))
          or exists (select 1 from policy_targets n where n.policy_id = y.id and (n.target_id = p.id or n.target_id = any(group_ids_of(p.id)) or n.kind = 'connectedOrganization'))) as fits) x
     where ${governed} or (x.fits and not f.is_hidden and ${answersFor(caller, sql`(select principal_id from said)`)}) order by x.fits desc, f.display_name, f.id limit 8) c)`;
}
