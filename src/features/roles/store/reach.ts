/**
 * How far rights reach, as conditions on rows. Each begins at the ids that the caller's roles name, one parameter each: the
 * planner counts on as many rows as there are, and an empty list is nobody's. What needs another table is read once, as an array.
 */
import { sql } from 'kysely';
import type { Sql, Visibility } from '../../../platform/graph/model.ts';
import type { Reach } from '../rules.ts';

/** `id` is one of those. */
export const isOneOf = (id: Sql, ids: readonly string[]): Sql => (ids.length === 0 ? sql`false` : sql`${id} in (${sql.join(ids.map((one) => sql`${one}::uuid`))})`);

/** Any of some conditions; without any, nobody's. */
export function anyOf(conditions: readonly Sql[]): Visibility {
  return conditions.length === 0 ? 'none' : sql`(${sql.join(conditions, sql` or `)})`;
}

const when = (ids: readonly string[], condition: () => Sql): readonly Sql[] => (ids.length === 0 ? [] : [condition()]);

/** `id` is among what a select finds. The select is asked once, and its answer looked up by index. */
const isAmong = (id: Sql, select: Sql): Sql => sql`${id} = any(array(${select}))`;

/** Where a row says to what it belongs. `catalogId` is left out where only the package knows; `policyId`, where a row goes by no policy. */
export interface PackageColumns {
  readonly packageId: Sql;
  readonly catalogId?: Sql;
  readonly policyId?: Sql;
}

/** Rows that belong to a package, as far as packages and policies are within reach: of a policy's package only what goes by that policy. */
export function isReachedPackage(reach: Reach, { packageId, catalogId, policyId }: PackageColumns): Visibility {
  if (reach.all) return 'all';
  const { catalogIds, accessPackageIds, policyIds } = reach;
  return anyOf([
    ...when(catalogIds, () => (catalogId === undefined ? isAmong(packageId, sql`select p.id from access_packages p where ${isOneOf(sql`p.catalog_id`, catalogIds)}`) : isOneOf(catalogId, catalogIds))),
    ...when(accessPackageIds, () => isOneOf(packageId, accessPackageIds)),
    ...(policyId === undefined ? [] : when(policyIds, () => isOneOf(policyId, policyIds))),
  ]);
}

/** Ids of the packages to which policies within reach belong. */
export const packagesOfPolicies = ({ policyIds }: Reach): Sql => sql`select y.access_package_id from assignment_policies y where ${isOneOf(sql`y.id`, policyIds)}`;

/** Packages that somebody may see: those within reach, those of policies, and those that give something of a resource. */
export function isSeenPackage(reach: Reach, columns: { readonly id: Sql; readonly catalogId: Sql }): Visibility {
  const reached = isReachedPackage(reach, { packageId: columns.id, catalogId: columns.catalogId });
  if (reached === 'all') return 'all';
  const { policyIds, resourceIds } = reach;
  return anyOf([
    ...(reached === 'none' ? [] : [reached]),
    ...when(policyIds, () => isAmong(columns.id, packagesOfPolicies(reach))),
    ...when(resourceIds, () => isAmong(columns.id, sql`select x.access_package_id from package_roles x where ${isOneOf(sql`x.resource_id`, resourceIds)}`)),
  ]);
}

/** Roles of packages that somebody may see: those of packages within reach or of policies, and those of a resource. */
export function isSeenPackageRole(reach: Reach, columns: { readonly packageId: Sql; readonly resourceId: Sql }): Visibility {
  const reached = isReachedPackage(reach, { packageId: columns.packageId });
  if (reached === 'all') return 'all';
  const { policyIds, resourceIds } = reach;
  return anyOf([
    ...(reached === 'none' ? [] : [reached]),
    ...when(policyIds, () => isAmong(columns.packageId, packagesOfPolicies(reach))),
    ...when(resourceIds, () => isOneOf(columns.resourceId, resourceIds)),
  ]);
}

/** Resources within reach, by their catalog or one by one. */
export function isReachedResource(reach: Reach, columns: { readonly id: Sql; readonly catalogId: Sql }): Visibility {
  if (reach.all) return 'all';
  return anyOf([...when(reach.catalogIds, () => isOneOf(columns.catalogId, reach.catalogIds)), ...when(reach.resourceIds, () => isOneOf(columns.id, reach.resourceIds))]);
}

/** Resources that somebody may see: those of catalogs, single ones, and those that packages within reach give something of. */
export function isSeenResource(reach: Reach, columns: { readonly id: Sql; readonly catalogId: Sql }): Visibility {
  const reached = isReachedResource(reach, columns);
  if (reached === 'all') return 'all';
  const { accessPackageIds, policyIds } = reach;
  const used = (packages: Sql): Sql => isAmong(columns.id, sql`select x.resource_id from package_roles x where ${packages}`);
  return anyOf([
    ...(reached === 'none' ? [] : [reached]),
    ...when(accessPackageIds, () => used(isOneOf(sql`x.access_package_id`, accessPackageIds))),
    ...when(policyIds, () => used(isAmong(sql`x.access_package_id`, packagesOfPolicies(reach)))),
  ]);
}

/** Catalogs that somebody may see: whole ones, and of those that hold what is within reach, the catalog alone. */
export function isSeenCatalog(reach: Reach, id: Sql): Visibility {
  if (reach.all) return 'all';
  const { catalogIds, accessPackageIds, policyIds, resourceIds } = reach;
  const holding = (packages: Sql): Sql => isAmong(id, sql`select p.catalog_id from access_packages p where ${packages}`);
  return anyOf([
    ...when(catalogIds, () => isOneOf(id, catalogIds)),
    ...when(accessPackageIds, () => holding(isOneOf(sql`p.id`, accessPackageIds))),
    ...when(policyIds, () => holding(isAmong(sql`p.id`, packagesOfPolicies(reach)))),
    ...when(resourceIds, () => isAmong(id, sql`select r.catalog_id from catalog_resources r where ${isOneOf(sql`r.id`, resourceIds)}`)),
  ]);
}
