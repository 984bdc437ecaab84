/** What follows from a decided request: schedules are written, changed or taken away, requests that waited on them are told, and the trail says so. */
import { refuse } from '../../../kernel/problem.ts';
import { step } from '../../../kernel/machine.ts';
import { never, type End } from '../../../kernel/schedule.ts';
import type { Tx } from '../../../platform/db/database.ts';
import type { GraphWork } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit, type AuditedWork } from '../../audit/store.ts';
import { endSchedulesBefore } from '../../roles/commands.ts';
import { scheduleRequestLife, type ScheduleRequestEvent, type ScheduleRequestState } from '../machine.ts';
import type { RoleSchedule, ScheduleAction, ScheduleWish, Window } from '../model.ts';
import type { SchedulePlan } from '../rules.ts';
import { changeSchedule, completeRequest, deleteLapsedActivations, deleteSchedules, insertSchedule, lockOpenQuestion, lockRequestsWaitingOn, readNames, type OpenScheduleRequest } from '../store.ts';

type Work = AuditedWork & { readonly tx: Tx };

/** Does what a plan says; answers the schedule that the request is about. */
export async function carryOut(work: GraphWork, wish: ScheduleWish, plan: SchedulePlan): Promise<string | undefined> {
  switch (plan.event) {
    case 'create': case 'activate': return writeSchedule(work, wish, plan);
    case 'change': return rewriteSchedule(work, wish, plan);
    case 'remove': return removeSchedules(work, wish, plan.schedules);
    case 'ask': await auditWish(work, wish, { scheduleId: plan.scheduleId }); return plan.scheduleId;
  }
}

async function writeSchedule(work: GraphWork, wish: ScheduleWish, { event, window, activatedUsingId }: SchedulePlan & { readonly event: 'create' | 'activate' }): Promise<string> {
  const schedule = { ...wish, ...window, id: newId(), assignmentType: event === 'activate' ? 'Activated' as const : 'Assigned' as const, activatedUsingId, requestId: wish.id };
  await endSchedulesBefore(work, wish);
  if (event === 'activate') await deleteLapsedActivations(work.tx, wish, work.now);
  await insertSchedule(work.tx, schedule, work.now);
  await answerQuestion(work, wish, 'answer');
  await auditWish(work, wish, { scheduleId: schedule.id, after: told(window) });
  return schedule.id;
}

async function rewriteSchedule(work: GraphWork, wish: ScheduleWish, { schedule, window }: SchedulePlan & { readonly event: 'change' }): Promise<string> {
  await changeSchedule(work.tx, { id: schedule.id, ...window }, work.now);
  await answerQuestion(work, wish, 'answer');
  await auditWish(work, wish, { scheduleId: schedule.id, before: told(schedule), after: told(window) });
  return schedule.id;
}

async function removeSchedules(work: GraphWork, wish: ScheduleWish, schedules: readonly RoleSchedule[]): Promise<string | undefined> {
  const gone = await deleteSchedules(work.tx, schedules.map(({ id }) => id));
  for (const waiting of await lockRequestsWaitingOn(work.tx, gone)) await moveRequest(work, waiting, waiting.startsAt === null ? 'deny' : 'revoke');
  await answerQuestion(work, wish, 'deny');
  const [first] = schedules;
  await auditWish(work, wish, { scheduleId: first?.id, before: first === undefined ? {} : told(first), gone });
  return first?.id;
}

/** Administrators who extend, renew or remove have answered what they were asked. What people do themselves answers nothing. */
async function answerQuestion(work: GraphWork, wish: ScheduleWish, event: 'answer' | 'deny'): Promise<void> {
  if (wish.action.startsWith('self')) return;
  const question = await lockOpenQuestion(work.tx, wish, wish.kind);
  if (question !== undefined) await moveRequest(work, question, event);
}

/** Moves a request to where the table leads; refuses what the table does not know. Answers the new status. */
export async function moveRequest(work: Work, request: OpenScheduleRequest, event: ScheduleRequestEvent): Promise<ScheduleRequestState> {
  const passage = step(scheduleRequestLife, { state: request.status, event }, { startsLater: false });
  if (!passage.moved) return refuse('ruleBroken', { reason: `The request is ${request.status} and cannot be changed any more.` });
  if (!await completeRequest(work.tx, { id: request.id, from: request.status, to: passage.to }, event === 'start' ? request.startsAt ?? work.now : work.now)) return refuse('conflict', { reason: 'The request has changed meanwhile. Read it again.' });
  return passage.to;
}

const iso = (end: End): string => (end === never ? never : end.toISOString());
const told = ({ startsAt, endsAt }: Window) => ({ startDateTime: startsAt.toISOString(), endDateTime: iso(endsAt) });

/** Entra's words for what is done, as far as it has any. */
const activities: Readonly<Record<ScheduleAction, { readonly assignment: string; readonly eligibility: string; readonly operation: 'Assign' | 'Unassign' | 'Update' | 'Request' }>> = {
  adminAssign: { assignment: 'Add member to role', eligibility: 'Add eligible member to role', operation: 'Assign' },
  adminRenew: { assignment: 'Renew member of role', eligibility: 'Renew eligible member of role', operation: 'Assign' },
  adminUpdate: { assignment: 'Update member of role', eligibility: 'Update eligible member of role', operation: 'Update' },
  adminExtend: { assignment: 'Extend member of role', eligibility: 'Extend eligible member of role', operation: 'Update' },
  adminRemove: { assignment: 'Remove member from role', eligibility: 'Remove eligible member from role', operation: 'Unassign' },
  selfActivate: { assignment: 'Activate role', eligibility: 'Activate role', operation: 'Assign' },
  selfDeactivate: { assignment: 'Deactivate role', eligibility: 'Deactivate role', operation: 'Unassign' },
  selfExtend: { assignment: 'Request extension of role', eligibility: 'Request extension of eligible role', operation: 'Request' },
  selfRenew: { assignment: 'Request renewal of role', eligibility: 'Request renewal of eligible role', operation: 'Request' },
};

interface Told {
  readonly scheduleId: string | undefined;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly gone?: readonly string[];
}

async function auditWish(work: GraphWork, wish: ScheduleWish, { scheduleId, before, after, gone }: Told): Promise<void> {
  const names = await readNames(work.tx, wish);
  const role = { role: names.roleName, roleDefinitionId: wish.roleDefinitionId, appScopeId: wish.appScopeId ?? null };
  const { operation, [wish.kind]: activity } = activities[wish.action];
  await recordAudit(work.tx, work, {
    activity, category: 'RoleManagement', operation, why: wish.justification ?? null,
    targets: [
      { id: wish.principalId, type: names.principalType ?? 'unknown', displayName: names.principalName, ...(before === undefined ? {} : { before: { ...role, ...before } }), ...(after === undefined ? {} : { after: { ...role, ...after } }) },
      { id: wish.id, type: 'RoleScheduleRequest', after: { action: wish.action } },
      ...(scheduleId === undefined ? [] : [{ id: scheduleId, type: 'RoleSchedule' }]),
    ],
    additional: { provider: wish.provider, ...(gone === undefined || gone.length < 2 ? {} : { removedSchedules: gone.join(', ') }) },
  });
}
