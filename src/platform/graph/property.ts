/** The vocabulary of values: what one property of a declared type holds, where it is stored, and how each version words it. */
import type { RawBuilder } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';

/** A piece of SQL with its bound parameters. */
export type Sql = RawBuilder<unknown>;

/** Name of a table alias in the statement that is being built. */
export type Alias = string;

/** The two vocabularies of Graph, and our own for what Graph has no name for: `/gatehouse/v1`, in the words of v1.0. */
export type Version = 'v1.0' | 'beta' | 'gatehouse';

/** Primitive types; `instant` is a UTC time, `span` an ISO 8601 duration, `whole` a 32-bit integer, `any` is not checked. */
export type Scalar = 'text' | 'guid' | 'flag' | 'whole' | 'number' | 'instant' | 'date' | 'span' | 'binary' | 'any';

/** A closed set of words. `later` are members declared after unknownFutureValue: shown only to callers that ask for them. */
export interface EnumType {
  readonly enum: string;
  readonly members: readonly string[];
  readonly later?: readonly string[];
  /** Words of beta that differ from the first-letter-upper-case form of the v1.0 word, by v1.0 word. */
  readonly beta?: Readonly<Record<string, string>>;
  /** `pascal`: beta spells members with an upper-case first letter (its free strings); default: as in v1.0. */
  readonly betaCase?: 'pascal';
}

/** A structured value without identity, stored as jsonb under v1.0 names. With `variants` it is told apart by `@odata.type`. */
export interface ComplexType {
  readonly complex: string;
  readonly abstract?: boolean;
  readonly properties: Readonly<Record<string, Property>>;
  readonly variants?: readonly ComplexType[];
  /** Members that nobody declared are accepted and dropped (types whose published samples carry strays). */
  readonly lenient?: boolean;
}

/** One property. Stored in the column of the same name in snake_case unless `bag`, `column` or `sql` says otherwise. */
export interface Property {
  readonly type: Scalar | EnumType | ComplexType;
  readonly collection?: boolean;
  /** Must be in the body of a create. */
  readonly required?: boolean;
  /** null is refused in a body and never answered. */
  readonly notNull?: boolean;
  /** Ignored in bodies: clients send back what they have read. */
  readonly readOnly?: boolean;
  /** Taken on create, refused on update when it differs. */
  readonly immutable?: boolean;
  /** Never answered (passwords, inputs). */
  readonly writeOnly?: boolean;
  /** Answered only when $select names it. */
  readonly hidden?: boolean;
  readonly default?: unknown;
  /** Longest text, in characters (default 1024), or most members of a collection (default 1000). */
  readonly max?: number;
  /** Stored in the jsonb column `data` under its v1.0 name. */
  readonly bag?: boolean;
  readonly column?: string;
  /** Computed: an expression over the row. Not writable unless a command handles it. `caller`: who asks, where one does. */
  readonly sql?: (row: Alias, caller?: Caller) => Sql;
  /** Compared with regard to case in $filter (identifiers, URLs). Text is compared without, as Graph does. */
  readonly exact?: boolean;
  /** Version that has it; default both. */
  readonly only?: Version;
  /**
   * `… eq 'text'` in other words, of which an index or the planner's statistics know more than of the value itself. For the
   * member at `path` below this property; of a collection, for one of its elements (`any`). Undefined: compared as usual.
   */
  readonly equals?: (row: Alias, path: readonly string[], text: string) => Sql | undefined;
  /** May also be named in $expand, where it changes nothing (Graph's contained entities that live inside their owner). */
  readonly expandable?: boolean;
}
