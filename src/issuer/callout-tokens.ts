/** Tokens that this server shows to the custom extensions that it calls: who calls, and nothing that anybody may do. */
import { ownApiAppId } from '../features/roles/model.ts';
import { newId } from '../platform/ids.ts';
import type { IssuerParts } from './parts.ts';
import { issuerOf } from './settings.ts';

const lifetimeSeconds = 300;

/**
 * A token for an audience that an extension names. It has no `oid` and no roles, and a `typ` of its own: no API that looks takes it
 * for somebody's access token. For our own API there is none.
 */
export async function calloutToken({ settings, ring }: IssuerParts, audience: string, now: Date): Promise<string | undefined> {
  const own = [ownApiAppId, settings.publicUrl, issuerOf(settings), 'https://graph.microsoft.com'];
  if (own.some((name) => audience.toLowerCase().replace(/\/$/, '') === name.toLowerCase())) return undefined;
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = { iss: issuerOf(settings), aud: audience, sub: 'gatehouse-callout', tid: settings.tenantId, iat: issuedAt, nbf: issuedAt, exp: issuedAt + lifetimeSeconds, jti: newId(), ver: '2.0' };
  return await ring.sign(claims, { typ: 'callout+jwt', now });
}
