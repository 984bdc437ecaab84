/**
 * Declarations as JSON Schema 2020-12, the dialect of OpenAPI 3.1: one named component for each entity type, structured value
 * and enumeration that something refers to, in the words of one version.
 */
import type { Json, Version } from '../model.ts';
import type { ComplexType, EnumType, Property } from '../property.ts';
import { commandOf, typeNamed, wordFor, type Registry, type ResolvedType } from '../registry.ts';
import { isComplex, isEnum } from '../value.ts';
import { isIn } from '../version.ts';
import { complexSchema, enumSchema, joined, orNull, scalarSchema } from './value-schema.ts';

/** What is described. `closed`: nothing undeclared fits, as tests want it; clients are better off with what may grow. */
export interface Describing {
  readonly registry: Registry;
  readonly version: Version;
  readonly closed?: boolean;
  /** What else is to be said of a type. */
  readonly note?: (type: ResolvedType) => string;
}

/** What a body is for: bodies of creates ask for what is required. */
export type BodyPurpose = 'create' | 'change';

const prefix = 'microsoft.graph.';

/** Collects the components that schemas refer to. */
export class SchemaBook {
  readonly components = new Map<string, Json>();
  readonly #at: Describing;

  constructor(at: Describing) {
    this.#at = at;
  }

  /** An entity of the type or of one below it, as it is answered. */
  entity(type: ResolvedType): Json {
    const own = (each: ResolvedType): Json => this.#refer(each.name, () => this.#answered(each));
    if (type.family.length === 1) return own(type);
    return this.#refer(`${type.name}.orDerived`, () => {
      const members = type.family.filter((each) => each.declared.abstract !== true);
      const mapping = Object.fromEntries(members.map((each) => [`#${prefix}${each.name}`, `#/components/schemas/${prefix}${each.name}`]));
      const said = (each: ResolvedType): Json => (each === type ? own(each) : { allOf: [own(each)], required: ['@odata.type'] });
      return { title: `${type.name} or a type below it`, anyOf: members.map((each) => (this.#at.closed === true ? said(each) : own(each))), discriminator: { propertyName: '@odata.type', mapping } };
    });
  }

  /** A body that makes or changes an entity of the type; for a create also of those below it that can be made. */
  body(type: ResolvedType, purpose: BodyPurpose): Json {
    const made = purpose === 'create' ? type.family.filter((each) => each.declared.abstract !== true && commandOf(this.#at.registry, each, 'create') !== undefined) : [type];
    const members = (made.length === 0 ? [type] : made).map((each) => this.#refer(`${each.name}.${purpose}`, () => this.#sent(each, purpose)));
    return members.length === 1 ? members[0] ?? {} : { anyOf: members };
  }

  /** Parameters of an action, as its body. */
  parameters(parameters: Readonly<Record<string, Property>>): Json {
    const required = Object.entries(parameters).filter(([, property]) => property.required === true).map(([name]) => name);
    return { type: 'object', properties: Object.fromEntries(Object.entries(parameters).map(([name, property]) => [name, this.value(property)])), ...(required.length === 0 ? {} : { required }) };
  }

  /** A property's value. */
  value(property: Property): Json {
    const one = this.#one(property);
    if (property.collection === true) return { type: 'array', items: one };
    return property.notNull === true || property.type === 'any' ? one : orNull(one);
  }

  #one(property: Property): Json {
    if (isEnum(property.type)) return this.#enumeration(property.type);
    if (isComplex(property.type)) return this.complex(property.type);
    return scalarSchema(property.type, property);
  }

  #enumeration(type: EnumType): Json {
    return this.#refer(type.enum, () => enumSchema(type, this.#at.version), type);
  }

  /** A structured value, told apart by `@odata.type` where it has variants. */
  complex(type: ComplexType): Json {
    const own = (each: ComplexType, base?: ComplexType): Json => this.#refer(each.complex, () => complexSchema({ ...each, properties: { ...base?.properties, ...each.properties }, lenient: each.lenient === true || base?.lenient === true }, (property) => this.value(property), this.#at.closed === true), each);
    if (type.variants === undefined) return own(type);
    const members = [...(type.abstract === true ? [] : [own(type)]), ...type.variants.map((each) => own(each, type))];
    return this.#refer(`${type.complex}.orDerived`, () => ({ anyOf: members, ...(this.#at.closed === true ? {} : { discriminator: { propertyName: '@odata.type' } }) }), type);
  }

  readonly #told = new Map<string, Set<unknown>>();

  /** A component by name, made once for each declaration of it: two declarations of one name are read as one. */
  #refer(name: string, make: () => Json, declared: unknown = name): Json {
    const full = `${prefix}${name}`;
    const told = this.#told.get(full) ?? new Set();
    this.#told.set(full, told);
    if (!told.has(declared)) {
      told.add(declared);
      const made = make();
      const known = this.components.get(full);
      this.components.set(full, known === undefined ? made : joined(known, made));
    }
    return { $ref: `#/components/schemas/${full}` };
  }

  #answered(type: ResolvedType): Json {
    const { version, closed } = this.#at;
    const properties: Record<string, Json> = { '@odata.type': { type: 'string', const: `#${prefix}${type.name}` } };
    for (const [word, property] of propertiesOf(type, version)) {
      const isKey = word === type.keyProperty;
      if (property.writeOnly !== true) properties[word] = { ...this.value(isKey ? { ...property, notNull: true } : property), ...(property.readOnly === true && closed !== true ? { readOnly: true } : {}), ...(property.hidden === true ? { description: 'Answered only when $select names it.' } : {}) };
    }
    for (const [name, navigation] of type.navigations) {
      if (!isIn(version, navigation)) continue;
      const target = this.#expanded(typeNamed(this.#at.registry, navigation.to));
      properties[wordFor(type, name, version)] = { ...(navigation.many ? { type: 'array', items: target } : orNull(target)), description: 'Answered when $expand names it.' };
    }
    const isClosed = closed === true && type.declared.open !== true;
    const note = this.#at.note?.(type);
    return { title: type.name, ...(note === undefined ? {} : { description: note }), type: 'object', properties, required: [type.keyProperty], ...(isClosed ? { additionalProperties: false, patternProperties: { '@odata\\.|@delta$|^@removed$': true } } : {}) };
  }

  /** `$expand=navigation/$ref` answers addresses, `$expand=navigation/type` entities of that type, which then need not say it. */
  #expanded(target: ResolvedType): Json {
    return this.#at.closed === true ? { anyOf: [this.entity(target), ...target.family.filter((each) => each !== target).map((each) => this.entity(each)), { type: 'object', required: ['@odata.id'], additionalProperties: false, properties: { '@odata.id': { type: 'string' } } }] } : this.entity(target);
  }

  #sent(type: ResolvedType, purpose: BodyPurpose): Json {
    const { version } = this.#at;
    const all = propertiesOf(type, version).filter(([, property]) => property.readOnly !== true && !(purpose === 'change' && property.immutable === true));
    const properties: Record<string, Json> = type.lineage.length > 1 || type.family.length > 1 ? { '@odata.type': { type: 'string' } } : {};
    for (const [word, property] of all) properties[word] = { ...this.value(property), ...(property.writeOnly === true ? { writeOnly: true } : {}), ...(property.default === undefined ? {} : { default: property.default }) };
    for (const [name, navigation] of type.navigations) {
      if (navigation.bind !== true || !isIn(version, navigation)) continue;
      const word = wordFor(type, name, version);
      properties[`${word}@odata.bind`] = navigation.many ? { type: 'array', items: { type: 'string' } } : { type: ['string', 'null'] };
    }
    const required = purpose === 'create' ? all.filter(([, property]) => property.required === true).map(([word]) => word) : [];
    return { title: `${type.name}, to ${purpose === 'create' ? 'make' : 'change'} one`, type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
  }
}

/** Properties that a version knows, by its words. What beta's vocabulary says of its own shape goes before v1.0's. */
export function propertiesOf(type: ResolvedType, version: Version): readonly (readonly [word: string, property: Property])[] {
  const beta = version === 'beta' ? type.declared.beta : undefined;
  const dropped = new Set(beta?.drop ?? []);
  const known = [...type.properties].filter(([name, property]) => isIn(version, property) && !dropped.has(name));
  return [...new Map([...known.map(([name, property]): [string, Property] => [wordFor(type, name, version), property]), ...Object.entries(beta?.shape ?? {})])];
}
