/** Roles on one thing: given, shown, held for a time, and gone with the thing (decision 0011). */
import { describe, expect, it } from 'vitest';
import { entitlement, textOf } from '../../cli/client/graph.ts';
import { addResource, createCatalog, createPackage, type Resource } from '../../cli/client/organisation.ts';
import { recordAt, textAt } from '../../src/kernel/json.ts';
import { createGroup, offer } from '../support/access.ts';
import { give, oneThingWorld, roleAssignments, type Who } from '../support/one-thing.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const { catalog, lions, mine, theirs, resourceOf, onPackage, onPolicy, onResource, onElsewhere, desk, personOf, somebody } = await oneThingWorld(server);

describe('a role on one thing', () => {
  it('says on what, to those who see it', async () => {
    const scopes = { manager: ['AccessPackage', mine.packageId], keeper: ['AssignmentPolicy', mine.policyId], steward: ['Resource', resourceOf(lions)] } as const;
    for (const who of ['manager', 'keeper', 'steward'] as const) {
      const [found] = (await desk(who).list(`${roleAssignments}?$expand=appScope&$filter=principalId eq '${personOf(who).id}'`));
      expect([who, found?.['appScopeId'], recordAt(found ?? {}, 'appScope')['type']]).toEqual([who, `/${scopes[who].join('/')}`, scopes[who][0]]);
    }
    const scopesSeen = async (who: Who): Promise<readonly string[]> => [...new Set((await desk(who).list(roleAssignments)).map((one) => textOf(one, 'appScopeId')))].toSorted();
    expect(await scopesSeen('reader')).toEqual([onPackage, onPolicy].toSorted());
    expect(await scopesSeen('clerk')).toEqual([onPolicy]);
    expect(await scopesSeen('viewer')).toEqual([onResource]);
    expect(await scopesSeen('abroad')).toEqual([onElsewhere]);
    expect(await scopesSeen('nobody')).toEqual([]);
  });

  it.each([
    ['catalogCreator', 'package', 'tenantScopeOnly'], ['catalogCreator', 'catalog', 'tenantScopeOnly'], ['assignmentManager', 'resource', 'nothingToAssign'],
  ] as const)('is not %s on one %s', async (role, kind, code) => {
    const scope = { package: onPackage, catalog: `/AccessPackageCatalog/${catalog.id}`, resource: onResource }[kind];
    expect(await graph.refusal('POST', roleAssignments, give((await somebody()).id, role, scope))).toMatchObject({ status: 400, codes: [code] });
  });

  it('is refused on what does not exist, telling administrators alone', async () => {
    for (const kind of ['AccessPackage', 'AssignmentPolicy', 'Resource', 'AccessPackageCatalog']) {
      const body = give((await somebody()).id, 'catalogReader', `/${kind}/00000000-0000-4000-8000-00000000dead`);
      expect((await graph.refusal('POST', roleAssignments, body)).status).toBe(400);
      expect((await desk('abroad').refusal('POST', roleAssignments, body)).status).toBe(403);
    }
  });

  it('goes with the thing', async () => {
    const short = await offer(graph, [], { catalogId: catalog.id });
    const person = await somebody();
    await graph.create(roleAssignments, give(person.id, 'catalogReader', `/AssignmentPolicy/${short.policyId}`));
    await graph.create(roleAssignments, give(person.id, 'catalogReader', `/AccessPackage/${short.packageId}`));
    const resource: Resource = await addResource(graph, catalog.id, { originSystem: 'AadGroup', originId: (await createGroup(graph, 'Brief')).id });
    await graph.create(roleAssignments, give(person.id, 'catalogReader', `/Resource/${resource.id}`));
    const left = async (): Promise<readonly (string | undefined)[]> => (await graph.list(`${roleAssignments}?$filter=principalId eq '${person.id}'`)).map((one) => textAt(one, 'appScopeId')).toSorted();
    await graph.must('POST', `${entitlement}/resourceRequests`, { requestType: 'adminRemove', catalog: { id: catalog.id }, resource: { id: resource.id } });
    expect(await left()).toEqual([`/AccessPackage/${short.packageId}`, `/AssignmentPolicy/${short.policyId}`]);
    await graph.must('DELETE', `${entitlement}/assignmentPolicies/${short.policyId}`);
    expect(await left()).toEqual([`/AccessPackage/${short.packageId}`]);
    await graph.must('DELETE', `${entitlement}/accessPackages/${short.packageId}`);
    expect(await left()).toEqual([]);
  });

  it('follows its package into another catalog', async () => {
    const [from, to] = [await createCatalog(graph, 'From'), await createCatalog(graph, 'To')];
    const moving = await createPackage(graph, from.id, 'Moving');
    const person = await somebody();
    await graph.create(roleAssignments, give(person.id, 'accessPackageManager', `/AccessPackage/${moving.id}`));
    await graph.must('POST', `${entitlement}/accessPackages/${moving.id}/moveToCatalog`, { catalogId: to.id });
    const self = await server.asPerson(person);
    expect((await self.list(`${entitlement}/catalogs`)).map(({ id }) => id)).toEqual([to.id]);
    await self.must('PATCH', `${entitlement}/accessPackages/${moving.id}`, { description: 'still mine' });
  });

  it('is held through a group, for a time, and by activation', async () => {
    const [group, person] = [await createGroup(graph, 'Keepers'), await somebody()];
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', person.id) });
    const requests = '/roleManagement/entitlementManagement/roleEligibilityScheduleRequests';
    await graph.create(requests, { action: 'adminAssign', justification: 'x', ...give(group.id, 'accessPackageManager', `/AccessPackage/${mine.packageId}`) });
    const self = await server.asPerson(person);
    expect((await self.refusal('PATCH', `${entitlement}/accessPackages/${mine.packageId}`, { description: 'not yet' })).status).toBe(404);
    await self.create('/roleManagement/entitlementManagement/roleAssignmentScheduleRequests', {
      action: 'selfActivate', justification: 'now', ...give(person.id, 'accessPackageManager', `/AccessPackage/${mine.packageId}`), scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT1H' } },
    });
    await self.must('PATCH', `${entitlement}/accessPackages/${mine.packageId}`, { description: 'activated' });
    expect((await self.refusal('PATCH', `${entitlement}/accessPackages/${theirs.packageId}`, { description: 'x' })).status).toBe(404);
  });
});
