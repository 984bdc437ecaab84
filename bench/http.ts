/** A lean HTTP client for load: keep-alive connections, JSON in and out, nothing else. */
import { Agent, request as send } from 'node:http';

/** One answer. `json` is undefined for an empty body. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/** What to send. `form` goes urlencoded, `body` as JSON. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly form?: Readonly<Record<string, string>>;
}

/** A client of one server with at most `sockets` connections. */
export class Client {
  readonly #url: URL;
  readonly #agent: Agent;

  constructor(url: string, sockets: number) {
    this.#url = new URL(url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: sockets });
  }

  /** Sends and reads the whole answer. Rejects only when the connection fails. */
  async call(call: Call): Promise<Answer> {
    const payload = call.form === undefined ? (call.body === undefined ? undefined : JSON.stringify(call.body)) : new URLSearchParams(call.form).toString();
    const headers: Record<string, string | number> = call.token === undefined ? {} : { authorization: `Bearer ${call.token}` };
    if (payload !== undefined) {
      headers['content-type'] = call.form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
      headers['content-length'] = Buffer.byteLength(payload);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = send({ host: this.#url.hostname, port: this.#url.port, method: call.method, path: call.path, headers, agent: this.#agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => { resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))); });
    });
    request.on('error', reject);
    request.end(payload);
    return promise;
  }

  /** As {@link call}, and an error that quotes the answer unless it is 2xx. */
  async must(call: Call): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.call(call);
    if (answer.status < 200 || answer.status > 299) throw new Error(`${call.method} ${call.path} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return answer.json ?? {};
  }

  close(): void {
    this.#agent.destroy();
  }
}

function readAnswer(status: number, text: string): Answer {
  try {
    const json: unknown = text === '' ? undefined : JSON.parse(text);
    return { status, text, json: typeof json === 'object' && json !== null ? { ...json } : undefined };
  } catch {
    return { status, text, json: undefined };
  }
}
