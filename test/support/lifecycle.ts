/** A small organisation for tests of requests, approvals, assignments and delivery: made with plain SQL, so that no command under test makes its own ground. */
import { sql } from 'kysely';
import type { Caller } from '../../src/kernel/caller.ts';
import type { Schedule } from '../../src/kernel/schedule.ts';
import type { Db, Tx } from '../../src/platform/db/database.ts';
import { all, inTransaction, one } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { submitRequest, type Ask, type Submitted } from '../../src/features/requests/commands/submit.ts';
import type { AskType } from '../../src/features/requests/model.ts';
import type { AskingWork, RequestWork } from '../../src/features/requests/store/writing.ts';

/** Kinds of directory objects that are made here. */
export type MadeKind = 'user' | 'agentIdentity' | 'servicePrincipal' | 'group' | 'application';

/** Makes one directory object; answers its id. */
export async function makeObject(db: Db, type: MadeKind, appId: string | null = type === 'user' || type === 'group' ? null : newId()): Promise<string> {
  const id = newId();
  await sql`insert into directory_objects (id, type, display_name, user_principal_name, app_id, blueprint_app_id, data)
    values (${id}, ${type}, ${`${type} ${id.slice(-4)}`}, ${type === 'user' ? `${id}@example.com` : null}, ${appId}, ${type === 'agentIdentity' ? newId() : null},
      ${type === 'group' ? JSON.stringify({ mailEnabled: false, securityEnabled: true, mailNickname: `g${id.slice(-4)}` }) : '{}'}::jsonb)`.execute(db);
  return id;
}

/** Ties two objects: owner, sponsor or manager. */
export async function link(db: Db, kind: 'owner' | 'sponsor' | 'manager', ids: readonly [of: string, who: string]): Promise<void> {
  await sql`insert into directory_links (source_id, kind, target_id) values (${ids[0]}, ${kind}, ${ids[1]})`.execute(db);
}

/** An API with app roles, and a catalog that has it. */
export interface House {
  readonly catalogId: string;
  readonly resourceId: string;
  readonly servicePrincipalId: string;
  readonly roleIds: readonly string[];
}

/** Makes an API with some app roles for users and applications, in a catalog. */
export async function makeHouse(db: Db, roles = 4): Promise<House> {
  const appId = newId();
  const [applicationId, servicePrincipalId] = [await makeObject(db, 'application', appId), await makeObject(db, 'servicePrincipal', appId)];
  const [catalogId, resourceId] = [newId(), newId()];
  const roleIds = Array.from({ length: roles }, () => newId());
  for (const [position, id] of roleIds.entries()) {
    await sql`insert into permissions (application_id, id, kind, value, position, data) values (${applicationId}, ${id}, 'role', ${`Role.${position}`}, ${position}, '{"allowedMemberTypes": ["User", "Application"]}')`.execute(db);
  }
  await sql`insert into catalogs (id, display_name) values (${catalogId}, 'catalog')`.execute(db);
  await sql`insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name, directory_object_id)
    values (${resourceId}, ${catalogId}, 'AadApplication', ${servicePrincipalId}, 'api', ${servicePrincipalId})`.execute(db);
  return { catalogId, resourceId, servicePrincipalId, roleIds };
}

/** Makes a package with some of the house's roles. */
export async function makePackage(db: Db, house: House, roleIds: readonly string[] = house.roleIds.slice(0, 1)): Promise<string> {
  const id = newId();
  await sql`insert into access_packages (id, catalog_id, display_name) values (${id}, ${house.catalogId}, ${`package ${id.slice(-4)}`})`.execute(db);
  for (const roleId of roleIds) await addRole(db, house, { packageId: id, roleId });
  return id;
}

/** Puts a role into a package. */
export async function addRole(db: Db, house: House, { packageId, roleId }: { readonly packageId: string; readonly roleId: string }): Promise<void> {
  await sql`insert into package_roles (access_package_id, resource_id, role_id, scope_id, role_origin_id, grant_kind, directory_object_id, permission_id)
    values (${packageId}, ${house.resourceId}, ${roleId}, ${house.resourceId}, ${roleId}, 'appRole', ${house.servicePrincipalId}, ${roleId})`.execute(db);
}

/** A policy; what is not given lets every user and service principal ask for itself without approval, for ever. */
export interface PolicyOptions {
  readonly scope?: string;
  readonly requestor?: Record<string, unknown>;
  readonly approval?: Record<string, unknown>;
  readonly expiration?: Record<string, unknown>;
  readonly questions?: readonly unknown[];
  readonly targets?: readonly { readonly kind: 'user' | 'group' | 'servicePrincipal'; readonly id: string }[];
}

/** Makes a policy of a package. */
export async function makePolicy(db: Db, packageId: string, options: PolicyOptions = {}): Promise<string> {
  const id = newId();
  const requestor = { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true, allowCustomAssignmentSchedule: true, onBehalfRequestors: [], ...options.requestor };
  const approval = { isApprovalRequiredForAdd: false, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: false, stages: [], ...options.approval };
  await sql`insert into assignment_policies (id, access_package_id, display_name, allowed_target_scope, expiration, requestor_settings, request_approval_settings, questions)
    values (${id}, ${packageId}, 'policy', ${options.scope ?? 'allDirectoryUsers'}, ${JSON.stringify(options.expiration ?? { type: 'noExpiration' })}, ${JSON.stringify(requestor)},
      ${JSON.stringify(approval)}, ${JSON.stringify(options.questions ?? [])})`.execute(db);
  for (const target of options.targets ?? []) await sql`insert into policy_targets (policy_id, kind, target_id) values (${id}, ${target.kind}, ${target.id})`.execute(db);
  return id;
}

/** Approval by some users, one list a stage. */
export const approvedBy = (stages: readonly (readonly string[])[], fallback: readonly string[] = []): Record<string, unknown> => ({
  isApprovalRequiredForAdd: true,
  stages: stages.map((ids) => ({ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: ids.map(oneUser), fallbackPrimaryApprovers: fallback.map(oneUser) })),
});

const oneUser = (userId: string): unknown => ({ '@odata.type': '#microsoft.graph.singleUser', userId });

/** A person with a delegated token. */
export const person = (principalId: string): Caller => ({
  principalId, kind: 'user', displayName: 'person', clientAppId: newId(), isDelegated: true,
  permissions: new Set(['EntitlementMgmt-SubjectAccess.ReadWrite']), directoryRoles: new Set(), entitlementRoles: [],
});

/** A workload with its own token. */
export const workload = (principalId: string, kind: 'servicePrincipal' | 'agentIdentity' = 'servicePrincipal', permissions = ['EntitlementManagement.SelfRequest']): Caller => ({
  principalId, kind, displayName: 'workload', clientAppId: principalId, isDelegated: false, permissions: new Set(permissions), directoryRoles: new Set(), entitlementRoles: [],
});

/** An application that may do everything in entitlement management. */
export const administrator = (principalId: string): Caller => workload(principalId, 'servicePrincipal', ['EntitlementManagement.ReadWrite.All']);

/** Runs a command as somebody, in a transaction of its own. */
export async function as<T>(db: Db, who: { readonly caller: Caller; readonly now?: Date }, act: (work: AskingWork) => Promise<T>): Promise<T> {
  return await inTransaction(db, async (tx) => await act({ ...serverWork(tx, who.now), caller: who.caller }));
}

/** Work of the server itself. */
export const serverWork = (tx: Tx, now = new Date()): RequestWork => ({ tx, now, requestId: newId(), clientRequestId: newId() });

/** What is asked, shortly. */
export interface ShortAsk {
  readonly type: AskType;
  readonly named: Ask['named'];
  readonly schedule?: Schedule;
  readonly justification?: string;
  readonly now?: Date;
}

/** Makes a request as somebody. */
export async function ask(db: Db, caller: Caller, { type, named, schedule, justification, now }: ShortAsk): Promise<Submitted> {
  return await as(db, { caller, ...(now === undefined ? {} : { now }) }, async (work) => await submitRequest(work, { asked: { type, justification: justification ?? null, answers: [], schedule: schedule ?? {} }, named }));
}

/** The grants of a principal that hold at an instant: role id and end (null: none). */
export async function grantsAt(db: Db, principalId: string, at: Date): Promise<readonly { readonly role: string; readonly ends: number | null }[]> {
  const rows = await all(db, sql<{ role: string; ends: string }>`
    select permission_id as role, ends_at::text as ends from grants where principal_id = ${principalId} and ends_at > ${at} order by permission_id`);
  return rows.map(({ role, ends }) => ({ role, ends: ends === 'infinity' ? null : new Date(ends).getTime() }));
}

/** How many rows a table has. */
export async function countOf(db: Db, table: string): Promise<number> {
  return (await one(db, sql<{ n: number }>`select count(*)::integer as n from ${sql.table(table)}`)).n;
}

/** The stages of an approval, in order. */
export async function stagesOf(db: Db, requestId: string): Promise<readonly { readonly id: string; readonly status: string; readonly result: string; readonly approvers: readonly string[] }[]> {
  return await all(db, sql<{ id: string; status: string; result: string; approvers: string[] }>`
    select s.id, s.status, s.review_result as result, (select coalesce(array_agg(x.principal_id), '{}') from stage_approvers x where x.stage_id = s.id) as approvers
      from approval_stages s where s.request_id = ${requestId} order by s.position`);
}

/** State of a request and the codes of what failed. */
export async function requestNow(db: Db, id: string): Promise<{ readonly state: string; readonly codes: readonly string[]; readonly assignmentId: string | null }> {
  return await one(db, sql<{ state: string; codes: string[]; assignmentId: string | null }>`
    select state, assignment_id as "assignmentId", (select coalesce(array_agg(f ->> 'code'), '{}') from jsonb_array_elements(coalesce(failure, '[]')) f) as codes from assignment_requests where id = ${id}`);
}
