/** `$search`: terms in the type's searchable properties, without regard to case. */
import { sql } from 'kysely';
import { refuse } from '../../../kernel/problem.ts';
import type { Sql } from '../model.ts';
import type { SearchExpression } from '../syntax/ast.ts';
import { clip } from '../value.ts';
import { expressionOf, memberOf, type Source } from './scope.ts';

/** The condition that a `$search` puts on a row. */
export function compileSearch(row: Source, search: SearchExpression): Sql {
  if (search.node === 'not') return sql`((${compileSearch(row, search.operand)}) is not true)`;
  if (search.node !== 'term') return sql`(${compileSearch(row, search.left)} ${search.node === 'and' ? sql`and` : sql`or`} ${compileSearch(row, search.right)})`;
  const names = search.property === undefined ? row.type.declared.searchable ?? [] : [search.property];
  if (names.length === 0) return refuse('invalidQuery', { field: '$search', reason: `'${row.type.name}' cannot be searched; use $filter` });
  return sql`(${sql.join(names.map((name) => found(row, { name, text: search.text })), sql` or `)})`;
}

function found(row: Source, term: { readonly name: string; readonly text: string }): Sql {
  const member = memberOf(row.type, term.name);
  if (member?.kind !== 'property' || member.property.type !== 'text' || member.property.collection === true) {
    return refuse('invalidQuery', { field: '$search', reason: `'${clip(term.name)}' is no text property of '${row.type.name}'` });
  }
  const pattern = `%${term.text.replace(/[\\%_]/g, '\\$&')}%`;
  return sql`(lower(${expressionOf(member.name, member.property, row)}) like lower(${pattern}))`;
}
