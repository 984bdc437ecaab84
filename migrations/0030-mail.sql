-- Mail about requests, approvals and assignments: the steps that somebody may be told of, and what is told to whom.
--
-- Off until configured, and then it costs nothing: triggers act only on connections of a server that sends mail, which say so
-- by `gatehouse.mail` (src/platform/db/database.ts, `settings`). What they note is written in the transaction of the step.

-- A step that somebody may have to be told of. It goes as soon as it is known who is told what: mails hold that then.
create table mail_steps (
  id bigint generated always as identity primary key,
  noun text not null,
  subject_id uuid not null,
  event text not null,
  to_state text,
  actor_id uuid,
  -- The step in the history; null for what the history does not hold.
  transition_id bigint,
  -- Who was asked to decide, and in which role.
  person_id uuid,
  role text,
  -- With what else it happened: somebody is asked with the opening of a stage, or later.
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null,
  -- Set: it failed, and is left alone so long.
  rests_until timestamptz
);
create index mail_steps_resting on mail_steps (rests_until) where rests_until is not null;

-- One mail for one person. `key` names what it tells: the same is never told twice to the same person.
create table mails (
  id uuid primary key,
  key text not null,
  recipient_id uuid not null,
  kind text not null,
  -- All mails of a request are one conversation.
  thread_id uuid not null,
  -- What is to be read or decided.
  stage_id uuid,
  assignment_id uuid,
  -- What is told; empty as soon as it is told or never will be.
  said jsonb not null,
  state text not null check (state in ('queued', 'sent', 'failed', 'withheld')),
  attempts integer not null default 0,
  due_at timestamptz,
  last_error text,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  unique (key, recipient_id),
  check ((state = 'queued') = (due_at is not null))
);
create index mails_due on mails (due_at) where state = 'queued';
create index mails_settled on mails (changed_at) where state <> 'queued';
-- Whether somebody who is told that a decision is no longer needed was ever asked for it.
create index mails_of_stage on mails (stage_id, recipient_id) where stage_id is not null;

-- Where mail reaches a person: living, enabled, no guest who has not taken up the invitation. A name to sign in with is no address.
create function mail_address_of(who uuid) returns text
  language sql stable strict
  as $$
    select coalesce(nullif(trim(o.data ->> 'mail'), ''),
             (select trim(m) from jsonb_array_elements_text(case when jsonb_typeof(o.data -> 'otherMails') = 'array' then o.data -> 'otherMails' else '[]' end) with ordinality as x (m, nth)
               where trim(m) <> '' order by nth limit 1))
      from directory_objects o
     where o.id = who and o.type = 'user' and o.deleted_at is null and o.account_enabled and o.data ->> 'externalUserState' is distinct from 'PendingAcceptance'
  $$;

create function note_mail_step() returns trigger language plpgsql as $$
begin
  insert into mail_steps (noun, subject_id, event, to_state, actor_id, transition_id, at)
  values (new.noun, new.subject_id, new.event, new.to_state, new.actor_id, new.id, new.at);
  return null;
end $$;
create trigger mail_step after insert on transitions for each row
  when (current_setting('gatehouse.mail', true) = 'on' and new.from_state is not null and new.to_state <> 'delivering' and new.event not in ('open', 'changeEnd')
    and new.noun in ('accessPackageAssignmentRequest', 'approvalStage', 'accessPackageAssignment'))
  execute function note_mail_step();

-- Somebody is asked to decide.
create function note_mail_ask() returns trigger language plpgsql as $$
begin
  insert into mail_steps (noun, subject_id, event, person_id, role, at) values ('approvalStage', new.stage_id, 'asked', new.principal_id, new.role, now());
  return null;
end $$;
create trigger mail_ask after insert on stage_approvers for each row when (current_setting('gatehouse.mail', true) = 'on') execute function note_mail_ask();

-- An assignment has come within fourteen days, or one, of its end (notice_at, 0023: set by hand only when that is noticed).
create function note_mail_notice() returns trigger language plpgsql as $$
begin
  insert into mail_steps (noun, subject_id, event, at) values ('accessPackageAssignment', new.id, 'endNears', now());
  return null;
end $$;
create trigger mail_notice after update of notice_at on assignments for each row
  when (current_setting('gatehouse.mail', true) = 'on' and old.notice_at is not null and new.notice_at is distinct from old.notice_at)
  execute function note_mail_notice();
