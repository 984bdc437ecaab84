import { describe, expect, it } from 'vitest';
import { recordsAt, type JsonRecord } from '../../../kernel/json.ts';
import type { AssignmentSource, GrantSource, RoleFacts, Trace } from '../model.ts';
import { causeOf, explainRole, type Candidate } from './roles.ts';

const now = new Date('2026-11-24T03:00:00Z');
const party = (id: string, kind: string): { readonly id: string; readonly displayName: string | null; readonly kind: string } => ({ id, displayName: id.toUpperCase(), kind });
const assignment: AssignmentSource = {
  id: 'a', state: 'delivered', startsAt: '2026-11-01T00:00:00Z', endsAt: '2026-12-01T00:00:00Z', accessPackage: party('k', 'accessPackage'), catalogId: 'c', policy: party('y', 'accessPackageAssignmentPolicy'),
  request: { id: 'r', requestType: 'userAdd', createdAt: '2026-10-31T00:00:00Z', justification: 'needed', requestor: party('s', 'user'), approvals: [{ position: 1, result: 'Approve', at: '2026-10-31T12:00:00Z', justification: null, reviewer: party('b', 'user') }] },
};
const source: GrantSource = { grantId: 'g', kind: 'appRole', permissionId: 'p', isStanding: false, since: '2026-11-01T00:00:00Z', endsAt: '2026-12-01T00:00:00Z', via: null, assignments: [assignment] };
const trace: Trace = { kind: 'ended', id: 'e', state: 'expired', status: 'ExpiredNotificationTriggered', at: '2026-11-23T00:00:00Z', accessPackage: party('k', 'accessPackage'), catalogId: 'c', policyId: 'y', by: null, why: null, failures: [] };
const base: RoleFacts = {
  principal: { ...party('t', 'agentIdentity'), isEnabled: true }, resource: { ...party('api', 'servicePrincipal'), isEnabled: true }, roles: [{ kind: 'appRole', permissionId: 'p', value: 'Orders.Read', isEnabled: true }],
  answersFor: false, isGoverned: true, isPartlyGoverned: false, isSeen: true, sources: [], traces: [], candidates: [],
};
const explain = (more: Partial<RoleFacts>, { candidates = [], reads = true }: { readonly candidates?: readonly Candidate[]; readonly reads?: boolean } = {}): JsonRecord => explainRole({ known: { ...base, ...more }, candidates, reads: () => reads, isWholeTold: true }, now);
const codes = (told: JsonRecord): readonly unknown[] => recordsAt(told, 'reasons').map(({ code, target }) => [code, target]);

describe('a role that is held', () => {
  it('is told with each source, its assignments, requests and approvers', () => {
    const told = explain({ sources: [source], traces: [trace] });
    expect(told).toMatchObject({ isHeld: true, reasons: [], tokenAdvice: null, roles: [{ kind: 'appRole', permissionId: 'p', value: 'Orders.Read' }], ended: [{ assignmentId: 'e' }] });
    expect(recordsAt(told, 'sources')).toEqual([{
      kind: 'assignment', grantId: 'g', grantKind: 'appRole', isStanding: false, via: null, sinceDateTime: source.since, endDateTime: source.endsAt, hiddenAssignmentCount: 0,
      assignments: [{
        id: 'a', state: 'delivered', startDateTime: assignment.startsAt, endDateTime: assignment.endsAt, accessPackage: assignment.accessPackage, policy: assignment.policy,
        request: { id: 'r', requestType: 'userAdd', createdDateTime: '2026-10-31T00:00:00Z', justification: 'needed', requestor: party('s', 'user'), approvals: [{ position: 1, result: 'Approve', reviewedDateTime: '2026-10-31T12:00:00Z', justification: null, reviewer: party('b', 'user') }] },
      }],
    }]);
    expect(recordsAt(recordsAt(explain({ sources: [{ ...source, assignments: [{ ...assignment, request: null }] }] }), 'sources')[0] ?? {}, 'assignments')).toMatchObject([{ request: null }]);
  });

  it('says how: by an assignment, by hand, through a group or a blueprint', () => {
    const kind = (more: Partial<GrantSource>): unknown => recordsAt(explain({ sources: [{ ...source, ...more }] }), 'sources')[0]?.['kind'];
    expect([kind({}), kind({ assignments: [], isStanding: true }), kind({ via: party('x', 'group') }), kind({ via: party('x', 'agentIdentityBlueprintPrincipal') })]).toEqual(['assignment', 'standing', 'group', 'blueprint']);
    expect(recordsAt(explain({ sources: [{ ...source, isStanding: true }] }), 'sources')[0]?.['endDateTime']).toBeNull();
  });

  it('hides assignments of catalogs that the caller does not read, and says that there are some', () => {
    expect(recordsAt(explain({ sources: [source] }, { reads: false }), 'sources')).toMatchObject([{ assignments: [], hiddenAssignmentCount: 1 }]);
  });

  it('tells who governs only what gives it what comes from there, and how much does not', () => {
    const standing = { ...source, grantId: 'h', isStanding: true, assignments: [], since: '2026-11-24T02:59:00Z' };
    const by = (policyId: string): JsonRecord => explainRole({ known: { ...base, sources: [standing, source], traces: [trace, { ...trace, id: 'f', policyId: null }] }, candidates: [], reads: (place) => place.policyId === policyId, isWholeTold: false }, now);
    expect(by('y')).toMatchObject({ isHeld: true, hiddenSourceCount: 1, sources: [{ grantId: 'g' }], ended: [{ assignmentId: 'e' }], tokenAdvice: null });
    expect(by('other')).toMatchObject({ isHeld: true, hiddenSourceCount: 2, sources: [], ended: [], tokenAdvice: null });
    expect(explain({ sources: [standing] }, { reads: false })).toMatchObject({ hiddenSourceCount: 0, sources: [{ grantId: 'h' }] });
  });

  it('advises a new token while an older one may live', () => {
    const given = (...since: readonly string[]): unknown => explain({ sources: since.map((at) => ({ ...source, since: at })) })['tokenAdvice'];
    expect(given('2026-11-24T02:55:00Z')).toBe('The role was given at 2026-11-24T02:55:00.000Z. A token made before that does not have it, and may live until 2026-11-24T03:05:00.000Z: get a new one.');
    expect([given('2026-11-24T02:50:00Z'), given('2026-11-24T02:59:00Z', '2026-11-01T00:00:00Z')]).toEqual([null, null]);
    expect(given('2026-11-24T02:50:00.001Z')).not.toBeNull();
    expect(explain({})['tokenAdvice']).toBeNull();
  });

  it('is of no use while something is disabled', () => {
    const off = { ...source };
    expect(codes(explain({ sources: [off], principal: { ...party('t', 'agentIdentity'), isEnabled: false }, resource: { ...party('api', 'servicePrincipal'), isEnabled: false }, roles: [{ kind: 'appRole', permissionId: 'p', value: null, isEnabled: false }] })))
      .toEqual([['principalDisabled', 't'], ['resourceDisabled', 'api'], ['roleDisabled', 'p']]);
    expect(recordsAt(explain({ roles: [{ kind: 'appRole', permissionId: 'p', value: null, isEnabled: false }] }), 'reasons')[0]).toMatchObject({ message: "Role 'p' is disabled: no token carries the role.", mends: [{ action: 'enable', targetId: 'p', targetType: 'appRole' }] });
    expect(recordsAt(explain({ principal: { id: 't', displayName: null, kind: 'user', isEnabled: false }, resource: { id: 'api', displayName: null, kind: 'group', isEnabled: false } }), 'reasons').slice(0, 2).map(({ message }) => message)).toEqual(["'t' is disabled: no token carries the role.", "'api' is disabled: no token carries the role."]);
  });
});

describe('a role that is not held', () => {
  it('was never given, ran out, or was taken away', () => {
    expect(codes(explain({}))).toEqual([['notGiven', undefined]]);
    expect(codes(explain({ traces: [trace] }))).toEqual([['assignmentExpired', 'e']]);
    const removed = { ...trace, status: 'Removed', by: party('s', 'user'), why: 'left the team' };
    expect(codes(explain({ traces: [removed, trace] }))).toEqual([['assignmentRemoved', 'e']]);
    expect(recordsAt(explain({ traces: [removed] }), 'ended')).toEqual([{ assignmentId: 'e', accessPackage: party('k', 'accessPackage'), endedDateTime: trace.at, cause: 'removed', by: party('s', 'user'), justification: 'left the team' }]);
    expect(recordsAt(explain({ traces: [{ ...trace, accessPackage: { ...trace.accessPackage, displayName: null } }] }), 'reasons')[0]).toMatchObject({ message: "The last assignment that gave it, of 'k', ran out at 2026-11-23T00:00:00.000Z.", mends: [{ action: 'askAgain', targetId: 'k' }] });
    expect([causeOf({ status: 'Removed' }), causeOf({ status: 'Delivered' })]).toEqual(['removed', 'expired']);
  });

  it('is on its way, or could not be delivered', () => {
    const open: Trace = { ...trace, kind: 'requested', id: 'r', state: 'pendingApproval', status: 'PendingApproval' };
    const failed: Trace = { ...trace, kind: 'undelivered', id: 'u', failures: [{ code: 'resourceGone', message: 'The API is gone.' }] };
    const told = explain({ traces: [open, failed, trace] });
    expect(codes(told)).toEqual([['requestOpen', 'r'], ['notDelivered', 'u'], ['assignmentExpired', 'e']]);
    expect(recordsAt(told, 'reasons').map(({ message }) => message).slice(0, 2)).toEqual(["Request 'r' for 'K' is still pendingApproval (PendingApproval).", "Assignment 'u' of 'K' is in force, but has not delivered the role: The API is gone."]);
    expect(recordsAt(told, 'reasons').flatMap((reason) => recordsAt(reason, 'mends').map(({ action, targetId }) => [action, targetId]))).toEqual([['awaitRequest', 'r'], ['reprocess', 'u'], ['askAgain', 'k']]);
    expect(recordsAt(explain({ traces: [{ ...failed, failures: [], accessPackage: { ...failed.accessPackage, displayName: null } }] }), 'reasons')[0]?.['message']).toBe("Assignment 'u' of 'k' is in force, but has not delivered the role.");
  });

  it('nothing is told of catalogs that the caller does not read', () => {
    expect(explain({ traces: [trace] }, { reads: false })).toMatchObject({ ended: [], reasons: [{ code: 'notGiven', mends: [{ action: 'askForPackage' }] }] });
  });

  it('would be given by packages, as the rules said of them', () => {
    const explanation = { isAllowed: true, isApprovalRequired: false, policy: null, reasons: [], stages: [1] };
    expect(explain({}, { candidates: [{ id: 'k', displayName: 'Kit', explanation }] })['packages']).toEqual([{ accessPackage: { id: 'k', displayName: 'Kit', kind: 'accessPackage' }, isAllowed: true, isApprovalRequired: false, policy: null, reasons: [] }]);
  });
});
