/** What a text may at most ask of the parser, and how every refusal of a text is worded. */

import { refuse } from '../../../kernel/problem.ts';

/** Upper bounds; over any of them is a refusal. Together they keep parsing linear and recursion shallow. */
export const limits = {
  textCharacters: 16_384,
  /** A percent-encoded query string may be longer than the options in it. */
  queryStringCharacters: 65_536,
  nestingDepth: 60,
  nodes: 1000,
  inList: 500,
  expandDepth: 6,
  top: 999,
  skip: 2_147_483_647,
} as const;

/** Where in which option a text is wrong. */
export interface Place {
  /** The option as Graph writes it (`$filter`), or `path`. */
  readonly field: string;
  readonly at: number;
}

/** Refuses a text whose syntax is wrong at one place. */
export function refuseSyntax(place: Place, reason: string): never {
  refuseText(place.field, `Syntax error at position ${place.at}: ${reason}`);
}

/** Refuses a text as a whole. */
export function refuseText(field: string, reason: string): never {
  refuse(field === '$filter' ? 'invalidFilter' : 'invalidQuery', { field, reason });
}

/** Refuses a text that is too long, or holds the NUL character, which PostgreSQL cannot store or compare. */
export function checkText(text: string, field: string): void {
  if (text.length > limits.textCharacters) refuseText(field, `The text is longer than ${limits.textCharacters} characters`);
  const nul = text.indexOf('\0');
  if (nul >= 0) refuseSyntax({ field, at: nul }, 'the NUL character is not allowed');
}

/** Repeats a piece of the caller's text in a message, shortened. */
export function quote(text: string): string {
  return text.length > 40 ? `'${text.slice(0, 40)}…'` : `'${text}'`;
}
