/**
 * Does what is due when it is due: sleeps until the next due time, at most a minute, and is woken when something nearer comes
 * up. Any number of processes may sweep at once; what they do must be harmless when repeated.
 */
import type { Clock } from '../clock.ts';
import type { DatabaseLog } from '../db/log.ts';

/** What to sweep. */
export interface SweeperOptions {
  /** The earliest due time, from an index; undefined: nothing waits. */
  readonly nextDue: () => Promise<Date | undefined>;
  /** Does what is due; answers how many things were done, so that a full batch is followed by another at once. */
  readonly run: () => Promise<number>;
  readonly log: DatabaseLog;
  readonly clock: Clock;
  /** Longest sleep in milliseconds; default 60,000. */
  readonly longestSleepMs?: number;
}

/** A sweeper at work. */
export interface Sweeper {
  /** Something may be due earlier than was thought: look now. */
  wake(): void;
  /** Ends after the batch at hand. */
  stop(): Promise<void>;
}

const longestSleep = 60_000;
/** After a failure: not at once again, but soon. */
const recoveryMs = 1000;

/** Starts sweeping. */
export function sweeper(options: SweeperOptions): Sweeper {
  const state = { isStopped: false, isAwake: false, rouse: (): void => {} };
  const wake = (): void => {
    state.isAwake = true;
    state.rouse();
  };
  const sleep = async (ms: number): Promise<void> => {
    if (state.isAwake || state.isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      state.rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  const loop = async (): Promise<void> => {
    while (!state.isStopped) {
      state.isAwake = false;
      await sleep(await round(options));
    }
  };
  const ended = loop();
  return {
    wake,
    stop: async () => {
      state.isStopped = true;
      state.rouse();
      await ended;
    },
  };
}

/** One look: milliseconds to sleep until the next. */
async function round({ nextDue, run, log, clock, longestSleepMs = longestSleep }: SweeperOptions): Promise<number> {
  try {
    if (await run() > 0) return 0;
    const due = await nextDue();
    if (due === undefined) return longestSleepMs;
    const wait = due.getTime() - clock.now().getTime();
    // Due but not done: somebody else has it, or it has just failed. Not in a tight ring.
    return wait <= 0 ? Math.min(recoveryMs, longestSleepMs) : Math.min(wait + 1, longestSleepMs);
  } catch (error) {
    log.error({ err: error }, 'a sweep failed; trying again');
    return Math.min(recoveryMs, longestSleepMs);
  }
}
