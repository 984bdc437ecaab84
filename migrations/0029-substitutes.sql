-- Who decides in whose place, and who never decides: substitutes of approvers, the people behind a request that an agent or an
-- application made, and stages whose approvers are named by a program.

-- Whom an approver has named to decide in its place, and for when (contract §1.8). In force by the clock: nothing is copied.
create table approver_delegates (
  principal_id uuid primary key references directory_objects (id) on delete cascade,
  delegate_kind text not null check (delegate_kind in ('singleUser', 'groupMembers')),
  delegate_id uuid not null references directory_objects (id) on delete cascade,
  -- As it was sent, for answering.
  schedule jsonb not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  modified_at timestamptz not null,
  check (delegate_id <> principal_id)
);
create index approver_delegates_by_delegate on approver_delegates (delegate_id);

-- Every person with what it has named, or nothing: what is read and written under users/{id}/identityGovernance.
create view approver_delegations as
  select o.id, case when d.principal_id is not null then jsonb_build_object('@odata.type', '#microsoft.graph.' || d.delegate_kind, 'id', d.delegate_id,
           'description', (select n.display_name from directory_objects n where n.id = d.delegate_id)) end as delegate, d.schedule
    from directory_objects o left join approver_delegates d on d.principal_id = o.id
   where o.type = 'user' and o.deleted_at is null;

-- Whether somebody may stand in for an approver: a living person, enabled; of guests only those who answer for something here.
create function may_substitute(who uuid) returns boolean
  language sql stable parallel safe
  as $$
    select exists (
      select 1 from directory_objects o
       where o.id = who and o.type = 'user' and o.deleted_at is null and o.account_enabled
         and (coalesce(o.data ->> 'userType', 'Member') <> 'Guest'
           or exists (select 1 from organization_sponsors s where s.sponsor_id = o.id)
           or exists (select 1 from role_assignments r where r.principal_id = o.id and r.provider = 'entitlementManagement')))
  $$;

-- Who stands in for whom now. One step: a substitute's substitute is nobody's. Both arms begin at an index from either side.
create view approver_substitutes as
  select named.principal_id, named.substitute_id
    from (
      select d.principal_id, d.delegate_id as substitute_id from approver_delegates d
       where d.delegate_kind = 'singleUser' and d.starts_at <= now() and d.ends_at > now()
      union all
      select d.principal_id, g.principal_id from approver_delegates d
        join grants g on g.resource_id = d.delegate_id and g.kind = 'member' and g.ends_at > now() and g.principal_id <> d.principal_id
        join directory_objects o on o.id = d.delegate_id and o.deleted_at is null
       where d.delegate_kind = 'groupMembers' and d.starts_at <= now() and d.ends_at > now()) named
    join directory_objects a on a.id = named.principal_id and a.type = 'user' and a.deleted_at is null and a.account_enabled
   where may_substitute(named.substitute_id);

-- The people who could have made an agent, an agent user or an application ask for somebody else (docs/decisions/0007): its
-- sponsors and owners, those of its agent identity, blueprint and application, and the members of groups among them. Nobody when
-- a person asks, or when it asks for itself: an agent and its agent user are one.
create function people_behind(requestor uuid, target uuid) returns setof uuid
  language sql stable rows 4
  as $$
    with asking as materialized (
      select o.id, o.identity_parent_id, p.app_id, p.blueprint_app_id
        from directory_objects o join directory_objects p on p.id = coalesce(o.identity_parent_id, o.id)
       where o.id = requestor and o.type <> 'user' and requestor <> target
         and not exists (select 1 from directory_objects t where t.id = target
           and (t.identity_parent_id = o.id or o.identity_parent_id = t.id))),
    puppet (id) as (
      select id from asking
      union select identity_parent_id from asking where identity_parent_id is not null
      union select a.id from asking join directory_objects a on a.app_id = any(array[asking.app_id, asking.blueprint_app_id]) and a.type in ('application', 'agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal')),
    named (id) as (select l.target_id from puppet join directory_links l on l.source_id = puppet.id and l.kind in ('owner', 'sponsor'))
    select id from named
    union
    select g.principal_id from named join directory_objects o on o.id = named.id and o.type = 'group'
      join grants g on g.resource_id = named.id and g.kind in ('member', 'owner') and g.ends_at > now()
  $$;

-- Whether somebody has no part in a request: did not ask, does not receive, and did not have it asked for.
create function may_decide(who uuid, requestor uuid, target uuid) returns boolean
  language sql stable
  as $$
    select who is distinct from requestor and who <> target
       and (requestor is null or requestor = target or not exists (select 1 from people_behind(requestor, target) as b (id) where b.id = who))
  $$;

-- As before (0013), without those who could have made somebody else ask.
create or replace function deciders_of(wanted jsonb, requestor uuid, target uuid) returns uuid[]
  language sql stable
  as $$
    select coalesce(array_agg(distinct o.id), '{}')
      from jsonb_array_elements(coalesce(wanted, '[]')) as w (one)
     cross join lateral people_of(w.one, requestor, target) as p (id)
      join directory_objects o on o.id = p.id and o.type = 'user' and o.deleted_at is null and o.account_enabled
     -- The same as may_decide, with the people behind the request asked for once and not for each approver.
     where o.id is distinct from requestor and o.id <> target
       and o.id <> all (case when requestor is null or requestor = target then '{}' else array(select b from people_behind(requestor, target) as b) end)
  $$;

-- Who may decide a stage: those who were asked, and, while it is open, those who stand in for them now. `on_behalf_of`: for whom;
-- null: for itself.
create view stage_deciders as
  select x.stage_id, x.principal_id, x.role, null::uuid as on_behalf_of from stage_approvers x
  union all
  select x.stage_id, s.substitute_id, x.role, x.principal_id
    from stage_approvers x
    join approver_substitutes s on s.principal_id = x.principal_id
    join approval_stages st on st.id = x.stage_id and st.status = 'InProgress'
    join assignment_requests r on r.id = st.request_id
   where may_decide(s.substitute_id, r.requestor_id, r.target_id)
     and may_decide(x.principal_id, r.requestor_id, r.target_id);

-- A stage whose approvers are named by a program: which one a policy asks.
alter table policy_extensions drop constraint policy_extensions_stage_check,
  add constraint policy_extensions_stage_check check (stage in ('assignmentRequestCreated', 'assignmentRequestApproved', 'assignmentRequestGranted', 'assignmentRequestRemoved',
    'assignmentFourteenDaysBeforeExpiration', 'assignmentOneDayBeforeExpiration', 'assignmentRequestDeterminingApprovalRequirements'));

-- In whose place a stage was decided, when it was decided by a substitute.
alter table approval_stages add column decided_for uuid references directory_objects (id);
