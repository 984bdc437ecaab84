import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { CallingHouse, calloutsOf } from '../../../../test/support/extensions.ts';
import { refusalOf } from '../../../../test/support/graph-work.ts';
import { as, ask, makePackage, makePolicy, requestNow, serverWork } from '../../../../test/support/lifecycle.ts';
import { inTransaction } from '../../../platform/db/transaction.ts';
import { reprocessRequest, retryRequest } from './change.ts';

const { db } = await testDatabase();
const calling = await CallingHouse.build(db);
const { house, admin } = calling;

/** A package that the caller holds, and that excludes another from now on. */
async function holdExcluding(caller: Awaited<ReturnType<typeof calling.newPerson>>, packageId: string): Promise<string> {
  const other = await makePackage(db, house);
  await makePolicy(db, other);
  await ask(db, caller, { type: 'userAdd', named: { accessPackageId: other } });
  await sql`insert into incompatible_packages values (${other}, ${packageId})`.execute(db);
  return other;
}

describe('what has come to exclude a package', () => {
  it.each(['assignmentRequestCreated', 'assignmentRequestApproved'] as const)('denies a request that is resumed at %s, and the call has been answered', async (stage) => {
    const { packageId } = await calling.called([stage], { extension: { waitsFor: 'PT1H' } });
    const caller = await calling.newPerson();
    const made = await calling.request(caller, packageId);
    const other = await holdExcluding(caller, packageId);
    const [callout] = await calloutsOf(db, made.id);
    await calling.resume(made.id, { stage, customExtensionStageInstanceId: callout?.id });
    expect(await requestNow(db, made.id)).toMatchObject({ state: 'denied', codes: ['incompatibleAccessPackage'], assignmentId: null });
    expect(await calloutsOf(db, made.id)).toMatchObject([{ state: 'callbackReceived' }]);
    expect(other).not.toBe(packageId);
  });

  it('is told to the administrator who tries a failed delivery again, and kept when the server does', async () => {
    const { packageId } = await calling.called([]);
    await sql`update permissions set is_enabled = false where id = ${house.roleIds[0]}`.execute(db);
    const caller = await calling.newPerson();
    const { id } = await ask(db, caller, { type: 'userAdd', named: { accessPackageId: packageId } });
    expect(await requestNow(db, id)).toMatchObject({ state: 'deliveryFailed' });
    await sql`update permissions set is_enabled = true where id = ${house.roleIds[0]}`.execute(db);
    const other = await holdExcluding(caller, packageId);
    const refusal = await refusalOf(as(db, { caller: admin }, async (work) => { await reprocessRequest(work, id); }));
    expect([refusal.status, refusal.reasons.map(({ code }) => code), refusal.target]).toEqual([400, ['incompatibleAccessPackage'], other]);
    await inTransaction(db, async (tx) => { await retryRequest(serverWork(tx), id); });
    expect(await requestNow(db, id)).toMatchObject({ state: 'deliveryFailed', codes: ['incompatibleAccessPackage'] });
    await sql`delete from incompatible_packages where incompatible_id = ${packageId}`.execute(db);
    await as(db, { caller: admin }, async (work) => { await reprocessRequest(work, id); });
    expect(await requestNow(db, id)).toMatchObject({ state: 'delivered' });
  });
});
