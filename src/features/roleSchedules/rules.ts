/** What a request for a role schedule leads to, or every reason why not. Pure. */
import { allow, decideBy, deny, type Decision } from '../../kernel/decision.ts';
import { endOf, instantOf, isLater, later, never, type End } from '../../kernel/schedule.ts';
import type { Reason } from '../../kernel/problem.ts';
import type { Caller } from '../../kernel/caller.ts';
import { directoryRole, privilegedDirectoryRoles, selfRequest, type RoleProvider } from '../roles/model.ts';
import { hasPermission } from '../roles/rules.ts';
import { longestActivation, type RoleSchedule, type ScheduleWish, type Window } from './model.ts';

/** What is known when a request is decided. */
export interface ScheduleFacts {
  /** Schedules of that role and scope, in force or to come: of the principal and of the groups that it is in. */
  readonly known: readonly RoleSchedule[];
  /** Id of a schedule of the wanted kind that the principal had and that is past its end; undefined when there was none. */
  readonly endedId: string | undefined;
  /** The caller is a person who acts themselves. */
  readonly isPerson: boolean;
  readonly now: Date;
}

/** What is to be done. */
export type SchedulePlan =
  | { readonly event: 'create' | 'activate'; readonly window: Window; readonly activatedUsingId: string | undefined }
  | { readonly event: 'change'; readonly schedule: RoleSchedule; readonly window: Window }
  | { readonly event: 'remove'; readonly schedules: readonly RoleSchedule[] }
  | { readonly event: 'ask'; readonly scheduleId: string };

/** Decides a request by its action. */
export function decideSchedule(wish: ScheduleWish, facts: ScheduleFacts): Decision<SchedulePlan> {
  switch (wish.action) {
    case 'adminAssign': case 'adminRenew': return decideCreation(wish, facts);
    case 'adminUpdate': case 'adminExtend': return decideChange(wish, facts);
    case 'adminRemove': case 'selfDeactivate': return decideRemoval(wish, facts);
    case 'selfActivate': return decideActivation(wish, facts);
    case 'selfExtend': case 'selfRenew': return decideQuestion(wish, facts);
  }
}

/** A schedule that gives its role now and for good: what a tenant's last Global Administrator must keep. */
export const isStanding = (schedule: RoleSchedule, now: Date): boolean =>
  schedule.kind === 'assignment' && schedule.assignmentType === 'Assigned' && schedule.endsAt === never && schedule.startsAt <= now;

/** Whether a plan takes a standing role of Global Administrator from somebody. */
export function losesAdministrator(plan: SchedulePlan, now: Date): boolean {
  const lost = plan.event === 'remove' ? plan.schedules : plan.event === 'change' && !isStanding({ ...plan.schedule, ...plan.window }, now) ? [plan.schedule] : [];
  return lost.some((schedule) => schedule.roleDefinitionId === directoryRole.globalAdministrator && isStanding(schedule, now));
}

const isOver = (end: End, now: Date): boolean => end !== never && end <= now;

/** From when until when, with what the request leaves out taken from `otherwise`. A start that has passed counts as now; a duration counts from the start that was named. */
export function decideWindow(wish: Pick<ScheduleWish, 'schedule'>, otherwise: Window, now: Date): Decision<Window> {
  const { schedule } = wish;
  const named = instantOf(schedule?.startDateTime);
  const startsAt = named !== undefined && named > now ? named : named !== undefined && otherwise.startsAt > now ? now : otherwise.startsAt;
  const from = named ?? (startsAt > now ? startsAt : now);
  const said = schedule?.expiration?.type ?? 'notSpecified';
  const endsAt = said === 'notSpecified' ? otherwise.endsAt : endOf(schedule?.expiration, from);
  const reasons: Reason[] = [];
  if (schedule?.recurrence !== undefined && schedule.recurrence !== null) reasons.push({ code: 'recurrenceUnsupported', target: 'scheduleInfo/recurrence', message: 'Recurring schedules do not exist here. Leave recurrence out.' });
  if (endsAt === undefined) reasons.push({ code: 'endMissing', target: 'scheduleInfo/expiration', message: 'The expiration names no end. Send endDateTime with afterDateTime, a duration such as PT8H with afterDuration, or type noExpiration.' });
  else if (isOver(endsAt, now) || (endsAt !== never && endsAt <= startsAt)) reasons.push({ code: 'endsBeforeItBegins', target: 'scheduleInfo/expiration', message: `The schedule would end at ${endsAt instanceof Date ? endsAt.toISOString() : endsAt}, before it begins or before now. Choose a later end.` });
  return decideBy(reasons, { startsAt, endsAt: endsAt ?? never });
}

/** The principal's own schedules of the wanted kind; with `targetScheduleId` only that one. */
function ownSchedules(wish: ScheduleWish, { known }: ScheduleFacts): readonly RoleSchedule[] {
  const own = known.filter((one) => one.kind === wish.kind && one.principalId === wish.principalId);
  return wish.targetScheduleId === undefined ? own : own.filter((one) => one.id === wish.targetScheduleId);
}

const assigned = (schedules: readonly RoleSchedule[]): RoleSchedule | undefined => schedules.find((one) => one.assignmentType === 'Assigned');

const words = { assignment: 'role assignment', eligibility: 'role eligibility' } as const;

const noSchedule = (wish: ScheduleWish): Decision<never> => deny({
  code: 'scheduleNotFound', target: wish.targetScheduleId === undefined ? 'principalId' : 'targetScheduleId',
  message: `The principal has no ${words[wish.kind]} of this role in this scope that could be changed. Check principalId, roleDefinitionId, the scope and targetScheduleId.`,
});

function decideCreation(wish: ScheduleWish, facts: ScheduleFacts): Decision<SchedulePlan> {
  if (assigned(ownSchedules({ ...wish, targetScheduleId: undefined }, facts)) !== undefined) {
    return deny({ code: 'scheduleExists', target: 'principalId', message: `The principal has this ${words[wish.kind]} already. Change it with adminUpdate or adminExtend.` });
  }
  if (wish.action === 'adminRenew' && facts.endedId === undefined) return deny({ code: 'nothingToRenew', target: 'principalId', message: `The principal had no ${words[wish.kind]} of this role in this scope that has ended. Use adminAssign.` });
  const window = decideWindow(wish, { startsAt: facts.now, endsAt: never }, facts.now);
  return window.ok ? allow({ event: 'create', window: window.value, activatedUsingId: undefined }) : window;
}

function decideChange(wish: ScheduleWish, facts: ScheduleFacts): Decision<SchedulePlan> {
  const schedule = assigned(ownSchedules(wish, facts));
  if (schedule === undefined) return noSchedule(wish);
  const window = decideWindow(wish, schedule, facts.now);
  if (!window.ok) return window;
  if (wish.action === 'adminExtend' && !isLater(window.value.endsAt, schedule.endsAt)) {
    return deny({ code: 'notExtended', target: 'scheduleInfo/expiration', message: `The ${words[wish.kind]} already lasts ${schedule.endsAt === never ? 'without end' : `until ${schedule.endsAt.toISOString()}`}. Name a later end, or shorten it with adminUpdate.` });
  }
  return allow({ event: 'change', schedule, window: window.value });
}

function decideRemoval(wish: ScheduleWish, facts: ScheduleFacts): Decision<SchedulePlan> {
  const own = ownSchedules(wish, facts);
  const schedules = wish.action === 'selfDeactivate' ? own.filter((one) => one.assignmentType === 'Activated') : own;
  if (schedules.length > 0) return allow({ event: 'remove', schedules });
  return wish.action === 'adminRemove' ? noSchedule(wish) : deny({ code: 'notActivated', target: 'roleDefinitionId', message: 'You have not activated this role in this scope. There is nothing to deactivate.' });
}

function decideActivation(wish: ScheduleWish, facts: ScheduleFacts): Decision<SchedulePlan> {
  const { known, now } = facts;
  const eligible = known.filter((one) => one.kind === 'eligibility' && (wish.targetScheduleId === undefined || one.id === wish.targetScheduleId))
    .toSorted((one, other) => (isLater(one.endsAt, other.endsAt) ? -1 : 1));
  const startsAt = instantOf(wish.schedule?.startDateTime) ?? now;
  const start = startsAt > now ? startsAt : now;
  const eligibility = eligible.find((one) => one.startsAt <= start && !isOver(one.endsAt, start));
  if (eligibility === undefined) return deny({ code: 'notEligible', target: 'roleDefinitionId', message: 'You are not eligible for this role in this scope at that time. Ask an administrator to make you eligible.' }, ...reasonsAgainstActivating(wish, facts));
  const longest = later(start, longestActivation) ?? now;
  const window = decideWindow(wish, { startsAt: now, endsAt: isLater(longest, eligibility.endsAt) ? eligibility.endsAt : longest }, now);
  const reasons = [...reasonsAgainstActivating(wish, facts), ...(window.ok ? [] : window.reasons)];
  if (window.ok && isLater(window.value.endsAt, longest)) reasons.push({ code: 'tooLong', target: 'scheduleInfo/expiration', message: `A role is activated for ${longestActivation} at most. Name an end by ${longest.toISOString()}.` });
  if (window.ok && isLater(window.value.endsAt, eligibility.endsAt)) reasons.push({ code: 'beyondEligibility', target: 'scheduleInfo/expiration', message: `You are eligible until ${eligibility.endsAt === never ? never : eligibility.endsAt.toISOString()}. Name an end by then.` });
  return window.ok ? decideBy(reasons, { event: 'activate', window: window.value, activatedUsingId: eligibility.id }) : decideBy(reasons, { event: 'activate', window: { startsAt: now, endsAt: never }, activatedUsingId: eligibility.id });
}

function reasonsAgainstActivating(wish: ScheduleWish, { known, isPerson, now }: ScheduleFacts): Reason[] {
  const reasons: Reason[] = [];
  if (isBlank(wish.justification)) reasons.push({ code: 'justificationMissing', target: 'justification', message: 'Activating a role takes a justification. Say what it is for.' });
  if (!isPerson && privilegedDirectoryRoles.includes(wish.roleDefinitionId)) reasons.push({ code: 'peopleOnly', target: 'roleDefinitionId', message: 'Only a person who has signed in activates a privileged directory role.' });
  const active = known.find((one) => one.kind === 'assignment' && one.principalId === wish.principalId && (one.assignmentType === 'Activated' || one.startsAt <= now));
  if (active !== undefined) reasons.push({ code: 'activeAlready', target: 'roleDefinitionId', message: 'You hold this role in this scope already, or have activated it for later. Deactivate it first.' });
  return reasons;
}

/** `selfExtend` and `selfRenew` give nothing: they ask administrators, who answer with adminExtend or adminRenew. */
function decideQuestion(wish: ScheduleWish, facts: ScheduleFacts): Decision<SchedulePlan> {
  const schedule = assigned(ownSchedules(wish, facts));
  const reasons: Reason[] = [];
  if (isBlank(wish.justification)) reasons.push({ code: 'justificationMissing', target: 'justification', message: 'Asking administrators takes a justification. Say what the role is needed for.' });
  const scheduleId = wish.action === 'selfExtend' ? schedule?.id : facts.endedId;
  if (wish.action === 'selfExtend' && schedule?.endsAt === never) reasons.push({ code: 'withoutEnd', target: 'roleDefinitionId', message: 'What you hold has no end. There is nothing to extend.' });
  if (wish.action === 'selfRenew' && schedule !== undefined) reasons.push({ code: 'notEnded', target: 'roleDefinitionId', message: 'What you hold has not ended. Use selfExtend.' });
  if (scheduleId === undefined) reasons.push({ code: 'scheduleNotFound', target: 'roleDefinitionId', message: `You have no ${words[wish.kind]} of this role in this scope that ${wish.action === 'selfExtend' ? 'could be extended' : 'has ended'}.` });
  return decideBy(reasons, { event: 'ask', scheduleId: scheduleId ?? '' });
}

const isBlank = (text: string | undefined): boolean => text === undefined || text.trim() === '';

/** Whether the caller may ask for something for itself: people with any right to look after their own access, applications and agents with the right to ask. */
export function mayActForSelf(caller: Caller, provider: RoleProvider): boolean {
  if (provider === 'directory') return hasPermission(caller, 'RoleManagement.ReadWrite.Directory');
  return hasPermission(caller, 'EntitlementManagement.ReadWrite.All', ...(caller.isDelegated ? ['EntitlementMgmt-SubjectAccess.ReadWrite', 'RoleManagement.ReadWrite.Directory'] : [selfRequest]));
}
