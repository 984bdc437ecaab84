-- Connected organizations, and what becomes of the guests of others when their access ends (contract §1.4).

create table connected_organizations (
  id uuid primary key,
  display_name text not null,
  description text,
  state text not null default 'configured' check (state in ('configured', 'proposed')),
  identity_sources jsonb not null default '[]',
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  created_by text,
  modified_by text
);
create index connected_organizations_by_name on connected_organizations (lower(display_name), id);
create index connected_organizations_by_state on connected_organizations (state, id);

-- What its people are recognised by: `domain:…`, `tenant:…`, `issuer:…`, `social:…`. Each belongs to one organization.
create table organization_marks (
  mark text primary key check (mark ~ '^(domain|tenant|issuer|social):.' and mark = lower(mark)),
  organization_id uuid not null references connected_organizations (id) on delete cascade
);
create index organization_marks_by_organization on organization_marks (organization_id);

create table organization_sponsors (
  organization_id uuid not null references connected_organizations (id) on delete cascade,
  kind text not null check (kind in ('internal', 'external')),
  sponsor_id uuid not null references directory_objects (id) on delete cascade,
  primary key (organization_id, kind, sponsor_id)
);
create index organization_sponsors_by_sponsor on organization_sponsors (sponsor_id);

-- No policy names an organization that is gone.
create function keep_named_organization() returns trigger language plpgsql as $$
begin
  if exists (select 1 from policy_targets where target_id = old.id and kind = 'connectedOrganization') then
    raise exception 'policies name the connected organization %', old.id using errcode = '23514', constraint = 'organization_named_by_policy';
  end if;
  return old;
end $$;
create trigger organization_named_by_policy before delete on connected_organizations
  for each row execute function keep_named_organization();

-- Marks of an external person, the surest first: what signs it in, then the domains of its addresses.
-- An invited guest is called local_domain#EXT#@tenant.
create function external_marks(user_principal_name text, data jsonb) returns text[]
  language sql immutable parallel safe
  as $$
    with said (mark, nth) as (
      select case when i ->> 'issuer' ~* '[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}' then 'tenant:' || substring(i ->> 'issuer' from '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}') end, 0
        from jsonb_array_elements(case when jsonb_typeof(data -> 'identities') = 'array' then data -> 'identities' else '[]' end) as i
      union all
      select 'issuer:' || rtrim(i ->> 'issuer', '/'), 1 from jsonb_array_elements(case when jsonb_typeof(data -> 'identities') = 'array' then data -> 'identities' else '[]' end) as i
      union all
      select 'social:facebook', 2 from jsonb_array_elements(case when jsonb_typeof(data -> 'identities') = 'array' then data -> 'identities' else '[]' end) as i where i ->> 'issuer' ~* '^(www\.)?facebook\.com$'
      union all
      select 'domain:' || split_part(data ->> 'mail', '@', 2), 3 where data ->> 'mail' like '%@%'
      union all
      select 'domain:' || case when user_principal_name ~* '#EXT#@' then substring(user_principal_name from '(?i)_([^_]+)#EXT#@') else split_part(user_principal_name, '@', 2) end, 4
      union all
      select 'domain:' || split_part(m, '@', 2), 5 from jsonb_array_elements_text(case when jsonb_typeof(data -> 'otherMails') = 'array' then data -> 'otherMails' else '[]' end) as m where m like '%@%')
    select coalesce(array_agg(lower(mark) order by nth, lower(mark)), '{}') from said where mark is not null and mark !~ ':$'
  $$;
create index directory_guests_by_mark on directory_objects using gin (external_marks(user_principal_name, data))
  where type = 'user' and data ->> 'userType' = 'Guest' and deleted_at is null;

-- The connected organization of a guest; null for everybody else.
create function organization_of(subject uuid) returns uuid
  language sql stable strict parallel safe
  as $$
    select n.organization_id
      from directory_objects o
     cross join lateral unnest(external_marks(o.user_principal_name, o.data)) with ordinality as m (mark, nth)
      join organization_marks n on n.mark = m.mark
     where o.id = subject and o.type = 'user' and o.data ->> 'userType' = 'Guest'
     order by m.nth limit 1
  $$;

-- Persons who answer for an organization. A group stands for its direct members. No outsider decides as an insider, and none
-- from elsewhere for this organization.
create function sponsors_of(organization uuid, wanted text) returns setof uuid
  language sql stable strict rows 4
  as $$
    with named as (
      select s.sponsor_id as id from organization_sponsors s where s.organization_id = organization and s.kind = wanted
      union
      select g.principal_id from organization_sponsors s
        join directory_objects o on o.id = s.sponsor_id and o.type = 'group' and o.deleted_at is null
        join grants g on g.resource_id = s.sponsor_id and g.kind = 'member' and g.ends_at > now()
       where s.organization_id = organization and s.kind = wanted)
    select o.id from named n join directory_objects o on o.id = n.id and o.type = 'user'
     where o.data ->> 'userType' is distinct from 'Guest' or (wanted = 'external' and organization_of(o.id) = organization)
  $$;

-- As before (0013), with the sponsors of the organization of whoever access is for, or else of whoever asks.
create or replace function people_of(wanted jsonb, requestor uuid, target uuid) returns setof uuid
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
      when 'internalsponsors' then return query select s from sponsors_of(coalesce(organization_of(target), organization_of(requestor)), 'internal') as s;
      when 'externalsponsors' then return query select s from sponsors_of(coalesce(organization_of(target), organization_of(requestor)), 'external') as s;
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

-- Policies whose scope holds the people of an organization, because it is named or because it is configured.
create function policies_for_people_of(organization uuid) returns table (policy_id uuid)
  language sql stable strict parallel safe rows 10
  as $$
    select t.policy_id from policy_targets t join assignment_policies p on p.id = t.policy_id and p.allowed_target_scope = 'specificConnectedOrganizationUsers'
     where t.target_id = organization and t.kind = 'connectedOrganization'
    union
    select p.id from assignment_policies p
     where p.allowed_target_scope = 'allConfiguredConnectedOrganizationUsers' and exists (select 1 from connected_organizations c where c.id = organization and c.state = 'configured')
  $$;

-- As before (0016), with the policies for the people of connected organizations.
create or replace function policies_for(target uuid) returns table (policy_id uuid)
  language sql stable strict parallel safe rows 20
  as $$
    with who as materialized (
      select id, type, coalesce(data ->> 'userType', 'Member') = 'Guest' as is_guest
        from directory_objects where id = target and deleted_at is null
    )
    select p.id from who join assignment_policies p on p.allowed_target_scope = any(scopes_of(who.type, who.is_guest)) and starts_with(p.allowed_target_scope, 'all')
    union
    select t.policy_id from who join policy_targets t on t.target_id = who.id join assignment_policies p on p.id = t.policy_id
     where (t.kind = 'user' and p.allowed_target_scope = 'specificDirectoryUsers' and who.type in ('user', 'agentUser'))
        or (t.kind = 'servicePrincipal' and p.allowed_target_scope = 'specificDirectoryServicePrincipals' and who.type in ('servicePrincipal', 'agentIdentity'))
    union
    select t.policy_id from who cross join groups_of(target) g join policy_targets t on t.target_id = g.group_id and t.kind = 'group'
      join assignment_policies p on p.id = t.policy_id and p.allowed_target_scope = 'specificDirectoryUsers'
     where who.type in ('user', 'agentUser')
    union
    select q.policy_id from who cross join lateral policies_for_people_of(organization_of(who.id)) q where who.is_guest
  $$;

-- What happens to a governed guest without access: blocked, and deleted this long after.
create table entitlement_settings (
  id text primary key check (id = 'settings'),
  external_user_lifecycle_action text not null check (external_user_lifecycle_action in ('none', 'blockSignIn', 'blockSignInAndDelete')),
  duration_until_external_user_deleted_after_blocked text not null
);
insert into entitlement_settings values ('settings', 'blockSignInAndDelete', 'P30D');

-- Whether entitlement management looks after an account. `due_at`: when something is to be done about it; `blocked_here`: this
-- server shut it out, nobody else.
create table subject_lifecycles (
  subject_id uuid primary key references directory_objects (id) on delete cascade,
  lifecycle text not null check (lifecycle in ('notDefined', 'notGoverned', 'governed')),
  blocked_at timestamptz,
  blocked_here boolean not null default false,
  due_at timestamptz,
  check (due_at is null or lifecycle = 'governed'),
  check (not blocked_here or blocked_at is not null)
);
create index subject_lifecycles_due on subject_lifecycles (due_at) where due_at is not null;
create index subject_lifecycles_blocked on subject_lifecycles (blocked_at) where blocked_at is not null;

-- Whoever is enabled again, by whomever, waits for nothing.
create function forget_block() returns trigger language plpgsql as $$
begin
  update subject_lifecycles set blocked_at = null, blocked_here = false, due_at = null where subject_id = new.id and blocked_at is not null;
  return null;
end $$;
create trigger enabled_again after update of account_enabled on directory_objects
  for each row when (new.account_enabled and not old.account_enabled) execute function forget_block();
