/** What automatic assignment adds beyond Graph, under /gatehouse/v1: rules at work, runs that were held, and whom nothing could be given. */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { any, choice, col, guid, instant, list, text, whole, words } from '../../platform/graph/declare.ts';
import type { Alias, Declaration, EntityType, Sql, Visibility } from '../../platform/graph/model.ts';
import { entitlementReach } from '../roles/rules.ts';
import { isReachedPackage } from '../roles/store/reach.ts';
import { changeBrake, confirmRun, discardRun } from './commands/decide.ts';
import { runStates } from './model.ts';

/** Rows of packages and policies whose assignments the caller may read. */
const visible = (caller: Caller, row: Alias, policyColumn: string): Visibility =>
  isReachedPackage(entitlementReach(caller, 'readAssignments'), { packageId: packageOf(row, policyColumn), policyId: col(row, policyColumn) });

const packageOf = (row: Alias, policyColumn: string): Sql => sql`(select vp.access_package_id from assignment_policies vp where vp.id = ${col(row, policyColumn)})`;

const automaticAssignmentRun: EntityType = {
  name: 'automaticAssignmentRun',
  table: 'automatic_assignment_runs',
  properties: {
    state: choice(words('automaticAssignmentRunState', runStates), { readOnly: true }),
    policyId: guid({ readOnly: true }), accessPackageId: guid({ readOnly: true }),
    assignmentCount: whole({ readOnly: true }),
    removalCount: whole({ readOnly: true }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }), decidedDateTime: instant({ column: 'decided_at', readOnly: true }), decidedBy: guid({ readOnly: true }),
  },
  navigations: { removals: { to: 'automaticAssignmentRemoval', many: true, contained: true, join: (from, to) => sql`${col(to, 'run_id')} = ${col(from, 'id')}` } },
  visible: (caller, row) => isReachedPackage(entitlementReach(caller, 'readAssignments'), { packageId: col(row, 'access_package_id'), policyId: col(row, 'policy_id') }),
  actions: { confirm: { run: confirmRun, answers: { entity: 'automaticAssignmentRun' } }, discard: { run: discardRun, answers: { entity: 'automaticAssignmentRun' } } },
};

/** One assignment that a held run would take. */
const automaticAssignmentRemoval: EntityType = {
  name: 'automaticAssignmentRemoval',
  table: 'automatic_run_losses',
  properties: {
    assignmentId: guid({ readOnly: true }), targetId: guid({ readOnly: true }), targetDisplayName: text({ column: 'target_name', readOnly: true }), targetKind: text({ readOnly: true }),
  },
  visible: (caller, row) => isReachedPackage(entitlementReach(caller, 'readAssignments'), { packageId: col(row, 'access_package_id'), policyId: col(row, 'policy_id') }),
};

const automaticAssignmentRule: EntityType = {
  name: 'automaticAssignmentRule',
  table: 'attribute_rules',
  key: { column: 'policy_id', type: 'guid' },
  exists: (row) => sql`${col(row, 'membership_rule')} is not null`,
  properties: {
    accessPackageId: guid({ readOnly: true, sql: (row) => packageOf(row, 'policy_id') }),
    membershipRule: text({ readOnly: true, max: 3072 }),
    removalBrakePercent: whole({ notNull: true }), removalBrakeMinimum: whole({ notNull: true }),
    memberCount: whole({ readOnly: true, sql: (row) => sql`(select count(*)::integer from rule_members rm where rm.policy_id = ${col(row, 'policy_id')})` }),
    lastRunDateTime: instant({ column: 'last_run_at', readOnly: true }), nextRunDateTime: instant({ column: 'next_run_at', readOnly: true }),
  },
  visible: (caller, row) => visible(caller, row, 'policy_id'),
  update: changeBrake,
};

/** Somebody who matches and could not be given the package, with why. */
const automaticAssignmentException: EntityType = {
  name: 'automaticAssignmentException',
  table: 'rule_members',
  exists: (row) => sql`${col(row, 'reasons')} is not null`,
  properties: {
    policyId: guid({ readOnly: true }), targetId: guid({ column: 'member_id', readOnly: true }), reasons: list(any(), { readOnly: true }), refusedDateTime: instant({ column: 'refused_at', readOnly: true }),
  },
  visible: (caller, row) => visible(caller, row, 'policy_id'),
};

/** Automatic assignment beyond Graph. */
export const automaticAssignments: Declaration = {
  types: [automaticAssignmentRun, automaticAssignmentRemoval, automaticAssignmentRule, automaticAssignmentException],
  roots: [
    { path: 'automaticAssignmentRuns', type: 'automaticAssignmentRun', only: 'gatehouse' },
    { path: 'automaticAssignmentRules', type: 'automaticAssignmentRule', only: 'gatehouse' },
    { path: 'automaticAssignmentExceptions', type: 'automaticAssignmentException', only: 'gatehouse' },
  ],
};
