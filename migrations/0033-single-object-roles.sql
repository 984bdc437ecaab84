-- Roles of entitlement management on one access package, one policy or one resource (decision 0011). The scope's name says it;
-- the columns are read from the name, so that the two never differ, and a role goes with what it applies to.

alter table role_schedules
  add column package_id uuid generated always as (case when app_scope_id like '/AccessPackage/%' then split_part(app_scope_id, '/', 3)::uuid end) stored references access_packages (id) on delete cascade,
  add column policy_id uuid generated always as (case when app_scope_id like '/AssignmentPolicy/%' then split_part(app_scope_id, '/', 3)::uuid end) stored references assignment_policies (id) on delete cascade,
  add column resource_id uuid generated always as (case when app_scope_id like '/Resource/%' then split_part(app_scope_id, '/', 3)::uuid end) stored references catalog_resources (id) on delete cascade,
  add constraint role_schedules_scope check (case when catalog_id is not null then app_scope_id = '/AccessPackageCatalog/' || catalog_id::text
    when package_id is not null then app_scope_id = '/AccessPackage/' || package_id::text when policy_id is not null then app_scope_id = '/AssignmentPolicy/' || policy_id::text
    when resource_id is not null then app_scope_id = '/Resource/' || resource_id::text else app_scope_id is null or app_scope_id = '/' end);
create index role_schedules_by_package on role_schedules (package_id) where package_id is not null;
create index role_schedules_by_policy on role_schedules (policy_id) where policy_id is not null;
create index role_schedules_by_resource on role_schedules (resource_id) where resource_id is not null;

alter table role_schedule_requests
  add column package_id uuid generated always as (case when app_scope_id like '/AccessPackage/%' then split_part(app_scope_id, '/', 3)::uuid end) stored references access_packages (id) on delete cascade,
  add column policy_id uuid generated always as (case when app_scope_id like '/AssignmentPolicy/%' then split_part(app_scope_id, '/', 3)::uuid end) stored references assignment_policies (id) on delete cascade,
  add column resource_id uuid generated always as (case when app_scope_id like '/Resource/%' then split_part(app_scope_id, '/', 3)::uuid end) stored references catalog_resources (id) on delete cascade,
  add constraint role_schedule_requests_scope check (case when catalog_id is not null then app_scope_id = '/AccessPackageCatalog/' || catalog_id::text
    when package_id is not null then app_scope_id = '/AccessPackage/' || package_id::text when policy_id is not null then app_scope_id = '/AssignmentPolicy/' || policy_id::text
    when resource_id is not null then app_scope_id = '/Resource/' || resource_id::text else app_scope_id is null or app_scope_id = '/' end);
create index role_schedule_requests_by_package on role_schedule_requests (package_id) where package_id is not null;
create index role_schedule_requests_by_policy on role_schedule_requests (policy_id) where policy_id is not null;
create index role_schedule_requests_by_resource on role_schedule_requests (resource_id) where resource_id is not null;

-- As in 0025, with what the role applies to.
create or replace view role_assignments as
  select id, provider, principal_id, role_definition_id, directory_scope_id, app_scope_id, catalog_id, created_at, package_id, policy_id, resource_id
    from role_schedules
   where type = 'assignment' and ended_at is null and starts_at <= now() and ends_at > now()
     and case when activated_using_id is null then true else activation_holds(activated_using_id, principal_id) end;

create or replace view app_scopes as
  select '/' as id, 'Directory' as display_name, 'Directory' as type
  union all
  select '/AccessPackageCatalog/' || c.id::text, c.display_name, 'AccessPackageCatalog' from catalogs c
  union all
  select '/AccessPackage/' || p.id::text, p.display_name, 'AccessPackage' from access_packages p
  union all
  select '/AssignmentPolicy/' || y.id::text, y.display_name, 'AssignmentPolicy' from assignment_policies y
  union all
  select '/Resource/' || r.id::text, r.display_name, 'Resource' from catalog_resources r;
-- A scope is looked up by its name.
create index access_packages_by_role_scope on access_packages (('/AccessPackage/' || id::text));
create index assignment_policies_by_role_scope on assignment_policies (('/AssignmentPolicy/' || id::text));
create index catalog_resources_by_role_scope on catalog_resources (('/Resource/' || id::text));

-- As in 0013, with the policy by which a role was given.
create or replace view assignment_resource_roles as
  select derived_id(a.id::text, 'delivered', r.id) as id, a.id as assignment_id, a.target_id, r.role_id, r.scope_id,
         c.origin_system, c.origin_id, 'Fulfilled' as status, p.catalog_id, a.access_package_id, a.policy_id
    from assignments a
    join access_packages p on p.id = a.access_package_id
    join package_roles r on r.access_package_id = a.access_package_id
    join catalog_resources c on c.id = r.resource_id
    join grants g on g.kind = r.grant_kind and g.principal_id = a.target_id and g.resource_id = r.directory_object_id and g.permission_id = r.permission_id
    join grant_sources s on s.grant_id = g.id and s.assignment_id = a.id
   where a.state not in ('expired', 'deliveryFailed') and a.ends_at > now();
