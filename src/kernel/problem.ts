/**
 * The one table of public failures. A refusal (4xx) says what is wrong, where, and how to mend it; a bug says nothing
 * but an id. Doors (Graph, OAuth, command line) render a {@link Problem}; nobody else knows a status.
 */

/** One row of the table: Graph's `error.code`, the HTTP status, and a sentence with `{slots}`. */
interface ProblemRow {
  readonly code: string;
  readonly status: number;
  readonly sentence: string;
}

const rows = {
  // The request as text
  malformedJson: { code: 'BadRequest', status: 400, sentence: 'The body is not valid JSON: {reason}. Send one JSON object.' },
  malformedForm: { code: 'BadRequest', status: 400, sentence: 'The body is not valid multipart/form-data: {reason}.' },
  unsupportedMediaType: { code: 'UnsupportedMediaType', status: 415, sentence: "Content-Type '{value}' is not supported. Send application/json." },
  malformedRequest: { code: 'BadRequest', status: 400, sentence: 'The request cannot be read as HTTP/1.1.' },
  headersTooLarge: { code: 'BadRequest', status: 431, sentence: 'The request line and headers are longer than 16 KiB. Ask for less at a time, or use $batch.' },
  bodyTooLarge: { code: 'RequestEntityTooLarge', status: 413, sentence: 'The body is larger than {limit} bytes. Send less at a time.' },
  bodyTooDeep: { code: 'BadRequest', status: 400, sentence: 'The body is nested deeper than {limit} levels at {field}.' },
  invalidQuery: { code: 'BadRequest', status: 400, sentence: "The query option '{field}' is invalid: {reason}." },
  invalidFilter: { code: 'InvalidFilter', status: 400, sentence: 'OData query is invalid: {reason}.' },
  invalidId: { code: 'BadRequest', status: 400, sentence: "'{value}' is not a valid identifier for {field}. Identifiers are GUIDs." },
  unknownSegment: { code: 'Request_ResourceNotFound', status: 404, sentence: "Resource not found for the segment '{field}'." },
  methodNotAllowed: { code: 'Request_MethodNotAllowed', status: 405, sentence: '{method} is not offered here. This address takes {allowed}.' },
  // The request as a model
  invalidModel: { code: 'InvalidModel', status: 400, sentence: 'The model is invalid. {reason}' },
  invalidValue: { code: 'Request_BadRequest', status: 400, sentence: "Invalid value for '{field}': {reason}." },
  unknownProperty: { code: 'Request_BadRequest', status: 400, sentence: "The property '{field}' does not exist on type '{type}'. Leave it out or correct its name." },
  missingProperty: { code: 'Request_BadRequest', status: 400, sentence: "The property '{field}' is required. {mend}" },
  danglingReference: { code: 'Request_BadRequest', status: 400, sentence: "'{field}' refers to '{value}', which does not exist or is not visible to you." },
  ruleBroken: { code: 'Request_BadRequest', status: 400, sentence: '{reason}' },
  // Who asks
  unauthenticated: { code: 'InvalidAuthenticationToken', status: 401, sentence: '{reason}' },
  forbidden: { code: 'Authorization_RequestDenied', status: 403, sentence: 'Insufficient privileges to complete the operation. {reason}' },
  notFound: { code: 'Request_ResourceNotFound', status: 404, sentence: "Resource '{value}' does not exist or one of its queried reference-property objects are not present." },
  // Decisions with reasons
  requestRefused: { code: 'RequestRefused', status: 400, sentence: '{reason}' },
  notRequestable: { code: 'RequestRefused', status: 403, sentence: '{reason}' },
  conflict: { code: 'Conflict', status: 409, sentence: '{reason}' },
  alreadyExists: { code: 'Request_MultipleObjectsWithSameKeyValue', status: 409, sentence: "Another object with the same value for property '{field}' already exists." },
  keyReused: { code: 'UnprocessableEntity', status: 422, sentence: "The {field} '{value}' came within the last day with another request. Send a new key with a new request." },
  syncStateGone: { code: 'syncStateNotFound', status: 410, sentence: 'The sync state generation is not found: {reason}. Synchronize everything again from {resync}.' },
  dependencyFailed: { code: 'FailedDependency', status: 424, sentence: "The request '{field}' that this one depends on has failed." },
  tooManyRequests: { code: 'TooManyRequests', status: 429, sentence: 'There are too many requests of {of}. Try again in {seconds} seconds.' },
  busy: { code: 'ServiceUnavailable', status: 503, sentence: 'The service is busy; nothing was changed. Try again in {seconds} seconds.' },
  internal: { code: 'InternalServerError', status: 500, sentence: 'Something went wrong on our side. Quote the request-id when you report it.' },
} as const satisfies Record<string, ProblemRow>;

/** Name of a public failure. */
export type ProblemName = keyof typeof rows;

/** Values for the slots of a sentence. */
export type Slots = Readonly<Record<string, string | number>>;

/** One of several reasons behind a refusal, as Graph's `error.details[]`. */
export interface Reason {
  /** Stable machine word, such as `targetNotInScope`. */
  readonly code: string;
  /** A sentence for people that also says what would mend it. */
  readonly message: string;
  /** The property or object the reason is about, if there is one. */
  readonly target?: string;
}

/** The table of public failures, for documentation and tests. */
export const problemTable: Readonly<Record<ProblemName, ProblemRow>> = rows;

/** A public failure on its way to a door. `field` in the slots becomes Graph's `error.target`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly problem: ProblemName;
  readonly code: string;
  readonly status: number;
  readonly target: string | undefined;
  /** When to try again, where that is known: the slot `seconds`. */
  readonly retryAfterSeconds: number | undefined;
  readonly reasons: readonly Reason[];
  readonly #slots: Slots;

  constructor(problem: ProblemName, slots: Slots = {}, reasons: readonly Reason[] = []) {
    const row: ProblemRow = rows[problem];
    super(fill(row.sentence, slots));
    this.problem = problem;
    this.code = row.code;
    this.status = row.status;
    this.target = slots['field'] === undefined ? undefined : String(slots['field']);
    this.retryAfterSeconds = typeof slots['seconds'] === 'number' ? slots['seconds'] : undefined;
    this.reasons = reasons;
    this.#slots = slots;
  }

  /** The same failure of something that stands at `path` in a larger body. */
  within(path: string): Problem {
    const below = (target: string | undefined): string => (target === undefined ? path : `${path}/${target}`);
    return new Problem(this.problem, { ...this.#slots, field: below(this.target) }, this.reasons.map((reason) => ({ ...reason, target: below(reason.target) })));
  }
}

/** Ends the work at hand with a public failure. */
export function refuse(problem: ProblemName, slots: Slots = {}, reasons: readonly Reason[] = []): never {
  throw new Problem(problem, slots, reasons);
}

/** What a caller sent is repeated to it so far, in characters: enough to find it again. */
const longestEcho = 300;

function fill(sentence: string, slots: Slots): string {
  return sentence.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const text = String(slots[slot] ?? '');
    return (slot === 'value' || slot === 'field') && text.length > longestEcho ? `${text.slice(0, longestEcho)}…` : text;
  }).trim();
}
