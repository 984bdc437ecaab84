/** A caller by the directory's own statement, without a token. */
import { callerFrom, callerQuery, type KnownCaller } from '../../src/features/roles/store.ts';
import type { Executor } from '../../src/platform/db/database.ts';
import { maybe } from '../../src/platform/db/transaction.ts';

/** What the directory knows of a caller; undefined when the statement answers no row. */
export async function loadCaller(executor: Executor, who: { readonly principalId: string; readonly clientAppId: string }): Promise<KnownCaller | undefined> {
  const row = await maybe(executor, callerQuery(who));
  return row === undefined ? undefined : callerFrom(who, row);
}
