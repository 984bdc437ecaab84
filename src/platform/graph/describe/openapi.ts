/** The OpenAPI 3.1 document of one version: https://spec.openapis.org/oas/v3.1.1. Written from the declarations alone. */
import type { Json, Version } from '../model.ts';
import { longestKey } from '../idempotency.ts';
import type { Registry } from '../registry.ts';
import { spoken } from '../version.ts';
import { readingRights, rightsText, type OfferedPermission } from './rights.ts';
import { SchemaBook } from './schema.ts';
import { answerSchema } from './shape.ts';
import { operationsOf, type Operation, type Options, type Sent } from './surface.ts';

/** What the document tells besides the declarations. */
export interface DescriptionFacts {
  readonly registry: Registry;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  /** Scope of a token for this API by which an application gets what it was given. */
  readonly defaultScope: string;
  readonly permissions: readonly OfferedPermission[];
}

const component = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });

const option = (name: string, schema: Json, description: string): Json => ({ name, in: 'query', required: false, schema, description });

const queryOptions: Readonly<Record<string, Json>> = {
  select: option('$select', { type: 'string' }, 'Names of the properties to answer, with commas between.'),
  expand: option('$expand', { type: 'string' }, 'Navigations to answer with the entity; options in parentheses, as in members($select=id;$top=5).'),
  filter: option('$filter', { type: 'string' }, "A condition, as in startswith(displayName,'A') and createdDateTime ge 2026-01-01T00:00:00Z."),
  orderby: option('$orderby', { type: 'string' }, 'Properties to order by, each with asc or desc.'),
  search: option('$search', { type: 'string' }, 'Words in quotes, as in "displayName:agent".'),
  top: option('$top', { type: 'integer', minimum: 0, maximum: 999 }, 'Members of a page at most; default 100.'),
  skip: option('$skip', { type: 'integer', minimum: 0 }, 'Members to leave out at the start.'),
  count: option('$count', { type: 'boolean' }, 'Also say how many there are in all.'),
  skiptoken: option('$skiptoken', { type: 'string' }, 'From @odata.nextLink.'),
  deltatoken: option('$deltatoken', { type: 'string' }, 'From @odata.deltaLink, or latest.'),
  idempotencyKey: { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', minLength: 1, maxLength: longestKey }, description: 'The same key with the same request again is answered the same for a day, and nothing is made twice. The same key with another request is refused with 422.' },
  target: { name: '@id', in: 'query', required: true, schema: { type: 'string' }, description: 'Address of the object that is no longer to be referred to.' },
};

const optionsOf: Readonly<Record<Options, readonly string[]>> = {
  list: ['select', 'expand', 'filter', 'orderby', 'search', 'top', 'skip', 'count', 'skiptoken'], references: ['filter', 'orderby', 'search', 'top', 'skip', 'count', 'skiptoken'],
  entity: ['select', 'expand'], count: ['filter', 'search'], target: ['target'], delta: ['select', 'filter', 'expand', 'top', 'skiptoken', 'deltatoken'], none: [],
};

/** A refusal in the shape of Graph: exactly this. */
export const errorSchema: Json = {
  title: 'Error', type: 'object', required: ['error'], additionalProperties: false,
  properties: {
    error: {
      type: 'object', required: ['code', 'message', 'details', 'innerError'], additionalProperties: false,
      properties: {
        code: { type: 'string', pattern: '^\\w+$' }, message: { type: 'string', minLength: 1 }, target: { type: 'string' },
        details: { type: 'array', items: { type: 'object', required: ['code', 'message'], additionalProperties: false, properties: { code: { type: 'string' }, message: { type: 'string' }, target: { type: 'string' } } } },
        innerError: { type: 'object', required: ['date', 'request-id', 'client-request-id'], additionalProperties: false, properties: { date: { type: 'string' }, 'request-id': { type: 'string' }, 'client-request-id': { type: 'string' } } },
      },
    },
  },
};

/** Name of the component that describes a refusal. */
export const errorComponent = 'gatehouse.error';

/** The document of a version. */
export function openApiDocument(facts: DescriptionFacts, version: Version): Json {
  const book = new SchemaBook({ registry: facts.registry, version, note: (type) => rightsText(readingRights(type, facts.permissions)) });
  const operations = operationsOf(facts.registry, version);
  const paths: Record<string, Record<string, Json>> = {};
  const answers: Record<string, Json> = {};
  for (const each of operations) (paths[each.path] ??= {})[each.method] = operationObject({ book, answers }, each);
  const tags = [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name }));
  return {
    openapi: '3.1.0',
    info: {
      title: `Gatehouse, ${spoken[version].title}`, version,
      description: `Access packages for people, service principals and agents, ${version === 'gatehouse' ? 'for what Microsoft Graph has no name for, by its conventions' : `in the words of ${spoken[version].title}`}. Described: every root, its entity, what each navigation leads to, and further below what has no root of its own. Other paths and casts are resolved in the same way to any depth. Besides: ${others(facts, version)}. As a page: ${facts.publicUrl}/openapi.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${facts.publicUrl}${spoken[version].prefix}` }],
    security: [{ tokens: [] }],
    tags,
    paths,
    components: {
      schemas: { ...Object.fromEntries([...book.components].toSorted(([one], [other]) => (one < other ? -1 : 1))), [errorComponent]: errorSchema },
      parameters: queryOptions,
      responses: { ...answers, nothing: { description: 'Done.' }, accepted: { description: 'It will be done.' }, refused: { description: 'Refused; the body says why, and what would mend it.', content: json(component('schemas', errorComponent)) }, number: { description: 'How many there are.', content: { 'text/plain': { schema: { type: 'string', pattern: '^\\d+$' } } } } },
      securitySchemes: { tokens: tokens(facts) },
    },
  };
}

const others = ({ publicUrl }: DescriptionFacts, version: Version): string => Object.values(spoken).filter((each) => each.version !== version).map(({ document, title }) => `${title}: ${publicUrl}${document}`).join(', ');

const json = (schema: Json): Json => ({ 'application/json': { schema } });

const tokens = ({ authorizeUrl, tokenUrl, defaultScope, permissions }: DescriptionFacts): Json => ({
  type: 'oauth2', description: 'Tokens of this server: client credentials for applications and agents, a code with PKCE for people.',
  flows: {
    clientCredentials: { tokenUrl, scopes: { [defaultScope]: 'Whatever the application was given' } },
    authorizationCode: { authorizationUrl: authorizeUrl, tokenUrl, refreshUrl: tokenUrl, scopes: Object.fromEntries(permissions.filter(({ delegated }) => delegated).map(({ name }) => [name, name])) },
  },
});

interface Writing {
  readonly book: SchemaBook;
  /** Answers by the name of their component. */
  readonly answers: Record<string, Json>;
}

function operationObject(writing: Writing, operation: Operation): Json {
  const { id, summary, tag, method, parameters, options, sent } = operation;
  const listed = [
    ...parameters.map(({ name, property }) => ({ name, in: 'path', required: true, schema: writing.book.value({ ...property, notNull: true }) })),
    ...optionsOf[options].map((name) => component('parameters', name)),
    ...(method === 'post' && sent?.kind === 'create' ? [component('parameters', 'idempotencyKey')] : []),
  ];
  return {
    operationId: id, summary, tags: [tag],
    ...(listed.length === 0 ? {} : { parameters: listed }),
    ...(sent === undefined ? {} : { requestBody: { required: sent.kind !== 'parameters' || Object.values(sent.parameters).some(({ required }) => required === true), content: sent.kind === 'file' ? fileBody : json(bodySchema(writing.book, sent)) } }),
    responses: responsesOf(writing, operation),
  };
}

const fileBody: Json = { 'multipart/form-data': { schema: { type: 'object', properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' } } } } };

/** What is sent, as a schema. */
export function bodySchema(book: SchemaBook, sent: Sent): Json {
  if (sent.kind === 'parameters') return book.parameters(sent.parameters);
  if (sent.kind === 'create' || sent.kind === 'change') return book.body(sent.type, sent.kind);
  return sent.kind === 'file' ? { type: 'string', contentMediaType: 'application/octet-stream' } : { type: 'object', required: ['@odata.id'], properties: { '@odata.id': { type: 'string' } } };
}

function responsesOf(writing: Writing, { answer, status }: Operation): Json {
  const refused = { '4XX': component('responses', 'refused'), '5XX': component('responses', 'refused') };
  if (answer.kind === 'nothing') return { [status]: component('responses', status === 202 ? 'accepted' : 'nothing'), ...refused };
  if (answer.kind === 'text') return { [status]: component('responses', 'number'), ...refused };
  const schema = answerSchema(writing.book, answer) ?? {};
  const name = 'type' in answer && typeof answer.type === 'object' && 'lineage' in answer.type ? `${answer.type.name}.${answer.kind === 'changed' ? 'entity' : answer.kind}` : undefined;
  const described = { description: 'As asked for.', content: json(schema) };
  if (name !== undefined) writing.answers[name] ??= described;
  return { [status]: name === undefined ? described : component('responses', name), ...(answer.kind === 'changed' ? { 204: component('responses', 'nothing') } : {}), ...refused };
}
