/** A company asks its own systems before anybody gets access, and tells them what was given and taken. */
import { jwtVerify, createRemoteJWKSet, decodeProtectedHeader, customFetch } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { entitlement, filter, textOf, type Graph } from '../../cli/client/graph.ts';
import { createPerson, type Person } from '../../cli/client/organisation.ts';
import { policyBody, requestBody } from '../../cli/client/policies.ts';
import { recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import type { WebhookKeys } from '../../src/platform/http/webhook.ts';
import { newId } from '../../src/platform/ids.ts';
import { createGroup, membership, memberIds, offer, stateOf, takeAway, assignmentOf } from '../support/access.ts';
import { isSignedBy, Receiver, type Arrived } from '../support/extensions.ts';
import { startTestServer } from '../support/server.ts';

const receiver = await new Receiver().start();
const server = await startTestServer({ GATEHOUSE_OUTBOUND_HOSTS: receiver.host });
const { graph, door } = server;
const read: unknown = await (await fetch(`${door.base}/.well-known/webhook-keys.json`)).json();
const keys: WebhookKeys = { keys: typeof read === 'object' && read !== null ? recordsAt({ ...read }, 'keys') : [], standardWebhooks: [] };
afterEach(() => { receiver.answer = () => 202; });

let count = 0;
const newPerson = async (): Promise<Person> => await createPerson(graph, `Applicant ${++count}`, server.domain);
const requests = `${entitlement}/assignmentRequests`;
const self = { enableTargetsToSelfAddAccess: true };

/** The receiver's next call, after it has done what `act` says. */
async function nextCall(act: (call: Arrived) => Promise<void> = async () => {}): Promise<Arrived> {
  return await new Promise((resolve, reject) => {
    receiver.answer = async (call) => {
      receiver.answer = () => 202;
      await act(call).then(() => { resolve(call); }, reject);
      return 202;
    };
  });
}

const extensionBody = (more: JsonRecord = {}): JsonRecord => ({
  '@odata.type': '#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension', displayName: `check ${newId()}`,
  endpointConfiguration: { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', url: receiver.url },
  authenticationConfiguration: { '@odata.type': '#microsoft.graph.azureAdTokenAuthentication', resourceId: 'https://checks.example.com' }, ...more,
});
const waits: JsonRecord = { callbackConfiguration: { '@odata.type': 'microsoft.graph.customExtensionCallbackConfiguration', durationBeforeTimeout: 'PT1H' } };

/** A package whose policy calls an extension at a stage. */
async function guarded(stages: readonly string[], more: JsonRecord = {}) {
  const group = await createGroup(graph, `Vault ${newId()}`);
  const offered = await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', requestor: self });
  const extension = await graph.create(`${entitlement}/catalogs/${offered.catalogId}/customWorkflowExtensions`, extensionBody(more));
  await graph.must('PUT', `${entitlement}/assignmentPolicies/${offered.policyId}`, {
    ...policyBody(offered.packageId, { scope: 'allMemberUsers', requestor: self }),
    customExtensionStageSettings: stages.map((stage) => ({ stage, customExtension: { '@odata.type': '#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension', id: extension.id } })),
  });
  return { ...offered, group, extension };
}

/** What an extension sends back to the address that it was given. */
const resumption = ({ body }: Pick<Arrived, 'body'>, more: JsonRecord = {}): JsonRecord => ({
  source: 'Contoso.SodCheckProcess', type: 'microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestCreated',
  data: { '@odata.type': 'microsoft.graph.accessPackageAssignmentRequestCallbackData', stage: 'assignmentRequestCreated', customExtensionStageInstanceId: body['CustomExtensionStageInstanceId'], customExtensionStageInstanceDetail: 'looked at', ...more },
});
const pathIn = ({ body }: Arrived): string => String(body['CallbackUriPath']);
const instances = async (reader: Graph, path: string): Promise<readonly JsonRecord[]> => recordsAt(await reader.read(path), 'customExtensionCalloutInstances');

describe('an extension that is waited for', () => {
  it('lets a request go on: the call is signed, its callback resumes, and access is given', async () => {
    const { group, extension, ...offered } = await guarded(['assignmentRequestCreated'], waits);
    const applicant = await newPerson();
    const desk = await server.asPerson(applicant);
    let status = '';
    const arriving = nextCall(async (call) => {
      status = textOf(await desk.read(`${requests}/${String(call.body['AccessPackageAssignmentRequestId'])}`), 'status');
      await graph.must('POST', pathIn(call), resumption(call));
    });
    const request = await desk.create(requests, requestBody('userAdd', { targetId: applicant.id, ...offered }));
    expect(request).toMatchObject({ state: 'submitted', status: 'WaitingForCallback', customExtensionCalloutInstances: [{ customExtensionId: extension.id, status: 'waitingForCallback' }] });
    const call = await arriving;
    expect([status, isSignedBy(keys, call), call.body['CallbackUri'], call.body['Stage']]).toEqual(['WaitingForCallback', true, `${door.base}/v1.0${requests}/${request.id}/resume`, 'AssignmentRequestCreated']);
    expect(await stateOf(graph, request.id)).toBe('delivered');
    expect(await memberIds(graph, group.id)).toEqual([applicant.id]);
    expect(await instances(desk, `${requests}/${request.id}`)).toEqual([{ id: call.headers['webhook-id'], customExtensionId: extension.id, status: 'callbackReceived', detail: 'looked at', externalCorrelationId: null }]);
    expect((await graph.refusal('POST', pathIn(call), resumption(call))).status).toBe(409);
  });

  it('shows who calls by a token of this server, for nobody else and with no right', async () => {
    const { group: _, extension: __, ...offered } = await guarded(['assignmentRequestGranted']);
    const arriving = nextCall();
    await graph.create(requests, requestBody('adminAdd', { targetId: (await newPerson()).id, ...offered }));
    const token = String((await arriving).headers.authorization).replace('Bearer ', '');
    const keySet = createRemoteJWKSet(new URL(`${door.base}/${door.tenantId}/discovery/v2.0/keys`), { [customFetch]: fetch });
    const { payload } = await jwtVerify(token, keySet, { audience: 'https://checks.example.com', issuer: `${door.base}/${door.tenantId}/v2.0` });
    expect([payload.sub, payload['oid'], payload['roles'], decodeProtectedHeader(token).typ]).toEqual(['gatehouse-callout', undefined, undefined, 'callout+jwt']);
    expect((await server.withToken(token).refusal('GET', requests)).status).toBe(401);
  });

  it('denies a request with its reason, which the applicant reads', async () => {
    const { group, extension: _, ...offered } = await guarded(['assignmentRequestCreated'], waits);
    const applicant = await newPerson();
    const desk = await server.asPerson(applicant);
    const arriving = nextCall(async (call) => { await graph.must('POST', pathIn(call), resumption(call, { state: 'denied', customExtensionStageInstanceDetail: 'works in the other department' })); });
    const request = await desk.create(requests, requestBody('userAdd', { targetId: applicant.id, ...offered }));
    await arriving;
    expect(await desk.read(`${requests}/${request.id}`)).toMatchObject({ state: 'denied', status: 'Denied', customExtensionCalloutInstances: [{ status: 'callbackReceived', detail: 'works in the other department' }] });
    expect(await memberIds(graph, group.id)).toEqual([]);
  });

  it('is resumed by nobody who may not: not the applicant, not a stranger, not with another call', async () => {
    const { group: _, extension: __, ...offered } = await guarded(['assignmentRequestCreated'], waits);
    const [applicant, stranger] = [await newPerson(), await newPerson()];
    const desk = await server.asPerson(applicant);
    const arriving = nextCall();
    const request = await desk.create(requests, requestBody('userAdd', { targetId: applicant.id, ...offered }));
    const call = await arriving;
    expect((await desk.refusal('POST', pathIn(call), resumption(call))).status).toBe(403);
    expect((await (await server.asPerson(stranger)).refusal('POST', pathIn(call), resumption(call))).status).toBe(404);
    expect(await graph.refusal('POST', pathIn(call), resumption(call, { customExtensionStageInstanceId: newId() }))).toMatchObject({ status: 400, codes: ['wrongInstance'] });
    expect(await stateOf(graph, request.id)).toBe('submitted');
    await desk.must('POST', `${requests}/${request.id}/cancel`);
    expect(await stateOf(graph, request.id)).toBe('canceled');
    expect((await graph.refusal('POST', pathIn(call), resumption(call))).status).toBe(409);
  });
});

describe('an extension without an address', () => {
  it('is waited for, finds what waits by asking, and resumes it', async () => {
    const endpointConfiguration = { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', subscriptionId: newId(), resourceGroupName: 'checks', logicAppWorkflowName: 'vault' };
    const { group, extension, ...offered } = await guarded(['assignmentRequestCreated'], { endpointConfiguration });
    const person = await newPerson();
    const asked = await (await server.asPerson(person)).create(requests, requestBody('userAdd', { targetId: person.id, ...offered }));
    const waiting = await graph.list(`${requests}?${filter(`status eq 'WaitingForCallback' and accessPackage/id eq '${offered.packageId}'`)}`);
    expect(waiting.map(({ id }) => id)).toEqual([asked.id]);
    const [instance] = recordsAt(waiting[0] ?? {}, 'customExtensionCalloutInstances');
    expect(instance).toMatchObject({ customExtensionId: extension.id, status: 'waitingForCallback' });
    expect(await memberIds(graph, group.id)).not.toContain(person.id);
    await graph.must('POST', `${requests}/${asked.id}/resume`, resumption({ body: { CustomExtensionStageInstanceId: instance?.['id'] } }));
    expect(await memberIds(graph, group.id)).toContain(person.id);
  });
});

describe('an extension that is told', () => {
  it('hears of what was given and taken, and assignments show it', async () => {
    const { group: _, extension, ...offered } = await guarded(['assignmentRequestGranted', 'assignmentRequestRemoved']);
    const person = await newPerson();
    const given = nextCall();
    await graph.create(requests, requestBody('adminAdd', { targetId: person.id, ...offered }));
    expect((await given).body).toMatchObject({ Stage: 'AssignmentRequestGranted', Subject: { ObjectId: person.id, DisplayName: person.name }, CallbackUriPath: null });
    const { id } = await assignmentOf(graph, person.id, offered);
    const taken = nextCall();
    await takeAway(graph, id);
    expect((await taken).body).toMatchObject({ Stage: 'AssignmentRequestRemoved', Assignment: { Id: id } });
    expect((await instances(graph, `${entitlement}/assignments/${id}`)).map((one) => textAt(one, 'customExtensionId'))).toEqual([extension.id, extension.id]);
  });
});
