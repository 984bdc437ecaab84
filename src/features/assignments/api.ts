/** What assignments and subjects contribute to the service (contract §1.7, §2.1). */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { choice, col, flag, guid, instant, record, text, words } from '../../platform/graph/declare.ts';
import type { Alias, Declaration, EntityType, FilterFunction, Navigation, Sql, Visibility } from '../../platform/graph/model.ts';
import { entitlementManagement } from '../catalogs/api/catalogs.ts';
import { needOwn } from '../requests/api/index.ts';
import { calloutInstances, entitlementManagementSchedule } from '../requests/api/types.ts';
import { isCaller, isDecidedBy, isGuardedBy, isManagedBy } from '../requests/store/concern.ts';
import { entitlementReach } from '../roles/rules.ts';
import { reprocessAssignment } from './commands.ts';
import { assignmentStates } from './machine.ts';

/** Rows with a target and a catalog: those of governed catalogs, and those that are the caller's business. */
function visibleByTarget(caller: Caller, row: Alias, more: readonly Sql[]): Visibility {
  const reach = entitlementReach(caller, 'readAssignments');
  if (reach.all) return 'all';
  const target = col(row, 'target_id');
  const governed = reach.catalogIds.length === 0 ? [] : [sql`${col(row, 'catalog_id')} = any(${reach.catalogIds}::uuid[])`];
  const own = reach.own ? [isCaller(caller, target), isGuardedBy(caller, target, false), isManagedBy(caller, target), ...more] : [];
  const conditions = [...governed, ...own];
  return conditions.length === 0 ? 'none' : sql`(${sql.join(conditions, sql` or `)})`;
}

/** An approver keeps seeing what came of the decision: access may be withdrawn later. */
const cameOfRequest = (row: Alias, of: (requestId: Sql) => Sql): Sql =>
  sql`exists (select 1 from assignment_requests cr where cr.assignment_id = ${col(row, 'id')} and ${of(sql`cr.id`)})`;

type On = 'target' | 'createdBy' | 'targetManager' | 'targetAgentIdentitySponsorOrOwner';
const options: readonly On[] = ['target', 'createdBy', 'targetManager', 'targetAgentIdentitySponsorOrOwner'];
const conditions: Readonly<Record<On, (caller: Caller, row: Alias) => Sql>> = {
  target: (caller, row) => isCaller(caller, col(row, 'target_id')),
  createdBy: (caller, row) => cameOfRequest(row, () => isCaller(caller, sql`cr.requestor_id`)),
  targetManager: (caller, row) => isManagedBy(caller, col(row, 'target_id')),
  targetAgentIdentitySponsorOrOwner: (caller, row) => isGuardedBy(caller, col(row, 'target_id'), true),
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

/** Live assignments of one package whose target also holds another. Without a package: of any that exclude each other. */
const additionalAccess: FilterFunction = {
  parameters: { accessPackageId: guid(), incompatibleAccessPackageId: guid() },
  returns: 'accessPackageAssignment',
  where: (caller, row, given) => {
    const [one, other] = [given['accessPackageId'] ?? null, given['incompatibleAccessPackageId'] ?? null];
    const seen = visibleByTarget(caller, row, []);
    return sql`(${seen === 'all' ? sql`true` : seen === 'none' ? sql`false` : seen}
      and ${col(row, 'state')} not in ('expired', 'deliveryFailed') and (${one}::uuid is null or ${col(row, 'access_package_id')} = ${one}::uuid)
      and exists (select 1 from assignments oa where oa.target_id = ${col(row, 'target_id')} and oa.state not in ('expired', 'deliveryFailed') and oa.ends_at > now()
        and case when ${other}::uuid is not null then oa.access_package_id = ${other}::uuid
            else exists (select 1 from incompatible_packages i where (i.access_package_id, i.incompatible_id) in ((${col(row, 'access_package_id')}, oa.access_package_id), (oa.access_package_id, ${col(row, 'access_package_id')}))) end))`;
  },
};

const to = (type: string, column: string): Navigation => ({ to: type, many: false, column, contained: true, join: (from, target) => sql`${col(target, 'id')} = ${col(from, column)}` });

const accessPackageAssignment: EntityType = {
  name: 'accessPackageAssignment',
  table: 'assignment_states',
  properties: {
    state: choice(words('accessPackageAssignmentState', assignmentStates, { betaCase: 'pascal' }), { readOnly: true }),
    status: text({ readOnly: true }),
    expiredDateTime: instant({ column: 'expired_at', readOnly: true }),
    schedule: record(entitlementManagementSchedule, { readOnly: true }),
    customExtensionCalloutInstances: { ...calloutInstances, readOnly: true, sql: () => sql`'[]'::jsonb` },
    targetId: guid({ only: 'beta', readOnly: true }),
    accessPackageId: guid({ only: 'beta', readOnly: true }),
    assignmentPolicyId: guid({ only: 'beta', column: 'policy_id', readOnly: true }),
    catalogId: guid({ only: 'beta', readOnly: true }),
    isExtended: flag({ only: 'beta', readOnly: true }),
  },
  navigations: {
    accessPackage: to('accessPackage', 'access_package_id'),
    assignmentPolicy: to('accessPackageAssignmentPolicy', 'policy_id'),
    target: to('accessPackageSubject', 'target_id'),
    accessPackageAssignmentRequests: { to: 'accessPackageAssignmentRequest', many: true, only: 'beta', join: (from, target) => sql`${col(target, 'assignment_id')} = ${col(from, 'id')}` },
    accessPackageAssignmentResourceRoles: { to: 'accessPackageAssignmentResourceRole', many: true, only: 'beta', join: (from, target) => sql`${col(target, 'assignment_id')} = ${col(from, 'id')}` },
  },
  beta: { rename: { state: 'assignmentState', status: 'assignmentStatus', assignmentPolicy: 'accessPackageAssignmentPolicy' } },
  visible: (caller, row) => visibleByTarget(caller, row, [cameOfRequest(row, (id) => sql`(${isDecidedBy(caller, id)} or ${isCaller(caller, sql`cr.requestor_id`)})`)]),
  actions: {
    reprocess: { run: async (work, input) => { await reprocessAssignment(work, input.id); return { answer: 'accepted' }; } },
  },
  collectionFunctions: { filterByCurrentUser, additionalAccess, My: { only: 'beta', returns: 'accessPackageAssignment', where: (caller, row) => { needOwn(caller); return conditions.target(caller, row); } } },
};

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
    subjectLifecycle: choice(words('accessPackageSubjectLifecycle', ['notDefined', 'notGoverned', 'governed']), { readOnly: true, sql: () => sql`'notGoverned'::text` }),
    altSecId: text({ only: 'beta', readOnly: true, sql: () => sql`null::text` }),
    connectedOrganizationId: text({ only: 'beta', readOnly: true, sql: () => sql`null::text` }),
    cleanupScheduledDateTime: instant({ only: 'beta', readOnly: true, sql: () => sql`null::timestamptz` }),
  },
  beta: { rename: { subjectType: 'type' }, drop: ['subjectLifecycle'] },
  visible: (caller, row) => {
    const assigned = visibleByTarget(caller, 'va', []);
    if (typeof assigned === 'string') return assigned;
    return sql`(${isCaller(caller, col(row, 'id'))} or exists (select 1 from assignment_states va where va.target_id = ${col(row, 'id')} and ${assigned}))`;
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
  visible: (caller, row) => visibleByTarget(caller, row, []),
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
