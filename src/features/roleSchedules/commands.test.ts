import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { command, createdId, personWith, refusalOf, working } from '../../../test/support/graph-work.ts';
import { admin, lasting, later, owning, RoleWorld, subject } from '../../../test/support/role-schedules.ts';
import { all, one } from '../../platform/db/transaction.ts';
import { createRoleAssignment, endRoleSchedules } from '../roles/commands.ts';
import { listScheduleEndsReached } from '../roles/store.ts';
import { cancelScheduleRequest, startScheduleRequest } from './commands/change.ts';
import { listScheduleStartsReached } from './store.ts';

const { db } = await testDatabase();
const world = await new RoleWorld(db).open();

describe('a role for a time', () => {
  it('is held from its start to its end, by the clock alone', async () => {
    const [her, catalogId] = [await world.newObject(), await world.newCatalog()];
    const soon = createdId(await world.ask({ ...owning(her, catalogId, lasting('PT2H', later(1))), action: 'adminAssign' }));
    expect([await world.rolesOf(her), (await world.requestNow(soon)).status]).toEqual([0, 'PendingProvisioning']);
    await world.pass(her, 1.5);
    expect([await world.rolesOf(her), (await world.requestNow(soon)).status]).toEqual([1, 'Provisioned']);
    await world.pass(her, 2);
    expect(await world.rolesOf(her)).toBe(0);
    expect(await all(db, sql`select 1 from role_assignments where principal_id = ${her} union all select 1 from role_schedule_list where principal_id = ${her} union all select 1 from role_schedule_instances where principal_id = ${her}`)).toEqual([]);
  });

  it('is given again after its end, by hand or renewed, whether or not the sweep has noticed', async () => {
    const [her, catalogId] = [await world.newObject(), await world.newCatalog()];
    await world.ask({ ...owning(her, catalogId, lasting('PT2H')), action: 'adminAssign' });
    expect(await refusalOf(world.ask({ ...owning(her, catalogId), action: 'adminAssign' }))).toMatchObject({ status: 409 });
    expect(await refusalOf(world.ask({ ...owning(her, catalogId), action: 'adminRenew' }))).toMatchObject({ status: 409 });
    await world.pass(her, 3);
    await world.ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'adminRenew' });
    expect(await world.rolesOf(her)).toBe(1);
    await world.pass(her, 3);
    await command({ db, caller: admin }, createRoleAssignment, { ancestors: [{ type: 'rbacApplication', id: 'entitlementManagement' }], body: owning(her, catalogId) });
    expect(await world.rolesOf(her)).toBe(1);
    expect(await world.activities(her)).toEqual(['Add member to role', 'Role assignment expired', 'Renew member of role', 'Role assignment expired', 'Add member to role']);
  });

  it('is shortened, extended and taken', async () => {
    const [her, catalogId] = [await world.newObject(), await world.newCatalog()];
    await world.ask({ ...owning(her, catalogId), action: 'adminAssign' });
    const { id } = await one(db, sql<{ id: string }>`select id from role_assignments where principal_id = ${her}`);
    await world.ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'adminUpdate', targetScheduleId: id });
    await world.ask({ ...owning(her, catalogId, lasting('PT4H')), action: 'adminExtend' });
    expect(await all(db, sql`select round(extract(epoch from ends_at - now()) / 3600)::integer as hours from role_schedules where id = ${id}`)).toEqual([{ hours: 4 }]);
    const removed = createdId(await world.ask({ ...owning(her, catalogId), action: 'adminRemove' }));
    expect([await world.rolesOf(her), (await world.requestNow(removed)).status]).toEqual([0, 'Revoked']);
    expect(await refusalOf(world.ask({ ...owning(her, catalogId), action: 'adminRemove' }))).toMatchObject({ status: 400 });
  });

  it('that waits is cancelled with its request, and not once it has begun', async () => {
    const [her, catalogId] = [await world.newObject(), await world.newCatalog()];
    const id = createdId(await world.ask({ ...owning(her, catalogId, lasting('PT2H', later(1))), action: 'adminAssign' }));
    expect(await refusalOf(command({ db, caller: personWith(her, subject) }, cancelScheduleRequest, { id }))).toMatchObject({ status: 403 });
    await command({ db, caller: admin }, cancelScheduleRequest, { id });
    expect((await world.requestNow(id)).status).toBe('Canceled');
    expect(await all(db, sql`select 1 from role_schedules where principal_id = ${her}`)).toEqual([]);
    const other = createdId(await world.ask({ ...owning(her, catalogId, lasting('PT2H', later(1))), action: 'adminAssign' }));
    await world.pass(her, 1.5);
    for (const done of [id, other]) expect(await refusalOf(command({ db, caller: admin }, cancelScheduleRequest, { id: done }))).toMatchObject({ status: 400 });
    expect(await world.rolesOf(her)).toBe(1);
  });

  it('that an administrator has planned for another is not cancelled by that one when its own right is gone', async () => {
    const [her, him, catalogId] = [await world.newObject(), await world.newObject(), await world.newCatalog()];
    const id = createdId(await world.ask({ ...owning(her, catalogId, lasting('PT2H', later(1))), action: 'adminAssign' }, { as: { ...admin, principalId: him } }));
    expect(await refusalOf(command({ db, caller: personWith(him, subject) }, cancelScheduleRequest, { id }))).toMatchObject({ status: 403 });
    expect((await world.requestNow(id)).status).toBe('PendingProvisioning');
  });

  it('is noted by the sweep when it begins and ends', async () => {
    const [her, catalogId] = [await world.newObject(), await world.newCatalog()];
    const id = createdId(await world.ask({ ...owning(her, catalogId, lasting('PT2H', later(1))), action: 'adminAssign' }));
    const sweep = async (): Promise<void> => await working({ db, caller: admin }, async (work) => {
      for (const due of await listScheduleStartsReached(work.tx, { now: work.now, limit: 100, except: [] })) await startScheduleRequest(work, due);
      await endRoleSchedules(work, await listScheduleEndsReached(work.tx, { now: work.now, limit: 100, except: [] }));
    });
    await sweep();
    await world.pass(her, 1.5);
    await sweep();
    expect(await all(db, sql`select status, completed_at = starts_at as exact from role_schedule_requests where id = ${id}`)).toEqual([{ status: 'Provisioned', exact: true }]);
    await world.pass(her, 2);
    await sweep();
    await sweep();
    expect(await world.activities(her)).toEqual(['Add member to role', 'Role schedule began', 'Role assignment expired']);
  });

  it('that is only tried out writes nothing, and is refused where it would be', async () => {
    const [her, catalogId] = [await world.newObject(), await world.newCatalog()];
    expect(await world.ask({ ...owning(her, catalogId), action: 'adminAssign', isValidationOnly: true })).toMatchObject({ answer: 'value', value: { status: 'Provisioned', isValidationOnly: true } });
    expect(await refusalOf(world.ask({ ...owning(her, catalogId), action: 'adminUpdate', isValidationOnly: true }))).toMatchObject({ status: 400 });
    expect(await all(db, sql`select 1 from role_schedules where principal_id = ${her} union all select 1 from role_schedule_requests where principal_id = ${her}`)).toEqual([]);
    expect(await world.activities(her)).toEqual([]);
  });
});

describe('an eligible person', () => {
  it('holds nothing until activation, and nothing after its end, after deactivation, or without the eligibility', async () => {
    const [her, catalogId] = [await world.newObject(), await world.newCatalog()];
    const as = personWith(her, subject);
    await world.ask({ ...owning(her, catalogId, lasting('PT100H')), action: 'adminAssign' }, { kind: 'eligibility' });
    expect(await world.rolesOf(her)).toBe(0);
    const activate = async () => createdId(await world.ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'selfActivate' }, { as }));
    await activate();
    expect(await world.rolesOf(her)).toBe(1);
    expect(await refusalOf(activate())).toMatchObject({ status: 409 });
    await world.pass(her, 2);
    expect(await world.rolesOf(her)).toBe(0);
    await activate();
    const off = createdId(await world.ask({ ...owning(her, catalogId), action: 'selfDeactivate' }, { as }));
    expect([await world.rolesOf(her), (await world.requestNow(off)).status]).toEqual([0, 'Revoked']);
    await activate();
    await world.ask({ ...owning(her, catalogId, lasting('PT1S')), action: 'adminUpdate' }, { kind: 'eligibility' });
    await world.pass(her, 0.01);
    expect(await world.rolesOf(her)).toBe(0);
  });

  it('loses an activation with the eligibility that is taken, and one that waits too', async () => {
    const [her, catalogId] = [await world.newObject(), await world.newCatalog()];
    const as = personWith(her, subject);
    await world.ask({ ...owning(her, catalogId), action: 'adminAssign' }, { kind: 'eligibility' });
    const waiting = createdId(await world.ask({ ...owning(her, catalogId, lasting('PT1H', later(2))), action: 'selfActivate' }, { as }));
    expect((await world.requestNow(waiting)).status).toBe('Granted');
    await world.ask({ ...owning(her, catalogId), action: 'adminRemove' }, { kind: 'eligibility' });
    expect((await world.requestNow(waiting)).status).toBe('Revoked');
    expect(await all(db, sql`select 1 from role_schedules where principal_id = ${her}`)).toEqual([]);
  });

  it('may be so through a group, for as long as it is in it', async () => {
    const [her, group, catalogId] = [await world.newObject(), await world.newObject('group'), await world.newCatalog()];
    const membership = await world.join(her, group);
    await world.ask({ ...owning(group, catalogId), action: 'adminAssign' }, { kind: 'eligibility' });
    await world.ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'selfActivate' }, { as: personWith(her, subject) });
    expect(await world.rolesOf(her)).toBe(1);
    expect(await all(db, sql`select type, member_type from role_schedule_list where principal_id in (${her}, ${group}) order by type`)).toEqual([{ type: 'assignment', member_type: 'Group' }, { type: 'eligibility', member_type: 'Group' }]);
    await sql`delete from grants where id = ${membership}`.execute(db);
    expect(await world.rolesOf(her)).toBe(0);
    expect(await refusalOf(world.ask({ ...owning(her, catalogId), action: 'selfActivate' }, { as: personWith(her, subject) }))).toMatchObject({ status: 400 });
    await world.ask({ ...owning(her, catalogId), action: 'adminAssign' }, { kind: 'eligibility' });
    await world.ask({ ...owning(her, catalogId), action: 'selfActivate' }, { as: personWith(her, subject) });
    expect(await world.rolesOf(her)).toBe(1);
  });

  it('asks administrators for more, who answer by extending, renewing or removing', async () => {
    const [her, catalogId] = [await world.newObject(), await world.newCatalog()];
    const as = personWith(her, subject);
    await world.ask({ ...owning(her, catalogId, lasting('PT5H')), action: 'adminAssign' }, { kind: 'eligibility' });
    const question = async (action = 'selfExtend') => createdId(await world.ask({ ...owning(her, catalogId), action }, { as, kind: 'eligibility' }));
    const first = await question();
    expect((await world.requestNow(first)).status).toBe('PendingAdminDecision');
    expect(await refusalOf(question())).toMatchObject({ status: 409 });
    await world.ask({ ...owning(her, catalogId, lasting('PT9H')), action: 'adminExtend' }, { kind: 'eligibility' });
    const second = await question();
    await command({ db, caller: as }, cancelScheduleRequest, { id: second });
    await world.pass(her, 20);
    const third = await question('selfRenew');
    await world.ask({ ...owning(her, catalogId, lasting('PT9H')), action: 'adminRenew' }, { kind: 'eligibility' });
    const fourth = await question();
    await world.ask({ ...owning(her, catalogId), action: 'adminRemove' }, { kind: 'eligibility' });
    expect(await Promise.all([first, second, third, fourth].map(async (id) => (await world.requestNow(id)).status))).toEqual(['Provisioned', 'Canceled', 'Provisioned', 'Denied']);
  });
});
