/** Roles on one access package, one policy or one resource: what each holder sees and changes, and that the neighbours stay out of it (decision 0011). */
import { describe, expect, it } from 'vitest';
import { entitlement, type Entity } from '../../cli/client/graph.ts';
import { policyBody, requestBody } from '../../cli/client/policies.ts';
import { recordAt, recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { assign, createGroup, membership, offer, takeAway, type Offer } from '../support/access.ts';
import { everybody, give, oneThingWorld, roleAssignments, type Who } from '../support/one-thing.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const { catalog, elsewhere, lions, tigers, mine, second, theirs, foreign, resourceOf, byOther, desk, personOf, somebody } = await oneThingWorld(server);

const idsFor = async (who: Who, path: string): Promise<readonly string[]> => (await desk(who).list(`${entitlement}/${path}`)).map(({ id }) => id).toSorted();
const sorted = (...ids: readonly string[]): readonly string[] => ids.toSorted();

/** Tries as everybody: `may` succeed, the others are refused with 403, or with 404 or 400 where they may not even know. */
async function onlyThese(may: readonly Who[], attempt: () => Promise<readonly [method: string, path: string, body?: JsonRecord]>): Promise<void> {
  for (const who of everybody) {
    const [method, path, body] = await attempt();
    const outcome = await desk(who).must(method, path, body).then(() => 'done', (error: unknown) => String((error as { statusCode?: number }).statusCode));
    if (may.includes(who)) expect([who, outcome]).toEqual([who, 'done']);
    else expect([who, ['400', '403', '404'].includes(outcome) ? 'refused' : outcome]).toEqual([who, 'refused']);
  }
}
const always = (...call: readonly [method: string, path: string, body?: JsonRecord]) => async () => await Promise.resolve(call);

const ofPackage = ['manager', 'owner', 'reader', 'assigner'] as const;
const ofPolicy = ['keeper', 'clerk'] as const;
const ofResource = ['steward', 'viewer'] as const;

describe('what is seen', () => {
  it('of packages: the one', async () => {
    for (const who of [...ofPackage, ...ofPolicy, ...ofResource]) expect([who, await idsFor(who, 'accessPackages')]).toEqual([who, [mine.packageId]]);
    expect(await idsFor('abroad', 'accessPackages')).toEqual([foreign.packageId]);
    for (const who of everybody) expect([who, (await desk(who).refusal('GET', `${entitlement}/accessPackages/${who === 'abroad' ? mine.packageId : theirs.packageId}`)).status]).toEqual([who, 404]);
  });

  it('of policies: all of the package, or the one', async () => {
    for (const who of ofPackage) expect([who, await idsFor(who, 'assignmentPolicies')]).toEqual([who, sorted(mine.policyId, second.id)]);
    for (const who of ofPolicy) {
      expect([who, await idsFor(who, 'assignmentPolicies')]).toEqual([who, [mine.policyId]]);
      expect(await idsFor(who, `accessPackages/${mine.packageId}/assignmentPolicies`)).toEqual([mine.policyId]);
      expect(recordsAt(await desk(who).read(`${entitlement}/accessPackages/${mine.packageId}?$expand=assignmentPolicies`), 'assignmentPolicies').map(({ id }) => id)).toEqual([mine.policyId]);
      expect((await desk(who).refusal('GET', `${entitlement}/assignmentPolicies/${second.id}`)).status).toBe(404);
      expect((await desk(who).list(`${entitlement}/accessPackages?$filter=assignmentPolicies/any(p:p/displayName eq 'second')`))).toEqual([]);
    }
    for (const who of [...ofResource, 'nobody'] as const) expect([who, await desk(who).list(`${entitlement}/assignmentPolicies`).catch(() => [])]).toEqual([who, []]);
  });

  it('of the catalog: its name, and nothing beside the one thing', async () => {
    for (const who of [...ofPackage, ...ofPolicy, ...ofResource]) {
      expect([who, await idsFor(who, 'catalogs')]).toEqual([who, [catalog.id]]);
      const seen = await desk(who).read(`${entitlement}/catalogs/${catalog.id}?$expand=accessPackages,resources`);
      expect([who, seen['displayName'], recordsAt(seen, 'accessPackages').map(({ id }) => id), recordsAt(seen, 'resources').map(({ id }) => id)]).toEqual([who, 'Finance', [mine.packageId], [resourceOf(lions)]]);
      expect(await desk(who).list(`${entitlement}/catalogs?$filter=accessPackages/any(p:p/id eq '${theirs.packageId}')`)).toEqual([]);
      expect(await desk(who).client.api(`${entitlement}/catalogs/${catalog.id}/accessPackages/$count`).version('v1.0').get()).toBe('1');
    }
    expect((await desk('nobody').refusal('GET', `${entitlement}/catalogs/${catalog.id}`)).status).toBe(403);
  });

  it('of resources and of what packages give: what belongs to the one thing', async () => {
    for (const who of [...ofPackage, ...ofPolicy, ...ofResource]) {
      expect([who, await idsFor(who, 'resources')]).toEqual([who, [resourceOf(lions)]]);
      expect((await desk(who).list(`${entitlement}/resources/${resourceOf(lions)}/roles`)).length).toBe(2);
      expect((await desk(who).refusal('GET', `${entitlement}/resources/${resourceOf(tigers)}`)).status).toBe(404);
      expect([who, (await idsFor(who, 'resourceRoleScopes')).length, (await idsFor(who, `accessPackages/${mine.packageId}/resourceRoleScopes`)).length]).toEqual([who, 1, 1]);
    }
    // Of what else the package gives, the resource's people see nothing.
    const both = await offer(graph, [membership(lions.id), membership(tigers.id)].slice(0, 0), { catalogId: catalog.id });
    for (const group of [lions, tigers]) await graph.must('POST', `${entitlement}/accessPackages/${both.packageId}/resourceRoleScopes`, { role: { originId: `Member_${group.id}`, originSystem: 'AadGroup' }, scope: { originId: group.id, originSystem: 'AadGroup' } });
    expect((await idsFor('viewer', `accessPackages/${both.packageId}/resourceRoleScopes`)).length).toBe(1);
    await graph.must('DELETE', `${entitlement}/accessPackages/${both.packageId}`);
  });

  it('of requests, assignments and approvals: of the package, or by the policy', async () => {
    const [one, other, apart] = [await somebody(), await somebody(), await somebody()];
    const given = [await assign(graph, one.id, mine), await assign(graph, other.id, byOther), await assign(graph, apart.id, theirs)];
    const ids = given.map(({ id }) => id);
    for (const who of ofPackage) expect([who, await idsFor(who, 'assignments')]).toEqual([who, ids.slice(0, 2).toSorted()]);
    for (const who of ofPolicy) expect([who, await idsFor(who, 'assignments')]).toEqual([who, ids.slice(0, 1)]);
    for (const who of ofPackage) expect([who, (await idsFor(who, 'assignmentRequests')).length]).toEqual([who, 2]);
    for (const who of ofPolicy) expect([who, (await idsFor(who, 'assignmentRequests')).length]).toEqual([who, 1]);
    for (const who of [...ofResource, 'nobody', 'abroad'] as const) expect([who, await idsFor(who, 'assignments'), await idsFor(who, 'assignmentRequests')]).toEqual([who, [], []]);
    for (const { id } of given) await takeAway(graph, id);
  });
});

describe('what is changed', () => {
  it('the package, by whoever manages it', async () => {
    await onlyThese(['manager', 'owner'], always('PATCH', `${entitlement}/accessPackages/${mine.packageId}`, { description: 'changed' }));
    await onlyThese([], always('PATCH', `${entitlement}/accessPackages/${theirs.packageId}`, { description: 'stolen' }));
    await onlyThese([], always('PATCH', `${entitlement}/catalogs/${catalog.id}`, { description: 'stolen' }));
    await onlyThese([], always('POST', `${entitlement}/accessPackages`, { displayName: 'new', description: 'new', catalog: { id: catalog.id } }));
  });

  it('never its place, nor that it is there', async () => {
    const told = await desk('owner').refusal('POST', `${entitlement}/accessPackages/${mine.packageId}/moveToCatalog`, { catalogId: elsewhere.id });
    expect(told).toMatchObject({ status: 403, message: expect.stringContaining('a role on the package alone is not enough') as string });
    await onlyThese([], always('POST', `${entitlement}/accessPackages/${mine.packageId}/moveToCatalog`, { catalogId: elsewhere.id }));
    await onlyThese([], always('DELETE', `${entitlement}/accessPackages/${mine.packageId}`));
  });

  it('policies of the package; the one policy by whoever manages that', async () => {
    const body = policyBody(mine.packageId);
    await onlyThese(['manager', 'owner'], always('POST', `${entitlement}/assignmentPolicies`, body));
    await onlyThese(['manager', 'owner', 'keeper'], always('PUT', `${entitlement}/assignmentPolicies/${mine.policyId}`, body));
    await onlyThese(['manager', 'owner'], always('PUT', `${entitlement}/assignmentPolicies/${second.id}`, { ...body, displayName: 'second' }));
    await onlyThese([], always('PUT', `${entitlement}/assignmentPolicies/${theirs.policyId}`, policyBody(theirs.packageId)));
    await onlyThese(['manager', 'owner'], async () => ['DELETE', `${entitlement}/assignmentPolicies/${(await graph.create(`${entitlement}/assignmentPolicies`, body)).id}`]);
    for (const { id } of await graph.list(`${entitlement}/assignmentPolicies?$filter=accessPackage/id eq '${mine.packageId}' and displayName eq 'policy'`)) if (id !== mine.policyId) await graph.must('DELETE', `${entitlement}/assignmentPolicies/${id}`);
  });

  it('what the package gives: of resources that the catalog has, and no others', async () => {
    const role = (group: Entity): JsonRecord => ({ role: { originId: `Owner_${group.id}`, originSystem: 'AadGroup' }, scope: { originId: group.id, originSystem: 'AadGroup' } });
    const path = `${entitlement}/accessPackages/${mine.packageId}/resourceRoleScopes`;
    for (const who of ['manager', 'owner'] as const) {
      const made = await desk(who).create(path, role(lions));
      await desk(who).must('DELETE', `${path}/${made.id}`);
    }
    await onlyThese([], always('POST', `${entitlement}/accessPackages/${theirs.packageId}/resourceRoleScopes`, role(lions)));
    const wild = await createGroup(graph, 'Wild', { 'owners@odata.bind': [graph.reference('users', personOf('manager').id)] });
    await onlyThese([], always('POST', path, role(wild)));
    await onlyThese([], always('POST', `${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: catalog.id }, resource: { originId: wild.id, originSystem: 'AadGroup' } }));
  });

  it('the resource: how it is named, by its steward', async () => {
    await onlyThese(['steward'], always('POST', `${entitlement}/resources/${resourceOf(lions)}/refresh`));
    const ask = (requestType: string, group: Entity): JsonRecord => ({ requestType, catalog: { id: catalog.id }, resource: { id: resourceOf(group), displayName: 'Lions' } });
    await onlyThese(['steward'], always('POST', `${entitlement}/resourceRequests`, ask('adminUpdate', lions)));
    await onlyThese([], always('POST', `${entitlement}/resourceRequests`, ask('adminUpdate', tigers)));
    await onlyThese([], always('POST', `${entitlement}/resourceRequests`, ask('adminRemove', lions)));
    expect((await desk('viewer').list(`${entitlement}/resourceRequests`)).length).toBeGreaterThan(0);
    expect(await desk('manager').list(`${entitlement}/resourceRequests`).catch(() => [])).toEqual([]);
  });
});

describe('assignments', () => {
  const ask = (targetId: string, given: Offer): readonly [string, string, JsonRecord] => ['POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId, ...given })];

  it('are given by whoever manages those of the package, or of the policy', async () => {
    await onlyThese(['manager', 'owner', 'assigner', 'keeper', 'clerk'], async () => ask((await somebody()).id, mine));
    await onlyThese(['manager', 'owner', 'assigner'], async () => ask((await somebody()).id, byOther));
    await onlyThese([], async () => ask((await somebody()).id, theirs));
  });

  it('go by the policy that one manages when none is named', async () => {
    const target = await somebody();
    const made = await desk('clerk').create(`${entitlement}/assignmentRequests`, { requestType: 'adminAdd', assignment: { targetId: target.id, accessPackageId: mine.packageId } });
    expect((await desk('clerk').list(`${entitlement}/assignments?$expand=assignmentPolicy,target`)).filter((one) => recordAt(one, 'target')['objectId'] === target.id).map((one) => recordAt(one, 'assignmentPolicy')['id'])).toEqual([mine.policyId]);
    expect(made['state']).toBe('delivered');
  });

  it('are taken away and tried again likewise', async () => {
    const path = `${entitlement}/assignmentRequests`;
    await onlyThese(['manager', 'owner', 'assigner', 'keeper', 'clerk'], async () => ['POST', path, { requestType: 'adminRemove', assignment: { id: (await assign(graph, (await somebody()).id, mine)).id } }]);
    await onlyThese(['manager', 'owner', 'assigner'], async () => ['POST', path, { requestType: 'adminRemove', assignment: { id: (await assign(graph, (await somebody()).id, byOther)).id } }]);
    await onlyThese(['manager', 'owner', 'assigner'], async () => ['POST', `${entitlement}/assignments/${(await assign(graph, (await somebody()).id, byOther)).id}/reprocess`]);
    await onlyThese([], async () => ['POST', `${entitlement}/assignments/${(await assign(graph, (await somebody()).id, theirs)).id}/reprocess`]);
  });

  it('wait as requests, which only their own managers see, cancel and delete', async () => {
    const boss = await somebody();
    const stages = [{ primary: [{ '@odata.type': '#microsoft.graph.singleUser', userId: boss.id }] }];
    const requestor = { enableTargetsToSelfAddAccess: true };
    const asked = await offer(graph, [], { catalogId: catalog.id, scope: 'allMemberUsers', requestor, stages });
    const clerk = await somebody();
    await graph.create(roleAssignments, give(clerk.id, 'assignmentManager', `/AssignmentPolicy/${asked.policyId}`));
    const self = await server.asPerson(await somebody());
    const request = await self.create(`${entitlement}/assignmentRequests`, { requestType: 'userAdd', assignment: { accessPackageId: asked.packageId } });
    for (const who of everybody) expect([who, (await desk(who).refusal('GET', `${entitlement}/assignmentRequests/${request.id}`)).status, (await desk(who).refusal('GET', `${entitlement}/accessPackageAssignmentApprovals/${request.id}`)).status]).toEqual([who, 404, 404]);
    for (const who of everybody) expect([who, (await desk(who).refusal('POST', `${entitlement}/assignmentRequests/${request.id}/cancel`)).status]).toEqual([who, 404]);
    const own = await server.asPerson(clerk);
    expect((await own.read(`${entitlement}/accessPackageAssignmentApprovals/${request.id}?$expand=stages`))['stages']).toHaveLength(1);
    await own.must('POST', `${entitlement}/assignmentRequests/${request.id}/cancel`);
    await own.must('DELETE', `${entitlement}/assignmentRequests/${request.id}`);
  });
});
