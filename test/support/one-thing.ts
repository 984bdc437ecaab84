/** A catalog with two packages, and everybody who manages one thing of it: a package, a policy, a resource (decision 0011). */
import { expect } from 'vitest';
import { entitlement, type Entity } from '../../cli/client/graph.ts';
import { createCatalog, createPerson, type Person } from '../../cli/client/organisation.ts';
import { policyBody } from '../../cli/client/policies.ts';
import { entitlementRole } from '../../src/features/roles/model.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { createGroup, membership, offer, type Offer } from './access.ts';
import type { MicrosoftGraph } from './microsoft-graph.ts';
import type { TestServer } from './server.ts';

type Role = keyof typeof entitlementRole;

/** Where roles of entitlement management are given. */
export const roleAssignments = '/roleManagement/entitlementManagement/roleAssignments';

/** Body of a role assignment. */
export const give = (principalId: string, role: Role, appScopeId: string): JsonRecord => ({ principalId, roleDefinitionId: entitlementRole[role], directoryScopeId: '/', appScopeId });

/** Who there is: of the package, of one of its policies, of the resource that it gives something of, of another catalog, and nobody in particular. */
export const everybody = ['manager', 'owner', 'reader', 'assigner', 'keeper', 'clerk', 'steward', 'viewer', 'abroad', 'nobody'] as const;
export type Who = (typeof everybody)[number];

/** The package that is managed, its neighbour in the catalog, and one elsewhere. */
async function furnish({ graph }: TestServer) {
  const [catalog, elsewhere] = [await createCatalog(graph, 'Finance'), await createCatalog(graph, 'Elsewhere')];
  const [lions, tigers] = [await createGroup(graph, 'Lions'), await createGroup(graph, 'Tigers')];
  const mine = await offer(graph, [membership(lions.id)], { catalogId: catalog.id });
  const second = await graph.create(`${entitlement}/assignmentPolicies`, policyBody(mine.packageId, { displayName: 'second' }));
  const theirs = await offer(graph, [membership(tigers.id)], { catalogId: catalog.id });
  const foreign = await offer(graph, [], { catalogId: elsewhere.id });
  const resources = await graph.list(`${entitlement}/catalogs/${catalog.id}/resources`);
  const resourceOf = (group: Entity): string => resources.find(({ originId }) => originId === group.id)?.id ?? expect.unreachable();
  const byOther: Offer = { ...mine, policyId: second.id };
  return { catalog, elsewhere, lions, tigers, mine, second, theirs, foreign, resourceOf, byOther };
}

/** Makes all of it, over HTTP. */
export async function oneThingWorld(server: TestServer) {
  const there = await furnish(server);
  const { mine, lions, elsewhere, resourceOf } = there;
  const onPackage = `/AccessPackage/${mine.packageId}`;
  const onPolicy = `/AssignmentPolicy/${mine.policyId}`;
  const onResource = `/Resource/${resourceOf(lions)}`;
  const held: Readonly<Record<Exclude<Who, 'nobody'>, readonly [Role, string]>> = {
    manager: ['accessPackageManager', onPackage], owner: ['catalogOwner', onPackage], reader: ['catalogReader', onPackage], assigner: ['assignmentManager', onPackage],
    keeper: ['accessPackageManager', onPolicy], clerk: ['assignmentManager', onPolicy], steward: ['catalogOwner', onResource], viewer: ['catalogReader', onResource],
    abroad: ['catalogOwner', `/AccessPackageCatalog/${elsewhere.id}`],
  };
  const desks = new Map<Who, { readonly person: Person; readonly desk: MicrosoftGraph }>();
  for (const who of everybody) {
    const person = await createPerson(server.graph, who, server.domain);
    if (who !== 'nobody') await server.graph.create(roleAssignments, give(person.id, held[who][0], held[who][1]));
    desks.set(who, { person, desk: await server.asPerson(person) });
  }
  let people = 0;
  return {
    ...there, onPackage, onPolicy, onResource, onElsewhere: held.abroad[1],
    desk: (who: Who): MicrosoftGraph => desks.get(who)?.desk ?? expect.unreachable(who),
    personOf: (who: Who): Person => desks.get(who)?.person ?? expect.unreachable(who),
    somebody: async (): Promise<Person> => await createPerson(server.graph, `Somebody ${people += 1}`, server.domain),
  };
}
