/** The directory in Graph's words: users, groups, applications, service principals, agents, and what ties them together. */
import type { Declaration } from '../../../platform/graph/model.ts';
import type { ShuttingOut } from '../commands/users.ts';
import type { AccessEnding } from '../commands/workload-deletion.ts';
import { absentTypes } from './absent.ts';
import { agentTypes, workloadRoots } from './agents.ts';
import { applicationTypes } from './applications.ts';
import { directoryObject, objectRoots } from './directory-objects.ts';
import { group } from './groups.ts';
import { licenseDetailsType } from './licenses.ts';
import { servicePrincipalTypes } from './service-principals.ts';
import { user, userRoots } from './users.ts';

/** What later features do when directory objects are deleted or disabled: end their access, cancel what they wait for, ask others, in the same transaction. */
export type DirectoryHooks = AccessEnding & ShuttingOut;

/** Everything that lives in the directory. */
export const declareDirectory = (hooks: DirectoryHooks): Declaration => ({
  types: [directoryObject(hooks), user(hooks), licenseDetailsType, group(hooks), ...applicationTypes(hooks), ...servicePrincipalTypes(hooks), ...agentTypes(hooks), ...absentTypes],
  roots: [...objectRoots, ...userRoots, { path: 'groups', type: 'group' }, ...workloadRoots],
});
