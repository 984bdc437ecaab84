/** What catalogs contribute to the service. */
import type { Declaration } from '../../../platform/graph/model.ts';
import { accessPackageCatalog, catalogRoots } from './catalogs.ts';
import {
  accessPackageResource, accessPackageResourceEnvironment, accessPackageResourceRequest, accessPackageResourceRole, accessPackageResourceScope, resourceRoots,
} from './resources.ts';

export const catalogs: Declaration = {
  types: [
    accessPackageCatalog, accessPackageResource, accessPackageResourceRole, accessPackageResourceScope, accessPackageResourceEnvironment, accessPackageResourceRequest,
  ],
  roots: [...catalogRoots, ...resourceRoots],
};
