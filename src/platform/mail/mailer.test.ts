/** The wire: what leaves this machine, and what never does. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../test/issuer/certificate.ts';
import { MailServer } from '../../../test/support/smtp.ts';
import { parseSmtpServer, type MailSettings } from '../../kernel/mail.ts';
import { openMailer, type Mailer, type OutgoingMail } from './mailer.ts';

const mail: OutgoingMail = { to: 'ann@example.com', subject: 'Denied: “Küche”', text: 'Grüße, line\n', html: '<p>Grüße</p>\n', id: '<m1@house>', thread: '<r1.request@house>', createdAt: new Date('2026-11-24T08:00:00Z') };
const opened: Mailer[] = [];
afterEach(() => { for (const mailer of opened.splice(0)) mailer.close(); });

const settings = (address: string): MailSettings => ({ ...parseSmtpServer(address) ?? expect.unreachable('no server'), from: 'Access <access@example.com>' });
function open(given: MailSettings): Mailer {
  const mailer = openMailer(given);
  opened.push(mailer);
  return mailer;
}

/** A server that wants to know who writes, and keeps what it was told of that. */
function guarded(more: object = {}): { readonly server: MailServer; readonly logins: string[] } {
  const logins: string[] = [];
  const { cert, key } = makeCertificate();
  const server = new MailServer({
    key, cert, ...more,
    onAuth: ({ username, password }, _session, answer) => {
      logins.push(`${username ?? ''}:${password ?? ''}`);
      if (password === 'hunter2') answer(null, { user: username });
      else answer(Object.assign(new Error('wrong'), { responseCode: 535 }));
    },
  });
  return { server, logins };
}

describe('a mail on the wire', () => {
  it('goes to one person, says that no person wrote it, and belongs to its conversation', async () => {
    const server = new MailServer();
    const mailer = open(settings(`smtp://127.0.0.1:${await server.start()}`));
    expect(await mailer.send(mail)).toBeUndefined();
    const [got] = server.received;
    expect(got).toMatchObject({ from: 'access@example.com', to: ['ann@example.com'], text: 'Grüße, line\n', html: '<p>Grüße</p>\n' });
    expect(got?.headers).toMatchObject({
      from: 'Access <access@example.com>', to: 'ann@example.com', subject: 'Denied: “Küche”', 'message-id': '<m1@house>', references: '<r1.request@house>', 'in-reply-to': '<r1.request@house>',
      'auto-submitted': 'auto-generated', date: 'Tue, 24 Nov 2026 08:00:00 +0000',
    });
    expect(Object.keys(got?.headers ?? {}).filter((name) => /^(cc|bcc|reply-to)$/.test(name))).toEqual([]);
  });

  it.each(['ann@example.com, all@example.com', 'ann@example.com\r\nBcc: all@example.com', 'ann@example.com> <all@example.com', 'ann'])('goes to nobody else by the address %j', async (to) => {
    const server = new MailServer();
    const mailer = open(settings(`smtp://127.0.0.1:${await server.start()}`));
    expect(await mailer.send({ ...mail, to })).toMatchObject({ isFinal: true });
    expect(server.received).toEqual([]);
  });

  it('has no header that its subject or identifiers bring along', async () => {
    const server = new MailServer();
    const mailer = open(settings(`smtp://127.0.0.1:${await server.start()}`));
    await mailer.send({ ...mail, subject: 'x\r\nBcc: all@example.com\r\n\r\nbody', thread: '<a@b>\r\nX-Evil: 1' });
    expect(server.received.map(({ to, headers }) => [to, headers['bcc'], headers['x-evil']])).toEqual([[['ann@example.com'], undefined, undefined]]);
  });
});

describe('a server that says no', () => {
  it.each([[550, true], [552, true], [450, false], [421, false]])('to a recipient with %i: final %s', async (code, isFinal) => {
    const server = new MailServer();
    server.refuse = () => code;
    const failure = await open(settings(`smtp://127.0.0.1:${await server.start()}`)).send(mail);
    expect(failure).toMatchObject({ isFinal });
    expect(failure?.why).toContain(String(code));
    expect(failure?.logged).not.toContain('example.com');
  });

  it('by not being there is asked again', async () => {
    const server = new MailServer();
    const port = await server.start();
    await server.stop();
    expect(await open(settings(`smtp://127.0.0.1:${port}`)).send(mail)).toMatchObject({ isFinal: false, logged: expect.stringMatching(/^The mail server could not be used \(E/) });
  });

  it('to who writes is asked again: somebody will mend the settings; and the password is not told', async () => {
    const { server, logins } = guarded();
    const failure = await open(settings(`smtp://gate:wrong-secret@127.0.0.1:${await server.start()}`)).send(mail);
    expect(failure).toMatchObject({ isFinal: false });
    expect(logins).toEqual(['gate:wrong-secret']);
    expect(JSON.stringify(failure)).not.toMatch(/wrong-secret|d3Jvbmct/);
  });
});

describe('a server that says nothing', () => {
  it('keeps nobody waiting who wants to stop', async () => {
    const mute = createServer();
    const isConnected = new Promise<void>((resolve) => { mute.on('connection', (socket) => { socket.on('error', () => {}); resolve(); }); });
    await new Promise<void>((resolve) => { mute.listen(0, '127.0.0.1', resolve); });
    const address = mute.address();
    const mailer = open(settings(`smtp://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`));
    const sending = mailer.send(mail);
    await isConnected;
    mailer.close();
    expect(await sending).toMatchObject({ isFinal: false });
    mute.close();
  });
});

describe('TLS', () => {
  it('is used to this machine where it is offered, with whatever certificate', async () => {
    const { server } = guarded();
    expect(await open(settings(`smtp://gate:hunter2@127.0.0.1:${await server.start()}`)).send(mail)).toBeUndefined();
    expect(server.received).toMatchObject([{ isSecure: true, user: 'gate' }]);
  });

  it('from the first byte is smtps', async () => {
    const { server } = guarded({ secure: true });
    expect(await open(settings(`smtps://gate:hunter2@localhost:${await server.start()}`)).send(mail)).toBeUndefined();
    expect(server.received).toMatchObject([{ isSecure: true, user: 'gate' }]);
  });

  // What holds for every other host, asked of one that can be reached from here.
  const elsewhere = (address: string): MailSettings => ({ ...settings(address), requiresTls: true });

  it('is required elsewhere: without it neither mail nor password leaves', async () => {
    const { server, logins } = guarded({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    const failure = await open(elsewhere(`smtp://gate:hunter2@127.0.0.1:${await server.start()}`)).send(mail);
    expect([failure?.isFinal, server.received, logins]).toEqual([false, [], []]);
  });

  it.each([['smtp', {}], ['smtps', { secure: true }]])('elsewhere trusts no unknown certificate: %s', async (scheme, more) => {
    const { server, logins } = guarded(more);
    const failure = await open(elsewhere(`${scheme}://gate:hunter2@127.0.0.1:${await server.start()}`)).send(mail);
    expect([failure?.isFinal, server.received, logins]).toEqual([false, [], []]);
  });
});
