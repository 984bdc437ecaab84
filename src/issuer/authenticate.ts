/** From an Authorization header to the caller of our own API: a good token, a principal that still is, and what it may do at this moment. */
import { loadCaller } from '../features/roles/store.ts';
import type { Caller } from '../kernel/caller.ts';
import { refuse } from '../kernel/problem.ts';
import type { Db } from '../platform/db/database.ts';
import type { Issuer } from './issuer.ts';

/** Reads callers. Throws Problem `unauthenticated` for anything that is not a token of ours for us, or whose principal or client is gone or disabled. */
export function authenticator(db: Db, issuer: Issuer): (authorization: string | undefined) => Promise<Caller> {
  return async (authorization) => {
    const token = bearer(authorization);
    const verified = await issuer.verifyAccessToken(token);
    const [known, permissions] = await Promise.all([loadCaller(db, verified), issuer.permissionsStillHeld(db, verified)]);
    if (known === undefined) return refuse('unauthenticated', { reason: 'The identity behind this token, or the client that got it, is disabled or deleted.' });
    return { ...known, isDelegated: verified.isDelegated, permissions };
  };
}

function bearer(authorization: string | undefined): string {
  if (authorization === undefined) return refuse('unauthenticated', { reason: 'Access token is empty. Send Authorization: Bearer with a token for this API.' });
  const [scheme = '', token = '', ...more] = authorization.trim().split(/\s+/);
  if (scheme.toLowerCase() !== 'bearer' || token === '' || more.length > 0) return refuse('unauthenticated', { reason: 'The Authorization header is malformed. Send Authorization: Bearer with a token for this API.' });
  return token;
}
