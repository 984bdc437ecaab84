/** Whoever has little right sees little: what is theirs, and of the rest not even whether it exists. */
import { describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { entitlement, textOf } from '../../cli/client/graph.ts';
import { send } from '../../cli/client/http.ts';
import { createAgent, createApi, createBlueprint, createPerson, createWorkload } from '../../cli/client/organisation.ts';
import { oneUser, requestBody } from '../../cli/client/policies.ts';
import { assign, offer, permissions } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const [petra, paul, boss] = [await createPerson(graph, 'Petra', server.domain), await createPerson(graph, 'Paul', server.domain), await createPerson(graph, 'Boss', server.domain)];
const api = await createApi(graph, { name: 'Orders API', roles: ['Read'] });
const given = await offer(graph, [permissions(api, textOf(api.roles, 'Read'))], { scope: 'allDirectoryServicePrincipals', requestor: { enableTargetsToSelfAddAccess: true } });
const forPetra = await offer(graph, [], { scope: 'specificDirectoryUsers', targets: [oneUser(petra.id)], requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [oneUser(boss.id)] }] });
const request = await (await server.asPerson(petra)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: petra.id, ...forPetra }));
const [mine, theirs] = [await createWorkload(graph, 'mine'), await createWorkload(graph, 'theirs')];
const [myAssignment, theirAssignment] = [await assign(graph, mine.principalId, given), await assign(graph, theirs.principalId, given)];

const ids = (entities: readonly { readonly id: string }[]): readonly string[] => entities.map(({ id }) => id);

describe('a person without a role', () => {
  it('finds only what is theirs in lists', async () => {
    expect(ids(await (await server.asPerson(petra)).list(`${entitlement}/assignmentRequests`))).toEqual([request.id]);
    expect(ids(await (await server.asPerson(paul)).list(`${entitlement}/assignmentRequests`))).toEqual([]);
    expect(ids(await (await server.asPerson(paul)).list(`${entitlement}/assignments`))).toEqual([]);
    expect(ids(await (await server.asPerson(boss)).list(`${entitlement}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')`))).toEqual([request.id]);
    expect(ids(await (await server.asPerson(paul)).list(`${entitlement}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')`))).toEqual([]);
    expect(ids(await (await server.asPerson(paul)).list(`${entitlement}/accessPackages/filterByCurrentUser(on='allowedRequestor')`))).toEqual([]);
    expect(ids(await (await server.asPerson(petra)).list(`${entitlement}/accessPackages/filterByCurrentUser(on='allowedRequestor')`))).toEqual([forPetra.packageId]);
  });

  it('is told the same of what is not theirs as of what does not exist', async () => {
    const desk = await server.asPerson(paul);
    const places = [
      `${entitlement}/assignmentRequests/${request.id}`, `${entitlement}/accessPackageAssignmentApprovals/${request.id}`, `${entitlement}/assignments/${theirAssignment.id}`,
      `${entitlement}/catalogs/${given.catalogId}`, `${entitlement}/accessPackages/${given.packageId}`, `${entitlement}/assignmentPolicies/${given.policyId}`,
    ];
    for (const place of places) {
      const unknown = randomUUID();
      const [of, nothing] = [await desk.refusal('GET', place), await desk.refusal('GET', place.replace(/[^/]+$/, unknown))];
      expect([place, of.status === 404 || of.status === 403]).toEqual([place, true]);
      expect({ ...of, message: of.message.replaceAll(/[0-9a-f-]{36}/g, '') }).toEqual({ ...nothing, message: nothing.message.replaceAll(/[0-9a-f-]{36}/g, '') });
    }
  });

  it('cannot tell by asking whether a package exists', async () => {
    const desk = await server.asPerson(paul);
    const ask = async (packageId: string): Promise<unknown> => {
      const { status, codes, message } = await desk.refusal('POST', `${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: paul.id, policyId: forPetra.policyId, packageId }));
      return { status, codes, message: message.replaceAll(/[0-9a-f-]{36}/g, '') };
    };
    expect(await ask(forPetra.packageId)).toEqual(await ask(randomUUID()));
  });

  it('cannot cancel, change or remove what is another\'s', async () => {
    const desk = await server.asPerson(paul);
    expect(await desk.refusal('POST', `${entitlement}/assignmentRequests/${request.id}/cancel`, {})).toMatchObject({ status: 404 });
    expect(await desk.refusal('POST', `${entitlement}/assignmentRequests`, { requestType: 'userRemove', assignment: { id: theirAssignment.id } })).toMatchObject({ status: 404 });
    expect(await desk.refusal('DELETE', `${entitlement}/catalogs/${given.catalogId}`)).toEqual(await desk.refusal('DELETE', `${entitlement}/catalogs/${randomUUID()}`));
    expect(await desk.refusal('GET', '/auditLogs/directoryAudits')).toMatchObject({ status: 403 });
  });
});

describe('a workload without permissions', () => {
  it('sees its own assignments, and only those', async () => {
    const self = await server.asWorkload(mine);
    expect(ids(await self.list(`${entitlement}/assignments/filterByCurrentUser(on='target')`))).toEqual([myAssignment.id]);
    expect(await self.refusal('GET', `${entitlement}/assignments/${theirAssignment.id}`)).toMatchObject({ status: 404 });
  });

  it('is refused with 403 where it has no right at all', async () => {
    const self = await server.asWorkload(mine);
    for (const path of [`${entitlement}/catalogs`, '/applications', '/users', '/groups', '/auditLogs/directoryAudits', '/oauth2PermissionGrants', '/servicePrincipals']) {
      expect([path, (await self.refusal('GET', path)).status]).toEqual([path, 403]);
    }
    expect(await self.refusal('POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: mine.principalId, ...given }))).toMatchObject({ status: 403 });
    expect(await self.refusal('POST', '/groups', { displayName: 'x', mailNickname: 'x', mailEnabled: false, securityEnabled: true })).toMatchObject({ status: 403 });
  });

  it('does not ask for another, nor does an agent', async () => {
    const self = await server.asWorkload(mine);
    expect((await self.refusal('POST', `${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: theirs.principalId, ...given }))).status).toBe(403);
    const blueprint = await createBlueprint(graph, 'bots', [petra]);
    const bot = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [petra] });
    expect((await (await server.asAgent(blueprint, bot)).refusal('POST', `${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: theirs.principalId, ...given }))).status).toBe(403);
  });
});

describe('whoever is not known', () => {
  const url = `${server.door.base}/v1.0${entitlement}/catalogs`;

  it('gets 401 and is told how to come in', async () => {
    const other = await server.tokenOf(mine, api.scope);
    const [head = '', payload = '', signature = ''] = (await server.tokenOf(mine)).split('.');
    const forged = `${head}.${Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), roles: ['EntitlementManagement.ReadWrite.All'] })).toString('base64url')}.${signature}`;
    const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${payload}.`;
    for (const token of [undefined, 'nonsense', other, forged, unsigned]) {
      const answer = await send('GET', url, { token });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
      expect(answer.json).toMatchObject({ error: { code: 'InvalidAuthenticationToken', innerError: { 'request-id': answer.headers.get('request-id') } } });
    }
  });

  it('is told the same on every address, known or not', async () => {
    for (const path of ['/v1.0/users', `/v1.0/users/${petra.id}`, `/v1.0/users/${randomUUID()}`, '/beta/groups', '/v1.0/noSuchThing']) {
      expect([path, (await send('GET', `${server.door.base}${path}`)).status]).toEqual([path, 401]);
    }
  });
});
