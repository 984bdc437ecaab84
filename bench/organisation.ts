/** The organisation under load: one API, one blueprint, agents with one sponsor, and many packages that the sponsor approves. */
import { GraphCaller, textOf } from '../cli/client/graph.ts';
import { addResource, addRole, createAgent, createApi, createBlueprint, createCatalog, createPackage, createPerson, createPublicClient, redirectUri, type Api } from '../cli/client/organisation.ts';
import { policyBody, sponsorsOrOwners } from '../cli/client/policies.ts';
import { personToken } from '../cli/client/sign-in.ts';
import { agentToken, applicationToken, askForToken, tokenIn, type TokenDoor } from '../cli/client/tokens.ts';
import type { Facts } from './world.ts';

/** An agent at work. `assertion` is what its blueprint gave it for the second step. */
export interface Agent {
  readonly id: string;
  readonly token: string;
  readonly assertion: string;
}

/** A package and the policy under which it is asked for. */
export interface Offer {
  readonly packageId: string;
  readonly policyId: string;
}

/** Everything that was made. Secrets are those of throw-away databases. */
export interface Organisation {
  readonly api: Api;
  readonly agentIds: readonly string[];
  readonly offers: readonly Offer[];
  readonly blueprint: { readonly appId: string; readonly secret: string };
  readonly sponsor: { readonly username: string; readonly password: string; readonly clientId: string };
}

const entitlement = '/identityGovernance/entitlementManagement';

/** Makes it over HTTP. */
export async function createOrganisation(facts: Facts, url: string, size: { readonly agents: number; readonly packages: number }): Promise<Organisation> {
  const door: TokenDoor = { base: url, tenantId: facts.tenantId };
  const graph = new GraphCaller(url, async () => await applicationToken(door, facts));
  const domain = facts.adminUser.split('@')[1] ?? 'example.com';
  const sponsor = await createPerson(graph, 'Sam Sponsor', domain);
  const client = await createPublicClient(graph, 'bench client', ['EntitlementMgmt-SubjectAccess.ReadWrite', 'EntitlementManagement.ReadWrite.All']);
  const api = await createApi(graph, { name: 'orders', roles: ['Orders.Read.All'] });
  const blueprint = await createBlueprint(graph, 'bench bot', [sponsor]);
  const agentIds: string[] = [];
  for (let index = 0; index < size.agents; index += 1) {
    agentIds.push((await createAgent(graph, blueprint, { displayName: `agent ${index}`, sponsors: [sponsor] })).id);
  }
  const offers = await createOffers(graph, api, size.packages);
  return { api, agentIds, offers, blueprint: { appId: blueprint.appId, secret: blueprint.secret }, sponsor: { username: sponsor.username, password: sponsor.password, clientId: client.appId } };
}

async function createOffers(graph: GraphCaller, api: Api, count: number): Promise<readonly Offer[]> {
  const catalog = await createCatalog(graph, 'bench');
  const resource = await addResource(graph, catalog.id, { originSystem: 'OAuthApplication', originId: api.appId });
  const roleOriginId = api.roles['Orders.Read.All'] ?? '';
  const offers: Offer[] = [];
  for (let index = 0; index < count; index += 1) {
    const made = await createPackage(graph, catalog.id, `package ${index}`);
    await addRole(graph, made.id, { resource, roleOriginId });
    const policy = await graph.create(`${entitlement}/assignmentPolicies`, policyBody(made.id, {
      scope: 'allDirectoryAgentIdentities', requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [sponsorsOrOwners] }], expiration: { type: 'afterDuration', duration: 'PT8H' },
    }));
    offers.push({ packageId: made.id, policyId: textOf(policy, 'id') });
  }
  return offers;
}

/** Tokens for a server on (a copy of) the organisation's database. */
export async function signEverybodyIn(facts: Facts, url: string, { agentIds, blueprint, sponsor }: Organisation): Promise<{ readonly agents: readonly Agent[]; readonly sponsorToken: string; readonly adminToken: string }> {
  const door: TokenDoor = { base: url, tenantId: facts.tenantId };
  const agents: Agent[] = [];
  for (const id of agentIds) {
    const assertion = tokenIn(await askForToken(door, { grant_type: 'client_credentials', client_id: blueprint.appId, client_secret: blueprint.secret, scope: 'api://AzureADTokenExchange/.default', fmi_path: id }));
    agents.push({ id, assertion, token: await agentToken(door, { agentId: id, clientId: blueprint.appId, clientSecret: blueprint.secret }) });
  }
  const sponsorToken = await personToken(door, { ...sponsor, redirectUri, scope: 'https://graph.microsoft.com/.default' });
  return { agents, sponsorToken, adminToken: await applicationToken(door, facts) };
}
