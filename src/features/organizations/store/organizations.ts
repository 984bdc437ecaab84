/** Connected organizations in the database. */
import { sql } from 'kysely';
import type { Executor, Tx } from '../../../platform/db/database.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';
import type { Organization, OwnTenant } from '../model.ts';
import type { OrganizationUse } from '../rules/organizations.ts';

/** Who wrote a row, and when. */
export interface Stamp {
  readonly now: Date;
  readonly by: string | null;
}

/** Names of this directory itself; empty ones before it is set up. */
export async function loadOwnTenant(executor: Executor): Promise<OwnTenant> {
  return await maybe(executor, sql<OwnTenant>`select id, lower(domain) as domain from tenants`) ?? { id: '', domain: '' };
}

/** Locks an organization. Policies that are about to name it wait, and so does this while they do. */
export async function lockOrganization(tx: Tx, id: string): Promise<Organization | undefined> {
  return await maybe(tx, sql<Organization>`
    select id, display_name as "displayName", description, state, identity_sources as "identitySources" from connected_organizations where id = ${id} for update`);
}

/** An organization with the marks of its people. */
export interface MarkedOrganization {
  readonly organization: Organization;
  readonly marks: readonly string[];
}

/** Writes a new organization. Breaks `organization_marks_pkey` when another has one of its marks. */
export async function insertOrganization(tx: Tx, { organization: one, marks }: MarkedOrganization, { now, by }: Stamp): Promise<void> {
  await sql`
    with made as (
      insert into connected_organizations (id, display_name, description, state, identity_sources, created_at, modified_at, created_by, modified_by)
      values (${one.id}, ${one.displayName}, ${one.description}, ${one.state}, ${JSON.stringify(one.identitySources)}, ${now}, ${now}, ${by}, ${by}) returning id)
    insert into organization_marks (mark, organization_id) select m, made.id from made cross join unnest(${marks}::text[]) as m`.execute(tx);
}

/** Writes a changed organization and its marks. Breaks the same constraint as {@link insertOrganization}. */
export async function updateOrganization(tx: Tx, { organization: one, marks }: MarkedOrganization, { now, by }: Stamp): Promise<void> {
  await sql`
    with changed as (
      update connected_organizations set display_name = ${one.displayName}, description = ${one.description}, state = ${one.state},
             identity_sources = ${JSON.stringify(one.identitySources)}, modified_at = ${now}, modified_by = ${by} where id = ${one.id} returning id),
    gone as (delete from organization_marks m using changed where m.organization_id = changed.id and m.mark <> all(${marks}::text[]))
    insert into organization_marks (mark, organization_id) select m, changed.id from changed cross join unnest(${marks}::text[]) as m
     where not exists (select 1 from organization_marks old where old.mark = m and old.organization_id = changed.id)`.execute(tx);
}

/** Writes an organization of one mark, unless one has that mark. False: there is one. */
export async function proposeOrganization(tx: Tx, { organization: one, marks }: MarkedOrganization, stamp: Stamp): Promise<boolean> {
  const taken = await maybe(tx, sql`select 1 from organization_marks where mark = any(${marks}::text[]) limit 1`);
  if (taken !== undefined) return false;
  await insertOrganization(tx, { organization: one, marks }, stamp);
  return true;
}

/** Domain of a guest that no organization has: what a proposal for it is made of. Undefined: it belongs to one, is no guest, or is known by our own domain alone. */
export async function findProposal(tx: Tx, subjectId: string, ownDomain: string): Promise<string | undefined> {
  const row = await maybe(tx, sql<{ domain: string }>`
    select substr(m.mark, 8) as domain from directory_objects o cross join lateral unnest(external_marks(o.user_principal_name, o.data)) with ordinality as m (mark, nth)
     where o.id = ${subjectId} and o.type = 'user' and o.data ->> 'userType' = 'Guest' and organization_of(o.id) is null
       and starts_with(m.mark, 'domain:') and m.mark <> ${`domain:${ownDomain}`} order by m.nth limit 1`);
  return row?.domain;
}

/** Organizations that have one of these marks, with the mark. */
export async function listMarkOwners(executor: Executor, marks: readonly string[]): Promise<readonly { readonly id: string; readonly displayName: string; readonly mark: string; readonly state: Organization['state'] }[]> {
  return await all(executor, sql<{ id: string; displayName: string; mark: string; state: Organization['state'] }>`
    select c.id, c.display_name as "displayName", m.mark, c.state from organization_marks m join connected_organizations c on c.id = m.organization_id
     where m.mark = any(${marks}::text[]) order by m.mark`);
}

/** Deletes a locked organization with its marks and sponsors. */
export async function deleteOrganization(tx: Tx, id: string): Promise<void> {
  await sql`delete from connected_organizations where id = ${id}`.execute(tx);
}

/** Policies that name the organization; its people who are governed, have access or have asked for it. At most six names each. */
export async function findUse(tx: Tx, id: string): Promise<OrganizationUse> {
  const policies = await all(tx, sql<{ name: string }>`
    select p.display_name as name from policy_targets t join assignment_policies p on p.id = t.policy_id
     where t.target_id = ${id} and t.kind = 'connectedOrganization' order by p.display_name, p.id limit 6`);
  const subjects = await all(tx, sql<{ name: string }>`
    select coalesce(o.display_name, o.user_principal_name) as name from directory_objects o
     where o.type = 'user' and o.data ->> 'userType' = 'Guest' and o.deleted_at is null
       and external_marks(o.user_principal_name, o.data) && array(select mark from organization_marks where organization_id = ${id})
       and organization_of(o.id) = ${id}
       and (exists (select 1 from subject_lifecycles l where l.subject_id = o.id and l.lifecycle = 'governed')
         or exists (select 1 from assignments a where a.target_id = o.id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > now())
         or exists (select 1 from assignment_requests r where r.target_id = o.id and r.state in ('submitted', 'pendingApproval', 'delivering', 'scheduled')))
     order by 1 limit 6`);
  return { policies: policies.map(({ name }) => name), subjects: subjects.map(({ name }) => name) };
}
