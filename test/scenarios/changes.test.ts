/** Access that exists is changed, made longer, given back and taken: who may, what needs approval, and what is refused. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody, type PolicyOptions } from '../../cli/client/policies.ts';
import { recordAt, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { one } from '../../src/platform/db/transaction.ts';
import { assign, assignmentOf, offer, stateOf, type Offer } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const requests = `${entitlement}/assignmentRequests`;
const boss = await createPerson(graph, 'Boss', server.domain);
const chief = await server.asPerson(boss);
const self = { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true, allowCustomAssignmentSchedule: true };
let count = 0;
const newPerson = async (): Promise<Person> => await createPerson(graph, `Changing ${++count}`, server.domain);
const inDays = (days: number): string => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
const until = (days: number): JsonRecord => ({ schedule: { expiration: { type: 'afterDateTime', endDateTime: inDays(days) } } });
const endOf = async (id: string): Promise<string | undefined> => textAt(recordAt(recordAt(await graph.read(`${entitlement}/assignments/${id}`), 'schedule'), 'expiration'), 'endDateTime');

/** A package under one policy; the flags of its approval are said apart from its stages. */
async function offering(options: PolicyOptions, approval: JsonRecord = {}): Promise<Offer> {
  const made = await offer(graph, [], { scope: 'allMemberUsers', requestor: self, expiration: { type: 'afterDuration', duration: 'P90D' } });
  const body = policyBody(made.packageId, { scope: 'allMemberUsers', requestor: self, expiration: { type: 'afterDuration', duration: 'P90D' }, ...options });
  await graph.must('PUT', `${entitlement}/assignmentPolicies/${made.policyId}`, { ...body, requestApprovalSettings: { ...recordAt(body, 'requestApprovalSettings'), ...approval } });
  return made;
}

async function decide(requestId: string, reviewResult: 'Approve' | 'Deny'): Promise<void> {
  const path = `${entitlement}/accessPackageAssignmentApprovals/${requestId}/stages`;
  const [stage] = await chief.list(path);
  await chief.must('PATCH', `${path}/${stage?.id ?? ''}`, { reviewResult, justification: 'said so' });
}

async function holder(to: Offer): Promise<{ readonly person: Person; readonly desk: MicrosoftGraph; readonly assignment: Entity }> {
  const person = await newPerson();
  return { person, desk: await server.asPerson(person), assignment: await assign(graph, person.id, { ...to, ...until(10) }) };
}

describe('more time', () => {
  it('waits for approval where the policy wants it for changes, and not for what is new', async () => {
    const to = await offering({ stages: [{ primary: [oneUser(boss.id)] }] }, { isApprovalRequiredForAdd: false, isApprovalRequiredForUpdate: true });
    const person = await newPerson();
    const desk = await server.asPerson(person);
    expect(await stateOf(graph, (await desk.create(requests, requestBody('userAdd', { targetId: person.id, ...to }, until(5)))).id)).toBe('delivered');
    const { id } = await assignmentOf(graph, person.id, to);
    const before = await endOf(id);
    const [denied, granted] = [until(20), until(30)];
    const first = await desk.create(requests, { requestType: 'userUpdate', assignment: { id }, ...denied });
    expect([await stateOf(graph, first.id), await endOf(id)]).toEqual(['pendingApproval', before]);
    await decide(first.id, 'Deny');
    expect([await stateOf(graph, first.id), await endOf(id)]).toEqual(['denied', before]);
    const second = await desk.create(requests, { requestType: 'userUpdate', assignment: { id }, ...granted });
    await decide(second.id, 'Approve');
    expect([await stateOf(graph, second.id), await endOf(id)]).toEqual(['delivered', recordAt(recordAt(granted, 'schedule'), 'expiration')['endDateTime']]);
  });

  it('comes at once where only new access is approved, and never beyond the policy', async () => {
    const to = await offering({ stages: [{ primary: [oneUser(boss.id)] }] });
    const { desk, assignment: { id } } = await holder(to);
    expect(await stateOf(graph, (await desk.create(requests, { requestType: 'userUpdate', assignment: { id }, ...until(40) })).id)).toBe('delivered');
    expect(await desk.refusal('POST', requests, { requestType: 'userUpdate', assignment: { id }, ...until(100) })).toMatchObject({ status: 400, codes: ['endBeyondPolicy'] });
    expect(await graph.refusal('POST', requests, { requestType: 'adminUpdate', assignment: { id }, ...until(100) })).toMatchObject({ status: 400, codes: ['endBeyondPolicy'] });
    expect(await desk.refusal('POST', requests, { requestType: 'userUpdate', assignment: { id }, schedule: { startDateTime: inDays(2), expiration: { type: 'notSpecified' } } })).toMatchObject({ codes: ['startCannotMove'] });
  });

  it('is asked for by the package too, and not under another policy', async () => {
    const to = await offering({});
    const other = await graph.create(`${entitlement}/assignmentPolicies`, policyBody(to.packageId, { scope: 'allDirectoryUsers', requestor: self }));
    const { person, desk } = await holder(to);
    const body = (policyId: string, targetId = person.id): JsonRecord => ({ ...requestBody('userAdd', { targetId, packageId: to.packageId, policyId }), requestType: 'userUpdate', ...until(20) });
    expect(await desk.refusal('POST', requests, body(other.id))).toMatchObject({ status: 400, codes: ['policyStays'], target: 'assignment/assignmentPolicyId' });
    await desk.create(requests, body(to.policyId));
    const stranger = await server.asPerson(await newPerson());
    const unheld = await newPerson();
    const [held, none] = [await stranger.refusal('POST', requests, body(to.policyId)), await stranger.refusal('POST', requests, body(to.policyId, unheld.id))];
    expect([held.status, held.codes, held.message]).toEqual([none.status, none.codes, none.message]);
    expect([held.status, held.codes]).toEqual([404, []]);
    expect(await (await server.asPerson(unheld)).refusal('POST', requests, body(to.policyId, unheld.id))).toMatchObject({ status: 404, codes: ['notAssigned'] });
  });

  it('is not for holders where the policy leaves it to administrators, and a stranger learns nothing', async () => {
    const to = await offering({ requestor: { enableTargetsToSelfAddAccess: true } });
    const { desk, assignment: { id } } = await holder(to);
    for (const requestType of ['userUpdate', 'userRemove']) expect(await desk.refusal('POST', requests, { requestType, assignment: { id }, ...(requestType === 'userUpdate' ? until(20) : {}) })).toMatchObject({ status: 403, codes: ['notAllowedToAsk'] });
    const stranger = await server.asPerson(await newPerson());
    for (const requestType of ['userUpdate', 'userRemove', 'approverRemove']) expect(await stranger.refusal('POST', requests, { requestType, assignment: { id } })).toMatchObject({ status: 404, codes: [] });
    for (const requestType of ['adminUpdate', 'adminRemove']) expect(await desk.refusal('POST', requests, { requestType, assignment: { id } })).toMatchObject({ status: 403, codes: [] });
    await graph.create(requests, { requestType: 'adminUpdate', assignment: { id }, ...until(50) });
    await graph.create(requests, { requestType: 'adminRemove', assignment: { id } });
    expect(await graph.refusal('POST', requests, { requestType: 'adminUpdate', assignment: { id } })).toMatchObject({ status: 404 });
  });

  it('is what beta calls canExtend', async () => {
    const { packageId, policyId } = await offer(graph, []);
    await graph.must('DELETE', `${entitlement}/assignmentPolicies/${policyId}`);
    const policies = `${entitlement}/accessPackageAssignmentPolicies`;
    const body = (canExtend: boolean): JsonRecord => ({ accessPackageId: packageId, displayName: 'beta', description: 'beta', canExtend, durationInDays: 30, requestorSettings: { scopeType: 'AllExistingDirectoryMemberUsers', acceptRequests: true, allowedRequestors: [] } });
    const { json } = await inBeta(graph, { method: 'POST', path: policies, body: body(false) });
    const made = { packageId, policyId: textOf(json, 'id'), catalogId: '' };
    const person = await newPerson();
    const desk = await server.asPerson(person);
    await desk.create(requests, requestBody('userAdd', { targetId: person.id, ...made }));
    const { id } = await assignmentOf(graph, person.id, made);
    const extend = { requestType: 'UserExtend', assignment: { id } };
    expect([json['canExtend'], (await desk.refusal('POST', requests, extend)).codes]).toEqual([false, ['notAllowedToAsk']]);
    await inBeta(graph, { method: 'PUT', path: `${policies}/${made.policyId}`, body: body(true) });
    const read = await inBeta(graph, { method: 'GET', path: `${policies}/${made.policyId}` });
    expect(read.json).toMatchObject({ canExtend: true, requestorSettings: { acceptRequests: true } });
    expect(await desk.create(requests, extend)).toMatchObject({ requestType: 'userUpdate', state: 'delivered' });
  });
});

describe('the end', () => {
  it('is given by whoever approved, and by no other approver, agent or stranger', async () => {
    const to = await offering({ stages: [{ primary: [oneUser(boss.id)] }] });
    const person = await newPerson();
    const desk = await server.asPerson(person);
    const asked = await desk.create(requests, requestBody('userAdd', { targetId: person.id, ...to }));
    await decide(asked.id, 'Approve');
    const { id } = await assignmentOf(graph, person.id, to);
    const body = { requestType: 'approverRemove', assignment: { id } };
    expect(await desk.refusal('POST', requests, body)).toMatchObject({ status: 403, codes: ['notAllowedToAsk'] });
    expect((await (await server.asPerson(await newPerson())).refusal('POST', requests, body)).status).toBe(404);
    const removed = await chief.create(requests, body);
    expect([await stateOf(graph, removed.id), (await graph.read(`${entitlement}/assignments/${id}`))['state']]).toEqual(['delivered', 'expired']);
    expect((await chief.refusal('POST', requests, body)).status).toBe(404);
  });

  it('waits for the request that is open', async () => {
    const to = await offering({ stages: [{ primary: [oneUser(boss.id)] }] }, { isApprovalRequiredForAdd: false, isApprovalRequiredForUpdate: true });
    const { desk, assignment: { id } } = await holder(to);
    const open = await desk.create(requests, { requestType: 'userUpdate', assignment: { id }, ...until(20) });
    for (const [who, requestType] of [[desk, 'userRemove'], [desk, 'userUpdate'], [graph, 'adminRemove']] as const) {
      expect(await who.refusal('POST', requests, { requestType, assignment: { id } })).toMatchObject({ status: 409, codes: ['alreadyRequested'], target: open.id });
    }
    await desk.must('POST', `${requests}/${open.id}/cancel`);
    await desk.create(requests, { requestType: 'userRemove', assignment: { id } });
    expect((await graph.read(`${entitlement}/assignments/${id}`))['state']).toBe('expired');
  });
});

describe('what is there already', () => {
  it('is named by its id, as data', async () => {
    const to = await offering({});
    const { person, desk, assignment } = await holder(to);
    expect(await desk.refusal('POST', requests, requestBody('userAdd', { targetId: person.id, ...to }))).toMatchObject({ status: 409, codes: ['alreadyAssigned'], target: assignment.id });
  });
});

describe('a start that is named', () => {
  it('lies ahead, where the policy allows schedules', async () => {
    const [to, fixed, person] = [await offering({}), await offering({ requestor: { enableTargetsToSelfAddAccess: true } }), await newPerson()];
    const desk = await server.asPerson(person);
    const from = (days: number): JsonRecord => ({ schedule: { startDateTime: inDays(days), expiration: { type: 'afterDuration', duration: 'P7D' } } });
    expect((await desk.refusal('POST', requests, requestBody('userAdd', { targetId: person.id, ...fixed }, from(2)))).codes).toEqual(['customScheduleNotAllowed']);
    expect((await desk.refusal('POST', requests, requestBody('userAdd', { targetId: person.id, ...to }, from(-2)))).codes).toEqual(['startInPast']);
    expect(await desk.create(requests, requestBody('userAdd', { targetId: person.id, ...to }, from(2)))).toMatchObject({ state: 'scheduled', status: 'PendingNotBefore' });
    expect(await desk.list(`${entitlement}/assignments/filterByCurrentUser(on='target')`)).toEqual([]);
  });
});

describe('validation only', () => {
  const tables = ['assignment_requests', 'assignments', 'grants', 'approval_stages', 'stage_approvers', 'transitions', 'audit_events', 'callout_queue', 'directory_objects', 'idempotent_answers'];
  const counted = async (): Promise<readonly number[]> => {
    const found: number[] = [];
    for (const table of tables) found.push((await one(server.database.db, sql<{ n: number }>`select count(*)::integer as n from ${sql.table(table)}`)).n);
    return found;
  };

  it('says what would be, or every reason why not, and writes nothing', async () => {
    const [open, approved, person] = [await offering({}), await offering({ stages: [{ primary: [oneUser(boss.id)] }] }), await newPerson()];
    const [desk, stranger] = [await server.asPerson(person), await server.asPerson(await newPerson())];
    const tryOut = async (who: MicrosoftGraph, body: JsonRecord, query = ''): Promise<{ readonly status: number; readonly json: JsonRecord }> =>
      await inBeta(who, { method: 'POST', path: `${entitlement}/accessPackageAssignmentRequests${query}`, body: { isValidationOnly: true, ...body } });
    const before = await counted();
    const asks = [open, approved].map((to) => requestBody('userAdd', { targetId: person.id, ...to }));
    for (const [body, state] of [[asks[0], 'Delivered'], [asks[1], 'PendingApproval']] as const) expect(await tryOut(desk, body ?? {})).toMatchObject({ status: 200, json: { requestState: state, isValidationOnly: true } });
    expect(await tryOut(desk, asks[0] ?? {}, '?$expand=accessPackage')).toMatchObject({ status: 200, json: { isValidationOnly: true, accessPackage: { id: open.packageId } } });
    const refused = await tryOut(desk, { ...asks[0], ...until(500) });
    expect([refused.status, recordsAt(recordAt(refused.json, 'error'), 'details').map((reason) => textAt(reason, 'code'))]).toEqual([400, ['endBeyondPolicy']]);
    expect((await tryOut(stranger, asks[0] ?? {})).status).toBe(403);
    expect(await counted()).toEqual(before);
    expect(await desk.list(requests)).toEqual([]);
    expect(await desk.list(`${entitlement}/assignments/filterByCurrentUser(on='target')`)).toEqual([]);
  });
});
