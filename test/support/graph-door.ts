/** The Graph service without HTTP: what a caller is answered, over a test's database. */
import { expect } from 'vitest';
import { declarations } from '../../src/features/index.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { isRecord } from '../../src/kernel/json.ts';
import type { Db } from '../../src/platform/db/database.ts';
import type { GraphResponse, GraphService } from '../../src/platform/graph/exchange.ts';
import type { Version } from '../../src/platform/graph/model.ts';
import { buildRegistry } from '../../src/platform/graph/registry.ts';
import { answerGraph } from '../../src/platform/graph/service.ts';
import { newId } from '../../src/platform/ids.ts';
import { holdToShape } from './shape-watch.ts';

/** What is sent, apart from method and path. */
export interface Sending {
  readonly caller: Caller;
  readonly body?: unknown;
  readonly version?: Version;
}

/** Answers requests as the server would. `bugs` are what it would log as its own mistakes. */
export class GraphDoor {
  readonly bugs: unknown[] = [];
  readonly #service: GraphService;

  constructor(db: Db) {
    this.#service = { registry: buildRegistry(declarations), db, clock: { now: () => new Date() }, publicUrl: 'http://test' };
  }

  /** Sends one request. */
  async send(method: string, url: string, { caller, body, version = 'v1.0' }: Sending): Promise<GraphResponse> {
    const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
    const log = { error: (facts: object) => { this.bugs.push(facts); } };
    const request = { method, version, path, query: encodeURI(query), headers: {}, body, caller, requestId: newId(), clientRequestId: newId() };
    const answer = await answerGraph(this.#service, request, log);
    holdToShape({ ...request, status: answer.status, json: answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body)), text: answer.text });
    return answer;
  }

  /** Members of a collection; fails unless it is answered. */
  async list(url: string, sending: Sending): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { status, body } = await this.send('GET', url, sending);
    expect(status, JSON.stringify(body)).toBe(200);
    const value = isRecord(body) ? body['value'] : undefined;
    return Array.isArray(value) ? value.filter(isRecord) : [];
  }

  /** One property of the members of a collection, sorted. */
  async values(url: string, property: string, sending: Sending): Promise<readonly string[]> {
    return (await this.list(url, sending)).map((member) => String(member[property])).toSorted();
  }
}
