/** Actions and functions in a path, with their arguments. */
import { refuse } from '../../../kernel/problem.ts';
import type { FilterFunction, Json, Property, ReadFunction, UnboundFunction } from '../model.ts';
import { typeNamed, type PathNode } from '../registry.ts';
import type { Segment } from '../syntax/ast.ts';
import { bareType, readValue } from '../value.ts';
import { isIn } from '../version.ts';
import { argumentText, current, replaceStep, type Walk } from './walk.ts';

/** Takes a segment that names an action or a function of where the path stands; false when it names none. */
export function takeOperation(walk: Walk, segment: Segment): boolean {
  if (takeDelta(walk, segment)) return true;
  const { type } = current(walk);
  const name = bareType(segment.name).toLowerCase();
  const actions = walk.isCollection ? type.declared.collectionActions : type.declared.actions;
  const action = Object.entries(actions ?? {}).find(([candidate, declared]) => candidate.toLowerCase() === name && isIn(walk.version, declared));
  if (action !== undefined && walk.at === walk.segments.length) {
    walk.ending = { kind: 'action', name: action[0], action: action[1], given: {} };
    return true;
  }
  const functions = walk.isCollection ? type.declared.collectionFunctions : type.declared.functions;
  const found = Object.entries(functions ?? {}).find(([candidate, declared]) => candidate.toLowerCase() === name && isIn(walk.version, declared));
  if (found === undefined || (segment.kind !== 'keyed' && Object.keys(found[1].parameters ?? {}).length > 0)) return false;
  const given = readArguments(walk, segment, found[1].parameters ?? {});
  return applyFunction(walk, found, given);
}

/** Takes what is bound to nothing, which is the whole path; false when the node has none that fits what the segment gives. */
export function takeUnbound(walk: Walk, node: PathNode, segment: Segment): boolean {
  if (walk.segments.length > 1) return false;
  const declared = segment.kind === 'keyed' ? chooseOverload(node.functions, segment) : node.functions.find(({ parameters }) => Object.keys(parameters ?? {}).length === 0);
  if (declared !== undefined) walk.ending = { kind: 'function', name: declared.path, declared, given: readArguments(walk, segment, declared.parameters ?? {}) };
  else if (node.action !== undefined && segment.kind === 'name') walk.ending = { kind: 'action', name: node.action.path, action: node.action, given: {} };
  else if (node.functions.length > 0) refuse('invalidQuery', { field: segment.name, reason: `it takes ${node.functions.map(signature).join(', or ')}` });
  else return false;
  walk.at = 1;
  walk.context.push(segment.name);
  return true;
}

const isNeeded = ({ required }: Property): boolean => required === true;

/** The one function of a word that knows every name that is given and lacks none; a single one refuses what does not fit it itself. */
function chooseOverload(functions: readonly UnboundFunction[], segment: Segment & { readonly kind: 'keyed' }): UnboundFunction | undefined {
  const [only, ...others] = functions;
  if (others.length === 0) return only;
  const given = new Set(segment.keys.map(({ name }) => name?.toLowerCase()));
  return functions.find(({ parameters = {} }) => {
    const known = new Set<string | undefined>(Object.keys(parameters).map((name) => name.toLowerCase()));
    return [...given].every((name) => known.has(name)) && Object.entries(parameters).every(([name, property]) => !isNeeded(property) || given.has(name.toLowerCase()));
  });
}

const signature = ({ path, parameters = {} }: UnboundFunction): string =>
  `${path}(${Object.entries(parameters).map(([name, property]) => (isNeeded(property) ? name : `${name}?`)).join(', ')})`;

/** `delta()` of a set: of its type, or the nearest base that says how changes are noted. */
function takeDelta(walk: Walk, segment: Segment): boolean {
  const { type, root } = current(walk);
  const isCall = bareType(segment.name).toLowerCase() === 'delta' && (segment.kind === 'name' || segment.keys.length === 0);
  if (!isCall || !walk.isCollection || root === undefined || root.exists !== undefined) return false;
  const declared = type.lineage.map((name) => typeNamed(walk.registry, name).declared.delta).find((delta) => delta !== undefined);
  if (declared === undefined) return false;
  walk.ending = { kind: 'delta', declared };
  return true;
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
