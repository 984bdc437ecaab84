/** Access follows what people and agents are: it comes with the department or the tag, and goes with it, never all at once without a word. */
import { sql } from 'kysely';
import { describe, expect, it, vi } from 'vitest';
import { cast, entitlement, filter, textOf, type Entity } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, policyBody } from '../../cli/client/policies.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { numberAt, recordAt, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { newId } from '../../src/platform/ids.ts';
import { appRoles, createGroup, memberIds, membership, offer, type Offer } from '../support/access.ts';
import { Beyond, type Told } from '../support/beyond.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, door } = server;
const beyond = new Beyond(door.base);
const adminToken = await server.administratorToken();
const tell = async (method: string, path: string, more: { readonly token?: string; readonly body?: unknown } = {}): Promise<Told> => await beyond.send(method, path, { token: adminToken, ...more });

const byRule = (membershipRule: string): JsonRecord => ({ '@odata.type': '#microsoft.graph.attributeRuleMembers', membershipRule });
const automatic = (more: JsonRecord = {}): JsonRecord => ({ requestAccessForAllowedTargets: true, removeAccessWhenTargetLeavesAllowedTargets: true, gracePeriodBeforeAccessRemoval: null, ...more });
interface Given extends Offer {
  readonly groupId: string;
  readonly department: string;
}
let departments = 0;

/** A group that a department gets by itself. */
async function departmental(more: JsonRecord = {}): Promise<Given> {
  const department = `Department ${++departments}`;
  const group = await createGroup(graph, department);
  const offered = await offer(graph, [membership(group.id)]);
  const policy = await graph.create(`${entitlement}/assignmentPolicies`, {
    ...policyBody(offered.packageId, { displayName: department, scope: 'specificDirectoryUsers', targets: [byRule(`(user.department -eq "${department}") -and (user.accountEnabled -eq true)`)] }), automaticRequestSettings: automatic(more),
  });
  return { ...offered, policyId: policy.id, groupId: group.id, department };
}
const move = async (person: Person | Entity, department: string | null): Promise<unknown> => await graph.must('PATCH', `/users/${person.id}`, { department });
async function staff({ department }: Given, size: number): Promise<readonly Person[]> {
  const people = await Promise.all(Array.from({ length: size }, async () => await createPerson(graph, `person ${newId().slice(-6)}`, server.domain)));
  for (const person of people) await move(person, department);
  return people;
}
/** Looks until something is so. The server does it by itself within a second or so; the test does it too, so as not to wait. */
async function until(holds: () => Promise<void>): Promise<void> {
  await vi.waitFor(async () => {
    await lifecycleSweep({ db: server.database.db, clock: { now: () => new Date() }, log: silentLog }).run();
    await holds();
  }, { timeout: 20_000, interval: 100 });
}
const untilMembers = async ({ groupId }: Given, people: readonly Person[]): Promise<void> => await until(async () => expect([...await memberIds(graph, groupId)].toSorted()).toEqual(people.map(({ id }) => id).toSorted()));
const assignmentsOf = async (targetId: string, { packageId }: Offer): Promise<readonly Entity[]> => await graph.list(`${entitlement}/assignments?${filter(`target/objectId eq '${targetId}' and accessPackage/id eq '${packageId}'`)}`);
const runOf = async ({ policyId }: Given): Promise<JsonRecord | undefined> => recordsAt((await tell('GET', `automaticAssignmentRuns?${filter(`policyId eq ${policyId}`)}`)).body, 'value')[0];

describe('a department', () => {
  it('gives and takes: the server asks, nobody approves, and the trail says so', async () => {
    const given = await departmental();
    const [pat] = await staff(given, 1);
    if (pat === undefined) throw new Error('nobody');
    await untilMembers(given, [pat]);
    const [request] = await graph.list(`${entitlement}/assignmentRequests?${filter(`accessPackage/id eq '${given.packageId}'`)}&$expand=requestor,assignment`);
    expect(request).toMatchObject({ requestType: 'systemAdd', state: 'delivered', requestor: null });
    await move(pat, 'elsewhere');
    await untilMembers(given, []);
    const requests = await graph.list(`${entitlement}/assignmentRequests?${filter(`accessPackage/id eq '${given.packageId}'`)}`);
    expect(requests.map(({ requestType, state }) => [requestType, state])).toEqual(expect.arrayContaining([['systemRemove', 'delivered']]));
    const trail = await graph.list(`/auditLogs/directoryAudits?${filter(`targetResources/any(t:t/id eq '${pat.id}')`)}`);
    const removal = trail.find((event) => textOf(event, 'activityDisplayName') === 'Remove access package assignment');
    expect(textAt(recordAt(recordAt(removal ?? {}, 'initiatedBy'), 'app'), 'displayName')).toBe('Gatehouse');
  });

  it('gives time: leaving begins it, coming back ends it, and after it access is gone', async () => {
    const given = await departmental({ gracePeriodBeforeAccessRemoval: 'P7D' });
    const [pat] = await staff(given, 1);
    if (pat === undefined) throw new Error('nobody');
    await untilMembers(given, [pat]);
    const status = async (): Promise<string> => textOf((await assignmentsOf(pat.id, given))[0] ?? { id: '' }, 'status');
    await move(pat, null);
    await until(async () => expect(await status()).toBe('AutoAssignmentInGracePeriod'));
    await move(pat, given.department);
    await until(async () => expect(await status()).toBe('Delivered'));
    await move(pat, null);
    await until(async () => expect(await status()).toBe('AutoAssignmentInGracePeriod'));
    expect(await memberIds(graph, given.groupId)).toEqual([pat.id]);
    await sql`update automatic_assignments set ends_at = ends_at - interval '7 days' where target_id = ${pat.id}`.execute(server.database.owner);
    await untilMembers(given, []);
  });

  it('says why somebody has not got it', async () => {
    const given = await departmental();
    const excluded = await offer(graph, [membership((await createGroup(graph, 'other')).id)], { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true } });
    await graph.must('POST', `${entitlement}/accessPackages/${given.packageId}/incompatibleAccessPackages/$ref`, { '@odata.id': `${door.base}/v1.0${entitlement}/accessPackages/${excluded.packageId}` });
    const pat = await createPerson(graph, 'Pat', server.domain);
    await graph.create(`${entitlement}/assignmentRequests`, { requestType: 'adminAdd', assignment: { targetId: pat.id, assignmentPolicyId: excluded.policyId, accessPackageId: excluded.packageId } });
    await move(pat, given.department);
    await until(async () => {
      const { body } = await tell('GET', `automaticAssignmentExceptions?${filter(`targetId eq ${pat.id}`)}`);
      expect(recordsAt(body, 'value').map((one) => [textAt(one, 'policyId'), recordsAt(one, 'reasons').map(({ code }) => code)])).toEqual([[given.policyId, ['incompatibleAccessPackage']]]);
    });
  });
});

it('an agent of a blueprint gets what its tag brings, and an ordinary agent does not', async () => {
  const sam = await createPerson(graph, 'Sam', server.domain);
  const [blueprint, other] = [await createBlueprint(graph, 'bots', [sam]), await createBlueprint(graph, 'other bots', [sam])];
  const [bot, stranger] = [await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sam] }), await createAgent(graph, other, { displayName: 'stranger', sponsors: [sam] })];
  const api = await createApi(graph, { name: 'Orders API', roles: ['Orders.Read'] });
  const offered = await offer(graph, [appRoles(api, textOf(api.roles, 'Orders.Read'))]);
  await graph.create(`${entitlement}/assignmentPolicies`, {
    ...policyBody(offered.packageId, { scope: 'specificDirectoryServicePrincipals', targets: [byRule(`agent.blueprintId -eq "${blueprint.appId}" -and agent.tags -any (_ -eq "prod") -and agent.sponsors -any (_ -eq "${sam.id}")`)] }), automaticRequestSettings: automatic(),
  });
  for (const { id } of [bot, stranger]) await graph.must('PATCH', `${cast.agent.replace('/microsoft.graph.agentIdentity', '')}/${id}/microsoft.graph.agentIdentity`, { tags: ['Prod'] });
  const held = async (id: string): Promise<readonly string[]> => (await graph.list(`/servicePrincipals/${id}/appRoleAssignments`)).map((role) => textOf(role, 'appRoleId'));
  await until(async () => expect(await held(bot.id)).toEqual([textOf(api.roles, 'Orders.Read')]));
  expect(await held(stranger.id)).toEqual([]);
});

describe('a run that would take much at once', () => {
  it('is held, says who would lose what, and goes on when an administrator confirms it', async () => {
    const given = await departmental();
    const people = await staff(given, 7);
    await untilMembers(given, people);
    await sql`update directory_objects set data = data || '{"department": null}' where id = any(${people.slice(0, 6).map(({ id }) => id)}::uuid[])`.execute(server.database.owner);
    await until(async () => expect(await runOf(given)).toMatchObject({ state: 'held', assignmentCount: 7, removalCount: 6, accessPackageId: given.packageId }));
    const id = textAt(await runOf(given) ?? {}, 'id') ?? '';
    expect(recordsAt((await tell('GET', `automaticAssignmentRuns/${id}/removals`)).body, 'value').map((one) => textAt(one, 'targetId')).toSorted()).toEqual(people.slice(0, 6).map((person) => person.id).toSorted());
    const [pat] = people;
    if (pat === undefined) throw new Error('nobody');
    const asPat = await server.tokenOfPerson(pat);
    expect([(await tell('GET', `automaticAssignmentRuns/${id}`, { token: asPat })).status, (await tell('POST', `automaticAssignmentRuns/${id}/confirm`, { token: asPat })).status]).toEqual([403, 403]);
    expect(await memberIds(graph, given.groupId)).toHaveLength(7);
    expect((await tell('POST', `automaticAssignmentRuns/${id}/confirm`)).body).toMatchObject({ state: 'confirmed', removalCount: 6 });
    await untilMembers(given, people.slice(6));
    expect((await tell('POST', `automaticAssignmentRuns/${id}/confirm`)).status).toBe(409);
    expect((await graph.list(`/auditLogs/directoryAudits?${filter(`targetResources/any(t:t/id eq '${id}')`)}`)).map((event) => textOf(event, 'activityDisplayName')).toSorted()).toEqual(['Confirm automatic assignment run', 'Hold automatic assignment run']);
  });

  it('takes nothing when it is discarded, also not the next time', async () => {
    const given = await departmental();
    const people = await staff(given, 6);
    await untilMembers(given, people);
    const rule = await graph.read(`${entitlement}/assignmentPolicies/${given.policyId}`);
    await graph.must('PUT', `${entitlement}/assignmentPolicies/${given.policyId}`, { ...policyBody(given.packageId, { displayName: textOf(rule, 'displayName'), scope: 'specificDirectoryUsers', targets: [byRule('user.department -eq "nobody at all"')] }), automaticRequestSettings: automatic() });
    await until(async () => expect(await runOf(given)).toMatchObject({ state: 'held', removalCount: 6 }));
    const id = textAt(await runOf(given) ?? {}, 'id') ?? '';
    expect((await tell('POST', `automaticAssignmentRuns/${id}/discard`)).body).toMatchObject({ state: 'discarded' });
    await sql`update attribute_rules set next_run_at = now(), full_run_at = now() where policy_id = ${given.policyId}`.execute(server.database.owner);
    await until(async () => expect(numberAt(recordsAt((await tell('GET', `automaticAssignmentRules?${filter(`id eq ${given.policyId}`)}`)).body, 'value')[0] ?? {}, 'memberCount')).toBe(0));
    expect(await memberIds(graph, given.groupId)).toHaveLength(6);
    expect(await runOf(given)).toMatchObject({ state: 'discarded' });
  });

  it('is held earlier or later as administrators set it', async () => {
    const given = await departmental();
    const path = `automaticAssignmentRules/${given.policyId}`;
    expect((await tell('GET', path)).body).toMatchObject({ removalBrakePercent: 20, removalBrakeMinimum: 5, accessPackageId: given.packageId });
    expect((await tell('PATCH', path, { body: { removalBrakePercent: 101 } })).status).toBe(400);
    expect((await tell('PATCH', path, { body: { removalBrakeMinimum: 0 } })).status).toBe(400);
    expect((await tell('PATCH', path, { body: { removalBrakePercent: 0, removalBrakeMinimum: 1 } })).status).toBeLessThan(300);
    const people = await staff(given, 2);
    await untilMembers(given, people);
    await move(people[0] ?? { id: '' }, null);
    await until(async () => expect(await runOf(given)).toMatchObject({ state: 'held', removalCount: 1 }));
    const stranger = await server.tokenOfPerson(await createPerson(graph, 'Stranger', server.domain));
    expect((await tell('PATCH', path, { token: stranger, body: { removalBrakePercent: 100 } })).status).toBe(403);
  });
});

describe('a policy that assigns by itself', () => {
  const post = async (packageId: string, targets: readonly JsonRecord[], more: JsonRecord = {}) =>
    await graph.refusal('POST', `${entitlement}/assignmentPolicies`, { ...policyBody(packageId, { scope: 'specificDirectoryUsers', targets, ...more }), automaticRequestSettings: automatic() });

  it('goes by one rule that can be read, and is the only one of its package', async () => {
    const given = await departmental();
    const pat = await createPerson(graph, `Pat ${newId().slice(-6)}`, server.domain);
    expect(await post(given.packageId, [oneUser(pat.id)])).toMatchObject({ status: 400, codes: ['automaticNeedsRule'] });
    expect(await post(given.packageId, [byRule('user.department -like "x"')])).toMatchObject({ status: 400, codes: ['membershipRule'] });
    expect(await post(given.packageId, [byRule('agent.tags -any (_ -eq "x")')])).toMatchObject({ status: 400, codes: ['ruleForOtherScope'] });
    expect((await post(given.packageId, [byRule('user.department -eq "x"')])).status).toBe(409);
  });

  it('shows its rule as it was written, and forgets it with it', async () => {
    const given = await departmental();
    const read = await graph.read(`${entitlement}/assignmentPolicies/${given.policyId}`);
    expect(read).toMatchObject({ automaticRequestSettings: { requestAccessForAllowedTargets: true, gracePeriodBeforeAccessRemoval: null }, specificAllowedTargets: [{ membershipRule: `(user.department -eq "${given.department}") -and (user.accountEnabled -eq true)` }] });
    const [pat] = await staff(given, 1);
    await untilMembers(given, pat === undefined ? [] : [pat]);
    await graph.must('PUT', `${entitlement}/assignmentPolicies/${given.policyId}`, policyBody(given.packageId));
    await until(async () => expect((await tell('GET', `automaticAssignmentRules/${given.policyId}`)).status).toBe(404));
    expect(await memberIds(graph, given.groupId)).toHaveLength(1);
  });

  it('is made by administrators of the whole tenant only', async () => {
    const owner = await createPerson(graph, 'Owner', server.domain);
    const given = await departmental();
    await graph.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: owner.id, roleDefinitionId: 'ae79f266-94d4-4dab-b730-feca7e132178', appScopeId: `/AccessPackageCatalog/${given.catalogId}` });
    const { id: packageId } = await graph.create(`${entitlement}/accessPackages`, { displayName: `p ${newId()}`, description: 'p', catalog: { id: given.catalogId } });
    const refusal = await (await server.asPerson(owner)).refusal('POST', `${entitlement}/assignmentPolicies`, { ...policyBody(packageId, { scope: 'specificDirectoryUsers', targets: [byRule('user.department -eq "x"')] }), automaticRequestSettings: automatic() });
    expect(refusal.status).toBe(403);
  });
});
