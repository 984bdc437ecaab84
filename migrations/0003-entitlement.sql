-- Entitlement management: catalogs, packages, policies, requests, approvals, assignments.

create table catalogs (
  id uuid primary key,
  display_name text not null,
  description text,
  catalog_type text not null default 'userManaged' check (catalog_type in ('userManaged', 'serviceDefault', 'serviceManaged')),
  state text not null default 'published' check (state in ('unpublished', 'published')),
  is_externally_visible boolean not null default false,
  privilege_level text not null default 'standard' check (privilege_level in ('standard', 'privileged')),
  unique_name text unique,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  created_by text,
  modified_by text
);
create index catalogs_by_name on catalogs (lower(display_name), id);
alter table role_assignments add foreign key (catalog_id) references catalogs (id) on delete cascade;

-- A resource of a catalog. directory_object_id is the group or service principal behind it.
create table catalog_resources (
  id uuid primary key,
  catalog_id uuid not null references catalogs (id),
  origin_system text not null check (origin_system in ('AadApplication', 'AadGroup', 'OAuthApplication')),
  origin_id text not null,
  display_name text not null,
  description text,
  directory_object_id uuid not null references directory_objects (id),
  attributes jsonb not null default '[]',
  added_by text,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  unique (catalog_id, origin_system, origin_id)
);
create index catalog_resources_by_object on catalog_resources (directory_object_id);

-- Roles that a resource offers, straight from what it is: nothing is copied, so nothing goes stale.
-- permission_id and grant_kind say what a delivery writes.
create view resource_roles as
  -- A role and a delegated permission may share their id: the kind tells them apart.
  select derived_id(r.id::text, p.kind, p.id::text) as id, r.id as resource_id, r.catalog_id, r.origin_system,
         p.id::text as origin_id, coalesce(case when r.origin_system = 'AadApplication' then p.data ->> 'displayName' end, p.value, p.data ->> 'displayName') as display_name,
         p.data ->> 'description' as description,
         case when r.origin_system = 'AadApplication' then null when p.kind = 'role' then 'application' else 'delegated' end as type,
         case when p.kind = 'role' then 'appRole' else 'delegated' end as grant_kind, p.id as permission_id, r.directory_object_id
    from catalog_resources r
    join directory_objects s on s.id = r.directory_object_id
    join directory_objects a on a.app_id = s.app_id and a.type in ('application', 'agentIdentityBlueprint')
    join permissions p on p.application_id = a.id and (r.origin_system = 'OAuthApplication' or p.kind = 'role')
   where r.origin_system in ('AadApplication', 'OAuthApplication') and p.is_enabled
  union all
  select derived_id(r.id::text, 'role', k.word), r.id, r.catalog_id, r.origin_system,
         k.word || '_' || r.origin_id, k.word, k.says, null, k.kind, '00000000-0000-0000-0000-000000000000'::uuid, r.directory_object_id
    from catalog_resources r
    cross join (values ('Member', 'member', 'Member of the group'), ('Owner', 'owner', 'Owner of the group')) as k (word, kind, says)
   where r.origin_system = 'AadGroup';

create view resource_scopes as
  select derived_id(r.id::text, 'scope') as id, r.id as resource_id, r.catalog_id, r.origin_system, r.origin_id,
         'Root' as display_name, 'Root Scope' as description, true as is_root_scope
    from catalog_resources r;

create table resource_requests (
  id uuid primary key,
  catalog_id uuid not null references catalogs (id),
  request_type text not null,
  state text not null default 'delivered',
  justification text,
  resource jsonb not null,
  resource_id uuid,
  requested_by uuid,
  created_at timestamptz not null default now()
);

create table access_packages (
  id uuid primary key,
  catalog_id uuid not null references catalogs (id),
  display_name text not null,
  description text,
  is_hidden boolean not null default false,
  is_role_scopes_visible boolean not null default true,
  unique_name text unique,
  -- Counts changes of its roles: whoever waited for such a change sees that what it had read before is old.
  roles_version integer not null default 0,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  created_by text,
  modified_by text
);
create index access_packages_by_catalog on access_packages (catalog_id, id);
create index access_packages_by_name on access_packages (lower(display_name), id);

-- A role in a package. grant_kind, directory_object_id and permission_id are what a delivery writes.
create table package_roles (
  access_package_id uuid not null references access_packages (id) on delete cascade,
  resource_id uuid not null references catalog_resources (id),
  role_id uuid not null,
  scope_id uuid not null,
  role_origin_id text not null,
  grant_kind text not null check (grant_kind in ('appRole', 'delegated', 'member', 'owner')),
  directory_object_id uuid not null references directory_objects (id),
  permission_id uuid not null,
  created_at timestamptz not null default now(),
  id text generated always as (role_id::text || '_' || scope_id::text) stored,
  primary key (access_package_id, role_id, scope_id)
);
create index package_roles_by_resource on package_roles (resource_id);

create table incompatible_packages (
  access_package_id uuid not null references access_packages (id) on delete cascade,
  incompatible_id uuid not null references access_packages (id) on delete cascade,
  primary key (access_package_id, incompatible_id),
  check (access_package_id <> incompatible_id)
);
create index incompatible_packages_other_way on incompatible_packages (incompatible_id);
create table incompatible_groups (
  access_package_id uuid not null references access_packages (id) on delete cascade,
  group_id uuid not null references directory_objects (id) on delete cascade,
  primary key (access_package_id, group_id)
);

-- Settings are stored as v1.0 words them; who may receive is also in policy_targets, where an index finds it.
create table assignment_policies (
  id uuid primary key,
  access_package_id uuid not null references access_packages (id),
  display_name text not null,
  description text,
  allowed_target_scope text not null,
  specific_allowed_targets jsonb not null default '[]',
  expiration jsonb not null,
  requestor_settings jsonb not null,
  request_approval_settings jsonb not null,
  automatic_request_settings jsonb,
  review_settings jsonb,
  notification_settings jsonb,
  custom_extension_stage_settings jsonb not null default '[]',
  questions jsonb not null default '[]',
  can_extend boolean not null default false,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  created_by text,
  modified_by text
);
create index assignment_policies_by_package on assignment_policies (access_package_id);

create table policy_targets (
  policy_id uuid not null references assignment_policies (id) on delete cascade,
  kind text not null check (kind in ('user', 'group', 'servicePrincipal', 'connectedOrganization')),
  target_id uuid not null,
  primary key (policy_id, kind, target_id)
);
create index policy_targets_by_target on policy_targets (target_id, kind);

create table assignments (
  id uuid primary key,
  access_package_id uuid not null references access_packages (id),
  policy_id uuid not null references assignment_policies (id),
  target_id uuid not null references directory_objects (id),
  state text not null check (state in ('delivering', 'partiallyDelivered', 'delivered', 'expired', 'deliveryFailed')),
  status text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null default 'infinity',
  is_extended boolean not null default false,
  expired_at timestamptz,
  created_at timestamptz not null default now(),
  check ((state = 'expired') = (expired_at is not null))
);
create unique index assignments_one_live on assignments (target_id, access_package_id) where state not in ('expired', 'deliveryFailed');
create index assignments_by_package on assignments (access_package_id, id);
create index assignments_by_target on assignments (target_id, id);
create index assignments_by_policy on assignments (policy_id, id);
create index assignments_ending on assignments (ends_at) where state not in ('expired', 'deliveryFailed') and ends_at < 'infinity';

create table grant_sources (
  grant_id uuid not null references grants (id) on delete cascade,
  assignment_id uuid not null references assignments (id) on delete cascade,
  primary key (grant_id, assignment_id)
);
create index grant_sources_by_assignment on grant_sources (assignment_id);

create table assignment_requests (
  id uuid primary key,
  request_type text not null check (request_type in ('notSpecified', 'userAdd', 'userUpdate', 'userRemove', 'adminAdd', 'adminUpdate', 'adminRemove', 'systemAdd', 'systemUpdate', 'systemRemove', 'approverRemove')),
  state text not null check (state in ('submitted', 'pendingApproval', 'delivering', 'delivered', 'deliveryFailed', 'denied', 'scheduled', 'canceled', 'partiallyDelivered')),
  status text not null,
  requestor_id uuid references directory_objects (id),
  target_id uuid not null references directory_objects (id),
  access_package_id uuid not null references access_packages (id),
  policy_id uuid not null references assignment_policies (id),
  assignment_id uuid references assignments (id),
  justification text,
  answers jsonb not null default '[]',
  schedule jsonb not null,
  starts_at timestamptz,
  failure jsonb,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  check ((state in ('delivered', 'deliveryFailed', 'denied', 'canceled', 'partiallyDelivered')) = (completed_at is not null)),
  check ((state = 'scheduled') = (starts_at is not null))
);
create unique index assignment_requests_one_open on assignment_requests (target_id, access_package_id)
  where state in ('submitted', 'pendingApproval', 'delivering', 'scheduled');
create index assignment_requests_by_package on assignment_requests (access_package_id, id);
create index assignment_requests_by_target on assignment_requests (target_id, id);
create index assignment_requests_by_requestor on assignment_requests (requestor_id, id);
create index assignment_requests_by_assignment on assignment_requests (assignment_id) where assignment_id is not null;
create index assignment_requests_by_policy on assignment_requests (policy_id);
create index assignment_requests_starting on assignment_requests (starts_at) where state = 'scheduled';

-- An approval has the id of its request; a stage is one decision of it.
create table approval_stages (
  id uuid primary key,
  request_id uuid not null references assignment_requests (id) on delete cascade,
  position integer not null,
  status text not null check (status in ('Initializing', 'InProgress', 'Completed', 'Expired')),
  review_result text not null default 'NotReviewed' check (review_result in ('NotReviewed', 'Approve', 'Deny')),
  justification text,
  is_justification_required boolean not null default false,
  reviewed_by uuid references directory_objects (id),
  reviewed_at timestamptz,
  lasts interval not null,
  due_at timestamptz,
  unique (request_id, position),
  check ((review_result = 'NotReviewed') = (reviewed_at is null)),
  check (status <> 'InProgress' or due_at is not null)
);
create index approval_stages_due on approval_stages (due_at) where status = 'InProgress';

create table stage_approvers (
  stage_id uuid not null references approval_stages (id) on delete cascade,
  principal_id uuid not null references directory_objects (id) on delete cascade,
  role text not null check (role in ('primary', 'fallback', 'escalation')),
  primary key (stage_id, principal_id)
);
create index stage_approvers_by_principal on stage_approvers (principal_id, stage_id);

-- Every step of every life.
create table transitions (
  id bigint generated always as identity primary key,
  noun text not null,
  subject_id uuid not null,
  from_state text,
  to_state text not null,
  event text not null,
  actor_id uuid,
  request_id uuid,
  at timestamptz not null
);
create index transitions_by_subject on transitions (subject_id, id);

create view subjects as
  select id, type, display_name, user_principal_name, app_id, data, deleted_at
    from directory_objects where type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity');
