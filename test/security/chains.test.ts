/** Nobody approves what a program asked for that they hold the strings of, however many programs are between (decision 0007). */
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { as, ask, link, makeHouse, makeObject, makePackage, makePolicy, person, stagesOf, workload } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 1);
const member = async (groupId: string, principalId: string): Promise<void> => { await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${principalId}, ${groupId}, true)`.execute(db); };
const tie = async (kind: 'owner' | 'sponsor', sourceId: string, targetId: string): Promise<void> => await db.transaction().execute(async (tx) => { await link(tx, kind, [sourceId, targetId]); });

/** A program with its application. */
async function program(): Promise<{ readonly id: string; readonly applicationId: string }> {
  const appId = newId();
  const applicationId = await makeObject(db, 'application', appId);
  return { id: await makeObject(db, 'servicePrincipal', appId), applicationId };
}

/** Whether somebody may approve what a program asks for somebody else. */
async function mayApprove(askerId: string, approverId: string): Promise<boolean> {
  const [packageId, targetId, other] = [await makePackage(db, house), await makeObject(db, 'user'), await makeObject(db, 'user')];
  const named = (userId: string) => ({ '@odata.type': '#microsoft.graph.singleUser', userId });
  await makePolicy(db, packageId, {
    scope: 'allDirectoryUsers', requestor: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [{ '@odata.type': '#microsoft.graph.singleServicePrincipal', servicePrincipalId: askerId }] },
    approval: { isApprovalRequiredForAdd: true, stages: [{ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: [named(approverId), named(other)] }] },
  });
  const { id } = await ask(db, workload(askerId), { type: 'userAdd', named: { accessPackageId: packageId, targetId } });
  const stageId = (await stagesOf(db, id))[0]?.id ?? '';
  return await as(db, { caller: person(approverId) }, async (work) => await decideStage(work, { requestId: id, stageId }, { reviewResult: 'Approve', justification: null })).then(() => true, () => false);
}

it('an owner of a program that owns the program which asks', async () => {
  const [asker, between, first, person_] = [await program(), await program(), await program(), await makeObject(db, 'user')];
  await tie('owner', asker.applicationId, between.id);
  await tie('owner', between.id, first.id);
  expect(await mayApprove(asker.id, person_)).toBe(true);
  await tie('owner', first.applicationId, person_);
  expect(await mayApprove(asker.id, person_)).toBe(false);
});

it('an owner of a program that is in a group which owns it', async () => {
  const [asker, between, group, person_] = [await program(), await program(), await makeObject(db, 'group'), await makeObject(db, 'user')];
  await tie('sponsor', asker.id, group);
  await member(group, between.id);
  await tie('owner', between.id, person_);
  expect(await mayApprove(asker.id, person_)).toBe(false);
});

it('programs that own each other end the search', async () => {
  const [asker, between, person_] = [await program(), await program(), await makeObject(db, 'user')];
  await tie('owner', asker.id, between.id);
  await tie('owner', between.id, asker.id);
  expect(await mayApprove(asker.id, person_)).toBe(true);
  await tie('owner', between.applicationId, person_);
  expect(await mayApprove(asker.id, person_)).toBe(false);
});
