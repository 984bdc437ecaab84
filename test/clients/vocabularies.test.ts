/**
 * The two vocabularies of Graph on the wire: every row of graph-contract.md §1.3 in both directions, the sample bodies of §1.5
 * and §1.6 that mix them, retired names of beta, and members that only those see who ask for them.
 */
import { describe, expect, it } from 'vitest';
import { createAgent, createBlueprint, createCatalog, createPackage, createPerson } from '../../cli/client/organisation.ts';
import { isRecord, recordAt, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { createGroup } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
type Version = 'v1.0' | 'beta';
const em = '/identityGovernance/entitlementManagement';

interface Sending { readonly version?: Version; readonly body?: unknown; readonly prefer?: string; readonly token?: () => Promise<string>; readonly status?: number }

/** Sends one request and answers its body; fails on another status than the method usually has. */
async function send(method: string, path: string, { version = 'v1.0', body, prefer, token = server.graph.token, status }: Sending = {}): Promise<JsonRecord> {
  const response = await fetch(`${server.door.base}/${version}${path}`, {
    method, headers: { 'authorization': `Bearer ${await token()}`, 'content-type': 'application/json', ...(prefer !== undefined && { prefer }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const usual: Readonly<Record<string, readonly number[]>> = { GET: [200], POST: [200, 201], PUT: [200], PATCH: [200, 204], DELETE: [204] };
  expect(status === undefined ? usual[method] : [status], `${method} ${path} ${text.slice(0, 500)}`).toContain(response.status);
  const answer: unknown = text === '' ? {} : JSON.parse(text);
  return isRecord(answer) ? answer : {};
}

/** One entity as each version says it. */
const both = async (paths: { readonly [version in Version]: string }): Promise<readonly [one: JsonRecord, beta: JsonRecord]> => [await send('GET', paths['v1.0']), await send('GET', paths.beta, { version: 'beta' })];

const names = (json: JsonRecord): readonly string[] => Object.keys(json).filter((name) => !name.includes('@odata'));
/** v1.0 has `here` and not `there`, beta the other way round. */
function tellApart([one, beta]: readonly [JsonRecord, JsonRecord], here: readonly string[], there: readonly string[]): void {
  expect(names(one)).toEqual(expect.arrayContaining([...here]));
  expect(names(beta)).toEqual(expect.arrayContaining([...there]));
  for (const name of here.filter((each) => !there.includes(each))) expect(names(beta)).not.toContain(name);
  for (const name of there.filter((each) => !here.includes(each))) expect(names(one)).not.toContain(name);
}

const [person, approver, stranger] = [await createPerson(server.graph, 'Person', server.domain), await createPerson(server.graph, 'Approver', server.domain), await createPerson(server.graph, 'Stranger', server.domain)];
const group = await createGroup(server.graph, 'Readers');
const catalog = await createCatalog(server.graph, 'Vocabularies');
const kit = await createPackage(server.graph, catalog.id, 'Kit');
await send('POST', `${em}/resourceRequests`, { body: { requestType: 'adminAdd', catalog: { id: catalog.id }, resource: { originId: group.id, originSystem: 'AadGroup' } } });
const [resource] = recordsAt(await send('GET', `${em}/catalogs/${catalog.id}/resources`), 'value');
await send('POST', `${em}/accessPackages/${kit.id}/resourceRoleScopes`, { body: { role: { originId: `Member_${group.id}`, originSystem: 'AadGroup' }, scope: { originId: group.id, originSystem: 'AadGroup' } } });

const user = (userId: string): JsonRecord => ({ '@odata.type': '#microsoft.graph.singleUser', userId });
const userBeta = (id: string, isBackup = false): JsonRecord => ({ '@odata.type': '#microsoft.graph.singleUser', id, isBackup, 'description': 'x' });
const stage = { durationBeforeAutomaticDenial: 'P7D', isApproverJustificationRequired: true, isEscalationEnabled: true, durationBeforeEscalation: 'P4D', primaryApprovers: [user(approver.id)], fallbackPrimaryApprovers: [user(stranger.id)], escalationApprovers: [user(stranger.id)], fallbackEscalationApprovers: [] };
const policyBody = {
  displayName: 'Policy', description: '', accessPackage: { id: kit.id }, allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [user(person.id), { '@odata.type': '#microsoft.graph.groupMembers', 'groupId': group.id }],
  expiration: { type: 'afterDuration', duration: 'P30D' }, requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true },
  requestApprovalSettings: { isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: false, stages: [stage] }, notificationSettings: { isAssignmentNotificationDisabled: true },
  questions: [{ '@odata.type': '#microsoft.graph.accessPackageMultipleChoiceQuestion', 'text': 'Which ward?', 'localizations': [{ languageCode: 'de', text: 'Welche Station?' }], 'isRequired': false, 'sequence': 1, 'isMultipleSelectionAllowed': true, 'choices': [{ actualValue: '9', text: 'Nine' }] }],
};
const policy = await send('POST', `${em}/assignmentPolicies`, { body: policyBody });
const policyId = textAt(policy, 'id') ?? '';
const asPerson = (await server.asPerson(person)).token;
const asApprover = (await server.asPerson(approver)).token;
const request = await send('POST', `${em}/assignmentRequests`, { token: asPerson, body: { requestType: 'userAdd', assignment: { accessPackageId: kit.id } } });
const requestId = textAt(request, 'id') ?? '';

const open = await createPackage(server.graph, catalog.id, 'Open');
const openPolicy = await send('POST', `${em}/assignmentPolicies`, { body: { displayName: 'Open', description: '', accessPackage: { id: open.id }, allowedTargetScope: 'allMemberUsers', requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true, allowCustomAssignmentSchedule: true } } });

describe('§1.3, row by row', () => {
  it('enumerations: camelCase words, PascalCase words', async () => {
    const [one, beta] = await both({ 'v1.0': `${em}/assignmentRequests/${requestId}`, 'beta': `${em}/assignmentRequests/${requestId}` });
    expect([one['requestType'], one['state'], beta['requestType'], beta['requestState']]).toEqual(['userAdd', 'pendingApproval', 'UserAdd', 'PendingApproval']);
    for (const version of ['v1.0', 'beta'] as const) {
      const [state, word] = version === 'beta' ? ['requestState', 'pendingApproval'] : ['state', 'PendingApproval'];
      expect(recordsAt(await send('GET', `${em}/assignmentRequests?$filter=${state} eq '${word}'`, { version }), 'value')).toHaveLength(1);
    }
  });

  it('state of a catalog', async () => {
    const path = { 'v1.0': `${em}/catalogs/${catalog.id}`, 'beta': `${em}/accessPackageCatalogs/${catalog.id}` };
    const pair = await both(path);
    tellApart(pair, ['state'], ['catalogStatus', 'createdBy', 'modifiedBy', 'privilegeLevel', 'uniqueName']);
    expect([pair[0]['state'], pair[1]['catalogStatus']]).toEqual(['published', 'Published']);
    for (const [catalogStatus, state] of [['unpublished', 'unpublished'], ['Published', 'published'], ['PUBLISHED', 'published']] as const) {
      await send('PATCH', path.beta, { version: 'beta', body: { catalogStatus } });
      expect((await send('GET', path['v1.0']))['state']).toBe(state);
    }
    expect(recordsAt(await send('GET', `${em}/accessPackageCatalogs?$filter=catalogStatus eq 'published' and displayName eq 'vocabularies'`, { version: 'beta' }), 'value')).toHaveLength(1);
  });

  it('catalog of a package', async () => {
    const expand = async (version: Version, navigation: string): Promise<JsonRecord> => await send('GET', `${em}/accessPackages/${kit.id}?$expand=${navigation}`, { version });
    const pair = [await expand('v1.0', 'catalog'), await expand('beta', 'accessPackageCatalog')] as const;
    tellApart(pair, ['catalog'], ['catalogId', 'accessPackageCatalog', 'isRoleScopesVisible']);
    expect([recordAt(pair[0], 'catalog')['id'], pair[1]['catalogId'], recordAt(pair[1], 'accessPackageCatalog')['id']]).toEqual([catalog.id, catalog.id, catalog.id]);
    const made = await send('POST', `${em}/accessPackages`, { version: 'beta', body: { displayName: 'By beta', catalogId: catalog.id, accessPackageCatalog: recordAt(pair[1], 'accessPackageCatalog') } });
    expect(recordAt(await send('GET', `${em}/accessPackages/${textAt(made, 'id') ?? ''}?$expand=catalog`), 'catalog')['id']).toBe(catalog.id);
    await send('DELETE', `${em}/accessPackages/${textAt(made, 'id') ?? ''}`);
  });

  it('resource', async () => {
    const [id, query] = [textAt(resource ?? {}, 'id') ?? '', (word: (v1: string) => string): string => `?$expand=${word('environment')},${word('roles')},${word('scopes')}`];
    const inBeta = (name: string): string => `accessPackageResource${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const pair = await both({ 'v1.0': `${em}/catalogs/${catalog.id}/resources/${id}${query((name) => name)}`, 'beta': `${em}/accessPackageCatalogs/${catalog.id}/accessPackageResources/${id}${query(inBeta)}` });
    tellApart(pair, ['environment', 'roles', 'scopes', 'createdDateTime'], ['accessPackageResourceEnvironment', 'accessPackageResourceRoles', 'accessPackageResourceScopes', 'addedBy', 'addedOn', 'isPendingOnboarding', 'resourceType', 'url']);
    expect([pair[0]['attributes'], pair[1]['attributes']]).toEqual([[], []]);
    const [scopeOne, scopeBeta] = [recordsAt(pair[0], 'scopes')[0] ?? {}, recordsAt(pair[1], 'accessPackageResourceScopes')[0] ?? {}];
    tellApart([scopeOne, scopeBeta], ['isRootScope'], ['isRootScope', 'roleOriginId', 'url']);
  });

  it('role scope', async () => {
    const pair = await both({
      'v1.0': `${em}/accessPackages/${kit.id}/resourceRoleScopes?$expand=role,scope`, 'beta': `${em}/accessPackages/${kit.id}/accessPackageResourceRoleScopes?$expand=accessPackageResourceRole,accessPackageResourceScope`,
    });
    const [one, beta] = [recordsAt(pair[0], 'value')[0] ?? {}, recordsAt(pair[1], 'value')[0] ?? {}];
    tellApart([one, beta], ['role', 'scope'], ['accessPackageResourceRole', 'accessPackageResourceScope']);
    expect(one['id']).toBe(beta['id']);
    const other = await createPackage(server.graph, catalog.id, 'Other kit');
    const made = await send('POST', `${em}/accessPackages/${other.id}/accessPackageResourceRoleScopes`, {
      version: 'beta', body: { accessPackageResourceRole: { originId: `Owner_${group.id}`, originSystem: 'AadGroup', accessPackageResource: { id: resource?.['id'], originId: group.id } }, accessPackageResourceScope: { originId: group.id, originSystem: 'AadGroup', isRootScope: true } },
    });
    expect(recordsAt(await send('GET', `${em}/accessPackages/${other.id}/resourceRoleScopes?$expand=role`), 'value')).toMatchObject([{ id: made['id'], role: { originId: `Owner_${group.id}` } }]);
  });

  it('resource request', async () => {
    const two = await createGroup(server.graph, 'Writers');
    const made = await send('POST', `${em}/accessPackageResourceRequests`, { version: 'beta', body: { catalogId: catalog.id, requestType: 'AdminAdd', executeImmediately: true, isValidationOnly: false, justification: 'why not', accessPackageResource: { originId: two.id, originSystem: 'AadGroup' } } });
    expect(made).toMatchObject({ requestType: 'AdminAdd', requestState: 'Delivered', requestStatus: 'Fulfilled', catalogId: catalog.id, executeImmediately: true, isValidationOnly: false, justification: 'why not' });
    const id = textAt(made, 'id') ?? '';
    const pair = await both({ 'v1.0': `${em}/resourceRequests/${id}?$expand=catalog,resource`, 'beta': `${em}/accessPackageResourceRequests/${id}?$expand=accessPackageResource` });
    tellApart(pair, ['state', 'catalog', 'resource', 'createdDateTime'], ['catalogId', 'accessPackageResource', 'executeImmediately', 'isValidationOnly', 'justification', 'requestState', 'requestStatus']);
    expect(pair[0]).toMatchObject({ requestType: 'adminAdd', state: 'delivered', catalog: { id: catalog.id }, resource: { originId: two.id } });
  });

  it('request', async () => {
    const pair = await both({ 'v1.0': `${em}/assignmentRequests/${requestId}?$expand=assignment`, 'beta': `${em}/accessPackageAssignmentRequests/${requestId}?$expand=accessPackageAssignment` });
    tellApart(pair, ['state', 'status', 'completedDateTime', 'assignment'], ['requestState', 'requestStatus', 'completedDate', 'accessPackageAssignment', 'isValidationOnly', 'verifiedCredentialsData', 'customExtensionHandlerInstances']);
    expect([pair[1]['isValidationOnly'], pair[1]['verifiedCredentialsData'], pair[1]['customExtensionHandlerInstances']]).toEqual([false, [], []]);
  });

  it('approval step', async () => {
    const path = `${em}/accessPackageAssignmentApprovals/${requestId}`;
    const [one, beta] = await both({ 'v1.0': `${path}?$expand=stages`, 'beta': `${path}?$expand=steps` });
    tellApart([one, beta], ['stages'], ['steps']);
    const id = textAt(recordsAt(one, 'stages')[0] ?? {}, 'id') ?? '';
    expect(recordsAt(beta, 'steps')[0]).toMatchObject({ id, reviewResult: 'NotReviewed', status: 'InProgress' });
    await send('PATCH', `${path}/steps/${id}`, { version: 'beta', token: asApprover, body: { reviewResult: 'Approve', justification: 'fine' } });
    expect(await send('GET', `${path}/stages/${id}`, { token: asApprover })).toMatchObject({ reviewResult: 'Approve', status: 'Completed', justification: 'fine', reviewedBy: { id: approver.id } });
    expect(await send('GET', `${path}/steps/${id}`, { token: asApprover, version: 'beta' })).toMatchObject({ reviewResult: 'Approve' });
  });

  it('assignment', async () => {
    const filter = `?$filter=target/objectId eq '${person.id}'`;
    const [one, beta] = [recordsAt(await send('GET', `${em}/assignments${filter}`), 'value')[0] ?? {}, recordsAt(await send('GET', `${em}/accessPackageAssignments${filter}`, { version: 'beta' }), 'value')[0] ?? {}];
    tellApart([one, beta], ['state', 'status', 'schedule'], ['assignmentState', 'assignmentStatus', 'targetId', 'accessPackageId', 'assignmentPolicyId', 'catalogId', 'isExtended', 'schedule']);
    expect(one).toMatchObject({ id: beta['id'], state: 'delivered', schedule: { expiration: { type: 'afterDateTime' } } });
    expect(beta).toMatchObject({ assignmentState: 'Delivered', accessPackageId: kit.id, assignmentPolicyId: policyId, catalogId: catalog.id });
    expect(recordsAt(await send('GET', `${em}/accessPackageAssignments?$filter=accessPackageId eq '${kit.id}' and assignmentState eq 'Delivered'`, { version: 'beta' }), 'value')).toHaveLength(1);
  });

  it('subject', async () => {
    const [one, beta] = await both({ 'v1.0': `${em}/subjects(objectId='${person.id}')`, 'beta': `${em}/subjects(objectId='${person.id}')` });
    tellApart([one, beta], ['subjectType', 'subjectLifecycle'], ['type', 'altSecId', 'connectedOrganizationId', 'cleanupScheduledDateTime', 'subjectLifecycle']);
    expect([one['subjectType'], beta['type']]).toEqual(['user', 'User']);
  });
});

describe('§1.3 and §1.5, a policy', () => {
  const paths = { 'v1.0': `${em}/assignmentPolicies/${policyId}`, 'beta': `${em}/accessPackageAssignmentPolicies/${policyId}` };

  it('says all of it in beta', async () => {
    const pair = await both({ 'v1.0': `${paths['v1.0']}?$expand=accessPackage`, 'beta': paths.beta });
    tellApart(pair, ['allowedTargetScope', 'specificAllowedTargets', 'expiration', 'reviewSettings', 'notificationSettings'], ['accessPackageId', 'durationInDays', 'expirationDateTime', 'canExtend', 'accessReviewSettings', 'accessPackageNotificationSettings']);
    const [, beta] = pair;
    expect(beta).toMatchObject({
      accessPackageId: kit.id, durationInDays: 30, expirationDateTime: null, accessPackageNotificationSettings: { isAssignmentNotificationDisabled: true },
      requestorSettings: { scopeType: 'SpecificDirectorySubjects', acceptRequests: true, allowedRequestors: [{ id: person.id, isBackup: false }, { '@odata.type': '#microsoft.graph.groupMembers', 'id': group.id, 'isBackup': false }] },
      requestApprovalSettings: { isApprovalRequired: true, isApprovalRequiredForExtension: false, approvalMode: 'SingleStage', approvalStages: [{ approvalStageTimeOutInDays: 7, escalationTimeInMinutes: 5760, isApproverJustificationRequired: true, isEscalationEnabled: true, primaryApprovers: [{ id: approver.id, isBackup: false }, { id: stranger.id, isBackup: true }], escalationApprovers: [{ id: stranger.id, isBackup: false }] }] },
      questions: [{ '@odata.type': '#microsoft.graph.accessPackageMultipleChoiceQuestion', 'text': { defaultText: 'Which ward?', localizedTexts: [{ languageCode: 'de', text: 'Welche Station?' }] }, 'allowsMultipleSelection': true, 'choices': [{ actualValue: '9', displayValue: { defaultText: 'Nine', localizedTexts: [] } }] }],
    });
    for (const text of ['userId', 'groupId', 'fallback', 'durationBefore']) expect(JSON.stringify(beta)).not.toContain(`"${text}`);
  });

  it('is the same after a client of beta has put back what it read', async () => {
    const before = await send('GET', paths['v1.0']);
    await send('PUT', paths.beta, { version: 'beta', body: await send('GET', paths.beta, { version: 'beta' }) });
    const { modifiedDateTime: _, ...after } = await send('GET', paths['v1.0']);
    expect(before).toMatchObject(after);
  });

  it('is written in beta and read in v1.0', async () => {
    const body = {
      displayName: 'By beta', description: 'b', accessPackageId: kit.id, canExtend: true, durationInDays: 0, expirationDateTime: '2030-01-01T00:00:00Z',
      requestorSettings: { scopeType: 'AllExistingDirectoryMemberUsers', acceptRequests: true, allowedRequestors: [] },
      requestApprovalSettings: { isApprovalRequired: true, isApprovalRequiredForExtension: true, isRequestorJustificationRequired: true, approvalMode: 'Serial', approvalStages: [2, 3].map((days) => ({ approvalStageTimeOutInDays: days, isApproverJustificationRequired: false, isEscalationEnabled: false, escalationTimeInMinutes: 0, primaryApprovers: [userBeta(approver.id), userBeta(stranger.id, true), { '@odata.type': '#microsoft.graph.requestorManager', 'isBackup': false, 'managerLevel': 1 }], escalationApprovers: [] })) },
      accessReviewSettings: null, accessPackageNotificationSettings: { isAssignmentNotificationDisabled: false },
      questions: [{ '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', 'isRequired': true, 'sequence': 0, 'isSingleLineQuestion': true, 'text': { defaultText: 'Why?', localizedTexts: [] } }],
    };
    const made = await send('POST', `${em}/accessPackageAssignmentPolicies`, { version: 'beta', body });
    const read = await send('GET', `${em}/assignmentPolicies/${textAt(made, 'id') ?? ''}`);
    expect(read).toMatchObject({
      allowedTargetScope: 'allMemberUsers', specificAllowedTargets: [], expiration: { type: 'afterDateTime', endDateTime: '2030-01-01T00:00:00Z' }, requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfRemoveAccess: true },
      requestApprovalSettings: { isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: true, isRequestorJustificationRequired: true, stages: [{ durationBeforeAutomaticDenial: 'P2D', primaryApprovers: [{ userId: approver.id }, { managerLevel: 1 }], fallbackPrimaryApprovers: [{ userId: stranger.id }] }, { durationBeforeAutomaticDenial: 'P3D' }] },
      questions: [{ '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', 'text': 'Why?', 'localizations': [], 'isRequired': true, 'isSingleLineQuestion': true }], reviewSettings: null,
    });
    await send('DELETE', `${em}/assignmentPolicies/${textAt(made, 'id') ?? ''}`);
  });

  it.each([
    ['NoSubjects', 'notSpecified'], ['SpecificDirectorySubjects', 'specificDirectoryUsers'], ['AllExistingDirectoryMemberUsers', 'allMemberUsers'], ['AllExistingDirectorySubjects', 'allDirectoryUsers'], ['AllExternalSubjects', 'allExternalUsers'],
    ['AllConfiguredConnectedOrganizationSubjects', 'allConfiguredConnectedOrganizationUsers'],
  ])('scope %s is %s', async (scopeType, allowedTargetScope) => {
    const allowedRequestors = scopeType === 'SpecificDirectorySubjects' ? [userBeta(person.id)] : [];
    const other = await createPackage(server.graph, catalog.id, scopeType);
    const made = await send('POST', `${em}/accessPackageAssignmentPolicies`, { version: 'beta', body: { displayName: scopeType, description: '', accessPackageId: other.id, requestorSettings: { scopeType, acceptRequests: scopeType !== 'NoSubjects', allowedRequestors } } });
    expect(recordAt(made, 'requestorSettings')['scopeType']).toBe(scopeType);
    expect((await send('GET', `${em}/assignmentPolicies/${textAt(made, 'id') ?? ''}`))['allowedTargetScope']).toBe(allowedTargetScope);
  });

  it('that beta has no word for comes back whole: agents, with those who ask and decide for them', async () => {
    const sets = [{ '@odata.type': '#microsoft.graph.targetAgentIdentitySponsorsOrOwners', 'isBackup': false }];
    const other = await createPackage(server.graph, catalog.id, 'For agents');
    const made = await send('POST', `${em}/assignmentPolicies`, {
      body: {
        displayName: 'Agents', description: '', accessPackage: { id: other.id }, allowedTargetScope: 'allDirectoryAgentIdentities', requestorSettings: { enableTargetsToSelfAddAccess: false, enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: sets },
        requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [{ durationBeforeAutomaticDenial: 'PT36H', primaryApprovers: sets, fallbackPrimaryApprovers: [user(approver.id)] }] },
      },
    });
    const at = { 'v1.0': `${em}/assignmentPolicies/${textAt(made, 'id') ?? ''}`, 'beta': `${em}/accessPackageAssignmentPolicies/${textAt(made, 'id') ?? ''}` };
    await send('PUT', at.beta, { version: 'beta', body: await send('GET', at.beta, { version: 'beta' }) });
    expect(await send('GET', at['v1.0'])).toMatchObject({
      allowedTargetScope: 'allDirectoryAgentIdentities', requestorSettings: { enableTargetsToSelfAddAccess: false, enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [{ '@odata.type': '#microsoft.graph.targetAgentIdentitySponsorsOrOwners' }] },
      requestApprovalSettings: { stages: [{ durationBeforeAutomaticDenial: 'PT36H', fallbackPrimaryApprovers: [{ userId: approver.id }] }] },
    });
  });

  it('is replaced by PUT: what it leaves out is as it is by default', async () => {
    const other = await createPackage(server.graph, catalog.id, 'Replaced');
    const made = await send('POST', `${em}/assignmentPolicies`, { body: { ...policyBody, accessPackage: { id: other.id } } });
    const after = await send('PUT', `${em}/assignmentPolicies/${textAt(made, 'id') ?? ''}`, { body: { displayName: 'Bare', description: '', accessPackage: { id: other.id } } });
    expect(after).toMatchObject({ displayName: 'Bare', allowedTargetScope: 'notSpecified', specificAllowedTargets: [], questions: [], requestApprovalSettings: { isApprovalRequiredForAdd: false, stages: [] }, requestorSettings: { enableTargetsToSelfAddAccess: false, onBehalfRequestors: [] }, expiration: { type: 'notSpecified' }, notificationSettings: { isAssignmentNotificationDisabled: false } });
  });

  it('noSubjects, which v1.0 never had, is refused there', async () => {
    expect(recordAt(await send('POST', `${em}/assignmentPolicies`, { status: 400, body: { ...policyBody, allowedTargetScope: 'noSubjects' } }), 'error')['target']).toBe('allowedTargetScope');
  });
});

describe('§1.6, bodies that mix the vocabularies', () => {
  const named = { accessPackageId: open.id, assignmentPolicyId: openPolicy['id'], targetId: stranger.id };
  const liveId = async (): Promise<string> => textAt(recordsAt(await send('GET', `${em}/assignments?$filter=accessPackage/id eq '${open.id}' and state eq 'delivered'`), 'value')[0] ?? {}, 'id') ?? '';
  const take = async (): Promise<void> => { await send('POST', `${em}/assignmentRequests`, { body: { requestType: 'adminRemove', assignment: { id: await liveId() } } }); };

  it.each([
    ['v1.0 by its own words', 'v1.0', '/assignmentRequests', { requestType: 'adminAdd', assignment: named }], ['v1.0 with beta\'s member and case', 'v1.0', '/assignmentRequests', { requestType: 'AdminAdd', accessPackageAssignment: named }],
    ['beta by its own words', 'beta', '/assignmentRequests', { requestType: 'AdminAdd', accessPackageAssignment: named }], ['beta with v1.0\'s', 'beta', '/assignmentRequests', { requestType: 'adminAdd', assignment: named }],
    ['beta by the retired name', 'beta', '/accessPackageAssignmentRequests', { requestType: 'AdminAdd', accessPackageAssignment: named, justification: 'old script' }],
    ['navigations in place of ids', 'v1.0', '/assignmentRequests', { requestType: 'adminAdd', assignment: { target: { objectId: stranger.id }, assignmentPolicy: { id: openPolicy['id'] }, accessPackage: { id: open.id } } }],
  ] as const)('%s', async (_, version, path, body) => {
    const made = await send('POST', `${em}${path}`, { version, body });
    expect(version === 'beta' ? [made['requestType'], 'requestState' in made, 'state' in made] : [made['requestType'], 'state' in made, 'requestState' in made]).toEqual([version === 'beta' ? 'AdminAdd' : 'adminAdd', true, false]);
    expect(await liveId()).not.toBe('');
    await take();
  });

  it.each(['target', 'createdBy', 'targetOrRequestor'])('the retired name has the functions too: %s', async (on) => {
    const path = `filterByCurrentUser(on='${on}')`;
    const ids = async (name: string): Promise<readonly unknown[]> => recordsAt(await send('GET', `${em}/${name}/${path}`, { version: 'beta', token: asPerson }), 'value').map(({ id }) => id);
    expect(await ids('accessPackageAssignmentRequests')).toEqual(await ids('assignmentRequests'));
  });

  it('a life in one vocabulary is told in the other: userAdd, userUpdate, userRemove', async () => {
    const token = asPerson;
    await send('POST', `${em}/assignmentRequests`, { token, body: { requestType: 'UserAdd', accessPackageAssignment: { accessPackageId: open.id } } });
    const id = await liveId();
    await send('POST', `${em}/assignmentRequests`, { version: 'beta', token, body: { requestType: 'UserUpdate', accessPackageAssignment: { id }, schedule: { startDateTime: null, expiration: { type: 'afterDateTime', endDateTime: '2031-01-01T00:00:00Z' } } } });
    expect(await send('GET', `${em}/assignments/${id}`)).toMatchObject({ schedule: { expiration: { type: 'afterDateTime', endDateTime: '2031-01-01T00:00:00Z' } } });
    await send('POST', `${em}/assignmentRequests`, { token, body: { requestType: 'userRemove', assignment: { id } } });
    expect(await send('GET', `${em}/accessPackageAssignments/${id}`, { version: 'beta' })).toMatchObject({ assignmentState: 'Expired' });
  });

  it('nobody creates an assignment without a request, and an unknown word is refused by its name', async () => {
    await send('POST', `${em}/assignments`, { status: 405, body: named });
    expect(recordAt(await send('POST', `${em}/assignmentRequests`, { status: 400, body: { requestType: 'adminAdd', assignment: { ...named, colour: 'red' } } }), 'error')['target']).toContain('colour');
  });
});

describe('members after unknownFutureValue', () => {
  it('are shown to those who ask for them, in both versions', async () => {
    const sponsor = await createPerson(server.graph, 'Sponsor', server.domain);
    const blueprint = await createBlueprint(server.graph, 'Blueprint', [sponsor]);
    await createAgent(server.graph, blueprint, { displayName: 'Agent', sponsors: [sponsor] });
    const fresh = await createPackage(server.graph, catalog.id, 'Revoked');
    await send('POST', `${em}/assignmentPolicies`, { body: { ...policyBody, accessPackage: { id: fresh.id }, questions: [] } });
    const asked = await send('POST', `${em}/assignmentRequests`, { token: asPerson, body: { requestType: 'userAdd', assignment: { accessPackageId: fresh.id } } });
    const approval = `${em}/accessPackageAssignmentApprovals/${textAt(asked, 'id') ?? ''}/stages`;
    const [only] = recordsAt(await send('GET', approval, { token: asApprover }), 'value');
    await send('PATCH', `${approval}/${textAt(only ?? {}, 'id') ?? ''}`, { token: asApprover, body: { reviewResult: 'Approve', justification: 'yes' } });
    const [live] = recordsAt(await send('GET', `${em}/assignments?$filter=accessPackage/id eq '${fresh.id}'`), 'value');
    const removal = await send('POST', `${em}/assignmentRequests`, { token: asApprover, body: { requestType: 'approverRemove', assignment: { id: live?.['id'] } } });
    const read = async (version: Version, prefer?: string): Promise<unknown> => (await send('GET', `${em}/assignmentRequests/${textAt(removal, 'id') ?? ''}`, { version, ...(prefer !== undefined && { prefer }) }))['requestType'];
    const wanted = 'include-unknown-enum-members';
    expect([await read('v1.0'), await read('v1.0', wanted), await read('beta', wanted)]).toEqual(['unknownFutureValue', 'approverRemove', 'ApproverRemove']);
    expect(String(await read('beta')).toLowerCase()).toBe('unknownfuturevalue');
  });

  it('that stand before it need no asking: allDirectoryAgentIdentities', async () => {
    expect(recordsAt(await send('GET', `${em}/assignmentPolicies?$filter=allowedTargetScope eq 'allDirectoryAgentIdentities'`), 'value')).toMatchObject([{ allowedTargetScope: 'allDirectoryAgentIdentities' }]);
  });
});
