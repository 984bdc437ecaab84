/** GET of many: a page of a collection, and its count, each in one statement. */
import { sql } from 'kysely';
import { all } from '../../db/transaction.ts';
import { memberUrl, renderEntity } from '../answer/render.ts';
import { contextUrl, type Exchange, type GraphResponse } from '../exchange.ts';
import type { Sql } from '../model.ts';
import { lastStep, type Resource } from '../path/resource.ts';
import { compileFilter } from '../query/filter.ts';
import { behind, orderBy, orderOf, readToken, remembered, rememberedColumns, signature, writeToken, type Term } from '../query/order.ts';
import { planAnswer, type Plan } from '../query/plan.ts';
import { allOf, compiling, tableOf, type Compiling, type Source } from '../query/scope.ts';
import { compileSearch } from '../query/search.ts';
import { chainConditions, selectItems } from '../query/select.ts';
import { linkWith, memberCollectionUrl, pageSize, referenceTo, requireParent, wordingOf, type Row } from './rows.ts';

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
    ...(search === undefined ? [] : [compileSearch(at.context, at.source, search)]),
  ];
}

/** Options that make a query the same query, whatever page is asked for. */
function signatureOf({ request, options }: Exchange): string {
  return signature([request.path.toLowerCase(), JSON.stringify([options.filter, options.orderBy, options.search, [...options.aliases]])]);
}

/** A page of a collection, with the link to the next. 404 when what it belongs to is not there. */
export async function collectionAnswer(exchange: Exchange, resource: Resource): Promise<GraphResponse> {
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
  if (rows.length > page.size && last !== undefined) body['@odata.nextLink'] = linkWith(exchange, `$skiptoken=${writeToken(page.signed, remembered(last, page.terms))}`);
  body['value'] = shown.map((row) => (isRef ? referenceTo(exchange, page.source.type, row) : renderEntity(page.plan, row, wordingOf(exchange, memberUrl(collection, row)))));
  return { status: 200, headers: {}, body };
}

function listStatement(exchange: Exchange, resource: Resource, page: Page): ReturnType<typeof sql<Row>> {
  const { options } = exchange;
  const after = options.skipToken === undefined ? [] : [behind(page.terms, readToken(options.skipToken, page.signed, page.terms.length))];
  const items = [...selectItems(page.context, page.plan, page.source.alias), ...rememberedColumns(page.terms)];
  if (options.count === true) items.push(sql`${countExpression(exchange, resource)} as "$count"`);
  const offset = options.skip === undefined || options.skipToken !== undefined ? sql`` : sql` offset ${options.skip}`;
  const rest = sql`from ${tableOf(page.source)} where ${allOf([...page.conditions, ...after])} ${orderBy(page.terms)} limit ${sql.lit(page.size + 1)}${offset}`;
  if (page.plan.expands.length === 0) return sql<Row>`select ${sql.join(items)} ${rest}`;
  // The page is found first: beside what is expanded, reading a whole table in order looks as cheap to the planner as the index that finds the rows.
  const { alias } = page.source;
  return sql<Row>`select ${sql.join(items)} from (select ${sql.ref(alias)}.* ${rest}) as ${sql.ref(alias)} ${orderBy(page.terms)}`;
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

/** `…/$count`: how many members a collection has, as plain text. */
export async function countAnswer(exchange: Exchange, resource: Resource): Promise<GraphResponse> {
  const count = await countRows(exchange, resource);
  if (count === 0) await requireParent(exchange, resource);
  return { status: 200, headers: { 'content-type': 'text/plain' }, text: String(count) };
}
