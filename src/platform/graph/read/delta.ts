/**
 * `delta()`: first everything, page by page; then, from the token of the last page, only what was made, changed or deleted
 * since. Whoever asks is told of what a list would show it. https://learn.microsoft.com/graph/delta-query-overview
 */
import { refuse } from '../../../kernel/problem.ts';
import { all } from '../../db/transaction.ts';
import { memberUrl, renderEntity } from '../answer/render.ts';
import { baseUrl, contextUrl, type Exchange, type GraphResponse } from '../exchange.ts';
import type { Delta, Json } from '../model.ts';
import { lastStep, type Resource } from '../path/resource.ts';
import { candidatesStatement, entitiesStatement, mostRelations, type Candidate, type DeltaQuery, type Relation } from '../query/delta.ts';
import { signature } from '../query/order.ts';
import { planAnswer, type Plan } from '../query/plan.ts';
import { compiling } from '../query/scope.ts';
import { keyColumn } from '../query/select.ts';
import { typeNamed, wordFor, type ResolvedType } from '../registry.ts';
import type { Expression } from '../syntax/ast.ts';
import { isObject } from '../value.ts';
import { presentMoment, readRound, writeRound, type Present, type Round } from './delta-token.ts';
import { linkWith, memberCollectionUrl, pageSize, wordingOf, type Row } from './rows.ts';

/** Answers `delta()`. 410 for tokens that cannot be served any more. */
export async function deltaAnswer(exchange: Exchange, resource: Resource, declared: Delta): Promise<GraphResponse> {
  const { type } = lastStep(resource);
  refuseUnfit(exchange, type, declared);
  const present = await presentMoment(exchange.service.db);
  const signed = signature(['delta', type.name, JSON.stringify(exchange.options.filter ?? null)]);
  const round = roundOf(exchange, { signed, present });
  const telling = round === undefined ? undefined : await tell(exchange, resource, { declared, round });
  const next: Round = telling?.next ?? { until: round?.until ?? present };
  const link = telling?.next === undefined ? { '@odata.deltaLink': linkWith(exchange, `$deltatoken=${writeRound(signed, present.origin, next)}`) } : { '@odata.nextLink': linkWith(exchange, `$skiptoken=${writeRound(signed, present.origin, next)}`) };
  return { status: 200, headers: {}, body: { '@odata.context': contextUrl(exchange, resource.context), ...link, value: telling?.value ?? [] } };
}

/** The round that a request asks for; undefined: none, but a link to what comes from now on. */
function roundOf(exchange: Exchange, { signed, present }: { readonly signed: string; readonly present: Present }): Round | undefined {
  const { deltaToken, skipToken } = exchange.options;
  const until = { snapshot: present.snapshot, at: present.at };
  if (deltaToken !== undefined && skipToken !== undefined) return refuse('invalidQuery', { field: '$deltatoken', reason: '$skiptoken already says where to go on; send one of them' });
  if (deltaToken?.toLowerCase() === 'latest') return undefined;
  const judging = { signed, present, resync: `${baseUrl(exchange)}${exchange.request.path}` };
  if (skipToken !== undefined) return readRound(skipToken, judging);
  return deltaToken === undefined ? { until } : { since: readRound(deltaToken, judging).until, until };
}

/** What can be kept from round to round: $select, $filter by id, $top, and $expand of what is told anyway. */
function refuseUnfit({ options }: Exchange, type: ResolvedType, { navigations = [] }: Delta): void {
  const unfit = (field: string, mend: string): never => refuse('invalidQuery', { field, reason: `it does not apply to delta(); ${mend}` });
  if (options.orderBy !== undefined) unfit('$orderby', 'sort what you have received');
  if (options.search !== undefined) unfit('$search', 'search the collection itself');
  if (options.count === true) unfit('$count', 'count what you have received');
  if (options.skip !== undefined) unfit('$skip', 'follow @odata.nextLink');
  if (options.filter !== undefined && !namesObjects(options.filter)) unfit('$filter', "name objects, as in id eq '…' or id eq '…'");
  for (const { path } of options.expand ?? []) {
    const name = type.names.get(path[0]?.toLowerCase() ?? '');
    if (path.length !== 1 || name === undefined || !navigations.includes(name)) unfit('$expand', navigations.length === 0 ? 'read relations of the objects themselves' : `only ${navigations.join(', ')} can be named`);
  }
}

/** Filters that are as true of an object that is gone: by id, and by type. */
function namesObjects(filter: Expression): boolean {
  if (filter.node === 'or') return namesObjects(filter.left) && namesObjects(filter.right);
  if (filter.node === 'call') return filter.name === 'isof';
  if (filter.node === 'in') return isId(filter.operand);
  return filter.node === 'compare' && filter.operator === 'eq' && isId(filter.left) && filter.right.node === 'literal';
}

const isId = (expression: Expression): boolean => expression.node === 'path' && expression.segments.join('/').toLowerCase() === 'id';

/** Navigations that are told: all of them, or those that $select or $expand names. */
function toldOf({ options }: Exchange, { navigations = [] }: Delta, type: ResolvedType): readonly string[] {
  const named = [...options.select ?? [], ...(options.expand ?? []).map(({ path }) => path)].map((path) => type.names.get(path[0]?.toLowerCase() ?? ''));
  const isAll = options.select === undefined || options.select.some((path) => path[0] === '*');
  return navigations.filter((name) => type.navigations.has(name) && (isAll || named.includes(name)));
}

interface Told {
  readonly value: readonly Json[];
  /** Where to go on; undefined: everything is told. */
  readonly next?: Round;
}

async function tell(exchange: Exchange, resource: Resource, at: { readonly declared: Delta; readonly round: Round }): Promise<Told> {
  const { db, registry } = exchange.service;
  const step = lastStep(resource);
  const context = compiling(registry, exchange.request.version, exchange.request.caller);
  const query: DeltaQuery = { ...at, context, step, told: toldOf(exchange, at.declared, step.type), filter: exchange.options.filter };
  const size = Math.max(pageSize(exchange), 1);
  const { select } = exchange.options;
  const plan = planAnswer(context, step.type, select === undefined ? { top: size } : { select, top: size });
  const candidates = await all<Candidate>(db, candidatesStatement(query, size + 1));
  const page = candidates.slice(0, size);
  const keys = page.filter(({ state }) => state === 'present').map(({ key }) => key);
  const rows = keys.length === 0 ? [] : await all<Row>(db, entitiesStatement(query, plan, keys));
  const written = write({ exchange, plan, collection: memberCollectionUrl(exchange, resource), rows: new Map(rows.map((row) => [String(row[keyColumn]), row])) }, page);
  const last = written.cut?.last ?? (candidates.length > size ? page.at(-1)?.key : undefined);
  return last === undefined ? { value: written.value } : { value: written.value, next: { ...at.round, last, inside: written.cut?.inside } };
}

interface Writing {
  readonly exchange: Exchange;
  readonly plan: Plan;
  readonly collection: string;
  readonly rows: ReadonlyMap<string, Row>;
}

/** Candidates as JSON. An entity with more relations than one page tells ends the page, and begins the next one. */
function write(writing: Writing, page: readonly Candidate[]): { readonly value: readonly Json[]; readonly cut?: { readonly last: string; readonly inside: string } } {
  const { exchange, plan, collection } = writing;
  const value: Json[] = [];
  for (const { key, state } of page) {
    const row = writing.rows.get(key);
    if (state !== 'present') value.push({ [plan.type.keyProperty]: key, '@removed': { reason: state } });
    // What has gone since the keys were read is told in the next round.
    if (row === undefined) continue;
    const relations = relationsOf(row);
    const told = relations.slice(0, mostRelations);
    value.push({ ...renderEntity(plan, row, wordingOf(exchange, memberUrl(collection, row))), ...inWords(writing, told) });
    const end = relations.length > told.length ? told.at(-1) : undefined;
    if (end !== undefined) return { value, cut: { last: key, inside: `${end.id} ${end.navigation}` } };
  }
  return { value };
}

function relationsOf(row: Row): readonly Relation[] {
  const found = row['$relations'];
  return Array.isArray(found) ? found.filter(isRelation) : [];
}

const isRelation = (value: unknown): value is Relation => isObject(value) && typeof value['navigation'] === 'string' && typeof value['id'] === 'string';

/** `members@delta` and its like: ids with their types, those that left marked as removed. */
function inWords({ exchange, plan }: Writing, relations: readonly Relation[]): Json {
  const words: Record<string, Json[]> = {};
  for (const { navigation, id, type, gone } of relations) {
    const target = typeNamed(exchange.service.registry, plan.type.navigations.get(navigation)?.to ?? '');
    const actual = target.family.find((member) => type !== null && member.declared.discriminator === type);
    const list = words[`${wordFor(plan.type, navigation, exchange.request.version)}@delta`] ??= [];
    list.push({ ...(actual === undefined ? {} : { '@odata.type': `#microsoft.graph.${actual.name}` }), id, ...(gone ? { '@removed': { reason: 'deleted' } } : {}) });
  }
  return words;
}
