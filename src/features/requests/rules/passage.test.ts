import { describe, expect, it } from 'vitest';
import { approversStage } from '../../extensions/model.ts';
import type { RequestEvent, RequestFacts } from '../machine.ts';
import { requestStates, type RequestState } from '../model.ts';
import { isCompleted, passThrough, requestSteps, type Passage } from './passage.ts';

const plain: RequestFacts = { needsApproval: false, asksForApprovers: false, waitsWhenCreated: false, waitsWhenApproved: false, hasMoreStages: false, startsLater: false, outcome: 'all' };
const nothing: Omit<Passage, 'state' | 'moves'> = { opensStage: false, closesStages: false, isScheduled: false, calls: [], waits: false, keepsAssignment: false, next: [] };
const way = ([state, event]: readonly [RequestState, RequestEvent], facts: Partial<RequestFacts> = {}) => {
  const taken = passThrough({ state, event }, { ...plain, ...facts });
  if (taken === undefined) return undefined;
  const { moves, ...rest } = taken;
  return { ...rest, moves: moves.map(({ from, event: by, to }) => `${from ?? ''} ${by} ${to}`) };
};

describe('the way of a request', () => {
  it('leads at once to the end where nobody is asked', () => {
    expect(way(['submitted', 'submit'])).toEqual({ ...nothing, state: 'delivered', keepsAssignment: true, calls: ['assignmentRequestCreated', 'assignmentRequestApproved', 'assignmentRequestGranted'], moves: ['submitted submit delivering', 'delivering deliveryDone delivered'] });
  });

  it.each<[string, readonly [RequestState, RequestEvent], Partial<RequestFacts>, object]>([
    ['a stage', ['submitted', 'submit'], { needsApproval: true }, { state: 'pendingApproval', opensStage: true, calls: ['assignmentRequestCreated'], moves: ['submitted submit pendingApproval'] }],
    ['who names approvers', ['submitted', 'resumeCreated'], { needsApproval: true, asksForApprovers: true }, { state: 'pendingApproval', waits: true, calls: [approversStage], moves: ['submitted resumeCreated pendingApproval'] }],
    ['an extension', ['submitted', 'submit'], { waitsWhenCreated: true }, { state: 'submitted', waits: true, calls: ['assignmentRequestCreated'], moves: ['submitted submit submitted'] }],
    ['its start', ['pendingApproval', 'stageApproved'], { startsLater: true }, { state: 'scheduled', isScheduled: true, calls: ['assignmentRequestApproved'], moves: ['pendingApproval stageApproved scheduled'] }],
    ['nothing more when it is denied', ['pendingApproval', 'stageDenied'], {}, { state: 'denied', closesStages: true, moves: ['pendingApproval stageDenied denied'] }],
    ['another try', ['deliveryFailed', 'reprocess'], { outcome: 'none' }, { state: 'deliveryFailed', moves: ['deliveryFailed reprocess delivering', 'delivering deliveryDone deliveryFailed'] }],
  ])('waits for %s', (...[, at, facts, expected]) => { expect(way(at, facts)).toEqual({ ...nothing, ...expected }); });

  it('is none where the event is not possible', () => { expect(way(['denied', 'submit'])).toBeUndefined(); });
});

describe('a step that leads to nothing else', () => {
  it('is taken where a stage is open, and nowhere else', () => {
    expect(requestSteps('pendingApproval', 'stageEscalated')).toEqual([{ from: 'pendingApproval', event: 'stageEscalated', to: 'pendingApproval' }]);
    expect(requestSteps('delivered', 'stageEscalated')).toEqual([]);
  });
});

describe('a request that is completed', () => {
  it('has an end that stands', () => {
    expect(requestStates.filter(isCompleted).toSorted()).toEqual(['canceled', 'delivered', 'deliveryFailed', 'denied', 'partiallyDelivered']);
  });
});
