/** Enumerations and structured values that properties refer to, as CSDL. */
import type { Version } from '../model.ts';
import type { ComplexType, EnumType, Property, Scalar } from '../property.ts';
import { isComplex, isEnum } from '../value.ts';
import { element } from './xml.ts';
import { wordsOf } from './value-schema.ts';

const scalars: Readonly<Record<Scalar, string>> = {
  text: 'Edm.String', guid: 'Edm.Guid', flag: 'Edm.Boolean', whole: 'Edm.Int32', number: 'Edm.Double', instant: 'Edm.DateTimeOffset', date: 'Edm.Date', span: 'Edm.Duration', binary: 'Edm.Binary', any: 'Edm.Untyped',
};

/** Full name of a type of ours. */
export const typeName = (name: string): string => `microsoft.graph.${name}`;

interface Complex {
  readonly base: string | undefined;
  readonly isAbstract: boolean;
  readonly isOpen: boolean;
  readonly properties: Map<string, Property>;
}

/** Collects the types that it is asked about. */
export class ValueTypes {
  readonly #version: Version;
  readonly #enums = new Map<string, Set<string>>();
  readonly #complexes = new Map<string, Complex>();
  readonly #met = new Set<ComplexType>();
  readonly #entities: ReadonlySet<string>;

  /** `entities`: names of entity types, which a structured value may show as its own member: a navigation, to CSDL. */
  constructor(version: Version, entities: ReadonlySet<string>) {
    this.#version = version;
    this.#entities = entities;
  }

  /** Type and nullability of a property, as attributes. */
  typed(property: Property): { readonly Type: string; readonly Nullable?: boolean } {
    const name = this.#name(property.type);
    if (property.collection === true) return { Type: `Collection(${name})`, Nullable: false };
    return { Type: name, ...(property.notNull === true ? { Nullable: false } : {}) };
  }

  /** A property. */
  property(word: string, property: Property): string {
    return element(isComplex(property.type) && this.#entities.has(property.type.complex) ? 'NavigationProperty' : 'Property', { Name: word, ...this.typed(property) });
  }

  /** Everything that was asked about. */
  elements(): readonly string[] {
    const complexes: string[] = [];
    const written = new Set<string>();
    // Members may name further types, which then join the end of the map.
    for (const [name, { base, isAbstract, isOpen, properties }] of this.#complexes) {
      if (written.has(name)) continue;
      written.add(name);
      complexes.push(element('ComplexType', { Name: name, BaseType: base === undefined ? undefined : typeName(base), Abstract: isAbstract ? true : undefined, OpenType: isOpen ? true : undefined }, [...properties].map(([word, property]) => this.property(word, property))));
    }
    const enums = [...this.#enums].map(([name, members]) => element('EnumType', { Name: name }, [...members].map((member, index) => element('Member', { Name: member, Value: index }))));
    return [...enums, ...complexes];
  }

  #name(type: Property['type']): string {
    if (isEnum(type)) return this.#enumeration(type);
    return isComplex(type) ? this.#complex(type) : scalars[type];
  }

  #enumeration(type: EnumType): string {
    const members = this.#enums.get(type.enum) ?? new Set();
    this.#enums.set(type.enum, members);
    for (const word of wordsOf(type, this.#version)) members.add(word);
    return typeName(type.enum);
  }

  #complex(type: ComplexType, base?: string): string {
    if (this.#met.has(type) || this.#entities.has(type.complex)) return typeName(type.complex);
    this.#met.add(type);
    const known = this.#complexes.get(type.complex) ?? { base, isAbstract: type.abstract === true, isOpen: type.lenient === true, properties: new Map<string, Property>() };
    this.#complexes.set(type.complex, known);
    for (const [word, property] of Object.entries(type.properties)) {
      known.properties.set(word, property);
      this.#name(property.type);
    }
    for (const variant of type.variants ?? []) this.#complex(variant, type.complex);
    return typeName(type.complex);
  }
}
