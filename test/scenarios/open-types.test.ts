/** What an application registers as an extension of users or groups is kept, answered when asked for, and filtered by. */
import { describe, expect, it } from 'vitest';
import { filter, textOf } from '../../cli/client/graph.ts';
import { createPerson } from '../../cli/client/organisation.ts';
import { createGroup } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const app = await graph.create('/applications', { displayName: 'HR' });
const register = async (name: string, dataType: string, more: object = {}): Promise<string> =>
  textOf(await graph.create(`/applications/${app.id}/extensionProperties`, { name, dataType, targetObjects: ['User'], ...more }), 'name');
const costCentre = await register('costCentre', 'String');
const level = await register('level', 'Integer');
const teams = await register('teams', 'String', { isMultiValued: true });
const ada = await createPerson(graph, 'Ada Extended', server.domain);

describe('directory extensions', () => {
  it('are kept, answered when named and only then, and found by', async () => {
    await graph.must('PATCH', `/users/${ada.id}`, { [costCentre]: 'CC-7', [level]: 3, [teams]: ['red', 'blue'] });
    expect(await graph.read(`/users/${ada.id}?$select=id,${costCentre},${level},${teams}`)).toMatchObject({ [costCentre]: 'CC-7', [level]: 3, [teams]: ['red', 'blue'] });
    expect(Object.keys(await graph.read(`/users/${ada.id}`)).filter((name) => name.startsWith('extension_'))).toEqual([]);
    expect((await graph.list(`/users?${filter(`${costCentre} eq 'CC-7'`)}&$select=id`)).map(({ id }) => id)).toEqual([ada.id]);
    expect(await graph.list(`/users?${filter(`${costCentre} eq 'CC-8'`)}&$select=id`)).toEqual([]);
    await graph.must('PATCH', `/users/${ada.id}`, { [costCentre]: null });
    expect(await graph.list(`/users?${filter(`${costCentre} eq 'CC-7'`)}&$select=id`)).toEqual([]);
  });

  it('come with somebody new', async () => {
    const made = await graph.create('/users', { accountEnabled: true, displayName: 'New', mailNickname: 'newcomer', userPrincipalName: `newcomer@${server.domain}`, passwordProfile: { password: 'Pw-0123456789-x' }, [costCentre]: 'CC-9' });
    expect(await graph.read(`/users/${made.id}?$select=${costCentre}`)).toMatchObject({ [costCentre]: 'CC-9' });
  });

  it.each([
    [`extension_${'0'.repeat(32)}_costCentre`, 'x'], [costCentre, 7], [level, 'three'], [level, 3.5], [teams, 'red'], ['costCentre', 'x'],
  ])('that nobody registered, or of another type, are refused: %s %j', async (name, value) => {
    expect(await graph.refusal('PATCH', `/users/${ada.id}`, { [name]: value, displayName: 'changed' })).toMatchObject({ status: 400, target: name });
    expect(await graph.read(`/users/${ada.id}`)).toMatchObject({ displayName: 'Ada Extended' });
  });

  it('belong to what they were registered for, and go with their application', async () => {
    const group = await createGroup(graph, 'Plain');
    expect(await graph.refusal('PATCH', `/groups/${group.id}`, { [costCentre]: 'x' })).toMatchObject({ status: 400, target: costCentre });
    await graph.must('DELETE', `/applications/${app.id}`);
    expect(await graph.refusal('PATCH', `/users/${ada.id}`, { [costCentre]: 'x' })).toMatchObject({ status: 400, target: costCentre });
  });

  it('are not set by the person itself', async () => {
    const person = await server.asPerson(ada);
    expect((await person.refusal('PATCH', '/me', { [level]: 9 })).status).toBeGreaterThanOrEqual(400);
  });
});
