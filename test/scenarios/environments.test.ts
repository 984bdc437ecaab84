/** Where resources live, how systems outside are reached, and what resource requests do besides adding and removing. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { addResource, createApi, createCatalog, createPerson } from '../../cli/client/organisation.ts';
import { entitlementRole } from '../../src/features/roles/model.ts';
import { buildRegistry, typeNamed, wordFor } from '../../src/platform/graph/registry.ts';
import { declarations } from '../../src/features/index.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { createGroup } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const environments = `${entitlement}/resourceEnvironments`;
const connectors = `${entitlement}/externalOriginResourceConnectors`;
const sap = { '@odata.type': 'microsoft.graph.externalTokenBasedSapIagConnectionInfo', url: 'https://iag.example.com', accessTokenUrl: 'https://login.example.com/token', clientId: 'c', keyVaultName: 'vault', secretName: 'iag', subscriptionId: 's', resourceGroup: 'r' };
const connector = (more: JsonRecord = {}): JsonRecord => ({ displayName: `IAG ${randomUUID().slice(0, 8)}`, description: 'SAP', connectorType: 'sapIag', connectionInfo: sap, ...more });
const environmentOf = async (made: Entity): Promise<Entity> => (await graph.list(`${environments}?$filter=originId eq '${made.id}'`))[0] ?? expect.unreachable('no environment');
const request = async (catalogId: string, requestType: string, resource: JsonRecord): Promise<Entity> => await graph.create(`${entitlement}/resourceRequests`, { requestType, catalog: { id: catalogId }, resource });

const catalog = await createCatalog(graph, 'Placed');
const resources = `${entitlement}/catalogs/${catalog.id}/resources`;

async function listedBy(originId: string): Promise<Entity> {
  return (await graph.list(`${resources}?$filter=originId eq '${originId}'`))[0] ?? expect.unreachable('it is not listed');
}

describe('environments', () => {
  it('are one for each origin system, with the resources that live there', async () => {
    const group = await createGroup(graph, 'Housed');
    const added = await addResource(graph, catalog.id, { originSystem: 'AadGroup', originId: group.id });
    const defaults = await graph.list(`${environments}?$filter=isDefaultEnvironment eq true`);
    expect(defaults.map((one) => textOf(one, 'originSystem')).toSorted()).toEqual(['AadApplication', 'AadGroup', 'CustomDataProvidedResource', 'OAuthApplication']);
    const [house] = await graph.list(`${environments}?$filter=originSystem eq 'AadGroup'&$expand=resources`);
    expect(JSON.stringify(house?.['resources'])).toContain(added.id);
    expect(await graph.list(`${environments}/${house?.id ?? ''}/resources?$filter=originId eq '${group.id}'`)).toMatchObject([{ id: added.id }]);
    expect(await graph.read(`${resources}/${added.id}?$expand=environment`)).toMatchObject({ environment: { id: house?.id, connectionInfo: null } });
    const beta = await inBeta(graph, { method: 'GET', path: `${entitlement}/accessPackageResourceEnvironments/${house?.id ?? ''}?$expand=accessPackageResources` });
    expect(beta.json).toMatchObject({ originSystem: 'AadGroup', isDefaultEnvironment: true, createdBy: null, accessPackageResources: expect.any(Array) as unknown });
  });

  it('are seen by those who read a catalog, with the resources of that catalog', async () => {
    const [person, other] = [await createPerson(graph, 'E reader', server.domain), await createPerson(graph, 'E stranger', server.domain)];
    const mine = await createCatalog(graph, 'Theirs');
    await graph.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: person.id, roleDefinitionId: entitlementRole.catalogReader, directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${mine.id}` });
    const [reader, stranger] = [await server.asPerson(person), await server.asPerson(other)];
    const group = await createGroup(graph, 'Unseen');
    await addResource(graph, catalog.id, { originSystem: 'AadGroup', originId: group.id });
    const [house] = await reader.list(`${environments}?$filter=originSystem eq 'AadGroup'&$expand=resources`);
    expect(house?.['resources']).toEqual([]);
    expect((await stranger.refusal('GET', environments)).status).toBe(403);
    expect((await reader.refusal('GET', connectors)).status).toBe(403);
    expect((await reader.refusal('POST', connectors, connector())).status).toBe(403);
    expect((await stranger.refusal('POST', connectors, connector())).status).toBe(403);
  });
});

describe('connectors', () => {
  it('make their environment, change it, and take it away', async () => {
    const made = await graph.create(connectors, connector({ displayName: 'IAG' }));
    expect(made).toMatchObject({ connectorType: 'sapIag', connectionInfo: { ...sap, '@odata.type': '#microsoft.graph.externalTokenBasedSapIagConnectionInfo' }, modifiedBy: null, modifiedDateTime: null, createdBy: expect.any(String) as unknown });
    const place = await environmentOf(made);
    expect(place).toMatchObject({ displayName: 'IAG', originSystem: 'SapIag', isDefaultEnvironment: false, connectionInfo: { url: sap.url } });
    expect(JSON.stringify(place)).not.toContain('vault');
    await graph.must('PATCH', `${connectors}/${made.id}`, { displayName: 'IAG 2', connectorType: 'sapAc', connectionInfo: { url: 'https://ac.example.com' } });
    expect(await environmentOf(made)).toMatchObject({ id: place.id, displayName: 'IAG 2', originSystem: 'SapAc', connectionInfo: { url: 'https://ac.example.com' } });
    const beta = await inBeta(graph, { method: 'GET', path: `${connectors}/${made.id}` });
    expect(beta.json).toMatchObject({ connectorType: 'sapAc', displayName: 'IAG 2', modifiedBy: expect.any(String) as unknown });
    await graph.must('DELETE', `${connectors}/${made.id}`);
    expect(await graph.list(`${environments}?$filter=originId eq '${made.id}'`)).toEqual([]);
  });

  it.each([
    [{ connectionInfo: {} }, 'ruleBroken', 'noUrl'], [{ connectionInfo: { ...sap, url: 'http://iag.example.com' } }, '', 'notHttps'], [{ connectionInfo: { ...sap, accessTokenUrl: 'https://u:p@login.example.com' } }, '', 'secretInAddress'],
    [{ connectionInfo: { ...sap, clientSecret: 'hush' } }, '', undefined], [{ connectorType: 'sapXyz' }, '', undefined], [{ displayName: undefined }, '', undefined], [{ description: undefined }, '', undefined], [{ connectorType: undefined }, '', undefined],
  ])('are refused when they say too little or too much: %#', async (change, _, code) => {
    const refused = await graph.refusal('POST', connectors, connector(change));
    expect([refused.status, code === undefined ? undefined : refused.codes]).toEqual([400, code === undefined ? undefined : [code]]);
  });

  it('stay while resources live with them', async () => {
    const made = await graph.create(connectors, connector());
    const place = await environmentOf(made);
    const [originId, second] = [randomUUID(), randomUUID()];
    await request(catalog.id, 'adminAdd', { displayName: 'SAP roles', originSystem: 'CustomDataProvidedResource', originId, environment: { originId: made.id } });
    await request(catalog.id, 'adminAdd', { displayName: 'SAP roles 2', originSystem: 'CustomDataProvidedResource', originId: second, 'environment@odata.bind': `${graph.base}/v1.0${environments}/${place.id}` });
    const resource = await listedBy(originId);
    expect(await graph.read(`${resources}/${(await listedBy(second)).id}?$expand=environment`)).toMatchObject({ environment: { id: place.id } });
    const beta = await inBeta(graph, { method: 'GET', path: `${entitlement}/accessPackageResources/${resource.id}?$expand=externalOriginResourceConnector,accessPackageResourceEnvironment` });
    expect(beta.json).toMatchObject({ externalOriginResourceConnector: { id: made.id }, accessPackageResourceEnvironment: { id: place.id } });
    expect(await graph.refusal('DELETE', `${connectors}/${made.id}`)).toMatchObject({ status: 409, codes: ['connectorInUse'], message: expect.stringContaining('SAP roles') as string });
    expect(await graph.refusal('PATCH', `${connectors}/${made.id}`, { connectorType: 'sapAc' })).toMatchObject({ status: 409 });
    const group = await createGroup(graph, 'Not SAP');
    expect(await graph.refusal('POST', `${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: catalog.id }, resource: { originSystem: 'AadGroup', originId: group.id, environment: { id: place.id } } })).toMatchObject({ status: 400, codes: ['environmentOfOtherOrigin'] });
    expect(await graph.refusal('POST', `${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: catalog.id }, resource: { originSystem: 'AadGroup', originId: group.id, environment: { id: randomUUID() } } })).toMatchObject({ status: 400, target: 'resource/environment' });
    const [home] = await graph.list(`${environments}?$filter=originSystem eq 'CustomDataProvidedResource'`);
    for (const { id } of [resource, await listedBy(second)]) await request(catalog.id, 'adminUpdate', { id, environment: { id: home?.id ?? '' } });
    await graph.must('DELETE', `${connectors}/${made.id}`);
  });
});

describe('resource requests', () => {
  it('change a resource, and say what they did', async () => {
    const group = await createGroup(graph, 'Named once');
    const { id } = await addResource(graph, catalog.id, { originSystem: 'AadGroup', originId: group.id });
    const made = await request(catalog.id, 'adminUpdate', { originSystem: 'AadGroup', originId: group.id, displayName: 'Named twice', description: 'ours' });
    expect(made).toMatchObject({ requestType: 'adminUpdate', state: 'delivered' });
    expect(await graph.read(`${resources}/${id}`)).toMatchObject({ displayName: 'Named twice', description: 'ours', originId: group.id });
    expect(await graph.read(`${entitlement}/resourceRequests/${made.id}?$expand=resource`)).toMatchObject({ resource: { id } });
    expect((await graph.refusal('POST', `${entitlement}/resourceRequests`, { requestType: 'adminUpdate', catalog: { id: catalog.id }, resource: { id: randomUUID(), displayName: 'x' } })).status).toBe(400);
    expect((await graph.refusal('POST', `${entitlement}/resourceRequests`, { requestType: 'userAdd', catalog: { id: catalog.id }, resource: { id } })).status).toBe(400);
  });

  it('only check with isValidationOnly, name who asked, and are too late after their time', async () => {
    const group = await createGroup(graph, 'Checked');
    const { id } = await addResource(graph, catalog.id, { originSystem: 'AadGroup', originId: group.id });
    const send = async (more: JsonRecord) => await inBeta(graph, { method: 'POST', path: `${entitlement}/accessPackageResourceRequests`, body: { catalogId: catalog.id, executeImmediately: true, ...more } });
    const asked = { requestType: 'AdminUpdate', accessPackageResource: { id, displayName: 'Never so' } };
    const made = await send({ ...asked, isValidationOnly: true, justification: 'why', expirationDateTime: '2999-01-01T00:00:00Z' });
    expect(made).toMatchObject({ status: 201, json: { requestType: 'AdminUpdate', requestState: 'Delivered', isValidationOnly: true, executeImmediately: true, expirationDateTime: '2999-01-01T00:00:00Z', justification: 'why' } });
    expect((await graph.read(`${resources}/${id}`))['displayName']).not.toBe('Never so');
    expect((await send({ requestType: 'AdminRemove', accessPackageResource: { id }, isValidationOnly: true })).status).toBe(201);
    expect((await graph.read(`${resources}/${id}`)).id).toBe(id);
    expect(await send({ ...asked, expirationDateTime: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 400, json: { error: { target: 'expirationDateTime' } } });
    const read = await inBeta(graph, { method: 'GET', path: `${entitlement}/accessPackageResourceRequests/${textOf(made.json, 'id')}?$expand=requestor,accessPackageResource` });
    expect(read.json).toMatchObject({ requestor: { objectId: expect.any(String) as unknown }, accessPackageResource: { id } });
  });
});

describe('refresh', () => {
  it('reads name and description from the origin, in both versions, for those who manage the catalog', async () => {
    const group = await createGroup(graph, 'Before', { description: 'old' });
    const { id } = await addResource(graph, catalog.id, { originSystem: 'AadGroup', originId: group.id });
    await graph.must('PATCH', `/groups/${group.id}`, { displayName: 'After', description: 'new' });
    expect((await graph.read(`${resources}/${id}`))['displayName']).not.toBe('After');
    const stranger = await server.asPerson(await createPerson(graph, 'R stranger', server.domain));
    expect((await stranger.refusal('POST', `${resources}/${id}/refresh`)).status).toBeOneOf([403, 404]);
    expect((await inBeta(graph, { method: 'POST', path: `${entitlement}/accessPackageCatalogs/${catalog.id}/accessPackageResources/${id}/refresh` })).status).toBe(204);
    expect(await graph.read(`${resources}/${id}`)).toMatchObject({ displayName: 'After', description: 'new' });
    await graph.must('PATCH', `/groups/${group.id}`, { displayName: 'Later' });
    await graph.must('POST', `${entitlement}/resources/${id}/refresh`);
    expect(await graph.read(`${resources}/${id}`)).toMatchObject({ displayName: 'Later' });
    await graph.must('DELETE', `/groups/${group.id}`);
    expect(await graph.refusal('POST', `${resources}/${id}/refresh`)).toMatchObject({ status: 409, message: expect.stringContaining('deleted') as string });
  });
});

describe('identityGovernance/catalogs', () => {
  const registry = buildRegistry(declarations);
  const type = typeNamed(registry, 'accessPackageCatalog');

  it.each(['v1.0', 'beta'] as const)('has everything that catalogs have: %s', async (version) => {
    const api = await createApi(graph, { name: `Aliased ${version}`, roles: ['Use'] });
    const other = await createCatalog(graph, `Alias ${version}`);
    await addResource(graph, other.id, { originSystem: 'OAuthApplication', originId: api.appId });
    const [main, alias] = [version === 'v1.0' ? `${entitlement}/catalogs` : `${entitlement}/accessPackageCatalogs`, '/identityGovernance/catalogs'];
    const names = [...type.navigations].filter(([, navigation]) => navigation.only === undefined || navigation.only === version).map(([name]) => wordFor(type, name, version));
    expect(names.length).toBeGreaterThan(3);
    for (const path of ['', ...names.map((name) => `/${name}`), ...names.map((name) => `/${name}/$count`)]) {
      const read = async (root: string) => await fetch(`${graph.base}/${version}${root}/${other.id}${path}`, { headers: { authorization: `Bearer ${await graph.token()}` } });
      const [one, two] = [await read(main), await read(alias)];
      const withoutContext = (text: string): string => text.replaceAll(/"@odata\.[^"]*":"[^"]*",?/g, '');
      expect([path, two.status, withoutContext(await two.text())]).toEqual([path, 200, withoutContext(await one.text())]);
    }
    const changed = await fetch(`${graph.base}/${version}${alias}/${other.id}`, { method: 'PATCH', headers: { authorization: `Bearer ${await graph.token()}`, 'content-type': 'application/json' }, body: '{"description":"by the alias"}' });
    expect([changed.status, (await graph.read(`${entitlement}/catalogs/${other.id}`))['description']]).toEqual([200, 'by the alias']);
  });
});
