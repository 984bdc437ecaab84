/** From what a command says it has done to the answer, read back inside the same transaction. */
import { refuse } from '../../kernel/problem.ts';
import type { Tx } from '../db/database.ts';
import { memberUrl, renderEntity, renderValue } from './answer/render.ts';
import { contextUrl, type Exchange, type GraphResponse } from './exchange.ts';
import type { ComplexType, GraphWork, Json, Outcome, Scalar } from './model.ts';
import type { PathStep, Resource } from './path/resource.ts';
import { planAnswer } from './query/plan.ts';
import { compiling } from './query/scope.ts';
import { keyColumn } from './query/select.ts';
import { pathUrl, readRows, wordingOf } from './read/rows.ts';
import { typeNamed, wordFor, type ResolvedType } from './registry.ts';

/** Where an outcome came from. `type`: of the entity it speaks of, if it speaks of one. */
export interface Origin {
  readonly exchange: Exchange;
  readonly tx: Tx;
  readonly work: GraphWork;
  readonly type: ResolvedType | undefined;
  readonly resource: Resource;
}

function typeOf({ type }: Origin): ResolvedType {
  if (type === undefined) throw new Error('an operation that is bound to nothing answers an entity without saying which');
  return type;
}

/** Carries the answer to what was only tried out of its transaction, which it rolls back. */
class Tried extends Error {
  readonly answer: GraphResponse;

  constructor(answer: GraphResponse) {
    super('tried, not kept');
    this.answer = answer;
  }
}

/** The answer of a write, also of one that was only tried. */
export async function answerOrTrial(written: Promise<GraphResponse>): Promise<GraphResponse> {
  try {
    return await written;
  } catch (error) {
    if (error instanceof Tried) return error.answer;
    throw error;
  }
}

/** The answer to a write. Inside {@link answerOrTrial} only. */
export async function answerOutcome(origin: Origin, outcome: Outcome): Promise<GraphResponse> {
  const { headers } = origin.work;
  switch (outcome.answer) {
    case 'done': return { status: 204, headers };
    case 'accepted': return { status: 202, headers };
    case 'value': return { status: 200, headers, body: { '@odata.context': contextUrl(origin.exchange, 'value'), ...valueBody(origin, outcome.value, outcome.type) } };
    case 'values': return { status: 200, headers, body: { '@odata.context': contextUrl(origin.exchange, 'Collection(value)'), value: outcome.values.map((value) => valueOf(origin, value, outcome.type)) } };
    case 'entities': return { status: 200, headers, body: { '@odata.context': contextUrl(origin.exchange, outcome.entityType), value: await entities(origin, outcome.entityType, outcome.ids) } };
    case 'entity': return entityAnswer(origin, outcome.id);
    case 'created': return createdAnswer(origin, outcome);
  }
}

async function entityAnswer(origin: Origin, id: string): Promise<GraphResponse> {
  const { headers } = origin.work;
  if (origin.exchange.prefer.has('return=minimal')) return { status: 204, headers };
  const body = await entityBody(origin, id, {});
  // An action's answer is declared as some wider type, so the entity says what it is.
  const type = origin.resource.ending.kind === 'action' ? { '@odata.type': `#microsoft.graph.${typeOf(origin).name}` } : {};
  return { status: 200, headers, body: { ...type, ...body } };
}

async function createdAnswer(origin: Origin, outcome: Outcome & { answer: 'created' }): Promise<GraphResponse> {
  if (outcome.isTrial === true) throw new Tried({ status: 200, headers: origin.work.headers, body: freshBody(origin, outcome) ?? await entityBody(origin, outcome.id, outcome.extra ?? {}) });
  const location = `${pathUrl(origin.exchange)}/${encodeURIComponent(outcome.id)}`;
  if (origin.exchange.prefer.has('return=minimal')) return { status: 204, headers: { ...origin.work.headers, location, 'odata-entityid': location } };
  return { status: 201, headers: { ...origin.work.headers, location }, body: freshBody(origin, outcome) ?? await entityBody(origin, outcome.id, outcome.extra ?? {}) };
}

/** The body from the values that the command has written; undefined when it did not say them, or more is asked for than a row. */
function freshBody(origin: Origin, { id, row }: Outcome & { answer: 'created' }): Json | undefined {
  const { exchange, resource } = origin;
  const type = typeOf(origin);
  if (row === undefined || exchange.options.expand !== undefined) return undefined;
  const plan = planAnswer(compiling(exchange.service.registry, exchange.request.version, exchange.request.caller), type, exchange.options);
  return { '@odata.context': contextUrl(exchange, `${resource.context}/$entity`), ...renderEntity(plan, { ...row, id, [keyColumn]: id }, wordingOf(exchange, pathUrl(exchange))) };
}

async function entityBody(origin: Origin, id: string, extra: Json): Promise<Json> {
  const { exchange, resource } = origin;
  const type = typeOf(origin);
  const entity = await readBack(origin, type, id);
  if (entity === undefined) throw new Error(`${type.name} ${id} cannot be read back`);
  const words = Object.fromEntries(Object.entries(extra).map(([name, value]) => [wordFor(type, name, exchange.request.version), value]));
  return { '@odata.context': contextUrl(exchange, `${resource.context}/$entity`), ...entity, ...words };
}

/** An entity as its maker sees it. Contained entities keep their parents in the path, since their ids may repeat elsewhere. */
async function readBack(origin: Origin, type: ResolvedType, id: string): Promise<Json | undefined> {
  const { exchange, tx, resource } = origin;
  const step: PathStep = { type, key: { by: 'key', value: id } };
  const last = resource.steps.at(-1);
  const contained = type.keyType === 'text' && last?.navigation !== undefined && last.type.name === type.name;
  const steps = contained ? [...resource.steps.slice(0, -1), { ...last, type, key: step.key ?? { by: 'key', value: id } }] : [step];
  const { rows, plan } = await readRows(tx, { exchange, steps, sight: 'creator' }, exchange.options);
  const [row] = rows;
  return row === undefined ? undefined : renderEntity(plan, row, wordingOf(exchange, resource.isCollection ? memberUrl(pathUrl(exchange), row) : pathUrl(exchange)));
}

async function entities(origin: Origin, name: string, ids: readonly string[]): Promise<readonly Json[]> {
  const type = typeNamed(origin.exchange.service.registry, name);
  const found: Json[] = [];
  for (const id of ids) {
    const entity = await readBack(origin, type, id);
    if (entity !== undefined) found.push(entity);
  }
  return found;
}

function valueOf(origin: Origin, value: unknown, type: ComplexType | Scalar | undefined): unknown {
  return type === undefined ? value : renderValue(value, { type }, wordingOf(origin.exchange, ''));
}

function valueBody(origin: Origin, value: Json, type: ComplexType | undefined): Json {
  const rendered = valueOf(origin, value, type);
  if (typeof rendered !== 'object' || rendered === null) return refuse('internal');
  return { ...rendered };
}
