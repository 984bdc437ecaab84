/** The statements of `delta()`: whose turn it is to be told, and what to tell of their relations. */
import { sql } from 'kysely';
import type { Alias, Delta, Sql } from '../model.ts';
import type { PathStep } from '../path/resource.ts';
import type { Round } from '../read/delta-token.ts';
import { typeNamed, type ResolvedType } from '../registry.ts';
import type { Expression } from '../syntax/ast.ts';
import { compileFilter } from './filter.ts';
import type { Plan } from './plan.ts';
import { allOf, belongs, isOfType, seen, sqlType, tableOf, type Compiling, type Source } from './scope.ts';
import { chainConditions, selectItems } from './select.ts';

/** One question to `delta()`. `told`: navigations whose changes are asked for. */
export interface DeltaQuery {
  readonly context: Compiling;
  readonly step: PathStep;
  readonly declared: Delta;
  readonly round: Round;
  readonly told: readonly string[];
  readonly filter: Expression | undefined;
}

/** What has to be said of a key: it is there, it was deleted and can come back, or it is gone. */
export interface Candidate {
  readonly key: string;
  readonly state: 'present' | 'changed' | 'deleted';
}

/** One relation of an entity, from the select item `$relations`. */
export interface Relation {
  readonly navigation: string;
  readonly id: string;
  /** Discriminator of the other end, where it is still known. */
  readonly type: string | null;
  readonly gone: boolean;
}

/** Relations told of one entity on one page. */
export const mostRelations = 1000;

const keyOf = (type: ResolvedType, alias: Alias): Sql => sql.ref(`${alias}.${type.keyColumn}`);
const sourceUnder = ({ context, step }: DeltaQuery): Source => ({ type: step.type, alias: context.alias(), caller: context.caller });
const filtered = ({ context, filter }: DeltaQuery, source: Source): readonly Sql[] => (filter === undefined ? [] : [compileFilter(context, source, filter)]);
const visibleIn = ({ context }: DeltaQuery, { type, alias }: Source): readonly Sql[] => seen(type.declared.visible(context.caller, alias));

/** Rows of the log that a round is about, as the CTE `touched`. */
function touched({ declared, round, told }: DeltaQuery): Sql {
  const { snapshot, at } = round.since ?? round.until;
  return sql`with touched as materialized (select key, navigation, other, was from changes_since(${declared.area}, ${snapshot}::pg_snapshot, ${at}::timestamptz)
    where navigation is null or navigation = any(${[...told]}::text[]))`;
}

/** The next keys to tell of, in their order, at most `limit`. */
export function candidatesStatement(query: DeltaQuery, limit: number): ReturnType<typeof sql<Candidate>> {
  const { round, step: { type } } = query;
  const keyType = sqlType(type.keyType);
  const behind = round.last === undefined ? sql`true` : sql`key ${round.inside === undefined ? sql`>` : sql`>=`} ${round.last}::${keyType}`;
  const branches = round.since === undefined ? [presentRows(query, [])] : changedRows(query);
  return sql<Candidate>`${round.since === undefined ? sql`` : touched(query)} select key::text as key, state
    from (${sql.join(branches, sql` union all `)}) as candidates (key, state) where ${behind} order by candidates.key limit ${limit}`;
}

function presentRows(query: DeltaQuery, more: readonly ((source: Source) => Sql)[]): Sql {
  const source = sourceUnder(query);
  const conditions = chainConditions(query.context, { steps: [query.step], alias: source.alias, sight: 'caller' });
  return sql`select ${keyOf(source.type, source.alias)}, 'present' from ${tableOf(source)} where ${allOf([...conditions, ...filtered(query, source), ...more.map((one) => one(source))])}`;
}

function changedRows(query: DeltaQuery): readonly Sql[] {
  const { type } = query.step;
  const isTouched = ({ alias }: Source): Sql => sql`${keyOf(type, alias)} = any(array(select key::${sqlType(type.keyType)} from touched))`;
  return [presentRows(query, [isTouched]), ...deletedRows(query, isTouched), goneRows(query)];
}

/** Rows that are still stored, and are no members of the set any more. */
function deletedRows(query: DeltaQuery, isTouched: (source: Source) => Sql): readonly Sql[] {
  const source = sourceUnder(query);
  const exists = source.type.declared.exists?.(source.alias);
  if (exists === undefined) return [];
  const conditions = [sql`(${exists}) is not true`, ...isOfType(source), ...visibleIn(query, source), ...filtered(query, source), isTouched(source)];
  return [sql`select ${keyOf(source.type, source.alias)}, 'changed' from ${tableOf(source)} where ${allOf(conditions)}`];
}

/** Rows that are stored no more. What was noted of them when they went says who may hear of it. */
function goneRows(query: DeltaQuery): Sql {
  const source = sourceUnder(query);
  const conditions = [...isOfType(source), ...visibleIn(query, source), ...filtered(query, source), sql`not exists (select 1 from ${sql.table(source.type.declared.table)} as still where ${keyOf(source.type, 'still')} = ${keyOf(source.type, source.alias)})`];
  return sql`select distinct ${keyOf(source.type, source.alias)}, 'deleted' from touched cross join lateral ${noted(source)} where touched.navigation is null and touched.was is not null and ${allOf(conditions)}`;
}

/** What the log holds of a row that is gone, as a row of its table. */
const noted = ({ type, alias }: Source): Sql => sql`jsonb_populate_record(null::${sql.table(type.declared.table)}, touched.was) as ${sql.ref(alias)}`;

/** The entities of some keys, with `$relations`: a JSON array of {@link Relation}, one more than {@link mostRelations} when there are more. */
export function entitiesStatement(query: DeltaQuery, plan: Plan, keys: readonly string[]): ReturnType<typeof sql<Record<string, unknown>>> {
  const source = sourceUnder(query);
  const conditions = [...chainConditions(query.context, { steps: [query.step], alias: source.alias, sight: 'caller' }), sql`${keyOf(source.type, source.alias)} = any(${[...keys]}::${sqlType(source.type.keyType)}[])`];
  const isIncremental = query.round.since !== undefined && query.told.length > 0;
  const items = [...selectItems(query.context, plan, source.alias), ...(query.told.length === 0 ? [] : [sql`${relations(query, source)} as "$relations"`])];
  return sql<Record<string, unknown>>`${isIncremental ? touched(query) : sql``} select ${sql.join(items)} from ${tableOf(source)} where ${allOf(conditions)}`;
}

function relations(query: DeltaQuery, from: Source): Sql {
  const { last, inside, since } = query.round;
  // To a caller who sees only some, an object may be new that is not: then all of its relations are.
  const isPartial = from.type.declared.visible(query.context.caller, from.alias) !== 'all';
  const rows = query.told.flatMap((name) => [
    ...(since === undefined || isPartial ? [related(query, from, name)] : []),
    ...(since === undefined ? [] : [relationChanges(query, from, name)]),
  ]);
  const place = sql`(u.id || ' ' || u.navigation)`;
  const further = last === undefined || inside === undefined ? sql`true` : sql`(${keyOf(from.type, from.alias)}::text <> ${last} or ${place} > ${inside})`;
  return sql`(select coalesce(json_agg(r), '[]'::json) from (select * from (${sql.join(rows, sql` union `)}) as u (navigation, id, type, gone) where ${further} order by ${place} limit ${mostRelations + 1}) as r)`;
}

function targetOf({ context, step }: DeltaQuery, name: string): { readonly target: Source; readonly join: (from: Alias, to: Alias) => Sql } {
  const navigation = step.type.navigations.get(name);
  if (navigation === undefined) throw new Error(`${step.type.name} has no navigation ${name}`);
  return { target: { type: typeNamed(context.registry, navigation.to), alias: context.alias(), caller: context.caller }, join: navigation.join };
}

const discriminatorOf = ({ type, alias }: Source): Sql => (type.discriminators.length === 0 ? sql`null::text` : sql.ref(`${alias}.type`));

/** Everything at the other end of a navigation. */
function related(query: DeltaQuery, from: Source, name: string): Sql {
  const { target, join } = targetOf(query, name);
  return sql`select ${name}::text, ${keyOf(target.type, target.alias)}::text, ${discriminatorOf(target)}, false
    from ${tableOf(target)} where ${allOf([join(from.alias, target.alias), ...belongs(target), ...visibleIn(query, target)])}`;
}

/** What came to the other end of a navigation, or left it. Of what is not there now only those hear who may see it. */
function relationChanges(query: DeltaQuery, from: Source, name: string): Sql {
  const { target, join } = targetOf(query, name);
  const [held, purged, ends] = [targetOf(query, name).target, targetOf(query, name).target, query.context.alias()];
  const end = sql.ref(`${ends}.other`);
  const isHeld = sql`exists (select 1 from ${tableOf(held)} where ${allOf([sql`${keyOf(held.type, held.alias)} = ${end}`, join(from.alias, held.alias), ...belongs(held), ...visibleIn(query, held)])})`;
  const wasSeen = sql`exists (select 1 from touched cross join lateral ${noted(purged)} where ${allOf([sql`touched.navigation is null`, sql`touched.key = ${end}::text`, sql`touched.was is not null`, ...visibleIn(query, purged)])})`;
  return sql`select ${name}::text, ${end}::text, ${discriminatorOf(target)}, not ${isHeld}
    from (select distinct other from touched where key = ${keyOf(from.type, from.alias)}::text and navigation = ${name}) as ${sql.ref(ends)}
    left join ${tableOf(target)} on ${keyOf(target.type, target.alias)} = ${end}
   where ${isHeld} or case when ${keyOf(target.type, target.alias)} is null then ${wasSeen} else ${allOf(visibleIn(query, target))} end`;
}
