import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { parsePolicy } from '../model.ts';
import { policyFromBody } from './from-beta.ts';
import { policyRow } from './row.ts';
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
