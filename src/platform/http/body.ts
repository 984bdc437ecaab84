/** Bodies: text → value, or a {@link Problem} that says what is wrong with the text. Pure. */
import { refuse } from '../../kernel/problem.ts';

/** Deepest nesting of objects and arrays in a JSON body. */
export const deepestBody = 40;

/** Parses a JSON body; an empty one is undefined. Refuses `malformedJson` and `bodyTooDeep`. */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  const value = parse(text);
  refuseBadNesting(value);
  return value;
}

/** Parses a form body; repeated names are all kept. */
export function parseFormBody(text: string): URLSearchParams {
  return new URLSearchParams(text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes a piece of the body, which may be a secret, after the first comma.
    const reason = error instanceof Error ? error.message.split(', ')[0] ?? '' : '';
    return refuse('malformedJson', { reason: /^Unexpected (end|non-whitespace)/.test(reason) ? reason : `unexpected text${positionIn(error)}` });
  }
}

function positionIn(error: unknown): string {
  const position = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined ? '' : ` at position ${position}`;
}

/** Walks without recursion, so that no body is deep enough to end the process. */
function refuseBadNesting(body: unknown): void {
  const open: { value: unknown; depth: number; place: string }[] = [{ value: body, depth: 1, place: '' }];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    const { value, depth, place } = item;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > deepestBody) refuse('bodyTooDeep', { limit: deepestBody, field: place });
    for (const [name, inner] of Object.entries(value)) {
      if (name === '__proto__') refuse('malformedJson', { reason: "the name '__proto__' is not allowed" });
      // The place is for people: its start is enough.
      if (typeof inner === 'object') open.push({ value: inner, depth: depth + 1, place: `${place}${place === '' ? '' : '/'}${name}`.slice(0, 120) });
    }
  }
}
