import { describe, expect, it } from 'vitest';
import { recordsAt, type JsonRecord } from '../../../kernel/json.ts';
import { parsePolicy } from '../../policies/model.ts';
import type { Facts, PolicyFacts, StageFacts } from '../../requests/model.ts';
import type { AccessFacts, Surroundings } from '../model.ts';
import { explainAccess, mayKnowPackage } from './access.ts';
import { mostNamed } from './stages.ts';

const now = new Date('2026-11-24T03:00:00Z');
const target = { id: 't', kind: 'user', displayName: 'Tess', isGuest: false, organization: null, isEnabled: true } as const;
const around: Surroundings = { answersFor: false, requestor: { id: 't', displayName: 'Tess', kind: 'user' }, parties: [{ id: 'e', displayName: 'Eve', kind: 'user' }], showsApprovers: false, requestorSets: [], namedScopes: [], obstacles: [], live: null };

const policy = (id: string, { stages = [], who = [], scope = 'allMemberUsers' }: { readonly stages?: readonly JsonRecord[]; readonly who?: readonly StageFacts[]; readonly scope?: string } = {}): PolicyFacts => ({
  policy: parsePolicy({
    id, access_package_id: 'k', display_name: `policy ${id}`, allowed_target_scope: scope, expiration: { type: 'noExpiration' },
    requestor_settings: { enableTargetsToSelfAddAccess: true }, request_approval_settings: { isApprovalRequiredForAdd: stages.length > 0, stages },
  }),
  namesTarget: false, isOnBehalf: false, extensions: [], stages: who,
});
const facts = (policies: readonly PolicyFacts[], more: Partial<Facts> = {}): Facts => ({
  asked: { type: 'userAdd', justification: null, answers: [], schedule: {} }, callerId: 't', isAdmin: false, isApprover: false, accessPackage: { id: 'k', displayName: 'Kit', catalogId: 'c', isPublished: true },
  target, policies, namedPolicyId: undefined, live: undefined, overdueId: undefined, openRequestId: undefined, incompatible: [], roles: [], ...more,
});
const explain = (known: Omit<AccessFacts, 'surroundings'> & { readonly surroundings?: Partial<Surroundings> }): JsonRecord => explainAccess({ ...known, surroundings: { ...around, ...known.surroundings } }, now);

describe('what a stage is told with', () => {
  const escalating = { durationBeforeAutomaticDenial: 'P4D', isEscalationEnabled: true, durationBeforeEscalation: 'P1D' };
  const who: StageFacts = { settings: {}, primary: ['a'], fallback: ['f'], escalation: ['e', 'a'], fallbackEscalation: ['x'] };
  const stagesOf = (stages: readonly JsonRecord[], deciders: readonly StageFacts[], isGoverned = true): readonly JsonRecord[] =>
    recordsAt(explain({ facts: facts([policy('y', { stages, who: deciders })]), isGoverned, governedPolicyIds: [] }), 'stages');

  it('whom it escalates to, and when at the latest, stage after stage', () => {
    const told = stagesOf([escalating, escalating], [who, who]);
    expect(told).toMatchObject([
      { requiredApprovalCount: 1, deciderCount: 1, deciders: [{ id: 'a', role: 'primary' }], dueDateTime: '2026-11-28T03:00:00.000Z', escalation: { durationBeforeEscalation: 'P1D', escalationDateTime: '2026-11-25T03:00:00.000Z', deciderCount: 1, deciders: [{ id: 'e', displayName: 'Eve', kind: 'user', role: 'escalation' }] } },
      { dueDateTime: '2026-12-02T03:00:00.000Z', escalation: { escalationDateTime: '2026-11-29T03:00:00.000Z' } },
    ]);
    expect(stagesOf([escalating], [{ ...who, escalation: [] }])).toMatchObject([{ escalation: { deciders: [{ id: 'x', role: 'escalation' }] } }]);
  });

  it('how many must agree, and in which quality each is asked', () => {
    expect(stagesOf([{ ...escalating, requiredApprovalCount: 2 }], [who])).toMatchObject([{ requiredApprovalCount: 2, deciders: [{ id: 'a', role: 'primary' }, { id: 'f', role: 'fallback' }], escalation: { deciders: [{ id: 'e', role: 'escalation' }] } }]);
  });

  it('nothing of escalation where it is off, or would come after the end', () => {
    expect(stagesOf([{ ...escalating, isEscalationEnabled: false }], [who])).toMatchObject([{ escalation: null }]);
    expect(stagesOf([{ ...escalating, durationBeforeEscalation: 'P9D' }], [who])).toMatchObject([{ escalation: null }]);
  });

  it('the time alone, where those who decide are hidden', () => {
    expect(stagesOf([escalating], [who], false)).toMatchObject([{ areDecidersHidden: true, deciderCount: null, deciders: [], escalation: { escalationDateTime: '2026-11-25T03:00:00.000Z', deciderCount: null, deciders: [] } }]);
  });

  it('the first of many to whom it escalates', () => {
    const escalation = Array.from({ length: mostNamed + 5 }, (_, index) => `p${index}`);
    const told = stagesOf([escalating], [{ ...who, escalation }])[0]?.['escalation'] as JsonRecord;
    expect([told['deciderCount'], recordsAt(told, 'deciders').length]).toEqual([mostNamed + 5, mostNamed]);
  });
});

describe('who governs one policy of a package', () => {
  const staged = { stages: [{ durationBeforeAutomaticDenial: 'P4D' }], who: [{ settings: {}, primary: ['a'], fallback: [] }] };
  const [mine, narrower, closed] = [policy('mine', { ...staged, scope: 'allDirectoryUsers' }), policy('narrower'), policy('closed', { scope: 'notSpecified' })];
  const by = (policies: readonly PolicyFacts[], more: Partial<Facts> = {}, surroundings: Partial<Surroundings> = {}): JsonRecord => explain({ facts: facts(policies, more), isGoverned: false, governedPolicyIds: ['mine'], surroundings });

  it('is told of it as whoever governs the package is: with who decides', () => {
    expect(by([mine, closed])).toMatchObject({ isAllowed: true, isApprovalRequired: true, policy: { id: 'mine', why: 'It is the only policy that fits.' }, otherPolicies: [], stages: [{ areDecidersHidden: false, deciders: [{ id: 'a' }] }], requestors: [{ policyId: 'mine' }] });
    expect(mayKnowPackage({ facts: facts([]), isGoverned: false, governedPolicyIds: ['mine'], surroundings: around })).toBe(true);
    expect(by([mine, policy('wide', { scope: 'allDirectoryUsers' })], {}, {})).toMatchObject({ policy: { id: 'mine', why: 'It is the only policy that fits.' }, otherPolicies: [] });
  });

  it('is told whether access is to be had, and not by which other policy', () => {
    expect(by([mine, narrower])).toMatchObject({ isAllowed: true, isApprovalRequired: false, policy: null, requirements: null, access: null, stages: [], otherPolicies: [{ id: 'mine', fits: true }], requestors: [{ policyId: 'mine' }] });
    expect(recordsAt(by([mine, narrower]), 'requestors')).toHaveLength(1);
    const stuck = policy('narrower', { stages: [{ durationBeforeAutomaticDenial: 'P4D' }], who: [{ settings: {}, primary: [], fallback: [] }] });
    expect(recordsAt(by([mine, stuck], { incompatible: [{ kind: 'group', id: 'g', displayName: 'G' }] }), 'reasons').map(({ code }) => code)).toEqual(['incompatibleGroup', 'packageNotRequestable']);
    expect(recordsAt(by([mine, narrower], { incompatible: [{ kind: 'group', id: 'g', displayName: 'G' }] }), 'reasons').map(({ code }) => code)).toEqual(['incompatibleGroup']);
  });

  it('is told why its own does not fit, and of an assignment by it alone', () => {
    const own = policy('mine', { scope: 'allExternalUsers' });
    expect(by([own, closed])).toMatchObject({ isAllowed: false, otherPolicies: [{ id: 'mine', fits: false, reasons: [{ code: 'targetNotInScope' }] }] });
    const live = (policyId: string) => ({ id: 'z', state: 'delivered', policyId, startsAt: '2026-01-01T00:00:00Z', endsAt: null });
    expect([by([mine], {}, { live: live('mine') })['assignment'], by([mine], {}, { live: live('narrower') })['assignment']]).toEqual([expect.objectContaining({ id: 'z' }), null]);
  });

  it('is told of everything that fits somebody whom it answers for', () => {
    expect(by([mine, narrower], {}, { answersFor: true })).toMatchObject({ policy: { id: 'narrower' }, otherPolicies: [{ id: 'mine' }], requestors: [{ policyId: 'mine' }, { policyId: 'narrower' }] });
  });
});
