import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../kernel/json.ts';
import { parsePolicy } from '../policies/model.ts';
import type { PackageRole } from '../requests/model.ts';
import type { Snapshot } from './model.ts';
import { differenceOf, offersOf, waysOf } from './rules.ts';

const row = (more: JsonRecord = {}): JsonRecord => ({ id: 'y', access_package_id: 'k', display_name: 'p', allowed_target_scope: 'allMemberUsers', requestor_settings: { enableTargetsToSelfAddAccess: true }, request_approval_settings: {}, ...more });
const role: PackageRole = { kind: 'appRole', resourceId: 'api', permissionId: 'p', displayName: 'Orders.Read', isDeliverable: true, allowedMemberTypes: ['User'], isRoleAssignableGroup: false, isApiPermission: false, ownValue: null };
const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({ policies: [row()], exclusions: [], roles: [], ...more });
const set = (kind: string, more: JsonRecord = {}): JsonRecord => ({ '@odata.type': `#microsoft.graph.${kind}`, ...more });

describe('by whom a package may be asked for', () => {
  const ways = (settings: JsonRecord, scope = 'allMemberUsers'): readonly string[] => waysOf(parsePolicy(row({ allowed_target_scope: scope, requestor_settings: settings })));

  it('is the target itself, and each set once, by whom it names', () => {
    expect(ways({})).toEqual([]);
    expect(ways({ enableTargetsToSelfAddAccess: true })).toEqual(['self']);
    const onBehalfRequestors = [set('targetManager'), set('targetManager', { managerLevel: 2 }), set('singleUser', { userId: 'u' }), set('targetManager')];
    expect(ways({ enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors })).toEqual(['targetManager', 'targetManager:2', 'singleUser:u']);
    expect(ways({ onBehalfRequestors })).toEqual([]);
  });

  it('is sponsors and owners where an agent policy names nobody', () => {
    expect(ways({ enableOnBehalfRequestorsToAddAccess: true }, 'allDirectoryAgentIdentities')).toEqual(['targetAgentIdentitySponsorsOrOwners']);
    expect(ways({ enableOnBehalfRequestorsToAddAccess: true })).toEqual([]);
  });
});

describe('offers', () => {
  it('are policies with a scope, with whom they name', () => {
    expect(offersOf([row({ allowed_target_scope: 'notSpecified' })], 'before')).toEqual([]);
    expect(offersOf([row({ allowed_target_scope: 'specificDirectoryUsers', specific_allowed_targets: [set('singleUser', { userId: 'u' }), set('groupMembers', { groupId: 'g' })] })], 'after'))
      .toEqual([{ side: 'after', packageId: 'k', policyId: 'y', scope: 'specificDirectoryUsers', ways: ['self'], targets: [{ kind: 'user', targetId: 'u' }, { kind: 'group', targetId: 'g' }] }]);
  });
});

describe('a membership rule', () => {
  const ruled = (membershipRule: string, settings: JsonRecord = {}): JsonRecord => row({
    allowed_target_scope: 'specificDirectoryUsers', requestor_settings: {}, specific_allowed_targets: [set('attributeRuleMembers', { membershipRule })], automatic_request_settings: settings,
  });
  const gives = { requestAccessForAllowedTargets: true };
  const takes = { removeAccessWhenTargetLeavesAllowedTargets: true };
  const [sales, hr] = ['user.department -eq "Sales"', 'user.department -eq "HR"'];

  it('is part of an offer; where it gives by itself, nobody need ask', () => {
    expect(offersOf([ruled(sales, gives)], 'after')).toMatchObject([{ ways: ['automatic'], targets: [], rule: { about: 'users' } }]);
    expect(offersOf([ruled(sales, takes)], 'after')).toMatchObject([{ ways: [], rule: {} }]);
    expect(offersOf([row()], 'after')[0]).not.toHaveProperty('rule');
  });

  it('that has changed takes from whoever does not match it, where it takes', () => {
    const taking = (was: JsonRecord, becomes: JsonRecord): readonly unknown[] => {
      const { taking: now, tookBefore } = differenceOf(snapshot({ policies: [was] }), snapshot({ policies: [becomes] }));
      return [now, tookBefore];
    };
    expect(taking(ruled(sales, takes), ruled(hr, takes))).toEqual([['y'], ['y']]);
    expect(taking(ruled(sales, gives), ruled(sales, { ...gives, ...takes }))).toEqual([['y'], []]);
    expect(taking(ruled(sales, takes), ruled(hr, gives))).toEqual([[], ['y']]);
    expect(taking(ruled(sales, takes), { ...ruled(sales, takes), display_name: 'q' })).toEqual([[], ['y']]);
    expect(taking(ruled(sales, takes), row({ automatic_request_settings: takes }))).toEqual([[], ['y']]);
  });
});

describe('what differs', () => {
  it('nothing: then nobody is looked for', () => {
    expect(differenceOf(snapshot(), snapshot())).toEqual({ offers: [], exclusions: [], changedPolicies: [], changedStages: [], taking: [], tookBefore: [], added: [], removed: [] });
  });

  it('a policy that is new or other; its stages where it needs approval', () => {
    const renamed = snapshot({ policies: [row({ display_name: 'q' })] });
    expect(differenceOf(snapshot(), renamed)).toMatchObject({ changedPolicies: ['y'], changedStages: [], offers: [{ side: 'before' }, { side: 'after' }] });
    expect(differenceOf(snapshot({ policies: [] }), snapshot())).toMatchObject({ changedPolicies: ['y'], changedStages: ['y'], offers: [{ side: 'after' }] });
    const stages = [{ durationBeforeAutomaticDenial: 'P3D' }];
    expect(differenceOf(snapshot(), snapshot({ policies: [row({ request_approval_settings: { isApprovalRequiredForAdd: false, stages } })] })).changedStages).toEqual([]);
    expect(differenceOf(snapshot(), snapshot({ policies: [row({ request_approval_settings: { isApprovalRequiredForAdd: true, stages } })] })).changedStages).toEqual(['y']);
  });

  it('exclusions, each on its side', () => {
    const one = { packageId: 'k', kind: 'package' as const, otherId: 'o' };
    expect(differenceOf(snapshot(), snapshot({ exclusions: [one] }))).toMatchObject({ exclusions: [{ ...one, side: 'after' }], changedPolicies: [], offers: [{ side: 'before' }, { side: 'after' }] });
    expect(differenceOf(snapshot({ exclusions: [one] }), snapshot()).exclusions).toEqual([{ ...one, side: 'before' }]);
  });

  it('roles, with the kinds of identity that can hold them', () => {
    const told = { kind: 'appRole', resourceId: 'api', permissionId: 'p', displayName: 'Orders.Read' };
    expect(differenceOf(snapshot(), snapshot({ roles: [role] }))).toMatchObject({ offers: [], added: [{ ...told, holders: ['user', 'agentUser'] }], removed: [] });
    expect(differenceOf(snapshot({ roles: [role] }), snapshot())).toMatchObject({ added: [], removed: [{ ...told, holders: ['user', 'agentUser'] }] });
    expect(differenceOf(snapshot({ roles: [role] }), snapshot({ roles: [role, { ...role, permissionId: 'q' }] })).added).toMatchObject([{ permissionId: 'q' }]);
    expect(differenceOf(snapshot(), snapshot({ roles: [{ ...role, isDeliverable: false }] })).added).toMatchObject([{ holders: [] }]);
    expect(differenceOf(snapshot({ roles: [{ ...role, isDeliverable: false }] }), snapshot()).removed).toMatchObject([{ holders: ['user', 'agentUser'] }]);
    expect(differenceOf(snapshot(), snapshot({ roles: [{ ...role, kind: 'member', allowedMemberTypes: null }, { ...role, resourceId: 'other', allowedMemberTypes: ['Application'] }] })).added.map(({ holders }) => holders.length)).toEqual([4, 2]);
  });
});
