/** Suggestions: packages that somebody may ask for, because people around them hold them or because they held them before (contract §1.4). */

/** Why a package may be suggested. */
export type SuggestionGround = 'relatedPeopleAssignments' | 'assignmentHistory';

/** All grounds. */
export const suggestionGrounds: readonly SuggestionGround[] = ['relatedPeopleAssignments', 'assignmentHistory'];

/** The grounds that `filterByCurrentUser(on=…)` names: words with commas between them, in any case, or `all`; undefined when a word is none. */
export function groundsOf(on: string): readonly SuggestionGround[] | undefined {
  const words = on.split(',').map((word) => word.trim().toLowerCase());
  if (words.length === 1 && words[0] === 'all') return suggestionGrounds;
  const named = words.map((word) => suggestionGrounds.find((ground) => ground.toLowerCase() === word));
  return named.includes(undefined) ? undefined : suggestionGrounds.filter((ground) => named.includes(ground));
}
