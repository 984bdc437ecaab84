import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { loadCaller } from '../../../test/support/caller.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { callerWith, command, createdId, personWith, refusalOf, working } from '../../../test/support/graph-work.ts';
import type { Caller } from '../../kernel/caller.ts';
import { all, one } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { createRoleAssignment, endRoleSchedules, removeRoleAssignment } from '../roles/commands.ts';
import { directoryRole, entitlementRole } from '../roles/model.ts';
import { listScheduleEndsReached } from '../roles/store.ts';
import { cancelScheduleRequest, startScheduleRequest } from './commands/change.ts';
import { createScheduleRequest } from './commands/create.ts';
import { listScheduleStartsReached } from './store.ts';

const { db } = await testDatabase();
const admin = callerWith(['RoleManagement.ReadWrite.Directory', 'EntitlementManagement.ReadWrite.All']);
const subject = ['EntitlementMgmt-SubjectAccess.ReadWrite', 'RoleManagement.ReadWrite.Directory'];

async function newObject(type = 'user', data = {}): Promise<string> {
  const id = newId();
  const isUser = type === 'user';
  await sql`insert into directory_objects (id, type, user_principal_name, app_id, blueprint_app_id, data) values (${id}, ${type}, ${isUser ? `${id}@example.org` : null},
    ${isUser || type === 'group' ? null : id}, ${type === 'agentIdentity' ? newId() : null}, ${JSON.stringify(data)})`.execute(db);
  return id;
}
const client = await newObject('servicePrincipal');
await sql`insert into directory_objects (id, type, app_id) values (${newId()}, 'application', ${client})`.execute(db);

async function newCatalog(): Promise<string> {
  const id = newId();
  await sql`insert into catalogs (id, display_name) values (${id}, 'c')`.execute(db);
  return id;
}

interface Asking { readonly as?: Caller; readonly kind?: 'assignment' | 'eligibility'; readonly provider?: string; readonly now?: Date }
const ask = async (body: Readonly<Record<string, unknown>>, { as = admin, kind = 'assignment', provider = 'entitlementManagement', now = new Date() }: Asking = {}) =>
  await command({ db, caller: as, now }, createScheduleRequest(kind), { ancestors: [{ type: 'rbacApplication', id: provider }], body });
const owning = (principalId: string, catalogId: string, more = {}) => ({ principalId, roleDefinitionId: entitlementRole.catalogOwner, appScopeId: `/AccessPackageCatalog/${catalogId}`, justification: 'for the audit', ...more });
const lasting = (duration: string, startDateTime?: Date) => ({ scheduleInfo: { startDateTime: startDateTime?.toISOString() ?? null, expiration: { type: 'afterDuration', duration } } });
const later = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);
const rolesOf = async (principalId: string): Promise<number> => {
  const caller = await loadCaller(db, { principalId, clientAppId: client });
  return (caller?.entitlementRoles.length ?? 0) + (caller?.directoryRoles.size ?? 0);
};
/** Lets hours pass for everything that somebody has. No sweep has been there. */
const pass = async (principalId: string, hours: number) => await sql`
  with s as (update role_schedules set starts_at = starts_at - ${hours} * interval '1 hour', ends_at = ends_at - ${hours} * interval '1 hour' where principal_id = ${principalId})
  update role_schedule_requests set starts_at = starts_at - ${hours} * interval '1 hour' where principal_id = ${principalId}`.execute(db);
const requestNow = async (id: string) => await one(db, sql<{ status: string; completed_at: Date | null }>`select status, completed_at from role_schedule_request_list where id = ${id}`);
const activities = async (principalId: string) => (await all(db, sql<{ activity: string }>`select activity from audit_events where ${principalId}::uuid = any(target_ids) order by at, id`)).map(({ activity }) => activity);

describe('a role for a time', () => {
  it('is held from its start to its end, by the clock alone', async () => {
    const [her, catalogId] = [await newObject(), await newCatalog()];
    const soon = createdId(await ask({ ...owning(her, catalogId, lasting('PT2H', later(1))), action: 'adminAssign' }));
    expect([await rolesOf(her), (await requestNow(soon)).status]).toEqual([0, 'PendingProvisioning']);
    await pass(her, 1.5);
    expect([await rolesOf(her), (await requestNow(soon)).status]).toEqual([1, 'Provisioned']);
    await pass(her, 2);
    expect(await rolesOf(her)).toBe(0);
    expect(await all(db, sql`select 1 from role_assignments where principal_id = ${her} union all select 1 from role_schedule_list where principal_id = ${her} union all select 1 from role_schedule_instances where principal_id = ${her}`)).toEqual([]);
  });

  it('is given again after its end, by hand or renewed, whether or not the sweep has noticed', async () => {
    const [her, catalogId] = [await newObject(), await newCatalog()];
    await ask({ ...owning(her, catalogId, lasting('PT2H')), action: 'adminAssign' });
    expect(await refusalOf(ask({ ...owning(her, catalogId), action: 'adminAssign' }))).toMatchObject({ status: 409 });
    expect(await refusalOf(ask({ ...owning(her, catalogId), action: 'adminRenew' }))).toMatchObject({ status: 409 });
    await pass(her, 3);
    await ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'adminRenew' });
    expect(await rolesOf(her)).toBe(1);
    await pass(her, 3);
    await command({ db, caller: admin }, createRoleAssignment, { ancestors: [{ type: 'rbacApplication', id: 'entitlementManagement' }], body: owning(her, catalogId) });
    expect(await rolesOf(her)).toBe(1);
    expect(await activities(her)).toEqual(['Add member to role', 'Role assignment expired', 'Renew member of role', 'Role assignment expired', 'Add member to role']);
  });

  it('is shortened, extended and taken', async () => {
    const [her, catalogId] = [await newObject(), await newCatalog()];
    await ask({ ...owning(her, catalogId), action: 'adminAssign' });
    const { id } = await one(db, sql<{ id: string }>`select id from role_assignments where principal_id = ${her}`);
    await ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'adminUpdate', targetScheduleId: id });
    await ask({ ...owning(her, catalogId, lasting('PT4H')), action: 'adminExtend' });
    expect(await all(db, sql`select round(extract(epoch from ends_at - now()) / 3600)::integer as hours from role_schedules where id = ${id}`)).toEqual([{ hours: 4 }]);
    const removed = createdId(await ask({ ...owning(her, catalogId), action: 'adminRemove' }));
    expect([await rolesOf(her), (await requestNow(removed)).status]).toEqual([0, 'Revoked']);
    expect(await refusalOf(ask({ ...owning(her, catalogId), action: 'adminRemove' }))).toMatchObject({ status: 400 });
  });

  it('that waits is cancelled with its request, and not once it has begun', async () => {
    const [her, catalogId] = [await newObject(), await newCatalog()];
    const id = createdId(await ask({ ...owning(her, catalogId, lasting('PT2H', later(1))), action: 'adminAssign' }));
    expect(await refusalOf(command({ db, caller: personWith(her, subject) }, cancelScheduleRequest, { id }))).toMatchObject({ status: 403 });
    await command({ db, caller: admin }, cancelScheduleRequest, { id });
    expect((await requestNow(id)).status).toBe('Canceled');
    expect(await all(db, sql`select 1 from role_schedules where principal_id = ${her}`)).toEqual([]);
    const other = createdId(await ask({ ...owning(her, catalogId, lasting('PT2H', later(1))), action: 'adminAssign' }));
    await pass(her, 1.5);
    for (const done of [id, other]) expect(await refusalOf(command({ db, caller: admin }, cancelScheduleRequest, { id: done }))).toMatchObject({ status: 400 });
    expect(await rolesOf(her)).toBe(1);
  });

  it('is noted by the sweep when it begins and ends', async () => {
    const [her, catalogId] = [await newObject(), await newCatalog()];
    const id = createdId(await ask({ ...owning(her, catalogId, lasting('PT2H', later(1))), action: 'adminAssign' }));
    const sweep = async (): Promise<void> => await working({ db, caller: admin }, async (work) => {
      for (const due of await listScheduleStartsReached(work.tx, { now: work.now, limit: 100, except: [] })) await startScheduleRequest(work, due);
      await endRoleSchedules(work, await listScheduleEndsReached(work.tx, { now: work.now, limit: 100, except: [] }));
    });
    await sweep();
    await pass(her, 1.5);
    await sweep();
    expect(await all(db, sql`select status, completed_at = starts_at as exact from role_schedule_requests where id = ${id}`)).toEqual([{ status: 'Provisioned', exact: true }]);
    await pass(her, 2);
    await sweep();
    await sweep();
    expect(await activities(her)).toEqual(['Add member to role', 'Role schedule began', 'Role assignment expired']);
  });

  it('that is only tried out writes nothing, and is refused where it would be', async () => {
    const [her, catalogId] = [await newObject(), await newCatalog()];
    expect(await ask({ ...owning(her, catalogId), action: 'adminAssign', isValidationOnly: true })).toMatchObject({ answer: 'value', value: { status: 'Provisioned', isValidationOnly: true } });
    expect(await refusalOf(ask({ ...owning(her, catalogId), action: 'adminUpdate', isValidationOnly: true }))).toMatchObject({ status: 400 });
    expect(await all(db, sql`select 1 from role_schedules where principal_id = ${her} union all select 1 from role_schedule_requests where principal_id = ${her}`)).toEqual([]);
    expect(await activities(her)).toEqual([]);
  });
});

describe('an eligible person', () => {
  it('holds nothing until activation, and nothing after its end, after deactivation, or without the eligibility', async () => {
    const [her, catalogId] = [await newObject(), await newCatalog()];
    const as = personWith(her, subject);
    await ask({ ...owning(her, catalogId, lasting('PT100H')), action: 'adminAssign' }, { kind: 'eligibility' });
    expect(await rolesOf(her)).toBe(0);
    const activate = async () => createdId(await ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'selfActivate' }, { as }));
    await activate();
    expect(await rolesOf(her)).toBe(1);
    expect(await refusalOf(activate())).toMatchObject({ status: 409 });
    await pass(her, 2);
    expect(await rolesOf(her)).toBe(0);
    await activate();
    const off = createdId(await ask({ ...owning(her, catalogId), action: 'selfDeactivate' }, { as }));
    expect([await rolesOf(her), (await requestNow(off)).status]).toEqual([0, 'Revoked']);
    await activate();
    await ask({ ...owning(her, catalogId, lasting('PT1S')), action: 'adminUpdate' }, { kind: 'eligibility' });
    await pass(her, 0.01);
    expect(await rolesOf(her)).toBe(0);
  });

  it('loses an activation with the eligibility that is taken, and one that waits too', async () => {
    const [her, catalogId] = [await newObject(), await newCatalog()];
    const as = personWith(her, subject);
    await ask({ ...owning(her, catalogId), action: 'adminAssign' }, { kind: 'eligibility' });
    const waiting = createdId(await ask({ ...owning(her, catalogId, lasting('PT1H', later(2))), action: 'selfActivate' }, { as }));
    expect((await requestNow(waiting)).status).toBe('Granted');
    await ask({ ...owning(her, catalogId), action: 'adminRemove' }, { kind: 'eligibility' });
    expect((await requestNow(waiting)).status).toBe('Revoked');
    expect(await all(db, sql`select 1 from role_schedules where principal_id = ${her}`)).toEqual([]);
  });

  it('may be so through a group, for as long as it is in it', async () => {
    const [her, group, catalogId] = [await newObject(), await newObject('group'), await newCatalog()];
    const membership = newId();
    await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${membership}, 'member', ${her}, ${group}, true)`.execute(db);
    await ask({ ...owning(group, catalogId), action: 'adminAssign' }, { kind: 'eligibility' });
    await ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'selfActivate' }, { as: personWith(her, subject) });
    expect(await rolesOf(her)).toBe(1);
    expect(await all(db, sql`select type, member_type from role_schedule_list where principal_id in (${her}, ${group}) order by type`)).toEqual([{ type: 'assignment', member_type: 'Group' }, { type: 'eligibility', member_type: 'Group' }]);
    await sql`delete from grants where id = ${membership}`.execute(db);
    expect(await rolesOf(her)).toBe(0);
    expect(await refusalOf(ask({ ...owning(her, catalogId), action: 'selfActivate' }, { as: personWith(her, subject) }))).toMatchObject({ status: 400 });
    await ask({ ...owning(her, catalogId), action: 'adminAssign' }, { kind: 'eligibility' });
    await ask({ ...owning(her, catalogId), action: 'selfActivate' }, { as: personWith(her, subject) });
    expect(await rolesOf(her)).toBe(1);
  });

  it('asks administrators for more, who answer by extending, renewing or removing', async () => {
    const [her, catalogId] = [await newObject(), await newCatalog()];
    const as = personWith(her, subject);
    await ask({ ...owning(her, catalogId, lasting('PT5H')), action: 'adminAssign' }, { kind: 'eligibility' });
    const question = async (action = 'selfExtend') => createdId(await ask({ ...owning(her, catalogId), action }, { as, kind: 'eligibility' }));
    const first = await question();
    expect((await requestNow(first)).status).toBe('PendingAdminDecision');
    expect(await refusalOf(question())).toMatchObject({ status: 409 });
    await ask({ ...owning(her, catalogId, lasting('PT9H')), action: 'adminExtend' }, { kind: 'eligibility' });
    const second = await question();
    await command({ db, caller: as }, cancelScheduleRequest, { id: second });
    await pass(her, 20);
    const third = await question('selfRenew');
    await ask({ ...owning(her, catalogId, lasting('PT9H')), action: 'adminRenew' }, { kind: 'eligibility' });
    const fourth = await question();
    await ask({ ...owning(her, catalogId), action: 'adminRemove' }, { kind: 'eligibility' });
    expect(await Promise.all([first, second, third, fourth].map(async (id) => (await requestNow(id)).status))).toEqual(['Provisioned', 'Canceled', 'Provisioned', 'Denied']);
  });
});

describe('nobody', () => {
  it('acts for others, hands out more than they may, or learns which catalogs there are', async () => {
    const [her, him, mine, other] = [await newObject(), await newObject(), await newCatalog(), await newCatalog()];
    await ask({ ...owning(her, other), action: 'adminAssign' }, { kind: 'eligibility' });
    const owner = { ...personWith(him, ['EntitlementManagement.ReadWrite.All']), entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: mine }] };
    const statusOf = async (body: object, asking: Asking) => (await refusalOf(ask({ ...body }, asking))).status;
    expect(await statusOf({ ...owning(her, other), action: 'selfActivate' }, { as: personWith(him, subject) })).toBe(403);
    expect(await statusOf({ ...owning(her, other), action: 'selfActivate' }, { as: admin })).toBe(403);
    expect(await statusOf({ ...owning(him, other), action: 'adminAssign' }, { as: owner })).toBe(403);
    expect(await statusOf({ ...owning(him, mine), appScopeId: '/', action: 'adminAssign' }, { as: owner })).toBe(403);
    expect(await statusOf({ ...owning(him, other), action: 'adminAssign' }, { as: personWith(him, subject) })).toBe(403);
    expect(await statusOf({ ...owning(her, other), action: 'selfActivate' }, { as: personWith(her, ['User.Read']) })).toBe(403);
    const told = await Promise.all([other, newId()].map(async (id) => (await refusalOf(ask({ ...owning(him, id), action: 'selfActivate' }, { as: personWith(him, subject) }))).message));
    expect(told[0]).toBe(told[1]);
    await ask({ ...owning(her, mine), action: 'adminAssign' }, { as: owner });
  });

  it('gives themselves a role by a right that ends', async () => {
    const [her, group, catalogId] = [await newObject(), await newObject('group'), await newCatalog()];
    await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${her}, ${group}, true)`.execute(db);
    await ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'adminAssign' });
    const as = { ...personWith(her, ['EntitlementManagement.ReadWrite.All']), entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId }] };
    for (const [principalId, action] of [[her, 'adminExtend'], [her, 'adminUpdate'], [group, 'adminAssign']] as const) {
      expect(await refusalOf(ask({ ...owning(principalId, catalogId), action }, { as }))).toMatchObject({ status: 403, reasons: [{ code: 'ownRightEnds' }] });
    }
    const plain = command({ db, caller: as }, createRoleAssignment, { ancestors: [{ type: 'rbacApplication', id: 'entitlementManagement' }], body: { ...owning(her, catalogId), roleDefinitionId: entitlementRole.catalogReader } });
    expect(await refusalOf(plain)).toMatchObject({ status: 403 });
    await ask({ ...owning(her, catalogId), action: 'adminUpdate', scheduleInfo: { expiration: { type: 'noExpiration' } } });
    await ask({ ...owning(group, catalogId), action: 'adminAssign' }, { as });
  });

  it('makes an agent hold or activate a privileged directory role', async () => {
    const [agent, group] = [await newObject('agentIdentity'), await newObject('group', { isAssignableToRole: true })];
    await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${agent}, ${group}, true)`.execute(db);
    const role = { roleDefinitionId: directoryRole.globalAdministrator, justification: 'x' };
    const as = callerWith(['RoleManagement.ReadWrite.Directory'], { principalId: agent, kind: 'agentIdentity' });
    for (const kind of ['assignment', 'eligibility'] as const) expect((await refusalOf(ask({ ...role, principalId: agent, action: 'adminAssign' }, { kind, provider: 'directory' }))).reasons.map(({ code }) => code)).toEqual(['privilegedRoleForAgent']);
    await ask({ ...role, principalId: group, action: 'adminAssign' }, { kind: 'eligibility', provider: 'directory' });
    expect((await refusalOf(ask({ ...role, principalId: agent, action: 'selfActivate' }, { as, provider: 'directory' }))).reasons.map(({ code }) => code)).toEqual(['peopleOnly']);
  });
});

describe('the last Global Administrator', () => {
  const role = { roleDefinitionId: directoryRole.globalAdministrator, justification: 'x' };
  it('stays one for good: neither taken, shortened nor postponed, however many are one for a time', async () => {
    const [her, him] = [await newObject(), await newObject()];
    const directory = { provider: 'directory' };
    await ask({ ...role, principalId: her, action: 'adminAssign' }, directory);
    await ask({ ...role, principalId: him, action: 'adminAssign', ...lasting('PT100H') }, directory);
    for (const change of [{ action: 'adminRemove' }, { action: 'adminUpdate', ...lasting('PT100H') }, { action: 'adminUpdate', scheduleInfo: { startDateTime: later(1).toISOString(), expiration: { type: 'noExpiration' } } }]) {
      expect((await refusalOf(ask({ ...role, principalId: her, ...change }, directory))).reasons.map(({ code }) => code)).toEqual(['lastGlobalAdministrator']);
    }
    const { id } = await one(db, sql<{ id: string }>`select id from role_assignments where principal_id = ${her}`);
    expect(await refusalOf(command({ db, caller: admin }, removeRoleAssignment, { id }))).toMatchObject({ status: 400 });
    await ask({ ...role, principalId: him, action: 'adminRemove' }, directory);
    const third = await newObject();
    await ask({ ...role, principalId: third, action: 'adminAssign' }, directory);
    await ask({ ...role, principalId: her, action: 'adminRemove' }, directory);
    expect([await rolesOf(her), await rolesOf(third)]).toEqual([0, 1]);
  });
});
