/** Users and groups as rows. */
import { sql } from 'kysely';
import type { Executor, Tx } from '../../../platform/db/database.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';
import { columns, type ColumnProperty, type DirectoryObject } from '../model/people.ts';
import type { Leaver, SponsoredAgent } from '../rules/people.ts';

/** Locks a directory object, deleted or not, and says whether the caller owns it. */
export async function lockObject(tx: Tx, id: string, callerId: string): Promise<DirectoryObject | undefined> {
  return await maybe(tx, sql<DirectoryObject>`
    select o.id, o.type, o.display_name as "displayName", o.user_principal_name as "userPrincipalName", o.account_enabled as "accountEnabled",
           o.unique_name as "uniqueName", o.deleted_at as "deletedAt", o.data, o.id = any(owned_ids_of(${callerId})) as "isOwnedByCaller"
      from directory_objects o where o.id = ${id} for update of o`);
}

/** A new user or group. */
export interface NewObject {
  readonly id: string;
  readonly type: 'user' | 'group';
  readonly held: Partial<Record<ColumnProperty, unknown>>;
  readonly bag: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

/** Writes a new user or group. Breaks `directory_upn_once` or `directory_unique_name_once` when the name is taken. */
export async function insertObject(tx: Tx, object: NewObject): Promise<void> {
  const held = Object.entries(object.held).filter(([, value]) => value !== undefined && value !== null);
  const names = held.map(([name]) => sql`, ${sql.ref(columnOf(name))}`);
  await sql`insert into directory_objects (id, type, created_at, data ${sql.join(names, sql``)})
    values (${object.id}, ${object.type}, ${object.createdAt}, jsonb_strip_nulls(${JSON.stringify(object.bag)}::jsonb) ${sql.join(held.map(([, value]) => sql`, ${value}`), sql``)})`.execute(tx);
}

/** Overwrites what is given; null in the bag takes a property away. Breaks the same indexes as {@link insertObject}. */
export async function updateObject(tx: Tx, id: string, change: Pick<NewObject, 'held' | 'bag'>): Promise<void> {
  const gone = Object.entries(change.bag).filter(([, value]) => value === null).map(([name]) => name);
  const held = Object.entries(change.held).map(([name, value]) => sql`, ${sql.ref(columnOf(name))} = ${value}`);
  await sql`update directory_objects set data = (data || ${JSON.stringify(change.bag)}::jsonb) - ${gone}::text[] ${sql.join(held, sql``)} where id = ${id}`.execute(tx);
}

function columnOf(name: string): string {
  const found = Object.entries(columns).find(([property]) => property === name);
  if (found === undefined) throw new Error(`${name} has no column`);
  return found[1];
}

/** Writes the hash of a user's password. */
export async function writePassword(executor: Executor, password: { readonly userId: string; readonly hash: string; readonly mustChange: boolean; readonly changedAt: Date }): Promise<void> {
  await sql`insert into user_passwords (user_id, hash, must_change, changed_at) values (${password.userId}, ${password.hash}, ${password.mustChange}, ${password.changedAt})
    on conflict (user_id) do update set hash = excluded.hash, must_change = excluded.must_change, changed_at = excluded.changed_at`.execute(executor);
}

/** Says whether the user has to change the password at the next sign-in; a user without a password stays so. */
export async function writeMustChange(tx: Tx, userId: string, mustChange: boolean): Promise<void> {
  await sql`update user_passwords set must_change = ${mustChange} where user_id = ${userId}`.execute(tx);
}

/** Changes of managers take turns until the end of their transactions: two at once could close a circle. */
export async function lockManagers(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('managers'))`.execute(tx);
}

/** Ids of a user's managers, upwards. */
export async function listManagersAbove(tx: Tx, userId: string): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    with recursive above (id) as (
      select target_id from directory_links where source_id = ${userId} and kind = 'manager'
      union
      select l.target_id from above join directory_links l on l.source_id = above.id and l.kind = 'manager')
    select id from above`);
  return rows.map((row) => row.id);
}

/** Makes someone the user's manager, in place of whoever was; answers who was. */
export async function replaceManager(tx: Tx, userId: string, managerId: string | undefined): Promise<string | undefined> {
  const before = await maybe(tx, sql<{ id: string }>`delete from directory_links where source_id = ${userId} and kind = 'manager' returning target_id as id`);
  if (managerId !== undefined) await sql`insert into directory_links (source_id, kind, target_id) values (${userId}, 'manager', ${managerId})`.execute(tx);
  return before?.id;
}

/** The leaver with the manager who could take over: a person who lives and is enabled. */
export async function findLeaver(tx: Tx, id: string): Promise<Leaver> {
  const manager = await maybe(tx, sql<{ id: string }>`
    select m.id from directory_links l join directory_objects m on m.id = l.target_id
     where l.source_id = ${id} and l.kind = 'manager' and m.type = 'user' and m.deleted_at is null and m.account_enabled for key share of m`);
  return { id, managerId: manager?.id };
}

/** Living agents and blueprints that someone sponsors, locked so that no other sponsor leaves meanwhile. */
export async function lockSponsoredAgents(tx: Tx, sponsorId: string): Promise<readonly SponsoredAgent[]> {
  await sql`select 1 from directory_objects a
     where a.id in (select source_id from directory_links where target_id = ${sponsorId} and kind = 'sponsor')
       and a.type in ('agentIdentity', 'agentIdentityBlueprint') and a.deleted_at is null order by a.id for update of a`.execute(tx);
  return await all(tx, sql<SponsoredAgent>`
    select a.id, a.display_name as "displayName",
           (select count(*)::int from directory_links o join directory_objects s on s.id = o.target_id and s.deleted_at is null
             where o.source_id = a.id and o.kind = 'sponsor' and o.target_id <> ${sponsorId}) as "otherSponsors"
      from directory_links l join directory_objects a on a.id = l.source_id
     where l.target_id = ${sponsorId} and l.kind = 'sponsor' and a.type in ('agentIdentity', 'agentIdentityBlueprint') and a.deleted_at is null
     order by a.id`);
}

/** Passes the sponsorship of these agents to somebody else. */
export async function passSponsorship(tx: Tx, agentIds: readonly string[], toId: string): Promise<void> {
  await sql`insert into directory_links (source_id, kind, target_id) select id, 'sponsor', ${toId} from unnest(${agentIds}::uuid[]) as id on conflict do nothing`.execute(tx);
}

/** Takes away what someone owns and sponsors: restoring brings the object back, not its access. Sponsors of deleted agents stay for their restoring. */
export async function dropResponsibilities(tx: Tx, id: string): Promise<void> {
  await sql`delete from directory_links l using directory_objects s
     where l.target_id = ${id} and l.kind in ('owner', 'sponsor') and s.id = l.source_id and s.deleted_at is null`.execute(tx);
}
