/** Comma-separated values as RFC 4180 has them: quotes, doubled quotes, line ends of either kind inside and outside of them. Pure. */

/**
 * Rows of a CSV text, one by one, so that whoever has read enough of a large one stops; undefined, and no more, where a quote is
 * left open or stands where none may. An empty line is no row. A row of more than `mostValues` values ends there, and the text with it.
 */
export function* readCsv(text: string, mostValues: number): Generator<readonly string[] | undefined, void> {
  let row: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    if (row.length === 0 && isLineEnd(text.charAt(at))) { at += 1; continue; }
    const field = text[at] === '"' ? quotedAt(text, at) : plainAt(text, at);
    if (field === undefined) { yield undefined; return; }
    row.push(field.value);
    at = field.end;
    const next = text[at];
    if (row.length > mostValues) { yield row; return; }
    if (next === ',' && at + 1 < text.length) { at += 1; continue; }
    if (next === ',') { row.push(''); at += 1; }
    if (row.length > 1 || row[0] !== '') yield row;
    row = [];
  }
}

const isLineEnd = (letter: string): boolean => letter === '\r' || letter === '\n';

interface Field {
  readonly value: string;
  /** Where the separator, the line end or the end of the text stands. */
  readonly end: number;
}

function plainAt(text: string, start: number): Field | undefined {
  const ends = /[,\r\n]/g;
  ends.lastIndex = start;
  const end = ends.exec(text)?.index ?? text.length;
  const value = text.slice(start, end);
  return value.includes('"') ? undefined : { value, end };
}

function quotedAt(text: string, start: number): Field | undefined {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return undefined;
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return isEndOfField(text, quote + 1) ? { value, end: quote + 1 } : undefined;
    value += '"';
    from = quote + 2;
  }
}

const isEndOfField = (text: string, at: number): boolean => at === text.length || [',', '\r', '\n'].includes(text.charAt(at));
