import { createServer, type Server } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { isPublicAddress, OutboundFailure, postOutbound, whyNotCalled, type Resolve } from './outbound.ts';

const received: { readonly url: string | undefined; readonly host: string | undefined; readonly body: string }[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (piece: Buffer) => { body += piece.toString(); });
  request.on('end', () => {
    received.push({ url: request.url, host: request.headers.host, body });
    if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end();
    else if (request.url !== '/silent') response.writeHead(202, { 'x-said': 'yes' }).end('x'.repeat(100_000));
  });
});
const port = await listening(server);
afterAll(() => { server.closeAllConnections(); server.close(); });

async function listening(one: Server): Promise<number> {
  await new Promise<void>((resolve) => { one.listen(0, '127.0.0.1', resolve); });
  const address = one.address();
  return typeof address === 'object' && address !== null ? address.port : expect.unreachable('it does not listen');
}

const says = (...addresses: readonly string[]): Resolve => async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const post = (url: string, resolve?: Resolve, allowed: readonly string[] = []) => postOutbound({ url, headers: { 'x-own': '1' }, body: '{"a":1}', timeoutMs: 300 }, { allowed, resolve });
const failureOf = async (call: Promise<unknown>): Promise<OutboundFailure> => await call.then(() => expect.unreachable('it was called'), (error: unknown) => {
  if (error instanceof OutboundFailure) return error;
  throw error;
});

describe('addresses of the open internet', () => {
  it.each(['1.1.1.1', '93.184.216.34', '172.15.0.1', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])('%s is one', (address) => { expect(isPublicAddress(address)).toBe(true); });
  it.each([
    '127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '169.254.169.254', '168.63.129.16', '192.0.0.192', '198.18.0.1', '224.0.0.1', '255.255.255.255',
    '::1', '::', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254', 'fc00::1', 'ff02::1', '::ffff:10.0.0.1', '::ffff:7f00:1', '64:ff9b::a00:1', '2002:7f00:1::', '2001:db8::1', '2001::1', 'no address', '',
  ])('%s is none', (address) => { expect(isPublicAddress(address)).toBe(false); });
});

describe('what is written', () => {
  it.each(['https://127.0.0.1/x', 'https://[::1]/', 'https://localhost/x', 'https://0x7f000001/', 'https://2130706433/', 'https://127.1/', 'https://169.254.169.254/latest', 'https://metadata.google.internal/', 'https://a.localhost/', 'https://printer.local/', 'https://intranet/', 'https://[::ffff:127.0.0.1]/'])('never: %s', (url) => {
    expect(whyNotCalled(url, [])).toContain('network of this server');
  });
  it.each(['http://example.com/', 'ftp://example.com/', 'https://user:pass@example.com/', 'nonsense', 'http://127.0.0.1/', 'http://flows.example.com/'])('not so: %s', (url) => {
    expect(whyNotCalled(url, ['flows.example.com'])).toBeDefined();
  });
  it('may be named: a host with any port, or with one', () => {
    expect(whyNotCalled('http://127.0.0.1:9000/x', ['127.0.0.1:9000'])).toBeUndefined();
    expect(whyNotCalled('http://127.0.0.1:9001/x', ['127.0.0.1:9000'])).toBeDefined();
    expect(whyNotCalled('https://Intranet/x', ['intranet'])).toBeUndefined();
    expect(whyNotCalled('https://intranet/x', ['intranet:443'])).toBeUndefined();
    expect(whyNotCalled('https://flows.example.com/x?sig=1', [])).toBeUndefined();
  });
});

describe('a call', () => {
  it('is not made when one of the addresses of the name is inside, whatever the others are', async () => {
    for (const inside of ['127.0.0.1', '10.0.0.5', '169.254.169.254', '::1', 'fd00::1']) {
      const failure = await failureOf(post('https://flows.example.com/x', says('1.1.1.1', inside)));
      expect([failure.isForbidden, failure.message]).toEqual([true, 'The address is not called: its name leads into the network of this server.']);
    }
  });

  it('is not made when the name has no address, and may be tried again', async () => {
    expect((await failureOf(post('https://flows.example.com/x', says()))).isForbidden).toBe(false);
    expect((await failureOf(post('https://flows.example.com/x', async () => await Promise.reject(new Error('ENOTFOUND'))))).isForbidden).toBe(false);
  });

  it('goes to the address that was looked at, asked for once, under the name that was written', async () => {
    let asked = 0;
    const resolve: Resolve = async () => { asked++; return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]; };
    const answer = await post(`http://localhost:${port}/here?x=1`, resolve, [`localhost:${port}`]);
    expect([answer.status, answer.headers['x-said'], asked]).toEqual([202, 'yes', 1]);
    expect(received.at(-1)).toEqual({ url: '/here?x=1', host: `localhost:${port}`, body: '{"a":1}' });
  });

  it('follows no redirect', async () => {
    const before = received.length;
    expect((await post(`http://127.0.0.1:${port}/moved`, undefined, ['127.0.0.1'])).status).toBe(302);
    expect(received.slice(before).map(({ url }) => url)).toEqual(['/moved']);
  });

  it('waits no longer than it was told', async () => {
    const failure = await failureOf(post(`http://127.0.0.1:${port}/silent`, undefined, ['127.0.0.1']));
    expect([failure.isForbidden, failure.message]).toEqual([false, 'The endpoint did not answer within 300 ms.']);
    expect((await failureOf(post('https://flows.example.com/', async () => await new Promise(() => {})))).isForbidden).toBe(false);
  });

  it('tells of a closed door without telling where', async () => {
    const failure = await failureOf(post('http://127.0.0.1:1/', undefined, ['127.0.0.1']));
    expect(failure.message).toBe('The endpoint cannot be reached (ECONNREFUSED).');
  });
});
