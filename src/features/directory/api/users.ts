/** user: a person who signs in. */
import { sql } from 'kysely';
import { refuse } from '../../../kernel/problem.ts';
import { col } from '../../../platform/graph/declare.ts';
import type { EntityType, Navigation, Root } from '../../../platform/graph/model.ts';
import { directoryExtensions } from '../commands/directory-extensions.ts';
import { removeObject } from '../commands/deletion.ts';
import { revokeSignInSessions } from '../commands/lookups.ts';
import { addUserSponsor, putManager, removeManager, removeUserSponsor } from '../commands/managers.ts';
import { createUser, updateUser, type ShuttingOut } from '../commands/users.ts';
import type { AccessEnding } from '../commands/workload-deletion.ts';
import { visibleUsers } from '../store/visibility.ts';
import { licenseDetails } from './licenses.ts';
import { userProperties } from './user-properties.ts';
import { appRoleAssignments } from './workload-columns.ts';

/** A link of the directory from the row that has it to the row that it names. */
const linked = (kind: 'manager' | 'sponsor'): Navigation['join'] => (from, to) => sql`${col(to, 'id')} = any(array(
  select l.target_id from directory_links l where l.source_id = ${col(from, 'id')} and l.kind = ${kind}))`;

/** The same link seen from its other end. */
const linking = (kind: 'manager' | 'sponsor'): Navigation['join'] => (from, to) => sql`${col(to, 'id')} = any(array(
  select l.source_id from directory_links l where l.target_id = ${col(from, 'id')} and l.kind = ${kind}))`;

const nothing: Navigation['join'] = () => sql`false`;

const navigations: Readonly<Record<string, Navigation>> = {
  manager: { to: 'directoryObject', many: false, bind: true, join: linked('manager'), addRef: putManager, removeRef: removeManager },
  directReports: { to: 'directoryObject', many: true, join: linking('manager') },
  sponsors: { to: 'directoryObject', many: true, join: linked('sponsor'), addRef: addUserSponsor, removeRef: removeUserSponsor },
  sponsorOf: { to: 'directoryObject', many: true, join: linking('sponsor') },
  licenseDetails,
  appRoleAssignments,
  appRoleAssignedResources: { to: 'servicePrincipal', many: true, only: 'beta', join: (from, to) => sql`${col(to, 'id')} = any(array(select g.resource_id from grants g where g.principal_id = ${col(from, 'id')} and g.kind = 'appRole' and g.ends_at > now()))` },
  oauth2PermissionGrants: { to: 'oAuth2PermissionGrant', many: true, join: (from, to) => sql`${col(to, 'principal_id')} = ${col(from, 'id')}` },
  ownedDevices: { to: 'directoryObject', many: true, join: nothing },
  registeredDevices: { to: 'directoryObject', many: true, join: nothing },
  /** What a person sets for its own approvals: declared by the feature approverDelegates. */
  identityGovernance: { to: 'identityGovernanceUserSettings', many: false, only: 'beta', column: 'id', seenAlone: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'id')}` },
  invitedBy: { to: 'directoryObject', many: false, only: 'beta', join: nothing },
};

/** People, and the base of agent users. */
export const user = (hooks: AccessEnding & ShuttingOut): EntityType => ({
  name: 'user',
  base: 'directoryObject',
  open: true,
  dynamic: directoryExtensions('User'),
  table: 'directory_objects',
  discriminator: 'user',
  alternateKeys: ['userPrincipalName'],
  searchable: ['displayName', 'userPrincipalName', 'mail', 'givenName', 'surname'],
  properties: userProperties,
  navigations,
  delta: { area: 'directoryObject', navigations: ['manager'] },
  visible: visibleUsers,
  create: createUser,
  update: updateUser(hooks),
  remove: removeObject(hooks),
  actions: { revokeSignInSessions: { run: revokeSignInSessions, answers: { scalar: 'flag' } } },
});

/** users, and me: the person who calls. */
export const userRoots: readonly Root[] = [
  { path: 'users', type: 'user' },
  {
    path: 'me', type: 'user',
    singleton: (caller) => (caller.isDelegated ? caller.principalId : refuse('ruleBroken', { reason: '/me is for people who have signed in. An application is no person: ask for /servicePrincipals/{id} instead.' })),
  },
];
