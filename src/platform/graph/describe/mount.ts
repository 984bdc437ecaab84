/** Where the description is read: OpenAPI, CSDL and a page. Nothing is made before somebody asks, and then once. No token is asked for: it tells nothing about what is stored. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Version } from '../model.ts';
import { isObject } from '../value.ts';
import { spoken, versionNamed } from '../version.ts';
import { metadataDocument } from './metadata.ts';
import { openApiDocument, type DescriptionFacts } from './openapi.ts';
import { DescriptionPages, pagePolicy } from './page.ts';

interface Document {
  readonly text: Buffer;
  readonly zipped: Buffer;
  readonly etag: string;
}

/** Adds the page `/openapi`, and for each version its OpenAPI document (`/openapi.json`, `/openapi-beta.json`, `/openapi-gatehouse.json`) and `$metadata`. */
export function mountDescription(app: FastifyInstance, facts: DescriptionFacts): void {
  const serve = (url: string, type: string, make: () => string): void => {
    let made: Document | undefined;
    app.get(url, async (request, reply) => sendDocument(request, reply.type(type), made ??= document(make())));
  };
  for (const each of Object.values(spoken)) {
    serve(each.document, 'application/json; charset=utf-8', () => JSON.stringify(openApiDocument(facts, each.version)));
    serve(`${each.prefix}/$metadata`, 'application/xml; charset=utf-8', () => metadataDocument(facts.registry, each.version));
  }
  const pages = new DescriptionPages(facts);
  app.get('/openapi', async (request, reply) => reply.type('text/html; charset=utf-8').headers({ 'content-security-policy': pagePolicy, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }).send(pages.write(lookingAt(request.query))));
}

function document(made: string): Document {
  const text = Buffer.from(made);
  return { text, zipped: gzipSync(text), etag: createHash('sha256').update(text).digest('base64url').slice(0, 24) };
}

/** Zipped for whoever takes it; nothing for whoever has it. */
function sendDocument(request: FastifyRequest, reply: FastifyReply, { text, zipped, etag }: Document): FastifyReply {
  const takesZip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(String(request.headers['accept-encoding'] ?? ''));
  const tag = `"${etag}${takesZip ? '-gzip' : ''}"`;
  reply.headers({ etag: tag, 'cache-control': 'no-cache', vary: 'accept-encoding', 'x-content-type-options': 'nosniff' });
  const known = String(request.headers['if-none-match'] ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  if (known.includes(tag) || known.includes('*')) return reply.code(304).send();
  return takesZip ? reply.header('content-encoding', 'gzip').send(zipped) : reply.send(text);
}

function lookingAt(query: unknown): { version: Version; root: string | undefined; type: string | undefined; words: string | undefined } {
  const given = isObject(query) ? query : {};
  const text = (name: string): string | undefined => {
    const value = given[name];
    return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;
  };
  return { version: versionNamed(text('version')) ?? 'v1.0', root: text('root'), type: text('type'), words: text('q') };
}
