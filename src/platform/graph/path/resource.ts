/** What a path names, after resolution: a chain of steps from a root, and what is asked of its end. */
import type { Action, Delta, FilterFunction, Json, Navigation, Property, ReadFunction, Root } from '../model.ts';
import type { ResolvedType } from '../registry.ts';

/** How one entity of a step is picked. */
export type Key =
  | { readonly by: 'key'; readonly value: string }
  | { readonly by: 'property'; readonly property: string; readonly value: string };

/** A filter function in a path, with its arguments. */
export interface AppliedFunction {
  readonly name: string;
  readonly declared: FilterFunction;
  readonly given: Json;
  /** Bound to the one entity of the step before; else to the collection that this step was. */
  readonly ofEntity: boolean;
}

/** One step: a root, or a navigation from the step before. `type` is the type after casts. */
export interface PathStep {
  readonly type: ResolvedType;
  readonly root?: Root;
  readonly navigation?: Navigation;
  readonly navigationName?: string;
  readonly cast?: ResolvedType;
  readonly key?: Key;
  readonly applied?: AppliedFunction;
}

/** What the end of the path asks for. */
export type Ending =
  | { readonly kind: 'none' }
  | { readonly kind: 'ref' }
  | { readonly kind: 'count' }
  /** What changed in a set since a token. */
  | { readonly kind: 'delta'; readonly declared: Delta }
  | { readonly kind: 'property'; readonly name: string; readonly property: Property; readonly rest: readonly string[]; readonly raw: boolean }
  | { readonly kind: 'action'; readonly name: string; readonly action: Action; readonly given: Json }
  | { readonly kind: 'function'; readonly name: string; readonly declared: ReadFunction; readonly given: Json };

/** A resolved path. `isCollection`: the last step names many entities. Without steps: an operation that is bound to nothing. */
export interface Resource {
  readonly steps: readonly PathStep[];
  readonly isCollection: boolean;
  readonly ending: Ending;
  /** Path as Graph writes it in `@odata.context`. */
  readonly context: string;
}

/** Last step of a path; only what is bound to nothing has none. */
export function lastStep(resource: Resource): PathStep {
  const step = resource.steps.at(-1);
  if (step === undefined) throw new Error('a resolved path has no steps');
  return step;
}
