/** Sends mail through one SMTP server: one mail, one recipient. Credentials never leave the machine without TLS. */
import { createTransport } from 'nodemailer';
import { addressOfSender, isMailAddress, type MailSettings } from '../../kernel/mail.ts';

/** One mail for one person. Nothing in it may be trusted: addresses and subject are checked here again. */
export interface OutgoingMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Message-ID, the same at every try; and the one that begins the conversation. */
  readonly id: string;
  readonly thread: string;
  readonly createdAt: Date;
}

/** Why a mail was not taken. `isFinal`: it never will be. `why` may name the address; `logged` does not. */
export interface SendFailure {
  readonly isFinal: boolean;
  readonly why: string;
  readonly logged: string;
}

/** Sends mails. */
export interface Mailer {
  /** Sends; undefined: the server has taken it. Never rejects for what the server does. */
  send(mail: OutgoingMail): Promise<SendFailure | undefined>;
  /** Ends what is being sent: it fails, as what may pass. */
  close(): void;
}

const connectMs = 10_000;
const silenceMs = 30_000;
const mostConnections = 4;

/** Opens a mailer. It connects when there is something to send. */
export function openMailer(settings: MailSettings): Mailer {
  const { host, port, isSecure, requiresTls, login, from } = settings;
  const transport = createTransport({
    pool: true, host, port, secure: isSecure, requireTLS: requiresTls && !isSecure, maxConnections: mostConnections, idleTimeout: 30_000, maxRequeues: 0,
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    // Nobody stands between us and ourselves: on this machine a certificate of its own making will do.
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: requiresTls }, connectionTimeout: connectMs, greetingTimeout: connectMs, dnsTimeout: connectMs, socketTimeout: silenceMs,
    disableFileAccess: true, disableUrlAccess: true,
  });
  const closing = new AbortController();
  const send = async (mail: OutgoingMail): Promise<SendFailure | undefined> => {
    if (!isMailAddress(mail.to)) return { isFinal: true, why: 'The address is no mail address.', logged: 'The address is no mail address.' };
    try {
      await transport.sendMail({
        from, to: { name: '', address: mail.to }, envelope: { from: addressOfSender(from), to: [mail.to] }, subject: mail.subject, text: mail.text, html: mail.html, messageId: mail.id,
        inReplyTo: mail.thread, references: mail.thread, date: mail.createdAt, textEncoding: 'quoted-printable', signal: closing.signal,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  };
  return { send, close: () => { closing.abort(); transport.close(); } };
}

/** What a server says against this recipient or this mail will not change; everything else may. */
function failureOf(error: unknown): SendFailure {
  const facts: Readonly<Record<string, unknown>> = typeof error === 'object' && error !== null ? { ...error } : {};
  const code = typeof facts['code'] === 'string' ? facts['code'] : 'unknown';
  const said = typeof facts['responseCode'] === 'number' ? facts['responseCode'] : undefined;
  const isFinal = said !== undefined && said >= 500 && /^(RCPT TO|DATA)/.test(String(facts['command']));
  const logged = said === undefined ? `The mail server could not be used (${code}).` : `The mail server answered ${said} (${code}).`;
  const answer = typeof facts['response'] === 'string' ? facts['response'] : '';
  return { isFinal, logged, why: `${logged} ${answer}`.replaceAll(/\p{C}+/gu, ' ').slice(0, 500).trim() };
}
