/**
 * Settings: environment variables → {@link Config}, or every problem at once. The table below is the only place that
 * knows their names; `docs/generated/config.md` is made from it. Nothing here touches files or the network.
 */
import path from 'node:path';
import { isLoopback } from './kernel/loopback.ts';
import { isSender, parseSmtpServer, type MailSettings, type SmtpServer } from './kernel/mail.ts';

/** PEM files of the server's certificate chain and its private key. */
export interface TlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/** What an installation decides. All paths are absolute. */
export interface Config {
  readonly host: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
  /** Origin and path prefix in issuer, links and `@odata.nextLink`, no slash at the end; undefined: the address listened on. */
  readonly publicUrl: string | undefined;
  /** undefined: plain http. */
  readonly tls: TlsFiles | undefined;
  /** State folder. */
  readonly home: string;
  /** undefined: the embedded PostgreSQL in the state folder. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly logLevel: LogLevel;
  readonly tokenLifetimeSeconds: number;
  readonly signingAlgorithm: SigningAlgorithm;
  readonly keyRotationDays: number;
  /** `host` or `host:port`, lower case: called for custom extensions whatever their address. */
  readonly outboundHosts: readonly string[];
  /** undefined: nobody is told anything by mail. */
  readonly mail: MailSettings | undefined;
  readonly limits: Limits;
}

/** How often somebody may ask, a minute; 0: as often as it likes. */
export interface Limits {
  /** Graph requests of one client application, whoever it acts for. */
  readonly clientRequestsPerMinute: number;
  /** Graph requests of one identity, through whatever client. */
  readonly principalRequestsPerMinute: number;
  /** Token requests of one client from one address. */
  readonly tokenRequestsPerMinute: number;
  /** Wrong credentials, codes and assertions of one client from one address. */
  readonly wrongCredentialsPerMinute: number;
}

/** How much is logged. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** JWS algorithm of the tokens that this server signs. */
export type SigningAlgorithm = 'RS256' | 'ES256';

/** The settings, or one sentence for each thing that is wrong with them. */
export type ConfigResult = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly string[] };

/** The environment as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One environment variable; `read` answers a fallback after it has reported a problem. */
interface Variable<T> {
  readonly name: string;
  /** What happens when it is not set, for the documentation. */
  readonly unset: string;
  readonly meaning: string;
  readonly read: (text: string | undefined, report: (problem: string) => void) => T;
}

/** A limit a minute; `otherwise` holds where the server is reached from outside. */
interface LimitVariable extends Variable<number | undefined> {
  readonly otherwise: number;
}

/** Names under this prefix belong to the test tools and are not settings. */
const testPrefix = 'GATEHOUSE_TEST_';

const variables = {
  host: { name: 'GATEHOUSE_HOST', unset: '`127.0.0.1`', meaning: 'Address to listen on. Loopback unless TLS is set or a proxy stands in front.', read: readText('127.0.0.1') },
  port: { name: 'GATEHOUSE_PORT', unset: '`8080`', meaning: 'Port to listen on, 0–65535. 0 takes any free port; the chosen one is in `bootstrap.json`.', read: readInteger({ least: 0, most: 65535, otherwise: 8080 }) },
  publicUrl: { name: 'GATEHOUSE_PUBLIC_URL', unset: 'the address listened on', meaning: 'What goes into issuer, links and `@odata.nextLink`: an http(s) URL without query.', read: readPublicUrl },
  certPath: { name: 'GATEHOUSE_TLS_CERT', unset: 'plain http', meaning: 'PEM file of the certificate chain. Needs `GATEHOUSE_TLS_KEY` too.', read: readPath(undefined) },
  keyPath: { name: 'GATEHOUSE_TLS_KEY', unset: 'plain http', meaning: 'PEM file of the private key. Needs `GATEHOUSE_TLS_CERT` too.', read: readPath(undefined) },
  home: { name: 'GATEHOUSE_HOME', unset: '`./.gatehouse`', meaning: 'State folder: database files, keys, `bootstrap.json`.', read: readPath('.gatehouse') },
  databaseUrl: { name: 'DATABASE_URL', unset: 'an embedded PostgreSQL in the state folder', meaning: 'PostgreSQL 15 or newer to use: `postgres://user:password@host:port/database`.', read: readDatabaseUrl },
  databasePoolSize: { name: 'GATEHOUSE_DB_POOL', unset: '`10`', meaning: 'Most connections to the database, 2–500.', read: readInteger({ least: 2, most: 500, otherwise: 10 }) },
  logLevel: { name: 'GATEHOUSE_LOG_LEVEL', unset: '`info`', meaning: 'One of `trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`.', read: readOneOf<LogLevel>('info', 'trace', 'debug', 'warn', 'error', 'fatal', 'silent') },
  tokenLifetimeSeconds: { name: 'GATEHOUSE_TOKEN_LIFETIME_SECONDS', unset: '`600`', meaning: 'Longest life of an access token in seconds, 60–600. Tokens end sooner where a grant inside does.', read: readInteger({ least: 60, most: 600, otherwise: 600 }) },
  signingAlgorithm: { name: 'GATEHOUSE_SIGNING_ALG', unset: '`RS256`', meaning: '`RS256`, which verifiers everywhere accept, or `ES256`, which is faster.', read: readOneOf<SigningAlgorithm>('RS256', 'ES256') },
  keyRotationDays: { name: 'GATEHOUSE_KEY_ROTATION_DAYS', unset: '`90`', meaning: 'Age in days at which a new signing key takes over, 1–3650.', read: readInteger({ least: 1, most: 3650, otherwise: 90 }) },
  clientRequestsPerMinute: limitVariable('GATEHOUSE_CLIENT_REQUESTS_PER_MINUTE', 24_000, 'Graph requests a minute of one client application, before it is answered 429.'),
  principalRequestsPerMinute: limitVariable('GATEHOUSE_PRINCIPAL_REQUESTS_PER_MINUTE', 6000, 'Graph requests a minute of one identity, before it is answered 429.'),
  tokenRequestsPerMinute: limitVariable('GATEHOUSE_TOKEN_REQUESTS_PER_MINUTE', 3000, 'Token requests a minute of one client from one address, before it is answered 429.'),
  wrongCredentialsPerMinute: limitVariable('GATEHOUSE_WRONG_CREDENTIALS_PER_MINUTE', 30, 'Wrong secrets, assertions, codes and refresh tokens a minute of one client from one address, before it is answered 429.'),
  smtpServer: { name: 'GATEHOUSE_SMTP_URL', unset: 'nobody is told anything by mail', meaning: 'Mail server that tells people of requests, approvals and access: `smtp://user:password@host:587` (STARTTLS, required unless the host is this machine) or `smtps://user:password@host:465`. Needs `GATEHOUSE_MAIL_FROM` too.', read: readSmtpServer },
  mailFrom: { name: 'GATEHOUSE_MAIL_FROM', unset: 'nobody is told anything by mail', meaning: 'In whose name mail is sent: `access@example.com` or `Access <access@example.com>`. Needs `GATEHOUSE_SMTP_URL` too.', read: readMailFrom },
  outboundHosts: { name: 'GATEHOUSE_OUTBOUND_HOSTS', unset: 'none', meaning: 'Hosts inside your network that custom extensions may lead to: `host` or `host:port`, with commas between. Hosts of the internet need not be named; http is for this machine only.', read: readHosts },
} as const satisfies Record<string, Variable<unknown>>;

/** The settings for the documentation, in the order of the table. */
export const settings: readonly Pick<Variable<unknown>, 'name' | 'unset' | 'meaning'>[] = Object.values(variables);

/** Reads every setting; names that start with GATEHOUSE_ and mean nothing are problems, because they are typing errors. */
export function parseConfig(env: Environment): ConfigResult {
  const problems: string[] = unknownNames(env).map((name) => `${name} is not a setting. ${nearest(name)}`);
  const take = <T>({ name, read }: Variable<T>): T => read(env[name]?.trim() || undefined, (problem) => problems.push(`${name} ${problem}`));
  const isSet = ({ name }: { readonly name: string }): boolean => (env[name]?.trim() ?? '') !== '';
  const certPath = take(variables.certPath);
  const keyPath = take(variables.keyPath);
  if ((certPath === undefined) !== (keyPath === undefined)) {
    problems.push('GATEHOUSE_TLS_CERT and GATEHOUSE_TLS_KEY go together: set both, or neither.');
  }
  const smtpServer = take(variables.smtpServer);
  const mailFrom = take(variables.mailFrom);
  if (isSet(variables.smtpServer) !== isSet(variables.mailFrom)) {
    problems.push('GATEHOUSE_SMTP_URL and GATEHOUSE_MAIL_FROM go together: set both, or neither.');
  }
  const config: Omit<Config, 'limits'> = {
    host: take(variables.host),
    port: take(variables.port),
    publicUrl: take(variables.publicUrl),
    tls: certPath === undefined || keyPath === undefined ? undefined : { certPath, keyPath },
    home: take(variables.home) ?? '.gatehouse',
    databaseUrl: take(variables.databaseUrl),
    databasePoolSize: take(variables.databasePoolSize),
    logLevel: take(variables.logLevel),
    tokenLifetimeSeconds: take(variables.tokenLifetimeSeconds),
    signingAlgorithm: take(variables.signingAlgorithm),
    keyRotationDays: take(variables.keyRotationDays),
    outboundHosts: take(variables.outboundHosts),
    mail: smtpServer === undefined || mailFrom === undefined ? undefined : { ...smtpServer, from: mailFrom },
  };
  const limits = readLimits(take, isReachedFromOutside(config));
  return problems.length === 0 ? { ok: true, config: { ...config, limits } } : { ok: false, problems };
}

/** Beyond loopback, or behind a proxy that is. */
const isReachedFromOutside = ({ host, publicUrl }: Pick<Config, 'host' | 'publicUrl'>): boolean =>
  !isLoopback(host) || (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname));

function readLimits(take: <T>(variable: Variable<T>) => T, isExposed: boolean): Limits {
  const limit = (variable: LimitVariable): number => take(variable) ?? (isExposed ? variable.otherwise : 0);
  return {
    clientRequestsPerMinute: limit(variables.clientRequestsPerMinute), principalRequestsPerMinute: limit(variables.principalRequestsPerMinute),
    tokenRequestsPerMinute: limit(variables.tokenRequestsPerMinute), wrongCredentialsPerMinute: limit(variables.wrongCredentialsPerMinute),
  };
}

function unknownNames(env: Environment): readonly string[] {
  const known = new Set<string>(settings.map((setting) => setting.name));
  return Object.keys(env).filter((name) => name.startsWith('GATEHOUSE_') && !name.startsWith(testPrefix) && !known.has(name)).toSorted();
}

/** Points at the known name that shares the longest start with the wrong one. */
function nearest(name: string): string {
  const shared = (other: string): number => Array.from(other).findIndex((letter, at) => letter !== name[at]);
  const score = (other: string): number => (shared(other) < 0 ? other.length : shared(other));
  const best = settings.map((setting) => setting.name).toSorted((a, b) => score(b) - score(a))[0] ?? '';
  return score(best) > 'GATEHOUSE_'.length ? `Did you mean ${best}?` : 'docs/generated/config.md lists the settings.';
}

function readText(otherwise: string): Variable<string>['read'] {
  return (text) => text ?? otherwise;
}

function limitVariable(name: string, otherwise: number, meaning: string): LimitVariable {
  const read = readInteger({ least: 0, most: 10_000_000, otherwise: 0 });
  return { name, otherwise, unset: `no limit on loopback, else \`${otherwise}\``, meaning: `${meaning} 0: no limit.`, read: (text, report) => (text === undefined ? undefined : read(text, report)) };
}

function readInteger({ least, most, otherwise }: { least: number; most: number; otherwise: number }): Variable<number>['read'] {
  return (text, report) => {
    if (text === undefined) return otherwise;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    if (value >= least && value <= most) return value;
    report(`is '${text}'; it must be a whole number from ${least} to ${most}.`);
    return otherwise;
  };
}

function readOneOf<T extends string>(otherwise: T, ...others: readonly T[]): Variable<T>['read'] {
  return (text, report) => {
    if (text === undefined) return otherwise;
    const found = [otherwise, ...others].find((value) => value.toLowerCase() === text.toLowerCase());
    if (found === undefined) report(`is '${text}'; it must be one of ${[otherwise, ...others].join(', ')}.`);
    return found ?? otherwise;
  };
}

function readHosts(text: string | undefined, report: (problem: string) => void): readonly string[] {
  const hosts = (text ?? '').toLowerCase().split(',').map((host) => host.trim()).filter((host) => host !== '');
  const wrong = hosts.filter((host) => !/^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?$/.test(host));
  if (wrong.length > 0) report(`names '${wrong.join("', '")}'; a host is written as host or host:port, such as flows.example.internal or 127.0.0.1:9000.`);
  return hosts;
}

function readPath(otherwise: string | undefined): Variable<string | undefined>['read'] {
  return (text) => (text ?? otherwise) === undefined ? undefined : path.resolve(text ?? otherwise ?? '');
}

function readPublicUrl(text: string | undefined, report: (problem: string) => void): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    report('must be an http or https URL without user, query or fragment, such as https://access.example.com.');
    return undefined;
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** The text may hold a password: a problem never quotes it. */
function readDatabaseUrl(text: string | undefined, report: (problem: string) => void): string | undefined {
  if (text === undefined || /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  report('must be a PostgreSQL address, such as postgres://user:password@host:5432/gatehouse.');
  return undefined;
}

/** The text may hold a password: a problem never quotes it. */
function readSmtpServer(text: string | undefined, report: (problem: string) => void): SmtpServer | undefined {
  const server = text === undefined ? undefined : parseSmtpServer(text);
  if (text !== undefined && server === undefined) {
    report('must be a mail server, such as smtp://user:password@mail.example.com:587 or smtps://mail.example.com; user and password go together, with letters such as @ and / in them written as %40 and %2F.');
  }
  return server;
}

function readMailFrom(text: string | undefined, report: (problem: string) => void): string | undefined {
  if (text === undefined || isSender(text)) return text;
  report(`is '${text}'; it must be a mail address, such as access@example.com or Access <access@example.com>.`);
  return undefined;
}
