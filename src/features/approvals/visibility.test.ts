/** Who is told who decided: a stage's approverInformationVisibility, and behind it what administrators set (contract §1.5, §1.9). */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { personCaller } from '../../../test/support/entitlement.ts';
import { GraphDoor } from '../../../test/support/graph-door.ts';
import { administrator, approvedBy, as, ask, link, makeHouse, makeObject, makePackage, makePolicy, person, stagesOf } from '../../../test/support/lifecycle.ts';
import type { Caller } from '../../kernel/caller.ts';
import { isRecord } from '../../kernel/json.ts';
import { newId } from '../../platform/ids.ts';
import { entitlementRole } from '../roles/model.ts';
import { decideStage } from './commands/decide.ts';

const { db } = await testDatabase();
const graph = new GraphDoor(db);
const house = await makeHouse(db);
const admin = administrator(newId());
const em = '/identityGovernance/entitlementManagement';

/** A request that `approver` has approved, and who made it. */
async function decided(visibility?: 'default' | 'notVisible' | 'visible') {
  const [asker, approver, other, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'user'), await makePackage(db, house)];
  const approval = approvedBy([[approver, other]]);
  const stages = Array.isArray(approval['stages']) ? approval['stages'].map((stage: unknown) => (isRecord(stage) ? { ...stage, ...(visibility && { approverInformationVisibility: visibility }) } : stage)) : [];
  await makePolicy(db, packageId, { approval: { ...approval, stages } });
  const { id } = await ask(db, person(asker), { type: 'userAdd', named: { accessPackageId: packageId } });
  await as(db, { caller: person(approver) }, async (work) => await decideStage(work, { requestId: id, stageId: (await stagesOf(db, id))[0]?.id ?? '' }, { reviewResult: 'Approve', justification: null }));
  return { id, asker, approver, other };
}

/** Who decided, as a caller is told; undefined when it is not told. */
async function reviewerSeenBy(caller: Caller, id: string): Promise<unknown> {
  const [stage] = await graph.list(`${em}/accessPackageAssignmentApprovals/${id}/stages`, { caller });
  expect(stage).toMatchObject({ reviewResult: 'Approve' });
  return isRecord(stage?.['reviewedBy']) ? stage['reviewedBy']['id'] : undefined;
}

const setTenant = async (body: object): Promise<void> => {
  expect((await graph.send('PUT', `${em}/controlConfigurations/endUserSettings`, { caller: admin, body })).status).toBe(200);
};

describe('whoever asked is told who decided', () => {
  it.each([
    ['visible', true, true], ['visible', false, true], ['notVisible', true, false], ['notVisible', false, false], ['default', true, true], ['default', false, false], [undefined, true, true], [undefined, false, false],
  ] as const)('with a stage that says %s while the tenant says %s: %s', async (visibility, showApproverDetailsToMembers, isTold) => {
    const { id, asker, approver } = await decided(visibility);
    await setTenant({ showApproverDetailsToMembers });
    expect(await reviewerSeenBy(person(asker), id)).toBe(isTold ? approver : undefined);
  });

  it('not at all while the settings are switched off, nor as a guest unless the stage says so', async () => {
    await setTenant({ isEnabled: false });
    const [plain, open] = [await decided(), await decided('visible')];
    expect(await reviewerSeenBy(person(plain.asker), plain.id)).toBeUndefined();
    await setTenant({});
    expect(await reviewerSeenBy(person(plain.asker), plain.id)).toBe(plain.approver);
    for (const { asker } of [plain, open]) await sql`update directory_objects set data = '{"userType": "Guest"}' where id = ${asker}`.execute(db);
    expect(await reviewerSeenBy(person(plain.asker), plain.id)).toBeUndefined();
    expect(await reviewerSeenBy(person(open.asker), open.id)).toBe(open.approver);
  });

  it('nor by asking for it in a filter', async () => {
    const [shown, hidden] = [await decided('visible'), await decided('notVisible')];
    const found = async (caller: Caller, { id, approver }: { readonly id: string; readonly approver: string }) =>
      (await graph.list(`${em}/accessPackageAssignmentApprovals/${id}/stages?$filter=reviewedBy/id eq '${approver}'`, { caller })).length;
    expect([await found(person(shown.asker), shown), await found(person(hidden.asker), hidden), await found(admin, hidden)]).toEqual([1, 0, 1]);
    const nested = `${em}/accessPackageAssignmentApprovals?$filter=stages/any(s:s/reviewedBy/id eq '${hidden.approver}')`;
    expect(await graph.list(nested, { caller: person(hidden.asker) })).toEqual([]);
    expect(await graph.list(`${em}/accessPackageAssignmentApprovals?$expand=stages`, { caller: person(hidden.asker) })).toMatchObject([{ stages: [{ reviewedBy: null }] }]);
  });
});

describe('who decided a stage that hides it is told to', () => {
  it('whoever decided or could have, administrators, and those who read the catalog; not to the manager of whoever asked', async () => {
    const { id, asker, approver, other } = await decided('notVisible');
    const manager = await makeObject(db, 'user');
    await link(db, 'manager', [asker, manager]);
    const reader = personCaller(newId(), { entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogReader, catalogId: house.catalogId }] });
    for (const caller of [person(approver), person(other), admin, reader]) expect(await reviewerSeenBy(caller, id)).toBe(approver);
    expect(await reviewerSeenBy(person(manager), id)).toBeUndefined();
  });
});
