/**
 * Calls to addresses that somebody else wrote down. Never to this machine, its network or a cloud's metadata service: names are
 * resolved first, every address is looked at, and the connection goes to what was looked at. No redirects, bounded in time and size.
 */
import { lookup } from 'node:dns/promises';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP } from 'node:net';

/** Hosts that are called whatever their address, and over http too where they are this machine: `host` or `host:port`, lower case. */
export type AllowedHosts = readonly string[];

/** An address of a name. */
export interface ResolvedAddress {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

/** Finds the addresses of a name; rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** What a call needs besides the address. */
export interface OutboundPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From the first look at the name to the end of the answer's headers. */
  readonly timeoutMs: number;
}

/** What came back. Of the body nothing is kept. */
export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** A call that was not made or not answered, with a sentence that names no address of this network. `isForbidden`: it never will be. */
export class OutboundFailure extends Error {
  readonly isForbidden: boolean;
  constructor(message: string, isForbidden: boolean) {
    super(message);
    this.isForbidden = isForbidden;
  }
}

const notPublic = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.31.196.0', 24],
  ['192.52.193.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['192.175.48.0', 24], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 3],
] as const) notPublic.addSubnet(network, prefix, 'ipv4');
// Of IPv6 only what is given out is public, without what is translated to or tunnelled from IPv4, and without examples.
for (const [network, prefix] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) notPublic.addSubnet(network, prefix, 'ipv6');
const givenOut = new BlockList();
givenOut.addSubnet('2000::', 3, 'ipv6');
/** Also answers on public-looking addresses of clouds: metadata and platform services. */
const platformAddresses: ReadonlySet<string> = new Set(['168.63.129.16']);

/** Whether an IP address is one of the open internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !notPublic.check(address, 'ipv4') && !platformAddresses.has(address);
  return isIP(address) === 6 && !address.includes('%') && givenOut.check(address, 'ipv6') && !notPublic.check(address, 'ipv6');
}

const isLoopback = (hostname: string): boolean => hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

const isAllowed = (url: URL, allowed: AllowedHosts): boolean =>
  [url.hostname, `${url.hostname}:${url.port === '' ? { 'http:': 80, 'https:': 443 }[url.protocol] ?? '' : url.port}`].some((name) => allowed.includes(name.toLowerCase()));

/** Why an address is never called, as far as it can be told without asking for its name's addresses; undefined: nothing speaks against it yet. */
export function whyNotCalled(text: string, allowed: AllowedHosts): string | undefined {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || !/^https?:$/.test(url.protocol)) return 'it is no https URL';
  const isNamed = isAllowed(url, allowed);
  if (url.protocol === 'http:' && !(isNamed && isLoopback(url.hostname))) return 'it is not https';
  if (isNamed) return undefined;
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const isInside = isIP(literal) !== 0 ? !isPublicAddress(literal) : isLoopback(url.hostname) || /(^|\.)(localhost|local|internal|home\.arpa)\.?$/.test(url.hostname) || !url.hostname.includes('.');
  return isInside ? 'it leads into the network of this server; hosts there are called only when GATEHOUSE_OUTBOUND_HOSTS names them' : undefined;
}

const resolveByDns: Resolve = async (hostname) => await lookup(hostname, { all: true, verbatim: true });

/** Posts to an address. Rejects with {@link OutboundFailure}. `allowed` are called whatever their address. */
export async function postOutbound(post: OutboundPost, { allowed, resolve = resolveByDns }: { readonly allowed: AllowedHosts; readonly resolve?: Resolve | undefined }): Promise<OutboundAnswer> {
  const why = whyNotCalled(post.url, allowed);
  if (why !== undefined) throw new OutboundFailure(`The address is not called: ${why}.`, true);
  const url = new URL(post.url);
  const late = AbortSignal.timeout(post.timeoutMs);
  const address = await addressOf(url, { allowed, resolve, late });
  return await send(url, post, { address, late });
}

async function addressOf(url: URL, { allowed, resolve, late }: { readonly allowed: AllowedHosts; readonly resolve: Resolve; readonly late: AbortSignal }): Promise<ResolvedAddress> {
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const found = isIP(literal) === 0
    ? await Promise.race([resolve(url.hostname), rejectionOf(late)]).catch(() => { throw new OutboundFailure('The name of the endpoint has no address.', false); })
    : [{ address: literal, family: isIP(literal) }];
  const [first] = found;
  if (first === undefined) throw new OutboundFailure('The name of the endpoint has no address.', false);
  // One address inside is enough: whoever answers with both wants us to try the other.
  if (!isAllowed(url, allowed) && !found.every(({ address }) => isPublicAddress(address))) throw new OutboundFailure('The address is not called: its name leads into the network of this server.', true);
  return first;
}

const rejectionOf = async (signal: AbortSignal): Promise<never> => await new Promise((_, reject) => {
  signal.addEventListener('abort', () => { reject(new Error('late')); }, { once: true });
});

async function send(url: URL, post: OutboundPost, { address, late }: { readonly address: ResolvedAddress; readonly late: AbortSignal }): Promise<OutboundAnswer> {
  const options: RequestOptions = {
    method: 'POST', agent: false, signal: late, maxHeaderSize: 16 * 1024,
    headers: { ...post.headers, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(post.body)), connection: 'close' },
    lookup: (_hostname, { all }, answer) => { if (all === true) answer(null, [{ ...address }]); else answer(null, address.address, address.family); },
  };
  return await new Promise((resolve, reject) => {
    const answered = (answer: IncomingMessage): void => {
      answer.on('error', () => {});
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
      answer.destroy();
    };
    const sending = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, answered);
    sending.on('error', (error) => { reject(failureOf(error, late, post.timeoutMs)); });
    sending.end(post.body);
  });
}

function failureOf(error: Error, late: AbortSignal, timeoutMs: number): OutboundFailure {
  if (late.aborted) return new OutboundFailure(`The endpoint did not answer within ${timeoutMs} ms.`, false);
  const code = 'code' in error && typeof error.code === 'string' && /^[A-Z_0-9]{1,50}$/.test(error.code) ? ` (${error.code})` : '';
  return new OutboundFailure(`The endpoint cannot be reached${code}.`, false);
}
