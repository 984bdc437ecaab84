/**
 * Automatic assignment: a policy with a membership rule gives its package to whoever matches, and takes it from those who no
 * longer do, after a time of grace (contract §1.5, automaticRequestSettings). Before it takes much at once it asks.
 */

/** States of a run that was held. */
export const runStates = ['held', 'confirmed', 'discarded', 'lapsed'] as const;
/** State of a run that was held. */
export type RunState = (typeof runStates)[number];

/** When a run is held: it would take more than this share of the assignments in force, and at least this many. */
export interface RemovalBrake {
  readonly percent: number;
  readonly minimum: number;
}

/** Everything is looked at again this often, in milliseconds, whether or not a change was noted. */
export const fullRunMs = 3_600_000;

/** What was taken this recently, in milliseconds, counts towards the brake: many small changes are one large one. */
export const brakeWindowMs = 3_600_000;

/** Graph's word for the status of an assignment between leaving and losing (contract §1.7). The database sets it with the time at which the assignment ends. */
export const graceStatus = 'AutoAssignmentInGracePeriod';
