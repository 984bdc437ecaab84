/** What the clock does: ends assignments, begins scheduled requests, reminds of, escalates and denies stages that nobody decided, finds their approvers again, parts with guests who have no access any more. Batches, in any number of processes. */
import type { Clock } from '../../platform/clock.ts';
import type { Db, Tx } from '../../platform/db/database.ts';
import type { DatabaseLog } from '../../platform/db/log.ts';
import { inTransaction } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { sweeper, type Sweeper } from '../../platform/jobs/sweeper.ts';
import { markStages, recheckStage } from '../approvals/commands/asking.ts';
import { escalateStage, expireStage, remindApprovers } from '../approvals/commands/clock.ts';
import { listApproverChanges, listStagesDue } from '../approvals/store/due.ts';
import { giveToMember, takeFromLeaver } from '../automaticAssignments/commands/carry-out.ts';
import { applyChanges, runRule } from '../automaticAssignments/commands/run.ts';
import { listLeavingDue, listRulesDue } from '../automaticAssignments/store/leaving.ts';
import { listChangedObjects, listMembersDue } from '../automaticAssignments/store/members.ts';
import { endAssignments } from '../grants/commands/delivery.ts';
import { listRetriesDue } from '../grants/store/attempts.ts';
import { listSubjectsDue } from '../organizations/store/external-users.ts';
import { startScheduleRequest } from '../roleSchedules/commands/change.ts';
import { listScheduleStartsReached } from '../roleSchedules/store.ts';
import { endRoleSchedules } from '../roles/commands.ts';
import { listScheduleEndsReached } from '../roles/store.ts';
import { announceEnds } from '../extensions/commands/notices.ts';
import { listNoticesReached } from '../extensions/store/notices.ts';
import { startRequest } from '../requests/commands/change.ts';
import { expireCallback } from '../requests/commands/resume.ts';
import { listCallbacksOverdue, listStartsReached } from '../requests/store/open.ts';
import type { RequestWork } from '../requests/store/writing.ts';
import { partWithExternalUser, retryDelivery } from './commands.ts';
import { findNextDue, listEndsReached } from './store.ts';

/** What the sweep works with. */
export interface SweepWorld {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: DatabaseLog;
}

/** Channel on which commands announce that something is due within a minute. */
export const dueChannel = 'gatehouse_due';

interface Chore {
  readonly name: string;
  readonly list: (tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }) => Promise<readonly string[]>;
  readonly carryOut: (work: RequestWork, ids: readonly string[]) => Promise<unknown>;
}

const oneByOne = (act: (work: RequestWork, id: string) => Promise<void>) => async (work: RequestWork, ids: readonly string[]): Promise<void> => {
  for (const id of ids) await act(work, id);
};

const chores: readonly Chore[] = [
  { name: 'end assignments', list: listEndsReached, carryOut: async (work, ids) => await endAssignments(work, ids, { cause: 'expired', why: null }) },
  { name: 'start requests', list: listStartsReached, carryOut: oneByOne(startRequest) },
  { name: 'deny stages', list: listStagesDue('due_at'), carryOut: oneByOne(expireStage) },
  { name: 'note changes of approvers', list: listApproverChanges, carryOut: markStages },
  { name: 'find approvers again', list: listStagesDue('recheck_at'), carryOut: oneByOne(recheckStage) },
  { name: 'escalate stages', list: listStagesDue('escalates_at'), carryOut: oneByOne(escalateStage) },
  { name: 'remind approvers', list: listStagesDue('remind_at'), carryOut: oneByOne(remindApprovers) },
  { name: 'deny requests that nobody resumed', list: listCallbacksOverdue, carryOut: oneByOne(expireCallback) },
  { name: 'tell extensions of ends', list: listNoticesReached, carryOut: announceEnds },
  { name: 'end role schedules', list: listScheduleEndsReached, carryOut: endRoleSchedules },
  { name: 'start role schedules', list: listScheduleStartsReached, carryOut: oneByOne(startScheduleRequest) },
  { name: 'try deliveries again', list: listRetriesDue, carryOut: oneByOne(retryDelivery) },
  { name: 'find who matches rules', list: listChangedObjects, carryOut: applyChanges },
  { name: 'run automatic assignment', list: listRulesDue, carryOut: oneByOne(runRule) },
  { name: 'give what rules give', list: listMembersDue, carryOut: oneByOne(giveToMember) },
  { name: 'take what rules no longer give', list: listLeavingDue, carryOut: oneByOne(takeFromLeaver) },
  { name: 'part with external users', list: listSubjectsDue, carryOut: oneByOne(partWithExternalUser) },
];

const batchSize = 500;
/** A row that failed is left alone this long. */
const restMs = 60_000;

/** Sweeps; one a process, because it remembers what failed. `run` answers how many things were done. */
export function lifecycleSweep(world: SweepWorld): { readonly run: () => Promise<number>; readonly nextDue: () => Promise<Date | undefined> } {
  const restingUntil = new Map<string, number>();
  const resting = (): readonly string[] => {
    const now = world.clock.now().getTime();
    for (const [id, until] of restingUntil) if (until <= now) restingUntil.delete(id);
    return [...restingUntil.keys()];
  };
  const failed = (chore: Chore, id: string, error: unknown): void => {
    restingUntil.set(id, world.clock.now().getTime() + restMs);
    world.log.error({ err: error, chore: chore.name, id }, 'a due change failed; it is tried again in a minute');
  };
  const run = async (): Promise<number> => {
    let done = 0;
    for (const chore of chores) done += await runChore(world, chore, { except: resting(), failed });
    return done;
  };
  return { run, nextDue: async () => await findNextDue(world.db, resting()) };
}

interface Memory {
  readonly except: readonly string[];
  readonly failed: (chore: Chore, id: string, error: unknown) => void;
}

/** A batch in one transaction; when it fails, its rows one by one, so that one bad row does not stop the others. */
async function runChore(world: SweepWorld, chore: Chore, { except, failed }: Memory): Promise<number> {
  let ids: readonly string[] = [];
  const batch = async (tx: Tx): Promise<number> => {
    const work = workOf(world, tx);
    ids = await chore.list(tx, { now: work.now, limit: batchSize, except });
    if (ids.length > 0) await chore.carryOut(work, ids);
    return ids.length;
  };
  try {
    return await inTransaction(world.db, batch);
  } catch (error) {
    world.log.warn({ err: error, chore: chore.name }, 'a batch of due changes failed; its rows are done one by one');
  }
  let done = 0;
  for (const id of ids) {
    try {
      await inTransaction(world.db, async (tx) => await chore.carryOut(workOf(world, tx), [id]));
      done++;
    } catch (error) {
      failed(chore, id, error);
    }
  }
  return done;
}

/** The server's own work has an id as a request has, for the log and the trail. */
function workOf({ clock }: SweepWorld, tx: Tx): RequestWork {
  const id = newId();
  return { tx, now: clock.now(), requestId: id, clientRequestId: id };
}

/** Starts the sweep of this process. Call `wake` for every announcement on {@link dueChannel}. */
export function startLifecycleSweep(world: SweepWorld): Sweeper {
  return sweeper({ ...lifecycleSweep(world), log: world.log, clock: world.clock });
}
