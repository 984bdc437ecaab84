/** Applications, service principals, agents and their grants through the whole Graph service, without HTTP. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { callerWith } from '../../../../test/support/graph-work.ts';
import type { GraphService } from '../../../platform/graph/exchange.ts';
import { buildRegistry } from '../../../platform/graph/registry.ts';
import { answerGraph } from '../../../platform/graph/service.ts';
import { newId } from '../../../platform/ids.ts';
import { approverDelegates } from '../../approverDelegates/api.ts';
import { grantDeclaration } from '../../grants/api.ts';
import { declareRoles } from '../../roles/api.ts';
import { declareDirectory } from './index.ts';

const { db } = await testDatabase();
const registry = buildRegistry([declareRoles(), declareDirectory({ endAccess: async () => {}, shutOut: async () => {}, keepShutOut: async () => {} }), grantDeclaration, approverDelegates]);
const service: GraphService = { registry, db, clock: { now: () => new Date() }, publicUrl: 'http://127.0.0.1:8080' };
const admin = callerWith(['User.ReadWrite.All', 'Application.ReadWrite.All', 'Directory.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All', 'AgentIdUser.ReadWrite.All']);
// Whoever creates an agent becomes its owner, so it has to be in the directory itself.
await sql`insert into directory_objects (id, type, display_name, app_id) values (${admin.principalId}, 'servicePrincipal', 'Admin', ${newId()})`.execute(db);
const blueprints = '/applications/microsoft.graph.agentIdentityBlueprint';
const agents = '/servicePrincipals/Microsoft.Graph.AgentIdentity';

interface Said { readonly status: number; readonly body: Record<string, unknown>; readonly value: readonly Record<string, unknown>[] }

async function send(method: string, url: string, given: { readonly body?: unknown; readonly prefer?: string } = {}): Promise<Said> {
  const [path = '', query = ''] = url.split('?');
  const bugs: unknown[] = [];
  const answer = await answerGraph(service, {
    method, path, query, version: 'v1.0', headers: given.prefer === undefined ? {} : { prefer: given.prefer }, body: given.body, caller: admin, requestId: newId(), clientRequestId: newId(),
  }, { error: (facts) => { bugs.push(facts); } });
  expect(bugs).toEqual([]);
  const body = { ...answer.body };
  return { status: answer.status, body, value: Array.isArray(body['value']) ? body['value'] : [] };
}
async function make(path: string, body: object): Promise<Record<string, unknown> & { readonly id: string }> {
  const made = await send('POST', path, { body });
  expect([made.status, made.body['error']]).toEqual([201, undefined]);
  return { ...made.body, id: String(made.body['id']) };
}
const nameOf = (): string => `n${newId().replaceAll('-', '')}`;
const newUser = async () => {
  const name = nameOf();
  return await make('/users', { accountEnabled: true, displayName: name, mailNickname: name, userPrincipalName: `${name}@example.org`, passwordProfile: { password: 'Quiet-Harbor-9', forceChangePasswordNextSignIn: false } });
};
const bound = (...ids: readonly string[]) => ids.map((id) => `https://graph.microsoft.com/v1.0/users/${id}`);
const ref = (id: string) => ({ body: { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` } });

async function newApi() {
  const role = { id: crypto.randomUUID(), value: 'Reports.Read.All', displayName: 'Read', description: 'Read', allowedMemberTypes: ['Application', 'User'], isEnabled: true };
  const scope = { id: crypto.randomUUID(), value: 'reports.read', type: 'Admin', isEnabled: true, adminConsentDisplayName: 'Read', adminConsentDescription: 'Read' };
  const app = await make('/applications', { displayName: nameOf(), identifierUris: [`api://${nameOf()}`], appRoles: [role], api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [scope] } });
  return { app, role, scope, sp: await make('/servicePrincipals', { appId: app['appId'] }) };
}
async function newAgent() {
  const [alice, carol] = [await newUser(), await newUser()];
  const blueprint = await make(blueprints, { displayName: nameOf(), 'sponsors@odata.bind': bound(alice.id, carol.id), 'owners@odata.bind': bound(alice.id) });
  await make('/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal', { appId: blueprint['appId'] });
  const agent = await make(agents, { displayName: nameOf(), agentIdentityBlueprintId: blueprint['appId'], 'sponsors@odata.bind': bound(alice.id, carol.id) });
  return { alice, carol, blueprint, agent };
}

describe('applications', () => {
  it('are found by every key, keep what a change does not name, and come back after deletion', async () => {
    const { app, role, scope, sp } = await newApi();
    expect(app).toMatchObject({ appRoles: [role], api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [scope] }, signInAudience: 'AzureADMyOrg', keyCredentials: [] });
    expect((await send('PATCH', `/applications(appId='${String(app['appId'])}')`, { body: { api: { requestedAccessTokenVersion: 1 }, tags: ['a'] } })).status).toBe(204);
    expect((await send('GET', `/applications/${app.id}`)).body).toMatchObject({ api: { requestedAccessTokenVersion: 1, oauth2PermissionScopes: [scope] }, tags: ['a'] });
    expect(sp).toMatchObject({ appRoles: [role], oauth2PermissionScopes: [scope], servicePrincipalType: 'Application', servicePrincipalNames: [app['appId'], ...[app['identifierUris']].flat()] });
    expect((await send('GET', `/servicePrincipals(appId='${String(app['appId'])}')`)).body['id']).toBe(sp.id);
    expect((await send('DELETE', `/applications/${app.id}`)).status).toBe(204);
    expect((await send('GET', `/servicePrincipals/${sp.id}`)).status).toBe(404);
    expect((await send('POST', `/applications/${app.id}/restore`)).status).toBe(200);
    expect((await send('GET', `/servicePrincipals/${sp.id}`)).status).toBe(200);
  });

  it('are made by an upsert', async () => {
    const path = `/applications(uniqueName='${nameOf()}')`;
    expect((await send('PATCH', path, { body: { displayName: 'x' } })).status).toBe(404);
    expect((await send('PATCH', path, { body: { displayName: 'x' }, prefer: 'create-if-missing' })).status).toBe(201);
    expect((await send('GET', path)).body['displayName']).toBe('x');
  });

  it('have owners, secrets, federated credentials and extension properties', async () => {
    const [app, alice] = [await make('/applications', { displayName: nameOf() }), await newUser()];
    expect((await send('POST', `/applications/${app.id}/owners/$ref`, ref(alice.id))).status).toBe(204);
    expect((await send('GET', `/applications/${app.id}/owners`)).value.map((one) => one['id'])).toEqual([alice.id]);
    expect((await send('DELETE', `/applications/${app.id}/owners/${alice.id}/$ref`)).status).toBe(204);
    const secret = await send('POST', `/applications/${app.id}/addPassword`, { body: { passwordCredential: { displayName: 'ci' } } });
    expect(secret).toMatchObject({ status: 200, body: { displayName: 'ci', secretText: expect.stringMatching(/^.{40}$/) } });
    expect((await send('GET', `/applications/${app.id}`)).body['passwordCredentials']).toMatchObject([{ displayName: 'ci', secretText: null, keyId: secret.body['keyId'] }]);
    expect((await send('POST', `/applications/${app.id}/removePassword`, { body: { keyId: secret.body['keyId'] } })).status).toBe(204);
    const fic = await make(`/applications/${app.id}/federatedIdentityCredentials`, { name: 'ci', issuer: 'https://token.example.com', subject: 's', audiences: ['api://AzureADTokenExchange'] });
    expect((await send('PATCH', `/applications/${app.id}/federatedIdentityCredentials/${fic.id}`, { body: { description: 'changed' } })).status).toBe(204);
    expect((await send('GET', `/applications/${app.id}/federatedIdentityCredentials`)).value).toMatchObject([{ name: 'ci', description: 'changed' }]);
    expect((await send('DELETE', `/applications/${app.id}/federatedIdentityCredentials/${fic.id}`)).status).toBe(204);
    const extension = await make(`/applications/${app.id}/extensionProperties`, { name: 'level', dataType: 'String', targetObjects: ['User'] });
    expect((await send('DELETE', `/applications/${app.id}/extensionProperties/${extension.id}`)).status).toBe(204);
  });
});

describe('agents', () => {
  it('read as service principals of their own type, through the cast and without', async () => {
    const { agent, blueprint } = await newAgent();
    for (const path of [`/servicePrincipals/${agent.id}`, `${agents}/${agent.id}`]) {
      expect((await send('GET', path)).body).toMatchObject({ '@odata.type': '#microsoft.graph.agentIdentity', servicePrincipalType: 'ServiceIdentity', agentIdentityBlueprintId: blueprint['appId'], appId: agent.id });
    }
    expect((await send('POST', `/servicePrincipals/${agent.id}/addPassword`, { body: {} })).status).toBe(400);
    expect((await send('PATCH', `${agents}/${agent.id}`, { body: { accountEnabled: false } })).status).toBe(204);
    const name = nameOf();
    const user = await make('/users/microsoft.graph.agentUser', { displayName: name, mailNickname: name, userPrincipalName: `${name}@example.org`, accountEnabled: true, identityParentId: agent.id });
    expect((await send('GET', `/users/${user.id}`)).body['@odata.type']).toBe('#microsoft.graph.agentUser');
    expect((await send('DELETE', `${agents}/${agent.id}`)).status).toBe(204);
  });

  it('are created in the base collection, too, and keep their last sponsor', async () => {
    const { alice, carol, blueprint } = await newAgent();
    const body = { '@odata.type': '#microsoft.graph.agentIdentity', displayName: nameOf(), agentIdentityBlueprintId: blueprint['appId'] };
    expect((await send('POST', '/servicePrincipals', { body })).status).toBe(400);
    const agent = await make('/servicePrincipals', { ...body, 'sponsors@odata.bind': bound(alice.id, carol.id) });
    expect((await send('DELETE', `${agents}/${agent.id}/sponsors/${carol.id}/$ref`)).status).toBe(204);
    expect(await send('DELETE', `${agents}/${agent.id}/sponsors/${alice.id}/$ref`)).toMatchObject({ status: 400, body: { error: { details: [{ code: 'lastSponsor' }] } } });
    expect((await send('GET', `${agents}/${agent.id}/sponsors`)).value).toHaveLength(1);
  });

  it('inherit what their blueprint hands on, also when two blueprints name one API', async () => {
    const [{ app }, first, second] = [await newApi(), await newAgent(), await newAgent()];
    for (const { blueprint } of [first, second]) {
      const made = await send('POST', `${blueprints}/${blueprint.id}/inheritablePermissions`, { body: { resourceAppId: app['appId'], inheritableScopes: { '@odata.type': '#microsoft.graph.allAllowedScopes' } } });
      expect(made).toMatchObject({ status: 201, body: { resourceAppId: app['appId'], inheritableScopes: { '@odata.type': '#microsoft.graph.allAllowedScopes' } } });
    }
    const one = `${blueprints}/${second.blueprint.id}/inheritablePermissions/${String(app['appId'])}`;
    const scopes = { inheritableScopes: { '@odata.type': '#microsoft.graph.enumeratedScopes', scopes: ['reports.read'] } };
    expect(await send('PATCH', one, { body: scopes })).toMatchObject({ status: 200, body: scopes });
    expect((await send('DELETE', one)).status).toBe(204);
    expect((await send('GET', `${blueprints}/${first.blueprint.id}/inheritablePermissions`)).value).toHaveLength(1);
  });
});

describe('grants', () => {
  it('are seen from both ends', async () => {
    const [{ role, sp }, client, alice] = [await newApi(), await newApi(), await newUser()];
    const made = await make(`/servicePrincipals/${client.sp.id}/appRoleAssignments`, { principalId: client.sp.id, resourceId: sp.id, appRoleId: role.id });
    await make(`/users/${alice.id}/appRoleAssignments`, { principalId: alice.id, resourceId: sp.id, appRoleId: role.id });
    expect((await send('GET', `/servicePrincipals/${client.sp.id}/appRoleAssignments`)).value).toMatchObject([{ id: made.id, principalType: 'ServicePrincipal', appRoleId: role.id }]);
    expect((await send('GET', `/servicePrincipals/${sp.id}/appRoleAssignedTo`)).value.map((one) => one['principalType']).toSorted()).toEqual(['ServicePrincipal', 'User']);
    expect((await send('DELETE', `/servicePrincipals/${sp.id}/appRoleAssignedTo/${made.id}`)).status).toBe(204);
  });

  it('of delegated permissions are found by their client', async () => {
    const [{ sp }, client] = [await newApi(), await newApi()];
    const grant = await make('/oauth2PermissionGrants', { clientId: client.sp.id, consentType: 'AllPrincipals', resourceId: sp.id, scope: 'reports.read' });
    expect((await send('GET', `/oAuth2PermissionGrants?$filter=clientId eq '${client.sp.id}'`)).value).toMatchObject([{ id: grant.id, scope: 'reports.read', principalId: null }]);
    expect((await send('PATCH', `/oauth2PermissionGrants/${grant.id}`, { body: { scope: ' reports.read' } })).status).toBe(204);
    expect((await send('DELETE', `/oauth2PermissionGrants/${grant.id}`)).status).toBe(204);
  });
});
