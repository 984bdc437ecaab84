import { describe, expect, it } from 'vitest';
import { recordAt, type JsonRecord } from '../../kernel/json.ts';
import { originSystemNamed, readAskedResource, referenceTo, resourceRequestFromBody, resourceToBeta, unknownOriginSystem } from './rules.ts';

const requested = (resource: JsonRecord): JsonRecord => recordAt(resourceRequestFromBody({ resource }), 'requestedResource');

describe('origin systems', () => {
  it('are meant in any letter case, and told where there is none of a name', () => {
    expect(['AadGroup', 'aadgroup', 'AADAPPLICATION', 'oauthapplication', 'customdataprovidedresource'].map(originSystemNamed)).toEqual(['AadGroup', 'AadGroup', 'AadApplication', 'OAuthApplication', 'CustomDataProvidedResource']);
    expect(originSystemNamed('SharePointOnline')).toBeUndefined();
    expect(unknownOriginSystem('SharePointOnline')).toBe("'SharePointOnline' is not supported. Use one of AadGroup, AadApplication, OAuthApplication, CustomDataProvidedResource");
  });
});

describe('a resource request, in either version', () => {
  it('names the resource, and the catalog as a reference', () => {
    const asked = { id: 'r', originId: 'o', originSystem: 'AadGroup', displayName: 'd', description: 'x', attributes: [], notificationEndpointConfiguration: {}, url: 'dropped' };
    const { url: _, ...kept } = asked;
    expect(resourceRequestFromBody({ requestType: 'adminAdd', resource: asked, catalog: { id: 'c', displayName: 'dropped' } })).toEqual({ requestType: 'adminAdd', requestedResource: kept, catalog: { id: 'c' } });
    expect(resourceRequestFromBody({ requestType: 'AdminAdd', accessPackageResource: asked, catalogId: 'c' })).toEqual({ requestType: 'AdminAdd', requestedResource: kept, catalog: { id: 'c' } });
  });
  it.each([
    [{ catalogId: 'c', catalog: { id: 'other' } }, { catalog: { id: 'c' } }], [{ catalog: 'c' }, { catalog: { id: 'c' } }], [{ catalog: {} }, {}], [{ catalog: null }, {}], [{}, {}],
    [{ resource: 'no object' }, { requestedResource: 'no object' }], [{ resource: null }, { requestedResource: null }], [{ accessPackageResource: {}, resource: { id: 'other' } }, { requestedResource: {} }],
  ])('%j is read as %j', (body, read) => { expect(resourceRequestFromBody(body)).toStrictEqual(read); });

  it.each([
    [{ environment: { id: 'E1' } }, { id: 'E1' }], [{ environment: { originId: 'O' } }, { originId: 'O' }], [{ accessPackageResourceEnvironment: { id: 'e' } }, { id: 'e' }], [{ environment: { id: 'e' }, accessPackageResourceEnvironment: { id: 'f' } }, { id: 'e' }],
    [{ 'environment@odata.bind': "https://x/v1.0/identityGovernance/entitlementManagement/resourceEnvironments('e-1')" }, { id: 'e-1' }], [{ 'environment@odata.bind': 'https://x/resourceEnvironments("e-3")' }, { id: 'e-3' }],
    [{ 'accessPackageResourceEnvironment@odata.bind': 'https://x/resourceEnvironments/e-2' }, { id: 'e-2' }], [{ 'environment@odata.bind': 'https://x/e-4', 'accessPackageResourceEnvironment@odata.bind': 'https://x/e-5' }, { id: 'e-4' }],
    [{ environment: { id: 'e' }, 'environment@odata.bind': 'https://x/e-6' }, { id: 'e' }], [{ 'environment@odata.bind': '/' }, undefined], [{ 'environment@odata.bind': 7 }, undefined], [{}, undefined],
  ])('names an environment by object or link: %j', (resource, environment) => {
    expect(requested({ originId: 'o', ...resource })).toStrictEqual({ originId: 'o', ...(environment === undefined ? {} : { environment }) });
  });

  it('is about uploaded data by its type', () => {
    const uploaded = { originSystem: 'CustomDataProvidedResource', originId: 'o' };
    for (const type of ['#microsoft.graph.customDataProvidedResource', 'microsoft.graph.CUSTOMDATAPROVIDEDRESOURCE', 'customDataProvidedResource']) expect(requested({ '@odata.type': type, originId: 'o' })).toEqual(uploaded);
    for (const type of ['#microsoft.graph.accessPackageResource', 7]) expect(requested({ '@odata.type': type, originId: 'o' })).toEqual({ originId: 'o' });
  });
});

describe('the resource that is asked for', () => {
  const nothing = { id: undefined, originSystem: undefined, originId: undefined, displayName: undefined, description: undefined, environment: undefined, notificationEndpoint: undefined };
  it.each<[string, JsonRecord, JsonRecord]>([
    ['is nothing where nothing is said', {}, {}],
    ['has ids of the directory in lower case', { id: 'ID', originSystem: 'aadGroup', originId: 'OID', displayName: 'Name' }, { id: 'id', originSystem: 'AadGroup', originId: 'oid', displayName: 'Name' }],
    ['has ids of other systems as they are', { originSystem: 'CustomDataProvidedResource', originId: 'MiXed' }, { originSystem: 'CustomDataProvidedResource', originId: 'MiXed' }],
    ['has no description, or one, or it is taken away', { description: 'text' }, { description: 'text' }], ['loses its description by null', { description: null }, { description: null }], ['has no description that is no text', { description: 7 }, {}],
    ['is told of reviews', { notificationEndpointConfiguration: { url: 'x' } }, { notificationEndpoint: { url: 'x' } }], ['is no longer told by null', { notificationEndpointConfiguration: null }, { notificationEndpoint: null }], ['is not told at what is no endpoint', { notificationEndpointConfiguration: 'x' }, {}],
    ['is in an environment by id', { environment: { id: 'ENV' } }, { environment: { id: 'env', originId: undefined } }], ['is in an environment by its origin', { environment: { originId: 'SAP' } }, { environment: { id: undefined, originId: 'SAP' } }], ['is in no empty environment', { environment: {} }, {}],
  ])('%s', (_, json, asked) => { expect(readAskedResource(json)).toStrictEqual({ ...nothing, ...asked }); });
});

describe('references and words', () => {
  it('refer to something', () => {
    expect([referenceTo('catalog', 'c'), referenceTo('catalog', null), referenceTo('catalog', undefined)]).toEqual([{ catalog: { id: 'c' } }, {}, {}]);
  });
  it('are beta’s for the attributes of a resource', () => {
    const attribute = { name: 'n', source: { s: 1 }, destination: { d: 1 }, isEditable: true };
    expect(resourceToBeta({ id: 'r', attributes: [attribute, 'odd'] })).toEqual({ id: 'r', attributes: [{ attributeName: 'n', attributeSource: { s: 1 }, attributeDestination: { d: 1 }, isEditable: true }, 'odd'] });
    for (const entity of [{ id: 'r' }, { id: 'r', attributes: null }]) expect(resourceToBeta(entity)).toBe(entity);
  });
});
