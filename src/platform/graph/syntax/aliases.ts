/**
 * Parameter aliases in `$filter` and `$orderby`: `$filter=displayName eq @name&@name='x'`. An alias stands for one constant or
 * one property, so that what it is put into grows no larger than what was sent.
 */

import type { ExpandItem, Expression, OrderTerm, QueryOptions } from './ast.ts';
import { parseFilter } from './filter.ts';
import { refuseText } from './limits.ts';

/** What each alias that is used stands for. */
type Values = (name: string) => Expression & { readonly node: 'literal' | 'path' };

/** The options with every alias in their expressions, expansions included, replaced by what it stands for. */
export function withoutAliases(options: QueryOptions): QueryOptions {
  return options.aliases.size === 0 ? options : replaceIn(options, valuesOf(options.aliases));
}

function valuesOf(aliases: ReadonlyMap<string, string>): Values {
  const read = new Map<string, Expression & { readonly node: 'literal' | 'path' }>();
  return (name) => {
    const known = read.get(name);
    if (known !== undefined) return known;
    const text = aliases.get(name);
    if (text === undefined) return refuseText(`@${name}`, 'The parameter alias has no value; add it to the query string');
    const value = parseFilter(text);
    const isPlain = value.node === 'literal' || (value.node === 'path' && aliasOf(value.segments) === undefined);
    if (!isPlain) return refuseText(`@${name}`, 'Its value is neither a constant nor a property');
    read.set(name, value);
    return value;
  };
}

/** Name of the alias that a path is, without its sign. */
const aliasOf = ([first, ...rest]: readonly string[]): string | undefined => (first?.startsWith('@') === true && rest.length === 0 ? first.slice(1) : undefined);

function replaceIn(options: QueryOptions, values: Values): QueryOptions {
  const { filter, orderBy, expand } = options;
  return {
    ...options,
    ...(filter === undefined ? {} : { filter: inExpression(filter, values) }),
    ...(orderBy === undefined ? {} : { orderBy: orderBy.map((term) => inTerm(term, values)) }),
    ...(expand === undefined ? {} : { expand: expand.map((item): ExpandItem => ({ ...item, options: replaceIn(item.options, values) })) }),
  };
}

function inTerm(term: OrderTerm, values: Values): OrderTerm {
  const name = aliasOf(term.path);
  if (name === undefined) return term;
  const value = values(name);
  return value.node === 'path' ? { ...term, path: value.segments } : refuseText(`@${name}`, 'An order needs a property, not a constant');
}

function inExpression(expression: Expression, values: Values): Expression {
  const inner = (part: Expression): Expression => inExpression(part, values);
  switch (expression.node) {
    case 'path': {
      const name = aliasOf(expression.segments);
      return name === undefined ? expression : { ...values(name), at: expression.at };
    }
    case 'and': case 'or': case 'compare': case 'has': return { ...expression, left: inner(expression.left), right: inner(expression.right) };
    case 'not': case 'in': return { ...expression, operand: inner(expression.operand) };
    case 'call': return { ...expression, arguments: expression.arguments.map(inner) };
    case 'lambda': return expression.predicate === undefined ? expression : { ...expression, predicate: inner(expression.predicate) };
    default: return expression;
  }
}
