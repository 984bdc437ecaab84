import { describe, expect, it } from 'vitest';
import { stageEvents, stageStates } from '../../approvals/machine.ts';
import { assignmentStates } from '../../assignments/machine.ts';
import { requestEvents } from '../../requests/machine.ts';
import { requestStates } from '../../requests/model.ts';
import { accessKinds, decisionKinds, type Message, type NotedStep, type StepFacts } from '../model.ts';
import { decideMails } from './audience.ts';

const step = (noun: string, [event, to]: readonly [string, string | null], more: Partial<NotedStep> = {}): NotedStep => ({ id: 7, noun, event, to, actorId: null, transitionId: 70, asked: null, at: '2026-11-17T00:00:00Z', ...more });
const requestNoun = 'accessPackageAssignmentRequest';

/** Ann asks for Bob; Cy and Di decide, Di in the place of Cy. */
function factsOf(given: Partial<StepFacts> & Pick<StepFacts, 'step'>): StepFacts {
  return {
    packageName: 'Payroll', policy: { isMuted: false, holdersMayExtend: true, guardiansMayExtend: true, expiration: { type: 'noExpiration' } },
    request: { id: 'r', type: 'userAdd', justification: 'month end', startsAt: null, expiration: null, failures: [], denial: null, callback: null, wasScheduled: false },
    stage: { id: 's', decideBy: '2026-12-01T00:00:00Z', toldIds: ['cy', 'di'], deciders: [{ id: 'cy', standsInFor: null, hasDecided: false }, { id: 'di', standsInFor: { id: 'cy', name: 'Cy' }, hasDecided: false }] },
    assignment: { id: 'a', startsAt: '2026-11-01T00:00:00Z', endsAt: '2026-12-01T00:00:00Z', isLive: true, isRemoved: false, removal: null },
    requestor: { id: 'ann', name: 'Ann', isPerson: true }, target: { id: 'bob', name: 'Bob', isPerson: true }, guardianIds: [], ...given,
  };
}

const told = (facts: StepFacts): readonly string[] => decideMails(facts).map(({ kind, recipientId }) => `${kind} → ${recipientId}`);
const only = (facts: StepFacts): Message => decideMails(facts)[0] ?? expect.unreachable('nobody is told');

/** Every event with every state that it could lead to, as far as somebody is told. */
function table(noun: string, events: readonly string[], states: readonly string[]): readonly string[] {
  return events.flatMap((event) => states.flatMap((to) => {
    const lines = told(factsOf({ step: step(noun, [event, to]) }));
    return lines.length === 0 ? [] : [`${event} ${to}: ${lines.join(', ')}`];
  }));
}

describe('who is told of a step of a request', () => {
  it('is the requestor and the person it is for, of what matters to them', () => {
    const toBoth = (kind: string): string => `${kind} → ann, ${kind} → bob`;
    const expected = [
      ...['submitted', 'pendingApproval', 'scheduled'].map((to) => `submit ${to}: ${toBoth('requestReceived')}`),
      ...['stageApproved', 'resumeCreated', 'resumeApproved'].map((event) => `${event} scheduled: ${toBoth('requestApproved')}`),
      ...requestEvents.map((event) => `${event} denied: ${toBoth(event.endsWith('TimedOut') ? 'requestExpired' : 'requestDenied')}`),
      ...requestEvents.map((event) => `${event} canceled: ${toBoth('requestCanceled')}`),
      `deliveryDone deliveryFailed: ${toBoth('deliveryFailed')}`, `deliveryDone delivered: ${toBoth('accessDelivered')}`, `deliveryDone partiallyDelivered: ${toBoth('accessDelivered')}`,
    ];
    expect(table(requestNoun, requestEvents, requestStates).toSorted()).toEqual(expected.toSorted());
  });

  const request = factsOf({ step: step(requestNoun, ['', null]) }).request;
  const ofType = (type: NonNullable<typeof request>['type'], [event, to]: readonly [string, string], more: object = {}): readonly string[] => (
    request === null ? [] : told(factsOf({ step: step(requestNoun, [event, to]), request: { ...request, type, ...more } })));

  it('is not the administrator who gives access, except that it failed', () => {
    expect(ofType('adminAdd', ['deliveryDone', 'delivered'])).toEqual(['accessDelivered → bob']);
    expect(ofType('adminUpdate', ['deliveryDone', 'delivered'])).toEqual(['accessExtended → bob']);
    expect(ofType('adminAdd', ['deliveryDone', 'deliveryFailed'])).toEqual(['deliveryFailed → ann', 'deliveryFailed → bob']);
    expect(ofType('adminAdd', ['submit', 'scheduled'])).toEqual([]);
    expect(ofType('adminAdd', ['stageApproved', 'scheduled'])).toEqual([]);
    expect(ofType('systemAdd', ['submit', 'pendingApproval'])).toEqual([]);
    expect(ofType('approverRemove', ['submit', 'pendingApproval'])).toEqual(['requestReceived → ann', 'requestReceived → bob']);
  });

  it('hears of another end, and of a beginning that was waited for; a removal is told with the end of access', () => {
    expect(ofType('userUpdate', ['deliveryDone', 'delivered'])).toEqual(['accessExtended → ann', 'accessExtended → bob']);
    expect(ofType('userAdd', ['deliveryDone', 'delivered'], { wasScheduled: true })).toEqual(['accessBegins → ann', 'accessBegins → bob']);
    expect(ofType('userRemove', ['deliveryDone', 'delivered'])).toEqual([]);
  });

  it('is nobody of their own cancellation', () => {
    expect(told(factsOf({ step: step(requestNoun, ['cancel', 'canceled'], { actorId: 'ann' }) }))).toEqual(['requestCanceled → bob']);
  });

  it('is one person once, and persons only', () => {
    const [ann, agent] = [{ id: 'ann', name: 'Ann', isPerson: true }, { id: 'agent', name: 'Bot', isPerson: false }];
    const delivered = step(requestNoun, ['deliveryDone', 'delivered']);
    expect(told(factsOf({ step: delivered, target: ann }))).toEqual(['accessDelivered → ann']);
    expect(told(factsOf({ step: delivered, requestor: agent, target: agent, guardianIds: ['ann', 'cy'] }))).toEqual(['accessDelivered → ann', 'accessDelivered → cy']);
    expect(told(factsOf({ step: delivered, target: agent, guardianIds: ['ann', 'cy'] }))).toEqual(['accessDelivered → ann', 'accessDelivered → cy']);
    expect(told(factsOf({ step: step(requestNoun, ['submit', 'pendingApproval']), requestor: null, target: agent, guardianIds: ['ann'] }))).toEqual([]);
  });
});

describe('who is told of a step of a stage', () => {
  it('is who is reminded, and who need not decide any more', () => {
    const states = [...stageStates];
    expect(table('approvalStage', [...new Set([...stageEvents, 'escalate', 'remind', 'reassign'])], states)).toEqual(expect.arrayContaining([
      ...['approve', 'deny', 'timeOut', 'close'].flatMap((event) => ['Completed', 'Expired'].map((to) => `${event} ${to}: decisionNotNeeded → cy, decisionNotNeeded → di`)),
      ...states.map((to) => `remind ${to}: decisionReminder → cy, decisionReminder → di`),
    ]));
    expect(table('approvalStage', [...new Set([...stageEvents, 'escalate', 'remind', 'reassign'])], states)).toHaveLength(12);
  });

  const asked = (more: Partial<NonNullable<NotedStep['asked']>> = {}): StepFacts => factsOf({ step: step('approvalStage', ['asked', null], { transitionId: null, asked: { id: 'cy', role: 'primary', isOpening: true, ...more } }) });

  it('is who is asked, and who stands in', () => {
    expect(told(asked())).toEqual(['decisionNeeded → cy', 'decisionNeeded → di']);
    expect(decideMails(asked()).map(({ said }) => said.standsInFor)).toEqual([null, 'Cy']);
    expect(told(asked({ role: 'fallback' }))).toEqual(['decisionNeeded → cy', 'decisionNeeded → di']);
    expect(told(asked({ isOpening: false }))).toEqual(['decisionReassigned → cy', 'decisionReassigned → di']);
    expect(told(asked({ role: 'escalation', isOpening: false }))).toEqual(['decisionEscalated → cy', 'decisionEscalated → di']);
    expect(told(asked({ id: 'somebody else' }))).toEqual([]);
  });

  it('is not who stands in besides deciding in their own right, nor who has decided already, nor who has just decided', () => {
    const both = { id: 's', decideBy: null, toldIds: ['cy', 'di'], deciders: [{ id: 'di', standsInFor: { id: 'cy', name: null }, hasDecided: true }, { id: 'di', standsInFor: null, hasDecided: true }, { id: 'cy', standsInFor: null, hasDecided: false }] };
    expect(decideMails({ ...asked(), stage: both }).map(({ recipientId, said }) => [recipientId, said.standsInFor])).toEqual([['di', 'a colleague'], ['cy', null]]);
    expect(decideMails({ ...asked({ id: 'di' }), stage: both }).map(({ said }) => said.standsInFor)).toEqual([null]);
    expect(told(factsOf({ step: step('approvalStage', ['remind', 'InProgress']), stage: both }))).toEqual(['decisionReminder → cy']);
    expect(told(factsOf({ step: step('approvalStage', ['approve', 'Completed'], { actorId: 'cy' }) }))).toEqual(['decisionNotNeeded → di']);
  });

  it('says how it ended', () => {
    expect(['approve', 'deny', 'timeOut', 'close'].map((event) => only(factsOf({ step: step('approvalStage', [event, 'Completed']) })).said.outcome)).toEqual(['approved', 'denied', 'timedOut', 'closed']);
  });
});

describe('who is told of a step of an assignment', () => {
  const noun = 'accessPackageAssignment';
  const assignment = factsOf({ step: step(noun, ['end', 'expired']) }).assignment;
  const held = (more: object): StepFacts['assignment'] => (assignment === null ? null : { ...assignment, ...more });

  it('is the holder: of the end, of its coming, of a removal', () => {
    expect(table(noun, ['deliveryDone', 'changeEnd', 'end', 'reprocess'], assignmentStates)).toEqual(assignmentStates.map((to) => `end ${to}: accessEnded → bob`));
    expect(told(factsOf({ step: step(noun, ['endNears', null]) }))).toEqual(['accessEndsSoon → bob']);
    const removed = factsOf({ step: step(noun, ['end', 'expired'], { actorId: 'boss' }), assignment: held({ isRemoved: true, removal: 'moved' }) });
    expect([told(removed), only(removed).said.reason]).toEqual([['accessRemoved → bob'], 'moved']);
    expect(told({ ...removed, step: { ...removed.step, actorId: 'bob' } })).toEqual([]);
  });

  it('is told of an end that comes only while it comes, and a person only when more time may be asked for', () => {
    const nears = factsOf({ step: step(noun, ['endNears', null]) });
    expect(told({ ...nears, assignment: held({ isLive: false }) })).toEqual([]);
    expect(told({ ...nears, assignment: held({ endsAt: null }) })).toEqual([]);
    expect(told({ ...nears, assignment: null })).toEqual([]);
    expect(told({ ...nears, policy: { ...nears.policy, holdersMayExtend: false } })).toEqual([]);
  });

  it('is whoever answers for an agent or program, always', () => {
    const nears = factsOf({ step: step(noun, ['endNears', null]), target: { id: 'agent', name: 'Bot', isPerson: false }, guardianIds: ['cy', 'di'] });
    expect(decideMails(nears).map(({ recipientId, said }) => [recipientId, said.mayExtend])).toEqual([['cy', true], ['di', true]]);
    expect(decideMails({ ...nears, policy: { ...nears.policy, guardiansMayExtend: false } }).map(({ said }) => said.mayExtend)).toEqual([false, false]);
  });
});

describe('a policy that mutes its assignments', () => {
  it('mutes everything but what is said to those who decide', () => {
    const muted = { isMuted: true, holdersMayExtend: true, guardiansMayExtend: true, expiration: null };
    const steps = [
      ...requestEvents.flatMap((event) => requestStates.map((to) => step(requestNoun, [event, to]))), ...['end', 'endNears'].map((event) => step('accessPackageAssignment', [event, 'expired'])),
      step('approvalStage', ['asked', null], { asked: { id: 'cy', role: 'primary', isOpening: true } }), step('approvalStage', ['asked', null], { asked: { id: 'cy', role: 'primary', isOpening: false } }),
      step('approvalStage', ['asked', null], { asked: { id: 'cy', role: 'escalation', isOpening: false } }), step('approvalStage', ['remind', 'InProgress']), step('approvalStage', ['approve', 'Completed']),
    ];
    const kinds = (isMuted: boolean): readonly string[] => [...new Set(steps.flatMap((one) => decideMails(factsOf({ step: one, policy: { ...muted, isMuted } })).map(({ kind }) => kind)))].toSorted();
    expect(kinds(true)).toEqual([...decisionKinds].toSorted());
    expect(kinds(false)).toEqual([...decisionKinds, ...accessKinds.filter((kind) => !['accessBegins', 'accessExtended', 'accessRemoved'].includes(kind))].toSorted());
  });
});

describe('a message', () => {
  it('names what it tells once and for all', () => {
    const key = (facts: StepFacts): string => only(facts).key;
    expect(key(factsOf({ step: step(requestNoun, ['stageDenied', 'denied']) }))).toBe('requestDenied:70');
    expect(key(factsOf({ step: step(requestNoun, ['deliveryDone', 'deliveryFailed']) }))).toBe('deliveryFailed:r:deliveryFailed');
    expect(key(factsOf({ step: step('approvalStage', ['asked', null], { asked: { id: 'cy', role: 'fallback', isOpening: false } }) }))).toBe('asked:s');
    expect(key(factsOf({ step: step('approvalStage', ['asked', null], { asked: { id: 'cy', role: 'escalation', isOpening: false } }) }))).toBe('escalated:s');
    expect(key(factsOf({ step: step('approvalStage', ['remind', 'InProgress']) }))).toBe('decisionReminder:70');
    expect(key(factsOf({ step: step('accessPackageAssignment', ['endNears', null], { transitionId: null }) }))).toBe('accessEndsSoon:a:2026-12-01T00:00:00Z:assignmentFourteenDaysBeforeExpiration');
    expect(key(factsOf({ step: step('accessPackageAssignment', ['endNears', null], { at: '2026-11-30T00:00:00Z' }) }))).toContain('OneDay');
  });

  it('leads to the exact item', () => {
    const item = (facts: StepFacts): unknown => only(facts).item;
    expect(item(factsOf({ step: step(requestNoun, ['submit', 'pendingApproval']) }))).toEqual({ kind: 'request', id: 'r' });
    expect(item(factsOf({ step: step(requestNoun, ['deliveryDone', 'delivered']) }))).toEqual({ kind: 'assignment', id: 'a' });
    expect(item(factsOf({ step: step(requestNoun, ['deliveryDone', 'deliveryFailed']) }))).toEqual({ kind: 'request', id: 'r' });
    expect(item(factsOf({ step: step(requestNoun, ['deliveryDone', 'delivered']), assignment: null }))).toEqual({ kind: 'request', id: 'r' });
    expect(item(factsOf({ step: step('approvalStage', ['remind', 'InProgress']) }))).toEqual({ kind: 'approval', id: 'r' });
    expect(item(factsOf({ step: step('accessPackageAssignment', ['end', 'expired']) }))).toEqual({ kind: 'assignment', id: 'a' });
    expect(only(factsOf({ step: step('accessPackageAssignment', ['end', 'expired']), request: null })).threadId).toBe('a');
  });

  it('says why, in the words of whoever said it, else of the server', () => {
    const request = { id: 'r', type: 'userAdd', justification: null, startsAt: null, expiration: null, failures: ['One.', 'Two.'], denial: 'no', callback: 'checked', wasScheduled: false } as const;
    const reason = (event: string, to = 'denied', more: object = {}): string | null => only(factsOf({ step: step(requestNoun, [event, to]), request: { ...request, ...more } })).said.reason;
    expect([reason('stageDenied'), reason('callbackDenied'), reason('callbackCanceled', 'canceled'), reason('stageTimedOut'), reason('excluded')]).toEqual(['no', 'checked', 'checked', 'One. Two.', 'One. Two.']);
    expect([reason('stageDenied', 'denied', { denial: null }), reason('stageDenied', 'denied', { denial: null, failures: [] })]).toEqual(['One. Two.', null]);
  });

  it('tells the ends of access that stands, and of access that is only asked for', () => {
    const ends = (facts: StepFacts): unknown => { const { startsAt, endsAt, isEndEstimated } = only(facts).said; return [startsAt, endsAt, isEndEstimated]; };
    const asks = step(requestNoun, ['submit', 'pendingApproval']);
    expect(ends(factsOf({ step: step(requestNoun, ['deliveryDone', 'delivered']) }))).toEqual(['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', false]);
    expect(ends(factsOf({ step: asks }))).toEqual([null, 'never', false]);
    const policy = { isMuted: false, holdersMayExtend: false, guardiansMayExtend: false, expiration: { type: 'afterDuration', duration: 'P30D' } };
    expect(ends(factsOf({ step: asks, policy }))).toEqual([null, '2026-12-17T00:00:00.000Z', true]);
    const request = factsOf({ step: asks }).request;
    if (request === null) throw new Error('there is one');
    expect(ends(factsOf({ step: asks, policy, request: { ...request, startsAt: '2026-12-01T00:00:00Z' } }))).toEqual(['2026-12-01T00:00:00Z', '2026-12-31T00:00:00.000Z', false]);
    expect(ends(factsOf({ step: asks, policy, request: { ...request, expiration: { type: 'afterDateTime', endDateTime: '2026-12-05T00:00:00Z' } } }))).toEqual([null, '2026-12-05T00:00:00.000Z', false]);
    expect(ends(factsOf({ step: asks, policy: { ...policy, expiration: 'nonsense' }, request: { ...request, startsAt: 'nonsense' } }))).toEqual(['nonsense', null, false]);
  });
});
