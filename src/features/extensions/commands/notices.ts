/** Telling extensions of ends that come near. */
import { noticeReached } from '../rules/calls.ts';
import { queueCallouts } from '../store/callouts.ts';
import { lockNotices, writeNotices } from '../store/notices.ts';
import type { CalloutWork } from './calls.ts';

/** Calls the extensions of assignments that are about to end, once a stage. Harmless when repeated: who has been told is passed over. */
export async function announceEnds(work: CalloutWork, ids: readonly string[]): Promise<void> {
  const notices = (await lockNotices(work.tx, ids, work.now)).map(({ id, endsAt }) => {
    const { stage, nextAt } = noticeReached(endsAt, work.now);
    return { id, stage: endsAt > work.now ? stage ?? null : null, nextAt: nextAt ?? null };
  });
  if (notices.length > 0) await queueCallouts(work.tx, await writeNotices(work.tx, notices, work.now), work.now);
}
