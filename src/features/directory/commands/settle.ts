/** From a rule's decision, or a constraint that was broken, to an outcome or a refusal. */
import { sentences, type Decision } from '../../../kernel/decision.ts';
import { refuse, type Reason } from '../../../kernel/problem.ts';
import { uniqueViolation } from '../../../platform/db/transaction.ts';

/** The value of a yes; a no ends the work with every reason. */
export function settled<T>(decision: Decision<T>): T {
  return decision.ok ? decision.value : refuseFor(decision.reasons);
}

/** Ends the work when there is a reason to. */
export function refuseIfAny(reasons: readonly Reason[]): void {
  if (reasons.length > 0) refuseFor(reasons);
}

/** Ends the work with reasons. */
export function refuseFor(reasons: readonly Reason[]): never {
  const field = reasons.find((reason) => reason.target !== undefined)?.target;
  return refuse('ruleBroken', { reason: sentences(reasons), ...(field === undefined ? {} : { field }) }, reasons);
}

/** Runs a write; when it breaks a unique constraint of `fields`, the refusal names the property. */
export async function writing<T>(write: Promise<T>, fields: Readonly<Record<string, string>>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const field = fields[uniqueViolation(error) ?? ''];
    if (field === undefined) throw error;
    return refuse('alreadyExists', { field });
  }
}
