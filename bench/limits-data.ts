/**
 * An installation at the published limits of the original, written straight into the database: 20,000 packages, 25,000 policies,
 * 300,000 assignments, and 100,000 requests that wait for an approver.
 */
import { Client } from 'pg';

/** How much of what. */
export const limits = {
  catalogs: 200, packages: 20_000, policies: 25_000, assignments: 300_000, openRequests: 100_000, users: 30_000, agents: 20_000, groups: 2000, apis: 500, approvers: 2000,
} as const;

/** What is seeded: the `n`th of each counts from 1. `subject`: the users first, then the agents. */
export type LimitKind = 'catalog' | 'package' | 'policy' | 'user' | 'agent' | 'group' | 'application' | 'api' | 'permission' | 'resource' | 'assignment' | 'request' | 'stage';

/** SQL for the id of the `n`th seeded thing of a kind. */
const id = (kind: LimitKind | 'blueprint' | 'appId' | 'blueprintAppId', n: string | number): string => `md5('limits ${kind} ' || (${n}))::uuid`;

/** Subjects: users 1 to 30,000 and then agents. */
const subject = (n: string): string => `case when ${n} <= ${limits.users} then ${id('user', n)} else ${id('agent', `${n} - ${limits.users}`)} end`;

const subjects = limits.users + limits.agents;
const open = '{"startDateTime": null, "expiration": {"type": "notSpecified", "duration": null, "endDateTime": null}}';

/** People with managers, groups of a few dozen, agents with a sponsor and an owner, APIs with one role. */
const directory = [
  `insert into directory_objects (id, type, display_name, user_principal_name, data)
     select ${id('user', 'n')}, 'user', 'Person ' || n, 'limits' || n || '@example.com', '{"userType": "Member"}' from generate_series(1, ${limits.users}) n`,
  `insert into directory_objects (id, type, display_name) select ${id('group', 'n')}, 'group', 'Group ' || n from generate_series(1, ${limits.groups}) n`,
  `insert into directory_objects (id, type, display_name, app_id) values (${id('blueprint', 1)}, 'agentIdentityBlueprint', 'Limits', ${id('blueprintAppId', 1)})`,
  `insert into directory_objects (id, type, display_name, app_id, blueprint_app_id)
     select ${id('agent', 'n')}, 'agentIdentity', 'Agent ' || n, ${id('agent', 'n')}, ${id('blueprintAppId', 1)} from generate_series(1, ${limits.agents}) n`,
  `insert into directory_objects (id, type, display_name, app_id) select ${id('application', 'n')}, 'application', 'API ' || n, ${id('appId', 'n')} from generate_series(1, ${limits.apis}) n`,
  `insert into directory_objects (id, type, display_name, app_id) select ${id('api', 'n')}, 'servicePrincipal', 'API ' || n, ${id('appId', 'n')} from generate_series(1, ${limits.apis}) n`,
  `insert into permissions (application_id, id, kind, value, position, data)
     select ${id('application', 'n')}, ${id('permission', 'n')}, 'role', 'Value.Read', 0, '{"displayName": "Value.Read", "allowedMemberTypes": ["User", "Application"]}' from generate_series(1, ${limits.apis}) n`,
  `insert into directory_links (source_id, kind, target_id)
     select ${id('agent', 'n')}, kind, ${id('user', '1 + n % 5000')} from generate_series(1, ${limits.agents}) n cross join (values ('sponsor'), ('owner')) k (kind)`,
  `insert into directory_links (source_id, kind, target_id) select ${id('user', 'n')}, 'manager', ${id('user', 'n / 10 + 1')} from generate_series(11, ${limits.users}) n`,
  `insert into grants (id, kind, principal_id, resource_id, manual)
     select gen_random_uuid(), 'member', ${id('user', 'n')}, ${id('group', `1 + (n * 3 + k * 401) % ${limits.groups}`)}, true from generate_series(1, ${limits.users}) n cross join generate_series(0, 2) k`,
];

/**
 * Every package gives one role of an API. One policy in fifty is for all members, one in fifty for all agents, a fifth for nobody
 * but administrators; the others name a group and a person, or an agent. Every second one asks for approval.
 */
const offers = [
  `insert into catalogs (id, display_name, description) select ${id('catalog', 'n')}, 'limits ' || n, 'seeded' from generate_series(1, ${limits.catalogs}) n`,
  `insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name, directory_object_id)
     select ${id('resource', `c || ' ' || a`)}, ${id('catalog', 'c')}, 'AadApplication', ${id('api', 'a')}, 'API ' || a, ${id('api', 'a')}
       from generate_series(1, ${limits.catalogs}) c cross join lateral (select 1 + (c * 7 + k) % ${limits.apis} as a from generate_series(0, 4) k) x`,
  `insert into access_packages (id, catalog_id, display_name, description) select ${id('package', 'n')}, ${id('catalog', `1 + n % ${limits.catalogs}`)}, 'limits ' || n, 'seeded' from generate_series(1, ${limits.packages}) n`,
  `insert into package_roles (access_package_id, resource_id, role_id, scope_id, role_origin_id, grant_kind, directory_object_id, permission_id)
     select ${id('package', 'n')}, r, derived_id(r::text, 'role', ${id('permission', 'a')}::text), derived_id(r::text, 'scope'), ${id('permission', 'a')}::text, 'appRole', ${id('api', 'a')}, ${id('permission', 'a')}
       from (select n, a, ${id('resource', `c || ' ' || a`)} as r from (select n, c, 1 + (c * 7 + n % 5) % ${limits.apis} as a from (select n, 1 + n % ${limits.catalogs} as c from generate_series(1, ${limits.packages}) n) x) y) z`,
  `insert into assignment_policies (id, access_package_id, display_name, allowed_target_scope, specific_allowed_targets, expiration, requestor_settings, request_approval_settings, notification_settings)
     select ${id('policy', 'n')}, ${id('package', `1 + (n - 1) % ${limits.packages}`)}, 'limits ' || n, scope,
            case scope when 'specificDirectoryUsers' then jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.groupMembers', 'groupId', ${id('group', `1 + n % ${limits.groups}`)}), jsonb_build_object('@odata.type', '#microsoft.graph.singleUser', 'userId', ${id('user', 'n')}))
                       when 'specificDirectoryServicePrincipals' then jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.singleServicePrincipal', 'servicePrincipalId', ${id('agent', `1 + n % ${limits.agents}`)})) else '[]' end,
            '{"type": "afterDuration", "duration": "P90D", "endDateTime": null}',
            jsonb_build_object('enableTargetsToSelfAddAccess', true, 'enableTargetsToSelfUpdateAccess', true, 'enableTargetsToSelfRemoveAccess', true, 'allowCustomAssignmentSchedule', false,
              'enableOnBehalfRequestorsToAddAccess', n % 3 = 0, 'enableOnBehalfRequestorsToUpdateAccess', n % 3 = 0, 'enableOnBehalfRequestorsToRemoveAccess', n % 3 = 0,
              'onBehalfRequestors', case when n % 3 <> 0 then '[]'::jsonb when scope = 'specificDirectoryUsers' or scope = 'allMemberUsers' then '[{"@odata.type": "#microsoft.graph.targetManager", "managerLevel": 1}]' else '[{"@odata.type": "#microsoft.graph.targetAgentIdentitySponsorsOrOwners"}]' end),
            jsonb_build_object('isApprovalRequiredForAdd', n % 2 = 0, 'isApprovalRequiredForUpdate', false, 'isRequestorJustificationRequired', false, 'stages', case when n % 2 = 1 then '[]'::jsonb else jsonb_build_array(jsonb_build_object(
              'durationBeforeAutomaticDenial', 'P14D', 'isApproverJustificationRequired', false, 'isEscalationEnabled', false, 'durationBeforeEscalation', 'PT0S', 'approverInformationVisibility', 'default',
              'primaryApprovers', jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.singleUser', 'userId', ${id('user', `1 + n % ${limits.approvers}`)})), 'fallbackPrimaryApprovers', '[]'::jsonb, 'escalationApprovers', '[]'::jsonb, 'fallbackEscalationApprovers', '[]'::jsonb)) end),
            '{"isAssignmentNotificationDisabled": false}'
       from (select n, case when n % 50 = 0 then 'allMemberUsers' when n % 50 = 1 then 'allDirectoryAgentIdentities' when n % 5 = 2 then 'notSpecified' when n % 5 = 3 then 'specificDirectoryServicePrincipals' else 'specificDirectoryUsers' end as scope
               from generate_series(1, ${limits.policies}) n) p`,
  `insert into policy_targets (policy_id, kind, target_id)
     select p.id, t.kind, t.target from assignment_policies p cross join lateral (
       select case when s ? 'groupId' then 'group' when s ? 'userId' then 'user' else 'servicePrincipal' end as kind, coalesce(s ->> 'groupId', s ->> 'userId', s ->> 'servicePrincipalId')::uuid as target
         from jsonb_array_elements(p.specific_allowed_targets) s) t where p.display_name like 'limits %'`,
];

/** Six packages for every subject, with what they give; one in ten is over. Two open requests for every subject, each waiting for one approver of two thousand. */
const lives = [
  `create temporary table given as
     select n, t, k, ${subject('t')} as target_id, 1 + ((1 + k % ${limits.catalogs}) * 7 + k % 5) % ${limits.apis} as a, n % 10 = 0 as is_over
       from (select n, t, 1 + (t * 7 + 3331 * (n / ${subjects})) % ${limits.packages} as k from (select n, 1 + n % ${subjects} as t from generate_series(0, ${limits.assignments - 1}) n) x) y`,
  `insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at, expired_at)
     select ${id('assignment', 'n')}, ${id('package', 'k')}, ${id('policy', 'k')}, target_id, case when is_over then 'expired' else 'delivered' end, case when is_over then 'ExpiredNotificationTriggered' else 'Delivered' end,
            now() - interval '30 days', case when is_over then now() - interval '1 day' else now() + interval '60 days' end, case when is_over then now() - interval '1 day' end from given`,
  `insert into grants (id, kind, principal_id, resource_id, permission_id, manual, ends_at)
     select distinct on (target_id, a) ${id('assignment', `'grant ' || target_id || a`)}, 'appRole', target_id, ${id('api', 'a')}, ${id('permission', 'a')}, false, now() + interval '60 days' from given where not is_over`,
  `insert into grant_sources (grant_id, assignment_id) select ${id('assignment', `'grant ' || target_id || a`)}, ${id('assignment', 'n')} from given where not is_over`,
  `insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, assignment_id, schedule, created_at, completed_at)
     select ${id('request', `'given ' || n`)}, 'userAdd', 'delivered', 'Delivered', target_id, target_id, ${id('package', 'k')}, ${id('policy', 'k')}, ${id('assignment', 'n')}, '${open}', now() - interval '30 days', now() - interval '30 days' from given`,
  `insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, schedule)
     select ${id('request', 'n')}, 'userAdd', 'pendingApproval', 'PendingApproval', case when t <= ${limits.users} then target_id else ${id('user', `1 + (t - ${limits.users}) % 5000`)} end, target_id, ${id('package', 'k')}, ${id('policy', 'k')}, '${open}'
       from (select n, t, 1 + (t * 7 + 10007 + 3331 * (n / ${subjects})) % ${limits.packages} as k, ${subject('t')} as target_id from (select n, 1 + n % ${subjects} as t from generate_series(0, ${limits.openRequests - 1}) n) x) y`,
  `insert into approval_stages (id, request_id, position, status, lasts, due_at) select ${id('stage', 'n')}, ${id('request', 'n')}, 0, 'InProgress', 'P14D', now() + interval '9 days' from generate_series(0, ${limits.openRequests - 1}) n`,
  `insert into stage_approvers (stage_id, principal_id, role) select ${id('stage', 'n')}, ${id('user', `1 + n % ${limits.approvers}`)}, 'primary' from generate_series(0, ${limits.openRequests - 1}) n`,
];

/** What makes one person a busy one: in twenty groups, manager of nine, sponsor of twenty agents, approver of two hundred open requests, holder of six packages. */
const busy = (personId: string): readonly string[] => [
  `insert into grants (id, kind, principal_id, resource_id, manual) select gen_random_uuid(), 'member', '${personId}', ${id('group', 'n * 90')}, true from generate_series(1, 20) n`,
  `insert into directory_links (source_id, kind, target_id) select ${id('user', 'n')}, 'manager', '${personId}' from generate_series(2, 10) n`,
  `insert into directory_links (source_id, kind, target_id) select ${id('agent', 'n * 900')}, 'sponsor', '${personId}' from generate_series(1, 20) n`,
  `insert into stage_approvers (stage_id, principal_id, role) select ${id('stage', 'n * 500')}, '${personId}', 'primary' from generate_series(0, 199) n`,
  `insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at)
     select ${id('assignment', `'busy ' || n`)}, ${id('package', 'n * 50')}, ${id('policy', 'n * 50')}, '${personId}', 'delivered', 'Delivered', now() - interval '1 day', now() + interval '60 days' from generate_series(1, 6) n`,
];

/** Ids that the cases name. */
export interface LimitIds {
  /** Held by the busy person, for all members. */
  readonly heldPackageId: string;
  /** One that the busy person may ask for through a group. */
  readonly offeredPackageId: string;
  /** One that the busy person may not ask for. */
  readonly otherPackageId: string;
  /** An agent that the busy person sponsors. */
  readonly agentId: string;
  /** A seeded person with six packages. */
  readonly userId: string;
  /** Service principal and role of an API that the user holds by its first package. */
  readonly apiId: string;
  readonly permissionId: string;
}

/** Seeds a database in which `personId` is a user, makes that person a busy one, and answers what the cases are about. */
export async function seedLimits(databaseUrl: string, personId: string): Promise<LimitIds> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of [...directory, ...offers, ...lives, ...busy(personId)]) await client.query(statement);
    await client.query('vacuum analyze');
    const { rows: [ids] } = await client.query<LimitIds>(`
      select ${id('package', 50)} as "heldPackageId", ${id('package', 7289)} as "offeredPackageId", ${id('package', 7288)} as "otherPackageId", ${id('agent', 900)} as "agentId", ${id('user', 77)} as "userId",
             ${id('api', 'a')} as "apiId", ${id('permission', 'a')} as "permissionId" from given where t = 77 and not is_over order by n limit 1`);
    if (ids === undefined) throw new Error('the database answered nothing');
    return ids;
  } finally {
    await client.end();
  }
}
