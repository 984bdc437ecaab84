/** Whoever governs one package or one policy asks why, and what a change would mean, as far as that goes and no further. */
import { describe, expect, it } from 'vitest';
import { entitlement } from '../../cli/client/graph.ts';
import { oneUser, policyBody } from '../../cli/client/policies.ts';
import { recordAt, recordsAt } from '../../src/kernel/json.ts';
import { assign, takeAway } from '../support/access.ts';
import { Beyond, type Told } from '../support/beyond.ts';
import { everybody, oneThingWorld, type Who } from '../support/one-thing.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, door } = server;
const { lions, tigers, mine, second, theirs, byOther, desk, somebody } = await oneThingWorld(server);
const beyond = new Beyond(door.base);

const may = async (who: Who, id: string, packageId = mine.packageId): Promise<Told> => await beyond.send('GET', `explain(principalId='${id}',accessPackageId='${packageId}')`, { token: await desk(who).token() });
const holds = async (who: Who, id: string, groupId = lions.id): Promise<Told> => await beyond.send('GET', `explain(principalId='${id}',resourceId='${groupId}',roleId='member')`, { token: await desk(who).token() });
const simulate = async (who: Who, policyId: string, targetId: string): Promise<Told> => await beyond.send('POST', 'simulate', {
  token: await desk(who).token(), body: { policy: { ...policyBody(mine.packageId, { scope: 'specificDirectoryUsers', targets: [oneUser(targetId)], requestor: { enableTargetsToSelfAddAccess: true } }), id: policyId } },
});

const ofPackage: readonly Who[] = ['manager', 'owner', 'reader', 'assigner'];
const ofPolicy: readonly Who[] = ['keeper', 'clerk'];
const others = everybody.filter((who) => !ofPackage.includes(who) && !ofPolicy.includes(who));

describe('may they get it', () => {
  it('of everybody, by those of the package and of the policy, of that package', async () => {
    const { id } = await somebody();
    for (const who of [...ofPackage, ...ofPolicy]) expect([who, await may(who, id)]).toMatchObject([who, { status: 200, body: { isAllowed: false, accessPackage: { id: mine.packageId } } }]);
    for (const who of ofPackage) expect([who, recordsAt((await may(who, id)).body, 'otherPolicies').map((one) => one['id']).toSorted()]).toEqual([who, [mine.policyId, second.id].toSorted()]);
    for (const who of ofPolicy) expect([who, recordsAt((await may(who, id)).body, 'otherPolicies').map((one) => one['id'])]).toEqual([who, [mine.policyId]]);
    for (const who of others) expect([who, [403, 404].includes((await may(who, id)).status)]).toEqual([who, true]);
    for (const who of everybody) expect([who, [403, 404].includes((await may(who, id, theirs.packageId)).status)]).toEqual([who, true]);
  });

  it('an assignment is told to those by whose policy it goes', async () => {
    const { id } = await somebody();
    const held = await assign(graph, id, byOther);
    for (const who of ofPackage) expect([who, (await may(who, id)).body]).toMatchObject([who, { assignment: { id: held.id } }]);
    for (const who of ofPolicy) expect([who, (await may(who, id)).body]).toMatchObject([who, { assignment: null }]);
    await takeAway(graph, held.id);
  });
});

describe('why do they hold it', () => {
  it('of what the package gives, with assignments that they read', async () => {
    const [one, other, apart] = [await somebody(), await somebody(), await somebody()];
    const [given, byAnother] = [await assign(graph, one.id, mine), await assign(graph, other.id, byOther)];
    for (const who of [...ofPackage, ...ofPolicy]) expect([who, await holds(who, one.id)]).toMatchObject([who, { status: 200, body: { isHeld: true, hiddenSourceCount: 0, sources: [{ assignments: [{ id: given.id }] }] } }]);
    for (const who of ofPackage) expect([who, await holds(who, other.id)]).toMatchObject([who, { status: 200, body: { isHeld: true, sources: [{ assignments: [{ id: byAnother.id }] }] } }]);
    for (const who of ofPolicy) expect([who, await holds(who, other.id)]).toMatchObject([who, { status: 200, body: { isHeld: true, hiddenSourceCount: 1, sources: [] } }]);
    for (const who of [...ofPackage, ...ofPolicy]) expect([who, await holds(who, apart.id)]).toMatchObject([who, { status: 200, body: { isHeld: false, packages: [{ accessPackage: { id: mine.packageId } }] } }]);
    for (const who of others) expect([who, [403, 404].includes((await holds(who, one.id)).status)]).toEqual([who, true]);
    for (const who of everybody) expect([who, [403, 404].includes((await holds(who, one.id, tigers.id)).status)]).toEqual([who, true]);
    for (const { id } of [given, byAnother]) await takeAway(graph, id);
  });
});

describe('what a change would mean', () => {
  it('of the policy: to whoever manages it, by name', async () => {
    const holder = await somebody();
    const wanted = await somebody();
    const given = await assign(graph, holder.id, mine);
    for (const who of ['manager', 'owner', 'keeper'] as const) {
      const told = await simulate(who, mine.policyId, wanted.id);
      expect([who, told]).toMatchObject([who, { status: 200, body: { areMembersHidden: false, gains: { count: 1 } } }]);
      expect([who, [403, 404].includes((await simulate(who, theirs.policyId, wanted.id)).status)]).toEqual([who, true]);
    }
    expect(recordAt((await simulate('manager', second.id, wanted.id)).body, 'gains')['count']).toBe(1);
    for (const who of everybody.filter((one) => !['manager', 'owner', 'keeper'].includes(one))) expect([who, [403, 404].includes((await simulate(who, mine.policyId, wanted.id)).status)]).toEqual([who, true]);
    expect([403, 404]).toContain((await simulate('keeper', second.id, wanted.id)).status);
    expect((await graph.read(`${entitlement}/assignments/${given.id}`))['state']).toBe('delivered');
    await takeAway(graph, given.id);
  });
});
