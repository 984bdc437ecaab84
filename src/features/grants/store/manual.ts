/** Grants made by hand: who and what they join, and taking them away. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { newId } from '../../../platform/ids.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';
import type { GrantedPermission } from '../rules/manual-grants.ts';

/** A living directory object, locked so that it cannot be deleted meanwhile. */
export interface GrantEnd {
  readonly id: string;
  readonly type: string;
  readonly displayName: string | null;
  readonly appId: string | null;
}

/** Ends of a grant by id; what does not live is left out. Locked in the order of their ids. */
export async function listGrantEnds(tx: Tx, ids: readonly string[]): Promise<readonly GrantEnd[]> {
  return await all(tx, sql<GrantEnd>`select id, type, display_name as "displayName", app_id as "appId" from directory_objects
    where id = any(${[...ids]}::uuid[]) and deleted_at is null order by id for share`);
}

const permissionColumns = sql`p.id, p.value, p.is_enabled as "isEnabled", coalesce(p.data -> 'allowedMemberTypes', '[]'::jsonb) as "allowedMemberTypes"`;
const definedBy = (appId: string) => sql`(select a.id from directory_objects a where a.app_id = ${appId} and a.type in ('application', 'agentIdentityBlueprint'))`;

/** An app role of an API, locked. */
export async function findAppRole(tx: Tx, appId: string, id: string): Promise<GrantedPermission | undefined> {
  return await maybe(tx, sql<GrantedPermission>`select ${permissionColumns} from permissions p where p.application_id = ${definedBy(appId)} and p.id = ${id} and p.kind = 'role' for share`);
}

/** Delegated permissions of an API by name, in any letter case, locked. */
export async function listScopesNamed(tx: Tx, appId: string, names: readonly string[]): Promise<readonly GrantedPermission[]> {
  return await all(tx, sql<GrantedPermission>`select ${permissionColumns} from permissions p
    where p.application_id = ${definedBy(appId)} and p.kind = 'scope' and lower(p.value) = any(${names.map((name) => name.toLowerCase())}::text[]) order by p.id for share`);
}

/** One grant to be written. */
export interface ManualGrant {
  readonly kind: 'appRole' | 'delegated';
  readonly principalId: string;
  readonly resourceId: string;
  readonly permissionId: string;
  /** The user for whom a client may act; all zeros for everybody. */
  readonly subjectId: string;
}

/** Makes grants by hand, in one statement; answers the ids of those that were not by hand before. What packages gave for a while stays for good. */
export async function grantByHand(tx: Tx, grants: readonly ManualGrant[], now: Date): Promise<readonly string[]> {
  if (grants.length === 0) return [];
  const rows = grants.map((grant) => sql`(${newId()}::uuid, ${grant.kind}, ${grant.principalId}::uuid, ${grant.resourceId}::uuid, ${grant.permissionId}::uuid, ${grant.subjectId}::uuid, true, ${now}::timestamptz)`);
  const written = await all(tx, sql<{ id: string }>`
    insert into grants as g (id, kind, principal_id, resource_id, permission_id, subject_id, manual, created_at) values ${sql.join(rows)}
    on conflict (kind, principal_id, resource_id, permission_id, subject_id) do update set manual = true, ends_at = 'infinity' where not g.manual
    returning g.id`);
  return written.map((row) => row.id);
}

/** A grant in force, locked. */
export interface LockedGrant {
  readonly id: string;
  readonly isManual: boolean;
  readonly principalId: string;
  readonly resourceId: string;
  readonly permissionId: string;
  readonly subjectId: string;
  /** Name of the permission; null for default access or a nameless role. */
  readonly value: string | null;
  readonly resourceAppId: string;
}

const locked = sql`g.id, g.manual as "isManual", g.principal_id as "principalId", g.resource_id as "resourceId", g.permission_id as "permissionId", g.subject_id as "subjectId",
  r.app_id as "resourceAppId", (select p.value from permissions p where p.id = g.permission_id and p.kind = case g.kind when 'appRole' then 'role' else 'scope' end and p.application_id =
    (select a.id from directory_objects a where a.app_id = r.app_id and a.type in ('application', 'agentIdentityBlueprint'))) as value`;

/** An app role grant in force, locked. */
export async function lockAppRoleGrant(tx: Tx, id: string): Promise<LockedGrant | undefined> {
  return await maybe(tx, sql<LockedGrant>`select ${locked} from grants g join directory_objects r on r.id = g.resource_id
    where g.id = ${id} and g.kind = 'appRole' and g.ends_at > now() for update of g`);
}

/** Delegated grants in force of a client for an API and a user (or everybody), locked in the one order. */
export async function lockDelegatedGrants(tx: Tx, of: Pick<ManualGrant, 'principalId' | 'resourceId' | 'subjectId'>): Promise<readonly LockedGrant[]> {
  return await all(tx, sql<LockedGrant>`select ${locked} from grants g join directory_objects r on r.id = g.resource_id
    where g.kind = 'delegated' and g.principal_id = ${of.principalId} and g.resource_id = ${of.resourceId} and g.subject_id = ${of.subjectId} and g.ends_at > now()
    order by g.permission_id for update of g`);
}

/** Live assignments behind locked grants. Asked after the locks, in a statement of its own, so that it sees what others committed meanwhile. */
export async function listSources(tx: Tx, grantIds: readonly string[]): Promise<readonly { readonly grantId: string; readonly assignmentId: string }[]> {
  return await all(tx, sql<{ grantId: string; assignmentId: string }>`
    select s.grant_id as "grantId", s.assignment_id as "assignmentId" from grant_sources s join assignments a on a.id = s.assignment_id
     where s.grant_id = any(${[...grantIds]}::uuid[]) and a.state not in ('expired', 'deliveryFailed') order by s.assignment_id`);
}

/** Takes the hand away from locked grants; what is left of them is for the assignments behind them to say (`settleGrants`). */
export async function releaseByHand(tx: Tx, grantIds: readonly string[]): Promise<void> {
  await sql`update grants set manual = false where id = any(${[...grantIds]}::uuid[])`.execute(tx);
}
