import { describe, expect, it } from 'vitest';
import type { Caller } from '../../kernel/caller.ts';
import type { JsonRecord } from '../../kernel/json.ts';
import { directoryRole } from '../roles/model.ts';
import type { DelegateObject } from './model.ts';
import { decideDelegation, delegationReach, namedDelegate } from './rules.ts';

const now = new Date('2026-11-24T00:00:00Z');
const person = (permissions: readonly string[], more: Partial<Caller> = {}): Caller => ({
  principalId: 'p', kind: 'user', displayName: 'x', clientAppId: 'c', isDelegated: true, permissions: new Set(permissions), directoryRoles: new Set(), entitlementRoles: [], ...more,
});
const sam: DelegateObject = { type: 'user', isEnabled: true, displayName: 'Sam', isGuestWithoutRights: false };
const user = { '@odata.type': '#microsoft.graph.singleUser', id: 's' };
const decide = (body: JsonRecord, found: DelegateObject | undefined = sam) => decideDelegation({ delegate: user, ...body }, { principalId: 'p', found }, now);
const reasons = (body: JsonRecord, found: DelegateObject | undefined = sam): readonly string[] => {
  const decision = decide(body, found);
  return decision.ok ? [] : decision.reasons.map(({ code, target, message }) => `${code} ${target ?? ''}: ${message}`);
};

describe('whose substitutes somebody reaches', () => {
  const administrator = { directoryRoles: new Set([directoryRole.globalAdministrator]) };
  it.each<[string, Caller, string, string]>([
    ['an application', person(['EntitlementManagement.ReadWrite.All'], { isDelegated: false, kind: 'servicePrincipal' }), 'none', 'none'],
    ['an agent user', person(['EntitlementManagement.ReadWrite.All'], { kind: 'agentUser' }), 'none', 'none'],
    ['an administrator', person(['EntitlementManagement.ReadWrite.All'], administrator), 'all', 'all'],
    ['an administrator who may only read', person(['EntitlementManagement.Read.All'], administrator), 'all', 'none'],
    ['a global reader', person(['EntitlementManagement.ReadWrite.All'], { directoryRoles: new Set([directoryRole.globalReader]) }), 'all', 'own'],
    ['somebody with the right to write', person(['EntitlementManagement.ReadWrite.All']), 'own', 'own'],
    ['somebody who asks for themselves', person(['EntitlementMgmt-SubjectAccess.ReadWrite']), 'own', 'own'],
    ['somebody with the right to read', person(['EntitlementManagement.Read.All']), 'own', 'none'],
    ['somebody without', person(['User.Read']), 'none', 'none'],
  ])('%s', (...[, caller, read, write]) => { expect([delegationReach(caller, 'read'), delegationReach(caller, 'write')]).toEqual([read, write]); });
});

describe('who is named', () => {
  it.each<[JsonRecord, unknown]>([
    [{ delegate: user }, { kind: 'singleUser', id: 's' }], [{ delegate: { '@odata.type': '#MICROSOFT.graph.singleuser', userId: 's' } }, { kind: 'singleUser', id: 's' }],
    [{ delegate: { '@odata.type': '#microsoft.graph.groupMembers', groupId: 'g', userId: 'u' } }, { kind: 'groupMembers', id: 'g' }], [{ delegate: { ...user, userId: 'other' } }, { kind: 'singleUser', id: 's' }],
    [{ delegate: { '@odata.type': '#microsoft.graph.singleUser', groupId: 'g' } }, undefined], [{ delegate: { '@odata.type': '#microsoft.graph.requestorManager', id: 'x' } }, undefined], [{ delegate: { id: 's' } }, undefined], [{}, undefined],
  ])('%j', (body, expected) => { expect(namedDelegate(body)).toEqual(expected); });
});

describe('a delegation', () => {
  it('holds from now for ever where nothing is said', () => {
    expect(decide({})).toEqual({ ok: true, value: { kind: 'singleUser', delegateId: 's', startsAt: now, endsAt: 'never', schedule: { startDateTime: null, expiration: { type: 'notSpecified', endDateTime: null, duration: null } } } });
  });

  it.each<[JsonRecord, string | Date, JsonRecord]>([
    [{ type: 'noExpiration', duration: 'P1D', endDateTime: '2026-12-01T00:00:00Z' }, 'never', { type: 'noExpiration', endDateTime: null, duration: null }],
    [{ type: 'afterDateTime', endDateTime: '2026-12-01T00:00:00Z', duration: 'P1D' }, new Date('2026-12-01T00:00:00Z'), { type: 'afterDateTime', endDateTime: '2026-12-01T00:00:00Z', duration: null }],
    [{ type: 'afterDuration', duration: 'P1D', endDateTime: '2026-12-09T00:00:00Z' }, new Date('2026-11-26T00:00:00Z'), { type: 'afterDuration', endDateTime: null, duration: 'P1D' }],
    [{ type: 'sometimes' }, 'never', { type: 'notSpecified', endDateTime: null, duration: null }],
  ])('ends as it says: %j', (expiration, endsAt, kept) => {
    expect(decide({ schedule: { startDateTime: '2026-11-25T00:00:00Z', expiration } })).toMatchObject({ ok: true, value: { startsAt: new Date('2026-11-25T00:00:00Z'), endsAt, schedule: { startDateTime: '2026-11-25T00:00:00Z', expiration: kept } } });
  });

  it('is stopped by an end that has passed', () => {
    for (const endDateTime of ['2026-11-01T00:00:00Z', '2026-11-24T00:00:00Z']) expect(reasons({ schedule: { startDateTime: '2026-12-01T00:00:00Z', expiration: { type: 'afterDateTime', endDateTime } } })).toEqual([]);
  });

  it('goes to a group that is there', () => {
    const delegate = { '@odata.type': '#microsoft.graph.groupMembers', id: 'g' };
    expect(reasons({ delegate }, { ...sam, type: 'group', isEnabled: false })).toEqual([]);
    expect(decide({ delegate }, { ...sam, type: 'group' })).toMatchObject({ value: { kind: 'groupMembers', delegateId: 'g' } });
    for (const found of [sam, { ...sam, type: 'servicePrincipal' }]) expect(reasons({ delegate }, found)).toEqual(["noSuchGroup delegate/id: There is no group 'g'. Name one that exists."]);
  });

  it.each<[string, JsonRecord, DelegateObject | null, readonly string[]]>([
    ['names nobody', { delegate: {} }, sam, ['noDelegate delegate/id: The delegation names nobody. Send a delegate of type #microsoft.graph.singleUser or #microsoft.graph.groupMembers with an id.']],
    ['names oneself', { delegate: { ...user, id: 'p' } }, sam, ['ownDelegate delegate/id: Nobody stands in for themselves. Name somebody else.']],
    ['names who is not there', {}, null, ["noSuchUser delegate/id: There is no user 's'. Name one that exists."]],
    ['names an agent', {}, { ...sam, type: 'agentUser', isEnabled: false }, ['onlyPeopleDecide delegate/id: Only a person can stand in for an approver. Agents and applications cannot decide.']],
    ['names who is disabled', {}, { ...sam, isEnabled: false }, ["delegateDisabled delegate/id: 'Sam' is disabled. Name somebody who can sign in."]],
    ['names who is disabled and has no name', {}, { ...sam, isEnabled: false, displayName: null }, ["delegateDisabled delegate/id: 's' is disabled. Name somebody who can sign in."]],
    ['names a guest', {}, { ...sam, isGuestWithoutRights: true }, ["guestWithoutRights delegate/id: 'Sam' is a guest who answers for nothing here. Name a member, or a guest who sponsors a connected organization or holds a role in entitlement management."]],
    ['names a guest without name', {}, { ...sam, isGuestWithoutRights: true, displayName: null }, ["guestWithoutRights delegate/id: 's' is a guest who answers for nothing here. Name a member, or a guest who sponsors a connected organization or holds a role in entitlement management."]],
    ['recurs', { schedule: { recurrence: {} } }, sam, ['recurrence schedule/recurrence: A delegation does not recur. Name a start and an end.']],
    ['recurs not', { schedule: { recurrence: null } }, sam, []],
    ['has no date', { schedule: { expiration: { type: 'afterDateTime' } } }, sam, ['noEnd schedule/expiration/endDateTime: An expiration afterDateTime needs an endDateTime.']],
    ['has no duration', { schedule: { expiration: { type: 'afterDuration' } } }, sam, ['noEnd schedule/expiration/duration: An expiration afterDuration needs a duration, such as P14D.']],
    ['ends before it begins', { schedule: { startDateTime: '2026-12-01T00:00:00Z', expiration: { type: 'afterDateTime', endDateTime: '2026-11-25T00:00:00Z' } } }, sam, ['endBeforeStart schedule/expiration: The delegation would end before it begins. Name a later end.']],
    ['ends as it begins', { schedule: { startDateTime: '2026-12-01T00:00:00Z', expiration: { type: 'afterDateTime', endDateTime: '2026-12-01T00:00:00Z' } } }, sam, ['endBeforeStart schedule/expiration: The delegation would end before it begins. Name a later end.']],
  ])('that %s', (...[, body, found, expected]) => {
    const decision = decideDelegation({ delegate: user, ...body }, { principalId: 'p', found: found ?? undefined }, now);
    expect(decision.ok ? [] : decision.reasons.map(({ code, target, message }) => `${code} ${target ?? ''}: ${message}`)).toEqual(expected);
  });
});
