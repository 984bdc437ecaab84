/** POST …/roleAssignmentScheduleRequests and …/roleEligibilityScheduleRequests: for administrators, and for people themselves. */
import { sentences } from '../../../kernel/decision.ts';
import { isRecord, type JsonRecord } from '../../../kernel/json.ts';
import { step } from '../../../kernel/machine.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { Expiration } from '../../../kernel/schedule.ts';
import { uniqueViolation } from '../../../platform/db/transaction.ts';
import type { Command, GraphWork, Input, Json } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { demandGiving, demandStandingRight, keepGlobalAdministrator, readRoleKey, requireHoldable } from '../../roles/commands.ts';
import { isPerson } from '../../roles/rules.ts';
import type { ScopePlace } from '../../roles/rules/scopes.ts';
import { findScopePlace } from '../../roles/store/scopes.ts';
import { scheduleRequestLife, type ScheduleRequestState } from '../machine.ts';
import { isOwnAction, scheduleActions, type ScheduleKind, type ScheduleWish } from '../model.ts';
import { decideSchedule, losesAdministrator, mayActForSelf, type SchedulePlan } from '../rules.ts';
import { findEndedSchedule, insertScheduleRequest, lockSchedules } from '../store.ts';
import { carryOut } from './carry-out.ts';

/** Makes a request and does what it asks, in one transaction. With `isValidationOnly` it only says what would come of it: nothing is written. */
export const createScheduleRequest = (kind: ScheduleKind): Command => async (work, input) => {
  const wish = readWish(kind, input);
  const plan = await planFor(work, wish, await demandRight(work, wish));
  const start = plan.event === 'create' || plan.event === 'activate' ? plan.window.startsAt : undefined;
  const waitsUntil = start !== undefined && start > work.now ? start : undefined;
  const passage = step(scheduleRequestLife, { state: scheduleRequestLife.initial, event: plan.event }, { startsLater: waitsUntil !== undefined });
  if (!passage.moved) throw new Error(`no request begins with ${plan.event}`);
  if (losesAdministrator(plan, work.now)) await keepGlobalAdministrator(work, wish.principalId);
  if (input.body['isValidationOnly'] === true) return { answer: 'value', value: validated(work, wish, passage.to) };
  const activatedUsingId = plan.event === 'activate' ? plan.activatedUsingId : undefined;
  await onlyOnce(async () => {
    const targetScheduleId = await carryOut(work, wish, plan);
    const isComplete = scheduleRequestLife.final.includes(passage.to);
    await insertScheduleRequest(work.tx, { wish, status: passage.to, targetScheduleId, activatedUsingId, startsAt: waitsUntil, isComplete, createdBy: work.caller.principalId, now: work.now });
  });
  return { answer: 'created', id: wish.id };
};

/** Administrators act for anybody whom they could give the role; for themselves people act themselves. Answers where the thing stands that the role applies to. */
async function demandRight(work: GraphWork, wish: ScheduleWish): Promise<ScopePlace | undefined> {
  if (!isOwnAction(wish.action)) return await demandGiving(work, wish);
  if (wish.principalId !== work.caller.principalId) refuse('forbidden', { reason: `Nobody does ${wish.action} for others. Send your own id as principalId.` });
  if (!mayActForSelf(work.caller, wish.provider)) {
    refuse('forbidden', { reason: wish.provider === 'directory' ? 'Activating directory roles takes RoleManagement.ReadWrite.Directory in the token.' : 'Activating these roles takes EntitlementManagement.ReadWrite.All or EntitlementMgmt-SubjectAccess.ReadWrite in the token.' });
  }
  return await findScopePlace(work.tx, wish, work.caller.principalId);
}

async function planFor(work: GraphWork, wish: ScheduleWish, place: ScopePlace | undefined): Promise<SchedulePlan> {
  // Who asks for itself learns nothing but whether it is eligible: not which catalogs there are.
  if (!isOwnAction(wish.action)) {
    await requireHoldable(work, wish, place);
    if (wish.action !== 'adminRemove') await demandStandingRight(work, wish, place);
  }
  const known = await lockSchedules(work.tx, wish, work.now);
  const endedId = await findEndedSchedule(work.tx, wish, { kind: wish.kind, now: work.now });
  const decision = decideSchedule(wish, { known, endedId, isPerson: isPerson(work.caller), now: work.now });
  if (!decision.ok) return refuse(decision.reasons.some(({ code }) => code === 'scheduleExists' || code === 'activeAlready') ? 'conflict' : 'ruleBroken', { reason: sentences(decision.reasons) }, decision.reasons);
  // An agent that is in an eligible group is still an agent.
  if (decision.value.event === 'activate') await requireHoldable(work, wish, place);
  return decision.value;
}

const textIn = (body: Json, name: string): string | undefined => {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
};

function readWish(kind: ScheduleKind, input: Input): ScheduleWish {
  const action = scheduleActions.find((one) => one === input.body['action']) ?? refuse('missingProperty', { field: 'action', mend: `Send one of ${scheduleActions.join(', ')}.` });
  if (kind === 'eligibility' && (action === 'selfActivate' || action === 'selfDeactivate')) {
    refuse('invalidValue', { field: 'action', reason: `${action} concerns a role assignment; send it to roleAssignmentScheduleRequests` });
  }
  const { body } = input;
  return {
    ...readRoleKey(input), id: newId(), kind, action, targetScheduleId: textIn(body, 'targetScheduleId')?.toLowerCase(), justification: textIn(body, 'justification'),
    schedule: readSchedule(body['scheduleInfo']), ticketInfo: body['ticketInfo'],
  };
}

const kinds = ['notSpecified', 'noExpiration', 'afterDateTime', 'afterDuration'] as const;

function readSchedule(value: unknown): ScheduleWish['schedule'] {
  if (!isRecord(value)) return undefined;
  const { expiration } = value;
  return { startDateTime: textIn(value, 'startDateTime') ?? null, recurrence: value['recurrence'] ?? null, expiration: isRecord(expiration) ? readExpiration(expiration) : null };
}

/** What is given without a type says its type by what is given. */
function readExpiration(value: JsonRecord): Expiration {
  const [endDateTime, duration] = [textIn(value, 'endDateTime') ?? null, textIn(value, 'duration') ?? null];
  const implied = endDateTime !== null ? 'afterDateTime' : duration !== null ? 'afterDuration' : 'notSpecified';
  return { type: kinds.find((kind) => kind === value['type']) ?? implied, endDateTime, duration };
}

/** What a request would have become. */
const validated = ({ now, caller }: GraphWork, wish: ScheduleWish, status: ScheduleRequestState): Json => ({
  id: wish.id, status, action: wish.action, isValidationOnly: true, principalId: wish.principalId, roleDefinitionId: wish.roleDefinitionId, directoryScopeId: '/', appScopeId: wish.appScopeId ?? null,
  justification: wish.justification ?? null, scheduleInfo: wish.schedule ?? null, ticketInfo: wish.ticketInfo ?? null, targetScheduleId: wish.targetScheduleId ?? null, approvalId: null, customData: null,
  createdDateTime: now.toISOString(), completedDateTime: null, createdBy: { application: null, device: null, user: { id: caller.principalId, displayName: caller.displayName } },
});

async function onlyOnce(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const constraint = uniqueViolation(error);
    if (constraint === 'role_assignments_once') refuse('conflict', { reason: 'The principal has been given this role in this scope meanwhile. Read it again.' });
    if (constraint === 'role_schedule_requests_asked_once') refuse('conflict', { reason: 'Administrators have been asked this already and have not answered. Cancel that request to ask anew.' });
    throw error;
  }
}
