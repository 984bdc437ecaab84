/** Requests made from the declarations: places that exist, options and bodies whose names and types mostly fit, and values of all kinds. */
import fc from 'fast-check';
import { operationsOf, type Operation } from '../../../src/platform/graph/describe/surface.ts';
import type { Navigation, Property, Version } from '../../../src/platform/graph/model.ts';
import { typeNamed, wordFor, type Registry, type ResolvedType } from '../../../src/platform/graph/registry.ts';
import { isComplex, isEnum } from '../../../src/platform/graph/value.ts';
import { isIn, versions } from '../../../src/platform/graph/version.ts';
import { bodyFor } from './fuzz-bodies.ts';
import { chance, evenly, evil, pick, someId, type Making } from './fuzz-choices.ts';
import type { World } from './fuzz-world.ts';

/** One request. */
export interface FuzzRequest {
  readonly caller: string;
  readonly version: Version;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly prefer: string;
  readonly body: unknown;
}

/** A request of a service. */
export function requests(registry: Registry, world: World): fc.Arbitrary<FuzzRequest> {
  const surfaces: Readonly<Record<Version, { readonly reads: readonly Operation[]; readonly writes: readonly Operation[] }>> = { 'v1.0': halves(operationsOf(registry, 'v1.0')), beta: halves(operationsOf(registry, 'beta')), gatehouse: halves(operationsOf(registry, 'gatehouse')) };
  // What Graph has no name for is little: it is asked for less often.
  const speaking: readonly Version[] = versions.filter((version) => surfaces[version].reads.length > 0 && surfaces[version].writes.length > 0).flatMap((version) => (version === 'gatehouse' ? [version] : Array.from({ length: 5 }, () => version)));
  return fc.gen().map((g) => {
    const version = speaking[g(evenly, speaking.length - 1)] ?? 'v1.0';
    const making: Making = { g, world, registry, version };
    const isRead = chance(making, 75);
    const first = pick(making, isRead ? surfaces[version].reads : surfaces[version].writes);
    // Keys that do not belong together mostly lead to nothing: few of those.
    const operation = first.parameters.length > 1 && chance(making, 85) ? pick(making, isRead ? surfaces[version].reads : surfaces[version].writes) : first;
    const base = { caller: pick(making, [...Object.keys(world.callers), ...Array.from({ length: 8 }, () => 'administrator'), 'application', 'application', 'owner']), version, prefer: pick(making, ['', '', '', 'return=minimal', 'odata.maxpagesize=2', 'include-unknown-enum-members']) };
    if (!isRead) return { ...base, method: operation.method.toUpperCase(), path: filled(making, operation), query: operation.options === 'target' ? `@id=${encodeURIComponent(`https://h/${someId(making, 'directoryObject')}`)}` : operation.type !== undefined && chance(making, 10) ? optionsFor(making, operation.type, 'entity') : '', body: bodyFor(making, operation) };
    const deeper = chance(making, 35) ? walked(making, operation) : undefined;
    const path = `${filled(making, operation)}${deeper?.path ?? ''}`;
    return { ...base, method: chance(making, 3) ? 'HEAD' : 'GET', path, query: furtherOf(making, deeper ?? operation), body: undefined };
  });
}

const furtherOf = (making: Making, { type, options }: Pick<Operation, 'options' | 'type'>): string => (type === undefined ? '' : optionsFor(making, type, options));

/** Bodies that make something, for every place that takes them. */
export function creations(registry: Registry, world: World): fc.Arbitrary<FuzzRequest> {
  const makers = operationsOf(registry, 'v1.0').filter(({ sent }) => sent?.kind === 'create');
  return fc.gen().map((g) => {
    const making: Making = { g, world, registry, version: 'v1.0' };
    const operation = pick(making, makers);
    return { caller: 'administrator', version: 'v1.0', method: operation.method.toUpperCase(), path: filled(making, operation), query: '', prefer: '', body: bodyFor(making, operation) };
  });
}

const halves = (operations: readonly Operation[]): { readonly reads: readonly Operation[]; readonly writes: readonly Operation[] } => ({ reads: operations.filter(({ method }) => method === 'get'), writes: operations.filter(({ method }) => method !== 'get') });

function filled(making: Making, { path, parameters }: Operation): string {
  return parameters.reduce((text, { name, property }) => {
    const type = making.registry.types.get(name.replace(/-id\d*$/, '').toLowerCase());
    const value = type !== undefined && name.includes('-id') ? someId(making, type.name) : isEnum(property.type) ? pick(making, property.type.members) : property.type === 'guid' ? someId(making, /^(principal|requestor)Id$/.test(name) ? 'user' : name === 'resourceId' ? 'servicePrincipal' : 'accessPackage') : pick(making, ['x', 'fuzz', 'ann@gatehouse.local']);
    return text.replace(`{${name}}`, encode(value));
  }, path);
}

interface Walked { readonly path: string; readonly type: ResolvedType; readonly options: Operation['options'] }

/** Further on from where an operation ends: navigations, casts, keys, properties, `$count` and `$ref`. */
function walked(making: Making, { type: start, options: at }: Operation): Walked | undefined {
  if (start === undefined || (at !== 'list' && at !== 'entity')) return undefined;
  let [type, many, path]: [ResolvedType, boolean, string] = [start, at === 'list', ''];
  for (let steps = making.g(evenly, 2) + 1; steps > 0; steps -= 1) {
    if (many) {
      const below = type.family.filter((each) => each !== type);
      if (below.length > 0 && chance(making, 30)) { type = pick(making, below); path += `/microsoft.graph.${type.name}`; }
      if (chance(making, 10)) return { path: `${path}/${pick(making, ['$count', '$count', '$ref', 'delta'])}`, type, options: 'count' };
      path += `/${encode(someId(making, type.name))}`;
      many = false;
      continue;
    }
    if (chance(making, 20)) return { path: `${path}/${wordFor(type, pick(making, shownOf(making, type))[0], making.version)}${pick(making, ['', '', '', '', '/$value', '/x'])}`, type, options: 'none' };
    const navigations = navigationsOf(making, type);
    if (navigations.length === 0) break;
    const [name, navigation] = pick(making, navigations);
    path += `/${wordFor(type, name, making.version)}`;
    type = typeNamed(making.registry, navigation.to);
    ({ many } = navigation);
  }
  return { path, type, options: many ? 'list' : 'entity' };
}

const encode = (text: string): string => (text.isWellFormed() ? encodeURIComponent(text) : text);

function optionsFor(making: Making, type: ResolvedType, kind: Operation['options']): string {
  const parts: string[] = [];
  const add = (name: string, value: string): void => { parts.push(`${name}=${encode(value)}`); };
  if (kind !== 'none' && kind !== 'count' && chance(making, 30)) add('$select', namesOf(making, type).join());
  if (kind !== 'none' && kind !== 'count' && chance(making, 35)) add('$expand', expandOf(making, type, 2));
  if (kind === 'list' || kind === 'count' || kind === 'references') {
    if (chance(making, 40)) add('$filter', filterOf(making, type, 2));
    if (chance(making, 8)) add('$search', pick(making, ['"displayName:fuzz"', 'a', '"x" AND NOT y', ...evil]));
  }
  if (kind === 'list' || kind === 'references') {
    if (chance(making, 25)) add('$orderby', sortable(making, type).map((name) => `${name}${pick(making, ['', ' desc', ' asc'])}`).join());
    if (chance(making, 40)) add('$top', String(making.g(evenly, 4)));
    if (chance(making, 10)) add('$skip', String(making.g(evenly, 3)));
    if (chance(making, 20)) add('$count', 'true');
  }
  if (chance(making, 2)) add(pick(making, ['$filter', '$select', '$expand', '$skiptoken', '$top', '$deltatoken', 'x', '$format']), pick(making, evil));
  return parts.join('&');
}

const navigationsOf = ({ version }: Making, type: ResolvedType): readonly (readonly [string, Navigation])[] => [...type.navigations].filter(([, navigation]) => isIn(version, navigation));
const shownOf = ({ version }: Making, type: ResolvedType): readonly (readonly [string, Property])[] => [...type.properties].filter(([, property]) => isIn(version, property) && property.writeOnly !== true);

function namesOf(making: Making, type: ResolvedType): readonly string[] {
  const known = [type, ...type.family].flatMap((each) => [...each.properties]).filter(([, property]) => isIn(making.version, property) && property.writeOnly !== true).map(([name]) => name);
  const names = Array.from({ length: making.g(evenly, 4) + 1 }, () => (chance(making, 2) ? pick(making, [...evil, '*']) : pick(making, known)));
  return names.map((name) => wordFor(type, name, making.version));
}

function sortable(making: Making, type: ResolvedType): readonly string[] {
  const known = shownOf(making, type).filter(([, property]) => chance(making, 5) || (property.collection !== true && !isComplex(property.type))).map(([name]) => wordFor(type, name, making.version));
  return Array.from({ length: making.g(evenly, 2) + 1 }, () => (chance(making, 2) ? pick(making, evil) : pick(making, known)));
}

function expandOf(making: Making, type: ResolvedType, depth: number): string {
  const navigations = navigationsOf(making, type);
  if (navigations.length === 0 || chance(making, 3)) return pick(making, ['*', ...evil]);
  return Array.from({ length: chance(making, 25) ? 2 : 1 }, () => {
    const [name, navigation] = pick(making, navigations);
    const target = typeNamed(making.registry, navigation.to);
    const inner: string[] = [];
    if (chance(making, 25)) inner.push(`$select=${namesOf(making, target).filter((each) => /^\w+$/.test(each)).join() || 'id'}`);
    if (navigation.many && chance(making, 25)) inner.push(`$top=${making.g(evenly, 3)}`);
    if (navigation.many && chance(making, 15)) inner.push(`$filter=${filterOf(making, target, 1)}`);
    if (depth > 1 && navigationsOf(making, target).length > 0 && chance(making, 35)) inner.push(`$expand=${expandOf(making, target, depth - 1)}`);
    const below = target.family.filter((each) => each !== target);
    const cast = below.length > 0 && chance(making, 15) ? `/microsoft.graph.${pick(making, below).name}` : chance(making, 8) ? '/$ref' : '';
    return `${wordFor(type, name, making.version)}${cast}${inner.length === 0 ? '' : `(${inner.join(';')})`}`;
  }).join();
}

const compare = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];

function filterOf(making: Making, type: ResolvedType, depth: number): string {
  if (depth > 0 && chance(making, 25)) return `${pick(making, ['', 'not '])}(${filterOf(making, type, depth - 1)}) ${pick(making, ['and', 'or'])} ${filterOf(making, type, depth - 1)}`;
  const navigations = navigationsOf(making, type);
  if (depth > 0 && navigations.length > 0 && chance(making, 20)) {
    const [name, navigation] = pick(making, navigations);
    const [word, target] = [wordFor(type, name, making.version), typeNamed(making.registry, navigation.to)];
    if (!navigation.many) return conditionOn(making, `${word}/`, target);
    return pick(making, [`${word}/any()`, `${word}/$count gt 0`, `${word}/any(x:${conditionOn(making, 'x/', target)})`, `${word}/all(x:${conditionOn(making, 'x/', target)})`]);
  }
  return conditionOn(making, '', type);
}

function conditionOn(making: Making, prefix: string, type: ResolvedType): string {
  const [name, property] = pick(making, shownOf(making, type));
  return condition(making, `${prefix}${wordFor(type, name, making.version)}`, property);
}

function condition(making: Making, name: string, property: Property): string {
  const { type } = property;
  if (property.collection === true) return pick(making, [`${name}/any()`, `${name}/$count ge 1`, ...(isComplex(type) ? Object.entries(type.properties).slice(0, 3).map(([word, inner]) => `${name}/any(x:${condition(making, `x/${word}`, inner)})`) : [`${name}/any(x:x eq ${literal(making, property)})`])]);
  if (isComplex(type)) {
    const members = Object.entries(type.properties);
    if (members.length === 0) return `${name} eq null`;
    const [word, inner] = pick(making, members);
    return condition(making, `${name}/${word}`, inner);
  }
  if (type === 'text' && chance(making, 30)) return `${pick(making, ['startswith', 'contains', 'endswith'])}(${name},${literal(making, property)})`;
  return chance(making, 20) ? `${name} in (${literal(making, property)},${literal(making, property)})` : `${name} ${pick(making, compare)} ${chance(making, 10) ? 'null' : literal(making, property)}`;
}

function literal(making: Making, { type }: Property): string {
  if (isEnum(type)) return `'${pick(making, type.members)}'`;
  if (isComplex(type)) return 'null';
  if (chance(making, 5)) return `'${pick(making, evil).replaceAll("'", "''")}'`;
  switch (type) {
    case 'flag': return pick(making, ['true', 'false']);
    case 'whole': case 'number': return pick(making, ['0', '1', '-5', '2147483648', '1.5']);
    case 'instant': return pick(making, ['2026-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z']);
    case 'date': return '2026-01-01';
    case 'span': return "duration'P1D'";
    case 'guid': return pick(making, [`'${someId(making, 'user')}'`, someId(making, 'accessPackage')]);
    default: return pick(making, ["'a'", "'Fuzz'", `'${someId(making, 'directoryObject')}'`, "'Ann Able'"]);
  }
}
