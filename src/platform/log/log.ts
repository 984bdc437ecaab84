/** The log: one JSON object a line on stderr, a readable line when that is a terminal; never a secret in it. */
import { pino, type DestinationStream, type Logger } from 'pino';
import { readableLine } from './readable.ts';
import { maskText, maskValues } from './mask.ts';

/** A pino logger that masks. */
export type Log = Logger;

/** How to make a log. `level` is a pino level; `stream` and `isTerminal` are for tests. */
export interface LogOptions {
  readonly level: string;
  readonly stream?: DestinationStream;
  readonly isTerminal?: boolean;
}

/**
 * Makes the log. Masked are: values under names such as `token`, `secret`, `assertion`, `password`, `answers` at any
 * depth, and anything in any text that looks like a token. Errors keep type, message, code and stack, nothing else
 * (a database error carries rows in its other fields).
 */
export function createLog({ level, stream, isTerminal }: LogOptions): Log {
  const sink = stream ?? pino.destination({ dest: 2, sync: true });
  const readable: DestinationStream = { write: (line) => { sink.write(readableLine(line)); } };
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: maskValues, bindings: maskValues },
    serializers: { err: describeError, error: describeError },
    hooks: { streamWrite: maskText },
  }, (isTerminal ?? process.stderr.isTTY) ? readable : sink);
}

/** What the log keeps of an error; causes are followed. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
