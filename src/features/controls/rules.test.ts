import { describe, expect, it } from 'vitest';
import { insightLevels } from './model.ts';
import { decideControl } from './rules.ts';

describe('what end users are shown', () => {
  const first = { type: 'endUserSettings', isEnabled: true, relatedPeopleInsightLevel: 'count', showApproverDetailsToMembers: true } as const;

  it.each([
    ['is as it was at first where a body says nothing', {}, first],
    ['is switched off as a whole', { isEnabled: false }, { ...first, isEnabled: false }],
    ['leaves out who approves', { showApproverDetailsToMembers: false }, { ...first, showApproverDetailsToMembers: false }],
    ['takes nothing that is of another type', { type: 'x', isEnabled: 'no', relatedPeopleInsightLevel: 7, showApproverDetailsToMembers: null, isApprovalRequired: true }, first],
    ['takes no level that does not exist', { relatedPeopleInsightLevel: 'everything' }, first],
  ])('%s', (_, body, value) => { expect(decideControl('endUserSettings', body)).toEqual({ ok: true, value }); });

  it.each(insightLevels)('tells of other people at the level %s', (level) => {
    expect(decideControl('endUserSettings', { relatedPeopleInsightLevel: level })).toEqual({ ok: true, value: { ...first, relatedPeopleInsightLevel: level } });
  });
});

describe('approval for people at risk', () => {
  const kinds = [['insiderRiskyUserApproval', 'moderate'], ['entraIdProtectionRiskyUserApproval', 'medium']] as const;
  const refusal = (target: string) => ({
    code: 'noRiskSource', target,
    message: `'${target}' cannot be true: no source tells this server how risky anybody is, so nothing would be enforced. Ask for approval in the package's policy.`,
  });

  it.each(kinds)('is off for %s, at the level %s', (type, minimumRiskLevel) => {
    expect(decideControl(type, {})).toEqual({ ok: true, value: { type, isEnabled: false, isApprovalRequired: false, minimumRiskLevel } });
    expect(decideControl(type, { isEnabled: false, isApprovalRequired: false, minimumRiskLevel: 'high' })).toEqual({ ok: true, value: { type, isEnabled: false, isApprovalRequired: false, minimumRiskLevel: 'high' } });
  });

  it.each(kinds)('is promised by nothing of %s, since nobody could keep it', (type) => {
    expect(decideControl(type, { isEnabled: true })).toEqual({ ok: false, reasons: [refusal('isEnabled')] });
    expect(decideControl(type, { isApprovalRequired: true })).toEqual({ ok: false, reasons: [refusal('isApprovalRequired')] });
    expect(decideControl(type, { isEnabled: true, isApprovalRequired: true })).toEqual({ ok: false, reasons: [refusal('isEnabled'), refusal('isApprovalRequired')] });
  });
});
