/** Beta's words for who may receive (contract §1.3, §1.5), and lengths in whole days. Pure. */
import { parseDuration, roughMilliseconds } from '../../../kernel/duration.ts';
import type { AllowedTargetScope } from '../model.ts';

const dayMs = 86_400_000;

const scopeTypes: readonly (readonly [beta: string, scope: AllowedTargetScope])[] = [
  ['NoSubjects', 'notSpecified'],
  ['SpecificDirectorySubjects', 'specificDirectoryUsers'],
  ['SpecificConnectedOrganizationSubjects', 'specificConnectedOrganizationUsers'],
  ['AllConfiguredConnectedOrganizationSubjects', 'allConfiguredConnectedOrganizationUsers'],
  ['AllExistingConnectedOrganizationSubjects', 'allConfiguredConnectedOrganizationUsers'],
  ['AllExistingDirectoryMemberUsers', 'allMemberUsers'],
  ['AllExistingDirectorySubjects', 'allDirectoryUsers'],
  ['AllExternalSubjects', 'allExternalUsers'],
];

/** v1.0's scope for a beta scopeType in any letter case. */
export const scopeOfBeta = (word: string): AllowedTargetScope | undefined => scopeTypes.find(([beta]) => beta.toLowerCase() === word.toLowerCase())?.[1];

/** Beta's scopeType for a scope; `isExact` is false where beta has no word and another must stand in. */
export function betaScope(scope: string): { readonly scopeType: string; readonly isExact: boolean } {
  const word = scopeTypes.find(([, each]) => each === scope)?.[0];
  if (word !== undefined) return { scopeType: word, isExact: true };
  return { scopeType: scope === 'specificDirectoryServicePrincipals' ? 'SpecificDirectorySubjects' : 'NoSubjects', isExact: false };
}

/** Whole days of an ISO 8601 duration, rounded up; `isExact` when a `PnD` says the same. */
export function wholeDays(text: string): { readonly days: number; readonly isExact: boolean } {
  const ms = length(text);
  return { days: Math.ceil(ms / dayMs), isExact: text === `P${ms / dayMs}D` };
}

/** Whole minutes of an ISO 8601 duration, rounded up. */
export function wholeMinutes(text: string): { readonly minutes: number; readonly isExact: boolean } {
  const minutes = Math.ceil(length(text) / 60_000);
  return { minutes, isExact: spanOfMinutes(minutes) === text };
}

/** Minutes as v1.0 writes a length: in whole days or hours where it is such. */
export function spanOfMinutes(minutes: number): string {
  if (minutes === 0) return 'PT0S';
  if (minutes % 1440 === 0) return `P${minutes / 1440}D`;
  return minutes % 60 === 0 ? `PT${minutes / 60}H` : `PT${minutes}M`;
}

function length(text: string): number {
  const parsed = parseDuration(text);
  return parsed === undefined ? 0 : roughMilliseconds(parsed);
}
