/** Operands of a filter: property paths and literals as typed SQL. */
import { sql } from 'kysely';
import { refuse } from '../../../kernel/problem.ts';
import type { ComplexType, EnumType, Property, Scalar, Sql, Version } from '../model.ts';
import type { Literal } from '../syntax/ast.ts';
import { bareType, clip, enumMember, isComplex, isDay, isEnum, isGuid, readInstant } from '../value.ts';
import { allOf, castNamed, expressionOf, isOfType, memberOf, reachOf, sqlType, tableOf, type Compiling, type Member, type Source } from './scope.ts';

/** A value in a comparison. `exact`: with regard to case. */
export interface Operand {
  readonly sql: Sql;
  readonly type: Scalar | EnumType;
  readonly exact: boolean;
  /** A column that no row is without. */
  readonly isAlwaysThere?: boolean;
  /**
   * A value behind a navigation, tested where it is: `exists (… and test)` in place of a value fetched for every row, so
   * that the database may begin with the rows that pass. Where there is no value the test fails.
   */
  readonly within?: ((test: (value: Sql) => Sql) => Sql) | undefined;
  /** Its being equal to a text, in other words (see {@link Property.equals}). */
  readonly equals?: ((text: string) => Sql | undefined) | undefined;
}

/** Types that may be compared with each other have the same kind. */
export function kindOf(type: Operand['type']): string {
  if (typeof type !== 'string' || type === 'binary' || type === 'span') return 'text';
  return type === 'whole' ? 'number' : type;
}

/** What a variable of a lambda stands for: a row, or an element of a stored collection. */
export type Bound =
  | { readonly kind: 'row'; readonly source: Source }
  | { readonly kind: 'element'; readonly value: Sql; readonly property: Property };

/** Names in force at a place of the filter. */
export interface Names {
  readonly context: Compiling;
  readonly row: Source;
  readonly variables: ReadonlyMap<string, Bound>;
}

/** Refuses a filter for a reason that the client can mend. */
export const refuseFilter = (reason: string): never => refuse('invalidFilter', { field: '$filter', reason });

/** A property path as an operand; navigations to one are followed in subselects. */
export function pathOperand(names: Names, path: readonly string[]): Operand {
  const [first = '', ...rest] = path;
  const bound = names.variables.get(first.toLowerCase());
  if (bound === undefined) return first === '$it' ? rowOperand(names, names.row, rest) : rowOperand(names, names.row, path);
  return bound.kind === 'row' ? rowOperand(names, bound.source, rest) : elementOperand(bound, rest);
}

function rowOperand(names: Names, source: Source, path: readonly string[]): Operand {
  const [word = '', ...rest] = path;
  const cast = castNamed(names.context, source.type, word);
  if (cast !== undefined) return castOperand(names, { source, cast }, rest);
  const member = memberOf(source.type, word, names.context.version);
  if (member === undefined) return familyOperand(names, source, path);
  if (member.kind === 'property') return propertyOperand(member, source, rest);
  return overNavigation(names, { source, member, rest });
}

/** A member that only some types of a polymorphic collection have, such as displayName among the members of a group: the others have no value. */
function familyOperand(names: Names, source: Source, path: readonly string[]): Operand {
  const [word = ''] = path;
  const having = source.type.family.filter((type) => memberOf(type, word, names.context.version) !== undefined);
  const highest = having.filter((type) => !type.lineage.slice(1).some((base) => having.some(({ name }) => name === base)));
  const [first, ...others] = highest.map((cast) => castOperand(names, { source, cast }, path));
  if (first === undefined) return refuseFilter(`Could not find a property named '${clip(word)}' on type 'microsoft.graph.${source.type.name}'`);
  const same = others.filter((other) => kindOf(other.type) === kindOf(first.type));
  return same.length === 0 ? first : { ...first, sql: sql`coalesce(${sql.join([first, ...same].map((one) => one.sql))})` };
}

/** What is not of the cast's type has no value. */
function castOperand(names: Names, at: { readonly source: Source; readonly cast: Source['type'] }, rest: readonly string[]): Operand {
  const source: Source = { ...at.source, type: at.cast };
  const inner = rowOperand(names, source, rest);
  const isWider = at.source.type.lineage.includes(at.cast.name);
  return isWider ? inner : { ...inner, isAlwaysThere: false, within: undefined, equals: undefined, sql: sql`(case when ${allOf(isOfType(source))} then ${inner.sql} end)` };
}

function propertyOperand(member: Member & { kind: 'property' }, source: Source, rest: readonly string[]): Operand {
  const value = expressionOf(member.name, member.property, source);
  if (member.property.collection === true) return refuseFilter(`'${member.name}' is a collection; use any or all`);
  if (rest.length > 0) return { ...insideComplex(value, member.property, rest), equals: (text) => member.property.equals?.(source.alias, rest, text) };
  if (isComplex(member.property.type)) return { sql: sql`to_jsonb(${value})`, type: 'any', exact: true };
  const { notNull, bag, sql: computed, exact, type } = member.property;
  const equals = member.property.equals;
  return {
    sql: value, type, exact: exact === true, isAlwaysThere: notNull === true && bag !== true && computed === undefined,
    ...(equals === undefined ? {} : { equals: (text) => equals(source.alias, [], isEnum(type) ? enumMember(text, type) ?? text : text) }),
  };
}

function overNavigation(names: Names, at: { readonly source: Source; readonly member: Member & { kind: 'navigation' }; readonly rest: readonly string[] }): Operand {
  const { navigation } = at.member;
  if (navigation.many) return refuseFilter(`'${at.member.name}' leads to many; use any or all`);
  if (at.rest.length === 0) return refuseFilter(`'${at.member.name}' is an object; name one of its properties`);
  const { target, conditions } = reachOf(names.context, at.source, { navigation });
  if (navigation.column !== undefined && isKey(target, at.rest, names.context.version)) {
    return { sql: sql.ref(`${at.source.alias}.${navigation.column}`), type: target.type.keyType, exact: true };
  }
  const inner = rowOperand(names, target, at.rest);
  const { within = (test): Sql => test(inner.sql) } = inner;
  return {
    ...inner, isAlwaysThere: false, sql: sql`(select ${inner.sql} from ${tableOf(target)} where ${allOf(conditions)} limit 1)`,
    within: (test) => sql`exists (select 1 from ${tableOf(target)} where ${allOf([...conditions, within(test)])})`,
  };
}

/** True for a path that is just the target's key, which the source holds itself. */
function isKey(target: Source, path: readonly string[], version: Version): boolean {
  const member = path.length === 1 ? memberOf(target.type, path[0] ?? '', version) : undefined;
  if (member?.kind !== 'property') return false;
  return member.name === target.type.keyProperty || (member.property.sql === undefined && member.property.column === target.type.keyColumn);
}

function insideComplex(value: Sql, property: Property, path: readonly string[]): Operand {
  const [word = '', ...rest] = path;
  if (!isComplex(property.type)) return refuseFilter(`'${clip(word)}' does not lead anywhere: its owner is a plain value`);
  const cast = rest.length === 0 ? undefined : variantNamed(property.type, word);
  if (cast !== undefined) {
    const { variants: _, ...only } = cast;
    return insideComplex(sql`(case when to_jsonb(${value}) ->> '@odata.type' = ${sql.lit(`#microsoft.graph.${cast.complex}`)} then to_jsonb(${value}) end)`, { ...property, type: only }, rest);
  }
  const known = [property.type, ...(property.type.variants ?? [])].flatMap((type) => Object.entries(type.properties));
  const found = known.find(([name]) => name.toLowerCase() === word.toLowerCase());
  if (found === undefined) return refuseFilter(`Could not find a property named '${clip(word)}' on type 'microsoft.graph.${property.type.complex}'`);
  const [name, inner] = found;
  if (inner.collection === true) return refuseFilter(`'${name}' is a collection inside a value; filtering on it is not offered`);
  if (rest.length > 0) return insideComplex(sql`(to_jsonb(${value}) -> ${sql.lit(name)})`, inner, rest);
  return jsonLeaf(sql`(to_jsonb(${value}) ->> ${sql.lit(name)})`, inner);
}

/** The variant that a segment of a path casts to, as in `identitySources/any(s:s/microsoft.graph.domainIdentitySource/domainName eq '…')`. */
const variantNamed = (type: ComplexType, word: string): ComplexType | undefined =>
  (/^#?(microsoft\.)?graph\./i.test(word) ? type.variants?.find(({ complex }) => complex.toLowerCase() === bareType(word).toLowerCase()) : undefined);

function jsonLeaf(value: Sql, property: Property): Operand {
  if (isComplex(property.type)) return { sql: value, type: 'any', exact: true };
  return { sql: isEnum(property.type) || property.type === 'text' ? value : sql`${value}::${sqlType(property.type)}`, type: property.type, exact: property.exact === true };
}

function elementOperand(bound: Bound & { kind: 'element' }, rest: readonly string[]): Operand {
  if (rest.length > 0) return insideComplex(bound.value, bound.property, rest);
  return jsonLeaf(sql`(${bound.value} #>> '{}')`, bound.property);
}

/** A literal as a bound parameter of the type that it is compared with. */
export function literalOperand(literal: Literal, against: Operand['type'] | undefined): Operand {
  const type = against ?? naturalType(literal);
  const text = literalText(literal);
  if (isEnum(type)) return enumLiteral(text, type);
  switch (type) {
    case 'guid': return isGuid(text) ? { sql: sql`${text.toLowerCase()}::uuid`, type, exact: true } : refuseFilter(`'${clip(text)}' is not a GUID`);
    case 'flag': return literal.kind === 'boolean' || /^(true|false)$/i.test(text) ? { sql: sql`${text.toLowerCase()}::boolean`, type, exact: true } : refuseFilter(`'${clip(text)}' is not true or false`);
    case 'whole': case 'number': return Number.isFinite(Number(text)) && text.trim() !== '' ? { sql: sql`${Number(text)}::double precision`, type, exact: true } : refuseFilter(`'${clip(text)}' is not a number`);
    case 'instant': return { sql: sql`${readInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text) ?? refuseFilter(`'${clip(text)}' is not a UTC time`)}::timestamptz`, type, exact: true };
    case 'date': return isDay(text) ? { sql: sql`${text}::date`, type, exact: true } : refuseFilter(`'${clip(text)}' is not a date`);
    case 'any': return refuseFilter('a structured value can only be compared with null; name one of its properties');
    default: return { sql: sql`${text}::text`, type, exact: false };
  }
}

function enumLiteral(text: string, type: EnumType): Operand {
  const member = text === 'unknownFutureValue' ? text : enumMember(text, type);
  if (member === undefined) return refuseFilter(`'${clip(text)}' is not a member of ${type.enum}; use one of ${type.members.join(', ')}`);
  return { sql: sql`${member}::text`, type, exact: true };
}

const naturalType = (literal: Literal): Scalar => (
  { string: 'text', number: 'number', boolean: 'flag', null: 'any', guid: 'guid', dateTime: 'instant', date: 'instant', timeOfDay: 'text', duration: 'span', enum: 'text' } as const
)[literal.kind];

/** A literal as the text that it stands for. */
export function literalText(literal: Literal): string {
  if (literal.kind === 'null') return '';
  return literal.kind === 'number' ? literal.text : String(literal.value);
}
