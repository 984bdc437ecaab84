/** Reading JSON whose shape is not known: what is missing or of another type is undefined (or empty), never an exception. */

/** Any JSON object. */
export type JsonRecord = { readonly [key: string]: unknown };

/** True for an object that is neither null nor an array. */
export const isRecord = (value: unknown): value is JsonRecord => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The text under a key. */
export const textAt = (json: JsonRecord, key: string): string | undefined => textOf(json[key]);

/** The whole or broken number under a key. */
export const numberAt = (json: JsonRecord, key: string): number | undefined => {
  const value = json[key];
  return typeof value === 'number' ? value : undefined;
};

/** Whether the flag under a key is set; missing counts as `otherwise`. */
export const flagAt = (json: JsonRecord, key: string, otherwise = false): boolean => {
  const value = json[key];
  return typeof value === 'boolean' ? value : otherwise;
};

/** The object under a key, or an empty one. */
export const recordAt = (json: JsonRecord, key: string): JsonRecord => {
  const value = json[key];
  return isRecord(value) ? value : {};
};

/** The objects of the list under a key. */
export const recordsAt = (json: JsonRecord, key: string): readonly JsonRecord[] => {
  const value = json[key];
  return Array.isArray(value) ? value.filter(isRecord) : [];
};

/** The texts of the list under a key. */
export const textsAt = (json: JsonRecord, key: string): readonly string[] => {
  const value = json[key];
  return Array.isArray(value) ? value.filter((member): member is string => typeof member === 'string') : [];
};

/** The object without some of its keys. */
export const without = (json: JsonRecord, ...keys: readonly string[]): JsonRecord =>
  Object.fromEntries(Object.entries(json).filter(([key]) => !keys.includes(key)));

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
