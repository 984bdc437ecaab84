/** Agent identities as parents of agent users. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { maybe } from '../../../platform/db/transaction.ts';

/** A living agent identity, shared-locked. */
export async function findAgentIdentity(tx: Tx, id: string): Promise<{ readonly blueprintAppId: string } | undefined> {
  return await maybe(tx, sql<{ blueprintAppId: string }>`
    select blueprint_app_id as "blueprintAppId" from directory_objects where id = ${id} and type = 'agentIdentity' and deleted_at is null for share`);
}

/** A user of an agent identity. */
export interface NewAgentUser {
  readonly id: string;
  readonly displayName: string | null;
  readonly userPrincipalName: string;
  readonly accountEnabled: boolean;
  readonly identityParentId: string;
  readonly data: { readonly [name: string]: unknown };
  readonly createdAt: Date;
}

/** Writes one. Fails on `directory_upn_once` or `directory_agent_user_once`. */
export async function insertAgentUser(tx: Tx, user: NewAgentUser): Promise<void> {
  await sql`insert into directory_objects (id, type, display_name, account_enabled, user_principal_name, identity_parent_id, data, created_at)
    values (${user.id}, 'agentUser', ${user.displayName}, ${user.accountEnabled}, ${user.userPrincipalName}, ${user.identityParentId},
      ${JSON.stringify(user.data)}, ${user.createdAt})`.execute(tx);
}
