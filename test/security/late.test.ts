/** What failed and is tried again later is not given to whom it is meant no more. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { makeCompany } from '../support/automatic.ts';
import { testDatabase } from '../support/database.ts';
import { administrator, ask, makeObject, makePackage, makePolicy, requestNow } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const company = await makeCompany(db);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const setGone = async (isGone: boolean): Promise<void> => { await sql`update directory_objects set deleted_at = case when ${isGone} then now() end where id = ${company.house.servicePrincipalId}`.execute(db); };
const day = 86_400_000;

describe('what a rule would have given', () => {
  it.each([true, false])('is not given to whoever matches it no more (taken by the rule, too: %s)', async (removes) => {
    const given = await company.ruled({ removes });
    const [pat, sam] = [await company.hire(given.department), await company.hire(given.department)];
    await setGone(true);
    await company.sweep();
    expect(await company.requestsOf(pat)).toEqual(['systemAdd deliveryFailed']);
    await company.move([pat], null);
    await company.sweep();
    await setGone(false);
    company.pass(day);
    await company.sweep();
    company.pass(day);
    await company.sweep();
    expect([await company.has(pat), await company.has(sam)]).toEqual([false, true]);
    expect(await company.requestsOf(pat)).toEqual(['systemAdd deliveryFailed']);
  });
});

it('what has come to be excluded is not given by another try', async () => {
  const [packageId, other, target] = [await makePackage(db, company.house), await makePackage(db, company.house), await makeObject(db, 'user')];
  const [policyId, otherPolicy] = [await makePolicy(db, packageId, { scope: 'notSpecified' }), await makePolicy(db, other, { scope: 'notSpecified' })];
  await setGone(true);
  const { id } = await ask(db, admin, { type: 'adminAdd', named: { targetId: target, policyId } });
  await setGone(false);
  await ask(db, admin, { type: 'adminAdd', named: { targetId: target, policyId: otherPolicy } });
  await sql`insert into incompatible_packages (access_package_id, incompatible_id) values (${packageId}, ${other})`.execute(db);
  company.pass(day);
  await company.sweep();
  expect((await requestNow(db, id)).state).toBe('deliveryFailed');
});
