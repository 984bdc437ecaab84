-- The directory and what is granted in it.
-- Every directory object lives in one table, as in Graph, where a member, an owner or a grantee may be any of them.
-- What has rules of its own is a column; the many plain descriptive properties lie in data, under their Graph names.

create function derived_id(variadic parts text[]) returns uuid
  language sql immutable strict parallel safe
  as $$ select md5(array_to_string(parts, ':'))::uuid $$;

create table tenants (
  id uuid primary key,
  display_name text not null,
  domain text not null,
  created_at timestamptz not null default now()
);
create unique index tenants_only_one on tenants ((true));

create table directory_objects (
  id uuid primary key,
  type text not null check (type in ('user', 'agentUser', 'group', 'application', 'agentIdentityBlueprint',
    'servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')),
  display_name text,
  description text,
  account_enabled boolean not null default true,
  user_principal_name text,
  app_id uuid,
  unique_name text,
  blueprint_app_id uuid,
  identity_parent_id uuid references directory_objects (id),
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  data jsonb not null default '{}',
  check ((type in ('user', 'agentUser')) = (user_principal_name is not null)),
  check ((type in ('application', 'agentIdentityBlueprint', 'servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')) = (app_id is not null)),
  check ((type = 'agentIdentity') = (blueprint_app_id is not null)),
  check ((type = 'agentUser') = (identity_parent_id is not null))
);
create unique index directory_upn_once on directory_objects (lower(user_principal_name)) where deleted_at is null;
create unique index directory_application_app_id_once on directory_objects (app_id)
  where type in ('application', 'agentIdentityBlueprint');
create unique index directory_principal_app_id_once on directory_objects (app_id)
  where type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal') and deleted_at is null;
create unique index directory_unique_name_once on directory_objects (unique_name) where unique_name is not null and deleted_at is null;
create unique index directory_agent_user_once on directory_objects (identity_parent_id) where type = 'agentUser' and deleted_at is null;
create index directory_by_type on directory_objects (type, id) where deleted_at is null;
create index directory_by_name on directory_objects (lower(display_name), id) where deleted_at is null;
create index directory_by_blueprint on directory_objects (blueprint_app_id) where blueprint_app_id is not null;
create index directory_deleted on directory_objects (deleted_at) where deleted_at is not null;

-- Owners of applications and service principals, sponsors, managers. (Owners and members of groups are grants.)
create table directory_links (
  source_id uuid not null references directory_objects (id) on delete cascade,
  kind text not null check (kind in ('owner', 'sponsor', 'manager')),
  target_id uuid not null references directory_objects (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (source_id, kind, target_id),
  check (source_id <> target_id)
);
create index directory_links_by_target on directory_links (target_id, kind);
create unique index directory_one_manager on directory_links (source_id) where kind = 'manager';

-- An agent identity or blueprint that lives always has a sponsor. The lock makes two removals at once take turns.
create function keep_last_sponsor() returns trigger language plpgsql as $$
begin
  perform 1 from directory_objects
    where id = old.source_id and deleted_at is null and type in ('agentIdentity', 'agentIdentityBlueprint') for update;
  if found and not exists (select 1 from directory_links where source_id = old.source_id and kind = 'sponsor') then
    raise exception 'the last sponsor of % cannot be removed', old.source_id using errcode = '23514', constraint = 'last_sponsor';
  end if;
  return null;
end $$;
create constraint trigger last_sponsor after delete or update on directory_links
  deferrable initially deferred
  for each row when (old.kind = 'sponsor') execute function keep_last_sponsor();

-- App roles and delegated permission scopes that an application defines.
create table permissions (
  application_id uuid not null references directory_objects (id) on delete cascade,
  id uuid not null,
  kind text not null check (kind in ('role', 'scope')),
  value text,
  is_enabled boolean not null default true,
  position integer not null,
  data jsonb not null default '{}',
  -- Published APIs use one id for a role and for the delegated permission of the same name.
  primary key (application_id, kind, id)
);
create unique index permissions_value_once on permissions (application_id, kind, value) where value is not null;

create table user_passwords (
  user_id uuid primary key references directory_objects (id) on delete cascade,
  hash text not null,
  must_change boolean not null default false,
  changed_at timestamptz not null default now()
);

-- Secrets and certificates of applications, blueprints and service principals. Never of agent identities.
create table credentials (
  key_id uuid primary key,
  owner_id uuid not null references directory_objects (id) on delete cascade,
  kind text not null check (kind in ('password', 'key')),
  secret_sha256 bytea,
  hint text,
  public_jwk jsonb,
  thumbprint text,
  starts_at timestamptz not null default now(),
  ends_at timestamptz not null default 'infinity',
  data jsonb not null default '{}',
  check ((kind = 'password') = (secret_sha256 is not null))
);
create index credentials_by_owner on credentials (owner_id);

create function refuse_agent_credential() returns trigger language plpgsql as $$
begin
  if exists (select 1 from directory_objects where id = new.owner_id and type in ('agentIdentity', 'agentUser')) then
    raise exception 'an agent has no credential of its own' using errcode = '23514', constraint = 'agent_without_credential';
  end if;
  return new;
end $$;
create trigger agent_without_credential before insert or update on credentials
  for each row execute function refuse_agent_credential();

create table federated_identity_credentials (
  id uuid primary key,
  application_id uuid not null references directory_objects (id) on delete cascade,
  name text not null,
  issuer text not null,
  subject text not null,
  audiences jsonb not null default '[]',
  description text,
  unique (application_id, name),
  unique (application_id, issuer, subject)
);

-- What a blueprint hands on to its agents.
create table inheritable_permissions (
  blueprint_id uuid not null references directory_objects (id) on delete cascade,
  resource_app_id uuid not null,
  scopes jsonb not null default '{"@odata.type": "#microsoft.graph.noScopes"}',
  roles jsonb,
  primary key (blueprint_id, resource_app_id)
);

-- Access in force: one row a grant, however many assignments are behind it. It holds until ends_at and not a moment longer:
-- whoever reads it compares ends_at with now. `manual` marks a grant that somebody made by hand, which has no end.
create table grants (
  id uuid primary key,
  kind text not null check (kind in ('appRole', 'delegated', 'member', 'owner')),
  principal_id uuid not null references directory_objects (id) on delete cascade,
  resource_id uuid not null references directory_objects (id) on delete cascade,
  permission_id uuid not null default '00000000-0000-0000-0000-000000000000',
  subject_id uuid not null default '00000000-0000-0000-0000-000000000000',
  manual boolean not null,
  ends_at timestamptz not null default 'infinity',
  created_at timestamptz not null default now(),
  unique (kind, principal_id, resource_id, permission_id, subject_id),
  check (not manual or ends_at = 'infinity'),
  check (kind in ('appRole', 'delegated') or permission_id = '00000000-0000-0000-0000-000000000000'),
  check (kind = 'delegated' or subject_id = '00000000-0000-0000-0000-000000000000')
);
create index grants_by_principal on grants (principal_id, kind, resource_id);
create index grants_by_resource on grants (resource_id, kind, principal_id);
create index grants_ending on grants (ends_at) where ends_at < 'infinity';

-- Delegated grants as Graph shows them: one object for client, resource and person, with the names in one string.
create view oauth2_permission_grants as
  select replace(rtrim(replace(replace(encode(uuid_send(g.principal_id) || uuid_send(g.resource_id)
           || case when g.subject_id = '00000000-0000-0000-0000-000000000000' then ''::bytea else uuid_send(g.subject_id) end, 'base64'), '+', '-'), '/', '_'), '='), chr(10), '') as id,
         g.principal_id as client_id, g.resource_id, nullif(g.subject_id, '00000000-0000-0000-0000-000000000000') as principal_id,
         case when g.subject_id = '00000000-0000-0000-0000-000000000000' then 'AllPrincipals' else 'Principal' end as consent_type,
         string_agg(p.value, ' ' order by p.value) as scope
    from grants g
    join directory_objects r on r.id = g.resource_id
    join directory_objects a on a.app_id = r.app_id and a.type in ('application', 'agentIdentityBlueprint')
    join permissions p on p.application_id = a.id and p.id = g.permission_id and p.kind = 'scope'
   where g.kind = 'delegated' and g.ends_at > now()
   group by g.principal_id, g.resource_id, g.subject_id;

create table role_definitions (
  id uuid primary key,
  provider text not null check (provider in ('directory', 'entitlementManagement')),
  display_name text not null,
  description text not null,
  actions jsonb not null default '[]'
);

create table role_assignments (
  id uuid primary key,
  provider text not null check (provider in ('directory', 'entitlementManagement')),
  principal_id uuid not null references directory_objects (id) on delete cascade,
  role_definition_id uuid not null references role_definitions (id),
  directory_scope_id text not null default '/',
  app_scope_id text,
  catalog_id uuid,
  created_at timestamptz not null default now()
);
create unique index role_assignments_once on role_assignments (provider, principal_id, role_definition_id, coalesce(app_scope_id, directory_scope_id));
create index role_assignments_by_principal on role_assignments (principal_id, provider);
