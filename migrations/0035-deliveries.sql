-- Deliveries that did not succeed: what was wrong, and when they are tried again. A row stands for an assignment of which something
-- is missing, or for a request of which nothing could be delivered; it goes when everything is there.
create table failing_deliveries (
  id uuid primary key,
  assignment_id uuid unique references assignments (id) on delete cascade,
  request_id uuid unique references assignment_requests (id) on delete cascade,
  -- 0: not tried yet since something behind it changed.
  attempts integer not null check (attempts >= 0),
  failure jsonb not null,
  first_at timestamptz not null,
  failed_at timestamptz not null,
  next_at timestamptz,
  check (id = coalesce(assignment_id, request_id) and num_nonnulls(assignment_id, request_id) = 1)
);
create index failing_deliveries_due on failing_deliveries (next_at) where next_at is not null;

create index package_roles_by_object on package_roles (directory_object_id);

-- A group or service principal goes or comes back: what packages give of it is looked at again, at once.
create function look_at_deliveries_again() returns trigger language plpgsql as $$
begin
  if new.deleted_at is not null then
    insert into failing_deliveries (id, assignment_id, attempts, failure, first_at, failed_at, next_at)
    select distinct a.id, a.id, 0, '[]'::jsonb, now(), now(), now()
      from package_roles r join assignments a on a.access_package_id = r.access_package_id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > now()
     where r.directory_object_id = new.id
        on conflict (id) do update set next_at = excluded.next_at;
  else
    update failing_deliveries f set next_at = now()
     where exists (select 1 from assignments a join package_roles r on r.access_package_id = a.access_package_id where a.id = f.assignment_id and r.directory_object_id = new.id)
        or exists (select 1 from assignment_requests q join package_roles r on r.access_package_id = q.access_package_id where q.id = f.request_id and r.directory_object_id = new.id);
  end if;
  if found then perform pg_notify('gatehouse_due', ''); end if;
  return null;
end $$;
create trigger resource_gone_or_back after update of deleted_at on directory_objects
  for each row when ((new.deleted_at is null) <> (old.deleted_at is null) and new.type in ('group', 'servicePrincipal', 'agentIdentityBlueprintPrincipal'))
  execute function look_at_deliveries_again();
