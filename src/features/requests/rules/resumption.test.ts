import { describe, expect, it } from 'vitest';
import { approversStage, waitsForCaller, type CalloutStage } from '../../extensions/model.ts';
import { asksForApprovers, planCalls } from './callouts.ts';
import { chooseResumption, type Callback } from './resumption.ts';

const said: Callback = { source: 'flow', type: null, stage: null, calloutId: 'c', detail: 'd', state: null, approvalStage: null };
const choose = (stage: CalloutStage, more: Partial<Callback> = {}): unknown => {
  const decision = chooseResumption({ ...said, stage, ...more }, { waitsFor: 'c', stage });
  return decision.ok ? decision.value.event : decision.reasons.map(({ code, target }) => `${code} ${target ?? ''}`);
};

describe('a callback', () => {
  it.each<[CalloutStage, Partial<Callback>, unknown]>([
    ['assignmentRequestCreated', {}, 'resumeCreated'],
    ['assignmentRequestApproved', {}, 'resumeApproved'],
    [approversStage, { approvalStage: {} }, 'approversNamed'],
    [approversStage, { approvalStage: {}, type: 'microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestCreated' }, 'approversNamed'],
    [approversStage, { approvalStage: {}, type: `microsoft.graph.accessPackageCustomExtensionStage.${approversStage}` }, 'approversNamed'],
    [approversStage, { approvalStage: {}, type: 'microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestApproved' }, ['wrongStage type']],
    [approversStage, {}, ['approversMissing data/approvalStage']],
    [approversStage, { state: 'Denied' }, 'callbackDenied'],
    [approversStage, { state: 'canceled' }, 'callbackCanceled'],
    [approversStage, { approvalStage: {}, stage: 'assignmentRequestCreated' }, ['wrongStage data/stage']],
    ['assignmentRequestCreated', { approvalStage: {} }, ['noApproversWanted data/approvalStage']],
    ['assignmentRequestApproved', { state: 'denied' }, 'callbackDenied'],
    ['assignmentRequestApproved', { type: 'microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestCreated' }, ['wrongStage type']],
    ['assignmentRequestCreated', { calloutId: 'x', stage: 'x', state: 'x' }, ['wrongInstance data/customExtensionStageInstanceId', 'wrongStage data/stage', 'wrongState data/state']],
  ])('at %s with %j', (...[stage, more, expected]) => {
    expect(choose(stage, more)).toEqual(expected);
  });

  it('keeps what was said', () => {
    expect(chooseResumption({ ...said, stage: 'assignmentRequestCreated' }, { waitsFor: 'C', stage: 'assignmentRequestCreated' })).toEqual({ ok: true, value: { event: 'resumeCreated', detail: 'd', source: 'flow' } });
  });
});

describe('a callback that is not the one', () => {
  const told = (stage: CalloutStage | null, more: Partial<Callback>): unknown => {
    const decision = chooseResumption({ ...said, stage, ...more }, { waitsFor: 'c', stage });
    return decision.ok ? decision.value.event : decision.reasons.map(({ message }) => message);
  };
  it.each<[CalloutStage | null, Partial<Callback>, readonly string[]]>([
    ['assignmentRequestCreated', { calloutId: 'x' }, ["The request does not wait for the call 'x'. Send the CustomExtensionStageInstanceId that the extension was called with last."]],
    ['assignmentRequestCreated', { calloutId: null }, ["The request does not wait for the call ''. Send the CustomExtensionStageInstanceId that the extension was called with last."]],
    ['assignmentRequestCreated', { stage: 'x' }, ["The request waits at the stage assignmentRequestCreated, not at 'x'."]],
    ['assignmentRequestCreated', { stage: null }, ["The request waits at the stage assignmentRequestCreated, not at ''."]],
    [null, { stage: 'x' }, ["The request waits at the stage , not at 'x'."]],
    ['assignmentRequestCreated', { type: 'x' }, ['The request waits at the stage assignmentRequestCreated: send type microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestCreated.']],
    [null, { type: 'x' }, ['The request waits at the stage : send type microsoft.graph.accessPackageCustomExtensionStage..']],
    ['assignmentRequestCreated', { state: 'approved' }, ["'approved' is no state that a callback can set. Send denied or canceled, or leave it out to go on."]],
    ['assignmentRequestCreated', { approvalStage: {} }, ['The request waits at the stage assignmentRequestCreated, where nobody asks for approvers. Leave approvalStage out.']],
    [null, { approvalStage: {} }, ['The request waits at the stage , where nobody asks for approvers. Leave approvalStage out.']],
    [approversStage, {}, ['The request waits for the approvers of a stage. Send an approvalStage that names them, or state denied or canceled.']],
  ])('at %s with %j is told what to send', (stage, more, expected) => { expect(told(stage, more)).toEqual(expected); });

  it.each(['#microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestApproved', 'accessPackageCustomExtensionStage.ASSIGNMENTREQUESTAPPROVED', 'assignmentRequestApproved'])('unlike one of type %s', (named) => {
    expect(told('assignmentRequestApproved', { type: named })).toBe('resumeApproved');
  });

  it('unlike one for a request whose stage is not known any more', () => { expect(told(null, {})).toBe('resumeCreated'); });
  it('by a type that only ends like it', () => { expect(told('assignmentRequestApproved', { type: 'x.accessPackageCustomExtensionStage.assignmentRequestApproved' })).toHaveLength(1); });
});

describe('an extension that is asked for approvers', () => {
  const extension = { stage: approversStage, extensionId: 'e', waitsFor: null } as const;
  const facts = { wish: 'Add', extensions: [extension], isNewlyGranted: false } as const;

  it('is always waited for, as long as it says, else the longest', () => {
    expect(planCalls({ calls: [approversStage], waits: true }, facts)).toEqual([{ ...extension, waitsFor: waitsForCaller }]);
    expect(planCalls({ calls: [approversStage], waits: true }, { ...facts, extensions: [{ ...extension, waitsFor: 'PT1H' }] })).toEqual([{ ...extension, waitsFor: 'PT1H' }]);
    expect(planCalls({ calls: ['assignmentRequestApproved'], waits: true }, { ...facts, extensions: [{ ...extension, stage: 'assignmentRequestApproved' }] })).toMatchObject([{ waitsFor: null }]);
  });

  it('is asked for a stage that is dynamic, by a policy that still names it', () => {
    expect(asksForApprovers({ isDynamic: true }, [extension])).toBe(true);
    expect(asksForApprovers({ isDynamic: false }, [extension])).toBe(false);
    expect(asksForApprovers(undefined, [extension])).toBe(false);
    expect(asksForApprovers({ isDynamic: true }, [{ ...extension, stage: 'assignmentRequestCreated' }])).toBe(false);
  });
});
