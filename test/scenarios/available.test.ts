/** What each kind of caller is offered, in both versions: what it may ask for, and nothing that is hidden, for others or not open. And an agent user that asks for itself. */
import { describe, expect, it } from 'vitest';
import { entitlement } from '../../cli/client/graph.ts';
import { createAgent, createBlueprint, createPerson, createWorkload } from '../../cli/client/organisation.ts';
import { oneUser, requestBody, sponsorsOrOwners, type PolicyOptions } from '../../cli/client/policies.ts';
import { recordAt, recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { assign, offer, takeAway, type Offer } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import { GraphDoor } from '../support/graph-door.ts';
import { person } from '../support/lifecycle.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { createGuest, newDomain } from '../support/organizations.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, database } = server;
const [member, sponsor, colleague] = [await createPerson(graph, 'Member', server.domain), await createPerson(graph, 'Sponsor', server.domain), await createPerson(graph, 'Colleague', server.domain)];
const guest = await createGuest(server, 'Guest', newDomain());
const blueprint = await createBlueprint(graph, 'bots', [sponsor]);
const agent = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sponsor] });
const agentUser = await graph.create('/users', { '@odata.type': '#microsoft.graph.agentUser', displayName: 'bot user', userPrincipalName: `bot@${server.domain}`, mailNickname: 'bot', accountEnabled: true, identityParentId: agent.id });
const app = await createWorkload(graph, 'app');
for (const { id } of [member, colleague]) await graph.must('PATCH', `/users/${id}`, { department: 'Wards' });

const self = { requestor: { enableTargetsToSelfAddAccess: true } };
const wording: Readonly<Record<string, PolicyOptions>> = {
  forMembers: { scope: 'allMemberUsers', ...self }, forGuests: { scope: 'allExternalUsers', ...self }, forAgents: { scope: 'allDirectoryAgentIdentities', ...self }, forApps: { scope: 'allDirectoryServicePrincipals', ...self },
  forGuestByName: { scope: 'specificDirectoryUsers', targets: [oneUser(guest.id)], ...self }, bySponsors: { scope: 'allDirectoryAgentIdentities', requestor: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [sponsorsOrOwners] } },
  hidden: { scope: 'allDirectoryUsers', ...self }, hiddenForAgents: { scope: 'allDirectoryAgentIdentities', ...self }, hiddenForApps: { scope: 'allDirectoryServicePrincipals', ...self },
  unpublished: { scope: 'allDirectoryUsers', ...self }, nobodyAsks: { scope: 'allDirectoryUsers' }, direct: { scope: 'notSpecified' },
};
const offers = new Map<string, Offer>();
for (const [name, options] of Object.entries(wording)) offers.set(name, await offer(graph, [], options));
const given = (name: string): Offer => offers.get(name) ?? expect.unreachable(name);
for (const name of ['hidden', 'hiddenForAgents', 'hiddenForApps']) await graph.must('PATCH', `${entitlement}/accessPackages/${given(name).packageId}`, { isHidden: true });

/** Everybody with a token of their own, and what they may ask for. */
const callers = {
  member: { id: member.id, may: ['forMembers'] }, guest: { id: guest.id, may: ['forGuestByName', 'forGuests'] }, agent: { id: agent.id, may: ['forAgents'] }, app: { id: app.principalId, may: ['forApps'] },
  sponsor: { id: sponsor.id, may: ['bySponsors', 'forMembers'] },
} as const;
type Who = keyof typeof callers;
const desks: Readonly<Record<Who, MicrosoftGraph>> = {
  member: await server.asPerson(member), guest: await server.asPerson(guest), agent: await server.asAgent(blueprint, agent), app: await server.asWorkload(app), sponsor: await server.asPerson(sponsor),
};
const everybody: readonly Who[] = ['member', 'guest', 'agent', 'app', 'sponsor'];

const nameOf = (packageId: unknown): string => [...offers].find(([, one]) => one.packageId === packageId)?.[0] ?? String(packageId);
const named = (rows: readonly JsonRecord[]): readonly string[] => rows.map(({ id }) => nameOf(id)).toSorted();
const available = `${entitlement}/availableAccessPackages`;
const suggested = (on: string): string => `${entitlement}/accessPackageSuggestions/filterByCurrentUser(on='${on}')?$expand=accessPackage`;

async function inBoth(who: Who, path: string): Promise<readonly JsonRecord[]> {
  const [rows, beta] = [await desks[who].list(path), await inBeta(desks[who], { method: 'GET', path })];
  expect([who, path, beta.status, named(recordsAt(beta.json, 'value'))]).toEqual([who, path, 200, named(rows)]);
  return rows;
}

// An agent user has no token of its own yet: it calls the service behind HTTP. A catalog is closed once what it holds was given.
const bot = { ...person(agentUser.id), kind: 'agentUser' as const };
const door = new GraphDoor(database.db);
const history: Readonly<Record<Who | 'agentUser', readonly string[]>> = {
  member: ['direct', 'forMembers', 'hidden', 'nobodyAsks', 'unpublished'], guest: ['direct', 'forGuests', 'hidden', 'nobodyAsks', 'unpublished'], agent: ['bySponsors', 'direct', 'forAgents', 'hiddenForAgents'],
  app: ['direct', 'forApps', 'hiddenForApps'], sponsor: ['forMembers', 'hidden'], agentUser: ['forMembers', 'hidden', 'nobodyAsks', 'unpublished'],
};
for (const [who, names] of Object.entries(history)) {
  const id = who === 'agentUser' ? agentUser.id : callers[who as Who].id;
  for (const name of names) await takeAway(graph, (await assign(graph, id, given(name))).id);
}
for (const name of ['forMembers', 'hidden', 'nobodyAsks', 'unpublished']) await assign(graph, colleague.id, given(name));
await graph.must('PATCH', `${entitlement}/catalogs/${given('unpublished').catalogId}`, { state: 'unpublished' });

describe('available access packages', () => {
  it.each(everybody)('of the %s: what it may ask for', async (who) => {
    expect(named(await inBoth(who, available))).toEqual(callers[who].may);
    for (const [name, { packageId }] of offers) {
      const status = async (version: string): Promise<number> => (version === 'beta' ? (await inBeta(desks[who], { method: 'GET', path: `${available}/${packageId}` })).status : await desks[who].read(`${available}/${packageId}`).then(() => 200, (error: unknown) => (error as { statusCode: number }).statusCode));
      const expected = callers[who].may.some((one) => one === name) ? 200 : 404;
      expect([name, await status('v1.0'), await status('beta')]).toEqual([name, expected, expected]);
    }
  });

  it('of an agent user: what users may ask for', async () => {
    for (const version of ['v1.0', 'beta'] as const) expect([version, (await door.values(available, 'id', { caller: bot, version })).map(nameOf).toSorted()]).toEqual([version, ['forMembers']]);
  });
});

describe('suggestions from what was held before', () => {
  it.each(everybody)('of the %s: what it may ask for itself again', async (who) => {
    const rows = await inBoth(who, suggested('assignmentHistory'));
    expect(named(rows)).toEqual(callers[who].may.filter((name) => history[who].includes(name)));
    expect(rows.map((row) => recordAt(row, 'accessPackage')['id'])).toEqual(rows.map(({ id }) => id));
  });

  it('of an agent user', async () => {
    for (const version of ['v1.0', 'beta'] as const) expect([version, (await door.values(suggested('assignmentHistory').replace(/\?.*/, ''), 'id', { caller: bot, version })).map(nameOf)]).toEqual([version, ['forMembers']]);
  });

  it('and from what people around somebody hold: to them, and to nobody else', async () => {
    for (const who of everybody) expect([who, named(await inBoth(who, suggested('relatedPeopleAssignments')))]).toEqual([who, who === 'member' ? ['forMembers'] : []]);
  });
});

describe('an agent user that asks for itself', () => {
  it('is given what users are, and refused what is for agents or hidden by scope from it', async () => {
    const ask = async (name: string) => await door.send('POST', `${entitlement}/assignmentRequests`, { caller: bot, body: requestBody('userAdd', { targetId: agentUser.id, ...given(name) }) });
    expect((await ask('forMembers')).body).toMatchObject({ requestType: 'userAdd', state: 'delivered' });
    expect((await graph.list(`${entitlement}/assignments?$filter=target/objectId eq '${agentUser.id}' and state eq 'delivered'&$expand=accessPackage`)).map((one) => nameOf(recordAt(one, 'accessPackage')['id']))).toEqual(['forMembers']);
    expect([(await ask('forAgents')).status, (await ask('forGuests')).status, (await ask('nobodyAsks')).status, (await ask('direct')).status].filter((status) => ![403, 404].includes(status))).toEqual([]);
    expect((await ask('forMembers')).status).toBe(409);
  });
});
