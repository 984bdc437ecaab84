/** Deliveries that do not succeed: kept account of, tried again by the clock and by hand, and never asked to be approved again. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { administrator, approvedBy, as, ask, grantsAt, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, stagesOf, type House } from '../../../test/support/lifecycle.ts';
import { silentLog } from '../../platform/db/log.ts';
import { all, inTransaction, maybe } from '../../platform/db/transaction.ts';
import { decideStage } from '../approvals/commands/decide.ts';
import { cancelRequest, reprocessRequest } from '../requests/commands/change.ts';
import { reprocessAssignment, retryDelivery, shutOut } from './commands.ts';
import { lifecycleSweep } from './jobs.ts';
import { findNextDue } from './store.ts';

const { db } = await testDatabase();
const admin = administrator(await makeObject(db, 'servicePrincipal'));
let now = new Date();
const sweep = async (): Promise<void> => { await lifecycleSweep({ db, clock: { now: () => now }, log: silentLog }).run(); };

const setDeleted = async (id: string, isDeleted: boolean): Promise<void> => { await sql`update directory_objects set deleted_at = case when ${isDeleted} then now() end where id = ${id}`.execute(db); };
const failing = async (id: string) => await maybe(db, sql<{ attempts: number; codes: readonly string[]; pause: number | null }>`
  select attempts, array(select r ->> 'code' from jsonb_array_elements(failure) r) as codes, extract(epoch from next_at - failed_at)::integer as pause from failing_deliveries where id = ${id}`);
const stateOf = async (id: string | null) => (await maybe(db, sql<{ state: string }>`select state from assignments where id = ${id}::uuid`))?.state;
const makeDue = async (id: string): Promise<void> => { await sql`update failing_deliveries set next_at = now() - interval '1 second', failed_at = now() - interval '2 seconds' where id = ${id}`.execute(db); now = new Date(); };

/** A package with a role of each of two houses, which share a catalog. */
async function ofTwo(): Promise<{ readonly packageId: string; readonly one: House; readonly other: House }> {
  const [one, other] = [await makeHouse(db), await makeHouse(db)];
  const packageId = await makePackage(db, one);
  await sql`insert into package_roles (access_package_id, resource_id, role_id, scope_id, role_origin_id, grant_kind, directory_object_id, permission_id)
    values (${packageId}, ${other.resourceId}, ${other.roleIds[0]}, ${other.resourceId}, ${other.roleIds[0]}, 'appRole', ${other.servicePrincipalId}, ${other.roleIds[0]})`.execute(db);
  return { packageId, one, other };
}

describe('a delivery of which a part is missing', () => {
  it('is tried again with growing pauses, shows what is wrong, and is whole when the resource is back; nobody approves twice', async () => {
    const { packageId, other } = await ofTwo();
    const [asker, approver] = [await makeObject(db, 'user'), await makeObject(db, 'user')];
    await makePolicy(db, packageId, { approval: approvedBy([[approver]]) });
    const { id } = await ask(db, person(asker), { type: 'userAdd', named: { accessPackageId: packageId } });
    await setDeleted(other.servicePrincipalId, true);
    const stageId = (await stagesOf(db, id))[0]?.id ?? '';
    expect(await as(db, { caller: person(approver) }, async (work) => await decideStage(work, { requestId: id, stageId }, { reviewResult: 'Approve', justification: null }))).toBe('partiallyDelivered');
    const { assignmentId } = await requestNow(db, id);
    expect(await failing(assignmentId ?? '')).toEqual({ attempts: 1, codes: ['resourceGone'], pause: 60 });
    await makeDue(assignmentId ?? '');
    expect((await findNextDue(db, []))?.getTime()).toBeLessThanOrEqual(now.getTime());
    await sweep();
    expect(await failing(assignmentId ?? '')).toEqual({ attempts: 2, codes: ['resourceGone'], pause: 300 });
    expect((await requestNow(db, id)).state).toBe('partiallyDelivered');
    await setDeleted(other.servicePrincipalId, false);
    now = new Date();
    await sweep();
    expect([(await requestNow(db, id)).state, await stateOf(assignmentId)]).toEqual(['delivered', 'delivered']);
    expect(await failing(assignmentId ?? '')).toBeUndefined();
    expect(await grantsAt(db, asker, new Date())).toHaveLength(2);
    expect((await stagesOf(db, id)).map(({ status, result }) => [status, result])).toEqual([['Completed', 'Approve']]);
  });

  it('is noticed when the resource goes while the access is held, and mended when it comes back', async () => {
    const { packageId, other } = await ofTwo();
    const target = await makeObject(db, 'servicePrincipal');
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    const { assignmentId = '' } = await ask(db, admin, { type: 'adminAdd', named: { targetId: target, policyId } });
    await setDeleted(other.servicePrincipalId, true);
    now = new Date();
    await sweep();
    expect(await stateOf(assignmentId)).toBe('partiallyDelivered');
    expect(await failing(assignmentId)).toMatchObject({ attempts: 1, codes: ['resourceGone'] });
    await setDeleted(other.servicePrincipalId, false);
    now = new Date();
    await sweep();
    expect(await stateOf(assignmentId)).toBe('delivered');
    expect(await failing(assignmentId)).toBeUndefined();
  });

  it('is given up when the access ends', async () => {
    const { packageId, other } = await ofTwo();
    const target = await makeObject(db, 'servicePrincipal');
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    await setDeleted(other.servicePrincipalId, true);
    const { id, assignmentId = '' } = await ask(db, admin, { type: 'adminAdd', named: { targetId: target, policyId } });
    await ask(db, admin, { type: 'adminRemove', named: { assignmentId } });
    await expect(as(db, { caller: admin }, async (work) => await reprocessRequest(work, id))).rejects.toMatchObject({ problem: 'ruleBroken' });
    await makeDue(assignmentId);
    await sweep();
    expect(await failing(assignmentId)).toBeUndefined();
    expect(await stateOf(assignmentId)).toBe('expired');
    await inTransaction(db, async (tx) => await retryDelivery({ tx, now, requestId: assignmentId, clientRequestId: assignmentId }, assignmentId));
  });
});

describe('a delivery of nothing', () => {
  async function failed() {
    const [house, target] = [await makeHouse(db), await makeObject(db, 'servicePrincipal')];
    const packageId = await makePackage(db, house);
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    await setDeleted(house.servicePrincipalId, true);
    const made = await ask(db, admin, { type: 'adminAdd', named: { targetId: target, policyId } });
    return { house, target, packageId, policyId, made };
  }

  it('is tried again by itself and by hand, at any time after', async () => {
    const { house, target, made } = await failed();
    expect(made).toMatchObject({ state: 'deliveryFailed', assignmentId: undefined });
    expect(await failing(made.id)).toEqual({ attempts: 1, codes: ['resourceGone'], pause: 60 });
    await sql`update assignment_requests set completed_at = now() - interval '400 days' where id = ${made.id}`.execute(db);
    await sql`update failing_deliveries set first_at = now() - interval '400 days', next_at = null where id = ${made.id}`.execute(db);
    await as(db, { caller: admin }, async (work) => await reprocessRequest(work, made.id));
    expect(await failing(made.id)).toEqual({ attempts: 2, codes: ['resourceGone'], pause: null });
    await sql`update directory_objects set deleted_at = null where id = ${house.servicePrincipalId}`.execute(db);
    now = new Date();
    await sweep();
    expect((await requestNow(db, made.id)).state).toBe('delivered');
    expect(await failing(made.id)).toBeUndefined();
    expect(await grantsAt(db, target, new Date())).toHaveLength(1);
  });

  it('is given up when the identity got the package otherwise', async () => {
    const { house, target, policyId, made } = await failed();
    await sql`update directory_objects set deleted_at = null where id = ${house.servicePrincipalId}`.execute(db);
    const second = await ask(db, admin, { type: 'adminAdd', named: { targetId: target, policyId } });
    expect(second.state).toBe('delivered');
    now = new Date();
    await sweep();
    expect([(await requestNow(db, made.id)).state, await failing(made.id)]).toEqual(['deliveryFailed', undefined]);
  });

  it('is for administrators to reprocess', async () => {
    const { target, made } = await failed();
    await expect(as(db, { caller: person(target) }, async (work) => await reprocessRequest(work, made.id))).rejects.toMatchObject({ problem: 'forbidden' });
    await expect(as(db, { caller: admin }, async (work) => await reprocessAssignment(work, made.id))).rejects.toMatchObject({ problem: 'notFound' });
  });
});

describe('who is disabled', () => {
  it('waits for nothing: open requests by and for it are cancelled, what is granted and begins later stays', async () => {
    const [house, boss, person1] = [await makeHouse(db), await makeObject(db, 'user'), await makeObject(db, 'user')];
    const [slow, later] = [await makePackage(db, house), await makePackage(db, house)];
    await makePolicy(db, slow, { approval: approvedBy([[boss]]) });
    await makePolicy(db, later);
    const open = await ask(db, person(person1), { type: 'userAdd', named: { accessPackageId: slow } });
    const planned = await ask(db, person(person1), { type: 'userAdd', named: { accessPackageId: later }, schedule: { startDateTime: new Date(Date.now() + 86_400_000).toISOString() } });
    expect([open.state, planned.state]).toEqual(['pendingApproval', 'scheduled']);
    await inTransaction(db, async (tx) => await shutOut({ tx, now: new Date(), requestId: open.id, clientRequestId: open.id }, [person1]));
    expect([(await requestNow(db, open.id)).state, (await requestNow(db, planned.id)).state]).toEqual(['canceled', 'scheduled']);
    expect(await all(db, sql`select 1 from approval_stages s where s.request_id = ${open.id} and s.status in ('InProgress', 'Initializing')`)).toEqual([]);
    expect(await all(db, sql<{ why: string }>`select why from audit_events where activity = 'Cancel access package request' and ${open.id}::uuid = any(target_ids)`)).toEqual([{ why: 'An identity that asked or was to receive has been disabled.' }]);
    await as(db, { caller: admin }, async (work) => await cancelRequest(work, planned.id));
  });
});
