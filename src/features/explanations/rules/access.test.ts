import { describe, expect, it } from 'vitest';
import { recordAt, recordsAt, type JsonRecord } from '../../../kernel/json.ts';
import { parsePolicy } from '../../policies/model.ts';
import type { Facts, PolicyFacts, StageFacts } from '../../requests/model.ts';
import type { AccessFacts, RequestorSet, Surroundings } from '../model.ts';
import { explainAccess, mayKnowPackage, unknownAccess } from './access.ts';
import { withMends } from './mends.ts';
import { whyChosen, whyPolicyDoesNotFit } from './policies.ts';
import { mostNamed, showsDeciders } from './stages.ts';

const now = new Date('2026-11-24T03:00:00Z');

interface PolicyShape {
  readonly id?: string;
  readonly scope?: string;
  readonly self?: boolean;
  readonly others?: boolean;
  readonly namesTarget?: boolean;
  readonly isOnBehalf?: boolean;
  readonly approval?: JsonRecord;
  readonly stages?: readonly StageFacts[];
  readonly more?: JsonRecord;
}

const policy = ({ id = 'y', scope = 'allMemberUsers', self = true, others = false, namesTarget = false, isOnBehalf = false, approval = {}, stages = [], more = {} }: PolicyShape = {}): PolicyFacts => ({
  policy: parsePolicy({
    id, access_package_id: 'k', display_name: `policy ${id}`, allowed_target_scope: scope, expiration: { type: 'noExpiration' },
    requestor_settings: { enableTargetsToSelfAddAccess: self, enableOnBehalfRequestorsToAddAccess: others }, request_approval_settings: approval, ...more,
  }),
  namesTarget, isOnBehalf, extensions: [], stages,
});

const target = { id: 't', kind: 'user', displayName: 'Tess', isGuest: false, organization: null, isEnabled: true } as const;
const base: Facts = {
  asked: { type: 'userAdd', justification: null, answers: [], schedule: {} }, callerId: 't', isAdmin: false, isApprover: false, accessPackage: { id: 'k', displayName: 'Kit', catalogId: 'c', isPublished: true },
  target, policies: [policy()], namedPolicyId: undefined, live: undefined, overdueId: undefined, openRequestId: undefined, incompatible: [], roles: [],
};
const around: Surroundings = { answersFor: true, requestor: { id: 't', displayName: 'Tess', kind: 'user' }, parties: [], showsApprovers: false, requestorSets: [], namedScopes: [], obstacles: [], live: null };
const known = (facts: Partial<Facts> = {}, surroundings: Partial<Surroundings> = {}, isGoverned = true): AccessFacts => ({ facts: { ...base, ...facts }, surroundings: { ...around, ...surroundings }, isGoverned, governedPolicyIds: [] });
const explain = (...given: Parameters<typeof known>): JsonRecord => explainAccess(known(...given), now);
const codes = (told: JsonRecord): readonly unknown[] => recordsAt(told, 'reasons').map(({ code }) => code);
const mendsOf = (told: JsonRecord): readonly unknown[] => recordsAt(told, 'reasons').flatMap((reason) => recordsAt(reason, 'mends').map(({ action, targetId }) => [action, targetId]));

const stage = (primary: readonly string[], settings: JsonRecord = {}): StageFacts => ({ primary, fallback: [], settings });
const approved = (lasts: readonly string[], more: PolicyShape = {}): PolicyFacts => policy({
  approval: { isApprovalRequiredForAdd: true, stages: lasts.map((durationBeforeAutomaticDenial) => ({ durationBeforeAutomaticDenial, isApproverJustificationRequired: true })) }, stages: lasts.map(() => stage(['a', 'b'])), ...more,
});

describe('whether access is to be had', () => {
  it('without approval: from now, by the only policy that fits', () => {
    expect(explain()).toMatchObject({
      isAllowed: true, isApprovalRequired: false, reasons: [], stages: [], principal: { id: 't', displayName: 'Tess', kind: 'user' }, requestor: { id: 't' }, accessPackage: { id: 'k', displayName: 'Kit' }, openRequestId: null, assignment: null,
      policy: { id: 'y', displayName: 'policy y', allowedTargetScope: 'allMemberUsers', why: 'It is the only policy that fits.' }, otherPolicies: [],
      access: { startDateTime: now.toISOString(), latestStartDateTime: now.toISOString(), endDateTime: null, latestEndDateTime: null, expiration: { type: 'noExpiration' } },
    });
  });

  it('what must be brought is told, and stands in nobody\'s way', () => {
    const asking = policy({ approval: { isRequestorJustificationRequired: true }, more: { questions: [{ id: 'q', text: 'Why?', isRequired: true, choices: [{ actualValue: 'one' }] }] } });
    expect(explain({ policies: [asking] })).toMatchObject({ isAllowed: true, reasons: [], requirements: { isJustificationRequired: true, isCustomScheduleAllowed: false, questions: [{ id: 'q', text: 'Why?', isRequired: true, choices: ['one'], isMultipleSelectionAllowed: false }] } });
  });

  it('stages follow each other: each is due when those before it have taken all their time', () => {
    const told = explain({ policies: [approved(['P14D', 'PT8H'], { more: { expiration: { type: 'afterDuration', duration: 'P1D' } } })] }, { parties: [{ id: 'a', displayName: 'Ada', kind: 'user' }] });
    expect(told).toMatchObject({ isAllowed: true, isApprovalRequired: true, access: { startDateTime: '2026-11-24T03:00:00.000Z', latestStartDateTime: '2026-12-08T11:00:00.000Z', endDateTime: '2026-11-25T03:00:00.000Z', latestEndDateTime: '2026-12-09T11:00:00.000Z' } });
    expect(recordsAt(told, 'stages')).toMatchObject([
      { position: 1, requiredApprovalCount: 1, isDynamic: false, durationBeforeAutomaticDenial: 'P14D', dueDateTime: '2026-12-08T03:00:00.000Z', isApproverJustificationRequired: true, areDecidersHidden: false, deciderCount: 2, deciders: [{ displayName: 'Ada', role: 'primary' }, { id: 'b', displayName: null, kind: 'user', role: 'primary' }] },
      { position: 2, dueDateTime: '2026-12-08T11:00:00.000Z' },
    ]);
  });

  it('a stage of many names the first of them', () => {
    const many = Array.from({ length: mostNamed + 5 }, (_, index) => `p${index}`);
    const [told] = recordsAt(explain({ policies: [approved(['P1D'], { stages: [stage(many)] })] }), 'stages');
    expect([told?.['deciderCount'], recordsAt(told ?? {}, 'deciders').length]).toEqual([mostNamed + 5, mostNamed]);
  });

  it('stages that can be decided are told beside the one that nobody could', () => {
    const told = explain({ policies: [approved(['P1D', 'P1D'], { stages: [stage(['a']), stage([])] })] });
    expect([codes(told), recordsAt(told, 'stages').length, mendsOf(told)]).toEqual([['noApprover'], 1, [['nameFallbackApprover', 'y']]]);
  });

  it('what is held and what is open is named', () => {
    const live = { id: 'z', state: 'delivered', policyId: 'y', startsAt: '2026-01-01T00:00:00Z', endsAt: null };
    const told = explain({ live: { id: 'z', state: 'delivered', policyId: 'y', startsAt: now }, openRequestId: 'r' }, { live });
    expect(told).toMatchObject({ isAllowed: false, assignment: { id: 'z', state: 'delivered', policyId: 'y', startDateTime: '2026-01-01T00:00:00Z', endDateTime: null }, openRequestId: 'r' });
    expect(mendsOf(told)).toEqual([['updateAssignment', 'z'], ['removeAssignment', 'z'], ['awaitRequest', 'r'], ['cancelRequest', 'r']]);
  });

  it('an unpublished catalog comes first, with everything else that is in the way', () => {
    const told = explain({ accessPackage: { ...base.accessPackage, isPublished: false }, target: { ...target, isEnabled: false } });
    expect([told['isAllowed'], codes(told), mendsOf(told)]).toEqual([false, ['catalogNotPublished', 'targetDisabled'], [['publishCatalog', 'c'], ['enable', 't']]]);
  });
});

describe('policies beside the chosen one', () => {
  const others = [policy({ id: 'a', scope: 'allDirectoryUsers' }), policy({ id: 'b' }), policy({ id: 'n', scope: 'notSpecified' })];

  it('are told to whoever governs the package, with why they fit or not', () => {
    const told = explain({ policies: others });
    expect(told['policy']).toMatchObject({ id: 'b', why: expect.stringContaining('2 policies fit') as string });
    expect(recordsAt(told, 'otherPolicies')).toMatchObject([{ id: 'a', fits: true, reasons: [] }, { id: 'n', fits: false, reasons: [{ code: 'administratorsOnly' }] }]);
  });

  it('are told to others where they fit only', () => {
    expect(recordsAt(explain({ policies: others }, {}, false), 'otherPolicies')).toMatchObject([{ id: 'a', fits: true }]);
  });

  it('of one width are told apart by who came first', () => {
    expect(whyChosen([])).toBe('');
    expect(whyChosen([policy({ id: 'a' }), policy({ id: 'b' })])).toContain('the one made first');
    expect(whyChosen([policy({ id: 'a' }), policy({ id: 'b', scope: 'allDirectoryUsers' })])).not.toContain('the one made first');
  });
});

describe('why a policy does not fit', () => {
  const why = (shape: PolicyShape, facts: Partial<Facts> = {}) => {
    const reason = whyPolicyDoesNotFit({ ...base, ...facts }, policy(shape), [{ policyId: 'y', kind: 'group', id: 'g', displayName: 'Insiders' }, { policyId: 'other', kind: 'group', id: 'h', displayName: null }, { policyId: 'y', kind: 'user', id: 'u', displayName: null }]);
    return reason === undefined ? undefined : [reason.code, ...reason.mends.map(({ action, targetId }) => `${action} ${targetId ?? ''}`)];
  };

  it('it fits', () => {
    expect(why({})).toBeUndefined();
  });

  it('only administrators assign by it', () => {
    expect(why({ scope: 'notSpecified' })).toEqual(['administratorsOnly', 'assignDirectly y', 'changeScope y']);
  });

  it('it names others: a group to join, or the policy to name the target in', () => {
    expect(why({ scope: 'specificDirectoryUsers' })).toEqual(['targetNotInScope', 'addToGroup g', 'nameTarget y']);
    expect(why({ scope: 'specificDirectoryServicePrincipals' })).toEqual(['targetNotInScope', 'addPolicy y']);
    const bot = { ...target, kind: 'agentIdentity' as const };
    expect(why({ scope: 'specificDirectoryServicePrincipals' }, { target: bot })).toEqual(['targetNotInScope', 'nameTarget y']);
    expect(why({ scope: 'specificDirectoryUsers' }, { target: bot })).toEqual(['targetNotInScope', 'addPolicy y']);
    expect(why({ scope: 'allExternalUsers' })).toEqual(['targetNotInScope', 'addPolicy y']);
  });

  it('it does not let whoever asks ask', () => {
    expect(why({ self: false })).toEqual(['notAllowedToAsk', 'changePolicy y']);
    expect(why({ self: false, others: true })).toEqual(['notAllowedToAsk', 'changePolicy y', 'askOnBehalf y']);
    expect(why({ others: true }, { callerId: 's' })).toEqual(['notAllowedToAsk', 'addRequestor y']);
    expect(why({ others: false, isOnBehalf: true }, { callerId: 's' })).toEqual(['notAllowedToAsk', 'changePolicy y']);
    expect(why({ others: true, isOnBehalf: true }, { callerId: 's' })).toBeUndefined();
  });

  it('says whom it is for, in words, whatever its scope', () => {
    const said = (scope: string): string => whyPolicyDoesNotFit({ ...base, target: { ...target, kind: 'servicePrincipal', displayName: null } }, policy({ scope }), [])?.message ?? '';
    expect(said('allDirectoryAgentIdentities')).toBe("Policy 'policy y' is for all agent identities, and 't' (servicePrincipal) is not among them.");
    for (const scope of ['specificDirectoryUsers', 'specificConnectedOrganizationUsers', 'allMemberUsers', 'allDirectoryUsers', 'allConfiguredConnectedOrganizationUsers', 'allExternalUsers']) expect(said(scope)).toMatch(/ is for (all |users |people |guests )/);
  });
});

describe('who may ask', () => {
  const set: RequestorSet = { policyId: 'y', type: 'targetManager', count: 1, people: [{ id: 'm', displayName: 'Max', kind: 'user' }], hasCaller: false };

  it('is the target itself, and each set of others', () => {
    expect(recordsAt(explain({ policies: [policy({ others: true })] }, { requestorSets: [set, { ...set, policyId: 'elsewhere' }] }), 'requestors')).toEqual([
      { policyId: 'y', type: 'self', count: 1, people: [{ id: 't', displayName: 'Tess', kind: 'user' }] }, { policyId: 'y', type: 'targetManager', count: 1, people: set.people },
    ]);
    expect(recordsAt(explain({ policies: [policy({ self: false }), policy({ id: 'x', scope: 'notSpecified' }), policy({ id: 'w', scope: 'allExternalUsers' })] }), 'requestors')).toEqual([]);
  });
});

describe('who is told who decides', () => {
  const shown = (said: string | undefined, showsApprovers: boolean, isGoverned = false): boolean => showsDeciders({ settings: said === undefined ? {} : { approverInformationVisibility: said } }, { isGoverned, surroundings: { ...around, showsApprovers } });

  it('whoever governs the package, and others by the stage and what administrators set', () => {
    expect([shown('notVisible', false, true), shown('visible', false), shown('notVisible', true), shown('default', true), shown('default', false), shown(undefined, true), shown(undefined, false)]).toEqual([true, true, false, true, false, true, false]);
    expect(recordsAt(explain({ policies: [approved(['P1D'])] }, {}, false), 'stages')).toMatchObject([{ areDecidersHidden: true, deciderCount: null, deciders: [] }]);
  });
});

describe('who may know of the package', () => {
  const set: RequestorSet = { policyId: 'y', type: 'targetManager', count: 1, people: [], hasCaller: true };
  const knows = (...given: Parameters<typeof known>): boolean => mayKnowPackage(known(...given));

  it('whoever governs it, has it or asked for it, or could ask', () => {
    const closed = { policies: [policy({ self: false })] };
    expect(knows({ policies: [] })).toBe(true);
    expect(knows({ policies: [], live: { id: 'z', state: 'delivered', policyId: 'y', startsAt: now } }, {}, false)).toBe(true);
    expect(knows({ policies: [], openRequestId: 'r' }, {}, false)).toBe(true);
    expect(knows({}, {}, false)).toBe(true);
    expect(knows(closed, {}, false)).toBe(false);
    expect(knows(closed, { requestorSets: [set] }, false)).toBe(true);
    expect(knows(closed, { requestorSets: [{ ...set, hasCaller: false }] }, false)).toBe(false);
    expect(knows(closed, { requestorSets: [{ ...set, policyId: 'other' }] }, false)).toBe(false);
    expect(knows({ accessPackage: { ...base.accessPackage, isPublished: false } }, {}, false)).toBe(false);
    expect(knows({ policies: [policy({ scope: 'notSpecified' })] }, {}, false)).toBe(false);
    expect(knows({ policies: [policy({ scope: 'allExternalUsers' })] }, {}, false)).toBe(false);
  });

  it('others are told nothing but that it cannot be asked for', () => {
    const party = { id: 't', displayName: 'Tess', kind: 'user' };
    expect(unknownAccess('k', { principal: party, requestor: party })).toMatchObject({ isAllowed: false, accessPackage: { id: 'k', displayName: null }, policy: null, otherPolicies: [], requestors: [], stages: [], access: null, requirements: null, assignment: null, openRequestId: null, reasons: [{ code: 'packageNotRequestable', mends: [{ action: 'askAdministrator' }] }] });
  });
});

describe('mends', () => {
  const facts: Facts = { ...base, live: { id: 'z', state: 'delivered', policyId: 'y', startsAt: now }, openRequestId: 'r', target: { ...target, displayName: null } };
  const mends = (code: string, more: { readonly target?: string; readonly facts?: Facts } = {}) =>
    withMends({ facts: more.facts ?? facts, obstacles: [{ accessPackageId: 'p', assignmentId: 'as', requestId: 'rq' }, { accessPackageId: 'q', assignmentId: null, requestId: null }] }, { code, message: `About ${code}.`, ...(more.target === undefined ? {} : { target: more.target }) }).mends.map(({ action, targetId, targetType }) => [action, targetId, targetType]);

  it('of every reason that the rules know', () => {
    expect(mends('targetDisabled')).toEqual([['enable', 't', 'user']]);
    expect(mends('alreadyAssigned')).toEqual([['updateAssignment', 'z', 'accessPackageAssignment'], ['removeAssignment', 'z', 'accessPackageAssignment']]);
    expect(mends('alreadyRequested')).toEqual([['awaitRequest', 'r', 'accessPackageAssignmentRequest'], ['cancelRequest', 'r', 'accessPackageAssignmentRequest']]);
    expect(mends('incompatibleAccessPackage', { target: 'p' })).toEqual([['removeAssignment', 'as', 'accessPackageAssignment'], ['cancelRequest', 'rq', 'accessPackageAssignmentRequest']]);
    expect(mends('incompatibleGroup', { target: 'g' })).toEqual([['leaveGroup', 'g', 'group']]);
    const inPolicy = ['y', 'accessPackageAssignmentPolicy'];
    for (const code of ['noApprover', 'tooFewApprovers']) expect(mends(code, { target: 'requestApprovalSettings/stages/0' })).toEqual([['nameFallbackApprover', ...inPolicy]]);
    expect(mends('noApprovalStage')).toEqual([['addStage', ...inPolicy]]);
    expect(mends('noApprovalStage', { facts: { ...facts, policies: [] } })).toEqual([['addStage', null, null]]);
    expect(mends('catalogNotPublished')).toEqual([['publishCatalog', 'c', 'accessPackageCatalog']]);
    for (const code of ['permissionBlockedForAgents', 'memberTypeNotAllowed', 'usersCannotHoldApiPermissions', 'agentInRoleAssignableGroup']) expect(mends(code)).toEqual([['removeRole', 'k', 'accessPackage']]);
  });

  it('are the reason\'s own words where nothing better is known', () => {
    const told = withMends({ facts: base, obstacles: [] }, { code: 'somethingNew', message: 'Do this.' });
    expect(told).toEqual({ code: 'somethingNew', message: 'Do this.', mends: [{ action: 'followMessage', message: 'Do this.', targetId: null, targetType: null }] });
    expect([mends('incompatibleAccessPackage', { target: 'q' }), mends('incompatibleAccessPackage'), mends('alreadyAssigned', { facts: base }), mends('alreadyRequested', { facts: base })].map((each) => each[0]?.[0])).toEqual(['followMessage', 'followMessage', 'followMessage', 'followMessage']);
    expect(mends('incompatibleGroup')).toEqual([['leaveGroup', '', 'group']]);
  });
});

it('obstacles are named to whoever may know what the target holds', () => {
  const facts = { incompatible: [{ kind: 'accessPackage' as const, id: 'p', displayName: 'Rival' }] };
  const obstacles = [{ accessPackageId: 'p', assignmentId: 'as', requestId: null }];
  expect(mendsOf(explain(facts, { obstacles, answersFor: false }, false))).toEqual([['followMessage', null]]);
  expect(mendsOf(explain(facts, { obstacles, answersFor: true }, false))).toEqual([['removeAssignment', 'as']]);
  expect(mendsOf(explain(facts, { obstacles, answersFor: false }, true))).toEqual([['removeAssignment', 'as']]);
});

it('without any policy nothing is said of stages, requirements and times', () => {
  expect(explain({ policies: [] }, {}, false)).toMatchObject({ isAllowed: false, policy: null, stages: [], requirements: null, access: null, reasons: [{ code: 'packageNotRequestable' }] });
  expect(explain({ policies: [] }, {}, true)).toMatchObject({
    isAllowed: false, policy: null, reasons: [{ code: 'noPolicy', message: expect.stringMatching(/has no policy, so nobody can ask for it and nobody can assign it\.$/), mends: [{ action: 'addPolicy', targetType: 'accessPackage' }] }],
  });
  expect(recordAt(explain(), 'access')['expiration']).toEqual({ type: 'noExpiration', endDateTime: null, duration: null });
});
