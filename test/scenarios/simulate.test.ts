/** Before a rule is changed: who gains, who loses, which open requests change course. And nothing has happened. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { entitlement, textOf } from '../../cli/client/graph.ts';
import { addResource, createApi, createPerson } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody } from '../../cli/client/policies.ts';
import { recordAt, recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { all } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { appRoles, assign, createGroup, memberIds, membership, offer, stateOf } from '../support/access.ts';
import { Beyond, type Told } from '../support/beyond.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, door } = server;
const [olivia, max, nina] = await Promise.all(['Olivia', 'Max', 'Nina'].map(async (name) => await createPerson(graph, name, server.domain)));
if (olivia === undefined || max === undefined || nina === undefined) throw new Error('people are missing');
const adminToken = await server.administratorToken();
const beyond = new Beyond(door.base);

/** What is in the tables that a change would touch: rows by content and by the transaction that wrote them. */
async function everything(): Promise<unknown> {
  const tables = ['assignment_policies', 'policy_targets', 'package_roles', 'access_packages', 'incompatible_packages', 'incompatible_groups', 'assignments', 'assignment_requests', 'approval_stages', 'stage_approvers', 'grants', 'grant_sources', 'audit_events', 'transitions', 'changes', 'callouts'];
  const known = (await all(server.database.owner, sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`)).map(({ name }) => name);
  return await Promise.all(tables.filter((name) => known.includes(name)).map(async (name) => [name, await all(server.database.owner, sql`select count(*)::integer as n, md5(coalesce(string_agg(t.xmin::text || t::text, ',' order by t::text), '')) as content from ${sql.table(name)} t`)]));
}

/** Asks what would be, and looks whether anything is. */
async function simulate(body: JsonRecord, token = adminToken): Promise<Told> {
  const before = await everything();
  const told = await beyond.send('POST', 'simulate', { token, body });
  expect(await everything()).toEqual(before);
  return told;
}
const countIn = (body: JsonRecord, name: string): unknown => recordAt(body, name)['count'];
const principalsIn = (body: JsonRecord, name: string): readonly unknown[] => recordsAt(recordAt(body, name), 'members').map((member) => recordAt(member, 'principal')['id']).toSorted();
const self = { requestor: { enableTargetsToSelfAddAccess: true } };
const named = (...people: readonly { readonly id: string }[]): JsonRecord => ({ scope: 'specificDirectoryUsers', targets: people.map(({ id }) => oneUser(id)), ...self });

describe('a policy', () => {
  it('that is replaced: who could ask and no longer can, who can now, holders out of scope, requests under it', async () => {
    const offered = await offer(graph, [], { ...named(max, nina), stages: [{ primary: [oneUser(olivia.id)] }] });
    const other = await offer(graph, [], { ...named(max), catalogId: offered.catalogId });
    await assign(graph, max.id, offered);
    const request = await (await server.asPerson(nina)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: nina.id, ...offered }));
    const body = { ...policyBody(offered.packageId, { ...named(olivia) }), id: offered.policyId };
    const told = await simulate({ policy: body });
    expect(told).toMatchObject({ status: 200, body: { kind: 'policy', areMembersHidden: false, gains: { count: 1, members: [{ principal: { id: olivia.id }, ways: ['self'], accessPackageId: offered.packageId }] }, losses: { count: 0 }, holdersOutOfScope: { count: 1, members: [{ principal: { id: max.id } }] } } });
    expect(recordsAt(recordAt(told.body, 'openRequests'), 'members')).toMatchObject([{ requestId: request.id, effects: ['wouldBeRefused', 'otherStages'], follows: false }]);
    await graph.must('PUT', `${entitlement}/assignmentPolicies/${offered.policyId}`, policyBody(offered.packageId, { ...named(olivia) }));
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
    expect((await beyond.send('GET', `explain(principalId='${olivia.id}',accessPackageId='${offered.packageId}')`, { token: adminToken })).body['isAllowed']).toBe(true);
    const lost = await simulate({ policy: { ...policyBody(other.packageId, { scope: 'notSpecified' }), id: other.policyId } });
    expect(principalsIn(lost.body, 'losses')).toEqual([max.id]);
    expect(countIn(lost.body, 'gains')).toBe(0);
  });

  it('that is made: a group gains, through groups, and those who hold it already do not', async () => {
    const [outer, inner] = [await createGroup(graph, `Outer ${newId()}`), await createGroup(graph, `Inner ${newId()}`)];
    const join = async (groupId: string, id: string): Promise<unknown> => await graph.must('POST', `/groups/${groupId}/members/$ref`, { '@odata.id': `${door.base}/v1.0/directoryObjects/${id}` });
    await join(outer.id, inner.id); await join(inner.id, max.id); await join(outer.id, nina.id);
    const offered = await offer(graph, []);
    await assign(graph, nina.id, offered);
    const told = await simulate({ policy: policyBody(offered.packageId, { scope: 'specificDirectoryUsers', targets: [{ '@odata.type': '#microsoft.graph.groupMembers', groupId: outer.id }], ...self }) });
    expect(principalsIn(told.body, 'gains')).toEqual([max.id]);
  });

  it('that the real change would refuse is refused alike, and so is whoever may not make it', async () => {
    const offered = await offer(graph, [], named(max));
    const bad = { ...policyBody(offered.packageId, { scope: 'specificDirectoryUsers', targets: [oneUser(newId())] }) };
    const real = await graph.refusal('PUT', `${entitlement}/assignmentPolicies/${offered.policyId}`, bad);
    const told = await simulate({ policy: { ...bad, id: offered.policyId } });
    expect([told.status, recordAt(told.body, 'error')['message']]).toEqual([real.status, real.message]);
    expect((await simulate({ policy: { ...policyBody(offered.packageId), id: offered.policyId } }, await server.tokenOfPerson(max))).status).toBe(404);
    expect((await simulate({ policy: { ...policyBody(offered.packageId), id: newId() } })).status).toBe(404);
    expect((await simulate({ policy: { displayName: 'x' } }))).toMatchObject({ status: 400, body: { error: { target: 'policy/accessPackage' } } });
  });

  it('goes alone', async () => {
    expect(await simulate({})).toMatchObject({ status: 400 });
    expect(await simulate({ policy: { displayName: 'x' }, incompatible: { accessPackageId: newId() } })).toMatchObject({ status: 400 });
    expect(await simulate({ policy: 3 })).toMatchObject({ status: 400 });
    expect(await simulate({ accessPackage: { id: newId(), addRoles: [] } })).toMatchObject({ status: 404 });
  });
});

describe('the content of a package', () => {
  it('roles that join and go are counted across packages, and that is what happens', async () => {
    const [kept, gone, fresh] = [await createGroup(graph, `Kept ${newId()}`), await createGroup(graph, `Gone ${newId()}`), await createGroup(graph, `Fresh ${newId()}`)];
    const offered = await offer(graph, [membership(kept.id), membership(gone.id)], { scope: 'allMemberUsers', ...self });
    const beside = await offer(graph, [membership(kept.id)]);
    await assign(graph, max.id, offered); await assign(graph, nina.id, offered); await assign(graph, nina.id, beside);
    const resource = await addResource(graph, offered.catalogId, { originSystem: 'AadGroup', originId: fresh.id });
    const scopes = await graph.list(`${entitlement}/accessPackages/${offered.packageId}/resourceRoleScopes?$expand=role`);
    const addRoles = [{ role: { originId: `Member_${fresh.id}`, originSystem: 'AadGroup', resource: { id: resource.id } }, scope: { originId: fresh.id, originSystem: 'AadGroup' } }];
    const told = await simulate({ accessPackage: { id: offered.packageId, addRoles, removeRoles: scopes.map(({ id }) => id) } });
    expect(told).toMatchObject({ status: 200, body: { gains: { count: 0 }, losses: { count: 0 }, rolesGained: { count: 2 }, rolesLost: { count: 3 } } });
    const lost = recordsAt(recordAt(told.body, 'rolesLost'), 'members').map((member) => `${String(recordAt(member, 'principal')['id'])} ${String(recordAt(member, 'role')['resourceId'])}`).toSorted();
    expect(lost).toEqual([`${max.id} ${kept.id}`, `${max.id} ${gone.id}`, `${nina.id} ${gone.id}`].toSorted());
    for (const { id } of scopes) await graph.must('DELETE', `${entitlement}/accessPackages/${offered.packageId}/resourceRoleScopes/${id}`);
    await graph.must('POST', `${entitlement}/accessPackages/${offered.packageId}/resourceRoleScopes`, addRoles[0] ?? {});
    expect([await memberIds(graph, kept.id), await memberIds(graph, gone.id), (await memberIds(graph, fresh.id)).toSorted()]).toEqual([[nina.id], [], [max.id, nina.id].toSorted()]);
  });

  it('what is refused is refused: a role twice, a role that a promised kind cannot hold', async () => {
    const api = await createApi(graph, { name: `API ${newId()}`, roles: ['Jobs.Run'] });
    const offered = await offer(graph, [], { scope: 'allMemberUsers', ...self });
    const resource = await addResource(graph, offered.catalogId, { originSystem: 'OAuthApplication', originId: api.appId });
    const addRoles = [{ role: { originId: textOf(api.roles, 'Jobs.Run'), originSystem: 'OAuthApplication', resource: { id: resource.id } }, scope: { originId: api.appId, originSystem: 'OAuthApplication' } }];
    expect(appRoles(api).originId).not.toBe('');
    expect(await simulate({ accessPackage: { id: offered.packageId, addRoles } })).toMatchObject({ status: 400, body: { error: { target: 'role' } } });
    expect(await simulate({ accessPackage: { id: offered.packageId, removeRoles: ['nothing'] } })).toMatchObject({ status: 404 });
    expect(await simulate({ accessPackage: { id: offered.packageId, addRoles: ['nothing'] } })).toMatchObject({ status: 400, body: { error: { target: 'accessPackage/addRoles[0]' } } });
  });
});

describe('separation of duties', () => {
  it('who could ask and cannot, who holds both, which requests would be refused; and what comes back when it goes', async () => {
    const open = { scope: 'specificDirectoryUsers', targets: [oneUser(max.id), oneUser(nina.id), oneUser(olivia.id)], ...self };
    const pay = await offer(graph, [], { ...open, stages: [{ primary: [oneUser(olivia.id), oneUser(max.id)] }] });
    const approve = await offer(graph, [], { ...open, catalogId: pay.catalogId });
    await assign(graph, max.id, pay); await assign(graph, max.id, approve); await assign(graph, olivia.id, approve); await assign(graph, nina.id, approve);
    const request = await (await server.asPerson(nina)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: nina.id, ...pay }));
    const told = await simulate({ incompatible: { accessPackageId: pay.packageId, addIncompatibleAccessPackageIds: [approve.packageId] } });
    expect(told.status).toBe(200);
    expect(recordsAt(recordAt(told.body, 'losses'), 'members')).toMatchObject([{ principal: { id: olivia.id }, accessPackageId: pay.packageId, ways: ['self'] }]);
    expect(principalsIn(told.body, 'conflicts').filter((id) => id === max.id)).toHaveLength(2);
    expect(recordsAt(recordAt(told.body, 'openRequests'), 'members')).toMatchObject([{ requestId: request.id, effects: ['conflict'], follows: true }]);
    await graph.must('POST', `${entitlement}/accessPackages/${pay.packageId}/incompatibleAccessPackages/$ref`, { '@odata.id': `${door.base}/v1.0${entitlement}/accessPackages/${approve.packageId}` });
    const asked = await beyond.send('GET', `explain(principalId='${olivia.id}',accessPackageId='${pay.packageId}')`, { token: adminToken });
    expect(recordsAt(asked.body, 'reasons').map(({ code }) => code)).toContain('incompatibleAccessPackage');
    const back = await simulate({ incompatible: { accessPackageId: pay.packageId, removeIncompatibleAccessPackageIds: [approve.packageId] } });
    expect(principalsIn(back.body, 'gains')).toEqual([olivia.id]);
    expect(recordsAt(recordAt(back.body, 'openRequests'), 'members')).toMatchObject([{ requestId: request.id, effects: ['conflictGone'], follows: true }]);
  });

  it('groups count with their members; an unknown group and oneself are refused as in the real change', async () => {
    const group = await createGroup(graph, `Auditors ${newId()}`);
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': `${door.base}/v1.0/directoryObjects/${nina.id}` });
    const offered = await offer(graph, [], named(max, nina));
    expect(principalsIn((await simulate({ incompatible: { accessPackageId: offered.packageId, addIncompatibleGroupIds: [group.id] } })).body, 'losses')).toEqual([nina.id]);
    expect((await simulate({ incompatible: { accessPackageId: offered.packageId, addIncompatibleGroupIds: [newId()] } })).status).toBe(400);
    expect((await simulate({ incompatible: { accessPackageId: offered.packageId, addIncompatibleAccessPackageIds: [offered.packageId] } })).status).toBe(400);
  });
});
