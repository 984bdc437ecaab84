/** Catalogs with API permissions are changed by few; giving and taking access in them stays with those who manage assignments (decision 0005). */
import { beforeAll, describe, expect, it } from 'vitest';
import { entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { addResource, addRole, createApi, createCatalog, createPackage, createPerson, createWorkload, type Person } from '../../cli/client/organisation.ts';
import { policyBody, requestBody } from '../../cli/client/policies.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { directoryRole, entitlementRole } from '../../src/features/roles/model.ts';
import { createGroup, offer, permissions, stateOf, type Offer } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';
import { intruder } from '../security/intruder.ts';

const server = await startTestServer();
const { graph } = server;
const api = await createApi(graph, { name: 'Ledger', roles: ['Ledger.Read', 'Ledger.Write'] });
const foreign = await createApi(graph, { name: 'Payroll', roles: ['Payroll.Read'] });
const role = textOf(api.roles, 'Ledger.Read');

/** Everybody who might try, by what they are. */
const people = {
  global: ['globalAdministrator'], both: ['privilegedRoleAdministrator', 'identityGovernanceAdministrator'], roles: ['privilegedRoleAdministrator'], governance: ['identityGovernanceAdministrator'],
  owner: ['catalogOwner'], manager: ['accessPackageManager'], assigner: ['assignmentManager'],
} as const;
type Who = keyof typeof people;
const desks = new Map<Who, { readonly person: Person; readonly desk: MicrosoftGraph }>();
const all = Object.keys(people) as readonly Who[];
const desk = (who: Who): MicrosoftGraph => desks.get(who)?.desk ?? expect.unreachable(who);
const personOf = (who: Who): Person => desks.get(who)?.person ?? expect.unreachable(who);

let given: Offer;
let ledger: Entity;

const isDirectoryRole = (name: string): name is keyof typeof directoryRole => Object.hasOwn(directoryRole, name);

async function empowerIn(catalogId: string, who: Who): Promise<void> {
  for (const name of people[who]) {
    if (isDirectoryRole(name)) continue;
    await graph.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: personOf(who).id, roleDefinitionId: entitlementRole[name], directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${catalogId}` });
  }
}

beforeAll(async () => {
  for (const who of all) {
    const person = await createPerson(graph, `P ${who}`, server.domain);
    for (const name of people[who]) {
      if (isDirectoryRole(name)) await graph.create('/roleManagement/directory/roleAssignments', { principalId: person.id, roleDefinitionId: directoryRole[name], directoryScopeId: '/' });
    }
    desks.set(who, { person, desk: await server.asPerson(person) });
  }
  given = await offer(graph, [permissions(api, role)], { scope: 'allDirectoryServicePrincipals' });
  ledger = await graph.read(`${entitlement}/catalogs/${given.catalogId}`);
  for (const who of all) await empowerIn(given.catalogId, who);
});

const levelOf = async (catalogId: string): Promise<unknown> => (await inBeta(graph, { method: 'GET', path: `${entitlement}/accessPackageCatalogs/${catalogId}` })).json['privilegeLevel'];
const add = (catalogId: string, originSystem: string, originId: string): JsonRecord => ({ requestType: 'adminAdd', catalog: { id: catalogId }, resource: { originSystem, originId } });

/** What each of them tries. `roleScope` and `policy` are made anew for everybody. */
const attempts: Readonly<Record<string, () => Promise<readonly [method: string, path: string, body?: JsonRecord]>>> = {
  'change the catalog': async () => await Promise.resolve(['PATCH', `${entitlement}/catalogs/${given.catalogId}`, { description: 'changed' }]),
  'add a resource': async () => ['POST', `${entitlement}/resourceRequests`, add(given.catalogId, 'AadGroup', (await createGroup(graph, `G${Math.random()}`)).id)],
  'refresh a resource': async () => ['POST', `${entitlement}/resources/${(await graph.list(`${entitlement}/catalogs/${given.catalogId}/resources`))[0]?.id ?? ''}/refresh`],
  'make a package': async () => await Promise.resolve(['POST', `${entitlement}/accessPackages`, { displayName: 'new', description: 'new', catalog: { id: given.catalogId } }]),
  'change a package': async () => await Promise.resolve(['PATCH', `${entitlement}/accessPackages/${given.packageId}`, { description: 'changed' }]),
  'make a policy': async () => await Promise.resolve(['POST', `${entitlement}/assignmentPolicies`, policyBody(given.packageId)]),
  'replace a policy': async () => await Promise.resolve(['PUT', `${entitlement}/assignmentPolicies/${given.policyId}`, policyBody(given.packageId, { scope: 'allDirectoryServicePrincipals' })]),
  'take a role out of a package': async () => {
    const extra = await createPackage(graph, given.catalogId, 'extra');
    const resource = await addResourceOnce(given.catalogId);
    const made = await addRole(graph, extra.id, { resource, roleOriginId: role });
    return ['DELETE', `${entitlement}/accessPackages/${extra.id}/resourceRoleScopes/${made.id}`];
  },
  'delete a package': async () => ['DELETE', `${entitlement}/accessPackages/${(await createPackage(graph, given.catalogId, 'short')).id}`],
  'move a package away': async () => ['POST', `${entitlement}/accessPackages/${(await createPackage(graph, given.catalogId, 'moving')).id}/moveToCatalog`, { catalogId: (await createCatalog(graph, 'Target')).id }],
  'make a custom extension': async () => await Promise.resolve(['POST', `${entitlement}/catalogs/${given.catalogId}/customWorkflowExtensions`, {
    '@odata.type': '#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension', displayName: 'x', description: 'x',
    endpointConfiguration: { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', subscriptionId: 's', resourceGroupName: 'r', logicAppWorkflowName: 'l', url: 'https://example.com/call' },
    authenticationConfiguration: { '@odata.type': '#microsoft.graph.azureAdTokenAuthentication', resourceId: api.appId },
  }]),
};

async function addResourceOnce(catalogId: string) {
  const [found] = await graph.list(`${entitlement}/catalogs/${catalogId}/resources?$filter=originSystem eq 'OAuthApplication'`);
  const path = `${entitlement}/catalogs/${catalogId}/resources/${found?.id ?? ''}`;
  return { id: found?.id ?? '', originSystem: 'OAuthApplication' as const, originId: api.appId, roles: await graph.list(`${path}/roles`), scopes: await graph.list(`${path}/scopes`) };
}

describe('a catalog with API permissions', () => {
  it('is privileged by itself, and stays so while it has one', async () => {
    const catalog = await createCatalog(graph, 'Becoming');
    expect(await levelOf(catalog.id)).toBe('standard');
    const resource = await addResource(graph, catalog.id, { originSystem: 'OAuthApplication', originId: api.appId });
    expect(await levelOf(catalog.id)).toBe('privileged');
    const back = async () => await inBeta(graph, { method: 'PATCH', path: `${entitlement}/accessPackageCatalogs/${catalog.id}`, body: { privilegeLevel: 'standard' } });
    expect(await back()).toMatchObject({ status: 400, json: { error: { message: expect.stringContaining('stays privileged') as string } } });
    await graph.must('POST', `${entitlement}/resourceRequests`, { requestType: 'adminRemove', catalog: { id: catalog.id }, resource: { id: resource.id } });
    expect(await levelOf(catalog.id)).toBe('privileged');
    expect((await back()).status).toBe(200);
    expect(await levelOf(catalog.id)).toBe('standard');
  });

  it.each(Object.keys(attempts))('%s: for Global Administrators, and Privileged Role with Identity Governance Administrators', async (name) => {
    for (const who of all) {
      const [method, path, body] = await (attempts[name] ?? expect.unreachable(name))();
      if (who === 'global' || who === 'both') {
        expect([who, await desk(who).must(method, path, body).then(() => 'done', String)]).toEqual([who, 'done']);
        continue;
      }
      const { status, codes } = await desk(who).refusal(method, path, body);
      // Whoever lacks the right to the catalog hears of that alone: a Privileged Role Administrator does not even know of it.
      if (who === 'owner' || who === 'governance') expect([who, status, codes]).toEqual([who, 403, ['catalogIsPrivileged']]);
      else expect([who, [400, 403, 404].includes(status), who === 'manager' ? [] : codes]).toEqual([who, true, []]);
    }
    expect(await desk('governance').refusal('PATCH', `${entitlement}/catalogs/${given.catalogId}`, { description: 'x' })).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'], message: expect.stringContaining('Global Administrator') as string });
  });

  it('is told from one that only calls itself so', async () => {
    const catalog = await createCatalog(graph, 'Said');
    await empowerIn(catalog.id, 'owner');
    await desk('owner').must('PATCH', `${entitlement}/catalogs/${catalog.id}`, { description: 'mine' });
    expect((await inBeta(desk('owner'), { method: 'PATCH', path: `${entitlement}/accessPackageCatalogs/${catalog.id}`, body: { privilegeLevel: 'privileged' } })).status).toBe(403);
    expect((await inBeta(desk('both'), { method: 'PATCH', path: `${entitlement}/accessPackageCatalogs/${catalog.id}`, body: { privilegeLevel: 'privileged' } })).status).toBe(200);
    expect(await desk('owner').refusal('PATCH', `${entitlement}/catalogs/${catalog.id}`, { description: 'mine' })).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
    expect((await inBeta(desk('owner'), { method: 'PATCH', path: `${entitlement}/accessPackageCatalogs/${catalog.id}`, body: { privilegeLevel: 'standard' } })).status).toBe(403);
    expect((await inBeta(desk('both'), { method: 'PATCH', path: `${entitlement}/accessPackageCatalogs/${catalog.id}`, body: { privilegeLevel: 'standard' } })).status).toBe(200);
    expect((await inBeta(desk('governance'), { method: 'POST', path: `${entitlement}/accessPackageCatalogs`, body: { displayName: 'x', description: 'x', privilegeLevel: 'privileged' } })).status).toBe(403);
  });

  it('takes API permissions only from whoever owns the API, unless they are Global Administrator; stays privileged for everybody else', async () => {
    const catalog = await createCatalog(graph, 'Onboarding');
    await empowerIn(catalog.id, 'owner');
    for (const appId of [foreign.appId, '00000000-0000-4000-8000-000000000001']) {
      expect(await desk('owner').refusal('POST', `${entitlement}/resourceRequests`, add(catalog.id, 'OAuthApplication', appId))).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
    }
    expect((await desk('both').refusal('POST', `${entitlement}/resourceRequests`, add(catalog.id, 'OAuthApplication', foreign.appId))).status).toBeOneOf([400, 403]);
    await graph.must('POST', `/applications/${foreign.applicationId}/owners/$ref`, { '@odata.id': graph.reference('directoryObjects', personOf('both').id) });
    await desk('both').must('POST', `${entitlement}/resourceRequests`, add(catalog.id, 'OAuthApplication', foreign.appId));
    expect(await levelOf(catalog.id)).toBe('privileged');
    await graph.must('POST', `/applications/${foreign.applicationId}/owners/$ref`, { '@odata.id': graph.reference('directoryObjects', personOf('owner').id) });
    const another = await createCatalog(graph, 'Owned');
    await empowerIn(another.id, 'owner');
    await desk('owner').must('POST', `${entitlement}/resourceRequests`, add(another.id, 'OAuthApplication', foreign.appId));
    expect(await levelOf(another.id)).toBe('privileged');
    expect(await desk('owner').refusal('PATCH', `${entitlement}/catalogs/${another.id}`, { description: 'x' })).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
    await desk('global').must('POST', `${entitlement}/resourceRequests`, add(catalog.id, 'OAuthApplication', api.appId));
  });

  it('takes no policy that assigns by itself', async () => {
    const automatic = { ...policyBody(given.packageId), automaticRequestSettings: { requestAccessForAllowedTargets: true } };
    expect((await graph.refusal('POST', `${entitlement}/assignmentPolicies`, automatic)).codes).toContain('automaticInPrivilegedCatalog');
    const plain = await offer(graph, []);
    expect((await graph.refusal('POST', `${entitlement}/assignmentPolicies`, { ...automatic, accessPackage: { id: plain.packageId } })).codes).not.toContain('automaticInPrivilegedCatalog');
  });

  it('is changed by applications with both permissions', async () => {
    const path = `${entitlement}/catalogs/${given.catalogId}`;
    const [half, whole, other] = [await intruder(server, 'EntitlementManagement.ReadWrite.All'), await intruder(server, 'EntitlementManagement.ReadWrite.All', 'RoleManagement.ReadWrite.Directory'), await intruder(server, 'RoleManagement.ReadWrite.Directory')];
    expect(await half.graph.refusal('PATCH', path, { description: 'half' })).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'], message: expect.stringContaining('RoleManagement.ReadWrite.Directory') as string });
    expect(await half.graph.refusal('POST', `${entitlement}/assignmentPolicies`, policyBody(given.packageId))).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
    await whole.graph.must('PATCH', path, { description: 'whole' });
    expect((await other.graph.refusal('PATCH', path, { description: 'other' })).status).toBeOneOf([403, 404]);
    const plain = await createCatalog(graph, 'Plain');
    await half.graph.must('PATCH', `${entitlement}/catalogs/${plain.id}`, { description: 'half' });
    expect(await half.graph.refusal('POST', `${entitlement}/resourceRequests`, add(plain.id, 'OAuthApplication', api.appId))).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
  });
});

describe('giving access in a privileged catalog', () => {
  it('stays with those who manage assignments, and with administrators of governance', async () => {
    for (const who of ['assigner', 'manager', 'owner', 'governance'] as const) {
      const client = await createWorkload(graph, `bot of ${who}`);
      const made = await desk(who).create(`${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: client.principalId, ...given }));
      expect([who, await stateOf(graph, made.id)]).toEqual([who, 'delivered']);
    }
  });

  it('is read as before', async () => {
    for (const who of ['owner', 'manager', 'assigner', 'governance'] as const) {
      expect(await desk(who).read(`${entitlement}/catalogs/${given.catalogId}`)).toMatchObject({ displayName: ledger['displayName'] });
      expect((await desk(who).list(`${entitlement}/catalogs/${given.catalogId}/resources`)).length).toBeGreaterThan(0);
    }
  });
});
