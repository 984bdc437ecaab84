/** A stage whose approvers a program of the customer's names: it is called when the stage opens, and the stage opens with whom it names. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { entitlement, type Entity } from '../../cli/client/graph.ts';
import { addRole, addResource, createApi, createCatalog, createPackage, createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody } from '../../cli/client/policies.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { without, type JsonRecord } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { one } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { createGroup, stateOf } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import { Receiver, type Arrived } from '../support/extensions.ts';
import { startTestServer } from '../support/server.ts';

const receiver = await new Receiver().start();
const server = await startTestServer({ GATEHOUSE_OUTBOUND_HOSTS: receiver.host });
const { graph, database } = server;
const sweep = lifecycleSweep({ db: database.db, clock: { now: () => new Date() }, log: silentLog });
const approvals = `${entitlement}/accessPackageAssignmentApprovals`;
const approversStage = 'assignmentRequestDeterminingApprovalRequirements';
const newPerson = async (name: string): Promise<Person> => await createPerson(graph, name, server.domain);
const [rita, ada, sam, olga] = [await newPerson('Rita'), await newPerson('Ada'), await newPerson('Sam'), await newPerson('Olga')];
const api = await createApi(graph, { name: 'Orders API', roles: ['Orders.Read'] });
const { id: catalogId } = await createCatalog(graph, 'calling');
const resource = await addResource(graph, catalogId, { originSystem: 'AadApplication', originId: api.principalId });
const extension = await graph.create(`${entitlement}/catalogs/${catalogId}/customWorkflowExtensions`, {
  '@odata.type': '#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension', displayName: 'Who decides?', endpointConfiguration: { '@odata.type': '#microsoft.graph.httpRequestEndpoint', targetUrl: receiver.url },
  callbackConfiguration: { '@odata.type': '#microsoft.graph.accessPackageRequestApprovalStageCallbackConfiguration', timeoutDuration: 'PT1H' },
});
const setting = { stage: approversStage, customExtension: { '@odata.type': '#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension', id: extension.id } };
const dynamic = (fallback: readonly JsonRecord[] = []): JsonRecord => ({ '@odata.type': '#microsoft.graph.accessPackageDynamicApprovalStage', durationBeforeAutomaticDenial: 'P14D', primaryApprovers: [], fallbackPrimaryApprovers: fallback });
const plain = (primary: readonly JsonRecord[]): JsonRecord => ({ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: primary });

interface Offered { readonly packageId: string; readonly policyId: string }
const bodyOf = (packageId: string, stages: readonly JsonRecord[], settings: readonly unknown[] = [setting]): JsonRecord => {
  const body = policyBody(packageId, { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true } });
  return { ...body, requestApprovalSettings: { isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: false, stages }, customExtensionStageSettings: settings };
};
async function newPackage(): Promise<string> {
  const { id } = await createPackage(graph, catalogId, `package ${newId()}`);
  await addRole(graph, id, { resource, roleOriginId: api.roles['Orders.Read'] ?? '' });
  return id;
}
async function offered(stages: readonly JsonRecord[]): Promise<Offered> {
  const packageId = await newPackage();
  return { packageId, policyId: (await graph.create(`${entitlement}/assignmentPolicies`, bodyOf(packageId, stages))).id };
}
/** Somebody asks. The server calls the extension when it comes to it. */
async function asked(stages: readonly JsonRecord[], person = rita): Promise<Entity> {
  const { packageId, policyId } = await offered(stages);
  return await (await server.asPerson(person)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: person.id, packageId, policyId }, { justification: 'ticket 4711' }));
}
/** The calls that arrived about a request, at least so many. */
async function callsAbout(request: Entity, count = 1): Promise<readonly Arrived[]> {
  const about = (): readonly Arrived[] => receiver.arrived.filter(({ body }) => body['AccessPackageAssignmentRequestId'] === request.id);
  await expect.poll(() => about().length, { timeout: 20_000 }).toBe(count);
  return about();
}
/** What a program of a customer's sends, word for word as the page on dynamic approval has it. */
async function answer(request: Entity, approvers: readonly JsonRecord[], more: JsonRecord = {}): Promise<JsonRecord & { readonly data: JsonRecord }> {
  const { id } = await one(database.owner, sql<{ id: string }>`select coalesce(waits_for, id) as id from assignment_requests where id = ${request.id}`);
  return {
    source: 'LogicApps', type: 'microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestCreated',
    data: {
      '@odata.type': 'microsoft.graph.assignmentRequestApprovalStageCallbackData', stage: approversStage, customExtensionStageInstanceId: id, customExtensionStageInstanceDetail: 'as the table says',
      approvalStage: { durationBeforeAutomaticDenial: 'P2D', isApproverJustificationRequired: false, isEscalationEnabled: false, primaryApprovers: approvers, fallbackPrimaryApprovers: [], escalationApprovers: [], fallbackEscalationApprovers: [], ...more },
    },
  };
}
const inBetaWords = (id: string): JsonRecord => ({ '@odata.type': '#microsoft.graph.singleUser', id, description: 'as the table says', isBackup: false });
const resume = async (request: Entity, body: JsonRecord): Promise<unknown> => await graph.must('POST', `${entitlement}/assignmentRequests/${request.id}/resume`, body);
const refused = async (request: Entity, body: JsonRecord) => await graph.refusal('POST', `${entitlement}/assignmentRequests/${request.id}/resume`, body);
const waitingFor = async (person: Person): Promise<readonly string[]> => (await (await server.asPerson(person)).list(`${approvals}/filterByCurrentUser(on='approver')`)).map(({ id }) => id);
async function approve(person: Person, request: Entity): Promise<void> {
  const desk = await server.asPerson(person);
  const stage = (await desk.list(`${approvals}/${request.id}/stages`)).find(({ status }) => status === 'InProgress');
  await desk.must('PATCH', `${approvals}/${request.id}/stages/${stage?.id ?? ''}`, { reviewResult: 'Approve' });
}
const statusOf = async (request: Entity): Promise<unknown> => (await graph.read(`${entitlement}/assignmentRequests/${request.id}`))['status'];
/** The time to name approvers is over. */
async function waitTooLong(request: Entity): Promise<void> {
  await sql`update assignment_requests set waits_until = now() - interval '1 minute' where id = ${request.id}`.execute(database.owner);
  await sweep.run();
}

describe('a dynamic stage', () => {
  it('opens with whom the extension names, when it names them', async () => {
    const request = await asked([dynamic()]);
    expect([await stateOf(graph, request.id), await statusOf(request)]).toEqual(['pendingApproval', 'WaitingForCallback']);
    const [call] = await callsAbout(request);
    expect(call?.body).toMatchObject({ Stage: 'AssignmentRequestDeterminingApprovalRequirements', AccessPackageAssignmentRequestId: request.id, Justification: 'ticket 4711', Requestor: { ObjectId: rita.id } });
    expect(call?.headers['webhook-signature']).toMatch(/^v1a,/);
    expect(await waitingFor(ada)).toEqual([]);
    await resume(request, await answer(request, [inBetaWords(ada.id)]));
    expect([await waitingFor(ada), await statusOf(request)]).toEqual([[request.id], 'PendingApproval']);
    const { days } = await one(database.owner, sql<{ days: number }>`select round(extract(epoch from due_at - now()) / 86400)::integer as days from approval_stages where request_id = ${request.id}`);
    expect(days).toBe(2);
    await approve(ada, request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
  });

  it('takes groups and relations, and names are as they are when it opens', async () => {
    const group = await createGroup(graph, 'deciders');
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', sam.id) });
    const request = await asked([dynamic()]);
    await resume(request, await answer(request, [{ '@odata.type': '#microsoft.graph.groupMembers', groupId: group.id }, { '@odata.type': '#microsoft.graph.requestorManager', managerLevel: '1' }]));
    expect(await waitingFor(sam)).toEqual([request.id]);
    await approve(sam, request);
  });

  it('comes before and behind others, and each asks anew', async () => {
    const request = await asked([dynamic(), plain([oneUser(sam.id)]), dynamic()]);
    await resume(request, await answer(request, [inBetaWords(ada.id)]));
    await approve(ada, request);
    await approve(sam, request);
    expect([await stateOf(graph, request.id), await statusOf(request)]).toEqual(['pendingApproval', 'WaitingForCallback']);
    await callsAbout(request, 2);
    await resume(request, await answer(request, [inBetaWords(olga.id)]));
    await approve(olga, request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
  });

  it('is cancelled by whoever asked, and denied by the extension, like any that waits', async () => {
    const cancelled = await asked([dynamic()]);
    await (await server.asPerson(rita)).must('POST', `${entitlement}/assignmentRequests/${cancelled.id}/cancel`);
    expect(await stateOf(graph, cancelled.id)).toBe('canceled');
    const denied = await asked([dynamic()]);
    const said = await answer(denied, []);
    await resume(denied, { ...said, data: { ...without(said.data, 'approvalStage'), state: 'denied' } });
    expect(await stateOf(graph, denied.id)).toBe('denied');
    expect((await graph.list(`${approvals}/${denied.id}/stages`)).map(({ status }) => status)).toEqual(['Expired']);
  });
});

describe('an extension that names', () => {
  it.each<[string, (request: Entity) => Promise<JsonRecord>, readonly string[]]>([
    ['whoever asks', async (request) => await answer(request, [inBetaWords(rita.id)]), ['noApprover']],
    ['somebody who does not exist', async (request) => await answer(request, [inBetaWords(newId())]), ['noSuchObject']],
    ['an id that is none', async (request) => await answer(request, [inBetaWords('Ada')]), ['noSuchObject']],
    ['an application', async (request) => await answer(request, [{ '@odata.type': '#microsoft.graph.singleServicePrincipal', servicePrincipalId: api.principalId }]), ['wrongApprover']],
    ['something of no type', async (request) => await answer(request, [{ id: ada.id }]), ['wrongApprover']],
    ['an application as a person', async (request) => await answer(request, [inBetaWords(api.principalId)]), ['wrongKind']],
    ['nobody', async (request) => await answer(request, []), ['noApprovers']],
    ['no end', async (request) => await answer(request, [inBetaWords(ada.id)], { durationBeforeAutomaticDenial: 'soon' }), ['duration']],
  ])('%s is told so, and may name others', async (_, body, codes) => {
    const request = await asked([dynamic()]);
    expect(await refused(request, await body(request))).toMatchObject({ status: 400, codes });
    expect(await statusOf(request)).toBe('WaitingForCallback');
    await resume(request, await answer(request, [inBetaWords(ada.id)]));
    await approve(ada, request);
  });

  it('somebody who is shut out beside somebody who is not asks the latter', async () => {
    const gone = await newPerson('Gone');
    await graph.must('PATCH', `/users/${gone.id}`, { accountEnabled: false });
    const request = await asked([dynamic()]);
    await resume(request, await answer(request, [inBetaWords(gone.id), inBetaWords(ada.id)]));
    expect(await one(database.owner, sql`select array_agg(x.principal_id) as ids from stage_approvers x join approval_stages s on s.id = x.stage_id where s.request_id = ${request.id}`)).toEqual({ ids: [ada.id] });
    await approve(ada, request);
  });

  it('nothing, or where nobody asked, is told so', async () => {
    const request = await asked([dynamic()]);
    const said = await answer(request, []);
    expect(await refused(request, { ...said, data: without(said.data, 'approvalStage') })).toMatchObject({ status: 400, codes: ['approversMissing'] });
    expect(await (await server.asPerson(rita)).refusal('POST', `${entitlement}/assignmentRequests/${request.id}/resume`, await answer(request, [inBetaWords(ada.id)]))).toMatchObject({ status: 403 });
  });

  it('nobody in time leaves the decision to the fallback approvers', async () => {
    const request = await asked([dynamic([oneUser(olga.id)])]);
    await waitTooLong(request);
    expect([await waitingFor(olga), await statusOf(request)]).toEqual([[request.id], 'PendingApproval']);
    expect(await refused(request, await answer(request, [inBetaWords(ada.id)]))).toMatchObject({ status: 409 });
    await approve(olga, request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
  });

  it('nobody in time, where nobody stands in, ends the request with the reason', async () => {
    const request = await asked([dynamic()]);
    await waitTooLong(request);
    expect(await stateOf(graph, request.id)).toBe('denied');
    expect(await one(database.owner, sql`select failure -> 0 ->> 'code' as code from assignment_requests where id = ${request.id}`)).toEqual({ code: 'approversNotNamed' });
    expect((await graph.list(`${approvals}/${request.id}/stages`)).map(({ status }) => status)).toEqual(['Expired']);
  });
});

describe('a policy with a dynamic stage', () => {
  it('says so in both versions, and is the same when it is sent back', async () => {
    const packageId = await newPackage();
    const made = await inBeta(graph, {
      method: 'POST', path: `${entitlement}/accessPackageAssignmentPolicies`, body: {
        displayName: 'Dynamic approver policy', description: 'Dynamic approver policy', canExtend: false, durationInDays: 30, accessPackageId: packageId, accessReviewSettings: null, questions: [],
        requestorSettings: { scopeType: 'AllExistingDirectorySubjects', acceptRequests: true, allowedRequestors: [] },
        requestApprovalSettings: {
          isApprovalRequired: true, isApprovalRequiredForExtension: false, isRequestorJustificationRequired: true, approvalMode: 'SingleStage',
          approvalStages: [{ '@odata.type': '#microsoft.graph.accessPackageDynamicApprovalStage', customExtension: { '@odata.type': '#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension', id: extension.id } }],
        },
      },
    });
    expect(made.status).toBe(201);
    const path = `${entitlement}/assignmentPolicies/${String(made.json['id'])}`;
    const read = await graph.read(`${path}?$expand=customExtensionStageSettings`);
    expect(read).toMatchObject({ requestApprovalSettings: { stages: [{ '@odata.type': '#microsoft.graph.accessPackageDynamicApprovalStage' }] }, customExtensionStageSettings: [{ stage: approversStage, customExtension: { id: extension.id } }] });
    const beta = await inBeta(graph, { method: 'GET', path: `${entitlement}/accessPackageAssignmentPolicies/${String(made.json['id'])}` });
    expect(beta.json).toMatchObject({ requestApprovalSettings: { approvalStages: [{ '@odata.type': '#microsoft.graph.accessPackageDynamicApprovalStage', customExtension: { id: extension.id } }] } });
    await graph.must('PUT', path, read);
    expect(await graph.read(`${path}?$expand=customExtensionStageSettings`)).toMatchObject({ requestApprovalSettings: read['requestApprovalSettings'], customExtensionStageSettings: [{ stage: approversStage }] });
    expect(await graph.refusal('DELETE', `${entitlement}/catalogs/${catalogId}/customWorkflowExtensions/${extension.id}`)).toMatchObject({ status: 409 });
  });

  it.each<[string, readonly JsonRecord[], readonly unknown[], string]>([
    ['asks no extension', [dynamic()], [], 'noExtension'],
    ['asks one for a stage that is not dynamic', [plain([oneUser(ada.id)])], [setting], 'noDynamicStage'],
    ['asks two', [{ ...dynamic(), customExtension: { id: newId() } }], [setting], 'severalExtensions'],
    ['asks one of nowhere', [{ ...dynamic(), customExtension: { id: newId() } }], [], 'noSuchExtension'],
  ])('that %s is refused', async (...[, stages, settings, code]) => {
    expect(await graph.refusal('POST', `${entitlement}/assignmentPolicies`, bodyOf(await newPackage(), stages, settings))).toMatchObject({ status: 400, codes: [code] });
  });
});
