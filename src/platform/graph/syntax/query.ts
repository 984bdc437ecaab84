/**
 * The query string. Graph takes system options with and without `$` and in any case; names it does not know are ignored
 * unless they begin with `$`, which is reserved. https://learn.microsoft.com/graph/query-parameters
 */

import type { QueryOptions } from './ast.ts';
import { withoutAliases } from './aliases.ts';
import { parseExpand } from './expand.ts';
import { checkText, limits, quote, refuseText } from './limits.ts';
import { type OptionReader, type OptionsDraft, sharedOptions } from './options.ts';
import { isName } from './split.ts';

const requestOptions: ReadonlyMap<string, OptionReader> = new Map<string, OptionReader>([
  ...sharedOptions,
  ['expand', (draft, text) => void (draft.expand = parseExpand(text))],
  ['skiptoken', (draft, text) => void (draft.skipToken = text)],
  ['deltatoken', (draft, text) => void (draft.deltaToken = text)],
  ['format', (draft, text) => void (draft.format = readFormat(text))],
]);

/** The draft, the aliases in it while they can still grow, and the names already met. */
interface QueryState {
  readonly draft: OptionsDraft;
  readonly aliases: Map<string, string>;
  readonly seen: Set<string>;
}

/** Parses a query string as it came, percent-encoded, with or without its `?`. */
export function parseQuery(queryString: string): QueryOptions {
  if (queryString.length > limits.queryStringCharacters) refuseText('query', `The query string is longer than ${limits.queryStringCharacters} characters`);
  const aliases = new Map<string, string>();
  const state: QueryState = { draft: { aliases }, aliases, seen: new Set() };
  const text = queryString.startsWith('?') ? queryString.slice(1) : queryString;
  for (const pair of text.split('&')) if (pair !== '') readPair(pair, state);
  return withoutAliases(state.draft);
}

function readPair(pair: string, state: QueryState): void {
  const equals = pair.indexOf('=');
  const name = decode(equals < 0 ? pair : pair.slice(0, equals), 'query').trim();
  // A parameter that is not ours may hold anything, so only ours are decoded.
  const raw = equals < 0 ? '' : pair.slice(equals + 1);
  const lower = name.toLowerCase();
  if (lower === '$id' || lower === '@id') return readId(decode(raw, name), state);
  if (name.startsWith('@')) return readAlias(name.slice(1), decode(raw, name), state);
  const option = lower.startsWith('$') ? lower.slice(1) : lower;
  const read = requestOptions.get(option);
  if (read === undefined) {
    if (lower.startsWith('$')) refuseText(name, 'It is not a query option of this service');
    return;
  }
  refuseRepetition(`$${option}`, state);
  const value = decode(raw, `$${option}`);
  checkText(value, `$${option}`);
  read(state.draft, value);
}

/** JSON with any level of metadata; whatever is asked, as much is said as a client needs. */
function readFormat(text: string): string {
  const isJson = /^(?:application\/)?json(?:\s*;\s*[\w.-]+\s*=\s*[\w."-]+)*$/i.test(text.trim());
  return isJson ? text : refuseText('$format', `${quote(text)} is not offered; answers are application/json`);
}

function readId(value: string, state: QueryState): void {
  refuseRepetition('$id', state);
  checkText(value, '$id');
  state.draft.id = value;
}

function readAlias(name: string, value: string, state: QueryState): void {
  // Annotations such as @odata.context are no parameters of ours.
  if (!isName(name) || name.includes('.')) return;
  refuseRepetition(`@${name}`, state);
  checkText(value, `@${name}`);
  state.aliases.set(name, value.trim());
}

function refuseRepetition(name: string, state: QueryState): void {
  if (state.seen.has(name)) refuseText(name, 'It is given more than once');
  state.seen.add(name);
}

function decode(text: string, field: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return refuseText(field, `The percent-encoding of ${quote(text)} is broken`);
  }
}
