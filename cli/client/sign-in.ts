/** A person at the sign-in page: authorization code + PKCE, the HTML form filled in as a browser without script would. */
import { createHash, randomBytes } from 'node:crypto';
import { send } from './http.ts';
import { askForToken, tokenIn, type TokenDoor } from './tokens.ts';

/** Who signs in, through which public client, for what. */
export interface SignIn {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly username: string;
  readonly password: string;
  readonly scope: string;
}

/** What a browser would show: a page with a form, or the address it was sent to. */
interface Page {
  readonly url: string;
  readonly html: string;
}

const mostSteps = 8;
const letters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Signs the person in and answers their access token. Rejects with a sentence when the page refuses. */
export async function personToken(door: TokenDoor, person: SignIn): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(12).toString('base64url');
  const query = new URLSearchParams({
    client_id: person.clientId, response_type: 'code', redirect_uri: person.redirectUri, scope: person.scope, state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  });
  const back = await throughForm(`${door.base}/${door.tenantId}/oauth2/v2.0/authorize?${query.toString()}`, person);
  const code = back.searchParams.get('code');
  if (code === null || back.searchParams.get('state') !== state) throw new Error(`The sign-in of ${person.username} came back without a code: ${back.search}`);
  return tokenIn(await askForToken(door, {
    grant_type: 'authorization_code', client_id: person.clientId, redirect_uri: person.redirectUri, code, code_verifier: verifier, scope: person.scope,
  }));
}

/** Opens `address`, fills in the form and follows until the client's redirect URI is reached, which is answered. */
export async function throughForm(address: string, person: Pick<SignIn, 'username' | 'password' | 'redirectUri'>): Promise<URL> {
  const cookies = new Map<string, string>();
  let page = await follow(cookies, { url: address, redirectUri: person.redirectUri });
  for (let step = 0; step < mostSteps && 'html' in page; step += 1) {
    if (step > 0 && /name="password"/.test(page.html)) throw new Error(`The sign-in of ${person.username} was refused: ${messageOf(page.html)}`);
    page = await submit(cookies, page, person);
  }
  if ('html' in page) throw new Error(`The sign-in of ${person.username} does not end.`);
  return page;
}

interface Step {
  readonly url: string;
  readonly redirectUri: string;
  readonly form?: URLSearchParams;
}

/** One step of a browser, with the redirects that follow it. */
async function follow(cookies: Map<string, string>, first: Step): Promise<Page | URL> {
  let step = first;
  for (let hop = 0; hop < mostSteps; hop += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await send(step.form === undefined ? 'GET' : 'POST', step.url, {
      body: step.form,
      headers: { accept: 'text/html', ...(cookie === '' ? {} : { cookie }), ...(step.form === undefined ? {} : { origin: new URL(step.url).origin }) },
    });
    for (const line of answer.headers.getSetCookie()) keep(cookies, line);
    const location = answer.headers.get('location');
    if (location === null) {
      if (answer.status >= 500) throw new Error(`The sign-in page was answered ${answer.status}.`);
      return { url: step.url, html: answer.text };
    }
    const next = new URL(location, step.url);
    if (next.href.startsWith(first.redirectUri)) return next;
    step = { url: next.href, redirectUri: first.redirectUri };
  }
  throw new Error('The sign-in redirects without an end.');
}

async function submit(cookies: Map<string, string>, page: Page, person: Pick<SignIn, 'username' | 'password' | 'redirectUri'>): Promise<Page | URL> {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page.html);
  if (form === null) throw new Error(`The sign-in page has no form: ${messageOf(page.html)}`);
  const fields = new URLSearchParams();
  for (const [tag] of (form[2] ?? '').matchAll(/<input\b[^>]*>/gi)) {
    if (attribute(tag, 'type') === 'hidden') fields.set(attribute(tag, 'name'), attribute(tag, 'value'));
  }
  fields.set('username', person.username);
  fields.set('password', person.password);
  return await follow(cookies, { url: new URL(attribute(form[1] ?? '', 'action'), page.url).href, redirectUri: person.redirectUri, form: fields });
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
  cookies.set(name.trim(), value.trim());
}

const attribute = (tag: string, name: string): string => unescape(new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`, 'i').exec(tag)?.[1] ?? '');

const unescape = (html: string): string => html.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name?: string) =>
  (code === undefined ? letters[name ?? ''] ?? whole : String.fromCodePoint(Number(code))));

const messageOf = (html: string): string => unescape(/role="alert"[^>]*>([^<]*)/.exec(html)?.[1] ?? html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim().slice(0, 200));
