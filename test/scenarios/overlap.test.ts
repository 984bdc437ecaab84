/** Two packages that give one role, and roles given by hand: each reason for access counts for itself. */
import { describe, expect, it } from 'vitest';
import { textOf } from '../../cli/client/graph.ts';
import { createApi, createWorkload } from '../../cli/client/organisation.ts';
import { rolesIn } from '../../cli/client/tokens.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { assign, createGroup, heldRoleIds, memberIds, membership, offer, passTheEnd, permissions, takeAway } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const api = await createApi(graph, { name: 'Orders API', roles: ['Read', 'Refund'], scopes: ['orders.read'] });
const group = await createGroup(graph, 'Robots');
const read = textOf(api.roles, 'Read');
const options = { scope: 'allDirectoryServicePrincipals' };
const one = await offer(graph, [permissions(api, read), membership(group.id)], options);
const two = await offer(graph, [permissions(api, read, textOf(api.roles, 'Refund')), membership(group.id)], options);

describe('a role by two packages', () => {
  it('is one grant, and goes with the last of them', async () => {
    const client = await createWorkload(graph, 'twice');
    const [first, second] = [await assign(graph, client.principalId, one), await assign(graph, client.principalId, two)];
    expect((await heldRoleIds(graph, client.principalId, api)).length).toBe(2);
    await takeAway(graph, second.id);
    expect(rolesIn(await server.tokenOf(client, api.scope))).toEqual(['Read']);
    expect(await memberIds(graph, group.id)).toContain(client.principalId);
    await takeAway(graph, first.id);
    expect(rolesIn(await server.tokenOf(client, api.scope))).toEqual([]);
    expect(await memberIds(graph, group.id)).not.toContain(client.principalId);
  });

  it('outlives the end of one and not the end of the other', async () => {
    const client = await createWorkload(graph, 'ends');
    const [first, second] = [await assign(graph, client.principalId, one), await assign(graph, client.principalId, two)];
    await passTheEnd(server.database, first.id);
    expect(rolesIn(await server.tokenOf(client, api.scope))).toEqual(['Read', 'Refund']);
    await passTheEnd(server.database, second.id);
    expect(rolesIn(await server.tokenOf(client, api.scope))).toEqual([]);
  });

  it('carries the later end', async () => {
    const client = await createWorkload(graph, 'later');
    const until = (minutes: number): JsonRecord => ({ expiration: { type: 'afterDateTime', endDateTime: new Date(Date.now() + minutes * 60_000).toISOString() } });
    await assign(graph, client.principalId, { ...one, schedule: until(2) });
    const second = await assign(graph, client.principalId, { ...two, schedule: until(60) });
    await takeAway(graph, second.id);
    const rows = await graph.list(`/servicePrincipals/${client.principalId}/appRoleAssignments`);
    expect(rows.length).toBe(1);
    const token = await server.tokenOf(client, api.scope);
    expect(rolesIn(token)).toEqual(['Read']);
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())['exp'] * 1000).toBeLessThanOrEqual(Date.now() + 120_000);
  });
});

describe('a role given by hand', () => {
  it('survives the package that gave it too', async () => {
    const client = await createWorkload(graph, 'by hand');
    await graph.create(`/servicePrincipals/${client.principalId}/appRoleAssignments`, { principalId: client.principalId, resourceId: api.principalId, appRoleId: read });
    const { id } = await assign(graph, client.principalId, one);
    await takeAway(graph, id);
    expect(rolesIn(await server.tokenOf(client, api.scope))).toEqual(['Read']);
  });

  it('given after the package, survives its end', async () => {
    const client = await createWorkload(graph, 'by hand later');
    const { id } = await assign(graph, client.principalId, one);
    const answer = await graph.must('POST', `/servicePrincipals/${api.principalId}/appRoleAssignedTo`, { principalId: client.principalId, resourceId: api.principalId, appRoleId: read });
    expect(answer['appRoleId']).toBe(read);
    await passTheEnd(server.database, id);
    expect(rolesIn(await server.tokenOf(client, api.scope))).toEqual(['Read']);
    await takeByHand(client.principalId);
    expect(rolesIn(await server.tokenOf(client, api.scope))).toEqual([]);
  });

  it('a delegated permission by hand survives the package', async () => {
    const client = await createWorkload(graph, 'scoped');
    const delegated = await offer(graph, [permissions(api, textOf(api.scopes, 'orders.read'))], options);
    await graph.create('/oauth2PermissionGrants', { clientId: client.principalId, consentType: 'AllPrincipals', resourceId: api.principalId, scope: 'orders.read' });
    const { id } = await assign(graph, client.principalId, delegated);
    await takeAway(graph, id);
    expect((await graph.list(`/servicePrincipals/${client.principalId}/oauth2PermissionGrants`)).map((grant) => String(grant['scope']).trim())).toEqual(['orders.read']);
  });
});

async function takeByHand(principalId: string): Promise<void> {
  for (const { id } of await graph.list(`/servicePrincipals/${principalId}/appRoleAssignments`)) await graph.must('DELETE', `/servicePrincipals/${principalId}/appRoleAssignments/${id}`);
}
