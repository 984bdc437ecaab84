-- Groups as sets, and the built-in roles.

-- Groups that hold a principal now, directly or through other groups. An array, so that an index finds what has these ids.
create function group_ids_of(principal uuid) returns uuid[]
  language sql stable strict parallel safe
  as $$
    with recursive held (id) as (
      select g.resource_id from grants g
        join directory_objects o on o.id = g.resource_id and o.deleted_at is null
       where g.principal_id = principal and g.kind = 'member' and g.ends_at > now()
      union
      select g.resource_id from held
        join grants g on g.principal_id = held.id and g.kind = 'member' and g.ends_at > now()
        join directory_objects o on o.id = g.resource_id and o.deleted_at is null
    )
    select coalesce(array_agg(id), '{}') from held
  $$;

-- Everything that is in a group now, directly or through groups in it.
create function member_ids_of(group_id uuid) returns uuid[]
  language sql stable strict parallel safe
  as $$
    with recursive held (id) as (
      select g.principal_id from grants g
        join directory_objects o on o.id = g.principal_id and o.deleted_at is null
       where g.resource_id = group_id and g.kind = 'member' and g.ends_at > now()
      union
      select g.principal_id from held
        join grants g on g.resource_id = held.id and g.kind = 'member' and g.ends_at > now()
        join directory_objects o on o.id = g.principal_id and o.deleted_at is null
    )
    select coalesce(array_agg(id), '{}') from held
  $$;

-- Everything that a principal owns now.
create function owned_ids_of(principal uuid) returns uuid[]
  language sql stable strict parallel safe
  as $$
    select coalesce(array_agg(id), '{}') from (
      select source_id as id from directory_links where target_id = principal and kind = 'owner'
      union
      select resource_id from grants where principal_id = principal and kind = 'owner' and ends_at > now()
    ) owned
  $$;

-- The two providers of roles, as entities.
create view rbac_applications as select * from (values ('directory'), ('entitlementManagement')) as provider (id);

-- What a role assignment of entitlement management applies to.
create view app_scopes as
  select '/' as id, 'Directory' as display_name, 'Directory' as type
  union all
  select '/AccessPackageCatalog/' || c.id::text, c.display_name, 'AccessPackageCatalog' from catalogs c;

insert into role_definitions (id, provider, display_name, description, actions) values
  ('62e90394-69f5-4237-9190-012177145e10', 'directory', 'Global Administrator', 'Can manage everything in the directory and in governance.', '["microsoft.directory/allProperties/allTasks"]'),
  ('45d8d3c5-c802-45c6-b32a-1d70b5e1e86e', 'directory', 'Identity Governance Administrator', 'Can manage access through entitlement management and access reviews.',
    '["microsoft.directory/entitlementManagement/allProperties/allTasks", "microsoft.directory/accessReviews/allProperties/allTasks", "microsoft.directory/groups/members/update"]'),
  ('9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3', 'directory', 'Application Administrator', 'Can manage applications, service principals and agents.',
    '["microsoft.directory/applications/allProperties/allTasks", "microsoft.directory/servicePrincipals/allProperties/allTasks", "microsoft.directory/oAuth2PermissionGrants/allProperties/allTasks"]'),
  ('f2ef992c-3afb-46b9-b7cf-a126ee74c451', 'directory', 'Global Reader', 'Can read everything that a Global Administrator can, and change nothing.', '["microsoft.directory/allProperties/read"]'),
  ('ba92d953-d8e0-4e39-a797-0cbedb0a89e8', 'entitlementManagement', 'Catalog creator', 'Can create catalogs. Whoever creates a catalog becomes its owner.',
    '["microsoft.entitlementManagement/AccessPackageCatalog/create"]'),
  ('ae79f266-94d4-4dab-b730-feca7e132178', 'entitlementManagement', 'Catalog owner', 'Can manage a catalog: its resources, access packages, policies, assignments and roles.',
    '["microsoft.entitlementManagement/AccessPackageCatalog/allProperties/allTasks", "microsoft.entitlementManagement/AccessPackageCatalog/AccessPackage/allTasks"]'),
  ('44272f93-9762-48e8-af59-1b5351b1d6b3', 'entitlementManagement', 'Catalog reader', 'Can read a catalog and everything in it.',
    '["microsoft.entitlementManagement/AccessPackageCatalog/allProperties/read", "microsoft.entitlementManagement/AccessPackageCatalog/AccessPackage/read"]'),
  ('7f480852-ebdc-47d4-87de-0d8498384a83', 'entitlementManagement', 'Access package manager', 'Can manage the access packages of a catalog, their policies and assignments.',
    '["microsoft.entitlementManagement/AccessPackageCatalog/AccessPackage/allTasks", "microsoft.entitlementManagement/AccessPackageCatalog/allProperties/read"]'),
  ('e2182095-804a-4656-ae11-64734e9b7ae5', 'entitlementManagement', 'Access package assignment manager', 'Can manage the assignments of the access packages of a catalog.',
    '["microsoft.entitlementManagement/AccessPackageCatalog/AccessPackage/AccessPackageAssignment/allTasks", "microsoft.entitlementManagement/AccessPackageCatalog/allProperties/read"]');

create index role_assignments_by_catalog on role_assignments (catalog_id) where catalog_id is not null;
