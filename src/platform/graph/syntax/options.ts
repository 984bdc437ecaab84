/** The query options that mean the same on a request and inside an `$expand`, each read by its own parser. */

import type { QueryOptions } from './ast.ts';
import { parseFilter } from './filter.ts';
import { limits, quote, refuseText } from './limits.ts';
import { parseOrderBy } from './order.ts';
import { parseSearch } from './search.ts';
import { parseSelect } from './select.ts';

/** Options being gathered. */
export type OptionsDraft = { -readonly [Option in keyof QueryOptions]: QueryOptions[Option] };

/** Reads one option's text into a draft. */
export type OptionReader = (draft: OptionsDraft, text: string) => void;

/** Readers by lower-case name without `$`. */
export const sharedOptions: ReadonlyMap<string, OptionReader> = new Map<string, OptionReader>([
  ['filter', (draft, text) => void (draft.filter = parseFilter(text))],
  ['select', (draft, text) => void (draft.select = parseSelect(text))],
  ['orderby', (draft, text) => void (draft.orderBy = parseOrderBy(text))],
  ['search', (draft, text) => void (draft.search = parseSearch(text))],
  ['top', (draft, text) => void (draft.top = readInteger(text, { field: '$top', least: 0, most: limits.top }))],
  ['skip', (draft, text) => void (draft.skip = readInteger(text, { field: '$skip', least: 0, most: limits.skip }))],
  ['count', (draft, text) => void (draft.count = readBoolean(text, '$count'))],
]);

/** Bounds of a whole-number option. */
export interface IntegerBounds {
  readonly field: string;
  readonly least: number;
  readonly most: number;
}

/** Reads a whole number within its bounds. */
export function readInteger(text: string, bounds: IntegerBounds): number {
  const { field, least, most } = bounds;
  const digits = text.trim();
  const value = /^\d{1,10}$/.test(digits) ? Number(digits) : -1;
  if (value < least || value > most) refuseText(field, `${quote(digits)} is not a whole number from ${least} to ${most}`);
  return value;
}

function readBoolean(text: string, field: string): boolean {
  const word = text.trim().toLowerCase();
  if (word !== 'true' && word !== 'false') refuseText(field, `${quote(word)} is neither 'true' nor 'false'`);
  return word === 'true';
}
