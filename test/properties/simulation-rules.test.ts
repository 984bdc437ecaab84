/** Who a simulation says gains and loses by a change of a membership rule is who does, once the change is made and the server has done what follows. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createPolicy, replacePolicy } from '../../src/features/policies/commands.ts';
import { simulate } from '../../src/features/simulations/commands.ts';
import { recordAt, recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { all } from '../../src/platform/db/transaction.ts';
import { makeCompany } from '../support/automatic.ts';
import { testDatabase } from '../support/database.ts';
import { command, createdId, working } from '../support/graph-work.ts';
import { administrator, makeObject, makePackage } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const company = await makeCompany(db);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const people = await Promise.all([1, 2, 3, 4, 5].map(async () => await makeObject(db, 'user')));

const shape = fc.record({
  rule: fc.constantFrom('user.department -eq "A"', 'user.department -eq "B"', 'user.department -in ["A","B"]', 'user.department -eq null'), isByRule: fc.boolean(),
  gives: fc.boolean(), takes: fc.boolean(), grace: fc.constantFrom(null, 'P7D'),
});
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;
const departments = fc.array(fc.constantFrom('A', 'B', null), { minLength: people.length, maxLength: people.length });

const bodyOf = ({ rule, isByRule, gives, takes, grace }: Shape): JsonRecord => ({
  displayName: 'p', description: 'p', expiration: { type: 'noExpiration' }, requestorSettings: { onBehalfRequestors: [] }, requestApprovalSettings: { isApprovalRequiredForAdd: false, stages: [] }, customExtensionStageSettings: [], questions: [],
  ...(isByRule ? { allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [{ '@odata.type': '#microsoft.graph.attributeRuleMembers', membershipRule: rule }], automaticRequestSettings: { requestAccessForAllowedTargets: gives, removeAccessWhenTargetLeavesAllowedTargets: takes, gracePeriodBeforeAccessRemoval: grace } }
    : { allowedTargetScope: 'notSpecified', specificAllowedTargets: [] }),
});

/** Who has the package, and is not about to lose it. */
const holders = async (packageId: string): Promise<readonly string[]> => (await all(db, sql<{ id: string }>`
  select a.target_id as id from assignments a where a.access_package_id = ${packageId} and a.state = 'delivered'
     and not exists (select 1 from automatic_assignments g where g.assignment_id = a.id and g.leaving_at is not null) order by 1`)).map(({ id }) => id);
const without = (some: readonly string[], others: readonly string[]): readonly string[] => some.filter((id) => !others.includes(id));

it('of a rule, and of what follows from it', async () => {
  await fc.assert(fc.asyncProperty(shape, shape, departments, async (was, becomes, where) => {
    for (const [index, id] of people.entries()) await company.move([id], where[index] ?? null);
    const packageId = await makePackage(db, company.house);
    const acting = { db, caller: admin, now: company.clock.now() };
    const policyId = createdId(await command(acting, createPolicy, { body: { ...bodyOf(was), accessPackage: packageId } }));
    await company.sweep();
    const before = await holders(packageId);
    const told = await working(acting, async (work) => await simulate(work, { id: '', ancestors: [], body: { policy: { ...bodyOf(becomes), id: policyId } }, arguments: {}, prefer: new Set() }));
    const by = (list: string): readonly string[] => recordsAt(recordAt(told, list), 'members').filter(({ ways }) => Array.isArray(ways) && ways.includes('automatic')).map((member) => String(recordAt(member, 'principal')['id'])).toSorted();
    await command({ ...acting, now: company.clock.now() }, replacePolicy, { id: policyId, body: { ...bodyOf(becomes), accessPackage: packageId } });
    await sql`update attribute_rules set removal_brake_minimum = 100 where policy_id = ${policyId}`.execute(db);
    await company.sweep();
    const after = await holders(packageId);
    expect({ gains: by('gains'), losses: by('losses') }).toEqual({ gains: without(after, before), losses: without(before, after) });
    const isTaken = recordsAt(recordAt(told, 'holdersOutOfScope'), 'members').filter((member) => member['isTaken'] === true).map((member) => String(recordAt(member, 'principal')['id']));
    expect(without(isTaken, by('losses'))).toEqual([]);
    await sql`delete from attribute_rules where policy_id = ${policyId}`.execute(db);
  }), { numRuns: 25 });
}, 240_000);
