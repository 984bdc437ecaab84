/** Nobody decides what they had asked for through an agent, an application, a group or a substitute (docs/decisions/0007-own-requests.md). */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { cast, entitlement, textOf, type Entity, type Graph } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createPerson, createWorkload, type Person } from '../../cli/client/organisation.ts';
import { oneUser, requestBody, sponsorsOrOwners } from '../../cli/client/policies.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { one } from '../../src/platform/db/transaction.ts';
import { createGroup, offer, permissions, stateOf, type Offer } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, database } = server;
const approvals = `${entitlement}/accessPackageAssignmentApprovals`;
const newPerson = async (name: string): Promise<Person> => await createPerson(graph, name, server.domain);
const [sam, ada, olga, max] = [await newPerson('Sam'), await newPerson('Ada'), await newPerson('Olga'), await newPerson('Max')];
const api = await createApi(graph, { name: 'Orders API', roles: ['Orders.Read.All'] });
const blueprint = await createBlueprint(graph, 'support-bot', [ada]);
const ownApiServicePrincipal = (await graph.list('/servicePrincipals?$filter=appId eq \'00000003-0000-0000-c000-000000000000\''))[0];
const bot = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sam] });
const sibling = await createAgent(graph, blueprint, { displayName: 'sibling', sponsors: [sam] });

/** Agents may ask for one another, and everybody named decides. */
const offered = async (approvers: readonly JsonRecord[], fallback: readonly JsonRecord[] = []): Promise<Offer> => await offer(graph, [permissions(api, textOf(api.roles, 'Orders.Read.All'))], {
  scope: 'allDirectoryAgentIdentities', stages: [{ primary: approvers, fallback }],
  requestor: { enableTargetsToSelfAddAccess: true, enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [{ '@odata.type': '#microsoft.graph.singleServicePrincipal', servicePrincipalId: bot.id }, oneUser(sam.id), oneUser(max.id)] },
});
const ask = async (asker: Graph, target: { readonly id: string }, { packageId, policyId }: Offer): Promise<Entity> =>
  await asker.create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: target.id, packageId, policyId }));
const askAsBot = async (target: { readonly id: string }, of: Offer): Promise<Entity> => await ask(await server.asAgent(blueprint, bot), target, of);
const stagePath = async (request: Entity): Promise<string> => `${approvals}/${request.id}/stages/${(await one(database.owner, sql<{ id: string }>`select id from approval_stages where request_id = ${request.id}`)).id}`;
const approve = async (person: Person, request: Entity): Promise<unknown> => await (await server.asPerson(person)).must('PATCH', await stagePath(request), { reviewResult: 'Approve' });
const refusal = async (person: Person, request: Entity) => await (await server.asPerson(person)).refusal('PATCH', await stagePath(request), { reviewResult: 'Approve' });
const approversOf = async (request: Entity): Promise<readonly string[]> => (await one(database.owner, sql<{ ids: readonly string[] }>`
  select array(select d.principal_id from stage_deciders d join approval_stages s on s.id = d.stage_id where s.request_id = ${request.id} order by 1) as ids`)).ids;

describe('an agent that asks for itself', () => {
  it('is approved by its sponsor, as ever', async () => {
    const request = await askAsBot(bot, await offered([sponsorsOrOwners]));
    await approve(sam, request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
  });
});

describe('an agent that asks for another', () => {
  it('is decided neither by its sponsor, nor by sponsors and owners of its blueprint, but by others', async () => {
    const request = await askAsBot(sibling, await offered([oneUser(sam.id), oneUser(ada.id), oneUser(olga.id)]));
    expect(await approversOf(request)).toEqual([olga.id]);
    for (const own of [sam, ada]) expect((await refusal(own, request)).status).toBe(own === sam ? 403 : 404);
    await approve(olga, request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
  });

  it('is refused when nobody else could decide', async () => {
    const refused = await (await server.asAgent(blueprint, bot)).refusal('POST', `${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: sibling.id, ...await offered([sponsorsOrOwners], [oneUser(ada.id)]) }));
    expect(refused).toMatchObject({ status: 400, codes: ['noApprover'] });
  });

  it('is not decided by who became its sponsor or owner meanwhile, by name or through a group', async () => {
    const [request, group] = [await askAsBot(sibling, await offered([oneUser(olga.id), oneUser(max.id)])), await createGroup(graph, 'bot keepers', { groupTypes: ['Unified'], mailEnabled: true })];
    await graph.must('POST', `${cast.agent}/${bot.id}/sponsors/$ref`, { '@odata.id': graph.reference('directoryObjects', group.id) });
    expect(await approversOf(request)).toHaveLength(2);
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', olga.id) });
    expect(await refusal(olga, request)).toMatchObject({ status: 403, codes: ['ownRequestByAgent'] });
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
    await graph.must('DELETE', `/groups/${group.id}/members/${olga.id}/$ref`);
    await approve(olga, request);
  });

  it('is not decided by its sponsor as the substitute of an approver', async () => {
    const desk = await server.asPerson(olga);
    const set = async (schedule: object): Promise<number> => (await inBeta(desk, { method: 'PUT', path: '/me/identityGovernance/approverDelegate', body: { delegate: { '@odata.type': '#microsoft.graph.singleUser', id: sam.id }, schedule } })).status;
    expect(await set({})).toBe(200);
    const request = await askAsBot(sibling, await offered([oneUser(olga.id)]));
    expect(await approversOf(request)).toEqual([olga.id]);
    expect(await refusal(sam, request)).toMatchObject({ status: 403 });
    await approve(olga, request);
    expect(await set({ expiration: { type: 'afterDateTime', endDateTime: '2026-01-01T00:00:00Z' } })).toBe(200);
  });
});

describe('a person who asks', () => {
  it('does not decide as the substitute of the approver, and neither does whoever stands in for that person', async () => {
    const of = await offered([oneUser(olga.id), oneUser(max.id)]);
    const set = async (who: Person, id: string): Promise<number> => (await inBeta(await server.asPerson(who), { method: 'PUT', path: '/me/identityGovernance/approverDelegate', body: { delegate: { '@odata.type': '#microsoft.graph.singleUser', id } } })).status;
    expect([await set(olga, max.id), await set(max, ada.id)]).toEqual([200, 200]);
    const request = await ask(await server.asPerson(max), sibling, of);
    expect(await approversOf(request)).toEqual([olga.id]);
    expect(await refusal(max, request)).toMatchObject({ status: 403, codes: ['ownRequest'] });
    expect((await refusal(ada, request)).status).toBe(404);
    await approve(olga, request);
  });
});

describe('whatever the token, only people decide', () => {
  it('not an agent, an application with every right, nor the agent itself', async () => {
    const request = await askAsBot(bot, await offered([oneUser(olga.id)]));
    const path = await stagePath(request);
    const program = await createWorkload(graph, 'mighty');
    if (ownApiServicePrincipal !== undefined) {
      const role = await one(database.owner, sql<{ id: string }>`select p.id from permissions p join directory_objects a on a.id = p.application_id where a.app_id = '00000003-0000-0000-c000-000000000000' and p.kind = 'role' and p.value = 'EntitlementManagement.ReadWrite.All'`);
      await graph.create(`/servicePrincipals/${program.principalId}/appRoleAssignments`, { principalId: program.principalId, resourceId: ownApiServicePrincipal.id, appRoleId: role.id });
    }
    for (const caller of [await server.asAgent(blueprint, bot), await server.asAgent(blueprint, sibling), await server.asWorkload(program), graph]) {
      expect((await caller.refusal('PATCH', path, { reviewResult: 'Approve' })).status).toBeOneOf([403, 404]);
    }
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
  });
});
