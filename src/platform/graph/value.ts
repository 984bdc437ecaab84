/** From JSON in a body, or a literal in a URL, to the canonical value of a declared property; refusals name the field. */
import { refuse } from '../../kernel/problem.ts';
import { parseDuration } from '../../kernel/duration.ts';
import type { ComplexType, EnumType, Json, Property, Scalar } from './model.ts';

const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;
const datePattern = /^\d{4}-\d\d-\d\d$/;

/** True for a GUID in the usual form. */
export const isGuid = (value: string): boolean => guidPattern.test(value);

/** True for an object that is not an array. */
export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** True when the type is an enumeration. */
export const isEnum = (type: Property['type']): type is EnumType => typeof type === 'object' && 'enum' in type;

/** True when the type is structured. */
export const isComplex = (type: Property['type']): type is ComplexType => typeof type === 'object' && 'complex' in type;

/** Where a value stands, for messages: `requestorSettings/onBehalfRequestors[0]/userId`. */
export type Field = string;

/** Canonical value of a property in a body. Throws Problem with the field and the mend. */
export function readValue(value: unknown, property: Property, field: Field): unknown {
  if (value === null || value === undefined) {
    if (property.notNull === true) refuse('invalidValue', { field, reason: property.collection === true ? 'null is not allowed; send [] for none' : 'null is not allowed' });
    return null;
  }
  if (property.collection !== true) return readOne(value, property, field);
  if (!Array.isArray(value)) refuse('invalidValue', { field, reason: `an array is expected, not ${nameOf(value)}` });
  const most = property.max ?? 1000;
  if (value.length > most) refuse('invalidValue', { field, reason: `${value.length} members are too many; the most is ${most}` });
  const { max: _, ...single } = property;
  return value.map((member, index) => {
    if (member === null) refuse('invalidValue', { field: `${field}[${index}]`, reason: 'null is not allowed in a collection' });
    return readOne(member, single, `${field}[${index}]`);
  });
}

function readOne(value: unknown, property: Property, field: Field): unknown {
  if (isEnum(property.type)) return readEnum(value, property.type, field);
  if (isComplex(property.type)) return readComplex(value, property.type, field);
  return readScalar(value, { type: property.type, field, max: property.max ?? 1024 });
}

function readScalar(value: unknown, at: { readonly type: Scalar; readonly field: Field; readonly max: number }): unknown {
  const wrong = (expected: string): never => refuse('invalidValue', { field: at.field, reason: `${expected} is expected, not ${nameOf(value)}` });
  switch (at.type) {
    case 'any': return value;
    case 'flag': return typeof value === 'boolean' ? value : wrong('true or false');
    case 'whole': return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31 ? value : wrong('a whole number of 32 bits');
    case 'number': return typeof value === 'number' && Number.isFinite(value) ? value : wrong('a number');
    default: return typeof value === 'string' ? readText(value, at) : wrong(expectation[at.type]);
  }
}

const expectation = { text: 'a string', binary: 'a base64 string', guid: 'a GUID', instant: 'a UTC time such as 2026-11-23T20:00:00Z', date: 'a date such as 2026-11-23', span: 'an ISO 8601 duration such as P14D' } as const;

function readText(value: string, at: { readonly type: Scalar; readonly field: Field; readonly max: number }): string {
  const wrong = (reason: string): never => refuse('invalidValue', { field: at.field, reason });
  switch (at.type) {
    case 'guid': return isGuid(value) ? value.toLowerCase() : wrong(`'${clip(value)}' is not a GUID`);
    case 'instant': return readInstant(value) ?? wrong(`'${clip(value)}' is not a UTC time such as 2026-11-23T20:00:00Z`);
    case 'date': return isDay(value) ? value : wrong(`'${clip(value)}' is not a date such as 2026-11-23`);
    case 'span': return parseDuration(value) === undefined ? wrong(`'${clip(value)}' is not an ISO 8601 duration such as P14D or PT8H`) : value;
    case 'binary': return /^[A-Za-z0-9+/_=-]*$/.test(value) ? value : wrong('a base64 string is expected');
    default:
      if (value.length > at.max) wrong(`${value.length} characters are too many; the most is ${at.max}`);
      if (value.includes('\u0000')) wrong('the character U+0000 is not allowed');
      if (!value.isWellFormed()) wrong('half of a surrogate pair is no character');
      return value;
  }
}

/** ISO time with offset → the same instant as `…Z` in milliseconds; undefined when it is none. */
export function readInstant(value: string): string | undefined {
  if (!instantPattern.test(value) || !isDay(value.slice(0, 10))) return undefined;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) || !datePattern.test(at.toISOString().slice(0, 10)) ? undefined : at.toISOString();
}

/** True for a day of the calendar such as 2026-11-23: JavaScript alone takes 30 February for 2 March. PostgreSQL has no year 0. */
export function isDay(value: string): boolean {
  if (!datePattern.test(value) || value.startsWith('0000')) return false;
  const at = new Date(value);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}

/** v1.0 member of an enumeration for a word in either vocabulary and any letter case; undefined when there is none. */
export function enumMember(word: string, type: EnumType): string | undefined {
  const wanted = word.toLowerCase();
  const members = [...type.members, ...(type.later ?? [])];
  return members.find((member) => member.toLowerCase() === wanted)
    ?? Object.entries(type.beta ?? {}).find(([, beta]) => beta.toLowerCase() === wanted)?.[0];
}

function readEnum(value: unknown, type: EnumType, field: Field): string {
  const member = typeof value === 'string' ? enumMember(value, type) : undefined;
  if (member !== undefined) return member;
  return refuse('invalidValue', { field, reason: `${typeof value === 'string' ? `'${clip(value)}'` : nameOf(value)} is not a member of ${type.enum}; use one of ${[...type.members, ...(type.later ?? [])].join(', ')}` });
}

const typePrefix = /^#?(?:microsoft\.)?graph\./i;

/** Type name without `#microsoft.graph.`. */
export const bareType = (name: string): string => name.replace(typePrefix, '');

function readComplex(value: unknown, type: ComplexType, field: Field): Json {
  if (!isObject(value)) return refuse('invalidValue', { field, reason: `an object is expected, not ${nameOf(value)}` });
  const actual = variantOf(value, type, field);
  const properties = { ...type.properties, ...actual.properties };
  const result: Record<string, unknown> = type.variants === undefined ? {} : { '@odata.type': `#microsoft.graph.${actual.complex}` };
  const byWord = new Map(Object.keys(properties).map((name) => [name.toLowerCase(), name]));
  for (const [word, member] of Object.entries(value)) {
    if (word.includes('@odata.') || word.includes('@microsoft.')) continue;
    const name = byWord.get(word.toLowerCase());
    const property = name === undefined ? undefined : properties[name];
    if (name === undefined || property === undefined) {
      if (actual.lenient === true || type.lenient === true) continue;
      return refuse('unknownProperty', { field: `${field}/${clip(word)}`, type: actual.complex });
    }
    if (property.readOnly === true) continue;
    result[name] = readValue(member, property, `${field}/${name}`);
  }
  return withDefaults(result, properties, field);
}

function withDefaults(result: Record<string, unknown>, properties: Readonly<Record<string, Property>>, field: Field): Json {
  for (const [name, property] of Object.entries(properties)) {
    if (name in result) continue;
    if (property.required === true) refuse('missingProperty', { field: `${field}/${name}`, mend: 'Add it.' });
    if (property.default !== undefined) result[name] = property.default;
    else if (property.collection === true) result[name] = [];
  }
  return result;
}

function variantOf(value: Json, type: ComplexType, field: Field): ComplexType {
  const said = value['@odata.type'];
  if (type.variants === undefined) return type;
  if (typeof said !== 'string') {
    if (type.abstract !== true) return type;
    return refuse('missingProperty', { field: `${field}/@odata.type`, mend: `Name one of ${type.variants.map((variant) => `#microsoft.graph.${variant.complex}`).join(', ')}.` });
  }
  const bare = bareType(said).toLowerCase();
  const all = type.abstract === true ? type.variants : [type, ...type.variants];
  return all.find((variant) => variant.complex.toLowerCase() === bare)
    ?? refuse('invalidValue', { field: `${field}/@odata.type`, reason: `'${clip(said)}' is not a type of ${type.complex}; use one of ${all.map((variant) => `#microsoft.graph.${variant.complex}`).join(', ')}` });
}

/** What a JSON value is, for messages. */
export function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${clip(JSON.stringify(value) ?? '')}`;
}

/** At most 80 characters of what a client sent, for messages. */
export const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}…` : text);
