import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { CallingHouse, calloutsOf, isSignedBy, makeAllCalls, queuedCount } from '../../../test/support/extensions.ts';
import { as, serverWork } from '../../../test/support/lifecycle.ts';
import { inTransaction, one } from '../../platform/db/transaction.ts';
import { endAssignments } from '../grants/commands/delivery.ts';
import { deletePackage } from '../packages/store/packages.ts';
import { submitRequest } from '../requests/commands/submit.ts';

const { db } = await testDatabase();
const calling = await CallingHouse.build(db);
const { receiver, house, start, clock, world, sweep } = calling;
const requestStages = ['assignmentRequestCreated', 'assignmentRequestApproved', 'assignmentRequestGranted', 'assignmentRequestRemoved'] as const;
const minute = 60_000;
const day = 24 * 60 * minute;

describe('a call', () => {
  it('is made once for each stage, signed, and tells what happened to whom', async () => {
    const { packageId, policyId, extensionId } = await calling.called(requestStages);
    const caller = await calling.newPerson();
    const made = await calling.request(caller, packageId);
    expect(made).toMatchObject({ state: 'delivered', row: { customExtensionCalloutInstances: [{ customExtensionId: extensionId }, {}, {}] } });
    await makeAllCalls(world);
    await inTransaction(db, async (tx) => await endAssignments(serverWork(tx, clock.now()), [made.assignmentId ?? ''], { cause: 'removed', why: null }));
    await makeAllCalls(world);
    expect(receiver.stages).toEqual(['AssignmentRequestCreated', 'AssignmentRequestApproved', 'AssignmentRequestGranted', 'AssignmentRequestRemoved']);
    expect(receiver.arrived.every((call) => isSignedBy(world.signer.published, call))).toBe(true);
    const [first, , granted, removed] = receiver.arrived;
    expect(first?.body).toMatchObject({
      AccessPackageAssignmentRequestId: made.id, RequestType: 'UserAdd', CallbackUriPath: null, Requestor: { ObjectId: caller.principalId, Type: 'User' }, Subject: { ObjectId: caller.principalId },
      AccessPackage: { Id: packageId }, AccessPackageCatalog: { Id: house.catalogId }, Policy: { Id: policyId }, Answers: [], Assignment: null,
    });
    expect(granted?.body).toMatchObject({ CustomExtensionStageInstanceId: granted?.headers['webhook-id'], State: 'Delivered', Assignment: { Id: made.assignmentId, Target: { ObjectId: caller.principalId } } });
    expect(removed?.body).toMatchObject({ AccessPackageAssignmentRequestId: null, Subject: { ObjectId: caller.principalId }, Assignment: { Id: made.assignmentId, State: 'Expired' } });
    expect((await calloutsOf(db, made.id)).map(({ state, attempts }) => [state, attempts])).toEqual([['calloutSent', 1], ['calloutSent', 1], ['calloutSent', 1]]);
    expect((await calloutsOf(db, made.assignmentId ?? '')).map(({ stage }) => stage)).toEqual(['assignmentRequestGranted', 'assignmentRequestRemoved']);
  });

  it('is tried again with pauses, each time under the same id, and given up after its tries with the reason', async () => {
    const { packageId } = await calling.called(['assignmentRequestGranted'], { extension: { retries: 2 } });
    receiver.answer = () => 503;
    const made = await calling.request(await calling.newPerson(), packageId);
    await makeAllCalls(world);
    await makeAllCalls(world);
    expect(receiver.arrived).toHaveLength(1);
    for (const ms of [10_000, 50_000, 250_000]) { clock.set(new Date(clock.now().getTime() + ms)); await makeAllCalls(world); }
    expect(new Set(receiver.arrived.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect([receiver.arrived.length, await queuedCount(db)]).toEqual([3, 0]);
    expect(await calloutsOf(db, made.id)).toMatchObject([{ state: 'calloutFailed', attempts: 3, error: 'The endpoint answered 503.' }]);
    expect(made.state).toBe('delivered');
    expect(await one(db, sql`select why from audit_events where activity = 'Call custom extension' and ${made.id}::uuid = any(target_ids)`)).toEqual({ why: 'The call failed: The endpoint answered 503.' });
  });

  it('that was answered after another process took it over is written once', async () => {
    const { packageId } = await calling.called(['assignmentRequestGranted']);
    const made = await calling.request(await calling.newPerson(), packageId);
    receiver.answer = async () => {
      receiver.answer = () => 202;
      clock.set(new Date(clock.now().getTime() + 2 * minute));
      await makeAllCalls(world);
      return 500;
    };
    await makeAllCalls(world);
    expect(receiver.arrived).toHaveLength(2);
    expect(await calloutsOf(db, made.id)).toMatchObject([{ state: 'calloutSent', attempts: 2, error: null }]);
    expect(await queuedCount(db)).toBe(0);
  });

  it('is never made into this network unless its host is named', async () => {
    const { packageId } = await calling.called(['assignmentRequestGranted']);
    const made = await calling.request(await calling.newPerson(), packageId);
    await makeAllCalls({ ...world, allowed: [] });
    expect(receiver.arrived).toEqual([]);
    expect(await calloutsOf(db, made.id)).toMatchObject([{ state: 'calloutFailed', attempts: 1 }]);
  });

  it('shows a token where the extension names who it is for', async () => {
    const { packageId } = await calling.called(['assignmentRequestGranted'], { extension: { resourceId: 'api' } });
    await calling.request(await calling.newPerson(), packageId);
    await makeAllCalls(world);
    expect(receiver.arrived[0]?.headers.authorization).toBe('Bearer token for api');
  });

  it('is made although its package was deleted in the meantime', async () => {
    const { packageId } = await calling.called(['assignmentRequestRemoved']);
    const made = await calling.request(await calling.newPerson(), packageId);
    await inTransaction(db, async (tx) => {
      await endAssignments(serverWork(tx, clock.now()), [made.assignmentId ?? ''], { cause: 'removed', why: null });
      await deletePackage(tx, packageId);
    });
    await makeAllCalls(world);
    expect(receiver.stages).toEqual(['AssignmentRequestRemoved']);
    expect([await calloutsOf(db, made.id), await queuedCount(db)]).toEqual([[], 0]);
  });

  it('is not made by a step that did not happen', async () => {
    const { packageId } = await calling.called(requestStages);
    const caller = await calling.newPerson();
    await expect(as(db, { caller, now: clock.now() }, async (work) => {
      await submitRequest(work, { asked: { type: 'userAdd', justification: null, answers: [], schedule: {} }, named: { accessPackageId: packageId } });
      expect(await work.tx.selectNoFrom(sql<number>`(select count(*)::integer from callout_queue)`.as('n')).executeTakeFirst()).toEqual({ n: 3 });
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await queuedCount(db)).toBe(0);
  });
});

describe('the end of an assignment', () => {
  it('is told fourteen days and one day before, once each, and again when it was moved', async () => {
    const { packageId } = await calling.called(['assignmentFourteenDaysBeforeExpiration', 'assignmentOneDayBeforeExpiration'], { expiration: { type: 'afterDuration', duration: 'P30D' }, extension: { type: 'accessPackageAssignmentWorkflowExtension' } });
    const { assignmentId = '' } = await calling.request(await calling.newPerson(), packageId);
    const pass = async (ms: number): Promise<readonly unknown[]> => {
      clock.set(new Date(start.getTime() + ms));
      await sweep.run();
      await sweep.run();
      await makeAllCalls(world);
      return receiver.stages;
    };
    expect(await pass(16 * day - minute)).toEqual([]);
    expect(await pass(16 * day)).toEqual(['AssignmentFourteenDaysBeforeExpiration']);
    await sql`update assignments set ends_at = ends_at + interval '240 hours' where id = ${assignmentId}`.execute(db);
    expect(await pass(26 * day)).toHaveLength(2);
    expect(await pass(39 * day)).toEqual(['AssignmentFourteenDaysBeforeExpiration', 'AssignmentFourteenDaysBeforeExpiration', 'AssignmentOneDayBeforeExpiration']);
    expect(await pass(41 * day)).toHaveLength(3);
    expect((await calloutsOf(db, assignmentId)).map(({ state }) => state)).toEqual(['calloutSent', 'calloutSent', 'calloutSent']);
  });

  it('is not told to those whose access was never longer, and wakes the sweep in time', async () => {
    const { packageId } = await calling.called(['assignmentFourteenDaysBeforeExpiration'], { expiration: { type: 'afterDuration', duration: 'P3D' }, extension: { type: 'accessPackageAssignmentWorkflowExtension' } });
    await calling.request(await calling.newPerson(), packageId);
    expect(await sweep.nextDue()).toEqual(new Date(start.getTime() + 2 * day));
    await sweep.run();
    expect(await queuedCount(db)).toBe(0);
  });
});
