/**
 * Access data of a system outside the directory, uploaded for one instance of an access review (Graph's
 * customDataProvidedResourceUploadSession): a session takes files until it is complete, or until its time is up.
 */
import type { JsonRecord } from '../../kernel/json.ts';

/** Hours that a session takes files (custom-data-resource-access-reviews: "up to two hours"). */
export const sessionHours = 2;

/** Files of one session (custom-data-resource-access-reviews: "up to 10 CSVs"). */
export const mostFiles = 10;

/** Bytes of one file. */
export const mostBytes = 5 * 1024 * 1024;

/** Sessions of one resource that nobody has completed, expired ones included: each may hold files. */
export const mostOpenSessions = 10;

/** Characters of a file's name. */
export const longestName = 255;

/** Columns of the CSV file (uploadFile's page). All of them, in any order, and no others. */
export const columns = ['principalId', 'principalType', 'permissionId', 'permissionName', 'permissionDescription', 'permissionType'] as const;

/** What a session may still take. */
export type SessionStatus = 'active' | 'complete' | 'expired';

/** A session with the resource that it is for. */
export interface UploadSession {
  readonly id: string;
  readonly resourceId: string;
  readonly resourceName: string;
  readonly catalogId: string;
  /** Id of the review instance. */
  readonly referenceId: string;
  readonly isUploadDone: boolean;
  readonly expiresAt: Date;
  readonly filesUploaded: number;
  readonly totalBytesUploaded: number;
}

/** The review that data is uploaded for, as v1.0 words it. */
export interface SessionContext {
  readonly data: JsonRecord;
  readonly referenceId: string;
}
