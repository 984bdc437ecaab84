/** Catalogs as Graph shows them (contract §1.2–1.4). */
import { sql } from 'kysely';
import { choice, col, flag, instant, text, words } from '../../../platform/graph/declare.ts';
import type { EntityType, Navigation, Root } from '../../../platform/graph/model.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { changeCatalog, createCatalog, removeCatalog } from '../commands/catalogs.ts';
import { isSeenCatalog } from '../../roles/store/reach.ts';

/** Root of everything in entitlement management. */
export const entitlementManagement = 'identityGovernance/entitlementManagement';

const catalogType = words('accessPackageCatalogType', ['userManaged', 'serviceDefault', 'serviceManaged'], { betaCase: 'pascal' });
const catalogState = words('accessPackageCatalogState', ['unpublished', 'published'], { betaCase: 'pascal' });
const privilegeLevel = words('accessPackageCatalogPrivilegeLevel', ['standard', 'privileged']);

/** Members of a catalog: what has its id in `catalog_id`. */
const ofCatalog = (to: string, more: Partial<Navigation> = {}): Navigation =>
  ({ to, many: true, join: (from, target) => sql`${col(target, 'catalog_id')} = ${col(from, 'id')}`, ...more });

export const accessPackageCatalog: EntityType = {
  name: 'accessPackageCatalog',
  table: 'catalogs',
  alternateKeys: ['uniqueName'],
  properties: {
    displayName: text({ required: true, notNull: true, max: 256 }),
    description: text(),
    catalogType: choice(catalogType, { readOnly: true }),
    state: choice(catalogState, { notNull: true }),
    isExternallyVisible: flag({ notNull: true }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }),
    modifiedDateTime: instant({ column: 'modified_at', readOnly: true }),
    createdBy: text({ only: 'beta', readOnly: true }),
    modifiedBy: text({ only: 'beta', readOnly: true }),
    privilegeLevel: choice(privilegeLevel, { only: 'beta', notNull: true }),
    uniqueName: text({ only: 'beta', max: 256, exact: true }),
  },
  navigations: {
    accessPackages: ofCatalog('accessPackage', { inverse: 'catalog' }),
    resources: ofCatalog('accessPackageResource'),
    resourceRoles: ofCatalog('accessPackageResourceRole'),
    resourceScopes: ofCatalog('accessPackageResourceScope'),
    // The older type of extension has a collection of its own, in beta.
    customWorkflowExtensions: ofCatalog('customCalloutExtension', {
      inverse: 'catalog', join: (from, target) => sql`${col(target, 'catalog_id')} = ${col(from, 'id')} and ${col(target, 'type')} <> 'customAccessPackageWorkflowExtension'`,
    }),
    customAccessPackageWorkflowExtensions: ofCatalog('customAccessPackageWorkflowExtension', { inverse: 'catalog', only: 'beta' }),
  },
  beta: {
    rename: {
      state: 'catalogStatus', resources: 'accessPackageResources', resourceRoles: 'accessPackageResourceRoles', resourceScopes: 'accessPackageResourceScopes',
      customWorkflowExtensions: 'accessPackageCustomWorkflowExtensions',
    },
  },
  // Whoever may see something inside sees the catalog, and of what is in it no more than that.
  visible: (caller, row) => isSeenCatalog(entitlementReach(caller, 'readCatalog'), col(row, 'id')),
  create: createCatalog,
  update: changeCatalog,
  remove: removeCatalog,
  searchable: ['displayName', 'description'],
};

export const catalogRoots: readonly Root[] = [
  { path: `${entitlementManagement}/catalogs`, betaPath: `${entitlementManagement}/accessPackageCatalogs`, type: 'accessPackageCatalog' },
  { path: 'identityGovernance/catalogs', type: 'accessPackageCatalog' },
];
