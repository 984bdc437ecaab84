import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig, settings, type Config, type Environment } from './config.ts';

function configOf(env: Environment): Config {
  const result = parseConfig(env);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.config;
}

function problemsOf(env: Environment): string {
  const result = parseConfig(env);
  return result.ok ? '' : result.problems.join('\n');
}

const unlimited = { clientRequestsPerMinute: 0, principalRequestsPerMinute: 0, tokenRequestsPerMinute: 0, wrongCredentialsPerMinute: 0 };

describe('parseConfig', () => {
  it('gives the defaults of the operating contract for an empty environment', () => {
    expect(configOf({})).toEqual({
      host: '127.0.0.1', port: 8080, publicUrl: undefined, tls: undefined, home: path.resolve('.gatehouse'), databaseUrl: undefined,
      databasePoolSize: 10, logLevel: 'info', tokenLifetimeSeconds: 600, signingAlgorithm: 'RS256', keyRotationDays: 90, outboundHosts: [], mail: undefined, limits: unlimited,
    });
  });

  it('reads every setting', () => {
    const config = configOf({
      GATEHOUSE_HOST: '0.0.0.0', GATEHOUSE_PORT: '0', GATEHOUSE_PUBLIC_URL: 'https://Access.Example.com/gate/', GATEHOUSE_TLS_CERT: '/c.pem',
      GATEHOUSE_TLS_KEY: '/k.pem', GATEHOUSE_HOME: '/var/gate', DATABASE_URL: 'postgres://u:p@db/gate', GATEHOUSE_DB_POOL: '20',
      GATEHOUSE_LOG_LEVEL: 'DEBUG', GATEHOUSE_TOKEN_LIFETIME_SECONDS: '300', GATEHOUSE_SIGNING_ALG: 'es256', GATEHOUSE_KEY_ROTATION_DAYS: '7',
      GATEHOUSE_CLIENT_REQUESTS_PER_MINUTE: '4', GATEHOUSE_PRINCIPAL_REQUESTS_PER_MINUTE: '3', GATEHOUSE_TOKEN_REQUESTS_PER_MINUTE: '2', GATEHOUSE_WRONG_CREDENTIALS_PER_MINUTE: '0', GATEHOUSE_OUTBOUND_HOSTS: 'Flows.Internal, [::1]:9000,',
      GATEHOUSE_SMTP_URL: 'smtp://gate%40house:p%2Fw@mail.example.com', GATEHOUSE_MAIL_FROM: 'Access <access@example.com>',
    });
    expect(config).toEqual({
      host: '0.0.0.0', port: 0, publicUrl: 'https://access.example.com/gate', home: path.resolve('/var/gate'), databaseUrl: 'postgres://u:p@db/gate',
      tls: { certPath: path.resolve('/c.pem'), keyPath: path.resolve('/k.pem') }, databasePoolSize: 20, logLevel: 'debug',
      tokenLifetimeSeconds: 300, signingAlgorithm: 'ES256', keyRotationDays: 7, outboundHosts: ['flows.internal', '[::1]:9000'],
      mail: { host: 'mail.example.com', port: 587, isSecure: false, requiresTls: true, login: { user: 'gate@house', password: 'p/w' }, from: 'Access <access@example.com>' }, limits: { clientRequestsPerMinute: 4, principalRequestsPerMinute: 3, tokenRequestsPerMinute: 2, wrongCredentialsPerMinute: 0 },
    });
  });

  it.each<[string, Environment, boolean]>([
    ['another address of loopback', { GATEHOUSE_HOST: '127.0.0.2' }, false], ['a public address on loopback', { GATEHOUSE_PUBLIC_URL: 'http://localhost:8080' }, false], ['every address', { GATEHOUSE_HOST: '0.0.0.0' }, true],
    ['a proxy in front', { GATEHOUSE_PUBLIC_URL: 'https://access.example.com' }, true], ['IPv6 loopback', { GATEHOUSE_HOST: '::1', GATEHOUSE_PUBLIC_URL: 'http://[::1]:8080' }, false],
  ])('limits how often may be asked where it can be reached from outside: %s', (_, env, isLimited) => {
    expect(configOf(env).limits).toEqual(isLimited ? { clientRequestsPerMinute: 24_000, principalRequestsPerMinute: 6000, tokenRequestsPerMinute: 3000, wrongCredentialsPerMinute: 30 } : unlimited);
    expect(configOf({ ...env, GATEHOUSE_CLIENT_REQUESTS_PER_MINUTE: '0', GATEHOUSE_TOKEN_REQUESTS_PER_MINUTE: '9' }).limits).toMatchObject({ clientRequestsPerMinute: 0, tokenRequestsPerMinute: 9 });
  });

  it('takes an empty value as not set', () => {
    expect(configOf({ GATEHOUSE_PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 8080, databaseUrl: undefined });
  });

  it('reports every problem at once', () => {
    const text = problemsOf({ GATEHOUSE_PORT: '99999', GATEHOUSE_LOG_LEVEL: 'loud', GATEHOUSE_TLS_CERT: '/c.pem', GATEHOUSE_TOKEN_LIFETIME_SECONDS: '3600', GATEHOUSE_PUBLIC_URL: 'ftp://x', GATEHOUSE_OUTBOUND_HOSTS: 'http://x/' });
    for (const part of ['GATEHOUSE_OUTBOUND_HOSTS', 'GATEHOUSE_PORT', 'GATEHOUSE_LOG_LEVEL', 'go together', '60 to 600', 'GATEHOUSE_PUBLIC_URL']) expect(text).toContain(part);
  });

  it('takes an unknown GATEHOUSE_ name for a typing error and names the setting that was meant', () => {
    expect(problemsOf({ GATEHOUSE_PROT: '1' })).toContain('GATEHOUSE_PROT is not a setting. Did you mean GATEHOUSE_P');
    expect(problemsOf({ GATEHOUSE_TEST_ANYTHING: '1', PATH: '/bin' })).toBe('');
  });

  it('never quotes the database address, which holds a password', () => {
    expect(problemsOf({ DATABASE_URL: 'mysql://u:hunter2@db/x' })).toMatch(/^DATABASE_URL must be/);
    expect(problemsOf({ DATABASE_URL: 'mysql://u:hunter2@db/x' })).not.toContain('hunter2');
  });

  it('wants a mail server and a sender, or neither, and never quotes the server, which holds a password', () => {
    expect(problemsOf({ GATEHOUSE_SMTP_URL: 'smtp://mail.example.com' })).toBe('GATEHOUSE_SMTP_URL and GATEHOUSE_MAIL_FROM go together: set both, or neither.');
    expect(problemsOf({ GATEHOUSE_MAIL_FROM: 'access@example.com' })).toMatch(/go together/);
    const wrong = problemsOf({ GATEHOUSE_SMTP_URL: 'http://u:hunter2@mail.example.com', GATEHOUSE_MAIL_FROM: 'a@x.example, b@x.example' });
    expect(wrong).toMatch(/^GATEHOUSE_SMTP_URL must be a mail server[^]*^GATEHOUSE_MAIL_FROM is 'a@x\.example, b@x\.example'/m);
    expect(wrong).not.toMatch(/hunter2|MAIL_FROM go together/);
  });

  it('lists each setting once', () => {
    expect(new Set(settings.map((setting) => setting.name)).size).toBe(settings.length);
  });
});
