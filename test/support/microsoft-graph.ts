/** The Graph surface through Microsoft's own client, as a customer's program would use it. */
import { Client, GraphError, PageIterator } from '@microsoft/microsoft-graph-client';
import { expect } from 'vitest';
import { entityOf, Graph, type Entity } from '../../cli/client/graph.ts';
import { watchedChain } from './shape-watch.ts';
import { isRecord, recordAt, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';

/** A refusal as the client reports it. `codes` are those of `error.details`. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly target: string | undefined;
  readonly codes: readonly string[];
}

/** Microsoft's client in the name of one token. Needs https: the client sends its token nowhere else. */
export class MicrosoftGraph extends Graph {
  readonly client: Client;
  /** A token of this caller. */
  readonly token: () => Promise<string>;

  constructor(base: string, token: () => Promise<string>) {
    super(base);
    this.token = token;
    this.client = Client.initWithMiddleware({ baseUrl: `${base}/`, customHosts: new Set([new URL(base).hostname]), middleware: watchedChain({ getAccessToken: token }) });
  }

  async must(method: string, path: string, body?: unknown): Promise<JsonRecord> {
    const answer: unknown = await this.#send(method, path, body);
    return isRecord(answer) ? answer : {};
  }

  async list(path: string): Promise<readonly Entity[]> {
    const found: Entity[] = [];
    const first: unknown = await this.#send('GET', path, undefined);
    const iterator = new PageIterator(this.client, { value: [], ...(isRecord(first) ? first : {}) }, (member) => {
      if (isRecord(member)) found.push(entityOf(member));
      return true;
    });
    await iterator.iterate();
    return found;
  }

  /** The refusal that a call ends with; a call that succeeds fails the test. */
  async refusal(method: string, path: string, body?: unknown): Promise<Refusal> {
    try {
      await this.#send(method, path, body);
    } catch (error) {
      if (error instanceof GraphError) return refusalOf(error);
      throw error;
    }
    return expect.unreachable(`${method} ${path} was not refused`);
  }

  async #send(method: string, path: string, body: unknown): Promise<unknown> {
    const request = this.client.api(path).version('v1.0');
    switch (method) {
      case 'GET': return await request.get() as unknown;
      case 'POST': return await request.post(body) as unknown;
      case 'PATCH': return await request.patch(body) as unknown;
      case 'PUT': return await request.put(body) as unknown;
      default: return await request.delete() as unknown;
    }
  }
}

function refusalOf({ statusCode, code, message, body }: GraphError): Refusal {
  const parsed: unknown = typeof body === 'string' ? JSON.parse(body) : body;
  const error = isRecord(parsed) ? parsed : {};
  const inner = isRecord(error['error']) ? recordAt(error, 'error') : error;
  return { status: statusCode, code: code ?? '', message, target: textAt(inner, 'target'), codes: recordsAt(inner, 'details').flatMap((detail) => textAt(detail, 'code') ?? []) };
}
