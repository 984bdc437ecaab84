import { describe, expect, it } from 'vitest';
import { fixedClock } from '../clock.ts';
import { silentLog } from '../db/log.ts';
import { sweeper } from './sweeper.ts';

const clock = fixedClock(new Date(0));
/** Long enough for the slowest machine; what is waited for comes within milliseconds. */
const soon = { interval: 2, timeout: 20_000 };

/** A sweeper whose rounds are counted. */
function counted(answers: readonly (number | Error)[], due: Date | undefined) {
  const seen = { runs: 0 };
  const made = sweeper({
    clock, log: silentLog, nextDue: async () => due,
    run: async () => {
      const answer = answers[seen.runs++] ?? 0;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { seen, made };
}

describe('the sweeper', () => {
  it('goes on while there is something to do, then sleeps until it is woken', async () => {
    const { seen, made } = counted([2, 1, 0], undefined);
    await expect.poll(() => seen.runs, soon).toBe(3);
    made.wake();
    await expect.poll(() => seen.runs, soon).toBe(4);
    await made.stop();
    expect(seen.runs).toBe(4);
  });

  it('wakes when the next thing is due', async () => {
    const { seen, made } = counted([0, 0], new Date(20));
    await expect.poll(() => seen.runs, soon).toBeGreaterThan(1);
    await made.stop();
  });

  it('survives a failure', async () => {
    const { seen, made } = counted([new Error('lost'), 0], undefined);
    await expect.poll(() => seen.runs, soon).toBeGreaterThan(0);
    made.wake();
    await expect.poll(() => seen.runs, soon).toBeGreaterThan(1);
    await made.stop();
  });
});
