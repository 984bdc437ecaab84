/**
 * Roles for a time (Graph: privileged identity management). A schedule gives a role, or makes somebody eligible for it, between
 * two instants; schedules come about through requests. Being eligible gives nothing: who is, activates the role for some hours.
 */
import type { End, Schedule } from '../../kernel/schedule.ts';
import type { RoleKey } from '../roles/model.ts';

/** Graph's unifiedRoleScheduleRequestActions, in its order. */
export const scheduleActions = ['adminAssign', 'adminUpdate', 'adminRemove', 'selfActivate', 'selfDeactivate', 'adminExtend', 'adminRenew', 'selfExtend', 'selfRenew'] as const;
/** What a request wants. */
export type ScheduleAction = (typeof scheduleActions)[number];

/** Whether a schedule gives the role or the right to activate it. */
export type ScheduleKind = 'assignment' | 'eligibility';

/** A schedule that is in force or will be. */
export interface RoleSchedule extends RoleKey {
  readonly id: string;
  readonly kind: ScheduleKind;
  /** `Activated`: by an eligible person, for as long as that was asked for. */
  readonly assignmentType: 'Assigned' | 'Activated';
  readonly startsAt: Date;
  readonly endsAt: End;
}

/** A request as its body and path say it. */
export interface ScheduleWish extends RoleKey {
  readonly id: string;
  readonly kind: ScheduleKind;
  readonly action: ScheduleAction;
  readonly targetScheduleId: string | undefined;
  readonly justification: string | undefined;
  readonly schedule: (Schedule & { readonly recurrence?: unknown }) | undefined;
  readonly ticketInfo: unknown;
}

/** From when until when. */
export interface Window {
  readonly startsAt: Date;
  readonly endsAt: End;
}

/** Longest activation, as ISO 8601 duration: what Graph's own default policy for roles says. Also how long one lasts that names no end. */
export const longestActivation = 'PT8H';

/** What somebody asks for themselves. */
export const isOwnAction = (action: ScheduleAction): boolean => action.startsWith('self');
