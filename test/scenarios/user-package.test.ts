/** A person gets a package with a group and an app role, by asking and by an administrator. */
import { describe, expect, it } from 'vitest';
import { entitlement, textOf } from '../../cli/client/graph.ts';
import { createApi, createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, requestBody } from '../../cli/client/policies.ts';
import { appRoles, assign, assignmentOf, createGroup, memberIds, membership, offer, passTheEnd, stateOf, takeAway } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const api = await createApi(graph, { name: 'Ledger', roles: ['Ledger.Clerk', 'Ledger.Chief'] });
const group = await createGroup(graph, 'Bookkeepers');
const boss = await createPerson(graph, 'Boss', server.domain);
const contents = [membership(group.id), appRoles(api, textOf(api.roles, 'Ledger.Clerk'))];
const self = { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true };
const bookkeeping = await offer(graph, contents, { scope: 'allMemberUsers', requestor: self, stages: [{ primary: [oneUser(boss.id)] }], expiration: { type: 'afterDuration', duration: 'P30D' } });

let count = 0;
const newPerson = async (): Promise<Person> => await createPerson(graph, `Person ${++count}`, server.domain);
const rolesOf = async (person: Person): Promise<readonly unknown[]> => (await graph.list(`/users/${person.id}/appRoleAssignments`)).map((one) => one['appRoleId']);

describe('a package with a group and an app role', () => {
  it('is found, asked for, approved and delivered whole', async () => {
    const person = await newPerson();
    const desk = await server.asPerson(person);
    expect((await desk.list(`${entitlement}/accessPackages/filterByCurrentUser(on='allowedRequestor')`)).map(({ id }) => id)).toEqual([bookkeeping.packageId]);
    const needs = await desk.must('POST', `${entitlement}/accessPackages/${bookkeeping.packageId}/getApplicablePolicyRequirements`, {});
    expect(needs).toMatchObject({ value: [{ policyId: bookkeeping.policyId, isApprovalRequiredForAdd: true }] });
    const request = await desk.create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: person.id, ...bookkeeping }));
    const chief = await server.asPerson(boss);
    const [stage] = await chief.list(`${entitlement}/accessPackageAssignmentApprovals/${request.id}/stages`);
    await chief.must('PATCH', `${entitlement}/accessPackageAssignmentApprovals/${request.id}/stages/${stage?.id ?? ''}`, { reviewResult: 'Approve', justification: 'hired' });
    expect(await stateOf(graph, request.id)).toBe('delivered');
    expect(await memberIds(graph, group.id)).toContain(person.id);
    expect(await rolesOf(person)).toEqual([textOf(api.roles, 'Ledger.Clerk')]);
    expect((await desk.list(`${entitlement}/assignments/filterByCurrentUser(on='target')`)).map((one) => one['state'])).toEqual(['delivered']);
  });

  it('goes whole when it is given back', async () => {
    const person = await newPerson();
    const { id } = await assign(graph, person.id, bookkeeping);
    await (await server.asPerson(person)).create(`${entitlement}/assignmentRequests`, { requestType: 'userRemove', assignment: { id } });
    expect(await memberIds(graph, group.id)).not.toContain(person.id);
    expect(await rolesOf(person)).toEqual([]);
  });

  it('goes whole at its end, from members, roles and what the person sees', async () => {
    const person = await newPerson();
    const { id } = await assign(graph, person.id, bookkeeping);
    await passTheEnd(server.database, id);
    expect(await memberIds(graph, group.id)).not.toContain(person.id);
    expect(await rolesOf(person)).toEqual([]);
    expect((await assignmentOf(graph, person.id, bookkeeping))['state']).toBe('expired');
    expect((await graph.list(`/users/${person.id}/memberOf`)).map((one) => one.id)).not.toContain(group.id);
  });

  it('is not had twice, nor asked for twice', async () => {
    const person = await newPerson();
    const desk = await server.asPerson(person);
    const body = requestBody('userAdd', { targetId: person.id, ...bookkeeping });
    await desk.create(`${entitlement}/assignmentRequests`, body);
    expect(await desk.refusal('POST', `${entitlement}/assignmentRequests`, body)).toMatchObject({ status: 409, codes: ['alreadyRequested'] });
    const other = await newPerson();
    await assign(graph, other.id, bookkeeping);
    expect(await (await server.asPerson(other)).refusal('POST', `${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: other.id, ...bookkeeping }))).toMatchObject({ status: 409, codes: ['alreadyAssigned'] });
  });

  it('lasts longer when an administrator says so, and no longer than the new end', async () => {
    const person = await newPerson();
    const { id } = await assign(graph, person.id, bookkeeping);
    const endDateTime = `${new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 19)}Z`;
    await graph.create(`${entitlement}/assignmentRequests`, { requestType: 'adminUpdate', assignment: { id }, schedule: { expiration: { type: 'afterDateTime', endDateTime } } });
    const read = await graph.read(`${entitlement}/assignments/${id}`);
    expect(read).toMatchObject({ state: 'delivered', schedule: { expiration: { endDateTime: expect.stringContaining(endDateTime.slice(0, 19)) as string } } });
  });

  it('keeps incompatible packages apart', async () => {
    const rival = await offer(graph, [], { scope: 'allMemberUsers', requestor: self });
    await graph.must('POST', `${entitlement}/accessPackages/${rival.packageId}/incompatibleAccessPackages/$ref`, { '@odata.id': `${graph.base}/v1.0${entitlement}/accessPackages/${bookkeeping.packageId}` });
    const person = await newPerson();
    const { id } = await assign(graph, person.id, bookkeeping);
    const desk = await server.asPerson(person);
    const refusal = await desk.refusal('POST', `${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: person.id, ...rival }));
    expect(refusal.codes).toEqual(['incompatibleAccessPackage']);
    await takeAway(graph, id);
    await desk.create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: person.id, ...rival }));
  });
});
