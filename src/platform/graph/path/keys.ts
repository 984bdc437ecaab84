/** Keys in a path: in parentheses or as segments, by id or by an alternate key. */
import { refuse } from '../../../kernel/problem.ts';
import type { ResolvedType } from '../registry.ts';
import type { Segment } from '../syntax/ast.ts';
import { clip, isGuid } from '../value.ts';
import type { Key } from './resource.ts';
import { argumentText, current, setKey, unknown, type Walk } from './walk.ts';

/** Keys in parentheses behind a collection's name. */
export function takeKeys(walk: Walk, segment: Segment | undefined): void {
  if (segment?.kind !== 'keyed') return;
  if (!walk.isCollection) return unknown(segment);
  const [key, ...more] = segment.keys;
  if (key === undefined || more.length > 0) return refuse('invalidQuery', { field: segment.name, reason: 'one key is expected in the parentheses' });
  const value = argumentText(walk, key.value);
  setKey(walk, key.name === undefined || key.name.toLowerCase() === current(walk).type.keyProperty.toLowerCase() ? plainKey(current(walk).type, value) : namedKey(current(walk).type, key.name, value));
}

/** A key without a name: the id, or, for what is no GUID, the first alternate key that people use as one (a user's UPN). */
export function plainKey(type: ResolvedType, value: string): Key {
  if (type.keyType === 'text' || isGuid(value)) return { by: 'key', value: type.keyType === 'guid' ? value.toLowerCase() : value };
  const name = type.declared.alternateKeys?.find((candidate) => candidate === 'userPrincipalName');
  if (name !== undefined && value.includes('@')) return { by: 'property', property: name, value };
  return refuse('invalidId', { field: type.name, value: clip(value) });
}

function namedKey(type: ResolvedType, word: string, value: string): Key {
  const property = type.declared.alternateKeys?.find((candidate) => candidate.toLowerCase() === word.toLowerCase());
  if (property === undefined) return refuse('invalidQuery', { field: word, reason: `${type.name} has no alternate key '${clip(word)}'` });
  const declared = type.properties.get(property);
  if (declared?.type === 'guid' && !isGuid(value)) return refuse('invalidId', { field: property, value: clip(value) });
  return { by: 'property', property, value: declared?.type === 'guid' ? value.toLowerCase() : value };
}

/** A key that stands as a segment of its own. */
export function takeKeySegment(walk: Walk, segment: Segment): void {
  if (segment.kind !== 'name' || segment.name.startsWith('$')) return unknown(segment);
  if (current(walk).applied !== undefined) return unknown(segment);
  if (looksLikeName(current(walk).type, segment.name)) return unknown(segment);
  setKey(walk, plainKey(current(walk).type, segment.name));
}

/** A word that is no id but the name of something: better refused as an unknown segment than as a bad id. */
const looksLikeName = (type: ResolvedType, word: string): boolean => type.keyType === 'guid' && /^[a-z][a-z]*([A-Z][a-z]*)*$/.test(word) && !isGuid(word);
