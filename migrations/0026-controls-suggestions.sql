-- What administrators set for all of entitlement management (contract §1.9), who is related to whom, delegated permissions that agents
-- have from their blueprints, and licences that nobody sells.

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

-- Delegated permissions that a blueprint's principal was granted and that the blueprint hands on to its agents, one row for each
-- agent and grant: what was granted, and the names to which that is narrowed (null: none of them is left out). Where no token
-- could be made there is nothing.
create view inherited_permission_grants as
  select g.id, ag.id as agent_id, g.client_id, g.resource_id, g.principal_id, g.consent_type, g.scope as granted, s.app_id as resource_app_id, api.id as application_id,
         case when i.scopes ->> '@odata.type' = '#microsoft.graph.enumeratedScopes' then coalesce(nullif(i.scopes -> 'scopes', 'null'::jsonb), '[]'::jsonb) end as only
    from directory_objects ag
    join directory_objects ba on ba.app_id = ag.blueprint_app_id and ba.type in ('application', 'agentIdentityBlueprint') and ba.deleted_at is null and ba.account_enabled
    join directory_objects bp on bp.app_id = ag.blueprint_app_id and bp.type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')
     and bp.type = 'agentIdentityBlueprintPrincipal' and bp.deleted_at is null and bp.account_enabled
    join inheritable_permissions i on i.blueprint_id = ba.id and i.scopes ->> '@odata.type' in ('#microsoft.graph.allAllowedScopes', '#microsoft.graph.enumeratedScopes')
    join directory_objects s on s.app_id = i.resource_app_id and s.type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal') and s.deleted_at is null and s.account_enabled
    join directory_objects api on api.app_id = s.app_id and api.type in ('application', 'agentIdentityBlueprint') and api.deleted_at is null and api.account_enabled
    join oauth2_permission_grants g on g.client_id = bp.id and g.resource_id = s.id
   where ag.type = 'agentIdentity' and ag.deleted_at is null and ag.account_enabled;
