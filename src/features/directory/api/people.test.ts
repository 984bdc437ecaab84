/** Users, groups and roles through the whole Graph service, without HTTP. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { callerWith, personWith } from '../../../../test/support/graph-work.ts';
import type { Caller } from '../../../kernel/caller.ts';
import type { GraphService } from '../../../platform/graph/exchange.ts';
import { buildRegistry } from '../../../platform/graph/registry.ts';
import { answerGraph } from '../../../platform/graph/service.ts';
import { newId } from '../../../platform/ids.ts';
import { approverDelegates } from '../../approverDelegates/api.ts';
import { grantDeclaration } from '../../grants/api.ts';
import { declareRoles } from '../../roles/api.ts';
import { directoryRole, entitlementRole } from '../../roles/model.ts';
import { declareDirectory } from './index.ts';

const { db } = await testDatabase();
const registry = buildRegistry([declareRoles(), declareDirectory({ endAccess: async () => {}, shutOut: async () => {}, keepShutOut: async () => {} }), grantDeclaration, approverDelegates]);
const service: GraphService = { registry, db, clock: { now: () => new Date() }, publicUrl: 'http://127.0.0.1:8080' };
const admin = callerWith(['User.ReadWrite.All', 'Group.ReadWrite.All', 'Directory.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'EntitlementManagement.ReadWrite.All', 'RoleManagement.Read.All']);

interface Said { readonly status: number; readonly body: Record<string, unknown>; readonly value: readonly Record<string, unknown>[] }

async function send(method: string, url: string, given: { readonly body?: unknown; readonly as?: Caller; readonly prefer?: string; readonly version?: 'v1.0' | 'beta' } = {}): Promise<Said> {
  const [path = '', query = ''] = url.split('?');
  const bugs: unknown[] = [];
  const answer = await answerGraph(service, {
    method, path, query, version: given.version ?? 'v1.0', headers: given.prefer === undefined ? {} : { prefer: given.prefer }, body: given.body,
    caller: given.as ?? admin, requestId: newId(), clientRequestId: newId(),
  }, { error: (facts) => { bugs.push(facts); } });
  expect(bugs).toEqual([]);
  const body = { ...answer.body };
  return { status: answer.status, body, value: Array.isArray(body['value']) ? body['value'] : [] };
}

const nameOf = (): string => `n${newId().replaceAll('-', '')}`;
async function make(path: string, body: object): Promise<Record<string, unknown> & { id: string }> {
  const made = await send('POST', path, { body });
  expect([made.status, made.body['error']]).toEqual([201, undefined]);
  return { ...made.body, id: String(made.body['id']) };
}
const newUser = async (name = nameOf()) => await make('/users', {
  accountEnabled: true, displayName: name, mailNickname: name, userPrincipalName: `${name}@example.org`, passwordProfile: { password: 'Quiet-Harbor-9', forceChangePasswordNextSignIn: false },
});
const newGroup = async (more: object = {}) => await make('/groups', { displayName: nameOf(), mailNickname: 'x', mailEnabled: false, securityEnabled: true, ...more });
const ref = (id: string) => ({ body: { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` } });
const ids = (said: Said): readonly unknown[] => said.value.map((each) => each['id']).toSorted();

describe('users', () => {
  it('are created, read by id and by name, changed, deleted, listed as deleted and restored', async () => {
    const user = await newUser();
    expect(user).not.toHaveProperty('passwordProfile.password');
    const byName = `/users(userPrincipalName='${String(user['userPrincipalName']).toUpperCase()}')`;
    expect((await send('GET', byName)).body['id']).toBe(user.id);
    expect((await send('PATCH', `/users/${user.id}`, { body: { jobTitle: 'Tester', businessPhones: ['1'] } })).status).toBe(204);
    expect((await send('GET', `/users/${user.id}?$select=id,jobTitle,businessPhones,userType,otherMails`)).body).toMatchObject({ jobTitle: 'Tester', businessPhones: ['1'], userType: 'Member', otherMails: [] });
    expect((await send('DELETE', `/users/${user.id}`)).status).toBe(204);
    expect((await send('GET', `/users/${user.id}`)).status).toBe(404);
    expect(ids(await send('GET', '/directory/deletedItems/microsoft.graph.user'))).toEqual([user.id]);
    expect((await send('GET', `/directory/deletedItems/${user.id}`)).body['deletedDateTime']).toEqual(expect.any(String));
    expect((await send('GET', `/directory/deletedItems/${user.id}`, { as: callerWith(['Group.Read.All']) })).status).toBe(404);
    expect(await send('POST', `/users/${user.id}/restore`)).toMatchObject({ status: 200, body: { id: user.id } });
    expect((await send('GET', `/users/${user.id}`)).status).toBe(200);
  });

  it('are named when their body is wrong', async () => {
    const body = { accountEnabled: true, displayName: 'x', mailNickname: 'x', userPrincipalName: 'x', passwordProfile: { password: 'Quiet-Harbor-9' } };
    expect(await send('POST', '/users', { body })).toMatchObject({ status: 400, body: { error: { target: 'userPrincipalName' } } });
    expect((await send('POST', '/users', { body: { ...body, userPrincipalName: 'x@y', favouriteColour: 'red' } })).status).toBe(400);
  });

  it('have managers and sponsors, seen from both ends', async () => {
    const [user, boss] = [await newUser(), await newUser()];
    expect((await send('GET', `/users/${user.id}/manager`)).status).toBe(404);
    expect((await send('PUT', `/users/${user.id}/manager/$ref`, ref(boss.id))).status).toBe(204);
    expect((await send('GET', `/users/${user.id}/manager`)).body).toMatchObject({ '@odata.type': '#microsoft.graph.user', id: boss.id });
    expect(ids(await send('GET', `/users/${boss.id}/directReports`))).toEqual([user.id]);
    expect((await send('DELETE', `/users/${user.id}/manager/$ref`)).status).toBe(204);
    expect((await send('POST', `/users/${user.id}/sponsors/$ref`, ref(boss.id))).status).toBe(204);
    expect(ids(await send('GET', `/users/${boss.id}/sponsorOf`))).toEqual([user.id]);
    expect((await send('DELETE', `/users/${user.id}/sponsors/${boss.id}/$ref`)).status).toBe(204);
    expect(ids(await send('GET', `/users/${user.id}/sponsors`))).toEqual([]);
  });

  it('with User.Read see themselves and nobody else; an application has no /me', async () => {
    const [me, other] = [await newUser(), await newUser()];
    const as = personWith(me.id, ['User.Read']);
    expect((await send('GET', '/me', { as })).body['id']).toBe(me.id);
    expect(ids(await send('GET', '/users', { as }))).toEqual([me.id]);
    expect((await send('GET', `/users/${other.id}`, { as })).status).toBe(404);
    expect((await send('GET', '/users', { as: callerWith(['Group.Read.All']) })).status).toBe(403);
    expect((await send('GET', '/me')).status).toBe(400);
  });
});

describe('groups', () => {
  it('have members and owners, direct and through groups, with casts', async () => {
    const [user, owner] = [await newUser(), await newUser()];
    const inner = await newGroup({ 'members@odata.bind': [`https://x/v1.0/directoryObjects/${user.id}`], 'owners@odata.bind': [`https://x/v1.0/users/${owner.id}`] });
    const outer = await newGroup();
    expect((await send('POST', `/groups/${outer.id}/members/$ref`, ref(inner.id))).status).toBe(204);
    expect(ids(await send('GET', `/groups/${inner.id}/members`))).toEqual([user.id]);
    expect(ids(await send('GET', `/groups/${inner.id}/owners`))).toEqual([owner.id]);
    expect(ids(await send('GET', `/groups/${outer.id}/transitiveMembers/microsoft.graph.user`))).toEqual([user.id]);
    expect(ids(await send('GET', `/users/${user.id}/transitiveMemberOf/graph.group`))).toEqual([inner.id, outer.id].toSorted());
    expect(ids(await send('GET', `/users/${owner.id}/ownedObjects`))).toEqual([inner.id]);
    expect(await send('GET', `/groups/${outer.id}?$expand=members($select=id)`)).toMatchObject({ body: { members: [{ id: inner.id }] } });
    expect((await send('POST', `/users/${user.id}/getMemberGroups`, { body: { securityEnabledOnly: false } })).body['value']).toHaveLength(2);
    expect((await send('DELETE', `/groups/${inner.id}/members/$ref?@id=https://x/v1.0/users/${user.id}`)).status).toBe(204);
    expect(ids(await send('GET', `/groups/${inner.id}/members`))).toEqual([]);
    expect((await send('POST', '/groups/getByIds', { body: { ids: [inner.id, user.id], types: ['group'] } })).value).toMatchObject([{ '@odata.type': '#microsoft.graph.group', id: inner.id }]);
  });

  it('are made by PATCH on their unique name when the client asks for that, and changed by the next one', async () => {
    const uniqueName = nameOf();
    const url = `/groups(uniqueName='${uniqueName}')`;
    const body = { displayName: 'Named', mailNickname: 'named', mailEnabled: false, securityEnabled: true };
    expect((await send('PATCH', url, { body })).status).toBe(404);
    expect(await send('PATCH', url, { body, prefer: 'create-if-missing' })).toMatchObject({ status: 201, body: { uniqueName } });
    expect((await send('PATCH', url, { body: { description: 'changed' }, prefer: 'create-if-missing' })).status).toBe(204);
    expect((await send('GET', url)).body['description']).toBe('changed');
    expect((await send('POST', '/groups/validateProperties', { body: { entityType: 'Group', displayName: 'x' } })).status).toBe(204);
  });
});

describe('roles', () => {
  it('are read and given under each provider', async () => {
    const [user, catalogId] = [await newUser(), newId()];
    await sql`insert into catalogs (id, display_name) values (${catalogId}, 'Sales')`.execute(db);
    const at = '/roleManagement/entitlementManagement';
    expect((await send('GET', `${at}/roleDefinitions?$filter=displayName eq 'Catalog owner'`)).value).toMatchObject([{ id: entitlementRole.catalogOwner, isBuiltIn: true, rolePermissions: [{ condition: null }], resourceScopes: ['/'] }]);
    expect((await send('GET', '/roleManagement/directory/roleDefinitions')).value).toHaveLength(Object.keys(directoryRole).length);
    const made = await make(`${at}/roleAssignments`, { principalId: user.id, roleDefinitionId: entitlementRole.catalogOwner, directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${catalogId}` });
    expect((await send('GET', `${at}/roleAssignments/${made.id}?$expand=principal,roleDefinition,appScope`)).body).toMatchObject({
      appScopeId: `/AccessPackageCatalog/${catalogId}`, principal: { id: user.id }, roleDefinition: { displayName: 'Catalog owner' }, appScope: { displayName: 'Sales' },
    });
    expect((await send('GET', `/roleManagement/directory/roleAssignments/${made.id}`)).status).toBe(404);
    expect((await send('GET', `${at}/roleAssignments?$filter=principalId eq '${user.id}'`, { version: 'beta' })).value).toHaveLength(1);
    expect((await send('DELETE', `${at}/roleAssignments/${made.id}`)).status).toBe(204);
    expect((await send('GET', `${at}/roleAssignments/${made.id}`)).status).toBe(404);
  });
});
