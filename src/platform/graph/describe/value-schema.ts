/** Values as JSON Schema: scalars, enumerations, structured values. Pure. */
import type { Json, Version } from '../model.ts';
import type { ComplexType, EnumType, Property, Scalar } from '../property.ts';
import { isObject } from '../value.ts';

const scalars: Readonly<Record<Scalar, Json>> = {
  text: { type: 'string' }, guid: { type: 'string', format: 'uuid' }, flag: { type: 'boolean' }, whole: { type: 'integer', format: 'int32' }, number: { type: 'number', format: 'double' },
  instant: { type: 'string', format: 'date-time' }, date: { type: 'string', format: 'date' }, span: { type: 'string', format: 'duration' }, binary: { type: 'string', contentEncoding: 'base64' }, any: {},
};

/** A scalar. The longest text is said where it is not the usual 1,024 characters. */
export const scalarSchema = (type: Scalar, { max, collection }: Pick<Property, 'max' | 'collection'> = {}): Json => ({ ...scalars[type], ...(type === 'text' && max !== undefined && collection !== true ? { maxLength: max } : {}) });

/** The same, or null. */
export function orNull(schema: Json): Json {
  const { type } = schema;
  return typeof type === 'string' && schema['enum'] === undefined ? { ...schema, type: [type, 'null'] } : { anyOf: [schema, { type: 'null' }] };
}

/** The words of an enumeration as a version spells them. */
export function wordsOf(type: EnumType, version: Version): readonly string[] {
  const members = [...type.members, ...(type.later ?? [])];
  const spelled = version !== 'beta' ? members : members.map((member) => type.beta?.[member] ?? (type.betaCase === 'pascal' ? member.charAt(0).toUpperCase() + member.slice(1) : member));
  return [...new Set([...spelled, ...(type.later === undefined ? [] : ['unknownFutureValue'])])];
}

/** An enumeration. */
export const enumSchema = (type: EnumType, version: Version): Json => ({ type: 'string', enum: wordsOf(type, version) });

/** A structured value, `value` describing its members. */
export function complexSchema(type: ComplexType, value: (property: Property) => Json, closed: boolean): Json {
  const properties: Record<string, Json> = { '@odata.type': { type: 'string', const: `#microsoft.graph.${type.complex}` } };
  for (const [name, property] of Object.entries(type.properties)) {
    if (closed && property.writeOnly === true) continue;
    properties[name] = { ...value(property), ...(property.readOnly === true && !closed ? { readOnly: true } : {}), ...(property.writeOnly === true ? { writeOnly: true } : {}) };
  }
  return { title: type.complex, type: 'object', properties, ...(closed && type.lenient !== true ? { additionalProperties: false, patternProperties: { '@odata\\.': true } } : {}) };
}

/** Two descriptions of one name as one that fits what either fits. */
export function joined(one: Json, other: Json): Json {
  const [ours, theirs] = [one['properties'], other['properties']];
  if (Array.isArray(one['enum']) && Array.isArray(other['enum'])) return { ...one, enum: [...new Set<unknown>(one['enum'].concat(other['enum']))] };
  if (isObject(ours) && isObject(theirs)) return { ...both(one, other), properties: { ...ours, ...Object.fromEntries(Object.entries(theirs).map(([name, schema]) => [name, isObject(schema) ? eitherOf(ours[name], schema) : schema])) } };
  return JSON.stringify(one) === JSON.stringify(other) ? one : { anyOf: [one, other] };
}

const eitherOf = (one: unknown, other: Json): Json => (isObject(one) && JSON.stringify(one) !== JSON.stringify(other) ? { anyOf: [one, other] } : other);

/** What holds of either: nothing is required, or shut out, that only one of them requires or shuts out. */
function both(one: Json, other: Json): Json {
  const { required, additionalProperties, patternProperties, ...rest } = one;
  const needed = Array.isArray(required) && Array.isArray(other['required']) ? required.filter((name) => Array.isArray(other['required']) && other['required'].includes(name)) : [];
  return { ...rest, ...(needed.length === 0 ? {} : { required: needed }), ...(other['additionalProperties'] === undefined || additionalProperties === undefined ? {} : { additionalProperties, patternProperties }) };
}
