import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { callerWith, command, personWith, refusalOf } from '../../../../test/support/graph-work.ts';
import { admin, lasting, later, owning, RoleWorld, subject, type Asking } from '../../../../test/support/role-schedules.ts';
import { one } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import { createRoleAssignment, removeRoleAssignment } from '../../roles/commands.ts';
import { directoryRole, entitlementRole } from '../../roles/model.ts';

const { db } = await testDatabase();
const world = await new RoleWorld(db).open();

describe('nobody', () => {
  it('acts for others, hands out more than they may, or learns which catalogs there are', async () => {
    const [her, him, mine, other] = [await world.newObject(), await world.newObject(), await world.newCatalog(), await world.newCatalog()];
    await world.ask({ ...owning(her, other), action: 'adminAssign' }, { kind: 'eligibility' });
    const owner = { ...personWith(him, ['EntitlementManagement.ReadWrite.All']), entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: mine }] };
    const statusOf = async (body: object, asking: Asking) => (await refusalOf(world.ask({ ...body }, asking))).status;
    expect(await statusOf({ ...owning(her, other), action: 'selfActivate' }, { as: personWith(him, subject) })).toBe(403);
    expect(await statusOf({ ...owning(her, other), action: 'selfActivate' }, { as: admin })).toBe(403);
    expect(await statusOf({ ...owning(him, other), action: 'adminAssign' }, { as: owner })).toBe(403);
    expect(await statusOf({ ...owning(him, mine), appScopeId: '/', action: 'adminAssign' }, { as: owner })).toBe(403);
    expect(await statusOf({ ...owning(him, other), action: 'adminAssign' }, { as: personWith(him, subject) })).toBe(403);
    expect(await statusOf({ ...owning(her, other), action: 'selfActivate' }, { as: personWith(her, ['User.Read']) })).toBe(403);
    const told = await Promise.all([other, newId()].map(async (id) => (await refusalOf(world.ask({ ...owning(him, id), action: 'selfActivate' }, { as: personWith(him, subject) }))).message));
    expect(told[0]).toBe(told[1]);
    await world.ask({ ...owning(her, mine), action: 'adminAssign' }, { as: owner });
  });

  it('gives themselves a role by a right that ends', async () => {
    const [her, group, catalogId] = [await world.newObject(), await world.newObject('group'), await world.newCatalog()];
    await world.join(her, group);
    await world.ask({ ...owning(her, catalogId, lasting('PT1H')), action: 'adminAssign' });
    const as = { ...personWith(her, ['EntitlementManagement.ReadWrite.All']), entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId }] };
    for (const [principalId, action] of [[her, 'adminExtend'], [her, 'adminUpdate'], [group, 'adminAssign']] as const) {
      expect(await refusalOf(world.ask({ ...owning(principalId, catalogId), action }, { as }))).toMatchObject({ status: 403, reasons: [{ code: 'ownRightEnds' }] });
    }
    const plain = command({ db, caller: as }, createRoleAssignment, { ancestors: [{ type: 'rbacApplication', id: 'entitlementManagement' }], body: { ...owning(her, catalogId), roleDefinitionId: entitlementRole.catalogReader } });
    expect(await refusalOf(plain)).toMatchObject({ status: 403 });
    await world.ask({ ...owning(her, catalogId), action: 'adminUpdate', scheduleInfo: { expiration: { type: 'noExpiration' } } });
    await world.ask({ ...owning(group, catalogId), action: 'adminAssign' }, { as });
  });

  it('makes an agent hold or activate a privileged directory role', async () => {
    const [agent, group] = [await world.newObject('agentIdentity'), await world.newObject('group', { isAssignableToRole: true })];
    await world.join(agent, group);
    const role = { roleDefinitionId: directoryRole.globalAdministrator, justification: 'x' };
    const as = callerWith(['RoleManagement.ReadWrite.Directory'], { principalId: agent, kind: 'agentIdentity' });
    for (const kind of ['assignment', 'eligibility'] as const) expect((await refusalOf(world.ask({ ...role, principalId: agent, action: 'adminAssign' }, { kind, provider: 'directory' }))).reasons.map(({ code }) => code)).toEqual(['privilegedRoleForAgent']);
    await world.ask({ ...role, principalId: group, action: 'adminAssign' }, { kind: 'eligibility', provider: 'directory' });
    expect((await refusalOf(world.ask({ ...role, principalId: agent, action: 'selfActivate' }, { as, provider: 'directory' }))).reasons.map(({ code }) => code)).toEqual(['peopleOnly']);
  });
});

describe('the last Global Administrator', () => {
  const role = { roleDefinitionId: directoryRole.globalAdministrator, justification: 'x' };
  it('stays one for good: neither taken, shortened nor postponed, however many are one for a time', async () => {
    const [her, him] = [await world.newObject(), await world.newObject()];
    const directory = { provider: 'directory' };
    await world.ask({ ...role, principalId: her, action: 'adminAssign' }, directory);
    await world.ask({ ...role, principalId: him, action: 'adminAssign', ...lasting('PT100H') }, directory);
    for (const change of [{ action: 'adminRemove' }, { action: 'adminUpdate', ...lasting('PT100H') }, { action: 'adminUpdate', scheduleInfo: { startDateTime: later(1).toISOString(), expiration: { type: 'noExpiration' } } }]) {
      expect((await refusalOf(world.ask({ ...role, principalId: her, ...change }, directory))).reasons.map(({ code }) => code)).toEqual(['lastGlobalAdministrator']);
    }
    const { id } = await one(db, sql<{ id: string }>`select id from role_assignments where principal_id = ${her}`);
    expect(await refusalOf(command({ db, caller: admin }, removeRoleAssignment, { id }))).toMatchObject({ status: 400 });
    await world.ask({ ...role, principalId: him, action: 'adminRemove' }, directory);
    const third = await world.newObject();
    await world.ask({ ...role, principalId: third, action: 'adminAssign' }, directory);
    await world.ask({ ...role, principalId: her, action: 'adminRemove' }, directory);
    expect([await world.rolesOf(her), await world.rolesOf(third)]).toEqual([0, 1]);
  });
});
