import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { directoryObject, globalAdmin, personCaller, withRole } from '../../../test/support/entitlement.ts';
import { GraphDoor } from '../../../test/support/graph-door.ts';
import { isRecord, recordAt, recordsAt, textAt, type JsonRecord } from '../../kernel/json.ts';
import type { Caller } from '../../kernel/caller.ts';
import { all } from '../../platform/db/transaction.ts';
import type { Version } from '../../platform/graph/model.ts';
import { newId } from '../../platform/ids.ts';
import { entitlementRole } from '../roles/model.ts';

const database = await testDatabase();
const door = new GraphDoor(database.db);
const admin = globalAdmin(await directoryObject(database, 'user'));
const em = '/identityGovernance/entitlementManagement';
const requestExtension = '#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension';
const assignmentExtension = '#microsoft.graph.accessPackageAssignmentWorkflowExtension';

/** `call`: method and path, such as `GET /catalogs`. */
async function send(call: string, body?: JsonRecord, { caller = admin, version = 'v1.0' }: { readonly caller?: Caller; readonly version?: Version } = {}): Promise<{ readonly status: number; readonly body: JsonRecord }> {
  const [method = '', path = ''] = call.split(' ');
  const answer = await door.send(method, `${em}${path}`, { caller, version, ...(body === undefined ? {} : { body }) });
  return { status: answer.status, body: isRecord(answer.body) ? answer.body : {} };
}
async function made(path: string, body: JsonRecord, version: Version = 'v1.0'): Promise<JsonRecord & { readonly id: string }> {
  const { status, body: answered } = await send(`POST ${path}`, body, { version });
  expect(status, JSON.stringify(answered)).toBe(201);
  return { ...answered, id: textAt(answered, 'id') ?? '' };
}
const codesOf = (body: JsonRecord): readonly unknown[] => recordsAt(recordAt(body, 'error'), 'details').map(({ code }) => code);

/** As Graph's page shows it: a logic app by its place, no address. */
const body = (more: JsonRecord = {}): JsonRecord => ({
  '@odata.type': requestExtension, displayName: 'mail', description: 'sends one',
  endpointConfiguration: { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', subscriptionId: newId(), resourceGroupName: 'g', logicAppWorkflowName: 'w' },
  authenticationConfiguration: { '@odata.type': '#microsoft.graph.azureAdPopTokenAuthentication' }, ...more,
});
const catalog = async (): Promise<string> => (await made('/catalogs', { displayName: `c ${newId()}` })).id;
const policyOf = (packageId: string, settings: readonly JsonRecord[]): JsonRecord => ({
  displayName: 'p', allowedTargetScope: 'notSpecified', expiration: { type: 'noExpiration' }, accessPackage: { id: packageId }, customExtensionStageSettings: settings,
});

describe('custom extensions of a catalog', () => {
  it('are made, listed, read, changed, replaced and deleted, and say what they are', async () => {
    const id = await catalog();
    const path = `/catalogs/${id}/customWorkflowExtensions`;
    const one = await made(path, body({ callbackConfiguration: { '@odata.type': 'microsoft.graph.customExtensionCallbackConfiguration', durationBeforeTimeout: 'PT1H' } }));
    const other = await made(path, body({ '@odata.type': assignmentExtension, clientConfiguration: { maximumRetries: 1, timeoutInMilliseconds: 1000 } }));
    expect([one['@odata.type'], other['@odata.type'], one['callbackConfiguration'], one['clientConfiguration'], one['createdBy']])
      .toEqual([requestExtension, assignmentExtension, { timeoutDuration: 'PT1H' }, null, 'person']);
    expect(recordsAt((await send(`GET ${path}`)).body, 'value').map((each) => each['@odata.type'])).toEqual([requestExtension, assignmentExtension]);
    expect((await send(`PATCH ${path}/${one.id}`, { '@odata.type': requestExtension, description: 'changed' })).body).toMatchObject({ '@odata.type': requestExtension, description: 'changed', callbackConfiguration: { timeoutDuration: 'PT1H' } });
    expect((await send(`PUT ${path}/${one.id}`, body({ displayName: 'other' }))).body).toMatchObject({ displayName: 'other', callbackConfiguration: null });
    expect((await send(`GET /accessPackageCatalogs/${id}/accessPackageCustomWorkflowExtensions/${one.id}`, undefined, { version: 'beta' })).body).toMatchObject({ '@odata.type': requestExtension, displayName: 'other' });
    expect((await send(`DELETE ${path}/${one.id}`)).status).toBe(204);
    expect((await send(`GET ${path}/${one.id}`)).status).toBe(404);
    expect(await all(database.db, sql`select activity from audit_events where ${one.id}::uuid = any(target_ids) order by at, id`)).toEqual(['Create custom extension', 'Update custom extension', 'Update custom extension', 'Delete custom extension'].map((activity) => ({ activity })));
  });

  it('of the older type live in a collection of their own, in beta', async () => {
    const id = await catalog();
    const { '@odata.type': _, ...legacy } = body();
    const one = await made(`/accessPackageCatalogs/${id}/customAccessPackageWorkflowExtensions`, legacy, 'beta');
    expect(one).toMatchObject({ '@odata.type': '#microsoft.graph.customAccessPackageWorkflowExtension', displayName: 'mail' });
    expect((await send(`PATCH /accessPackageCatalogs/${id}/customAccessPackageWorkflowExtensions/${one.id}`, { displayName: 'b' }, { version: 'beta' })).body).toMatchObject({ displayName: 'b' });
    expect((await send(`GET /catalogs/${id}/customWorkflowExtensions`)).body['value']).toEqual([]);
    expect((await send(`DELETE /accessPackageCatalogs/${id}/customAccessPackageWorkflowExtensions/${one.id}`, undefined, { version: 'beta' })).status).toBe(204);
  });

  it('say their type, and where they are', async () => {
    const path = `/catalogs/${await catalog()}/customWorkflowExtensions`;
    const { '@odata.type': _, ...untyped } = body();
    expect((await send(`POST ${path}`, untyped)).body).toMatchObject({ error: { target: '@odata.type' } });
    expect((await send(`POST ${path}`, body({ endpointConfiguration: null }))).status).toBe(400);
  });

  it.each(['https://127.0.0.1/x', 'https://10.0.0.1/', 'https://169.254.169.254/latest/meta-data', 'https://localhost/', 'http://flows.example.com/', 'https://[::1]/'])('never lead to %s', async (url) => {
    const answer = await send(`POST /catalogs/${await catalog()}/customWorkflowExtensions`, body({ endpointConfiguration: { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', url } }));
    expect([answer.status, codesOf(answer.body)]).toEqual([400, ['address']]);
  });

  it('do not show the key of their address in the trail', async () => {
    const one = await made(`/catalogs/${await catalog()}/customWorkflowExtensions`, body({ endpointConfiguration: { '@odata.type': '#microsoft.graph.httpRequestEndpoint', targetUrl: 'https://flows.example.com/x?sig=secret' } }));
    const [event] = await all(database.db, sql<{ text: string }>`select targets::text as text from audit_events where ${one.id}::uuid = any(target_ids)`);
    expect([event?.text.includes('flows.example.com'), event?.text.includes('secret')]).toEqual([true, false]);
  });

  it('are the business of the catalog alone', async () => {
    const [id, elsewhere] = [await catalog(), await catalog()];
    const path = `/catalogs/${id}/customWorkflowExtensions`;
    const one = await made(path, body());
    const reader = withRole(newId(), entitlementRole.catalogReader, id);
    const [packageManager, stranger] = [withRole(newId(), entitlementRole.accessPackageManager, id), withRole(newId(), entitlementRole.catalogOwner, elsewhere)];
    const tries = async (caller: Caller): Promise<readonly number[]> => [
      (await send(`GET ${path}/${one.id}`, undefined, { caller })).status, (await send(`POST ${path}`, body(), { caller })).status, (await send(`PATCH ${path}/${one.id}`, { displayName: 'x' }, { caller })).status, (await send(`DELETE ${path}/${one.id}`, undefined, { caller })).status,
    ];
    expect([await tries(reader), await tries(packageManager), await tries(stranger), await tries(personCaller(newId()))]).toEqual([[200, 403, 403, 403], [200, 403, 403, 403], [404, 404, 404, 404], [403, 403, 403, 403]]);
    expect(await tries(withRole(newId(), entitlementRole.catalogOwner, id))).toEqual([200, 201, 200, 204]);
  });
});

describe('policies that call extensions', () => {
  it('take them, show them, and keep them from being deleted, as long as they name them', async () => {
    const catalogId = await catalog();
    const path = `/catalogs/${catalogId}/customWorkflowExtensions`;
    const [first, last] = [await made(path, body()), await made(path, body({ '@odata.type': assignmentExtension }))];
    const accessPackage = await made('/accessPackages', { displayName: `p ${newId()}`, catalog: { id: catalogId } });
    const policy = await made('/assignmentPolicies', policyOf(accessPackage.id, [
      { stage: 'assignmentRequestGranted', customExtension: { '@odata.type': requestExtension, id: first.id } }, { stage: 'assignmentOneDayBeforeExpiration', 'customExtension@odata.bind': `https://graph.microsoft.com/v1.0${em}${path}/${last.id}` },
    ]));
    const shown = [{ stage: 'assignmentRequestGranted', customExtension: { '@odata.type': requestExtension, id: first.id, displayName: 'mail' } }, { stage: 'assignmentOneDayBeforeExpiration', customExtension: { '@odata.type': assignmentExtension, id: last.id } }];
    expect(policy['customExtensionStageSettings']).toMatchObject(shown);
    const read = (await send(`GET /assignmentPolicies/${policy.id}?$expand=customExtensionStageSettings($expand=customExtension)`)).body;
    expect(read['customExtensionStageSettings']).toMatchObject(shown);
    expect((await send(`GET /accessPackageAssignmentPolicies/${policy.id}`, undefined, { version: 'beta' })).body['customExtensionStageSettings']).toMatchObject(shown);
    const refused = await send(`DELETE ${path}/${first.id}`);
    expect([refused.status, codesOf(refused.body), String(recordAt(refused.body, 'error')['message']).includes("'p (")]).toEqual([409, ['extensionInUse'], true]);
    const there = await catalog();
    expect((await send(`POST /accessPackages/${accessPackage.id}/moveToCatalog(catalogId='${there}')`)).status).toBe(400);
    const { '@odata.context': _, id: __, ...sent } = read;
    expect((await send(`PUT /assignmentPolicies/${policy.id}`, { ...sent, accessPackage: { id: accessPackage.id } })).body['customExtensionStageSettings']).toMatchObject(shown);
    expect((await send(`PUT /assignmentPolicies/${policy.id}`, policyOf(accessPackage.id, []))).body['customExtensionStageSettings']).toEqual([]);
    expect((await send(`DELETE ${path}/${first.id}`)).status).toBe(204);
    expect((await send(`DELETE /assignmentPolicies/${policy.id}`)).status).toBe(204);
    expect((await send(`DELETE /accessPackages/${accessPackage.id}`)).status).toBe(204);
    expect((await send(`DELETE /catalogs/${catalogId}`)).status).toBe(204);
    expect(await all(database.db, sql`select 1 from custom_extensions where catalog_id = ${catalogId}`)).toEqual([]);
  });

  it('name extensions of their own catalog, at stages that fit, once each', async () => {
    const [here, there] = [await catalog(), await catalog()];
    const [own, foreign] = [await made(`/catalogs/${here}/customWorkflowExtensions`, body()), await made(`/catalogs/${there}/customWorkflowExtensions`, body())];
    const { id: packageId } = await made('/accessPackages', { displayName: `p ${newId()}`, catalog: { id: here } });
    const codes = async (...settings: readonly JsonRecord[]): Promise<readonly unknown[]> => codesOf((await send('POST /assignmentPolicies', policyOf(packageId, settings))).body);
    expect(await codes({ stage: 'assignmentRequestCreated', customExtension: { id: foreign.id } })).toEqual(['noSuchExtension']);
    expect(await codes({ stage: 'assignmentRequestCreated', customExtension: { id: newId() } })).toEqual(['noSuchExtension']);
    expect(await codes({ stage: 'assignmentFourteenDaysBeforeExpiration', customExtension: { id: own.id } })).toEqual(['wrongExtension']);
    expect(await codes({ stage: 'assignmentRequestCreated', customExtension: { id: own.id } }, { stage: 'assignmentRequestCreated', customExtension: { id: own.id } })).toEqual(['stageTwice']);
    expect((await send('POST /assignmentPolicies', policyOf(packageId, [{ stage: 'never', customExtension: { id: own.id } }]))).status).toBe(400);
  });

  it('take beta\'s older handlers', async () => {
    const catalogId = await catalog();
    const { '@odata.type': _, ...legacy } = body();
    const one = await made(`/accessPackageCatalogs/${catalogId}/customAccessPackageWorkflowExtensions`, legacy, 'beta');
    const { id: packageId } = await made('/accessPackages', { displayName: `p ${newId()}`, catalog: { id: catalogId } });
    const policy = await made('/accessPackageAssignmentPolicies', {
      displayName: 'p', accessPackageId: packageId, durationInDays: 0, requestorSettings: { scopeType: 'NoSubjects', acceptRequests: false }, customExtensionHandlers: [{ stage: 'AssignmentOneDayBeforeExpiration', customExtension: { id: one.id } }],
    }, 'beta');
    expect(policy['customExtensionStageSettings']).toMatchObject([{ stage: 'assignmentOneDayBeforeExpiration', customExtension: { id: one.id } }]);
  });
});
