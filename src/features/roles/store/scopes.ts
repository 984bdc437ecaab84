/** What roles apply to, in the database: where it stands, and by which right of its own a giver gives. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { maybe, one } from '../../../platform/db/transaction.ts';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Sql } from '../../../platform/graph/model.ts';
import { directoryRole, entitlementRole, type RoleKey, type RoleScope } from '../model.ts';
import type { Reach } from '../rules.ts';
import type { ScopePlace } from '../rules/scopes.ts';
import { isOneOf } from './reach.ts';

/** Where the thing stands that a role applies to; undefined when there is none. It is held: it does not go before the role is written. */
export async function findScopePlace(tx: Tx, { catalogId, accessPackageId, policyId, resourceId }: RoleScope, callerId: string): Promise<ScopePlace | undefined> {
  if (catalogId !== undefined) return await maybe(tx, sql<ScopePlace>`select id as "catalogId" from catalogs where id = ${catalogId} for key share`);
  if (policyId !== undefined) {
    return await maybe(tx, sql<ScopePlace>`select p.catalog_id as "catalogId", p.id as "accessPackageId", y.id as "policyId"
      from assignment_policies y join access_packages p on p.id = y.access_package_id where y.id = ${policyId} for key share`);
  }
  if (accessPackageId !== undefined) return await maybe(tx, sql<ScopePlace>`select catalog_id as "catalogId", id as "accessPackageId" from access_packages where id = ${accessPackageId} for key share`);
  if (resourceId === undefined) return undefined;
  const row = await maybe(tx, sql<Omit<ScopePlace, 'isApiOfCaller'> & { readonly isApiOfCaller: boolean | null }>`
    select r.catalog_id as "catalogId", r.id as "resourceId", case when r.origin_system = 'OAuthApplication' then exists (
        select 1 from directory_links l join directory_objects s on s.id = l.source_id join directory_objects o on o.id = r.directory_object_id
         where l.kind = 'owner' and l.target_id = ${callerId} and (s.id = o.id or s.app_id = o.app_id)) end as "isApiOfCaller"
      from catalog_resources r where r.id = ${resourceId} for key share of r`);
  return row === undefined ? undefined : { ...row, isApiOfCaller: row.isApiOfCaller ?? undefined };
}

/** Who gives what to whom. `place`: where the thing stands that the role applies to. */
export interface Giving {
  readonly giverId: string;
  readonly key: Pick<RoleKey, 'provider' | 'principalId' | 'roleDefinitionId'>;
  readonly place: ScopePlace | undefined;
}

/** Whether a role that somebody is given reaches that giver, directly or through a group, and whether the giver's own right to give it has no end. */
export async function readOwnGain(tx: Tx, { giverId, key, place }: Giving): Promise<{ readonly isOwn: boolean; readonly isStanding: boolean }> {
  const { globalAdministrator, identityGovernanceAdministrator } = directoryRole;
  const givers = key.provider === 'directory' ? [globalAdministrator] : [globalAdministrator, identityGovernanceAdministrator];
  return await one(tx, sql<{ isOwn: boolean; isStanding: boolean }>`
    with guises as materialized (select ${giverId}::uuid || group_ids_of(${giverId}::uuid) as ids)
    select ${key.principalId}::uuid = any((select ids from guises)::uuid[]) as "isOwn", exists (
      select 1 from role_schedules s where s.principal_id = any((select ids from guises)::uuid[])
         and (s.principal_id = ${giverId} or exists (select 1 from grants m where m.kind = 'member' and m.principal_id = ${giverId} and m.resource_id = s.principal_id and m.ends_at = 'infinity'))
         and s.type = 'assignment' and s.ended_at is null and s.starts_at <= now() and s.ends_at = 'infinity'
         and (s.role_definition_id = any(${givers}::uuid[]) or ${givesIn(key.roleDefinitionId, place)})) as "isStanding"`);
}

/** Schedules `s` by which somebody who is no administrator hands out a role at a place. */
function givesIn(roleDefinitionId: string, place: ScopePlace | undefined): Sql {
  if (place === undefined) return sql`false`;
  const { catalogId, accessPackageId } = place;
  const isAbove = sql`(s.app_scope_id = '/' or s.catalog_id = ${catalogId}::uuid)`;
  const owns = sql`(s.role_definition_id = ${entitlementRole.catalogOwner}::uuid and ${isAbove})`;
  if (accessPackageId === undefined || roleDefinitionId !== entitlementRole.assignmentManager) return owns;
  return sql`(${owns} or (s.role_definition_id in (${entitlementRole.catalogOwner}::uuid, ${entitlementRole.accessPackageManager}::uuid) and (${isAbove} or s.package_id = ${accessPackageId}::uuid)))`;
}

/** Selects of ids from a table of roles: those that apply to what is within reach, or to something inside of it. Each begins at an index. */
export function rolesWithin(table: string, reach: Reach): readonly Sql[] {
  const { catalogIds, accessPackageIds, policyIds, resourceIds } = reach;
  const from = sql`${sql.table(table)} x`;
  const inPackage = sql`(${isOneOf(sql`p.catalog_id`, catalogIds)} or ${isOneOf(sql`p.id`, accessPackageIds)})`;
  const anyPackage = catalogIds.length + accessPackageIds.length > 0;
  return [
    ...(catalogIds.length === 0 ? [] : [sql`select x.id from ${from} where ${isOneOf(col('x', 'catalog_id'), catalogIds)}`,
      sql`select x.id from ${from} join catalog_resources r on r.id = x.resource_id where ${isOneOf(sql`r.catalog_id`, catalogIds)}`]),
    ...(anyPackage ? [sql`select x.id from ${from} join access_packages p on p.id = x.package_id where ${inPackage}`,
      sql`select x.id from ${from} join assignment_policies y on y.id = x.policy_id join access_packages p on p.id = y.access_package_id where ${inPackage}`] : []),
    ...(policyIds.length === 0 ? [] : [sql`select x.id from ${from} where ${isOneOf(col('x', 'policy_id'), policyIds)}`]),
    ...(resourceIds.length === 0 ? [] : [sql`select x.id from ${from} where ${isOneOf(col('x', 'resource_id'), resourceIds)}`]),
  ];
}

/** Whether a row of a table of roles is one of those that some selects find. */
export const isFound = (row: Alias, selects: readonly Sql[]): Sql => (selects.length === 0 ? sql`false` : sql`${col(row, 'id')} = any(array(${sql.join(selects, sql` union `)}))`);
