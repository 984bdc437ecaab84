/** What happens to a role schedule request after it was made: it is cancelled, or its time comes. */
import { refuse } from '../../../kernel/problem.ts';
import type { Tx } from '../../../platform/db/database.ts';
import type { Command } from '../../../platform/graph/model.ts';
import { recordAudit, type AuditedWork } from '../../audit/store.ts';
import { mayHandOut } from '../../roles/rules/scopes.ts';
import { findScopePlace } from '../../roles/store/scopes.ts';
import { deleteSchedules, lockScheduleRequest, readNames, type OpenScheduleRequest } from '../store.ts';
import { moveRequest } from './carry-out.ts';

/** POST …ScheduleRequests/{id}/cancel: while it waits, by whoever made it for itself or by an administrator of the role. */
export const cancelScheduleRequest: Command = async (work, input) => {
  const request = await lockScheduleRequest(work.tx, input.id) ?? refuse('notFound', { value: input.id });
  // What administrators have planned for somebody, that person does not undo, nor whoever planned it and is no administrator any more.
  const isForItself = [request.createdBy, request.principalId].every((id) => id === work.caller.principalId);
  if (!isForItself && !mayHandOut(work.caller, { ...request, place: await findScopePlace(work.tx, request, work.caller.principalId) })) {
    refuse('forbidden', { reason: 'A request is cancelled by whoever made it for itself, or by an administrator of the role.' });
  }
  if (request.startsAt !== null && request.startsAt <= work.now) refuse('ruleBroken', { reason: 'The request has been carried out and cannot be cancelled any more. Remove the role instead.' });
  const status = await moveRequest(work, request, 'cancel');
  if (request.startsAt !== null && request.targetScheduleId !== null) await deleteSchedules(work.tx, [request.targetScheduleId]);
  await auditRequest(work, request, { activity: 'Cancel role schedule request', operation: 'Update', status });
  return { answer: 'done' };
};

/** The start of a request has come. Its role is in force by the clock already; this tells of it. */
export async function startScheduleRequest(work: AuditedWork & { readonly tx: Tx }, id: string): Promise<void> {
  const request = await lockScheduleRequest(work.tx, id);
  if (request?.startsAt === undefined || request.startsAt === null || request.startsAt > work.now) return;
  const status = await moveRequest(work, request, 'start');
  await auditRequest(work, request, { activity: 'Role schedule began', operation: 'Assign', status });
}

async function auditRequest(work: AuditedWork & { readonly tx: Tx }, request: OpenScheduleRequest, told: { readonly activity: string; readonly operation: 'Assign' | 'Update'; readonly status: string }): Promise<void> {
  const { principalType, principalName, roleName } = await readNames(work.tx, request);
  await recordAudit(work.tx, work, {
    activity: told.activity, category: 'RoleManagement', operation: told.operation,
    targets: [
      { id: request.principalId, type: principalType ?? 'unknown', displayName: principalName, after: { role: roleName, appScopeId: request.appScopeId ?? null } },
      { id: request.id, type: 'RoleScheduleRequest', before: { status: request.status }, after: { status: told.status } },
    ],
  });
}
