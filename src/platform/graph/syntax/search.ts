/**
 * `$search` as the directory of Graph takes it: terms, quoted phrases and `"property:text"`, joined by `AND`, `OR` and
 * `NOT` in capitals (in small letters they are words to look for). A backslash escapes inside quotes.
 * https://learn.microsoft.com/graph/search-query-parameter
 */

import type { SearchExpression } from './ast.ts';
import { checkText, limits, quote, refuseSyntax, refuseText } from './limits.ts';
import { isName } from './split.ts';

const field = '$search';
const wordPattern = /[^\s()"]+/y;
const blankPattern = /\s*/y;

interface SearchToken {
  readonly kind: 'word' | 'phrase' | 'mark' | 'end';
  readonly text: string;
  readonly at: number;
}

/** The parser's place in the text: one token ahead. */
interface SearchState {
  readonly text: string;
  token: SearchToken;
  /** Offset behind the token. */
  end: number;
  depth: number;
  nodes: number;
}

/** Parses the decoded text of a `$search`. */
export function parseSearch(text: string): SearchExpression {
  checkText(text, field);
  const state: SearchState = { text, token: { kind: 'end', text: '', at: 0 }, end: 0, depth: 0, nodes: 0 };
  advance(state);
  const expression = parseOr(state);
  if (state.token.kind !== 'end') refuseSyntax({ field, at: state.token.at }, `unexpected ${quote(state.token.text)}`);
  return expression;
}

function advance(state: SearchState): void {
  blankPattern.lastIndex = state.end;
  const at = state.end + (blankPattern.exec(state.text)?.[0].length ?? 0);
  const character = state.text.charAt(at);
  if (character === '"') return advancePhrase(state, at);
  wordPattern.lastIndex = at;
  const word = wordPattern.exec(state.text)?.[0];
  if (word !== undefined) state.token = { kind: 'word', text: word, at };
  else state.token = { kind: character === '' ? 'end' : 'mark', text: character, at };
  state.end = at + state.token.text.length;
}

function advancePhrase(state: SearchState, at: number): void {
  let text = '';
  let index = at + 1;
  while (index < state.text.length && state.text.charAt(index) !== '"') {
    if (state.text.charAt(index) === '\\') index += 1;
    text += state.text.charAt(index);
    index += 1;
  }
  if (index >= state.text.length) refuseSyntax({ field, at }, 'the quotes are not closed');
  state.token = { kind: 'phrase', text, at };
  state.end = index + 1;
}

function isWord(state: SearchState, word: string): boolean {
  return state.token.kind === 'word' && state.token.text === word;
}

function isMark(state: SearchState, mark: string): boolean {
  return state.token.kind === 'mark' && state.token.text === mark;
}

function count<T>(state: SearchState, node: T): T {
  state.nodes += 1;
  if (state.nodes > limits.nodes) refuseText(field, `The expression has more than ${limits.nodes} nodes`);
  return node;
}

function parseOr(state: SearchState): SearchExpression {
  let left = parseAnd(state);
  while (isWord(state, 'OR')) {
    advance(state);
    left = count(state, { node: 'or', left, right: parseAnd(state) });
  }
  return left;
}

function parseAnd(state: SearchState): SearchExpression {
  let left = parseNot(state);
  while (state.token.kind !== 'end' && !isWord(state, 'OR') && !isMark(state, ')')) {
    if (isWord(state, 'AND')) advance(state);
    left = count(state, { node: 'and', left, right: parseNot(state) });
  }
  return left;
}

function parseNot(state: SearchState): SearchExpression {
  if (isWord(state, 'NOT')) {
    advance(state);
    const operand = nested(state, parseNot);
    return count(state, { node: 'not', operand });
  }
  if (!isMark(state, '(')) return parseTerm(state);
  advance(state);
  const inner = nested(state, parseOr);
  if (!isMark(state, ')')) refuseSyntax({ field, at: state.token.at }, "expected ')'");
  advance(state);
  return inner;
}

function nested(state: SearchState, parse: (state: SearchState) => SearchExpression): SearchExpression {
  state.depth += 1;
  if (state.depth > limits.nestingDepth) refuseText(field, `The expression is nested deeper than ${limits.nestingDepth} levels`);
  const result = parse(state);
  state.depth -= 1;
  return result;
}

function parseTerm(state: SearchState): SearchExpression {
  const { kind, text, at } = state.token;
  const isOperator = isWord(state, 'AND') || isWord(state, 'OR');
  if (isOperator || kind === 'mark' || kind === 'end') refuseSyntax({ field, at }, 'expected a term');
  advance(state);
  const colon = text.indexOf(':');
  const property = text.slice(0, Math.max(colon, 0)).trim();
  const words = (isName(property) ? text.slice(colon + 1) : text).trim();
  if (words === '') refuseSyntax({ field, at }, 'expected text to look for');
  return count(state, isName(property) ? { node: 'term', property, text: words } : { node: 'term', text: words });
}
