/** GET: collections, entities, properties, counts and references, each in one statement. */
import { sql } from 'kysely';
import { refuse } from '../../kernel/problem.ts';
import type { Executor } from '../db/database.ts';
import { all } from '../db/transaction.ts';
import { memberUrl, renderEntity, renderValue, type Wording } from './answer/render.ts';
import { baseUrl, contextUrl, type Exchange, type GraphResponse } from './exchange.ts';
import type { Json, Sql } from './model.ts';
import { lastStep, type Ending, type PathStep, type Resource } from './path/resource.ts';
import { compileFilter } from './query/filter.ts';
import { behind, orderBy, orderOf, readToken, remembered, rememberedColumns, signature, writeToken, type Term } from './query/order.ts';
import { planAnswer, type Plan } from './query/plan.ts';
import { compiling, allOf, tableOf, type Compiling, type Source } from './query/scope.ts';
import { compileSearch } from './query/search.ts';
import { chainConditions, selectItems, type Sight } from './query/select.ts';
import type { ResolvedType } from './registry.ts';
import { clip, isObject } from './value.ts';

type Row = Readonly<Record<string, unknown>>;

const defaultPage = 100;
const largestPage = 999;

/** Answers a GET. */
export async function answerRead(exchange: Exchange, resource: Resource): Promise<GraphResponse> {
  const { ending } = resource;
  if (ending.kind === 'action' || ending.kind === 'function') return refuse('methodNotAllowed', { method: 'GET', allowed: 'POST' });
  if (ending.kind === 'count') return countAnswer(exchange, resource);
  if (ending.kind === 'property') return propertyAnswer(exchange, resource, ending);
  if (resource.isCollection) return collectionAnswer(exchange, resource);
  return entityAnswer(exchange, resource);
}

/** How this exchange wants answers worded. */
export const wordingOf = (exchange: Exchange, at: string): Wording => ({
  version: exchange.request.version, unknownMembers: exchange.prefer.has('include-unknown-enum-members'), at,
});

/** URL of the path that was asked for, without a slash at its end. */
export const pathUrl = (exchange: Exchange): string => `${baseUrl(exchange)}${exchange.request.path.replace(/\/+$/, '')}`;

interface Page {
  readonly context: Compiling;
  readonly source: Source;
  readonly plan: Plan;
  readonly conditions: readonly Sql[];
  readonly terms: readonly Term[];
  readonly size: number;
  readonly signed: string;
}

function pageOf(exchange: Exchange, resource: Resource): Page {
  const { request, options } = exchange;
  const context = compiling(exchange.service.registry, request.version, request.caller);
  const source: Source = { type: lastStep(resource).type, alias: context.alias(), caller: context.caller };
  const size = pageSize(exchange);
  const plan = planAnswer(context, source.type, { ...options, top: size });
  const terms = orderOf(context, source, options.orderBy ?? []);
  return { context, source, plan, terms, conditions: conditionsOf(exchange, resource, { context, source }), size, signed: signatureOf(exchange) };
}

function conditionsOf(exchange: Exchange, resource: Resource, at: { readonly context: Compiling; readonly source: Source }): readonly Sql[] {
  const { filter, search } = exchange.options;
  return [
    ...chainConditions(at.context, { steps: resource.steps, alias: at.source.alias, sight: 'caller' }),
    ...(filter === undefined ? [] : [compileFilter(at.context, at.source, filter)]),
    ...(search === undefined ? [] : [compileSearch(at.source, search)]),
  ];
}

function pageSize(exchange: Exchange): number {
  const preferred = [...exchange.prefer].find((word) => word.startsWith('odata.maxpagesize='))?.split('=')[1];
  const asked = exchange.options.top ?? (preferred === undefined ? undefined : Number(preferred));
  return asked === undefined || !Number.isInteger(asked) || asked < 0 ? defaultPage : Math.min(asked, largestPage);
}

/** Options that make a query the same query, whatever page is asked for. */
function signatureOf({ request, options }: Exchange): string {
  return signature([request.path.toLowerCase(), JSON.stringify([options.filter, options.orderBy, options.search, [...options.aliases]])]);
}

async function collectionAnswer(exchange: Exchange, resource: Resource): Promise<GraphResponse> {
  const { options } = exchange;
  const page = pageOf(exchange, resource);
  const rows = await all<Row>(exchange.service.db, listStatement(exchange, resource, page));
  if (rows.length === 0) await requireParent(exchange, resource);
  const shown = rows.slice(0, page.size);
  const last = shown.at(-1);
  const collection = memberCollectionUrl(exchange, resource);
  const isRef = resource.ending.kind === 'ref';
  const body: Record<string, unknown> = { '@odata.context': contextUrl(exchange, isRef ? 'Collection($ref)' : resource.context) };
  if (options.count === true) body['@odata.count'] = rows[0]?.['$count'] ?? await countRows(exchange, resource);
  if (rows.length > page.size && last !== undefined) body['@odata.nextLink'] = nextLink(exchange, writeToken(page.signed, remembered(last, page.terms)));
  body['value'] = shown.map((row) => (isRef ? referenceTo(exchange, page.source.type, row) : renderEntity(page.plan, row, wordingOf(exchange, memberUrl(collection, row)))));
  return { status: 200, headers: {}, body };
}

function listStatement(exchange: Exchange, resource: Resource, page: Page): ReturnType<typeof sql<Row>> {
  const { options } = exchange;
  const after = options.skipToken === undefined ? [] : [behind(page.terms, readToken(options.skipToken, page.signed, page.terms.length))];
  const items = [...selectItems(page.context, page.plan, page.source.alias), ...rememberedColumns(page.terms)];
  if (options.count === true) items.push(sql`${countExpression(exchange, resource)} as "$count"`);
  const offset = options.skip === undefined || options.skipToken !== undefined ? sql`` : sql` offset ${options.skip}`;
  return sql<Row>`select ${sql.join(items)} from ${tableOf(page.source)} where ${allOf([...page.conditions, ...after])} ${orderBy(page.terms)} limit ${sql.lit(page.size + 1)}${offset}`;
}

function countExpression(exchange: Exchange, resource: Resource): Sql {
  const context = { ...compiling(exchange.service.registry, exchange.request.version, exchange.request.caller) };
  let used = 0;
  const counting: Compiling = { ...context, alias: () => `c${used++}` };
  const source: Source = { type: lastStep(resource).type, alias: counting.alias(), caller: counting.caller };
  return sql`(select count(*)::integer from ${tableOf(source)} where ${allOf(conditionsOf(exchange, resource, { context: counting, source }))})`;
}

async function countRows(exchange: Exchange, resource: Resource): Promise<number> {
  const [row] = await all<{ readonly n: number }>(exchange.service.db, sql<{ readonly n: number }>`select ${countExpression(exchange, resource)} as n`);
  return row?.n ?? 0;
}

async function countAnswer(exchange: Exchange, resource: Resource): Promise<GraphResponse> {
  const count = await countRows(exchange, resource);
  if (count === 0) await requireParent(exchange, resource);
  return { status: 200, headers: { 'content-type': 'text/plain' }, text: String(count) };
}

/** Where members of a collection have addresses: the collection itself, or, behind a function, a root of their type. */
function memberCollectionUrl(exchange: Exchange, resource: Resource): string {
  const step = lastStep(resource);
  return step.applied === undefined ? pathUrl(exchange) : `${baseUrl(exchange)}/${rootOf(exchange, step.type)}`;
}

/** The same request with another token: what a client follows verbatim. */
function nextLink(exchange: Exchange, token: string): string {
  const isOld = (part: string): boolean => /^\$?skip(token)?$/i.test(decodeURIComponent(part.split('=', 1)[0] ?? '').trim());
  const kept = exchange.request.query.split('&').filter((part) => part !== '' && !isOld(part));
  return `${baseUrl(exchange)}${exchange.request.path}?${[...kept, `$skiptoken=${token}`].join('&')}`;
}

/** An empty collection of something that does not exist, or is not the caller's, is no empty collection but 404. */
async function requireParent(exchange: Exchange, resource: Resource): Promise<void> {
  const parents = resource.steps.slice(0, -1);
  if (parents.length === 0) return;
  const rows = await readRows(exchange.service.db, { exchange, steps: parents, sight: 'caller' }, {});
  if (rows.rows.length === 0) refuse('notFound', { value: clip(keyText(parents)) });
}

/** The key that a chain of steps asks for, for messages. */
export const keyText = (steps: readonly PathStep[]): string => steps.findLast((step) => step.key !== undefined)?.key?.value ?? steps.at(-1)?.navigationName ?? '';

/** Which rows to read, and with whose eyes. */
export interface Reading {
  readonly exchange: Exchange;
  readonly steps: readonly PathStep[];
  readonly sight: Sight;
}

/** At most two rows at the end of a chain of steps, with the plan that renders them. */
export async function readRows(executor: Executor, reading: Reading, options: Pick<Exchange['options'], 'select' | 'expand'>): Promise<{ readonly rows: readonly Row[]; readonly plan: Plan }> {
  const { request, service } = reading.exchange;
  const step = reading.steps.at(-1);
  if (step === undefined) throw new Error('nothing to read');
  const context = compiling(service.registry, request.version, request.caller);
  const source: Source = { type: step.type, alias: context.alias(), caller: context.caller };
  const plan = planAnswer(context, source.type, options);
  const where = allOf(chainConditions(context, { steps: reading.steps, alias: source.alias, sight: reading.sight }));
  const rows = await all<Row>(executor, sql<Row>`select ${sql.join(selectItems(context, plan, source.alias))} from ${tableOf(source)} where ${where} limit 2`);
  return { rows, plan };
}

async function oneRow(exchange: Exchange, resource: Resource, options: Pick<Exchange['options'], 'select' | 'expand'>): Promise<{ readonly row: Row; readonly plan: Plan }> {
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

/** `@odata.id` of a row, under a root that has its type. */
const referenceTo = (exchange: Exchange, type: ResolvedType, row: Row): Json => ({ '@odata.id': memberUrl(`${baseUrl(exchange)}/${rootOf(exchange, type)}`, row) });

/** Path of a root whose members have a type. */
function rootOf(exchange: Exchange, type: ResolvedType): string {
  const roots = exchange.service.registry.roots.filter((root) => root.singleton === undefined && root.exists === undefined && type.lineage.includes(root.type));
  return (roots.find((each) => each.path === 'directoryObjects') ?? roots[0])?.path ?? type.name;
}

async function propertyAnswer(exchange: Exchange, resource: Resource, ending: Ending & { kind: 'property' }): Promise<GraphResponse> {
  const { row } = await oneRow(exchange, resource, { select: [[ending.name]] });
  const data = row['$data'];
  const stored = ending.property.bag === true ? (isObject(data) ? data[ending.name] : undefined) : row[ending.name];
  let value = renderValue(stored, ending.property, wordingOf(exchange, ''));
  for (const word of ending.rest) {
    const inner = isObject(value) ? Object.entries(value).find(([name]) => name.toLowerCase() === word.toLowerCase()) : undefined;
    if (inner === undefined) return refuse('unknownSegment', { field: clip(word) });
    [, value] = inner;
  }
  if (ending.raw) return value === null ? { status: 204, headers: {} } : { status: 200, headers: { 'content-type': 'text/plain' }, text: typeof value === 'string' ? value : JSON.stringify(value) };
  return { status: 200, headers: {}, body: { '@odata.context': contextUrl(exchange, `${resource.context}/${ending.name}`), value } };
}
