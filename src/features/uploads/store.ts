/** Upload sessions and their files in the database. */
import { sql } from 'kysely';
import type { Executor } from '../../platform/db/database.ts';
import { all, maybe, one } from '../../platform/db/transaction.ts';
import type { SessionContext, UploadSession } from './model.ts';

/** A resource that may take uploads. */
export interface UploadTarget {
  readonly id: string;
  readonly catalogId: string;
  readonly displayName: string;
  readonly originSystem: string;
}

/** The resource that sessions hang on. */
export async function findTarget(executor: Executor, resourceId: string): Promise<UploadTarget | undefined> {
  return await maybe(executor, sql<UploadTarget>`
    select id, catalog_id as "catalogId", display_name as "displayName", origin_system as "originSystem" from catalog_resources where id = ${resourceId}`);
}

/** How many sessions of a resource nobody has completed. The resource is locked: they are counted one after the other. */
export async function countOpenSessions(executor: Executor, resourceId: string): Promise<number> {
  await sql`select 1 from catalog_resources where id = ${resourceId} for update`.execute(executor);
  const { count } = await one(executor, sql<{ count: number }>`select count(*)::integer as count from upload_sessions where resource_id = ${resourceId} and not is_upload_done`);
  return count;
}

/** Writes a new session; false when the resource has one for this review instance. */
export async function insertSession(executor: Executor, row: SessionContext & { readonly id: string; readonly resourceId: string; readonly createdBy: string; readonly now: Date; readonly expiresAt: Date }): Promise<boolean> {
  const rows = await all(executor, sql`
    insert into upload_sessions (id, resource_id, type, reference_id, data, created_at, created_by, expires_at)
    values (${row.id}, ${row.resourceId}, 'customDataProvidedResourceAccessReviewUploadSession', ${row.referenceId}, ${JSON.stringify(row.data)}, ${row.now}, ${row.createdBy}, ${row.expiresAt})
    on conflict (resource_id, reference_id) do nothing returning id`);
  return rows.length > 0;
}

/** The session, locked: its files are counted one after the other. */
export async function lockSession(executor: Executor, id: string): Promise<UploadSession | undefined> {
  return await maybe(executor, sql<UploadSession>`
    select s.id, s.resource_id as "resourceId", r.display_name as "resourceName", r.catalog_id as "catalogId", s.reference_id as "referenceId", s.is_upload_done as "isUploadDone",
           s.expires_at as "expiresAt", s.files_uploaded as "filesUploaded", s.total_bytes_uploaded::float8 as "totalBytesUploaded"
      from upload_sessions s join catalog_resources r on r.id = s.resource_id where s.id = ${id} for update of s`);
}

/** Keeps a file and counts it; false when the session has one of that name. */
export async function insertFile(executor: Executor, row: { readonly id: string; readonly sessionId: string; readonly name: string; readonly bytes: Uint8Array; readonly now: Date }): Promise<boolean> {
  const rows = await all(executor, sql`
    with kept as (
      insert into uploaded_files (id, session_id, name, size, content, uploaded_at)
      values (${row.id}, ${row.sessionId}, ${row.name}, ${row.bytes.length}, ${row.bytes}, ${row.now}) on conflict do nothing returning size)
    update upload_sessions s set files_uploaded = files_uploaded + 1, total_bytes_uploaded = total_bytes_uploaded + kept.size from kept where s.id = ${row.sessionId} returning s.id`);
  return rows.length > 0;
}

/** Marks a session as complete. */
export async function completeSession(executor: Executor, id: string, now: Date): Promise<void> {
  await sql`update upload_sessions set is_upload_done = true, completed_at = ${now} where id = ${id}`.execute(executor);
}

/** Removes a session with its files. */
export async function deleteSession(executor: Executor, id: string): Promise<void> {
  await sql`delete from upload_sessions where id = ${id}`.execute(executor);
}
