/**
 * Cuts a filter, an order or a key list into tokens, in one pass. Every pattern is sticky and either of bounded length
 * or a plain run of one character class, so no input makes it look at a character more than a fixed number of times.
 */

import type { Literal } from './ast.ts';
import { checkText, quote, refuseSyntax } from './limits.ts';
import { isDuration, lexTemporal, matchAt } from './temporal.ts';
import { type LiteralToken, placeIn, type Source, type Token } from './token.ts';

const guidPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/iy;
const numberPattern = /[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const namePattern = /[$@]?[\p{L}_][\p{L}\p{N}_.]*/uy;
const blankPattern = /[ \t\r\n]*/y;
const tailPattern = /[\p{L}\p{N}_.+:'-]/uy;
const marks = '(),/:=';

/** All tokens of a text, the last of them `end`. */
export function tokenize(source: Source): readonly Token[] {
  checkText(source.text, source.field);
  const tokens: Token[] = [];
  let at = skipBlank(source.text, 0);
  while (at < source.text.length) {
    const token = lexToken(source, at);
    tokens.push({ ...token, at: placeIn(source, at).at });
    at = skipBlank(source.text, at + token.text.length);
  }
  tokens.push({ kind: 'end', text: '', at: placeIn(source, source.text.length).at });
  return tokens;
}

function skipBlank(text: string, at: number): number {
  return at + (matchAt(blankPattern, text, at) ?? '').length;
}

function lexToken(source: Source, at: number): Token {
  const character = source.text.charAt(at);
  if (marks.includes(character)) return { kind: 'mark', text: character, at };
  if (character === "'") return lexString(source, at);
  const literal = lexGuid(source, at) ?? lexTemporal(source, at) ?? lexNumber(source, at);
  if (literal === undefined) return lexName(source, at);
  const end = at + literal.text.length;
  if (matchAt(tailPattern, source.text, end) !== undefined) refuseSyntax(placeIn(source, at), `malformed ${literal.literal.kind} ${quote(source.text.slice(at, end + 1))}`);
  return literal;
}

function lexGuid(source: Source, at: number): LiteralToken | undefined {
  const text = matchAt(guidPattern, source.text, at);
  return text === undefined ? undefined : { kind: 'literal', text, at, literal: { kind: 'guid', value: text.toLowerCase() } };
}

function lexNumber(source: Source, at: number): LiteralToken | undefined {
  const text = matchAt(numberPattern, source.text, at);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) refuseSyntax(placeIn(source, at), `the number ${quote(text)} is too large`);
  return { kind: 'literal', text, at, literal: { kind: 'number', value, text } };
}

function lexString(source: Source, at: number): LiteralToken {
  const end = findStringEnd(source, at);
  const text = source.text.slice(at, end);
  return { kind: 'literal', text, at, literal: { kind: 'string', value: text.slice(1, -1).replaceAll("''", "'") } };
}

/** Offset just after the closing apostrophe of the string that opens at `at`. */
function findStringEnd(source: Source, at: number): number {
  let close = source.text.indexOf("'", at + 1);
  while (close >= 0 && source.text.charAt(close + 1) === "'") close = source.text.indexOf("'", close + 2);
  if (close < 0) refuseSyntax(placeIn(source, at), 'the string is not closed; double an apostrophe inside a string');
  return close + 1;
}

function lexName(source: Source, at: number): Token {
  const name = matchAt(namePattern, source.text, at);
  if (name === undefined) {
    const character = String.fromCodePoint(source.text.codePointAt(at) ?? 0);
    return refuseSyntax(placeIn(source, at), `unexpected character ${quote(character)}`);
  }
  if (source.text.charAt(at + name.length) !== "'") return { kind: 'name', text: name, at };
  const string = lexString(source, at + name.length);
  const value = string.text.slice(1, -1).replaceAll("''", "'");
  const literal = typedLiteral(name, value);
  if (literal?.kind === 'duration' && !isDuration(value)) refuseSyntax(placeIn(source, at), `${quote(value)} is not an ISO 8601 duration`);
  if (literal === undefined) refuseSyntax(placeIn(source, at), `${quote(name)} before a string is neither 'duration' nor the name of an enumeration`);
  return { kind: 'literal', text: name + string.text, at, literal };
}

function typedLiteral(type: string, value: string): Literal | undefined {
  if (type.toLowerCase() === 'duration') return { kind: 'duration', value };
  return type.includes('.') ? { kind: 'enum', type, value } : undefined;
}
