/** The main job: an agent is refused, asks, its sponsor approves, its token carries exactly the roles, and at the end they are gone. */
import { afterEach, describe, expect, it } from 'vitest';
import { cast, entitlement, GraphCaller, textOf, type Entity } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createPerson } from '../../cli/client/organisation.ts';
import { oneUser, requestBody, sponsorsOrOwners } from '../../cli/client/policies.ts';
import { endOfToken, rolesIn } from '../../cli/client/tokens.ts';
import { assignmentOf, heldRoleIds, offer, passTheEnd, permissions, stateOf } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const approvals = `${entitlement}/accessPackageAssignmentApprovals`;

const [sam, ada, max] = [await createPerson(graph, 'Sam', server.domain), await createPerson(graph, 'Ada', server.domain), await createPerson(graph, 'Max', server.domain)];
const api = await createApi(graph, { name: 'Orders API', roles: ['Orders.Read.All', 'Orders.Refund'] });
const blueprint = await createBlueprint(graph, 'support-bot', [sam, ada]);
const other = await createAgent(graph, blueprint, { displayName: 'other bot', sponsors: [sam, ada] });
const readOrders = await offer(graph, [permissions(api, textOf(api.roles, 'Orders.Read.All'))], {
  scope: 'allDirectoryAgentIdentities', requestor: { enableTargetsToSelfAddAccess: true },
  stages: [{ primary: [sponsorsOrOwners], fallback: [oneUser(ada.id)] }], expiration: { type: 'afterDuration', duration: 'PT1H' },
});

const newBot = async (): Promise<Entity> => await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sam, ada] });
const rolesOf = async (bot: Entity): Promise<readonly string[]> => rolesIn(await server.agentToken(blueprint, bot, api.scope));

async function ask(bot: Entity): Promise<Entity> {
  const self = await server.asAgent(blueprint, bot);
  return await self.create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: bot.id, ...readOrders }, { justification: 'ticket 4711' }));
}

async function stageOf(request: Entity): Promise<string> {
  const [stage] = await (await server.asPerson(sam)).list(`${approvals}/${request.id}/stages`);
  return `${approvals}/${request.id}/stages/${stage?.id ?? ''}`;
}

describe('an agent that wants to read orders', () => {
  afterEach(async () => { expect(await rolesOf(other)).toEqual([]); });

  it('has nothing, asks with its own token, and has nothing while it waits', async () => {
    const bot = await newBot();
    expect(await rolesOf(bot)).toEqual([]);
    const request = await ask(bot);
    expect(request['requestType']).toBe('userAdd');
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
    expect(await rolesOf(bot)).toEqual([]);
    const self = await server.asAgent(blueprint, bot);
    expect((await self.list(`${entitlement}/assignmentRequests/filterByCurrentUser(on='target')`)).map(({ id }) => id)).toEqual([request.id]);
  });

  it('cannot approve, and neither can a stranger', async () => {
    const bot = await newBot();
    const request = await ask(bot);
    const stage = await stageOf(request);
    const decision = { reviewResult: 'Approve', justification: 'mine' };
    expect(await (await server.asAgent(blueprint, bot)).refusal('PATCH', stage, decision)).toMatchObject({ status: 403 });
    expect(await (await server.asAgent(blueprint, other)).refusal('PATCH', stage, decision)).toMatchObject({ status: expect.toBeOneOf([403, 404]) as number });
    expect(await (await server.asPerson(max)).refusal('PATCH', stage, decision)).toMatchObject({ status: 404 });
    expect(await graph.refusal('PATCH', stage, decision)).toMatchObject({ status: 403, message: expect.stringContaining('Only a person') as string });
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
  });

  it('gets exactly the role once its sponsor approves, for as long as the policy says', async () => {
    const bot = await newBot();
    const request = await ask(bot);
    const desk = await server.asPerson(sam);
    expect((await desk.list(`${approvals}/filterByCurrentUser(on='approver')`)).map(({ id }) => id)).toContain(request.id);
    await desk.must('PATCH', await stageOf(request), { reviewResult: 'Approve', justification: 'fine' });
    expect(await stateOf(graph, request.id)).toBe('delivered');
    const assignment = await assignmentOf(graph, bot.id, readOrders);
    expect(assignment).toMatchObject({ state: 'delivered', target: { objectId: bot.id, subjectType: 'servicePrincipal' }, schedule: { expiration: { type: 'afterDateTime' } } });
    const token = await server.agentToken(blueprint, bot, api.scope);
    expect(rolesIn(token)).toEqual(['Orders.Read.All']);
    expect(endOfToken(token)).toBeLessThanOrEqual(endOf(assignment));
    expect(endOf(assignment) - Date.now()).toBeLessThanOrEqual(3_600_000);
    expect(await heldRoleIds(graph, bot.id, api)).toEqual([textOf(api.roles, 'Orders.Read.All')]);
    expect((await graph.list(`/servicePrincipals/${api.principalId}/appRoleAssignedTo`)).map((one) => one['principalId'])).toContain(bot.id);
  });

  it('has nothing once the end has passed, with no sweep in between', async () => {
    const bot = await newBot();
    const request = await ask(bot);
    await (await server.asPerson(ada)).must('PATCH', await stageOf(request), { reviewResult: 'Approve' });
    expect(await rolesOf(bot)).toEqual(['Orders.Read.All']);
    await passTheEnd(server.database, (await assignmentOf(graph, bot.id, readOrders)).id);
    expect(await rolesOf(bot)).toEqual([]);
    expect(await heldRoleIds(graph, bot.id, api)).toEqual([]);
    expect((await graph.list(`/servicePrincipals/${api.principalId}/appRoleAssignedTo`)).map((one) => one['principalId'])).not.toContain(bot.id);
    const expired = await assignmentOf(graph, bot.id, readOrders);
    expect(expired['state']).toBe('expired');
    expect(expired['expiredDateTime']).not.toBeNull();
  });

  it('may ask again after the end, and a denial leaves it with nothing', async () => {
    const bot = await newBot();
    await (await server.asPerson(ada)).must('PATCH', await stageOf(await ask(bot)), { reviewResult: 'Approve' });
    await passTheEnd(server.database, (await assignmentOf(graph, bot.id, readOrders)).id);
    const again = await ask(bot);
    const stage = await stageOf(again);
    await (await server.asPerson(sam)).must('PATCH', stage, { reviewResult: 'Deny', justification: 'not this week' });
    expect(await stateOf(graph, again.id)).toBe('denied');
    expect(await (await server.asPerson(ada)).refusal('PATCH', stage, { reviewResult: 'Approve' })).toMatchObject({ status: 409 });
    expect(await rolesOf(bot)).toEqual([]);
  });

  it('ends with a token whose life is cut to the second', async () => {
    const bot = await newBot();
    const end = new Date(Date.now() + 90_000);
    await graph.create(`${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: bot.id, ...readOrders }, { schedule: { expiration: { type: 'afterDateTime', endDateTime: end.toISOString() } } }));
    const token = await server.agentToken(blueprint, bot, api.scope);
    expect(rolesIn(token)).toEqual(['Orders.Read.All']);
    expect(endOfToken(token)).toBe(Math.floor(end.getTime() / 1000) * 1000);
  });

  it('is a service principal with a sponsor, and reads so through plain HTTP too', async () => {
    const bot = await newBot();
    const plain = new GraphCaller(server.door.base, async () => await server.agentToken(blueprint, bot));
    const answer = await plain.call('GET', `${cast.agent}/${bot.id}`);
    expect([200, 403, 404]).toContain(answer.status);
    expect(answer.headers.get('request-id')).toBeTruthy();
    expect((await graph.list(`${cast.agent}/${bot.id}/sponsors`)).map(({ id }) => id).toSorted()).toEqual([sam.id, ada.id].toSorted());
  });
});

const endOf = (assignment: Entity): number => Date.parse((assignment as unknown as { schedule: { expiration: { endDateTime: string } } }).schedule.expiration.endDateTime);
