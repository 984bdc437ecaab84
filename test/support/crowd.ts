/** A tenant with some thirty thousand rows in every table that grows, by plain SQL: what list plans are judged on. Ids are derived from words: `idOf('user', 7)`. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../src/platform/db/database.ts';

/** Rows in most tables. */
export const crowd = 30_000;

/** The nth object of a kind, as the seed's SQL makes it. */
export function idOf(kind: string, n: number): string {
  const hex = createHash('md5').update(`${kind}${n}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** People, groups, ten thousand applications with their principals, twenty thousand agents of two hundred blueprints. */
const directory = `
  insert into directory_objects (id, type, display_name, user_principal_name, data)
    select md5('user' || n)::uuid, 'user', 'Person ' || to_char(n, 'FM00000'), 'person' || n || '@example.com', jsonb_build_object('userType', case when n % 50 = 0 then 'Guest' else 'Member' end, 'mail', 'mail' || n || '@example.com')
      from generate_series(1, ${crowd}) n;
  insert into directory_objects (id, type, display_name) select md5('group' || n)::uuid, 'group', 'Group ' || n from generate_series(1, 3000) n;
  insert into directory_objects (id, type, display_name, app_id, data)
    select md5('app' || n)::uuid, 'application', 'App ' || n, md5('appId' || n)::uuid, jsonb_build_object('identifierUris', jsonb_build_array('api://app' || n), 'createdById', md5('user' || n % 5000)::uuid) from generate_series(1, 10000) n;
  insert into directory_objects (id, type, display_name, app_id, data)
    select md5('sp' || n)::uuid, 'servicePrincipal', 'App ' || n, md5('appId' || n)::uuid, jsonb_build_object('tags', jsonb_build_array('team' || n % 1000)) from generate_series(1, 10000) n;
  insert into directory_objects (id, type, display_name, app_id) select md5('blueprint' || n)::uuid, 'agentIdentityBlueprint', 'Blueprint ' || n, md5('blueprintApp' || n)::uuid from generate_series(1, 200) n;
  insert into directory_objects (id, type, display_name, app_id) select md5('bp' || n)::uuid, 'agentIdentityBlueprintPrincipal', 'Blueprint ' || n, md5('blueprintApp' || n)::uuid from generate_series(1, 200) n;
  insert into directory_objects (id, type, display_name, app_id, blueprint_app_id)
    select md5('agent' || n)::uuid, 'agentIdentity', 'Agent ' || n, md5('agent' || n)::uuid, md5('blueprintApp' || n % 200 + 1)::uuid from generate_series(1, 20000) n;
  insert into directory_links (source_id, kind, target_id) select md5('agent' || n)::uuid, kind, md5('user' || n % 5000 + 1)::uuid from generate_series(1, 20000) n cross join (values ('sponsor'), ('owner')) k (kind);
  insert into directory_links (source_id, kind, target_id) select md5('app' || n)::uuid, 'owner', md5('user' || n % 5000 + 1)::uuid from generate_series(1, 10000) n;
  insert into directory_links (source_id, kind, target_id) select md5('user' || n)::uuid, 'manager', md5('user' || n / 10 + 1)::uuid from generate_series(11, ${crowd}) n;
  insert into permissions (application_id, id, kind, value, position, data)
    select md5('app' || n)::uuid, md5('permission' || n || kind)::uuid, kind, 'Value.' || kind, 0, '{"allowedMemberTypes": ["User", "Application"]}' from generate_series(1, 10000) n cross join (values ('role'), ('scope')) k (kind);`;

/** Memberships, app roles, delegated permissions; a tenth of each is past its end. Group 1 and API 1 hold thousands. */
const grants = `
  insert into grants (id, kind, principal_id, resource_id, manual, ends_at)
    select md5('member' || n)::uuid, 'member', md5('user' || n)::uuid, md5('group' || case when n % 10 = 0 then 1 else n % 3000 + 1 end)::uuid, n % 10 <> 1, case when n % 10 = 1 then now() - interval '1 day' else 'infinity' end from generate_series(1, ${crowd}) n;
  insert into grants (id, kind, principal_id, resource_id, permission_id, manual, ends_at)
    select md5('appRole' || n)::uuid, 'appRole', case when n % 2 = 0 then md5('agent' || n % 20000 + 1)::uuid else md5('user' || n)::uuid end, md5('sp' || r)::uuid,
           md5('permission' || r || 'role')::uuid, false, case when n % 10 = 1 then now() - interval '1 day' else now() + interval '30 days' end
      from (select n, case when n % 5 = 0 and n <= 20000 then 1 else n / 3 + 1 end as r from generate_series(1, ${crowd}) n) x where r < 10000;
  insert into grants (id, kind, principal_id, resource_id, permission_id, subject_id, manual)
    select md5('delegated' || n)::uuid, 'delegated', md5('sp' || n % 10000 + 1)::uuid, md5('sp' || r)::uuid, md5('permission' || r || 'scope')::uuid,
           case when n % 3 = 0 then '00000000-0000-0000-0000-000000000000' else md5('user' || n)::uuid end, true from (select n, n * 7 % 10000 + 1 as r from generate_series(1, ${crowd}) n) x;`;

/** A hundred packages a catalog; package 1 is held by thousands. Few policies let anybody ask; each names two targets. */
const packages = `
  insert into catalogs (id, display_name) select md5('catalog' || n)::uuid, 'Catalog ' || n from generate_series(1, 300) n;
  insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name, directory_object_id)
    select md5('resource' || n)::uuid, md5('catalog' || n % 300 + 1)::uuid, 'AadApplication', md5('sp' || n)::uuid, 'App ' || n, md5('sp' || n)::uuid from generate_series(1, 3000) n;
  insert into access_packages (id, catalog_id, display_name) select md5('package' || n)::uuid, md5('catalog' || n % 300 + 1)::uuid, 'Package ' || to_char(n, 'FM00000') from generate_series(1, ${crowd}) n;
  insert into package_roles (access_package_id, resource_id, role_id, scope_id, role_origin_id, grant_kind, directory_object_id, permission_id)
    select md5('package' || n)::uuid, md5('resource' || n % 3000 + 1)::uuid, md5('role' || n)::uuid, md5('scope' || n)::uuid, 'x', 'appRole', md5('sp' || n % 3000 + 1)::uuid, md5('permission' || n % 3000 + 1 || 'role')::uuid from generate_series(1, ${crowd}) n;
  insert into assignment_policies (id, access_package_id, display_name, allowed_target_scope, expiration, requestor_settings, request_approval_settings)
    select md5('policy' || n)::uuid, md5('package' || n)::uuid, 'Policy ' || n, case when n % 10000 = 0 then 'allDirectoryUsers' when n % 10000 = 1 then 'allDirectoryAgentIdentities' when n % 2 = 0 then 'specificDirectoryUsers' else 'specificDirectoryServicePrincipals' end,
           '{"type": "noExpiration"}', jsonb_build_object('enableTargetsToSelfAddAccess', true, 'enableOnBehalfRequestorsToAddAccess', n % 2 = 1, 'onBehalfRequestors',
             case when n % 3 = 1 then '[{"@odata.type": "#microsoft.graph.targetAgentIdentitySponsorsOrOwners"}]'::jsonb when n % 30 = 3 then jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.singleUser', 'userId', md5('user' || n)::uuid)) else '[]' end),
           '{"stages": []}' from generate_series(1, ${crowd}) n;
  insert into policy_targets (policy_id, kind, target_id)
    select md5('policy' || n)::uuid, case when n % 2 = 1 then 'servicePrincipal' when t = 0 then 'group' else 'user' end,
           case when n % 2 = 1 then md5('agent' || (n + t * 777) % 20000 + 1) when t = 0 then md5('group' || n % 3000 + 1) else md5('user' || n) end::uuid from generate_series(1, ${crowd}) n cross join generate_series(0, 1) t where n % 10000 > 1;`;

/** Half of the assignments have expired; a twentieth of the requests waits for somebody. */
const lives = `
  insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at, expired_at, created_at)
    select md5('assignment' || n)::uuid, md5('package' || p)::uuid, md5('policy' || p)::uuid, case when n % 2 = 0 then md5('agent' || n % 20000 + 1)::uuid else md5('user' || n)::uuid end,
           case when n % 4 < 2 then 'expired' else 'delivered' end, 'Delivered', now() - interval '9 days', case when n % 4 < 2 then now() - interval '1 day' when n % 8 = 2 then 'infinity' else now() + n * interval '1 minute' end, case when n % 4 < 2 then now() end, now() - n * interval '1 minute'
      from (select n, case when n % 6 = 0 then 1 else n end as p from generate_series(1, ${crowd}) n) x;
  insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, assignment_id, schedule, created_at, completed_at)
    select md5('request' || n)::uuid, 'userAdd', case when n % 20 = 0 then 'pendingApproval' when n % 20 = 1 then 'denied' else 'delivered' end, 'x', md5('user' || n % 5000 + 1)::uuid, case when n % 2 = 0 then md5('agent' || n % 20000 + 1)::uuid else md5('user' || n)::uuid end,
           md5('package' || case when n % 6 = 0 then 1 else n end)::uuid, md5('policy' || n)::uuid, case when n % 20 > 1 then md5('assignment' || n)::uuid end, '{}', now() - n * interval '1 minute', case when n % 20 = 0 then null else now() end from generate_series(1, ${crowd}) n;
  insert into approval_stages (id, request_id, position, status, lasts, due_at, review_result, reviewed_by, reviewed_at)
    select md5('stage' || n)::uuid, md5('request' || n)::uuid, 0, case when n % 20 = 0 then 'InProgress' else 'Completed' end, 'P14D', now() + interval '9 days', case when n % 20 = 0 then 'NotReviewed' else 'Approve' end, case when n % 20 = 0 then null else md5('user' || n % 3000 + 1)::uuid end, case when n % 20 = 0 then null else now() end
      from generate_series(1, ${crowd}) n;
  insert into stage_approvers (stage_id, principal_id, role) select md5('stage' || n)::uuid, md5('user' || n % 3000 + 1)::uuid, 'primary' from generate_series(1, ${crowd}) n;
  insert into audit_events (id, at, activity, category, operation, service, initiator_id, initiator, targets, target_ids, additional)
    select md5('audit' || n)::uuid, now() - n * interval '1 minute', 'Activity ' || n % 50, 'EntitlementManagement', 'Add', 'Gatehouse', md5('user' || n % 3000 + 1)::uuid,
           jsonb_build_object('user', jsonb_build_object('id', md5('user' || n % 3000 + 1)::uuid)), jsonb_build_array(jsonb_build_object('id', md5('package' || n)::uuid)), array[md5('package' || n)::uuid], '[]' from generate_series(1, ${crowd}) n;
  insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id, catalog_id)
    select md5('roleAssignment' || n)::uuid, 'entitlementManagement', md5('user' || n + 100)::uuid, 'ae79f266-94d4-4dab-b730-feca7e132178', '/AccessPackageCatalog/' || md5('catalog' || n)::uuid, md5('catalog' || n)::uuid from generate_series(1, 300) n;`;

/** Three thousand organizations with two domains and three sponsors each; every guest belongs to one, and half of the guests are governed. */
const organizations = `
  insert into connected_organizations (id, display_name, state, identity_sources)
    select md5('organization' || n)::uuid, 'Partner ' || to_char(n, 'FM0000'), case when n % 100 = 0 then 'proposed' else 'configured' end,
           jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.domainIdentitySource', 'domainName', 'partner' || n || '.example')) from generate_series(1, 3000) n;
  insert into organization_marks (mark, organization_id) select 'domain:' || word || n || '.example', md5('organization' || n)::uuid from generate_series(1, 3000) n cross join (values ('partner'), ('also')) w (word);
  insert into organization_sponsors (organization_id, kind, sponsor_id)
    select md5('organization' || n)::uuid, case when k = 0 then 'external' else 'internal' end, md5('user' || (n * 7 + k) % 3000 + 1)::uuid from generate_series(1, 3000) n cross join generate_series(0, 2) k;
  update directory_objects set data = data || jsonb_build_object('mail', 'mail@partner' || (('x' || substr(md5(id::text), 1, 6))::bit(24)::integer % 3000 + 1) || '.example') where type = 'user' and data ->> 'userType' = 'Guest';
  insert into subject_lifecycles (subject_id, lifecycle, due_at)
    select id, 'governed', case when substr(id::text, 1, 1) = '0' then now() + interval '9 days' end from directory_objects where type = 'user' and data ->> 'userType' = 'Guest' and substr(id::text, 1, 1) < '8';`;

/** Fills a migrated, empty database, and lets the planner look at it. */
export async function fillCrowd(owner: Db): Promise<void> {
  for (const part of [directory, grants, packages, lives, organizations]) await sql.raw(part).execute(owner);
  await sql.raw('vacuum analyze').execute(owner);
}
