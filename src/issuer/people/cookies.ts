/** Cookies of the sign-in pages (RFC 6265). Pure. */
import type { IssuerSettings } from '../settings.ts';

/** Ties an interaction to the browser that began it; what makes the form safe from other sites. */
export const signInCookie = 'gatehouse_signin';
/** Remembers who has signed in in this browser. */
export const sessionCookie = 'gatehouse_session';

/** Value of a cookie in a Cookie header. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const pair = (header ?? '').split(';').map((part) => part.trim()).find((part) => part.startsWith(`${name}=`));
  const value = pair?.slice(name.length + 1);
  return value === undefined || !/^[\w-]{43}$/.test(value) ? undefined : value;
}

/** A Set-Cookie header: for this server only, unreadable for scripts, never sent with another site's form. '' removes it. */
export function writeCookie({ publicUrl }: Pick<IssuerSettings, 'publicUrl'>, name: string, value: string): string {
  const url = new URL(publicUrl);
  return [`${name}=${value}`, `Path=${url.pathname}`, 'HttpOnly', 'SameSite=Lax', ...(url.protocol === 'https:' ? ['Secure'] : []), ...(value === '' ? ['Max-Age=0'] : [])].join('; ');
}
