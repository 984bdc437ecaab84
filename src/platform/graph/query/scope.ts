/** What compiling one statement needs to know, and how members of a type become SQL. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { Alias, Navigation, Property, Scalar, Sql, Version, Visibility } from '../model.ts';
import { memberNamed, typeNamed, type Registry, type ResolvedType } from '../registry.ts';
import { bareType, isComplex, isEnum } from '../value.ts';
import { isIn } from '../version.ts';

/** One statement in the making. */
export interface Compiling {
  readonly registry: Registry;
  readonly version: Version;
  readonly caller: Caller;
  /** Hands out aliases that are used once. */
  readonly alias: () => Alias;
  /** Counts an expansion; refuses more than one statement can carry (`*` inside `*` grows fast). */
  readonly countExpansion: () => void;
}

/** A type under an alias. */
export interface Source {
  readonly type: ResolvedType;
  readonly alias: Alias;
  /** Who asks: values that differ from caller to caller are filtered and ordered by as they are answered. */
  readonly caller: Caller;
}

const mostExpansions = 100;

/** Starts a statement. */
export function compiling(registry: Registry, version: Version, caller: Caller): Compiling {
  let used = 0;
  let expansions = 0;
  const countExpansion = (): void => {
    expansions += 1;
    if (expansions > mostExpansions) refuse('invalidQuery', { field: '$expand', reason: `more than ${mostExpansions} navigations are expanded; ask for fewer at a time` });
  };
  return { registry, version, caller, alias: () => `t${used++}`, countExpansion };
}

/** `false` as SQL. */
export const never: Sql = sql`false`;

/** Conditions joined by AND; none is true. */
export const allOf = (conditions: readonly Sql[]): Sql => (conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`);

/** The table of a source, with its alias. */
export const tableOf = (source: Source): Sql => sql`${sql.table(source.type.declared.table)} as ${sql.ref(source.alias)}`;

/** Conditions that make a row one of the type at all: not deleted (or what a root says in place of that), and of that type or one below it. */
export function belongs(source: Source, exists = source.type.declared.exists): readonly Sql[] {
  return [...(exists === undefined ? [] : [exists(source.alias)]), ...isOfType(source)];
}

/** The condition that a row is of a type or one below it; none where the table holds nothing else. */
export function isOfType({ type, alias }: Source): readonly Sql[] {
  const { discriminators } = type;
  return discriminators.length === 0 ? [] : [sql`${sql.ref(`${alias}.type`)} in (${sql.join(discriminators.map((word) => sql.lit(word)))})`];
}

/** Visibility as a condition; `all` adds nothing, `none` is false. */
export function seen(visibility: Visibility): readonly Sql[] {
  if (visibility === 'all') return [];
  return visibility === 'none' ? [never] : [visibility];
}

const casts: Partial<Record<Scalar, Sql>> = {
  flag: sql`boolean`, whole: sql`integer`, number: sql`double precision`, instant: sql`timestamptz`, date: sql`date`, guid: sql`uuid`,
};

/** SQL type name of a scalar, for casting parameters. */
export const sqlType = (type: Property['type']): Sql => (typeof type === 'string' ? casts[type] ?? sql`text` : sql`text`);

/** snake_case column of a property. */
export const columnOf = (name: string, property: Property): string => property.column ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The property's value in a row, as the caller sees it, typed so that comparisons work. */
export function expressionOf(name: string, property: Property, { alias, caller }: Pick<Source, 'alias' | 'caller'>): Sql {
  if (property.sql !== undefined) return property.sql(alias, caller);
  if (property.bag !== true) return sql.ref(`${alias}.${columnOf(name, property)}`);
  const data = sql.ref(`${alias}.data`);
  if (property.collection === true || isComplex(property.type)) return sql`(${data} -> ${sql.lit(name)})`;
  const value = sql`(${data} ->> ${sql.lit(name)})`;
  return property.type === 'text' || isEnum(property.type) ? value : sql`${value}::${sqlType(property.type)}`;
}

/** A member reached from a source by a word of either vocabulary. */
export type Member =
  | { readonly kind: 'property'; readonly name: string; readonly property: Property }
  | { readonly kind: 'navigation'; readonly name: string; readonly navigation: Navigation };

/** Looks a word up on a type; undefined when it means nothing there in that version. */
export function memberOf(type: ResolvedType, word: string, version: Version): Member | undefined {
  const name = memberNamed(type, word);
  if (name === undefined) {
    const dynamic = type.declared.dynamic?.property(word);
    return dynamic === undefined ? undefined : { kind: 'property', name: word, property: dynamic };
  }
  const navigation = type.navigations.get(name);
  if (navigation !== undefined) return isIn(version, navigation) ? { kind: 'navigation', name, navigation } : undefined;
  const property = type.properties.get(name);
  return property === undefined || property.writeOnly === true || !isIn(version, property) ? undefined : { kind: 'property', name, property };
}

/** The type that a cast segment names, when the word is one: above or below the type that is cast. */
export function castNamed(context: Compiling, from: ResolvedType, word: string): ResolvedType | undefined {
  const cast = /^(?:microsoft\.)?graph\./i.test(word) ? context.registry.types.get(bareType(word).toLowerCase()) : undefined;
  return cast !== undefined && (cast.lineage.includes(from.name) || from.lineage.includes(cast.name)) ? cast : undefined;
}

/** Where a navigation leads. */
export interface Reach {
  readonly target: Source;
  /** What ties a target to the source and makes it one that the caller may see: a filter tells no more than $expand. */
  readonly conditions: readonly Sql[];
}

/** The targets of a navigation, under an alias of their own. `cast` narrows them. */
export function reachOf(context: Compiling, from: Source, via: { readonly navigation: Navigation; readonly cast?: ResolvedType | undefined }): Reach {
  const { navigation } = via;
  const target: Source = { type: via.cast ?? typeNamed(context.registry, navigation.to), alias: context.alias(), caller: context.caller };
  const sight = navigation.contained === true ? [] : seen(target.type.declared.visible(context.caller, target.alias));
  return { target, conditions: [navigation.join(from.alias, target.alias), ...belongs(target), ...sight] };
}
