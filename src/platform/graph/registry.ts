/**
 * What all features declared, looked up by name. Built once at start; everything else asks it: which member does this
 * word mean, which types descend from this one, where does this path begin.
 */
import type { Command, Declaration, EntityType, Navigation, Property, Root, UnboundAction, UnboundFunction, Version } from './model.ts';
import { beginsIn } from './version.ts';

/** A type with what it inherits, and the words for its members in both vocabularies. */
export interface ResolvedType {
  readonly name: string;
  readonly declared: EntityType;
  /** Itself first, then its bases. */
  readonly lineage: readonly string[];
  /** Itself and every type below it. */
  readonly family: readonly ResolvedType[];
  /** Values of the column `type` that the family has; none: every row of the table is of this type. */
  readonly discriminators: readonly string[];
  /** A member of the family keeps properties in the jsonb column `data`. */
  readonly hasBag: boolean;
  readonly properties: ReadonlyMap<string, Property>;
  readonly navigations: ReadonlyMap<string, Navigation>;
  /** Lower-case word of either vocabulary → v1.0 name. */
  readonly names: ReadonlyMap<string, string>;
  readonly keyColumn: string;
  readonly keyType: 'guid' | 'text';
  /** Property that holds the key in answers. */
  readonly keyProperty: string;
}

/** A node of the tree of paths. */
export interface PathNode {
  readonly children: Map<string, PathNode>;
  root?: Root;
  /** Unbound functions of this word. */
  readonly functions: UnboundFunction[];
  action?: UnboundAction;
}

/** All types and paths of the service. */
export interface Registry {
  readonly types: ReadonlyMap<string, ResolvedType>;
  /** Where paths begin, by version. */
  readonly paths: Readonly<Record<Version, PathNode>>;
  readonly roots: readonly Root[];
  /** Unbound functions and actions. */
  readonly functions: readonly UnboundFunction[];
  readonly actions: readonly UnboundAction[];
}

/** Joins declarations to one service. Throws on a contradiction: a start-up bug, not a user's mistake. */
export function buildRegistry(declarations: readonly Declaration[]): Registry {
  const declared = new Map<string, EntityType>();
  for (const type of declarations.flatMap((declaration) => declaration.types)) {
    if (declared.has(type.name)) throw new Error(`entity type ${type.name} is declared twice`);
    declared.set(type.name, type);
  }
  const types = resolveTypes(declared);
  const roots = declarations.flatMap((declaration) => declaration.roots);
  const functions = declarations.flatMap((declaration) => declaration.functions ?? []);
  const actions = declarations.flatMap((declaration) => declaration.actions ?? []);
  const begin = { roots, functions, actions };
  const registry = { types, ...begin, paths: { 'v1.0': pathTree('v1.0', begin), beta: pathTree('beta', begin), gatehouse: pathTree('gatehouse', begin) } };
  checkReferences(registry);
  return registry;
}

/** The type of that name, in any letter case; a missing one is a bug of a declaration. */
export function typeNamed(registry: Registry, name: string): ResolvedType {
  const found = registry.types.get(name.toLowerCase());
  if (found === undefined) throw new Error(`no entity type ${name} is declared`);
  return found;
}

/** v1.0 name of the member that a word of either vocabulary means. */
export const memberNamed = (type: ResolvedType, word: string): string | undefined => type.names.get(word.toLowerCase());

/** The word of a version for a member. */
export function wordFor(type: ResolvedType, name: string, version: Version): string {
  if (version !== 'beta') return name;
  return type.declared.beta?.rename?.[name] ?? name;
}

/** The command that a type or its nearest base has for a change. */
export function commandOf(registry: Registry, type: ResolvedType, kind: 'create' | 'update' | 'replace' | 'remove'): Command | undefined {
  for (const name of type.lineage) {
    const { declared } = typeNamed(registry, name);
    if (declared[kind] !== undefined) return declared[kind];
  }
  return undefined;
}

/** What is known of a type only when all are resolved. */
interface Family { readonly family: ResolvedType[]; readonly discriminators: string[]; hasBag: boolean }

function resolveTypes(declared: ReadonlyMap<string, EntityType>): ReadonlyMap<string, ResolvedType> {
  const types = new Map<string, ResolvedType & Family>();
  for (const type of declared.values()) types.set(type.name.toLowerCase(), { ...resolveType(type, declared), family: [], discriminators: [], hasBag: false });
  for (const member of types.values()) {
    for (const name of member.lineage) types.get(name.toLowerCase())?.family.push(member);
  }
  for (const type of types.values()) {
    type.discriminators.push(...type.family.flatMap((member) => member.declared.discriminator ?? []));
    type.hasBag = type.family.some((member) => [...member.properties.values()].some((property) => property.bag === true));
  }
  return types;
}

function resolveType(type: EntityType, declared: ReadonlyMap<string, EntityType>): Omit<ResolvedType, keyof Family> {
  const chain = lineageOf(type, declared);
  const top = chain.at(-1) ?? type;
  const key = type.key ?? top.key ?? { column: 'id', type: 'guid' as const };
  // Every entity says its key, whether or not its declaration mentions it; it comes first.
  const keyed: readonly [string, Property] = [key.property ?? 'id', { type: key.type, column: key.column, readOnly: true, exact: true }];
  const properties = new Map([keyed, ...chain.toReversed().flatMap((each) => Object.entries(each.properties))]);
  const navigations = new Map(chain.toReversed().flatMap((each) => Object.entries(each.navigations ?? {})));
  const names = new Map<string, string>();
  for (const name of [...properties.keys(), ...navigations.keys()]) names.set(name.toLowerCase(), name);
  for (const [name, word] of chain.flatMap((each) => Object.entries(each.beta?.rename ?? {}))) {
    if (!names.has(word.toLowerCase())) names.set(word.toLowerCase(), name);
  }
  return {
    name: type.name, declared: inheriting(type, chain), lineage: chain.map((each) => each.name), properties, navigations, names,
    keyColumn: key.column, keyType: key.type, keyProperty: key.property ?? 'id',
  };
}

function lineageOf(type: EntityType, declared: ReadonlyMap<string, EntityType>): readonly EntityType[] {
  if (type.base === undefined) return [type];
  const base = declared.get(type.base);
  if (base === undefined) throw new Error(`base ${type.base} of ${type.name} is not declared`);
  return [type, ...lineageOf(base, declared)];
}

/** Operations, vocabulary and alternate keys that a subtype does not say itself are its base's. */
function inheriting(type: EntityType, chain: readonly EntityType[]): EntityType {
  const merged = <K extends 'actions' | 'collectionActions' | 'functions' | 'collectionFunctions'>(key: K): NonNullable<EntityType[K]> =>
    chain.reduceRight<NonNullable<EntityType[K]>>((inherited, each) => ({ ...inherited, ...each[key] }), {});
  const rename = chain.reduceRight<Readonly<Record<string, string>>>((inherited, each) => ({ ...inherited, ...each.beta?.rename }), {});
  const vocabulary = chain.find((each) => each.beta !== undefined)?.beta;
  const exists = chain.find((each) => each.exists !== undefined)?.exists;
  const alternateKeys = chain.find((each) => each.alternateKeys !== undefined)?.alternateKeys;
  const dynamic = chain.find((each) => each.dynamic !== undefined)?.dynamic;
  const searchable = chain.find((each) => each.searchable !== undefined)?.searchable;
  return {
    ...type, actions: merged('actions'), collectionActions: merged('collectionActions'),
    functions: merged('functions'), collectionFunctions: merged('collectionFunctions'),
    ...(vocabulary === undefined ? {} : { beta: { ...vocabulary, rename } }),
    ...(exists === undefined ? {} : { exists }),
    ...(alternateKeys === undefined ? {} : { alternateKeys }),
    ...(searchable === undefined ? {} : { searchable }),
    ...(dynamic === undefined ? {} : { dynamic }),
  };
}

const newNode = (): PathNode => ({ children: new Map(), functions: [] });

function pathTree(version: Version, { roots, functions, actions }: Pick<Registry, 'roots' | 'functions' | 'actions'>): PathNode {
  const top = newNode();
  const here = <T extends { readonly only?: Version }>(all: readonly T[]): readonly T[] => all.filter((each) => beginsIn(version, each));
  for (const root of here(roots)) {
    for (const path of root.betaPath === undefined ? [root.path] : [root.path, root.betaPath]) plant(top, path).root = root;
  }
  for (const declared of here(functions)) plantWord(top, declared.path).functions.push(declared);
  for (const declared of here(actions)) plantWord(top, declared.path).action = declared;
  return top;
}

/** The node of a path on which nothing else stands yet. */
function plant(top: PathNode, path: string): PathNode {
  let node = top;
  for (const segment of path.toLowerCase().split('/')) {
    const next = node.children.get(segment) ?? newNode();
    node.children.set(segment, next);
    node = next;
  }
  if (node.root !== undefined || node.action !== undefined) throw new Error(`path ${path} is declared twice`);
  return node;
}

/** What is bound to nothing is one word: `$metadata` has imports in its container only. */
function plantWord(top: PathNode, path: string): PathNode {
  if (path.includes('/')) throw new Error(`an unbound operation is one word, not ${path}`);
  return plant(top, path);
}

function checkReferences(registry: Registry): void {
  for (const root of registry.roots) typeNamed(registry, root.type);
  for (const type of registry.types.values()) {
    for (const navigation of type.navigations.values()) typeNamed(registry, navigation.to);
    for (const fn of [...Object.values(type.declared.functions ?? {}), ...Object.values(type.declared.collectionFunctions ?? {})]) if ('returns' in fn) typeNamed(registry, fn.returns);
  }
}
