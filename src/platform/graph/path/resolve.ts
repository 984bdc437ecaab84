/** From the segments of a path to a {@link Resource}: what is meant, by the registry alone. No database, no caller. */
import { refuse } from '../../../kernel/problem.ts';
import type { FilterFunction, Json, Property, ReadFunction, Version } from '../model.ts';
import { memberNamed, typeNamed, type PathNode, type Registry, type ResolvedType } from '../registry.ts';
import type { Argument, Segment } from '../syntax/ast.ts';
import { bareType, clip, isComplex, isGuid, readValue } from '../value.ts';
import type { Ending, Key, PathStep, Resource } from './resource.ts';

/** What resolution works with. `aliases` are the `@name=value` parameters of the query string. */
export interface Resolving {
  readonly registry: Registry;
  readonly version: Version;
  readonly aliases: ReadonlyMap<string, string>;
}

interface Walk extends Resolving {
  readonly segments: readonly Segment[];
  at: number;
  readonly steps: PathStep[];
  isCollection: boolean;
  ending: Ending;
  readonly context: string[];
}

/** Resolves a parsed path. Unknown segments are refused with the segment's name. */
export function resolvePath(segments: readonly Segment[], resolving: Resolving): Resource {
  const walk: Walk = { ...resolving, segments, at: 0, steps: [], isCollection: false, ending: { kind: 'none' }, context: [] };
  enterRoot(walk);
  while (walk.at < segments.length) takeSegment(walk);
  return { steps: walk.steps, isCollection: walk.isCollection, ending: walk.ending, context: walk.context.join('/') };
}

const unknown = (segment: Segment | undefined): never => refuse('unknownSegment', { field: clip(segment?.name ?? '') });

function enterRoot(walk: Walk): void {
  let node: PathNode | undefined = walk.registry.paths;
  let best: { node: PathNode; used: number } | undefined;
  let stray: Segment | undefined;
  for (const [index, segment] of walk.segments.entries()) {
    node = node?.children.get(segment.name.toLowerCase());
    stray = node === undefined ? segment : undefined;
    if (node === undefined) break;
    if (node.root !== undefined && (node.root.only ?? walk.version) === walk.version) best = { node, used: index + 1 };
    if (segment.kind === 'keyed') break;
  }
  const root = best?.node.root;
  if (best === undefined || root === undefined) return unknown(stray ?? walk.segments.at(-1));
  const type = typeNamed(walk.registry, root.type);
  walk.at = best.used;
  walk.context.push(...walk.segments.slice(0, best.used).map((segment) => segment.name));
  walk.steps.push({ type, root });
  walk.isCollection = root.singleton === undefined;
  takeKeys(walk, walk.segments[best.used - 1]);
}

/** Keys in parentheses behind a collection's name. */
function takeKeys(walk: Walk, segment: Segment | undefined): void {
  if (segment?.kind !== 'keyed') return;
  if (!walk.isCollection) return unknown(segment);
  const [key, ...more] = segment.keys;
  if (key === undefined || more.length > 0) return refuse('invalidQuery', { field: segment.name, reason: 'one key is expected in the parentheses' });
  const value = argumentText(walk, key.value);
  setKey(walk, key.name === undefined || key.name.toLowerCase() === 'id' ? plainKey(current(walk).type, value) : namedKey(current(walk).type, key.name, value));
}

function current(walk: Walk): PathStep {
  const step = walk.steps.at(-1);
  if (step === undefined) throw new Error('no step to continue from');
  return step;
}

function replaceStep(walk: Walk, change: Partial<PathStep>): void {
  const step = current(walk);
  walk.steps[walk.steps.length - 1] = { ...step, ...change };
}

function setKey(walk: Walk, key: Key): void {
  replaceStep(walk, { key });
  walk.isCollection = false;
}

/** A key without a name: the id, or, for what is no GUID, the first alternate key that people use as one (a user's UPN). */
export function plainKey(type: ResolvedType, value: string): Key {
  if (type.keyType === 'text' || isGuid(value)) return { by: 'key', value: type.keyType === 'guid' ? value.toLowerCase() : value };
  const name = type.declared.alternateKeys?.find((candidate) => candidate === 'userPrincipalName');
  if (name !== undefined && value.includes('@')) return { by: 'property', property: name, value };
  return refuse('invalidId', { field: type.name, value: clip(value) });
}

function namedKey(type: ResolvedType, word: string, value: string): Key {
  const property = type.declared.alternateKeys?.find((candidate) => candidate.toLowerCase() === word.toLowerCase());
  if (property === undefined) return refuse('invalidQuery', { field: word, reason: `${type.name} has no alternate key '${clip(word)}'` });
  const declared = type.properties.get(property);
  if (declared?.type === 'guid' && !isGuid(value)) return refuse('invalidId', { field: property, value: clip(value) });
  return { by: 'property', property, value: declared?.type === 'guid' ? value.toLowerCase() : value };
}

function takeSegment(walk: Walk): void {
  const segment = walk.segments[walk.at];
  if (segment === undefined || walk.ending.kind !== 'none') return unknown(segment);
  walk.at += 1;
  if (segment.name === '$ref' || segment.name === '$count') {
    if (segment.name === '$count' && !walk.isCollection) return unknown(segment);
    walk.ending = { kind: segment.name === '$ref' ? 'ref' : 'count' };
    return;
  }
  if (takeCast(walk, segment) || takeOperation(walk, segment)) return;
  if (walk.isCollection) return takeKeySegment(walk, segment);
  takeMember(walk, segment);
}

function takeCast(walk: Walk, segment: Segment): boolean {
  if (!/^(?:microsoft\.)?graph\./i.test(segment.name)) return false;
  const cast = walk.registry.types.get(bareType(segment.name).toLowerCase());
  if (cast === undefined) return false;
  const { type } = current(walk);
  if (!cast.lineage.includes(type.name)) return unknown(segment);
  replaceStep(walk, { type: cast, cast });
  walk.context.push(segment.name);
  takeKeys(walk, segment);
  return true;
}

function takeOperation(walk: Walk, segment: Segment): boolean {
  const { type } = current(walk);
  const name = bareType(segment.name).toLowerCase();
  const actions = walk.isCollection ? type.declared.collectionActions : type.declared.actions;
  const action = Object.entries(actions ?? {}).find(([candidate, { only }]) => candidate.toLowerCase() === name && (only ?? walk.version) === walk.version);
  if (action !== undefined && walk.at === walk.segments.length) {
    walk.ending = { kind: 'action', name: action[0], action: action[1], given: {} };
    return true;
  }
  const functions = walk.isCollection ? type.declared.collectionFunctions : type.declared.functions;
  const found = Object.entries(functions ?? {}).find(([candidate, { only }]) => candidate.toLowerCase() === name && (only ?? walk.version) === walk.version);
  if (found === undefined || (segment.kind !== 'keyed' && Object.keys(found[1].parameters ?? {}).length > 0)) return false;
  const given = readArguments(walk, segment, found[1].parameters ?? {});
  return applyFunction(walk, found, given);
}

/** The rows that a function answers take the place of its collection, or follow its entity. */
function applyFunction(walk: Walk, [name, declared]: readonly [string, FilterFunction | ReadFunction], given: Json): true {
  if ('read' in declared) {
    walk.ending = { kind: 'function', name, declared, given };
    return true;
  }
  const applied = { name, declared, given, ofEntity: !walk.isCollection };
  const type = typeNamed(walk.registry, declared.returns);
  if (walk.isCollection) replaceStep(walk, { applied, type });
  else walk.steps.push({ type, applied });
  walk.isCollection = true;
  return true;
}

function readArguments(walk: Walk, segment: Segment, parameters: Readonly<Record<string, Property>>): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { name, value } of segment.kind === 'keyed' ? segment.keys : []) {
    const declared = Object.entries(parameters).find(([candidate]) => candidate.toLowerCase() === name?.toLowerCase());
    if (declared === undefined) return refuse('invalidQuery', { field: name ?? segment.name, reason: `the function takes ${Object.keys(parameters).join(', ') || 'no parameters'}` });
    given[declared[0]] = readValue(typedArgument(argumentText(walk, value), declared[1]), declared[1], declared[0]);
  }
  for (const [name, property] of Object.entries(parameters)) {
    if (property.required === true && !(name in given)) refuse('missingProperty', { field: name, mend: `Give it in the parentheses behind ${segment.name}.` });
  }
  return given;
}

/** Text as JSON would have it for a flag or a number; what is none stays text, and is refused as that. */
function typedArgument(text: string, { type }: Property): unknown {
  if (type === 'flag' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return (type === 'whole' || type === 'number') && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function argumentText(walk: Walk, argument: Argument): string {
  const raw = argument.kind === 'alias' ? walk.aliases.get(argument.name) ?? walk.aliases.get(`@${argument.name}`) : undefined;
  if (argument.kind === 'alias') {
    if (raw === undefined) return refuse('invalidQuery', { field: `@${argument.name}`, reason: 'the parameter alias has no value; add it to the query string' });
    return /^'.*'$/s.test(raw) ? raw.slice(1, -1).replaceAll("''", "'") : raw;
  }
  const { literal } = argument;
  if (literal.kind === 'null') return '';
  return literal.kind === 'number' ? literal.text : String(literal.value);
}

function takeKeySegment(walk: Walk, segment: Segment): void {
  if (segment.kind !== 'name' || segment.name.startsWith('$')) return unknown(segment);
  if (current(walk).applied !== undefined) return unknown(segment);
  if (looksLikeName(current(walk).type, segment.name)) return unknown(segment);
  setKey(walk, plainKey(current(walk).type, segment.name));
}

/** A word that is no id but the name of something: better refused as an unknown segment than as a bad id. */
const looksLikeName = (type: ResolvedType, word: string): boolean => type.keyType === 'guid' && /^[a-z][a-z]*([A-Z][a-z]*)*$/.test(word) && !isGuid(word);

function takeMember(walk: Walk, segment: Segment): void {
  const { type } = current(walk);
  const name = memberNamed(type, segment.name);
  const navigation = name === undefined ? undefined : type.navigations.get(name);
  if (name === undefined) return unknown(segment);
  if (navigation !== undefined) {
    walk.steps.push({ type: typeNamed(walk.registry, navigation.to), navigation, navigationName: name });
    walk.isCollection = navigation.many;
    walk.context.push(segment.name);
    return takeKeys(walk, segment);
  }
  const property = type.properties.get(name);
  if (property === undefined || property.writeOnly === true || segment.kind === 'keyed') return unknown(segment);
  takeProperty(walk, name, property);
}

function takeProperty(walk: Walk, name: string, property: Property): void {
  const rest = walk.segments.slice(walk.at).map((segment) => segment.name);
  const raw = rest.at(-1) === '$value';
  const inner = raw ? rest.slice(0, -1) : rest;
  if (inner.length > 0 && !isComplex(property.type)) return unknown(walk.segments[walk.at]);
  walk.at = walk.segments.length;
  walk.ending = { kind: 'property', name, property, rest: inner, raw };
}
