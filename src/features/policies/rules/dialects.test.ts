import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { policyFromBody } from './from-beta.ts';
import { policyRow } from './row.ts';
import { policyToBeta } from './to-beta.ts';

const type = (name: string): string => `#microsoft.graph.${name}`;
const guid = fc.uuid();
const user = guid.map((userId) => ({ '@odata.type': type('singleUser'), userId }));
const group = guid.map((groupId) => ({ '@odata.type': type('groupMembers'), groupId }));
const servicePrincipal = guid.map((servicePrincipalId) => ({ '@odata.type': type('singleServicePrincipal'), servicePrincipalId }));
const relation = fc.constantFrom('requestorManager', 'targetManager').map((name) => ({ '@odata.type': type(name), managerLevel: 1 }));
const agentGuardians = fc.constant({ '@odata.type': type('targetAgentIdentitySponsorsOrOwners') });
const approver = fc.oneof(user, group, relation, agentGuardians);
const approvers = fc.array(approver, { maxLength: 3 });

const stage = fc.record({
  requiredApprovalCount: fc.integer({ min: 1, max: 3 }),
  durationBeforeAutomaticDenial: fc.oneof(fc.integer({ min: 1, max: 60 }).map((days) => `P${days}D`), fc.constantFrom('PT36H', 'PT30M', 'P2W', 'PT48H', 'P1M')),
  durationBeforeEscalation: fc.integer({ min: 0, max: 9000 }).map((minutes) => `PT${minutes}M`),
  isApproverJustificationRequired: fc.boolean(), isEscalationEnabled: fc.boolean(), approverInformationVisibility: fc.constantFrom('default', 'visible'),
  primaryApprovers: approvers, fallbackPrimaryApprovers: approvers, escalationApprovers: approvers, fallbackEscalationApprovers: approvers,
});
const approval = fc.record({
  isApprovalRequiredForAdd: fc.boolean(), isApprovalRequiredForUpdate: fc.boolean(), isRequestorJustificationRequired: fc.boolean(), stages: fc.array(stage, { maxLength: 3 }),
});
const scope = fc.oneof(
  fc.constantFrom('notSpecified', 'allMemberUsers', 'allDirectoryUsers', 'allExternalUsers', 'allDirectoryServicePrincipals', 'allDirectoryAgentIdentities', 'allConfiguredConnectedOrganizationUsers')
    .map((allowedTargetScope) => ({ allowedTargetScope, specificAllowedTargets: [] as JsonRecord[] })),
  fc.array(fc.oneof(user, group), { minLength: 1, maxLength: 4 }).map((sets) => ({ allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: sets as JsonRecord[] })),
  fc.array(servicePrincipal, { minLength: 1, maxLength: 4 }).map((sets) => ({ allowedTargetScope: 'specificDirectoryServicePrincipals', specificAllowedTargets: sets as JsonRecord[] })),
);
const flags = ['enableTargetsToSelfAddAccess', 'enableTargetsToSelfUpdateAccess', 'enableTargetsToSelfRemoveAccess', 'allowCustomAssignmentSchedule',
  'enableOnBehalfRequestorsToAddAccess', 'enableOnBehalfRequestorsToUpdateAccess', 'enableOnBehalfRequestorsToRemoveAccess'] as const;
const requestors = fc.tuple(fc.array(fc.boolean(), { minLength: flags.length, maxLength: flags.length }), fc.array(agentGuardians, { maxLength: 1 }))
  .map(([values, onBehalfRequestors]) => ({ ...Object.fromEntries(flags.map((name, index) => [name, values[index]])), onBehalfRequestors }));
const expiration = fc.oneof(
  fc.constant({ type: 'noExpiration' }),
  fc.oneof(fc.integer({ min: 1, max: 3660 }).map((days) => `P${days}D`), fc.constantFrom('PT8H', 'P1M', 'P1DT1H')).map((duration) => ({ type: 'afterDuration', duration })),
  fc.constant({ type: 'afterDateTime', endDateTime: '2030-01-01T00:00:00.000Z' }),
);
const questions = fc.array(fc.tuple(fc.string(), fc.array(fc.record({ languageCode: fc.constant('de'), text: fc.string() }), { maxLength: 2 })).map(([text, localizations]) => ({
  '@odata.type': type('accessPackageMultipleChoiceQuestion'), text, localizations, isRequired: true, isMultipleSelectionAllowed: false,
  choices: [{ actualValue: 'north', text: 'North', localizations }],
})), { maxLength: 3 });
const policy = fc.tuple(scope, requestors, approval, expiration, questions).map(([scoped, requestorSettings, requestApprovalSettings, ends, asked]) => ({
  displayName: 'P', ...scoped, requestorSettings, requestApprovalSettings, expiration: ends, questions: asked,
}));

/** What is kept of a body. */
const stored = (body: JsonRecord): unknown => policyRow(body, { id: 'p', accessPackageId: 'k', questionIds: ['q0', 'q1', 'q2'] });

describe('the two dialects of a policy', () => {
  it('v1.0 to beta and back loses nothing', () => {
    fc.assert(fc.property(policy, (body) => {
      expect(stored(policyFromBody(policyToBeta(body)))).toEqual(stored(body));
    }), { numRuns: 300 });
  });

  it('leave a v1.0 body as it is', () => {
    fc.assert(fc.property(policy, (body) => {
      expect(policyFromBody(body)).toEqual(body);
    }));
  });

  it("reads Terraform's body", () => {
    const body = policyFromBody({
      accessPackageId: '11111111-1111-4111-8111-111111111111', displayName: 'p', canExtend: false, durationInDays: 90, expirationDateTime: null,
      requestorSettings: { scopeType: 'AllExistingDirectoryMemberUsers', acceptRequests: true, allowedRequestors: [] },
      requestApprovalSettings: {
        isApprovalRequired: true, isApprovalRequiredForExtension: false, isRequestorJustificationRequired: true, approvalMode: 'SingleStage',
        approvalStages: [{
          approvalStageTimeOutInDays: 14, isApproverJustificationRequired: true, isEscalationEnabled: false, escalationTimeInMinutes: 0, escalationApprovers: [],
          primaryApprovers: [{ '@odata.type': type('singleUser'), id: 'u1', isBackup: false }, { '@odata.type': type('groupMembers'), id: 'g1', isBackup: true }],
        }],
      },
      accessReviewSettings: null, questions: [{ '@odata.type': type('accessPackageTextInputQuestion'), isRequired: true, sequence: 1, text: { defaultText: 'Why?', localizedTexts: [] } }],
    });
    expect(body).toEqual({
      displayName: 'p', canExtend: false, accessPackage: { id: '11111111-1111-4111-8111-111111111111' }, allowedTargetScope: 'allMemberUsers', specificAllowedTargets: [],
      expiration: { type: 'afterDuration', duration: 'P90D' },
      requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: false, enableTargetsToSelfRemoveAccess: true },
      requestApprovalSettings: {
        isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: true,
        stages: [{
          approvalStageTimeOutInDays: 14, escalationTimeInMinutes: 0, isApproverJustificationRequired: true, isEscalationEnabled: false,
          primaryApprovers: [{ '@odata.type': type('singleUser'), userId: 'u1' }], fallbackPrimaryApprovers: [{ '@odata.type': type('groupMembers'), groupId: 'g1' }], escalationApprovers: [],
        }],
      },
      questions: [{ '@odata.type': type('accessPackageTextInputQuestion'), isRequired: true, sequence: 1, text: 'Why?', localizations: [] }],
    });
  });

  it('answers what Terraform dereferences', () => {
    const beta = policyToBeta({ allowedTargetScope: 'allDirectoryAgentIdentities', requestApprovalSettings: {}, requestorSettings: {}, questions: [{ text: 'Why?' }], expiration: { type: 'noExpiration' } });
    expect(beta).toMatchObject({
      requestorSettings: { scopeType: 'NoSubjects', allowedRequestors: [] }, requestApprovalSettings: { approvalStages: [], approvalMode: 'NoApproval' },
      questions: [{ text: { defaultText: 'Why?', localizedTexts: [] } }], durationInDays: 0,
    });
    expect(policyToBeta({ expiration: { type: 'afterDuration', duration: 'P30D' } })).toEqual({ durationInDays: 30, expirationDateTime: null });
    expect(policyToBeta({ id: 'x' })).toEqual({ id: 'x' });
  });

  it('translate reviews both ways', () => {
    const beta = { isEnabled: true, recurrenceType: 'quarterly', reviewerType: 'Reviewers', startDateTime: '2027-01-01T00:00:00Z', durationInDays: 14,
      reviewers: [{ '@odata.type': type('singleUser'), id: 'u1', isBackup: false }, { '@odata.type': type('singleUser'), id: 'u2', isBackup: true }],
      isAccessRecommendationEnabled: true, isApprovalJustificationRequired: false, accessReviewTimeoutBehavior: 'removeAccess' };
    const v1 = policyFromBody({ accessReviewSettings: beta })['reviewSettings'];
    expect(v1).toMatchObject({ isSelfReview: false, expirationBehavior: 'removeAccess', schedule: { expiration: { duration: 'P14D' }, recurrence: { pattern: { interval: 3 } } }, primaryReviewers: [{ userId: 'u1' }], fallbackReviewers: [{ userId: 'u2' }] });
    expect(policyToBeta({ accessReviewSettings: v1 })['accessReviewSettings']).toEqual(beta);
  });

  it('leave what they do not know for the check of the body', () => {
    expect(policyFromBody({ requestorSettings: { scopeType: 'Everybody' } })).toMatchObject({ allowedTargetScope: 'Everybody' });
    expect(policyFromBody({ requestApprovalSettings: { approvalMode: 'Parallel', approvalStages: [] } })).toMatchObject({ requestApprovalSettings: { approvalMode: 'Parallel' } });
    expect(policyFromBody({ verifiableCredentialSettings: { credentialTypes: [] }, colour: 'red' })).toEqual({ colour: 'red' });
    expect(policyFromBody({ verifiableCredentialSettings: { credentialTypes: [{}, { credentialType: 'x' }] } })).toHaveProperty('verifiableCredentialSettings');
  });
});
