/** An approver names a substitute for a time: the substitute sees what waits for the approver and decides in its place, and both are in the trail. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { entitlement, type Entity } from '../../cli/client/graph.ts';
import { createApi, createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody } from '../../cli/client/policies.ts';
import { recordAt, recordsAt } from '../../src/kernel/json.ts';
import { all, one } from '../../src/platform/db/transaction.ts';
import { appRoles, createGroup, offer, stateOf, type Offer } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, database } = server;
const approvals = `${entitlement}/accessPackageAssignmentApprovals`;
const newPerson = async (name: string): Promise<Person> => await createPerson(graph, name, server.domain);
const [ada, sam, tom, rita, olga] = [await newPerson('Ada'), await newPerson('Sam'), await newPerson('Tom'), await newPerson('Rita'), await newPerson('Olga')];
const api = await createApi(graph, { name: 'Orders API', roles: ['Orders.Read'] });
const orders = await offer(graph, [appRoles(api, api.roles['Orders.Read'] ?? '')], {
  scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [oneUser(ada.id)] }],
});

const delegate = async (person: Person, body: object, path = '/me'): Promise<number> => (await inBeta(await server.asPerson(person), { method: 'PUT', path: `${path}/identityGovernance/approverDelegate`, body: { ...body } })).status;
const stoodInBy = (id: string, schedule: object = {}): object => ({ delegate: { '@odata.type': '#microsoft.graph.singleUser', id }, schedule });
const ask = async (person: Person, { packageId, policyId }: Offer = orders): Promise<Entity> =>
  await (await server.asPerson(person)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: person.id, packageId, policyId }));
const waiting = async (person: Person): Promise<readonly string[]> => (await (await server.asPerson(person)).list(`${approvals}/filterByCurrentUser(on='approver')`)).map(({ id }) => id);
const stageOf = async (request: Entity): Promise<string> => (await one(database.owner, sql<{ id: string }>`select id from approval_stages where request_id = ${request.id} and status = 'InProgress'`)).id;
const path = async (request: Entity): Promise<string> => `${approvals}/${request.id}/stages/${await stageOf(request)}`;
const approve = async (person: Person, request: Entity): Promise<unknown> => await (await server.asPerson(person)).must('PATCH', await path(request), { reviewResult: 'Approve', justification: 'fine' });
const refusal = async (person: Person, request: Entity): Promise<number> => (await (await server.asPerson(person)).refusal('PATCH', await path(request), { reviewResult: 'Approve' })).status;
/** Moves the period of somebody's delegation; nothing else is touched. */
const movePeriod = async (person: Person, days: number): Promise<void> => {
  await sql`update approver_delegates set starts_at = starts_at + make_interval(days => ${days}), ends_at = ends_at + make_interval(days => ${days}) where principal_id = ${person.id}`.execute(database.owner);
};

describe('an approver on holiday', () => {
  it('names a substitute, who decides in its place, and the trail names both', async () => {
    const body = stoodInBy(sam.id, { startDateTime: new Date(Date.now() - 60_000).toISOString(), expiration: { type: 'afterDuration', duration: 'P14D' } });
    expect(await delegate(ada, body)).toBe(200);
    const read = await inBeta(await server.asPerson(ada), { method: 'GET', path: '/me/identityGovernance/approverDelegate' });
    expect(read.json).toMatchObject({ delegate: { '@odata.type': '#microsoft.graph.singleUser', id: sam.id }, schedule: { expiration: { type: 'afterDuration', duration: 'P14D' } } });
    const request = await ask(rita);
    for (const desk of [ada, sam]) {
      expect(await waiting(desk)).toEqual([request.id]);
      const [stage] = await (await server.asPerson(desk)).list(`${approvals}/${request.id}/stages`);
      expect(stage).toMatchObject({ assignedToMe: true, status: 'InProgress' });
      expect((await (await server.asPerson(desk)).list(`${entitlement}/assignmentRequests/filterByCurrentUser(on='approver')`)).map(({ id }) => id)).toEqual([request.id]);
      expect((await (await server.asPerson(desk)).read(`${entitlement}/assignmentRequests/${request.id}`)).id).toBe(request.id);
    }
    expect(await waiting(tom)).toEqual([]);
    expect(await refusal(tom, request)).toBe(404);
    const at = await path(request);
    await approve(sam, request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
    const [stage] = await graph.list(`${approvals}/${request.id}/stages`);
    expect(stage).toMatchObject({ reviewResult: 'Approve', reviewedBy: { id: sam.id } });
    expect(await one(database.owner, sql`select reviewed_by, decided_for from approval_stages where request_id = ${request.id}`)).toEqual({ reviewed_by: sam.id, decided_for: ada.id });
    const [event] = await graph.list(`/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Approve access package request' and targetResources/any(t:t/id eq '${ada.id}')`);
    expect(event).toMatchObject({ initiatedBy: { user: { id: sam.id } }, additionalDetails: expect.arrayContaining([{ key: 'decidedFor', value: ada.id }]) as unknown });
    expect(await (await server.asPerson(ada)).refusal('PATCH', at, { reviewResult: 'Deny' })).toMatchObject({ status: 409 });
  });

  it('may still decide itself', async () => {
    await delegate(ada, stoodInBy(sam.id));
    const request = await ask(tom);
    await approve(ada, request);
    expect(await one(database.owner, sql`select reviewed_by, decided_for from approval_stages where request_id = ${request.id}`)).toEqual({ reviewed_by: ada.id, decided_for: null });
  });

  it('is stood in for during the period only, whatever was asked before', async () => {
    await delegate(ada, stoodInBy(sam.id, { startDateTime: new Date(Date.now() + 86_400_000).toISOString(), expiration: { type: 'afterDuration', duration: 'P3D' } }));
    const request = await ask(await newPerson('Una'));
    expect(await waiting(sam)).toEqual([]);
    expect(await refusal(sam, request)).toBe(404);
    await movePeriod(ada, -2);
    expect(await waiting(sam)).toEqual([request.id]);
    await movePeriod(ada, -3);
    expect(await waiting(sam)).toEqual([]);
    expect(await refusal(sam, request)).toBe(404);
    expect((await inBeta(await server.asPerson(ada), { method: 'DELETE', path: '/me/identityGovernance/approverDelegate' })).status).toBe(204);
    expect((await inBeta(await server.asPerson(ada), { method: 'GET', path: '/me/identityGovernance/approverDelegate' })).json).toMatchObject({ delegate: null, schedule: null });
    await approve(ada, request);
  });

  it('ends it by an end that has passed, as Graph does', async () => {
    await delegate(ada, stoodInBy(sam.id));
    const request = await ask(await newPerson('Ula'));
    expect(await waiting(sam)).toEqual([request.id]);
    expect(await delegate(ada, stoodInBy(sam.id, { expiration: { type: 'afterDateTime', endDateTime: '2026-01-01T00:00:00Z' } }))).toBe(200);
    expect(await waiting(sam)).toEqual([]);
    await approve(ada, request);
  });
});

describe('substitutes', () => {
  it('are one step away only: delegating in a circle moves nothing', async () => {
    await delegate(ada, stoodInBy(sam.id));
    await delegate(sam, stoodInBy(tom.id));
    await delegate(tom, stoodInBy(ada.id));
    const request = await ask(await newPerson('Ute'));
    expect([await waiting(ada), await waiting(sam), await waiting(tom)]).toEqual([[request.id], [request.id], []]);
    expect(await refusal(tom, request)).toBe(404);
    await approve(sam, request);
  });

  it('may be the members of a group, as they are at the moment', async () => {
    const group = await createGroup(graph, 'standins');
    const body = { delegate: { '@odata.type': '#microsoft.graph.groupMembers', groupId: group.id } };
    expect(await delegate(ada, body)).toBe(200);
    const request = await ask(await newPerson('Ulf'));
    expect(await waiting(olga)).toEqual([]);
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', olga.id) });
    expect(await waiting(olga)).toEqual([request.id]);
    await graph.must('DELETE', `/groups/${group.id}/members/${olga.id}/$ref`);
    expect(await refusal(olga, request)).toBe(404);
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', olga.id) });
    await approve(olga, request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
  });

  it('decide neither what they asked for nor what they receive', async () => {
    await delegate(ada, stoodInBy(sam.id));
    const request = await ask(sam);
    expect(await waiting(sam)).toEqual([]);
    expect(await (await server.asPerson(sam)).refusal('PATCH', await path(request), { reviewResult: 'Approve' })).toMatchObject({ status: 403, codes: ['ownRequest'] });
    await approve(ada, request);
  });

  it('stand in for nobody who asked: an approver who asks is no approver of that request', async () => {
    const shared = await offer(graph, [], { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [oneUser(ada.id), oneUser(olga.id)] }] });
    await delegate(ada, stoodInBy(sam.id));
    const request = await ask(ada, shared);
    expect(await waiting(sam)).not.toContain(request.id);
    expect(await refusal(sam, request)).toBe(404);
    await approve(olga, request);
  });

  it('that are shut out, or whose approver is, decide nothing', async () => {
    const una = await newPerson('Una Second');
    await delegate(ada, stoodInBy(una.id));
    const request = await ask(await newPerson('Uwe'));
    expect(await waiting(una)).toEqual([request.id]);
    const unaNow = await server.asPerson(una);
    await sql`update directory_objects set account_enabled = false where id = ${ada.id}`.execute(database.owner);
    expect(await unaNow.list(`${approvals}/filterByCurrentUser(on='approver')`)).toEqual([]);
    await sql`update directory_objects set account_enabled = true where id = ${ada.id}`.execute(database.owner);
    expect(await all(database.owner, sql`select 1 from stage_deciders where principal_id = ${una.id}`)).toHaveLength(1);
    await sql`update directory_objects set account_enabled = false where id = ${una.id}`.execute(database.owner);
    expect(await all(database.owner, sql`select 1 from stage_deciders where principal_id = ${una.id}`)).toEqual([]);
  });
});

describe('where several must agree', () => {
  it('an approver and its substitute are one seat, and a substitute of several counts once', async () => {
    const packageId = (await offer(graph, [])).packageId;
    const body = policyBody(packageId, { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [oneUser(ada.id), oneUser(olga.id), oneUser(tom.id)] }] });
    const settings = recordAt(body, 'requestApprovalSettings');
    const policy = await graph.create(`${entitlement}/assignmentPolicies`, { ...body, requestApprovalSettings: { ...settings, stages: recordsAt(settings, 'stages').map((stage) => ({ ...stage, requiredApprovalCount: 2 })) } });
    expect([await delegate(ada, stoodInBy(sam.id)), await delegate(olga, stoodInBy(sam.id))]).toEqual([200, 200]);
    const request = await ask(await newPerson('Ugo'), { catalogId: '', packageId, policyId: policy.id });
    await approve(sam, request);
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
    expect(await refusal(sam, request)).toBe(409);
    const { seat } = await one(database.owner, sql<{ seat: string }>`select d.decided_for as seat from stage_decisions d join approval_stages s on s.id = d.stage_id where s.request_id = ${request.id}`);
    const [taken, free] = seat === ada.id ? [ada, olga] : [olga, ada];
    expect(await refusal(taken, request)).toBe(409);
    await approve(free, request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
  });
});

describe('a delegation', () => {
  it('of another is set and cleared by administrators only', async () => {
    const other = `/users/${ada.id}`;
    expect(await delegate(tom, stoodInBy(tom.id), other)).toBe(404);
    expect(await delegate(server.administrator, stoodInBy(tom.id), other)).toBe(200);
    expect((await inBeta(await server.asPerson(tom), { method: 'GET', path: `${other}/identityGovernance/approverDelegate` })).status).toBe(404);
    const request = await ask(await newPerson('Urs'));
    expect(await waiting(tom)).toContain(request.id);
    expect((await inBeta(await server.asPerson(server.administrator), { method: 'DELETE', path: `${other}/identityGovernance/approverDelegate` })).status).toBe(204);
    expect(await waiting(tom)).not.toContain(request.id);
    expect((await inBeta(graph, { method: 'PUT', path: `${other}/identityGovernance/approverDelegate`, body: { ...stoodInBy(tom.id) } })).status).toBe(403);
  });
});
