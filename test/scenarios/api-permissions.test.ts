/** One package with application permissions, delegated permissions and a group, for a service principal. */
import { describe, expect, it } from 'vitest';
import { entitlement, filter, textOf } from '../../cli/client/graph.ts';
import { createApi, createPerson, createWorkload, redirectUri } from '../../cli/client/organisation.ts';
import { personToken } from '../../cli/client/sign-in.ts';
import { claimsOf, rolesIn } from '../../cli/client/tokens.ts';
import { assign, createGroup, heldRoleIds, memberIds, membership, offer, passTheEnd, permissions, takeAway } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const api = await createApi(graph, { name: 'Orders API', roles: ['Orders.Read.All', 'Orders.Refund'], scopes: ['orders.read', 'orders.write'] });
const group = await createGroup(graph, 'Robots');
const mixed = await offer(graph, [
  permissions(api, textOf(api.roles, 'Orders.Read.All'), textOf(api.scopes, 'orders.read')), membership(group.id),
], { scope: 'allDirectoryServicePrincipals', requestor: { enableTargetsToSelfAddAccess: true } });

const grantsOf = async (clientId: string): Promise<readonly unknown[]> => (await graph.list(`/oauth2PermissionGrants?${filter(`clientId eq '${clientId}'`)}`)).map(({ consentType, resourceId, scope }) => ({ consentType, resourceId, scope: String(scope).trim() }));

describe('application, delegated and group in one package', () => {
  it('arrive together, each where Graph shows it', async () => {
    const client = await createWorkload(graph, 'exporter');
    await assign(graph, client.principalId, mixed);
    expect(await heldRoleIds(graph, client.principalId, api)).toEqual([textOf(api.roles, 'Orders.Read.All')]);
    expect(await grantsOf(client.principalId)).toEqual([{ consentType: 'AllPrincipals', resourceId: api.principalId, scope: 'orders.read' }]);
    expect(await memberIds(graph, group.id)).toContain(client.principalId);
    expect(rolesIn(await server.tokenOf(client, api.scope))).toEqual(['Orders.Read.All']);
    expect((await graph.list(`/servicePrincipals/${client.principalId}/oauth2PermissionGrants`)).length).toBe(1);
  });

  it('go together', async () => {
    const client = await createWorkload(graph, 'exporter');
    const { id } = await assign(graph, client.principalId, mixed);
    await takeAway(graph, id);
    expect([await heldRoleIds(graph, client.principalId, api), await grantsOf(client.principalId), rolesIn(await server.tokenOf(client, api.scope))]).toEqual([[], [], []]);
    expect(await memberIds(graph, group.id)).not.toContain(client.principalId);
  });

  it('go together at the end', async () => {
    const client = await createWorkload(graph, 'exporter');
    const { id } = await assign(graph, client.principalId, mixed);
    await passTheEnd(server.database, id);
    expect([await heldRoleIds(graph, client.principalId, api), await grantsOf(client.principalId), rolesIn(await server.tokenOf(client, api.scope))]).toEqual([[], [], []]);
    expect(await memberIds(graph, group.id)).not.toContain(client.principalId);
  });

  it('are asked for by the service principal itself, with its own token', async () => {
    const client = await createWorkload(graph, 'asker');
    const self = await server.asWorkload(client);
    const made = await self.create(`${entitlement}/assignmentRequests`, { requestType: 'userAdd', assignment: { accessPackageId: mixed.packageId } });
    expect(await graph.read(`${entitlement}/assignmentRequests/${made.id}`)).toMatchObject({ state: 'delivered' });
    expect(rolesIn(await server.tokenOf(client, api.scope))).toEqual(['Orders.Read.All']);
  });
});

describe('a delegated permission', () => {
  it('stands as scp in the token that a person gets through the client, and only then', async () => {
    const person = await createPerson(graph, 'Petra', server.domain);
    const application = await graph.create('/applications', { displayName: 'order desk', signInAudience: 'AzureADMyOrg', isFallbackPublicClient: true, publicClient: { redirectUris: [redirectUri] } });
    const clientId = textOf(application, 'appId');
    const principal = await graph.create('/servicePrincipals', { appId: clientId });
    const signIn = async (): Promise<string> => await personToken(server.door, { clientId, redirectUri, username: person.username, password: person.password, scope: api.scope });
    await expect(signIn()).rejects.toThrow(/Nothing of .* is granted/);
    const { id } = await assign(graph, principal.id, mixed);
    const claims = claimsOf(await signIn());
    expect(claims).toMatchObject({ aud: api.appId, scp: 'orders.read', oid: person.id });
    expect(claims['roles'] ?? []).toEqual([]);
    await takeAway(graph, id);
    await expect(signIn()).rejects.toThrow(/Nothing of .* is granted/);
  });
});
