/** Calls of what Graph has no name for, over HTTP: `/gatehouse/v1`. Every answer is held to its declared shape. */
import { isRecord, type JsonRecord } from '../../src/kernel/json.ts';
import { holdToShape } from './shape-watch.ts';

/** An answer. */
export interface Told {
  readonly status: number;
  readonly body: JsonRecord;
}

/** A client of the third vocabulary. */
export class Beyond {
  readonly #base: string;

  /** `base`: address of the server. */
  constructor(base: string) {
    this.#base = base;
  }

  /** Sends one request. `path` without a slash at its start. */
  async send(method: string, path: string, { token, body }: { readonly token: string; readonly body?: unknown }): Promise<Told> {
    const response = await fetch(`${this.#base}/gatehouse/v1/${path}`, {
      method, headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json: unknown = text === '' ? undefined : JSON.parse(text);
    const [bare = '', query = ''] = path.split(/\?(.*)/s, 2);
    holdToShape({ method, version: 'gatehouse', path: `/${bare}`, query, status: response.status, json, text });
    return { status: response.status, body: isRecord(json) ? json : {} };
  }
}
