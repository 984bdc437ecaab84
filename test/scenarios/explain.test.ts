/** At three in the morning: may they, why do they, why do they not, and who is told what. */
import { describe, expect, it } from 'vitest';
import { entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createPerson } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody, sponsorsOrOwners } from '../../cli/client/policies.ts';
import { recordAt, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import { assign, assignmentOf, createGroup, membership, offer, passTheEnd, permissions, takeAway } from '../support/access.ts';
import { Beyond, type Told } from '../support/beyond.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, door } = server;
const [sam, ada, olivia, max] = await Promise.all(['Sam', 'Ada', 'Olivia', 'Max'].map(async (name) => await createPerson(graph, name, server.domain)));
if (sam === undefined || ada === undefined || olivia === undefined || max === undefined) throw new Error('people are missing');
const api = await createApi(graph, { name: 'Orders API', roles: ['Orders.Read.All', 'Orders.Write.All'] });
const [readId, writeId] = [textOf(api.roles, 'Orders.Read.All'), textOf(api.roles, 'Orders.Write.All')];
const blueprint = await createBlueprint(graph, 'support-bot', [sam]);
const sponsored = { scope: 'allDirectoryAgentIdentities', requestor: { enableTargetsToSelfAddAccess: true, enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [sponsorsOrOwners] } };

const beyond = new Beyond(door.base);
const ask = async (token: string, path: string): Promise<Told> => await beyond.send('GET', path, { token });
const adminToken = await server.administratorToken();
const may = async (token: string, [principalId, packageId]: readonly [principal: string, accessPackage: string], more = ''): Promise<Told> => await ask(token, `explain(principalId='${principalId}',accessPackageId='${packageId}'${more})`);
const holds = async (token: string, principalId: string, [resourceId, role]: readonly [resource: string, role: string]): Promise<Told> => await ask(token, `explain(principalId='${principalId}',resourceId='${resourceId}',roleId='${role}')`);
const codes = (body: JsonRecord): readonly unknown[] => recordsAt(body, 'reasons').map(({ code }) => code);
const tokenOf = async (bot: Entity): Promise<string> => await server.agentToken(blueprint, bot);
const ofPerson = async (person: typeof sam): Promise<string> => await server.tokenOfPerson(person);
const newBot = async (sponsors = [sam, ada]): Promise<Entity> => await createAgent(graph, blueprint, { displayName: `bot ${newId()}`, sponsors });

/** Nobody who asks is told who decides. */
async function hideApprovers(packageId: string, policyId: string): Promise<void> {
  const body = policyBody(packageId, { ...sponsored, stages: [{ primary: [sponsorsOrOwners], fallback: [oneUser(olivia?.id ?? '')] }], expiration: { type: 'afterDuration', duration: 'P30D' } });
  const settings = recordAt(body, 'requestApprovalSettings');
  await graph.must('PUT', `${entitlement}/assignmentPolicies/${policyId}`, { ...body, requestApprovalSettings: { ...settings, stages: recordsAt(settings, 'stages').map((stage) => ({ ...stage, approverInformationVisibility: 'notVisible' })) } });
}

describe('may they get it', () => {
  it('an agent is told what it would bring, who is asked and until when', async () => {
    const bot = await newBot();
    const { packageId, policyId } = await offer(graph, [permissions(api, readId)], { ...sponsored, stages: [{ primary: [sponsorsOrOwners], fallback: [oneUser(olivia.id)] }], expiration: { type: 'afterDuration', duration: 'P30D' } });
    const { status, body } = await may(adminToken, [bot.id, packageId]);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      isAllowed: true, isApprovalRequired: true, policy: { id: policyId, why: 'It is the only policy that fits.' }, reasons: [], otherPolicies: [],
      requirements: { isJustificationRequired: false, questions: [] }, stages: [{ position: 1, requiredApprovalCount: 1, durationBeforeAutomaticDenial: 'P14D', areDecidersHidden: false, deciderCount: 2 }],
      requestors: [{ type: 'self' }, { type: 'targetAgentIdentitySponsorsOrOwners', count: 3 }], access: { expiration: { type: 'afterDuration', duration: 'P30D' } },
    });
    expect(recordsAt(recordsAt(body, 'stages')[0] ?? {}, 'deciders').map(({ id }) => id).toSorted()).toEqual([sam.id, ada.id].toSorted());
    const due = new Date(String(recordsAt(body, 'stages')[0]?.['dueDateTime'])).getTime();
    expect(Math.round((due - Date.now()) / 86_400_000)).toBe(14);
    expect(Math.round((new Date(String(recordAt(body, 'access')['latestEndDateTime'])).getTime() - Date.now()) / 86_400_000)).toBe(44);
    expect(await may(await tokenOf(bot), [bot.id, packageId])).toMatchObject({ status: 200, body: { isAllowed: true, requestors: [{ type: 'self' }, { count: 3, people: [] }], stages: [{ areDecidersHidden: false, deciders: [{}, {}] }] } });
    await hideApprovers(packageId, policyId);
    expect(await may(await tokenOf(bot), [bot.id, packageId])).toMatchObject({ status: 200, body: { stages: [{ areDecidersHidden: true, deciders: [], deciderCount: null }] } });
    expect((await may(adminToken, [bot.id, packageId])).body).toMatchObject({ stages: [{ areDecidersHidden: false, deciderCount: 2 }] });
    const request = await (await server.asAgent(blueprint, bot)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: bot.id, packageId, policyId }));
    expect((await may(adminToken, [bot.id, packageId])).body).toMatchObject({ isAllowed: false, openRequestId: request.id, reasons: [{ code: 'alreadyRequested', mends: [{ action: 'awaitRequest', targetId: request.id }, { action: 'cancelRequest' }] }] });
  });

  it('a sponsor is told of the bot, as itself and as the bot; strangers are told nothing', async () => {
    const bot = await newBot([sam]);
    const { packageId } = await offer(graph, [], { ...sponsored, stages: [{ primary: [sponsorsOrOwners], fallback: [oneUser(olivia.id)] }] });
    const asBot = await may(await ofPerson(sam), [bot.id, packageId]);
    expect(asBot).toMatchObject({ status: 200, body: { isAllowed: true, requestor: { id: bot.id }, stages: [{ deciders: [{ role: 'primary' }] }] } });
    const asSponsor = await may(await ofPerson(sam), [bot.id, packageId], `,requestorId='${sam.id}'`);
    expect(asSponsor).toMatchObject({ status: 200, body: { isAllowed: true, requestor: { id: sam.id }, stages: [{ deciders: [{ role: 'fallback' }] }] } });
    expect((await may(await ofPerson(max), [bot.id, packageId])).status).toBe(404);
    expect((await may(await ofPerson(sam), [bot.id, packageId], `,requestorId='${max.id}'`)).status).toBe(404);
    expect((await may(await ofPerson(sam), [max.id, packageId])).status).toBe(404);
    expect((await may(adminToken, [bot.id, packageId], `,requestorId='${max.id}'`)).body).toMatchObject({ isAllowed: false, reasons: [{ code: 'packageNotRequestable' }] });
    expect((await may(adminToken, [bot.id, newId()])).status).toBe(404);
    expect((await may(adminToken, [newId(), packageId])).status).toBe(404);
  });

  it('a stranger to a package is told of it as of one that does not exist', async () => {
    const { packageId } = await offer(graph, [], { scope: 'specificDirectoryUsers', targets: [oneUser(olivia.id)], requestor: { enableTargetsToSelfAddAccess: true } });
    const [real, unreal] = [await may(await ofPerson(max), [max.id, packageId]), await may(await ofPerson(max), [max.id, newId()])];
    expect(real).toMatchObject({ status: 200, body: { isAllowed: false, accessPackage: { displayName: null }, policy: null, reasons: [{ code: 'packageNotRequestable' }] } });
    expect({ ...real.body, accessPackage: null }).toEqual({ ...unreal.body, accessPackage: null });
  });

  it('an administrator is told why each policy does not fit, and what would change it', async () => {
    const group = await createGroup(graph, `Insiders ${newId()}`);
    const { packageId, policyId } = await offer(graph, [], { displayName: 'insiders', scope: 'specificDirectoryUsers', targets: [{ '@odata.type': '#microsoft.graph.groupMembers', groupId: group.id }], requestor: { enableTargetsToSelfAddAccess: true } });
    await graph.create(`${entitlement}/assignmentPolicies`, policyBody(packageId, { displayName: 'direct' }));
    await graph.create(`${entitlement}/assignmentPolicies`, policyBody(packageId, { displayName: 'bots', ...sponsored }));
    await graph.create(`${entitlement}/assignmentPolicies`, policyBody(packageId, { displayName: 'closed', scope: 'allMemberUsers' }));
    const { body } = await may(adminToken, [max.id, packageId]);
    expect(codes(body)).toEqual(['packageNotRequestable']);
    expect(recordsAt(body, 'otherPolicies').map(({ displayName, reasons }) => [displayName, Array.isArray(reasons) ? reasons.map((one: JsonRecord) => [one['code'], recordsAt(one, 'mends').map(({ action }) => action)]) : reasons])).toEqual([
      ['insiders', [['targetNotInScope', ['addToGroup', 'nameTarget']]]], ['direct', [['administratorsOnly', ['assignDirectly', 'changeScope']]]],
      ['bots', [['targetNotInScope', ['addPolicy']]]], ['closed', [['notAllowedToAsk', ['changePolicy']]]],
    ]);
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': `${door.base}/v1.0/directoryObjects/${max.id}` });
    expect((await may(adminToken, [max.id, packageId])).body).toMatchObject({ isAllowed: true, policy: { id: policyId } });
  });

  it('several fit: the narrowest is chosen, and the others are named', async () => {
    const self = { enableTargetsToSelfAddAccess: true };
    const { packageId } = await offer(graph, [], { displayName: 'wide', scope: 'allDirectoryUsers', requestor: self });
    const narrow = await graph.create(`${entitlement}/assignmentPolicies`, policyBody(packageId, { displayName: 'narrow', scope: 'specificDirectoryUsers', targets: [oneUser(max.id)], requestor: self }));
    expect((await may(await ofPerson(max), [max.id, packageId])).body).toMatchObject({ isAllowed: true, policy: { id: narrow.id, why: expect.stringContaining('2 policies fit') as string }, otherPolicies: [{ displayName: 'wide', fits: true, reasons: [] }] });
  });

  it('what stands in the way is named with what would move it', async () => {
    const self = { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true } };
    const [wanted, other] = [await offer(graph, [], { ...self, stages: [{ primary: [oneUser(olivia.id)] }] }), await offer(graph, [], self)];
    await graph.must('POST', `${entitlement}/accessPackages/${wanted.packageId}/incompatibleAccessPackages/$ref`, { '@odata.id': `${door.base}/v1.0${entitlement}/accessPackages/${other.packageId}` });
    const held = await assign(graph, olivia.id, other);
    const { body } = await may(await ofPerson(olivia), [olivia.id, wanted.packageId]);
    expect(body).toMatchObject({ isAllowed: false, reasons: [{ code: 'incompatibleAccessPackage', mends: [{ action: 'removeAssignment', targetId: held.id }] }, { code: 'noApprover', mends: [{ action: 'nameFallbackApprover' }] }] });
    await graph.must('PATCH', `${entitlement}/catalogs/${wanted.catalogId}`, { state: 'unpublished' });
    expect(codes((await may(adminToken, [max.id, wanted.packageId])).body)).toEqual(['catalogNotPublished']);
    expect((await may(adminToken, [olivia.id, other.packageId])).body).toMatchObject({ isAllowed: false, assignment: { id: held.id, endDateTime: null }, reasons: [{ code: 'alreadyAssigned', mends: [{ action: 'updateAssignment' }, { action: 'removeAssignment', targetId: held.id }] }] });
  });
});

describe('why do they hold it', () => {
  it('assignment, request, approver, policy, since when, until when; and that an older token does not have it yet', async () => {
    const bot = await newBot();
    const offered = await offer(graph, [permissions(api, readId)], { ...sponsored, stages: [{ primary: [sponsorsOrOwners] }], expiration: { type: 'afterDuration', duration: 'P30D' } });
    const request = await (await server.asPerson(sam)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: bot.id, ...offered }, { justification: 'for the bot' }));
    const desk = await server.asPerson(ada);
    const stages = `${entitlement}/accessPackageAssignmentApprovals/${request.id}/stages`;
    await desk.must('PATCH', `${stages}/${(await desk.list(stages))[0]?.id ?? ''}`, { reviewResult: 'Approve', justification: 'fine' });
    const { id } = await assignmentOf(graph, bot.id, offered);
    for (const role of [readId, 'orders.read.all']) {
      const { status, body } = await holds(adminToken, bot.id, [api.principalId, role]);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        isHeld: true, reasons: [], packages: [], ended: [], tokenAdvice: expect.stringContaining('get a new one') as string,
        sources: [{ kind: 'assignment', isStanding: false, via: null, assignments: [{ id, accessPackage: { id: offered.packageId }, policy: { id: offered.policyId }, request: { id: request.id, justification: 'for the bot', requestor: { id: sam.id }, approvals: [{ result: 'Approve', reviewer: { id: ada.id }, justification: 'fine' }] } }] }],
      });
    }
    expect((await holds(await tokenOf(bot), bot.id, [api.principalId, readId])).body).toMatchObject({ isHeld: true, sources: [{ assignments: [{ request: { approvals: [{ reviewer: { id: ada.id } }] } }] }] });
    expect((await holds(await ofPerson(max), bot.id, [api.principalId, readId])).status).toBe(404);
    expect((await holds(adminToken, bot.id, [api.principalId, 'No.Such.Role'])).status).toBe(404);
    expect((await holds(adminToken, bot.id, [newId(), readId])).status).toBe(404);
  });

  it('a standing grant and a membership are told apart from packages', async () => {
    const group = await createGroup(graph, `Vault ${newId()}`);
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': `${door.base}/v1.0/directoryObjects/${max.id}` });
    expect((await holds(adminToken, max.id, [group.id, 'member'])).body).toMatchObject({ isHeld: true, sources: [{ kind: 'standing', isStanding: true, endDateTime: null, assignments: [] }] });
    const outer = await createGroup(graph, `Outer ${newId()}`);
    await graph.must('POST', `/groups/${outer.id}/members/$ref`, { '@odata.id': `${door.base}/v1.0/directoryObjects/${group.id}` });
    expect((await holds(adminToken, max.id, [outer.id, 'Member'])).body).toMatchObject({ isHeld: true, sources: [{ kind: 'group', via: { id: group.id } }] });
    expect((await holds(await ofPerson(max), max.id, [group.id, 'owner'])).body).toMatchObject({ isHeld: false, reasons: [{ code: 'notGiven' }] });
  });
});

describe('why do they not hold it', () => {
  it('what ended lately is told, with how, and which packages would give it', async () => {
    const bot = await newBot();
    const offered = await offer(graph, [permissions(api, writeId)], sponsored);
    const asked = requestBody('adminAdd', { targetId: bot.id, ...offered });
    await graph.create(`${entitlement}/assignmentRequests`, asked);
    const first = await assignmentOf(graph, bot.id, offered);
    await passTheEnd(server.database, first.id);
    const told = await holds(await tokenOf(bot), bot.id, [api.principalId, 'Orders.Write.All']);
    expect(told).toMatchObject({ status: 200, body: { isHeld: false, reasons: [{ code: 'assignmentExpired', target: first.id, mends: [{ action: 'askAgain', targetId: offered.packageId }] }], ended: [{ assignmentId: first.id, cause: 'expired' }], packages: [{ accessPackage: { id: offered.packageId }, isAllowed: true }] } });
    await graph.create(`${entitlement}/assignmentRequests`, asked);
    const second = await assignmentOf(graph, bot.id, offered);
    await takeAway(graph, second.id);
    expect((await holds(adminToken, bot.id, [api.principalId, writeId])).body).toMatchObject({ isHeld: false, reasons: [{ code: 'assignmentRemoved', target: second.id }], ended: [{ assignmentId: second.id, cause: 'removed' }, { assignmentId: first.id }] });
  });

  it('a request on its way is told, and packages that are for others only to whoever governs them', async () => {
    const group = await createGroup(graph, `Secret ${newId()}`);
    const forOthers = await offer(graph, [membership(group.id)], { scope: 'specificDirectoryUsers', targets: [oneUser(olivia.id)], requestor: { enableTargetsToSelfAddAccess: true } });
    const open = await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [oneUser(olivia.id)] }] });
    const request = await (await server.asPerson(max)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: max.id, ...open }));
    const plain = await holds(await ofPerson(max), max.id, [group.id, 'member']);
    expect(plain.body).toMatchObject({ isHeld: false, packages: [{ accessPackage: { id: open.packageId }, isAllowed: false, reasons: [{ code: 'alreadyRequested' }] }] });
    expect(recordsAt(plain.body, 'packages')).toHaveLength(1);
    expect(codes(plain.body)).toEqual(['requestOpen', 'notGiven']);
    expect(recordsAt(plain.body, 'reasons')[0]).toMatchObject({ target: request.id });
    const governed = await holds(adminToken, max.id, [group.id, 'member']);
    expect(recordsAt(governed.body, 'packages').map((one) => textAt(recordAt(one, 'accessPackage'), 'id')).toSorted()).toEqual([forOthers.packageId, open.packageId].toSorted());
  });
});
