import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { parsePolicy } from '../model.ts';
import { policyReasons, privilegedReasons } from './check.ts';
import { namedReasons, targetRows } from './named.ts';
import { policyRow } from './row.ts';
import { onBehalfSets, promisedKinds, targetKinds } from './targets.ts';

const now = new Date('2026-11-23T20:00:00Z');
const type = (name: string): string => `#microsoft.graph.${name}`;
const user = { '@odata.type': type('singleUser'), userId: 'u1' };
const agent = { '@odata.type': type('singleServicePrincipal'), servicePrincipalId: 'a1' };
const policyOf = (body: JsonRecord) => parsePolicy(policyRow(body, { id: 'p', accessPackageId: 'k', questionIds: ['q0', 'q1'] }));
const codes = (body: JsonRecord): readonly string[] => policyReasons(policyOf(body), now).map(({ code }) => code);
const staged = (stage: JsonRecord): JsonRecord => ({ requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [{ primaryApprovers: [user], ...stage }] } });

describe('a policy', () => {
  it('may say nothing but its name', () => {
    expect(codes({ displayName: 'x' })).toEqual([]);
    expect(policyOf({}).allowedTargetScope).toBe('notSpecified');
  });

  it('names targets exactly when its scope takes them', () => {
    expect(codes({ allowedTargetScope: 'specificDirectoryUsers' })).toEqual(['noTargets']);
    expect(codes({ allowedTargetScope: 'specificDirectoryServicePrincipals', specificAllowedTargets: [] })).toEqual(['noTargets']);
    expect(codes({ allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [agent] })).toEqual(['wrongTarget']);
    expect(codes({ allowedTargetScope: 'allMemberUsers', specificAllowedTargets: [user] })).toEqual(['targetsWithoutScope']);
    expect(codes({ allowedTargetScope: 'specificDirectoryServicePrincipals', specificAllowedTargets: [agent] })).toEqual([]);
  });

  it.each([['P3661D'], ['PT0S'], ['P0D'], [null]])('does not give access for %s', (duration) => {
    expect(codes({ expiration: { type: 'afterDuration', duration } })).toEqual(['duration']);
  });

  it('ends in the future, unless it kept an end that has passed since', () => {
    const past = { expiration: { type: 'afterDateTime', endDateTime: '2026-01-01T00:00:00.000Z' } };
    expect(codes(past)).toEqual(['endInPast']);
    expect(codes({ expiration: { type: 'afterDateTime' } })).toEqual(['noEnd']);
    expect(policyReasons(policyOf(past), now, policyOf(past))).toEqual([]);
  });

  it('has stages that people can decide in time', () => {
    expect(codes(staged({}))).toEqual([]);
    expect(codes({ requestApprovalSettings: { isApprovalRequiredForUpdate: true } })).toEqual(['noStages']);
    expect(codes({ requestApprovalSettings: { stages: Array.from({ length: 40 }, () => ({ primaryApprovers: [user] })) } })).toEqual([]);
    expect(codes(staged({ primaryApprovers: [] }))).toEqual(['noApprovers']);
    expect(codes(staged({ primaryApprovers: [], fallbackPrimaryApprovers: [user] }))).toEqual([]);
    expect(codes(staged({ primaryApprovers: [agent] }))).toEqual(['wrongApprover']);
    expect(codes(staged({ durationBeforeAutomaticDenial: 'P0D' }))).toEqual(['duration']);
    expect(codes(staged({ primaryApprovers: [{ '@odata.type': type('requestorManager'), managerLevel: 0 }] }))).toEqual(['managerLevel']);
  });

  it('needs as many approvals as there can be', () => {
    const [other, group] = [{ ...user, userId: 'u2' }, { '@odata.type': type('groupMembers'), groupId: 'g1' }];
    const needing = (requiredApprovalCount: number | null, more: JsonRecord = {}) => codes(staged({ requiredApprovalCount, ...more }));
    expect([needing(null), needing(1), needing(2, { fallbackPrimaryApprovers: [other] }), needing(2, { primaryApprovers: [group] }), needing(100, { primaryApprovers: [user, group] })]).toEqual([[], [], [], [], []]);
    expect([needing(0), needing(-1), needing(101, { primaryApprovers: [group] })]).toEqual([['requiredApprovalCount'], ['requiredApprovalCount'], ['requiredApprovalCount']]);
    expect([needing(2), needing(2, { primaryApprovers: [user, user] }), needing(3, { fallbackPrimaryApprovers: [other] })]).toEqual([['tooFewApprovers'], ['tooFewApprovers'], ['tooFewApprovers']]);
    expect(policyOf(staged({})).requestApprovalSettings.stages[0]?.requiredApprovalCount).toBe(1);
  });

  it('escalates within its stage, to somebody', () => {
    const escalating = (more: JsonRecord) => codes(staged({ isEscalationEnabled: true, durationBeforeAutomaticDenial: 'P4D', escalationApprovers: [user], ...more }));
    expect(escalating({ durationBeforeEscalation: 'P2D' })).toEqual([]);
    expect(escalating({ durationBeforeEscalation: 'P4D' })).toEqual(['escalationTime']);
    expect(escalating({ durationBeforeEscalation: 'P2D', escalationApprovers: [] })).toEqual(['noEscalationApprovers']);
  });

  it('asks questions that can be answered', () => {
    const asked = (question: JsonRecord) => codes({ questions: [{ '@odata.type': type('accessPackageTextInputQuestion'), text: 'Why?', sequence: 1, ...question }] });
    expect(asked({ regexPattern: '^[a-z]+$' })).toEqual([]);
    expect([asked({ regexPattern: 'a'.repeat(500) }), asked({ regexPattern: 'a'.repeat(501) })]).toEqual([[], ['questionPattern']]);
    expect(asked({ text: ' ' })).toEqual(['questionText']);
    expect(asked({ '@odata.type': type('accessPackageMultipleChoiceQuestion'), choices: [] })).toEqual(['questionChoices']);
    expect(asked({ sequence: -1 })).toEqual(['questionSequence']);
  });

  it('keeps the ids of its questions and gives new ones', () => {
    const kept = '11111111-1111-4111-8111-111111111111';
    expect(policyOf({ questions: [{ text: 'a' }, { text: 'b', id: kept }, { text: 'c', id: 'mine' }] }).questions.map(({ id }) => id)).toEqual(['q0', kept, '']);
  });

  it('is told the place of each thing that is wrong in it', () => {
    const places = (body: JsonRecord) => policyReasons(policyOf(body), now).map(({ target }) => target);
    const stages = 'requestApprovalSettings/stages[0]';
    expect(places(staged({ fallbackPrimaryApprovers: [user, agent] }))).toEqual([`${stages}/fallbackPrimaryApprovers[1]`]);
    expect(places(staged({ primaryApprovers: [user, { '@odata.type': type('targetManager'), managerLevel: 11 }] }))).toEqual([`${stages}/primaryApprovers[1]/managerLevel`]);
    expect(places({ allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [user, agent] })).toEqual(['specificAllowedTargets[1]']);
    const gone = policyOf({ allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [{ '@odata.type': type('groupMembers'), groupId: 'g1' }], ...staged({}) });
    expect(namedReasons(gone, new Map()).map(({ target }) => target)).toEqual(['specificAllowedTargets[0]/groupId', `${stages}/primaryApprovers[0]/userId`]);
  });

  it('assigns nothing by itself in a privileged catalog', () => {
    const automatic = { automaticRequestSettings: { requestAccessForAllowedTargets: true } };
    expect(privilegedReasons(automatic, 'privileged').map(({ code }) => code)).toEqual(['automaticInPrivilegedCatalog']);
    expect([privilegedReasons(automatic, 'standard'), privilegedReasons({}, 'privileged')]).toEqual([[], []]);
  });

  it('names objects that exist and fit', () => {
    const policy = policyOf({ allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [user, user], ...staged({}) });
    const as = (objectType: string) => namedReasons(policy, new Map([['u1', { id: 'u1', type: objectType, displayName: 'U' }]])).map(({ code }) => code);
    expect(as('user')).toEqual([]);
    expect(as('agentUser')).toEqual(['wrongKind']);
    expect(namedReasons(policy, new Map())).toHaveLength(3);
    expect(targetRows(policy)).toEqual([{ kind: 'user', targetId: 'u1' }]);
  });
});

describe('the reach of a policy', () => {
  it('is by scope', () => {
    expect(targetKinds('allDirectoryServicePrincipals', [])).toEqual(['servicePrincipal']);
    expect(targetKinds('allDirectoryAgentIdentities', [])).toEqual(['agentIdentity']);
    expect(promisedKinds('allMemberUsers', [])).toEqual(['user']);
    expect(promisedKinds('specificDirectoryServicePrincipals', ['agentIdentity'])).toEqual(['agentIdentity']);
    expect(promisedKinds('notSpecified', ['user'])).toEqual([]);
  });

  it('lets sponsors and owners ask for agents when nobody is named', () => {
    const open = { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [] };
    const kinds = (allowedTargetScope: string, requestorSettings: JsonRecord) => onBehalfSets(policyOf({ allowedTargetScope, requestorSettings })).map(({ kind }) => kind);
    expect(kinds('allDirectoryAgentIdentities', open)).toEqual(['targetAgentIdentitySponsorsOrOwners']);
    expect(kinds('allMemberUsers', open)).toEqual([]);
    expect(kinds('allDirectoryAgentIdentities', { onBehalfRequestors: [] })).toEqual([]);
  });
});
