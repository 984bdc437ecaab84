/** `$batch`: up to twenty requests in one, in the order that `dependsOn` asks for. Contract §1.1. */
import { Problem, refuse } from '../../kernel/problem.ts';
import { failure } from './service.ts';
import type { GraphRequest, GraphResponse } from './exchange.ts';
import type { Json, Version } from './model.ts';
import { isObject, nameOf } from './value.ts';
import { spoken, withoutPrefix } from './version.ts';

/** Most requests of one batch. */
const most = 20;

interface Part {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly dependsOn: readonly string[];
}

/** Runs a part as a request of its own. */
export type Run = (request: GraphRequest) => Promise<GraphResponse>;

/** Answers a batch. Parts are refused one by one; the batch itself only when its form is wrong. */
export async function answerBatch(request: GraphRequest, run: Run, newId: () => string): Promise<GraphResponse> {
  const parts = readParts(request.body);
  const done = new Map<string, GraphResponse>();
  for (const part of inOrder(parts)) {
    const failed = part.dependsOn.find((id) => (done.get(id)?.status ?? 0) >= 400);
    const one = partRequest(request, part, newId());
    done.set(part.id, failed === undefined ? await run(one) : failure(new Problem('dependencyFailed', { field: failed }), one));
  }
  return { status: 200, headers: {}, body: { responses: parts.map((part) => partAnswer(part, done.get(part.id))) } };
}

function partRequest(batch: GraphRequest, part: Part, requestId: string): GraphRequest {
  const [path = '', query = ''] = inBatchOf(batch.version, part.url).split(/\?(.*)/s, 2);
  const headers = Object.fromEntries(Object.entries(part.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { ...batch, method: part.method.toUpperCase(), path, query, headers, body: part.body, requestId, clientRequestId: saneId(headers['client-request-id']) ?? batch.clientRequestId };
}

/** Address of a part: its prefix says nothing new, except where it leads to what this batch's version does not have. */
function inBatchOf(own: Version, url: string): string {
  const { version, path } = withoutPrefix(url);
  return version === undefined || (version === 'gatehouse') === (own === 'gatehouse') ? path : `${spoken[version].prefix}${path}`;
}

/** An id of the client's as the door takes it from a header: short and printable. */
const saneId = (id: string | undefined): string | undefined => (id !== undefined && /^[\x21-\x7e]{1,64}$/.test(id) ? id : undefined);

function partAnswer(part: Part, answer: GraphResponse | undefined): Json {
  if (answer === undefined) throw new Error('a part of a batch has no answer');
  const type = answer.body === undefined ? {} : { 'Content-Type': 'application/json' };
  return { id: part.id, status: answer.status, headers: { ...type, ...answer.headers }, ...(answer.body === undefined && answer.text === undefined ? {} : { body: answer.body ?? plainBody(part, answer.text) }) };
}

/** A count stands in the batch as a number, as Graph writes it: the CLI for Microsoft 365 compares it with 1. */
const plainBody = ({ url }: Part, text: string | undefined): unknown => (/\/\$count(\?|$)/i.test(url) ? Number(text) : text);

function readParts(body: unknown): readonly Part[] {
  const requests = isObject(body) ? body['requests'] : undefined;
  if (!Array.isArray(requests)) return refuse('missingProperty', { field: 'requests', mend: 'Send {"requests": [ … ]}.' });
  if (requests.length > most) return refuse('invalidValue', { field: 'requests', reason: `${requests.length} requests are too many; the most is ${most}` });
  const parts = requests.map((each, index) => readPart(each, `requests[${index}]`));
  const ids = new Set(parts.map((part) => part.id));
  if (ids.size < parts.length) refuse('invalidValue', { field: 'requests', reason: 'every request needs an id of its own' });
  const stray = parts.flatMap((part) => part.dependsOn).find((id) => !ids.has(id));
  if (stray !== undefined) refuse('invalidValue', { field: 'dependsOn', reason: `there is no request '${stray}' in this batch` });
  return parts;
}

function readPart(value: unknown, field: string): Part {
  if (!isObject(value)) return refuse('invalidValue', { field, reason: `an object is expected, not ${nameOf(value)}` });
  const word = (name: string): string => {
    const text = value[name];
    return typeof text === 'string' && text !== '' ? text : refuse('missingProperty', { field: `${field}/${name}`, mend: 'Every request of a batch has an id, a method and a url.' });
  };
  const headers = isObject(value['headers']) ? Object.entries(value['headers']).filter((entry): entry is [string, string] => typeof entry[1] === 'string') : [];
  const dependsOn = Array.isArray(value['dependsOn']) ? value['dependsOn'].filter((one) => typeof one === 'string' || typeof one === 'number').map(String) : [];
  // Ids are texts; clients that number their requests are understood.
  const id = typeof value['id'] === 'number' ? String(value['id']) : word('id');
  return { id, method: word('method'), url: word('url'), headers: Object.fromEntries(headers), body: value['body'], dependsOn };
}

/** Parts behind what they depend on; a circle is refused. */
function inOrder(parts: readonly Part[]): readonly Part[] {
  const ordered: Part[] = [];
  let waiting = [...parts];
  while (waiting.length > 0) {
    const placed = new Set(ordered.map((part) => part.id));
    const ready = waiting.filter((part) => part.dependsOn.every((id) => placed.has(id)));
    if (ready.length === 0) return refuse('invalidValue', { field: 'dependsOn', reason: 'the requests wait for each other in a circle' });
    ordered.push(...ready);
    waiting = waiting.filter((part) => !ready.includes(part));
  }
  return ordered;
}
