/** Federated identity credentials: which tokens of which issuer stand for an application. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';

/** One federated identity credential of an application. */
export interface FederatedCredential {
  readonly id: string;
  readonly applicationId: string;
  readonly name: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly description: string | null;
}

/** How many an application has. */
export async function countFederatedCredentials(tx: Tx, applicationId: string): Promise<number> {
  return (await one(tx, sql<{ n: number }>`select count(*)::int as n from federated_identity_credentials where application_id = ${applicationId}`)).n;
}

/** Writes a new one. Fails on `federated_identity_credentials_application_id_…_key` when name, or issuer and subject, are taken. */
export async function insertFederatedCredential(tx: Tx, credential: FederatedCredential): Promise<void> {
  await sql`insert into federated_identity_credentials (id, application_id, name, issuer, subject, audiences, description)
    values (${credential.id}, ${credential.applicationId}, ${credential.name}, ${credential.issuer}, ${credential.subject},
      ${JSON.stringify(credential.audiences)}, ${credential.description})`.execute(tx);
}

/** One by id, locked. */
export async function lockFederatedCredential(tx: Tx, id: string): Promise<FederatedCredential | undefined> {
  return await maybe(tx, sql<FederatedCredential>`select id, application_id as "applicationId", name, issuer, subject, audiences, description
    from federated_identity_credentials where id = ${id} for update`);
}

/** Overwrites one. */
export async function updateFederatedCredential(tx: Tx, credential: FederatedCredential): Promise<void> {
  await sql`update federated_identity_credentials set issuer = ${credential.issuer}, subject = ${credential.subject},
    audiences = ${JSON.stringify(credential.audiences)}, description = ${credential.description} where id = ${credential.id}`.execute(tx);
}

/** Removes one; true when there was one. */
export async function removeFederatedCredential(tx: Tx, id: string): Promise<boolean> {
  return (await all(tx, sql`delete from federated_identity_credentials where id = ${id} returning id`)).length > 0;
}
