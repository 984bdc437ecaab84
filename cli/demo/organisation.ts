/** The organisation of the story: an Orders API, two support bots of one blueprint, and the people who answer for them. */
import { entitlement, textOf, type Entity, type Graph } from '../client/graph.ts';
import {
  addResource, addRole, createAgent, createApi, createBlueprint, createCatalog, createPackage, createPerson, createPublicClient,
  type Api, type Person, type Workload,
} from '../client/organisation.ts';
import { oneUser, policyBody, sponsorsOrOwners } from '../client/policies.ts';
import { neededRole } from './orders.ts';

/** How long access lasts, in ISO 8601 and in seconds. */
export const accessLasts = { iso: 'PT8S', seconds: 8 } as const;

/** Who and what there is. */
export interface Organisation {
  readonly api: Api;
  readonly blueprint: Workload;
  readonly bot: Entity;
  readonly otherBot: Entity;
  readonly olivia: Person;
  readonly sam: Person;
  readonly ada: Person;
  readonly max: Person;
  /** The client through which people sign in. */
  readonly peopleClientId: string;
  readonly packageId: string;
  readonly policyId: string;
}

/** Makes all of it through the administering application. */
export async function createOrganisation(graph: Graph, domain: string): Promise<Organisation> {
  const [olivia, sam, ada, max] = await Promise.all([createPerson(graph, 'Olivia', domain), createPerson(graph, 'Sam', domain), createPerson(graph, 'Ada', domain), createPerson(graph, 'Max', domain)]);
  const api = await createApi(graph, { name: 'Orders API', roles: [neededRole, 'Orders.Refund'], scopes: ['orders.read'] });
  const people = await createPublicClient(graph, 'Support desk', ['EntitlementManagement.ReadWrite.All', 'EntitlementMgmt-SubjectAccess.ReadWrite']);
  const blueprint = await createBlueprint(graph, 'support-bot', [sam, ada]);
  const inCharge = { sponsors: [sam, ada], owners: [olivia] };
  const bot = await createAgent(graph, blueprint, { displayName: 'support-bot-1', ...inCharge });
  const otherBot = await createAgent(graph, blueprint, { displayName: 'support-bot-2', ...inCharge });
  return { api, blueprint, bot, otherBot, olivia, sam, ada, max, peopleClientId: people.appId, ...(await createOffer(graph, api, olivia)) };
}

/** The package, and the policy by which agents ask for it and their sponsors approve. */
async function createOffer(graph: Graph, api: Api, fallback: Person): Promise<{ packageId: string; policyId: string }> {
  const catalog = await createCatalog(graph, 'Support');
  const resource = await addResource(graph, catalog.id, { originSystem: 'OAuthApplication', originId: api.appId });
  const { id: packageId } = await createPackage(graph, catalog.id, 'Read orders');
  await addRole(graph, packageId, { resource, roleOriginId: textOf(api.roles, neededRole) });
  const policy = await graph.create(`${entitlement}/assignmentPolicies`, policyBody(packageId, {
    displayName: 'Agents ask, sponsors approve', scope: 'allDirectoryAgentIdentities', requestor: { enableTargetsToSelfAddAccess: true },
    stages: [{ primary: [sponsorsOrOwners], fallback: [oneUser(fallback.id)] }], expiration: { type: 'afterDuration', duration: accessLasts.iso },
  }));
  return { packageId, policyId: policy.id };
}
