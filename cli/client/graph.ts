/** A client of the Graph surface: paths, tokens, pages. */
import { recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { send, UnexpectedAnswer, type Answer, type CallOptions } from './http.ts';

/** Base path of entitlement management. */
export const entitlement = '/identityGovernance/entitlementManagement';

/** Casts of the agent types. */
export const cast = {
  blueprint: '/applications/microsoft.graph.agentIdentityBlueprint',
  principal: '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal',
  agent: '/servicePrincipals/microsoft.graph.agentIdentity',
  agentUser: '/users/microsoft.graph.agentUser',
} as const;

/** Any entity that was answered: it has an id, and the rest is read by name. */
export type Entity = JsonRecord & { readonly id: string };

/** The Graph surface as one caller uses it, by whatever client. Paths begin with a slash and are below `/v1.0`. */
export abstract class Graph {
  readonly base: string;

  constructor(base: string) {
    this.base = base;
  }

  /** A call that has to succeed; answers the body, empty where there is none. */
  abstract must(method: string, path: string, body?: unknown): Promise<JsonRecord>;

  /** Every member of a collection, over all its pages. */
  abstract list(path: string): Promise<readonly Entity[]>;

  /** A creation: answers the new entity. */
  async create(path: string, body: unknown): Promise<Entity> {
    return entityOf(await this.must('POST', path, body));
  }

  /** One entity. */
  async read(path: string): Promise<Entity> {
    return entityOf(await this.must('GET', path));
  }

  /** What a `$ref` write or an `@odata.bind` names. */
  reference(collection: string, id: string): string {
    return `${this.base}/v1.0/${collection}/${id}`;
  }
}

/** Calls by fetch in the name of one token, which is asked for anew for each call: tokens are short-lived. */
export class GraphCaller extends Graph {
  readonly #token: () => Promise<string>;

  constructor(base: string, token: () => Promise<string>) {
    super(base);
    this.#token = token;
  }

  /** Any call; the answer may be a refusal. */
  async call(method: string, path: string, options: Omit<CallOptions, 'token'> = {}): Promise<Answer> {
    return await send(method, `${this.base}/v1.0${path}`, { ...options, token: await this.#token() });
  }

  async must(method: string, path: string, body?: unknown): Promise<JsonRecord> {
    const answer = await this.call(method, path, body === undefined ? {} : { body });
    if (answer.status < 200 || answer.status > 299) throw new UnexpectedAnswer(answer);
    return answer.json;
  }

  async list(path: string): Promise<readonly Entity[]> {
    const found: Entity[] = [];
    let url: string | undefined = `${this.base}/v1.0${path}`;
    while (url !== undefined) {
      const answer: Answer = await send('GET', url, { token: await this.#token() });
      if (answer.status !== 200) throw new UnexpectedAnswer(answer);
      found.push(...recordsAt(answer.json, 'value').map(entityOf));
      url = textAt(answer.json, '@odata.nextLink');
    }
    return found;
  }
}

/** `$filter=` with its value escaped. */
export const filter = (text: string): string => `$filter=${encodeURIComponent(text)}`;

/** The text under a name, which the server has to have answered. */
export function textOf(body: JsonRecord, name: string): string {
  const value = textAt(body, name);
  if (value === undefined) throw new Error(`The answer has no '${name}': ${JSON.stringify(body).slice(0, 200)}`);
  return value;
}

/** The answer as an entity. */
export function entityOf(body: JsonRecord): Entity {
  return { ...body, id: textOf(body, 'id') };
}
