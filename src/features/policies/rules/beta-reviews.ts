/** Reviews of a policy in both dialects (contract §5.7). Pure. */
import { flagAt, isRecord, type JsonRecord, recordAt, textAt, without } from '../../../kernel/json.ts';
import { kindOf } from '../model.ts';
import { wholeDays } from './beta-words.ts';

/** v1.0's pattern for a beta recurrenceType. */
const patterns: readonly (readonly [word: string, type: string, interval: number])[] = [
  ['weekly', 'weekly', 1], ['monthly', 'absoluteMonthly', 1], ['quarterly', 'absoluteMonthly', 3], ['halfyearly', 'absoluteMonthly', 6], ['annual', 'absoluteYearly', 1],
];

const isBeta = (settings: JsonRecord): boolean => ['recurrenceType', 'reviewerType', 'reviewers', 'durationInDays', 'accessReviewTimeoutBehavior', 'isAccessRecommendationEnabled', 'isApprovalJustificationRequired'].some((key) => key in settings);

/** assignmentReviewSettings to accessPackageAssignmentReviewSettings; v1.0's stay as they are. `sets` translates reviewers. */
export function reviewSettingsFromBeta(settings: JsonRecord, sets: (value: unknown) => unknown): JsonRecord {
  if (!isBeta(settings)) return settings;
  const reviewerType = textAt(settings, 'reviewerType')?.toLowerCase();
  const reviewers = Array.isArray(settings['reviewers']) ? settings['reviewers'] : [];
  const isBackup = (set: unknown): boolean => isRecord(set) && set['isBackup'] === true;
  const primary = reviewers.filter((set) => !isBackup(set));
  const manager = { '@odata.type': '#microsoft.graph.targetManager', managerLevel: 1 };
  const behavior = settings['accessReviewTimeoutBehavior'];
  return {
    isEnabled: flagAt(settings, 'isEnabled'),
    ...(behavior === undefined || behavior === null ? {} : { expirationBehavior: behavior }),
    isRecommendationEnabled: flagAt(settings, 'isAccessRecommendationEnabled', true),
    isReviewerJustificationRequired: flagAt(settings, 'isApprovalJustificationRequired', true),
    isSelfReview: reviewerType === 'self',
    schedule: scheduleFrom(settings),
    primaryReviewers: reviewerType === 'manager' && primary.length === 0 ? [manager] : sets(primary),
    fallbackReviewers: sets(reviewers.filter(isBackup)),
  };
}

function scheduleFrom(settings: JsonRecord): JsonRecord {
  const days = settings['durationInDays'];
  const word = textAt(settings, 'recurrenceType')?.toLowerCase();
  const [, type, interval] = patterns.find(([name]) => name === word) ?? [];
  return {
    ...(typeof settings['startDateTime'] === 'string' ? { startDateTime: settings['startDateTime'] } : {}),
    expiration: typeof days === 'number' ? { type: 'afterDuration', duration: `P${days}D` } : { type: 'notSpecified' },
    ...(type === undefined ? {} : { recurrence: { pattern: { type, interval, dayOfMonth: 0, month: 0, daysOfWeek: [] }, range: { type: 'noEnd', numberOfOccurrences: 0 } } }),
  };
}

/** accessPackageAssignmentReviewSettings to assignmentReviewSettings. `sets` translates reviewers, marking fallback ones. */
export function reviewSettingsToBeta(settings: JsonRecord, sets: (value: unknown, isBackup: boolean) => readonly unknown[]): JsonRecord {
  const schedule = recordAt(settings, 'schedule');
  const pattern = recordAt(recordAt(schedule, 'recurrence'), 'pattern');
  const [recurrenceType] = patterns.find(([, type, interval]) => type === pattern['type'] && interval === pattern['interval']) ?? ['monthly'];
  const primary = settings['primaryReviewers'];
  const areManagers = Array.isArray(primary) && primary.length > 0 && primary.every((set) => isRecord(set) && (kindOf(set) ?? '').endsWith('Manager'));
  const duration = textAt(recordAt(schedule, 'expiration'), 'duration');
  return {
    ...without(settings, 'expirationBehavior', 'isRecommendationEnabled', 'isReviewerJustificationRequired', 'isSelfReview', 'schedule', 'primaryReviewers', 'fallbackReviewers'),
    recurrenceType,
    reviewerType: flagAt(settings, 'isSelfReview') ? 'Self' : areManagers ? 'Manager' : 'Reviewers',
    startDateTime: schedule['startDateTime'] ?? null,
    durationInDays: duration === undefined ? null : wholeDays(duration).days,
    reviewers: [...sets(primary, false), ...sets(settings['fallbackReviewers'], true)],
    isAccessRecommendationEnabled: flagAt(settings, 'isRecommendationEnabled'),
    isApprovalJustificationRequired: flagAt(settings, 'isReviewerJustificationRequired'),
    accessReviewTimeoutBehavior: settings['expirationBehavior'] ?? null,
  };
}
