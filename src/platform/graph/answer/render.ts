/** From rows to JSON as a version of Graph words it. Pure over what the statement brought. */
import type { ComplexType, EnumType, Json, Property, Version } from '../model.ts';
import { wordFor, type ResolvedType } from '../registry.ts';
import { isComplex, isEnum, isObject } from '../value.ts';
import { isIn } from '../version.ts';
import type { ExpandPlan, Plan } from '../query/plan.ts';
import { bagColumn, keyColumn, typeColumn } from '../query/select.ts';

/** How to word an answer. */
export interface Wording {
  readonly version: Version;
  /** Members declared after unknownFutureValue may be shown. */
  readonly unknownMembers: boolean;
  /** URL of the entity, for links of expanded collections. */
  readonly at: string;
}

type Row = Readonly<Record<string, unknown>>;

/** The type that a row really is. */
export function actualType(plan: Plan, row: Row): ResolvedType {
  const word = row[typeColumn];
  if (typeof word !== 'string') return plan.type;
  return plan.type.family.find((type) => type.declared.discriminator === word) ?? plan.type;
}

/** One entity of a plan. */
export function renderEntity(plan: Plan, row: Row, wording: Wording): Json {
  const type = actualType(plan, row);
  const result: Record<string, unknown> = {};
  if (type.declared.saysType === true || type !== plan.type) result['@odata.type'] = `#microsoft.graph.${type.name}`;
  const data = row[bagColumn];
  const bag = isObject(data) ? data : {};
  for (const [name, property] of type.properties) {
    if (!isShown({ plan, type, wording }, name, property)) continue;
    // The key is always fetched, under a name of its own.
    const column = name in row || name !== type.keyProperty ? name : keyColumn;
    if (property.bag !== true && !(column in row)) continue;
    result[name] = renderValue(property.bag === true ? bag[name] : row[column], property, wording);
  }
  for (const name of plan.selected ?? []) {
    if (bag[name] !== undefined && !type.properties.has(name) && type.declared.dynamic?.property(name) !== undefined) result[name] = bag[name];
  }
  for (const expand of plan.expands) {
    if (type.navigations.has(expand.name)) Object.assign(result, renderExpand(expand, row, wording));
  }
  return wording.version === 'beta' ? toBeta(type, result) : result;
}

function isShown(at: { readonly plan: Plan; readonly type: ResolvedType; readonly wording: Wording }, name: string, property: Property): boolean {
  if (property.writeOnly === true || !isIn(at.wording.version, property)) return false;
  if (at.plan.selected === undefined) return property.hidden !== true;
  return at.plan.selected.has(name) || name === at.type.keyProperty;
}

/** URL of a row in the collection that stands at a URL. */
export const memberUrl = (collection: string, row: Row): string => `${collection}/${encodeURIComponent(String(row[keyColumn]))}`;

function renderExpand(expand: ExpandPlan, from: Row, wording: Wording): Json {
  const value = from[`+${expand.name}`];
  const count = expand.count === undefined ? {} : { [`${expand.name}@odata.count`]: from[`#${expand.name}`] };
  if (expand.count === 'alone') return count;
  const here = `${wording.at}/${expand.name}`;
  const one = (row: unknown): unknown => {
    if (!isObject(row)) return null;
    const at = expand.navigation.many ? memberUrl(here, row) : here;
    return expand.ref ? { '@odata.id': at } : renderEntity(expand.plan, row, { ...wording, at });
  };
  if (!expand.navigation.many) return { [expand.name]: one(value) };
  const rows = Array.isArray(value) ? value : [];
  const query = [...expand.written.map(encodeOption), `$skip=${(expand.options.skip ?? 0) + expand.limit}`].join('&');
  const more = rows.length > expand.limit ? { [`${expand.name}@odata.nextLink`]: `${here}?${query}` } : {};
  return { ...count, [expand.name]: rows.slice(0, expand.limit).map(one), ...more };
}

/** `$name=text` for a query string. */
const encodeOption = (option: string): string => option.replace(/=(.*)$/s, (_, value: string) => `=${encodeURIComponent(value)}`);

function toBeta(type: ResolvedType, entity: Record<string, unknown>): Json {
  const dropped = new Set(type.declared.beta?.drop ?? []);
  const renamed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entity)) {
    const [bare = name, note] = name.startsWith('@') ? [name] : name.split('@');
    if (dropped.has(bare)) continue;
    const word = wordFor(type, bare, 'beta');
    renamed[note === undefined ? word : `${word}@${note}`] = value;
  }
  return type.declared.beta?.toBeta?.(renamed) ?? renamed;
}

/** A property's value as JSON. */
export function renderValue(value: unknown, property: Property, wording: Wording): unknown {
  if (property.collection === true) return Array.isArray(value) ? value.map((member) => renderOne(member, property.type, wording)) : [];
  // A bag written before the property was declared may lack what is never null.
  return renderOne(value ?? (property.notNull === true ? property.default : null), property.type, wording);
}

function renderOne(value: unknown, type: Property['type'], wording: Wording): unknown {
  if (value === null || value === undefined) return null;
  if (isEnum(type)) return typeof value === 'string' ? renderEnum(value, type, wording) : null;
  if (isComplex(type)) return isObject(value) ? renderComplex(value, type, wording) : null;
  if (type === 'instant') return renderInstant(value);
  return value;
}

function renderEnum(value: string, type: EnumType, wording: Wording): string {
  if (type.later?.includes(value) === true && !wording.unknownMembers) return 'unknownFutureValue';
  if (wording.version !== 'beta') return value;
  return type.beta?.[value] ?? (type.betaCase === 'pascal' ? value.charAt(0).toUpperCase() + value.slice(1) : value);
}

/** UTC, with milliseconds only where there are some, as Graph writes it: clients compare the text with what they have sent. An end that never comes is null. */
function renderInstant(value: unknown): string | null {
  if (value instanceof Date) return shortIso(value);
  if (typeof value !== 'string' || value.includes('infinity')) return null;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? null : shortIso(at);
}

const shortIso = (at: Date): string => at.toISOString().replace('.000Z', 'Z');

function renderComplex(value: Json, type: ComplexType, wording: Wording): Json {
  const said = value['@odata.type'];
  const variant = typeof said === 'string' ? type.variants?.find((each) => said === `#microsoft.graph.${each.complex}`) : undefined;
  const properties: Readonly<Record<string, Property>> = { ...type.properties, ...variant?.properties };
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const property = properties[name];
    if (property?.writeOnly === true) continue;
    result[name] = property === undefined ? member : renderValue(member, property, wording);
  }
  for (const [name, property] of Object.entries(properties)) {
    if (property.collection === true && !(name in result)) result[name] = [];
  }
  return result;
}
