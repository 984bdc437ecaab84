/** Beta's words for the settings: whole days where v1.0 has a duration (contract §1.4). Pure. */
import type { JsonRecord } from '../../../kernel/json.ts';
import { wholeDays } from '../../policies/rules/beta-words.ts';

/** v1.0's name of the duration, and beta's. */
export const [durationName, daysName] = ['durationUntilExternalUserDeletedAfterBlocked', 'daysUntilExternalUserDeletedAfterBlocked'] as const;

/** A body in either vocabulary to v1.0's names. What is no whole number of days is left for the body's check to refuse. */
export function settingsFromBody(body: JsonRecord): JsonRecord {
  const { [daysName]: days, ...rest } = body;
  if (days === undefined) return body;
  return { ...rest, [durationName]: typeof days === 'number' && Number.isInteger(days) && days >= 0 ? `P${days}D` : days };
}

/** From rendered settings with beta's names. */
export function settingsToBeta(entity: JsonRecord): JsonRecord {
  const duration = entity[daysName];
  return typeof duration === 'string' ? { ...entity, [daysName]: wholeDays(duration).days } : entity;
}
