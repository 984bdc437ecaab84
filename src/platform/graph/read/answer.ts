/** GET: what the end of a path asks for, and one entity or one property of it. */
import { refuse } from '../../../kernel/problem.ts';
import { renderEntity, renderValue } from '../answer/render.ts';
import { contextUrl, type Exchange, type GraphResponse } from '../exchange.ts';
import { lastStep, type Ending, type Resource } from '../path/resource.ts';
import type { Plan } from '../query/plan.ts';
import { wordFor } from '../registry.ts';
import { clip, isObject } from '../value.ts';
import { collectionAnswer, countAnswer } from './collection.ts';
import { deltaAnswer } from './delta.ts';
import { keyText, pathUrl, readRows, referenceTo, wordingOf, type Row, type Shown } from './rows.ts';

/** Answers a GET. */
export async function answerRead(exchange: Exchange, resource: Resource): Promise<GraphResponse> {
  const { ending } = resource;
  if (ending.kind === 'action' || ending.kind === 'function') return refuse('methodNotAllowed', { method: 'GET', allowed: 'POST' });
  if (ending.kind === 'delta') return deltaAnswer(exchange, resource, ending.declared);
  if (ending.kind === 'count') return countAnswer(exchange, resource);
  if (ending.kind === 'property') return propertyAnswer(exchange, resource, ending);
  if (resource.isCollection) return collectionAnswer(exchange, resource);
  return entityAnswer(exchange, resource);
}

async function oneRow(exchange: Exchange, resource: Resource, options: Shown): Promise<{ readonly row: Row; readonly plan: Plan }> {
  const { rows, plan } = await readRows(exchange.service.db, { exchange, steps: resource.steps, sight: 'caller' }, options);
  const [row] = rows;
  return row === undefined ? refuse('notFound', { value: clip(keyText(resource.steps)) }) : { row, plan };
}

async function entityAnswer(exchange: Exchange, resource: Resource): Promise<GraphResponse> {
  if (exchange.options.filter !== undefined || exchange.options.orderBy !== undefined) refuse('invalidQuery', { field: '$filter', reason: '$filter and $orderby apply to collections only' });
  const { row, plan } = await oneRow(exchange, resource, exchange.options);
  if (resource.ending.kind === 'ref') return { status: 200, headers: {}, body: { '@odata.context': contextUrl(exchange, '$ref'), ...referenceTo(exchange, plan.type, row) } };
  return { status: 200, headers: {}, body: { '@odata.context': contextUrl(exchange, `${resource.context}/$entity`), ...renderEntity(plan, row, wordingOf(exchange, pathUrl(exchange))) } };
}

async function propertyAnswer(exchange: Exchange, resource: Resource, ending: Ending & { kind: 'property' }): Promise<GraphResponse> {
  const reshaped = await reshapedProperty(exchange, resource, ending.name);
  let value = reshaped === undefined ? await plainProperty(exchange, resource, ending) : reshaped;
  for (const word of ending.rest) {
    const inner = isObject(value) ? Object.entries(value).find(([name]) => name.toLowerCase() === word.toLowerCase()) : undefined;
    if (inner === undefined) return refuse('unknownSegment', { field: clip(word) });
    [, value] = inner;
  }
  if (ending.raw) return value === null ? { status: 204, headers: {} } : { status: 200, headers: { 'content-type': 'text/plain' }, text: typeof value === 'string' ? value : JSON.stringify(value) };
  return { status: 200, headers: {}, body: { '@odata.context': contextUrl(exchange, `${resource.context}/${ending.name}`), value } };
}

async function plainProperty(exchange: Exchange, resource: Resource, { name, property }: Ending & { kind: 'property' }): Promise<unknown> {
  const { row } = await oneRow(exchange, resource, { select: [[name]] });
  const data = row['$data'];
  const stored = property.bag === true ? (isObject(data) ? data[name] : undefined) : row[name];
  return renderValue(stored, property, wordingOf(exchange, ''));
}

/** Where beta has shapes of its own, they are made of the whole entity. Undefined: this one is as in v1.0, or is told only when it is named. */
async function reshapedProperty(exchange: Exchange, resource: Resource, name: string): Promise<unknown> {
  const { type } = lastStep(resource);
  if (exchange.request.version !== 'beta' || type.declared.beta?.toBeta === undefined) return undefined;
  const { row, plan } = await oneRow(exchange, resource, {});
  return renderEntity(plan, row, wordingOf(exchange, ''))[wordFor(type, name, 'beta')];
}
