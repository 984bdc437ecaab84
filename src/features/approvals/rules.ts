/** Whether somebody may decide a stage, and what follows when it is decided. Nobody decides their own request, nor one that they made for another. */
import { step } from '../../kernel/machine.ts';
import type { Reason } from '../../kernel/problem.ts';
import type { RequestEvent } from '../requests/machine.ts';
import { stageLife, type StageEffect, type StageEvent, type StageFacts, type StageState } from './machine.ts';

/** One step of a stage, as it is written; the write is guarded by `from`. */
export interface StageMove {
  readonly from: StageState;
  readonly to: StageState;
  readonly event: StageEvent;
}

/** What a stage that ends means for its request. */
export type StageVerdict = Extract<RequestEvent, 'stageApproved' | 'stageDenied' | 'stageTimedOut'>;

/** What follows from an event of a stage. */
export interface StagePassage {
  readonly move: StageMove;
  readonly asksApprovers: boolean;
  readonly remindsApprovers: boolean;
  /** An approval was given, and more are needed. */
  readonly isPartial: boolean;
  readonly verdict: StageVerdict | undefined;
}

const effects: Readonly<Record<StageEffect, (passage: StagePassage) => StagePassage>> = {
  askApprovers: (passage) => ({ ...passage, asksApprovers: true }),
  remindApprovers: (passage) => ({ ...passage, remindsApprovers: true }),
  countApproval: (passage) => ({ ...passage, isPartial: true }),
  approveRequest: (passage) => ({ ...passage, verdict: 'stageApproved' }),
  denyRequest: (passage) => ({ ...passage, verdict: 'stageDenied' }),
  timeOutRequest: (passage) => ({ ...passage, verdict: 'stageTimedOut' }),
};

/** Takes one step of a stage; undefined when the event is not possible in this state. Facts count for approvals only. */
export function passStage(state: StageState, event: StageEvent, facts: StageFacts = { isQuorumMet: true }): StagePassage | undefined {
  const taken = step(stageLife, { state, event }, facts);
  if (!taken.moved) return undefined;
  const moved: StagePassage = { move: { from: state, to: taken.to, event }, asksApprovers: false, remindsApprovers: false, isPartial: false, verdict: undefined };
  return taken.effects.reduce((so, effect) => effects[effect](so), moved);
}

/** How stages of a request that ended otherwise close, by the state that they are in. */
export const stageClosings: readonly StageMove[] = stageLife.states.flatMap((state) => passStage(state, 'close')?.move ?? []);

/** What decides. */
export interface StageRight {
  readonly principalId: string;
  /** A person with a delegated token: no application, agent or agent user decides. */
  readonly isPerson: boolean;
  readonly requestorId: string | null;
  readonly targetId: string;
  /** People who could have made an agent or application ask for somebody else (docs/decisions/0007). */
  readonly peopleBehind: readonly string[];
  readonly approverIds: readonly string[];
  /** Approvers in whose place the caller may decide now. */
  readonly standsFor: readonly string[];
}

/** Why the caller may not decide the stage, or undefined. */
export function whyNotApprover(right: StageRight): Reason | undefined {
  if (!right.isPerson) return { code: 'onlyPeopleDecide', message: 'Only a person who is signed in can decide. Applications and agents cannot.' };
  if (right.principalId === right.requestorId) return { code: 'ownRequest', message: 'Nobody decides a request that they made, for themselves or for another. Another approver has to.' };
  if (right.principalId === right.targetId) return { code: 'ownAccess', message: 'Nobody decides about their own access. Another approver has to.' };
  if (right.peopleBehind.includes(right.principalId)) {
    return { code: 'ownRequestByAgent', message: 'Nobody decides a request that an agent or application made for another while they are its sponsor or owner. Another approver has to.' };
  }
  if (!right.approverIds.includes(right.principalId) && right.standsFor.length === 0) return { code: 'notAnApprover', message: 'You are not among the approvers of this stage, or it has not begun: who decides is found when it begins.' };
  return undefined;
}

/** A decision of the same stage that counts already: who decided, and in whose place. */
export interface SeatTaken {
  readonly reviewedBy: string;
  readonly decidedFor: string | null;
}

/**
 * The seat from which somebody decides: the own one before that of another. A seat counts once, whoever sits there, and a person
 * counts once, on however many seats it could sit. `decidedFor` null: for itself. Undefined: no seat is left for this person.
 */
export function chooseSeat({ principalId, approverIds, standsFor, taken }: Pick<StageRight, 'principalId' | 'approverIds' | 'standsFor'> & { readonly taken: readonly SeatTaken[] }): { readonly decidedFor: string | null } | undefined {
  if (taken.some(({ reviewedBy }) => reviewedBy === principalId)) return undefined;
  const seats = new Set(taken.map(({ reviewedBy, decidedFor }) => decidedFor ?? reviewedBy));
  if (approverIds.includes(principalId)) return seats.has(principalId) ? undefined : { decidedFor: null };
  const free = standsFor.find((id) => !seats.has(id));
  return free === undefined ? undefined : { decidedFor: free };
}
