/** The select list of a plan, expansions included, and the conditions of a path: everything one read needs in one statement. */
import { sql } from 'kysely';
import { refuse } from '../../../kernel/problem.ts';
import type { Sql } from '../model.ts';
import type { PathStep } from '../path/resource.ts';
import type { ResolvedType } from '../registry.ts';
import { compileFilter } from './filter.ts';
import { orderBy, orderOf } from './order.ts';
import { fetchedProperties, type ExpandPlan, type Plan } from './plan.ts';
import { compileSearch } from './search.ts';
import { allOf, belongs, expressionOf, seen, tableOf, type Compiling, type Source } from './scope.ts';

/** Name under which the jsonb column `data` is fetched. */
export const bagColumn = '$data';
/** Name under which the discriminator is fetched. */
export const typeColumn = '$type';
/** Name under which the key is fetched. */
export const keyColumn = '$key';

/** Items of the select list for a plan. */
export function selectItems(context: Compiling, plan: Plan, alias: string): readonly Sql[] {
  const items: Sql[] = [sql`${sql.ref(`${alias}.${plan.type.keyColumn}`)} as ${sql.ref(keyColumn)}`];
  if (plan.type.discriminators.length > 0) items.push(sql`${sql.ref(`${alias}.type`)} as ${sql.ref(typeColumn)}`);
  if (plan.type.hasBag) items.push(sql`${sql.ref(`${alias}.data`)} as ${sql.ref(bagColumn)}`);
  for (const [name, property] of fetchedProperties(plan)) items.push(sql`${expressionOf(name, property, { alias, caller: context.caller })} as ${sql.ref(name)}`);
  const from: Source = { type: plan.type, alias, caller: context.caller };
  for (const expand of plan.expands) {
    if (expand.count !== 'alone') items.push(sql`${expanded(context, expand, from)} as ${sql.ref(`+${expand.name}`)}`);
    if (expand.count !== undefined) items.push(sql`${counted(context, expand, from)} as ${sql.ref(`#${expand.name}`)}`);
  }
  return items;
}

/** What an expansion shows, as far as the caller sees it. */
function expandedRows(context: Compiling, expand: ExpandPlan, from: Source): { readonly target: Source; readonly conditions: readonly Sql[] } {
  const target: Source = { type: expand.plan.type, alias: context.alias(), caller: context.caller };
  const conditions = [
    expand.navigation.join(from.alias, target.alias), ...belongs(target),
    ...(expand.navigation.contained === true ? [] : seen(target.type.declared.visible(context.caller, target.alias))),
    ...(expand.options.filter === undefined ? [] : [compileFilter(context, target, expand.options.filter)]),
    ...(expand.options.search === undefined ? [] : [compileSearch(context, target, expand.options.search)]),
  ];
  return { target, conditions };
}

function counted(context: Compiling, expand: ExpandPlan, from: Source): Sql {
  const { target, conditions } = expandedRows(context, expand, from);
  return sql`(select count(*)::integer from ${tableOf(target)} where ${allOf(conditions)})`;
}

function expanded(context: Compiling, expand: ExpandPlan, from: Source): Sql {
  const { target, conditions } = expandedRows(context, expand, from);
  const rows = sql`select ${sql.join(selectItems(context, expand.plan, target.alias))} from ${tableOf(target)} where ${allOf(conditions)}`;
  const inner = context.alias();
  if (!expand.navigation.many) return sql`(select row_to_json(${sql.ref(inner)}) from (${rows} limit 1) as ${sql.ref(inner)})`;
  const order = orderBy(orderOf(context, target, expand.options.orderBy ?? []));
  const offset = expand.options.skip === undefined ? sql`` : sql` offset ${expand.options.skip}`;
  return sql`(select coalesce(json_agg(row_to_json(${sql.ref(inner)})), '[]'::json) from (${rows} ${order} limit ${expand.limit + 1}${offset}) as ${sql.ref(inner)})`;
}

/** Whose rights decide what a read sees. `creator`: read-back of what the caller has just made. */
export type Sight = 'caller' | 'creator';

/** Conditions that a chain of path steps puts on its last row, which stands under `alias`. */
export function chainConditions(context: Compiling, at: { readonly steps: readonly PathStep[]; readonly alias: string; readonly sight: Sight }): readonly Sql[] {
  const step = at.steps.at(-1);
  if (step === undefined) return [];
  const source: Source = { type: step.type, alias: at.alias, caller: context.caller };
  const before = at.steps.slice(0, -1);
  const inSet = step.root?.exists;
  const exists = inSet === undefined ? step.type.declared.exists : (row: string): Sql => inSet(row, context.version);
  const conditions = [...belongs(source, exists), ...keyConditions(context, step, at.alias), ...sightOf(context, step, at)];
  if (before.length === 0) return conditions;
  return [...conditions, linkedTo(context, { step, before, alias: at.alias, sight: at.sight })];
}

function sightOf(context: Compiling, step: PathStep, at: { readonly alias: string; readonly sight: Sight }): readonly Sql[] {
  if (step.applied !== undefined) return step.applied.ofEntity ? [] : [step.applied.declared.where(context.caller, at.alias, step.applied.given, undefined)];
  if (at.sight === 'creator' || step.navigation?.contained === true) return [];
  return seen(visibilityOf(context, step, at.alias));
}

/** No right to the collection at all is 403; a narrower right filters. */
function visibilityOf(context: Compiling, step: PathStep, alias: string): ReturnType<ResolvedType['declared']['visible']> {
  const visibility = step.type.declared.visible(context.caller, alias);
  if (visibility === 'none') refuse('forbidden', { reason: `None of your permissions or roles opens ${step.type.name}.` });
  return visibility;
}

function keyConditions(context: Compiling, step: PathStep, alias: string): readonly Sql[] {
  const key = step.key ?? (step.root?.singleton === undefined ? undefined : { by: 'key' as const, value: step.root.singleton(context.caller) });
  if (key === undefined) return [];
  if (key.by === 'key') {
    return [step.type.keyType === 'guid' ? sql`${sql.ref(`${alias}.${step.type.keyColumn}`)} = ${key.value}::uuid` : sql`${sql.ref(`${alias}.${step.type.keyColumn}`)} = ${key.value}`];
  }
  const property = step.type.properties.get(key.property);
  if (property === undefined) throw new Error(`${step.type.name} has no property ${key.property}`);
  const value = expressionOf(key.property, property, { alias, caller: context.caller });
  if (property.type === 'guid') return [sql`${value} = ${key.value}::uuid`];
  return [property.exact === true ? sql`${value} = ${key.value}` : sql`lower(${value}) = lower(${key.value})`];
}

function linkedTo(context: Compiling, at: { readonly step: PathStep; readonly before: readonly PathStep[]; readonly alias: string; readonly sight: Sight }): Sql {
  const previous = at.before.at(-1);
  if (previous === undefined) throw new Error('a navigation without a source');
  const source: Source = { type: previous.type, alias: context.alias(), caller: context.caller };
  const { navigation, applied } = at.step;
  const join = navigation === undefined ? [] : [navigation.join(source.alias, at.alias)];
  const bound = applied?.ofEntity === true ? [applied.declared.where(context.caller, at.alias, applied.given, source.alias)] : [];
  const sight = navigation?.seenAlone === true ? 'creator' : at.sight;
  const conditions = [...join, ...bound, ...chainConditions(context, { steps: at.before, alias: source.alias, sight })];
  return sql`exists (select 1 from ${tableOf(source)} where ${allOf(conditions)})`;
}
