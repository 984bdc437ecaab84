/** Running the same thing many times at once, and what that says. */

/** What a run showed: a rate in operations a second, and latencies in milliseconds. */
export interface Measured {
  readonly count: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Does `work` for every number below `count`, `workers` at a time. The first failure ends the run. */
export async function measure(plan: { readonly count: number; readonly workers: number }, work: (index: number) => Promise<void>): Promise<Measured> {
  const latencies: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < plan.count) {
      const index = next++;
      const began = performance.now();
      await work(index);
      latencies.push(performance.now() - began);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: plan.workers }, worker));
  return summarize(latencies, performance.now() - began);
}

/** Rate and quantiles of latencies. `elapsed` in milliseconds. */
export function summarize(latencies: readonly number[], elapsed: number): Measured {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, perSecond: (sorted.length / elapsed) * 1000, p50: at(0.5), p99: at(0.99) };
}
