/** Packages as Graph shows them (contract §1.2–1.4). */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { refuse } from '../../../kernel/problem.ts';
import { choice, col, flag, guid, instant, text, words } from '../../../platform/graph/declare.ts';
import type { Action, Alias, EntityType, FilterFunction, Navigation, Sql, Visibility } from '../../../platform/graph/model.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { isSeenPackage } from '../../roles/store/reach.ts';
import { addIncompatibleGroup, addIncompatiblePackage, removeIncompatibleGroup, removeIncompatiblePackage } from '../commands/incompatible.ts';
import { changePackage, createPackage, moveToCatalog, removePackage } from '../commands/packages.ts';
import { addRole, type PackageRolesChanged, removeRole } from '../commands/roles.ts';
import { packageFromBody } from '../rules.ts';
import { isRequestable, listHeld, listRequestable } from '../store/requestable.ts';

/** What later features add to packages. */
export interface PackageHooks {
  /** Gives and takes what a changed package means for those who hold it, in the same transaction. */
  readonly packageRolesChanged: PackageRolesChanged;
  /** getApplicablePolicyRequirements. */
  readonly requirements?: Action;
}

/** Packages that the caller reads by a role, those it may ask for, and those it holds. */
export function visiblePackages(caller: Caller, row: Alias): Visibility {
  const reach = entitlementReach(caller, 'readCatalog');
  const governed = isSeenPackage(reach, { id: col(row, 'id'), catalogId: col(row, 'catalog_id') });
  if (governed === 'all' || !reach.own) return governed;
  const own = isOwnPackage(caller, row);
  return governed === 'none' ? own : sql`(${governed} or ${own})`;
}

/** Packages that the caller may ask for, and those it holds. */
export const isOwnPackage = (caller: Caller, row: Alias): Sql => sql`${col(row, 'id')} = any(array(${listHeld(caller)} union all ${listRequestable(caller)}))`;

/** Packages that the caller may ask for and that are not hidden; a refusal for callers that may not ask at all. */
export function requestableRows(caller: Caller, row: Alias): Sql {
  if (!entitlementReach(caller, 'readCatalog').own) refuse('forbidden', { reason: 'This takes a permission to request access, such as EntitlementMgmt-SubjectAccess.ReadWrite or EntitlementManagement.SelfRequest.' });
  return sql`(not ${col(row, 'is_hidden')} and ${isRequestable(caller, row)})`;
}

const filterByCurrentUser: FilterFunction = {
  parameters: { on: choice(words('accessPackageFilterByCurrentUserOptions', ['allowedRequestor']), { required: true, notNull: true }) },
  returns: 'accessPackage',
  where: requestableRows,
};

const ofPackage = (to: string, more: Partial<Navigation> = {}): Navigation =>
  ({ to, many: true, join: (from, target) => sql`${col(target, 'access_package_id')} = ${col(from, 'id')}`, ...more });

const linked = (table: string, [from, to]: readonly [string, string], more: Partial<Navigation>): Navigation => ({
  to: 'accessPackage', many: true, ...more,
  join: (source, target) => sql`exists (select 1 from ${sql.table(table)} x where x.${sql.ref(from)} = ${col(source, 'id')} and x.${sql.ref(to)} = ${col(target, 'id')})`,
});

/** The type, with what later features hook into it. */
export const accessPackage = (hooks: PackageHooks): EntityType => ({
  name: 'accessPackage',
  table: 'access_packages',
  alternateKeys: ['uniqueName'],
  properties: {
    displayName: text({ required: true, notNull: true, max: 256 }),
    description: text(),
    isHidden: flag({ notNull: true }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }),
    modifiedDateTime: instant({ column: 'modified_at', readOnly: true }),
    catalogId: guid({ only: 'beta', readOnly: true }),
    isRoleScopesVisible: flag({ only: 'beta', notNull: true }),
    createdBy: text({ only: 'beta', readOnly: true }),
    modifiedBy: text({ only: 'beta', readOnly: true }),
    uniqueName: text({ max: 256, exact: true }),
  },
  navigations: {
    catalog: { to: 'accessPackageCatalog', many: false, column: 'catalog_id', bind: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'catalog_id')}` },
    assignmentPolicies: ofPackage('accessPackageAssignmentPolicy', { inverse: 'accessPackage' }),
    resourceRoleScopes: ofPackage('accessPackageResourceRoleScope', { create: addRole(hooks.packageRolesChanged), remove: removeRole(hooks.packageRolesChanged) }),
    incompatibleAccessPackages: linked('incompatible_packages', ['access_package_id', 'incompatible_id'], { addRef: addIncompatiblePackage, removeRef: removeIncompatiblePackage }),
    accessPackagesIncompatibleWith: linked('incompatible_packages', ['incompatible_id', 'access_package_id'], {}),
    incompatibleGroups: linked('incompatible_groups', ['access_package_id', 'group_id'], { to: 'group', addRef: addIncompatibleGroup, removeRef: removeIncompatibleGroup }),
  },
  beta: {
    rename: { catalog: 'accessPackageCatalog', assignmentPolicies: 'accessPackageAssignmentPolicies', resourceRoleScopes: 'accessPackageResourceRoleScopes' },
    fromBody: packageFromBody,
  },
  visible: visiblePackages,
  create: createPackage,
  update: changePackage,
  remove: removePackage,
  actions: {
    moveToCatalog: { parameters: { catalogId: guid({ required: true, notNull: true }) }, run: moveToCatalog },
    ...(hooks.requirements === undefined ? {} : { getApplicablePolicyRequirements: hooks.requirements }),
  },
  collectionFunctions: { filterByCurrentUser },
  searchable: ['displayName', 'description'],
});
