/** Replays what a client of Graph sends, from a file: fills in what earlier steps have kept, and asks of each answer what that client asks of it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { send, type Answer } from '../../../cli/client/http.ts';
import { isRecord, numberAt, recordAt, recordsAt, textAt, textsAt, type JsonRecord } from '../../../src/kernel/json.ts';
import { newId } from '../../../src/platform/ids.ts';

/** One resource of the client, and the calls that it makes for it. */
export interface Sequence {
  readonly resource: string;
  readonly steps: readonly JsonRecord[];
}

/** The sequences of the file beside this one. */
export function readSequences(): readonly Sequence[] {
  const file: unknown = JSON.parse(readFileSync(path.join(import.meta.dirname, 'sequences.json'), 'utf8'));
  if (!isRecord(file)) throw new Error('sequences.json holds no object');
  return recordsAt(file, 'sequences').map((one) => ({ resource: textAt(one, 'resource') ?? '', steps: recordsAt(one, 'steps') }));
}

/** Plays sequences; what one has kept the next may use. */
export class Replay {
  readonly #kept = new Map<string, unknown>();
  readonly #token: () => Promise<string>;

  /** `kept`: `graph` is the address, without version; the other words are the file's. */
  constructor(kept: Readonly<Record<string, string>>, token: () => Promise<string>) {
    for (const [name, value] of Object.entries(kept)) this.#kept.set(name, value);
    this.#token = token;
  }

  /** Plays one step and checks its answer, as often as the client would poll. */
  async play(step: JsonRecord): Promise<void> {
    const times = numberAt(step, 'times') ?? 1;
    for (let time = 0; time < times; time += 1) {
      const answer = await this.#call(step);
      expect(step['answers'], `${answer.method} ${answer.url} was answered ${answer.status} ${answer.text.slice(0, 600)}`).toContain(answer.status);
      if (answer.status < 300) this.#read(step, answer);
    }
  }

  async #call(step: JsonRecord): Promise<Answer> {
    const [method = '', address = ''] = String(this.#fill(textAt(step, 'call') ?? '')).split(' ');
    // Go encodes a query as a form does: spaces become plus signs, and the dollar of an option is escaped.
    const query = new URLSearchParams(Object.entries(recordAt(step, 'query')).map(([name, value]): [string, string] => [name, String(this.#fill(value))]));
    const headers = { accept: 'application/json; charset=utf-8; IEEE754Compatible=false', 'odata-maxversion': '4.0', 'odata-version': '4.0', 'content-type': 'application/json; charset=utf-8' };
    return await send(method, `${String(this.#kept.get('graph'))}${address}${query.size === 0 ? '' : `?${query.toString()}`}`, { token: await this.#token(), headers, body: this.#fill(step['body']) });
  }

  #read(step: JsonRecord, { json, headers, text, url }: Answer): void {
    if (text !== '') expect(headers.get('content-type'), url).toMatch(/^application\/json/);
    for (const read of textsAt(step, 'reads')) {
      const [where = '', type = ''] = read.split(/:(?=\w+$)/);
      for (const value of valuesAt(json, where)) expect(typeOf(value), `${where} of ${url}: ${text.slice(0, 600)}`).toBe(type);
    }
    for (const where of textsAt(step, 'absent')) expect(valuesAt(json, where)).toEqual([null]);
    for (const [where, count] of Object.entries(recordAt(step, 'count'))) expect(valuesAt(json, where)[0], where).toHaveLength(Number(count));
    for (const [where, word] of Object.entries(recordAt(step, 'likes'))) expect(String(valuesAt(json, where)[0]).toLowerCase(), where).toBe(word);
    if (step['sees'] !== undefined) expect(json, url).toMatchObject(recordAt({ sees: this.#fill(step['sees']) }, 'sees'));
    for (const [name, where] of Object.entries(recordAt(step, 'keeps'))) this.#kept.set(name, valuesAt(json, String(where))[0]);
    this.#keepBody(recordAt(step, 'keepsBody'), json);
  }

  /** The members of an answer that a model of the client has and sends back, with its type. */
  #keepBody(wanted: JsonRecord, json: JsonRecord): void {
    const type = textAt(wanted, '@odata.type');
    for (const name of Object.keys(wanted).filter((each) => each !== '@odata.type')) {
      this.#kept.set(name, { '@odata.type': type, ...Object.fromEntries(textsAt(wanted, name).filter((member) => member in json).map((member) => [member, json[member]])) });
    }
  }

  #fill(value: unknown): unknown {
    if (typeof value === 'string') return this.#fillText(value);
    if (Array.isArray(value)) return value.map((one) => this.#fill(one));
    return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.#fill(inner)])) : value;
  }

  #fillText(text: string): unknown {
    const whole = /^\$\{([\w:]+)\}$/.exec(text)?.[1];
    return whole === undefined ? text.replaceAll(/\$\{([\w:]+)\}/g, (_, name: string) => String(this.#keptAs(name))) : this.#keptAs(whole);
  }

  /** What was kept; `newId:x` is made when it is first used. */
  #keptAs(name: string): unknown {
    if (name.startsWith('newId:') && !this.#kept.has(name)) this.#kept.set(name, newId());
    if (!this.#kept.has(name)) throw new Error(`no step has kept '${name}'`);
    return this.#kept.get(name);
  }
}

/** Values at a place such as `value[].id`, `value[0].id` or `a.b`; a list in between that is empty or missing has none. */
function valuesAt(json: unknown, where: string): readonly unknown[] {
  let found: readonly unknown[] = [json];
  for (const part of where.match(/@?[\w@]+(?:\.type)?|\[\d*\]/g) ?? []) {
    const index = /^\[(\d*)\]$/.exec(part)?.[1];
    if (index === undefined) found = found.map((one) => (isRecord(one) ? one[part] : undefined));
    else found = index === '' ? found.flatMap((one) => (Array.isArray(one) ? one as readonly unknown[] : [])) : found.map((one) => (Array.isArray(one) ? (one as readonly unknown[])[Number(index)] : undefined));
  }
  return found;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
