/** The authorization endpoint: shows the sign-in form, or answers at once for somebody who is signed in. */
import type { IssuerParts } from '../parts.ts';
import { findKnown } from '../clients/authenticate.ts';
import { need, type Form } from '../clients/form.ts';
import type { Client } from '../clients/store.ts';
import { newId } from '../../platform/ids.ts';
import { deny, OAuthError } from '../oauth-error.ts';
import { issuerOf } from '../settings.ts';
import { answerTo, errorFields, type Answer } from './answer.ts';
import { readAuthorizeRequest, readReturnAddress, type AuthorizeRequest, type ReturnAddress } from './authorize-request.ts';
import { readCookie, sessionCookie, signInCookie, writeCookie } from './cookies.ts';
import { signInPage } from './page.ts';
import { digestOf, findPayload, keepPayload, newSecret } from './payload-store.ts';
import { findPerson, type Person } from './person-store.ts';

/** A request that has been checked, with the client that sent it. */
export interface Asked {
  readonly client: Client;
  readonly address: ReturnAddress;
  readonly request: AuthorizeRequest;
}

/** What is kept while a person signs in. */
export interface Interaction {
  readonly params: readonly (readonly [string, string])[];
  /** Hash of the browser's cookie. */
  readonly browser: string;
  /** Set when the password was right and has to be changed: whose, and when that was, in seconds since 1970. */
  readonly proven?: Session;
}

/** What is kept of somebody who has signed in. `authTime` in seconds since 1970, with fractions. */
export interface Session {
  readonly userId: string;
  readonly authTime: number;
}

/** What is kept behind a code. */
export interface CodePayload extends Session {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly kind: ReturnAddress['kind'];
  readonly challenge?: string;
  readonly nonce?: string;
  readonly scope: string;
}

const interactionSeconds = 900;
const codeSeconds = 60;

/** Where the forms are sent. */
export const signInAddress = ({ settings }: IssuerParts): string => `${settings.publicUrl}/${settings.tenantId}/oauth2/v2.0/signin`;

/** Answers GET or POST /authorize. Throws OAuthError only when there is no trusted address to answer to. */
export async function authorize(parts: IssuerParts, form: Form, cookieHeader: string | undefined): Promise<Answer> {
  const { client, address } = await readClient(parts, form);
  return await withAddress(parts, address, async () => {
    const request = readAuthorizeRequest(client, { form, kind: address.kind, publicUrl: parts.settings.publicUrl });
    const session = await findSession(parts, request, readCookie(cookieHeader, sessionCookie));
    if (session !== undefined) return await answerWithCode(parts, { client, address, request }, session);
    if (request.prompts.has('none')) return deny('loginRequired');
    return await beginInteraction(parts, { client, address, request }, { form, cookieHeader });
  });
}

/** The client and its return address, for a form that may have been kept. */
export async function readClient({ settings }: IssuerParts, form: Form): Promise<Pick<Asked, 'client' | 'address'>> {
  const client = await findKnown(settings.db, need(form, 'client_id'));
  if (client.type !== 'servicePrincipal') deny('unknownClient', { value: client.appId });
  return { client, address: readReturnAddress(client, form) };
}

/** Runs `work`; its OAuth failures are sent to the client. */
export async function withAddress({ settings }: IssuerParts, address: ReturnAddress, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return answerTo(address, issuerOf(settings), errorFields(error));
  }
}

/** Gives the client a code for this person. */
export async function answerWithCode({ settings }: IssuerParts, { client, address, request }: Asked, session: Session): Promise<Answer> {
  const payload: CodePayload = {
    ...session, clientId: client.appId, redirectUri: address.redirectUri, kind: address.kind, scope: request.scope,
    ...(request.challenge !== undefined && { challenge: request.challenge }), ...(request.nonce !== undefined && { nonce: request.nonce }),
  };
  const code = await keepPayload(settings.db, { model: 'AuthorizationCode', payload, family: newId(), seconds: codeSeconds });
  return answerTo(address, issuerOf(settings), { code });
}

/** Whether what was proved at `authTime` still stands for this person. */
export const isStillSignedIn = (person: Person | undefined, authTime: number): person is Person => isStillProven(person, authTime) && !person.mustChange;

/** The same where the password has yet to be changed. */
export const isStillProven = (person: Person | undefined, authTime: number): person is Person => person !== undefined && person.isEnabled && person.sessionsValidFrom <= authTime;

async function findSession({ settings }: IssuerParts, { prompts, maxAge }: AuthorizeRequest, secret: string | undefined): Promise<Session | undefined> {
  if (secret === undefined || prompts.has('login') || prompts.has('select_account')) return undefined;
  const kept = await findPayload<Session>(settings.db, 'Session', secret);
  if (kept === undefined || (maxAge !== undefined && kept.now - kept.payload.authTime > maxAge)) return undefined;
  return isStillSignedIn(await findPerson(settings.db, kept.payload.userId), kept.payload.authTime) ? kept.payload : undefined;
}

async function beginInteraction(parts: IssuerParts, { client, address, request }: Asked, { form, cookieHeader }: { form: Form; cookieHeader: string | undefined }): Promise<Answer> {
  const browser = readCookie(cookieHeader, signInCookie) ?? newSecret();
  const payload: Interaction = { params: [...form], browser: digestOf(browser) };
  const interaction = await keepPayload(parts.settings.db, { model: 'Interaction', payload, seconds: interactionSeconds });
  return {
    page: signInPage({ action: signInAddress(parts), interaction, clientName: client.displayName ?? client.appId, username: request.loginHint.slice(0, 200), redirectUri: address.redirectUri }),
    cookies: [writeCookie(parts.settings, signInCookie, browser)],
  };
}
