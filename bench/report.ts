/** The table that a run ends with. */
import type { CpuTimes } from './cpu.ts';
import type { Measured } from './measure.ts';

/** One row: a move over HTTP and its statements alone. */
export interface Line {
  readonly name: string;
  readonly ours: Measured & { readonly cpu: CpuTimes | undefined };
  readonly raw: Measured;
  /** Statements that one such move sends, transaction brackets included. */
  readonly statements: number;
}

/** Prints rates, latencies and ratios, aligned. */
export function printTable(lines: readonly Line[]): void {
  const rows = [['', 'a second', 'p50 ms', 'p99 ms', 'raw a second', 'raw p50', 'raw p99', 'rate : raw', 'p50 : raw', 'statements', 'ms CPU: server', 'database', 'client']];
  for (const { name, ours, raw, statements } of lines) {
    rows.push([name, ours.perSecond.toFixed(0), ours.p50.toFixed(1), ours.p99.toFixed(1), raw.perSecond.toFixed(0), raw.p50.toFixed(1), raw.p99.toFixed(1),
      (ours.perSecond / raw.perSecond).toFixed(2), (ours.p50 / raw.p50).toFixed(2), String(statements),
      ...(ours.cpu === undefined ? ['-', '-', '-'] : [ours.cpu.server.toFixed(2), ours.cpu.database.toFixed(2), ours.cpu.client.toFixed(2)])]);
  }
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) process.stdout.write(`${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}\n`);
}
