/** From reasons to the refusal that fits them best. Every reason goes along. */
import { sentences } from '../../../kernel/decision.ts';
import { refuse, type Reason } from '../../../kernel/problem.ts';

/** Reasons that lie in who asks or for whom: 403. */
const aboutRights = new Set(['packageNotRequestable', 'notAllowedToAsk', 'incompatibleAccessPackage', 'incompatibleGroup']);
/** Reasons that lie in what exists already: 409. */
const aboutState = new Set(['alreadyAssigned', 'alreadyRequested']);

/** Refuses with all reasons. */
export function answerRefusal(reasons: readonly [Reason, ...Reason[]]): never {
  const slots = { reason: sentences(reasons), ...(reasons[0].target === undefined ? {} : { field: reasons[0].target }) };
  if (reasons.some(({ code }) => code === 'notAssigned')) return refuse('notFound', { value: 'assignment' }, reasons);
  if (reasons.every(({ code }) => aboutState.has(code))) return refuse('conflict', slots, reasons);
  return refuse(reasons.some(({ code }) => aboutRights.has(code)) ? 'notRequestable' : 'requestRefused', slots, reasons);
}
