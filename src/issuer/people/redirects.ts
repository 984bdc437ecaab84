/** Where a client may be sent back to, and what that says about the client. Pure. */
import type { Client } from '../clients/store.ts';

/** `web`: keeps a secret on a server; `spa`: runs in a browser; `native`: runs on a person's machine. */
export type RedirectKind = 'web' | 'spa' | 'native';

/** The kind under which a redirect URI is registered, or undefined. Loopback addresses match on any port (RFC 8252 §7.3). */
export function redirectKindOf({ redirectUris }: Pick<Client, 'redirectUris'>, uri: string): RedirectKind | undefined {
  const kinds: readonly RedirectKind[] = ['native', 'spa', 'web'];
  return kinds.find((kind) => redirectUris[kind].some((registered) => isSameRedirect(registered, uri)));
}

/** Whether the client that uses this redirect URI cannot keep a secret: then PKCE is all that protects the code. */
export const isPublicHere = ({ isFallbackPublic }: Pick<Client, 'isFallbackPublic'>, kind: RedirectKind): boolean => kind !== 'web' || isFallbackPublic;

function isSameRedirect(registered: string, given: string): boolean {
  if (registered === given) return true;
  const [one, other] = [URL.parse(registered), URL.parse(given)];
  if (one === null || other === null || one.protocol !== 'http:' || !['127.0.0.1', '[::1]', 'localhost'].includes(one.hostname)) return false;
  return other.protocol === 'http:' && one.hostname === other.hostname && one.pathname === other.pathname && one.search === other.search
    && other.username === '' && other.password === '' && other.hash === '';
}
