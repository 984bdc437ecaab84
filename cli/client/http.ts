/** One HTTP exchange with the server, as any client of it would make it. Bodies are JSON objects; nothing is followed or retried. */
import { isRecord, recordAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';

/** What a call sends besides its method and address. */
export interface CallOptions {
  readonly token?: string | undefined;
  /** Sent as JSON; text is sent as it is, a form as a form. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back. `json` is empty where the body is not a JSON object. */
export interface Answer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: JsonRecord;
}

/** An answer that was not the one hoped for; `answer` is the whole of it. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`${answer.method} ${new URL(answer.url).pathname} was answered ${describeAnswer(answer)}`);
    this.answer = answer;
  }
}

const longestWaitMs = 60_000;

/** Sends one request and reads the whole answer. Rejects only when nobody answers. */
export async function send(method: string, url: string, { token, body, headers }: CallOptions = {}): Promise<Answer> {
  const isPlain = typeof body === 'string' || body instanceof URLSearchParams;
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(longestWaitMs),
    headers: {
      accept: 'application/json',
      ...(body === undefined || body instanceof URLSearchParams ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isPlain ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { method, url, status: response.status, headers: response.headers, text, json: parseObject(text) };
}

/** Status and, of a refusal, the server's own words. */
export function describeAnswer({ status, json, text }: Answer): string {
  const said = textAt(recordAt(json, 'error'), 'message') ?? textAt(json, 'error_description') ?? text.slice(0, 200);
  return `${status}${said === '' ? '' : `: ${said}`}`;
}

function parseObject(text: string): JsonRecord {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
