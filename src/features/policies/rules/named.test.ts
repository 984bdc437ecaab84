import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { parsePolicy } from '../model.ts';
import { namedKinds, namedReasons, namedSets, targetRows } from './named.ts';

const set = (name: string, more: JsonRecord = {}) => ({ '@odata.type': `#microsoft.graph.${name}`, ...more });
const [user, group, app, organization] = [set('singleUser', { userId: 'u' }), set('groupMembers', { groupId: 'g' }), set('singleServicePrincipal', { servicePrincipalId: 's' }), set('connectedOrganizationMembers', { connectedOrganizationId: 'o' })];
const policyOf = (targets: readonly JsonRecord[], onBehalfRequestors: readonly JsonRecord[] = [], stages: readonly JsonRecord[] = []) => parsePolicy({
  id: 'p', access_package_id: 'k', specific_allowed_targets: targets, requestor_settings: { onBehalfRequestors }, request_approval_settings: { stages },
});
const directory = (types: Readonly<Record<string, string>>) => new Map(Object.entries(types).map(([id, type]) => [id, { id, type, displayName: id }]));

describe('the objects that a policy names', () => {
  it('stand wherever a set names one, each with its field and the types that fit', () => {
    const everywhere = policyOf([user, set('targetManager'), group, app, organization], [user], [{ primaryApprovers: [user] }, { fallbackPrimaryApprovers: [set('requestorManager'), group], escalationApprovers: [user], fallbackEscalationApprovers: [user] }]);
    expect(namedSets(everywhere).map(({ field, types }) => `${field}: ${types.join(' ')}`)).toEqual([
      'specificAllowedTargets[0]/userId: user agentUser', 'specificAllowedTargets[2]/groupId: group', 'specificAllowedTargets[3]/servicePrincipalId: servicePrincipal agentIdentity',
      'specificAllowedTargets[4]/connectedOrganizationId: connectedOrganization', 'requestorSettings/onBehalfRequestors[0]/userId: user agentUser',
      'requestApprovalSettings/stages[0]/primaryApprovers[0]/userId: user', 'requestApprovalSettings/stages[1]/fallbackPrimaryApprovers[1]/groupId: group',
      'requestApprovalSettings/stages[1]/escalationApprovers[0]/userId: user', 'requestApprovalSettings/stages[1]/fallbackEscalationApprovers[0]/userId: user',
    ]);
  });

  it('exist, and are of a fitting kind', () => {
    expect(namedReasons(policyOf([user, group, app, organization]), directory({ u: 'agentUser', g: 'group', s: 'agentIdentity', o: 'connectedOrganization' }))).toEqual([]);
    expect(namedReasons(policyOf([user, app, set('singleUser')]), directory({ u: 'servicePrincipal' }))).toEqual([
      { code: 'wrongKind', target: 'specificAllowedTargets[0]/userId', message: "singleUser names 'u', which is of type servicePrincipal. Name one of type user or agentUser." },
      { code: 'noSuchObject', target: 'specificAllowedTargets[1]/servicePrincipalId', message: "singleServicePrincipal names 's', which does not exist. Name one that exists." },
      { code: 'noSuchObject', target: 'specificAllowedTargets[2]/userId', message: "singleUser names '', which does not exist. Name one that exists." },
    ]);
  });
});

describe('the targets of a policy', () => {
  it('are kept as rows, each once', () => {
    expect(targetRows(policyOf([user, group, app, organization, user, set('targetManager'), set('singleUser')]))).toEqual([
      { kind: 'user', targetId: 'u' }, { kind: 'group', targetId: 'g' }, { kind: 'servicePrincipal', targetId: 's' }, { kind: 'connectedOrganization', targetId: 'o' },
    ]);
    expect(targetRows(policyOf([user, set('groupMembers', { groupId: 'u' })]))).toHaveLength(2);
  });

  it.each([['user', ['user']], ['agentUser', ['agentUser']], ['servicePrincipal', ['servicePrincipal']], ['agentIdentity', ['agentIdentity']], ['group', []]])('of type %s count as %j', (type, kinds) => {
    expect(namedKinds(policyOf([user, user]), directory({ u: type }))).toEqual(kinds);
  });

  it('count members of a group as users, of a rule as what it looks at, and nobody for what is gone', () => {
    const agents = set('attributeRuleMembers', { membershipRule: 'agent.displayName -eq "x"' });
    expect(namedKinds(policyOf([group]), directory({ g: 'servicePrincipal' }))).toEqual(['user']);
    expect(namedKinds(policyOf([agents, set('attributeRuleMembers')]), new Map())).toEqual(['agentIdentity']);
    expect(namedKinds(policyOf([user, set('targetManager')]), directory({}))).toEqual([]);
  });
});
