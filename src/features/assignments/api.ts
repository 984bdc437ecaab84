/** What assignments and subjects contribute to the service (contract §1.7, §2.1). */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { choice, col, flag, guid, instant, record, text, words } from '../../platform/graph/declare.ts';
import type { Alias, Declaration, EntityType, FilterFunction, Navigation, Sql, Visibility } from '../../platform/graph/model.ts';
import { entitlementManagement } from '../catalogs/api/catalogs.ts';
import { changeSubject } from '../organizations/commands/settings.ts';
import { subjectLifecycles } from '../organizations/model.ts';
import { needOwn } from '../requests/api/index.ts';
import { calloutInstances } from '../extensions/api.ts';
import { calloutInstancesOf } from '../extensions/store/callouts.ts';
import { deliveryRetry, entitlementManagementSchedule } from '../requests/api/types.ts';
import { concernedAssignments, isCaller, isGuardedAgentOf, isManagedBy } from '../requests/store/concern.ts';
import { entitlementReach } from '../roles/rules.ts';
import { anyOf, isReachedPackage, type PackageColumns } from '../roles/store/reach.ts';
import { reprocessAssignment } from './commands.ts';
import { assignmentStates } from './machine.ts';

/** Where the ids of an assignment, its package and its policy stand in a row. */
interface Columns extends PackageColumns {
  readonly id: Sql;
}

const columnsOf = (row: Alias): Columns => ({ id: col(row, 'id'), packageId: col(row, 'access_package_id'), policyId: col(row, 'policy_id') });

/** Assignments of packages and policies within reach, and those that are the caller's business: its own, of those it answers for, and with `isAlsoAsked` what it asked for or decided. */
function visibleAssignments(caller: Caller, { id, ...columns }: Columns, isAlsoAsked = false): Visibility {
  const reach = entitlementReach(caller, 'readAssignments');
  const governed = isReachedPackage(reach, columns);
  if (governed === 'all') return 'all';
  const own = reach.own ? [sql`${id} = any(${concernedAssignments(caller, isAlsoAsked)})`] : [];
  return anyOf([...(governed === 'none' ? [] : [governed]), ...own]);
}

type On = 'target' | 'createdBy' | 'targetManager' | 'targetAgentIdentitySponsorOrOwner';
const options: readonly On[] = ['target', 'createdBy', 'targetManager', 'targetAgentIdentitySponsorOrOwner'];
const conditions: Readonly<Record<On, (caller: Caller, row: Alias) => Sql>> = {
  target: (caller, row) => isCaller(caller, col(row, 'target_id')),
  createdBy: (caller, row) => sql`${col(row, 'id')} in (select cr.assignment_id from assignment_requests cr where ${isCaller(caller, sql`cr.requestor_id`)})`,
  targetManager: (caller, row) => isManagedBy(caller, col(row, 'target_id')),
  targetAgentIdentitySponsorOrOwner: (caller, row) => isGuardedAgentOf(caller, col(row, 'target_id')),
};

const filterByCurrentUser: FilterFunction = {
  parameters: { on: choice(words('accessPackageAssignmentFilterByCurrentUserOptions', options), { required: true, notNull: true }) },
  returns: 'accessPackageAssignment',
  where: (caller, row, given) => {
    needOwn(caller);
    const on = options.find((option) => option === given['on']);
    return on === undefined ? sql`false` : conditions[on](caller, row);
  },
};

const asCondition = (visibility: Visibility): Sql => (visibility === 'all' ? sql`true` : visibility === 'none' ? sql`false` : visibility);

/**
 * Live assignments of one package whose target also holds another. Without a package: of any that exclude each other. The caller
 * sees both: nobody learns here what somebody holds in another catalog.
 */
const additionalAccess: FilterFunction = {
  parameters: { accessPackageId: guid(), incompatibleAccessPackageId: guid() },
  returns: 'accessPackageAssignment',
  where: (caller, row, given) => {
    const [one, other] = [given['accessPackageId'] ?? null, given['incompatibleAccessPackageId'] ?? null];
    return sql`(${asCondition(visibleAssignments(caller, columnsOf(row)))}
      and ${col(row, 'state')} not in ('expired', 'deliveryFailed') and (${one}::uuid is null or ${col(row, 'access_package_id')} = ${one}::uuid)
      and exists (select 1 from assignments oa where oa.target_id = ${col(row, 'target_id')} and oa.state not in ('expired', 'deliveryFailed') and oa.ends_at > now()
        and ${asCondition(visibleAssignments(caller, columnsOf('oa')))}
        and case when ${other}::uuid is not null then oa.access_package_id = ${other}::uuid
            else exists (select 1 from incompatible_packages i where (i.access_package_id, i.incompatible_id) in ((${col(row, 'access_package_id')}, oa.access_package_id), (oa.access_package_id, ${col(row, 'access_package_id')}))) end))`;
  },
};

const to = (type: string, column: string): Navigation => ({ to: type, many: false, column, contained: true, join: (from, target) => sql`${col(target, 'id')} = ${col(from, column)}` });

/** The state by what is stored, which has statistics and an index: past its end one has expired, whether or not the sweep has been there. */
function isInState(row: Alias, _path: readonly string[], text: string): Sql {
  const [stored, end] = [col(row, 'stored_state'), col(row, 'ends_at')];
  const state = assignmentStates.find((known) => known === text);
  if (state === undefined) return sql`false`;
  if (state === 'expired') return sql`${stored} = 'expired' or (${stored} not in ('expired', 'deliveryFailed') and ${end} <= now())`;
  // As literals, so that the partial index is known to hold them.
  return state === 'deliveryFailed' ? sql`${stored} = 'deliveryFailed'` : sql`${stored} = ${sql.lit(state)} and ${end} > now()`;
}

const accessPackageAssignment: EntityType = {
  name: 'accessPackageAssignment',
  table: 'assignment_states',
  properties: {
    state: choice(words('accessPackageAssignmentState', assignmentStates, { betaCase: 'pascal' }), { readOnly: true, equals: isInState }),
    status: text({ readOnly: true }),
    expiredDateTime: instant({ column: 'expired_at', readOnly: true }),
    schedule: record(entitlementManagementSchedule, { readOnly: true }),
    customExtensionCalloutInstances: { ...calloutInstances, sql: (row) => calloutInstancesOf('assignment_id', col(row, 'id')) },
    deliveryRetry: deliveryRetry('id'),
    targetId: guid({ only: 'beta', readOnly: true }),
    accessPackageId: guid({ only: 'beta', readOnly: true }),
    assignmentPolicyId: guid({ only: 'beta', column: 'policy_id', readOnly: true }),
    catalogId: guid({ only: 'beta', readOnly: true }),
    isExtended: flag({ only: 'beta', readOnly: true }),
  },
  navigations: {
    accessPackage: to('accessPackage', 'access_package_id'),
    // Whom a policy names, and who approves, is for those who govern the package, not for everybody who holds it.
    assignmentPolicy: { ...to('accessPackageAssignmentPolicy', 'policy_id'), contained: false },
    target: to('accessPackageSubject', 'target_id'),
    accessPackageAssignmentRequests: { to: 'accessPackageAssignmentRequest', many: true, only: 'beta', join: (from, target) => sql`${col(target, 'assignment_id')} = ${col(from, 'id')}` },
    accessPackageAssignmentResourceRoles: { to: 'accessPackageAssignmentResourceRole', many: true, only: 'beta', join: (from, target) => sql`${col(target, 'assignment_id')} = ${col(from, 'id')}` },
  },
  beta: { rename: { state: 'assignmentState', status: 'assignmentStatus', assignmentPolicy: 'accessPackageAssignmentPolicy' } },
  visible: (caller, row) => visibleAssignments(caller, columnsOf(row), true),
  actions: {
    reprocess: { answers: { accepted: true }, run: async (work, input) => { await reprocessAssignment(work, input.id); return { answer: 'accepted' }; } },
  },
  collectionFunctions: { filterByCurrentUser, additionalAccess, My: { only: 'beta', returns: 'accessPackageAssignment', where: (caller, row) => { needOwn(caller); return conditions.target(caller, row); } } },
};

/** What somebody has said; else a guest is not governed, and everybody else has no such lifecycle. */
const lifecycleOf = (row: Alias): Sql => sql`coalesce((select l.lifecycle from subject_lifecycles l where l.subject_id = ${col(row, 'id')}),
  case when ${col(row, 'type')} = 'user' and ${col(row, 'data')} ->> 'userType' = 'Guest' then 'notGoverned' else 'notDefined' end)`;

const inData = (name: string) => (row: Alias): Sql => sql`(${col(row, 'data')} ->> ${sql.lit(name)})`;

/** Agents are service principals here, agent users are users: Graph has no other word (contract §2.1). */
const accessPackageSubject: EntityType = {
  name: 'accessPackageSubject',
  table: 'subjects',
  exists: (row) => sql`${col(row, 'deleted_at')} is null`,
  alternateKeys: ['objectId'],
  properties: {
    displayName: text({ readOnly: true }),
    email: text({ readOnly: true, sql: inData('mail') }),
    objectId: guid({ readOnly: true, column: 'id' }),
    onPremisesSecurityIdentifier: text({ readOnly: true, sql: inData('onPremisesSecurityIdentifier') }),
    principalName: text({ readOnly: true, sql: (row) => sql`coalesce(${col(row, 'user_principal_name')}, ${col(row, 'app_id')}::text)` }),
    subjectType: choice(words('accessPackageSubjectType', ['notSpecified', 'user', 'servicePrincipal'], { betaCase: 'pascal' }), {
      readOnly: true, sql: (row) => sql`(case when ${col(row, 'type')} in ('user', 'agentUser') then 'user' else 'servicePrincipal' end)`,
    }),
    subjectLifecycle: choice(words('accessPackageSubjectLifecycle', subjectLifecycles), { notNull: true, sql: lifecycleOf }),
    altSecId: text({ only: 'beta', readOnly: true, sql: () => sql`null::text` }),
    connectedOrganizationId: text({ only: 'beta', readOnly: true, sql: (row) => sql`organization_of(${col(row, 'id')})::text` }),
    cleanupScheduledDateTime: instant({ only: 'beta', readOnly: true, sql: (row) => sql`(select l.due_at from subject_lifecycles l where l.subject_id = ${col(row, 'id')})` }),
  },
  navigations: { connectedOrganization: { to: 'connectedOrganization', many: false, join: (from, target) => sql`${col(target, 'id')} = organization_of(${col(from, 'id')})` } },
  beta: { rename: { subjectType: 'type' } },
  update: changeSubject,
  visible: (caller, row) => {
    const assigned = visibleAssignments(caller, columnsOf('va'));
    if (typeof assigned === 'string') return assigned;
    return sql`${col(row, 'id')} = any(array(select ${caller.principalId}::uuid union all select va.target_id from assignments va where ${assigned}))`;
  },
};

const accessPackageAssignmentResourceRole: EntityType = {
  name: 'accessPackageAssignmentResourceRole',
  table: 'assignment_resource_roles',
  properties: { originId: text({ readOnly: true }), originSystem: text({ readOnly: true }), status: text({ readOnly: true }) },
  navigations: {
    accessPackageAssignments: { to: 'accessPackageAssignment', many: true, contained: true, join: (from, target) => sql`${col(target, 'id')} = ${col(from, 'assignment_id')}` },
    accessPackageResourceRole: to('accessPackageResourceRole', 'role_id'),
    accessPackageResourceScope: to('accessPackageResourceScope', 'scope_id'),
    accessPackageSubject: to('accessPackageSubject', 'target_id'),
  },
  visible: (caller, row) => visibleAssignments(caller, { id: col(row, 'assignment_id'), packageId: col(row, 'access_package_id'), policyId: col(row, 'policy_id') }),
  collectionFunctions: { My: { only: 'beta', returns: 'accessPackageAssignmentResourceRole', where: (caller, row) => { needOwn(caller); return isCaller(caller, col(row, 'target_id')); } } },
};

/** Assignments, subjects and delivered roles. */
export const assignmentsDeclaration: Declaration = {
  types: [accessPackageAssignment, accessPackageSubject, accessPackageAssignmentResourceRole],
  roots: [
    { path: `${entitlementManagement}/assignments`, betaPath: `${entitlementManagement}/accessPackageAssignments`, type: 'accessPackageAssignment' },
    { path: `${entitlementManagement}/subjects`, type: 'accessPackageSubject' },
    { path: `${entitlementManagement}/accessPackageAssignmentResourceRoles`, type: 'accessPackageAssignmentResourceRole', only: 'beta' },
  ],
};
