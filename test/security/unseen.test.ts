/** Explanations tell nobody of what they may not know: not by its name, and not that it is there. */
import { expect, it } from 'vitest';
import { entitlement } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createPerson } from '../../cli/client/organisation.ts';
import { requestBody } from '../../cli/client/policies.ts';
import { newId } from '../../src/platform/ids.ts';
import { createGroup, membership, offer } from '../support/access.ts';
import { Beyond, type Told } from '../support/beyond.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const sam = await createPerson(graph, 'Sam', server.domain);
const blueprint = await createBlueprint(graph, 'bots', [sam]);
const bot = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sam] });
const token = await server.agentToken(blueprint, bot);
const beyond = new Beyond(server.door.base);
const why = async (resourceId: string, role: string): Promise<Told> => await beyond.send('GET', `explain(principalId='${bot.id}',resourceId='${resourceId}',roleId='${role}')`, { token });
const withoutIds = ({ status, body }: Told, id: string): unknown => ({ status, text: JSON.stringify({ ...body, error: { ...(body['error'] as object), innerError: null } }).replaceAll(id, 'it') });

it('a group, an API or a permission that an agent has nothing to do with is not there', async () => {
  const secret = await createGroup(graph, 'Project Takeover');
  const api = await createApi(graph, { name: 'Merger API', roles: ['Merger.Read'] });
  const nothing = newId();
  const expected = withoutIds(await why(nothing, 'member'), nothing);
  expect(expected).toMatchObject({ status: 404 });
  for (const [id, role] of [[secret.id, 'member'], [secret.id, 'nonsense'], [api.principalId, 'Merger.Read'], [api.principalId, 'Merger.Guess']] as const) expect(withoutIds(await why(id, role), id)).toEqual(expected);
});

it('what is offered to it, asked for, or held is', async () => {
  const group = await createGroup(graph, 'Readers');
  const offered = await offer(graph, [membership(group.id)], { scope: 'allDirectoryAgentIdentities', requestor: { enableTargetsToSelfAddAccess: true } });
  expect(await why(group.id, 'member')).toMatchObject({ status: 200, body: { isHeld: false, resource: { displayName: 'Readers' }, packages: [{ accessPackage: { id: offered.packageId } }] } });
  await graph.create(`${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: bot.id, ...offered }));
  expect(await why(group.id, 'member')).toMatchObject({ status: 200, body: { isHeld: true } });
});
