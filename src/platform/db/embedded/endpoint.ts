/** Where the embedded server listens: a Unix socket in a folder that only its account may enter; on Windows, loopback with a password. */
import { randomBytes } from 'node:crypto';
import { chown, link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { newId } from '../../ids.ts';
import { codeOf } from '../errors.ts';
import type { Account } from './account.ts';
import type { Postmaster } from './postmaster.ts';

/** `host` is a folder (absolute path) for a socket, else an address. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly password: string | undefined;
}

/** The role and the database that Gatehouse uses in its embedded cluster. */
export const ownerRole = 'gatehouse';
/** See {@link ownerRole}. */
export const databaseName = 'gatehouse';

/** The kernel's limit on a socket's path, without the final zero. */
const socketPathLimitBytes = 107;
/** Names the socket; nothing listens on TCP. */
const socketPort = 5432;
const hasSockets = process.platform !== 'win32';

/** The address for a new server: in the cluster's folder, or in a short temporary one where that path is too long. */
export async function chooseEndpoint(cluster: { readonly folder: string; readonly account: Account; readonly password: string | undefined }): Promise<Endpoint> {
  if (!hasSockets) return { host: '127.0.0.1', port: await freePort(), password: cluster.password };
  if (fits(cluster.folder)) return { host: cluster.folder, port: socketPort, password: undefined };
  const place = fits(join(tmpdir(), 'gatehouse-XXXXXX')) ? tmpdir() : '/tmp';
  const host = await mkdtemp(join(place, 'gatehouse-'));
  if (cluster.account.ids !== undefined) await chown(host, cluster.account.ids.uid, cluster.account.ids.gid);
  return { host, port: socketPort, password: undefined };
}

/** Removes a socket folder that {@link chooseEndpoint} made outside the cluster's own. For a server that is gone. */
export async function forgetEndpoint(endpoint: Endpoint, clusterFolder: string): Promise<void> {
  if (hasSockets && endpoint.host !== clusterFolder) await rm(endpoint.host, { recursive: true, force: true });
}

/** The address of the server that a pid file names. */
export function endpointOf(postmaster: Postmaster, password: string | undefined): Endpoint {
  return { host: hasSockets ? postmaster.socketFolder : '127.0.0.1', port: postmaster.port, password };
}

/** `name=value` settings that make a server listen there and nowhere else. */
export function listenSettings(endpoint: Endpoint): readonly string[] {
  if (!hasSockets) return [`listen_addresses=${endpoint.host}`, 'unix_socket_directories='];
  return ['listen_addresses=', `unix_socket_directories=${quoted(endpoint.host)}`, 'unix_socket_permissions=0700'];
}

/** The address for `pg`, as the role that owns everything. */
export function clientConfig(endpoint: Endpoint, database: string): ClientConfig {
  const password = endpoint.password === undefined ? {} : { password: endpoint.password };
  return { host: endpoint.host, port: endpoint.port, user: ownerRole, database, ...password };
}

/** The address as a URL that `pg` and libpq accept. */
export function endpointUrl(endpoint: Endpoint, database: string): string {
  if (!hasSockets) return `postgresql://${ownerRole}:${endpoint.password ?? ''}@${endpoint.host}:${endpoint.port}/${database}`;
  return `postgresql://${ownerRole}@localhost:${endpoint.port}/${database}?host=${encodeURIComponent(endpoint.host)}`;
}

/** The cluster's password where it needs one, made on first use; undefined where the socket's folder keeps others out. */
export async function readPassword(folder: string): Promise<string | undefined> {
  if (hasSockets) return undefined;
  const path = join(folder, 'password');
  const draft = `${path}-${newId()}`;
  await mkdir(folder, { recursive: true });
  await writeFile(draft, randomBytes(32).toString('hex'), { mode: 0o600 });
  // Linked, not renamed: of two first starts, the second keeps the first one's password.
  await link(draft, path).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await rm(draft, { force: true });
  return await readFile(path, 'utf8');
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${socketPort}`)) <= socketPathLimitBytes;
}

/** The setting is a list: commas and spaces in a folder's name need quotes. */
function quoted(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`;
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
