/** Guests whom entitlement management looks after, and the settings for them. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';
import type { ExternalUserSettings, SubjectLifecycle } from '../model.ts';
import type { ExternalUser } from '../rules/external-users.ts';

const shown = sql`external_user_lifecycle_action as "externalUserLifecycleAction", duration_until_external_user_deleted_after_blocked as "durationUntilExternalUserDeletedAfterBlocked"`;

/** The settings of the tenant. `hold`: until the end of the transaction nobody else changes them. */
export async function loadSettings(tx: Tx, { hold }: { readonly hold: boolean }): Promise<ExternalUserSettings> {
  return await one(tx, sql<ExternalUserSettings>`select ${shown} from entitlement_settings ${hold ? sql`for update` : sql``}`);
}

/** Writes the settings. Guests who are blocked wait as the new ones say: until some time after they were blocked, or for nothing. */
export async function updateSettings(tx: Tx, settings: ExternalUserSettings): Promise<void> {
  const { externalUserLifecycleAction: action, durationUntilExternalUserDeletedAfterBlocked: duration } = settings;
  await sql`
    with written as (
      update entitlement_settings set external_user_lifecycle_action = ${action}, duration_until_external_user_deleted_after_blocked = ${duration} returning id)
    update subject_lifecycles l set due_at = case when ${action} = 'blockSignInAndDelete' then l.blocked_at + ${duration}::interval end
      from written where l.blocked_at is not null and l.lifecycle = 'governed'`.execute(tx);
}

/** Writes how a subject's account is looked after; whoever is not governed waits for nothing. Answers what it was. */
export async function writeLifecycle(tx: Tx, subjectId: string, lifecycle: SubjectLifecycle): Promise<SubjectLifecycle | undefined> {
  const before = await maybe(tx, sql<{ lifecycle: SubjectLifecycle }>`select lifecycle from subject_lifecycles where subject_id = ${subjectId} for update`);
  await sql`insert into subject_lifecycles (subject_id, lifecycle) values (${subjectId}, ${lifecycle})
    on conflict (subject_id) do update set lifecycle = excluded.lifecycle, due_at = case when excluded.lifecycle = 'governed' then subject_lifecycles.due_at end`.execute(tx);
  return before?.lifecycle;
}

/** Marks those of some identities who are governed and hold no assignment any more: something is to be done about them now. Answers whether there are any. */
export async function noteLeaving(tx: Tx, subjectIds: readonly string[], now: Date): Promise<boolean> {
  const rows = await all(tx, sql`
    update subject_lifecycles l set due_at = ${now} where l.subject_id = any(${subjectIds}::uuid[]) and l.lifecycle = 'governed' and l.due_at is null and l.blocked_at is null
       and not exists (select 1 from assignments a where a.target_id = l.subject_id and a.state not in ('expired', 'deliveryFailed')) returning 1`);
  return rows.length > 0;
}

/** Subjects about whom something is due, earliest first; each locked by nobody else. */
export async function listSubjectsDue(tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select subject_id as id from subject_lifecycles where due_at is not null and due_at <= ${query.now} and subject_id <> all(${query.except}::uuid[])
     order by due_at limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** A guest as the sweep judges it; the account is held, so that nothing is given to it meanwhile. Undefined: nothing is due. */
export async function lockExternalUser(tx: Tx, id: string, now: Date): Promise<ExternalUser | undefined> {
  const held = await maybe(tx, sql<Omit<ExternalUser, 'hasAccess'>>`
    select l.lifecycle, coalesce(o.data ->> 'userType' = 'Guest', false) as "isGuest", o.deleted_at is not null as "isDeleted", o.account_enabled as "isEnabled", l.blocked_at as "blockedAt"
      from directory_objects o join subject_lifecycles l on l.subject_id = o.id
     where o.id = ${id} and l.due_at <= ${now} for update of o`);
  if (held === undefined) return undefined;
  // A statement of its own: it sees what was given until the account was held.
  const { hasAccess } = await one(tx, sql<{ hasAccess: boolean }>`
    select exists (select 1 from assignments a where a.target_id = ${id} and a.state not in ('expired', 'deliveryFailed') and a.ends_at > ${now}) as "hasAccess"`);
  return { ...held, hasAccess };
}

/** Says when something is due about a subject next; null: nothing. */
export async function setDue(tx: Tx, id: string, dueAt: Date | null): Promise<void> {
  await sql`update subject_lifecycles set due_at = ${dueAt} where subject_id = ${id}`.execute(tx);
}

/** Notes that a subject is shut out from now on. `isOurs`: by this server, and not by somebody before. */
export async function setBlocked(tx: Tx, id: string, block: { readonly at: Date; readonly isOurs: boolean; readonly dueAt: Date | null }): Promise<void> {
  await sql`update subject_lifecycles set blocked_at = ${block.at}, blocked_here = ${block.isOurs}, due_at = ${block.dueAt} where subject_id = ${id}`.execute(tx);
}

/** A subject that this server has shut out is shut out by somebody from now on: access does not let it in again. When it is deleted stays as it was. */
export async function markShutOut(tx: Tx, id: string): Promise<void> {
  await sql`update subject_lifecycles set blocked_here = false where subject_id = ${id} and blocked_here`.execute(tx);
}

/** Whoever has access again waits for nothing. Answers whether this server had shut it out; undefined: it waited for nothing. */
export async function forgetLeaving(tx: Tx, id: string): Promise<{ readonly wasBlockedHere: boolean } | undefined> {
  return await maybe(tx, sql<{ wasBlockedHere: boolean }>`
    with held as (select subject_id, blocked_here from subject_lifecycles where subject_id = ${id} and (due_at is not null or blocked_at is not null) for update)
    update subject_lifecycles l set due_at = null, blocked_at = null, blocked_here = false from held where l.subject_id = held.subject_id
    returning held.blocked_here as "wasBlockedHere"`);
}
