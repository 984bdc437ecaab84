/**
 * Resource paths. A path is cut into segments before it is decoded, so that an encoded slash stays inside its key.
 * Apostrophes mean quotes only within parentheses: `/users/o'brien@contoso.com/manager` is a key written as a segment.
 */

import { refuse } from '../../../kernel/problem.ts';
import type { Argument, Segment, SegmentKey } from './ast.ts';
import { TokenCursor } from './cursor.ts';
import { checkText, limits, quote, refuseSyntax, refuseText } from './limits.ts';
import { isName } from './split.ts';
import { constantOf, type Source } from './token.ts';

const field = 'path';

/** A segment as it stands in the path. */
interface RawSegment {
  readonly text: string;
  readonly at: number;
}

/** Parses the undecoded path behind the version. Slashes before and after it are ignored. */
export function parsePath(path: string): readonly Segment[] {
  checkText(path, field);
  const raw = splitPath(path);
  if (raw.length > limits.nodes) refuseText(field, `The path has more than ${limits.nodes} segments`);
  return raw.map(parseSegment);
}

/** Parses the text of an alias (`@x='…'` in the query) or of any single key value. */
export function parseArgument(text: string): Argument {
  const cursor = new TokenCursor({ text, field });
  const argument = readArgument(cursor);
  cursor.takeEnd();
  return argument;
}

function splitPath(path: string): readonly RawSegment[] {
  const segments: RawSegment[] = [];
  const last = path.endsWith('/') ? path.length - 1 : path.length;
  let start = path.startsWith('/') ? 1 : 0;
  while (start < last) {
    const end = Math.min(findSegmentEnd(path, start), last);
    segments.push({ text: path.slice(start, end), at: start });
    start = end + 1;
  }
  return segments;
}

/** Offset of the slash that ends the segment starting at `start`, or of the end. */
function findSegmentEnd(path: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let index = start; index < path.length; index += 1) {
    const character = path.charAt(index);
    if (depth === 0 && character === '/') return index;
    if (depth > 0 && (character === "'" || path.startsWith('%27', index))) quoted = !quoted;
    if (!quoted && character === '(') depth += 1;
    if (!quoted && character === ')') depth -= 1;
  }
  if (depth > 0) refuseSyntax({ field, at: path.length }, quoted ? 'the quotes are not closed' : "expected ')'");
  return path.length;
}

function parseSegment(raw: RawSegment): Segment {
  const text = decode(raw);
  if (text === '') refuse('unknownSegment', { field: text });
  const open = text.indexOf('(');
  const name = text.slice(0, Math.max(open, 0));
  // A parenthesis that came encoded may be part of a key written as a segment: 'Sales %28old%29'.
  const isKeyed = raw.text.includes('(') || (isName(name) && text.endsWith(')'));
  if (!isKeyed) return { kind: 'name', name: text, at: raw.at };
  if (!isName(name) && !isName(name.replace(/^\$/, ''))) refuseSyntax({ field, at: raw.at }, `${quote(name)} before '(' is not a name`);
  if (!text.endsWith(')')) refuseSyntax({ field, at: raw.at }, `expected the end of the segment after ')' in ${quote(text)}`);
  return { kind: 'keyed', name, keys: parseKeys({ text: text.slice(open + 1, -1), field, offset: raw.at + open + 1 }), at: raw.at };
}

function decode(raw: RawSegment): string {
  let text: string;
  try {
    text = decodeURIComponent(raw.text);
  } catch {
    return refuseSyntax({ field, at: raw.at }, `the percent-encoding of ${quote(raw.text)} is broken`);
  }
  if (text.includes('\0')) refuseSyntax({ field, at: raw.at }, 'the NUL character is not allowed');
  return text;
}

/** Offsets in refusals are exact unless something before them is percent-encoded. */
function parseKeys(source: Source): readonly SegmentKey[] {
  const cursor = new TokenCursor(source);
  const keys: SegmentKey[] = [];
  const names = new Set<string>();
  if (cursor.peek().kind === 'end') return keys;
  do {
    const key = parseKey(cursor);
    if (key.name !== undefined && names.has(key.name)) refuseText(field, `The key ${quote(key.name)} is given twice`);
    if (key.name !== undefined) names.add(key.name);
    keys.push(cursor.count(key));
  } while (cursor.skipMark(','));
  if (cursor.peek().kind !== 'end') cursor.expected("',' or ')'");
  if (keys.length > 1 && names.size < keys.length) refuseText(field, `Several keys need names, as in (a='1',b='2'), unlike ${quote(`(${source.text})`)}`);
  return keys;
}

function parseKey(cursor: TokenCursor): SegmentKey {
  if (!cursor.isMark('=', 1)) return { name: undefined, value: readArgument(cursor) };
  const name = cursor.takeName('a key name').text;
  cursor.takeMark('=');
  return { name, value: readArgument(cursor) };
}

function readArgument(cursor: TokenCursor): Argument {
  const token = cursor.peek();
  const alias = aliasName(token.kind === 'literal' && token.literal.kind === 'string' ? token.literal.value : token.text);
  const literal = constantOf(token);
  if (alias !== undefined) {
    cursor.take();
    return { kind: 'alias', name: alias };
  }
  if (literal === undefined) return cursor.expected('a value (text needs apostrophes)');
  cursor.take();
  return { kind: 'literal', literal };
}

/** SDKs send aliases with apostrophes around them too: `filterByCurrentUser(on='@on')`. */
function aliasName(text: string): string | undefined {
  const name = text.slice(1);
  return text.startsWith('@') && isName(name) && !name.includes('.') ? name : undefined;
}
