/**
 * The abstract syntax of Graph's URL conventions (OData 4.01 as Microsoft Graph speaks it). Purely syntactic: nothing
 * here knows a type, a property or a table. Every `at` is a 0-based character offset into the text it was parsed from;
 * for infix nodes it is the offset of the operator, for all others that of the first character.
 */

/** A constant as written in a filter, a key or a function argument. */
export type Literal =
  | { readonly kind: 'string'; readonly value: string }
  /** `text` keeps digits that a double would lose. */
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  /** Lower case, without quotes. */
  | { readonly kind: 'guid'; readonly value: string }
  /** ISO 8601 as written, always with `Z` or an offset; a real calendar date. */
  | { readonly kind: 'dateTime'; readonly value: string }
  | { readonly kind: 'date'; readonly value: string }
  | { readonly kind: 'timeOfDay'; readonly value: string }
  /** ISO 8601 duration without the `duration'…'` around it. */
  | { readonly kind: 'duration'; readonly value: string }
  /** `microsoft.graph.x'value'`; several flags stay one comma-separated value. */
  | { readonly kind: 'enum'; readonly type: string; readonly value: string };

/** The six comparisons, lower case. */
export type ComparisonOperator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/**
 * A `$filter` expression. Chains of one operator lean left (`a or b or c` is `(a or b) or c`), so a tree may be as deep
 * as it has nodes (1000); a recursive visitor is safe at that depth.
 */
export type Expression =
  | { readonly node: 'literal'; readonly literal: Literal; readonly at: number }
  /**
   * A property path such as `accessPackage/id`. May start with a lambda variable, `$it`, or an `@alias` (kept with its
   * sign); cast segments (`microsoft.graph.user`) are plain segments.
   */
  | { readonly node: 'path'; readonly segments: readonly string[]; readonly at: number }
  | { readonly node: 'compare'; readonly operator: ComparisonOperator; readonly left: Expression; readonly right: Expression; readonly at: number }
  | { readonly node: 'has'; readonly left: Expression; readonly right: Expression; readonly at: number }
  /** The list is never empty. */
  | { readonly node: 'in'; readonly operand: Expression; readonly list: readonly Literal[]; readonly at: number }
  | { readonly node: 'and' | 'or'; readonly left: Expression; readonly right: Expression; readonly at: number }
  | { readonly node: 'not'; readonly operand: Expression; readonly at: number }
  /** A function call; the name is lower case and not checked against any list. */
  | { readonly node: 'call'; readonly name: string; readonly arguments: readonly Expression[]; readonly at: number }
  /** Variable and predicate are both absent in `owners/any()` and both present otherwise. */
  | {
      readonly node: 'lambda';
      readonly operator: 'any' | 'all';
      readonly path: readonly string[];
      readonly variable: string | undefined;
      readonly predicate: Expression | undefined;
      readonly at: number;
    }
  /** `members/$count`; the path is without the `$count`. */
  | { readonly node: 'countOf'; readonly path: readonly string[]; readonly at: number };

/** One term of `$orderby`. The path may end in `$count`; `call` is a lower-case function of that one path. */
export interface OrderTerm {
  readonly path: readonly string[];
  readonly call?: string;
  readonly descending: boolean;
}

/** One item of `$expand`. */
export interface ExpandItem {
  /** A navigation, perhaps with cast segments, or `*` alone. A closing `$ref` or `$count` is in the flags instead. */
  readonly path: readonly string[];
  readonly ref: boolean;
  readonly count: boolean;
  /** `$levels`; `max` becomes the greatest depth there is. */
  readonly levels?: number;
  /** `$levels=max`: as deep as one answer may go, where that is less. */
  readonly isDeepest?: boolean;
  readonly options: QueryOptions;
  /** The options as written, each `$name=text`, without `$skip` and `$levels`: for the address of the same collection. */
  readonly written: readonly string[];
}

/** A `$search` expression. Terms side by side are joined by `and`. */
export type SearchExpression =
  /** `property` is set for Graph's `"displayName:alice"`. */
  | { readonly node: 'term'; readonly property?: string; readonly text: string }
  | { readonly node: 'and' | 'or'; readonly left: SearchExpression; readonly right: SearchExpression }
  | { readonly node: 'not'; readonly operand: SearchExpression };

/** The query options of one request, or of one `$expand` item. */
export interface QueryOptions {
  readonly filter?: Expression;
  readonly select?: readonly (readonly string[])[];
  readonly expand?: readonly ExpandItem[];
  readonly orderBy?: readonly OrderTerm[];
  readonly top?: number;
  readonly skip?: number;
  readonly count?: boolean;
  readonly search?: SearchExpression;
  readonly skipToken?: string;
  readonly deltaToken?: string;
  readonly format?: string;
  /** The `@name=value` parameters: names without the sign, values as text for `parseArgument`. */
  readonly aliases: ReadonlyMap<string, string>;
  /** `@id` or `$id`, which SDKs send with `DELETE …/$ref`. */
  readonly id?: string;
}

/** A key or argument value in a path. An alias is named without its sign. */
export type Argument = { readonly kind: 'literal'; readonly literal: Literal } | { readonly kind: 'alias'; readonly name: string };

/** One key or function argument, named or (for a single key) not. */
export interface SegmentKey {
  readonly name: string | undefined;
  readonly value: Argument;
}

/** One segment of a resource path; `at` is its offset in the undecoded path. */
export type Segment =
  /** Sets, navigations, casts, keys written as segments, `$ref`, `$count`, `$value`. */
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  /** `catalogs('id')`, `filterByCurrentUser(on='target')`, `delta()`: a key or a call, which only the resolver can tell. */
  | { readonly kind: 'keyed'; readonly name: string; readonly keys: readonly SegmentKey[]; readonly at: number };
