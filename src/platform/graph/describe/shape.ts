/** What an answer holds, apart from how any document words it. */
import type { Answers } from '../model.ts';
import type { ComplexType, Property, Scalar } from '../property.ts';
import { typeNamed, type Registry, type ResolvedType } from '../registry.ts';
import type { SchemaBook } from './schema.ts';
import type { Json } from '../model.ts';

/** An answer. `changed`: the entity, or nothing (204) when the command or the client's Prefer says so. */
export type Shape =
  | { readonly kind: 'nothing' | 'text' | 'anything' }
  | { readonly kind: 'entity' | 'changed' | 'collection' | 'delta' | 'reference' | 'references'; readonly type: ResolvedType }
  | { readonly kind: 'property'; readonly property: Property }
  | { readonly kind: 'value'; readonly type: ComplexType }
  | { readonly kind: 'values'; readonly type: ComplexType | Scalar }
  | { readonly kind: 'scalar'; readonly type: Scalar };

/** An answer with its usual status. */
export interface Answered {
  readonly answer: Shape;
  readonly status: 200 | 202 | 204;
}

/** What a declaration says that an action or a function answers; `otherwise` when it says nothing. */
export function shapeOf(registry: Registry, answers: Answers | undefined, otherwise: 'nothing' | 'anything' = 'nothing'): Answered {
  if (answers === undefined) return { answer: { kind: otherwise }, status: otherwise === 'nothing' ? 204 : 200 };
  if ('accepted' in answers) return { answer: { kind: 'nothing' }, status: 202 };
  if ('entity' in answers) return { answer: { kind: 'entity', type: typeNamed(registry, answers.entity) }, status: 200 };
  if ('entities' in answers) return { answer: { kind: 'collection', type: typeNamed(registry, answers.entities) }, status: 200 };
  if ('value' in answers) return { answer: { kind: 'value', type: answers.value }, status: 200 };
  return 'values' in answers ? { answer: { kind: 'values', type: answers.values }, status: 200 } : { answer: { kind: 'scalar', type: answers.scalar }, status: 200 };
}

const text: Json = { type: 'string' };
const reference: Json = { type: 'object', required: ['@odata.id'], properties: { '@odata.id': text } };
const context: Readonly<Record<string, Json>> = { '@odata.context': text };

/** A JSON answer as a schema; undefined for what is no JSON. */
export function answerSchema(book: SchemaBook, shape: Shape): Json | undefined {
  switch (shape.kind) {
    case 'nothing': case 'text': return undefined;
    case 'anything': return { type: 'object' };
    case 'entity': case 'changed': return book.entity(shape.type);
    case 'collection': return collection(book.entity(shape.type));
    case 'delta': return delta(book.entity(shape.type));
    case 'reference': return reference;
    case 'references': return collection(reference);
    case 'property': return { type: 'object', required: ['value'], properties: { ...context, value: book.value(shape.property) } };
    case 'value': return book.complex(shape.type);
    case 'values': return collection(book.value({ type: shape.type, notNull: true }));
    case 'scalar': return { type: 'object', required: ['value'], properties: { ...context, value: book.value({ type: shape.type, notNull: true }) } };
  }
}

const removed: Json = { type: 'object', required: ['id', '@removed'], properties: { id: text, '@removed': { type: 'object', required: ['reason'], properties: { reason: { type: 'string', enum: ['changed', 'deleted'] } } } } };

/** A page of what has changed: entities as they are now, and what is gone. */
const delta = (items: Json): Json => ({
  type: 'object', required: ['value'],
  properties: { ...context, '@odata.nextLink': text, '@odata.deltaLink': { type: 'string', description: 'Where to ask for what changes from now on.' }, value: { type: 'array', items: { anyOf: [items, removed] } } },
});

function collection(items: Json): Json {
  return {
    type: 'object', required: ['value'],
    properties: { ...context, '@odata.count': { type: 'integer' }, '@odata.nextLink': { type: 'string', description: 'Where the rest is; follow it as it stands.' }, value: { type: 'array', items } },
  };
}
