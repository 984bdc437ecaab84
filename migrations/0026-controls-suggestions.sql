-- What administrators set for all of entitlement management (contract §1.9), who is related to whom, and licences that nobody sells.

-- One row of each kind, made here: they are changed, never added or removed.
create table control_configurations (
  id text primary key,
  type text not null unique check (type in ('endUserSettings', 'insiderRiskyUserApproval', 'entraIdProtectionRiskyUserApproval')),
  is_enabled boolean not null,
  related_people_insight_level text check (related_people_insight_level in ('disabled', 'count', 'countAndNames')),
  show_approver_details_to_members boolean,
  is_approval_required boolean,
  minimum_risk_level text,
  created_by text not null default 'Gatehouse',
  created_at timestamptz not null default now(),
  modified_by text not null default 'Gatehouse',
  modified_at timestamptz not null default now(),
  check (id = type),
  check ((type = 'endUserSettings') = (related_people_insight_level is not null and show_approver_details_to_members is not null)),
  check ((type = 'endUserSettings') = (is_approval_required is null and minimum_risk_level is null)),
  -- Nobody tells this server who is risky: what says that risky people need more approval would be a lie.
  constraint risk_needs_a_source check (type = 'endUserSettings' or not (is_enabled or is_approval_required))
);
insert into control_configurations (id, type, is_enabled, related_people_insight_level, show_approver_details_to_members)
  values ('endUserSettings', 'endUserSettings', true, 'count', true);
insert into control_configurations (id, type, is_enabled, is_approval_required, minimum_risk_level)
  values ('insiderRiskyUserApproval', 'insiderRiskyUserApproval', false, false, 'moderate'),
         ('entraIdProtectionRiskyUserApproval', 'entraIdProtectionRiskyUserApproval', false, false, 'medium');

create index directory_users_by_department on directory_objects (lower(data ->> 'department'), id)
  where type = 'user' and deleted_at is null and data ->> 'department' is not null;

-- Living people related to a person: the manager, those who report to the person, those with the same manager, and at most
-- two hundred of the same department. Whoever is in the largest department of all costs no more than that.
create function related_people_of(person uuid) returns table (id uuid)
  language sql stable strict parallel safe rows 50
  as $$
    with boss as materialized (select l.target_id as id from directory_links l where l.source_id = person and l.kind = 'manager'),
    place as materialized (select lower(o.data ->> 'department') as name from directory_objects o where o.id = person and o.type = 'user'),
    near (id) as (
      select b.id from boss b
      union
      select l.source_id from directory_links l where l.target_id = person and l.kind = 'manager'
      union
      select l.source_id from boss b join directory_links l on l.target_id = b.id and l.kind = 'manager'
      union
      select c.id from place p cross join lateral (
        select o.id from directory_objects o
         where lower(o.data ->> 'department') = p.name and o.type = 'user' and o.deleted_at is null and o.data ->> 'department' is not null
         order by o.id limit 200) c)
    select n.id from near n
     where n.id <> person and exists (select 1 from directory_objects o where o.id = n.id and o.type = 'user' and o.deleted_at is null and o.account_enabled)
  $$;

-- Licences of people: this server sells none.
create view license_details as
  select null::text as id, null::uuid as sku_id, null::text as sku_part_number, '[]'::jsonb as service_plans where false;
