/** `$expand`: navigations with their own options, separated by `;` inside parentheses. */

import type { ExpandItem } from './ast.ts';
import { checkText, limits, quote, refuseSyntax, refuseText } from './limits.ts';
import { type OptionsDraft, readInteger, sharedOptions } from './options.ts';
import { checkItemCount, type Piece, readPath, splitPiece, trimPiece } from './split.ts';

const field = '$expand';

/** How deep the parser is and how many items it has met on all levels. */
interface ExpandState {
  readonly depth: number;
  readonly total: { items: number };
}

/** An item being gathered: its options, and `$levels`, which is no option of the target. */
interface ItemDraft {
  readonly options: OptionsDraft;
  levels?: number;
  isDeepest?: boolean;
}

/** Parses the decoded text of a `$expand`. */
export function parseExpand(text: string): readonly ExpandItem[] {
  checkText(text, field);
  return parseItems({ text, at: 0, field }, { depth: 1, total: { items: 0 } });
}

function parseItems(piece: Piece, state: ExpandState): readonly ExpandItem[] {
  if (state.depth > limits.expandDepth) refuseText(field, `Expansion is nested deeper than ${limits.expandDepth} levels at position ${piece.at}`);
  const pieces = splitPiece(piece, ',');
  state.total.items += pieces.length;
  checkItemCount(state.total.items, field);
  return pieces.map((item) => parseItem(item, state));
}

function parseItem(piece: Piece, state: ExpandState): ExpandItem {
  const open = piece.text.indexOf('(');
  const draft: ItemDraft = { options: { aliases: new Map() } };
  if (open >= 0 && !piece.text.endsWith(')')) refuseSyntax({ field, at: piece.at + piece.text.length }, "expected ',' after ')'");
  const options = open < 0 ? [] : splitPiece(trimPiece(piece, open + 1, piece.text.length - 1), ';');
  for (const option of options) readOption(option, draft, state);
  const written = options.map(({ text }) => text).filter((text) => !/^\$?(skip|levels)\s*=/i.test(text));
  const target = readTarget(trimPiece(piece, 0, open < 0 ? piece.text.length : open));
  return { ...target, ...(draft.levels === undefined ? {} : { levels: draft.levels }), ...(draft.isDeepest === true ? { isDeepest: true } : {}), options: draft.options, written };
}

function readTarget(piece: Piece): Pick<ExpandItem, 'path' | 'ref' | 'count'> {
  const slash = piece.text.lastIndexOf('/');
  const last = piece.text.slice(slash + 1).toLowerCase();
  const ref = last === '$ref';
  const count = last === '$count';
  const end = ref || count ? Math.max(slash, 0) : piece.text.length;
  return { path: readPath(trimPiece(piece, 0, end)), ref, count };
}

function readOption(piece: Piece, draft: ItemDraft, state: ExpandState): void {
  const equals = piece.text.indexOf('=');
  if (equals < 0) refuseSyntax(piece, `expected an option such as '$select=…', found ${quote(piece.text)}`);
  const written = piece.text.slice(0, equals).trim();
  const name = written.toLowerCase().replace(/^\$/, '');
  const value = trimPiece(piece, equals + 1, piece.text.length);
  const key = name === 'orderby' ? 'orderBy' : name;
  if (Object.hasOwn(draft.options, key) || Object.hasOwn(draft, key)) refuseSyntax(piece, `the option ${quote(written)} is given twice`);
  if (name === 'expand') draft.options.expand = parseItems(value, { depth: state.depth + 1, total: state.total });
  else if (name === 'levels') readLevels(value.text, draft);
  else readShared(piece, { name, written, text: value.text, options: draft.options });
}

function readShared(piece: Piece, option: { name: string; written: string; text: string; options: OptionsDraft }): void {
  const read = sharedOptions.get(option.name);
  if (read === undefined) return refuseSyntax(piece, `${quote(option.written)} is not an option of an expansion`);
  read(option.options, option.text);
}

function readLevels(text: string, draft: ItemDraft): void {
  draft.isDeepest = text.toLowerCase() === 'max';
  draft.levels = draft.isDeepest ? limits.expandDepth : readInteger(text, { field: '$levels', least: 1, most: limits.expandDepth });
}
