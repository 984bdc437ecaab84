/** Properties that are taken once: a change may repeat them, as clients that send back what they read do, and not alter them. */
import { refuse } from '../../kernel/problem.ts';
import type { Executor } from '../db/database.ts';
import { renderEntity } from './answer/render.ts';
import type { Json } from './model.ts';
import { readRows, type Reading } from './read/rows.ts';
import type { ResolvedType } from './registry.ts';

/** What is about to change: the body, and the type that the entity really is. */
export interface Changing {
  readonly type: ResolvedType;
  readonly body: Json;
}

/** The body without immutable properties. Refuses `invalidValue` for one that differs from what is stored. */
export async function withoutFixed(executor: Executor, reading: Reading, { type, body }: Changing): Promise<Json> {
  const fixed = Object.keys(body).filter((name) => type.properties.get(name)?.immutable === true);
  if (fixed.length === 0) return body;
  const steps = reading.steps.with(-1, { ...reading.steps.at(-1), type });
  const { rows: [row], plan } = await readRows(executor, { ...reading, steps }, { select: fixed.map((name) => [name]) });
  const stored: Json = row === undefined ? {} : renderEntity(plan, row, { version: 'v1.0', unknownMembers: true, at: '' });
  for (const name of fixed) {
    if (name in stored && !isSame(stored[name], body[name])) refuse('invalidValue', { field: name, reason: 'it is set when the object is made and cannot be changed; leave it out' });
  }
  return Object.fromEntries(Object.entries(body).filter(([name]) => !fixed.includes(name)));
}

/** Nothing stored and nothing said, or false, is the same. */
const isSame = (stored: unknown, said: unknown): boolean => JSON.stringify(stored ?? false).toLowerCase() === JSON.stringify(said ?? false).toLowerCase();
