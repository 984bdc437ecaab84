import { describe, expect, it } from 'vitest';
import { addressOfSender, isMailAddress, isSender, parseSmtpServer } from './mail.ts';

describe('a mail server', () => {
  it.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, isSecure: false, requiresTls: true, login: undefined }],
    ['smtps://mail.example.com/', { host: 'mail.example.com', port: 465, isSecure: true, requiresTls: true, login: undefined }],
    ['smtp://u:p@127.0.0.1:2525', { host: '127.0.0.1', port: 2525, isSecure: false, requiresTls: false, login: { user: 'u', password: 'p' } }],
    ['smtp://[::1]:2525', { host: '::1', port: 2525, isSecure: false, requiresTls: false, login: undefined }],
    ['smtp://localhost', { host: 'localhost', port: 587, isSecure: false, requiresTls: false, login: undefined }],
    ['smtp://127.0.0.1.evil.example', { host: '127.0.0.1.evil.example', port: 587, isSecure: false, requiresTls: true, login: undefined }],
    ['smtps://a%40b:%25@m:1', { host: 'm', port: 1, isSecure: true, requiresTls: true, login: { user: 'a@b', password: '%' } }],
  ])('is read from %s', (text, expected) => { expect(parseSmtpServer(text)).toEqual(expected); });

  it.each(['mail.example.com', 'http://m', 'smtp://', 'smtp://u@m', 'smtp://:p@m', 'smtp://m/x', 'smtp://m?x=1', 'smtp://m#x', 'smtp://u:%zz@m', 'smtp://m:99999'])('is not read from %s', (text) => { expect(parseSmtpServer(text)).toBeUndefined(); });
});

describe('an address', () => {
  it.each(['ann@example.com', "o'hara+x@example.com", 'jörg@exämple.example'])('is one: %s', (text) => { expect([isMailAddress(text), isSender(text)]).toEqual([true, true]); });
  it.each([
    '', 'ann', 'ann@', '@x', 'a@x, b@y', 'a@x;b@y', 'a@x\r\nBcc: b@y', 'a@x b@y', '<a@x>', 'Ann <a@x>', 'a@b@c', 'a@x\u0000', `${'a'.repeat(65)}@x`, `a@${'x'.repeat(260)}`, 'a\u202e@x',
  ])('is none: %j', (text) => { expect(isMailAddress(text)).toBe(false); });
  it.each(['Access <a@x>, b@y', 'A\r\nBcc: b@y <a@x>', 'Access <a@x', '<a@x>', 'a <b> <c@d>'])('is no sender: %j', (text) => { expect(isSender(text)).toBe(false); });
  it('is taken out of a sender', () => { expect([addressOfSender('Access <a@x>'), addressOfSender('a@x')]).toEqual(['a@x', 'a@x']); });
});
