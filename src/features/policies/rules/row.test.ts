import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { parsePolicy } from '../model.ts';
import { policyFromBody } from './from-beta.ts';
import { describeSets, policyRow } from './row.ts';
import { policyToBeta } from './to-beta.ts';

const keys = { id: 'p', accessPackageId: 'k', questionIds: [] };
const stageOf = (stage: JsonRecord, before?: JsonRecord): JsonRecord => {
  const replaced = before === undefined ? undefined : parsePolicy(policyRow({ requestApprovalSettings: { stages: [before] } }, keys));
  const stages = policyRow(policyFromBody({ requestApprovalSettings: { approvalStages: [stage] } }), { ...keys, before: replaced }).request_approval_settings['stages'];
  return Array.isArray(stages) ? stages[0] as JsonRecord : {};
};
const denial = (stage: JsonRecord, before?: JsonRecord): unknown => stageOf(stage, before)['durationBeforeAutomaticDenial'];
const escalation = (stage: JsonRecord, before?: JsonRecord): unknown => stageOf(stage, before)['durationBeforeEscalation'];
const halfAnHour = { durationBeforeAutomaticDenial: 'PT30M', durationBeforeEscalation: 'PT90S', requiredApprovalCount: 2 };

describe('a limit of beta', () => {
  it('is days and minutes in a new policy', () => {
    expect([denial({ approvalStageTimeOutInDays: 3 }), denial({}), escalation({ escalationTimeInMinutes: 90 }), escalation({})]).toEqual(['P3D', 'P14D', 'PT90M', 'PT0S']);
    expect(denial({ approvalStageTimeOutInDays: 1, durationBeforeAutomaticDenial: 'PT30M' })).toBe('PT30M');
    expect(stageOf({ approvalStageTimeOutInDays: 1, escalationTimeInMinutes: 1 })).not.toHaveProperty('approvalStageTimeOutInDays');
  });

  it('that was read and is sent back, with what rides along or without it, changes nothing', () => {
    const read = policyToBeta({ requestApprovalSettings: { stages: [halfAnHour] } })['requestApprovalSettings'] as { readonly approvalStages: readonly JsonRecord[] };
    const [stage = {}] = read.approvalStages;
    expect(stage).toMatchObject({ approvalStageTimeOutInDays: 1, escalationTimeInMinutes: 2, durationBeforeAutomaticDenial: 'PT30M', durationBeforeEscalation: 'PT90S', requiredApprovalCount: 2 });
    const bare = { approvalStageTimeOutInDays: 1, escalationTimeInMinutes: 2 };
    for (const sent of [stage, bare]) expect([denial(sent, halfAnHour), escalation(sent, halfAnHour)]).toEqual(['PT30M', 'PT90S']);
  });

  it('that somebody changes is changed', () => {
    expect([denial({ approvalStageTimeOutInDays: 2 }, halfAnHour), escalation({ escalationTimeInMinutes: 3 }, halfAnHour)]).toEqual(['P2D', 'PT3M']);
    expect(denial({ approvalStageTimeOutInDays: 2, durationBeforeAutomaticDenial: 'PT30M' }, halfAnHour)).toBe('P2D');
    expect(denial({ approvalStageTimeOutInDays: 1, durationBeforeAutomaticDenial: 'PT45M' }, halfAnHour)).toBe('PT45M');
    expect(denial({ approvalStageTimeOutInDays: 1, durationBeforeAutomaticDenial: 'P1D' }, halfAnHour)).toBe('P1D');
    expect(denial({ durationBeforeAutomaticDenial: 'P1D' }, halfAnHour)).toBe('P1D');
    expect(denial({}, halfAnHour)).toBe('P14D');
  });
});

describe('how many must approve', () => {
  const count = (stage: JsonRecord, before?: JsonRecord): unknown => stageOf(stage, before)['requiredApprovalCount'];

  it('is one, unless it is said; and stays where a client does not know of it', () => {
    expect([count({}), count({ requiredApprovalCount: 3 }), count({ requiredApprovalCount: null })]).toEqual([1, 3, 1]);
    expect([count({}, halfAnHour), count({ requiredApprovalCount: 3 }, halfAnHour), count({ requiredApprovalCount: null }, halfAnHour)]).toEqual([2, 3, 1]);
  });

  it('stays with the place of the stage', () => {
    const before = parsePolicy(policyRow({ requestApprovalSettings: { stages: [{}, halfAnHour] } }, keys));
    const { request_approval_settings: after } = policyRow({ requestApprovalSettings: { stages: [{}, {}, {}] } }, { ...keys, before });
    expect(after['stages']).toMatchObject([{ requiredApprovalCount: 1 }, { requiredApprovalCount: 2 }, { requiredApprovalCount: 1 }]);
  });
});

describe('the row of a policy', () => {
  const stageDefaults = {
    durationBeforeAutomaticDenial: 'P14D', isApproverJustificationRequired: false, isEscalationEnabled: false, durationBeforeEscalation: 'PT0S', approverInformationVisibility: 'default', requiredApprovalCount: 1,
    primaryApprovers: [], fallbackPrimaryApprovers: [], escalationApprovers: [], fallbackEscalationApprovers: [],
  };
  const requestorDefaults = {
    enableTargetsToSelfAddAccess: false, enableTargetsToSelfUpdateAccess: false, enableTargetsToSelfRemoveAccess: false, allowCustomAssignmentSchedule: false,
    enableOnBehalfRequestorsToAddAccess: false, enableOnBehalfRequestorsToUpdateAccess: false, enableOnBehalfRequestorsToRemoveAccess: false, onBehalfRequestors: [],
  };
  const empty = {
    id: 'p', access_package_id: 'k', display_name: '', description: null, allowed_target_scope: 'notSpecified', specific_allowed_targets: [], expiration: { type: 'notSpecified', duration: null, endDateTime: null },
    requestor_settings: requestorDefaults, request_approval_settings: { isApprovalRequiredForAdd: false, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: false, stages: [] },
    automatic_request_settings: null, review_settings: null, notification_settings: { isAssignmentNotificationDisabled: false }, questions: [], can_extend: false,
  };

  it('of an empty body gives nothing to anybody', () => { expect(policyRow({}, keys)).toEqual(empty); });

  it('takes null for what is missing', () => {
    expect(policyRow({ requestorSettings: { onBehalfRequestors: null }, requestApprovalSettings: { isApprovalRequiredForAdd: null, stages: [] }, automaticRequestSettings: null, reviewSettings: 'x' }, keys)).toEqual(empty);
  });

  it('keeps what a body says', () => {
    expect(policyRow({
      displayName: 'P', description: 'D', allowedTargetScope: 'allMemberUsers', specificAllowedTargets: [{ a: 1 }], requestorSettings: { enableTargetsToSelfAddAccess: true }, automaticRequestSettings: { requestAccessForAllowedTargets: true },
      requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [{ isEscalationEnabled: true, durationBeforeEscalation: null }] }, reviewSettings: { isEnabled: true }, notificationSettings: { isAssignmentNotificationDisabled: true }, canExtend: true,
    }, keys)).toEqual({
      ...empty, display_name: 'P', description: 'D', allowed_target_scope: 'allMemberUsers', specific_allowed_targets: [{ a: 1 }], requestor_settings: { ...requestorDefaults, enableTargetsToSelfAddAccess: true },
      automatic_request_settings: { requestAccessForAllowedTargets: true }, review_settings: { isEnabled: true }, notification_settings: { isAssignmentNotificationDisabled: true }, can_extend: true,
      request_approval_settings: { isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: false, stages: [{ ...stageDefaults, isEscalationEnabled: true }] },
    });
  });

  it.each<[JsonRecord, JsonRecord]>([
    [{ type: 'afterDuration', duration: 'P3D', endDateTime: '2030-01-01T00:00:00Z' }, { type: 'afterDuration', duration: 'P3D', endDateTime: null }], [{ type: 'afterDuration' }, { type: 'afterDuration', duration: null, endDateTime: null }],
    [{ type: 'afterDateTime', duration: 'P3D', endDateTime: '2030-01-01T00:00:00Z' }, { type: 'afterDateTime', duration: null, endDateTime: '2030-01-01T00:00:00Z' }], [{ type: 'afterDateTime' }, { type: 'afterDateTime', duration: null, endDateTime: null }],
    [{ type: 'noExpiration', duration: 'P3D', endDateTime: 'x' }, { type: 'noExpiration', duration: null, endDateTime: null }],
  ])('ends as its type says: %j', (expiration, expected) => { expect(policyRow({ expiration }, keys).expiration).toEqual(expected); });

  it('takes only a whole id of a question for one', () => {
    const id = 'AAAAAAAA-1111-4111-8111-BBBBBBBBBBBB';
    const ids = [id, `x${id}`, `${id}x`, id.replace('-1111', '-11111'), id.replaceAll('-', ''), undefined];
    expect(policyRow({ questions: ids.map((each) => ({ text: 'Why?', id: each })) }, { ...keys, questionIds: ['0', '1', '2', '3', '4'] }).questions).toEqual([
      { text: 'Why?', id: id.toLowerCase() }, { text: 'Why?', id: '1' }, { text: 'Why?', id: '2' }, { text: 'Why?', id: '3' }, { text: 'Why?', id: '4' }, { text: 'Why?', id: '' },
    ]);
  });
});

describe('display names', () => {
  const user = (more: JsonRecord) => ({ '@odata.type': '#microsoft.graph.singleUser', ...more });
  const objects = new Map([['u', { id: 'u', type: 'user', displayName: 'Una' }], ['n', { id: 'n', type: 'user', displayName: null }]]);
  const described = (body: JsonRecord) => describeSets(policyRow(body, keys), objects);

  it.each<[JsonRecord, JsonRecord]>([
    [{ userId: 'u' }, { description: 'Una' }], [{ userId: 'u', description: 'Mine' }, { description: 'Mine' }], [{ userId: 'n' }, { description: null }], [{ userId: 'x' }, { description: null }], [{}, { description: null }],
  ])('fill in a description: %j', (set, expected) => {
    expect(described({ specificAllowedTargets: [user(set)] }).specific_allowed_targets).toEqual([user({ ...set, ...expected })]);
  });

  it('stand wherever a set stands, and leave everything else as it is', () => {
    const [set, named] = [user({ userId: 'u' }), user({ userId: 'u', description: 'Una' })];
    const manager = { '@odata.type': '#microsoft.graph.targetManager', managerLevel: 1 };
    const after = described({ requestorSettings: { onBehalfRequestors: [set, manager] }, requestApprovalSettings: { stages: [{ primaryApprovers: [set] }] }, reviewSettings: { primaryReviewers: [set], schedule: { expiration: { type: 'x' } } } });
    expect(after.requestor_settings['onBehalfRequestors']).toEqual([named, manager]);
    expect(after.request_approval_settings).toMatchObject({ stages: [{ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: [named], escalationApprovers: [] }] });
    expect(after.review_settings).toEqual({ primaryReviewers: [named], schedule: { expiration: { type: 'x' } } });
    expect(described({}).review_settings).toBeNull();
  });
});
