-- Every list that can grow begins at an index: what test/plans found missing.

-- Lists by name, and text at the beginning of names, of each kind of directory object: the others are not in the way.
drop index directory_by_name;
create index directory_users_by_name on directory_objects (lower(display_name), id) where deleted_at is null and type in ('user', 'agentUser');
create index directory_groups_by_name on directory_objects (lower(display_name), id) where deleted_at is null and type = 'group';
create index directory_applications_by_name on directory_objects (lower(display_name), id) where deleted_at is null and type in ('application', 'agentIdentityBlueprint');
create index directory_principals_by_name on directory_objects (lower(display_name), id)
  where deleted_at is null and type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal');
create index directory_by_mail on directory_objects (lower(data ->> 'mail')) where deleted_at is null and data ->> 'mail' is not null;
create index directory_by_tag on directory_objects using gin ((lower((data -> 'tags')::text)::jsonb) jsonb_path_ops)
  where type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal') and data -> 'tags' is not null;
-- Agent users of an agent, deleted ones too.
create index directory_agent_users_by_agent on directory_objects (identity_parent_id) where identity_parent_id is not null;

-- Delegated permissions of one person; app roles on one API in the order of their ids, which is the order of pages.
create index grants_by_subject on grants ((nullif(subject_id, '00000000-0000-0000-0000-000000000000'))) where kind = 'delegated';
create index grants_app_roles_by_resource on grants (resource_id, opaque_id(id)) where kind = 'appRole';

create index approval_stages_by_reviewer on approval_stages (reviewed_by, request_id) where reviewed_by is not null;
create index assignment_requests_by_time on assignment_requests (created_at, id);
-- What is not simply done: what waits, failed or was refused.
create index assignment_requests_by_state on assignment_requests (state, id) where state <> 'delivered';

create index assignment_policies_by_scope on assignment_policies (allowed_target_scope, access_package_id);
create index assignment_policies_by_requestor on assignment_policies using gin ((requestor_settings -> 'onBehalfRequestors') jsonb_path_ops);

-- Scopes that hold every identity of a kind.
create function scopes_of(kind text, is_guest boolean) returns text[]
  language sql immutable parallel safe
  as $$
    select case when kind = 'user' and is_guest then array['allDirectoryUsers', 'allExternalUsers']
                when kind in ('user', 'agentUser') then array['allDirectoryUsers'] || case when is_guest then '{}'::text[] else array['allMemberUsers'] end
                when kind = 'servicePrincipal' then array['allDirectoryServicePrincipals']
                when kind = 'agentIdentity' then array['allDirectoryAgentIdentities']
                else '{}' end
  $$;

-- Whether a policy lets managers further up than the direct one ask.
create function names_higher_manager(settings jsonb) returns boolean
  language sql immutable parallel safe
  as $$ select jsonb_path_exists(settings, '$.onBehalfRequestors[*].managerLevel ? (@ > 1)') $$;
create index assignment_policies_by_higher_manager on assignment_policies (id) where names_higher_manager(requestor_settings);

-- As before (0012), from the index on scopes instead of through all policies. Strict functions are not inlined: the planner
-- counts on the rows that they say, and not on what it would make of their insides.
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
  $$;

-- Living identities to which somebody stands in a relation that policies know (contract §2.3). Reports of reports only where a
-- policy asks for higher managers at all.
create function targets_of(asker uuid, highest_level integer) returns table (id uuid, level integer, relation text, type text, is_guest boolean)
  language sql stable strict parallel safe rows 20
  as $$
    with recursive mine (id, kind, type, app_id) as (
      select l.source_id, l.kind, o.type, o.app_id
        from directory_links l cross join lateral (select type, app_id from directory_objects where id = l.source_id offset 0) o
       where l.target_id = any(array(select asker union all select group_id from groups_of(asker))) and l.kind in ('owner', 'sponsor')
    ),
    reports (id, level) as (
      select source_id, 1 from directory_links where kind = 'manager' and target_id = asker
      union
      select l.source_id, r.level + 1 from reports r join directory_links l on l.kind = 'manager' and l.target_id = r.id
       where r.level < highest_level and (select exists (select 1 from assignment_policies p where names_higher_manager(p.requestor_settings)))
    ),
    related (id, level, relation) as (
      select m.id, 1, case m.type when 'agentIdentity' then 'targetAgentIdentitySponsorsOrOwners' when 'servicePrincipal' then 'targetApplicationOwners' else 'targetUserSponsors' end
        from mine m where m.type = 'agentIdentity' or (m.type = 'servicePrincipal' and m.kind = 'owner') or (m.type in ('user', 'agentUser') and m.kind = 'sponsor')
      union
      select s.id, 1, 'targetApplicationOwners'
        from mine m cross join lateral (select id from directory_objects where app_id = m.app_id and type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')
          and type = 'servicePrincipal' and deleted_at is null offset 0) s
       where m.type = 'application' and m.kind = 'owner'
      union
      select u.id, 1, 'targetAgentIdentitySponsorsOrOwners'
        from mine m cross join lateral (select id from directory_objects where identity_parent_id = m.id and type = 'agentUser' offset 0) u
      union
      select id, level, 'targetManager' from reports)
    select r.id, r.level, r.relation, o.type, o.is_guest
      from related r cross join lateral (
        select type, coalesce(data ->> 'userType', 'Member') = 'Guest' as is_guest from directory_objects where id = r.id and deleted_at is null offset 0) o
  $$;

-- Policies that name somebody, or a group that it is in, among those who ask for others.
create function policies_naming(asker uuid) returns table (policy_id uuid)
  language sql stable strict parallel safe rows 10
  as $$
    select p.id from (
        select jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.singleUser', 'userId', asker))
        union all
        select jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.singleServicePrincipal', 'servicePrincipalId', asker))
        union all
        select jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.groupMembers', 'groupId', group_id)) from groups_of(asker)) w (one)
     cross join lateral (select id from assignment_policies where requestor_settings -> 'onBehalfRequestors' @> w.one offset 0) p
  $$;

-- As before (0013), with the state as it is stored besides: that has statistics, the one that looks at the clock has none.
create or replace view assignment_states as
  select a.id, a.access_package_id, a.policy_id, a.target_id, (select p.catalog_id from access_packages p where p.id = a.access_package_id) as catalog_id,
         a.starts_at, a.ends_at, a.is_extended, a.created_at,
         case when a.state in ('expired', 'deliveryFailed') or a.ends_at > now() then a.state else 'expired' end as state,
         case when a.state in ('expired', 'deliveryFailed') or a.ends_at > now() then a.status else 'ExpiredNotificationTriggered' end as status,
         coalesce(a.expired_at, case when a.ends_at <= now() and a.state <> 'deliveryFailed' then a.ends_at end) as expired_at,
         jsonb_build_object('startDateTime', a.starts_at, 'expiration', case when a.ends_at = 'infinity'
           then jsonb_build_object('type', 'noExpiration', 'endDateTime', null, 'duration', null)
           else jsonb_build_object('type', 'afterDateTime', 'endDateTime', a.ends_at, 'duration', null) end) as schedule,
         a.state as stored_state
    from assignments a;

-- Delegated grants as Graph shows them (0002), without grouping all of them for one: the row with the least permission stands
-- for its client, resource and person. What an index finds of them is a grant's own column or its id.
create function permission_grant_id(client uuid, resource uuid, subject uuid) returns text
  language sql immutable strict parallel safe
  as $$ select replace(rtrim(replace(replace(encode(uuid_send(client) || uuid_send(resource)
      || case when subject = '00000000-0000-0000-0000-000000000000' then ''::bytea else uuid_send(subject) end, 'base64'), '+', '-'), '/', '_'), '='), chr(10), '') $$;
create index grants_by_permission_grant_id on grants (permission_grant_id(principal_id, resource_id, subject_id)) where kind = 'delegated';

-- Name of a delegated permission that a service principal's application defines; null when it defines none of that id.
create function scope_named(resource uuid, permission uuid) returns text
  language sql stable parallel safe
  as $$
    select p.value from directory_objects r
      join directory_objects a on a.app_id = r.app_id and a.type in ('application', 'agentIdentityBlueprint')
      join permissions p on p.application_id = a.id and p.kind = 'scope' and p.id = permission
     where r.id = resource
  $$;

create or replace view oauth2_permission_grants as
  select permission_grant_id(g.principal_id, g.resource_id, g.subject_id) as id, g.principal_id as client_id, g.resource_id,
         nullif(g.subject_id, '00000000-0000-0000-0000-000000000000') as principal_id,
         case when g.subject_id = '00000000-0000-0000-0000-000000000000' then 'AllPrincipals' else 'Principal' end as consent_type,
         (select string_agg(n.value, ' ' order by n.value) from grants s cross join lateral scope_named(s.resource_id, s.permission_id) as n (value)
           where s.kind = 'delegated' and s.principal_id = g.principal_id and s.resource_id = g.resource_id and s.subject_id = g.subject_id and s.ends_at > now()) as scope
    from grants g
   where g.kind = 'delegated' and g.ends_at > now() and scope_named(g.resource_id, g.permission_id) is not null
     and not exists (select 1 from grants e where e.kind = 'delegated' and e.principal_id = g.principal_id and e.resource_id = g.resource_id and e.subject_id = g.subject_id
           and e.permission_id < g.permission_id and e.ends_at > now() and scope_named(e.resource_id, e.permission_id) is not null);
