import { describe, expect, it } from 'vitest';
import { calloutLife, type CalloutEvent, type CalloutState } from '../machine.ts';
import { judgeAnswer, noticeReached, passCallout, pauseAfter } from './calls.ts';

describe('a call', () => {
  const all = calloutLife.states.flatMap((state) => calloutLife.events.map((event): [CalloutState, CalloutEvent] => [state, event]));
  it.each(all)('%s, %s: leaves the queue or is tried again when it was pending', (state, event) => {
    for (const facts of [{ waits: true, hasRetries: false }, { waits: false, hasRetries: true }]) {
      const passage = passCallout(state, event, facts);
      if (passage !== undefined) expect([passage.triesAgain, passage.leavesQueue].filter(Boolean)).toHaveLength(state === 'pending' ? 1 : 0);
    }
  });
  it('passes from state to state, and is tried again while it may be', () => {
    const pass = (event: CalloutEvent, waits: boolean, hasRetries: boolean) => passCallout('pending', event, { waits, hasRetries });
    expect(pass('answered', true, true)).toEqual({ from: 'pending', to: 'waitingForCallback', triesAgain: false, leavesQueue: true });
    expect(pass('answered', false, true)).toEqual({ from: 'pending', to: 'calloutSent', triesAgain: false, leavesQueue: true });
    expect(pass('failed', true, true)).toEqual({ from: 'pending', to: 'pending', triesAgain: true, leavesQueue: false });
    expect(pass('failed', true, false)).toEqual({ from: 'pending', to: 'calloutFailed', triesAgain: false, leavesQueue: true });
    expect(passCallout('calloutSent', 'callback', { waits: true, hasRetries: true })).toBeUndefined();
  });
  it('pauses longer each time, and an hour at most', () => {
    expect([1, 2, 3, 4, 5, 9].map((attempt) => pauseAfter(attempt) / 1000)).toEqual([10, 50, 250, 1250, 3600, 3600]);
  });
});

describe('an answer', () => {
  it.each([200, 202, 299])('%i is an acceptance', (status) => { expect(judgeAnswer(status, undefined)).toEqual({ isAccepted: true, correlationId: undefined }); });
  it.each([300, 301, 399])('%i leads elsewhere, where nobody goes', (status) => {
    expect(judgeAnswer(status, 'run')).toEqual({ isAccepted: false, isFinal: true, why: `The endpoint answered ${status}: redirects are not followed.` });
  });
  it.each([199, 400, 404, 407, 409, 424, 426, 428, 430, 499])('%i is final', (status) => { expect(judgeAnswer(status, 'run')).toEqual({ isAccepted: false, isFinal: true, why: `The endpoint answered ${status}.` }); });
  it.each([408, 425, 429, 500, 503])('%i passes', (status) => { expect(judgeAnswer(status, 'run')).toEqual({ isAccepted: false, isFinal: false, why: `The endpoint answered ${status}.` }); });

  it.each(['run-08584', 'a.b:c=d_e-f', '1', 'x'.repeat(128)])('says how its run is called: %s', (id) => { expect(judgeAnswer(200, id)).toEqual({ isAccepted: true, correlationId: id }); });
  it.each(['x\ny', 'run 1', ' run', 'run ', '', 'x'.repeat(129), '<b>'])('says nothing of its run that could not be one: %j', (id) => { expect(judgeAnswer(200, id)).toEqual({ isAccepted: true, correlationId: undefined }); });
});

describe('the stage before an end', () => {
  const end = new Date('2026-03-01T00:00:00Z');
  it.each([
    ['2026-02-14T23:59:59.999Z', undefined, '2026-02-15T00:00:00.000Z'], ['2026-02-15T00:00:00Z', 'assignmentFourteenDaysBeforeExpiration', '2026-02-28T00:00:00.000Z'],
    ['2026-02-27T23:59:59.999Z', 'assignmentFourteenDaysBeforeExpiration', '2026-02-28T00:00:00.000Z'], ['2026-02-28T00:00:00Z', 'assignmentOneDayBeforeExpiration', undefined], ['2026-03-02T00:00:00Z', 'assignmentOneDayBeforeExpiration', undefined],
  ])('at %s is the one that was reached last, %s, and the next is known', (at, stage, next) => {
    expect(noticeReached(end, new Date(at))).toEqual({ stage, nextAt: next === undefined ? undefined : new Date(next) });
  });
});
