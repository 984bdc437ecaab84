import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSeat, passStage, stageClosings, whyNotApprover, type SeatTaken, type StageRight } from './rules.ts';

const right: StageRight = { principalId: 'p', isPerson: true, requestorId: 'r', targetId: 't', peopleBehind: [], approverIds: ['p'], standsFor: [] };
const code = (more: Partial<StageRight>): string | undefined => whyNotApprover({ ...right, ...more })?.code;

describe('who decides a stage', () => {
  it('is an approver, or somebody in an approver\'s place, who is a person, did not ask, does not receive and has nobody ask for it', () => {
    const id = fc.constantFrom('a', 'b', 'c');
    fc.assert(fc.property(fc.record({ principalId: id, isPerson: fc.boolean(), requestorId: fc.option(id), targetId: id, peopleBehind: fc.array(id), approverIds: fc.array(id), standsFor: fc.array(id) }), (given) => {
      const hasPart = [given.requestorId, given.targetId, ...given.peopleBehind].includes(given.principalId);
      const may = given.isPerson && !hasPart && (given.approverIds.includes(given.principalId) || given.standsFor.length > 0);
      expect(whyNotApprover(given) === undefined).toBe(may);
    }));
  });

  /** The cases of docs/decisions/0007-own-requests.md that this rule sees; who is behind a request is judged in the database (test/scenarios/own-requests.test.ts). */
  it.each<[string, Partial<StageRight>, string | undefined]>([
    ['an approver', {}, undefined],
    ['a substitute', { approverIds: ['a'], standsFor: ['a'] }, undefined],
    ['an application, agent or agent user, whatever it is named as', { isPerson: false, standsFor: ['a'] }, 'onlyPeopleDecide'],
    ['whoever asked, for itself or another', { requestorId: 'p' }, 'ownRequest'],
    ['whoever asked, as the substitute of an approver', { requestorId: 'p', approverIds: ['a'], standsFor: ['a'] }, 'ownRequest'],
    ['whoever receives', { targetId: 'p' }, 'ownAccess'],
    ['whoever receives, as the substitute of an approver', { targetId: 'p', approverIds: ['a'], standsFor: ['a'] }, 'ownAccess'],
    ['the sponsor of an agent that asked for another', { peopleBehind: ['p'] }, 'ownRequestByAgent'],
    ['the sponsor of an agent that asked for another, as a substitute', { peopleBehind: ['p'], approverIds: ['a'], standsFor: ['a'] }, 'ownRequestByAgent'],
    ['a stranger', { approverIds: ['a'] }, 'notAnApprover'],
  ])('%s', (_, more, expected) => {
    expect(code(more)).toBe(expected);
  });
});

describe('why somebody does not decide', () => {
  it.each<[Partial<StageRight>, string]>([
    [{ isPerson: false }, 'Only a person who is signed in can decide. Applications and agents cannot.'],
    [{ requestorId: 'p' }, 'Nobody decides a request that they made, for themselves or for another. Another approver has to.'],
    [{ targetId: 'p' }, 'Nobody decides about their own access. Another approver has to.'],
    [{ peopleBehind: ['p'] }, 'Nobody decides a request that an agent or application made for another while they are its sponsor or owner. Another approver has to.'],
    [{ approverIds: [] }, 'You are not among the approvers of this stage, or it has not begun: who decides is found when it begins.'],
  ])('%j: %s', (more, message) => { expect(whyNotApprover({ ...right, ...more })?.message).toBe(message); });
});

describe('a step of a stage', () => {
  const nothing = { asksApprovers: false, remindsApprovers: false, isPartial: false, verdict: undefined };
  it.each([
    ['Initializing', 'open', 'InProgress', { asksApprovers: true }], ['InProgress', 'approve', 'Completed', { verdict: 'stageApproved' }], ['InProgress', 'deny', 'Completed', { verdict: 'stageDenied' }],
    ['InProgress', 'timeOut', 'Expired', { verdict: 'stageTimedOut' }], ['InProgress', 'escalate', 'InProgress', { asksApprovers: true }], ['InProgress', 'reassign', 'InProgress', { asksApprovers: true }],
    ['InProgress', 'remind', 'InProgress', { remindsApprovers: true }], ['InProgress', 'close', 'Expired', {}],
  ] as const)('%s, %s: %s', (...[from, event, to, follows]) => { expect(passStage(from, event)).toEqual({ ...nothing, move: { from, to, event }, ...follows }); });

  it('is partial while more approvals are needed', () => {
    expect(passStage('InProgress', 'approve', { isQuorumMet: false })).toEqual({ ...nothing, move: { from: 'InProgress', to: 'InProgress', event: 'approve' }, isPartial: true });
  });

  it('is none after the end', () => { expect([passStage('Completed', 'deny'), passStage('Expired', 'open')]).toEqual([undefined, undefined]); });

  it('closes whatever is open, and nothing else', () => {
    expect(stageClosings).toEqual([{ from: 'Initializing', to: 'Expired', event: 'close' }, { from: 'InProgress', to: 'Expired', event: 'close' }]);
  });
});

describe('a seat', () => {
  const seat = (approverIds: readonly string[], standsFor: readonly string[], taken: readonly SeatTaken[] = []): string | null | undefined => chooseSeat({ principalId: 'p', approverIds, standsFor, taken })?.decidedFor;

  it('is the own one before that of another', () => {
    expect(seat(['p', 'a'], ['a'])).toBeNull();
    expect(seat(['a', 'b'], ['a', 'b'])).toBe('a');
  });

  it('counts once, whoever sits there', () => {
    expect(seat(['a', 'b'], ['a', 'b'], [{ reviewedBy: 'a', decidedFor: null }])).toBe('b');
    expect(seat(['a'], ['a'], [{ reviewedBy: 'x', decidedFor: 'a' }])).toBeUndefined();
    expect(seat(['p'], [], [{ reviewedBy: 'x', decidedFor: 'p' }])).toBeUndefined();
  });

  it('is not left while another of the own is taken: one person counts once', () => {
    expect(seat(['p', 'a'], ['a'], [{ reviewedBy: 'p', decidedFor: null }])).toBeUndefined();
    expect(seat(['a', 'b'], ['a', 'b'], [{ reviewedBy: 'p', decidedFor: 'a' }])).toBeUndefined();
    expect(seat(['p', 'a'], ['a'], [{ reviewedBy: 'x', decidedFor: 'p' }])).toBeUndefined();
  });

  it('is taken by as many decisions as there are different people, and never twice', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(fc.property(fc.uniqueArray(id), fc.array(fc.tuple(id, fc.uniqueArray(id))), (approverIds, attempts) => {
      const taken: SeatTaken[] = [];
      for (const [principalId, stands] of attempts) {
        const chosen = chooseSeat({ principalId, approverIds, standsFor: stands.filter((one) => approverIds.includes(one) && one !== principalId), taken });
        if (chosen !== undefined) taken.push({ reviewedBy: principalId, decidedFor: chosen.decidedFor });
      }
      expect(new Set(taken.map(({ reviewedBy }) => reviewedBy)).size).toBe(taken.length);
      const seats = taken.map(({ reviewedBy, decidedFor }) => decidedFor ?? reviewedBy);
      expect(new Set(seats).size).toBe(seats.length);
      for (const one of seats) expect(approverIds).toContain(one);
    }));
  });
});
