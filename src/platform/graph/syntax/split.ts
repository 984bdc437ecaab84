/** Cutting lists at a separator that does not stand inside quotes or parentheses, and reading plain property paths. */

import { limits, quote, refuseSyntax, refuseText } from './limits.ts';

/** A piece of an option's text and where that piece starts. */
export interface Piece {
  readonly text: string;
  readonly at: number;
  readonly field: string;
}

const namePattern = /^[\p{L}_][\p{L}\p{N}_.]*$/u;

/** Whether a text is a simple or qualified name. */
export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** Cuts a piece at every top-level separator, in one pass without recursion. Blank around the results is removed. */
export function splitPiece(piece: Piece, separator: string): readonly Piece[] {
  const parts: Piece[] = [];
  let start = 0;
  let depth = 0;
  let index = 0;
  while (index < piece.text.length) {
    const character = piece.text.charAt(index);
    if (character === "'" || character === '"') index = findQuoteEnd(piece, index);
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) refuseSyntax({ field: piece.field, at: piece.at + index }, "unexpected ')'");
    if (depth === 0 && character === separator) {
      parts.push(trimPiece(piece, start, index));
      start = index + 1;
    }
    index += 1;
  }
  if (depth > 0) refuseSyntax({ field: piece.field, at: piece.at + piece.text.length }, "expected ')'");
  parts.push(trimPiece(piece, start, piece.text.length));
  return parts;
}

/** Offset of the mark that closes the quotes opened at `open`. A doubled apostrophe closes one string and opens another. */
function findQuoteEnd(piece: Piece, open: number): number {
  const mark = piece.text.charAt(open);
  for (let index = open + 1; index < piece.text.length; index += 1) {
    const character = piece.text.charAt(index);
    if (character === mark) return index;
    // Only $search phrases, in double quotes, know the backslash.
    if (character === '\\' && mark === '"') index += 1;
  }
  return refuseSyntax({ field: piece.field, at: piece.at + open }, 'the quotes are not closed');
}

/** A part of a piece without the blank around it. */
export function trimPiece(piece: Piece, start: number, end: number): Piece {
  const raw = piece.text.slice(start, end);
  const text = raw.trimStart();
  return { text: text.trimEnd(), at: piece.at + start + raw.length - text.length, field: piece.field };
}

/** A path of names, or `*` alone. */
export function readPath(piece: Piece): readonly string[] {
  if (piece.text === '*') return ['*'];
  if (piece.text === '') refuseSyntax(piece, 'expected a property name');
  const segments = piece.text.split('/');
  for (const segment of segments) if (!isName(segment)) refuseSyntax(piece, `${quote(segment)} is not a property name`);
  return segments;
}

/** Refuses a list with more items than an expression may have nodes. */
export function checkItemCount(count: number, field: string): void {
  if (count > limits.nodes) refuseText(field, `There are more than ${limits.nodes} items`);
}
