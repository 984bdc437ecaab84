/** A database that breaks where it is told: at the nth row that a transaction writes, by an error or by the loss of the connection. */
import { sql } from 'kysely';
import type { Database } from '../../src/platform/db/database.ts';
import { all, one } from '../../src/platform/db/transaction.ts';

/** Tables whose rows tell of requests, what follows from them, and what is said of them. */
export const told = ['assignment_requests', 'approval_stages', 'stage_approvers', 'assignments', 'grants', 'grant_sources', 'transitions', 'audit_events', 'role_schedules', 'directory_links', 'directory_objects'] as const;

/** How it breaks: `error` fails the statement, `crash` ends the connection in the middle of it. */
export type Fault = 'error' | 'crash';

/** Puts a trap before every write of those tables. It is not armed. */
export async function setTraps({ owner }: Database): Promise<void> {
  await sql.raw(`
    create sequence writes;
    create table trap (at bigint, fault text);
    grant select on trap to public;
    grant usage, select, update on sequence writes to public;
    create function spring() returns trigger language plpgsql security definer as $$
    declare armed record;
    begin
      select * into armed from trap;
      if found and nextval('writes') = armed.at then
        if armed.fault = 'crash' then perform pg_terminate_backend(pg_backend_pid()); end if;
        raise exception 'the trap at write %', armed.at;
      end if;
      return case when tg_op = 'DELETE' then old else new end;
    end $$;
    ${told.map((table) => `create trigger a_trap before insert or update or delete on ${table} for each row execute function spring();`).join('\n')}`).execute(owner);
}

/** Lets the nth write from now break; undefined: none. */
export async function arm({ owner }: Database, trap: { readonly at: number; readonly fault: Fault } | undefined): Promise<void> {
  await sql`delete from trap`.execute(owner);
  await sql`alter sequence writes restart`.execute(owner);
  if (trap !== undefined) await sql`insert into trap values (${trap.at}, ${trap.fault})`.execute(owner);
}

/** Everything that those tables say, as one value to compare. */
export async function snapshot({ owner }: Database): Promise<readonly unknown[]> {
  const rows = await Promise.all(told.map(async (table) => await one(owner, sql<{ digest: string }>`select ${table}::text || count(*) || coalesce(md5(string_agg(t::text, ',' order by t::text)), '') as digest from ${sql.table(table)} t`)));
  return rows.map(({ digest }) => digest);
}

/** History and trail that stand in no proportion: states without a step that leads to them, requests without an event. */
export async function untold({ owner }: Database): Promise<readonly unknown[]> {
  return await all(owner, sql`
    select 'step' as missing, r.id, r.state from assignment_requests r
     where r.state is distinct from (select t.to_state from transitions t where t.noun = 'accessPackageAssignmentRequest' and t.subject_id = r.id order by t.id desc limit 1)
    union all
    select 'step', a.id, a.state from assignments a
     where a.state is distinct from (select t.to_state from transitions t where t.noun = 'accessPackageAssignment' and t.subject_id = a.id order by t.id desc limit 1)
    union all
    select 'event', r.id, r.state from assignment_requests r
     where not exists (select 1 from audit_events e where r.id = any(e.target_ids) and (r.state not in ('denied', 'canceled') or e.operation in ('Deny', 'Expire', 'Update')))
    union all
    select 'event', a.id, a.state from assignments a
     where not exists (select 1 from audit_events e where a.id = any(e.target_ids) and (a.state <> 'expired' or e.operation in ('Expire', 'Unassign')))`);
}
