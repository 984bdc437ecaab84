import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseApprovalStage, parsePolicy } from '../../policies/model.ts';
import type { StageFacts } from '../model.ts';
import { chooseDeciders, isRelational, planStages, type Candidates } from './approvers.ts';

const none: Candidates = { primary: [], fallback: [] };
const asked = (candidates: Partial<Candidates>, required = 1, approved: readonly (string | readonly [string, string])[] = []): readonly string[] | undefined =>
  chooseDeciders({ ...none, ...candidates }, {
    required, approved: approved.map((one) => (typeof one === 'string' ? { reviewedBy: one, decidedFor: null } : { reviewedBy: one[0], decidedFor: one[1] })),
  })?.map(({ id, role }) => `${id} ${role}`);

describe('who is asked', () => {
  it.each<[string, readonly string[] | undefined, readonly string[] | undefined]>([
    ['the primary approvers', asked({ primary: ['a', 'b'], fallback: ['f'], catalogOwners: ['o'] }), ['a primary', 'b primary']],
    ['the fallback where there is none', asked({ fallback: ['f'], catalogOwners: ['o'] }), ['f fallback']],
    ['the owners where there is no fallback either', asked({ catalogOwners: ['o'] }), ['o fallback']],
    ['nobody where there is nobody', asked({}), undefined],
    ['the fallback besides where the primary ones are too few', asked({ primary: ['a'], fallback: ['f'], catalogOwners: ['o'] }, 2), ['a primary', 'f fallback']],
    ['the owners besides where both are too few', asked({ primary: ['a'], fallback: ['f'], catalogOwners: ['o'] }, 3), ['a primary', 'f fallback', 'o fallback']],
    ['nobody where all are too few', asked({ primary: ['a'], fallback: ['f'], catalogOwners: ['o'] }, 4), undefined],
    ['each once', asked({ primary: ['a', 'a'], fallback: ['a', 'b'] }, 2), ['a primary', 'b fallback']],
    ['those of an escalation besides', asked({ primary: ['a'], fallback: ['f'], escalation: ['e'], fallbackEscalation: ['x'] }), ['a primary', 'e escalation']],
    ['the fallback of the escalation where it has nobody', asked({ primary: ['a'], escalation: [], fallbackEscalation: ['x'] }), ['a primary', 'x escalation']],
    ['those of an escalation alone, where the primary ones have gone', asked({ fallback: ['f'], escalation: ['e'] }), ['e escalation']],
    ['enough for the rest, when somebody has approved and gone', asked({ primary: ['b'], fallback: ['f'] }, 2, ['a']), ['b primary']],
    ['others when somebody who approved is all that is left', asked({ primary: ['a'], fallback: ['f'] }, 2, ['a']), ['a primary', 'f fallback']],
    ['others when a seat is taken by a substitute', asked({ primary: ['a'], fallback: ['f'] }, 2, [['s', 'a']]), ['a primary', 'f fallback']],
    ['others when the substitute is the other approver', asked({ primary: ['a', 's'], fallback: ['f'] }, 2, [['s', 'a']]), ['a primary', 's primary', 'f fallback']],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual(expected);
  });

  it('is as many as are needed, or nobody; never somebody who is no candidate', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));
    fc.assert(fc.property(fc.record({ primary: ids, fallback: ids, catalogOwners: ids, escalation: ids, fallbackEscalation: ids }), fc.integer({ min: 1, max: 5 }), ids, (candidates, required, approvers) => {
      const approved = approvers.slice(0, required - 1);
      const found = chooseDeciders(candidates, { required, approved: approved.map((reviewedBy) => ({ reviewedBy, decidedFor: null })) });
      const escalated = candidates.escalation.length > 0 ? candidates.escalation : candidates.fallbackEscalation;
      const everybody = new Set<string>([...candidates.primary, ...escalated, ...candidates.fallback, ...candidates.catalogOwners]);
      expect(found === undefined).toBe(new Set([...everybody, ...approved]).size < required);
      for (const { id } of found ?? []) expect(everybody.has(id)).toBe(true);
    }));
  });
});

describe('a stage', () => {
  const stage = (list: string, type: string) => parseApprovalStage({ primaryApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', userId: 'u' }], [list]: [{ '@odata.type': `#microsoft.graph.${type}`, userId: 'u', groupId: 'g' }] });

  it.each(['primaryApprovers', 'fallbackPrimaryApprovers', 'escalationApprovers', 'fallbackEscalationApprovers'])('may come to ask others when its %s are no named people', (list) => {
    expect([isRelational(stage(list, 'groupMembers')), isRelational(stage(list, 'singleUser'))]).toEqual([true, false]);
  });
});

describe('the stages of a request', () => {
  const user = { '@odata.type': '#microsoft.graph.singleUser', userId: 'a' };
  const plan = (stages: readonly object[], facts: readonly Partial<StageFacts>[]) => planStages({
    policy: parsePolicy({ id: 'p', access_package_id: 'k', display_name: 'P', request_approval_settings: { stages } }), namesTarget: true, isOnBehalf: false, extensions: [],
    stages: facts.map((one, index) => ({ settings: { index }, primary: [], fallback: [], ...one })),
  });
  const usual = { primaryApprovers: [user] };

  it('are planned with who decides them', () => {
    expect(plan([usual, { ...usual, durationBeforeAutomaticDenial: 'P3D', isApproverJustificationRequired: true, requiredApprovalCount: 2 }], [{ primary: ['a'] }, { primary: ['b'], fallback: ['c'] }])).toEqual({ reasons: [], stages: [
      { position: 0, lasts: 'P14D', isJustificationRequired: false, requiredApprovals: 1, settings: { index: 0 }, deciders: [{ id: 'a', role: 'primary' }], isDynamic: false },
      { position: 1, lasts: 'P3D', isJustificationRequired: true, requiredApprovals: 2, settings: { index: 1 }, deciders: [{ id: 'b', role: 'primary' }, { id: 'c', role: 'fallback' }], isDynamic: false },
    ] });
  });

  it('ask nobody yet where an extension names approvers', () => {
    expect(plan([{ '@odata.type': '#microsoft.graph.accessPackageDynamicApprovalStage' }], [{ primary: ['a'] }])).toMatchObject({ reasons: [], stages: [{ deciders: [], isDynamic: true }] });
  });

  it('are none: then approval could never be given', () => {
    expect(plan([], [])).toEqual({ stages: [], reasons: [{ code: 'noApprovalStage', target: 'requestApprovalSettings', message: "Policy 'P' asks for approval but names no stage. Ask an administrator to add one." }] });
  });

  it('that too few could decide are told, each by its number', () => {
    const nobody = (nth: number) => ({ code: 'noApprover', target: `requestApprovalSettings/stages/${nth - 1}`, message: `Stage ${nth} has nobody who can decide: no approver and no fallback approver is an enabled person other than whoever asks and whom it is for. Ask an administrator to name another fallback approver.` });
    expect(plan([usual, { ...usual, requiredApprovalCount: 4 }, usual], [{}, { primary: ['a', 'b'], fallback: ['b', 'c'] }])).toEqual({ stages: [], reasons: [nobody(1), {
      code: 'tooFewApprovers', target: 'requestApprovalSettings/stages/1',
      message: 'Stage 2 needs the approval of 4 different people, but only 3 could decide: enabled persons among its approvers and fallback approvers other than whoever asks and whom it is for. Ask an administrator to name more, or to need fewer.',
    }, nobody(3)] });
  });

  it('take one approval where nothing else is said', () => {
    expect(chooseDeciders({ primary: ['a'], fallback: ['b'] })).toEqual([{ id: 'a', role: 'primary' }]);
    expect(chooseDeciders({ primary: [], fallback: [] })).toBeUndefined();
  });
});
