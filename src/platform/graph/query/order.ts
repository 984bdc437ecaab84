/** `$orderby` and keyset paging: the order is total (the key is its last term), and a page starts behind a remembered row. */
import { sql } from 'kysely';
import { createHash } from 'node:crypto';
import { refuse } from '../../../kernel/problem.ts';
import type { Sql } from '../model.ts';
import type { OrderTerm } from '../syntax/ast.ts';
import { clip } from '../value.ts';
import { pathOperand } from './operand.ts';
import { sqlType, type Compiling, type Source } from './scope.ts';

/** One term of the total order. `type` is the SQL type that a remembered value is read back as. */
export interface Term {
  readonly sql: Sql;
  readonly type: Sql;
  readonly descending: boolean;
  readonly mayBeNull: boolean;
}

const mostTerms = 20;

/** The order of a collection: what the client asked for, then the key, in the direction of the last term, so that one index can serve both. */
export function orderOf(context: Compiling, row: Source, terms: readonly OrderTerm[]): readonly Term[] {
  if (terms.length > mostTerms) refuse('invalidQuery', { field: '$orderby', reason: `${terms.length} terms are too many; the most is ${mostTerms}` });
  const asked = terms.map((term): Term => {
    const operand = orderOperand(context, row, term);
    if (operand.type === 'any') refuse('invalidQuery', { field: '$orderby', reason: `'${clip(term.path.join('/'))}' is a structured value; name one of its properties` });
    const type = sqlType(operand.type);
    // A computed property may be a constant, which `order by` would take for a column's number; a cast to its own type is none.
    const value = sql`(${operand.sql})::${type}`;
    const folds = operand.type === 'text' && (!operand.exact || term.call !== undefined);
    return { sql: folds ? sql`lower(${value})` : value, type, descending: term.descending, mayBeNull: operand.isAlwaysThere !== true };
  });
  const key: Term = { sql: sql.ref(`${row.alias}.${row.type.keyColumn}`), type: row.type.keyType === 'guid' ? sql`uuid` : sql`text`, descending: asked.at(-1)?.descending === true, mayBeNull: false };
  return [...asked, key];
}

function orderOperand(context: Compiling, row: Source, term: OrderTerm): ReturnType<typeof pathOperand> {
  if (term.call !== undefined && !['tolower', 'toupper'].includes(term.call)) {
    return refuse('invalidQuery', { field: '$orderby', reason: `ordering by the function '${clip(term.call)}' is not offered` });
  }
  try {
    return pathOperand({ context, row, variables: new Map() }, term.path);
  } catch (error) {
    if (error instanceof Error && error.name === 'Problem') return refuse('invalidQuery', { field: '$orderby', reason: error.message.replace(/^OData query is invalid: /, '').replace(/\.$/, '') });
    throw error;
  }
}

/** `order by …` */
export const orderBy = (terms: readonly Term[]): Sql => sql`order by ${sql.join(terms.map((term) => (term.descending ? sql`${term.sql} desc` : term.sql)))}`;

/** Select items that remember where a row stands: `"$o0"`, `"$o1"`, … as text. */
export const rememberedColumns = (terms: readonly Term[]): readonly Sql[] => terms.map((term, index) => sql`(${term.sql})::text as ${sql.ref(`$o${index}`)}`);

/** The values that a row was remembered with. */
export const remembered = (row: Readonly<Record<string, unknown>>, terms: readonly Term[]): readonly (string | null)[] =>
  terms.map((_, index) => { const value = row[`$o${index}`]; return typeof value === 'string' ? value : null; });

/** Condition for rows behind the remembered one. */
export function behind(terms: readonly Term[], values: readonly (string | null)[]): Sql {
  const isUniform = terms.every((term) => !term.mayBeNull && term.descending === terms[0]?.descending);
  if (!isUniform || values.includes(null)) return behindStepwise(terms, values);
  // One comparison of rows, which an index on the same columns answers from the right place.
  const at = terms.map((term, index) => sql`${values[index]}::${term.type}`);
  return sql`((${sql.join(terms.map((term) => term.sql))}) ${terms[0]?.descending === true ? sql`<` : sql`>`} (${sql.join(at)}))`;
}

/** Term by term. Nulls come last ascending and first descending, as PostgreSQL sorts. */
function behindStepwise(terms: readonly Term[], values: readonly (string | null)[]): Sql {
  const [term, ...rest] = terms;
  const [value = null, ...others] = values;
  if (term === undefined) return sql`false`;
  const next = rest.length === 0 ? sql`false` : behindStepwise(rest, others);
  if (value === null) {
    const same = sql`(${term.sql} is null and ${next})`;
    return term.descending ? sql`(${term.sql} is not null or ${same})` : same;
  }
  const at = sql`${value}::${term.type}`;
  if (rest.length === 0) return term.descending ? sql`(${term.sql} < ${at})` : sql`(${term.sql} > ${at})`;
  const tie = sql`(${term.sql} = ${at} and ${next})`;
  return term.descending ? sql`(${term.sql} < ${at} or ${tie})` : sql`(${term.sql} > ${at} or ${term.sql} is null or ${tie})`;
}

/** What ties a token to its query: another path, filter or order makes it invalid. */
export const signature = (parts: readonly string[]): string => createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 12);

/** An opaque paging token. Its content gives no right: whoever brings it is authorized anew. */
export const writeToken = (signed: string, values: readonly (string | null)[]): string => Buffer.from(JSON.stringify([signed, ...values])).toString('base64url');

/** Values of a token that fits the query; a foreign or garbled one is refused. */
export function readToken(token: string, signed: string, terms: number): readonly (string | null)[] {
  const parts = parseToken(token);
  const [mark, ...values] = parts;
  if (mark !== signed || values.length !== terms) return refuse('invalidQuery', { field: '$skiptoken', reason: 'the token does not belong to this query; start again from its first page' });
  return values;
}

/** The parts of a token; empty for what is none. */
export function parseToken(token: string): readonly (string | null)[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.every((part): part is string | null => part === null || typeof part === 'string')) return parsed;
  } catch { /* said below */ }
  return [];
}

