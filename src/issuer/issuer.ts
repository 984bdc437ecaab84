/** The issuer: tokens for workloads, agents and people, and what our own API needs to check them. */
import type { FastifyInstance } from 'fastify';
import { mountIssuerDoor } from './door.ts';
import { makeParts, type IssuerParts } from './parts.ts';
import { deleteEndedPayloads } from './people/payload-store.ts';
import type { IssuerSettings } from './settings.ts';
import { TokenVerifier, type Verified } from './verify.ts';

export type { IssuerSettings } from './settings.ts';
export type { Verified } from './verify.ts';

/** What the composition root works with. */
export interface Issuer {
  /** Verifies a bearer token for our own API. Refuses `unauthenticated`. */
  verifyAccessToken(token: string): Promise<Verified>;
  /** Makes the first or the next signing key when it is due: at start, and once an hour. */
  rotateKeys(now: Date): Promise<void>;
  /** Forgets codes, sessions and the like that have ended: once an hour. */
  sweep(): Promise<void>;
  /** Whether tokens can be signed: for readiness. */
  isReady(now: Date): boolean;
}

/** Makes the issuer and its first key. */
export async function startIssuer(settings: IssuerSettings): Promise<Issuer & { readonly parts: IssuerParts }> {
  const parts = makeParts(settings);
  const verifier = new TokenVerifier(settings, parts.ring);
  await parts.ring.rotateKeys(new Date());
  return {
    parts,
    verifyAccessToken: async (token) => await verifier.verify(token),
    rotateKeys: async (now) => { await parts.ring.rotateKeys(now); },
    sweep: async () => { await deleteEndedPayloads(settings.db); },
    isReady: (now) => parts.ring.isReady(now),
  };
}

/** Adds the issuer's routes to the server. */
export function mountIssuer(app: FastifyInstance, issuer: { readonly parts: IssuerParts }): void {
  mountIssuerDoor(app, issuer.parts);
}
