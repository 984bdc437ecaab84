/** The way through a path: where resolution stands, and what it has found so far. */
import { refuse } from '../../../kernel/problem.ts';
import type { Version } from '../model.ts';
import type { Registry } from '../registry.ts';
import type { Argument, Segment } from '../syntax/ast.ts';
import { clip } from '../value.ts';
import type { Ending, Key, PathStep } from './resource.ts';

/** What resolution works with. `aliases` are the `@name=value` parameters of the query string. */
export interface Resolving {
  readonly registry: Registry;
  readonly version: Version;
  readonly aliases: ReadonlyMap<string, string>;
}

/** A resolution on its way. */
export interface Walk extends Resolving {
  readonly segments: readonly Segment[];
  at: number;
  readonly steps: PathStep[];
  isCollection: boolean;
  ending: Ending;
  readonly context: string[];
}

/** Refuses a segment that means nothing where it stands (404). */
export const unknown = (segment: Segment | undefined): never => refuse('unknownSegment', { field: clip(segment?.name ?? '') });

/** The last step so far. */
export function current(walk: Walk): PathStep {
  const step = walk.steps.at(-1);
  if (step === undefined) throw new Error('no step to continue from');
  return step;
}

/** Changes the last step. */
export function replaceStep(walk: Walk, change: Partial<PathStep>): void {
  const step = current(walk);
  walk.steps[walk.steps.length - 1] = { ...step, ...change };
}

/** The last step names one entity from here on. */
export function setKey(walk: Walk, key: Key): void {
  replaceStep(walk, { key });
  walk.isCollection = false;
}

/** A key or argument as text; an alias by its value in the query string. */
export function argumentText(walk: Walk, argument: Argument): string {
  const raw = argument.kind === 'alias' ? walk.aliases.get(argument.name) ?? walk.aliases.get(`@${argument.name}`) : undefined;
  if (argument.kind === 'alias') {
    if (raw === undefined) return refuse('invalidQuery', { field: `@${argument.name}`, reason: 'the parameter alias has no value; add it to the query string' });
    return /^'.*'$/s.test(raw) ? raw.slice(1, -1).replaceAll("''", "'") : raw;
  }
  const { literal } = argument;
  if (literal.kind === 'null') return '';
  return literal.kind === 'number' ? literal.text : String(literal.value);
}
