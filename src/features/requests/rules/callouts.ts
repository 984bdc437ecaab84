/** Which custom extensions a step of a request calls, and whether it waits for one (contract §1.4, §1.6). */
import { approversStage, waitsForCaller, type CalloutStage, type StageExtension } from '../../extensions/model.ts';
import type { Passage } from './passage.ts';
import type { Wish } from './policy.ts';

/** A call that a step makes. `waitsFor`: ISO 8601; null: the request goes on. */
export type PlannedCall = StageExtension;

/** What decides besides the way that the request takes. */
export interface CallFacts {
  readonly wish: Wish;
  /** What its policy calls. */
  readonly extensions: readonly StageExtension[];
  /** The step gives somebody an assignment that they had not. */
  readonly isNewlyGranted: boolean;
}

/** Whether a request that is made, or approved, waits for an extension. The end of access waits for nobody. */
export const waitsAt = (stage: CalloutStage, { wish, extensions }: Pick<CallFacts, 'wish' | 'extensions'>): boolean =>
  wish !== 'Remove' && extensions.some((one) => one.stage === stage && one.waitsFor !== null);

/** Whether an extension is asked who decides a stage. One that is asked is always waited for; where the policy names none any more, the stage's stand-ins decide. */
export const asksForApprovers = (stage: { readonly isDynamic: boolean } | undefined, extensions: readonly StageExtension[]): boolean =>
  stage?.isDynamic === true && extensions.some((one) => one.stage === approversStage);

/** The calls of a step, in order. Only the last is waited for, and only when the step ends in waiting. */
export function planCalls({ calls, waits }: Pick<Passage, 'calls' | 'waits'>, { wish, extensions, isNewlyGranted }: CallFacts): readonly PlannedCall[] {
  if (wish === 'Remove') return [];
  const due = calls.filter((stage) => stage !== 'assignmentRequestGranted' || isNewlyGranted);
  return due.flatMap((stage, index) => extensions
    .filter((one) => one.stage === stage)
    .map((one) => (waits && index === due.length - 1 ? { ...one, waitsFor: one.waitsFor ?? (stage === approversStage ? waitsForCaller : null) } : { ...one, waitsFor: null })));
}
