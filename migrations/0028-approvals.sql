-- Approvals in full: several must agree, times besides the last one, and approvers who change while a stage is open.

alter table approval_stages
  -- How many different people must approve.
  add column required_approvals integer not null default 1 check (required_approvals >= 1),
  add column opened_at timestamptz,
  -- When others are asked besides, and when they were.
  add column escalates_at timestamptz,
  add column escalated_at timestamptz,
  -- When those who have not decided are reminded next.
  add column remind_at timestamptz,
  -- When it is found out again who decides.
  add column recheck_at timestamptz,
  -- What decides who its approvers are is in stage_sources.
  add column is_watched boolean not null default false;

update approval_stages set opened_at = due_at - lasts where due_at is not null;
update approval_stages set recheck_at = now(),
       remind_at = case when opened_at + lasts / 2 > now() then opened_at + lasts / 2 end,
       escalates_at = case when settings -> 'isEscalationEnabled' = 'true' and opened_at + (settings ->> 'durationBeforeEscalation')::interval < due_at
         then opened_at + (settings ->> 'durationBeforeEscalation')::interval end
 where status = 'InProgress';

create index approval_stages_escalating on approval_stages (escalates_at) where status = 'InProgress' and escalates_at is not null;
create index approval_stages_reminding on approval_stages (remind_at) where status = 'InProgress' and remind_at is not null;
create index approval_stages_rechecked on approval_stages (recheck_at) where status = 'InProgress' and recheck_at is not null;

-- Every decision of a stage, also those after which it stayed open.
create table stage_decisions (
  stage_id uuid not null references approval_stages (id) on delete cascade,
  principal_id uuid not null references directory_objects (id),
  -- In whose place, when a substitute decided.
  decided_for uuid references directory_objects (id),
  result text not null check (result in ('Approve', 'Deny')),
  justification text,
  at timestamptz not null,
  primary key (stage_id, principal_id)
);
create index stage_decisions_by_principal on stage_decisions (principal_id, stage_id);
insert into stage_decisions (stage_id, principal_id, result, justification, at)
  select id, reviewed_by, review_result, justification, reviewed_at from approval_stages where reviewed_by is not null;

-- Objects that decide who the approvers of an open stage are: groups, identities with a manager, sponsors or owners,
-- organizations, and the catalog. Known for stages that were open for a moment; forgotten when a stage closes.
create table stage_sources (
  stage_id uuid not null references approval_stages (id) on delete cascade,
  object_id uuid not null,
  primary key (stage_id, object_id)
);
create index stage_sources_by_object on stage_sources (object_id);

create function forget_stage_sources() returns trigger language plpgsql as $$
begin
  delete from stage_sources where stage_id = new.id;
  return null;
end $$;
create trigger stage_closed after update of status on approval_stages
  for each row when (old.is_watched and old.status = 'InProgress' and new.status <> 'InProgress') execute function forget_stage_sources();

-- What has changed of such an object: the sweep finds the stages. A queue, so that a change of a membership waits for nobody
-- who decides, and nobody who decides for it.
create table approver_changes (
  id uuid primary key default gen_random_uuid(),
  object_id uuid not null,
  at timestamptz not null default now()
);
create index approver_changes_by_time on approver_changes (at);

create function note_approver_change(object uuid) returns void language plpgsql as $$
begin
  if exists (select 1 from stage_sources s where s.object_id = object) then
    insert into approver_changes (object_id) values (object);
    perform pg_notify('gatehouse_due', '');
  end if;
end $$;

create function note_membership_of_approvers() returns trigger language plpgsql as $$
begin
  perform note_approver_change(coalesce(new.resource_id, old.resource_id));
  return null;
end $$;
create trigger approvers_join after insert on grants for each row when (new.kind = 'member') execute function note_membership_of_approvers();
create trigger approvers_stay after update of ends_at on grants for each row when (new.kind = 'member' and new.ends_at <> old.ends_at) execute function note_membership_of_approvers();
create trigger approvers_leave after delete on grants for each row when (old.kind = 'member') execute function note_membership_of_approvers();

create function note_link_of_approvers() returns trigger language plpgsql as $$
begin
  perform note_approver_change(coalesce(new.source_id, old.source_id));
  return null;
end $$;
create trigger approvers_linked after insert or update or delete on directory_links for each row execute function note_link_of_approvers();

create function note_sponsor_of_organization() returns trigger language plpgsql as $$
begin
  perform note_approver_change(coalesce(new.organization_id, old.organization_id));
  return null;
end $$;
create trigger approvers_of_organization after insert or update or delete on organization_sponsors for each row execute function note_sponsor_of_organization();

-- Owners of a catalog decide when nobody else is left.
create function note_owner_of_catalog() returns trigger language plpgsql as $$
begin
  perform note_approver_change(coalesce(new.catalog_id, old.catalog_id));
  return null;
end $$;
create trigger approvers_own_catalog after insert or update on role_schedules for each row
  when (new.catalog_id is not null and new.role_definition_id = 'ae79f266-94d4-4dab-b730-feca7e132178') execute function note_owner_of_catalog();
create trigger approvers_lose_catalog after delete on role_schedules for each row
  when (old.catalog_id is not null and old.role_definition_id = 'ae79f266-94d4-4dab-b730-feca7e132178') execute function note_owner_of_catalog();

-- Somebody who can decide again, or no longer.
create function note_ability_of_approver() returns trigger language plpgsql as $$
begin
  perform note_approver_change(x.id) from (
    select new.id union
    select g.resource_id from grants g where g.principal_id = new.id and g.kind = 'member' union
    select l.source_id from directory_links l where l.target_id = new.id union
    select s.organization_id from organization_sponsors s where s.sponsor_id = new.id union
    select m.catalog_id from role_schedules m where m.principal_id = new.id and m.catalog_id is not null) as x (id);
  return null;
end $$;
create trigger approver_able after update of account_enabled, deleted_at on directory_objects for each row
  when (new.type = 'user' and (new.account_enabled <> old.account_enabled or (new.deleted_at is null) <> (old.deleted_at is null))) execute function note_ability_of_approver();

-- What decides who the approvers of a stage are. `level` steps up from somebody are the managers of `level` people.
create function approver_sources_of(settings jsonb, requestor uuid, target uuid, catalog uuid) returns setof uuid
  language sql stable rows 8
  as $$
    with wanted as materialized (
      select regexp_replace(lower(w.one ->> '@odata.type'), '^#?microsoft\.graph\.', '') as kind, w.one
        from (values ('primaryApprovers'), ('fallbackPrimaryApprovers'), ('escalationApprovers'), ('fallbackEscalationApprovers')) as l (name)
       cross join lateral jsonb_array_elements(case when jsonb_typeof(settings -> l.name) = 'array' then settings -> l.name else '[]' end) as w (one)),
    -- An agent user has the sponsors of its agent identity too.
    subject as (
      select target as id where exists (select 1 from wanted where kind in ('targetusersponsors', 'targetagentidentitysponsorsorowners'))
      union select o.identity_parent_id from directory_objects o where o.id = target and o.identity_parent_id is not null
               and exists (select 1 from wanted where kind in ('targetusersponsors', 'targetagentidentitysponsorsorowners'))),
    organization as (
      select coalesce(organization_of(target), organization_of(requestor)) as id where exists (select 1 from wanted where kind in ('internalsponsors', 'externalsponsors'))),
    owned as (
      select target as id where exists (select 1 from wanted where kind = 'targetapplicationowners')
      union select a.id from directory_objects t join directory_objects a on a.app_id = t.app_id and a.type in ('application', 'agentIdentityBlueprint')
             where t.id = target and t.type = 'servicePrincipal' and exists (select 1 from wanted where kind = 'targetapplicationowners')),
    sponsor as (
      select l.target_id as id from subject join directory_links l on l.source_id = subject.id and l.kind in ('sponsor', 'owner')
      union select s.sponsor_id from organization join organization_sponsors s on s.organization_id = organization.id
      union select m.principal_id from role_assignments m where m.catalog_id = catalog and m.role_definition_id = 'ae79f266-94d4-4dab-b730-feca7e132178')
    select (one ->> 'userId')::uuid from wanted where kind = 'singleuser'
    union select (one ->> 'groupId')::uuid from wanted where kind = 'groupmembers'
    union select x.id from wanted
           cross join lateral (select case kind when 'requestormanager' then requestor else target end as id) as who
           cross join lateral generate_series(0, least(coalesce((one ->> 'managerLevel')::integer, 1), 10) - 1) as n
           cross join lateral (select case n when 0 then who.id else manager_of(who.id, n) end as id) as x
           where kind in ('requestormanager', 'targetmanager') and x.id is not null
    union select id from subject
    union select id from organization where id is not null
    union select id from owned
    union select g.id from sponsor join directory_objects g on g.id = sponsor.id and g.type = 'group'
    union select catalog
  $$;
