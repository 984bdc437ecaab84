import { describe, expect, it } from 'vitest';
import { policyFromBody, setsFrom, stageFrom } from './from-beta.ts';

const type = (name: string): string => `#microsoft.graph.${name}`;

describe('a member of a beta body', () => {
  it.each<[string, Parameters<typeof policyFromBody>[0], unknown]>([
    ['package by id', { accessPackageId: 'k' }, { accessPackage: { id: 'k' } }],
    ['package as an object', { accessPackage: { id: 'k', displayName: 'K' } }, { accessPackage: { id: 'k' } }],
    ['package by id before the object', { accessPackageId: 'k', accessPackage: { id: 'l' } }, { accessPackage: { id: 'k' } }],
    ['package that is none', { accessPackage: 'k' }, {}], ['package that is null', { accessPackageId: null, accessPackage: { id: null } }, {}],
    ['what the server derives', { accessPackageCatalog: { id: 'c' }, catalog: { id: 'c' } }, {}],
    ['older name of notifications', { accessPackageNotificationSettings: { isAssignmentNotificationDisabled: true } }, { notificationSettings: { isAssignmentNotificationDisabled: true } }],
    ['newer name of notifications first', { accessPackageNotificationSettings: { a: 1 }, notificationSettings: { b: 1 } }, { notificationSettings: { b: 1 } }],
    ['newer name of reviews', { reviewSettings: { isEnabled: true } }, { reviewSettings: { isEnabled: true } }],
    ['older name of reviews first', { accessReviewSettings: { isEnabled: false }, reviewSettings: { isEnabled: true } }, { reviewSettings: { isEnabled: false } }],
    ['reviews of another shape', { reviewSettings: 'yes' }, { reviewSettings: 'yes' }],
    ['settings of another shape', { requestorSettings: 'r', requestApprovalSettings: 'a', questions: 'q', notificationSettings: 'n' }, { requestorSettings: 'r', requestApprovalSettings: 'a', questions: 'q', notificationSettings: 'n' }],
    ['settings that are null', { requestorSettings: null, requestApprovalSettings: null, questions: null, notificationSettings: null, reviewSettings: null }, {}],
    ['anything else', { displayName: 'P', description: null }, { displayName: 'P', description: null }],
  ])('%s', (_, body, expected) => { expect(policyFromBody(body)).toEqual(expected); });

  it.each([[null, false], [[], false], [{}, false], [{ credentialTypes: [] }, false], [{ credentialTypes: [], more: 'x' }, true], [[{}], true], ['x', true], [0, true]])('verifiable credentials %j stay to be refused: %s', (verifiableCredentialSettings, stays) => {
    expect(policyFromBody({ verifiableCredentialSettings, other: {} })).toEqual({ other: {}, ...(stays ? { verifiableCredentialSettings } : {}) });
  });
});

describe('an end', () => {
  it.each<[string, Parameters<typeof policyFromBody>[0], unknown]>([
    ['that is not said', {}, undefined], ['in both words', { expiration: { type: 'noExpiration' }, durationInDays: 3 }, { type: 'noExpiration' }],
    ['after days', { durationInDays: 3 }, { type: 'afterDuration', duration: 'P3D' }], ['after days in no number', { durationInDays: '3', expiration: null }, { type: 'afterDuration', duration: '3' }],
    ['after no days', { durationInDays: 0 }, { type: 'noExpiration' }], ['after null days', { durationInDays: null }, { type: 'noExpiration' }], ['at no date', { expirationDateTime: null }, { type: 'noExpiration' }],
    ['at a date, whatever the days', { durationInDays: 3, expirationDateTime: '2030-01-01T00:00:00Z' }, { type: 'afterDateTime', endDateTime: '2030-01-01T00:00:00Z' }],
  ])('%s', (_, body, expected) => { expect(policyFromBody(body)).toEqual(expected === undefined ? {} : { expiration: expected }); });
});

describe('who may receive and ask', () => {
  it.each<[string, Parameters<typeof policyFromBody>[0], unknown]>([
    ["v1.0's words before beta's", { allowedTargetScope: 'allMemberUsers', specificAllowedTargets: [], requestorSettings: { scopeType: 'NoSubjects', allowedRequestors: [{ id: 'u' }] } }, { allowedTargetScope: 'allMemberUsers', specificAllowedTargets: [], requestorSettings: {} }],
    ["beta's list", { requestorSettings: { allowedRequestors: [{ '@odata.type': type('singleUser'), id: 'u', isBackup: false }] } }, { specificAllowedTargets: [{ '@odata.type': type('singleUser'), userId: 'u' }], requestorSettings: {} }],
    ['no list', { requestorSettings: { allowedRequestors: 'u' } }, { requestorSettings: {} }],
    ['asking, also for more time', { requestorSettings: { acceptRequests: true } }, { requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true } }],
    ['asking, not for more time', { canExtend: false, requestorSettings: { acceptRequests: true } }, { canExtend: false, requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: false, enableTargetsToSelfRemoveAccess: true } }],
    ['no asking', { canExtend: true, requestorSettings: { acceptRequests: false } }, { canExtend: true, requestorSettings: { enableTargetsToSelfAddAccess: false, enableTargetsToSelfUpdateAccess: false, enableTargetsToSelfRemoveAccess: false } }],
    ["v1.0's flag over beta's", { requestorSettings: { acceptRequests: true, enableTargetsToSelfRemoveAccess: false } }, { requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: false } }],
    ['asking that is no flag', { requestorSettings: { acceptRequests: 'yes' } }, { requestorSettings: {} }],
    ['who asks for others', { requestorSettings: { onBehalfRequestors: [{ '@odata.type': type('groupMembers'), id: 'g' }] } }, { requestorSettings: { onBehalfRequestors: [{ '@odata.type': type('groupMembers'), groupId: 'g' }] } }],
  ])('%s', (_, body, expected) => { expect(policyFromBody(body)).toEqual(expected); });
});

describe('approval', () => {
  const approvalOf = (requestApprovalSettings: object) => policyFromBody({ requestApprovalSettings })['requestApprovalSettings'];
  it.each(['NoApproval', 'SingleStage', 'Serial', 'serial', 'SINGLESTAGE'])('follows stages one after the other: %s', (approvalMode) => { expect(approvalOf({ approvalMode })).toEqual({}); });
  it.each(['Parallel', 'NotSerial', 'SerialOrNot', ''])('leaves another mode to be refused: %s', (approvalMode) => { expect(approvalOf({ approvalMode })).toEqual({ approvalMode }); });
  it('leaves out a mode that is no text', () => { expect(approvalOf({ approvalMode: 3 })).toEqual({}); });

  it('is said in either word', () => {
    expect(approvalOf({ isApprovalRequired: true, isApprovalRequiredForExtension: false, isRequestorJustificationRequired: true })).toEqual({ isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: true });
    expect(approvalOf({ isApprovalRequired: true, isApprovalRequiredForAdd: false })).toEqual({ isApprovalRequiredForAdd: false });
    expect(approvalOf({ stages: [{ a: 1 }], approvalStages: [{ b: 1 }] })).toEqual({ stages: [{ a: 1 }] });
    expect([approvalOf({ stages: 'none' }), approvalOf({ stages: null, approvalStages: null })]).toEqual([{ stages: 'none' }, {}]);
  });
});

describe('a stage', () => {
  const [first, second] = [{ '@odata.type': type('singleUser'), userId: 'a' }, { '@odata.type': type('singleUser'), userId: 'b' }];
  it.each<[string, unknown, unknown]>([
    ['keeps its type when it is dynamic', { '@odata.type': type('accessPackageDynamicApprovalStage') }, { '@odata.type': type('accessPackageDynamicApprovalStage') }],
    ['loses a type that says nothing', { '@odata.type': type('approvalStage'), isEscalationEnabled: true }, { isEscalationEnabled: true }],
    ['puts who stands in into the list of its own', { primaryApprovers: [{ ...first, isBackup: true }, second], escalationApprovers: [{ ...second, isBackup: true }, first] },
      { primaryApprovers: [second], fallbackPrimaryApprovers: [first], escalationApprovers: [first], fallbackEscalationApprovers: [second] }],
    ['joins both lists', { primaryApprovers: [{ ...first, isBackup: true }], fallbackPrimaryApprovers: [second] }, { primaryApprovers: [], fallbackPrimaryApprovers: [first, second] }],
    ['names nobody to stand in where there is nobody', { primaryApprovers: [first] }, { primaryApprovers: [first] }],
    ['keeps an empty list that was sent', { primaryApprovers: [first], fallbackPrimaryApprovers: [] }, { primaryApprovers: [first], fallbackPrimaryApprovers: [] }],
    ['takes a list of those who stand in alone', { fallbackEscalationApprovers: [{ '@odata.type': type('singleUser'), id: 'a' }] }, { fallbackEscalationApprovers: [first] }],
    ['leaves what is no list', { primaryApprovers: 'a', fallbackPrimaryApprovers: 'b' }, { primaryApprovers: 'a', fallbackPrimaryApprovers: 'b' }],
    ['leaves who is no record', { primaryApprovers: ['a', null] }, { primaryApprovers: ['a', null] }],
    ['takes only true for standing in', { primaryApprovers: [{ ...first, isBackup: 'true' }] }, { primaryApprovers: [first] }],
    ['may be anything', 'stage', 'stage'],
  ])('%s', (_, stage, expected) => { expect(stageFrom(stage)).toEqual(expected); });
});

describe('a subject set', () => {
  it.each<[unknown, unknown]>([
    [{ '@odata.type': type('connectedOrganizationMembers'), id: 'o' }, { '@odata.type': type('connectedOrganizationMembers'), connectedOrganizationId: 'o' }],
    [{ '@odata.type': type('singleUser'), id: 'a', userId: 'b' }, { '@odata.type': type('singleUser'), userId: 'b' }],
    [{ '@odata.type': type('singleUser') }, { '@odata.type': type('singleUser') }],
    [{ '@odata.type': type('requestorManager'), id: 'x', managerLevel: 2 }, { '@odata.type': type('requestorManager'), managerLevel: 2 }],
    [{ id: 'x', isBackup: false }, {}], ['x', 'x'],
  ])('%j', (set, expected) => { expect(setsFrom([set])).toEqual([expected]); });
  it('is looked for in lists alone', () => { expect([setsFrom('x'), setsFrom(undefined)]).toEqual(['x', undefined]); });
});

describe('a question', () => {
  const german = [{ languageCode: 'de', text: 'Warum?' }];
  it.each<[string, unknown, unknown]>([
    ['in both dialects', { text: 'Why?', isMultipleSelectionAllowed: true }, { text: 'Why?', isMultipleSelectionAllowed: true }],
    ['with beta text', { id: 'q', text: { defaultText: 'Why?', localizedTexts: german } }, { id: 'q', text: 'Why?', localizations: german }],
    ['with beta flag first', { allowsMultipleSelection: false, isMultipleSelectionAllowed: true }, { isMultipleSelectionAllowed: false }],
    ['with beta choices', { choices: [{ actualValue: 'n', displayValue: { defaultText: 'North', localizedTexts: german } }] }, { choices: [{ actualValue: 'n', text: 'North', localizations: german }] }],
    ['with v1.0 choices', { choices: [{ actualValue: 'n', text: 'North' }] }, { choices: [{ actualValue: 'n', text: 'North' }] }],
    ['with a choice that is none', { choices: ['north'] }, { choices: ['north'] }], ['with choices that are none', { choices: 'north' }, { choices: 'north' }], ['that is none', 'Why?', 'Why?'],
  ])('%s', (_, question, expected) => { expect(policyFromBody({ questions: [question] })).toEqual({ questions: [expected] }); });
});

describe('the extensions that a policy calls', () => {
  const id = '11111111-2222-4333-8444-555555555555';
  const called = (customExtension: unknown) => ({ customExtensionStageSettings: [{ stage: 's', 'customExtension@odata.bind': customExtension, ...(typeof customExtension === 'string' ? { customExtension: { id } } : {}) }] });
  it.each([`https://x/identityGovernance/catalogs/c/customWorkflowExtensions/${id}`, `/customExtensions('${id}')`, `customExtensions(${id})`, `x/${id}'`, id])('are named by address: %s', (address) => {
    expect(policyFromBody({ customExtensionStageSettings: [{ stage: 's', 'customExtension@odata.bind': address }] })).toEqual(called(address));
  });
  it.each([`${id}/more`, 'somewhere'])('keep an address without an id at its end: %s', (address) => {
    expect(policyFromBody({ customExtensionStageSettings: [{ 'customExtension@odata.bind': address }] })).toEqual({ customExtensionStageSettings: [{ 'customExtension@odata.bind': address, customExtension: { id: address } }] });
  });
  it.each<[string, Parameters<typeof policyFromBody>[0], unknown]>([
    ['both lists', { customExtensionStageSettings: [{ stage: 'a' }], customExtensionHandlers: [{ stage: 'b' }, 'c'] }, { customExtensionStageSettings: [{ stage: 'a' }, { stage: 'b' }, 'c'] }],
    ['the older list alone', { customExtensionHandlers: [{ stage: 'b' }] }, { customExtensionStageSettings: [{ stage: 'b' }] }],
    ['empty lists', { customExtensionStageSettings: [], customExtensionHandlers: [] }, {}], ['null', { customExtensionStageSettings: null, customExtensionHandlers: null }, {}],
    ['what is no list', { customExtensionStageSettings: 'all' }, { customExtensionStageSettings: 'all' }],
  ])('stand in %s', (_, body, expected) => { expect(policyFromBody(body)).toEqual(expected); });
});
