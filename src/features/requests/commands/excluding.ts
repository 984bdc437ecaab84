/** Separation of duties after a request was taken: nothing is approved or given that has become incompatible meanwhile. */
import { sentences } from '../../../kernel/decision.ts';
import { refuse, type Reason } from '../../../kernel/problem.ts';
import type { RequestEvent } from '../machine.ts';
import { incompatibleReasons } from '../rules/decide.ts';
import { takeTurn } from '../store/facts.ts';
import { listConflicts } from '../store/conflicts.ts';
import type { OpenRequest } from '../store/open.ts';
import type { RequestWork } from '../store/writing.ts';
import { wishOf } from './delivering.ts';

/** Whether somebody is there who can be told, while the request stays as it is. An extension that resumes is nobody who could mend it. */
const isAttended = ({ caller }: RequestWork, event: RequestEvent): boolean => caller !== undefined && (event === 'stageApproved' || event === 'reprocess');

/** Whether an event may lead to access. Whoever decides is told before the last stage that there is no use in deciding. */
const leadsToAccess = (event: RequestEvent, reachesDelivery: boolean): boolean => event === 'stageApproved' || reachesDelivery;

/**
 * What excludes the package now, as reasons; none: the request may go on. Waits for the turn of whoever receives, so that of two
 * requests that exclude each other one comes first and the other sees it. `requestRefused` with every name where somebody decides.
 */
export async function exclusionsOf(work: RequestWork, request: OpenRequest, { event, reachesDelivery }: { readonly event: RequestEvent; readonly reachesDelivery: boolean }): Promise<readonly Reason[]> {
  // Who holds a part already is given the rest.
  const isHeld = request.live?.isOver === false;
  if (!request.excludes || isHeld || wishOf[request.type] !== 'Add' || !leadsToAccess(event, reachesDelivery)) return [];
  await takeTurn(work.tx, request.targetId);
  const reasons = incompatibleReasons({ incompatible: await listConflicts(work.tx, request, { isFinal: event !== 'stageApproved', now: work.now }) });
  const [first] = reasons;
  if (first !== undefined && isAttended(work, event)) refuse('requestRefused', { reason: `The access cannot be given as it is. ${sentences(reasons)}`, ...(first.target === undefined ? {} : { field: first.target }) }, reasons);
  return reasons;
}
