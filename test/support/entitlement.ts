/** Small worlds for tests of catalogs, packages and policies: directory rows, callers, and commands in a transaction. */
import { sql } from 'kysely';
import type { Caller, PrincipalKind } from '../../src/kernel/caller.ts';
import type { Database } from '../../src/platform/db/database.ts';
import type { Command, Input, Json, Outcome } from '../../src/platform/graph/model.ts';
import { newId } from '../../src/platform/ids.ts';
import { directoryRole } from '../../src/features/roles/model.ts';
import { command } from './graph-work.ts';

export { createdId, refusalOf } from './graph-work.ts';

/** An application with every right in entitlement management; `permissions` come besides. */
export const appCaller = (principalId: string, ...permissions: readonly string[]): Caller => ({
  principalId, kind: 'servicePrincipal', displayName: 'app', clientAppId: newId(), isDelegated: false,
  permissions: new Set(permissions), directoryRoles: new Set(), entitlementRoles: [],
});

/** A person with the delegated permission, and what is given besides. */
export const personCaller = (principalId: string, more: Partial<Caller> = {}): Caller => ({
  principalId, kind: 'user', displayName: 'person', clientAppId: newId(), isDelegated: true,
  permissions: new Set(['EntitlementManagement.ReadWrite.All']), directoryRoles: new Set(), entitlementRoles: [], ...more,
});

/** A Global Administrator. */
export const globalAdmin = (principalId: string): Caller => personCaller(principalId, { directoryRoles: new Set([directoryRole.globalAdministrator]) });

/** A person with an entitlement-management role on one catalog. */
export const withRole = (principalId: string, roleDefinitionId: string, catalogId: string): Caller => personCaller(principalId, { entitlementRoles: [{ roleDefinitionId, catalogId }] });

/** Runs one command as the Graph layer would. */
export async function run(database: Database, caller: Caller, call: { readonly command: Command; readonly body?: Json; readonly input?: Partial<Input> }): Promise<Outcome> {
  return await command({ db: database.db, caller }, call.command, { body: call.body ?? {}, ...call.input });
}

/** A person, agent user, group, service principal or agent in the directory. */
export async function directoryObject(database: Database, type: PrincipalKind | 'group', more: { readonly appId?: string; readonly data?: Json; readonly parentId?: string } = {}): Promise<string> {
  const id = newId();
  const isUser = type === 'user' || type === 'agentUser';
  const appId = type === 'servicePrincipal' ? more.appId ?? newId() : type === 'agentIdentity' ? id : null;
  await sql`insert into directory_objects (id, type, display_name, user_principal_name, app_id, blueprint_app_id, identity_parent_id, data)
    values (${id}, ${type}, ${`${type} ${id}`}, ${isUser ? `${id}@example.com` : null}, ${appId}, ${type === 'agentIdentity' ? newId() : null},
      ${more.parentId ?? null}, ${JSON.stringify(more.data ?? {})})`.execute(database.db);
  return id;
}

/** An API: its application, its service principal and one app role and one delegated scope. */
export interface Api {
  readonly appId: string;
  readonly applicationId: string;
  readonly principalId: string;
  readonly roleId: string;
  readonly scopeId: string;
}

/** Makes an API whose role has the given value. */
export async function api(database: Database, { appId = newId(), value = 'Orders.Read', memberTypes = ['Application'] }: { readonly appId?: string; readonly value?: string; readonly memberTypes?: readonly string[] } = {}): Promise<Api> {
  const [applicationId, roleId, scopeId] = [newId(), newId(), newId()];
  await sql`insert into directory_objects (id, type, display_name, app_id) values (${applicationId}, 'application', 'API', ${appId})`.execute(database.db);
  await sql`insert into permissions (application_id, id, kind, value, position, data)
    values (${applicationId}, ${roleId}, 'role', ${value}, 0, ${JSON.stringify({ displayName: value, allowedMemberTypes: memberTypes })}), (${applicationId}, ${scopeId}, 'scope', ${`${value}.Me`}, 1, '{}')`.execute(database.db);
  return { appId, applicationId, roleId, scopeId, principalId: await directoryObject(database, 'servicePrincipal', { appId }) };
}

/** Makes `ownerId` owner or sponsor of an application, principal or agent. */
export async function link(database: Database, kind: 'owner' | 'sponsor' | 'manager', [sourceId, targetId]: readonly [source: string, target: string]): Promise<void> {
  await sql`insert into directory_links (source_id, kind, target_id) values (${sourceId}, ${kind}, ${targetId})`.execute(database.db);
}

/** Makes an identity member or owner of a group, by hand. */
export async function inGroup(database: Database, kind: 'member' | 'owner', [groupId, principalId]: readonly [group: string, member: string]): Promise<void> {
  await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, ${kind}, ${principalId}, ${groupId}, true)`.execute(database.db);
}
