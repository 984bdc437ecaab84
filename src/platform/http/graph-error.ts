/** A problem in Microsoft Graph's words: https://learn.microsoft.com/graph/errors. Pure. */
import type { Problem, Reason } from '../../kernel/problem.ts';

/** What an answer is quoted by. */
export interface AnswerIds {
  readonly requestId: string;
  readonly clientRequestId: string;
  /** When the answer was made. */
  readonly date: Date;
}

/** One of several reasons in an error. */
interface GraphErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
}

/** The body of every failed answer of the Graph surface. `innerError.date` is UTC without a zone, as Graph writes it. */
export interface GraphError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly target?: string;
    readonly details: readonly GraphErrorDetail[];
    readonly innerError: { readonly date: string; readonly 'request-id': string; readonly 'client-request-id': string };
  };
}

/** Renders a problem for the Graph surface; the status is `problem.status`. */
export function graphErrorBody(problem: Problem, ids: AnswerIds): GraphError {
  return {
    error: {
      code: problem.code,
      message: problem.message,
      ...(problem.target !== undefined && { target: problem.target }),
      details: problem.reasons.map(detailOf),
      innerError: { date: ids.date.toISOString().slice(0, 19), 'request-id': ids.requestId, 'client-request-id': ids.clientRequestId },
    },
  };
}

/** `Retry-After` for failures that say when to try again; spelled so, because in a part of a batch it is a name in JSON, which clients look up. */
export const retryHeaders = ({ retryAfterSeconds }: Problem): Readonly<Record<string, string>> =>
  (retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) });

function detailOf({ code, message, target }: Reason): GraphErrorDetail {
  return { code, message, ...(target !== undefined && { target }) };
}
