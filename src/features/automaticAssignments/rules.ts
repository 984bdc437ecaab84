/** How much a policy may take by itself. Pure. */
import { later } from '../../kernel/schedule.ts';
import type { RemovalBrake } from './model.ts';

/** What a run would take, and what of. */
export interface RemovalFacts {
  /** Assignments whose targets no longer match. */
  readonly leaving: number;
  /** Assignments that the policy made: those in force, and those taken lately. */
  readonly assigned: number;
  /** Those taken lately by themselves, without an administrator's word. */
  readonly takenLately: number;
  readonly brake: RemovalBrake;
  /** A run of the policy is held already. */
  readonly isHeld: boolean;
}

/** `take`: they leave now; `hold`: an administrator is asked; `lapse`: what was held is over, because nobody leaves any more. */
export type RemovalDecision = 'nothing' | 'take' | 'hold' | 'lapse';

/** Decides on those who no longer match. While one run is held, nothing more is taken. */
export function decideRemovals({ leaving, assigned, takenLately, brake, isHeld }: RemovalFacts): RemovalDecision {
  if (leaving === 0) return isHeld ? 'lapse' : 'nothing';
  if (isHeld) return 'hold';
  const taken = leaving + takenLately;
  return taken >= brake.minimum && taken * 100 > brake.percent * assigned ? 'hold' : 'take';
}

/** Why a run is held, for an administrator who decides on it. */
export function whyHeld({ leaving, takenLately, assigned, brake }: Omit<RemovalFacts, 'isHeld'>): string {
  const lately = takenLately === 0 ? '' : `, after ${takenLately} taken in the last hour`;
  return `It would take ${leaving} of ${assigned} assignments${lately}. The rule waits for an administrator's word where ${brake.minimum} or more would be gone within an hour, and these are more than ${brake.percent} %.`;
}

/** When access ends for somebody who leaves now: after the time of grace, or at once. `grace`: ISO 8601. */
export const endOfGrace = (now: Date, grace: string | null): Date => (grace === null ? undefined : later(now, grace)) ?? now;
