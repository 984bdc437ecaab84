/**
 * Patterns of `-match`: the part of regular expressions that every automaton can follow in linear time, and that the database and
 * this process read alike: literals, `.`, classes, `\d \w \s`, groups, `|`, `* + ? {n,m}`, `^` and `$`. No look-around, no
 * backward references. Found anywhere in the text, without regard to case. Pure.
 */

/** Ranges of code points over text in lower case. */
type Ranges = readonly (readonly [from: number, to: number])[];

/** A pattern, read. */
export type Pattern =
  | { readonly node: 'set'; readonly ranges: Ranges; readonly isNegated: boolean }
  | { readonly node: 'start' | 'end' }
  | { readonly node: 'sequence' | 'choice'; readonly parts: readonly Pattern[] }
  | { readonly node: 'repeat'; readonly part: Pattern; readonly least: number; readonly most: number | undefined };

/** What is wrong with a pattern, and where: characters from 0. */
export interface PatternFault {
  readonly at: number;
  readonly expected: string;
}

const mostRepeats = 100;
/** Largest pattern, and largest sum of all patterns of a rule: a database of 20,000 people is asked about them in seconds, whatever they are called. */
export const largestPattern = 1000;

/** One character in lower case, as the database's own lower() makes it: by itself, and to one character. */
const foldOne = (character: string): string => (character === 'İ' ? 'i' : Array.from(character.toLowerCase()).length === 1 ? character.toLowerCase() : character);

/** A text in lower case, character by character. */
export const fold = (text: string): string => Array.from(text, foldOne).join('');

const digit: Ranges = [[48, 57]];
const word: Ranges = [[48, 57], [95, 95], [97, 122]];
const space: Ranges = [[9, 13], [32, 32]];
const classes: Readonly<Record<string, { readonly ranges: Ranges; readonly isNegated: boolean }>> = {
  d: { ranges: digit, isNegated: false }, w: { ranges: word, isNegated: false }, s: { ranges: space, isNegated: false },
  D: { ranges: digit, isNegated: true }, W: { ranges: word, isNegated: true }, S: { ranges: space, isNegated: true },
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12 };

interface Reader {
  readonly characters: readonly string[];
  at: number;
}

class Fault extends Error {
  readonly fault: PatternFault;
  constructor(fault: PatternFault) {
    super(fault.expected);
    this.fault = fault;
  }
}

const fail = (reader: Reader, expected: string): never => { throw new Fault({ at: reader.at, expected }); };

/** Reads a pattern, or says what is wrong with it. */
export function parsePattern(text: string): Pattern | PatternFault {
  const reader: Reader = { characters: Array.from(text), at: 0 };
  try {
    const pattern = choice(reader, 0);
    if (reader.at < reader.characters.length) fail(reader, "no ')' without its '('");
    if (sizeOf(pattern) > largestPattern) return { at: 0, expected: 'a smaller pattern: its repetitions make it too large' };
    return pattern;
  } catch (error) {
    if (error instanceof Fault) return error.fault;
    throw error;
  }
}

function choice(reader: Reader, depth: number): Pattern {
  if (depth > 20) fail(reader, 'fewer groups within groups');
  const parts = [sequence(reader, depth)];
  while (reader.characters[reader.at] === '|') {
    reader.at++;
    parts.push(sequence(reader, depth));
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { node: 'choice', parts };
}

function sequence(reader: Reader, depth: number): Pattern {
  const parts: Pattern[] = [];
  for (let next = reader.characters[reader.at]; next !== undefined && next !== '|' && next !== ')'; next = reader.characters[reader.at]) parts.push(repeated(reader, depth));
  return { node: 'sequence', parts };
}

function repeated(reader: Reader, depth: number): Pattern {
  const part = atom(reader, depth);
  const bounds = bound(reader);
  if (bounds === undefined) return part;
  if (part.node === 'start' || part.node === 'end') fail(reader, 'no repetition of ^ or $');
  if (/^[*+?{]$/.test(reader.characters[reader.at] ?? '')) fail(reader, 'one repetition, not two');
  return { node: 'repeat', part, ...bounds };
}

function bound(reader: Reader): { readonly least: number; readonly most: number | undefined } | undefined {
  const next = reader.characters[reader.at];
  const simple = next === '*' ? { least: 0, most: undefined } : next === '+' ? { least: 1, most: undefined } : next === '?' ? { least: 0, most: 1 } : undefined;
  if (simple !== undefined) {
    reader.at++;
    return simple;
  }
  if (next !== '{') return undefined;
  const found = /^\{(\d{1,3})(,(\d{1,3})?)?\}/.exec(reader.characters.slice(reader.at, reader.at + 12).join(''));
  if (found === null) return fail(reader, 'a repetition such as {2} or {2,5}, or \\{ for the character');
  const least = Number(found[1]);
  const most = found[2] === undefined ? least : found[3] === undefined ? undefined : Number(found[3]);
  if (least > mostRepeats || (most ?? least) > mostRepeats || (most ?? least) < least) fail(reader, `a repetition of at most ${mostRepeats} times, the smaller number first`);
  reader.at += found[0].length;
  return { least, most };
}

function atom(reader: Reader, depth: number): Pattern {
  const next = reader.characters[reader.at] ?? '';
  if (next === '(') return group(reader, depth);
  if (next === '[') return set(reader);
  if (/^[*+?{]$/.test(next)) fail(reader, `something before '${next}', or \\${next} for the character`);
  reader.at++;
  if (next === '.') return { node: 'set', ranges: [], isNegated: true };
  if (next === '^') return { node: 'start' };
  if (next === '$') return { node: 'end' };
  if (next === '\\') {
    const escaped = escape(reader);
    return typeof escaped === 'number' ? single(escaped) : { node: 'set', ...escaped };
  }
  return single(next.codePointAt(0) ?? 0);
}

function group(reader: Reader, depth: number): Pattern {
  reader.at++;
  if (reader.characters[reader.at] === '?') {
    if (reader.characters[reader.at + 1] !== ':') fail(reader, 'a plain group: (…) or (?:…)');
    reader.at += 2;
  }
  const inside = choice(reader, depth + 1);
  if (reader.characters[reader.at] !== ')') fail(reader, "')'");
  reader.at++;
  return inside;
}

const single = (code: number): Pattern => ({ node: 'set', ranges: folded(code, code), isNegated: false });

/** After a backslash: a class, or a character that is meant as itself. */
function escape(reader: Reader): number | { readonly ranges: Ranges; readonly isNegated: boolean } {
  const next = reader.characters[reader.at] ?? '';
  const known = classes[next] ?? controls[next];
  if (known === undefined && !/^[^A-Za-z0-9]$/u.test(next)) fail(reader, '\\d, \\w, \\s, \\t, \\n or a sign after the backslash');
  reader.at++;
  return known ?? next.codePointAt(0) ?? 0;
}

function set(reader: Reader): Pattern {
  reader.at++;
  const isNegated = reader.characters[reader.at] === '^';
  if (isNegated) reader.at++;
  const ranges: (readonly [number, number])[] = [];
  while (reader.characters[reader.at] !== ']') {
    if (reader.characters[reader.at] === undefined) fail(reader, "']'");
    ranges.push(...member(reader));
  }
  reader.at++;
  if (ranges.length === 0) fail(reader, 'something between [ and ]');
  return { node: 'set', ranges, isNegated };
}

function member(reader: Reader): Ranges {
  const from = memberEnd(reader);
  if (typeof from !== 'number') return from;
  if (reader.characters[reader.at] !== '-' || reader.characters[reader.at + 1] === ']') return folded(from, from);
  reader.at++;
  const to = memberEnd(reader);
  if (typeof to !== 'number' || to < from) return fail(reader, 'a range such as a-z, the smaller character first');
  return folded(from, to);
}

function memberEnd(reader: Reader): number | Ranges {
  const next = reader.characters[reader.at];
  if (next === undefined || next === '[') return fail(reader, next === '[' ? '\\[ for the character' : "']'");
  reader.at++;
  if (next !== '\\') return next.codePointAt(0) ?? 0;
  const escaped = escape(reader);
  if (typeof escaped === 'number') return escaped;
  return escaped.isNegated ? fail(reader, 'no \\D, \\W or \\S between [ and ]') : escaped.ranges;
}

/** A range as text in lower case knows it: the letters A to Z in it stand for small ones. */
function folded(from: number, to: number): Ranges {
  if (from === to) {
    const code = foldOne(String.fromCodePoint(from)).codePointAt(0) ?? from;
    return [[code, code]];
  }
  const [first, last] = [Math.max(from, 65), Math.min(to, 90)];
  return first > last ? [[from, to]] : [[from, to], [first + 32, last + 32]];
}

/** How large a pattern is, in steps: of them each character of a text takes as many at most. */
export function sizeOf(pattern: Pattern): number {
  switch (pattern.node) {
    case 'sequence': case 'choice': return pattern.parts.reduce((sum, part) => sum + sizeOf(part), 1);
    case 'repeat': return sizeOf(pattern.part) * Math.max(pattern.most ?? pattern.least, 1) + 1;
    case 'set': return 1 + pattern.ranges.length;
    default: return 1;
  }
}
