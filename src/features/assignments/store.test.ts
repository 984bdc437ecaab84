import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { as, administrator, approvedBy, ask, grantsAt, link, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, serverWork, stagesOf, workload } from '../../../test/support/lifecycle.ts';
import { all, inTransaction } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { Problem } from '../../kernel/problem.ts';
import { decideStage } from '../approvals/commands/decide.ts';
import { endAssignments } from '../grants/commands/delivery.ts';
import { markEnded, moveEnd, writeDelivery } from '../grants/store/delivery.ts';
import { endAccess, packageRolesChanged, reprocessAssignment } from './commands.ts';
import { passDelivery, passWithout } from './rules.ts';
import { findNextDue } from './store.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 3);
const admin = administrator(await makeObject(db, 'servicePrincipal'));

describe('due times', () => {
  it('come from indexes, however much there is', async () => {
    const [targetId, packageId] = [await makeObject(db, 'servicePrincipal'), await makePackage(db, house)];
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at, expired_at)
      select gen_random_uuid(), ${packageId}, ${policyId}, ${targetId}, 'expired', 'x', now(), now(), now() from generate_series(1, 5000)`.execute(db);
    await sql`analyze assignments`.execute(db);
    const plan = await all(db, sql<{ 'QUERY PLAN': string }>`explain select id from assignments
      where state not in ('expired', 'deliveryFailed') and ends_at < 'infinity' and ends_at <= now() order by ends_at limit 500 for update skip locked`);
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('assignments_ending');
    const due = new Date(new Date(Date.now() + 3_600_000).setUTCMilliseconds(0));
    await ask(db, admin, { type: 'adminAdd', named: { targetId, policyId }, schedule: { expiration: { type: 'afterDateTime', endDateTime: due.toISOString() } } });
    expect(await findNextDue(db, [])).toEqual(due);
  });
});

describe('an identity that is deleted', () => {
  it('loses its access, what it asked for, what others hold on it, and its roles', async () => {
    const [gone, other, agent, packageId, slow] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'agentIdentity'), await makePackage(db, house), await makePackage(db, house)];
    await makePolicy(db, packageId);
    await makePolicy(db, slow, { approval: approvedBy([[other]]) });
    await link(db, 'owner', [agent, gone]);
    await ask(db, person(gone), { type: 'userAdd', named: { accessPackageId: packageId } });
    const open = await ask(db, person(gone), { type: 'userAdd', named: { accessPackageId: slow } });
    await sql`insert into role_definitions (id, provider, display_name, description) values ('00000000-0000-0000-0000-0000000000aa', 'directory', 'r', 'r') on conflict do nothing`.execute(db);
    await sql`insert into role_assignments (id, provider, principal_id, role_definition_id) values (${newId()}, 'directory', ${gone}, '00000000-0000-0000-0000-0000000000aa')`.execute(db);
    await inTransaction(db, async (tx) => await endAccess(serverWork(tx), [gone]));
    expect(await grantsAt(db, gone, new Date(0))).toEqual([]);
    expect((await requestNow(db, open.id)).state).toBe('canceled');
    expect(await all(db, sql`select 1 from role_assignments where principal_id = ${gone}`)).toEqual([]);
    expect(await all(db, sql`select 1 from assignments where target_id = ${gone} and state <> 'expired'`)).toEqual([]);
    expect((await all(db, sql`select 1 from audit_events where ${gone}::uuid = any(target_ids) and operation = 'Unassign'`)).length).toBeGreaterThan(0);
  });
});

describe('a package that changes', () => {
  it('gives and takes the difference, and an assignment can be given again', async () => {
    const [targetId, packageId] = [await makeObject(db, 'servicePrincipal'), await makePackage(db, house, house.roleIds.slice(0, 2))];
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    const { assignmentId } = await ask(db, admin, { type: 'adminAdd', named: { targetId, policyId } });
    await sql`delete from package_roles where access_package_id = ${packageId} and permission_id = ${house.roleIds[0] ?? ''}`.execute(db);
    await inTransaction(db, async (tx) => await packageRolesChanged(serverWork(tx), packageId));
    expect((await grantsAt(db, targetId, new Date())).map(({ role }) => role)).toEqual([house.roleIds[1]]);
    await sql`delete from grants where principal_id = ${targetId}`.execute(db);
    await as(db, { caller: admin }, async (work) => await reprocessAssignment(work, assignmentId ?? ''));
    expect(await grantsAt(db, targetId, new Date())).toHaveLength(1);
    await expect(as(db, { caller: workload(targetId) }, async (work) => await reprocessAssignment(work, assignmentId ?? ''))).rejects.toThrow(Problem);
  });
});

describe('an assignment that has moved on', () => {
  it('is neither delivered nor ended nor prolonged by what was read before', async () => {
    const [targetId, packageId] = [await makeObject(db, 'servicePrincipal'), await makePackage(db, house)];
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    const id = (await ask(db, admin, { type: 'adminAdd', named: { targetId, policyId } })).assignmentId ?? '';
    const [again, end, longer] = [passDelivery('delivered', 'all'), passWithout('delivered', 'end'), passWithout('delivered', 'changeEnd')];
    if (again === undefined || end === undefined || longer === undefined) throw new Error('expected steps');
    await inTransaction(db, async (tx) => await endAssignments(serverWork(tx), [id], { cause: 'removed', why: null }));
    const origin = { actorId: null, requestId: null, at: new Date() };
    const roles = [{ kind: 'appRole', resourceId: house.servicePrincipalId, permissionId: house.roleIds[0] ?? '' }] as const;
    const delivery = { assignmentId: id, accessPackageId: packageId, policyId, targetId, isNew: false, passage: again, startsAt: new Date(), endsAt: 'infinity', roles };
    expect(await db.transaction().execute(async (tx) => await writeDelivery(tx, delivery, origin))).toBe(false);
    expect(await db.transaction().execute(async (tx) => await markEnded(tx, [{ id, passage: end }], { ...origin, status: undefined }))).toBe(false);
    expect(await db.transaction().execute(async (tx) => await moveEnd(tx, { id, passage: longer, endsAt: 'infinity' }, origin))).toBe(false);
    expect(await grantsAt(db, targetId, new Date())).toEqual([]);
    expect(await all(db, sql`select state, status from assignments where id = ${id}`)).toEqual([{ state: 'expired', status: 'Removed' }]);
  });

  it('has left its steps in the history, also where only its end moved', async () => {
    const [targetId, packageId] = [await makeObject(db, 'servicePrincipal'), await makePackage(db, house)];
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    const assignmentId = (await ask(db, admin, { type: 'adminAdd', named: { targetId, policyId } })).assignmentId ?? '';
    await ask(db, admin, { type: 'adminUpdate', named: { assignmentId }, schedule: { expiration: { type: 'afterDuration', duration: 'P1D' } } });
    await as(db, { caller: admin }, async (work) => await reprocessAssignment(work, assignmentId));
    await ask(db, admin, { type: 'adminRemove', named: { assignmentId } });
    const steps = await all(db, sql<{ step: string }>`select from_state || ' ' || event || ' ' || to_state as step from transitions where subject_id = ${assignmentId} order by id`);
    expect(steps.map(({ step }) => step)).toEqual(['delivering deliveryDone delivered', 'delivered changeEnd delivered', 'delivered reprocess delivering', 'delivering deliveryDone delivered', 'delivered end expired']);
  });
});

describe('deciding', () => {
  it('is for people, with a justification where the policy wants one', async () => {
    const [asker, approver, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makePackage(db, house)];
    const { stages, ...approval } = approvedBy([[approver]]) as { stages: readonly Record<string, unknown>[] };
    await makePolicy(db, packageId, { approval: { ...approval, stages: stages.map((stage) => ({ ...stage, isApproverJustificationRequired: true })) } });
    const made = await ask(db, person(asker), { type: 'userAdd', named: { accessPackageId: packageId } });
    const at = { requestId: made.id, stageId: (await stagesOf(db, made.id))[0]?.id ?? '' };
    const decide = (caller: Parameters<typeof as>[1]['caller'], justification: string | null) => as(db, { caller }, async (work) => await decideStage(work, at, { reviewResult: 'Approve', justification }));
    await expect(decide(admin, 'x')).rejects.toMatchObject({ problem: 'forbidden' });
    await expect(decide({ ...person(approver), kind: 'agentUser' }, 'x')).rejects.toMatchObject({ problem: 'forbidden' });
    await expect(decide(person(approver), null)).rejects.toMatchObject({ problem: 'missingProperty', target: 'justification' });
    expect(await decide(person(approver), 'fine')).toBe('delivered');
  });
});
