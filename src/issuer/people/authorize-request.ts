/** What an authorization request asks for: a list of checks, in order (RFC 6749 §4.1.1, RFC 7636 §4.3). Pure. */
import { parsePersonScope } from '../access/scope.ts';
import type { Form } from '../clients/form.ts';
import { need } from '../clients/form.ts';
import type { Client } from '../clients/store.ts';
import { deny } from '../oauth-error.ts';
import { isPublicHere, redirectKindOf, type RedirectKind } from './redirects.ts';

/** How the answer reaches the client. */
export type ResponseMode = 'query' | 'fragment' | 'form_post';

/** Where an answer goes; known before anything else is, because errors go there too. */
export interface ReturnAddress {
  readonly redirectUri: string;
  readonly kind: RedirectKind;
  readonly mode: ResponseMode;
  readonly state: string | undefined;
}

/** A valid request. */
export interface AuthorizeRequest {
  readonly scope: string;
  readonly nonce: string | undefined;
  readonly challenge: string | undefined;
  readonly prompts: ReadonlySet<string>;
  readonly loginHint: string;
  /** Seconds since the person last gave a password. */
  readonly maxAge: number | undefined;
}

/** Finds out where answers go. Refuses on a page, never by a redirect: the address is what is not trusted yet. */
export function readReturnAddress(client: Client, form: Form): ReturnAddress {
  const redirectUri = need(form, 'redirect_uri');
  const kind = redirectKindOf(client, redirectUri) ?? deny('badRedirect', { value: redirectUri });
  const asked = form.get('response_mode') ?? 'query';
  const mode = asked === 'query' || asked === 'fragment' || asked === 'form_post' ? asked : undefined;
  return { redirectUri, kind, mode: mode ?? 'query', state: form.get('state') };
}

/** Checks the rest. Refuses with what the client must mend. */
export function readAuthorizeRequest(client: Client, { form, kind, publicUrl }: { readonly form: Form; readonly kind: RedirectKind; readonly publicUrl: string }): AuthorizeRequest {
  const type = need(form, 'response_type');
  if (type !== 'code') deny('unsupportedResponseType', { value: type });
  const mode = form.get('response_mode');
  if (mode !== undefined && !['query', 'fragment', 'form_post'].includes(mode)) deny('invalidMode', { value: mode });
  for (const name of ['request', 'request_uri']) if (form.has(name)) deny('malformed', { field: name, reason: 'It is not supported here. Leave it out.' });
  const scope = need(form, 'scope');
  parsePersonScope(scope, publicUrl);
  const maxAge = form.get('max_age');
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) deny('malformed', { field: 'max_age', reason: 'Its value is a number of seconds.' });
  return {
    scope, challenge: readChallenge(client, form, kind), nonce: form.get('nonce'), loginHint: form.get('login_hint') ?? '',
    prompts: new Set((form.get('prompt') ?? '').split(' ').filter((word) => word !== '')), maxAge: maxAge === undefined ? undefined : Number(maxAge),
  };
}

function readChallenge(client: Client, form: Form, kind: RedirectKind): string | undefined {
  const challenge = form.get('code_challenge');
  if (challenge === undefined) return isPublicHere(client, kind) ? deny('pkceRequired') : undefined;
  if (form.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge)) deny('pkceRequired');
  return challenge;
}
