/** A running server spoken to in both vocabularies, and a package with a policy and an open request to speak of. */
import { expect } from 'vitest';
import { createCatalog, createPackage, createPerson, type Person } from '../../cli/client/organisation.ts';
import { isRecord, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { createGroup } from '../support/access.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

export type Version = 'v1.0' | 'beta';

/** Root of everything here. */
export const em = '/identityGovernance/entitlementManagement';

/** What is sent with a request. `status`: expected in place of what the method usually answers. */
export interface Sending { readonly version?: Version; readonly body?: unknown; readonly prefer?: string; readonly token?: () => Promise<string>; readonly status?: number }

/** Sends one request and answers its body; fails on another status than is expected. */
export type Send = (method: string, path: string, sending?: Sending) => Promise<JsonRecord>;

const usual: Readonly<Record<string, readonly number[]>> = { GET: [200], POST: [200, 201], PUT: [200], PATCH: [200, 204], DELETE: [204] };

const sender = (server: TestServer): Send => async (method, path, { version = 'v1.0', body, prefer, token = server.graph.token, status } = {}) => {
  const response = await fetch(`${server.door.base}/${version}${path}`, {
    method, headers: { 'authorization': `Bearer ${await token()}`, 'content-type': 'application/json', ...(prefer !== undefined && { prefer }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(status === undefined ? usual[method] : [status], `${method} ${path} ${text.slice(0, 500)}`).toContain(response.status);
  const answer: unknown = text === '' ? {} : JSON.parse(text);
  return isRecord(answer) ? answer : {};
};

const names = (json: JsonRecord): readonly string[] => Object.keys(json).filter((name) => !name.includes('@odata'));

/** v1.0 has `here` and not `there`, beta the other way round. */
export function tellApart([one, beta]: readonly [JsonRecord, JsonRecord], here: readonly string[], there: readonly string[]): void {
  expect(names(one)).toEqual(expect.arrayContaining([...here]));
  expect(names(beta)).toEqual(expect.arrayContaining([...there]));
  for (const name of here.filter((each) => !there.includes(each))) expect(names(beta)).not.toContain(name);
  for (const name of there.filter((each) => !here.includes(each))) expect(names(one)).not.toContain(name);
}

/** One person, as v1.0 names them in a policy. */
export const user = (userId: string): JsonRecord => ({ '@odata.type': '#microsoft.graph.singleUser', userId });

/** One person, as beta names them. */
export const userBeta = (id: string, isBackup = false): JsonRecord => ({ '@odata.type': '#microsoft.graph.singleUser', id, isBackup, 'description': 'x' });

/** What the tests speak of. */
export interface Ground {
  readonly server: TestServer;
  readonly send: Send;
  /** One entity as each version says it. */
  readonly both: (paths: { readonly [version in Version]: string }) => Promise<readonly [one: JsonRecord, beta: JsonRecord]>;
  readonly person: Person;
  readonly approver: Person;
  readonly stranger: Person;
  readonly groupId: string;
  readonly catalogId: string;
  readonly packageId: string;
  readonly resourceId: string;
  readonly policyId: string;
  /** Body of that policy. */
  readonly policyBody: JsonRecord;
  readonly asPerson: () => Promise<string>;
  readonly asApprover: () => Promise<string>;
  /** Request of the person for the package, that waits for the approver. */
  readonly requestId: string;
}

/** Starts the server and makes all of it. */
export async function layGround(): Promise<Ground> {
  const server = await startTestServer();
  const send = sender(server);
  const [person, approver, stranger] = [await createPerson(server.graph, 'Person', server.domain), await createPerson(server.graph, 'Approver', server.domain), await createPerson(server.graph, 'Stranger', server.domain)];
  const { id: groupId } = await createGroup(server.graph, 'Readers');
  const { id: catalogId } = await createCatalog(server.graph, 'Vocabularies');
  const { id: packageId } = await createPackage(server.graph, catalogId, 'Kit');
  await send('POST', `${em}/resourceRequests`, { body: { requestType: 'adminAdd', catalog: { id: catalogId }, resource: { originId: groupId, originSystem: 'AadGroup' } } });
  const [resource] = recordsAt(await send('GET', `${em}/catalogs/${catalogId}/resources`), 'value');
  await send('POST', `${em}/accessPackages/${packageId}/resourceRoleScopes`, { body: { role: { originId: `Member_${groupId}`, originSystem: 'AadGroup' }, scope: { originId: groupId, originSystem: 'AadGroup' } } });
  const policyBody = bodyOf({ packageId, groupId, person, approver, stranger });
  const policyId = idOf(await send('POST', `${em}/assignmentPolicies`, { body: policyBody }));
  const [asPerson, asApprover] = [(await server.asPerson(person)).token, (await server.asPerson(approver)).token];
  const requestId = idOf(await send('POST', `${em}/assignmentRequests`, { token: asPerson, body: { requestType: 'userAdd', assignment: { accessPackageId: packageId } } }));
  return {
    server, send, person, approver, stranger, groupId, catalogId, packageId, resourceId: idOf(resource ?? {}), policyId, policyBody, asPerson, asApprover, requestId,
    both: async (paths) => [await send('GET', paths['v1.0']), await send('GET', paths.beta, { version: 'beta' })],
  };
}

/** Id of an entity that was answered. */
export const idOf = (json: JsonRecord): string => textAt(json, 'id') ?? '';

function bodyOf({ packageId, groupId, person, approver, stranger }: Pick<Ground, 'packageId' | 'groupId' | 'person' | 'approver' | 'stranger'>): JsonRecord {
  const stage = { durationBeforeAutomaticDenial: 'P7D', isApproverJustificationRequired: true, isEscalationEnabled: true, durationBeforeEscalation: 'P4D', primaryApprovers: [user(approver.id)], fallbackPrimaryApprovers: [user(stranger.id)], escalationApprovers: [user(stranger.id)], fallbackEscalationApprovers: [] };
  return {
    displayName: 'Policy', description: '', accessPackage: { id: packageId }, allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [user(person.id), { '@odata.type': '#microsoft.graph.groupMembers', groupId }],
    expiration: { type: 'afterDuration', duration: 'P30D' }, requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true },
    requestApprovalSettings: { isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: false, stages: [stage] }, notificationSettings: { isAssignmentNotificationDisabled: true },
    questions: [{ '@odata.type': '#microsoft.graph.accessPackageMultipleChoiceQuestion', 'text': 'Which ward?', 'localizations': [{ languageCode: 'de', text: 'Welche Station?' }], 'isRequired': false, 'sequence': 1, 'isMultipleSelectionAllowed': true, 'choices': [{ actualValue: '9', text: 'Nine' }] }],
  };
}
