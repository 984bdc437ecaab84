/** `$orderby`: paths, counts, or one function of a path, each with a direction. */

import type { Expression, OrderTerm } from './ast.ts';
import { TokenCursor } from './cursor.ts';
import { parseExpression } from './filter.ts';

/** Parses the decoded text of a `$orderby`. */
export function parseOrderBy(text: string): readonly OrderTerm[] {
  const cursor = new TokenCursor({ text, field: '$orderby' });
  const terms: OrderTerm[] = [];
  do terms.push(parseTerm(cursor));
  while (cursor.skipMark(','));
  if (cursor.peek().kind !== 'end') cursor.expected("',', 'asc' or 'desc'");
  return terms;
}

function parseTerm(cursor: TokenCursor): OrderTerm {
  const target = orderTarget(parseExpression(cursor));
  if (target === undefined) return cursor.expected('a property, or one function of a property,');
  const direction = cursor.peekWord();
  if (direction === 'asc' || direction === 'desc') cursor.take();
  return { ...target, descending: direction === 'desc' };
}

function orderTarget(expression: Expression): { readonly path: readonly string[]; readonly call?: string } | undefined {
  if (expression.node === 'path') return { path: expression.segments };
  if (expression.node === 'countOf') return { path: [...expression.path, '$count'] };
  if (expression.node !== 'call' || expression.arguments.length !== 1) return undefined;
  const argument = expression.arguments[0];
  return argument?.node === 'path' ? { path: argument.segments, call: expression.name } : undefined;
}
