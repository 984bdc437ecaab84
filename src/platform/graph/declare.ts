/** Short words for declarations. `text({ required: true })` reads better in a table than an object literal. */
import { sql } from 'kysely';
import type { Alias, ComplexType, EnumType, Property, Scalar, Sql } from './model.ts';

type Options = Omit<Property, 'type'>;
const scalar = (type: Scalar) => (options: Options = {}): Property => ({ type, ...options });

/** Property builders by type; options as in {@link Property}. */
export const text = scalar('text');
export const guid = scalar('guid');
export const flag = scalar('flag');
export const whole = scalar('whole');
export const number = scalar('number');
export const instant = scalar('instant');
export const date = scalar('date');
export const span = scalar('span');
export const binary = scalar('binary');
export const any = scalar('any');

/** A property whose value is one of an enumeration's members. */
export const choice = (type: EnumType, options: Options = {}): Property => ({ type, ...options });

/** A structured property. */
export const record = (type: ComplexType, options: Options = {}): Property => ({ type, ...options });

/** A collection of what `property` describes. Answered as `[]` when empty, never null. */
export const list = (property: Property, options: Options = {}): Property => ({ ...property, collection: true, notNull: true, ...options });

/** Properties that live in the jsonb column `data`. */
export const inBag = (properties: Readonly<Record<string, Property>>): Record<string, Property> =>
  Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, { ...property, bag: true }]));

/** `alias.column` as SQL. */
export const col = (row: Alias, column: string): Sql => sql.ref(`${row}.${column}`);

/** An enumeration with its members in Graph's order. */
export const words = (name: string, members: readonly string[], more: Omit<EnumType, 'enum' | 'members'> = {}): EnumType => ({ enum: name, members, ...more });
