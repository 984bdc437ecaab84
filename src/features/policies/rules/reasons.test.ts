import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { parsePolicy } from '../model.ts';
import { isAutomatic, policyReasons, privilegedReasons } from './check.ts';
import { policyRow } from './row.ts';

const now = new Date('2026-11-23T20:00:00Z');
const set = (name: string, more: JsonRecord = {}) => ({ '@odata.type': `#microsoft.graph.${name}`, ...more });
const user = (userId: string) => set('singleUser', { userId });
const policyOf = (body: JsonRecord) => parsePolicy(policyRow(body, { id: 'p', accessPackageId: 'k', questionIds: ['q0', 'q1', 'q2'] }));
const line = ({ code, target, message }: { readonly code: string; readonly target?: string; readonly message: string }) => `${code} ${target ?? ''}: ${message}`;
const why = (body: JsonRecord, before?: JsonRecord) => policyReasons(policyOf(body), now, before === undefined ? undefined : policyOf(before)).map(line);
const staged = (stage: JsonRecord): JsonRecord => ({ requestApprovalSettings: { stages: [{ primaryApprovers: [user('u1')], ...stage }] } });
const stages = 'requestApprovalSettings/stages[0]';

describe('a policy in which everything is wrong', () => {
  it('is told all of it at once, in the order of its body', () => {
    expect(why({
      allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [set('singleServicePrincipal')],
      requestorSettings: { onBehalfRequestors: [set('attributeRuleMembers'), set('connectedOrganizationMembers'), set('requestorManager', { managerLevel: 0 }), user('u')] },
      expiration: { type: 'afterDuration', duration: 'soon' },
      requestApprovalSettings: {
        isApprovalRequiredForAdd: true,
        stages: [{ durationBeforeAutomaticDenial: 'P0D', requiredApprovalCount: 101, isEscalationEnabled: true, durationBeforeEscalation: 'PT0S' }],
      },
      questions: [{ text: '', sequence: -1, regexPattern: 'a'.repeat(501) }, set('accessPackageMultipleChoiceQuestion', { text: 'Where?' }),
        set('accessPackageMultipleChoiceQuestion', { text: 'Where?', choices: [{ actualValue: 'n' }, { actualValue: 'n' }] })],
    })).toEqual([
      'wrongTarget specificAllowedTargets[0]: singleServicePrincipal is no target of the scope specificDirectoryUsers. Use singleUser or groupMembers or attributeRuleMembers.',
      'wrongRequestor requestorSettings/onBehalfRequestors[0]: attributeRuleMembers cannot ask for others. Name users, groups or a relation such as targetManager.',
      'wrongRequestor requestorSettings/onBehalfRequestors[1]: connectedOrganizationMembers cannot ask for others. Name users, groups or a relation such as targetManager.',
      'managerLevel requestorSettings/onBehalfRequestors[2]/managerLevel: managerLevel is 0; 1 is the direct manager, 10 the highest.',
      "duration expiration/duration: 'soon' is no usable duration. Send an ISO 8601 duration of more than nothing and at most 3660 days, such as P90D or PT8H.",
      `noApprovers ${stages}: The stage has no approver. Name a primary approver or a fallback.`,
      `duration ${stages}/durationBeforeAutomaticDenial: 'P0D' is no usable duration. Send an ISO 8601 duration of more than nothing and at most 3660 days, such as P90D or PT8H.`,
      `requiredApprovalCount ${stages}/requiredApprovalCount: requiredApprovalCount is 101; it counts different people, from 1 to 100.`,
      `noEscalationApprovers ${stages}: Escalation is on, but nobody is named for it. Name an escalation approver, or switch it off.`,
      `escalationTime ${stages}/durationBeforeEscalation: Escalation after 'PT0S' is not within the stage's 'P0D'.`,
      'questionText questions[0]/text: A question needs a text.',
      'questionSequence questions[0]/sequence: sequence counts from 0.',
      'questionPattern questions[0]/regexPattern: regexPattern is longer than 500 characters. Send a shorter one.',
      'questionChoices questions[1]/choices: A multiple-choice question needs choices with an actualValue.',
      'questionChoices questions[2]/choices: Two choices have the same actualValue.',
    ]);
  });
});

describe('the one thing that is wrong in a policy', () => {
  it.each<[string, JsonRecord, string]>([
    ['targets without a scope', { allowedTargetScope: 'allMemberUsers', specificAllowedTargets: [user('u')] }, 'targetsWithoutScope specificAllowedTargets: The scope allMemberUsers takes no list of targets. Send [] or choose a specific scope.'],
    ['a scope without targets', { allowedTargetScope: 'specificDirectoryUsers' }, 'noTargets specificAllowedTargets: The scope specificDirectoryUsers needs at least one target: an empty list never means everyone.'],
    ['a date that is missing', { expiration: { type: 'afterDateTime' } }, 'noEnd expiration/endDateTime: expiration afterDateTime needs an endDateTime.'],
    ['a date that is now', { expiration: { type: 'afterDateTime', endDateTime: now.toISOString() } }, 'endInPast expiration/endDateTime: The end 2026-11-23T20:00:00.000Z has passed. Name a later one.'],
    ['a duration that is missing', { expiration: { type: 'afterDuration' } }, "duration expiration/duration: '' is no usable duration. Send an ISO 8601 duration of more than nothing and at most 3660 days, such as P90D or PT8H."],
    ['approval without a stage', { requestApprovalSettings: { isApprovalRequiredForAdd: true } }, 'noStages requestApprovalSettings/stages: Approval is required, but there is no stage. Add one with approvers.'],
    ['approval of a change without a stage', { requestApprovalSettings: { isApprovalRequiredForUpdate: true } }, 'noStages requestApprovalSettings/stages: Approval is required, but there is no stage. Add one with approvers.'],
    ['too few named people', staged({ requiredApprovalCount: 2 }), `tooFewApprovers ${stages}/requiredApprovalCount: The stage needs the approval of 2 different people, but names 1. Name more approvers, or need fewer.`],
    ['an agent that approves', staged({ escalationApprovers: [set('singleServicePrincipal')] }), `wrongApprover ${stages}/escalationApprovers[0]: singleServicePrincipal cannot approve: people do, never applications or agents. Name users, groups or a relation such as requestorManager.`],
    ['a chain of managers that is too long', staged({ fallbackEscalationApprovers: [set('requestorManager', { managerLevel: 11 })] }), `managerLevel ${stages}/fallbackEscalationApprovers[0]/managerLevel: managerLevel is 11; 1 is the direct manager, 10 the highest.`],
    ['an escalation that comes with the end', staged({ isEscalationEnabled: true, escalationApprovers: [user('u')], durationBeforeEscalation: 'P14D' }), `escalationTime ${stages}/durationBeforeEscalation: Escalation after 'P14D' is not within the stage's 'P14D'.`],
  ])('is %s', (_, body, reason) => { expect(why(body)).toEqual([reason]); });

  it.each<[string, JsonRecord]>([
    ['the longest access', { expiration: { type: 'afterDuration', duration: 'P3660D' } }],
    ['the shortest access', { expiration: { type: 'afterDuration', duration: 'PT1S' } }],
    ['an end in a moment', { expiration: { type: 'afterDateTime', endDateTime: '2026-11-23T20:00:00.001Z' } }],
    ['a length of an access that has none', { expiration: { type: 'noExpiration', duration: 'soon', endDateTime: '2000-01-01T00:00:00Z' } }],
    ['the first and the last manager', { requestorSettings: { onBehalfRequestors: [set('targetManager', { managerLevel: 1 }), set('targetManager', { managerLevel: 10 })] } }],
    ['a dynamic stage without approvers', staged({ ...set('accessPackageDynamicApprovalStage'), primaryApprovers: [] })],
    ['a stage with an unused escalation', staged({ isEscalationEnabled: false, durationBeforeEscalation: 'P99D' })],
    ['an escalation to who stands in', staged({ isEscalationEnabled: true, fallbackEscalationApprovers: [user('u')], durationBeforeEscalation: 'PT1S' })],
    ['the most approvals of a group', staged({ requiredApprovalCount: 100, primaryApprovers: [set('groupMembers', { groupId: 'g' })] })],
    ['a question for a number from 0', { questions: [{ text: ' ? ', sequence: 0 }] }],
    ['a free text with no choices', { questions: [set('accessPackageTextInputQuestion', { text: '?', choices: [] })] }],
    ['different choices', { questions: [set('accessPackageMultipleChoiceQuestion', { text: '?', choices: [{ actualValue: 'n' }, { actualValue: 's' }] })] }],
  ])('is not %s', (_, body) => { expect(why(body)).toEqual([]); });

  it.each(['singleUser', 'groupMembers', 'requestorManager', 'targetManager', 'internalSponsors', 'externalSponsors', 'targetUserSponsors', 'targetApplicationOwners', 'targetAgentIdentitySponsorsOrOwners'])(
    'is not that %s approves', (kind) => { expect(why(staged({ primaryApprovers: [set(kind)] }))).toEqual([]); });

  it.each(['singleServicePrincipal', 'connectedOrganizationMembers', 'attributeRuleMembers'])('is that %s approves', (kind) => {
    expect(why(staged({ primaryApprovers: [set(kind)] }))).toHaveLength(1);
  });
});

describe('an end that has passed', () => {
  const past = (endDateTime: string): JsonRecord => ({ expiration: { type: 'afterDateTime', endDateTime } });
  it('stays when it was there before, and only that one', () => {
    expect(why(past('2026-01-01T00:00:00Z'), past('2026-01-01T00:00:00Z'))).toEqual([]);
    expect(why(past('2026-01-01T00:00:00Z'), past('2026-01-02T00:00:00Z'))).toHaveLength(1);
    expect(why(past('2026-01-01T00:00:00Z'), { expiration: { type: 'noExpiration', endDateTime: '2026-01-01T00:00:00Z' } })).toHaveLength(1);
  });
});

describe('a policy that assigns by itself', () => {
  it.each<[JsonRecord, boolean]>([
    [{ requestAccessForAllowedTargets: true }, true], [{ removeAccessWhenTargetLeavesAllowedTargets: true }, true],
    [{ requestAccessForAllowedTargets: false, removeAccessWhenTargetLeavesAllowedTargets: false }, false], [{ requestAccessForAllowedTargets: 'true', gracePeriodBeforeAccessRemoval: 'P7D' }, false],
  ])('says so: %j', (automaticRequestSettings, expected) => { expect(isAutomatic({ automaticRequestSettings })).toBe(expected); });

  it('is refused in a privileged catalog, with the mend', () => {
    expect(privilegedReasons({ automaticRequestSettings: { removeAccessWhenTargetLeavesAllowedTargets: true } }, 'privileged').map(line)).toEqual([
      'automaticInPrivilegedCatalog automaticRequestSettings: A privileged catalog takes no policy that assigns by itself. Leave automaticRequestSettings out, or offer the access in a standard catalog.',
    ]);
    expect(privilegedReasons({ automaticRequestSettings: { requestAccessForAllowedTargets: true } }, undefined)).toEqual([]);
  });
});
