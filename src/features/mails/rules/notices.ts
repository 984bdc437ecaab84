/** Which notice of its end an assignment has reached. Pure. */
import { noticeReached } from '../../extensions/rules/calls.ts';
import { instantOf } from '../../../kernel/schedule.ts';

/** The stage before the end (Graph's word for it) that lies behind `at`; empty: none. */
export function lastNotice(endsAt: string, at: string): string {
  const [end, now] = [instantOf(endsAt), instantOf(at)];
  return end === undefined || now === undefined ? '' : noticeReached(end, now).stage ?? '';
}
