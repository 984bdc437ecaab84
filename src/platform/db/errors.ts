/** What went wrong in the database, as words that callers can act on. */

/** A constraint that a statement broke. `constraint` is its name in the schema. */
export interface ConstraintViolation {
  readonly kind: 'unique' | 'foreignKey' | 'check' | 'notNull' | 'exclusion';
  readonly constraint: string;
}

const constraintKinds: Readonly<Record<string, ConstraintViolation['kind']>> = {
  23502: 'notNull', 23503: 'foreignKey', 23505: 'unique', 23514: 'check', '23P01': 'exclusion',
};

const unavailableCodes = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN', 'ENOTFOUND',
  '53300', '57P01', '57P02', '57P03', '57P05', '25P03',
]);

/** SQLSTATE or system error code of `error`, when it has one. */
export function codeOf(error: unknown): string | undefined {
  return textOf(error, 'code');
}

/** The constraint that a failed statement broke, or undefined for any other error. */
export function violatedConstraint(error: unknown): ConstraintViolation | undefined {
  const kind = constraintKinds[codeOf(error) ?? ''];
  if (kind === undefined) return undefined;
  return { kind, constraint: textOf(error, 'constraint') ?? textOf(error, 'column') ?? '' };
}

/** Name of the unique constraint or index that `error` reports, or undefined for any other error. */
export function uniqueViolation(error: unknown): string | undefined {
  const violation = violatedConstraint(error);
  return violation?.kind === 'unique' ? violation.constraint : undefined;
}

/** What may be logged about a failed connection. Errors of `pg` also carry rows' values and whole clients: those stay out. */
export function forLog(error: unknown): { readonly code: string | undefined; readonly reason: string } {
  return { code: codeOf(error), reason: error instanceof Error ? error.message : 'unknown' };
}

/** Whether the database could not be reached or gave up the connection: the caller may try again later. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return unavailableCodes.has(code) || code.startsWith('08');
  // pg has no codes for these two.
  return error instanceof Error && /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(error.message);
}

function textOf(error: unknown, key: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : undefined;
}
