/** What every read of entities is made of: rows at the end of a chain of steps, and the addresses in an answer. */
import { sql } from 'kysely';
import { refuse } from '../../../kernel/problem.ts';
import type { Executor } from '../../db/database.ts';
import { all } from '../../db/transaction.ts';
import { memberUrl, type Wording } from '../answer/render.ts';
import { baseUrl, type Exchange } from '../exchange.ts';
import type { Json } from '../model.ts';
import { lastStep, type PathStep, type Resource } from '../path/resource.ts';
import { planAnswer, type Plan } from '../query/plan.ts';
import { allOf, compiling, tableOf, type Source } from '../query/scope.ts';
import { chainConditions, selectItems, type Sight } from '../query/select.ts';
import type { ResolvedType } from '../registry.ts';
import { clip } from '../value.ts';
import { spoken } from '../version.ts';

/** A row of a statement, by the names of its select list. */
export type Row = Readonly<Record<string, unknown>>;

/** How this exchange wants answers worded. */
export const wordingOf = (exchange: Exchange, at: string): Wording => ({
  version: exchange.request.version, unknownMembers: exchange.prefer.has('include-unknown-enum-members'), at,
});

/** URL of the path that was asked for, without a slash at its end. */
export const pathUrl = (exchange: Exchange): string => `${baseUrl(exchange)}${exchange.request.path.replace(/\/+$/, '')}`;

/** URL of a root whose members have a type: of this version, or, for what begins nowhere in it, of v1.0. */
export function rootUrl({ service: { registry, publicUrl }, request }: Exchange, type: ResolvedType): string {
  const roots = registry.roots.filter((root) => root.singleton === undefined && root.exists === undefined && type.lineage.includes(root.type));
  const version = roots.some((root) => root.only === request.version) || request.version !== 'gatehouse' ? request.version : 'v1.0';
  const here = roots.filter((root) => (root.only === 'gatehouse') === (version === 'gatehouse'));
  return `${publicUrl}${spoken[version].prefix}/${(here.find((each) => each.path === 'directoryObjects') ?? here[0])?.path ?? type.name}`;
}

/** `@odata.id` of a row, under a root that has its type. */
export const referenceTo = (exchange: Exchange, type: ResolvedType, row: Row): Json => ({ '@odata.id': memberUrl(rootUrl(exchange, type), row) });

/** Where members of a collection have addresses: the collection itself, or, behind a function, a root of their type. */
export function memberCollectionUrl(exchange: Exchange, resource: Resource): string {
  const step = lastStep(resource);
  const isAnswered = step.applied !== undefined || resource.ending.kind === 'delta';
  return isAnswered ? rootUrl(exchange, step.type) : pathUrl(exchange);
}

/** The same request with another token, such as `$skiptoken=…`: what a client follows verbatim. */
export function linkWith(exchange: Exchange, token: string): string {
  const isOld = (part: string): boolean => /^\$?(skip|skiptoken|deltatoken)$/i.test(nameOf(part));
  const kept = exchange.request.query.split('&').filter((part) => part !== '' && !isOld(part));
  return `${baseUrl(exchange)}${exchange.request.path}?${[...kept, token].join('&')}`;
}

const nameOf = (part: string): string => decodeURIComponent(part.split('=', 1)[0] ?? '').trim();

const [defaultPage, largestPage] = [100, 999];

/** How many members a page may have: what the client names, within bounds. */
export function pageSize(exchange: Exchange): number {
  const preferred = [...exchange.prefer].find((word) => word.startsWith('odata.maxpagesize='))?.split('=')[1];
  const asked = exchange.options.top ?? (preferred === undefined ? undefined : Number(preferred));
  return asked === undefined || !Number.isInteger(asked) || asked < 0 ? defaultPage : Math.min(asked, largestPage);
}

/** The key that a chain of steps asks for, for messages. */
export const keyText = (steps: readonly PathStep[]): string => steps.findLast((step) => step.key !== undefined)?.key?.value ?? steps.at(-1)?.navigationName ?? '';

/** Which rows to read, and with whose eyes. */
export interface Reading {
  readonly exchange: Exchange;
  readonly steps: readonly PathStep[];
  readonly sight: Sight;
}

/** Parts of a request that say what of an entity is answered. */
export type Shown = Pick<Exchange['options'], 'select' | 'expand'>;

/** At most two rows at the end of a chain of steps, with the plan that renders them. */
export async function readRows(executor: Executor, reading: Reading, options: Shown): Promise<{ readonly rows: readonly Row[]; readonly plan: Plan }> {
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

/** An empty collection of something that does not exist, or is not the caller's, is no empty collection but 404. */
export async function requireParent(exchange: Exchange, resource: Resource): Promise<void> {
  const parents = resource.steps.slice(0, -1);
  if (parents.length === 0) return;
  const { rows } = await readRows(exchange.service.db, { exchange, steps: parents, sight: 'caller' }, {});
  if (rows.length === 0) refuse('notFound', { value: clip(keyText(parents)) });
}
