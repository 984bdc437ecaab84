/**
 * What an answer holds, decided before the statement is built: which properties, which expanded navigations, in which
 * order. The same plan makes the select list and renders the rows.
 */
import { refuse } from '../../../kernel/problem.ts';
import type { Navigation, Property } from '../model.ts';
import { typeNamed, type ResolvedType } from '../registry.ts';
import type { ExpandItem, QueryOptions } from '../syntax/ast.ts';
import { clip } from '../value.ts';
import { isIn } from '../version.ts';
import { castNamed, memberOf, type Compiling } from './scope.ts';

/** One expanded navigation. */
export interface ExpandPlan {
  readonly name: string;
  readonly navigation: Navigation;
  readonly plan: Plan;
  readonly options: QueryOptions;
  /** Its options as the client wrote them, for the link to more. */
  readonly written: readonly string[];
  readonly ref: boolean;
  /** How many there are is told besides them, or instead of them. */
  readonly count: 'besides' | 'alone' | undefined;
  /** Members read at most. */
  readonly limit: number;
}

/** What is answered of one type. `selected` undefined: everything that is not hidden. */
export interface Plan {
  readonly type: ResolvedType;
  readonly selected: ReadonlySet<string> | undefined;
  readonly expands: readonly ExpandPlan[];
}

/** Members of an expanded collection when the client names no `$top`. */
const expandLimit = 100;
/** Objects of one answer, expansions multiplied out. A page with two collections inside each other fits, a third does not. */
const mostRows = 1_000_000;

/** Plans an answer; unknown names in $select and $expand are refused. */
export function planAnswer(context: Compiling, type: ResolvedType, options: Pick<QueryOptions, 'select' | 'expand' | 'top'>): Plan {
  return planWithin(context, { type, rows: Math.max(options.top ?? 1, 1) }, options);
}

/** A type, and how many rows of it the answer may hold at most. */
interface Planned {
  readonly type: ResolvedType;
  readonly rows: number;
}

function planWithin(context: Compiling, at: Planned, options: Pick<QueryOptions, 'select' | 'expand'>): Plan {
  if (at.rows > mostRows) refuseExpand(`the answer could hold more than ${mostRows} objects; name a smaller $top, or expand fewer collections inside each other`);
  return { type: at.type, selected: selectedNames(context, at.type, options), expands: expandPlans(context, at, options.expand ?? []) };
}

/** What $select names, and properties that $expand names because Graph has them as navigations. */
function selectedNames(context: Compiling, type: ResolvedType, { select, expand = [] }: Pick<QueryOptions, 'select' | 'expand'>): ReadonlySet<string> | undefined {
  if (select === undefined || select.some((path) => path[0] === '*')) return undefined;
  const names = new Set<string>();
  for (const path of select) {
    const word = (castNamed(context, type, path[0] ?? '') === undefined ? path[0] : path[1]) ?? '';
    const member = [type, ...type.family].map((each) => memberOf(each, word, context.version)).find((found) => found !== undefined);
    if (member === undefined) refuse('invalidQuery', { field: '$select', reason: `Could not find a property named '${clip(word)}' on type 'microsoft.graph.${type.name}'` });
    names.add(member.name);
  }
  for (const { path } of expand) {
    const member = memberOf(type, path[0] ?? '', context.version);
    if (member !== undefined && isExpandable(member)) names.add(member.name);
  }
  return names;
}

function expandPlans(context: Compiling, at: Planned, items: readonly ExpandItem[]): readonly ExpandPlan[] {
  const { type } = at;
  const wanted = items.flatMap((item) => (item.path[0] === '*' ? [...type.navigations].filter(([, navigation]) => isIn(context.version, navigation)).map(([name]) => ({ ...item, path: [name] })) : [item]));
  const plans = new Map<string, ExpandPlan>();
  for (const item of wanted) {
    const plan = expandPlan(context, at, item);
    if (plan !== undefined) plans.set(plan.name, plan);
  }
  return [...plans.values()];
}

const isExpandable = (member: NonNullable<ReturnType<typeof memberOf>>): boolean => member.kind === 'property' && member.property.expandable === true;

/** `[cast/]navigation[/cast]`. */
function expandPlan(context: Compiling, { type, rows }: Planned, item: ExpandItem): ExpandPlan | undefined {
  const lead = castNamed(context, type, item.path[0] ?? '');
  const [word = '', narrowing, ...rest] = lead === undefined ? item.path : item.path.slice(1);
  const member = memberOf(lead ?? type, word, context.version);
  if (member !== undefined && isExpandable(member)) return undefined;
  if (member?.kind !== 'navigation') return refuseExpand(`Could not find a navigation property named '${clip(word)}' on type 'microsoft.graph.${type.name}'`);
  const { name, navigation } = member;
  const declared = typeNamed(context.registry, navigation.to);
  const target = narrowing === undefined ? declared : castNamed(context, declared, narrowing);
  if (target === undefined || rest.length > 0) return refuseExpand(`'${clip(item.path.join('/'))}' leads on behind '${name}'; put what to expand there in parentheses, as in ${name}($expand=…)`);
  if (item.count && !navigation.many) return refuseExpand(`'${name}' leads to one; only what leads to many can be counted`);
  const limit = navigation.many ? item.options.top ?? expandLimit : 1;
  context.countExpansion();
  const inside: Planned = { type: target, rows: rows * Math.max(limit, 1) };
  const options = deeper({ item, name, from: lead ?? type, limit }, inside);
  const plan = planWithin(context, inside, options);
  const count = item.count ? 'alone' : navigation.many && item.options.count === true ? 'besides' : undefined;
  return { name, navigation, plan, options: item.options, written: item.written, ref: item.ref, count, limit };
}

/** One step of `$levels`: the same navigation again in what it leads to, as long as there is one and the answer stays bounded. */
function deeper(step: { readonly item: ExpandItem; readonly name: string; readonly from: ResolvedType; readonly limit: number }, inside: Planned): QueryOptions {
  const { item, name, from, limit } = step;
  const levels = (item.levels ?? 1) - 1;
  const [again] = [inside.type, from].filter((type) => type.navigations.has(name) && (type === inside.type || inside.type.family.includes(type)));
  const isAsked = item.options.expand?.some(({ path }) => path.includes(name)) === true;
  const isTooMuch = item.isDeepest === true && inside.rows * Math.max(limit, 1) > mostRows;
  if (levels < 1 || again === undefined || isAsked || isTooMuch) return item.options;
  const path = again === inside.type ? [name] : [`microsoft.graph.${again.name}`, name];
  return { ...item.options, expand: [...item.options.expand ?? [], { ...item, path, levels }] };
}

const refuseExpand = (reason: string): never => refuse('invalidQuery', { field: '$expand', reason });

/** Properties that the statement must fetch for a plan: name, and the property of the type that the collection names. */
export function fetchedProperties(plan: Plan): ReadonlyMap<string, Property> {
  const fetched = new Map<string, Property>();
  for (const type of [plan.type, ...plan.type.family]) {
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
