/** From the segments of a path to a {@link Resource}: what is meant, by the registry alone. No database, no caller. */
import type { Property } from '../model.ts';
import { memberNamed, typeNamed, type PathNode } from '../registry.ts';
import type { Segment } from '../syntax/ast.ts';
import { bareType, isComplex } from '../value.ts';
import { isIn } from '../version.ts';
import { takeKeys, takeKeySegment } from './keys.ts';
import { takeOperation, takeUnbound } from './operations.ts';
import type { Resource } from './resource.ts';
import { current, replaceStep, unknown, type Resolving, type Walk } from './walk.ts';

/** Resolves a parsed path. Unknown segments are refused with the segment's name. */
export function resolvePath(segments: readonly Segment[], resolving: Resolving): Resource {
  const walk: Walk = { ...resolving, segments, at: 0, steps: [], isCollection: false, ending: { kind: 'none' }, context: [] };
  enterRoot(walk);
  while (walk.at < segments.length) takeSegment(walk);
  return { steps: walk.steps, isCollection: walk.isCollection, ending: walk.ending, context: walk.context.join('/') };
}

function enterRoot(walk: Walk): void {
  let node: PathNode | undefined = walk.registry.paths[walk.version];
  let best: { node: PathNode; used: number } | undefined;
  let stray: Segment | undefined;
  for (const [index, segment] of walk.segments.entries()) {
    node = node?.children.get(segment.name.toLowerCase());
    stray = node === undefined ? segment : undefined;
    if (node === undefined) break;
    if (index === 0 && takeUnbound(walk, node, segment)) return;
    if (node.root !== undefined) best = { node, used: index + 1 };
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

function takeSegment(walk: Walk): void {
  const segment = walk.segments[walk.at];
  if (segment === undefined || walk.ending.kind !== 'none') return unknown(segment);
  walk.at += 1;
  const word = segment.name.toLowerCase();
  if (word === '$ref' || word === '$count') {
    if (word === '$count' && !walk.isCollection) return unknown(segment);
    walk.ending = { kind: word === '$ref' ? 'ref' : 'count' };
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

function takeMember(walk: Walk, segment: Segment): void {
  const { type } = current(walk);
  const name = memberNamed(type, segment.name);
  const navigation = name === undefined ? undefined : type.navigations.get(name);
  if (name === undefined) return unknown(segment);
  if (navigation !== undefined) {
    if (!isIn(walk.version, navigation)) return unknown(segment);
    walk.steps.push({ type: typeNamed(walk.registry, navigation.to), navigation, navigationName: name });
    walk.isCollection = navigation.many;
    walk.context.push(segment.name);
    return takeKeys(walk, segment);
  }
  const property = type.properties.get(name);
  if (property === undefined || property.writeOnly === true || !isIn(walk.version, property) || segment.kind === 'keyed') return unknown(segment);
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
