import { describe, expect, it } from 'vitest';
import type { NotedStep, StepFacts } from '../model.ts';
import { decideMails, wantOf } from './audience.ts';

const step = (noun: string, [event, to]: readonly [string, string | null], more: Partial<NotedStep> = {}): NotedStep => ({ id: 7, noun, event, to, actorId: null, transitionId: 70, asked: null, at: '2026-11-17T00:00:00Z', ...more });
const [ofRequest, ofStage, ofAssignment] = ['accessPackageAssignmentRequest', 'approvalStage', 'accessPackageAssignment'] as const;
const request: NonNullable<StepFacts['request']> = { id: 'r', type: 'userAdd', justification: 'month end', startsAt: null, expiration: null, failures: [], denial: null, callback: null, wasScheduled: false };
const assignment: NonNullable<StepFacts['assignment']> = { id: 'a', startsAt: '2026-11-01T00:00:00Z', endsAt: '2026-12-01T00:00:00Z', isLive: true, isRemoved: false, removal: null };
const asked = { id: 'cy', role: 'primary', isOpening: true };

/** Ann asks for Bob; Cy decides. */
const factsOf = (given: Partial<StepFacts> & Pick<StepFacts, 'step'>): StepFacts => ({
  packageName: 'Payroll', policy: { isMuted: false, holdersMayExtend: true, guardiansMayExtend: true, expiration: { type: 'noExpiration' } }, request, assignment,
  stage: { id: 's', decideBy: '2026-12-01T00:00:00Z', toldIds: ['cy'], deciders: [{ id: 'cy', standsInFor: null, hasDecided: false }] },
  requestor: { id: 'ann', name: 'Ann', isPerson: true }, target: { id: 'bob', name: 'Bob', isPerson: true }, guardianIds: [], ...given,
});
const said = {
  packageName: 'Payroll', requestorName: 'Ann', targetName: 'Bob', isByReader: false, isForReader: false, isForRequestor: false, want: 'grant', justification: 'month end', reason: null, startsAt: null, endsAt: 'never', isEndEstimated: false,
  decideBy: '2026-12-01T00:00:00Z', outcome: null, standsInFor: null, isPartial: false, mayExtend: false,
};

describe('a whole message', () => {
  it('to whoever asked, and to whom it is for', () => {
    const message = { kind: 'requestReceived', key: 'requestReceived:70', threadId: 'r', stageId: 's', assignmentId: 'a', item: { kind: 'request', id: 'r' } };
    expect(decideMails(factsOf({ step: step(ofRequest, ['submit', 'pendingApproval']) }))).toEqual([
      { ...message, recipientId: 'ann', said: { ...said, isByReader: true } }, { ...message, recipientId: 'bob', said: { ...said, isForReader: true, mayExtend: true } },
    ]);
  });

  it('to somebody who asked for themselves, of what was given in part', () => {
    const ann = { id: 'ann', name: 'Ann', isPerson: true };
    expect(decideMails(factsOf({ step: step(ofRequest, ['deliveryDone', 'partiallyDelivered'], { transitionId: null }), target: ann, assignment: { ...assignment, endsAt: null }, stage: null }))).toEqual([{
      kind: 'accessDelivered', key: 'accessDelivered:r:partiallyDelivered', threadId: 'r', stageId: null, assignmentId: 'a', item: { kind: 'assignment', id: 'a' }, recipientId: 'ann',
      said: { ...said, targetName: 'Ann', isByReader: true, isForReader: true, isForRequestor: true, startsAt: '2026-11-01T00:00:00Z', decideBy: null, isPartial: true, mayExtend: true },
    }]);
  });

  it('to who decides, where nobody is known to have asked', () => {
    expect(decideMails(factsOf({ step: step(ofStage, ['asked', null], { asked }), requestor: null, assignment: null }))).toEqual([{
      kind: 'decisionNeeded', key: 'asked:s', threadId: 'r', stageId: 's', assignmentId: null, item: { kind: 'approval', id: 'r' }, recipientId: 'cy', said: { ...said, requestorName: null },
    }]);
  });

  it('to who has access, where its request is gone', () => {
    expect(decideMails(factsOf({ step: step(ofAssignment, ['end', 'expired'], { transitionId: null }), request: null, requestor: null, stage: null }))).toEqual([{
      kind: 'accessEnded', key: 'accessEnded:7', threadId: 'a', stageId: null, assignmentId: 'a', item: { kind: 'assignment', id: 'a' }, recipientId: 'bob',
      said: { ...said, requestorName: null, isForReader: true, justification: null, startsAt: '2026-11-01T00:00:00Z', endsAt: '2026-12-01T00:00:00Z', decideBy: null, mayExtend: true },
    }]);
  });

  it.each([['accessBegins', { ...request, wasScheduled: true }], ['accessExtended', { ...request, type: 'userUpdate' as const }]])('of %s leads to the access', (kind, given) => {
    expect(decideMails(factsOf({ step: step(ofRequest, ['deliveryDone', 'delivered']), request: given }))[0]).toMatchObject({ kind, item: { kind: 'assignment', id: 'a' } });
  });
});

describe('what is missing behind a step', () => {
  it('keeps nobody from being told of the rest, and tells nobody else', () => {
    const bare = { request: null, stage: null, assignment: null, requestor: null };
    const kinds = (...[noun, at, more]: Parameters<typeof step>): readonly string[] => decideMails(factsOf({ step: step(noun, at, more), ...bare })).map(({ kind, recipientId, key }) => `${kind} ${recipientId} ${key}`);
    expect(kinds(ofRequest, ['submit', 'pendingApproval'])).toEqual([]);
    expect(kinds(ofRequest, ['cancel', 'canceled'])).toEqual(['requestCanceled bob requestCanceled:70']);
    expect(kinds(ofRequest, ['deliveryDone', 'delivered'])).toEqual([]);
    expect(kinds(ofRequest, ['deliveryDone', 'deliveryFailed'])).toEqual(['deliveryFailed bob deliveryFailed::deliveryFailed']);
    for (const event of ['remind', 'approve', 'asked']) expect(kinds(ofStage, [event, 'Completed'], event === 'asked' ? { asked } : {})).toEqual([]);
    for (const event of ['end', 'endNears']) expect(kinds(ofAssignment, [event, 'expired'])).toEqual([]);
    expect(decideMails(factsOf({ step: step(ofRequest, ['stageDenied', 'denied']), ...bare }))[0]).toMatchObject({ threadId: '', item: { kind: 'request', id: '' }, said: { reason: null, endsAt: 'never', startsAt: null } });
    expect(decideMails(factsOf({ step: step(ofStage, ['asked', null]) }))).toEqual([]);
  });

  it('is told once to somebody in two qualities, in the better one', () => {
    const stage = { id: 's', decideBy: null, toldIds: [], deciders: [{ id: 'di', standsInFor: { id: 'cy', name: 'Cy' }, hasDecided: false }, { id: 'di', standsInFor: null, hasDecided: false }] };
    expect(decideMails(factsOf({ step: step(ofStage, ['remind', 'InProgress']), stage })).map(({ recipientId, said: { standsInFor } }) => [recipientId, standsInFor])).toEqual([['di', null]]);
    expect(decideMails(factsOf({ step: step(ofStage, ['remind', 'InProgress']), stage: { ...stage, deciders: stage.deciders.slice(0, 1) } })).map(({ said: { standsInFor } }) => standsInFor)).toEqual(['Cy']);
  });
});

describe('what a request wants', () => {
  it.each([['userAdd', 'grant'], ['adminUpdate', 'change'], ['systemRemove', 'removal'], ['notSpecified', 'grant']] as const)('%s: %s', (type, want) => { expect(wantOf({ request: { ...request, type } })).toBe(want); });
  it('is a grant where there is none', () => { expect(wantOf({ request: null })).toBe('grant'); });
});
