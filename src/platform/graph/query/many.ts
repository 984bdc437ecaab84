/** Collections in a filter: any, all and $count over relations, stored lists, and lists inside structured values. */
import { sql } from 'kysely';
import type { Property, Sql } from '../model.ts';
import type { Expression } from '../syntax/ast.ts';
import { clip, isComplex } from '../value.ts';
import { literalText, refuseFilter, type Bound, type Names, type Operand } from './operand.ts';
import { allOf, castNamed, expressionOf, isOfType, memberOf, reachOf, tableOf, type Member, type Source } from './scope.ts';

type Lambda = Expression & { readonly node: 'lambda' };
/** Compiles a condition. */
type Condition = (names: Names, expression: Expression) => Sql;

/** A collection, and what stands between it and the row that the filter is about. */
interface Many {
  readonly of: { readonly kind: 'targets'; readonly source: Source; readonly member: Member & { readonly kind: 'navigation' } } | { readonly kind: 'elements'; readonly value: Sql; readonly property: Property; readonly source: Source | undefined };
  /** A value that is computed behind relations to one, as a value of the row; null where there is none. */
  readonly within: (value: Sql) => Sql;
  /** The same of a condition: false where there is none. */
  readonly holds: (condition: Sql) => Sql;
}

const asItIs = { within: (value: Sql): Sql => value, holds: (condition: Sql): Sql => condition };

/** `any` and `all`. */
export function quantified(names: Names, lambda: Lambda, condition: Condition): Sql {
  const { of, holds } = manyAt(names, lambda.path);
  const known = of.kind === 'elements' ? reworded(lambda, of) : undefined;
  if (known !== undefined) return sql`(${known})`;
  const inner = (bound: Bound): readonly Sql[] => (lambda.predicate === undefined ? [] : [tested(names, { lambda, bound }, condition)]);
  const some = of.kind === 'targets' ? overTargets(names, of, inner) : overElements(names, of, inner);
  return lambda.operator === 'any' ? holds(some) : sql`(not ${holds(some)})`;
}

/** `any(x: x/… eq 'text')` in other words, where the collection has them. */
function reworded(lambda: Lambda, of: Many['of'] & { kind: 'elements' }): Sql | undefined {
  const { variable, predicate } = lambda;
  if (of.source === undefined || lambda.operator !== 'any' || predicate?.node !== 'compare' || predicate.operator !== 'eq') return undefined;
  const { left, right } = predicate;
  if (left.node !== 'path' || right.node !== 'literal' || right.literal.kind === 'null' || left.segments[0]?.toLowerCase() !== variable?.toLowerCase()) return undefined;
  return of.property.equals?.(of.source.alias, left.segments.slice(1), literalText(right.literal));
}

/** `all` is the absence of a counter-example. */
function tested(names: Names, { lambda, bound }: { readonly lambda: Lambda; readonly bound: Bound }, condition: Condition): Sql {
  if (lambda.predicate === undefined) return sql`true`;
  const variables = new Map(names.variables);
  if (lambda.variable !== undefined) variables.set(lambda.variable.toLowerCase(), bound);
  const holds = condition({ ...names, variables }, lambda.predicate);
  return lambda.operator === 'any' ? holds : sql`((${holds}) is not true)`;
}

function overTargets(names: Names, { source, member }: Many['of'] & { kind: 'targets' }, inner: (bound: Bound) => readonly Sql[]): Sql {
  const { target, conditions } = reachOf(names.context, source, member);
  return sql`exists (select 1 from ${tableOf(target)} where ${allOf([...conditions, ...inner({ kind: 'row', source: target })])})`;
}

const elementsOf = (value: Sql): Sql => sql`coalesce(nullif(to_jsonb(${value}), 'null'::jsonb), '[]'::jsonb)`;

function overElements(names: Names, { value, property }: Many['of'] & { kind: 'elements' }, inner: (bound: Bound) => readonly Sql[]): Sql {
  const alias = names.context.alias();
  const { collection: _, ...single } = property;
  const conditions = inner({ kind: 'element', value: sql.ref(`${alias}.value`), property: single });
  const where = conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
  return sql`exists (select 1 from jsonb_array_elements(${elementsOf(value)}) as ${sql.ref(alias)}(value) where ${where})`;
}

/** `…/$count` as a number. */
export function countOperand(names: Names, path: readonly string[]): Operand {
  const { of, within } = manyAt(names, path);
  return { sql: within(counted(names, of)), type: 'whole', exact: true };
}

function counted(names: Names, of: Many['of']): Sql {
  if (of.kind === 'elements') return sql`jsonb_array_length(${elementsOf(of.value)})`;
  const { target, conditions } = reachOf(names.context, of.source, of.member);
  return sql`(select count(*)::integer from ${tableOf(target)} where ${allOf(conditions)})`;
}

/** The collection that a path ends in. It may lead over variables of lambdas, casts, relations to one and structured values. */
function manyAt(names: Names, path: readonly string[]): Many {
  const [first = '', ...rest] = path;
  const bound = names.variables.get(first.toLowerCase());
  if (bound?.kind === 'element') return { of: insideValue({ value: bound.value, property: bound.property }, rest), ...asItIs };
  return manyOf(names, bound?.source ?? names.row, bound !== undefined || first === '$it' ? rest : path);
}

function manyOf(names: Names, source: Source, path: readonly string[]): Many {
  const [word = '', ...rest] = path;
  const cast = castNamed(names.context, source.type, word);
  if (cast !== undefined) {
    const inner = manyOf(names, { ...source, type: cast }, rest);
    const isWider = source.type.lineage.includes(cast.name);
    const isCast = allOf(isOfType({ ...source, type: cast }));
    return isWider ? inner : { of: inner.of, within: (value) => sql`(case when ${isCast} then ${inner.within(value)} end)`, holds: (condition) => sql`(${isCast} and ${inner.holds(condition)})` };
  }
  const member = memberOf(source.type, word, names.context.version);
  if (member === undefined) return refuseFilter(`Could not find a property named '${clip(word)}' on type 'microsoft.graph.${source.type.name}'`);
  if (member.kind === 'property') return { of: insideValue({ value: expressionOf(member.name, member.property, source), property: member.property, source }, rest), ...asItIs };
  if (member.navigation.many) return rest.length === 0 ? { of: { kind: 'targets', source, member }, ...asItIs } : refuseFilter(`'${clip(path.join('/'))}' leads on behind many; use any and all inside each other`);
  if (rest.length === 0) return refuseFilter(`'${member.name}' is no collection`);
  const { target, conditions } = reachOf(names.context, source, member);
  const inner = manyOf(names, target, rest);
  return {
    of: inner.of,
    within: (value) => sql`(select ${inner.within(value)} from ${tableOf(target)} where ${allOf(conditions)} limit 1)`,
    holds: (condition) => sql`exists (select 1 from ${tableOf(target)} where ${allOf([...conditions, inner.holds(condition)])})`,
  };
}

/** The list that a path inside a stored value ends in. */
function insideValue(at: { readonly value: Sql; readonly property: Property; readonly source?: Source }, path: readonly string[]): Many['of'] {
  const [word, ...rest] = path;
  if (word === undefined) return at.property.collection === true ? { kind: 'elements', value: at.value, property: at.property, source: at.source } : refuseFilter('any, all and $count need a collection');
  const { type } = at.property;
  if (at.property.collection === true || !isComplex(type)) return refuseFilter(`'${clip(word)}' does not lead anywhere; use any and all inside each other`);
  const known = [type, ...type.variants ?? []].flatMap((each) => Object.entries(each.properties));
  const [name, property] = known.find(([candidate]) => candidate.toLowerCase() === word.toLowerCase()) ?? refuseFilter(`Could not find a property named '${clip(word)}' on type 'microsoft.graph.${type.complex}'`);
  return insideValue({ value: sql`(to_jsonb(${at.value}) -> ${sql.lit(name)})`, property }, rest);
}
