/** What the database layer needs of a logger: the shape of pino's methods. Fields never hold statements' values. */
export interface DatabaseLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log that keeps nothing: for tests and short commands. */
export const silentLog: DatabaseLog = { info: () => {}, warn: () => {}, error: () => {} };
