/** When something happens to an open stage by itself: exact instants, from its settings and the moment at which it opens. */
import { later } from '../../../kernel/schedule.ts';
import type { ApprovalStageSettings } from '../../policies/model.ts';
import { isRelational } from './approvers.ts';

/** Instants of an open stage; null: that does not happen. */
export interface StageTimes {
  /** It is denied. */
  readonly dueAt: Date;
  /** Others are asked besides. */
  readonly escalatesAt: Date | null;
  /** Those who have not decided are reminded. */
  readonly remindAt: Date | null;
  /** It is found out again who decides. */
  readonly recheckAt: Date | null;
}

const dayMs = 86_400_000;
/** Long enough that whoever decides at once pays nothing for it. */
const recheckMs = 10_000;

/** Times of a stage that opens. Escalation may come at any time within the stage: Graph's limits of four days and of half the stage are not copied. */
export function stageTimes(stage: ApprovalStageSettings, openedAt: Date): StageTimes {
  const dueAt = later(openedAt, stage.durationBeforeAutomaticDenial) ?? openedAt;
  const escalatesAt = stage.isEscalationEnabled ? later(openedAt, stage.durationBeforeEscalation) ?? null : null;
  return {
    dueAt, escalatesAt: escalatesAt !== null && escalatesAt < dueAt ? escalatesAt : null,
    remindAt: nextReminder({ openedAt, dueAt }, openedAt), recheckAt: isRelational(stage) ? new Date(openedAt.getTime() + recheckMs) : null,
  };
}

/**
 * The next reminder after an instant: at half of the stage's time, and one day before its end; in a stage of less than two days a tenth of
 * its time before the end.
 */
export function nextReminder({ openedAt, dueAt }: { readonly openedAt: Date; readonly dueAt: Date }, after: Date): Date | null {
  const whole = dueAt.getTime() - openedAt.getTime();
  const last = whole >= 2 * dayMs ? dayMs : whole / 10;
  return [openedAt.getTime() + whole / 2, dueAt.getTime() - last].map((at) => new Date(Math.floor(at))).find((at) => at > after && at < dueAt) ?? null;
}

/** The earliest of the times that others set: when the sweep must look. */
export const firstOf = ({ dueAt, escalatesAt, remindAt }: StageTimes): Date => [escalatesAt, remindAt].reduce<Date>((first, at) => (at !== null && at < first ? at : first), dueAt);
