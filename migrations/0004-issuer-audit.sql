-- Keys, sign-in state and the audit trail.

create table signing_keys (
  kid text primary key,
  alg text not null,
  private_jwk jsonb not null,
  public_jwk jsonb not null,
  created_at timestamptz not null default now(),
  signs_from timestamptz not null,
  retires_at timestamptz not null default 'infinity'
);

create table oidc_payloads (
  model text not null,
  id text not null,
  payload jsonb not null,
  grant_id text,
  user_code text,
  uid text,
  consumed_at timestamptz,
  expires_at timestamptz,
  primary key (model, id)
);
create index oidc_payloads_by_grant on oidc_payloads (grant_id) where grant_id is not null;
create index oidc_payloads_by_uid on oidc_payloads (uid) where uid is not null;
create index oidc_payloads_by_user_code on oidc_payloads (user_code) where user_code is not null;
create index oidc_payloads_expired on oidc_payloads (expires_at) where expires_at is not null;

create table secrets (
  name text primary key,
  value text not null,
  created_at timestamptz not null default now()
);

create table audit_events (
  id uuid primary key,
  at timestamptz not null,
  activity text not null,
  category text not null,
  operation text not null,
  service text not null,
  initiator_id uuid,
  initiator jsonb not null,
  targets jsonb not null,
  target_ids uuid[] not null,
  why text,
  request_id uuid,
  additional jsonb not null default '[]'
);
create index audit_events_by_time on audit_events (at, id);
create index audit_events_by_initiator on audit_events (initiator_id, at);
create index audit_events_by_target on audit_events using gin (target_ids);

-- The trail only grows. The server's role has no right to change it, and a trigger says no to everybody else.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit events are never changed or deleted' using errcode = '42501';
end $$;
create trigger audit_is_final before update or delete or truncate on audit_events
  for each statement execute function refuse_audit_change();
do $$ begin
  if exists (select 1 from pg_roles where rolname = 'gatehouse_server') then
    revoke update, delete, truncate on audit_events from gatehouse_server;
  end if;
end $$;
