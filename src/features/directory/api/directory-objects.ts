/** directoryObject: what users, groups, applications and service principals have in common. */
import { sql } from 'kysely';
import { col, flag, instant, list, text } from '../../../platform/graph/declare.ts';
import type { Action, EntityType, Navigation, Root } from '../../../platform/graph/model.ts';
import { removeObject, restoreObject } from '../commands/deletion.ts';
import { checkMembership, getByIds, listMemberGroups, validateProperties } from '../commands/lookups.ts';
import type { AccessEnding } from '../commands/workload-deletion.ts';
import { visibleObjects } from '../store/visibility.ts';

/** Actions on a set of directory objects: `users/getByIds` and the like. Subtypes inherit them. */
const collectionActions: Readonly<Record<string, Action>> = {
  getByIds: { parameters: { ids: list(text(), { required: true, max: 1000 }), types: list(text()) }, run: getByIds, answers: { entities: 'directoryObject' } },
  validateProperties: { parameters: { entityType: text(), displayName: text(), mailNickname: text(), onBehalfOfUserId: text() }, run: validateProperties },
};

const memberActions: Readonly<Record<string, Action>> = {
  checkMemberGroups: { parameters: { groupIds: list(text(), { required: true }) }, run: checkMembership('groupIds'), answers: { values: 'text' } },
  checkMemberObjects: { parameters: { ids: list(text(), { required: true }) }, run: checkMembership('ids'), answers: { values: 'text' } },
  getMemberGroups: { parameters: { securityEnabledOnly: flag() }, run: listMemberGroups, answers: { values: 'text' } },
  getMemberObjects: { parameters: { securityEnabledOnly: flag() }, run: listMemberGroups, answers: { values: 'text' } },
  restore: { run: restoreObject, looksItself: true, answers: { entity: 'directoryObject' } },
};

/** Groups that hold the object: directly, or through other groups. */
export const memberOf: Navigation = {
  to: 'directoryObject', many: true,
  join: (from, to) => sql`${col(to, 'id')} = any(array(select g.resource_id from grants g where g.principal_id = ${col(from, 'id')} and g.kind = 'member' and g.ends_at > now()))`,
};
const transitiveMemberOf: Navigation = { to: 'directoryObject', many: true, join: (from, to) => sql`${col(to, 'id')} = any(group_ids_of(${col(from, 'id')}))` };
const ownedObjects: Navigation = { to: 'directoryObject', many: true, join: (from, to) => sql`${col(to, 'id')} = any(owned_ids_of(${col(from, 'id')}))` };

/** Objects that the object made, as far as the directory noted it. */
const createdObjects: Navigation = { to: 'directoryObject', many: true, join: (from, to) => sql`${col(to, 'data')} ->> 'createdById' = ${col(from, 'id')}::text` };

/** The abstract base of everything in the directory. Its rows say by their discriminator what they are. */
export const directoryObject = (hooks: AccessEnding): EntityType => ({
  name: 'directoryObject',
  abstract: true,
  open: true,
  saysType: true,
  table: 'directory_objects',
  exists: (row) => sql`${col(row, 'deleted_at')} is null`,
  properties: { deletedDateTime: instant({ column: 'deleted_at', readOnly: true }) },
  navigations: { memberOf, transitiveMemberOf, ownedObjects, createdObjects },
  visible: visibleObjects,
  delta: { area: 'directoryObject' },
  remove: removeObject(hooks),
  actions: memberActions,
  collectionActions,
});

/** directoryObjects, and directory/deletedItems with the rows that were deleted and can be restored. */
export const objectRoots: readonly Root[] = [
  { path: 'directoryObjects', type: 'directoryObject' },
  { path: 'directory/deletedItems', type: 'directoryObject', exists: (row) => sql`${col(row, 'deleted_at')} is not null` },
];
