-- Automatic assignment: whoever matches a policy's membership rule is in its scope and, where the policy says so, is given its
-- package and loses it when they no longer match (contract §1.5).

-- The rule of a policy that has an attributeRuleMembers target. `next_run_at`: when what follows from its members is looked at;
-- `full_run_at`: when everybody is looked at again, whether or not a change was noted.
create table attribute_rules (
  policy_id uuid primary key references assignment_policies (id) on delete cascade,
  -- Null: the policy has no rule any more, and what followed from it is about to be put away.
  membership_rule text,
  requests boolean not null,
  removes boolean not null,
  -- ISO 8601; null: what no longer matches is taken at once.
  grace_period text,
  -- A run that takes more than this share of the assignments, and at least this many, is held.
  removal_brake_percent integer not null default 20 check (removal_brake_percent between 0 and 100),
  removal_brake_minimum integer not null default 5 check (removal_brake_minimum >= 1),
  last_run_at timestamptz,
  next_run_at timestamptz not null,
  full_run_at timestamptz not null
);
create index attribute_rules_due on attribute_rules (next_run_at);

-- Who matches, since when. `due_at`: is to be given the package; `reasons`: why that was refused, when.
create table rule_members (
  id uuid primary key default gen_random_uuid(),
  policy_id uuid not null references attribute_rules (policy_id) on delete cascade,
  member_id uuid not null references directory_objects (id) on delete cascade,
  since timestamptz not null,
  due_at timestamptz,
  reasons jsonb,
  refused_at timestamptz,
  unique (policy_id, member_id),
  check ((reasons is null) = (refused_at is null))
);
create index rule_members_by_member on rule_members (member_id);
create index rule_members_due on rule_members (due_at) where due_at is not null;
create index rule_members_refused on rule_members (policy_id, id) where reasons is not null;

-- Runs that were held because they would have taken too much.
create table automatic_assignment_runs (
  id uuid primary key,
  policy_id uuid not null references assignment_policies (id) on delete cascade,
  access_package_id uuid not null references access_packages (id) on delete cascade,
  state text not null check (state in ('held', 'confirmed', 'discarded', 'lapsed')),
  -- Assignments that the policy had made and that lived when the run was held.
  assignment_count integer not null,
  -- Those of them that it would take.
  removal_count integer not null default 0,
  created_at timestamptz not null,
  decided_at timestamptz,
  decided_by uuid references directory_objects (id) on delete set null,
  check ((state = 'held') = (decided_at is null))
);
create unique index automatic_assignment_runs_one_held on automatic_assignment_runs (policy_id) where state = 'held';
create index automatic_assignment_runs_by_package on automatic_assignment_runs (access_package_id, id);

-- Assignments that nobody asked for. `leaving_at`: since when the target no longer matches, once that is not held; `ends_at`: when
-- the assignment is taken; `is_kept`: an administrator let it be; `run_id`: the held run that an administrator confirmed.
create table automatic_assignments (
  assignment_id uuid primary key references assignments (id) on delete cascade,
  policy_id uuid not null references assignment_policies (id) on delete cascade,
  target_id uuid not null,
  leaving_at timestamptz,
  ends_at timestamptz,
  is_kept boolean not null default false,
  run_id uuid references automatic_assignment_runs (id) on delete set null,
  check (ends_at is null or leaving_at is not null),
  check (not is_kept or leaving_at is null)
);
create index automatic_assignments_by_policy on automatic_assignments (policy_id, target_id);
create index automatic_assignments_ending on automatic_assignments (ends_at) where ends_at is not null;

-- Between leaving and losing an assignment says so (contract §1.7).
create function show_grace() returns trigger language plpgsql as $$
begin
  update assignments a set status = case when new.ends_at is not null then 'AutoAssignmentInGracePeriod' else upper(left(a.state, 1)) || substr(a.state, 2) end
   where a.id = new.assignment_id and a.state not in ('expired', 'deliveryFailed') and (new.ends_at is not null) <> (a.status = 'AutoAssignmentInGracePeriod');
  return null;
end $$;
create trigger grace_shown after update of ends_at on automatic_assignments for each row
  when ((new.ends_at is null) <> (old.ends_at is null)) execute function show_grace();

-- What a held run would take. The record stays when it is decided.
create table automatic_run_removals (
  run_id uuid not null references automatic_assignment_runs (id) on delete cascade,
  assignment_id uuid not null references automatic_assignments (assignment_id) on delete cascade,
  primary key (run_id, assignment_id)
);
create index automatic_run_removals_by_assignment on automatic_run_removals (assignment_id);

-- With whom it is and what, as administrators read it.
create view automatic_run_losses as
  select derived_id(m.run_id::text, m.assignment_id::text) as id, m.run_id, m.assignment_id, a.target_id, a.access_package_id, a.policy_id, o.display_name as target_name, o.type as target_kind
    from automatic_run_removals m join assignments a on a.id = m.assignment_id join directory_objects o on o.id = a.target_id;

-- What the server gives by itself. The record of the request may go; that nobody had asked stays known.
create function note_automatic_assignment() returns trigger language plpgsql as $$
begin
  insert into automatic_assignments (assignment_id, policy_id, target_id) values (new.assignment_id, new.policy_id, new.target_id) on conflict do nothing;
  return null;
end $$;
create trigger automatic_assignment_made after insert on assignment_requests for each row
  when (new.request_type = 'systemAdd' and new.assignment_id is not null) execute function note_automatic_assignment();
create trigger automatic_assignment_moved after update of assignment_id on assignment_requests for each row
  when (new.request_type = 'systemAdd' and new.assignment_id is not null) execute function note_automatic_assignment();

-- Identities whose attributes may have changed, while there are rules. Only added to and deleted from: writers of the directory
-- never wait for each other here, and while no policy has a rule nothing is written at all.
create table attribute_changes (
  object_id uuid not null,
  at timestamptz not null default now()
);
create index attribute_changes_by_time on attribute_changes (at);
create index attribute_changes_by_object on attribute_changes (object_id);

create function note_attribute_changes(ids uuid[]) returns void language plpgsql as $$
begin
  insert into attribute_changes (object_id) select unnest(ids);
  perform pg_notify('gatehouse_due', '');
end $$;

-- A workload's owners and sponsors stand for it with their department.
create function note_attribute_change() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from attribute_rules) then return null; end if;
  if tg_op = 'UPDATE' and (new.data ->> 'department' is distinct from old.data ->> 'department' or (new.deleted_at is null) <> (old.deleted_at is null)) then
    perform note_attribute_changes(array(select new.id union select l.source_id from directory_links l where l.target_id = new.id and l.kind in ('owner', 'sponsor')));
  else
    perform note_attribute_changes(array[new.id]);
  end if;
  return null;
end $$;
create trigger note_new_attributes after insert on directory_objects for each row
  when (new.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity')) execute function note_attribute_change();
create trigger note_changed_attributes after update on directory_objects for each row
  when (new.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity') and new.* is distinct from old.*) execute function note_attribute_change();

create function note_link_change() returns trigger language plpgsql as $$
begin
  if exists (select 1 from attribute_rules) then perform note_attribute_changes(array[(coalesce(new, old)).source_id]); end if;
  return null;
end $$;
create trigger note_attributes_of_link after insert or update or delete on directory_links for each row execute function note_link_change();

-- An assignment that ends may be what kept another from being given.
create function note_ended_assignment() returns trigger language plpgsql as $$
begin
  if exists (select 1 from attribute_rules) then perform note_attribute_changes(array[new.target_id]); end if;
  return null;
end $$;
create trigger note_ended_assignment after update of state on assignments for each row
  when (new.state = 'expired' and old.state <> 'expired') execute function note_ended_assignment();

-- As before (0022), with the policies whose membership rule the target matches.
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
    union
    select m.policy_id from who join rule_members m on m.member_id = who.id
  $$;
