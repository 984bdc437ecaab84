import { describe, expect, it } from 'vitest';
import { fixedClock } from '../clock.ts';
import { silentLog } from '../db/log.ts';
import { sweeper } from './sweeper.ts';

const clock = fixedClock(new Date(0));
const turn = async (): Promise<void> => await new Promise((resolve) => { setImmediate(resolve); });

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
    for (let n = 0; n < 20; n++) await turn();
    expect(seen.runs).toBe(3);
    made.wake();
    for (let n = 0; n < 20; n++) await turn();
    expect(seen.runs).toBe(4);
    await made.stop();
    expect(seen.runs).toBe(4);
  });

  it('wakes when the next thing is due', async () => {
    const { seen, made } = counted([0, 0], new Date(20));
    await expect.poll(() => seen.runs, { interval: 5, timeout: 5000 }).toBeGreaterThan(1);
    await made.stop();
  });

  it('survives a failure', async () => {
    const { seen, made } = counted([new Error('lost'), 0], undefined);
    for (let n = 0; n < 5; n++) await turn();
    expect(seen.runs).toBe(1);
    made.wake();
    for (let n = 0; n < 20; n++) await turn();
    expect(seen.runs).toBe(2);
    await made.stop();
  });
});
