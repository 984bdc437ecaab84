/** A policy in both vocabularies: graph-contract.md §1.3 and §1.5. */
import { describe, expect, it } from 'vitest';
import { createPackage } from '../../cli/client/organisation.ts';
import { recordAt, textAt } from '../../src/kernel/json.ts';
import { em, layGround, tellApart, user, userBeta } from './ground.ts';

const { server, send, both, person, approver, stranger, groupId, catalogId, packageId, policyId, policyBody } = await layGround();

describe('§1.3 and §1.5, a policy', () => {
  const paths = { 'v1.0': `${em}/assignmentPolicies/${policyId}`, 'beta': `${em}/accessPackageAssignmentPolicies/${policyId}` };

  it('says all of it in beta', async () => {
    const pair = await both({ 'v1.0': `${paths['v1.0']}?$expand=accessPackage`, 'beta': paths.beta });
    tellApart(pair, ['allowedTargetScope', 'specificAllowedTargets', 'expiration', 'reviewSettings', 'notificationSettings'], ['accessPackageId', 'durationInDays', 'expirationDateTime', 'canExtend', 'accessReviewSettings', 'accessPackageNotificationSettings']);
    const [, beta] = pair;
    expect(beta).toMatchObject({
      accessPackageId: packageId, durationInDays: 30, expirationDateTime: null, accessPackageNotificationSettings: { isAssignmentNotificationDisabled: true },
      requestorSettings: { scopeType: 'SpecificDirectorySubjects', acceptRequests: true, allowedRequestors: [{ id: person.id, isBackup: false }, { '@odata.type': '#microsoft.graph.groupMembers', 'id': groupId, 'isBackup': false }] },
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
      displayName: 'By beta', description: 'b', accessPackageId: packageId, canExtend: true, durationInDays: 0, expirationDateTime: '2030-01-01T00:00:00Z',
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
    const other = await createPackage(server.graph, catalogId, scopeType);
    const made = await send('POST', `${em}/accessPackageAssignmentPolicies`, { version: 'beta', body: { displayName: scopeType, description: '', accessPackageId: other.id, requestorSettings: { scopeType, acceptRequests: scopeType !== 'NoSubjects', allowedRequestors } } });
    expect(recordAt(made, 'requestorSettings')['scopeType']).toBe(scopeType);
    const alone = await send('GET', `${em}/accessPackageAssignmentPolicies/${textAt(made, 'id') ?? ''}/requestorSettings`, { version: 'beta' });
    expect(recordAt(alone, 'value')).toEqual(recordAt(made, 'requestorSettings'));
    expect((await send('GET', `${em}/assignmentPolicies/${textAt(made, 'id') ?? ''}`))['allowedTargetScope']).toBe(allowedTargetScope);
  });

  it('that beta has no word for comes back whole: agents, with those who ask and decide for them', async () => {
    const sets = [{ '@odata.type': '#microsoft.graph.targetAgentIdentitySponsorsOrOwners', 'isBackup': false }];
    const other = await createPackage(server.graph, catalogId, 'For agents');
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
    const other = await createPackage(server.graph, catalogId, 'Replaced');
    const made = await send('POST', `${em}/assignmentPolicies`, { body: { ...policyBody, accessPackage: { id: other.id } } });
    const after = await send('PUT', `${em}/assignmentPolicies/${textAt(made, 'id') ?? ''}`, { body: { displayName: 'Bare', description: '', accessPackage: { id: other.id } } });
    expect(after).toMatchObject({ displayName: 'Bare', allowedTargetScope: 'notSpecified', specificAllowedTargets: [], questions: [], requestApprovalSettings: { isApprovalRequiredForAdd: false, stages: [] }, requestorSettings: { enableTargetsToSelfAddAccess: false, onBehalfRequestors: [] }, expiration: { type: 'notSpecified' }, notificationSettings: { isAssignmentNotificationDisabled: false } });
  });

  it('noSubjects, which v1.0 never had, is refused there', async () => {
    expect(recordAt(await send('POST', `${em}/assignmentPolicies`, { status: 400, body: { ...policyBody, allowedTargetScope: 'noSubjects' } }), 'error')['target']).toBe('allowedTargetScope');
  });
});
