/** Rule 4: who decides when those who were asked cannot: found when the request is made, when a stage opens, and when somebody goes. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { replaceLostApprovers } from '../../src/features/approvals/commands/asking.ts';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { endAccess } from '../../src/features/assignments/commands.ts';
import { all, inTransaction } from '../../src/platform/db/transaction.ts';
import { testDatabase } from '../support/database.ts';
import { approvedBy, as, ask, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, serverWork, stagesOf } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 1);

async function pending(stages: readonly (readonly string[])[], fallback: readonly string[] = []) {
  const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
  await makePolicy(db, packageId, { approval: approvedBy(stages, fallback) });
  const made = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
  return { userId, packageId, id: made.id, stageId: (await stagesOf(db, made.id))[0]?.id ?? '' };
}

describe('rule 4: nobody left', () => {
  const leave = async (ids: readonly string[]): Promise<void> => await inTransaction(db, async (tx) => {
    await endAccess(serverWork(tx), ids);
    await sql`update directory_objects set deleted_at = now() where id = any(${ids}::uuid[])`.execute(tx);
  });

  /** As the directory does it: the person is held, others are asked, and only then it cannot decide any longer. */
  const disable = async (id: string): Promise<void> => await inTransaction(db, async (tx) => {
    await sql`select 1 from directory_objects where id = ${id} for update`.execute(tx);
    await sql`update directory_objects set account_enabled = false where id = ${id}`.execute(tx);
    await replaceLostApprovers(serverWork(tx), [id]);
  });

  it('an approver who goes is replaced by a fallback, else the stage is denied with the reason', async () => {
    const [only, spare] = [await makeObject(db, 'user'), await makeObject(db, 'user')];
    const at = await pending([[only]], [spare]);
    await leave([only]);
    expect((await stagesOf(db, at.id))[0]?.approvers).toEqual([spare]);
    await leave([spare]);
    expect(await requestNow(db, at.id)).toMatchObject({ state: 'denied', codes: ['noApproverLeft'] });
  });

  it('a later stage that nobody can decide is denied when it opens', async () => {
    const [first, second] = [await makeObject(db, 'user'), await makeObject(db, 'user')];
    const at = await pending([[first], [second]]);
    await sql`update directory_objects set account_enabled = false where id = ${second}`.execute(db);
    const state = await as(db, { caller: person(first) }, async (work) => await decideStage(work, { requestId: at.id, stageId: at.stageId }, { reviewResult: 'Approve', justification: null }));
    expect(state).toBe('denied');
    expect(await requestNow(db, at.id)).toMatchObject({ state: 'denied', codes: ['noApproverLeft'] });
  });

  it('whatever approvers a policy names, a request has an enabled other person to decide it, or is refused', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ isEnabled: fc.boolean(), isFallback: fc.boolean(), isRequestor: fc.boolean() }), { maxLength: 4 }), async (people) => {
      const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
      const made = await Promise.all(people.map(async (one_) => ({ ...one_, id: one_.isRequestor ? userId : await makeObject(db, 'user') })));
      for (const { id, isEnabled } of made) if (id !== userId) await sql`update directory_objects set account_enabled = ${isEnabled} where id = ${id}`.execute(db);
      const pick = (isFallback: boolean): readonly string[] => made.filter((one_) => one_.isFallback === isFallback).map(({ id }) => id);
      const able = (isFallback: boolean): readonly string[] => made.filter((one_) => one_.isFallback === isFallback && one_.isEnabled && one_.id !== userId).map(({ id }) => id);
      await makePolicy(db, packageId, { approval: approvedBy([pick(false)], pick(true)) });
      const wanted = able(false).length > 0 ? able(false) : able(true);
      const asked = ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
      if (wanted.length === 0) await expect(asked).rejects.toThrow('nobody who can decide');
      else expect((await stagesOf(db, (await asked).id))[0]?.approvers.toSorted()).toEqual([...wanted].toSorted());
    }), { numRuns: 25 });
  }, 40_000);

  it('nobody is asked who goes at the same moment: another is, or the request is refused', async () => {
    await fc.assert(fc.asyncProperty(fc.boolean(), fc.boolean(), fc.boolean(), async (isSecondStage, hasFallback, isDisabled) => {
      const [first, only, spare, userId, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'user'), await makePackage(db, house)];
      await makePolicy(db, packageId, { approval: approvedBy(isSecondStage ? [[first], [only]] : [[only]], hasFallback ? [spare] : []) });
      const submit = async () => await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
      const made = isSecondStage ? await submit() : undefined;
      const stageId = made === undefined ? '' : (await stagesOf(db, made.id))[0]?.id ?? '';
      const opens = made === undefined ? submit : async () => await as(db, { caller: person(first) }, async (work) => await decideStage(work, { requestId: made.id, stageId }, { reviewResult: 'Approve', justification: null }));
      await Promise.allSettled([opens(), isDisabled ? disable(only) : leave([only])]);
      const waiting = await all(db, sql<{ approvers: string[] }>`
        select (select array_agg(x.principal_id) from stage_approvers x where x.stage_id = s.id) as approvers from approval_stages s join assignment_requests r on r.id = s.request_id where r.target_id = ${userId} and s.status = 'InProgress'`);
      expect(waiting.every(({ approvers }) => approvers.length === 1 && approvers[0] === spare)).toBe(true);
      if (hasFallback) expect(waiting).toHaveLength(1);
    }), { numRuns: 60 });
  }, 40_000);
});
