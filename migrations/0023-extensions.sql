-- Custom extensions: programs that are called when something happens to requests and assignments, and may be waited for.

create table custom_extensions (
  id uuid primary key,
  catalog_id uuid not null references catalogs (id) on delete cascade,
  type text not null check (type in ('accessPackageAssignmentRequestWorkflowExtension', 'accessPackageAssignmentWorkflowExtension', 'customAccessPackageWorkflowExtension')),
  display_name text not null,
  description text,
  endpoint_configuration jsonb not null,
  authentication_configuration jsonb,
  client_configuration jsonb,
  -- Set: the request waits until it is resumed, at most this long.
  callback_configuration jsonb,
  created_at timestamptz not null,
  modified_at timestamptz not null,
  created_by text,
  modified_by text,
  -- Nothing waits for what is called about the end of an assignment.
  check (callback_configuration is null or type <> 'accessPackageAssignmentWorkflowExtension')
);
create index custom_extensions_by_catalog on custom_extensions (catalog_id, id);

-- Which extension a policy calls at which stage. What a policy names cannot be deleted.
create table policy_extensions (
  id uuid not null,
  policy_id uuid not null references assignment_policies (id) on delete cascade,
  stage text not null check (stage in ('assignmentRequestCreated', 'assignmentRequestApproved', 'assignmentRequestGranted', 'assignmentRequestRemoved',
    'assignmentFourteenDaysBeforeExpiration', 'assignmentOneDayBeforeExpiration')),
  extension_id uuid not null references custom_extensions (id),
  position integer not null,
  primary key (policy_id, stage)
);
create index policy_extensions_by_extension on policy_extensions (extension_id);
-- It was empty in every policy: extensions were refused.
alter table assignment_policies drop column custom_extension_stage_settings;

-- One call that a step of a request or an assignment causes, with what came of it. The record goes with what it is about.
create table callouts (
  id uuid primary key,
  extension_id uuid not null,
  stage text not null,
  request_id uuid references assignment_requests (id) on delete cascade,
  assignment_id uuid references assignments (id) on delete cascade,
  state text not null check (state in ('pending', 'calloutSent', 'waitingForCallback', 'calloutFailed', 'callbackReceived', 'callbackTimedOut')),
  waits boolean not null default false,
  attempts integer not null default 0,
  detail text,
  external_correlation_id text,
  last_error text,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  check (num_nonnulls(request_id, assignment_id) > 0),
  check (waits or state not in ('waitingForCallback', 'callbackReceived', 'callbackTimedOut'))
);
create index callouts_by_request on callouts (request_id, id) where request_id is not null;
create index callouts_by_assignment on callouts (assignment_id, id) where assignment_id is not null;

-- Calls that are still to be made. What is said was written with the step, and outlives a package that is deleted meanwhile.
create table callout_queue (
  id uuid primary key,
  extension_id uuid not null,
  payload jsonb not null,
  attempt integer not null default 0,
  due_at timestamptz not null
);
create index callout_queue_due on callout_queue (due_at);

-- A request that waits for an extension: for which call, and until when.
alter table assignment_requests add column waits_for uuid references callouts (id), add column waits_until timestamptz,
  add check ((waits_for is null) = (waits_until is null)), add check (waits_for is null or state in ('submitted', 'pendingApproval'));
create index assignment_requests_waiting on assignment_requests (waits_until) where waits_for is not null;
create index assignment_requests_by_callout on assignment_requests (waits_for) where waits_for is not null;

-- When the next stage before its end is reached: fourteen days, then one. A stage that lies before the beginning is none.
alter table assignments add column notice_at timestamptz;
create function next_notice(starts timestamptz, ends timestamptz, after timestamptz) returns timestamptz
  language sql immutable parallel safe
  as $$
    select min(due) from (values (ends - interval '336 hours'), (ends - interval '24 hours')) as stages (due)
     where ends < 'infinity' and due > starts and (after is null or due > after)
  $$;
create function set_notice() returns trigger language plpgsql as $$
begin
  new.notice_at := case when new.state not in ('expired', 'deliveryFailed') then next_notice(new.starts_at, new.ends_at, null) end;
  return new;
end $$;
create trigger assignments_notice before insert or update of ends_at on assignments for each row execute function set_notice();
update assignments set notice_at = next_notice(starts_at, ends_at, now()) where state not in ('expired', 'deliveryFailed') and ends_at < 'infinity';
create index assignments_notice on assignments (notice_at) where state not in ('expired', 'deliveryFailed') and notice_at is not null;

-- Somebody as extensions are told of them.
create function told_subject(who uuid) returns jsonb
  language sql stable
  as $$
    select jsonb_build_object('Id', o.id, 'ObjectId', o.id, 'DisplayName', o.display_name, 'PrincipalName', coalesce(o.user_principal_name, o.app_id::text), 'Email', o.data ->> 'mail',
             'Type', case when o.type in ('user', 'agentUser') then 'User' else 'ServicePrincipal' end)
      from directory_objects o where o.id = who
  $$;

-- Puts calls that were just written into the queue, each with what the extension is told.
create function queue_callouts(ids uuid[], at timestamptz) returns void
  language sql volatile
  as $$
    insert into callout_queue (id, extension_id, payload, due_at)
    select c.id, c.extension_id, jsonb_build_object(
             'CustomExtensionStageInstanceId', c.id, 'Stage', upper(left(c.stage, 1)) || substr(c.stage, 2), 'AccessPackageAssignmentRequestId', r.id,
             'RequestType', upper(left(r.request_type, 1)) || substr(r.request_type, 2), 'State', upper(left(r.state, 1)) || substr(r.state, 2), 'Status', r.status, 'Justification', r.justification,
             'CallbackUriPath', case when c.waits then '/identityGovernance/entitlementManagement/assignmentRequests/' || r.id || '/resume' end,
             'CallbackTimeout', case when c.waits then to_jsonb(r.waits_until) end,
             'Answers', coalesce(r.answers, '[]'), 'Requestor', told_subject(r.requestor_id), 'Subject', told_subject(coalesce(a.target_id, r.target_id)),
             'AccessPackage', jsonb_build_object('Id', k.id, 'DisplayName', k.display_name, 'Description', k.description),
             'AccessPackageCatalog', jsonb_build_object('Id', g.id, 'DisplayName', g.display_name, 'Description', g.description),
             'Policy', jsonb_build_object('Id', p.id, 'DisplayName', p.display_name),
             'Assignment', case when a.id is not null then jsonb_build_object('Id', a.id, 'State', upper(left(a.state, 1)) || substr(a.state, 2), 'Status', a.status, 'StartDateTime', a.starts_at,
               'EndDateTime', case when a.ends_at < 'infinity' then a.ends_at end, 'Target', told_subject(a.target_id)) end), at
      from callouts c
      left join assignment_requests r on r.id = c.request_id
      left join assignments a on a.id = c.assignment_id
      join access_packages k on k.id = coalesce(a.access_package_id, r.access_package_id)
      join catalogs g on g.id = k.catalog_id
      join assignment_policies p on p.id = coalesce(a.policy_id, r.policy_id)
     where c.id = any(ids) and c.state = 'pending'
  $$;
