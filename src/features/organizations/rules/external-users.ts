/** What becomes of external people: who is invited by an administrator's request, and what happens when access ends. Pure. */
import { addDuration, parseDuration, roughMilliseconds } from '../../../kernel/duration.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { later } from '../../../kernel/schedule.ts';
import type { ExternalUserSettings, SubjectLifecycle } from '../model.ts';

/** A governed guest for whom something has come due. */
export interface ExternalUser {
  readonly lifecycle: SubjectLifecycle;
  readonly isGuest: boolean;
  readonly isDeleted: boolean;
  readonly isEnabled: boolean;
  /** Holds an assignment that is in force. */
  readonly hasAccess: boolean;
  readonly blockedAt: Date | null;
}

/** What is to be done: nothing ever again, nothing until `dueAt`, shut out (and, with `dueAt`, deleted then), or deleted now. */
export type ExternalUserFate = { readonly act: 'forget' } | { readonly act: 'wait' | 'block'; readonly dueAt: Date | null } | { readonly act: 'delete' };

/** Decides on somebody whose last access ended. Whoever has access again, was enabled by somebody, or is not governed is left alone. */
export function decideFate(user: ExternalUser, settings: ExternalUserSettings, now: Date): ExternalUserFate {
  const { externalUserLifecycleAction: action } = settings;
  if (user.lifecycle !== 'governed' || !user.isGuest || user.isDeleted || user.hasAccess || action === 'none') return { act: 'forget' };
  if (user.blockedAt === null) return { act: 'block', dueAt: deletionDue(settings, now) };
  const dueAt = deletionDue(settings, user.blockedAt);
  if (user.isEnabled || dueAt === null) return { act: 'forget' };
  return dueAt <= now ? { act: 'delete' } : { act: 'wait', dueAt };
}

/** When somebody who was blocked then is deleted; null: never. */
export function deletionDue(settings: ExternalUserSettings, blockedAt: Date): Date | null {
  if (settings.externalUserLifecycleAction !== 'blockSignInAndDelete') return null;
  return later(blockedAt, settings.durationUntilExternalUserDeletedAfterBlocked) ?? null;
}

const mostDays = 3660;

/** Why a duration cannot be used; empty when it can. Nothing at all means at once. */
export function durationReasons(text: string): readonly Reason[] {
  const parsed = parseDuration(text);
  const isUsable = parsed !== undefined && roughMilliseconds(parsed) <= mostDays * 86_400_000 && !Number.isNaN(addDuration(new Date(0), parsed).getTime());
  return isUsable ? [] : [{ code: 'duration', target: 'durationUntilExternalUserDeletedAfterBlocked', message: `'${text}' is no usable duration. Send one of at most ${mostDays} days, such as P30D.` }];
}
