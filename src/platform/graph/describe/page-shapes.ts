/** Schemas as HTML, with links from type to type. Pure. */
import { escapeHtml } from '../../../kernel/html.ts';
import type { Json, Version } from '../model.ts';
import { isObject } from '../value.ts';

/** What is looked at: all roots, one root, one type, or what a search finds. */
export interface Looking {
  readonly version: Version;
  readonly root?: string | undefined;
  readonly type?: string | undefined;
  readonly words?: string | undefined;
}

/** A link to another view. */
export function link({ version, root, type, words }: Looking, text: string): string {
  const query = new URLSearchParams({ version, ...(root === undefined ? {} : { root }), ...(type === undefined ? {} : { type }), ...(words === undefined ? {} : { q: words }) });
  return `<a href="/openapi?${escapeHtml(query.toString())}">${escapeHtml(text)}</a>`;
}

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** A schema: a table for an object, a phrase for anything else. */
export function schemaHtml(version: Version, schema: Json): string {
  const { properties } = schema;
  if (!isObject(properties)) return phrase(version, schema);
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const rows = Object.entries(properties).filter(([, value]) => isObject(value)).map(([name, value]) => {
    const notes = isObject(value) ? [required.has(name) ? 'required' : '', value['readOnly'] === true ? 'read only' : '', value['writeOnly'] === true ? 'never answered' : '', typeof value['description'] === 'string' ? value['description'] : ''] : [];
    return `<tr><td><code>${escapeHtml(name)}</code></td><td>${isObject(value) ? phrase(version, value) : ''}</td><td>${escapeHtml(notes.filter((note) => note !== '').join('; '))}</td></tr>`;
  });
  return rows.length === 0 ? 'an empty object' : `<table>${rows.join('')}</table>`;
}

function phrase(version: Version, schema: Json): string {
  const { $ref: reference, type, items, anyOf, format, properties } = schema;
  if (typeof reference === 'string') return typeLink(version, reference);
  if (Array.isArray(anyOf)) return listOf(anyOf).map((each) => (each['type'] === 'null' ? 'null' : phrase(version, each))).join(' or ');
  if (type === 'array') return `list of ${isObject(items) ? phrase(version, items) : 'anything'}`;
  if (Array.isArray(schema['enum'])) return schema['enum'].map((word) => `<code>${escapeHtml(String(word))}</code>`).join(' ');
  if (isObject(properties)) return `{ ${Object.entries(properties).map(([name, value]) => `${escapeHtml(name)}: ${isObject(value) ? phrase(version, value) : ''}`).join(', ')} }`;
  if (typeof schema['const'] === 'string') return `<code>${escapeHtml(schema['const'])}</code>`;
  const words = (Array.isArray(type) ? type.map(String) : typeof type === 'string' ? [type] : ['anything']).join(' or ');
  return `${escapeHtml(words)}${typeof format === 'string' ? ` (${escapeHtml(format)})` : ''}`;
}

function typeLink(version: Version, reference: string): string {
  const name = reference.split('/').at(-1)?.replace(/^microsoft\.graph\./, '') ?? '';
  return link({ version, type: name }, name);
}
