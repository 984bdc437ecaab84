/** What opens a door: every permission of our own API and every directory role, tried one by one. */
import { directoryRole, ownPermissions } from '../../src/features/roles/model.ts';

/** Permissions of our own API each of which `opens` by itself, in the order of the alphabet. */
export const permissionsThat = (opens: (permission: string) => boolean): readonly string[] => ownPermissions.map(([name]) => name).filter(opens).toSorted();

/** Names of the directory roles each of which `opens` by itself. */
export const rolesThat = (opens: (roleDefinitionId: string) => boolean): readonly string[] =>
  Object.entries(directoryRole).filter(([, id]) => opens(id)).map(([name]) => name);
