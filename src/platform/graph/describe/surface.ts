/**
 * Every operation that is described, enumerated from the declarations. The rule: each root, its entity, all navigations of
 * it and what each leads to; further only where a navigation leads to what has no root of its own, three navigations
 * deep at most and never through a type twice. Casts are lists; a subtype's own members are told below the root that is
 * nearest to it. The server resolves any other depth in the same way.
 */
import type { Action, FilterFunction, Navigation, ReadFunction, Root, UnboundFunction, Version } from '../model.ts';
import type { Property } from '../property.ts';
import { commandOf, typeNamed, wordFor, type Registry, type ResolvedType } from '../registry.ts';
import { beginsIn, isIn } from '../version.ts';
import { shapeOf, type Shape } from './shape.ts';

/** Methods of an operation. */
export type Method = 'get' | 'post' | 'patch' | 'put' | 'delete';

/** Query options that an operation takes. */
export type Options = 'list' | 'entity' | 'count' | 'references' | 'target' | 'delta' | 'none';

/** What is sent. */
export type Sent =
  | { readonly kind: 'create' | 'change'; readonly type: ResolvedType }
  | { readonly kind: 'parameters'; readonly parameters: Readonly<Record<string, Property>> }
  | { readonly kind: 'reference' | 'file' };

/** One operation. `path` is a template under the version, such as `/users/{user-id}`. */
export interface Operation {
  readonly id: string;
  readonly method: Method;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly options: Options;
  readonly sent?: Sent;
  readonly answer: Shape;
  readonly status: 200 | 201 | 202 | 204;
  readonly summary: string;
  /** Path of the root. */
  readonly tag: string;
  /** Type that is read or changed: its visibility decides who may. Absent for what is bound to nothing. */
  readonly type?: ResolvedType;
}

/** A parameter in the path. */
export interface Parameter {
  readonly name: string;
  readonly property: Property;
}

/** A place that paths lead to. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly type: ResolvedType;
  readonly many: boolean;
  readonly root?: Root | undefined;
  readonly navigation?: Navigation;
  /** Types on the way, this one included. */
  readonly way: readonly string[];
  readonly tag: string;
}

interface Surface {
  readonly registry: Registry;
  readonly version: Version;
}

const deepest = 3;

/** All operations of a version, in the order of the declarations. */
export function operationsOf(registry: Registry, version: Version): readonly Operation[] {
  const surface = { registry, version };
  return [...registry.roots.filter((root) => beginsIn(version, root)).flatMap((root) => [...ofPlace(surface, rootPlace(surface, root))]), ...unbound(surface)];
}

/** What is bound to nothing. A function is told with what it needs, and once more with all that it takes. */
function* unbound({ registry, version }: Surface): Generator<Operation> {
  for (const declared of registry.functions.filter((each) => beginsIn(version, each))) {
    const all = Object.entries(declared.parameters ?? {});
    const needed = all.filter(([, { required }]) => required === true);
    for (const taken of needed.length === all.length ? [all] : [needed, all]) yield unboundFunction(registry, declared, taken);
  }
  for (const { path, parameters, answers, file } of registry.actions.filter((each) => beginsIn(version, each))) {
    yield { id: path, method: 'post', path: `/${path}`, parameters: [], options: 'none', sent: sentTo({ parameters, file }), ...shapeOf(registry, answers), summary: `Do ${path}`, tag: path };
  }
}

function unboundFunction(registry: Registry, { path, answers }: UnboundFunction, taken: readonly (readonly [string, Property])[]): Operation {
  const parameters = taken.map(([name, property]) => ({ name, word: name, property }));
  return { id: [path, ...parameters.map(({ name }) => name)].join('.'), method: 'get', path: `/${path}(${inParentheses(parameters)})`, parameters, options: 'none', ...shapeOf(registry, answers, 'anything'), summary: `Ask ${path}`, tag: path };
}

const inParentheses = (parameters: readonly (Parameter & { readonly word: string })[]): string =>
  parameters.map(({ name, word, property }) => (isQuoted(property) ? `${word}='{${name}}'` : `${word}={${name}}`)).join();

const sentTo = ({ parameters = {}, file }: { readonly parameters?: Action['parameters'] | undefined; readonly file?: boolean | undefined }): Sent => (file === true ? { kind: 'file' } : { kind: 'parameters', parameters });

function rootPlace({ registry, version }: Surface, root: Root): Place {
  const path = version === 'beta' ? root.betaPath ?? root.path : root.path;
  const type = typeNamed(registry, root.type);
  return { path: `/${path}`, words: path.split('/'), parameters: [], type, many: root.singleton === undefined, way: [type.name], tag: path, root };
}

function* ofPlace(surface: Surface, place: Place): Generator<Operation> {
  if (place.many) yield* ofCollection(surface, place);
  yield* ofEntity(surface, place.many ? keyed(place) : place);
  if (place.many && place.navigation === undefined) yield* byAlternateKey(surface, place);
}

/** The entity of a collection, by its key. */
function keyed(place: Place): Place {
  const { type } = place;
  const name = freshName(`${type.name}-id`, place.parameters);
  return { ...place, path: `${place.path}/{${name}}`, parameters: [...place.parameters, { name, property: { type: type.keyType } }], many: false };
}

function freshName(wanted: string, taken: readonly Parameter[]): string {
  const used = taken.filter(({ name }) => name.startsWith(wanted)).length;
  return used === 0 ? wanted : `${wanted}${used + 1}`;
}

const operation = (place: Place, name: string, rest: Omit<Operation, 'id' | 'path' | 'parameters' | 'tag' | 'type'> & Partial<Pick<Operation, 'path' | 'parameters'>>): Operation => ({
  id: [...place.words, name].join('.'), path: place.path, parameters: place.parameters, tag: place.tag, type: place.type, ...rest,
});

const commandAt = ({ registry }: Surface, { type, navigation }: Place, kind: 'update' | 'replace' | 'remove'): boolean =>
  (kind !== 'replace' && navigation?.[kind] !== undefined) || ((owns(navigation) || nearestRoot(registry, type) === undefined) && commandOf(registry, type, kind) !== undefined);

/** Whether what a place holds is changed there: at roots, and below what contains it. Most other navigations lead to what has its own root. */
const owns = (navigation: Navigation | undefined): boolean => navigation === undefined || navigation.contained === true || navigation.inverse !== undefined;

function* ofCollection(surface: Surface, place: Place): Generator<Operation> {
  const { type, navigation } = place;
  yield operation(place, 'list', { method: 'get', options: 'list', answer: { kind: 'collection', type }, status: 200, summary: `List ${place.words.at(-1) ?? ''}` });
  yield operation(place, 'count', { method: 'get', path: `${place.path}/$count`, options: 'count', answer: { kind: 'text' }, status: 200, summary: `Count ${place.words.at(-1) ?? ''}` });
  const canCreate = navigation?.create !== undefined || (owns(navigation) && type.family.some((each) => commandOf(surface.registry, each, 'create') !== undefined));
  if (canCreate) yield operation(place, 'create', { method: 'post', options: 'none', sent: { kind: 'create', type }, answer: { kind: 'entity', type }, status: 201, summary: `Make one of ${place.words.at(-1) ?? ''}` });
  if (navigation !== undefined) yield* references(place, navigation);
  yield* deltas(surface, place);
  yield* casts(surface, place);
  if (owns(navigation)) yield* ofFunctionsAndActions(surface, place, { actions: type.declared.collectionActions, functions: type.declared.collectionFunctions });
}

function* deltas({ registry }: Surface, place: Place): Generator<Operation> {
  const { type, root } = place;
  if (root === undefined || root.exists !== undefined || !type.lineage.some((name) => typeNamed(registry, name).declared.delta !== undefined)) return;
  yield operation(place, 'delta', { method: 'get', path: `${place.path}/delta()`, options: 'delta', answer: { kind: 'delta', type }, status: 200, summary: 'Ask what has changed' });
}

function* references(place: Place, navigation: Navigation): Generator<Operation> {
  const path = `${place.path}/$ref`;
  const shared = { path, answer: { kind: 'nothing' }, status: 204 } as const;
  yield operation(place, 'references', { method: 'get', path, options: navigation.many ? 'references' : 'none', answer: { kind: navigation.many ? 'references' : 'reference', type: place.type }, status: 200, summary: 'Read the reference' });
  if (navigation.addRef !== undefined) yield operation(place, 'addReference', { ...shared, method: navigation.many ? 'post' : 'put', options: 'none', sent: { kind: 'reference' }, summary: 'Add a reference' });
  if (navigation.removeRef === undefined) return;
  yield operation(place, 'removeReference', { ...shared, method: 'delete', options: navigation.many ? 'target' : 'none', summary: 'Remove a reference' });
  if (!navigation.many) return;
  const item = keyed(place);
  yield operation(item, 'removeReferenceByKey', { ...shared, method: 'delete', path: `${item.path}/$ref`, options: 'none', summary: 'Remove a reference' });
}

/** The members of a collection that are of a type below its own. */
function* casts(surface: Surface, place: Place): Generator<Operation> {
  for (const type of place.type.family) {
    if (type === place.type || type.declared.abstract === true) continue;
    const cast: Place = { ...place, path: `${place.path}/microsoft.graph.${type.name}`, words: [...place.words, `as${type.name.charAt(0).toUpperCase()}${type.name.slice(1)}`], type };
    yield operation(cast, 'list', { method: 'get', options: 'list', answer: { kind: 'collection', type }, status: 200, summary: `List those that are ${type.name}` });
    if (place.navigation !== undefined || nearestRoot(surface.registry, type)?.type !== place.type.name) continue;
    yield operation(cast, 'count', { method: 'get', path: `${cast.path}/$count`, options: 'count', answer: { kind: 'text' }, status: 200, summary: `Count those that are ${type.name}` });
    yield* deltas(surface, cast);
    if (commandOf(surface.registry, type, 'create') !== undefined) yield operation(cast, 'create', { method: 'post', options: 'none', sent: { kind: 'create', type }, answer: { kind: 'entity', type }, status: 201, summary: `Make a ${type.name}` });
    yield* ofEntity(surface, keyed({ ...cast, way: [...place.way, type.name] }), place.type);
  }
}

/** The root whose members are of a type or of the nearest one above it. */
function nearestRoot(registry: Registry, type: ResolvedType): Root | undefined {
  const roots = registry.roots.filter(({ singleton, exists, only }) => singleton === undefined && exists === undefined && only !== 'gatehouse');
  return type.lineage.map((name) => roots.find((root) => root.type === name)).find((root) => root !== undefined);
}

/** An entity with what can be done to it and where it leads. `above`: the type whose members have been told already. */
function* ofEntity(surface: Surface, place: Place, above?: ResolvedType): Generator<Operation> {
  yield* changes(surface, place, 'one');
  if (place.navigation !== undefined && !place.navigation.many) yield* references(place, place.navigation);
  const { declared } = place.type;
  const fresh = <T>(members: Readonly<Record<string, T>> | undefined, known: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, T>> => Object.fromEntries(Object.entries(members ?? {}).filter(([name]) => known?.[name] === undefined));
  if (owns(place.navigation)) yield* ofFunctionsAndActions(surface, place, { actions: fresh(declared.actions, above?.declared.actions), functions: fresh(declared.functions, above?.declared.functions) });
  if (place.navigation !== undefined && !goesOn(surface, place)) return;
  for (const [name, navigation] of place.type.navigations) {
    if (above?.navigations.has(name) === true || !isIn(surface.version, navigation)) continue;
    yield* ofPlace(surface, { ...led(surface, place, name), navigation });
  }
}

function* changes(surface: Surface, place: Place, by: string): Generator<Operation> {
  const { type } = place;
  const answer = { kind: 'entity', type } as const;
  yield operation(place, `get.${by}`, { method: 'get', options: 'entity', answer, status: 200, summary: `Read one ${type.name}` });
  if (commandAt(surface, place, 'update')) yield operation(place, `update.${by}`, { method: 'patch', options: 'none', sent: { kind: 'change', type }, answer: { kind: 'changed', type }, status: 200, summary: `Change one ${type.name}` });
  if (commandAt(surface, place, 'replace')) yield operation(place, `replace.${by}`, { method: 'put', options: 'none', sent: { kind: 'create', type }, answer: { kind: 'changed', type }, status: 200, summary: `Replace one ${type.name}` });
  if (commandAt(surface, place, 'remove')) yield operation(place, `delete.${by}`, { method: 'delete', options: 'none', answer: { kind: 'nothing' }, status: 204, summary: `Delete one ${type.name}` });
}

function led({ registry, version }: Surface, place: Place, name: string): Place {
  const navigation = place.type.navigations.get(name);
  const type = typeNamed(registry, navigation?.to ?? '');
  const word = wordFor(place.type, name, version);
  return { ...place, root: undefined, path: `${place.path}/${word}`, words: [...place.words, word], type, many: navigation?.many === true, way: [...place.way, type.name] };
}

function goesOn({ registry }: Surface, { type, way }: Place): boolean {
  const hasRoot = registry.roots.some((root) => root.singleton === undefined && type.lineage.includes(root.type));
  return !hasRoot && way.length <= deepest && way.indexOf(type.name) === way.length - 1;
}

function* byAlternateKey(surface: Surface, place: Place): Generator<Operation> {
  for (const name of place.type.declared.alternateKeys ?? []) {
    const property = place.type.properties.get(name);
    if (property === undefined || !isIn(surface.version, property)) continue;
    const word = wordFor(place.type, name, surface.version);
    yield* changes(surface, { ...place, path: `${place.path}(${word}='{${word}}')`, parameters: [{ name: word, property: { type: property.type } }], many: false }, `by.${word}`);
  }
}

interface Bound {
  readonly actions: Readonly<Record<string, Action>> | undefined;
  readonly functions: Readonly<Record<string, FilterFunction | ReadFunction>> | undefined;
}

function* ofFunctionsAndActions(surface: Surface, place: Place, { actions, functions }: Bound): Generator<Operation> {
  for (const [name, action] of Object.entries(actions ?? {})) {
    if (!isIn(surface.version, action)) continue;
    const { answer, status } = shapeOf(surface.registry, action.answers);
    yield operation(place, name, { method: 'post', path: `${place.path}/${name}`, options: 'none', sent: sentTo(action), answer, status, summary: `Do ${name}` });
  }
  for (const [name, declared] of Object.entries(functions ?? {})) {
    if (!isIn(surface.version, declared)) continue;
    const given = Object.entries(declared.parameters ?? {}).map(([word, property]) => ({ name: freshName(word, place.parameters), word, property }));
    const path = `${place.path}/${name}(${inParentheses(given)})`;
    const parameters = [...place.parameters, ...given.map(({ name: parameter, property }) => ({ name: parameter, property }))];
    if ('read' in declared) {
      yield operation(place, name, { method: 'get', path, parameters, options: 'none', ...shapeOf(surface.registry, declared.answers, 'anything'), summary: `Ask ${name}` });
      continue;
    }
    const type = typeNamed(surface.registry, declared.returns);
    yield operation({ ...place, type }, name, { method: 'get', path, parameters, options: 'list', answer: { kind: 'collection', type }, status: 200, summary: `Ask ${name}` });
  }
}

const isQuoted = ({ type }: Property): boolean => type !== 'flag' && type !== 'whole' && type !== 'number';
