/** Mail servers and mail addresses, as text. Pure. */
import { isLoopback } from './loopback.ts';

/** The server that mail goes through. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (smtps). Otherwise STARTTLS. */
  readonly isSecure: boolean;
  /** Without TLS that can be trusted nothing is sent: everywhere but to this machine. */
  readonly requiresTls: boolean;
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

/** Through whom mail is sent, and in whose name: `name@example.com` or `Name <name@example.com>`. */
export interface MailSettings extends SmtpServer {
  readonly from: string;
}

/** `smtp://user:password@host:587` or `smtps://host`; undefined when it is none. User and password go together, and nothing follows the port. */
export function parseSmtpServer(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') return undefined;
  const login = loginOf(url);
  if (login === null) return undefined;
  const isSecure = url.protocol === 'smtps:';
  const port = url.port === '' ? (isSecure ? 465 : 587) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, isSecure, requiresTls: !isLoopbackAddress(url.hostname), login };
}

/** Not every name that begins with 127 is this machine. */
const isLoopbackAddress = (host: string): boolean => isLoopback(host.toLowerCase()) && !/^127\..*[^\d.]/.test(host);

/** User and password; undefined: none; null: only one of them, or wrongly written. */
function loginOf({ username, password }: URL): SmtpServer['login'] | null {
  if (username === '' && password === '') return undefined;
  try {
    return username === '' || password === '' ? null : { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return null;
  }
}

const part = /[^\s@<>()[\]\\,;:"\p{C}]/u.source;
const oneAddress = new RegExp(`^${part}{1,64}@${part}+$`, 'u');
const sender = new RegExp(`^(?:${part}+@${part}+|[^<>@,;:"\\p{C}]+ <${part}+@${part}+>)$`, 'u');

/** One address and nothing else: no list, no name, no line break. */
export const isMailAddress = (text: string): boolean => text.length <= 254 && oneAddress.test(text);

/** An address, or a name with one in angle brackets. */
export const isSender = (text: string): boolean => sender.test(text);

/** The address of a sender. */
export const addressOfSender = (from: string): string => /<([^<>]*)>$/.exec(from)?.[1] ?? from;
