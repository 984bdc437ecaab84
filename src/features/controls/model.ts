/** Control configurations: what administrators set for all of entitlement management at once (contract §1.9). */

/** How much a suggestion tells of the people behind it. */
export const insightLevels = ['disabled', 'count', 'countAndNames'] as const;

/** Words of Microsoft Purview for how risky somebody is from within. */
export const insiderRiskLevels = ['none', 'minor', 'moderate', 'elevated'] as const;

/** Words of Entra ID Protection for how risky somebody is. */
export const riskLevels = ['low', 'medium', 'high', 'hidden', 'none'] as const;

/** What end users are shown. */
export interface EndUserSettings {
  readonly type: 'endUserSettings';
  /** False: nothing of what is set here is shown to anybody. */
  readonly isEnabled: boolean;
  readonly relatedPeopleInsightLevel: (typeof insightLevels)[number];
  readonly showApproverDetailsToMembers: boolean;
}

/** One more approval for people who count as risky. Nobody tells this server who does. */
export interface RiskyUserApproval {
  readonly type: 'insiderRiskyUserApproval' | 'entraIdProtectionRiskyUserApproval';
  readonly isEnabled: boolean;
  readonly isApprovalRequired: boolean;
  readonly minimumRiskLevel: string;
}

/** One of each type exists; its id is its type. */
export type Control = EndUserSettings | RiskyUserApproval;

/** What a PUT that names nothing means. */
export const controlDefaults: Readonly<Record<Control['type'], Control>> = {
  endUserSettings: { type: 'endUserSettings', isEnabled: true, relatedPeopleInsightLevel: 'count', showApproverDetailsToMembers: true },
  insiderRiskyUserApproval: { type: 'insiderRiskyUserApproval', isEnabled: false, isApprovalRequired: false, minimumRiskLevel: 'moderate' },
  entraIdProtectionRiskyUserApproval: { type: 'entraIdProtectionRiskyUserApproval', isEnabled: false, isApprovalRequired: false, minimumRiskLevel: 'medium' },
};

/** The type that an id names. */
export const controlTypeOf = (id: string): Control['type'] | undefined => (Object.hasOwn(controlDefaults, id) ? controlDefaults[id as Control['type']].type : undefined);
