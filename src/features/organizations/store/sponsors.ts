/** Who answers for connected organizations. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';
import type { SponsorKind } from '../model.ts';
import type { SponsorCandidate } from '../rules/organizations.ts';

/** A living directory object that may become a sponsor, with its name; held, so that it is not deleted meanwhile. */
export async function findSponsorCandidate(tx: Tx, id: string): Promise<(SponsorCandidate & { readonly displayName: string | null }) | undefined> {
  return await maybe(tx, sql<SponsorCandidate & { readonly displayName: string | null }>`
    select o.id, o.type, o.display_name as "displayName", coalesce(o.data ->> 'userType' = 'Guest', false) as "isGuest", organization_of(o.id) as "organizationId"
      from directory_objects o where o.id = ${id} and o.deleted_at is null for share of o`);
}

/** One sponsor of one organization. */
export interface Sponsorship {
  readonly organizationId: string;
  readonly kind: SponsorKind;
  readonly sponsorId: string;
}

/** Adds a sponsor. False: it is one already. */
export async function insertSponsor(tx: Tx, { organizationId, kind, sponsorId }: Sponsorship): Promise<boolean> {
  const row = await maybe(tx, sql`insert into organization_sponsors (organization_id, kind, sponsor_id) values (${organizationId}, ${kind}, ${sponsorId}) on conflict do nothing returning sponsor_id`);
  return row !== undefined;
}

/** Removes a sponsor. False: it is none. */
export async function deleteSponsor(tx: Tx, { organizationId, kind, sponsorId }: Sponsorship): Promise<boolean> {
  const row = await maybe(tx, sql`delete from organization_sponsors where organization_id = ${organizationId} and kind = ${kind} and sponsor_id = ${sponsorId} returning sponsor_id`);
  return row !== undefined;
}

/** Removes everything that identities sponsor: restored they come back without it. */
export async function removeSponsorshipsOf(tx: Tx, ids: readonly string[]): Promise<readonly { readonly id: string; readonly what: string; readonly principalId: string }[]> {
  return await all(tx, sql<{ id: string; what: string; principalId: string }>`
    delete from organization_sponsors where sponsor_id = any(${ids}::uuid[]) returning organization_id as id, kind || 'Sponsor' as what, sponsor_id as "principalId"`);
}
