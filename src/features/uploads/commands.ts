/** Opening, filling, completing and removing upload sessions. Who manages the catalog or the resource may. */
import { createHash } from 'node:crypto';
import { isRecord, textAt } from '../../kernel/json.ts';
import { type Reason, refuse } from '../../kernel/problem.ts';
import type { GraphWork, Input, Outcome } from '../../platform/graph/model.ts';
import { newId } from '../../platform/ids.ts';
import { recordAudit } from '../audit/store.ts';
import { demandChange } from '../catalogs/commands/reach.ts';
import { uploadedOrigin } from '../catalogs/model.ts';
import { mostBytes, mostOpenSessions, type UploadSession } from './model.ts';
import { accessDataReasons, refuseName } from './rules/access-data.ts';
import { contextOf, expiryOf, refuseDeleting, refuseFile, refuseWriting } from './rules/session.ts';
import { completeSession, countOpenSessions, deleteSession, findTarget, insertFile, insertSession, lockSession } from './store.ts';

/** POST uploadSessions: one for a review instance and a resource. */
export async function createSession(work: GraphWork, { body }: Input): Promise<Outcome> {
  const resourceId = textAt(body, 'resource') ?? '';
  const target = await findTarget(work.tx, resourceId) ?? refuse('notFound', { value: resourceId });
  await demandChange(work, { need: 'manageResource', catalogId: target.catalogId, resourceId: target.id, subject: target.id });
  if (target.originSystem !== uploadedOrigin) {
    refuse('ruleBroken', { field: 'resource', reason: `'${target.displayName}' is a resource of ${target.originSystem}: its access is known here. Data is uploaded for resources of ${uploadedOrigin}.` });
  }
  if (body['isUploadDone'] === true) refuse('invalidValue', { field: 'isUploadDone', reason: 'a new session has no files. Upload them first' });
  const context = contextOf(isRecord(body['data']) ? body['data'] : {})
    ?? refuse('missingProperty', { field: 'data', mend: 'Name the review: data with reviewDefinitionId and reviewInstanceId.' });
  if (await countOpenSessions(work.tx, target.id) >= mostOpenSessions) {
    refuse('conflict', { reason: `'${target.displayName}' has ${mostOpenSessions} upload sessions that are not complete. Complete or delete one of them first.` });
  }
  const id = newId();
  if (!await insertSession(work.tx, { id, resourceId: target.id, ...context, createdBy: work.caller.principalId, now: work.now, expiresAt: expiryOf(work.now) })) {
    refuse('conflict', { field: 'data/reviewInstanceId', reason: `'${target.displayName}' has an upload session for this review instance. Go on with it, or delete it while it is not complete.` });
  }
  await audit(work, { activity: 'Create upload session', operation: 'Add', session: { id, resourceId: target.id, resourceName: target.displayName }, after: { referenceId: context.referenceId } });
  return { answer: 'created', id, extra: { files: [] } };
}

/** PATCH: "The only allowed update is to set isUploadDone to true" (its page). */
export async function finishSession(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  const session = await theSession(work, id);
  if (body['isUploadDone'] === undefined) refuse('missingProperty', { field: 'isUploadDone', mend: 'Send true once every file is uploaded.' });
  if (body['isUploadDone'] !== true) refuse('invalidValue', { field: 'isUploadDone', reason: 'the only change is to true. Leave it until every file is uploaded' });
  insist(refuseWriting(session, work.now));
  await completeSession(work.tx, id, work.now);
  const values = { referenceId: session.referenceId, files: session.filesUploaded, bytes: session.totalBytesUploaded };
  await audit(work, { activity: 'Complete upload session', operation: 'Update', session, before: { isUploadDone: false }, after: { isUploadDone: true, ...values } });
  return { answer: 'entity', id };
}

/** uploadFile: one CSV file of access data, kept as it was sent. */
export async function uploadFile(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  const session = await theSession(work, id);
  insist(refuseWriting(session, work.now) ?? refuseFile(session));
  const name = textAt(body, 'name') ?? '';
  const bytes = body['bytes'] instanceof Uint8Array ? body['bytes'] : new Uint8Array();
  insistOnFile(name, bytes);
  if (!await insertFile(work.tx, { id: newId(), sessionId: id, name, bytes, now: work.now })) {
    refuse('conflict', { field: 'file', reason: `The session has a file '${name}'. Upload it under another name, or delete the session and begin anew.` });
  }
  const after = { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  await audit(work, { activity: 'Upload file for access review', operation: 'Update', session, before: { file: null }, after: { file: after } });
  return { answer: 'entity', id };
}

/** DELETE: not what is complete. The files go with it. */
export async function removeSession(work: GraphWork, { id }: Input): Promise<Outcome> {
  const session = await theSession(work, id);
  insist(refuseDeleting(session));
  await deleteSession(work.tx, id);
  await audit(work, { activity: 'Delete upload session', operation: 'Delete', session, before: { referenceId: session.referenceId, files: session.filesUploaded, bytes: session.totalBytesUploaded } });
  return { answer: 'done' };
}

async function theSession(work: GraphWork, id: string): Promise<UploadSession> {
  const session = await lockSession(work.tx, id) ?? refuse('notFound', { value: id });
  await demandChange(work, { need: 'manageCatalog', catalogId: session.catalogId, subject: id });
  return session;
}

function insist(no: Reason | undefined): void {
  if (no !== undefined) refuse('conflict', { ...(no.target === undefined ? {} : { field: no.target }), reason: no.message }, [no]);
}

function insistOnFile(name: string, bytes: Uint8Array): void {
  if (bytes.length > mostBytes) refuse('bodyTooLarge', { limit: mostBytes });
  const misnamed = refuseName(name);
  const reasons = misnamed === undefined ? contentReasons(bytes) : [misnamed];
  if (reasons.length > 0) refuse('ruleBroken', { field: 'file', reason: reasons.map(({ message }) => message).join(' ') }, reasons);
}

function contentReasons(bytes: Uint8Array): readonly Reason[] {
  try {
    return accessDataReasons(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return [{ code: 'notUtf8', target: 'file', message: 'The file is not UTF-8 text. Export it as CSV in UTF-8.' }];
  }
}

interface SessionChange {
  readonly activity: string;
  readonly operation: 'Add' | 'Update' | 'Delete';
  readonly session: Pick<UploadSession, 'id' | 'resourceId' | 'resourceName'>;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

async function audit(work: GraphWork, { activity, operation, session, ...values }: SessionChange): Promise<void> {
  await recordAudit(work.tx, work, {
    activity, operation, category: 'EntitlementManagement',
    targets: [{ id: session.id, type: 'CustomDataProvidedResourceUploadSession', displayName: session.resourceName, ...values }, { id: session.resourceId, type: 'AccessPackageResource', displayName: session.resourceName }],
  });
}
