/**
 * Deep inserts (OData 4.01 Part 1, 11.4.2.2): entities that stand in the body of the one that is being made are made after
 * it, each by the command that its own address has, in the same transaction. One that is refused takes all with it.
 */
import { Problem, refuse } from '../../kernel/problem.ts';
import { readBody, type Children, type ReadBody } from './body/read-body.ts';
import type { Ancestor, Command, GraphWork, Input, Outcome } from './model.ts';
import { commandOf, typeNamed, type Registry, type ResolvedType } from './registry.ts';
import { isObject } from './value.ts';

/** Where entities are made. */
export interface Making {
  readonly registry: Registry;
  readonly work: GraphWork;
}

/** One entity to be made. */
export interface Made {
  readonly command: Command;
  readonly type: ResolvedType;
  readonly input: Input;
}

/** Most entities that one body may make below another. */
const mostChildren = 100;

/** Makes an entity, and then what stands below it in its body. Answers the outcome of the first. */
export async function createWith(making: Making, made: Made, children: readonly Children[]): Promise<Outcome> {
  const outcome = await made.command(making.work, made.input);
  if (children.length === 0) return outcome;
  const id = outcome.answer === 'created' || outcome.answer === 'entity' ? outcome.id : undefined;
  if (id === undefined) return refuse('invalidValue', { field: children[0]?.word ?? '', reason: 'it cannot be set here; use its own address' });
  for (const child of children) {
    if (child.bodies.length > mostChildren) refuse('invalidValue', { field: child.word, reason: `at most ${mostChildren} can be made with their owner; make the rest at their own address` });
    for (const [index, body] of child.bodies.entries()) {
      await createChild(making, { child, body, path: `${child.word}[${index}]` }, [...made.input.ancestors, { type: made.type.name, id, navigation: child.name }]);
    }
  }
  return outcome;
}

async function createChild(making: Making, { child, body, path }: { readonly child: Children; readonly body: unknown; readonly path: string }, ancestors: readonly Ancestor[]): Promise<void> {
  const { navigation } = child;
  try {
    const declared = typeNamed(making.registry, navigation.to);
    const owner = ancestors.at(-1)?.id ?? '';
    const read = await admitBody(making, declared, { body: withOwner(declared, navigation.inverse, { body, owner }), purpose: 'create' });
    const command = navigation.create ?? commandOf(making.registry, read.type, 'create') ?? refuse('invalidValue', { field: '', reason: 'it cannot be made here' });
    const full = navigation.inverse === undefined ? read.body : { ...read.body, [navigation.inverse]: owner };
    const input: Input = { id: '', ancestors, body: full, arguments: {}, prefer: new Set(), ...(read.type === declared ? {} : { cast: read.type.name }) };
    await createWith(making, { command, type: read.type, input }, read.children);
  } catch (error) {
    throw error instanceof Problem ? error.within(path) : error;
  }
}

/** Reads a body; members of an open type that are known only at run time are looked up before anything is written. */
export async function admitBody({ registry, work }: Making, type: ResolvedType, given: Parameters<typeof readBody>[2]): Promise<ReadBody> {
  const read = readBody(registry, type, given);
  if (Object.keys(read.dynamic).length > 0) await read.type.declared.dynamic?.check(work, read.dynamic);
  return read;
}

/** The owner has no id before it is made, so a body below it cannot name it: `principal` goes with `principalId`. */
function withOwner(type: ResolvedType, inverse: string | undefined, given: { readonly body: unknown; readonly owner: string }): unknown {
  const property = `${inverse ?? ''}Id`;
  return isObject(given.body) && type.properties.get(property)?.required === true ? { [property]: given.owner, ...given.body } : given.body;
}
