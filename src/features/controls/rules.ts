/** What a PUT on a control configuration makes of it. Pure. */
import { decideBy, type Decision } from '../../kernel/decision.ts';
import { flagAt, textAt, type JsonRecord } from '../../kernel/json.ts';
import type { Reason } from '../../kernel/problem.ts';
import { controlDefaults, insightLevels, type Control } from './model.ts';

/** The configuration that a body describes: what it leaves out is as it was at first. A no names each setting that nothing could enforce. */
export function decideControl(type: Control['type'], body: JsonRecord): Decision<Control> {
  const first = controlDefaults[type];
  const isEnabled = flagAt(body, 'isEnabled', first.isEnabled);
  if (first.type === 'endUserSettings') {
    const level = insightLevels.find((one) => one === textAt(body, 'relatedPeopleInsightLevel')) ?? first.relatedPeopleInsightLevel;
    return decideBy([], { ...first, isEnabled, relatedPeopleInsightLevel: level, showApproverDetailsToMembers: flagAt(body, 'showApproverDetailsToMembers', first.showApproverDetailsToMembers) });
  }
  const after = { ...first, isEnabled, isApprovalRequired: flagAt(body, 'isApprovalRequired', first.isApprovalRequired), minimumRiskLevel: textAt(body, 'minimumRiskLevel') ?? first.minimumRiskLevel };
  return decideBy([...unenforceable('isEnabled', after.isEnabled), ...unenforceable('isApprovalRequired', after.isApprovalRequired)], after);
}

const unenforceable = (target: string, isAsked: boolean): readonly Reason[] => (isAsked ? [{
  code: 'noRiskSource', target,
  message: `'${target}' cannot be true: no source tells this server how risky anybody is, so nothing would be enforced. Ask for approval in the package's policy.`,
}] : []);
