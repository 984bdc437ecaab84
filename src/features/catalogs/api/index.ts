/** What catalogs contribute to the service. */
import type { Declaration } from '../../../platform/graph/model.ts';
import { accessPackageCatalog, catalogRoots } from './catalogs.ts';
import { accessPackageResourceRequest, resourceRequestRoots } from './resource-requests.ts';
import { accessPackageResource, accessPackageResourceRole, accessPackageResourceScope, customDataProvidedResource, resourceRoots } from './resources.ts';

export const catalogs: Declaration = {
  types: [accessPackageCatalog, accessPackageResource, customDataProvidedResource, accessPackageResourceRole, accessPackageResourceScope, accessPackageResourceRequest],
  roots: [...catalogRoots, ...resourceRoots, ...resourceRequestRoots],
};
