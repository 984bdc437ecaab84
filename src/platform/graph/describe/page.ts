/** The description as a page for people: search, one root at a time, one type at a time. Written by the server; it runs no script. */
import { createHash } from 'node:crypto';
import { escapeHtml } from '../../../kernel/html.ts';
import type { Json, Version } from '../model.ts';
import type { ResolvedType } from '../registry.ts';
import { bodySchema, type DescriptionFacts } from './openapi.ts';
import { link, schemaHtml, type Looking } from './page-shapes.ts';
import { spoken, versions } from '../version.ts';
import { readingRights, rightsText } from './rights.ts';
import { SchemaBook } from './schema.ts';
import { answerSchema } from './shape.ts';
import { operationsOf, type Operation } from './surface.ts';

const style = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:68rem;margin:0 auto;padding:1.5rem}h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:1.5rem 0 .5rem}
a{color:light-dark(#0b57d0,#8ab4f8);text-decoration:none}a:hover{text-decoration:underline}code,summary{font:.93em/1.5 ui-monospace,monospace;overflow-wrap:anywhere}header{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;margin-bottom:1rem}
form{display:flex;gap:.5rem;flex:1}input{flex:1;min-width:12rem;font:inherit;padding:.3rem .6rem}button{font:inherit}ul{columns:2 22rem;column-gap:2.5rem;padding-left:1.1rem}li{overflow-wrap:anywhere;break-inside:avoid}details{border:1px solid color-mix(in srgb,currentColor 20%,transparent);border-radius:.4rem;margin:.35rem 0;padding:.35rem .7rem}
summary{cursor:pointer}summary b{display:inline-block;min-width:4.2rem}summary i{font-style:normal;opacity:.65;font-family:system-ui}.get{color:light-dark(#0b6e4f,#5fd3a8)}.post{color:light-dark(#8a5a00,#f0c060)}.patch,.put{color:light-dark(#6a3ea1,#c9a6f5)}.delete{color:light-dark(#b3261e,#f2b8b5)}
dl{display:grid;grid-template-columns:8rem 1fr;gap:.2rem 1rem;margin:.6rem 0}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.15rem .8rem .15rem 0;border-bottom:1px solid color-mix(in srgb,currentColor 12%,transparent)}p.note{opacity:.75}
@media(max-width:40rem){dl{grid-template-columns:1fr}ul{columns:1}}`;

/** Nothing but this style may act on the page, and the search leads back to this server. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

const mostFound = 200;

/** Writes pages of one service; what is the same for all is gathered when it is first needed. */
export class DescriptionPages {
  readonly #facts: DescriptionFacts;
  readonly #versions = new Map<Version, { readonly book: SchemaBook; readonly operations: readonly Operation[] }>();

  constructor(facts: DescriptionFacts) {
    this.#facts = facts;
  }

  /** The page, as HTML. */
  write(looking: Looking): string {
    const { title: words, document, prefix } = spoken[looking.version];
    const title = `Gatehouse, ${words}`;
    const others = versions.filter((version) => version !== looking.version).map((version) => link({ ...looking, version }, version)).join(' · ');
    return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head><body>
<header><h1>${link({ version: looking.version }, title)}</h1><form action="/openapi" role="search"><input type="hidden" name="version" value="${looking.version}"><input type="search" name="q" aria-label="Search paths" placeholder="Search paths, as in: accessPackages post" value="${escapeHtml(looking.words ?? '')}"><button>Search</button></form>
<nav>${others} · <a href="${document}">OpenAPI</a> · <a href="${prefix}/$metadata">$metadata</a></nav></header><main>${this.#main(looking)}</main></body></html>`;
  }

  #main(looking: Looking): string {
    if (looking.type !== undefined) return this.#type(looking.version, looking.type);
    if (looking.words !== undefined && looking.words.trim() !== '') return this.#found(looking.version, looking.words);
    return looking.root === undefined ? this.#roots(looking.version) : this.#root(looking.version, looking.root);
  }

  #of(version: Version): { readonly book: SchemaBook; readonly operations: readonly Operation[] } {
    const known = this.#versions.get(version) ?? { book: new SchemaBook({ registry: this.#facts.registry, version }), operations: operationsOf(this.#facts.registry, version) };
    this.#versions.set(version, known);
    return known;
  }

  #roots(version: Version): string {
    const { operations } = this.#of(version);
    const tags = [...new Set(operations.map(({ tag }) => tag))];
    const items = tags.map((tag) => `<li>${breakable(link({ version, root: tag }, tag))} <small>${operations.filter((each) => each.tag === tag).length}</small></li>`);
    const types = [...this.#facts.registry.types.values()].map(({ name }) => name).toSorted();
    return `<p>${operations.length} operations under <code>${escapeHtml(`${this.#facts.publicUrl}${spoken[version].prefix}`)}</code>: every root, its entity, what each navigation leads to, and further below what has no root of its own. Other paths are resolved in the same way to any depth. Tokens: <code>${escapeHtml(this.#facts.tokenUrl)}</code>.</p>
<h2>Roots</h2><ul>${items.join('')}</ul><h2>Types</h2><ul>${types.map((name) => `<li>${link({ version, type: name }, name)}</li>`).join('')}</ul>`;
  }

  #root(version: Version, root: string): string {
    const operations = this.#of(version).operations.filter(({ tag }) => tag === root);
    return `<h2>${escapeHtml(root)}</h2>${operations.length === 0 ? '<p>There is no such root in this version.</p>' : operations.map((each) => this.#operation(version, each)).join('')}`;
  }

  #found(version: Version, words: string): string {
    const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const found = this.#of(version).operations.filter(({ method, path, id }) => wanted.every((word) => `${method} ${path} ${id}`.toLowerCase().includes(word)));
    const more = found.length > mostFound ? `<p class="note">The first ${mostFound} of ${found.length}; a further word narrows them.</p>` : '';
    return `<h2>${found.length} found</h2>${more}${found.slice(0, mostFound).map((each) => this.#operation(version, each)).join('')}`;
  }

  #operation(version: Version, operation: Operation): string {
    const { book } = this.#of(version);
    const { method, path, summary, sent, answer, status, type, parameters } = operation;
    const answered = answerSchema(book, answer);
    const rows = [
      ...(method === 'get' && type !== undefined ? [['Rights', this.#rights(type)]] : [['Rights', escapeHtml('The command decides, by the permission and the roles of the caller; a refusal names what is missing.')]]),
      ...parameters.map(({ name, property }) => [escapeHtml(name), schemaHtml(version, book.value({ ...property, notNull: true }))]),
      ...(sent === undefined ? [] : [['Body', schemaHtml(version, bodySchema(book, sent))]]),
      ['Answer', `${status} ${answered === undefined ? (answer.kind === 'text' ? 'a number as text' : 'without a body') : schemaHtml(version, answered)}${answer.kind === 'changed' ? ', or 204' : ''}`],
      ['Operation', `<code>${escapeHtml(operation.id)}</code>`],
    ];
    return `<details><summary><b class="${method}">${method.toUpperCase()}</b>${escapeHtml(path)} <i>${escapeHtml(summary)}</i></summary><dl>${rows.map(([term, text]) => `<dt>${term ?? ''}</dt><dd>${text ?? ''}</dd>`).join('')}</dl></details>`;
  }

  #rights(type: ResolvedType): string {
    return escapeHtml(rightsText(readingRights(type, this.#facts.permissions)));
  }

  #type(version: Version, name: string): string {
    const { book, operations } = this.#of(version);
    const entity = this.#facts.registry.types.get(name.toLowerCase());
    if (entity !== undefined) book.entity(entity);
    for (const { sent, answer } of operations) {
      if (sent !== undefined) bodySchema(book, sent);
      answerSchema(book, answer);
    }
    const schema: Json | undefined = book.components.get(`microsoft.graph.${entity?.name ?? name}`) ?? book.components.get(`microsoft.graph.${entity?.name ?? name}.orDerived`);
    if (schema === undefined) return `<p>There is no type ${escapeHtml(name)} in this version.</p>`;
    return `<h2>${escapeHtml(entity?.name ?? name)}</h2>${entity === undefined ? '' : `<p class="note">${this.#rights(entity)}</p>`}${schemaHtml(version, schema)}`;
  }
}

/** A link whose text may go on in the next line behind each slash. */
const breakable = (link: string): string => link.replace(/>(.*)<\/a>$/, (_, text: string) => `>${text.replaceAll('/', '/<wbr>')}</a>`);
