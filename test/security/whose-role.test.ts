/** Whoever manages one package gives what it is for, and nothing that the catalog keeps for others (decision 0011). */
import { describe, expect, it } from 'vitest';
import { entitlement, type Entity } from '../../cli/client/graph.ts';
import { requestBody } from '../../cli/client/policies.ts';
import { recordAt, type JsonRecord } from '../../src/kernel/json.ts';
import { createGroup, memberIds } from '../support/access.ts';
import { Beyond } from '../support/beyond.ts';
import { give, oneThingWorld, roleAssignments } from '../support/one-thing.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const { catalog, lions, tigers, mine, theirs, resourceOf, desk, personOf, somebody } = await oneThingWorld(server);

const role = (group: Entity, kind = 'Member'): JsonRecord => ({ role: { originId: `${kind}_${group.id}`, originSystem: 'AadGroup' }, scope: { originId: group.id, originSystem: 'AadGroup' } });
const into = `${entitlement}/accessPackages/${mine.packageId}/resourceRoleScopes`;

describe('a role of a resource that only other packages give', () => {
  it.each(['manager', 'owner'] as const)('is not taken by the %s of one package into it, to be had from there', async (who) => {
    const unknown = await createGroup(graph, 'Not in the catalog');
    const told = async (group: Entity): Promise<unknown> => await desk(who).refusal('POST', into, role(group));
    expect(await told(tigers)).toEqual(await told(unknown));
    await desk(who).must('POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: personOf(who).id, ...mine }));
    expect(await memberIds(graph, tigers.id)).not.toContain(personOf(who).id);
  });

  it('nor by its id, nor in a trial', async () => {
    const [given] = await graph.list(`${entitlement}/accessPackages/${theirs.packageId}/resourceRoleScopes?$expand=role,scope`);
    const named: JsonRecord = { role: { id: recordAt(given ?? {}, 'role')['id'], originSystem: 'AadGroup' }, scope: { id: recordAt(given ?? {}, 'scope')['id'] } };
    expect((await desk('manager').refusal('POST', into, named)).status).toBe(400);
    const tried = await new Beyond(server.door.base).send('POST', 'simulate', { token: await server.tokenOfPerson(personOf('manager')), body: { accessPackage: { id: mine.packageId, addRoles: [role(tigers)] } } });
    expect(tried.status).toBe(400);
  });
});

describe('a role may be put in by whoever manages the package', () => {
  const roundTrip = async (who: 'manager' | 'owner', group: Entity, kind?: string): Promise<void> => {
    const made = await desk(who).create(into, role(group, kind));
    await desk(who).must('DELETE', `${into}/${made.id}`);
  };

  it('of a resource that the package uses', async () => { await roundTrip('manager', lions, 'Owner'); });

  it('of a resource that one has a role on besides', async () => {
    await graph.create(roleAssignments, give(personOf('manager').id, 'accessPackageManager', `/Resource/${resourceOf(tigers)}`));
    await roundTrip('manager', tigers);
    expect((await desk('owner').refusal('POST', into, role(tigers))).status).toBe(400);
  });

  it('of a group that one owns', async () => {
    await graph.must('POST', `/groups/${tigers.id}/owners/$ref`, { '@odata.id': graph.reference('directoryObjects', personOf('owner').id) });
    await roundTrip('owner', tigers);
  });

  it('of any resource of the catalog, with a role on the catalog', async () => {
    const person = await somebody();
    await graph.create(roleAssignments, give(person.id, 'accessPackageManager', `/AccessPackageCatalog/${catalog.id}`));
    const self = await server.asPerson(person);
    const made = await self.create(into, role(tigers));
    await self.must('DELETE', `${into}/${made.id}`);
  });
});
