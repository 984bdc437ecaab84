/** Processor time by process, where Linux tells it: what a move costs whatever else the machine is doing. */
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of processor time (user and system) so far. */
export interface CpuTimes {
  readonly server: number;
  readonly database: number;
  readonly client: number;
}

const millisecondsPerTick = 10;

/** Times of the server with this pid, of every PostgreSQL process of this cluster, and of this process; undefined where /proc is not. */
export function readCpu(serverPid: number, postmasterPid: number): CpuTimes | undefined {
  try {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(statOf);
    const database = all.filter((stat) => stat !== undefined && (stat.pid === postmasterPid || stat.parent === postmasterPid));
    const { user, system } = process.cpuUsage();
    return { server: statOf(String(serverPid))?.milliseconds ?? 0, database: database.reduce((sum, stat) => sum + (stat?.milliseconds ?? 0), 0), client: (user + system) / 1000 };
  } catch {
    return undefined;
  }
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly milliseconds: number;
}

/** proc(5): after the name in parentheses come state, ppid … and, as fields 14 and 15, user and system ticks. */
function statOf(pid: string): Stat | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return { pid: Number(pid), parent: Number(fields[1]), milliseconds: (Number(fields[11]) + Number(fields[12])) * millisecondsPerTick };
  } catch {
    return undefined;
  }
}

/** What happened between two readings, per operation, in milliseconds. */
export function perOperation(before: CpuTimes | undefined, after: CpuTimes | undefined, count: number): CpuTimes | undefined {
  if (before === undefined || after === undefined) return undefined;
  return { server: (after.server - before.server) / count, database: (after.database - before.database) / count, client: (after.client - before.client) / count };
}
