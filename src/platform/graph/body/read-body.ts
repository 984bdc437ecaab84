/** A request's body as a command wants it: v1.0 names, checked values, references as ids, defaults filled in. */
import { refuse } from '../../../kernel/problem.ts';
import type { Json, Navigation, Property } from '../model.ts';
import type { Registry, ResolvedType } from '../registry.ts';
import { bareType, clip, isObject, nameOf, readValue } from '../value.ts';
import { refuseForm } from './file-body.ts';
import { readReference } from './reference.ts';

/** What the body is for. `create` and `replace` ask for required properties and fill in defaults. */
export type Purpose = 'create' | 'update' | 'replace';

/** A body that fits its type. */
export interface ReadBody {
  readonly body: Json;
  /** Subtype that the body names in `@odata.type`. */
  readonly type: ResolvedType;
  /** Entities that are to be made with this one (deep insert), not read yet. */
  readonly children: readonly Children[];
  /** Members of an open type that still have to be looked up; they are in `body` too. */
  readonly dynamic: Json;
}

/** What a body holds of a navigation whose targets are made through it. */
export interface Children {
  readonly name: string;
  /** As the body words it, for refusals. */
  readonly word: string;
  readonly navigation: Navigation;
  readonly bodies: readonly unknown[];
}

/** Checks a body against a type. Every refusal names the field. */
export function readBody(registry: Registry, type: ResolvedType, given: { readonly body: unknown; readonly purpose: Purpose }): ReadBody {
  if (given.body === undefined) return refuse('missingProperty', { field: 'body', mend: 'Send a JSON object.' });
  refuseForm(given.body);
  if (!isObject(given.body)) return refuse('invalidValue', { field: 'body', reason: `a JSON object is expected, not ${nameOf(given.body)}` });
  const actual = namedType(registry, type, given.body);
  const body = actual.declared.beta?.fromBody?.(given.body) ?? given.body;
  const types = given.purpose === 'update' ? [actual, ...actual.family] : [actual];
  const result: Record<string, unknown> = {};
  const children: Children[] = [];
  const dynamic: Record<string, unknown> = {};
  for (const [word, value] of Object.entries(body)) readMember({ types, result, children, dynamic, purpose: given.purpose }, word, value);
  if (given.purpose !== 'update') complete(actual, result);
  return { body: { ...result, ...dynamic }, type: actual, children, dynamic };
}

function namedType(registry: Registry, type: ResolvedType, body: Json): ResolvedType {
  const said = body['@odata.type'];
  if (said === undefined) return type;
  const found = typeof said === 'string' ? registry.types.get(bareType(said).toLowerCase()) : undefined;
  if (found?.lineage.includes(type.name) === true) return found;
  // Clients that send back what they read from a wider collection name the wider type: harmless.
  if (found !== undefined && type.lineage.includes(found.name)) return type;
  return refuse('invalidValue', { field: '@odata.type', reason: `${nameOf(said)} is not a type of ${type.name}` });
}

interface Filling {
  readonly types: readonly ResolvedType[];
  readonly result: Record<string, unknown>;
  readonly children: Children[];
  readonly dynamic: Record<string, unknown>;
  readonly purpose: Purpose;
}

function readMember(filling: Filling, word: string, value: unknown): void {
  const [bare = word, note] = word.startsWith('@') ? [word, ''] : word.split('@', 2);
  if (note !== undefined && note !== 'odata.bind') return;
  const type = filling.types.find((candidate) => candidate.names.has(bare.toLowerCase()));
  const name = type?.names.get(bare.toLowerCase());
  if (name === undefined && note === undefined && filling.types.some((candidate) => candidate.declared.dynamic?.property(bare) !== undefined)) { filling.dynamic[bare] = value; return; }
  if (type === undefined || name === undefined) return refuse('unknownProperty', { field: clip(bare), type: filling.types[0]?.name ?? '' });
  const navigation = type.navigations.get(name);
  if (navigation !== undefined) return readNavigation(filling, { name, word, navigation }, value);
  const property = type.properties.get(name);
  if (property === undefined || note !== undefined) return refuse('unknownProperty', { field: clip(word), type: type.name });
  if (property.readOnly !== true) filling.result[name] = readValue(value, property, name);
}

function readNavigation(filling: Filling, at: { readonly name: string; readonly word: string; readonly navigation: Navigation }, value: unknown): void {
  const { name, word, navigation } = at;
  if (navigation.ignoreInBody === true && !(navigation.bind === true && isObject(value))) return;
  if (navigation.bind !== true) {
    if (value === null || (Array.isArray(value) && value.length === 0)) return;
    const isMadeHere = navigation.many && (navigation.create !== undefined || navigation.inverse !== undefined);
    if (isMadeHere && filling.purpose === 'create' && Array.isArray(value) && !word.includes('@')) { filling.children.push({ name, word, navigation, bodies: value }); return; }
    return refuse('invalidValue', { field: word, reason: 'it cannot be set here; use its own address' });
  }
  if (value === null) { filling.result[name] = null; return; }
  if (!navigation.many) {
    const id = readReference(value, word);
    if (id !== undefined) filling.result[name] = id;
    return;
  }
  if (!Array.isArray(value)) return refuse('invalidValue', { field: word, reason: `an array of references is expected, not ${nameOf(value)}` });
  filling.result[name] = [...new Set(value.map((member, index) => readReference(member, `${word}[${index}]`) ?? refuse('invalidValue', { field: `${word}[${index}]`, reason: 'a reference with an id is expected' })))];
}

function complete(type: ResolvedType, result: Record<string, unknown>): void {
  for (const [name, property] of type.properties) {
    if (name in result || property.readOnly === true) continue;
    if (property.required === true) refuse('missingProperty', { field: name, mend: `Add it to the body: every ${type.name} needs it.` });
    if (property.default !== undefined) result[name] = property.default;
  }
}

/** Parameters of an action, from its body. */
export function readParameters(parameters: Readonly<Record<string, Property>>, body: unknown): Json {
  refuseForm(body);
  if (body !== undefined && body !== null && !isObject(body)) return refuse('invalidValue', { field: 'body', reason: `a JSON object is expected, not ${nameOf(body)}` });
  const result: Record<string, unknown> = {};
  const names = new Map(Object.keys(parameters).map((name) => [name.toLowerCase(), name]));
  for (const [word, value] of Object.entries(body ?? {})) {
    if (word.includes('@odata.')) continue;
    const name = names.get(word.toLowerCase());
    const property = name === undefined ? undefined : parameters[name];
    if (name === undefined || property === undefined) return refuse('unknownProperty', { field: clip(word), type: 'the parameters of this action' });
    result[name] = readValue(value, property, name);
  }
  for (const [name, property] of Object.entries(parameters)) {
    if (name in result) continue;
    if (property.required === true) refuse('missingProperty', { field: name, mend: 'Add it to the body.' });
    if (property.default !== undefined) result[name] = property.default;
  }
  return result;
}
