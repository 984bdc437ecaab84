/** A sponsor asks for the agent: asking is not approving, so another sponsor has to. */
import { describe, expect, it } from 'vitest';
import { cast, entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, requestBody, sponsorsOrOwners } from '../../cli/client/policies.ts';
import { rolesIn } from '../../cli/client/tokens.ts';
import { assignmentOf, offer, permissions, stateOf } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const approvals = `${entitlement}/accessPackageAssignmentApprovals`;
const [sam, ada, olivia, max] = await Promise.all(['Sam', 'Ada', 'Olivia', 'Max'].map(async (name) => await createPerson(graph, name, server.domain)));
if (sam === undefined || ada === undefined || olivia === undefined || max === undefined) throw new Error('people are missing');
const api = await createApi(graph, { name: 'Orders API', roles: ['Orders.Read.All'] });
const blueprint = await createBlueprint(graph, 'support-bot', [sam]);
const onBehalf = {
  enableTargetsToSelfAddAccess: true, enableOnBehalfRequestorsToAddAccess: true, enableOnBehalfRequestorsToRemoveAccess: true, onBehalfRequestors: [sponsorsOrOwners],
};
const readOrders = await offer(graph, [permissions(api, textOf(api.roles, 'Orders.Read.All'))], {
  scope: 'allDirectoryAgentIdentities', requestor: onBehalf, stages: [{ primary: [sponsorsOrOwners], fallback: [oneUser(olivia.id)] }],
});

const bodyFor = (bot: Entity): object => requestBody('userAdd', { targetId: bot.id, ...readOrders }, { justification: 'for the bot' });
const askAs = async (person: Person, bot: Entity): Promise<Entity> => await (await server.asPerson(person)).create(`${entitlement}/assignmentRequests`, bodyFor(bot));
const rolesOf = async (bot: Entity): Promise<readonly string[]> => rolesIn(await server.agentToken(blueprint, bot, api.scope));

async function decideAs(person: Person, request: Entity): Promise<{ readonly path: string; readonly approve: () => Promise<unknown>; readonly refusal: () => Promise<{ status: number }> }> {
  const desk = await server.asPerson(person);
  const [stage] = await desk.list(`${approvals}/${request.id}/stages`);
  const path = `${approvals}/${request.id}/stages/${stage?.id ?? ''}`;
  return { path, approve: async () => await desk.must('PATCH', path, { reviewResult: 'Approve' }), refusal: async () => await desk.refusal('PATCH', path, { reviewResult: 'Approve' }) };
}

describe('a sponsor who asks for the agent', () => {
  it('cannot approve it, and another sponsor can', async () => {
    const bot = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sam, ada] });
    const request = await askAs(sam, bot);
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
    expect(await (await decideAs(sam, request)).refusal()).toMatchObject({ status: 403, message: expect.stringContaining('Nobody decides a request that they made') as string });
    expect(await rolesOf(bot)).toEqual([]);
    await (await decideAs(ada, request)).approve();
    expect(await rolesOf(bot)).toEqual(['Orders.Read.All']);
    const read = await graph.read(`${entitlement}/assignmentRequests/${request.id}?$expand=requestor,assignment($expand=target)`);
    expect(read).toMatchObject({ requestor: { objectId: sam.id }, assignment: { target: { objectId: bot.id } } });
  });

  it('leaves the decision to the fallback when there is no other sponsor', async () => {
    const bot = await createAgent(graph, blueprint, { displayName: 'lonely bot', sponsors: [sam] });
    const request = await askAs(sam, bot);
    expect(await (await decideAs(sam, request)).refusal()).toMatchObject({ status: 403 });
    await (await decideAs(olivia, request)).approve();
    expect(await rolesOf(bot)).toEqual(['Orders.Read.All']);
  });

  it('is told why when nobody is left who could decide', async () => {
    const { packageId, policyId } = await offer(graph, [], { scope: 'allDirectoryAgentIdentities', requestor: onBehalf, stages: [{ primary: [sponsorsOrOwners], fallback: [oneUser(sam.id)] }] });
    const bot = await createAgent(graph, blueprint, { displayName: 'orphan bot', sponsors: [sam] });
    const refusal = await (await server.asPerson(sam)).refusal('POST', `${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: bot.id, packageId, policyId }));
    expect(refusal).toMatchObject({ status: 400, codes: ['noApprover'], message: expect.stringContaining('fallback') as string });
  });

  it('sees the request and the assignment in the list of sponsored agents, and may take the access away', async () => {
    const bot = await createAgent(graph, blueprint, { displayName: 'listed bot', sponsors: [sam, ada] });
    const request = await askAs(sam, bot);
    await (await decideAs(ada, request)).approve();
    const desk = await server.asPerson(sam);
    const sponsored = "filterByCurrentUser(on='targetAgentIdentitySponsorOrOwner')";
    expect((await desk.list(`${entitlement}/assignmentRequests/${sponsored}`)).map(({ id }) => id)).toContain(request.id);
    const { id } = await assignmentOf(graph, bot.id, readOrders);
    expect((await desk.list(`${entitlement}/assignments/${sponsored}`)).map((one) => one.id)).toContain(id);
    await desk.create(`${entitlement}/assignmentRequests`, { requestType: 'userRemove', assignment: { id } });
    expect(await rolesOf(bot)).toEqual([]);
  });
});

describe('others', () => {
  it('who are neither sponsor nor owner cannot ask for the agent, and owners can', async () => {
    const bot = await createAgent(graph, blueprint, { displayName: 'owned bot', sponsors: [ada], owners: [olivia] });
    expect(await (await server.asPerson(max)).refusal('POST', `${entitlement}/assignmentRequests`, bodyFor(bot))).toMatchObject({ status: 403 });
    const request = await askAs(olivia, bot);
    await (await decideAs(ada, request)).approve();
    expect(await rolesOf(bot)).toEqual(['Orders.Read.All']);
  });

  it('do not ask for another agent with an agent\'s token', async () => {
    const [bot, other] = [await createAgent(graph, blueprint, { displayName: 'one', sponsors: [ada] }), await createAgent(graph, blueprint, { displayName: 'two', sponsors: [ada] })];
    expect(await (await server.asAgent(blueprint, other)).refusal('POST', `${entitlement}/assignmentRequests`, bodyFor(bot))).toMatchObject({ status: 403 });
  });

  it('never take the last sponsor away', async () => {
    const bot = await createAgent(graph, blueprint, { displayName: 'kept bot', sponsors: [sam, ada] });
    await graph.must('DELETE', `${cast.agent}/${bot.id}/sponsors/${ada.id}/$ref`);
    expect((await graph.refusal('DELETE', `${cast.agent}/${bot.id}/sponsors/${sam.id}/$ref`)).status).toBeOneOf([400, 409]);
    expect((await graph.list(`${cast.agent}/${bot.id}/sponsors`)).map(({ id }) => id)).toEqual([sam.id]);
  });
});
