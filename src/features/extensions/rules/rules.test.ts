import { describe, expect, it } from 'vitest';
import { calloutLife, type CalloutEvent, type CalloutState } from '../machine.ts';
import { calloutStages, callSettings, extensionTypes, type Extension } from '../model.ts';
import { judgeAnswer, noticeReached, passCallout, pauseAfter } from './calls.ts';
import { extensionReasons, fitsStage, stageReasons } from './config.ts';

const flow = { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', url: 'https://flows.example.com/x?sig=1' };
const extension: Extension = { id: 'e', catalogId: 'c', type: 'accessPackageAssignmentRequestWorkflowExtension', displayName: 'e', description: null, endpoint: flow, authentication: null, client: null, callback: null };
const codes = (more: Partial<Extension>): readonly string[] => extensionReasons({ ...extension, ...more }).map(({ code }) => code);

describe('an extension', () => {
  it.each<[string, Partial<Extension>, readonly string[]]>([
    ['with an address', {}, []],
    ['of an http endpoint', { endpoint: { targetUrl: 'https://a.example.com' } }, []],
    ['in Azure', { endpoint: { subscriptionId: 's', resourceGroupName: 'g', logicAppWorkflowName: 'w' } }, []],
    ['nowhere', { endpoint: { subscriptionId: 's', resourceGroupName: 'g' } }, ['noAddress']],
    ['with a password', { endpoint: { url: 'https://u:p@example.com/' } }, ['address']],
    ['at no URL', { endpoint: { url: 'flows' } }, ['address']],
    ['that waits an hour', { callback: { timeoutDuration: 'PT1H' } }, []],
    ['that waits four minutes', { callback: { timeoutDuration: 'PT4M' } }, ['timeoutDuration']],
    ['that waits fifteen days', { callback: { timeoutDuration: 'P15D' } }, ['timeoutDuration']],
    ['before the end, that waits', { type: 'accessPackageAssignmentWorkflowExtension', callback: { timeoutDuration: 'PT1H' } }, ['cannotWait']],
    ['that chooses approvers', { callback: { '@odata.type': '#microsoft.graph.accessPackageRequestApprovalStageCallbackConfiguration', timeoutDuration: 'PT1H' } }, []],
    ['with all limits broken', { client: { maximumRetries: 11, timeoutInMilliseconds: 10 } }, ['maximumRetries', 'timeoutInMilliseconds']],
    ['with Graph\'s limits', { client: { maximumRetries: 1, timeoutInMilliseconds: 2000 } }, []],
  ])('%s', (_, more, expected) => { expect(codes(more)).toEqual(expected); });

  it('is called as it says, else as usual', () => {
    expect(callSettings({ ...extension, client: { maximumRetries: 0, timeoutInMilliseconds: 500 }, authentication: { resourceId: 'r' } })).toEqual({ url: flow.url, audience: 'r', retries: 0, timeoutMs: 500 });
    expect(callSettings(extension)).toEqual({ url: flow.url, audience: undefined, retries: 5, timeoutMs: 2000 });
  });

  it('fits the stages of its type', () => {
    expect(extensionTypes.map((type) => calloutStages.filter((stage) => fitsStage(type, stage)).length)).toEqual([5, 2, 7]);
  });
});

describe('a policy', () => {
  const found = [{ id: 'a', catalogId: 'c', type: 'accessPackageAssignmentRequestWorkflowExtension' }, { id: 'b', catalogId: 'c', type: 'accessPackageAssignmentWorkflowExtension' }, { id: 'z', catalogId: 'other', type: 'accessPackageAssignmentRequestWorkflowExtension' }] as const;
  const reasons = (...settings: Parameters<typeof stageReasons>[0]): readonly string[] => stageReasons(settings, { catalogId: 'c', found }).map(({ code }) => code);
  it('calls extensions of its own catalog, one at each stage, that fit', () => {
    expect(reasons({ stage: 'assignmentRequestCreated', extensionId: 'a' }, { stage: 'assignmentRequestRemoved', extensionId: 'a' }, { stage: 'assignmentOneDayBeforeExpiration', extensionId: 'b' })).toEqual([]);
    expect(reasons({ stage: 'assignmentRequestCreated', extensionId: 'a' }, { stage: 'assignmentRequestCreated', extensionId: 'a' })).toEqual(['stageTwice']);
    expect(reasons({ stage: 'assignmentOneDayBeforeExpiration', extensionId: 'a' }, { stage: 'assignmentRequestGranted', extensionId: 'b' })).toEqual(['wrongExtension', 'wrongExtension']);
  });
  it('learns nothing of extensions elsewhere', () => {
    const [one, other] = [stageReasons([{ stage: 'assignmentRequestCreated', extensionId: 'z' }], { catalogId: 'c', found }), stageReasons([{ stage: 'assignmentRequestCreated', extensionId: 'q' }], { catalogId: 'c', found })];
    expect(one.map(({ message }) => message.replace('z', 'q'))).toEqual(other.map(({ message }) => message));
  });
});

describe('a call', () => {
  const all = calloutLife.states.flatMap((state) => calloutLife.events.map((event): [CalloutState, CalloutEvent] => [state, event]));
  it.each(all)('%s, %s: leaves the queue or is tried again when it was pending', (state, event) => {
    for (const facts of [{ waits: true, hasRetries: false }, { waits: false, hasRetries: true }]) {
      const passage = passCallout(state, event, facts);
      if (passage !== undefined) expect(passage.triesAgain || passage.leavesQueue).toBe(state === 'pending');
    }
  });
  it('is judged by its status', () => {
    expect([200, 202, 301, 400, 404, 408, 429, 500, 503].map((status) => { const result = judgeAnswer(status, undefined); return result.isAccepted ? 'yes' : result.isFinal ? 'never' : 'again'; }))
      .toEqual(['yes', 'yes', 'never', 'never', 'never', 'again', 'again', 'again', 'again']);
    expect([judgeAnswer(200, 'run-08584'), judgeAnswer(200, 'x\ny')]).toEqual([{ isAccepted: true, correlationId: 'run-08584' }, { isAccepted: true, correlationId: undefined }]);
  });
  it('pauses longer each time, and an hour at most', () => {
    expect([1, 2, 3, 4, 5, 9].map((attempt) => pauseAfter(attempt) / 1000)).toEqual([10, 50, 250, 1250, 3600, 3600]);
  });
});

describe('the stage before an end', () => {
  const end = new Date('2026-03-01T00:00:00Z');
  const at = (text: string): readonly unknown[] => { const { stage, nextAt } = noticeReached(end, new Date(text)); return [stage, nextAt?.toISOString()]; };
  it('is the one that was reached last, and the next is known', () => {
    expect(at('2026-02-14T23:59:59Z')).toEqual([undefined, '2026-02-15T00:00:00.000Z']);
    expect(at('2026-02-15T00:00:00Z')).toEqual(['assignmentFourteenDaysBeforeExpiration', '2026-02-28T00:00:00.000Z']);
    expect(at('2026-02-28T00:00:00Z')).toEqual(['assignmentOneDayBeforeExpiration', undefined]);
  });
});
