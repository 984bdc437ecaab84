/**
 * `$search`: words in the type's searchable properties, as the directory of Graph splits them — at blanks, marks, digits and
 * where small letters turn to capitals, in any letter case and order, each word from its beginning (migration 0021, where the
 * indexes are too). https://learn.microsoft.com/graph/search-query-parameter#using-search-on-directory-object-collections
 */
import { sql } from 'kysely';
import { refuse } from '../../../kernel/problem.ts';
import type { Sql } from '../model.ts';
import type { SearchExpression } from '../syntax/ast.ts';
import { clip } from '../value.ts';
import { expressionOf, memberOf, tableOf, type Compiling, type Source } from './scope.ts';

/**
 * The condition that a `$search` puts on a row. The rows that are found are looked up first: how many there are the planner can
 * only guess, and a wrong guess would walk through the whole table in the order of the page.
 */
export function compileSearch(context: Compiling, row: Source, search: SearchExpression): Sql {
  const found: Source = { ...row, alias: context.alias() };
  const key = (alias: string): Sql => sql.ref(`${alias}.${row.type.keyColumn}`);
  return sql`(${key(row.alias)} = any(array(select ${key(found.alias)} from ${tableOf(found)} where ${matching(context, found, search)})))`;
}

function matching(context: Compiling, row: Source, search: SearchExpression): Sql {
  if (search.node === 'not') return sql`((${matching(context, row, search.operand)}) is not true)`;
  if (search.node !== 'term') return sql`(${matching(context, row, search.left)} ${search.node === 'and' ? sql`and` : sql`or`} ${matching(context, row, search.right)})`;
  const names = search.property === undefined ? row.type.declared.searchable ?? [] : [search.property];
  if (names.length === 0) return refuse('invalidQuery', { field: '$search', reason: `'${row.type.name}' cannot be searched; use $filter` });
  return sql`(${sql.join(names.map((name) => matches(context, row, { name, text: search.text })), sql` or `)})`;
}

function matches(context: Compiling, row: Source, term: { readonly name: string; readonly text: string }): Sql {
  const member = memberOf(row.type, term.name, context.version);
  if (member?.kind !== 'property' || member.property.type !== 'text' || member.property.collection === true) {
    return refuse('invalidQuery', { field: '$search', reason: `'${clip(term.name)}' is no text property of '${row.type.name}'` });
  }
  return sql`(search_words(${expressionOf(member.name, member.property, row)}) @@ search_query(${term.text}))`;
}
