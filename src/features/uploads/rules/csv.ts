/** Comma-separated values as RFC 4180 has them: quotes, doubled quotes, line ends of either kind inside and outside of them. Pure. */

/** Rows of a CSV text; undefined when a quote is left open or stands where none may. An empty line is no row. */
export function parseCsv(text: string): readonly (readonly string[])[] | undefined {
  const rows: (readonly string[])[] = [];
  let row: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const field = text[at] === '"' ? quotedAt(text, at) : plainAt(text, at);
    if (field === undefined) return undefined;
    row.push(field.value);
    at = field.end;
    const next = text[at];
    if (next === ',' && at + 1 < text.length) { at += 1; continue; }
    if (next === ',') { row.push(''); at += 1; }
    rows.push(row);
    row = [];
    at += text.startsWith('\r\n', at) ? 2 : 1;
  }
  return rows.filter((each) => each.length > 1 || each[0] !== '');
}

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
