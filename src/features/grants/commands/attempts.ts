/** Keeping account of deliveries that did not succeed. */
import type { Reason } from '../../../kernel/problem.ts';
import { chooseNextAttempt } from '../rules/attempts.ts';
import { announceDue } from '../store/delivery.ts';
import { findAttempts, forgetAttempts, keepAttempt, type DeliverySubject } from '../store/attempts.ts';
import type { DeliveryWork } from './delivery.ts';

/** What came of a delivery. */
export interface Attempted {
  readonly failures: readonly Reason[];
  /** Ids of the assignment and the request under which earlier attempts may have been noted; none for a first attempt. */
  readonly retried: readonly string[];
}

/** Notes a delivery: what failed is tried again by itself, what succeeded is forgotten. Costs nothing where nothing had failed. */
export async function noteDelivery(work: DeliveryWork, subject: DeliverySubject, { failures, retried }: Attempted): Promise<void> {
  const over = failures.length === 0 ? retried : retried.filter((id) => !Object.values(subject).includes(id));
  if (over.length > 0) await forgetAttempts(work.tx, over);
  if (failures.length === 0) return;
  const before = await findAttempts(work.tx, subject);
  const attempt = { attempts: (before?.attempts ?? 0) + 1, firstAt: before?.firstAt ?? work.now };
  const nextAt = chooseNextAttempt({ ...attempt, failures, isHeld: 'assignmentId' in subject }, work.now);
  await keepAttempt(work.tx, subject, { ...attempt, failures, at: work.now, nextAt });
  await announceDue(work.tx, nextAt, work.now);
}
