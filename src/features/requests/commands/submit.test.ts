import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { administrator, approvedBy, ask, as, grantsAt, link, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, stagesOf, workload, addRole } from '../../../../test/support/lifecycle.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { Problem } from '../../../kernel/problem.ts';
import { newId } from '../../../platform/ids.ts';
import { decideStage } from '../../approvals/commands/decide.ts';
import { one } from '../../../platform/db/transaction.ts';
import { cancelRequest, deleteRequest, reprocessRequest } from './change.ts';

const { db } = await testDatabase();
const house = await makeHouse(db);
const admin = administrator(await makeObject(db, 'servicePrincipal'));

/** Codes of the reasons of a refusal, or its problem when there are none. */
async function refusal(act: Promise<unknown>): Promise<readonly string[]> {
  try {
    await act;
  } catch (error) {
    if (error instanceof Problem) return error.reasons.length > 0 ? error.reasons.map(({ code }) => code) : [error.problem];
    throw error;
  }
  return [];
}

describe('asking for oneself', () => {
  it('delivers at once where no approval is needed', async () => {
    const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
    await makePolicy(db, packageId);
    const made = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    expect(made.state).toBe('delivered');
    expect(await grantsAt(db, userId, new Date())).toEqual([{ role: house.roleIds[0], ends: null }]);
    const { n } = await one(db, sql<{ n: number }>`select count(*)::integer as n from transitions where subject_id = ${made.id}`);
    expect(n).toBe(3);
  });

  it('is refused with the assignment when access is there already', async () => {
    const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
    await makePolicy(db, packageId);
    const made = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    const again = ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    await expect(again).rejects.toThrow(made.assignmentId ?? 'none');
    expect(await refusal(again)).toEqual(['alreadyAssigned']);
  });

  it('gives back in a catalog that is no longer published, where nothing new is given', async () => {
    const own = await makeHouse(db);
    const [userId, agentId, approver, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'agentIdentity'), await makeObject(db, 'user'), await makePackage(db, own)];
    await makePolicy(db, packageId, { approval: approvedBy([[approver]]) });
    await makePolicy(db, packageId, { scope: 'allDirectoryAgentIdentities' });
    const [mine, agents] = [await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } }), await ask(db, workload(agentId, 'agentIdentity'), { type: 'userAdd', named: { accessPackageId: packageId } })];
    await as(db, { caller: person(approver) }, async (work) => await decideStage(work, { requestId: mine.id, stageId: (await stagesOf(db, mine.id))[0]?.id ?? '' }, { reviewResult: 'Approve', justification: null }));
    await sql`update catalogs set state = 'unpublished' where id = ${own.catalogId}`.execute(db);
    const assignmentId = (await requestNow(db, mine.id)).assignmentId ?? '';
    expect(await refusal(ask(db, person(await makeObject(db, 'user')), { type: 'userAdd', named: { accessPackageId: packageId } }))).toEqual(['packageNotRequestable']);
    expect((await ask(db, person(approver), { type: 'approverRemove', named: { assignmentId } })).state).toBe('delivered');
    expect((await ask(db, workload(agentId, 'agentIdentity'), { type: 'userRemove', named: { assignmentId: agents.assignmentId ?? '' } })).state).toBe('delivered');
    expect([...await grantsAt(db, userId, new Date()), ...await grantsAt(db, agentId, new Date())]).toEqual([]);
  });

  it('tells a stranger the same of a package that exists and of one that does not', async () => {
    const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
    await makePolicy(db, packageId, { scope: 'specificDirectoryUsers' });
    for (const id of [packageId, newId()]) expect(await refusal(ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: id } }))).toEqual(['packageNotRequestable']);
  });

  it('never takes an empty list of targets for everybody', async () => {
    const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
    const policyId = await makePolicy(db, packageId, { scope: 'specificDirectoryUsers', targets: [] });
    expect(await refusal(ask(db, admin, { type: 'adminAdd', named: { targetId: userId, policyId } }))).toEqual(['targetNotInScope']);
  });

  it('lets a workload ask for itself with its own token, and for nobody else', async () => {
    const [one_, other, packageId] = [await makeObject(db, 'servicePrincipal'), await makeObject(db, 'servicePrincipal'), await makePackage(db, house)];
    await makePolicy(db, packageId, { scope: 'allDirectoryServicePrincipals' });
    expect(await refusal(ask(db, workload(one_), { type: 'userAdd', named: { accessPackageId: packageId, targetId: other } }))).toEqual(['packageNotRequestable']);
    expect((await ask(db, workload(one_), { type: 'userAdd', named: { accessPackageId: packageId } })).state).toBe('delivered');
  });

  it('collects every reason', async () => {
    const [userId, packageId, rival] = [await makeObject(db, 'user'), await makePackage(db, house), await makePackage(db, house)];
    await makePolicy(db, rival);
    await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: rival } });
    await sql`insert into incompatible_packages values (${rival}, ${packageId})`.execute(db);
    await makePolicy(db, packageId, { approval: { isRequestorJustificationRequired: true, isApprovalRequiredForAdd: true }, requestor: { allowCustomAssignmentSchedule: false }, questions: [{ id: newId(), text: 'Why?', isRequired: true }] });
    const schedule = { startDateTime: '2020-01-01T00:00:00Z', expiration: { type: 'afterDateTime', endDateTime: '2020-01-02T00:00:00Z' } } as const;
    expect(await refusal(ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId }, schedule }))).toEqual([
      'incompatibleAccessPackage', 'justificationRequired', 'answerRequired', 'customScheduleNotAllowed', 'startInPast', 'endNotAfterStart', 'noApprovalStage',
    ]);
  });
});

describe('what is delivered', () => {
  it('is a delegated permission as much as a role, even where both share an id, and a membership', async () => {
    const [agent, group, packageId] = [await makeObject(db, 'agentIdentity'), await makeObject(db, 'group'), await makePackage(db, house, [])];
    const shared = house.roleIds[2] ?? '';
    await sql`insert into permissions (application_id, id, kind, value, position) select application_id, id, 'scope', 'Shared.Read', 9 from permissions where id = ${shared} and kind = 'role'`.execute(db);
    const [api, groups] = [newId(), newId()];
    await sql`insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name, directory_object_id)
      values (${api}, ${house.catalogId}, 'OAuthApplication', ${newId()}, 'api', ${house.servicePrincipalId}), (${groups}, ${house.catalogId}, 'AadGroup', ${group}, 'group', ${group})`.execute(db);
    const nothing = '00000000-0000-0000-0000-000000000000';
    for (const [kind, resource, object, permission] of [['appRole', api, house.servicePrincipalId, shared], ['delegated', api, house.servicePrincipalId, shared], ['member', groups, group, nothing]] as const) {
      await sql`insert into package_roles (access_package_id, resource_id, role_id, scope_id, role_origin_id, grant_kind, directory_object_id, permission_id)
        values (${packageId}, ${resource}, ${newId()}, ${resource}, 'x', ${kind}, ${object}, ${permission})`.execute(db);
    }
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    const made = await ask(db, admin, { type: 'adminAdd', named: { targetId: agent, policyId } });
    expect(await requestNow(db, made.id)).toMatchObject({ state: 'delivered', codes: [] });
    const { kinds } = await one(db, sql<{ kinds: string[] }>`select array_agg(kind order by kind) as kinds from grants where principal_id = ${agent}`);
    expect(kinds).toEqual(['appRole', 'delegated', 'member']);
  });
});

describe('asking for another', () => {
  const agentPolicy = { scope: 'allDirectoryAgentIdentities', requestor: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [] } } as const;

  it('is for sponsors and owners of the agent, also by an empty list under the agent scope', async () => {
    const [sponsor, stranger, agent, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'agentIdentity'), await makePackage(db, house)];
    await link(db, 'sponsor', [agent, sponsor]);
    await makePolicy(db, packageId, agentPolicy);
    expect(await refusal(ask(db, person(stranger), { type: 'userAdd', named: { accessPackageId: packageId, targetId: agent } }))).toEqual(['packageNotRequestable']);
    expect((await ask(db, person(sponsor), { type: 'userAdd', named: { accessPackageId: packageId, targetId: agent } })).state).toBe('delivered');
    expect(await grantsAt(db, agent, new Date())).toHaveLength(1);
  });

  it('is for nobody by an empty list under any other scope', async () => {
    const [owner, target, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'servicePrincipal'), await makePackage(db, house)];
    await link(db, 'owner', [target, owner]);
    await makePolicy(db, packageId, { ...agentPolicy, scope: 'allDirectoryServicePrincipals' });
    expect(await refusal(ask(db, person(owner), { type: 'userAdd', named: { accessPackageId: packageId, targetId: target } }))).toEqual(['packageNotRequestable']);
  });

  it('never counts as approving', async () => {
    const [sponsor, agent, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'agentIdentity'), await makePackage(db, house)];
    await link(db, 'sponsor', [agent, sponsor]);
    const sponsors = [{ '@odata.type': '#microsoft.graph.targetAgentIdentitySponsorsOrOwners' }];
    await makePolicy(db, packageId, { ...agentPolicy, approval: { isApprovalRequiredForAdd: true, stages: [{ primaryApprovers: sponsors }] } });
    expect(await refusal(ask(db, person(sponsor), { type: 'userAdd', named: { accessPackageId: packageId, targetId: agent } }))).toEqual(['noApprover']);
    const self = await ask(db, workload(agent, 'agentIdentity'), { type: 'userAdd', named: { accessPackageId: packageId } });
    expect((await stagesOf(db, self.id))[0]?.approvers).toEqual([sponsor]);
  });
});

describe('approval', () => {
  it('goes stage by stage and then delivers, with the clock started at delivery', async () => {
    const [userId, first, second, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'user'), await makePackage(db, house)];
    await makePolicy(db, packageId, { approval: approvedBy([[first], [second]]), expiration: { type: 'afterDuration', duration: 'P1D' } });
    const made = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    const approve = async (who: string, position: number, now?: Date) => await as(db, { caller: person(who), ...(now === undefined ? {} : { now }) },
      async (work) => await decideStage(work, { requestId: made.id, stageId: (await stagesOf(db, made.id))[position]?.id ?? '' }, { reviewResult: 'Approve', justification: null }));
    expect(await refusal(approve(second, 0))).toEqual(['notFound']);
    expect(await approve(first, 0)).toBe('pendingApproval');
    expect(await refusal(approve(first, 0))).toEqual(['conflict']);
    const inThreeDays = new Date(Date.now() + 3 * 86_400_000);
    expect(await approve(second, 1, inThreeDays)).toBe('delivered');
    expect(await grantsAt(db, userId, inThreeDays)).toEqual([{ role: house.roleIds[0], ends: new Date(inThreeDays.getTime() + 86_400_000).setUTCMilliseconds(0) }]);
  });

  it('is not for the requestor, even as an approver', async () => {
    const [userId, other, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makePackage(db, house)];
    await makePolicy(db, packageId, { approval: approvedBy([[userId, other]]) });
    const made = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    const [stage] = await stagesOf(db, made.id);
    expect(stage?.approvers).toEqual([other]);
    expect(await refusal(as(db, { caller: person(userId) }, async (work) => await decideStage(work, { requestId: made.id, stageId: stage?.id ?? '' }, { reviewResult: 'Approve', justification: null })))).toEqual(['ownRequest']);
  });
});

describe('what may be done to a request', () => {
  it('is cancelled by its requestor while it waits, and never when it is finished', async () => {
    const [userId, approver, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makePackage(db, house)];
    await makePolicy(db, packageId, { approval: approvedBy([[approver]]) });
    const made = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    expect(await refusal(as(db, { caller: person(approver) }, async (work) => await cancelRequest(work, made.id)))).toEqual(['forbidden']);
    await as(db, { caller: person(userId) }, async (work) => await cancelRequest(work, made.id));
    expect((await requestNow(db, made.id)).state).toBe('canceled');
    expect((await stagesOf(db, made.id))[0]?.status).toBe('Expired');
    expect(await refusal(as(db, { caller: person(userId) }, async (work) => await cancelRequest(work, made.id)))).toEqual(['conflict']);
    await as(db, { caller: admin }, async (work) => await deleteRequest(work, made.id));
  });

  it('is delivered in part, and whole after a reprocess', async () => {
    const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house, house.roleIds.slice(0, 2))];
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    const enabled = async (isEnabled: boolean): Promise<unknown> => await sql`update permissions set is_enabled = ${isEnabled} where id = ${house.roleIds[1] ?? ''}`.execute(db);
    await enabled(false);
    const made = await ask(db, admin, { type: 'adminAdd', named: { targetId: userId, policyId } });
    expect(await requestNow(db, made.id)).toMatchObject({ state: 'partiallyDelivered', codes: ['resourceGone'] });
    await enabled(true);
    await as(db, { caller: admin }, async (work) => await reprocessRequest(work, made.id));
    expect(await requestNow(db, made.id)).toMatchObject({ state: 'delivered', codes: [] });
    expect(await grantsAt(db, userId, new Date())).toHaveLength(2);
    expect(await refusal(as(db, { caller: admin }, async (work) => await reprocessRequest(work, made.id)))).toEqual(['ruleBroken']);
  });

  it('fails whole when nothing can be delivered', async () => {
    const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house, [])];
    await addRole(db, house, { packageId, roleId: newId() });
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    const made = await ask(db, admin, { type: 'adminAdd', named: { targetId: userId, policyId } });
    expect(await requestNow(db, made.id)).toMatchObject({ state: 'deliveryFailed', assignmentId: null });
  });

  it('changes the end and takes access away', async () => {
    const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
    await makePolicy(db, packageId);
    const { assignmentId } = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    const end = new Date(Date.now() + 3_600_000);
    await ask(db, admin, { type: 'adminUpdate', named: { assignmentId }, schedule: { expiration: { type: 'afterDateTime', endDateTime: end.toISOString() } } });
    expect(await grantsAt(db, userId, new Date())).toEqual([{ role: house.roleIds[0], ends: end.setUTCMilliseconds(0) }]);
    await ask(db, person(userId), { type: 'userRemove', named: { assignmentId } });
    expect(await grantsAt(db, userId, new Date())).toEqual([]);
    expect(await refusal(ask(db, person(userId), { type: 'userRemove', named: { assignmentId } }))).toEqual(['notFound']);
  });
});
