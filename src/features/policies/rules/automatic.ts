/** Whether a policy's rule and what it does by itself can be carried out (contract §1.5). Pure. */
import { parseDuration, roughMilliseconds } from '../../../kernel/duration.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { ownDoing } from '../../membershipRules/rules/own-doing.ts';
import { parseMembershipRule } from '../../membershipRules/rules/parse.ts';
import type { Policy, SubjectSet } from '../model.ts';

/** Longest time between leaving and losing, in days. */
const longestGraceDays = 365;

/** Whether something is given or taken by itself. */
export const isAutomaticPolicy = ({ automaticRequestSettings: settings }: Pick<Policy, 'automaticRequestSettings'>): boolean =>
  settings.requestAccessForAllowedTargets || settings.removeAccessWhenTargetLeavesAllowedTargets;

/** The rule of a policy; undefined when its targets are not found by one. */
export const ruleOf = ({ specificAllowedTargets }: Pick<Policy, 'specificAllowedTargets'>): string | undefined =>
  specificAllowedTargets.find(({ kind }) => kind === 'attributeRuleMembers')?.membershipRule;

/** Why the rule of a policy is none, or not one for its scope. */
export function ruleReasons(policy: Policy): readonly Reason[] {
  const rules = policy.specificAllowedTargets.flatMap((set, index) => (set.kind === 'attributeRuleMembers' ? [{ set, target: `specificAllowedTargets[${index}]` }] : []));
  const [, second] = rules;
  return [
    ...(second === undefined ? [] : [{ code: 'severalRules', target: second.target, message: 'A policy has one rule. Join both by -or.' }]),
    ...rules.flatMap(({ set, target }) => reasonsOf(policy, set, `${target}/membershipRule`)),
  ];
}

function reasonsOf(policy: Policy, { membershipRule = '', isOwnDoingAccepted = false }: SubjectSet, target: string): readonly Reason[] {
  const { allowedTargetScope: scope } = policy;
  const rule = parseMembershipRule(membershipRule);
  if (!rule.ok) return rule.reasons.map((reason) => ({ ...reason, target }));
  const about = scope === 'specificDirectoryServicePrincipals' ? 'workloads' : 'users';
  if (rule.value.about === about) return isOwnDoingAccepted || isWatched(policy) ? [] : ownReasons(ownDoing(rule.value), target);
  const mend = about === 'users' ? 'Ask for user.…, or choose the scope specificDirectoryServicePrincipals.' : 'Ask for servicePrincipal.… or agent.…, or choose the scope specificDirectoryUsers.';
  return [{ code: 'ruleForOtherScope', target, message: `The rule is about ${rule.value.about}, the scope ${scope} is not. ${mend}` }];
}

/** Somebody says yes to whoever comes into the scope. */
const isWatched = ({ automaticRequestSettings, requestApprovalSettings }: Policy): boolean => !automaticRequestSettings.requestAccessForAllowedTargets && requestApprovalSettings.isApprovalRequiredForAdd;

/** Nobody comes by access through what they say of themselves, or of what they own. */
const ownReasons = (properties: readonly string[], target: string): readonly Reason[] => (properties.length === 0 ? [] : [{
  code: 'ruleByOwnDoing', target,
  message: `People change some of what the rule goes by themselves, or as owners of applications and agents, and would give themselves access: ${properties.join(', ')}. Name besides, by -and, what nobody changes (objectId, appId or agent.blueprintId with -eq or -in), have requests approved, or accept it by isOwnDoingAccepted true beside the rule.`,
}]);

/** Why a policy cannot give or take by itself: it goes by one rule and nothing else. */
export function automaticReasons(policy: Policy): readonly Reason[] {
  const { gracePeriodBeforeAccessRemoval: grace } = policy.automaticRequestSettings;
  const span = grace === null ? undefined : parseDuration(grace);
  const isGraceBad = grace !== null && (span === undefined || roughMilliseconds(span) > longestGraceDays * 86_400_000);
  const targets = policy.specificAllowedTargets;
  const isByRule = targets.length === 1 && targets[0]?.kind === 'attributeRuleMembers';
  return [
    ...(isAutomaticPolicy(policy) && !isByRule ? [{
      code: 'automaticNeedsRule', target: 'specificAllowedTargets',
      message: 'Access is assigned by itself to those who match a rule, and to nobody else. Choose the scope specificDirectoryUsers or specificDirectoryServicePrincipals with one attributeRuleMembers target, or leave automaticRequestSettings out.',
    }] : []),
    ...(isGraceBad ? [{
      code: 'duration', target: 'automaticRequestSettings/gracePeriodBeforeAccessRemoval', message: `'${grace}' is no usable time of grace. Send an ISO 8601 duration of at most ${longestGraceDays} days, such as P7D, or null to take access at once.`,
    }] : []),
  ];
}
