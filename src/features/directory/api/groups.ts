/** group: principals that hold something together. */
import { sql } from 'kysely';
import { any, col, flag, inBag, instant, list, record, text, whole } from '../../../platform/graph/declare.ts';
import type { ComplexType, EntityType, Navigation } from '../../../platform/graph/model.ts';
import { directoryExtensions } from '../commands/directory-extensions.ts';
import { removeObject } from '../commands/deletion.ts';
import { createGroup, updateGroup } from '../commands/groups.ts';
import { addMember, addOwner, removeMember, removeOwner } from '../commands/memberships.ts';
import type { AccessEnding } from '../commands/workload-deletion.ts';
import { visibleGroups } from '../store/visibility.ts';
import { fromElsewhere } from './user-properties.ts';
import { appRoleAssignments } from './workload-columns.ts';

const assignedLabel: ComplexType = { complex: 'assignedLabel', properties: { displayName: text(), labelId: text() } };

const plain = inBag({
  accessType: text({ hidden: true }), allowExternalSenders: flag({ hidden: true }), assignedLabels: list(record(assignedLabel)), assignedLicenses: list(any(), { readOnly: true, hidden: true }),
  autoSubscribeNewMembers: flag({ hidden: true }), classification: text(), expirationDateTime: instant({ readOnly: true }), groupTypes: list(text()),
  hasMembersWithLicenseErrors: flag({ readOnly: true, hidden: true }), hideFromAddressLists: flag({ hidden: true }), hideFromOutlookClients: flag({ hidden: true }),
  infoCatalogs: list(text()), isArchived: flag({ readOnly: true, hidden: true }), isAssignableToRole: flag({ immutable: true }), isFavorite: flag({ hidden: true }),
  isManagementRestricted: flag({ readOnly: true }), isSubscribedByMail: flag({ hidden: true }), licenseProcessingState: any({ readOnly: true, hidden: true }), mail: text({ readOnly: true }),
  mailEnabled: flag({ required: true, notNull: true }), mailNickname: text({ required: true, notNull: true, max: 64 }), membershipRule: text({ max: 3072 }), membershipRuleProcessingState: text(),
  onPremisesNetBiosName: text({ readOnly: true }), organizationId: text({ readOnly: true, hidden: true }), preferredDataLocation: text(), preferredLanguage: text(),
  proxyAddresses: list(text(), { readOnly: true }), resourceBehaviorOptions: list(text()), resourceProvisioningOptions: list(text()),
  securityEnabled: flag({ required: true, notNull: true }), securityIdentifier: text({ readOnly: true }), serviceProvisioningErrors: list(any(), { readOnly: true }), theme: text(),
  unseenConversationsCount: whole({ readOnly: true, hidden: true }), unseenCount: whole({ readOnly: true, hidden: true }), unseenMessagesCount: whole({ readOnly: true, hidden: true }),
  visibility: text(), welcomeMessageEnabled: flag({ hidden: true }), cloudLicensing: any({ readOnly: true, hidden: true, only: 'beta' }),
  createdByAppId: text({ readOnly: true, only: 'beta' }), membershipRuleProcessingStatus: any({ readOnly: true, hidden: true, only: 'beta' }),
});

/** Who belongs to the group now: grants of a kind that are in force. */
const belonging = (kind: 'member' | 'owner'): Navigation['join'] => (from, to) => sql`${col(to, 'id')} = any(array(
  select g.principal_id from grants g where g.resource_id = ${col(from, 'id')} and g.kind = ${kind} and g.ends_at > now()))`;

const navigations: Readonly<Record<string, Navigation>> = {
  members: { to: 'directoryObject', many: true, bind: true, join: belonging('member'), addRef: addMember, removeRef: removeMember },
  owners: { to: 'directoryObject', many: true, bind: true, join: belonging('owner'), addRef: addOwner, removeRef: removeOwner },
  transitiveMembers: { to: 'directoryObject', many: true, join: (from, to) => sql`${col(to, 'id')} = any(member_ids_of(${col(from, 'id')}))` },
  appRoleAssignments,
  acceptedSenders: { to: 'directoryObject', many: true, join: () => sql`false` },
  rejectedSenders: { to: 'directoryObject', many: true, join: () => sql`false` },
  membersWithLicenseErrors: { to: 'directoryObject', many: true, join: () => sql`false` },
  createdOnBehalfOf: { to: 'directoryObject', many: false, join: () => sql`false` },
};

/** Groups. Members and owners are grants: by hand, or from access packages until their end. */
export const group = (hooks: AccessEnding): EntityType => ({
  name: 'group',
  base: 'directoryObject',
  open: true,
  dynamic: directoryExtensions('Group'),
  table: 'directory_objects',
  discriminator: 'group',
  alternateKeys: ['uniqueName'],
  searchable: ['displayName', 'description', 'mailNickname'],
  properties: {
    ...plain, ...fromElsewhere,
    displayName: text({ required: true, notNull: true, max: 256 }),
    description: text({ max: 1024 }),
    uniqueName: text({ immutable: true, max: 128 }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }),
    renewedDateTime: instant({ column: 'created_at', readOnly: true }),
  },
  navigations,
  delta: { area: 'directoryObject', navigations: ['members', 'owners'] },
  visible: visibleGroups,
  create: createGroup,
  update: updateGroup,
  remove: removeObject(hooks),
});
