/** Our own API as an application: its permissions as rows of the directory, in Graph's shape. Pure. */
import { ownPermissions } from '../../features/roles/model.ts';
import type { OwnPermissionRow } from './store.ts';

/** Every permission of our own API, application permissions first. */
export function ownPermissionRows(): readonly OwnPermissionRow[] {
  return [...ownPermissions.flatMap(([value, id]) => (id === undefined ? [] : [roleRow(id, value)])), ...ownPermissions.flatMap(([value, , id]) => (id === undefined ? [] : [scopeRow(id, value)]))];
}

function roleRow(id: string, value: string): OwnPermissionRow {
  return { id, value, kind: 'role', data: { displayName: value, description: `Lets an application use ${value} without a signed-in person.`, allowedMemberTypes: ['Application'], origin: 'Application' } };
}

function scopeRow(id: string, value: string): OwnPermissionRow {
  const description = `Lets an application use ${value} on behalf of the signed-in person.`;
  return {
    id, value, kind: 'scope',
    data: { type: 'Admin', adminConsentDisplayName: value, adminConsentDescription: description, userConsentDisplayName: value, userConsentDescription: description, origin: 'Application' },
  };
}
