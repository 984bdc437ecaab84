import { describe, expect, it } from 'vitest';
import { decideRemoval, reasonsAgainstBelonging } from './memberships.ts';

const plain = { id: 'g', data: {} };
const assignable = { id: 'g', data: { isAssignableToRole: true } };
const codes = (...given: Parameters<typeof reasonsAgainstBelonging>): readonly string[] => reasonsAgainstBelonging(...given).map((reason) => reason.code);
const candidate = (type: string, holdsGroup = false) => ({ id: 'c', type, holdsGroup });

describe('who may be in a group', () => {
  it.each(['user', 'agentUser', 'servicePrincipal', 'agentIdentity', 'group'])('%s may be a member', (type) => expect(codes(plain, candidate(type), 'member')).toEqual([]));
  it('applications may not', () => expect(codes(plain, candidate('application'), 'member')).toEqual(['memberTypeNotAllowed']));
  it.each(['agentIdentity', 'agentUser'])('%s never gets into a role-assignable group', (type) => {
    expect(codes(assignable, candidate(type), 'member')).toEqual(['agentInRoleAssignableGroup']);
    expect(codes(assignable, candidate(type), 'owner')).toEqual(['agentInRoleAssignableGroup']);
  });
  it('groups are not nested in role-assignable ones, in themselves, or in a circle', () => {
    expect(codes(assignable, candidate('group'), 'member')).toEqual(['groupInRoleAssignableGroup']);
    expect(codes(plain, { ...candidate('group'), id: 'g' }, 'member')).toEqual(['groupCycle']);
    expect(codes(plain, candidate('group', true), 'member')).toEqual(['groupCycle']);
  });
  it('members of a dynamic group follow its rule', () => expect(codes({ id: 'g', data: { groupTypes: ['DynamicMembership'] } }, candidate('user'), 'member')).toEqual(['dynamicGroup']));
  it('groups own nothing', () => expect(codes(plain, candidate('group'), 'owner')).toEqual(['ownerTypeNotAllowed']));
});

describe('removing by hand', () => {
  it('takes what a hand gave, leaves what packages gave, and says which', () => {
    expect(decideRemoval({ isManual: true, assignmentIds: [] })).toEqual({ ok: true, value: 'delete' });
    expect(decideRemoval({ isManual: true, assignmentIds: ['a'] })).toEqual({ ok: true, value: 'keepAssigned' });
    const refused = decideRemoval({ isManual: false, assignmentIds: ['a', 'b'] });
    expect(refused.ok ? [] : refused.reasons.map((reason) => reason.target)).toEqual(['a', 'b']);
  });
});
