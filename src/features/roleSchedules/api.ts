/** Role schedules, their instances in force and the requests for them, of both providers (res: unifiedRoleScheduleBase, unifiedRoleScheduleInstanceBase, request). */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { refuse } from '../../kernel/problem.ts';
import { any, choice, col, flag, guid, instant, record, span, text, words } from '../../platform/graph/declare.ts';
import type { Alias, ComplexType, Declaration, EntityType, FilterFunction, Functions, Navigation, Property, Sql } from '../../platform/graph/model.ts';
import { roleNavigations, type RbacMembers } from '../roles/api.ts';
import { reachableRoles, visibleIn, visibleRoles } from '../roles/store/visibility.ts';
import { cancelScheduleRequest } from './commands/change.ts';
import { createScheduleRequest } from './commands/create.ts';
import { scheduleActions, type ScheduleKind } from './model.ts';

const expirationPattern: ComplexType = {
  complex: 'expirationPattern',
  properties: { type: choice(words('expirationPatternType', ['notSpecified', 'noExpiration', 'afterDateTime', 'afterDuration'])), endDateTime: instant(), duration: span() },
};
/** Recurring roles do not exist here, nor in Graph: a recurrence is refused by the command. */
const requestSchedule: ComplexType = { complex: 'requestSchedule', properties: { startDateTime: instant(), expiration: record(expirationPattern), recurrence: any() } };
const ticketInfo: ComplexType = { complex: 'ticketInfo', lenient: true, properties: { ticketNumber: text(), ticketSystem: text() } };
const identity: ComplexType = { complex: 'identity', properties: { id: text({ exact: true }), displayName: text() } };
const identitySet: ComplexType = { complex: 'identitySet', properties: { application: record(identity), device: record(identity), user: record(identity) } };

const roleKey: Readonly<Record<string, Property>> = {
  principalId: guid({ required: true, notNull: true }), roleDefinitionId: guid({ required: true, notNull: true }), directoryScopeId: text(), appScopeId: text(),
};

const to = (type: string, column: string): Navigation => ({ to: type, many: false, column, ignoreInBody: true, join: (from, target) => sql`${col(target, 'id')} = ${col(from, column)}` });

const requests = 'role_schedule_requests';

type On = 'principal' | 'createdBy' | 'approver';

const isOwn = (caller: Caller, row: Alias): Sql => sql`${col(row, 'principal_id')} = any(array(select ${caller.principalId}::uuid union all select unnest(group_ids_of(${caller.principalId}::uuid))))`;

/** Whose roles: the caller's own, with those of the caller's groups; what the caller asked for; what waits for the caller to decide. */
const conditions: Readonly<Record<On, (caller: Caller, row: Alias) => Sql>> = {
  principal: isOwn,
  createdBy: (caller, row) => sql`${col(row, 'id')} = any(array(select x.id from ${sql.table(requests)} x where x.created_by = ${caller.principalId}))`,
  approver: (caller, row) => sql`(${col(row, 'id')} = any(array(select x.id from ${sql.table(requests)} x where x.status = 'PendingAdminDecision')) and ${reachableRoles(caller, row, requests)})`,
};

/** `filterByCurrentUser(on='…')`. Everybody may look at what is their own. */
function filterByCurrentUser(returns: string, options: readonly On[]): FilterFunction {
  return {
    returns,
    parameters: { on: choice(words(`${returns}FilterByCurrentUserOptions`, options), { required: true, notNull: true }) },
    where: (caller, row, given) => {
      if (visibleRoles(caller, row) === 'none') refuse('forbidden', { reason: 'Looking at role schedules takes a permission for entitlement management or for role management in the token.' });
      const on = options.find((option) => option === given['on']);
      return on === undefined ? sql`false` : conditions[on](caller, row);
    },
  };
}

const schedule: EntityType = {
  name: 'unifiedRoleScheduleBase', abstract: true, table: 'role_schedule_list', saysType: true,
  properties: { ...roleKey, createdDateTime: instant({ column: 'created_at' }), modifiedDateTime: instant({ column: 'modified_at' }), createdUsing: text(), status: text() },
  navigations: roleNavigations, visible: visibleRoles,
};

const instance: EntityType = {
  name: 'unifiedRoleScheduleInstanceBase', abstract: true, table: 'role_schedule_instances', saysType: true,
  properties: roleKey, navigations: roleNavigations, visible: visibleRoles,
};

const nameOf = (kind: ScheduleKind): string => (kind === 'assignment' ? 'unifiedRoleAssignmentSchedule' : 'unifiedRoleEligibilitySchedule');

function scheduleType(kind: ScheduleKind): EntityType {
  const own: Partial<EntityType> = kind === 'eligibility' ? {} : { navigations: { activatedUsing: to(nameOf('eligibility'), 'activated_using_id') } };
  return {
    name: nameOf(kind), base: schedule.name, table: schedule.table, discriminator: kind, visible: visibleRoles, ...own,
    properties: { memberType: text(), scheduleInfo: record(requestSchedule), ...(kind === 'assignment' ? { assignmentType: text() } : {}) },
    collectionFunctions: { filterByCurrentUser: filterByCurrentUser(nameOf(kind), ['principal']) },
  };
}

function instanceType(kind: ScheduleKind): EntityType {
  const name = `${nameOf(kind)}Instance`;
  const assignment = kind === 'assignment';
  const own: Partial<EntityType> = assignment ? { navigations: { activatedUsing: to(`${nameOf('eligibility')}Instance`, 'activated_using_id') } } : {};
  return {
    name, base: instance.name, table: instance.table, discriminator: kind, visible: visibleRoles, ...own,
    properties: {
      memberType: text(), startDateTime: instant({ column: 'starts_at' }), endDateTime: instant({ column: 'ends_at' }),
      ...(assignment ? { assignmentType: text(), roleAssignmentOriginId: guid({ column: 'id' }), roleAssignmentScheduleId: guid({ column: 'id' }) } : { roleEligibilityScheduleId: guid({ column: 'id' }) }),
    },
    collectionFunctions: { filterByCurrentUser: filterByCurrentUser(name, ['principal']) },
  };
}

/** Whoever made a request: a user, or an application. */
const createdBy = (row: Alias): Sql => sql`(select jsonb_build_object('application', case when not o.is_user then o.identity end, 'device', null, 'user', case when o.is_user then o.identity end)
  from (select c.type in ('user', 'agentUser') as is_user, jsonb_build_object('id', c.id, 'displayName', c.display_name) as identity from directory_objects c where c.id = ${col(row, 'created_by')}) o)`;

function requestType(kind: ScheduleKind): EntityType {
  const name = `${nameOf(kind)}Request`;
  const unread = { readOnly: true, sql: () => sql`null::text` };
  return {
    name, table: 'role_schedule_request_list', discriminator: kind, create: createScheduleRequest(kind),
    properties: {
      ...roleKey, action: choice(words('unifiedRoleScheduleRequestActions', [...scheduleActions, 'unknownFutureValue']), { required: true, notNull: true }),
      justification: text({ max: 4000 }), scheduleInfo: record(requestSchedule), ticketInfo: record(ticketInfo), targetScheduleId: guid(), isValidationOnly: flag({ sql: () => sql`false` }),
      status: text({ readOnly: true, notNull: true }), createdDateTime: instant({ column: 'created_at', readOnly: true }), completedDateTime: instant({ column: 'completed_at', readOnly: true }),
      createdBy: record(identitySet, { readOnly: true, sql: createdBy }), approvalId: text(unread), customData: text(unread),
    },
    navigations: {
      ...roleNavigations, targetSchedule: to(nameOf(kind), 'target_schedule_id'),
      ...(kind === 'assignment' ? { activatedUsing: to(nameOf('eligibility'), 'activated_using_id') } : {}),
    },
    visible: visibleRequests,
    actions: { cancel: { run: cancelScheduleRequest } },
    collectionFunctions: { filterByCurrentUser: filterByCurrentUser(name, ['principal', 'createdBy', 'approver']) },
  };
}

const visibleRequests: EntityType['visible'] = (caller, row) => visibleIn(caller, row, { table: requests, by: 'created_by' });

const both = ['assignment', 'eligibility'] as const;
const ofProvider = (type: string): Navigation => ({ to: type, many: true, join: (from, target) => sql`${col(target, 'provider')} = ${col(from, 'id')}` });
const askedIn = (kind: ScheduleKind): Navigation => ({ ...ofProvider(`${nameOf(kind)}Request`), create: createScheduleRequest(kind) });

const parameters = { directoryScopeId: text(), appScopeId: text(), principalId: text(), roleDefinitionId: text() };

/** Schedules or instances of both kinds at once, by what is given; what is left out, empty or null does not narrow. */
const byRole = (returns: string): FilterFunction => ({
  parameters, returns, only: 'beta',
  where: (caller, row, ...[given, from]) => {
    const columns = { directoryScopeId: 'directory_scope_id', appScopeId: 'app_scope_id', principalId: 'principal_id', roleDefinitionId: 'role_definition_id' };
    const narrowed = Object.entries(columns).flatMap(([name, column]) => {
      const value = given[name];
      return typeof value === 'string' && value !== '' ? [sql`lower(${col(row, column)}::text) = lower(${value})`] : [];
    });
    const visible = visibleRoles(caller, row);
    if (visible === 'none') return refuse('forbidden', { reason: 'Looking at role schedules takes a permission for entitlement management or for role management in the token.' });
    const seen = visible === 'all' ? [] : [visible];
    return sql`(${sql.join([sql`${col(row, 'provider')} = ${col(from ?? row, from === undefined ? 'provider' : 'id')}`, ...seen, ...narrowed], sql` and `)})`;
  },
});

/** What the providers of role management offer of schedules. No role's policy asks for approval here, so there are no approvals; questions to administrators are requests. */
export const scheduleMembers: Omit<RbacMembers, 'visiblePrincipals'> = {
  navigations: {
    roleAssignmentScheduleRequests: askedIn('assignment'), roleEligibilityScheduleRequests: askedIn('eligibility'),
    ...Object.fromEntries(both.flatMap((kind) => [
      [`${kind === 'assignment' ? 'roleAssignment' : 'roleEligibility'}Schedules`, ofProvider(nameOf(kind))],
      [`${kind === 'assignment' ? 'roleAssignment' : 'roleEligibility'}ScheduleInstances`, ofProvider(`${nameOf(kind)}Instance`)],
    ])),
    roleAssignmentApprovals: { to: 'approval', many: true, only: 'beta', contained: true, join: () => sql`false` },
  },
  functions: { roleSchedules: byRole(schedule.name), roleScheduleInstances: byRole(instance.name) } satisfies Functions,
};

/** Role schedules. */
export const roleSchedulesDeclaration: Declaration = {
  types: [schedule, instance, ...both.flatMap((kind) => [scheduleType(kind), instanceType(kind), requestType(kind)])],
  roots: [],
};
