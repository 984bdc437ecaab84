/** What compiling one statement needs to know, and how members of a type become SQL. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import type { Alias, Property, Scalar, Sql, Version, Visibility } from '../model.ts';
import { memberNamed, typeNamed, type Registry, type ResolvedType } from '../registry.ts';
import { bareType, isComplex, isEnum } from '../value.ts';

/** One statement in the making. */
export interface Compiling {
  readonly registry: Registry;
  readonly version: Version;
  readonly caller: Caller;
  /** Hands out aliases that are used once. */
  readonly alias: () => Alias;
}

/** A type under an alias. */
export interface Source {
  readonly type: ResolvedType;
  readonly alias: Alias;
}

/** Starts a statement. */
export function compiling(registry: Registry, version: Version, caller: Caller): Compiling {
  let used = 0;
  return { registry, version, caller, alias: () => `t${used++}` };
}

/** `false` as SQL. */
export const never: Sql = sql`false`;

/** Conditions joined by AND; none is true. */
export const allOf = (conditions: readonly Sql[]): Sql => (conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`);

/** The table of a source, with its alias. */
export const tableOf = (source: Source): Sql => sql`${sql.table(source.type.declared.table)} as ${sql.ref(source.alias)}`;

/** Conditions that make a row one of the type at all: not deleted, and of that type or one below it. */
export function belongs(context: Compiling, { type, alias }: Source): readonly Sql[] {
  const conditions: Sql[] = [];
  if (type.declared.exists !== undefined) conditions.push(type.declared.exists(alias));
  const discriminators = [...context.registry.types.values()]
    .filter((candidate) => candidate.lineage.includes(type.name))
    .flatMap((candidate) => (candidate.declared.discriminator === undefined ? [] : [candidate.declared.discriminator]));
  if (discriminators.length > 0) conditions.push(sql`${sql.ref(`${alias}.type`)} in (${sql.join(discriminators.map((word) => sql.lit(word)))})`);
  return conditions;
}

/** Visibility as a condition; `all` adds nothing, `none` is false. */
export function seen(visibility: Visibility): readonly Sql[] {
  if (visibility === 'all') return [];
  return visibility === 'none' ? [never] : [visibility];
}

const casts: Partial<Record<Scalar, Sql>> = {
  flag: sql`boolean`, whole: sql`integer`, number: sql`double precision`, instant: sql`timestamptz`, guid: sql`uuid`,
};

/** SQL type name of a scalar, for casting parameters. */
export const sqlType = (type: Property['type']): Sql => (typeof type === 'string' ? casts[type] ?? sql`text` : sql`text`);

/** snake_case column of a property. */
export const columnOf = (name: string, property: Property): string => property.column ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The property's value in a row, typed so that comparisons work. */
export function expressionOf(name: string, property: Property, alias: Alias): Sql {
  if (property.sql !== undefined) return property.sql(alias);
  if (property.bag !== true) return sql.ref(`${alias}.${columnOf(name, property)}`);
  const data = sql.ref(`${alias}.data`);
  if (property.collection === true || isComplex(property.type)) return sql`(${data} -> ${sql.lit(name)})`;
  const value = sql`(${data} ->> ${sql.lit(name)})`;
  return property.type === 'text' || isEnum(property.type) ? value : sql`${value}::${sqlType(property.type)}`;
}

/** A member reached from a source by a word of either vocabulary. */
export type Member =
  | { readonly kind: 'property'; readonly name: string; readonly property: Property }
  | { readonly kind: 'navigation'; readonly name: string; readonly target: ResolvedType };

/** Looks a word up on a type; undefined when it means nothing there. */
export function memberOf(context: Compiling, type: ResolvedType, word: string): Member | undefined {
  const name = memberNamed(type, word);
  if (name === undefined) return undefined;
  const navigation = type.navigations.get(name);
  if (navigation !== undefined) return { kind: 'navigation', name, target: typeNamed(context.registry, navigation.to) };
  const property = type.properties.get(name);
  return property === undefined || property.writeOnly === true ? undefined : { kind: 'property', name, property };
}

/** The type a cast segment names, when the word is one. */
export function castNamed(context: Compiling, word: string): ResolvedType | undefined {
  return /^microsoft\.graph\./i.test(word) ? context.registry.types.get(bareType(word).toLowerCase()) : undefined;
}

/** `exists (select 1 from target where join and …)` over a navigation. */
export function existsOver(context: Compiling, from: Source, over: { readonly name: string; readonly where: (target: Source) => readonly Sql[] }): Sql {
  const navigation = from.type.navigations.get(over.name);
  if (navigation === undefined) throw new Error(`${from.type.name} has no navigation ${over.name}`);
  const target: Source = { type: typeNamed(context.registry, navigation.to), alias: context.alias() };
  const conditions = [navigation.join(from.alias, target.alias), ...belongs(context, target), ...over.where(target)];
  return sql`exists (select 1 from ${tableOf(target)} where ${allOf(conditions)})`;
}
