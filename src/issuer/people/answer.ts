/** Answers of the authorization endpoint, whatever the response mode. Pure. */
import type { OAuthError } from '../oauth-error.ts';
import type { ReturnAddress } from './authorize-request.ts';
import { formPostPage, type Page } from './page.ts';

/** A page, or a redirect (`location`), with cookies. */
export type Answer =
  | { readonly page: Page; readonly cookies?: readonly string[] }
  | { readonly location: string; readonly cookies?: readonly string[] };

/** Sends a code or an error back to the client. `iss` lets the client tell servers apart (RFC 9207). */
export function answerTo({ redirectUri, mode, state }: ReturnAddress, issuer: string, fields: Readonly<Record<string, string>>): Answer {
  const all = { ...fields, ...(state !== undefined && { state }), iss: issuer };
  if (mode === 'form_post') return { page: formPostPage(redirectUri, all) };
  const url = new URL(redirectUri);
  if (mode === 'fragment') url.hash = new URLSearchParams(all).toString();
  else for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return { location: url.href };
}

/** An OAuth failure as fields of an answer. */
export const errorFields = (failure: OAuthError): Readonly<Record<string, string>> => ({ error: failure.error, error_description: `GH${failure.number}: ${failure.message}` });
