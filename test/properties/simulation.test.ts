/** What a simulation says is what happens when the change is made: who can ask, by the rule that decides on requests, before and after, for random policies, people and conflicts. And it leaves no trace. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { simulate } from '../../src/features/simulations/commands.ts';
import { decideRequest } from '../../src/features/requests/rules/decide.ts';
import { loadFacts } from '../../src/features/requests/store/facts.ts';
import { replacePolicy } from '../../src/features/policies/commands.ts';
import { recordAt, recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { all, inTransaction } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { addIncompatiblePackage } from '../../src/features/packages/commands/incompatible.ts';
import { testDatabase } from '../support/database.ts';
import { administrator, makeHouse, makeObject, makePackage, makePolicy } from '../support/lifecycle.ts';
import { inGroup } from '../support/entitlement.ts';
import { command, working } from '../support/graph-work.ts';

const database = await testDatabase();
const { db } = database;
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const house = await makeHouse(db);
const people = await Promise.all(['user', 'user', 'user', 'agentIdentity', 'servicePrincipal', 'agentIdentity'].map(async (type) => await makeObject(db, type === 'user' ? 'user' : type === 'agentIdentity' ? 'agentIdentity' : 'servicePrincipal')));
const [ann, bob, guest] = people;
if (ann === undefined || bob === undefined || guest === undefined) throw new Error('people are missing');
await sql`update directory_objects set data = data || '{"userType": "Guest"}' where id = ${guest}`.execute(db);
const [outer, inner] = [await makeObject(db, 'group'), await makeObject(db, 'group')];
await inGroup(database, 'member', [outer, inner]);
await inGroup(database, 'member', [inner, bob]);

const sets: Readonly<Record<string, readonly JsonRecord[]>> = {
  specificDirectoryUsers: [{ '@odata.type': '#microsoft.graph.singleUser', userId: ann }, { '@odata.type': '#microsoft.graph.groupMembers', groupId: outer }, { '@odata.type': '#microsoft.graph.singleUser', userId: guest }],
  specificDirectoryServicePrincipals: people.slice(3).map((id) => ({ '@odata.type': '#microsoft.graph.singleServicePrincipal', servicePrincipalId: id })),
};

await sql`update directory_objects set data = data || '{"department": "Sales"}' where id in (${ann}, ${guest})`.execute(db);
const rules: Readonly<Record<string, readonly string[]>> = {
  specificDirectoryUsers: ['user.department -eq "Sales"', 'user.department -ne "Sales" -and user.accountEnabled -eq true', 'user.userType -eq "Guest"'],
  specificDirectoryServicePrincipals: [`servicePrincipal.objectId -eq "${people[4] ?? ''}"`, `agent.objectId -in ["${people[3] ?? ''}","${people[5] ?? ''}"]`],
};
const ruleSets = (scope: string, nth: number): readonly JsonRecord[] => {
  const membershipRule = rules[scope]?.[nth];
  return membershipRule === undefined ? [] : [{ '@odata.type': '#microsoft.graph.attributeRuleMembers', membershipRule }];
};

const policy = fc.record({
  scope: fc.constantFrom('notSpecified', 'allMemberUsers', 'allDirectoryUsers', 'allExternalUsers', 'allDirectoryServicePrincipals', 'allDirectoryAgentIdentities', 'specificDirectoryUsers', 'specificDirectoryServicePrincipals'),
  self: fc.boolean(), picked: fc.integer({ min: 0, max: 7 }), rule: fc.integer({ min: 0, max: 4 }),
}).map(({ scope, self, picked, rule }) => ({ scope, self, targets: [...(sets[scope] ?? []).filter((_, index) => (picked & (1 << index)) !== 0), ...ruleSets(scope, rule)] })).filter(({ scope, targets }) => sets[scope] === undefined || targets.length > 0);

type Shape = typeof policy extends fc.Arbitrary<infer T> ? T : never;

const bodyOf = ({ scope, self, targets }: Shape, packageId: string): JsonRecord => ({
  displayName: 'p', description: 'p', allowedTargetScope: scope, specificAllowedTargets: targets, expiration: { type: 'noExpiration' }, accessPackage: packageId,
  requestorSettings: { enableTargetsToSelfAddAccess: self, onBehalfRequestors: [] }, requestApprovalSettings: { isApprovalRequiredForAdd: false, stages: [] }, customExtensionStageSettings: [], questions: [],
});

/** Who may ask for itself now, by the rule. */
const askers = async (packageId: string): Promise<readonly string[]> => await inTransaction(db, async (tx) => {
  const can: string[] = [];
  for (const id of people) {
    const { accessPackage, target, ...found } = await loadFacts(tx, { callerId: id, targetId: id, accessPackageId: packageId, isOnlyLooking: true }, new Date());
    if (accessPackage === undefined || target === undefined) throw new Error('nothing to ask for');
    const facts = { ...found, accessPackage, target, asked: { type: 'userAdd', justification: null, answers: [], schedule: {} } as const, callerId: id, isAdmin: false, isApprover: false, namedPolicyId: undefined };
    if (decideRequest(facts, new Date()).ok) can.push(id);
  }
  return can.toSorted();
});

const tables = ['assignment_policies', 'policy_targets', 'package_roles', 'access_packages', 'incompatible_packages', 'assignments', 'assignment_requests', 'grants', 'grant_sources', 'audit_events', 'transitions'];
const traces = async (): Promise<unknown> => await Promise.all(tables.map(async (name) => await all(db, sql`select count(*)::integer as n, md5(coalesce(string_agg(t.xmin::text || t::text, ',' order by t::text), '')) as content from ${sql.table(name)} t`)));

async function simulated(body: JsonRecord): Promise<{ readonly gains: readonly string[]; readonly losses: readonly string[] }> {
  const before = await traces();
  const told = await working({ db, caller: admin }, async (work) => await simulate(work, { id: '', ancestors: [], body, arguments: {}, prefer: new Set() }));
  expect(await traces()).toEqual(before);
  const ids = (name: string): readonly string[] => recordsAt(recordAt(told, name), 'members').filter((member) => Array.isArray(member['ways']) && member['ways'].includes('self')).map((member) => String(recordAt(member, 'principal')['id'])).filter((id) => people.includes(id)).toSorted();
  return { gains: ids('gains'), losses: ids('losses') };
}

const without = (one: readonly string[], other: readonly string[]): readonly string[] => one.filter((id) => !other.includes(id));

it('of a policy, over policies beside it and packages that exclude it', async () => {
  await fc.assert(fc.asyncProperty(fc.record({ was: policy, becomes: policy, beside: policy }), fc.subarray(people), async ({ was, becomes, beside }, holding) => {
    const [packageId, rival] = [await makePackage(db, house, []), await makePackage(db, house, [])];
    const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
    const put = async (shape: Shape): Promise<unknown> => await command({ db, caller: admin }, replacePolicy, { id: policyId, body: bodyOf(shape, packageId) });
    await put(was);
    const other = await makePolicy(db, packageId, { scope: 'notSpecified' });
    await command({ db, caller: admin }, replacePolicy, { id: other, body: bodyOf(beside, packageId) });
    const rivalPolicy = await makePolicy(db, rival);
    for (const id of holding) await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at) values (${newId()}, ${rival}, ${rivalPolicy}, ${id}, 'delivered', 'Delivered', now())`.execute(db);
    const first = await askers(packageId);
    const duties = await simulated({ incompatible: { accessPackageId: packageId, addIncompatibleAccessPackageIds: [rival], removeIncompatibleAccessPackageIds: [], addIncompatibleGroupIds: [], removeIncompatibleGroupIds: [] } });
    await command({ db, caller: admin }, addIncompatiblePackage, { ancestors: [{ type: 'accessPackage', id: packageId, navigation: 'incompatibleAccessPackages' }], body: { id: rival } });
    const second = await askers(packageId);
    expect(duties).toEqual({ gains: without(second, first), losses: without(first, second) });
    const { accessPackage: _, ...body } = bodyOf(becomes, packageId);
    const told = await simulated({ policy: { ...body, id: policyId } });
    await put(becomes);
    const third = await askers(packageId);
    expect(told).toEqual({ gains: without(third, second), losses: without(second, third) });
  }), { numRuns: 60 });
}, 300_000);
