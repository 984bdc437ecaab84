/** Nobody becomes somebody more powerful: by their password, their credentials, their owners, or a group that turns into another. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { cast, textOf } from '../../cli/client/graph.ts';
import { createAgent, createBlueprint, createPerson, createWorkload, ownApi, type Person, type Workload } from '../../cli/client/organisation.ts';
import { askForToken } from '../../cli/client/tokens.ts';
import { directoryRole } from '../../src/features/roles/model.ts';
import { createGroup } from '../support/access.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';
import { empower, intruder } from './intruder.ts';

const server = await startTestServer();
const { graph } = server;
const secret = { passwordCredential: { displayName: 'mine' } };
const federated = { name: 'mine', issuer: 'https://evil.example', subject: 'me', audiences: ['api://AzureADTokenExchange'] };

async function withRole(name: string, role: keyof typeof directoryRole): Promise<Person> {
  const person = await createPerson(graph, name, server.domain);
  await graph.create('/roleManagement/directory/roleAssignments', { principalId: person.id, roleDefinitionId: directoryRole[role], directoryScopeId: '/' });
  return person;
}

describe('the account of an administrator', () => {
  let admin: Person;
  beforeAll(async () => { admin = await withRole('Ada', 'globalAdministrator'); });

  it.each([
    ['User.ReadWrite.All', { passwordProfile: { password: 'Mine-Now-12345', forceChangePasswordNextSignIn: false } }],
    ['Directory.ReadWrite.All', { userPrincipalName: 'other@gatehouse.local' }], ['User.ReadWrite.All', { accountEnabled: false }],
  ])('is not taken over with %s', async (permission, body) => {
    const { graph: evil } = await intruder(server, permission, 'User.Read.All');
    const plain = await createPerson(graph, `Plain ${randomUUID().slice(0, 8)}`, server.domain);
    const fitting = 'userPrincipalName' in body ? { userPrincipalName: `${randomUUID()}@${server.domain}` } : body;
    await evil.must('PATCH', `/users/${plain.id}`, fitting);
    expect(await evil.refusal('PATCH', `/users/${admin.id}`, body)).toMatchObject({ status: 403 });
    expect(await evil.refusal('DELETE', `/users/${admin.id}`)).toMatchObject({ status: 403 });
  });

  it.each([['User-PasswordProfile.ReadWrite.All', { passwordProfile: { password: 'Mine-Now-12345' } }], ['User.EnableDisableAccount.All', { accountEnabled: false }]])('is not touched with %s alone', async (permission, body) => {
    const { graph: evil } = await intruder(server, permission, 'User.Read.All');
    expect(await evil.refusal('PATCH', `/users/${admin.id}`, body)).toMatchObject({ status: 403 });
  });

  it('is not taken over where the role comes through a group', async () => {
    const [group, person] = [await createGroup(graph, 'Crew', { isAssignableToRole: true }), await createPerson(graph, 'Cleo', server.domain)];
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', person.id) });
    await graph.create('/roleManagement/directory/roleAssignments', { principalId: group.id, roleDefinitionId: directoryRole.globalReader, directoryScopeId: '/' });
    const { graph: evil } = await intruder(server, 'User.ReadWrite.All');
    expect(await evil.refusal('PATCH', `/users/${person.id}`, { passwordProfile: { password: 'Mine-Now-12345' } })).toMatchObject({ status: 403 });
  });

  it('is changed by another Global Administrator, and by whoever gives directory roles', async () => {
    const other = await server.asPerson(await withRole('Berta', 'globalAdministrator'));
    await other.must('PATCH', `/users/${admin.id}`, { passwordProfile: { password: 'Better-Than-Before-1' } });
    await graph.must('PATCH', `/users/${admin.id}`, { accountEnabled: false });
  });
});

describe('an application that makes administrators', () => {
  let powerful: Workload;
  let blueprint: Workload;
  let person: Person;
  beforeAll(async () => {
    person = await withRole('Otto', 'applicationAdministrator');
    powerful = await createWorkload(graph, 'role keeper');
    await empower(server, powerful, ['RoleManagement.ReadWrite.Directory']);
    blueprint = await createBlueprint(graph, 'bots', [person]);
  });

  const attempts = (of: Workload): readonly (readonly [path: string, body: unknown])[] => [
    [`/applications/${of.application.id}/addPassword`, secret], [`/servicePrincipals/${of.principalId}/addPassword`, secret],
    [`/applications/${of.application.id}/federatedIdentityCredentials`, federated],
    [`/applications/${of.application.id}/owners/$ref`, { '@odata.id': graph.reference('directoryObjects', person.id) }],
  ];

  async function refusesAll(caller: MicrosoftGraph): Promise<void> {
    for (const [path, body] of attempts(powerful)) expect([path, (await caller.refusal('POST', path, body)).status]).toEqual([path, 403]);
  }

  it('gets no credential and no owner from an application that is less powerful', async () => {
    const { graph: evil } = await intruder(server, 'Application.ReadWrite.All');
    for (const [path, body] of attempts(await createWorkload(graph, 'harmless'))) await evil.must('POST', path, body);
    await refusesAll(evil);
  });

  it('gets none from an Application Administrator, nor from its own owner', async () => {
    await graph.must('POST', `/applications/${powerful.application.id}/owners/$ref`, { '@odata.id': graph.reference('directoryObjects', person.id) });
    await refusesAll(await server.asPerson(person));
    await graph.must('DELETE', `/applications/${powerful.application.id}/owners/${person.id}/$ref`);
  });

  it('may be the administering application itself', async () => {
    const { graph: evil } = await intruder(server, 'Application.ReadWrite.All');
    const [found] = await graph.list("/applications?$filter=displayName eq 'Gatehouse administration'");
    expect(await evil.refusal('POST', `/applications/${found?.id ?? ''}/addPassword`, secret)).toMatchObject({ status: 403 });
    await graph.must('POST', `/applications/${found?.id ?? ''}/addPassword`, secret);
  });

  it('counts directory roles too', async () => {
    const workload = await createWorkload(graph, 'robot with a role');
    await graph.create('/roleManagement/directory/roleAssignments', { principalId: workload.principalId, roleDefinitionId: directoryRole.globalAdministrator, directoryScopeId: '/' });
    const { graph: evil } = await intruder(server, 'Application.ReadWrite.All');
    expect(await evil.refusal('POST', `/applications/${workload.application.id}/addPassword`, secret)).toMatchObject({ status: 403 });
  });

  it('is never the own API: it has no credentials, and nobody signs in to it', async () => {
    const principal = await ownApi(graph);
    const [application] = await graph.list("/applications?$filter=appId eq '00000003-0000-0000-c000-000000000000'");
    for (const [path, body] of [[`/servicePrincipals/${principal}`, { appRoleAssignmentRequired: true }], [`/applications/${application?.id ?? ''}`, { spa: { redirectUris: ['https://evil.example'] } }], [`/applications/${application?.id ?? ''}`, { isFallbackPublicClient: true }]] as const) {
      expect((await graph.refusal('PATCH', path, body)).status).toBe(400);
    }
    expect((await graph.refusal('POST', `/servicePrincipals/${principal}/addPassword`, secret)).status).toBe(400);
  });

  it('is not hidden behind a new principal with keys of its maker', async () => {
    const { graph: evil } = await intruder(server, 'AgentIdentityBlueprintPrincipal.Create', 'AgentIdentityBlueprint.Read.All');
    const bare = await graph.create(cast.blueprint, { displayName: 'bare', 'sponsors@odata.bind': [graph.reference('users', person.id)] });
    const key = Buffer.from(JSON.stringify((await crypto.subtle.exportKey('jwk', (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])).publicKey)))).toString('base64');
    const body = { appId: textOf(bare, 'appId') };
    expect(await evil.refusal('POST', cast.principal, { ...body, keyCredentials: [{ key, type: 'AsymmetricX509Cert', usage: 'Verify' }] })).toMatchObject({ status: 403 });
    await evil.create(cast.principal, body);
    expect((await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [person] })).id).toBeTruthy();
  });
});

describe('a group', () => {
  it('never becomes one for directory roles, nor stops being one', async () => {
    const owner = await createPerson(graph, 'Gil', server.domain);
    const mine = await server.asPerson(owner);
    const plain = await mine.create('/groups', { displayName: 'Mine', mailNickname: 'mine', mailEnabled: false, securityEnabled: true });
    expect(await mine.refusal('PATCH', `/groups/${plain.id}`, { isAssignableToRole: true })).toMatchObject({ status: 400, target: 'isAssignableToRole' });
    const guarded = await createGroup(graph, 'Guarded', { isAssignableToRole: true });
    for (const isAssignableToRole of [false, null]) expect((await graph.refusal('PATCH', `/groups/${guarded.id}`, { isAssignableToRole })).status).toBe(400);
    await graph.must('PATCH', `/groups/${guarded.id}`, { isAssignableToRole: true, description: 'as it was' });
  });
});

describe('the name of an API', () => {
  it('cannot be taken by another application', async () => {
    const [victim, evil] = [await createWorkload(graph, 'victim'), await createWorkload(graph, 'evil')];
    for (const uri of [`api://${victim.appId}`, `api://${victim.appId.toUpperCase()}/orders`]) {
      expect(await graph.refusal('PATCH', `/applications/${evil.application.id}`, { identifierUris: [uri] })).toMatchObject({ status: 409 });
    }
    await graph.must('PATCH', `/applications/${evil.application.id}`, { identifierUris: [`api://${evil.appId}`] });
    const asked = await askForToken(server.door, { grant_type: 'client_credentials', client_id: evil.appId, client_secret: evil.secret, scope: `api://${victim.appId}/.default` });
    expect(asked.status).toBe(200);
  });
});
