/** Whatever is deleted or disabled takes its access with it, at once. */
import { describe, expect, it } from 'vitest';
import { cast, entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createPerson, createWorkload, type Workload } from '../../cli/client/organisation.ts';
import { oneUser, requestBody } from '../../cli/client/policies.ts';
import { rolesIn } from '../../cli/client/tokens.ts';
import { appRoles, assign, assignmentOf, createGroup, heldRoleIds, memberIds, membership, offer, permissions, stateOf } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const sam = await createPerson(graph, 'Sam', server.domain);
const api = await createApi(graph, { name: 'Orders API', roles: ['Read'] });
const blueprint = await createBlueprint(graph, 'support-bot', [sam]);
const contents = [permissions(api, textOf(api.roles, 'Read'))];
const forAgents = await offer(graph, contents, { scope: 'allDirectoryAgentIdentities' });
const forWorkloads = await offer(graph, contents, { scope: 'allDirectoryServicePrincipals' });

const newAgent = async (from: Workload = blueprint): Promise<Entity> => await createAgent(graph, from, { displayName: 'bot', sponsors: [sam] });
const agentRoles = async (bot: Entity, from: Workload = blueprint): Promise<readonly string[]> => rolesIn(await server.agentToken(from, bot, api.scope));

describe('an agent', () => {
  it('that is disabled gets no token, and has its access again when it is enabled', async () => {
    const bot = await newAgent();
    await assign(graph, bot.id, forAgents);
    await graph.must('PATCH', `${cast.agent}/${bot.id}`, { accountEnabled: false });
    await expect(agentRoles(bot)).rejects.toThrow();
    await graph.must('PATCH', `${cast.agent}/${bot.id}`, { accountEnabled: true });
    expect(await agentRoles(bot)).toEqual(['Read']);
  });

  it('that is deleted loses its assignment for good', async () => {
    const bot = await newAgent();
    await assign(graph, bot.id, forAgents);
    await graph.must('DELETE', `${cast.agent}/${bot.id}`);
    await expect(agentRoles(bot)).rejects.toThrow();
    expect((await graph.list(`/servicePrincipals/${api.principalId}/appRoleAssignedTo`)).map((one) => one['principalId'])).not.toContain(bot.id);
    expect((await assignmentOf(graph, bot.id, forAgents))['state']).toBe('expired');
    await graph.must('POST', `/directory/deletedItems/${bot.id}/restore`, {});
    expect(await agentRoles(bot)).toEqual([]);
  });

  it('whose blueprint or its principal is disabled gets no token', async () => {
    const own = await createBlueprint(graph, 'own blueprint', [sam]);
    const bot = await newAgent(own);
    await assign(graph, bot.id, forAgents);
    await graph.must('PATCH', `${cast.principal}/${own.principalId}`, { accountEnabled: false });
    await expect(agentRoles(bot, own)).rejects.toThrow();
    await graph.must('PATCH', `${cast.principal}/${own.principalId}`, { accountEnabled: true });
    expect(await agentRoles(bot, own)).toEqual(['Read']);
    await graph.must('DELETE', `${cast.blueprint}/${own.application.id}`);
    await expect(agentRoles(bot, own)).rejects.toThrow();
  });

  it('of another blueprint is not spoken for', async () => {
    const [bot, stranger] = [await newAgent(), await createBlueprint(graph, 'stranger', [sam])];
    await assign(graph, bot.id, forAgents);
    await expect(agentRoles(bot, stranger)).rejects.toThrow();
  });
});

describe('a workload', () => {
  it('that is disabled or deleted gets no token, and its old token opens nothing of ours', async () => {
    const client = await createWorkload(graph, 'exporter');
    await assign(graph, client.principalId, forWorkloads);
    const self = await server.asWorkload(client);
    await self.list(`${entitlement}/assignments/filterByCurrentUser(on='target')`);
    await graph.must('PATCH', `/servicePrincipals/${client.principalId}`, { accountEnabled: false });
    await expect(server.tokenOf(client, api.scope)).rejects.toThrow();
    expect(await self.refusal('GET', `${entitlement}/assignments/filterByCurrentUser(on='target')`)).toMatchObject({ status: 401 });
    await graph.must('DELETE', `/servicePrincipals/${client.principalId}`);
    expect(await heldBy(client)).toBe(0);
    expect((await assignmentOf(graph, client.principalId, forWorkloads))['state']).toBe('expired');
  });

  it('whose application is deleted goes with it', async () => {
    const client = await createWorkload(graph, 'importer');
    await assign(graph, client.principalId, forWorkloads);
    await graph.must('DELETE', `/applications/${client.application.id}`);
    await expect(server.tokenOf(client, api.scope)).rejects.toThrow();
    expect(await heldBy(client)).toBe(0);
  });

  const heldBy = async (client: Workload): Promise<number> => (await graph.list(`/servicePrincipals/${api.principalId}/appRoleAssignedTo`)).filter((one) => one['principalId'] === client.principalId).length;
});

describe('a person', () => {
  it('who is disabled cannot sign in, and whose token of before opens nothing', async () => {
    const person = await createPerson(graph, 'Paula', server.domain);
    const desk = await server.asPerson(person);
    await desk.must('GET', '/me');
    await graph.must('PATCH', `/users/${person.id}`, { accountEnabled: false });
    expect(await desk.refusal('GET', '/me')).toMatchObject({ status: 401 });
    await expect(server.asPerson(person)).rejects.toThrow(/refused/);
  });

  it('who is deleted leaves groups, roles and assignments', async () => {
    const [person, group] = [await createPerson(graph, 'Pia', server.domain), await createGroup(graph, 'Team')];
    const given = await offer(graph, [membership(group.id), appRoles(api, textOf(api.roles, 'Read'))], { scope: 'allMemberUsers' });
    await assign(graph, person.id, given);
    await graph.must('DELETE', `/users/${person.id}`);
    expect(await memberIds(graph, group.id)).toEqual([]);
    expect((await assignmentOf(graph, person.id, given))['state']).toBe('expired');
    await graph.must('POST', `/directory/deletedItems/${person.id}/restore`, {});
    expect(await memberIds(graph, group.id)).toEqual([]);
  });

  it.each(['deleted', 'disabled'])('who was to approve and is %s is replaced by the fallback, or the request is closed with the reason', async (how) => {
    const lose = async (id: string) => { await (how === 'deleted' ? graph.must('DELETE', `/users/${id}`) : graph.must('PATCH', `/users/${id}`, { accountEnabled: false })); };
    const [boss, deputy, asker] = [await createPerson(graph, `Boss-${how}`, server.domain), await createPerson(graph, `Deputy-${how}`, server.domain), await createPerson(graph, `Asker-${how}`, server.domain)];
    const given = await offer(graph, [], { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [oneUser(boss.id)], fallback: [oneUser(deputy.id)] }] });
    const request = await (await server.asPerson(asker)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: asker.id, ...given }));
    await lose(boss.id);
    const desk = await server.asPerson(deputy);
    expect((await desk.list(`${entitlement}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')`)).map(({ id }) => id)).toEqual([request.id]);
    await lose(deputy.id);
    expect(await stateOf(graph, request.id)).toBe('denied');
  });
});

describe('what access is to', () => {
  it('takes it along: a deleted group', async () => {
    const [person, group] = [await createPerson(graph, 'Greta', server.domain), await createGroup(graph, 'Gone')];
    await assign(graph, person.id, await offer(graph, [membership(group.id)], { scope: 'allMemberUsers' }));
    await graph.must('DELETE', `/groups/${group.id}`);
    expect((await graph.list(`/users/${person.id}/memberOf`)).map(({ id }) => id)).not.toContain(group.id);
  });

  it('takes it along: a disabled or deleted API', async () => {
    const [other, client] = [await createApi(graph, { name: 'Short-lived API', roles: ['Read'] }), await createWorkload(graph, 'reader')];
    await assign(graph, client.principalId, await offer(graph, [permissions(other, textOf(other.roles, 'Read'))], { scope: 'allDirectoryServicePrincipals' }));
    expect(rolesIn(await server.tokenOf(client, other.scope))).toEqual(['Read']);
    await graph.must('PATCH', `/servicePrincipals/${other.principalId}`, { accountEnabled: false });
    await expect(server.tokenOf(client, other.scope)).rejects.toThrow();
    await graph.must('DELETE', `/applications/${other.applicationId}`);
    await expect(server.tokenOf(client, other.scope)).rejects.toThrow();
    expect(await heldRoleIds(graph, client.principalId, other)).toEqual([]);
  });

  it('takes it along: a role that is switched off', async () => {
    const [other, client] = [await createApi(graph, { name: 'Changing API', roles: ['Read', 'Write'] }), await createWorkload(graph, 'writer')];
    await assign(graph, client.principalId, await offer(graph, [permissions(other, textOf(other.roles, 'Read'), textOf(other.roles, 'Write'))], { scope: 'allDirectoryServicePrincipals' }));
    const { appRoles: roles } = await graph.must('GET', `/applications/${other.applicationId}?$select=appRoles`);
    const switched = (roles as readonly { value: string }[]).map((role) => ({ ...role, isEnabled: role.value !== 'Write' }));
    await graph.must('PATCH', `/applications/${other.applicationId}`, { appRoles: switched });
    expect(rolesIn(await server.tokenOf(client, other.scope))).toEqual(['Read']);
  });
});
