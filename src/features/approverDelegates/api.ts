/** Substitutes as Graph's beta shows them: users/{id}/identityGovernance/approverDelegate (Graph: resources/approverdelegate, approverdelegate-get and -update). */
import { sql } from 'kysely';
import { any, choice, col, flag, guid, instant, record, span, text, words } from '../../platform/graph/declare.ts';
import type { ComplexType, Declaration, EntityType } from '../../platform/graph/model.ts';
import { removeDelegate, setDelegate } from './commands.ts';
import { delegationReach } from './rules.ts';

/** Beta has the id under `id`, whatever the kind; v1.0's names for it are taken too. */
const userSet: ComplexType = {
  complex: 'userSet', abstract: true, lenient: true, properties: { id: guid(), isBackup: flag({ writeOnly: true }), description: text() },
  variants: [{ complex: 'singleUser', lenient: true, properties: { userId: guid({ writeOnly: true }) } }, { complex: 'groupMembers', lenient: true, properties: { groupId: guid({ writeOnly: true }) } }],
};

const expirationPattern: ComplexType = {
  complex: 'expirationPattern',
  properties: { type: choice(words('expirationPatternType', ['notSpecified', 'noExpiration', 'afterDateTime', 'afterDuration'])), duration: span(), endDateTime: instant() },
};
const requestSchedule: ComplexType = { complex: 'requestSchedule', properties: { startDateTime: instant(), expiration: record(expirationPattern), recurrence: any() } };

const shared = {
  table: 'approver_delegations',
  visible: (caller, row) => {
    const reach = delegationReach(caller, 'read');
    return reach === 'own' ? sql`${col(row, 'id')} = ${caller.principalId}::uuid` : reach;
  },
} satisfies Partial<EntityType>;

/** Its id is its person's. A person who has named nobody has one without a delegate. */
const approverDelegate: EntityType = {
  ...shared, name: 'approverDelegate',
  properties: { delegate: record(userSet, { required: true }), schedule: record(requestSchedule) },
  replace: setDelegate, remove: removeDelegate,
};

const identityGovernanceUserSettings: EntityType = {
  ...shared, name: 'identityGovernanceUserSettings',
  properties: {},
  navigations: { approverDelegate: { to: 'approverDelegate', many: false, only: 'beta', column: 'id', join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'id')}` } },
};

/** Substitutes of approvers. */
export const approverDelegates: Declaration = { types: [approverDelegate, identityGovernanceUserSettings], roots: [] };
