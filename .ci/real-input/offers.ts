/** Packages with 60 of the permissions, application and delegated mixed, and their assignments. */
import { entitlement, textOf, type GraphCaller } from '../../cli/client/graph.ts';
import { addResource, addRole, createCatalog, createPackage, type Resource } from '../../cli/client/organisation.ts';
import { policyBody, requestBody } from '../../cli/client/policies.ts';
import type { Permission, RealApi } from './api.ts';
import type { Identity } from './identities.ts';
import { inParallel } from './parallel.ts';

/** A package with what it gives, and a policy for each kind of identity. */
export interface Offer {
  readonly packageId: string;
  readonly policyIds: Readonly<Record<Identity['kind'], string>>;
  readonly permissions: readonly Permission[];
}

/** Which packages each identity got, by its id. */
export type Given = ReadonlyMap<string, readonly Offer[]>;

const packages = 12;
const perPackage = 5;

/** Twelve packages of five: spread over the whole list, the permission whose id both kinds share included. */
export async function createOffers(graph: GraphCaller, api: RealApi, all: readonly Permission[]): Promise<readonly Offer[]> {
  const catalog = await createCatalog(graph, 'Real input');
  const resource = await addResource(graph, catalog.id, { originSystem: 'OAuthApplication', originId: api.appId });
  const chosen = choose(all, packages * perPackage);
  return await Promise.all(Array.from({ length: packages }, async (_, index) => {
    const permissions = chosen.filter((_permission, at) => at % packages === index);
    return await createOffer(graph, { catalogId: catalog.id, resource, permissions, name: `Real package ${index + 1}` });
  }));
}

/** `count` permissions, half of each kind, with every id that stands for one of each kind. */
function choose(all: readonly Permission[], count: number): readonly Permission[] {
  const shared = all.filter(({ id, kind }) => all.some((other) => other.id === id && other.kind !== kind));
  const rest = (['application', 'delegated'] as const).flatMap((kind) => {
    const mine = all.filter((one) => one.kind === kind && !shared.includes(one));
    const needed = count / 2 - shared.filter((one) => one.kind === kind).length;
    return Array.from({ length: needed }, (_, at) => mine[Math.floor((at * mine.length) / needed)]).filter((one) => one !== undefined);
  });
  // Neighbours differ in kind, so that every package gets both.
  return [...shared, ...rest].toSorted((one, other) => (one.value < other.value ? -1 : 1));
}

interface Content {
  readonly catalogId: string;
  readonly resource: Resource;
  readonly permissions: readonly Permission[];
  readonly name: string;
}

async function createOffer(graph: GraphCaller, { catalogId, resource, permissions, name }: Content): Promise<Offer> {
  const { id: packageId } = await createPackage(graph, catalogId, name);
  for (const { id, kind } of permissions) await addRole(graph, packageId, { resource, roleOriginId: id, type: kind });
  const policy = async (scope: string): Promise<string> => (await graph.create(`${entitlement}/assignmentPolicies`, policyBody(packageId, { displayName: scope, scope, expiration: { type: 'afterDuration', duration: 'P30D' } }))).id;
  return { packageId, permissions, policyIds: { servicePrincipal: await policy('allDirectoryServicePrincipals'), agent: await policy('allDirectoryAgentIdentities') } };
}

/** Every identity gets one package, every third a second one. */
export async function assignAll(graph: GraphCaller, identities: readonly Identity[], offers: readonly Offer[]): Promise<Given> {
  const given = new Map(identities.map((identity, index) => {
    const places = index % 3 === 0 ? [index, index + 1] : [index];
    return [identity.id, places.map((place) => offers[place % offers.length]).filter((one) => one !== undefined)];
  }));
  await inParallel(identities, async ({ id, kind }) => {
    for (const { packageId, policyIds } of given.get(id) ?? []) {
      const request = await graph.create(`${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: id, packageId, policyId: policyIds[kind] }));
      const state = textOf(await graph.read(`${entitlement}/assignmentRequests/${request.id}`), 'state');
      if (state !== 'delivered') throw new Error(`A request is ${state} and should be delivered.`);
    }
  });
  return given;
}
