/** Short-lived state of sign-in: interactions, sessions, codes, refresh tokens. Kept under a hash, so that a copy of the table opens nothing. */
import { hash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Executor } from '../../platform/db/database.ts';
import { maybe } from '../../platform/db/transaction.ts';

/** Kinds of state. */
export type PayloadModel = 'Interaction' | 'Session' | 'AuthorizationCode' | 'RefreshToken';

/** What to keep. `family` ties together what falls together; `seconds` from now, by the database's clock. */
export interface NewPayload<T> {
  readonly model: PayloadModel;
  readonly payload: T;
  readonly family?: string;
  readonly seconds: number;
}

/** What was kept. Times in whole seconds since 1970. */
export interface Kept<T> {
  readonly payload: T;
  readonly family: string | null;
  readonly expiresAt: number;
  readonly now: number;
  /** It had been used before. */
  readonly wasUsed: boolean;
}

/** Something that nobody can guess. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** Hash under which a secret is kept. */
export const digestOf = (secret: string): string => hash('sha256', secret, 'base64url');

/** Keeps a payload under a new secret, which is returned and stored nowhere. */
export async function keepPayload<T>(executor: Executor, { model, payload, family, seconds }: NewPayload<T>): Promise<string> {
  const secret = newSecret();
  await sql`insert into oidc_payloads (model, id, payload, grant_id, expires_at)
    values (${model}, ${digestOf(secret)}, ${JSON.stringify(payload)}, ${family ?? null}, now() + make_interval(secs => ${seconds}))`.execute(executor);
  return secret;
}

/** Reads a payload that has not ended. */
export async function findPayload<T>(executor: Executor, model: PayloadModel, secret: string): Promise<Kept<T> | undefined> {
  return await maybe(executor, sql<Kept<T>>`
    select payload, grant_id as family, floor(extract(epoch from expires_at))::float8 as "expiresAt", floor(extract(epoch from now()))::float8 as now, consumed_at is not null as "wasUsed"
      from oidc_payloads where model = ${model} and id = ${digestOf(secret)} and expires_at > now()`);
}

/** Marks a payload as used, once: of two at the same time one sees `wasUsed`. */
export async function usePayload<T>(executor: Executor, model: PayloadModel, secret: string): Promise<Kept<T> | undefined> {
  return await maybe(executor, sql<Kept<T>>`
    update oidc_payloads n set consumed_at = coalesce(n.consumed_at, now())
      from (select model, id, consumed_at from oidc_payloads where model = ${model} and id = ${digestOf(secret)} and expires_at > now() for update) o
     where n.model = o.model and n.id = o.id
    returning n.payload, n.grant_id as family, floor(extract(epoch from n.expires_at))::float8 as "expiresAt", floor(extract(epoch from now()))::float8 as now, o.consumed_at is not null as "wasUsed"`);
}

/** Changes what is kept. */
export async function replacePayload(executor: Executor, model: PayloadModel, { secret, payload }: { readonly secret: string; readonly payload: unknown }): Promise<void> {
  await sql`update oidc_payloads set payload = ${JSON.stringify(payload)} where model = ${model} and id = ${digestOf(secret)}`.execute(executor);
}

/** Ends one payload. */
export async function dropPayload(executor: Executor, model: PayloadModel, secret: string): Promise<void> {
  await sql`delete from oidc_payloads where model = ${model} and id = ${digestOf(secret)}`.execute(executor);
}

/** Ends everything of a family: a code or refresh token was used twice, so one of the users has stolen it (RFC 9700 §4.14.2). */
export async function dropFamily(executor: Executor, family: string): Promise<void> {
  await sql`delete from oidc_payloads where grant_id = ${family}`.execute(executor);
}

/** Forgets what has ended. */
export async function deleteEndedPayloads(executor: Executor): Promise<void> {
  await sql`delete from oidc_payloads where expires_at < now()`.execute(executor);
}
