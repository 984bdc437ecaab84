/**
 * GET /metadata/endpoints: what describes this server as a cloud of its own to programs that can be pointed at one, such as
 * Terraform's azuread provider with `metadata_host`. Azure Resource Manager's document, with what exists here:
 * https://learn.microsoft.com/azure/azure-resource-manager/management/overview, read by hashicorp/go-azure-sdk `sdk/environments`.
 */
import type { FastifyInstance } from 'fastify';

/** Where the server is reached, without a slash at the end. */
export interface CloudFacts {
  readonly publicUrl: string;
}

/** From this version on one cloud is answered; before it a list of clouds. */
const firstOfOne = '2022-09-01';

/** Adds the document. It says nothing that discovery does not say. */
export function mountCloudMetadata(app: FastifyInstance, facts: CloudFacts): void {
  const cloud = cloudOf(facts);
  app.get('/metadata/endpoints', async (request, reply) => {
    const version = new URLSearchParams(request.url.split('?')[1]).get('api-version') ?? firstOfOne;
    // Dates in this form sort as text; what is no date is newer than all.
    return await reply.header('cache-control', 'public, max-age=300').send(version < firstOfOne ? [cloud] : cloud);
  });
}

/**
 * The cloud. Terraform refuses a document without `name`, `resourceManager` or `microsoftGraphResourceId`; it makes the token
 * address from `loginEndpoint` and the tenant, the scope and Graph's address from `microsoftGraphResourceId`. Suffixes name
 * services that do not exist here, and are left out, so that a program that needs one says so instead of asking elsewhere.
 */
function cloudOf({ publicUrl }: CloudFacts): Readonly<Record<string, unknown>> {
  return {
    name: 'Gatehouse',
    portal: publicUrl,
    authentication: { loginEndpoint: publicUrl, audiences: [publicUrl], tenant: 'common', identityProvider: 'AAD' },
    resourceManager: publicUrl,
    graph: publicUrl,
    graphAudience: publicUrl,
    microsoftGraphResourceId: publicUrl,
    suffixes: {},
  };
}
