/** Questions about directory objects of any type: which of them, and what holds them. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all } from '../../../platform/db/transaction.ts';
import type { Visibility } from '../../../platform/graph/model.ts';

const seen = (visibility: Visibility) => (visibility === 'all' ? sql`true` : visibility === 'none' ? sql`false` : visibility);

/** Alias that a visibility for {@link listSeen} and {@link listHeldGroups} is written for. */
export const seenAlias = 'o';

/** Ids of living objects among `ids` that are of one of `types` and that the caller sees. */
export async function listSeen(tx: Tx, asked: { readonly ids: readonly string[]; readonly types: readonly string[] }, visibility: Visibility): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select o.id from directory_objects o where o.id = any(${asked.ids}::uuid[]) and o.type = any(${asked.types}::text[]) and o.deleted_at is null and ${seen(visibility)} order by o.id`);
  return rows.map((row) => row.id);
}

/** Groups that hold an object now, directly or through others, as far as the caller sees them. */
export async function listHeldGroups(tx: Tx, asked: { readonly id: string; readonly securityEnabledOnly: boolean }, visibility: Visibility): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select o.id from directory_objects o where o.id = any(group_ids_of(${asked.id})) and (not ${asked.securityEnabledOnly}::boolean or o.data -> 'securityEnabled' = 'true') and ${seen(visibility)} order by o.id`);
  return rows.map((row) => row.id);
}

/**
 * Living agents and blueprints without a living sponsor: the object itself and, when it is a blueprint or its principal, its
 * agents. With the names of the sponsors that were deleted.
 */
export async function listUnsponsored(tx: Tx, id: string): Promise<readonly { readonly id: string; readonly displayName: string | null; readonly gone: readonly string[] }[]> {
  return await all(tx, sql<{ id: string; displayName: string | null; gone: readonly string[] }>`
    select a.id, a.display_name as "displayName",
           array(select s.id::text from directory_links l join directory_objects s on s.id = l.target_id where l.source_id = a.id and l.kind = 'sponsor' order by s.id) as gone
      from directory_objects a
     where (a.id = ${id} or a.blueprint_app_id = (select app_id from directory_objects where id = ${id} and type in ('agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal')))
       and a.type in ('agentIdentity', 'agentIdentityBlueprint') and a.deleted_at is null
       and not exists (select 1 from directory_links l join directory_objects s on s.id = l.target_id and s.deleted_at is null where l.source_id = a.id and l.kind = 'sponsor')
     order by a.id`);
}
