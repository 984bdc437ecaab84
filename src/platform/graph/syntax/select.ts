/** `$select`: a list of property paths. */

import { checkText } from './limits.ts';
import { checkItemCount, readPath, splitPiece } from './split.ts';

/** Parses the decoded text of a `$select`. */
export function parseSelect(text: string): readonly (readonly string[])[] {
  const field = '$select';
  checkText(text, field);
  const pieces = splitPiece({ text, at: 0, field }, ',');
  checkItemCount(pieces.length, field);
  return pieces.map(readPath);
}
