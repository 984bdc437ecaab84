/**
 * Who may ask for whom: every set of requestors and every kind of target, with those who may and those who may not. What
 * filterByCurrentUser lists and what a request allows are the same.
 */
import { describe, expect, it } from 'vitest';
import { cast, entitlement, type Entity } from '../../cli/client/graph.ts';
import { createAgent, createBlueprint, createCatalog, createPerson, createWorkload, type Person } from '../../cli/client/organisation.ts';
import { oneUser, requestBody, sponsorsOrOwners, type PolicyOptions } from '../../cli/client/policies.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { entitlementRole } from '../../src/features/roles/model.ts';
import { assignmentOf, createGroup, offer, takeAway, type Offer } from '../support/access.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { connect, createGuest, newDomain, organizations } from '../support/organizations.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const requests = `${entitlement}/assignmentRequests`;
const listed = `${entitlement}/accessPackages/filterByCurrentUser(on='allowedRequestor')`;
const refer = async (path: string, id: string, method = 'POST'): Promise<unknown> => await graph.must(method, `${path}/$ref`, { '@odata.id': graph.reference('directoryObjects', id) });

const names = ['member', 'manager', 'topManager', 'userSponsor', 'insideSponsor', 'groupSponsor', 'agentSponsor', 'agentOwner', 'appOwner', 'named', 'inGroup', 'stranger'] as const;
type Name = (typeof names)[number];
const people = new Map<Name | 'guest' | 'outsideSponsor' | 'otherGuest', Person>();
for (const name of names) people.set(name, await createPerson(graph, name, server.domain));
const who = (name: Parameters<typeof people.get>[0]): Person => people.get(name) ?? expect.unreachable(name);

const [domain, otherDomain] = [newDomain(), newDomain()];
const [partner, other] = [await connect(graph, domain), await connect(graph, otherDomain)];
for (const [name, at] of [['guest', domain], ['outsideSponsor', domain], ['otherGuest', otherDomain]] as const) people.set(name, await createGuest(server, name, at));
const group = await createGroup(graph, 'Askers');
const nested = await createGroup(graph, 'Inside askers');
const sponsors = await createGroup(graph, 'Sponsors');
for (const [of, member] of [[group, 'inGroup'], [sponsors, 'groupSponsor']] as const) await refer(`/groups/${of.id}/members`, who(member).id);
await refer(`/groups/${group.id}/members`, nested.id);
await refer(`/groups/${nested.id}/members`, who('stranger').id);

const blueprint = await createBlueprint(graph, 'asked bots', [who('userSponsor')]);
const agent = await createAgent(graph, blueprint, { displayName: 'asked bot', sponsors: [who('agentSponsor')], owners: [who('agentOwner')] });
await refer(`${cast.agent}/${agent.id}/sponsors`, sponsors.id);
const agentUser = await graph.create('/users', { '@odata.type': '#microsoft.graph.agentUser', displayName: 'asked agent user', userPrincipalName: `bot@${server.domain}`, mailNickname: 'bot', accountEnabled: true, identityParentId: agent.id });
const [app, portal, otherApp] = [await createWorkload(graph, 'asked app'), await createWorkload(graph, 'portal'), await createWorkload(graph, 'another app')];
await refer(`/applications/${app.application.id}/owners`, who('appOwner').id);
for (const id of [who('member').id, agentUser.id, who('guest').id]) await graph.must('PUT', `/users/${id}/manager/$ref`, { '@odata.id': graph.reference('users', who('manager').id) });
await graph.must('PUT', `/users/${who('manager').id}/manager/$ref`, { '@odata.id': graph.reference('users', who('topManager').id) });
for (const id of [who('member').id, who('guest').id]) await refer(`/users/${id}/sponsors`, who('userSponsor').id);
await refer(`${organizations}/${partner.id}/internalSponsors`, who('insideSponsor').id);
await refer(`${organizations}/${partner.id}/externalSponsors`, who('outsideSponsor').id);
await refer(`${organizations}/${other.id}/internalSponsors`, who('named').id);

const kinds = ['member', 'guest', 'agentUser', 'servicePrincipal', 'agent'] as const;
type Target = (typeof kinds)[number];
interface Scoped {
  readonly id: string;
  readonly scope: string;
  readonly targets: readonly JsonRecord[];
}

/** A user who is alone in a scope: nobody else is asked for under it. */
async function aloneInGroup(id: string): Promise<Scoped> {
  const alone = await createGroup(graph, `Only ${id.slice(-6)}`);
  await refer(`/groups/${alone.id}/members`, id);
  return { id, scope: 'specificDirectoryUsers', targets: [{ '@odata.type': '#microsoft.graph.groupMembers', groupId: alone.id }] };
}
const targets: Readonly<Record<Target, Scoped>> = {
  member: await aloneInGroup(who('member').id), guest: await aloneInGroup(who('guest').id), agentUser: await aloneInGroup(agentUser.id),
  servicePrincipal: { id: app.principalId, scope: 'allDirectoryServicePrincipals', targets: [] }, agent: { id: agent.id, scope: 'allDirectoryAgentIdentities', targets: [] },
};

/** Everybody who asks: people by name, and workloads and agents with their own tokens. */
type Asker = Parameters<typeof people.get>[0] | 'app' | 'portal' | 'otherApp' | 'agent';
const desks = new Map<Asker, Promise<MicrosoftGraph>>();
const everybody: readonly Asker[] = [...people.keys(), 'app', 'portal', 'otherApp', 'agent'];

async function open(asker: Asker): Promise<MicrosoftGraph> {
  switch (asker) {
    case 'app': return await server.asWorkload(app);
    case 'portal': return await server.asWorkload(portal);
    case 'otherApp': return await server.asWorkload(otherApp);
    case 'agent': return await server.asAgent(blueprint, agent);
    default: return await server.asPerson(who(asker));
  }
}

async function deskOf(asker: Asker): Promise<MicrosoftGraph> {
  const opened = desks.get(asker) ?? open(asker);
  desks.set(asker, opened);
  return await opened;
}

const set = (kind: string, more: JsonRecord = {}): JsonRecord => ({ '@odata.type': `#microsoft.graph.${kind}`, ...more });
const onBehalf = (...sets: readonly JsonRecord[]): PolicyOptions['requestor'] & object => ({ enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: sets });
const forTarget = async (target: Target, requestor: PolicyOptions['requestor'] & object): Promise<Offer> => await offer(graph, [], { scope: targets[target].scope, targets: targets[target].targets, requestor });
const status = async (asker: Asker, target: Target, given: Offer): Promise<number> =>
  await (await deskOf(asker)).must('POST', requests, requestBody('userAdd', { targetId: targets[target].id, ...given })).then(() => 201, (error: unknown) => (error as { statusCode: number }).statusCode);

/** Who of everybody may ask, by trying; the list of each says the same. */
async function whoMay(target: Target, given: Offer): Promise<readonly Asker[]> {
  const may: Asker[] = [];
  for (const asker of everybody) {
    const isListed = (await (await deskOf(asker)).list(listed)).some(({ id }) => id === given.packageId);
    const answered = await status(asker, target, given);
    expect([asker, answered, isListed]).toEqual([asker, answered === 201 ? 201 : 403, answered === 201]);
    if (answered !== 201) continue;
    may.push(asker);
    await takeAway(graph, (await assignmentOf(graph, targets[target].id, given)).id);
  }
  return may;
}

const manager = (managerLevel: number): JsonRecord => set('targetManager', { managerLevel });
const guardians = ['groupSponsor', 'agentSponsor', 'agentOwner'] as const;
const agentSponsors = ['groupSponsor', 'agentSponsor'] as const;

/** By set: who may ask for each kind of target. */
const table: readonly (readonly [name: string, sets: readonly JsonRecord[], may: Readonly<Partial<Record<Target, readonly Asker[]>>>])[] = [
  ['targetManager', [manager(1)], { member: ['manager'], guest: ['manager'], agentUser: ['manager'] }],
  ['targetManager, one level up', [manager(2)], { member: ['topManager'], guest: ['topManager'], agentUser: ['topManager'] }],
  ['targetUserSponsors', [set('targetUserSponsors')], { member: ['userSponsor'], guest: ['userSponsor'], agentUser: agentSponsors, agent: agentSponsors }],
  ['internalSponsors', [set('internalSponsors')], { guest: ['insideSponsor'] }],
  ['externalSponsors', [set('externalSponsors')], { guest: ['outsideSponsor'] }],
  ['targetApplicationOwners', [set('targetApplicationOwners')], { servicePrincipal: ['appOwner'], agent: ['agentOwner'] }],
  ['targetAgentIdentitySponsorsOrOwners', [sponsorsOrOwners], { agentUser: guardians, agent: guardians }],
  ['nobody named', [], { agent: guardians }],
  ['requestorManager', [set('requestorManager', { managerLevel: 1 })], {}],
  ['singleUser', [oneUser(who('named').id)], { member: ['named'], guest: ['named'], agentUser: ['named'], servicePrincipal: ['named'], agent: ['named'] }],
  ['groupMembers', [set('groupMembers', { groupId: group.id })], { member: ['inGroup'], guest: ['inGroup'], agentUser: ['inGroup'], servicePrincipal: ['inGroup'], agent: ['inGroup'] }],
  ['singleServicePrincipal', [set('singleServicePrincipal', { servicePrincipalId: portal.principalId })], { member: ['portal'], guest: ['portal'], agentUser: ['portal'], servicePrincipal: ['portal'], agent: ['portal'] }],
  ['two sets', [manager(1), oneUser(who('named').id)], { member: ['manager', 'named'], guest: ['manager', 'named'], agentUser: ['manager', 'named'], servicePrincipal: ['named'], agent: ['named'] }],
];

describe('on behalf of another', () => {
  it.each(table.flatMap(([name, sets, may]) => kinds.map((kind) => ({ name, kind, sets, may: may[kind] ?? [] }))))('$name, for $kind', async ({ kind, sets, may }) => {
    expect(await whoMay(kind, await forTarget(kind, onBehalf(...sets)))).toEqual(may);
  }, 60_000);

  it.each(['attributeRuleMembers', 'connectedOrganizationMembers'])('%s is no set of requestors', async (kind) => {
    const more = kind === 'attributeRuleMembers' ? { membershipRule: 'user.department -eq "x"' } : { connectedOrganizationId: partner.id };
    const { packageId } = await offer(graph, []);
    const body = { displayName: 'p', accessPackage: { id: packageId }, allowedTargetScope: 'allMemberUsers', requestorSettings: onBehalf(set(kind, more)) };
    expect(await graph.refusal('POST', `${entitlement}/assignmentPolicies`, body)).toMatchObject({ status: 400, codes: ['wrongRequestor'] });
  });
});

describe('oneself', () => {
  const selves: Readonly<Partial<Record<Target, Asker>>> = { member: 'member', guest: 'guest', servicePrincipal: 'app', agent: 'agent' };

  it.each(kinds)('as %s', async (kind) => {
    const may = selves[kind];
    const given = await forTarget(kind, { enableTargetsToSelfAddAccess: true });
    for (const asker of ['stranger', 'manager', 'portal', 'agentSponsor', ...(may === undefined ? [] : [may])] as const) expect([asker, await status(asker, kind, given)]).toEqual([asker, asker === may ? 201 : 403]);
    if (may !== undefined) expect(await status(may, kind, await forTarget(kind, onBehalf(oneUser(who('named').id))))).toBe(403);
  });
});

describe('the flags for Add, Update and Remove', () => {
  const wishes = ['Add', 'Update', 'Remove'] as const;
  it.each(kinds.flatMap((kind) => wishes.map((wish) => [kind, wish] as const)))('for %s: %s alone', async (kind, flag) => {
    const given = await forTarget(kind, { [`enableOnBehalfRequestorsTo${flag}Access`]: true, onBehalfRequestors: [oneUser(who('named').id)] });
    const desk = await deskOf('named');
    expect(await status('named', kind, given)).toBe(flag === 'Add' ? 201 : 403);
    if (flag !== 'Add') await graph.create(requests, requestBody('adminAdd', { targetId: targets[kind].id, ...given }));
    const { id } = await assignmentOf(graph, targets[kind].id, given);
    for (const wish of ['Update', 'Remove'] as const) {
      const body = { requestType: `user${wish}`, assignment: { id } };
      expect((await (await deskOf('stranger')).refusal('POST', requests, body)).status).toBe(404);
      if (wish === flag) await desk.create(requests, body);
      else expect(await desk.refusal('POST', requests, body)).toMatchObject({ status: 403, codes: ['notAllowedToAsk'] });
    }
  });
});

describe('administrators', () => {
  it.each(kinds)('and managers of the catalog\'s assignments give to %s, nobody else does', async (kind) => {
    const [catalog, elsewhere] = [await createCatalog(graph, `for ${kind}`), await createCatalog(graph, `not for ${kind}`)];
    const given = await offer(graph, [], { catalogId: catalog.id });
    const body = requestBody('adminAdd', { targetId: targets[kind].id, ...given });
    const assigners: Entity[] = [];
    for (const [index, at] of [catalog, elsewhere].entries()) {
      const person = await createPerson(graph, `assigner ${kind} ${index}`, server.domain);
      await graph.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: person.id, roleDefinitionId: entitlementRole.assignmentManager, directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${at.id}` });
      const desk = await server.asPerson(person);
      if (index === 0) assigners.push(await desk.create(requests, body));
      else expect([400, 403]).toContain((await desk.refusal('POST', requests, body)).status);
    }
    for (const asker of ['stranger', 'manager', 'agentSponsor', 'portal', 'agent'] as const) expect((await (await deskOf(asker)).refusal('POST', requests, body)).status).toBe(403);
    expect(assigners).toMatchObject([{ state: 'delivered' }]);
    await takeAway(graph, (await assignmentOf(graph, targets[kind].id, given)).id);
    expect(await graph.create(requests, body)).toMatchObject({ state: 'delivered' });
  });
});

describe('several policies on one package', () => {
  it.each(kinds)('for %s: the narrowest is taken, unless the caller names another that fits', async (kind) => {
    const { id } = targets[kind];
    const isWorkload = kind === 'servicePrincipal' || kind === 'agent';
    const scopes = { member: 'allMemberUsers', guest: 'allExternalUsers', agentUser: 'allDirectoryUsers', servicePrincipal: 'allDirectoryServicePrincipals', agent: 'allDirectoryAgentIdentities' } as const;
    const requestor = { enableTargetsToSelfAddAccess: true, ...onBehalf(oneUser(who('named').id)) };
    const wide = await offer(graph, [], { scope: scopes[kind], requestor, expiration: { type: 'afterDuration', duration: 'P9D' } });
    const policy = async (options: PolicyOptions): Promise<string> => (await graph.create(`${entitlement}/assignmentPolicies`, {
      displayName: 'another', accessPackage: { id: wide.packageId }, allowedTargetScope: options.scope, specificAllowedTargets: options.targets ?? [], requestorSettings: requestor, expiration: { type: 'noExpiration' },
    })).id;
    const narrowId = await policy(isWorkload ? { scope: 'specificDirectoryServicePrincipals', targets: [set('singleServicePrincipal', { servicePrincipalId: id })] } : targets[kind]);
    const strange = await policy({ scope: isWorkload ? 'allMemberUsers' : 'allDirectoryAgentIdentities' });
    const desk = await deskOf('named');
    const ask = async (assignmentPolicyId?: string): Promise<unknown> => {
      const request = await desk.create(requests, { requestType: 'userAdd', assignment: { targetId: id, accessPackageId: wide.packageId, ...(assignmentPolicyId === undefined ? {} : { assignmentPolicyId }) } });
      const { id: assignmentId } = await assignmentOf(graph, id, wide);
      const read = await graph.read(`${entitlement}/assignments/${assignmentId}?$expand=assignmentPolicy`);
      await takeAway(graph, assignmentId);
      expect(request['state']).toBe('delivered');
      return Object(read['assignmentPolicy'])['id'];
    };
    expect([await ask(), await ask(wide.policyId), await ask(narrowId)]).toEqual([narrowId, wide.policyId, narrowId]);
    expect(await desk.refusal('POST', requests, { requestType: 'userAdd', assignment: { targetId: id, accessPackageId: wide.packageId, assignmentPolicyId: strange } })).toMatchObject({ status: 403, codes: ['packageNotRequestable'] });
  });
});
