import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../kernel/json.ts';
import { reviewSettingsFromBeta, reviewSettingsToBeta } from './beta-reviews.ts';
import { setsFrom } from './from-beta.ts';
import { setsTo } from './to-beta.ts';

const from = (settings: JsonRecord) => reviewSettingsFromBeta(settings, setsFrom);
const to = (settings: JsonRecord) => reviewSettingsToBeta(settings, setsTo);
const set = (name: string, more: JsonRecord = {}) => ({ '@odata.type': `#microsoft.graph.${name}`, ...more });
const manager = set('targetManager', { managerLevel: 1 });
const bare = {
  isEnabled: false, isRecommendationEnabled: true, isReviewerJustificationRequired: true, isSelfReview: false, schedule: { expiration: { type: 'notSpecified' } }, primaryReviewers: [], fallbackReviewers: [],
};

describe("beta's reviews", () => {
  it("are told from v1.0's, which stay as they are", () => {
    const v1 = { isEnabled: true, isSelfReview: true, schedule: {} };
    expect(from(v1)).toBe(v1);
    for (const key of ['recurrenceType', 'reviewerType', 'reviewers', 'durationInDays', 'accessReviewTimeoutBehavior', 'isAccessRecommendationEnabled', 'isApprovalJustificationRequired']) expect(from({ [key]: null })).toEqual(bare);
  });

  it.each<[string, JsonRecord, JsonRecord]>([
    ['on', { isEnabled: true }, { isEnabled: true }],
    ['by oneself', { reviewerType: 'SELF' }, { isSelfReview: true }],
    ['by managers', { reviewerType: 'Manager' }, { primaryReviewers: [manager] }],
    ['by named ones in place of managers', { reviewerType: 'Manager', reviewers: [set('singleUser', { id: 'u' })] }, { primaryReviewers: [set('singleUser', { userId: 'u' })] }],
    ['by managers, with somebody standing in', { reviewerType: 'Manager', reviewers: [set('singleUser', { id: 'u', isBackup: true })] }, { primaryReviewers: [manager], fallbackReviewers: [set('singleUser', { userId: 'u' })] }],
    ['by who is no record', { reviewers: ['u'] }, { primaryReviewers: ['u'] }],
    ['with a behavior', { accessReviewTimeoutBehavior: 'keepAccess' }, { expirationBehavior: 'keepAccess' }],
    ['without recommendations', { isAccessRecommendationEnabled: false }, { isRecommendationEnabled: false }],
    ['without justification', { isApprovalJustificationRequired: false }, { isReviewerJustificationRequired: false }],
    ['for days, from a start', { durationInDays: 14, startDateTime: '2027-01-01T00:00:00Z' }, { schedule: { startDateTime: '2027-01-01T00:00:00Z', expiration: { type: 'afterDuration', duration: 'P14D' } } }],
    ['from no start', { startDateTime: null, durationInDays: '14' }, {}],
    ['at no known pace', { recurrenceType: 'daily' }, {}],
  ])('are %s', (_, settings, expected) => { expect(from({ reviewerType: 'Reviewers', ...settings })).toEqual({ ...bare, ...expected }); });

  it.each([['weekly', 'weekly', 1], ['Monthly', 'absoluteMonthly', 1], ['quarterly', 'absoluteMonthly', 3], ['halfyearly', 'absoluteMonthly', 6], ['ANNUAL', 'absoluteYearly', 1]])('come %s', (recurrenceType, type, interval) => {
    const schedule = { expiration: { type: 'notSpecified' }, recurrence: { pattern: { type, interval, dayOfMonth: 0, month: 0, daysOfWeek: [] }, range: { type: 'noEnd', numberOfOccurrences: 0 } } };
    expect(from({ recurrenceType })).toEqual({ ...bare, schedule });
    expect(to({ schedule })).toMatchObject({ recurrenceType: recurrenceType.toLowerCase() });
  });
});

describe("v1.0's reviews in beta", () => {
  const nothing = { recurrenceType: 'monthly', reviewerType: 'Reviewers', startDateTime: null, durationInDays: null, reviewers: [], isAccessRecommendationEnabled: false, isApprovalJustificationRequired: false, accessReviewTimeoutBehavior: null };
  it.each<[string, JsonRecord, JsonRecord]>([
    ['nothing', {}, {}], ['on', { isEnabled: true }, { isEnabled: true }], ['by oneself', { isSelfReview: true, primaryReviewers: [manager] }, { reviewerType: 'Self', reviewers: [{ ...manager, isBackup: false }] }],
    ['by managers', { primaryReviewers: [manager, set('requestorManager')] }, { reviewerType: 'Manager', reviewers: [{ ...manager, isBackup: false }, { ...set('requestorManager'), isBackup: false }] }],
    ['by managers and others', { primaryReviewers: [manager, set('internalSponsors')] }, { reviewers: [{ ...manager, isBackup: false }, { ...set('internalSponsors'), isBackup: false }] }],
    ['by others, with managers standing in', { primaryReviewers: [], fallbackReviewers: [manager] }, { reviewers: [{ ...manager, isBackup: true }] }],
    ['by what is no set', { primaryReviewers: ['Manager', {}] }, { reviewers: [{ isBackup: false }] }],
    ['for a time, from a start', { schedule: { startDateTime: '2027-01-01T00:00:00Z', expiration: { type: 'afterDuration', duration: 'PT36H' } } }, { startDateTime: '2027-01-01T00:00:00Z', durationInDays: 2 }],
    ['at a pace that beta has no word for', { schedule: { recurrence: { pattern: { type: 'weekly', interval: 3 } } } }, {}],
    ['with flags', { isRecommendationEnabled: true, isReviewerJustificationRequired: true, expirationBehavior: 'acceptAccessRecommendation' }, { isAccessRecommendationEnabled: true, isApprovalJustificationRequired: true, accessReviewTimeoutBehavior: 'acceptAccessRecommendation' }],
  ])('are %s', (_, settings, expected) => { expect(to(settings)).toEqual({ ...nothing, ...expected }); });
});
