/** From an Authorization header to the caller of our own API: a good token, a principal that still is, and what it may do at this moment. */
import { sql } from 'kysely';
import { callerFrom, callerQuery, type CallerRow } from '../features/roles/store.ts';
import type { Caller } from '../kernel/caller.ts';
import { refuse } from '../kernel/problem.ts';
import type { Db, Executor } from '../platform/db/database.ts';
import { one } from '../platform/db/transaction.ts';
import type { AccessFacts } from './access/model.ts';
import { accessQuery } from './access/store.ts';
import type { Issuer } from './issuer.ts';
import { isOfEndedSession, needsNoGrant, ownApiQuestion, permissionsStillHeld, type Verified } from './verify.ts';

/**
 * Reads callers. Throws Problem `unauthenticated` for anything that is not a token of ours for us, whose principal or client is
 * gone or disabled, or whose sessions have ended. `admit` is told who asks before the database is, and may refuse.
 */
export function authenticator(db: Db, issuer: Pick<Issuer, 'verifyAccessToken'>): (authorization: string | undefined, admit?: (verified: Verified) => void) => Promise<Caller> {
  return async (authorization, admit) => {
    const verified = await issuer.verifyAccessToken(bearer(authorization));
    admit?.(verified);
    return await readCaller(db, verified) ?? refuse('unauthenticated', { reason: 'The identity behind this token, or the client that got it, is disabled or deleted, or its sessions have ended. Sign in again.' });
  };
}

interface Standing {
  readonly caller: CallerRow | null;
  /** null only where nothing of the token was granted. */
  readonly access: AccessFacts | null;
}

/** Who a verified token stands for and what it may do now, in one statement; undefined when somebody of it is gone or disabled, or the person's sessions have ended. */
export async function readCaller(executor: Executor, verified: Verified): Promise<Caller | undefined> {
  const ungranted = needsNoGrant(verified);
  const access = ungranted ? sql`null::json` : sql`(select row_to_json(a) from (${accessQuery(ownApiQuestion(verified))}) a)`;
  const standing = await one(executor, sql<Standing>`select (select row_to_json(c) from (${callerQuery(verified)}) c) as caller, ${access} as access`);
  if (standing.caller === null) return undefined;
  if (standing.access !== null && isOfEndedSession(verified, standing.access)) return undefined;
  const permissions = standing.access === null ? verified.permissions : permissionsStillHeld(verified, standing.access);
  return { ...callerFrom(verified, standing.caller), isDelegated: verified.isDelegated, permissions };
}

function bearer(authorization: string | undefined): string {
  if (authorization === undefined) return refuse('unauthenticated', { reason: 'Access token is empty. Send Authorization: Bearer with a token for this API.' });
  const [scheme = '', token = '', ...more] = authorization.trim().split(/\s+/);
  if (scheme.toLowerCase() !== 'bearer' || token === '' || more.length > 0) return refuse('unauthenticated', { reason: 'The Authorization header is malformed. Send Authorization: Bearer with a token for this API.' });
  return token;
}
