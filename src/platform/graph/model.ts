/**
 * The vocabulary in which features declare Graph resources. A declaration says what exists, how it is stored, who sees
 * it and which command changes it; paths, query options, envelopes, versions and statuses are the machinery's business.
 */
import type { Caller, Work } from '../../kernel/caller.ts';
import type { Tx } from '../db/database.ts';
import type { Alias, ComplexType, Property, Scalar, Sql, Version } from './property.ts';

export type { Alias, ComplexType, EnumType, Property, Scalar, Sql, Version } from './property.ts';

/** Any JSON object. */
export type Json = { readonly [key: string]: unknown };

/** What a caller may see of a type: everything, nothing (403), or the rows for which the SQL holds. */
export type Visibility = 'all' | 'none' | Sql;

/** Work inside the transaction of one request. A command may throw Problem; then nothing is kept. */
export interface GraphWork extends Work {
  readonly tx: Tx;
  readonly version: Version;
  /** Public URL of this server, without a slash at the end. */
  readonly publicUrl: string;
  /** Hosts that this server calls whatever their address; default none. */
  readonly outboundHosts?: readonly string[];
  /** What the caller reads, best first (Accept-Language). */
  readonly languages?: readonly string[];
  /** The answer carries these headers too. */
  readonly headers: Record<string, string>;
}

/** One keyed step of the path that led here. */
export interface Ancestor {
  readonly type: string;
  readonly id: string;
  /** Navigation by which the next step was reached. */
  readonly navigation?: string;
}

/** What a command is given. `body` is validated, in v1.0 names, with read-only properties dropped and references resolved to ids. */
export interface Input {
  /** Id of the entity the operation is on: '' for a create. For an alternate key that fits nothing: '' and `alternate`. */
  readonly id: string;
  readonly ancestors: readonly Ancestor[];
  readonly body: Json;
  /** Arguments of a function or action in the path, by declared name. */
  readonly arguments: Json;
  /** Alternate key of an upsert that found nothing. */
  readonly alternate?: { readonly name: string; readonly value: string };
  readonly prefer: ReadonlySet<string>;
  /** `@odata.type` of the body or cast of the path, without `#microsoft.graph.`, when it names a subtype. */
  readonly cast?: string;
}

/** What a command answers. `created` and `entity` are read back in the same transaction, as the caller's version words them. */
export type Outcome =
  /**
   * `row`: every column's value by property name, where the command has them all; then nothing needs to be read back. `isTrial`:
   * it was only tried; the answer says what would be, and nothing is kept.
   */
  | { readonly answer: 'created'; readonly id: string; readonly extra?: Json; readonly row?: Json; readonly isTrial?: boolean }
  | { readonly answer: 'entity'; readonly id: string }
  | { readonly answer: 'done' }
  | { readonly answer: 'accepted' }
  /** A value that is no stored entity; `type` renders it (enums, names). 200. */
  | { readonly answer: 'value'; readonly value: Json; readonly type?: ComplexType }
  | { readonly answer: 'values'; readonly values: readonly unknown[]; readonly type?: ComplexType | Scalar }
  /** Entities of `entityType` by id, in that order. */
  | { readonly answer: 'entities'; readonly entityType: string; readonly ids: readonly string[] };

/** A change, inside the request's transaction. Checks the caller's right to make it. */
export type Command = (work: GraphWork, input: Input) => Promise<Outcome>;

/** What an action or a function answers, for descriptions and tests. `entity`, `entities`: name of an entity type; `scalar`: one value, under `value`. */
export type Answers =
  | { readonly accepted: true }
  | { readonly entity: string }
  | { readonly entities: string }
  | { readonly value: ComplexType }
  | { readonly values: ComplexType | Scalar }
  | { readonly scalar: Scalar };

/** A bound action (POST). Parameters are validated like a body. */
export interface Action {
  readonly parameters?: Readonly<Record<string, Property>>;
  readonly run: Command;
  /** Absent: nothing (204). */
  readonly answers?: Answers;
  readonly only?: Version;
  /** The command itself checks that the caller may know of the entity: the machinery does not look first. */
  readonly looksItself?: boolean;
  /** Takes one file as multipart/form-data instead of parameters: `body` is `name` (a text) and `bytes` (a Uint8Array). */
  readonly file?: boolean;
}

/** A function (GET) bound to a collection or an entity, that answers a filtered collection of `returns`, with all query options. */
export interface FilterFunction {
  readonly parameters?: Readonly<Record<string, Property>>;
  readonly returns: string;
  /** Rows that belong to the answer; replaces the type's visibility. Throws Problem for callers it is not for. `from`: the entity it is bound to, when it is bound to one. */
  readonly where: (caller: Caller, row: Alias, given: Json, from: Alias | undefined) => Sql;
  readonly only?: Version;
}

/** A function (GET) whose answer is no filter on one type: a command that only reads says it, as it says the answer to an action. */
export interface ReadFunction {
  readonly parameters?: Readonly<Record<string, Property>>;
  readonly read: Command;
  /** What `read` answers. Described as anything when it is absent. */
  readonly answers?: Answers;
  readonly only?: Version;
}

/** Functions by name. */
export type Functions = Readonly<Record<string, FilterFunction | ReadFunction>>;

/** A relation from one entity type to another. */
export interface Navigation {
  readonly to: string;
  readonly many: boolean;
  /** Condition that ties a row of the source to a row of the target. */
  readonly join: (from: Alias, to: Alias) => Sql;
  /** For a to-one navigation: column of the source that holds the target's key, so that nav/id needs no join. */
  readonly column?: string;
  /** In a body: `{id}`/`@odata.bind` (one) or `@odata.bind`/array of `{id}` (many). The id(s) arrive in `body` under the navigation's name. */
  readonly bind?: boolean;
  /** In a body: an embedded object is accepted and ignored (Terraform sends back what it read). */
  readonly ignoreInBody?: boolean;
  /** `$ref`: add (POST, or PUT for to-one) and remove. `body.id` is the target's id. */
  readonly addRef?: Command;
  readonly removeRef?: Command;
  /** POST to the collection; default: the target's own create with `inverse` set to the source's id. */
  readonly create?: Command;
  readonly update?: Command;
  readonly remove?: Command;
  /** Navigation of the target that leads back, for creating through the collection. */
  readonly inverse?: string;
  readonly only?: Version;
  /** Targets are shown to whoever sees the source (contained entities), without asking the target's visibility. */
  readonly contained?: boolean;
  /** In a path the target's visibility decides alone: who may see it need not see the source. It must then say enough about who that is. */
  readonly seenAlone?: boolean;
}

/** Beta's words for a type: by v1.0 name. */
export interface Vocabulary {
  readonly rename?: Readonly<Record<string, string>>;
  /** From a body in either vocabulary to v1.0 names, before validation. Must leave a v1.0 body as it is. */
  readonly fromBody?: (body: Json) => Json;
  /** From a rendered v1.0 entity to beta, after renames. */
  readonly toBeta?: (entity: Json) => Json;
  /** Properties of v1.0 that beta does not answer. */
  readonly drop?: readonly string[];
  /** Properties as `toBeta` leaves them, by beta's names, where they differ from v1.0's: for descriptions and tests. */
  readonly shape?: Readonly<Record<string, Property>>;
}

/** `delta()` over a type's sets: what was made, changed or deleted since a token. Triggers note it in the table `changes` (migration 0020). */
export interface Delta {
  /** Name under which changes of this type's family are noted. */
  readonly area: string;
  /** Navigations whose changes are told too, as `members@delta`. Noted under their names; their targets are noted in the same area. */
  readonly navigations?: readonly string[];
}

/** Members of an open type that are known only while the server runs. They are stored in `data` under their own names, and answered when $select names them. */
export interface DynamicMembers {
  /** The property that a word would be; undefined: such a word is none. */
  readonly property: (word: string) => Property | undefined;
  /** Refuses what is not registered, or does not fit what is. `given` holds at least one. */
  readonly check: (work: GraphWork, given: Json) => Promise<void>;
}

/** An entity type. Subtypes share their base's table and are told apart by `discriminator`. */
export interface EntityType {
  readonly name: string;
  readonly base?: string;
  readonly abstract?: boolean;
  readonly open?: boolean;
  /** What an open type takes besides its declared members. Subtypes take the same. */
  readonly dynamic?: DynamicMembers;
  /** Table or view. Must have the key column. */
  readonly table: string;
  /** Value of the table's column `type` (single-table inheritance). */
  readonly discriminator?: string;
  /** Default: column `id`, a GUID. */
  readonly key?: { readonly column: string; readonly type: 'guid' | 'text'; readonly property?: string };
  /** Rows that exist at all (soft deletion). */
  readonly exists?: (row: Alias) => Sql;
  readonly alternateKeys?: readonly string[];
  readonly properties: Readonly<Record<string, Property>>;
  readonly navigations?: Readonly<Record<string, Navigation>>;
  readonly beta?: Vocabulary;
  /** Both vocabularies in one body: run on input of either version. */
  readonly visible: (caller: Caller, row: Alias) => Visibility;
  readonly create?: Command;
  readonly update?: Command;
  /** PUT; omitted members fall back to defaults. */
  readonly replace?: Command;
  readonly remove?: Command;
  readonly actions?: Readonly<Record<string, Action>>;
  readonly collectionActions?: Readonly<Record<string, Action>>;
  readonly functions?: Functions;
  readonly collectionFunctions?: Functions;
  /** Its sets, and those of its subtypes, answer `delta()`. */
  readonly delta?: Delta;
  /** Properties that $search looks into. */
  readonly searchable?: readonly string[];
  /** Always answered with `@odata.type` (polymorphic collections). */
  readonly saysType?: boolean;
}

/** An entity set or singleton at a path. */
export interface Root {
  /** v1.0 path without slash at the start, such as `identityGovernance/entitlementManagement/catalogs`. */
  readonly path: string;
  /** Beta's path when it differs; both versions answer both. */
  readonly betaPath?: string;
  readonly type: string;
  /** Singleton: id of the one entity for this caller, or a refusal. */
  readonly singleton?: (caller: Caller) => string;
  /** Rows that are in this set, in place of the type's `exists` (deleted items; kinds that only one version knows). */
  readonly exists?: (row: Alias, version: Version) => Sql;
  /** Absent: both of Graph's. `gatehouse`: under `/gatehouse/v1` and nowhere else. */
  readonly only?: Version;
}

/** A function (GET) bound to nothing, at a path of one word. Several of one word are told apart by the parameters that they are given. */
export interface UnboundFunction extends ReadFunction {
  readonly path: string;
}

/** An action (POST) bound to nothing, at a path of one word. */
export interface UnboundAction extends Action {
  readonly path: string;
}

/** What one feature contributes to the service. `only` of what is unbound counts as that of a root. */
export interface Declaration {
  readonly types: readonly EntityType[];
  readonly roots: readonly Root[];
  readonly functions?: readonly UnboundFunction[];
  readonly actions?: readonly UnboundAction[];
}
