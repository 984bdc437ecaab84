/** Holds answers of the service against its own declarations: what a path resolves to, in the words of its version, and nothing else. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { isRecord } from '../../src/kernel/json.ts';
import { answerSchema, shapeOf, type Shape } from '../../src/platform/graph/describe/shape.ts';
import { errorSchema } from '../../src/platform/graph/describe/openapi.ts';
import { propertiesOf, SchemaBook } from '../../src/platform/graph/describe/schema.ts';
import { operationsOf } from '../../src/platform/graph/describe/surface.ts';
import type { Version } from '../../src/platform/graph/model.ts';
import { lastStep, type Resource } from '../../src/platform/graph/path/resource.ts';
import { resolvePath } from '../../src/platform/graph/path/resolve.ts';
import { typeNamed, wordFor, type Registry, type ResolvedType } from '../../src/platform/graph/registry.ts';
import { parsePath } from '../../src/platform/graph/syntax/path.ts';
import type { QueryOptions } from '../../src/platform/graph/syntax/ast.ts';
import { parseQuery } from '../../src/platform/graph/syntax/query.ts';

/** A request and its answer. `path` without the version, as it was sent. `json` undefined: no JSON body. */
export interface Answered {
  readonly method: string;
  readonly version: Version;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string | undefined;
}

/** Judges answers of one service. */
export class ShapeJudge {
  readonly #registry: Registry;
  readonly #versions = new Map<Version, { readonly book: SchemaBook; readonly ajv: Ajv2020 }>();
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** What is wrong with an answer; undefined when nothing is. */
  complaint(answered: Answered): string | undefined {
    const { status, json } = answered;
    if (status >= 500) return `a failure of ours: ${status}`;
    if (status >= 400) return this.#misfit(answered.version, errorSchema, json);
    if (status === 204 || status === 202) return json === undefined && (answered.text ?? '') === '' ? undefined : 'a body where none belongs';
    if (answered.method === 'HEAD' || status === 304) return undefined;
    if (answered.path.toLowerCase().startsWith('/$batch')) return undefined;
    const options = parseQuery(answered.query);
    const resource = resolvePath(parsePath(answered.path), { registry: this.#registry, version: answered.version, aliases: options.aliases });
    return this.#judge(answered, { resource, options });
  }

  #judge(answered: Answered, { resource, options }: { readonly resource: Resource; readonly options: QueryOptions }): string | undefined {
    const shape = this.#shapeOf(answered.method, resource);
    if (shape === 'raw') return undefined;
    if (shape.kind === 'text') return /^\d+$/.test(answered.text ?? '') ? undefined : 'no number';
    const schema = answerSchema(this.#of(answered.version).book, shape);
    if (schema === undefined) return `${answered.status} where nothing is to be answered`;
    const misfit = this.#misfit(answered.version, schema, answered.json);
    if (misfit !== undefined) return misfit;
    if (!isRecord(answered.json) || typeof answered.json['@odata.context'] !== 'string') return 'no @odata.context';
    if (shape.kind === 'collection') return Array.isArray(answered.json['value']) ? first(answered.json['value'], (entity) => this.#members(shape.type, entity, { version: answered.version, options })) : 'no value';
    // What was made together with an entity may be told with it.
    return shape.kind === 'entity' && answered.method !== 'POST' ? this.#members(shape.type, answered.json, { version: answered.version, options }) : undefined;
  }

  #shapeOf(method: string, { steps, ending, isCollection }: Resource): Shape | 'raw' {
    if (ending.kind === 'action') return shapeOf(this.#registry, ending.action.answers).answer;
    if (ending.kind === 'function') return shapeOf(this.#registry, ending.declared.answers, 'anything').answer;
    const { type } = lastStep({ steps, ending, isCollection, context: '' });
    switch (ending.kind) {
      case 'count': return { kind: 'text' };
      case 'ref': return { kind: isCollection ? 'references' : 'reference', type };
      case 'property': return ending.raw ? 'raw' : ending.rest.length > 0 ? { kind: 'anything' } : { kind: 'property', property: ending.property };
      case 'none': return { kind: isCollection && method === 'GET' ? 'collection' : 'entity', type };
      case 'delta': return { kind: 'delta', type };
    }
  }

  /** Exactly the members that were asked for: no other than $select names, none missing of those and of $expand. */
  #members(type: ResolvedType, entity: unknown, { version, options }: { readonly version: Version; readonly options: QueryOptions }): string | undefined {
    if (!isRecord(entity)) return 'no object';
    const said = entity['@odata.type'];
    const actual = typeof said === 'string' ? typeNamed(this.#registry, said.replace(/^#microsoft\.graph\./, '')) : type;
    const has = (word: string): boolean => Object.hasOwn(entity, word);
    const hasOwnShape = version === 'beta' && actual.declared.beta?.toBeta !== undefined;
    const everything = options.select === undefined || options.select.some(([name]) => name === '*');
    if (everything && actual === type && !hasOwnShape) {
      const missing = propertiesOf(type, version).find(([word, property]) => property.hidden !== true && property.writeOnly !== true && !has(word));
      if (missing !== undefined) return `${type.name}/${missing[0]} is missing`;
    }
    const expanded = new Set((options.expand ?? []).flatMap(({ path }) => path.map((word) => actual.names.get(word.toLowerCase()) ?? word)));
    const selected = everything ? undefined : new Set([actual.keyProperty, ...(options.select ?? []).flatMap((path) => path.map((word) => actual.names.get(word.toLowerCase()) ?? word))]);
    for (const word of Object.keys(entity)) {
      if (word.includes('@')) continue;
      const name = actual.names.get(word.toLowerCase()) ?? word;
      if (actual.navigations.has(name) && !expanded.has(name) && !expanded.has('*') && !hasOwnShape) return `${word} was not to be expanded`;
      if (selected !== undefined && actual.properties.has(name) && !selected.has(name) && !(actual.properties.get(name)?.expandable === true && expanded.has(name)) && !hasOwnShape) return `${word} was not selected`;
    }
    const absent = [...actual.navigations.keys()].find((name) => expanded.has(name) && !has(wordFor(actual, name, version)));
    return absent === undefined ? undefined : `${absent} is not expanded`;
  }

  #of(version: Version): { readonly book: SchemaBook; readonly ajv: Ajv2020 } {
    const known = this.#versions.get(version);
    if (known !== undefined) return known;
    const book = new SchemaBook({ registry: this.#registry, version, closed: true });
    for (const type of this.#registry.types.values()) {
      book.entity(type);
      // A property on its own is answered as v1.0 shapes it, also where beta has another shape within its entity.
      for (const property of type.properties.values()) book.value(property);
    }
    for (const { answer } of operationsOf(this.#registry, version)) answerSchema(book, answer);
    const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
    for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format);
    ajv.addSchema({ $id: `https://shapes.example/${version}`, components: { schemas: Object.fromEntries(book.components) } });
    const made = { book, ajv };
    this.#versions.set(version, made);
    return made;
  }

  #misfit(version: Version, schema: object, json: unknown): string | undefined {
    const text = JSON.stringify(schema).replaceAll('"#/components/', `"https://shapes.example/${version}#/components/`);
    const key = `${version} ${text}`;
    const validate = this.#compiled.get(key) ?? this.#of(version).ajv.compile(JSON.parse(text));
    this.#compiled.set(key, validate);
    if (validate(json)) return undefined;
    return (validate.errors ?? []).slice(0, 12).map(({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`).join(' | ');
  }
}

/** Graph's formats: times in UTC, durations of ISO 8601. */
const formats = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/, date: /^\d{4}-\d\d-\d\d$/, uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  duration: /^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/, int32: true, double: true,
} as const;

function first<T>(members: readonly T[], complaint: (member: T) => string | undefined): string | undefined {
  for (const [index, member] of members.entries()) {
    const found = complaint(member);
    if (found !== undefined) return `value/${index}: ${found}`;
  }
  return undefined;
}
