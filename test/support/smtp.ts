/** A real SMTP server on loopback, and what stands in a mail that it got. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll } from 'vitest';

/** A mail as it came over the wire. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Whether it came over TLS, and as whom. */
  readonly isSecure: boolean;
  readonly user: string | undefined;
  readonly raw: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
}

/** An SMTP server on loopback that keeps what it gets. Stops with the file's tests. */
export class MailServer {
  readonly received: ReceivedMail[] = [];
  /** Answer to the next recipients: an SMTP code; undefined: welcome. */
  refuse: (address: string) => number | undefined = () => undefined;
  readonly #waiting: (() => void)[] = [];
  readonly #server: SMTPServer;

  constructor(options: SMTPServerOptions = { disabledCommands: ['STARTTLS', 'AUTH'] }) {
    this.#server = new SMTPServer({
      // Clients keep connections open for the next mail: nobody waits for them.
      closeTimeout: 50, ...options,
      onRcptTo: ({ address }, _session, answer) => {
        const code = this.refuse(address);
        answer(code === undefined ? null : Object.assign(new Error('not here'), { responseCode: code }));
      },
      onData: (stream, { envelope, secure, user }, answer) => {
        const pieces: Buffer[] = [];
        stream.on('data', (piece: Buffer) => { pieces.push(piece); });
        stream.on('end', () => {
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          this.received.push({ from, to: envelope.rcptTo.map(({ address }) => address), isSecure: secure, user: typeof user === 'string' ? user : undefined, ...parseMail(Buffer.concat(pieces).toString('utf8')) });
          answer();
          for (const look of this.#waiting.splice(0)) look();
        });
      },
    });
    this.#server.on('error', () => {});
  }

  /** Begins to listen; 0 takes any port. Answers the port. */
  async start(port = 0): Promise<number> {
    await new Promise<void>((resolve) => { this.#server.listen(port, '127.0.0.1', () => { resolve(); }); });
    afterAll(async () => { await this.stop(); });
    const address = this.#server.server.address() as AddressInfo;
    return address.port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => { this.#server.close(() => { resolve(); }); });
  }

  /** The first mail to an address whose subject fits, as soon as it has come. */
  async mailTo(address: string, subject: RegExp): Promise<ReceivedMail> {
    for (;;) {
      const found = this.received.find((mail) => mail.to.includes(address) && subject.test(mail.headers['subject'] ?? ''));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => { this.#waiting.push(resolve); });
    }
  }
}

/** Headers (unfolded and decoded, names in lower case), and the two bodies. */
function parseMail(raw: string): Pick<ReceivedMail, 'raw' | 'headers' | 'text' | 'html'> {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const headers = headersOf(head);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const parts = `\r\n${rest.join('\r\n\r\n')}`.split(`\r\n--${boundary}`).map((part) => part.trimStart());
  const body = (type: string): string => {
    const [inner = '', ...content] = (parts.find((part) => part.toLowerCase().startsWith(`content-type: ${type}`)) ?? '').split('\r\n\r\n');
    return headersOf(inner)['content-transfer-encoding'] === 'quoted-printable' ? unquote(content.join('\r\n\r\n')) : content.join('\r\n\r\n').replaceAll('\r\n', '\n');
  };
  return { raw, headers, text: body('text/plain'), html: body('text/html') };
}

function headersOf(head: string): Readonly<Record<string, string>> {
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n').map((line) => /^([\w-]+):\s*(.*)$/.exec(line)).filter((line) => line !== null);
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name.toLowerCase(), decodeWords(value)]));
}

/** Encoded words of RFC 2047. */
const decodeWords = (text: string): string => text.replaceAll(/\?=\s+=\?/g, '?==?').replaceAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, coded: string) => (
  kind.toUpperCase() === 'B' ? Buffer.from(coded, 'base64').toString('utf8') : unquote(coded.replaceAll('_', ' '))));

const unquote = (text: string): string => Buffer.from(text.replaceAll(/=\r?\n/g, '').replaceAll('\r\n', '\n').replaceAll(/[\u0080-\uffff]/g, encodeURIComponent).replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1').toString('utf8');
