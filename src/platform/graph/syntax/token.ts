/** What the lexer hands to the parsers. */

import type { Literal } from './ast.ts';
import type { Place } from './limits.ts';

/** The text being cut and the option it belongs to. */
export interface Source {
  readonly text: string;
  readonly field: string;
  /** Where the text begins within its option, for text cut out of a longer one. */
  readonly offset?: number;
}

/** An offset of the text as a place in its option. */
export function placeIn(source: Source, at: number): Place {
  return { field: source.field, at: at + (source.offset ?? 0) };
}

/** A token; `text` is the source as written, `at` its offset in the option. */
export type Token =
  | { readonly kind: 'name' | 'mark' | 'end'; readonly text: string; readonly at: number }
  | { readonly kind: 'literal'; readonly text: string; readonly at: number; readonly literal: Literal };

/** A token that is a constant. */
export type LiteralToken = Extract<Token, { kind: 'literal' }>;

/** The constant a token stands for, `true`, `false` and `null` (in any case) among them. */
export function constantOf(token: Token): Literal | undefined {
  if (token.kind === 'literal') return token.literal;
  switch (token.text.toLowerCase()) {
    case 'true':
      return { kind: 'boolean', value: true };
    case 'false':
      return { kind: 'boolean', value: false };
    case 'null':
      return { kind: 'null' };
    default:
      return undefined;
  }
}
