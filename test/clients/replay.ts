/** Calls of other people's programs, as rows of a table: what is sent, and what the program reads from the answer. */
import { expect } from 'vitest';
import { isRecord } from '../../src/kernel/json.ts';

/** One call. `{name}` in texts stands for what an earlier row kept under that name. */
export interface Call {
  /** The command that sends it. */
  readonly of: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path and query as they are sent: already encoded where the program encodes. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Default: 200 for GET, 201 for POST, 204 for the others. */
  readonly status?: number;
  /** What the answer must hold. */
  readonly reads?: unknown;
  /** What later rows need: name → path into the answer, such as `value.0.id`. */
  readonly keeps?: Readonly<Record<string, string>>;
}

/** Who sends, and how. */
export interface Sender {
  readonly base: string;
  readonly token: () => Promise<string>;
  readonly headers: Readonly<Record<string, string>>;
}

const usual = { GET: 200, POST: 201, PATCH: 204, PUT: 204, DELETE: 204 } as const;

/** Sends rows one after the other; each finds what those before it kept. */
export class Replay {
  readonly known = new Map<string, string>();
  readonly #sender: Sender;

  constructor(sender: Sender, known: Readonly<Record<string, string>> = {}) {
    this.#sender = sender;
    for (const [name, value] of Object.entries(known)) this.known.set(name, value);
  }

  /** Sends one row and reads its answer as the program does. */
  async send(call: Call): Promise<void> {
    const { base, token, headers } = this.#sender;
    const path = this.#filled(call.path);
    const url = path.startsWith('https:') ? path : `${base}${path}`;
    const response = await fetch(url, {
      method: call.method, redirect: 'error',
      headers: { ...headers, ...(call.body === undefined ? {} : { 'content-type': 'application/json' }), ...call.headers, authorization: `Bearer ${await token()}` },
      ...(call.body === undefined ? {} : { body: JSON.stringify(this.#filledIn(call.body)) }),
    });
    const text = await response.text();
    expect(response.status, `${call.method} ${url}\n${text.slice(0, 600)}`).toBe(call.status ?? usual[call.method]);
    const answer: unknown = text === '' ? undefined : response.headers.get('content-type')?.includes('json') === true ? JSON.parse(text) : text;
    if (typeof call.reads === 'string' || isMatcher(call.reads)) expect(answer, call.of).toEqual(this.#filledIn(call.reads));
    else if (call.reads !== undefined) expect(answer, call.of).toMatchObject(asObject(this.#filledIn(call.reads)));
    for (const [name, path] of Object.entries(call.keeps ?? {})) this.known.set(name, textAtPath(answer, path));
  }

  #filled(text: string): string {
    return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => this.known.get(name) ?? expect.unreachable(`nothing was kept as ${name}`));
  }

  #filledIn(value: unknown): unknown {
    if (typeof value === 'string') return this.#filled(value);
    if (Array.isArray(value)) return value.map((member) => this.#filledIn(member));
    if (!isRecord(value) || isMatcher(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.#filledIn(member)]));
  }
}

const isMatcher = (value: unknown): boolean => typeof value === 'object' && value !== null && 'asymmetricMatch' in value;

const asObject = (value: unknown): object => (typeof value === 'object' && value !== null ? value : expect.unreachable('what is read is an object'));

function textAtPath(answer: unknown, path: string): string {
  let at: unknown = answer;
  for (const key of path.split('.')) at = Array.isArray(at) ? at[Number(key)] : isRecord(at) ? at[key] : undefined;
  return typeof at === 'string' ? at : expect.unreachable(`the answer has no text at ${path}: ${JSON.stringify(answer)?.slice(0, 400)}`);
}
