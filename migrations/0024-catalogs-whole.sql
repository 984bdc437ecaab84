-- Privileged catalogs, environments with their connectors, and resources whose access data is uploaded for reviews.

-- Together with Identity Governance Administrator it may change privileged catalogs (decision 0005).
insert into role_definitions (id, provider, display_name, description, actions) values
  ('e8611ab8-c189-46e8-94e1-60213ab1f814', 'directory', 'Privileged Role Administrator', 'With Identity Governance Administrator, can change privileged catalogs.',
    '["microsoft.directory/entitlementManagement/allProperties/allTasks"]')
  on conflict (id) do nothing;

-- Rows that older versions left standard though they hold API permissions.
update catalogs c set privilege_level = 'privileged'
  where privilege_level = 'standard' and exists (select 1 from catalog_resources r where r.catalog_id = c.id and r.origin_system = 'OAuthApplication');

-- How the server reaches a system outside the directory. connection_info says where a secret is kept, never the secret.
create table external_connectors (
  id uuid primary key,
  display_name text not null,
  description text not null,
  connector_type text not null check (connector_type in ('sapIag', 'sapAc')),
  connection_info jsonb not null check (connection_info ->> 'url' is not null),
  created_by text,
  modified_by text,
  created_at timestamptz not null,
  modified_at timestamptz
);

-- Places where resources live: one for each origin system of the house, and one for each connector.
drop view resource_environments;
create table resource_environments (
  id uuid primary key,
  origin_system text not null,
  origin_id text not null,
  display_name text not null,
  description text,
  is_default_environment boolean not null,
  connector_id uuid unique references external_connectors (id) on delete cascade,
  created_by text,
  modified_by text,
  created_at timestamptz not null default now(),
  modified_at timestamptz not null default now(),
  unique (origin_system, origin_id),
  check (is_default_environment = (connector_id is null))
);
create unique index resource_environments_one_default on resource_environments (origin_system) where is_default_environment;
create index resource_environments_by_name on resource_environments (lower(display_name), id);
insert into resource_environments (id, origin_system, origin_id, display_name, description, is_default_environment) values
  (derived_id('environment', 'AadGroup'), 'AadGroup', 'AadGroup', 'Groups', 'Groups of the directory.', true),
  (derived_id('environment', 'AadApplication'), 'AadApplication', 'AadApplication', 'Applications', 'Applications of the directory, by their app roles.', true),
  (derived_id('environment', 'OAuthApplication'), 'OAuthApplication', 'OAuthApplication', 'API permissions', 'APIs of the directory, by their application and delegated permissions.', true),
  (derived_id('environment', 'CustomDataProvidedResource'), 'CustomDataProvidedResource', 'CustomDataProvidedResource', 'Uploaded access data', 'Systems outside the directory whose access data is uploaded for reviews.', true);

-- A resource with uploaded data has no object of the directory behind it, and it alone.
alter table catalog_resources
  alter column directory_object_id drop not null,
  drop constraint catalog_resources_origin_system_check,
  add check (origin_system in ('AadApplication', 'AadGroup', 'OAuthApplication', 'CustomDataProvidedResource')),
  add check ((origin_system = 'CustomDataProvidedResource') = (directory_object_id is null)),
  -- An environment other than the origin system's own: of a connector.
  add column external_environment_id uuid references resource_environments (id),
  add check (external_environment_id is null or origin_system = 'CustomDataProvidedResource'),
  add column environment_id uuid generated always as (coalesce(external_environment_id, derived_id('environment', origin_system))) stored,
  add foreign key (environment_id) references resource_environments (id),
  add column notification_endpoint_configuration jsonb,
  add check (notification_endpoint_configuration is null or origin_system = 'CustomDataProvidedResource'),
  add column type text generated always as (case origin_system when 'CustomDataProvidedResource' then 'customDataProvidedResource' else 'accessPackageResource' end) stored;
create index catalog_resources_by_environment on catalog_resources (environment_id, id);

alter table resource_requests add column expires_at timestamptz;

-- Access data of a system outside, uploaded for one instance of a review. Ends by itself when nobody completes it.
create table upload_sessions (
  id uuid primary key,
  resource_id uuid not null references catalog_resources (id) on delete cascade,
  type text not null check (type = 'customDataProvidedResourceAccessReviewUploadSession'),
  reference_id text not null,
  data jsonb not null,
  is_upload_done boolean not null default false,
  created_at timestamptz not null,
  created_by uuid,
  expires_at timestamptz not null,
  completed_at timestamptz,
  files_uploaded integer not null default 0 check (files_uploaded between 0 and 10),
  total_bytes_uploaded bigint not null default 0 check (total_bytes_uploaded >= 0),
  unique (resource_id, reference_id),
  check (is_upload_done = (completed_at is not null)),
  check (completed_at is null or completed_at <= expires_at)
);

create table uploaded_files (
  id uuid primary key,
  session_id uuid not null references upload_sessions (id) on delete cascade,
  name text not null,
  size integer not null check (size between 1 and 5242880),
  content bytea not null,
  uploaded_at timestamptz not null,
  check (octet_length(content) = size)
);
create unique index uploaded_files_one_name on uploaded_files (session_id, lower(name));
-- Already compressed or not, it is read as a whole.
alter table uploaded_files alter column content set storage external;
