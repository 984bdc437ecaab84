/** What a person sees who opens the address in a browser: what this is, and where to go on. */
import type { FastifyInstance } from 'fastify';
import { escapeHtml } from '../../kernel/html.ts';

/** Addresses that the page names. */
export interface FrontPageFacts {
  readonly publicUrl: string;
  readonly tenantId: string;
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:44rem;margin:12vh auto;padding:0 1.5rem}
h1{font-size:1.6rem;margin-bottom:.25rem}dt{font-weight:600;margin-top:1rem}dd{margin:0}code{font-size:.95em;overflow-wrap:anywhere}`;

/** Adds the page at `/`. It says nothing that discovery does not say. */
export function mountFrontPage(app: FastifyInstance, { publicUrl, tenantId }: FrontPageFacts): void {
  const entry = (name: string, address: string): string => `<dt>${name}</dt><dd><code>${escapeHtml(address)}</code></dd>`;
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gatehouse</title><style>${style}</style></head>
<body><main><h1>Gatehouse</h1><p>Access packages for people, service principals and agents. This server is up.</p><dl>${[
    entry('Microsoft Graph', `${publicUrl}/v1.0/identityGovernance/entitlementManagement`), entry('Beyond Graph', `${publicUrl}/gatehouse/v1`), entry('Tokens', `${publicUrl}/${tenantId}/oauth2/v2.0/token`),
    entry('Discovery', `${publicUrl}/${tenantId}/v2.0/.well-known/openid-configuration`), entry('Health', `${publicUrl}/health/ready`),
  ].join('')}<dt>Description</dt><dd><a href="/openapi">Every operation, as a page</a>, as <a href="/openapi.json">OpenAPI</a> (<a href="/openapi-beta.json">beta</a>, <a href="/openapi-gatehouse.json">beyond Graph</a>), as <a href="/v1.0/$metadata">CSDL</a> (<a href="/beta/$metadata">beta</a>, <a href="/gatehouse/v1/$metadata">beyond Graph</a>)</dd></dl></main></body></html>`;
  app.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8')
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'").header('x-content-type-options', 'nosniff').send(page));
}
