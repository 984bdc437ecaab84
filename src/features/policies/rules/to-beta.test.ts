import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { policyToBeta, questionTo, setsTo } from './to-beta.ts';

const type = (name: string): string => `#microsoft.graph.${name}`;
const user = { '@odata.type': type('singleUser'), userId: 'u' };
const userId = { '@odata.type': type('singleUser'), id: 'u' };

describe("beta's words for who may receive and ask", () => {
  it.each<[string, JsonRecord, JsonRecord]>([
    ['a scope that both have', { allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [user] }, { requestorSettings: { scopeType: 'SpecificDirectorySubjects', acceptRequests: false, allowedRequestors: [{ ...userId, isBackup: false }] } }],
    ['a scope that only v1.0 has', { allowedTargetScope: 'allDirectoryAgentIdentities' }, { allowedTargetScope: 'allDirectoryAgentIdentities', requestorSettings: { scopeType: 'NoSubjects', acceptRequests: false, allowedRequestors: [] } }],
    ['settings without a scope', { requestorSettings: {} }, { requestorSettings: { scopeType: 'NoSubjects', acceptRequests: false, allowedRequestors: [] } }],
    ['a scope that is null', { allowedTargetScope: null }, { requestorSettings: { scopeType: 'NoSubjects', acceptRequests: false, allowedRequestors: [] } }],
    ['everything for oneself', { requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true } }, { requestorSettings: { scopeType: 'NoSubjects', acceptRequests: true, allowedRequestors: [] } }],
    ['nobody who asks for others', { requestorSettings: { onBehalfRequestors: [] } }, { requestorSettings: { scopeType: 'NoSubjects', acceptRequests: false, allowedRequestors: [] } }],
    ['somebody who asks for others', { requestorSettings: { onBehalfRequestors: [user] } }, { requestorSettings: { scopeType: 'NoSubjects', acceptRequests: false, allowedRequestors: [], onBehalfRequestors: [user] } }],
    ['nothing that was not selected', { id: 'p', requestorSettings: null, requestApprovalSettings: null, expiration: null, accessReviewSettings: null, questions: null }, { id: 'p', requestorSettings: null, requestApprovalSettings: null, accessReviewSettings: null, questions: null }],
  ])('%s', (_, entity, expected) => { expect(policyToBeta(entity)).toEqual(expected); });

  it.each(['enableTargetsToSelfAddAccess', 'enableTargetsToSelfUpdateAccess', 'enableTargetsToSelfRemoveAccess'])('%s alone rides along with the other two', (flag) => {
    expect(policyToBeta({ requestorSettings: { [flag]: true } })['requestorSettings']).toEqual({
      scopeType: 'NoSubjects', acceptRequests: true, allowedRequestors: [], enableTargetsToSelfAddAccess: false, enableTargetsToSelfUpdateAccess: false, enableTargetsToSelfRemoveAccess: false, [flag]: true,
    });
  });

  it.each(['enableOnBehalfRequestorsToAddAccess', 'enableOnBehalfRequestorsToUpdateAccess', 'enableOnBehalfRequestorsToRemoveAccess', 'allowCustomAssignmentSchedule'])('%s rides along when it is on', (flag) => {
    expect(policyToBeta({ requestorSettings: { [flag]: true } })['requestorSettings']).toHaveProperty(flag, true);
    expect(policyToBeta({ requestorSettings: { [flag]: false } })['requestorSettings']).not.toHaveProperty(flag);
  });
});

describe("beta's words for an end", () => {
  it.each<[JsonRecord, JsonRecord]>([
    [{ type: 'noExpiration' }, { durationInDays: 0, expirationDateTime: null }], [{ type: 'noExpiration', duration: 'P3D' }, { durationInDays: 0, expirationDateTime: null }], [{ type: 'afterDuration' }, { durationInDays: 0, expirationDateTime: null }],
    [{ type: 'afterDateTime', endDateTime: '2030-01-01T00:00:00Z' }, { durationInDays: 0, expirationDateTime: '2030-01-01T00:00:00Z' }], [{ type: 'afterDateTime' }, { durationInDays: 0, expirationDateTime: null }],
    [{ type: 'afterDuration', duration: 'P3D' }, { durationInDays: 3, expirationDateTime: null }],
    [{ type: 'afterDuration', duration: 'PT8H' }, { durationInDays: 1, expirationDateTime: null, expiration: { type: 'afterDuration', duration: 'PT8H' } }],
  ])('%j', (expiration, expected) => { expect(policyToBeta({ expiration })).toEqual(expected); });
});

describe("beta's words for approval", () => {
  const approvalOf = (requestApprovalSettings: JsonRecord): unknown => policyToBeta({ requestApprovalSettings })['requestApprovalSettings'];
  const bare = { approvalStageTimeOutInDays: 14, isApproverJustificationRequired: false, isEscalationEnabled: false, escalationTimeInMinutes: 0, approverInformationVisibility: 'default', primaryApprovers: [], escalationApprovers: [] };

  it.each(['isApprovalRequiredForAdd', 'isApprovalRequiredForUpdate', 'isRequestorJustificationRequired'])('say %s by itself', (flag) => {
    expect(approvalOf({ [flag]: true })).toEqual({
      isApprovalRequired: flag === 'isApprovalRequiredForAdd', isApprovalRequiredForExtension: flag === 'isApprovalRequiredForUpdate', isRequestorJustificationRequired: flag === 'isRequestorJustificationRequired',
      approvalMode: 'NoApproval', approvalStages: [],
    });
  });

  it.each([[0, 'NoApproval'], [1, 'SingleStage'], [2, 'Serial'], [3, 'Serial']])('of %i stages are %s', (count, approvalMode) => {
    expect(approvalOf({ stages: [null, ...Array.from({ length: count }, () => ({}))] })).toMatchObject({ approvalMode, approvalStages: Array.from({ length: count }, () => bare) });
  });

  it('tell a whole stage, with what beta cannot say beside it', () => {
    expect(approvalOf({ stages: [{
      '@odata.type': type('accessPackageDynamicApprovalStage'), customExtension: { id: 'e' }, durationBeforeAutomaticDenial: 'PT36H', durationBeforeEscalation: 'PT90S', isApproverJustificationRequired: true,
      isEscalationEnabled: true, approverInformationVisibility: 'visible', requiredApprovalCount: 2, primaryApprovers: [user], fallbackPrimaryApprovers: [{ '@odata.type': type('requestorManager'), managerLevel: 1 }],
      escalationApprovers: [{ '@odata.type': type('groupMembers'), groupId: 'g' }], fallbackEscalationApprovers: [user],
    }] })).toMatchObject({ approvalStages: [{
      '@odata.type': type('accessPackageDynamicApprovalStage'), customExtension: { id: 'e' }, approvalStageTimeOutInDays: 2, durationBeforeAutomaticDenial: 'PT36H', escalationTimeInMinutes: 2, durationBeforeEscalation: 'PT90S',
      isApproverJustificationRequired: true, isEscalationEnabled: true, approverInformationVisibility: 'visible', requiredApprovalCount: 2,
      primaryApprovers: [{ ...userId, isBackup: false }, { '@odata.type': type('requestorManager'), managerLevel: 1, isBackup: true }],
      escalationApprovers: [{ '@odata.type': type('groupMembers'), id: 'g', isBackup: false }, { ...userId, isBackup: true }],
    }] });
  });

  it('leave exact lengths and plain types out', () => {
    expect(approvalOf({ stages: [{ '@odata.type': type('accessPackageApprovalStage'), durationBeforeAutomaticDenial: 'P3D', durationBeforeEscalation: 'PT1H' }] })).toMatchObject({ approvalStages: [{ ...bare, approvalStageTimeOutInDays: 3, escalationTimeInMinutes: 60 }] });
    const [stage] = (approvalOf({ stages: [{ '@odata.type': type('accessPackageDynamicApprovalStage') }] }) as { readonly approvalStages: readonly JsonRecord[] }).approvalStages;
    expect(stage).toEqual({ ...bare, '@odata.type': type('accessPackageDynamicApprovalStage'), customExtension: null });
  });
});

describe('a question and a set in beta', () => {
  it.each<[unknown, unknown]>([
    [{ id: 'q', text: 'Why?', localizations: [{ languageCode: 'de', text: 'Warum?' }] }, { id: 'q', text: { defaultText: 'Why?', localizedTexts: [{ languageCode: 'de', text: 'Warum?' }] } }],
    [{ isMultipleSelectionAllowed: false, choices: [{ actualValue: 'n', text: 'North', localizations: [] }, 'x'] }, { text: { defaultText: null, localizedTexts: [] }, allowsMultipleSelection: false, choices: [{ actualValue: 'n', displayValue: { defaultText: 'North', localizedTexts: [] } }] }],
    [{ text: 'Why?', choices: null }, { text: { defaultText: 'Why?', localizedTexts: [] } }], ['Why?', 'Why?'],
  ])('%j', (question, expected) => { expect(questionTo(question)).toEqual(expected); });

  it('names objects by id, and what has none by itself', () => {
    expect(setsTo([user, { '@odata.type': type('groupMembers') }, { '@odata.type': type('targetManager') }, {}, 'x'], true)).toEqual([
      { ...userId, isBackup: true }, { '@odata.type': type('groupMembers'), id: null, isBackup: true }, { '@odata.type': type('targetManager'), isBackup: true }, { isBackup: true },
    ]);
    expect(setsTo('x', false)).toEqual([]);
  });
});
