/** The pages that people see: plain HTML, no script, readable by every browser and screen reader. Pure. */
import { escapeHtml } from '../../kernel/html.ts';

/** A page ready to be sent. */
export interface Page {
  readonly status: number;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the sign-in page shows. */
export interface SignInView {
  readonly action: string;
  readonly interaction: string;
  readonly clientName: string;
  readonly username: string;
  readonly message?: string;
  readonly status?: number;
  /** Where the answer may go afterwards; browsers count the redirect after a form as part of it. */
  readonly redirectUri: string;
}

const style = `:root{color-scheme:light dark}*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.5 system-ui,sans-serif;background:#eef1f5;color:#1a2330}
main{width:min(24rem,calc(100vw - 2rem));background:#fff;border-radius:12px;padding:2rem;box-shadow:0 8px 30px #1a233022}h1{font-size:1.4rem;margin:0 0 .25rem}p{margin:.25rem 0 1rem}
label{display:block;font-weight:600;margin-top:1rem}input{width:100%;font:inherit;padding:.6rem .7rem;margin-top:.25rem;border:1px solid #8793a3;border-radius:6px;background:#fff;color:#1a2330}
button{width:100%;margin-top:1.5rem;padding:.7rem;font:inherit;font-weight:600;color:#fff;background:#1d4ed8;border:0;border-radius:6px;cursor:pointer}:focus-visible{outline:3px solid #60a5fa;outline-offset:2px}
.error{background:#fdecec;color:#8a1414;border-left:4px solid #b91c1c;padding:.6rem .8rem;border-radius:4px}
@media(prefers-color-scheme:dark){body{background:#111821;color:#e6ebf2}main{background:#1b2532}input{background:#111821;color:#e6ebf2}}`;

/** The sign-in form, with the fields `username` and `password`. */
export function signInPage(view: SignInView): Page {
  return page({ title: 'Sign in', status: view.status ?? 200, redirectUri: view.redirectUri, body: `<h1>Sign in</h1><p>to continue to <strong>${escapeHtml(view.clientName)}</strong></p>${errorOf(view.message)}
<form method="post" action="${escapeHtml(view.action)}"><input type="hidden" name="interaction" value="${escapeHtml(view.interaction)}">
<label for="username">User name</label><input id="username" name="username" type="text" value="${escapeHtml(view.username)}" autocomplete="username" autocapitalize="none" spellcheck="false" required${view.username === '' ? ' autofocus' : ''}>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required${view.username === '' ? '' : ' autofocus'}>
<button type="submit">Sign in</button></form>` });
}

/** The form that sets a new password, after the old one was right. */
export function newPasswordPage(view: Omit<SignInView, 'username'>): Page {
  return page({ title: 'Choose a new password', status: view.status ?? 200, redirectUri: view.redirectUri, body: `<h1>Choose a new password</h1><p>Your password has to be changed before you go on.</p>${errorOf(view.message)}
<form method="post" action="${escapeHtml(view.action)}"><input type="hidden" name="interaction" value="${escapeHtml(view.interaction)}">
<label for="newPassword">New password</label><input id="newPassword" name="newPassword" type="password" autocomplete="new-password" minlength="8" maxlength="256" required autofocus>
<label for="repeatPassword">The same again</label><input id="repeatPassword" name="repeatPassword" type="password" autocomplete="new-password" required>
<button type="submit">Change password</button></form>` });
}

/** A page that only says something. */
export function messagePage(title: string, message: string, status = 400): Page {
  return page({ title, status, redirectUri: '', body: `<h1>${escapeHtml(title)}</h1><p role="alert">${escapeHtml(message)}</p>` });
}

/** The answer as a form that the person sends on (response_mode=form_post). */
export function formPostPage(redirectUri: string, fields: Readonly<Record<string, string>>): Page {
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`).join('');
  return page({ title: 'Continue', status: 200, redirectUri, body: `<h1>Signed in</h1><form method="post" action="${escapeHtml(redirectUri)}">${inputs}<button type="submit" autofocus>Continue</button></form>` });
}

const errorOf = (message: string | undefined): string => (message === undefined ? '' : `<p class="error" role="alert">${escapeHtml(message)}</p>`);

function page({ title, status, redirectUri, body }: { title: string; status: number; redirectUri: string; body: string }): Page {
  return {
    status,
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)} – Gatehouse</title><style>${style}</style></head><body><main>${body}</main></body></html>`,
    headers: {
      'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action 'self'${sourceOf(redirectUri)}; base-uri 'none'; frame-ancestors 'none'`,
    },
  };
}

/** A redirect URI as a CSP source: its origin, or the scheme of an application on the person's machine. */
function sourceOf(redirectUri: string): string {
  const url = URL.parse(redirectUri);
  if (url === null) return '';
  return ` ${url.origin === 'null' ? url.protocol : url.origin}`;
}
