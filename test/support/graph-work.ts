/** Running commands as the service runs them: in one transaction, as a caller, without HTTP. */
import { expect } from 'vitest';
import type { Caller } from '../../src/kernel/caller.ts';
import { Problem } from '../../src/kernel/problem.ts';
import type { Db } from '../../src/platform/db/database.ts';
import { inTransaction } from '../../src/platform/db/transaction.ts';
import type { Command, GraphWork, Input, Outcome } from '../../src/platform/graph/model.ts';
import { newId } from '../../src/platform/ids.ts';

/** An application that holds these permissions, or whatever else `more` says. */
export const callerWith = (permissions: readonly string[], more: Partial<Caller> = {}): Caller => ({
  principalId: newId(), kind: 'servicePrincipal', displayName: 'test', clientAppId: newId(), isDelegated: false,
  permissions: new Set(permissions), directoryRoles: new Set(), entitlementRoles: [], ...more,
});

/** A person with these permissions in the token and these directory roles. */
export const personWith = (principalId: string, permissions: readonly string[], directoryRoles: readonly string[] = []): Caller =>
  callerWith(permissions, { principalId, kind: 'user', isDelegated: true, directoryRoles: new Set(directoryRoles) });

/** Where and as whom something runs; `now` defaults to the clock. */
export interface Acting {
  readonly db: Db;
  readonly caller: Caller;
  readonly now?: Date;
}

/** Runs `run` in one transaction. */
export async function working<T>({ db, caller, now = new Date() }: Acting, run: (work: GraphWork) => Promise<T>): Promise<T> {
  return await inTransaction(db, async (tx) => await run({
    caller, now, tx, version: 'v1.0', publicUrl: 'http://127.0.0.1:8080', headers: {}, requestId: newId(), clientRequestId: newId(),
  }));
}

/** Runs one command in one transaction. */
export async function command(acting: Acting, run: Command, input: Partial<Input> = {}): Promise<Outcome> {
  return await working(acting, async (work) => await run(work, { id: '', ancestors: [], body: {}, arguments: {}, prefer: new Set(), ...input }));
}

/** Id of what a command created. */
export function createdId(outcome: Outcome): string {
  return outcome.answer === 'created' ? outcome.id : expect.unreachable(`answered ${outcome.answer}`);
}

/** The refusal that `attempt` ends with. */
export async function refusalOf(attempt: Promise<unknown>): Promise<Problem> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  return expect.unreachable('it was not refused');
}
