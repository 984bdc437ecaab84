/** Rules, those who match them, held runs and what they would take are found by indexes, however many there are. */
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { administrator, makeHouse, makeObject, makePackage, makePolicy } from '../support/lifecycle.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();
const { db } = database;
const reader = new PlanReader(database);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const house = await makeHouse(db, 1);
const packageId = await makePackage(db, house);
const policyId = await makePolicy(db, packageId, { scope: 'specificDirectoryUsers' });
const runId = newId();
await sql`insert into directory_objects (id, type, display_name, user_principal_name) select gen_random_uuid(), 'user', 'u' || n, 'u' || n || '@example.com' from generate_series(1, 4000) n`.execute(db);
await sql`insert into attribute_rules (policy_id, membership_rule, requests, removes, next_run_at, full_run_at) values (${policyId}, 'user.city -eq "x"', true, true, now(), now())`.execute(db);
await sql`insert into rule_members (policy_id, member_id, since, reasons, refused_at) select ${policyId}, id, now(), '[]', now() from directory_objects where type = 'user'`.execute(db);
await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at) select gen_random_uuid(), ${packageId}, ${policyId}, id, 'delivered', 'Delivered', now() from directory_objects where type = 'user'`.execute(db);
await sql`insert into automatic_assignments (assignment_id, policy_id, target_id) select id, policy_id, target_id from assignments`.execute(db);
await sql`insert into automatic_assignment_runs (id, policy_id, access_package_id, state, assignment_count, created_at, decided_at)
  select gen_random_uuid(), ${policyId}, ${packageId}, 'lapsed', 1, now(), now() from generate_series(1, 3000)`.execute(db);
await sql`insert into automatic_assignment_runs (id, policy_id, access_package_id, state, assignment_count, created_at) values (${runId}, ${policyId}, ${packageId}, 'held', 4000, now())`.execute(db);
await sql`insert into automatic_run_removals (run_id, assignment_id) select ${runId}, id from assignments`.execute(db);
await sql`vacuum analyze`.execute(database.owner);
const { id: memberId } = (await sql<{ id: string }>`select id from directory_objects where type = 'user' limit 1`.execute(db)).rows[0] ?? { id: '' };

it.each([
  ['held runs', 'automaticAssignmentRuns?$top=20', 300], ['one of them', `automaticAssignmentRuns/${runId}?$select=id,state`, 20], ['the rules', 'automaticAssignmentRules?$select=id,membershipRule', 20],
  ['whom nothing could be given', 'automaticAssignmentExceptions?$top=20', 300], ['why somebody got nothing', `automaticAssignmentExceptions?$filter=targetId eq ${memberId}`, 50],
])('%s', async (_, path, most) => {
  const page = await reader.get(`/${path}`, admin, 'gatehouse');
  expect(page.scanned, page.plan).toEqual([]);
  expect(page.rows, page.plan).toBeLessThanOrEqual(most);
});
