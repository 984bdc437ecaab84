import { describe, expect, it } from 'vitest';
import { ann, factsOf, now, policyOf } from '../../../../test/support/request-facts.ts';
import type { Facts, LiveAssignment, PackageRole } from '../model.ts';
import { decideRequest, type Verdict } from './decide.ts';

const told = (facts: Facts) => { const decision = decideRequest(facts, now); return decision.ok ? [] : decision.reasons.map(({ code, target, message }) => [code, target, message]); };
const codes = (facts: Facts) => told(facts).map(([code]) => code);
const taken = (facts: Facts): Verdict => { const decision = decideRequest(facts, now); return decision.ok ? decision.value : expect.unreachable(decision.reasons.map(({ code }) => code).join()); };

const live: LiveAssignment = { id: 'held', state: 'delivered', policyId: 'policy', startsAt: new Date(0) };
const approval = { isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: true, stages: [{ durationBeforeAutomaticDenial: 'P3D', isApproverJustificationRequired: true }] };
const decided = policyOf({ request_approval_settings: approval }, { stages: [{ settings: { a: 1 }, primary: ['boss'], fallback: [] }] });
const undecided = policyOf({ request_approval_settings: approval }, { stages: [{ settings: {}, primary: [], fallback: [] }] });
const role: PackageRole = { kind: 'appRole', resourceId: 'r', permissionId: 'p', displayName: 'Role', isDeliverable: true, allowedMemberTypes: ['Application'], isRoleAssignableGroup: false, isApiPermission: false, ownValue: null };
const question = { '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', id: 'q', text: 'Why?', isRequired: true, isAnswerEditable: false };
const answer = (value: string) => ({ value, answeredQuestion: { id: 'q' } });
const open = { openRequestId: 'request' } as const;
const openReason = ['alreadyRequested', 'request', "Request 'request' for this identity and package is still open. Wait for it or cancel it."];
const unscheduled = { startDateTime: null, expiration: { type: 'notSpecified', endDateTime: null, duration: null } };

describe('a request for new access', () => {
  it('is taken with all that follows', () => {
    expect(taken(factsOf())).toEqual({ policy: policyOf(), stages: [], start: undefined, answers: [], movesEnd: true, schedule: unscheduled });
    const schedule = { startDateTime: '2030-02-01T00:00:00Z', expiration: { type: 'afterDuration', duration: 'P1D' } } as const;
    expect(taken(factsOf({ asked: { schedule } }))).toMatchObject({ start: new Date('2030-02-01T00:00:00Z'), schedule: { startDateTime: '2030-02-01T00:00:00.000Z', expiration: schedule.expiration } });
    expect(taken(factsOf({ asked: { schedule: { startDateTime: '2030-01-15T11:58:00Z' } } }))).toMatchObject({ start: undefined, schedule: { startDateTime: null } });
    expect(taken(factsOf({ policies: [policyOf({ questions: [question] })], asked: { answers: [answer('so')], languages: ['de'] } })).answers).toEqual([{ value: 'so', displayValue: 'so', answeredQuestion: { id: 'q', text: 'Why?' } }]);
  });

  it('passes the stages of the policy, unless an administrator makes it or the policy wants none', () => {
    expect(taken(factsOf({ policies: [decided] })).stages).toEqual([{ position: 0, lasts: 'P3D', isJustificationRequired: true, requiredApprovals: 1, settings: { a: 1 }, deciders: [{ id: 'boss', role: 'primary' }], isDynamic: false }]);
    expect(taken(factsOf({ policies: [decided], isAdmin: true, asked: { type: 'adminAdd' } })).stages).toEqual([]);
    expect(taken(factsOf({ policies: [policyOf({ request_approval_settings: { ...approval, isApprovalRequiredForAdd: false } }, { stages: decided.stages })] })).stages).toEqual([]);
    expect(codes(factsOf({ policies: [undecided] }))).toEqual(['noApprover']);
  });

  it.each<[string, Parameters<typeof factsOf>[0], readonly unknown[]]>([
    ['no policy', { policies: [] }, [['packageNotRequestable', 'assignment/accessPackageId', 'No policy of an access package with this id lets you ask for this identity. Check the ids, or ask an administrator to assign it.']]],
    ['a target that is disabled', { target: { ...ann, isEnabled: false } }, [['targetDisabled', 'assignment/targetId', "'Ann' is disabled. Enable it first."]]],
    ['a target without a name that is disabled', { target: { ...ann, displayName: null, isEnabled: false } }, [['targetDisabled', 'assignment/targetId', "'ann' is disabled. Enable it first."]]],
    ['what is there already', { live }, [['alreadyAssigned', 'held', "This identity already has the package, by assignment 'held'. Ask for an update of that assignment instead."]]],
    ['what was asked for already', open, [openReason]],
    ['an incompatible package', { incompatible: [{ kind: 'accessPackage', id: 'k', displayName: 'K' }] }, [['incompatibleAccessPackage', 'k', "'K' excludes this access package and is held or asked for already. Give it up first."]]],
    ['an incompatible group', { incompatible: [{ kind: 'group', id: 'g', displayName: 'G' }] }, [['incompatibleGroup', 'g', "'G' excludes this access package and is held or asked for already. Give it up first."]]],
    ['an open question', { policies: [policyOf({ questions: [question] })] }, [['answerRequired', 'answers/q', "The question 'Why?' needs an answer."]]],
    ['an answer that does not follow its pattern', { policies: [policyOf({ questions: [question] })], asked: { answers: [answer('x')] }, misfits: ['q'] }, [['answerPattern', 'answers/q', "The answer to 'Why?' does not follow the pattern ."]]],
    ['a start in the past', { asked: { schedule: { startDateTime: '2030-01-14T12:00:00Z' } } }, [['startInPast', 'schedule/startDateTime', 'The start 2030-01-14T12:00:00Z has passed. Name a later one, or leave it out to begin at once.']]],
    ['a role that the target cannot hold', { roles: [role] }, [['memberTypeNotAllowed', 'allowedMemberTypes', expect.any(String)]]],
    ['nothing, for a role that is gone', { roles: [{ ...role, isDeliverable: false }] }, []],
    ['nothing, for a role that it can hold', { roles: [{ ...role, allowedMemberTypes: null }] }, []],
  ])('meets %s', (_, more, expected) => {
    const found = told(factsOf(more)).map(([code, target, message]) => [code, code === 'memberTypeNotAllowed' ? 'allowedMemberTypes' : target, message]);
    expect(found).toEqual(expected);
  });

  it('says why, where the policy asks for it and no administrator makes it', () => {
    const policies = [policyOf({ request_approval_settings: { isRequestorJustificationRequired: true } })];
    for (const justification of [null, '', '  ']) expect(told(factsOf({ policies, asked: { justification } }))).toEqual([['justificationRequired', 'justification', 'The policy asks for a justification. Say in a sentence what the access is for.']]);
    expect(codes(factsOf({ policies, asked: { justification: 'work' } }))).toEqual([]);
    expect(codes(factsOf({ policies, isAdmin: true, asked: { type: 'adminAdd' } }))).toEqual([]);
  });

  it('is told everything at once', () => {
    const policies = [policyOf({ questions: [question], request_approval_settings: { ...approval, isRequestorJustificationRequired: true }, requestor_settings: { enableTargetsToSelfAddAccess: true } }, { stages: undecided.stages })];
    const more = { target: { ...ann, isEnabled: false }, live, ...open, incompatible: [{ kind: 'group', id: 'g', displayName: 'G' }] as const, policies, roles: [role] };
    expect(codes(factsOf({ ...more, asked: { schedule: { startDateTime: '2030-02-01T00:00:00Z' } } }))).toEqual([
      'targetDisabled', 'alreadyAssigned', 'alreadyRequested', 'incompatibleGroup', 'justificationRequired', 'answerRequired', 'customScheduleNotAllowed', 'memberTypeNotAllowed', 'noApprover',
    ]);
  });
});

describe.each(['userUpdate', 'adminUpdate'] as const)('a change, by %s', (type) => {
  const isAdmin = type === 'adminUpdate';
  const change = (more: Parameters<typeof factsOf>[0] = {}): Facts => factsOf({ live, isAdmin, ...more, asked: { type, ...more.asked } });

  it('goes by the policy behind the access, whatever else would fit', () => {
    const policies = [policyOf({ id: 'other', allowed_target_scope: 'specificDirectoryUsers' }, { namesTarget: true }), policyOf()];
    expect(taken(change({ policies })).policy.policy.id).toBe('policy');
    expect(codes(change({ policies: [] }))).toEqual(['notAssigned']);
    expect(told(change({ live: undefined }))).toEqual([['notAssigned', 'assignment/id', 'There is no assignment in force with this id that you could change. Name one that has not ended.']]);
    expect(codes(change({ namedPolicyId: 'policy' }))).toEqual([]);
    expect(told(change({ namedPolicyId: 'other' }))).toEqual([['policyStays', 'assignment/assignmentPolicyId', "The access stands under policy 'P', which a change does not replace. Name that policy or none."]]);
  });

  it('needs the right to make it', () => {
    const policies = [policyOf({ requestor_settings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfRemoveAccess: true, allowCustomAssignmentSchedule: true } })];
    expect(told(change({ policies }))).toEqual(isAdmin ? [] : [['notAllowedToAsk', 'requestType', 'The policy does not let you change this access. Ask an administrator of the package to do it.']]);
  });

  it('passes the stages where the policy wants approval for changes', () => {
    expect(taken(change({ policies: [decided] })).stages).toHaveLength(isAdmin ? 0 : 1);
    expect(taken(change({ policies: [policyOf({ request_approval_settings: { ...approval, isApprovalRequiredForUpdate: false } }, { stages: decided.stages })] })).stages).toEqual([]);
    expect(codes(change({ policies: [undecided] }))).toEqual(isAdmin ? [] : ['noApprover']);
  });

  it('meets a disabled target, an open request, and a start that has been', () => {
    expect(codes(change({ target: { ...ann, isEnabled: false } }))).toEqual(['targetDisabled']);
    expect(told(change(open))).toEqual([openReason]);
    expect(told(change({ asked: { schedule: { startDateTime: '2030-02-01T00:00:00Z' } } }))).toEqual([['startCannotMove', 'schedule/startDateTime', 'The access has begun already. Leave startDateTime out and name the new end.']]);
    expect(codes(change({ asked: { schedule: { startDateTime: '2030-01-15T12:00:00Z' } } }))).toEqual([]);
    expect(codes(change({ asked: { schedule: { expiration: { type: 'afterDuration', duration: 'PT0S' } } } }))).toEqual(['endNotAfterStart']);
    expect(codes(change({ roles: [role], incompatible: [{ kind: 'group', id: 'g', displayName: 'G' }] }))).toEqual([]);
  });

  it('moves the end unless only answers are said', () => {
    const policies = [policyOf({ questions: [{ ...question, isAnswerEditable: true }] })];
    const expiration = { type: 'noExpiration' } as const;
    expect(taken(change({ policies })).movesEnd).toBe(true);
    expect(taken(change({ policies, asked: { answers: [answer('x')] } })).movesEnd).toBe(false);
    expect(taken(change({ policies, asked: { answers: [answer('x')], schedule: { expiration } } }))).toMatchObject({ movesEnd: true, schedule: { expiration } });
  });

  it('keeps answers that were given and are fixed', () => {
    const policies = [policyOf({ questions: [question] })];
    expect(codes(change({ policies }))).toEqual([]);
    expect(codes(change({ policies, live: { ...live, answers: [answer('before')] }, asked: { answers: [answer('before')] } }))).toEqual([]);
    expect(codes(change({ policies, live: { ...live, answers: [answer('before')] }, asked: { answers: [answer('after')] } }))).toEqual(isAdmin ? [] : ['answerNotEditable']);
    expect(codes(change({ policies, asked: { answers: [answer(' ')] } }))).toEqual(isAdmin ? [] : ['answerRequired']);
  });
});

describe('an end that is asked for', () => {
  const end = (type: 'userRemove' | 'adminRemove' | 'approverRemove', more: Parameters<typeof factsOf>[0] = {}): Facts => factsOf({ live, isAdmin: type === 'adminRemove', ...more, asked: { type } });
  const fixed = [policyOf({ requestor_settings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true } })];
  const refused = [['notAllowedToAsk', 'requestType', 'The policy does not let you remove this access. Ask an administrator of the package to do it.']];

  it('is taken, and changes nothing else', () => {
    for (const type of ['userRemove', 'adminRemove'] as const) expect(taken(end(type))).toEqual({ policy: policyOf(), stages: [], start: undefined, schedule: unscheduled, answers: [], movesEnd: false });
    expect(taken(end('userRemove', { policies: [decided] })).stages).toEqual([]);
    expect(codes(end('userRemove', { target: { ...ann, isEnabled: false } }))).toEqual([]);
  });

  it('needs the right to it', () => {
    expect(told(end('userRemove', { policies: fixed }))).toEqual(refused);
    expect(codes(end('adminRemove', { policies: fixed }))).toEqual([]);
    expect(told(end('approverRemove'))).toEqual(refused);
    expect(codes(end('approverRemove', { isApprover: true, policies: fixed }))).toEqual([]);
    expect(codes(end('userRemove', { isApprover: true, policies: fixed }))).toEqual(['notAllowedToAsk']);
  });

  it('meets an open request, and nothing to end', () => {
    for (const type of ['userRemove', 'adminRemove'] as const) expect([codes(end(type, open)), codes(end(type, { live: undefined }))]).toEqual([['alreadyRequested'], ['notAssigned']]);
  });
});
