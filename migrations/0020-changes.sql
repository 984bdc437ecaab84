-- What changed in the directory, for delta queries (Graph: delta()). Triggers write one row a change in the transaction that
-- makes it, and nobody updates one: writers never wait for each other here.
--
-- Nothing is missed: a reader keeps the snapshot that it read in, and its next question is for every change that this snapshot
-- did not show. A transaction that began early and committed late is not in the snapshot, however small its number is.
create table changes (
  xid xid8 not null default pg_current_xact_id(),
  -- Family of entities, and the key of one as Graph shows it.
  area text not null,
  key text not null,
  -- The navigation of it that changed, and the object at its other end; null: the entity itself.
  navigation text,
  other uuid,
  -- Of what may be gone for good: the columns that decide who may hear of it.
  was jsonb,
  -- Others show it too. Who they are is found when the change is read: what is being tied to it while the change is being
  -- written sees nothing of the change, and the change nothing of it.
  spreads boolean not null default false,
  at timestamptz not null default now()
);
create index changes_by_area on changes (area, xid);
create index changes_by_time on changes using brin (at);

-- Which database a snapshot is of: numbers of transactions mean nothing in another.
create function changes_origin() returns text
  language plpgsql stable
  as $$
  declare
    base text := (select oid::text from pg_database where datname = current_database());
  begin
    return (select system_identifier::text from pg_control_system()) || '/' || base;
  exception when insufficient_privilege or feature_not_supported then
    return base;
  end $$;

-- The object under which Graph shows a delegated grant, as a change.
create function permission_grant_change(g grants, out key text, out was jsonb)
  language sql stable
  as $$
    select i.id, jsonb_build_object('id', i.id, 'client_id', g.principal_id, 'resource_id', g.resource_id,
             'principal_id', nullif(g.subject_id, '00000000-0000-0000-0000-000000000000'))
      from (values (permission_grant_id(g.principal_id, g.resource_id, g.subject_id))) i (id)
  $$;

-- Changes that a snapshot did not show; what else shows them; and what has ended by the clock alone since then, whether or not
-- the sweep has been there.
create function changes_since(family text, seen pg_snapshot, seen_at timestamptz) returns table (key text, navigation text, other uuid, was jsonb)
  language sql stable rows 100
  as $$
    with made as materialized (
      select c.key, c.navigation, c.other, c.was, case when c.spreads then c.key::uuid end as source from changes c
       where c.area = family and c.xid >= pg_snapshot_xmin(seen) and not pg_visible_in_snapshot(c.xid, seen)
    ),
    spread as materialized (select distinct source as id, other from made where source is not null)
    select key, navigation, other, was from made where family = 'directoryObject' or source is null
    union all
    select g.resource_id::text, g.kind || 's', g.principal_id, null from spread s join grants g on g.principal_id = s.id and g.kind in ('member', 'owner') where family = 'directoryObject'
    union all
    select g.resource_id::text, g.kind || 's', g.principal_id, null from spread s join grants g on g.resource_id = s.id and g.kind in ('member', 'owner') where family = 'directoryObject'
    union all
    select l.source_id::text, 'manager', l.target_id, null from spread s join directory_links l on s.id in (l.source_id, l.target_id) and l.kind = 'manager' where family = 'directoryObject'
    union all
    select p.id::text, null, null, null from spread s join directory_objects a on a.id = s.id join directory_objects p on p.app_id = a.app_id where family = 'directoryObject'
    union all
    select c.key, null, null, c.was from spread s join directory_objects a on a.id = s.id join directory_objects r on r.app_id = a.app_id
      join grants g on g.resource_id = r.id and g.kind = 'delegated' and g.permission_id = s.other cross join lateral permission_grant_change(g) c where family = 'oAuth2PermissionGrant'
    union all
    select g.resource_id::text, g.kind || 's', g.principal_id, null from grants g
     where family = 'directoryObject' and g.kind in ('member', 'owner') and g.ends_at > seen_at and g.ends_at <= now() and g.ends_at < 'infinity'
    union all
    select p.key, null, null, p.was from grants g cross join lateral permission_grant_change(g) p
     where family = 'oAuth2PermissionGrant' and g.kind = 'delegated' and g.ends_at > seen_at and g.ends_at <= now() and g.ends_at < 'infinity'
  $$;

-- What shares an appId: an application with its service principals, deleted ones too.
create index directory_by_app_id on directory_objects (app_id) where app_id is not null;

-- The directory's objects. Service principals show much of their application. What is deleted, or comes back, leaves or enters
-- groups, and people's manager with it; and who was told that it went has forgotten its own relations.
create function note_object_change() returns trigger language plpgsql as $$
declare
  o directory_objects := coalesce(new, old);
begin
  if tg_op = 'DELETE' then
    insert into changes (area, key, was) values ('directoryObject', o.id::text, jsonb_build_object('id', o.id, 'type', o.type,
      'app_id', o.app_id, 'blueprint_app_id', o.blueprint_app_id, 'identity_parent_id', o.identity_parent_id));
    if o.type in ('application', 'agentIdentityBlueprint') then
      insert into changes (area, key) select 'directoryObject', p.id::text from directory_objects p where p.app_id = o.app_id;
      insert into changes (area, key, was) select 'oAuth2PermissionGrant', c.key, c.was from directory_objects p
        join grants g on g.resource_id = p.id and g.kind = 'delegated' cross join lateral permission_grant_change(g) c where p.app_id = o.app_id;
    end if;
    return null;
  end if;
  insert into changes (area, key, spreads) values ('directoryObject', o.id::text, tg_op = 'UPDATE' and
    (o.type in ('application', 'agentIdentityBlueprint') or (new.deleted_at is null) <> (old.deleted_at is null)));
  return null;
end $$;
create trigger note_new_object after insert or delete on directory_objects for each row execute function note_object_change();
create trigger note_changed_object after update on directory_objects for each row when (new.* is distinct from old.*) execute function note_object_change();

-- Managers. Owners and sponsors of workloads are no part of what delta tells of them.
create function note_manager_change() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    insert into changes (area, key, navigation, other) values ('directoryObject', old.source_id::text, 'manager', old.target_id);
  end if;
  if tg_op <> 'DELETE' then
    insert into changes (area, key, navigation, other) values ('directoryObject', new.source_id::text, 'manager', new.target_id);
  end if;
  return null;
end $$;
create trigger note_new_manager after insert on directory_links for each row when (new.kind = 'manager') execute function note_manager_change();
create trigger note_changed_manager after update on directory_links for each row when (new.kind = 'manager' or old.kind = 'manager') execute function note_manager_change();
create trigger note_lost_manager after delete on directory_links for each row when (old.kind = 'manager') execute function note_manager_change();

-- Members and owners of groups, and delegated grants. An end that moves is no change until it is reached (changes_since).
create function note_grant_change() returns trigger language plpgsql as $$
declare
  g grants := coalesce(new, old);
begin
  if g.kind = 'delegated' then
    insert into changes (area, key, was) select 'oAuth2PermissionGrant', c.key, c.was from permission_grant_change(g) c;
  else
    insert into changes (area, key, navigation, other) values ('directoryObject', g.resource_id::text, g.kind || 's', g.principal_id);
  end if;
  return null;
end $$;
create trigger note_new_grant after insert on grants for each row when (new.kind <> 'appRole') execute function note_grant_change();
create trigger note_changed_grant after update on grants for each row
  when (new.kind <> 'appRole' and (new.ends_at > now()) is distinct from (old.ends_at > now())) execute function note_grant_change();
create trigger note_lost_grant after delete on grants for each row when (old.kind <> 'appRole') execute function note_grant_change();

-- Roles and scopes are shown by their application and its service principals; names of scopes also by the grants of them.
create function note_permission_change() returns trigger language plpgsql as $$
declare
  p permissions := coalesce(new, old);
begin
  insert into changes (area, key, spreads) values ('directoryObject', p.application_id::text, true);
  if p.kind = 'scope' then
    insert into changes (area, key, other, spreads) values ('oAuth2PermissionGrant', p.application_id::text, p.id, true);
  end if;
  return null;
end $$;
create trigger note_permission after insert or delete on permissions for each row execute function note_permission_change();
create trigger note_changed_permission after update on permissions for each row when (new.* is distinct from old.*) execute function note_permission_change();

-- Secrets and keys are shown, without what is secret, by what they belong to.
create function note_credential_change() returns trigger language plpgsql as $$
begin
  insert into changes (area, key) values ('directoryObject', (coalesce(new, old)).owner_id::text);
  return null;
end $$;
create trigger note_credential after insert or update or delete on credentials for each row execute function note_credential_change();
