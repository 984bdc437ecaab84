/**
 * What an answer holds, decided before the statement is built: which properties, which expanded navigations, in which
 * order. The same plan makes the select list and renders the rows.
 */
import { refuse } from '../../../kernel/problem.ts';
import type { Navigation, Property } from '../model.ts';
import { family, typeNamed, type ResolvedType } from '../registry.ts';
import type { ExpandItem, QueryOptions } from '../syntax/ast.ts';
import { clip } from '../value.ts';
import { castNamed, memberOf, type Compiling } from './scope.ts';

/** One expanded navigation. */
export interface ExpandPlan {
  readonly name: string;
  readonly navigation: Navigation;
  readonly plan: Plan;
  readonly options: QueryOptions;
  readonly ref: boolean;
  /** Members read at most. */
  readonly limit: number;
}

/** What is answered of one type. `selected` undefined: everything that is not hidden. */
export interface Plan {
  readonly type: ResolvedType;
  /** Types that rows may turn out to be. */
  readonly family: readonly ResolvedType[];
  readonly selected: ReadonlySet<string> | undefined;
  readonly expands: readonly ExpandPlan[];
}

/** Members of an expanded collection when the client names no `$top`. */
const expandLimit = 100;

/** Plans an answer; unknown names in $select and $expand are refused. */
export function planAnswer(context: Compiling, type: ResolvedType, options: Pick<QueryOptions, 'select' | 'expand'>): Plan {
  const types = family(context.registry, type);
  return { type, family: types, selected: selectedNames(context, types, options.select), expands: expandPlans(context, type, options.expand ?? []) };
}

function selectedNames(context: Compiling, types: readonly ResolvedType[], select: QueryOptions['select']): ReadonlySet<string> | undefined {
  if (select === undefined || select.some((path) => path[0] === '*')) return undefined;
  const names = new Set<string>();
  for (const path of select) {
    const word = (castNamed(context, path[0] ?? '') === undefined ? path[0] : path[1]) ?? '';
    const member = types.map((type) => memberOf(context, type, word)).find((found) => found !== undefined);
    if (member === undefined) refuse('invalidQuery', { field: '$select', reason: `Could not find a property named '${clip(word)}' on type 'microsoft.graph.${types[0]?.name ?? ''}'` });
    names.add(member.name);
  }
  return names;
}

function expandPlans(context: Compiling, type: ResolvedType, items: readonly ExpandItem[]): readonly ExpandPlan[] {
  const wanted = items.flatMap((item) => (item.path[0] === '*' ? [...type.navigations.keys()].map((name) => ({ ...item, path: [name] })) : [item]));
  const plans = new Map<string, ExpandPlan>();
  for (const item of wanted) {
    const plan = expandPlan(context, type, item);
    if (plan !== undefined) plans.set(plan.name, plan);
  }
  return [...plans.values()];
}

function expandPlan(context: Compiling, type: ResolvedType, item: ExpandItem): ExpandPlan | undefined {
  const lead = castNamed(context, item.path[0] ?? '');
  const source = lead ?? type;
  const word = (lead === undefined ? item.path[0] : item.path[1]) ?? '';
  const member = memberOf(context, source, word);
  if (member?.kind === 'property' && member.property.expandable === true) return undefined;
  const navigation = member?.kind === 'navigation' ? source.navigations.get(member.name) : undefined;
  if (member === undefined || navigation === undefined) {
    return refuse('invalidQuery', { field: '$expand', reason: `Could not find a navigation property named '${clip(word)}' on type 'microsoft.graph.${type.name}'` });
  }
  const target = castNamed(context, item.path.at(-1) ?? '') ?? typeNamed(context.registry, navigation.to);
  const limit = navigation.many ? item.options.top ?? expandLimit : 1;
  return { name: member.name, navigation, plan: planAnswer(context, target, item.options), options: item.options, ref: item.ref, limit };
}

/** Properties that the statement must fetch for a plan: name, and the property of the type that the collection names. */
export function fetchedProperties(plan: Plan): ReadonlyMap<string, Property> {
  const fetched = new Map<string, Property>();
  for (const type of [plan.type, ...plan.family]) {
    for (const [name, property] of type.properties) {
      if (!fetched.has(name) && isFetched(plan, name, property)) fetched.set(name, property);
    }
  }
  return fetched;
}

/** Subtypes' computed properties are fetched only when asked for by name; plain columns always. */
function isFetched(plan: Plan, name: string, property: Property): boolean {
  if (property.writeOnly === true || property.bag === true) return false;
  if (plan.selected !== undefined) return plan.selected.has(name);
  if (property.hidden === true) return false;
  return property.sql === undefined || plan.type.properties.has(name);
}
