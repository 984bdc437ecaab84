-- What the lists of catalogs, packages and policies need besides their tables.

-- Groups that an identity is in now, through groups in groups too, as rows. A deleted group on the way leads nowhere (0010).
create function groups_of(member uuid) returns table (group_id uuid)
  language sql stable parallel safe rows 20
  as $$ select unnest(group_ids_of(member)) $$;

-- Policies whose scope holds an identity that may receive today. Nothing is asked of who asks.
-- Scopes of other organisations hold nobody while there are no connected organisations.
create function policies_for(target uuid) returns table (policy_id uuid)
  language sql stable parallel safe rows 20
  as $$
    with who as (
      select id, type, coalesce(data ->> 'userType', 'Member') = 'Guest' as is_guest
        from directory_objects where id = target and deleted_at is null
    )
    select p.id from assignment_policies p, who
     where case p.allowed_target_scope
             when 'allDirectoryUsers' then who.type in ('user', 'agentUser')
             when 'allMemberUsers' then who.type in ('user', 'agentUser') and not who.is_guest
             when 'allExternalUsers' then who.type = 'user' and who.is_guest
             when 'allDirectoryServicePrincipals' then who.type = 'servicePrincipal'
             when 'allDirectoryAgentIdentities' then who.type = 'agentIdentity'
             else false
           end
    union
    select t.policy_id from policy_targets t join assignment_policies p on p.id = t.policy_id, who
     where t.target_id = who.id
       and ((t.kind = 'user' and p.allowed_target_scope = 'specificDirectoryUsers' and who.type in ('user', 'agentUser'))
         or (t.kind = 'servicePrincipal' and p.allowed_target_scope = 'specificDirectoryServicePrincipals' and who.type in ('servicePrincipal', 'agentIdentity')))
    union
    select t.policy_id from groups_of(target) g join policy_targets t on t.target_id = g.group_id and t.kind = 'group'
      join assignment_policies p on p.id = t.policy_id and p.allowed_target_scope = 'specificDirectoryUsers', who
     where who.type in ('user', 'agentUser')
  $$;

alter table resource_requests add column is_validation_only boolean not null default false;
create index resource_requests_by_catalog on resource_requests (catalog_id, id);

-- Places where resources live. Nothing that this server delivers to has one yet.
create view resource_environments as
  select null::uuid as id, null::text as display_name, null::text as description, null::text as origin_id, null::text as origin_system,
         false as is_default_environment, null::timestamptz as created_at, null::timestamptz as modified_at
   where false;
