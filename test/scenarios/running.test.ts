/** What runs by itself: failing deliveries tell what is wrong, contents of packages reach who holds them, and nothing is left behind by what is deleted or disabled. */
import { describe, expect, it } from 'vitest';
import { cast, entitlement, textOf } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createPerson, createWorkload, addRole, addResource } from '../../cli/client/organisation.ts';
import { oneUser, requestBody, sponsorsOrOwners } from '../../cli/client/policies.ts';
import { appRoles, assign, assignmentOf, createGroup, heldRoleIds, memberIds, membership, offer, stateOf } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const boss = await createPerson(graph, 'Boss', server.domain);
const stages = [{ primary: [oneUser(boss.id)] }];

describe('a delivery that fails', () => {
  it('tells what is wrong and when it is tried again, to whoever asked too; it can be reprocessed when the group is back, without another approval', async () => {
    const group = await createGroup(graph, 'Oncall');
    const asker = await createPerson(graph, 'Asker', server.domain);
    const given = await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, stages });
    const desk = await server.asPerson(asker);
    const { id } = await desk.create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: asker.id, ...given }));
    await graph.must('DELETE', `/groups/${group.id}`);
    const [stage] = await graph.list(`${entitlement}/accessPackageAssignmentApprovals/${id}/stages`);
    await (await server.asPerson(boss)).must('PATCH', `${entitlement}/accessPackageAssignmentApprovals/${id}/stages/${stage?.id ?? ''}`, { reviewResult: 'Approve' });
    const failed = await desk.read(`${entitlement}/assignmentRequests/${id}`);
    expect(failed).toMatchObject({
      state: 'deliveryFailed', failureReasons: [{ code: 'resourceGone', target: group.id }],
      deliveryRetry: { attemptCount: 1, lastAttemptDateTime: expect.any(String), nextAttemptDateTime: expect.any(String), reasons: [{ code: 'resourceGone' }] },
    });
    expect(await desk.refusal('POST', `${entitlement}/assignmentRequests/${id}/reprocess`)).toMatchObject({ status: 403 });
    await graph.must('POST', `/directory/deletedItems/${group.id}/restore`, {});
    // The server may have been quicker than the administrator.
    await graph.must('POST', `${entitlement}/assignmentRequests/${id}/reprocess`).catch((error: unknown) => { expect(String(error)).toContain('Only a request that is deliveryFailed'); });
    expect(await graph.read(`${entitlement}/assignmentRequests/${id}`)).toMatchObject({ state: 'delivered', failureReasons: [], deliveryRetry: null });
    expect(await memberIds(graph, group.id)).toEqual([asker.id]);
  });
});

describe('contents of a package', () => {
  it('reach who holds it: what is added is given, what is removed is taken away unless another package gives it', async () => {
    const api = await createApi(graph, { name: 'Ledger', roles: ['Read', 'Write'] });
    const client = await createWorkload(graph, 'ledger client');
    const roleOf = (value: string): string => textOf(api.roles, value);
    const given = await offer(graph, []);
    const resource = await addResource(graph, given.catalogId, appRoles(api));
    await addRole(graph, given.packageId, { resource, roleOriginId: roleOf('Read') });
    const other = await offer(graph, [appRoles(api, roleOf('Read'))]);
    await assign(graph, client.principalId, given);
    await assign(graph, client.principalId, other);
    await addRole(graph, given.packageId, { resource, roleOriginId: roleOf('Write') });
    expect(await heldRoleIds(graph, client.principalId, api)).toEqual([roleOf('Read'), roleOf('Write')].toSorted());
    for (const one of await graph.list(`${entitlement}/accessPackages/${given.packageId}/resourceRoleScopes`)) await graph.must('DELETE', `${entitlement}/accessPackages/${given.packageId}/resourceRoleScopes/${one.id}`);
    expect(await heldRoleIds(graph, client.principalId, api)).toEqual([roleOf('Read')]);
    for (const one of await graph.list(`${entitlement}/accessPackages/${other.packageId}/resourceRoleScopes`)) await graph.must('DELETE', `${entitlement}/accessPackages/${other.packageId}/resourceRoleScopes/${one.id}`);
    expect(await heldRoleIds(graph, client.principalId, api)).toEqual([]);
  });
});

describe('what is deleted or disabled', () => {
  it('an agent that is disabled waits for nothing', async () => {
    const blueprint = await createBlueprint(graph, 'helper', [boss]);
    const bot = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [boss] });
    const given = await offer(graph, [], { scope: 'allDirectoryAgentIdentities', requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [sponsorsOrOwners] }] });
    const { id } = await (await server.asAgent(blueprint, bot)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: bot.id, ...given }));
    expect(await stateOf(graph, id)).toBe('pendingApproval');
    await graph.must('PATCH', `${cast.agent}/${bot.id}`, { accountEnabled: false });
    expect(await stateOf(graph, id)).toBe('canceled');
  });

  it('a person who is disabled waits for nothing', async () => {
    const asker = await createPerson(graph, 'Leaver', server.domain);
    const given = await offer(graph, [], { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, stages });
    const { id } = await (await server.asPerson(asker)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: asker.id, ...given }));
    await graph.must('PATCH', `/users/${asker.id}`, { accountEnabled: false });
    expect(await stateOf(graph, id)).toBe('canceled');
  });

  it('a group that is a resource takes its memberships with it; a package, a policy and a resource in use stay, with the reason', async () => {
    const [group, member] = [await createGroup(graph, 'Vault'), await createPerson(graph, 'Member', server.domain)];
    const given = await offer(graph, [membership(group.id)], {});
    const { id } = await assign(graph, member.id, given);
    expect(await graph.refusal('DELETE', `${entitlement}/accessPackages/${given.packageId}`)).toMatchObject({ status: 409 });
    expect(await graph.refusal('DELETE', `${entitlement}/assignmentPolicies/${given.policyId}`)).toMatchObject({ status: 409 });
    await graph.must('DELETE', `/groups/${group.id}`);
    await graph.must('POST', `${entitlement}/assignments/${id}/reprocess`);
    expect(await assignmentOf(graph, member.id, given)).toMatchObject({ state: 'partiallyDelivered', deliveryRetry: { reasons: [{ code: 'resourceGone' }] } });
    await graph.must('POST', `/directory/deletedItems/${group.id}/restore`, {});
    await graph.must('POST', `${entitlement}/assignments/${id}/reprocess`);
    expect(await assignmentOf(graph, member.id, given)).toMatchObject({ state: 'delivered', deliveryRetry: null });
    expect(await memberIds(graph, group.id)).toEqual([member.id]);
  });
});
