/** Form parameters of OAuth requests (RFC 6749 §3.2: none is repeated). Pure. */
import { deny } from '../oauth-error.ts';

/** Parameters by name, each at most once. */
export type Form = ReadonlyMap<string, string>;

const longestValue = 32 * 1024;

/** Reads parameters; empty ones count as absent. Refuses `repeated` and values that are too long. */
export function readForm(body: unknown): Form {
  const form = new Map<string, string>();
  if (!(body instanceof URLSearchParams)) return form;
  for (const [name, value] of body) {
    if (value === '') continue;
    if (form.has(name)) deny('repeated', { field: name });
    if (value.length > longestValue) deny('malformed', { field: name, reason: 'Its value is too long.' });
    form.set(name, value);
  }
  return form;
}

/** A parameter that must be there. */
export function need(form: Form, name: string): string {
  return form.get(name) ?? deny('malformed', { field: name, reason: '' });
}
