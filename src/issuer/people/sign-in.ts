/** The sign-in form comes back: checks the password, has it changed where it must be, and gives the client its code. */
import type { Form } from '../clients/form.ts';
import { need } from '../clients/form.ts';
import type { IssuerParts } from '../parts.ts';
import type { Answer } from './answer.ts';
import { answerWithCode, isStillProven, readClient, signInAddress, withAddress, type Asked, type Interaction } from './authorize.ts';
import { readAuthorizeRequest } from './authorize-request.ts';
import { readCookie, sessionCookie, signInCookie, writeCookie } from './cookies.ts';
import { messagePage, newPasswordPage, signInPage } from './page.ts';
import { isPassword } from '../../platform/password-hash.ts';
import { setPassword, whyNotNewPassword } from './passwords.ts';
import { digestOf, dropPayload, findPayload, keepPayload, replacePayload } from './payload-store.ts';
import { findPerson, findPersonByName, type Person } from './person-store.ts';

/** Where the form came from. `cookieHeader` and `address` of the browser; `now` on the clock of the throttle, in milliseconds. */
export interface Browser {
  readonly cookieHeader: string | undefined;
  readonly address: string;
  readonly now: number;
  readonly requestId: string;
}

/** An interaction that belongs to this browser. */
interface Running {
  readonly secret: string;
  readonly interaction: Interaction;
  readonly asked: Asked;
}

const sessionSeconds = 8 * 3600;
const wrong = 'The user name or the password is not right, or the account may not sign in.';
const started = 'This sign-in was not begun in this browser, or it took too long. Go back to the application and start again.';

/** Answers POST /signin. */
export async function signIn(parts: IssuerParts, form: Form, browser: Browser): Promise<Answer> {
  const secret = need(form, 'interaction');
  const kept = await findPayload<Interaction>(parts.settings.db, 'Interaction', secret);
  const cookie = readCookie(browser.cookieHeader, signInCookie);
  if (kept === undefined || cookie === undefined || kept.payload.browser !== digestOf(cookie)) return { page: messagePage('Start again', started) };
  const params = new Map(kept.payload.params);
  const { client, address } = await readClient(parts, params);
  return await withAddress(parts, address, async () => {
    const request = readAuthorizeRequest(client, { form: params, kind: address.kind, publicUrl: parts.settings.publicUrl });
    const running: Running = { secret, interaction: kept.payload, asked: { client, address, request } };
    return kept.payload.proven === undefined ? await takePassword(parts, running, { form, browser }) : await takeNewPassword(parts, running, { form, browser });
  });
}

interface Given {
  readonly form: Form;
  readonly browser: Browser;
}

async function takePassword(parts: IssuerParts, running: Running, { form, browser }: Given): Promise<Answer> {
  const username = (form.get('username') ?? '').trim().slice(0, 320);
  const key = `${username.toLowerCase()} ${browser.address}`;
  const seconds = parts.throttle.secondsToWait(key, browser.now);
  if (seconds > 0) return formAgain(parts, running, { username, status: 429, seconds, message: `Too many attempts. Try again in ${seconds} seconds.` });
  // Counted before it is checked: attempts that are made at once all count.
  parts.throttle.fail(key, browser.now);
  const person = await findPersonByName(parts.settings.db, username);
  const isRight = await isPassword(person?.hash, form.get('password') ?? '');
  if (person === undefined || !isRight || !person.isEnabled) {
    parts.settings.log.info({ requestId: browser.requestId, personId: person?.id }, 'sign-in refused');
    return formAgain(parts, running, { username, message: wrong, status: 200 });
  }
  parts.throttle.succeed(key);
  if (!person.mustChange) return await finish(parts, running, person);
  await replacePayload(parts.settings.db, 'Interaction', { secret: running.secret, payload: { ...running.interaction, proven: { userId: person.id, authTime: person.now } } });
  return newPasswordAgain(parts, running);
}

async function takeNewPassword(parts: IssuerParts, running: Running, { form, browser }: Given): Promise<Answer> {
  const { proven } = running.interaction;
  const person = proven === undefined ? undefined : await findPerson(parts.settings.db, proven.userId);
  if (proven === undefined || !isStillProven(person, proven.authTime)) return { page: messagePage('Start again', started) };
  const given = form.get('newPassword') ?? '';
  const why = form.get('repeatPassword') === given ? await whyNotNewPassword(person, given) : 'The two passwords differ.';
  if (why !== undefined) return newPasswordAgain(parts, running, why);
  const changed = await setPassword(parts.settings.db, { person, password: given, requestId: browser.requestId });
  return await finish(parts, running, changed);
}

/** The session begins under a new secret, whatever the browser had before. */
async function finish(parts: IssuerParts, { secret, asked }: Running, person: Person): Promise<Answer> {
  const session = { userId: person.id, authTime: person.now };
  const { db } = parts.settings;
  await dropPayload(db, 'Interaction', secret);
  const value = await keepPayload(db, { model: 'Session', payload: session, family: `session ${person.id}`, seconds: sessionSeconds });
  const answer = await answerWithCode(parts, asked, session);
  return { ...answer, cookies: [writeCookie(parts.settings, sessionCookie, value)] };
}

function formAgain(parts: IssuerParts, { secret, asked }: Running, view: { username: string; message: string; status: number; seconds?: number }): Answer {
  const page = signInPage({ action: signInAddress(parts), interaction: secret, clientName: asked.client.displayName ?? asked.client.appId, redirectUri: asked.address.redirectUri, ...view });
  return { page: view.seconds === undefined ? page : { ...page, headers: { ...page.headers, 'retry-after': String(view.seconds) } } };
}

function newPasswordAgain(parts: IssuerParts, { secret, asked }: Running, message?: string): Answer {
  const view = { action: signInAddress(parts), interaction: secret, clientName: '', redirectUri: asked.address.redirectUri, status: 200 };
  return { page: newPasswordPage({ ...view, ...(message !== undefined && { message }) }) };
}
