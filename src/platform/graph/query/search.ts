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
import { expressionOf, memberOf, type Compiling, type Source } from './scope.ts';

/** The condition that a `$search` puts on a row. */
export function compileSearch(context: Compiling, row: Source, search: SearchExpression): Sql {
  if (search.node === 'not') return sql`((${compileSearch(context, row, search.operand)}) is not true)`;
  if (search.node !== 'term') return sql`(${compileSearch(context, row, search.left)} ${search.node === 'and' ? sql`and` : sql`or`} ${compileSearch(context, row, search.right)})`;
  const names = search.property === undefined ? row.type.declared.searchable ?? [] : [search.property];
  if (names.length === 0) return refuse('invalidQuery', { field: '$search', reason: `'${row.type.name}' cannot be searched; use $filter` });
  return sql`(${sql.join(names.map((name) => found(context, row, { name, text: search.text })), sql` or `)})`;
}

function found(context: Compiling, row: Source, term: { readonly name: string; readonly text: string }): Sql {
  const member = memberOf(row.type, term.name, context.version);
  if (member?.kind !== 'property' || member.property.type !== 'text' || member.property.collection === true) {
    return refuse('invalidQuery', { field: '$search', reason: `'${clip(term.name)}' is no text property of '${row.type.name}'` });
  }
  return sql`(search_words(${expressionOf(member.name, member.property, row)}) @@ search_query(${term.text}))`;
}
