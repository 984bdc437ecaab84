import { describe, expect, it } from 'vitest';
import { mailEvents, mailLife, mailStates } from '../machine.ts';
import { accessKinds, askingKinds, decisionKinds } from '../model.ts';
import { isNews, mayPass, passMail, patienceMs, pauseAfter, whyWithheld, type SendingFacts } from './sending.ts';

const facts: SendingFacts = { kind: 'decisionNeeded', address: 'ann@example.com', attempt: 1, ageMs: 0, stage: { status: 'InProgress', isDecider: true, wasAsked: true }, earlierAsks: 0, endsAt: '2026-12-01', saidEndsAt: '2026-12-01' };
const withheld = (more: Partial<SendingFacts>): string => whyWithheld({ ...facts, ...more }) ?? 'sent';
const stage = { status: 'InProgress', isDecider: true, wasAsked: true };

describe('whether a mail is still to be sent', () => {
  it('is no where there is nobody to read it', () => {
    for (const kind of [...decisionKinds, ...accessKinds]) expect(withheld({ kind, address: undefined })).toMatch(/^There is no address/);
  });

  it('is yes for a decision only while it is the reader\'s to make', () => {
    for (const kind of askingKinds) {
      expect(withheld({ kind })).toBe('sent');
      for (const status of ['Initializing', 'Completed', 'Expired']) expect(withheld({ kind, stage: { ...stage, status } })).toMatch(/^The decision has been made/);
      expect(withheld({ kind, stage: undefined })).toMatch(/^The decision has been made/);
      expect(withheld({ kind, stage: { ...stage, isDecider: false } })).toMatch(/^Somebody else/);
    }
  });

  it('is no for the sixth of the same questions within the hour', () => {
    expect([withheld({ earlierAsks: 4 }), withheld({ kind: 'decisionReminder', earlierAsks: 9 })]).toEqual(['sent', 'sent']);
    expect(withheld({ earlierAsks: 5 })).toMatch(/^The same was asked for/);
  });

  it('is no for the news that a decision is not needed which nobody had asked for', () => {
    const kind = 'decisionNotNeeded';
    expect(withheld({ kind, stage: { status: 'Completed', isDecider: false, wasAsked: true } })).toBe('sent');
    expect(withheld({ kind, stage: { ...stage, wasAsked: false } })).toMatch(/^Nobody had told/);
    expect(withheld({ kind, stage: undefined })).toMatch(/^Nobody had told/);
  });

  it('is no for an end that has moved or passed', () => {
    expect(withheld({ kind: 'accessEndsSoon', stage: undefined })).toBe('sent');
    expect(withheld({ kind: 'accessEndsSoon', endsAt: '2027-01-01' })).toMatch(/^The access has ended/);
    expect(withheld({ kind: 'accessEndsSoon', endsAt: undefined })).toMatch(/^The access has ended/);
  });

  it('is no for what is old when it could first be told, unless a decision still waits', () => {
    expect(withheld({ kind: 'accessDelivered', ageMs: patienceMs })).toMatch(/no news any more/);
    expect([withheld({ kind: 'accessDelivered', ageMs: patienceMs - 1 }), withheld({ kind: 'accessDelivered', ageMs: patienceMs, attempt: 2 }), withheld({ ageMs: patienceMs })]).toEqual(['sent', 'sent', 'sent']);
    const asked = { id: 'cy', role: 'primary', isOpening: true };
    const news = (ms: number, who: typeof asked | null): boolean => isNews({ at: new Date(0).toISOString(), asked: who }, new Date(ms));
    expect([news(patienceMs - 1, null), news(patienceMs, null), news(patienceMs, asked)]).toEqual([true, false, true]);
  });

  it('is yes for what has happened', () => {
    for (const kind of accessKinds.filter((one) => one !== 'accessEndsSoon')) expect(withheld({ kind, stage: undefined, endsAt: undefined })).toBe('sent');
  });
});

describe('the life of a mail', () => {
  it('ends with the server\'s yes, or its last no', () => {
    expect(passMail('queued', 'accepted', { mayPass: false })).toEqual({ from: 'queued', to: 'sent', triesAgain: false, forgets: true });
    expect(passMail('queued', 'refused', { mayPass: true })).toEqual({ from: 'queued', to: 'queued', triesAgain: true, forgets: false });
    expect(passMail('queued', 'refused', { mayPass: false })).toEqual({ from: 'queued', to: 'failed', triesAgain: false, forgets: true });
    expect(passMail('queued', 'withhold', { mayPass: true })).toEqual({ from: 'queued', to: 'withheld', triesAgain: false, forgets: true });
  });

  it('goes on from nowhere else', () => {
    for (const state of mailStates.filter((one) => one !== mailLife.initial)) for (const event of mailEvents) expect(passMail(state, event, { mayPass: true })).toBeUndefined();
    expect(mailLife.final.toSorted()).toEqual(mailStates.filter((one) => one !== mailLife.initial).toSorted());
  });
});

describe('trying again', () => {
  it('waits a minute, then three times as long each time, at most four hours', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 40].map((attempt) => pauseAfter(attempt) / 60_000)).toEqual([1, 3, 9, 27, 81, 240, 240, 240]);
  });

  it('is for what may pass, for four days', () => {
    const at = (ms: number): { readonly createdAt: Date; readonly now: Date } => ({ createdAt: new Date(0), now: new Date(ms) });
    const no = { isAccepted: false, isFinal: false, why: '' } as const;
    expect([mayPass(no, at(0)), mayPass(no, at(patienceMs - 1)), mayPass(no, at(patienceMs)), mayPass({ ...no, isFinal: true }, at(0)), mayPass({ isAccepted: true }, at(0))]).toEqual([true, true, false, false, false]);
    expect(patienceMs).toBe(4 * 24 * 3_600_000);
  });
});
