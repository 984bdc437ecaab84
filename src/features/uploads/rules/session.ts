/** What a session may still take, and what it is for. Pure. */
import { type JsonRecord, textAt } from '../../../kernel/json.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { mostFiles, type SessionContext, sessionHours, type SessionStatus, type UploadSession } from '../model.ts';

/** The status of a session at a time. What is complete stays so. */
export const statusOf = ({ isUploadDone, expiresAt }: Pick<UploadSession, 'isUploadDone' | 'expiresAt'>, now: Date): SessionStatus =>
  isUploadDone ? 'complete' : expiresAt <= now ? 'expired' : 'active';

/** When a session that is made now ends. */
export const expiryOf = (now: Date): Date => new Date(now.getTime() + sessionHours * 3_600_000);

/** Why nothing more can be written into a session; undefined when it takes more. */
export function refuseWriting(session: UploadSession, now: Date): Reason | undefined {
  const status = statusOf(session, now);
  if (status === 'complete') return { code: 'sessionComplete', target: 'status', message: 'The upload session is complete: its data is what the review is about. Upload for another instance of the review.' };
  if (status === 'expired') return { code: 'sessionExpired', target: 'status', message: `The upload session took files for ${sessionHours} hours and is expired. Delete it and create a new one.` };
  return undefined;
}

/** Why a session takes no further file; undefined when it does. */
export const refuseFile = ({ filesUploaded }: UploadSession): Reason | undefined =>
  filesUploaded < mostFiles ? undefined : { code: 'tooManyFiles', target: 'files', message: `A session holds ${mostFiles} files. Complete it, or delete it and upload fewer.` };

/** Why a session cannot be deleted; undefined when it can. What a review was made of stays (create's page). */
export const refuseDeleting = (session: UploadSession): Reason | undefined => (session.isUploadDone
  ? { code: 'sessionComplete', target: 'status', message: 'The upload session is complete and its data is what the review is about. It goes with its resource.' } : undefined);

/** The review instance that a body names; undefined when it names none. */
export function contextOf(data: JsonRecord): SessionContext | undefined {
  const [definition, referenceId] = [textAt(data, 'reviewDefinitionId')?.trim(), textAt(data, 'reviewInstanceId')?.trim()];
  return definition === undefined || definition === '' || referenceId === undefined || referenceId === '' ? undefined : { data, referenceId };
}
