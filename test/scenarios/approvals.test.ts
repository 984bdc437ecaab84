/** Stages in full: several who must agree, any number of stages, limits in minutes, and what time does to a stage that nobody decides. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { entitlement } from '../../cli/client/graph.ts';
import { recordAt, recordsAt } from '../../src/kernel/json.ts';
import { all, one } from '../../src/platform/db/transaction.ts';
import { ApprovalDesk, approvals, byPeople } from '../support/approvals.ts';
import { inBeta } from '../support/beta.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, database } = server;
const desk = await ApprovalDesk.open(server);
const [rob, ada, sam, eve, olga] = [await desk.person('Rob'), await desk.person('Ada'), await desk.person('Sam'), await desk.person('Eve'), await desk.person('Olga')];

interface Times { readonly lasts: number; readonly escalates: number | null; readonly reminds: number | null }
const timesOf = async (id: string): Promise<Times> => await one(database.owner, sql<Times>`
  select extract(epoch from due_at - opened_at)::float8 as lasts, extract(epoch from escalates_at - opened_at)::float8 as escalates, extract(epoch from remind_at - opened_at)::float8 as reminds
    from approval_stages where request_id = ${id} and status = 'InProgress'`);
const stepsOf = async (id: string): Promise<readonly string[]> => (await all(database.owner, sql<{ event: string }>`
  select event from transitions where noun = 'approvalStage' and subject_id in (select s.id from approval_stages s where s.request_id = ${id}) order by id`)).map(({ event }) => event);

const guarded = await desk.guarded([byPeople([ada, sam, eve], { requiredApprovalCount: 2 })]);

describe('a stage that two of three must approve', () => {
  it('waits after the first, is not decided twice by one, and ends with the second', async () => {
    const { id } = await desk.ask(await desk.person('Rob'), guarded);
    await desk.decide(id, ada);
    await desk.expectState(id, 'pendingApproval');
    expect(await desk.stages(id)).toMatchObject([{ status: 'InProgress', reviewResult: 'NotReviewed', requiredApprovalCount: 2, decisions: [{ reviewedBy: { id: ada.id }, reviewResult: 'Approve', justification: `by ${ada.name}` }] }]);
    expect([await desk.refusal(id, ada), await desk.refusal(id, ada, 'Deny'), await desk.refusal(id, olga)]).toEqual([409, 409, 404]);
    expect([await desk.waitsFor(id, ada), await desk.waitsFor(id, sam), await desk.waitsFor(id, eve)]).toEqual([false, true, true]);
    await desk.decide(id, sam);
    await desk.expectState(id, 'delivered');
    const [stage = {}] = await desk.stages(id);
    expect(stage).toMatchObject({ status: 'Completed', reviewResult: 'Approve', reviewedBy: { id: sam.id } });
    expect(recordsAt(stage, 'decisions').map((said) => recordAt(said, 'reviewedBy')['id'])).toEqual([ada.id, sam.id]);
    expect((await desk.trail(id)).filter((said) => said === 'Approve access package request')).toHaveLength(2);
  });

  it('is over with one denial', async () => {
    const { id } = await desk.ask(await desk.person('Rob'), guarded);
    await desk.decide(id, ada);
    await desk.decide(id, eve, 'Deny');
    await desk.expectState(id, 'denied');
    expect(await desk.stages(id)).toMatchObject([{ reviewResult: 'Deny', decisions: [{ reviewResult: 'Approve' }, { reviewResult: 'Deny' }] }]);
  });

  it('shows its decisions to whom it shows approvers, and in beta too', async () => {
    const asker = await desk.person('Rob');
    const { id } = await desk.ask(asker, await desk.guarded([byPeople([ada, sam], { requiredApprovalCount: 2, approverInformationVisibility: 'notVisible' })]));
    await desk.decide(id, ada);
    expect(await desk.stages(id, asker)).toMatchObject([{ decisions: [] }]);
    expect(await desk.stages(id, sam)).toMatchObject([{ decisions: [{ reviewedBy: { id: ada.id } }] }]);
    const { json } = await inBeta(graph, { method: 'GET', path: `${approvals}/${id}/steps` });
    expect(json).toMatchObject({ value: [{ requiredApprovalCount: 2, decisions: [{ reviewResult: 'Approve' }] }] });
  });

  it('is refused when it cannot be met: by the policy, or when it is asked for, with the numbers', async () => {
    expect(await graph.refusal('POST', `${entitlement}/assignmentPolicies`, desk.policy(guarded.packageId, [byPeople([ada], { requiredApprovalCount: 2 })]))).toMatchObject({ status: 400, codes: ['tooFewApprovers'] });
    expect(await graph.refusal('POST', `${entitlement}/assignmentPolicies`, desk.policy(guarded.packageId, [byPeople([ada], { requiredApprovalCount: 0 })]))).toMatchObject({ status: 400, codes: ['requiredApprovalCount'] });
    const one_ = await desk.guarded([byPeople([ada, rob], { requiredApprovalCount: 2 })]);
    expect(await (await desk.as(rob)).refusal('POST', `${entitlement}/assignmentRequests`, { requestType: 'userAdd', assignment: { accessPackageId: one_.packageId } }))
      .toMatchObject({ codes: ['tooFewApprovers'], message: expect.stringContaining('approval of 2 different people, but only 1') as string });
  });

  it('stays as it is when a client of Graph replaces the policy, and is reset by null', async () => {
    const at = `${entitlement}/assignmentPolicies/${guarded.policyId}`;
    const count = async (): Promise<unknown> => recordsAt(recordAt(await graph.read(at), 'requestApprovalSettings'), 'stages')[0]?.['requiredApprovalCount'];
    await graph.must('PUT', at, desk.policy(guarded.packageId, [byPeople([ada, sam])]));
    expect(await count()).toBe(2);
    await graph.must('PUT', at, desk.policy(guarded.packageId, [byPeople([ada, sam], { requiredApprovalCount: null })]));
    expect(await count()).toBe(1);
  });
});

describe('four stages', () => {
  it('are passed one after the other, and beta calls them serial', async () => {
    const people = [ada, sam, eve, olga];
    const serial = await desk.guarded(people.map((who) => byPeople([who])));
    const { id } = await desk.ask(await desk.person('Rob'), serial);
    for (const [nth, who] of people.entries()) {
      expect((await desk.stages(id)).map(({ status }) => status)).toEqual(people.map((_, index) => (index < nth ? 'Completed' : index === nth ? 'InProgress' : 'Initializing')));
      await desk.decide(id, who);
    }
    await desk.expectState(id, 'delivered');
    const path = `${entitlement}/accessPackageAssignmentPolicies/${serial.policyId}`;
    expect((await inBeta(graph, { method: 'GET', path })).json).toMatchObject({ requestApprovalSettings: { approvalMode: 'Serial' } });
  });
});

describe('a limit of thirty minutes', () => {
  const escalating = { durationBeforeAutomaticDenial: 'PT30M', isEscalationEnabled: true, durationBeforeEscalation: 'PT10M', escalationApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', userId: sam.id }] };

  it('is exact, and survives beta', async () => {
    const quick = await desk.guarded([byPeople([ada], escalating)]);
    const path = `${entitlement}/accessPackageAssignmentPolicies/${quick.policyId}`;
    const { json } = await inBeta(graph, { method: 'GET', path });
    expect((await inBeta(graph, { method: 'PUT', path, body: json })).status).toBeLessThan(300);
    const { id } = await desk.ask(await desk.person('Rob'), quick);
    expect(await timesOf(id)).toEqual({ lasts: 1800, escalates: 600, reminds: 900 });
  });

  it('escalates, reminds and ends by the clock; who was asked before still decides', async () => {
    const quick = await desk.guarded([byPeople([ada], escalating)]);
    const { id } = await desk.ask(await desk.person('Rob'), quick);
    expect([await desk.refusal(id, sam), await desk.waitsFor(id, sam)]).toEqual([404, false]);
    await desk.pass(id, 'escalates_at', async () => { expect(await desk.request(id)).toMatchObject({ state: 'pendingApproval', status: 'PendingApprovalEscalated' }); });
    expect([await desk.waitsFor(id, ada), await desk.waitsFor(id, sam)]).toEqual([true, true]);
    await desk.pass(id, 'remind_at', async () => { expect((await stepsOf(id)).filter((step) => step === 'remind')).toHaveLength(1); });
    expect(await timesOf(id)).toMatchObject({ escalates: null, reminds: 900 });
    expect(await desk.trail(id)).toEqual(expect.arrayContaining(['Escalate access package approval', 'Remind approvers of access package request']));
    await desk.pass(id, 'due_at', async () => { await desk.expectState(id, 'denied'); });
    expect(await stepsOf(id)).toEqual(['open', 'escalate', 'remind', 'timeOut']);
  });

  it('is decided by whom it was escalated to, or cancelled', async () => {
    const [first, second] = [await desk.person('Rob'), await desk.person('Rob')];
    const quick = await desk.guarded([byPeople([ada], escalating)]);
    const [one_, other] = [await desk.ask(first, quick), await desk.ask(second, quick)];
    for (const { id } of [one_, other]) await desk.pass(id, 'escalates_at', async () => { expect(await desk.request(id)).toMatchObject({ status: 'PendingApprovalEscalated' }); });
    await desk.decide(one_.id, sam);
    await desk.expectState(one_.id, 'delivered');
    await (await desk.as(second)).must('POST', `${entitlement}/assignmentRequests/${other.id}/cancel`);
    await desk.expectState(other.id, 'canceled');
  });
});
