/**
 * Pages behind addresses that are sent to people, until there is a portal: each says how to see and do what it is about. They know
 * nothing of the item itself, not even whether there is one, so nobody has to sign in to read them.
 */
import type { FastifyInstance } from 'fastify';
import { escapeHtml } from '../../kernel/html.ts';

/** What stands on the page of one kind of item. */
export interface Signpost {
  /** First segment of the address; the second is the id of the item. */
  readonly segment: string;
  readonly title: string;
  /** What to do, in a sentence or two. */
  readonly says: string;
  /** Calls that show or do it, each with `{id}`. */
  readonly calls: readonly (readonly [says: string, call: string])[];
}

const style = ':root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:44rem;margin:12vh auto;padding:0 1.5rem}h1{font-size:1.6rem}dt{font-weight:600;margin-top:1rem}dd{margin:0}code{font-size:.95em;overflow-wrap:anywhere}';
const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Adds the pages. An id that is none is answered as any unknown address. */
export function mountSignposts(app: FastifyInstance, { publicUrl, signposts }: { readonly publicUrl: string; readonly signposts: readonly Signpost[] }): void {
  for (const signpost of signposts) {
    app.get<{ Params: { id: string } }>(`/${signpost.segment}/:id`, async (request, reply) => {
      if (!guid.test(request.params.id)) return reply.callNotFound();
      return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'").send(pageOf(signpost, { publicUrl, id: request.params.id.toLowerCase() }));
    });
  }
}

function pageOf({ title, says, calls }: Signpost, { publicUrl, id }: { readonly publicUrl: string; readonly id: string }): string {
  const entries = calls.map(([what, call]) => `<dt>${escapeHtml(what)}</dt><dd><code>${escapeHtml(call.replaceAll('{url}', publicUrl).replaceAll('{id}', id))}</code></dd>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)} – Gatehouse</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(says)}</p><dl>${entries.join('')}</dl></main></body></html>`;
}
