-- Answers to requests that came with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the same request again is
-- answered the same, and nothing is done twice. A row is written by the transaction that makes what it speaks of: one that is seen
-- by others has its answer.
create table idempotent_answers (
  principal_id uuid not null,
  client_app_id text not null,
  key text not null,
  -- SHA-256 of what was asked: version, path, query and body.
  fingerprint bytea not null,
  status integer,
  headers json,
  -- As sent, byte for byte.
  body text,
  created_at timestamptz not null,
  primary key (principal_id, client_app_id, key)
);
create index idempotent_answers_by_time on idempotent_answers (created_at);
