/** An issuer that really listens, over a database of its own, and short words to furnish its directory. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hash } from '@node-rs/argon2';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll } from 'vitest';
import { bootstrapTenant } from '../../src/issuer/bootstrap/bootstrap.ts';
import { readBootstrap, type BootstrapFile } from '../../src/issuer/bootstrap/file.ts';
import { mountIssuer, startIssuer, type IssuerSettings } from '../../src/issuer/issuer.ts';
import type { Database, Db } from '../../src/platform/db/database.ts';
import { bind, type TlsPair } from '../../src/platform/http/bind.ts';
import { createHttpServer, serve } from '../../src/platform/http/server.ts';
import { newId } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log/log.ts';

export const zero = '00000000-0000-0000-0000-000000000000';
export const ownApi = '00000003-0000-0000-c000-000000000000';
export const graphScope = 'https://graph.microsoft.com/.default';

export type House = Awaited<ReturnType<typeof openHouse>>;

/** Bootstraps and listens. `lines` collects everything that is logged. */
export async function openHouse(database: Database, options: { readonly tls?: TlsPair; readonly settings?: Partial<IssuerSettings> } = {}) {
  const lines: string[] = [];
  const log = createLog({ level: 'trace', isTerminal: false, stream: { write: (line) => { lines.push(line); } } });
  const home = await mkdtemp(path.join(tmpdir(), 'gatehouse-issuer-'));
  const bound = await bind({ host: '127.0.0.1', port: 0, tls: options.tls });
  const publicUrl = options.tls === undefined ? `http://127.0.0.1:${bound.port}` : `https://localhost:${(bound.server.address() as AddressInfo).port}`;
  const { tenantId } = await bootstrapTenant(database.db, { home, url: publicUrl, now: new Date(), log });
  const issuer = await startIssuer({ db: database.db, log, publicUrl, tenantId, tokenLifetimeSeconds: 600, signingAlgorithm: 'RS256', keyRotationDays: 90, ...options.settings });
  const app: FastifyInstance = createHttpServer({ log, bound });
  mountIssuer(app, issuer);
  await serve(app, bound);
  afterAll(async () => {
    bound.server.closeAllConnections();
    bound.server.close();
    await app.close();
    await rm(home, { recursive: true, force: true });
  });
  const bootstrap: BootstrapFile = await readBootstrap(home, tenantId) ?? { url: '', tenantId: '' };
  return { db: database.db, issuer, app, publicUrl, tenantId, bootstrap, home, lines, tokenUrl: `${publicUrl}/${tenantId}/oauth2/v2.0/token` };
}

export interface Answer { readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }

export async function askToken(house: Pick<House, 'tokenUrl'>, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(house.tokenUrl, { method: 'POST', body: new URLSearchParams(fields), headers });
  return { status: response.status, body: await response.json() as Record<string, unknown>, headers: response.headers };
}

export interface Claims { readonly roles?: readonly string[]; readonly scp?: string; readonly exp: number; readonly iat: number; readonly [name: string]: unknown }

export function claimsOf(token: unknown): Claims {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims;
}

export const secretText = 'a secret for tests';

async function object(db: Db, row: { readonly id?: string; readonly [column: string]: unknown }): Promise<string> {
  const id = row.id ?? newId();
  const full = { id, data: {}, ...row };
  await sql`insert into directory_objects (id, type, display_name, app_id, user_principal_name, blueprint_app_id, identity_parent_id, data)
    select r.id, r.type, r.display_name, r.app_id, r.user_principal_name, r.blueprint_app_id, r.identity_parent_id, r.data
      from jsonb_to_record(${JSON.stringify(full)}::jsonb) as r (id uuid, type text, display_name text, app_id uuid, user_principal_name text, blueprint_app_id uuid, identity_parent_id uuid, data jsonb)`.execute(db);
  return id;
}

export interface App { readonly appId: string; readonly applicationId: string; readonly principalId: string }

export async function makeApp(db: Db, about: { name?: string; data?: Record<string, unknown>; principalData?: Record<string, unknown>; isBlueprint?: boolean } = {}): Promise<App> {
  const appId = newId();
  const applicationId = await object(db, { type: about.isBlueprint === true ? 'agentIdentityBlueprint' : 'application', display_name: about.name ?? 'app', app_id: appId, data: about.data ?? {} });
  const principalId = await object(db, { type: about.isBlueprint === true ? 'agentIdentityBlueprintPrincipal' : 'servicePrincipal', display_name: about.name ?? 'app', app_id: appId, data: about.principalData ?? {} });
  return { appId, applicationId, principalId };
}

export async function addSecret(db: Db, app: App, text: string = secretText): Promise<void> {
  await sql`insert into credentials (key_id, owner_id, kind, secret_sha256) values (${newId()}, ${app.applicationId}, 'password', ${createHash('sha256').update(text).digest()})`.execute(db);
}

export async function addKey(db: Db, app: App, jwk: unknown): Promise<void> {
  await sql`insert into credentials (key_id, owner_id, kind, public_jwk) values (${newId()}, ${app.applicationId}, 'key', ${JSON.stringify(jwk)})`.execute(db);
}

export async function addPermission(db: Db, app: App, permission: { value: string; kind?: 'role' | 'scope'; isEnabled?: boolean }): Promise<string> {
  const id = newId();
  await sql`insert into permissions (application_id, id, kind, value, is_enabled, position) values (${app.applicationId}, ${id}, ${permission.kind ?? 'role'}, ${permission.value}, ${permission.isEnabled ?? true}, 0)`.execute(db);
  return id;
}

export interface NewGrant { kind?: 'appRole' | 'delegated' | 'member'; principalId: string; resourceId: string; permissionId?: string; subjectId?: string; /** SQL interval from now; undefined: without an end. */ endsIn?: string }

export async function addGrant(db: Db, { kind = 'appRole', principalId, resourceId, permissionId = zero, subjectId = zero, endsIn }: NewGrant): Promise<string> {
  const id = newId();
  await sql`insert into grants (id, kind, principal_id, resource_id, permission_id, subject_id, manual, ends_at)
    values (${id}, ${kind}, ${principalId}, ${resourceId}, ${permissionId}, ${subjectId}, ${endsIn === undefined}, coalesce(now() + ${endsIn ?? null}::interval, 'infinity'))`.execute(db);
  return id;
}

export const makeAgent = async (db: Db, blueprint: App): Promise<string> => {
  const id = newId();
  return await object(db, { id, type: 'agentIdentity', display_name: 'agent', app_id: id, blueprint_app_id: blueprint.appId });
};

export const makeGroup = async (db: Db): Promise<string> => await object(db, { type: 'group', display_name: 'group' });

export async function makeUser(db: Db, { name, password, mustChange = false }: { name: string; password: string; mustChange?: boolean }): Promise<string> {
  const id = await object(db, { type: 'user', display_name: name, user_principal_name: `${name}@gatehouse.local` });
  await sql`insert into user_passwords (user_id, hash, must_change) values (${id}, ${await hash(password)}, ${mustChange})`.execute(db);
  return id;
}

export const ownApiOf = async (db: Db): Promise<App> => {
  const found = await sql<App>`select a.app_id as "appId", a.id as "applicationId", s.id as "principalId" from directory_objects a join directory_objects s on s.app_id = a.app_id and s.type = 'servicePrincipal'
    where a.app_id = ${ownApi} and a.type = 'application'`.execute(db);
  const [row] = found.rows;
  if (row === undefined) throw new Error('no own API');
  return row;
};
