/** Every change leaves an event: who, through whom, what, before and after, why, in which request. And nobody changes it. */
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cast, entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createCatalog, createPerson, createWorkload } from '../../cli/client/organisation.ts';
import { requestBody, sponsorsOrOwners } from '../../cli/client/policies.ts';
import { send } from '../../cli/client/http.ts';
import { directoryRole } from '../../src/features/roles/model.ts';
import { recordsAt } from '../../src/kernel/json.ts';
import { assign, assignmentOf, createGroup, offer, permissions, takeAway } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const sam = await createPerson(graph, 'Sam', server.domain);
const api = await createApi(graph, { name: 'Orders API', roles: ['Read'] });
const blueprint = await createBlueprint(graph, 'support-bot', [sam]);

const trail = async (): Promise<readonly Entity[]> => await graph.list('/auditLogs/directoryAudits?$orderby=activityDateTime desc&$top=999');
const eventsAbout = async (id: string): Promise<readonly Entity[]> => (await trail()).filter((event) => recordsAt(event, 'targetResources').some((target) => target['id'] === id));

async function newEvents(change: () => Promise<unknown>): Promise<readonly Entity[]> {
  const before = new Set((await trail()).map(({ id }) => id));
  await change();
  return (await trail()).filter(({ id }) => !before.has(id));
}

describe('the trail of the main job', () => {
  it('names the agent and its blueprint, the sponsor, the reasons and the end', async () => {
    const bot = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sam] });
    const given = await offer(graph, [permissions(api, textOf(api.roles, 'Read'))], { scope: 'allDirectoryAgentIdentities', requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [sponsorsOrOwners] }] });
    const request = await (await server.asAgent(blueprint, bot)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: bot.id, ...given }, { justification: 'ticket 4711' }));
    const desk = await server.asPerson(sam);
    const [stage] = await desk.list(`${entitlement}/accessPackageAssignmentApprovals/${request.id}/stages`);
    await desk.must('PATCH', `${entitlement}/accessPackageAssignmentApprovals/${request.id}/stages/${stage?.id ?? ''}`, { reviewResult: 'Approve', justification: 'fine by me' });
    await takeAway(graph, (await assignmentOf(graph, bot.id, given)).id);

    const events = (await eventsAbout(bot.id)).toReversed();
    expect(events.find((event) => event['operationType'] === 'Request')).toMatchObject({
      category: 'EntitlementManagement', resultReason: 'ticket 4711', result: 'success',
      initiatedBy: { app: { servicePrincipalId: bot.id, displayName: 'bot' }, chain: [{ appId: blueprint.appId, kind: 'agentIdentityBlueprint' }, { id: bot.id, kind: 'agentIdentity' }] },
    });
    expect(events.find((event) => event['operationType'] === 'Approve')).toMatchObject({ resultReason: 'fine by me', initiatedBy: { user: { id: sam.id, userPrincipalName: sam.username }, chain: [{ id: sam.id }, { kind: 'client' }] } });
    expect(events.find((event) => event['operationType'] === 'Assign')).toBeDefined();
    expect(events.find((event) => event['operationType'] === 'Unassign')).toBeDefined();
    const times = events.map((event) => Date.parse(textOf(event, 'activityDateTime')));
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it('quotes the id of the request that made the change', async () => {
    const { base } = server.door;
    const clientRequestId = randomUUID();
    const client = await createWorkload(graph, 'writer');
    const own = await graph.read("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')");
    const role = recordsAt(own, 'appRoles').find((one) => one['value'] === 'Group.Create');
    await graph.create(`/servicePrincipals/${client.principalId}/appRoleAssignments`, { principalId: client.principalId, resourceId: own.id, appRoleId: role?.['id'] });
    const answer = await send('POST', `${base}/v1.0/groups`, { token: await server.tokenOf(client), headers: { 'client-request-id': clientRequestId }, body: { displayName: 'team', mailNickname: 'team', mailEnabled: false, securityEnabled: true } });
    expect(answer.status).toBe(201);
    const [event] = await eventsAbout(textOf(answer.json, 'id'));
    expect(event?.['correlationId']).toBe(answer.headers.get('request-id'));
    expect(event).toMatchObject({ initiatedBy: { app: { servicePrincipalId: client.principalId } } });
  });
});

describe('every kind of change', () => {
  const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['a user', async () => await createPerson(graph, `User ${randomUUID()}`, server.domain)],
    ['a user that changes', async () => await graph.must('PATCH', `/users/${sam.id}`, { jobTitle: randomUUID() })],
    ['a group', async () => await createGroup(graph, `Group ${randomUUID()}`)],
    ['an application', async () => await graph.create('/applications', { displayName: 'audited' })],
    ['a secret', async () => await graph.must('POST', `/applications/${blueprint.application.id}/addPassword`, { passwordCredential: { displayName: 'second' } })],
    ['an agent', async () => await createAgent(graph, blueprint, { displayName: 'audited', sponsors: [sam] })],
    ['a catalog', async () => await createCatalog(graph, 'audited')],
    ['a package and a policy', async () => await offer(graph, [permissions(api, textOf(api.roles, 'Read'))])],
    ['a sponsor', async () => {
      const bot = await createAgent(graph, blueprint, { displayName: 'more sponsors', sponsors: [sam] });
      const ada = await createPerson(graph, `Ada ${randomUUID()}`, server.domain);
      const events = await newEvents(async () => await graph.must('POST', `${cast.agent}/${bot.id}/sponsors/$ref`, { '@odata.id': graph.reference('users', ada.id) }));
      expect(JSON.stringify(events)).toContain(ada.id);
    }],
    ['a role by hand', async () => {
      const client = await createWorkload(graph, 'by hand');
      const events = await newEvents(async () => await graph.create(`/servicePrincipals/${client.principalId}/appRoleAssignments`, { principalId: client.principalId, resourceId: api.principalId, appRoleId: textOf(api.roles, 'Read') }));
      expect(events.length).toBeGreaterThan(0);
    }],
    ['a directory role', async () => await graph.create('/roleManagement/directory/roleAssignments', { principalId: (await createPerson(graph, `Reader ${randomUUID()}`, server.domain)).id, roleDefinitionId: directoryRole.globalReader, directoryScopeId: '/' })],
    ['a deletion', async () => {
      const group = await createGroup(graph, `Gone ${randomUUID()}`);
      const events = await newEvents(async () => await graph.must('DELETE', `/groups/${group.id}`));
      expect(events).toMatchObject([{ operationType: 'Delete' }]);
    }],
  ];

  it.each(changes)('leaves an event: %s', async (_name, change) => {
    const events = await newEvents(change);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      expect(event['activityDisplayName']).toBeTruthy();
      expect(event['correlationId']).toMatch(/^[0-9a-f-]{36}$/);
      expect(recordsAt(event, 'targetResources').length).toBeGreaterThan(0);
      expect(JSON.stringify(event['initiatedBy'])).toMatch(/"id":|"servicePrincipalId":/);
    }
  });

  it('says what was there before and what is there now', async () => {
    const catalog = await createCatalog(graph, 'old name');
    await graph.must('PATCH', `${entitlement}/catalogs/${catalog.id}`, { displayName: 'new name' });
    const [event] = await eventsAbout(catalog.id);
    expect(recordsAt(event ?? {}, 'targetResources')).toMatchObject([{ modifiedProperties: [{ displayName: 'displayName', oldValue: '"old name"', newValue: '"new name"' }] }]);
  });

  it('never holds a secret', async () => {
    const secret = await graph.must('POST', `/applications/${blueprint.application.id}/addPassword`, { passwordCredential: { displayName: 'third' } });
    const told = JSON.stringify(await trail());
    for (const text of [textOf(secret, 'secretText'), sam.password, blueprint.secret]) expect(told).not.toContain(text);
  });

  it('leaves none when it is refused', async () => {
    const events = await newEvents(async () => {
      await graph.refusal('POST', `${entitlement}/catalogs`, { displayName: 'x', description: 'x', state: 'nowhere' });
      await graph.refusal('POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: sam.id, packageId: randomUUID(), policyId: randomUUID() }));
      await (await server.asPerson(sam)).refusal('POST', `${entitlement}/catalogs`, { displayName: 'x', description: 'x' });
    });
    expect(events).toEqual([]);
  });
});

describe('nobody', () => {
  it('changes the trail: not through the API, not as the server\'s database role, not as the owner of the schema', async () => {
    await assign(graph, (await createWorkload(graph, 'someone')).principalId, await offer(graph, [permissions(api, textOf(api.roles, 'Read'))]));
    const [event] = await trail();
    expect((await graph.refusal('DELETE', `/auditLogs/directoryAudits/${event?.id ?? ''}`)).status).toBeOneOf([403, 405]);
    expect((await graph.refusal('PATCH', `/auditLogs/directoryAudits/${event?.id ?? ''}`, { resultReason: 'x' })).status).toBeOneOf([403, 405]);
    const { db, owner } = server.database;
    for (const pool of [db, owner]) {
      await expect(sql`delete from audit_events where id = ${event?.id ?? ''}`.execute(pool)).rejects.toMatchObject({ code: '42501' });
      await expect(sql`update audit_events set why = 'x'`.execute(pool)).rejects.toMatchObject({ code: '42501' });
      await expect(sql`truncate audit_events`.execute(pool)).rejects.toMatchObject({ code: '42501' });
    }
    expect((await trail()).map(({ id }) => id)).toContain(event?.id);
  });
});
