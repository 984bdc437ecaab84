/**
 * `$filter`: a Pratt parser over {@link TokenCursor}. Loosest to tightest: `or`, `and`, the comparisons with `has` and
 * `in`, `not`. Keywords and function names are matched without regard to case, as Graph does.
 * https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html#sec_SystemQueryOptionfilter
 */

import type { Expression, Literal } from './ast.ts';
import { TokenCursor } from './cursor.ts';
import { limits, refuseText } from './limits.ts';
import { constantOf } from './token.ts';

const bindingPowers: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ['and', 2],
  ...['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'has', 'in'].map((operator): [string, number] => [operator, 3]),
]);

/** Parses the decoded text of a `$filter`. */
export function parseFilter(text: string): Expression {
  const cursor = new TokenCursor({ text, field: '$filter' });
  const expression = parseExpression(cursor);
  cursor.takeEnd();
  return expression;
}

/** Parses one expression and leaves the cursor behind it. */
export function parseExpression(cursor: TokenCursor): Expression {
  return parseInfix(cursor, 0);
}

function parseInfix(cursor: TokenCursor, floor: number): Expression {
  let left = parseUnary(cursor);
  for (;;) {
    const power = bindingPowers.get(cursor.peekWord() ?? '');
    if (power === undefined || power <= floor) return left;
    left = parseOperation(cursor, left, power);
  }
}

function parseOperation(cursor: TokenCursor, left: Expression, power: number): Expression {
  const { text, at } = cursor.take();
  const operator = text.toLowerCase();
  if (operator === 'in') return cursor.count({ node: 'in', operand: left, list: parseList(cursor), at });
  const right = parseInfix(cursor, power);
  switch (operator) {
    case 'or':
    case 'and':
    case 'has':
      return cursor.count({ node: operator, left, right, at });
    case 'eq':
    case 'ne':
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return cursor.count({ node: 'compare', operator, left, right, at });
    default:
      return cursor.expected('an operator');
  }
}

function parseList(cursor: TokenCursor): readonly Literal[] {
  cursor.takeMark('(');
  const list: Literal[] = [];
  do {
    if (list.length === limits.inList) refuseText(cursor.field, `The list at position ${cursor.peek().at} has more than ${limits.inList} values`);
    list.push(parseListValue(cursor));
  } while (cursor.skipMark(','));
  cursor.takeMark(')');
  return list;
}

function parseListValue(cursor: TokenCursor): Literal {
  const token = cursor.peek();
  const literal = constantOf(token);
  if (literal === undefined) return cursor.expected('a literal value');
  cursor.take();
  return literal;
}

function parseUnary(cursor: TokenCursor): Expression {
  if (cursor.peekWord() !== 'not') return parsePrimary(cursor);
  const { at } = cursor.take();
  const operand = cursor.nested(() => parseUnary(cursor));
  return cursor.count({ node: 'not', operand, at });
}

function parsePrimary(cursor: TokenCursor): Expression {
  const token = cursor.peek();
  if (token.kind === 'literal') {
    cursor.take();
    return cursor.count({ node: 'literal', literal: token.literal, at: token.at });
  }
  if (cursor.skipMark('(')) {
    const inner = cursor.nested(() => parseExpression(cursor));
    cursor.takeMark(')');
    return inner;
  }
  if (token.kind !== 'name' || bindingPowers.has(token.text.toLowerCase())) return cursor.expected('a value');
  if (cursor.isMark('(', 1)) return parseCall(cursor);
  return parsePath(cursor);
}

function parseCall(cursor: TokenCursor): Expression {
  const { text, at } = cursor.take();
  cursor.takeMark('(');
  const parameters: Expression[] = [];
  if (!cursor.isMark(')')) {
    do parameters.push(cursor.nested(() => parseExpression(cursor)));
    while (cursor.skipMark(','));
  }
  cursor.takeMark(')');
  return cursor.count({ node: 'call', name: text.toLowerCase(), arguments: parameters, at });
}

function parsePath(cursor: TokenCursor): Expression {
  const first = cursor.take();
  const literal = cursor.isMark('/') ? undefined : constantOf(first);
  if (literal !== undefined) return cursor.count({ node: 'literal', literal, at: first.at });
  const segments = [first.text];
  while (cursor.skipMark('/')) {
    const { text } = cursor.takeName('a property name');
    if (cursor.isMark('(')) return parseLambda(cursor, { operator: text.toLowerCase(), path: segments, at: first.at });
    if (text.toLowerCase() === '$count') return cursor.count({ node: 'countOf', path: segments, at: first.at });
    segments.push(text);
  }
  return cursor.count({ node: 'path', segments, at: first.at });
}

/** What stands before the parenthesis of a lambda. */
interface LambdaHead {
  readonly operator: string;
  readonly path: readonly string[];
  readonly at: number;
}

function parseLambda(cursor: TokenCursor, head: LambdaHead): Expression {
  const { operator, path, at } = head;
  if (operator !== 'any' && operator !== 'all') return cursor.expected("no parenthesis; only 'any' and 'all' take one in a path");
  cursor.takeMark('(');
  if (operator === 'any' && cursor.skipMark(')')) return cursor.count({ node: 'lambda', operator, path, variable: undefined, predicate: undefined, at });
  const variable = cursor.takeName('a variable name').text;
  cursor.takeMark(':');
  const predicate = cursor.nested(() => parseExpression(cursor));
  cursor.takeMark(')');
  return cursor.count({ node: 'lambda', operator, path, variable, predicate, at });
}
