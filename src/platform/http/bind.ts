/**
 * A listening socket before there is anything behind it. The port must be known before the server is put together:
 * with port 0 the public address, which is the issuer, comes from it. Until then it answers that it is starting.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Certificate chain and private key, PEM. */
export interface TlsPair {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** A socket that listens. */
export interface Bound {
  readonly server: Server;
  readonly port: number;
  /** From now on requests go to `listener`. */
  serve(listener: RequestListener): void;
}

/** Where to listen; port 0 takes any free port. */
export interface BindOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsPair | undefined;
}

/** Makes a server that is not listening yet; https where `tls` is given. */
export function makeServer(tls: TlsPair | undefined, listener: RequestListener): Server {
  // An https server has all that an http server has; only the type of its sockets differs, and nothing here uses them.
  const server = tls === undefined ? createServer(listener) : createTlsServer({ cert: tls.cert, key: tls.key }, listener) as unknown as Server;
  server.requestTimeout = 60_000;
  server.headersTimeout = 20_000;
  server.keepAliveTimeout = 72_000;
  return server;
}

/** Listens. Rejects with the system's error (`EADDRINUSE`, `EACCES` …) when the address cannot be had. */
export async function bind({ host, port, tls }: BindOptions): Promise<Bound> {
  let current: RequestListener = answerStarting;
  const server = makeServer(tls, (request, response) => { current(request, response); });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return { server, port: address.port, serve: (listener) => { current = listener; } };
}

const answerStarting: RequestListener = (request, response) => {
  const isLive = request.url === '/health/live';
  request.resume();
  response.writeHead(isLive ? 200 : 503, { 'content-type': 'application/json', ...(!isLive && { 'retry-after': '1' }) });
  response.end(JSON.stringify(isLive ? { status: 'live' } : { status: 'not ready', reasons: ['starting'] }));
};
