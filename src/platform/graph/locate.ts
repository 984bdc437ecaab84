/** Finding the entities that a write is about: one statement gives the id and real type of every step of the path. */
import { sql } from 'kysely';
import { refuse } from '../../kernel/problem.ts';
import type { Executor } from '../db/database.ts';
import { all } from '../db/transaction.ts';
import type { Exchange } from './exchange.ts';
import type { Ancestor } from './model.ts';
import type { PathStep } from './path/resource.ts';
import type { ResolvedType } from './registry.ts';
import { keyText, type Reading } from './read/rows.ts';
import { chainConditions } from './query/select.ts';
import { allOf, compiling, tableOf, type Source } from './query/scope.ts';
import { clip } from './value.ts';

/** An entity of the path: its id and what it really is. */
export interface Located {
  readonly id: string;
  readonly type: ResolvedType;
}

/** Every step of a chain whose end is one entity; undefined when it is not there for the one whose `sight` counts. */
export async function locate(executor: Executor, { exchange, steps, sight }: Reading): Promise<readonly Located[] | undefined> {
  const { registry } = exchange.service;
  const context = compiling(registry, exchange.request.version, exchange.request.caller);
  const sources = steps.map((step): Source => ({ type: step.type, alias: context.alias(), caller: context.caller }));
  // Conditions are made step by step, with joins instead of nested existence, so that every key can be selected.
  const conditions = steps.flatMap((step, index) => {
    const { alias } = sourceAt(sources, index);
    const isPassed = steps.slice(index + 1).some((later) => later.navigation?.seenAlone === true);
    const own = chainConditions(context, { steps: [step], alias, sight: isPassed ? 'creator' : sight });
    const join = index === 0 || step.navigation === undefined ? [] : [step.navigation.join(sourceAt(sources, index - 1).alias, alias)];
    return [...own, ...join];
  });
  const items = sources.flatMap(({ type, alias }, index) => [
    sql`${sql.ref(`${alias}.${type.keyColumn}`)}::text as ${sql.ref(`k${index}`)}`,
    type.discriminators.length > 0 ? sql`${sql.ref(`${alias}.type`)} as ${sql.ref(`d${index}`)}` : sql`null as ${sql.ref(`d${index}`)}`,
  ]);
  const query = sql<Record<string, unknown>>`select ${sql.join(items)} from ${sql.join(sources.map(tableOf))} where ${allOf(conditions)} limit 1`;
  const [row] = await all<Record<string, unknown>>(executor, query);
  if (row === undefined) return undefined;
  return sources.map(({ type }, index) => ({ id: String(row[`k${index}`]), type: realType(type, row[`d${index}`]) }));
}

/** As {@link locate}, and 404 when it is not there. */
export async function locateOrRefuse(executor: Executor, exchange: Exchange, steps: readonly PathStep[]): Promise<readonly Located[]> {
  return await locate(executor, { exchange, steps, sight: 'caller' }) ?? refuse('notFound', { value: clip(keyText(steps)) });
}

/** Steps whose keys are all in the path itself, for commands that look for themselves. */
export function assumed(steps: readonly PathStep[]): readonly Located[] | undefined {
  const located = steps.map((step) => (step.key?.by === 'key' ? { id: step.key.value, type: step.type } : undefined));
  return located.every((each) => each !== undefined) ? located : undefined;
}

/** What a path names, whether or not the caller may know of it, for commands that look for themselves. 404 when an alternate key fits nothing. */
export async function locatedUnseen(executor: Executor, exchange: Exchange, steps: readonly PathStep[]): Promise<readonly Located[]> {
  return assumed(steps) ?? await locate(executor, { exchange, steps, sight: 'creator' }) ?? refuse('notFound', { value: clip(keyText(steps)) });
}

/** Located steps as a command is told of them. */
export const ancestorsOf = (located: readonly Located[], steps: readonly PathStep[]): readonly Ancestor[] =>
  located.map(({ id, type }, index) => {
    const navigation = steps[index + 1]?.navigationName;
    return { type: type.name, id, ...(navigation === undefined ? {} : { navigation }) };
  });

function sourceAt(sources: readonly Source[], index: number): Source {
  const source = sources[index];
  if (source === undefined) throw new Error('no such step');
  return source;
}

const realType = (type: ResolvedType, discriminator: unknown): ResolvedType =>
  type.family.find((candidate) => candidate.declared.discriminator === discriminator && discriminator !== undefined) ?? type;
