/** Prints syntax trees back to text and generates them, for round-trip tests. */

import fc from 'fast-check';
import type { Expression, Literal, SearchExpression } from './ast.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function printLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'string':
      return quoted(literal.value);
    case 'number':
      return literal.text;
    case 'boolean':
      return String(literal.value);
    case 'null':
      return 'null';
    case 'duration':
      return `duration'${literal.value}'`;
    case 'enum':
      return literal.type + quoted(literal.value);
    default:
      return literal.value;
  }
}

/** Every operation in parentheses, so that the text says what the tree says. */
export function print(expression: Expression): string {
  switch (expression.node) {
    case 'literal':
      return printLiteral(expression.literal);
    case 'path':
      return expression.segments.join('/');
    case 'countOf':
      return `${expression.path.join('/')}/$count`;
    case 'compare':
      return `(${print(expression.left)} ${expression.operator} ${print(expression.right)})`;
    case 'has':
    case 'and':
    case 'or':
      return `(${print(expression.left)} ${expression.node} ${print(expression.right)})`;
    case 'in':
      return `(${print(expression.operand)} in (${expression.list.map(printLiteral).join(',')}))`;
    case 'not':
      return `not(${print(expression.operand)})`;
    case 'call':
      return `${expression.name}(${expression.arguments.map(print).join(',')})`;
    case 'lambda': {
      const inner = expression.predicate === undefined ? '' : `${expression.variable ?? ''}:${print(expression.predicate)}`;
      return `${expression.path.join('/')}/${expression.operator}(${inner})`;
    }
  }
}

export function printSearch(expression: SearchExpression): string {
  if (expression.node === 'not') return `NOT (${printSearch(expression.operand)})`;
  if (expression.node !== 'term') return `(${printSearch(expression.left)} ${expression.node.toUpperCase()} ${printSearch(expression.right)})`;
  const text = expression.property === undefined ? expression.text : `${expression.property}:${expression.text}`;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A tree without its offsets, to compare trees of different texts. */
export function withoutPositions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPositions);
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, part]) => (key === 'at' ? [] : [[key, withoutPositions(part)]])));
}

const at = 0;
const name = fc.constantFrom('displayName', 'target', 'objectId', 'microsoft.graph.user', 'état', 'a_1', 'x');
const path = fc.array(name, { minLength: 1, maxLength: 4 });
const freeText = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));

export const literals: fc.Arbitrary<Literal> = fc.oneof(
  freeText.map((value): Literal => ({ kind: 'string', value })),
  fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map((number): Literal => ({ kind: 'number', value: Number(String(number)), text: String(number) })),
  fc.boolean().map((value): Literal => ({ kind: 'boolean', value })),
  fc.constant<Literal>({ kind: 'null' }),
  fc.uuid().map((value): Literal => ({ kind: 'guid', value })),
  fc.date({ noInvalidDate: true, min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') }).chain((date) =>
    fc.constantFrom<Literal>(
      { kind: 'dateTime', value: date.toISOString() },
      { kind: 'date', value: date.toISOString().slice(0, 10) },
      { kind: 'timeOfDay', value: date.toISOString().slice(11, 23) },
    ),
  ),
  fc.constantFrom<Literal>({ kind: 'duration', value: 'P1DT2.5S' }, { kind: 'duration', value: '-P1Y' }),
  freeText.map((value): Literal => ({ kind: 'enum', type: 'microsoft.graph.x', value })),
);

/** Expressions of every node, up to a few levels deep. */
export const expressions: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => {
  const inner = tie('expression');
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      literals.map((literal): Expression => ({ node: 'literal', literal, at })),
      path.map((segments): Expression => ({ node: 'path', segments, at })),
      path.map((segments): Expression => ({ node: 'countOf', path: segments, at })),
      fc.tuple(fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), inner, inner).map(([operator, left, right]): Expression => ({ node: 'compare', operator, left, right, at })),
      fc.tuple(fc.constantFrom('and', 'or', 'has'), inner, inner).map(([node, left, right]): Expression => ({ node, left, right, at })),
      fc.tuple(inner, fc.array(literals, { minLength: 1, maxLength: 4 })).map(([operand, list]): Expression => ({ node: 'in', operand, list, at })),
      inner.map((operand): Expression => ({ node: 'not', operand, at })),
      fc.tuple(fc.constantFrom('contains', 'now', 'tolower'), fc.array(inner, { maxLength: 3 })).map(([call, parameters]): Expression => ({ node: 'call', name: call, arguments: parameters, at })),
      fc.tuple(fc.constantFrom('any', 'all'), path, inner).map(([operator, owner, predicate]): Expression => ({ node: 'lambda', operator, path: owner, variable: 'v', predicate, at })),
      path.map((owner): Expression => ({ node: 'lambda', operator: 'any', path: owner, variable: undefined, predicate: undefined, at })),
    ),
  };
}).expression;

const searchText = freeText.map((text) => text.trim()).filter((text) => text !== '' && !text.includes(':'));

/** Search expressions of every node. */
export const searches: fc.Arbitrary<SearchExpression> = fc.letrec<{ search: SearchExpression }>((tie) => {
  const inner = tie('search');
  return {
    search: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      searchText.map((text): SearchExpression => ({ node: 'term', text })),
      searchText.map((text): SearchExpression => ({ node: 'term', property: 'displayName', text })),
      fc.tuple(fc.constantFrom('and', 'or'), inner, inner).map(([node, left, right]): SearchExpression => ({ node, left, right })),
      inner.map((operand): SearchExpression => ({ node: 'not', operand })),
    ),
  };
}).search;
