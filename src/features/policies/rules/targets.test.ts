import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { parsePolicy, parseSubjectSets, targetScopes } from '../model.ts';
import { onBehalfSets, promisedKinds, ruleKinds, targetKinds, targetSetKinds } from './targets.ts';

const sets = (...list: readonly JsonRecord[]) => parseSubjectSets({ list }, 'list');
const rule = (membershipRule: string) => ({ '@odata.type': '#microsoft.graph.attributeRuleMembers', membershipRule });
const people = ['user', 'agentUser'];

describe('whom a scope reaches', () => {
  it.each<[(typeof targetScopes)[number], readonly string[], readonly string[]]>([
    ['notSpecified', ['user', 'agentUser', 'servicePrincipal', 'agentIdentity'], []],
    ['specificDirectoryUsers', people, ['group']], ['specificDirectoryServicePrincipals', ['servicePrincipal', 'agentIdentity'], ['group']],
    ['specificConnectedOrganizationUsers', ['user'], ['user']], ['allMemberUsers', people, ['user']], ['allDirectoryUsers', people, ['user']],
    ['allDirectoryServicePrincipals', ['servicePrincipal'], ['servicePrincipal']], ['allConfiguredConnectedOrganizationUsers', ['user'], ['user']],
    ['allExternalUsers', ['user'], ['user']], ['allDirectoryAgentIdentities', ['agentIdentity'], ['agentIdentity']],
  ])('%s: %j', (scope, kinds, promised) => {
    expect(targetKinds(scope, [])).toEqual(kinds);
    // Named kinds stand in only where the policy names its targets.
    expect(promisedKinds(scope, ['group' as 'user'])).toEqual(promised);
  });

  it('takes lists of these', () => {
    const taken = targetScopes.flatMap((scope) => { const kinds = targetSetKinds(scope); return kinds === undefined ? [] : [[scope, ...kinds]]; });
    expect(taken).toEqual([
      ['specificDirectoryUsers', 'singleUser', 'groupMembers', 'attributeRuleMembers'],
      ['specificConnectedOrganizationUsers', 'connectedOrganizationMembers'],
      ['specificDirectoryServicePrincipals', 'singleServicePrincipal', 'attributeRuleMembers'],
    ]);
  });
});

describe('whom a rule reaches', () => {
  const agents = rule('agent.displayName -eq "x"');
  const apps = rule('servicePrincipal.displayName -eq "x" -and servicePrincipal.kind -eq "servicePrincipal"');

  it('is who it looks at', () => {
    expect(ruleKinds('user.department -eq "x"')).toEqual(['user']);
    expect(ruleKinds('agent.displayName -eq "x"')).toEqual(['agentIdentity']);
    expect([ruleKinds('nonsense'), ruleKinds(undefined)]).toEqual([[], []]);
  });

  it('narrows the scope where all targets are found by a rule', () => {
    const workloads = ['servicePrincipal', 'agentIdentity'];
    expect(targetKinds('specificDirectoryServicePrincipals', sets(agents))).toEqual(['agentIdentity']);
    expect(targetKinds('specificDirectoryServicePrincipals', sets(agents, apps))).toEqual(workloads);
    expect(targetKinds('specificDirectoryServicePrincipals', sets(agents, { '@odata.type': '#microsoft.graph.singleServicePrincipal', servicePrincipalId: 's' }))).toEqual(workloads);
    expect(targetKinds('specificDirectoryServicePrincipals', sets(rule('nonsense')))).toEqual([]);
  });
});

describe('who may ask for others', () => {
  const asking = (allowedTargetScope: string, requestorSettings: JsonRecord) => onBehalfSets(parsePolicy({ id: 'p', access_package_id: 'k', allowed_target_scope: allowedTargetScope, requestor_settings: requestorSettings }));
  const guardians = [{ kind: 'targetAgentIdentitySponsorsOrOwners', id: undefined, managerLevel: 1 }];

  it.each(['enableOnBehalfRequestorsToAddAccess', 'enableOnBehalfRequestorsToUpdateAccess', 'enableOnBehalfRequestorsToRemoveAccess'])('is sponsors and owners of agents, once %s is on', (flag) => {
    expect(asking('allDirectoryAgentIdentities', { [flag]: true })).toEqual(guardians);
    expect(asking('allDirectoryServicePrincipals', { [flag]: true })).toEqual([]);
  });

  it('is nobody when nothing is on, and who is named when somebody is', () => {
    expect(asking('allDirectoryAgentIdentities', { enableTargetsToSelfAddAccess: true })).toEqual([]);
    expect(asking('allDirectoryAgentIdentities', { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [{ '@odata.type': '#microsoft.graph.targetManager' }] })).toMatchObject([{ kind: 'targetManager' }]);
  });
});
