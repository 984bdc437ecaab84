-- Answers to requests that came with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the same request again is
-- answered the same, and nothing is done twice. A row is written by the transaction that makes what it speaks of: one that is seen
-- by others has its answer.
create table idempotent_answers (
  principal_id uuid not null,
  client_app_id text not null,
  key text not null,
  -- SHA-256 of what was asked: version, path, query and body.
  fingerprint bytea not null,
  status integer,
  headers json,
  -- As sent, byte for byte.
  body text,
  created_at timestamptz not null,
  primary key (principal_id, client_app_id, key)
);
create index idempotent_answers_by_time on idempotent_answers (created_at);

-- Those for whom somebody may ask by what it is to them, with the relation as a policy words it. The same people that people_of
-- answers for a target, found from the other end: a sponsor or owner of an identity, or of the agent behind an agent user, itself or
-- as a direct member of a group; an owner of an application; a manager up to a level; a sponsor of a guest's organization. What few
-- policies speak of is looked for only where some policy does.
create or replace function targets_of(asker uuid, highest_level integer) returns table (id uuid, level integer, relation text, type text, is_guest boolean)
  language sql stable strict parallel safe rows 20
  as $$
    with recursive guises (id) as (
      select asker
      union all
      select g.resource_id from grants g join directory_objects o on o.id = g.resource_id and o.deleted_at is null
       where g.kind = 'member' and g.principal_id = asker and g.ends_at > now()
    ),
    mine (id, kind, type, app_id, is_direct) as (
      select l.source_id, l.kind, o.type, o.app_id, l.target_id = asker
        from directory_links l cross join lateral (select type, app_id from directory_objects where id = l.source_id offset 0) o
       where l.target_id = any(array(select id from guises)) and l.kind in ('owner', 'sponsor')
    ),
    guarded (id, kind, type) as (
      select id, kind, type from mine
      union
      select u.id, m.kind, 'agentUser' from mine m cross join lateral (select id from directory_objects where identity_parent_id = m.id and type = 'agentUser' offset 0) u
    ),
    reports (id, level) as (
      select source_id, 1 from directory_links where kind = 'manager' and target_id = asker
      union
      select l.source_id, r.level + 1 from reports r join directory_links l on l.kind = 'manager' and l.target_id = r.id
       where r.level < highest_level and (select exists (select 1 from assignment_policies p where names_higher_manager(p.requestor_settings)))
    ),
    hosted (organization_id, kind) as (
      select s.organization_id, s.kind from organization_sponsors s join directory_objects me on me.id = asker and me.type = 'user'
       where s.sponsor_id = any(array(select id from guises))
         and (me.data ->> 'userType' is distinct from 'Guest' or (s.kind = 'external' and organization_of(asker) = s.organization_id))
         and (select exists (select 1 from assignment_policies p where p.requestor_settings -> 'onBehalfRequestors' @> '[{"@odata.type": "#microsoft.graph.internalSponsors"}]'
                                                                    or p.requestor_settings -> 'onBehalfRequestors' @> '[{"@odata.type": "#microsoft.graph.externalSponsors"}]'))
    ),
    related (id, level, relation) as (
      select id, 1, 'targetUserSponsors' from guarded where kind = 'sponsor'
      union
      select id, 1, 'targetAgentIdentitySponsorsOrOwners' from guarded where type in ('agentIdentity', 'agentUser')
      union
      select id, 1, 'targetApplicationOwners' from mine where kind = 'owner' and is_direct
      union
      select s.id, 1, 'targetApplicationOwners'
        from mine m cross join lateral (select id from directory_objects where app_id = m.app_id and type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')
          and type = 'servicePrincipal' and deleted_at is null offset 0) s
       where m.type in ('application', 'agentIdentityBlueprint') and m.kind = 'owner' and m.is_direct
      union
      select id, level, 'targetManager' from reports
      union
      select u.id, 1, h.kind || 'Sponsors'
        from hosted h cross join lateral (
          select id from directory_objects where type = 'user' and data ->> 'userType' = 'Guest' and deleted_at is null
             and external_marks(user_principal_name, data) && array(select mark from organization_marks where organization_id = h.organization_id) offset 0) u
       where organization_of(u.id) = h.organization_id)
    select r.id, r.level, r.relation, o.type, o.is_guest
      from related r cross join lateral (
        select type, coalesce(data ->> 'userType', 'Member') = 'Guest' as is_guest from directory_objects where id = r.id and deleted_at is null offset 0) o
     where o.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity') and r.id <> asker
  $$;

-- Policies that name somebody, or a group that it is a direct member of, as one who asks for others: the members that people_of means.
create or replace function policies_naming(asker uuid) returns table (policy_id uuid)
  language sql stable strict parallel safe rows 10
  as $$
    select p.id from (
        select jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.singleUser', 'userId', asker))
        union all
        select jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.singleServicePrincipal', 'servicePrincipalId', asker))
        union all
        select jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.groupMembers', 'groupId', g.resource_id))
          from grants g join directory_objects o on o.id = g.resource_id and o.deleted_at is null
         where g.kind = 'member' and g.principal_id = asker and g.ends_at > now()) w (one)
     cross join lateral (select id from assignment_policies where requestor_settings -> 'onBehalfRequestors' @> w.one offset 0) p
  $$;
