/** Nobody who manages one thing comes by its neighbours: not by other bodies, deeper paths, batches, links or questions. */
import { beforeAll, describe, expect, it } from 'vitest';
import { entitlement } from '../../cli/client/graph.ts';
import { createCatalog, createPerson, type Person } from '../../cli/client/organisation.ts';
import { policyBody, requestBody } from '../../cli/client/policies.ts';
import { entitlementRole } from '../../src/features/roles/model.ts';
import { recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { assign, createGroup, membership, offer } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const [house, yard] = [await createCatalog(graph, 'House'), await createCatalog(graph, 'Yard')];
const group = await createGroup(graph, 'Secret group');
const mine = await offer(graph, [], { catalogId: house.id });
const second = await graph.create(`${entitlement}/assignmentPolicies`, policyBody(mine.packageId, { displayName: 'Secret policy' }));
const theirs = await offer(graph, [membership(group.id)], { catalogId: house.id });
await graph.must('PATCH', `${entitlement}/accessPackages/${theirs.packageId}`, { displayName: 'Secret package', uniqueName: 'secret' });

let manager: MicrosoftGraph;
let keeper: MicrosoftGraph;
let managing: Person;
const empower = async (name: string, scope: string): Promise<Person> => {
  const person = await createPerson(graph, name, server.domain);
  await graph.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: person.id, roleDefinitionId: entitlementRole.catalogOwner, directoryScopeId: '/', appScopeId: scope });
  return person;
};
beforeAll(async () => {
  managing = await empower('Manager', `/AccessPackage/${mine.packageId}`);
  manager = await server.asPerson(managing);
  keeper = await server.asPerson(await empower('Keeper', `/AssignmentPolicy/${mine.policyId}`));
});
const refused = async (as: MicrosoftGraph, ...[method, path, body]: readonly [method: string, path: string, body?: JsonRecord]): Promise<number> => (await as.refusal(method, path, body)).status;

describe('a package', () => {
  const own = `${entitlement}/accessPackages/${mine.packageId}`;
  it.each([
    ['another catalog', { catalog: { id: yard.id } }], ['the id of another package', { id: theirs.packageId, displayName: 'x' }], ['policies of another', { assignmentPolicies: [policyBody(theirs.packageId)] }],
  ])('is not widened by %s in its body', async (_, body) => {
    await manager.must('PATCH', own, body).catch(() => undefined);
    expect(await graph.read(`${own}?$expand=catalog`)).toMatchObject({ id: mine.packageId, catalog: { id: house.id } });
    expect(await graph.read(`${entitlement}/accessPackages/${theirs.packageId}?$expand=assignmentPolicies`)).toMatchObject({ displayName: 'Secret package', assignmentPolicies: [{ id: theirs.policyId }] });
  });

  it('is not come by through its catalog, its policies, or another name', async () => {
    for (const path of [
      `${entitlement}/catalogs/${house.id}/accessPackages/${theirs.packageId}`, `${entitlement}/assignmentPolicies/${theirs.policyId}/accessPackage`, `${entitlement}/accessPackages(uniqueName='secret')`,
      `${own}/catalog/accessPackages/${theirs.packageId}`, `${own}/incompatibleAccessPackages/${theirs.packageId}`,
    ]) {
      expect([path, await refused(manager, 'GET', path)]).toEqual([path, 404]);
      expect([path, await refused(manager, 'PATCH', path, { description: 'x' })]).toEqual([path, expect.toBeOneOf([400, 403, 404, 405])]);
    }
    expect(await refused(manager, 'PATCH', `${entitlement}/catalogs/${house.id}`, { accessPackages: [] })).toBeOneOf([400, 403, 404]);
    expect(await refused(manager, 'POST', `${entitlement}/catalogs/${house.id}/accessPackages`, { displayName: 'x', description: 'x' })).toBeOneOf([400, 403, 404]);
    expect(await refused(manager, 'POST', `${entitlement}/accessPackages/${theirs.packageId}/assignmentPolicies`, policyBody(mine.packageId))).toBeOneOf([400, 403, 404]);
  });

  it('is not made incompatible with what one does not see, nor another with it', async () => {
    const link = (id: string): JsonRecord => ({ '@odata.id': graph.reference('identityGovernance/entitlementManagement/accessPackages', id) });
    expect(await refused(manager, 'POST', `${own}/incompatibleAccessPackages/$ref`, link(theirs.packageId))).toBe(400);
    expect(await refused(manager, 'POST', `${entitlement}/accessPackages/${theirs.packageId}/incompatibleAccessPackages/$ref`, link(mine.packageId))).toBe(404);
    await graph.must('POST', `${entitlement}/accessPackages/${theirs.packageId}/incompatibleAccessPackages/$ref`, link(mine.packageId));
    expect(await refused(manager, 'DELETE', `${entitlement}/accessPackages/${theirs.packageId}/incompatibleAccessPackages/${mine.packageId}/$ref`)).toBe(404);
    expect(await manager.list(`${own}/accessPackagesIncompatibleWith`)).toEqual([]);
    expect(recordsAt(await manager.read(`${own}?$expand=accessPackagesIncompatibleWith`), 'accessPackagesIncompatibleWith')).toEqual([]);
    await graph.must('DELETE', `${entitlement}/accessPackages/${theirs.packageId}/incompatibleAccessPackages/${mine.packageId}/$ref`);
  });

  it('is not widened in a batch, whatever goes before', async () => {
    const answer = await manager.must('POST', '/$batch', { requests: [
      { id: '1', method: 'PATCH', url: own, headers: { 'content-type': 'application/json' }, body: { description: 'mine' } },
      { id: '2', method: 'PATCH', url: `${entitlement}/accessPackages/${theirs.packageId}`, headers: { 'content-type': 'application/json' }, body: { description: 'theirs' } },
      { id: '3', method: 'GET', url: `${entitlement}/accessPackages/${theirs.packageId}` },
    ] });
    expect(Object.fromEntries(recordsAt(answer, 'responses').map(({ id, status }) => [id, status]))).toEqual({ 1: expect.toBeOneOf([200, 204]) as number, 2: 404, 3: 404 });
  });

  it('tells nothing of others by filters, searches, orders and counts', async () => {
    for (const query of [
      "accessPackages?$filter=startswith(displayName,'Secret')", "catalogs?$filter=accessPackages/any(p:startswith(p/displayName,'Secret'))", "catalogs?$filter=resources/any(r:startswith(r/displayName,'Secret'))", '$search',
      "accessPackages?$filter=catalog/accessPackages/any(p:startswith(p/displayName,'Secret'))",
    ]) {
      const path = query === '$search' ? `${entitlement}/accessPackages?$search="Secret"` : `${entitlement}/${query}`;
      expect([query, await manager.list(path).catch(() => [])]).toEqual([query, []]);
    }
    const counted = await manager.must('GET', `${entitlement}/accessPackages?$count=true`);
    expect(counted['@odata.count']).toBe(1);
    const beta = await inBeta(manager, { method: 'GET', path: `${entitlement}/accessPackageCatalogs/${house.id}?$expand=accessPackages,accessPackageResources,accessPackageResourceRoles` });
    expect(JSON.stringify(beta.json)).not.toContain('Secret');
    expect(JSON.stringify(beta.json)).not.toContain(group.id);
  });
});

describe('a policy', () => {
  const own = `${entitlement}/assignmentPolicies/${mine.policyId}`;
  it('stays with its package, and keeps its neighbours out', async () => {
    expect(await refused(keeper, 'PUT', own, policyBody(theirs.packageId))).toBe(400);
    expect(await refused(keeper, 'DELETE', own)).toBe(403);
    for (const id of [second.id, theirs.policyId]) {
      expect(await refused(keeper, 'PUT', `${entitlement}/assignmentPolicies/${id}`, policyBody(mine.packageId))).toBe(404);
      expect(await refused(keeper, 'DELETE', `${entitlement}/assignmentPolicies/${id}`)).toBe(404);
      expect(await refused(keeper, 'GET', `${entitlement}/accessPackages/${mine.packageId}/assignmentPolicies/${id}`)).toBe(404);
    }
    expect(await refused(keeper, 'POST', `${entitlement}/assignmentPolicies`, policyBody(mine.packageId))).toBe(403);
    expect(await refused(keeper, 'POST', `${entitlement}/accessPackages/${mine.packageId}/assignmentPolicies`, { ...policyBody(mine.packageId), accessPackage: undefined })).toBeOneOf([400, 403]);
    expect(await refused(keeper, 'PATCH', `${entitlement}/accessPackages/${mine.packageId}`, { description: 'x' })).toBe(403);
    expect(await refused(keeper, 'PATCH', `${own}/accessPackage`, { description: 'x' })).toBeOneOf([400, 403, 404, 405]);
  });

  it('assigns by itself alone, and touches no assignment of others', async () => {
    const [one, other] = [await createPerson(graph, 'One', server.domain), await createPerson(graph, 'Other', server.domain)];
    const path = `${entitlement}/assignmentRequests`;
    for (const policyId of [second.id, theirs.policyId]) expect(await refused(keeper, 'POST', path, requestBody('adminAdd', { targetId: one.id, packageId: mine.packageId, policyId }))).toBe(400);
    expect(await refused(keeper, 'POST', path, requestBody('adminAdd', { targetId: one.id, packageId: theirs.packageId, policyId: mine.policyId }))).toBe(400);
    const given = await assign(graph, other.id, { ...mine, policyId: second.id });
    for (const requestType of ['adminRemove', 'adminUpdate', 'userRemove', 'approverRemove']) expect([requestType, await refused(keeper, 'POST', path, { requestType, assignment: { id: given.id } })]).toEqual([requestType, 404]);
    expect(await refused(keeper, 'POST', `${entitlement}/assignments/${given.id}/reprocess`)).toBeOneOf([403, 404]);
    expect(await keeper.list(`${entitlement}/subjects?$filter=objectId eq '${other.id}'`)).toEqual([]);
    expect(await keeper.list(`${entitlement}/assignments/additionalAccess(accessPackageId='${mine.packageId}',incompatibleAccessPackageId='${theirs.packageId}')`)).toEqual([]);
  });
});

describe('a role', () => {
  const path = '/roleManagement/entitlementManagement/roleAssignments';
  it.each([['the tenant', '/'], ['the catalog', `/AccessPackageCatalog/${house.id}`], ['another package', `/AccessPackage/${theirs.packageId}`], ['a policy of another', `/AssignmentPolicy/${theirs.policyId}`]])('is not taken for oneself on %s', async (_, appScopeId) => {
    for (const role of ['assignmentManager', 'catalogReader', 'catalogOwner'] as const) {
      expect([role, await refused(manager, 'POST', path, { principalId: managing.id, roleDefinitionId: entitlementRole[role], directoryScopeId: '/', appScopeId })]).toEqual([role, 403]);
      expect([role, await refused(manager, 'POST', '/roleManagement/entitlementManagement/roleAssignmentScheduleRequests', { action: 'selfActivate', justification: 'x', principalId: managing.id, roleDefinitionId: entitlementRole[role], directoryScopeId: '/', appScopeId })]).toEqual([role, 400]);
    }
  });

  it('is not widened by a scope that looks like another', async () => {
    for (const appScopeId of [`/AccessPackage/${mine.packageId}/../${theirs.packageId}`, `/AccessPackage/${mine.packageId},/AccessPackage/${theirs.packageId}`, `/AccessPackage/%2e`, `/AccessPackage/${theirs.packageId} `]) {
      expect(await refused(manager, 'POST', path, { principalId: managing.id, roleDefinitionId: entitlementRole.assignmentManager, directoryScopeId: '/', appScopeId })).toBeOneOf([400, 403]);
    }
  });
});
