-- Life of requests, approvals and assignments: who is asked, what a stage was set to, what was delivered.

-- What the stage was set to when the request was made: a policy that changes later changes no open request.
alter table approval_stages add column settings jsonb not null default '{}';

-- Requests whose record a person may see as approver, without visiting each request's stages.
create index approval_stages_by_request on approval_stages (request_id, status);

-- A manager some levels up; level 1 is the direct one.
create function manager_of(who uuid, level integer) returns uuid
  language sql stable
  as $$
    with recursive chain (id, height) as (
      select who, 0
      union all
      select l.target_id, c.height + 1 from chain c join directory_links l on l.source_id = c.id and l.kind = 'manager'
       where c.height < least(level, 10))
    select id from chain where height = level and level > 0
  $$;

-- Who a subject set of a policy means for one request (contract §1.5), living or not: whoever asks filters.
-- A group that is a sponsor stands for its direct members. A set that names nobody yields nothing, never everybody.
create function people_of(wanted jsonb, requestor uuid, target uuid) returns setof uuid
  language plpgsql stable rows 4
  as $$
  declare
    kind text := regexp_replace(lower(wanted ->> '@odata.type'), '^#?microsoft\.graph\.', '');
  begin
    case kind
      when 'singleuser' then return query select (wanted ->> 'userId')::uuid;
      when 'singleserviceprincipal' then return query select (wanted ->> 'servicePrincipalId')::uuid;
      when 'groupmembers' then return query
        select g.principal_id from grants g join directory_objects o on o.id = g.resource_id and o.deleted_at is null
         where g.resource_id = (wanted ->> 'groupId')::uuid and g.kind = 'member' and g.ends_at > now();
      when 'requestormanager' then return query
        select m from manager_of(requestor, coalesce((wanted ->> 'managerLevel')::integer, 1)) as m where m is not null;
      when 'targetmanager' then return query
        select m from manager_of(target, coalesce((wanted ->> 'managerLevel')::integer, 1)) as m where m is not null;
      when 'targetusersponsors' then return query select s from guardians_of(target, false) as s;
      when 'targetapplicationowners' then return query
        select l.target_id from directory_links l
         where l.kind = 'owner' and l.source_id in (
           select target union all
           select a.id from directory_objects t join directory_objects a on a.app_id = t.app_id and a.type in ('application', 'agentIdentityBlueprint')
            where t.id = target and t.type = 'servicePrincipal');
      when 'targetagentidentitysponsorsorowners' then
        if exists (select 1 from directory_objects o where o.id = target and o.type in ('agentIdentity', 'agentUser')) then
          return query select s from guardians_of(target, true) as s;
        end if;
      else null;
    end case;
  end $$;

-- Sponsors of an identity (and its owners, when asked for). An agent user has those of its agent identity too.
create function guardians_of(target uuid, with_owners boolean) returns setof uuid
  language sql stable rows 4
  as $$
    with link as (
      select l.target_id from directory_links l
       where l.source_id in (select target union all select o.identity_parent_id from directory_objects o where o.id = target and o.identity_parent_id is not null)
         and (l.kind = 'sponsor' or (with_owners and l.kind = 'owner')))
    select target_id from link
    union
    select g.principal_id from link join directory_objects o on o.id = link.target_id and o.type = 'group' and o.deleted_at is null
      join grants g on g.resource_id = link.target_id and g.kind = 'member' and g.ends_at > now()
  $$;

-- The persons among some sets who may decide: living, enabled, not the one who asks and not the one it is for.
create function deciders_of(wanted jsonb, requestor uuid, target uuid) returns uuid[]
  language sql stable
  as $$
    select coalesce(array_agg(distinct o.id), '{}')
      from jsonb_array_elements(coalesce(wanted, '[]')) as w (one)
     cross join lateral people_of(w.one, requestor, target) as p (id)
      join directory_objects o on o.id = p.id and o.type = 'user' and o.deleted_at is null and o.account_enabled
     where o.id is distinct from requestor and o.id <> target
  $$;

-- Whether a delivered role can still be given: its group, service principal and permission are there.
create function is_deliverable(kind text, object_id uuid, permission uuid) returns boolean
  language sql stable
  as $$
    select exists (
      select 1 from directory_objects s
       where s.id = object_id and s.deleted_at is null
         and (kind in ('member', 'owner') or permission = '00000000-0000-0000-0000-000000000000' or exists (
           select 1 from directory_objects a
             join permissions p on p.application_id = a.id and p.id = permission and p.is_enabled and p.kind = case is_deliverable.kind when 'delegated' then 'scope' else 'role' end
            where a.app_id = s.app_id and a.type in ('application', 'agentIdentityBlueprint') and a.deleted_at is null)))
  $$;

-- Assignments as Graph shows them: past its end one has expired, whether or not the sweep has been there.
create view assignment_states as
  select a.id, a.access_package_id, a.policy_id, a.target_id, p.catalog_id, a.starts_at, a.ends_at, a.is_extended, a.created_at,
         case when a.state in ('expired', 'deliveryFailed') or a.ends_at > now() then a.state else 'expired' end as state,
         case when a.state in ('expired', 'deliveryFailed') or a.ends_at > now() then a.status else 'ExpiredNotificationTriggered' end as status,
         coalesce(a.expired_at, case when a.ends_at <= now() and a.state <> 'deliveryFailed' then a.ends_at end) as expired_at,
         jsonb_build_object('startDateTime', a.starts_at, 'expiration', case when a.ends_at = 'infinity'
           then jsonb_build_object('type', 'noExpiration', 'endDateTime', null, 'duration', null)
           else jsonb_build_object('type', 'afterDateTime', 'endDateTime', a.ends_at, 'duration', null) end) as schedule
    from assignments a join access_packages p on p.id = a.access_package_id;

-- Roles that assignments in force have delivered (beta accessPackageAssignmentResourceRoles).
create view assignment_resource_roles as
  select derived_id(a.id::text, 'delivered', r.id) as id, a.id as assignment_id, a.target_id, r.role_id, r.scope_id,
         c.origin_system, c.origin_id, 'Fulfilled' as status, p.catalog_id, a.access_package_id
    from assignments a
    join access_packages p on p.id = a.access_package_id
    join package_roles r on r.access_package_id = a.access_package_id
    join catalog_resources c on c.id = r.resource_id
    join grants g on g.kind = r.grant_kind and g.principal_id = a.target_id and g.resource_id = r.directory_object_id and g.permission_id = r.permission_id
    join grant_sources s on s.grant_id = g.id and s.assignment_id = a.id
   where a.state not in ('expired', 'deliveryFailed') and a.ends_at > now();
