/** Whether somebody may decide a stage. Nobody decides their own request, nor one that they made for another. */
import type { Reason } from '../../kernel/problem.ts';

/** What decides. */
export interface StageRight {
  readonly principalId: string;
  /** A person with a delegated token: no application, agent or agent user decides. */
  readonly isPerson: boolean;
  readonly requestorId: string | null;
  readonly targetId: string;
  readonly approverIds: readonly string[];
}

/** Why the caller may not decide the stage, or undefined. */
export function whyNotApprover(right: StageRight): Reason | undefined {
  if (!right.isPerson) return { code: 'onlyPeopleDecide', message: 'Only a person who is signed in can decide. Applications and agents cannot.' };
  if (right.principalId === right.requestorId) return { code: 'ownRequest', message: 'Nobody decides a request that they made, for themselves or for another. Another approver has to.' };
  if (right.principalId === right.targetId) return { code: 'ownAccess', message: 'Nobody decides about their own access. Another approver has to.' };
  if (!right.approverIds.includes(right.principalId)) return { code: 'notAnApprover', message: 'You are not among the approvers of this stage.' };
  return undefined;
}
