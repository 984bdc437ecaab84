import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { approvedBy, as, ask, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, serverWork, stagesOf } from '../../../test/support/lifecycle.ts';
import { all, inTransaction } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { cancelRequest } from '../requests/commands/change.ts';
import { entitlementRole } from '../roles/model.ts';
import { replaceLostApprovers } from './commands/asking.ts';
import { decideStage } from './commands/decide.ts';

const { db } = await testDatabase();
const house = await makeHouse(db);

async function pending(stages: readonly (readonly string[])[], fallback: readonly string[] = [], from = house) {
  const [asker, packageId] = [await makeObject(db, 'user'), await makePackage(db, from)];
  await makePolicy(db, packageId, { approval: approvedBy(stages, fallback) });
  const { id } = await ask(db, person(asker), { type: 'userAdd', named: { accessPackageId: packageId } });
  return { id, asker };
}

async function disable(...ids: readonly string[]): Promise<void> {
  await inTransaction(db, async (tx) => {
    await sql`update directory_objects set account_enabled = false where id = any(${ids}::uuid[])`.execute(tx);
    await replaceLostApprovers(serverWork(tx), ids);
  });
}

const users = async (count: number): Promise<readonly string[]> => await Promise.all(Array.from({ length: count }, () => makeObject(db, 'user')));
const asked = async (id: string, stage = 0): Promise<readonly string[]> => (await stagesOf(db, id))[stage]?.approvers.toSorted() ?? [];
const approve = async (id: string, stage: number, who: string) => await as(db, { caller: person(who) }, async (work) => await decideStage(work, { requestId: id, stageId: (await stagesOf(db, id))[stage]?.id ?? '' }, { reviewResult: 'Approve', justification: null }));
const stepsOf = async (id: string): Promise<readonly string[]> => (await all(db, sql<{ step: string }>`
  select from_state || ' ' || event || ' ' || to_state as step from transitions where subject_id in (select s.id from approval_stages s where s.request_id = ${id}) order by id`)).map(({ step }) => step);

describe('an approver who is disabled', () => {
  it('is not missed while another can decide', async () => {
    const [one = '', two = ''] = await users(2);
    const { id } = await pending([[one, two]]);
    await disable(one);
    expect(await asked(id)).toEqual([two]);
    expect(await approve(id, 0, two)).toBe('delivered');
  });

  it('as the last one is replaced by the fallback, then by the owners of the catalog, and the trail says so', async () => {
    const [one = '', fallback = '', owner = ''] = await users(3);
    const own = await makeHouse(db);
    await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, catalog_id, app_scope_id)
      values (${newId()}, 'entitlementManagement', ${owner}, ${entitlementRole.catalogOwner}, ${own.catalogId}, ${`/AccessPackageCatalog/${own.catalogId}`})`.execute(db);
    const { id } = await pending([[one]], [fallback], own);
    await disable(one);
    expect(await asked(id)).toEqual([fallback]);
    await disable(fallback);
    expect(await asked(id)).toEqual([owner]);
    expect(await all(db, sql`select 1 from audit_events where ${id}::uuid = any(target_ids) and activity = 'Reassign access package approval'`)).toHaveLength(2);
    expect(await approve(id, 0, owner)).toBe('delivered');
  });

  it('with nobody left ends the request, with the reason', async () => {
    const [one = ''] = await users(1);
    const { id } = await pending([[one]]);
    await disable(one);
    expect(await requestNow(db, id)).toMatchObject({ state: 'denied', codes: ['noApproverLeft'] });
  });

  it('of a stage that has not opened is passed over when it opens', async () => {
    const [one = '', two = '', fallback = ''] = await users(3);
    const { id } = await pending([[one], [two]], [fallback]);
    await disable(two);
    expect(await approve(id, 0, one)).toBe('pendingApproval');
    expect(await asked(id, 1)).toEqual([fallback]);
  });
});

describe('stages', () => {
  it('leave a history of their own', async () => {
    const [one = '', two = ''] = await users(2);
    const { id, asker } = await pending([[one], [two], [two]]);
    await approve(id, 0, one);
    await as(db, { caller: person(asker) }, async (work) => await cancelRequest(work, id));
    expect((await stepsOf(id)).slice(0, 3)).toEqual(['Initializing open InProgress', 'InProgress approve Completed', 'Initializing open InProgress']);
    expect((await stepsOf(id)).slice(3).toSorted()).toEqual(['InProgress close Expired', 'Initializing close Expired']);
    expect((await stagesOf(db, id)).map(({ status }) => status)).toEqual(['Completed', 'Expired', 'Expired']);
  });
});

describe('the delivery after approvals', () => {
  it('is told as a delivery by Gatehouse that rests on those who approved', async () => {
    const [one = '', two = ''] = await users(2);
    const { id } = await pending([[one], [two]]);
    await approve(id, 0, one);
    await approve(id, 1, two);
    const [event] = await all(db, sql<{ additional: readonly { key: string; value: string }[]; initiator: string }>`
      select additional, initiator_id as initiator from audit_events where activity = 'Deliver access package assignment' and additional @> ${JSON.stringify([{ key: 'accessPackageAssignmentRequestId', value: id }])}::jsonb`);
    const said = Object.fromEntries(event?.additional.map(({ key, value }) => [key, value]) ?? []);
    expect(event?.initiator).toBe(two);
    expect(said['deliveredBy']).toBe('Gatehouse');
    expect(said['approvedBy']?.match(/[0-9a-f-]{36}/g)).toEqual([one, two]);
  });
});
