/** When asked-for access begins and ends, and why it may not. */
import type { Reason } from '../../../kernel/problem.ts';
import { endOf, instantOf, isLater, never, type End, type Expiration, type Schedule } from '../../../kernel/schedule.ts';
import type { Policy } from '../../policies/model.ts';

/** A start this little in the past is a clock that is off, and means now. */
const toleranceMs = 5 * 60_000;

/** What of a schedule is asked for by name. */
export const asksForEnd = (schedule: Schedule): boolean => (schedule.expiration?.type ?? 'notSpecified') !== 'notSpecified';

/** The start that a schedule names, if it lies ahead; undefined: begins with the delivery. */
export function startAhead(schedule: Schedule, now: Date): Date | undefined {
  const start = instantOf(schedule.startDateTime);
  return start !== undefined && start > now ? start : undefined;
}

/** End of access that starts at `from`: as asked, else as the policy says. */
export function chooseEnd(asked: Expiration | null | undefined, policy: Expiration, from: Date): End {
  return endOf(asked, from) ?? endOf(policy, from) ?? never;
}

/** What a schedule is judged by. */
export interface ScheduleFacts {
  readonly schedule: Schedule;
  readonly policy: Policy;
  readonly isAdmin: boolean;
}

/** Every reason why the schedule is refused. */
export function scheduleReasons({ schedule, policy, isAdmin }: ScheduleFacts, now: Date): readonly Reason[] {
  const start = instantOf(schedule.startDateTime);
  const from = start !== undefined && start > now ? start : now;
  const end = endOf(schedule.expiration, from);
  const isCustom = asksForEnd(schedule) || from > now;
  const limit = endOf(policy.expiration, from) ?? never;
  return [
    ...when(isCustom && !isAdmin && !policy.requestorSettings.allowCustomAssignmentSchedule, {
      code: 'customScheduleNotAllowed', target: 'schedule', message: `Policy '${policy.displayName}' sets when access begins and ends. Leave schedule out.`,
    }),
    ...when(start !== undefined && now.getTime() - start.getTime() > toleranceMs, {
      code: 'startInPast', target: 'schedule/startDateTime', message: `The start ${schedule.startDateTime ?? ''} has passed. Name a later one, or leave it out to begin at once.`,
    }),
    ...endReasons(schedule.expiration, end),
    ...when(end !== undefined && end !== never && end <= from, {
      code: 'endNotAfterStart', target: 'schedule/expiration', message: 'Access would end before it begins. Name an end in the future, after the start.',
    }),
    ...when(end !== undefined && isLater(end, limit), {
      code: 'endBeyondPolicy', target: 'schedule/expiration', message: `Policy '${policy.displayName}' ends access at ${limit === never ? 'no time' : limit.toISOString()} at the latest. Ask for an earlier end.`,
    }),
  ];
}

function endReasons(expiration: Expiration | null | undefined, end: End | undefined): readonly Reason[] {
  const type = expiration?.type ?? 'notSpecified';
  const missing = type === 'afterDateTime' ? 'endDateTime' : 'duration';
  return when(type !== 'notSpecified' && type !== 'noExpiration' && end === undefined, {
    code: 'endMissing', target: `schedule/expiration/${missing}`, message: `An expiration of type ${type} needs ${missing} (${missing === 'duration' ? 'an ISO 8601 duration such as P30D' : 'an ISO 8601 time'}).`,
  });
}

const when = (holds: boolean, reason: Reason): readonly Reason[] => (holds ? [reason] : []);
