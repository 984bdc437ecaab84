/** A mirror of the directory that follows delta(): it hears of every way in which people, groups, workloads and grants change. */
import { describe, expect, it } from 'vitest';
import type { Entity } from '../../cli/client/graph.ts';
import { createApi, createPerson, createPublicClient, createWorkload, redirectUri } from '../../cli/client/organisation.ts';
import { personToken } from '../../cli/client/sign-in.ts';
import { ownApiScope } from '../../cli/client/tokens.ts';
import { recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { assign, createGroup, membership, offer, passTheEnd, takeAway } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
type Reader = Pick<typeof graph, 'must'>;

/** Follows one set: `next` tells what changed since it was asked last. */
async function following(path: string, reader: Reader = graph): Promise<() => Promise<readonly JsonRecord[]>> {
  let link = path;
  const next = async (): Promise<readonly JsonRecord[]> => {
    const items: JsonRecord[] = [];
    for (;;) {
      const body = await reader.must('GET', link);
      items.push(...recordsAt(body, 'value'));
      const [more, end] = [textAt(body, '@odata.nextLink'), textAt(body, '@odata.deltaLink')];
      link = (more ?? end ?? '').replace(/^.*?\/v1\.0(?=\/)/, '');
      if (end !== undefined) return items;
    }
  };
  await next();
  return next;
}

const idsOf = (items: readonly JsonRecord[]): readonly unknown[] => items.map(({ id }) => id);
const membersIn = (items: readonly JsonRecord[], group: Entity): readonly unknown[] =>
  items.filter(({ id }) => id === group.id).flatMap((item) => recordsAt(item, 'members@delta')).map((one) => [one['id'], one['@removed'] === undefined ? 'in' : 'out']);

describe('groups', () => {
  it('tell members that packages give and take, by hand, by request and by the clock', async () => {
    const group = await createGroup(graph, 'Followed');
    const given = await offer(graph, [membership(group.id)], { scope: 'allDirectoryServicePrincipals' });
    const [one, two] = [await createWorkload(graph, 'one'), await createWorkload(graph, 'two')];
    const next = await following('/groups/delta?$select=displayName,members');
    const assignment = await assign(graph, one.principalId, given);
    expect(membersIn(await next(), group)).toEqual([[one.principalId, 'in']]);
    await takeAway(graph, assignment.id);
    expect(membersIn(await next(), group)).toEqual([[one.principalId, 'out']]);
    const ending = await assign(graph, two.principalId, given);
    expect(membersIn(await next(), group)).toEqual([[two.principalId, 'in']]);
    await passTheEnd(server.database, ending.id);
    expect(membersIn(await next(), group)).toEqual([[two.principalId, 'out']]);
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${one.principalId}` });
    expect(membersIn(await next(), group)).toEqual([[one.principalId, 'in']]);
    await graph.must('PATCH', `/groups/${group.id}`, { displayName: 'Renamed' });
    expect(await next()).toEqual([expect.objectContaining({ id: group.id, displayName: 'Renamed' })]);
    await graph.must('DELETE', `/groups/${group.id}`);
    expect(await next()).toEqual([{ id: group.id, '@removed': { reason: 'changed' } }]);
    await graph.must('POST', `/directory/deletedItems/${group.id}/restore`, {});
    expect((await next()).map(({ displayName }) => displayName)).toEqual(['Renamed']);
  });
});

describe('workloads', () => {
  it('tell what their application and its roles, secrets and grants become', async () => {
    const api = await createApi(graph, { name: 'Told API', roles: ['Read'], scopes: ['told.read', 'told.write'] });
    const client = await createWorkload(graph, 'client');
    const [applications, principals, grants] = [await following('/applications/delta()'), await following('/servicePrincipals/microsoft.graph.delta()'), await following('/oauth2PermissionGrants/delta')];
    await graph.must('PATCH', `/applications/${client.application.id}`, { displayName: 'renamed client' });
    expect(idsOf(await applications())).toEqual([client.application.id]);
    expect((await principals()).find(({ id }) => id === client.principalId)).toMatchObject({ appDisplayName: 'renamed client' });
    await graph.must('POST', `/applications/${client.application.id}/addPassword`, { passwordCredential: { displayName: 'another' } });
    expect(idsOf(await applications())).toEqual([client.application.id]);
    await graph.must('PATCH', `/applications/${api.applicationId}`, { appRoles: (await graph.read(`/applications/${api.applicationId}`))['appRoles'], displayName: 'Told API 2' });
    expect(idsOf(await principals()).includes(api.principalId)).toBe(true);
    const grant = await graph.create('/oauth2PermissionGrants', { clientId: client.principalId, consentType: 'AllPrincipals', resourceId: api.principalId, scope: 'told.read' });
    expect(await grants()).toEqual([expect.objectContaining({ id: grant.id, scope: 'told.read' })]);
    await graph.must('PATCH', `/oauth2PermissionGrants/${grant.id}`, { scope: 'told.read told.write' });
    expect(await grants()).toEqual([expect.objectContaining({ id: grant.id, scope: 'told.read told.write' })]);
    await graph.must('DELETE', `/oauth2PermissionGrants/${grant.id}`);
    expect(await grants()).toEqual([{ id: grant.id, '@removed': { reason: 'deleted' } }]);
    expect(await grants()).toEqual([]);
  });
});

describe('people', () => {
  it('tell managers, and tell a person without rights of themselves only', async () => {
    const [ann, bob] = [await createPerson(graph, 'Ann Told', server.domain), await createPerson(graph, 'Bob Told', server.domain)];
    const { appId } = await createPublicClient(graph, 'own reader', ['User.Read']);
    const self = server.withToken(await personToken(server.door, { clientId: appId, redirectUri, username: ann.username, password: ann.password, scope: `${ownApiScope} openid` }));
    const [next, own] = [await following('/users/delta'), await following('/users/delta', self)];
    await graph.must('PUT', `/users/${ann.id}/manager/$ref`, { '@odata.id': `https://graph.microsoft.com/v1.0/users/${bob.id}` });
    await graph.must('PATCH', `/users/${bob.id}`, { displayName: 'Bob Changed' });
    const told = await next();
    expect(idsOf(told).toSorted()).toEqual([ann.id, bob.id].toSorted());
    expect(told.find(({ id }) => id === ann.id)).toMatchObject({ 'manager@delta': [{ '@odata.type': '#microsoft.graph.user', id: bob.id }] });
    expect(idsOf(await own())).toEqual([ann.id]);
    await graph.must('DELETE', `/users/${bob.id}`);
    expect((await next()).find(({ id }) => id === bob.id)).toEqual({ id: bob.id, '@removed': { reason: 'changed' } });
    expect(JSON.stringify(await own())).not.toContain('Bob');
  });

  it('are told to nobody who may not list them', async () => {
    const stranger = await server.asWorkload(await createWorkload(graph, 'stranger'));
    for (const set of ['users', 'groups', 'applications', 'servicePrincipals', 'oauth2PermissionGrants']) await expect(stranger.must('GET', `/${set}/delta`), set).rejects.toThrow('Insufficient privileges');
  });
});
