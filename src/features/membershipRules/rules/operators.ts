/** Comparisons of a rule: -eq, -in, -match and the others, and what each takes. Pure. */
import type { PropertyType, ValueTest } from '../model.ts';
import type { Cursor } from './cursor.ts';
import { largestPattern, parsePattern, sizeOf, type Pattern, type PatternFault } from './pattern.ts';
import type { Token } from './tokens.ts';

/** A comparison; those that say the contrary of another are that other, negated. */
export interface Comparison {
  readonly test: ValueTest;
  readonly isNegated: boolean;
}

const plain = ['eq', 'startswith', 'contains', 'match', 'in'] as const;
type Plain = (typeof plain)[number];
const contraries: Readonly<Record<string, Plain>> = { ne: 'eq', notstartswith: 'startswith', notcontains: 'contains', notmatch: 'match', notin: 'in' };
const spelled = '-eq, -ne, -startsWith, -notStartsWith, -contains, -notContains, -match, -notMatch, -in or -notIn';

/** A word in lower case without the hyphen that operators may have. Of a quoted text: nothing. */
export const wordOf = ({ kind, text }: Token): string => (kind === 'word' ? text.toLowerCase().replace(/^-/, '') : '');

/** Whether a word is an operator. */
export const isOperator = (token: Token): boolean => plainOf(token) !== undefined || ['and', 'or', 'not', 'any', 'all'].includes(wordOf(token));

const plainOf = (token: Token): Plain | undefined => plain.find((word) => word === wordOf(token)) ?? contraries[wordOf(token)];

/** Reads an operator and its value. Inside -any and -all `of` is `element`, which is never null. */
export function comparison(cursor: Cursor, of: PropertyType | 'element'): Comparison {
  const operator = plainOf(cursor.peek);
  if (operator === undefined) return cursor.fail(of === 'texts' ? `${spelled}, -any or -all` : spelled);
  const isNegated = contraries[wordOf(cursor.peek)] !== undefined;
  if (of === 'flag' && operator !== 'eq') cursor.fail('-eq or -ne: the property is true or false');
  cursor.take();
  return { test: testOf(cursor, operator, of), isNegated };
}

function testOf(cursor: Cursor, operator: Plain, of: PropertyType | 'element'): ValueTest {
  switch (operator) {
    case 'eq': return equality(cursor, of);
    case 'in': return { test: 'isOneOf', values: list(cursor) };
    case 'startswith': return { test: 'startsWith', value: value(cursor) };
    case 'contains': return { test: 'contains', value: value(cursor) };
    case 'match': return pattern(cursor);
    default: return operator satisfies never;
  }
}

function equality(cursor: Cursor, of: PropertyType | 'element'): ValueTest {
  const word = cursor.peek.kind === 'word' ? cursor.peek.text.toLowerCase().replace(/^\$/, '') : '';
  if (word === 'null') {
    if (of === 'element') cursor.fail('a text: an element is never null');
    cursor.take();
    return { test: 'isNull' };
  }
  if (of === 'flag') {
    const said = cursor.peek.kind === 'text' ? cursor.peek.text.toLowerCase() : word;
    if (said !== 'true' && said !== 'false') cursor.fail('true, false or null');
    cursor.take();
    return { test: 'isOneOf', values: [said] };
  }
  return { test: 'isOneOf', values: [value(cursor)] };
}

/** A text in quotes, or a number without. */
function value(cursor: Cursor): string {
  const { kind, text } = cursor.peek;
  if (kind !== 'text' && !(kind === 'word' && /^-?\d+$/.test(text))) return cursor.fail('a value in quotes');
  cursor.take();
  return text;
}

const mostValues = 200;

function list(cursor: Cursor): readonly string[] {
  cursor.needSign('[');
  const values = [value(cursor)];
  while (cursor.takeSign(',')) values.push(value(cursor));
  if (values.length > mostValues) cursor.fail(`at most ${mostValues} values`);
  cursor.needSign(']');
  return values;
}

function pattern(cursor: Cursor): ValueTest {
  const text = value(cursor);
  const read = parsePattern(text);
  if (isFault(read)) return cursor.fail(`a pattern that can be followed: at its character ${read.at + 1} ${read.expected}`, -1);
  cursor.patternSize += sizeOf(read);
  return cursor.patternSize > largestPattern ? cursor.fail('fewer or smaller patterns: together they are too large', -1) : { test: 'matches', pattern: read };
}

const isFault = (read: Pattern | PatternFault): read is PatternFault => 'expected' in read;
