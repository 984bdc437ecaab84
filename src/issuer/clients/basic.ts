/** HTTP Basic as client authentication (RFC 6749 §2.3.1). Pure. */
import { deny } from '../oauth-error.ts';

/** Client id and secret of an Authorization header, or undefined when it is not Basic. Refuses what cannot be read. */
export function readBasic(header: string | undefined): { readonly clientId: string; readonly secret: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const at = text.indexOf(':');
  if (at < 0) return deny('badSecret');
  return { clientId: decode(text.slice(0, at)), secret: decode(text.slice(at + 1)) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return deny('badSecret');
  }
}
