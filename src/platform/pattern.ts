/** Patterns that others write: RE2's, which end in a time that grows with the text alone. A pattern of JavaScript's can take for ever. */
import { RE2JS, RE2JSSyntaxException } from 're2js';

/** Longest program of a pattern, in instructions: with the longest answer it takes a tenth of a second at most. */
const longestProgram = 2000;

/** Why RE2 does not take the pattern, as the end of a sentence; undefined: it does. */
export function whyNoPattern(pattern: string): string | undefined {
  try {
    return RE2JS.compile(pattern).programSize() > longestProgram ? 'it is too large: repeat less' : undefined;
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return error.message.replace(/^error parsing regexp: /, '');
    throw error;
  }
}

/** Whether the whole text follows the pattern. One that RE2 does not take holds nobody back: none is kept since patterns are checked. */
export const followsPattern = (pattern: string, text: string): boolean => whyNoPattern(pattern) !== undefined || RE2JS.matches(pattern, text);
