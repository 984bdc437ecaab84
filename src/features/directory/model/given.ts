/** Reading a validated body by type: what the machinery has checked against the declaration, as plain values. */

type Given = { readonly [key: string]: unknown };

/** The text of a member; undefined when it is absent, null or something else. */
export function textOf(body: Given, name: string): string | undefined {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
}

/** The text of a member that the declaration requires; '' when it is absent. */
export const requiredText = (body: Given, name: string): string => textOf(body, name) ?? '';

/** The texts of a collection, or the one text of a to-one reference; undefined when the member is absent. */
export function textsOf(body: Given, name: string): readonly string[] | undefined {
  const value = body[name];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((member) => typeof member === 'string') : undefined;
}

/** The flag of a member; undefined when it is absent or null. */
export function flagOf(body: Given, name: string): boolean | undefined {
  const value = body[name];
  return typeof value === 'boolean' ? value : undefined;
}

/** The structured value of a member; undefined when it is absent or null. */
export function recordOf(body: Given, name: string): Given | undefined {
  const value = body[name];
  return isRecord(value) ? value : undefined;
}

/** The structured values of a collection; undefined when the member is absent. */
export function recordsOf(body: Given, name: string): readonly Given[] | undefined {
  const value = body[name];
  return Array.isArray(value) ? value.filter(isRecord) : undefined;
}

/** The instant of a member, given as a time or as ISO text; undefined when it is absent or null. */
export function instantOf(body: Given, name: string): Date | undefined {
  const value = body[name];
  if (value instanceof Date) return value;
  return typeof value === 'string' ? new Date(value) : undefined;
}

const isRecord = (value: unknown): value is Given => typeof value === 'object' && value !== null && !Array.isArray(value);
