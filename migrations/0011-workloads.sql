-- Grants as Graph shows them, and the small parts of applications that have rows of their own.

-- Graph's ids of grants are opaque text: base64url of the row's id.
create function opaque_id(id uuid) returns text
  language sql immutable strict parallel safe
  as $$ select replace(replace(rtrim(encode(uuid_send(id), 'base64'), '='), '+', '-'), '/', '_') $$;
create index grants_by_opaque_id on grants (opaque_id(id)) where kind = 'appRole';

-- Only what is in force: a late sweep changes nothing that anyone sees.
create view app_role_assignments as
  select opaque_id(g.id) as id, g.id as grant_id, g.principal_id, g.resource_id, g.permission_id as app_role_id, g.created_at,
         case when p.type in ('user', 'agentUser') then 'User' when p.type = 'group' then 'Group' else 'ServicePrincipal' end as principal_type,
         p.display_name as principal_display_name, r.display_name as resource_display_name
    from grants g
    join directory_objects p on p.id = g.principal_id
    join directory_objects r on r.id = g.resource_id
   where g.kind = 'appRole' and g.ends_at > now();

-- Who created an object: listed under createdObjects of the creator.
create index directory_by_creator on directory_objects ((data ->> 'createdById')) where data ->> 'createdById' is not null;
-- Identifier URIs are unique in the tenant; this finds the application of one.
create index directory_by_identifier_uri on directory_objects using gin ((data -> 'identifierUris')) where type in ('application', 'agentIdentityBlueprint');
create index package_roles_by_permission on package_roles (permission_id);

create table extension_properties (
  id uuid primary key,
  application_id uuid not null references directory_objects (id) on delete cascade,
  name text not null unique,
  data_type text not null,
  is_multi_valued boolean not null default false,
  target_objects jsonb not null,
  created_at timestamptz not null default now()
);
create index extension_properties_by_application on extension_properties (application_id);

create table permission_classifications (
  id text primary key,
  service_principal_id uuid not null references directory_objects (id) on delete cascade,
  permission_id uuid not null,
  permission_name text not null,
  classification text not null check (classification in ('low', 'medium', 'high')),
  unique (service_principal_id, permission_id)
);

-- Key of an inheritable permission in addresses. It repeats from blueprint to blueprint, so it is text and no id of its own.
alter table inheritable_permissions add column resource_key text generated always as (resource_app_id::text) stored;
