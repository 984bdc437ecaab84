/** Giving and taking roles of the directory and of entitlement management. */
import { refuse } from '../../kernel/problem.ts';
import { sentences } from '../../kernel/decision.ts';
import { uniqueViolation } from '../../platform/db/transaction.ts';
import type { GraphWork, Input, Json, Outcome } from '../../platform/graph/model.ts';
import { newId } from '../../platform/ids.ts';
import type { AuditEvent } from '../audit/model.ts';
import { recordAudit, type AuditedWork } from '../audit/store.ts';
import type { Tx } from '../../platform/db/database.ts';
import { directoryRole, type RoleKey } from './model.ts';
import { canOverruleAdministrators, reasonsAgainstLosingAdministrator, reasonsAgainstOwnGain, isTenantWide, reasonsAgainstRoleAssignment } from './rules.ts';
import { mayHandOut, neededForRole, readScopeName, reasonAgainstScope, type ScopePlace } from './rules/scopes.ts';
import { findScopePlace, readOwnGain } from './store/scopes.ts';
import {
  deleteRoleAssignment, insertRoleAssignment, listDirectoryRolesOf, listEndedUnmarked, lockGlobalAdministrators, lockRoleAssignment, markEnded, readRoleAssignmentFacts,
  type EndedSchedule, type RoleAssignment, type RoleAssignmentFacts, type RoleProvider,
} from './store.ts';

/** POST roleManagement/{provider}/roleAssignments. */
export async function createRoleAssignment(work: GraphWork, input: Input): Promise<Outcome> {
  const assignment = { id: newId(), ...readRoleKey(input) };
  const place = await demandGiving(work, assignment);
  const { principal, definition } = await requireHoldable(work, assignment, place);
  await demandStandingRight(work, assignment, place);
  await endSchedulesBefore(work, assignment);
  await insertOnce(work, assignment);
  await auditRole(work, assignment, { operation: 'Assign', principal, roleName: definition.displayName });
  return { answer: 'created', id: assignment.id };
}

/** Refuses whoever may not give or take a role, whether or not what it applies to exists. Answers where that stands; undefined for the whole tenant, and for what does not exist. */
export async function demandGiving(work: Pick<GraphWork, 'tx' | 'caller'>, key: RoleKey): Promise<ScopePlace | undefined> {
  const place = await findScopePlace(work.tx, key, work.caller.principalId);
  if (!mayHandOut(work.caller, { ...key, place })) refuse('forbidden', { reason: neededForRole(key.provider, key.roleDefinitionId, key) });
  return place;
}

/** Principal and role of a role that is about to be given. Refuses what dangles, and what may not be held so. */
export async function requireHoldable(work: Pick<GraphWork, 'tx'>, key: RoleKey, place: ScopePlace | undefined): Promise<{ readonly principal: NonNullable<RoleAssignmentFacts['principal']>; readonly definition: NonNullable<RoleAssignmentFacts['definition']> }> {
  const { principal, definition } = requireReferences(key, await readRoleAssignmentFacts(work.tx, key), place);
  const notThere = reasonAgainstScope(key.roleDefinitionId, key);
  const reasons = [
    ...reasonsAgainstRoleAssignment({ ...key, roleProvider: definition.provider, principalType: principal.type, isAssignableToRole: principal.isAssignableToRole }),
    ...(notThere === undefined ? [] : [notThere]),
  ];
  if (reasons.length > 0) refuse('ruleBroken', { reason: sentences(reasons) }, reasons);
  return { principal, definition };
}

/** Refuses to give oneself a role by a right that one holds for a time only: it would outlive that right. */
export async function demandStandingRight(work: Pick<GraphWork, 'tx' | 'caller'>, key: RoleKey, place: ScopePlace | undefined): Promise<void> {
  if (!work.caller.isDelegated) return;
  const reasons = reasonsAgainstOwnGain(await readOwnGain(work.tx, { giverId: work.caller.principalId, key, place }));
  if (reasons.length > 0) refuse('forbidden', { reason: sentences(reasons) }, reasons);
}

/** What has ended of a principal's role in a scope makes room for something new. */
export async function endSchedulesBefore(work: AuditedWork & { readonly tx: Tx }, key: RoleKey): Promise<void> {
  const ids = await listEndedUnmarked(work.tx, key, work.now);
  if (ids.length > 0) await endRoleSchedules(work, ids);
}

/** Notes that schedules have ended. Rights have gone by the clock already; this tells of it. */
export async function endRoleSchedules(work: AuditedWork & { readonly tx: Tx }, ids: readonly string[]): Promise<void> {
  for (const ended of await markEnded(work.tx, ids, work.now)) await recordAudit(work.tx, work, endEvent(ended));
}

const endEvent = ({ id, type, principalId, principalType, principalName, roleName, endsAt }: EndedSchedule): AuditEvent => ({
  activity: type === 'assignment' ? 'Role assignment expired' : 'Role eligibility expired', category: 'RoleManagement', operation: 'Expire',
  targets: [{ id: principalId, type: principalType, displayName: principalName, before: { role: roleName } }, { id, type: 'RoleSchedule', before: { endDateTime: endsAt.toISOString() } }],
});

/** DELETE roleManagement/{provider}/roleAssignments/{id}. The last Global Administrator stays. */
export async function removeRoleAssignment(work: GraphWork, input: Input): Promise<Outcome> {
  const assignment = (await lockRoleAssignment(work.tx, input.id)) ?? refuse('notFound', { value: input.id });
  await demandGiving(work, assignment);
  if (assignment.roleDefinitionId === directoryRole.globalAdministrator && assignment.isStanding) await keepGlobalAdministrator(work, assignment.principalId);
  const { principal, definition } = await readRoleAssignmentFacts(work.tx, assignment);
  await deleteRoleAssignment(work.tx, assignment.id);
  await auditRole(work, assignment, { operation: 'Unassign', principal, roleName: definition?.displayName ?? assignment.roleDefinitionId });
  return { answer: 'done' };
}

/** Refuses what would leave the tenant without an enabled user who is Global Administrator. Holds the role's lock from here on. */
export async function keepGlobalAdministrator(work: Pick<GraphWork, 'tx'>, leavingId: string): Promise<void> {
  const reasons = reasonsAgainstLosingAdministrator(await lockGlobalAdministrators(work.tx), leavingId);
  if (reasons.length > 0) refuse('ruleBroken', { reason: sentences(reasons) }, reasons);
}

/** Refuses to take over or shut out somebody who holds a directory role, to a caller that could not give that role. */
export async function demandOverAdministrators(work: Pick<GraphWork, 'tx' | 'caller'>, userId: string): Promise<void> {
  if (canOverruleAdministrators(work.caller)) return;
  const [held] = await listDirectoryRolesOf(work.tx, [userId]);
  if (held === undefined) return;
  refuse('forbidden', { reason: `This user holds the directory role ${held.displayName}. Changing the password, the name or the state of such an account, or deleting it, takes RoleManagement.ReadWrite.Directory, and for a person also the role Global Administrator.` });
}

const textIn = (body: Json, name: string): string | undefined => {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
};

const isProvider = (id: string | undefined): id is RoleProvider => id === 'directory' || id === 'entitlementManagement';

/** Provider, principal, role and scope that a body and its path name. */
export function readRoleKey({ ancestors, body }: Pick<Input, 'ancestors' | 'body'>): RoleKey {
  const provider = ancestors.at(-1)?.id;
  if (!isProvider(provider)) throw new Error(`Role assignments are created under a provider, not under ${provider ?? 'nothing'}`);
  const directoryScopeId = textIn(body, 'directoryScopeId') ?? '/';
  if (directoryScopeId !== '/') refuse('invalidValue', { field: 'directoryScopeId', reason: "roles apply to the whole directory; send '/'" });
  if (textIn(body, 'condition') !== undefined) refuse('invalidValue', { field: 'condition', reason: 'conditions are not supported; leave it out' });
  const given = textIn(body, 'appScopeId');
  return { provider, principalId: textIn(body, 'principalId') ?? '', roleDefinitionId: textIn(body, 'roleDefinitionId') ?? '', ...readScope(provider, given) };
}

function readScope(provider: RoleProvider, given: string | undefined): Omit<RoleKey, 'provider' | 'principalId' | 'roleDefinitionId'> {
  if (provider === 'directory') {
    if (given !== undefined && given !== '/') refuse('invalidValue', { field: 'appScopeId', reason: 'directory roles have no app scope; leave it out' });
    return { appScopeId: undefined, catalogId: undefined };
  }
  return readScopeName(given ?? '/') ?? refuse('invalidValue', {
    field: 'appScopeId', reason: "send '/' for the whole tenant, or name one thing by its id: '/AccessPackageCatalog/{id}', '/AccessPackage/{id}', '/AssignmentPolicy/{id}' or '/Resource/{id}'",
  });
}

function requireReferences(assignment: RoleKey, { principal, definition }: RoleAssignmentFacts, place: ScopePlace | undefined) {
  if (principal === undefined) refuse('danglingReference', { field: 'principalId', value: assignment.principalId });
  if (definition === undefined) refuse('danglingReference', { field: 'roleDefinitionId', value: assignment.roleDefinitionId });
  if (!isTenantWide(assignment) && place === undefined) refuse('danglingReference', { field: 'appScopeId', value: assignment.appScopeId ?? '' });
  return { principal, definition };
}

async function insertOnce(work: GraphWork, assignment: RoleAssignment): Promise<void> {
  try {
    await insertRoleAssignment(work.tx, assignment);
  } catch (error) {
    if (uniqueViolation(error) === 'role_assignments_once') refuse('conflict', { reason: 'The principal holds this role in this scope already. There is nothing to add.' });
    throw error;
  }
}

async function auditRole(
  work: GraphWork, assignment: RoleAssignment,
  told: { readonly operation: 'Assign' | 'Unassign'; readonly principal: RoleAssignmentFacts['principal']; readonly roleName: string },
): Promise<void> {
  const value = { role: told.roleName, roleDefinitionId: assignment.roleDefinitionId, appScopeId: assignment.appScopeId ?? null };
  const change = told.operation === 'Assign' ? { after: value } : { before: value };
  await recordAudit(work.tx, work, {
    activity: told.operation === 'Assign' ? 'Add member to role' : 'Remove member from role',
    category: 'RoleManagement', operation: told.operation,
    targets: [{ id: assignment.principalId, type: told.principal?.type ?? 'unknown', displayName: told.principal?.displayName ?? null, ...change }],
    additional: { roleAssignmentId: assignment.id, provider: assignment.provider },
  });
}
