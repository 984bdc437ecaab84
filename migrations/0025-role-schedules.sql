-- Roles for a time. A schedule gives a role, or makes somebody eligible for it, from starts_at until ends_at and not a moment
-- longer. What was the table of role assignments is the table of schedules now; what goes by its name is a view of those that
-- are in force at this moment, so that whoever reads rights compares them with the clock.

alter table role_assignments rename to role_schedules;
alter table role_schedules
  add column type text not null default 'assignment' check (type in ('assignment', 'eligibility')),
  add column assignment_type text not null default 'Assigned' check (assignment_type in ('Assigned', 'Activated')),
  add column starts_at timestamptz not null default now(),
  add column ends_at timestamptz not null default 'infinity',
  -- When the end was noticed: a schedule past its end may be renewed, and another may take its place.
  add column ended_at timestamptz,
  -- The eligibility behind an activation. It goes with it.
  add column activated_using_id uuid references role_schedules (id) on delete cascade,
  -- The request that made it; null when it was made by hand.
  add column created_using_id uuid,
  add column modified_at timestamptz not null default now(),
  add check (ends_at > starts_at),
  add check (ended_at is null or ends_at < 'infinity'),
  add check ((assignment_type = 'Activated') = (activated_using_id is not null)),
  -- Nobody is active for ever by activation.
  add check (assignment_type = 'Assigned' or (type = 'assignment' and ends_at < 'infinity'));
update role_schedules set starts_at = created_at, modified_at = created_at;

drop index role_assignments_once;
drop index role_assignments_by_principal;
create unique index role_assignments_once on role_schedules (provider, principal_id, role_definition_id, coalesce(app_scope_id, directory_scope_id), type, assignment_type) where ended_at is null;
create index role_schedules_by_principal on role_schedules (principal_id, provider);
create index role_schedules_by_provider on role_schedules (provider, type, id) where ended_at is null;
create index role_schedules_by_role on role_schedules (role_definition_id, id) where ended_at is null;
create index role_schedules_by_eligibility on role_schedules (activated_using_id) where activated_using_id is not null;
create index role_schedules_ending on role_schedules (ends_at) where ended_at is null and ends_at < 'infinity';

-- Whether an activation still stands on an eligibility in force: the holder's own, or one of a group that the holder is in now.
create function activation_holds(eligibility uuid, holder uuid) returns boolean
  language sql stable strict parallel safe
  as $$
    select coalesce((
      select e.type = 'eligibility' and e.ended_at is null and e.starts_at <= now() and e.ends_at > now()
         and (e.principal_id = holder or (e.principal_id = any(group_ids_of(holder))
           and (e.provider <> 'directory' or (select g.data -> 'isAssignableToRole' = 'true' from directory_objects g where g.id = e.principal_id))))
        from role_schedules e where e.id = eligibility), false)
  $$;

-- Roles that somebody holds at this moment. Rows are made and taken away through it as before.
create view role_assignments as
  select id, provider, principal_id, role_definition_id, directory_scope_id, app_scope_id, catalog_id, created_at
    from role_schedules
   where type = 'assignment' and ended_at is null and starts_at <= now() and ends_at > now()
     and case when activated_using_id is null then true else activation_holds(activated_using_id, principal_id) end;

-- Schedules as Graph shows them: what is in force, and what will be.
create view role_schedule_list as
  select s.id, s.type, s.provider, s.principal_id, s.role_definition_id, s.directory_scope_id, s.app_scope_id, s.catalog_id, s.assignment_type,
         s.activated_using_id, s.created_using_id::text as created_using, s.created_at, s.modified_at, s.starts_at, s.ends_at,
         case when s.starts_at > now() then 'PendingProvisioning' else 'Provisioned' end as status,
         case when (select o.type = 'group' from directory_objects o where o.id = coalesce((select e.principal_id from role_schedules e where e.id = s.activated_using_id), s.principal_id))
           then 'Group' else 'Direct' end as member_type,
         jsonb_build_object('startDateTime', s.starts_at, 'recurrence', null, 'expiration', case when s.ends_at = 'infinity'
           then jsonb_build_object('type', 'noExpiration', 'endDateTime', null, 'duration', null)
           else jsonb_build_object('type', 'afterDateTime', 'endDateTime', s.ends_at, 'duration', null) end) as schedule_info
    from role_schedules s
   where s.ended_at is null and s.ends_at > now()
     and case when s.activated_using_id is null or s.starts_at > now() then true else activation_holds(s.activated_using_id, s.principal_id) end;

-- Those in force at this moment.
create view role_schedule_instances as
  select l.id, l.type, l.provider, l.principal_id, l.role_definition_id, l.directory_scope_id, l.app_scope_id, l.catalog_id, l.assignment_type, l.activated_using_id,
         l.member_type, l.starts_at, nullif(l.ends_at, 'infinity') as ends_at
    from role_schedule_list l where l.starts_at <= now();

-- What was asked for: by administrators for others, and by people for themselves.
create table role_schedule_requests (
  id uuid primary key,
  type text not null check (type in ('assignment', 'eligibility')),
  provider text not null check (provider in ('directory', 'entitlementManagement')),
  action text not null check (action in ('adminAssign', 'adminUpdate', 'adminRemove', 'selfActivate', 'selfDeactivate', 'adminExtend', 'adminRenew', 'selfExtend', 'selfRenew')),
  status text not null check (status in ('PendingProvisioning', 'Granted', 'Provisioned', 'Revoked', 'Canceled', 'Denied', 'PendingAdminDecision')),
  principal_id uuid not null references directory_objects (id) on delete cascade,
  role_definition_id uuid not null references role_definitions (id),
  directory_scope_id text not null default '/',
  app_scope_id text,
  catalog_id uuid references catalogs (id) on delete cascade,
  justification text,
  schedule_info jsonb,
  ticket_info jsonb,
  target_schedule_id uuid,
  activated_using_id uuid,
  -- When a pending one begins by itself.
  starts_at timestamptz,
  created_by uuid not null,
  created_at timestamptz not null,
  completed_at timestamptz,
  check (status not in ('PendingProvisioning', 'Granted') or starts_at is not null),
  check ((status in ('PendingProvisioning', 'Granted', 'PendingAdminDecision')) = (completed_at is null))
);
create index role_schedule_requests_by_provider on role_schedule_requests (provider, type, id);
create index role_schedule_requests_by_principal on role_schedule_requests (principal_id, provider);
create index role_schedule_requests_by_creator on role_schedule_requests (created_by, provider);
create index role_schedule_requests_by_catalog on role_schedule_requests (catalog_id) where catalog_id is not null;
create index role_schedule_requests_by_schedule on role_schedule_requests (target_schedule_id) where target_schedule_id is not null;
create index role_schedule_requests_by_time on role_schedule_requests (created_at, id);
create index role_schedule_requests_starting on role_schedule_requests (starts_at) where status in ('PendingProvisioning', 'Granted');
-- One question at a time.
create unique index role_schedule_requests_asked_once on role_schedule_requests (type, provider, principal_id, role_definition_id, coalesce(app_scope_id, directory_scope_id)) where status = 'PendingAdminDecision';

-- Requests as Graph shows them: what was to begin has begun when its time has come, whether or not the sweep has been there.
create view role_schedule_request_list as
  select r.id, r.type, r.provider, r.action, case when r.status in ('PendingProvisioning', 'Granted') and r.starts_at <= now() then 'Provisioned' else r.status end as status,
         r.principal_id, r.role_definition_id, r.directory_scope_id, r.app_scope_id, r.catalog_id, r.justification, r.schedule_info, r.ticket_info,
         r.target_schedule_id, r.activated_using_id, r.created_by, r.created_at,
         coalesce(r.completed_at, case when r.status in ('PendingProvisioning', 'Granted') and r.starts_at <= now() then r.starts_at end) as completed_at
    from role_schedule_requests r;

-- A scope is looked up by its name, which is made of the catalog's id.
create index catalogs_by_scope on catalogs (('/AccessPackageCatalog/' || id::text));

-- What roles allow, by namespace: microsoft.directory and microsoft.entitlementManagement.
create view rbac_resource_actions as
  select distinct d.provider, split_part(a.name, '/', 1) as namespace_id, replace(a.name, '/', '-') as id, a.name
    from role_definitions d cross join jsonb_array_elements_text(d.actions) as a (name);
create view rbac_resource_namespaces as
  select distinct provider, namespace_id as id, namespace_id as name from rbac_resource_actions;
