import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { parsePolicy } from '../model.ts';
import { automaticReasons, isAutomaticPolicy, ruleOf, ruleReasons } from './automatic.ts';

const rule = (membershipRule?: string) => ({ '@odata.type': '#microsoft.graph.attributeRuleMembers', ...(membershipRule === undefined ? {} : { membershipRule }) });
const user = { '@odata.type': '#microsoft.graph.singleUser', userId: 'u' };
const sales = rule('user.department -eq "Sales"');
const agents = rule('agent.blueprintId -eq "x"');
const policyOf = (targets: readonly JsonRecord[], settings: JsonRecord = {}, scope = 'specificDirectoryUsers') => parsePolicy({
  id: 'p', access_package_id: 'k', allowed_target_scope: scope, specific_allowed_targets: targets, automatic_request_settings: settings,
});
const line = ({ code, target, message }: { readonly code: string; readonly target?: string; readonly message: string }) => `${code} ${target ?? ''}: ${message}`;

describe('the rule of a policy', () => {
  it('is what its rule target says', () => {
    expect([ruleOf(policyOf([user, sales])), ruleOf(policyOf([user])), ruleOf(policyOf([]))]).toEqual(['user.department -eq "Sales"', undefined, undefined]);
  });

  it('is one, for the kind of its scope', () => {
    expect(ruleReasons(policyOf([user, sales]))).toEqual([]);
    expect(ruleReasons(policyOf([agents], {}, 'specificDirectoryServicePrincipals'))).toEqual([]);
    expect(ruleReasons(policyOf([user, sales, user, sales])).map(line)).toEqual(['severalRules specificAllowedTargets[3]: A policy has one rule. Join both by -or.']);
    expect(ruleReasons(policyOf([user, agents])).map(line)).toEqual([
      'ruleForOtherScope specificAllowedTargets[1]/membershipRule: The rule is about workloads, the scope specificDirectoryUsers is not. Ask for user.…, or choose the scope specificDirectoryServicePrincipals.',
    ]);
    expect(ruleReasons(policyOf([sales], {}, 'specificDirectoryServicePrincipals')).map(line)).toEqual([
      'ruleForOtherScope specificAllowedTargets[0]/membershipRule: The rule is about users, the scope specificDirectoryServicePrincipals is not. Ask for servicePrincipal.… or agent.…, or choose the scope specificDirectoryUsers.',
    ]);
  });

  it('is nothing that people bring about themselves, unless somebody says yes', () => {
    const named = rule('agent.displayName -eq "x" -and agent.tags -contains "y"');
    const reasons = (settings: JsonRecord, isApprovalRequiredForAdd: boolean, more: JsonRecord = {}) => ruleReasons(parsePolicy({
      id: 'p', access_package_id: 'k', allowed_target_scope: 'specificDirectoryServicePrincipals', specific_allowed_targets: [{ ...named, ...more }], automatic_request_settings: settings, request_approval_settings: { isApprovalRequiredForAdd },
    })).map(line);
    const ownDoing = 'ruleByOwnDoing specificAllowedTargets[0]/membershipRule: People change some of what the rule goes by themselves, or as owners of applications and agents, and would give themselves access: agent.displayName, agent.tags. Name besides, by -and, what nobody changes (objectId, appId or agent.blueprintId with -eq or -in), have requests approved, or accept it by isOwnDoingAccepted true beside the rule.';
    expect(reasons({}, false)).toEqual([ownDoing]);
    expect(reasons({ requestAccessForAllowedTargets: true }, true)).toEqual([ownDoing]);
    expect([reasons({}, false, { isOwnDoingAccepted: true }), reasons({}, false, { isOwnDoingAccepted: false })]).toEqual([[], [ownDoing]]);
    expect([reasons({}, true), reasons({ removeAccessWhenTargetLeavesAllowedTargets: true }, true)]).toEqual([[], []]);
  });

  it('can be read: what is wrong in it stands at its place', () => {
    for (const broken of [rule(), rule('user.department -eq')]) {
      const reasons = ruleReasons(policyOf([user, broken]));
      expect(reasons.length).toBeGreaterThan(0);
      for (const { target, message } of reasons) expect([target, message]).toEqual(['specificAllowedTargets[1]/membershipRule', expect.stringContaining('expected')]);
    }
  });
});

describe('a policy that works by itself', () => {
  const [gives, takes] = [{ requestAccessForAllowedTargets: true }, { removeAccessWhenTargetLeavesAllowedTargets: true }];
  const needsRule = 'automaticNeedsRule specificAllowedTargets: Access is assigned by itself to those who match a rule, and to nobody else. Choose the scope specificDirectoryUsers or specificDirectoryServicePrincipals with one attributeRuleMembers target, or leave automaticRequestSettings out.';
  const badGrace = (said: string) => `duration automaticRequestSettings/gracePeriodBeforeAccessRemoval: '${said}' is no usable time of grace. Send an ISO 8601 duration of at most 365 days, such as P7D, or null to take access at once.`;

  it('gives, takes, or both', () => {
    expect([gives, takes, { ...gives, ...takes }, {}, { gracePeriodBeforeAccessRemoval: 'P7D' }].map((settings) => isAutomaticPolicy(policyOf([], settings)))).toEqual([true, true, true, false, false]);
  });

  it('goes by one rule and nothing else', () => {
    for (const settings of [gives, takes]) {
      expect(automaticReasons(policyOf([sales], settings))).toEqual([]);
      for (const targets of [[], [user], [user, user], [sales, user], [user, sales]]) expect(automaticReasons(policyOf(targets, settings)).map(line)).toEqual([needsRule]);
    }
    expect(automaticReasons(policyOf([user]))).toEqual([]);
  });

  it.each([[null], ['PT0S'], ['P7D'], ['P365D'], ['P1Y']])('may wait %s', (gracePeriodBeforeAccessRemoval) => {
    expect(automaticReasons(policyOf([sales], { ...takes, gracePeriodBeforeAccessRemoval }))).toEqual([]);
  });

  it.each([['P366D'], ['P365DT1S'], ['a week'], ['']])("does not wait '%s'", (gracePeriodBeforeAccessRemoval) => {
    expect(automaticReasons(policyOf([sales], { ...takes, gracePeriodBeforeAccessRemoval })).map(line)).toEqual([badGrace(gracePeriodBeforeAccessRemoval)]);
  });

  it('is told both at once', () => {
    expect(automaticReasons(policyOf([], { ...gives, gracePeriodBeforeAccessRemoval: 'P2Y' })).map(line)).toEqual([needsRule, badGrace('P2Y')]);
  });
});
