import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { CallingHouse, calloutsOf, makeAllCalls, queuedCount } from '../../../../test/support/extensions.ts';
import { refusalOf } from '../../../../test/support/graph-work.ts';
import { approvedBy, as, ask, requestNow, serverWork, stagesOf } from '../../../../test/support/lifecycle.ts';
import { all, inTransaction, one } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import { decideStage } from '../../approvals/commands/decide.ts';
import { endAccess } from '../../assignments/commands.ts';
import { cancelRequest } from './change.ts';

const { db } = await testDatabase();
const calling = await CallingHouse.build(db);
const { receiver, start, clock, world, sweep, admin } = calling;
const waiting = { extension: { waitsFor: 'PT1H' } };
const minute = 60_000;

describe('a request that waits', () => {
  it('goes on when it is resumed, and only once', async () => {
    const { packageId } = await calling.called(['assignmentRequestCreated'], waiting);
    const made = await calling.request(await calling.newPerson(), packageId);
    expect(made).toMatchObject({ state: 'submitted', assignmentId: undefined, row: { status: 'WaitingForCallback', customExtensionCalloutInstances: [{ status: 'waitingForCallback' }] } });
    await makeAllCalls(world);
    expect(receiver.arrived[0]?.body).toMatchObject({ Status: 'WaitingForCallback', CallbackUriPath: `/identityGovernance/entitlementManagement/assignmentRequests/${made.id}/resume`, CallbackUri: `http://house/v1.0/identityGovernance/entitlementManagement/assignmentRequests/${made.id}/resume` });
    const data = { stage: 'AssignmentRequestCreated', customExtensionStageInstanceId: receiver.arrived[0]?.body['CustomExtensionStageInstanceId'], customExtensionStageInstanceDetail: 'all well' };
    expect((await calloutsOf(db, made.id)).map(({ state }) => state)).toEqual(['waitingForCallback']);
    await calling.resume(made.id, data);
    expect(await requestNow(db, made.id)).toMatchObject({ state: 'delivered' });
    expect(await calloutsOf(db, made.id)).toMatchObject([{ state: 'callbackReceived', detail: 'all well' }]);
    expect((await refusalOf(calling.resume(made.id, data))).status).toBe(409);
  });

  it('is approved when it was resumed, and may wait once more before it is delivered', async () => {
    const boss = await calling.newPerson();
    const { packageId } = await calling.called(['assignmentRequestCreated', 'assignmentRequestApproved'], { ...waiting, approval: approvedBy([[boss.principalId]]) });
    const made = await calling.request(await calling.newPerson(), packageId);
    expect(await stagesOf(db, made.id)).toMatchObject([{ status: 'Initializing', approvers: [] }]);
    const [created] = await calloutsOf(db, made.id);
    await calling.resume(made.id, { stage: 'assignmentRequestCreated', customExtensionStageInstanceId: created?.id });
    const [stage] = await stagesOf(db, made.id);
    expect([await calling.statusOf(made.id), stage?.status, stage?.approvers]).toEqual(['PendingApproval', 'InProgress', [boss.principalId]]);
    await as(db, { caller: boss, now: clock.now() }, async (work) => await decideStage(work, { requestId: made.id, stageId: stage?.id ?? '' }, { reviewResult: 'Approve', justification: 'yes' }));
    expect([await calling.statusOf(made.id), (await requestNow(db, made.id)).state]).toEqual(['WaitingForCallback', 'pendingApproval']);
    const [, approved] = await calloutsOf(db, made.id);
    expect((await refusalOf(calling.resume(made.id, { stage: 'assignmentRequestCreated', customExtensionStageInstanceId: created?.id }))).reasons.map(({ code }) => code)).toEqual(['wrongInstance', 'wrongStage']);
    await calling.resume(made.id, { stage: 'assignmentRequestApproved', customExtensionStageInstanceId: approved?.id });
    expect(await requestNow(db, made.id)).toMatchObject({ state: 'delivered' });
  });

  it.each([['denied', 'denied', ['deniedByExtension']], ['Canceled', 'canceled', []]])('ends as the extension says: %s', async (state, expected, codes) => {
    const { packageId } = await calling.called(['assignmentRequestCreated', 'assignmentRequestApproved'], waiting);
    const made = await calling.request(await calling.newPerson(), packageId);
    const [callout] = await calloutsOf(db, made.id);
    await calling.resume(made.id, { stage: 'assignmentRequestCreated', customExtensionStageInstanceId: callout?.id, state, customExtensionStageInstanceDetail: 'two jobs at once' });
    expect(await requestNow(db, made.id)).toEqual({ state: expected, codes, assignmentId: null });
    expect(await calloutsOf(db, made.id)).toMatchObject([{ state: 'callbackReceived', detail: 'two jobs at once' }]);
  });

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['another call', { stage: 'assignmentRequestCreated', customExtensionStageInstanceId: newId() }, ['wrongInstance']],
    ['another stage', { stage: 'assignmentRequestApproved' }, ['wrongStage']],
    ['a state that is none', { stage: 'assignmentRequestCreated', state: 'delivered' }, ['wrongState']],
    ['approvers', { stage: 'assignmentRequestCreated', approvalStage: {} }, ['noApproversWanted']],
  ])('is not resumed by %s', async (_, data, codes) => {
    const { packageId } = await calling.called(['assignmentRequestCreated'], waiting);
    const made = await calling.request(await calling.newPerson(), packageId);
    const [callout] = await calloutsOf(db, made.id);
    const refusal = await refusalOf(calling.resume(made.id, { customExtensionStageInstanceId: callout?.id, ...data }));
    expect([refusal.status, refusal.reasons.map(({ code }) => code)]).toEqual([400, codes]);
    expect(await calling.statusOf(made.id)).toBe('WaitingForCallback');
  });

  it('is not resumed by whoever asks, by strangers, nor by a manager of assignments for itself', async () => {
    const { packageId } = await calling.called(['assignmentRequestCreated'], waiting);
    const caller = await calling.newPerson();
    const made = await calling.request(caller, packageId);
    const [callout] = await calloutsOf(db, made.id);
    const data = { stage: 'assignmentRequestCreated', customExtensionStageInstanceId: callout?.id };
    for (const who of [caller, await calling.newPerson(), { ...admin, principalId: caller.principalId }]) expect((await refusalOf(calling.resume(made.id, data, who))).status).toBe(403);
  });

  it('is denied when its time is over, by the sweep, and a late callback changes nothing', async () => {
    const { packageId } = await calling.called(['assignmentRequestCreated'], waiting);
    const made = await calling.request(await calling.newPerson(), packageId);
    await makeAllCalls(world);
    expect(await sweep.nextDue()).toEqual(new Date(start.getTime() + 60 * minute));
    clock.set(new Date(start.getTime() + 60 * minute));
    const [callout] = await calloutsOf(db, made.id);
    expect((await refusalOf(calling.resume(made.id, { stage: 'assignmentRequestCreated', customExtensionStageInstanceId: callout?.id }))).status).toBe(409);
    await sweep.run();
    expect(await sweep.run()).toBe(0);
    expect(await requestNow(db, made.id)).toEqual({ state: 'denied', codes: ['callbackTimedOut'], assignmentId: null });
    expect(await calloutsOf(db, made.id)).toMatchObject([{ state: 'callbackTimedOut' }]);
    expect(await one(db, sql`select from_state, to_state from transitions where subject_id = ${made.id} and event = 'callbackTimedOut'`)).toEqual({ from_state: 'submitted', to_state: 'denied' });
    expect(await all(db, sql`select event, to_state from transitions where subject_id = ${callout?.id} order by id`)).toEqual([{ event: 'answered', to_state: 'waitingForCallback' }, { event: 'timeOut', to_state: 'callbackTimedOut' }]);
  });

  it('still waits when the call failed: somebody may resume it', async () => {
    const { packageId } = await calling.called(['assignmentRequestCreated'], waiting);
    receiver.answer = () => 404;
    const made = await calling.request(await calling.newPerson(), packageId);
    await makeAllCalls(world);
    const [callout] = await calloutsOf(db, made.id);
    expect([callout?.state, await calling.statusOf(made.id)]).toEqual(['calloutFailed', 'WaitingForCallback']);
    await calling.resume(made.id, { stage: 'assignmentRequestCreated', customExtensionStageInstanceId: callout?.id });
    expect(await requestNow(db, made.id)).toMatchObject({ state: 'delivered' });
  });

  it('may be resumed before the extension has answered', async () => {
    const { packageId } = await calling.called(['assignmentRequestCreated'], waiting);
    const made = await calling.request(await calling.newPerson(), packageId);
    receiver.answer = async ({ body }) => {
      await calling.resume(made.id, { stage: 'assignmentRequestCreated', customExtensionStageInstanceId: body['CustomExtensionStageInstanceId'] });
      return 500;
    };
    await makeAllCalls(world);
    expect([await requestNow(db, made.id), await queuedCount(db)]).toMatchObject([{ state: 'delivered' }, 0]);
    expect(await calloutsOf(db, made.id)).toMatchObject([{ state: 'callbackReceived' }]);
  });

  it('can be cancelled, and ends with the identity that it is for; the call that was not made yet is not made', async () => {
    const { packageId } = await calling.called(['assignmentRequestCreated'], waiting);
    const [one_, other] = [await calling.newPerson(), await calling.newPerson()];
    const [first, second] = [await calling.request(one_, packageId), await calling.request(other, packageId)];
    await as(db, { caller: one_, now: clock.now() }, async (work) => { await cancelRequest(work, first.id); });
    await inTransaction(db, async (tx) => { await endAccess(serverWork(tx, clock.now()), [other.principalId]); });
    for (const { id } of [first, second]) {
      expect(await requestNow(db, id)).toMatchObject({ state: 'canceled' });
      expect(await calloutsOf(db, id)).toMatchObject([{ state: 'calloutFailed', error: 'The request ended before it was resumed.' }]);
    }
    await makeAllCalls(world);
    expect(receiver.arrived).toEqual([]);
  });

  it('waits for nobody when access is taken away', async () => {
    const { packageId } = await calling.called(['assignmentRequestCreated', 'assignmentRequestRemoved'], waiting);
    const caller = await calling.newPerson();
    const made = await calling.request(caller, packageId);
    const [callout] = await calloutsOf(db, made.id);
    await calling.resume(made.id, { stage: 'assignmentRequestCreated', customExtensionStageInstanceId: callout?.id });
    const { assignmentId } = await requestNow(db, made.id);
    const gone = await ask(db, caller, { type: 'userRemove', named: { assignmentId: assignmentId ?? '' }, now: clock.now() });
    expect(gone.state).toBe('delivered');
    await makeAllCalls(world);
    expect(receiver.stages).toEqual(['AssignmentRequestRemoved']);
  });
});
