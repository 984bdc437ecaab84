/** Extensions and their calls are found by indexes, however many there are. */
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { makeExtension } from '../support/extensions.ts';
import { administrator, makeHouse, makeObject, makePackage, makePolicy } from '../support/lifecycle.ts';
import { testDatabase } from '../support/database.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();
const { db } = database;
const reader = new PlanReader(database);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const [crowded, quiet] = [await makeHouse(db), await makeHouse(db)];
const packageId = await makePackage(db, quiet);
const policyId = await makePolicy(db, packageId);
const extensionId = await makeExtension(db, quiet.catalogId, { url: 'https://flows.example.com/' });
await sql`insert into custom_extensions (id, catalog_id, type, display_name, endpoint_configuration, created_at, modified_at)
  select gen_random_uuid(), ${crowded.catalogId}, 'accessPackageAssignmentRequestWorkflowExtension', 'e', '{}', now(), now() from generate_series(1, 3000)`.execute(db);
await sql`insert into policy_extensions (id, policy_id, stage, extension_id, position) values (gen_random_uuid(), ${policyId}, 'assignmentRequestGranted', ${extensionId}, 0)`.execute(db);
await sql`insert into assignment_requests (id, request_type, state, status, target_id, access_package_id, policy_id, schedule, completed_at)
  select gen_random_uuid(), 'adminAdd', 'denied', 'Denied', ${admin.principalId}, ${packageId}, ${policyId}, '{}', now() from generate_series(1, 3000)`.execute(db);
await sql`insert into callouts (id, extension_id, stage, request_id, state, created_at, changed_at)
  select gen_random_uuid(), ${extensionId}, 'assignmentRequestCreated', id, 'calloutSent', now(), now() from assignment_requests`.execute(db);
await sql`insert into callout_queue (id, extension_id, payload, due_at) select id, extension_id, '{}', now() from callouts`.execute(db);
await sql`vacuum analyze`.execute(database.owner);

it.each([
  ['extensions of a catalog', `/catalogs/${quiet.catalogId}/customWorkflowExtensions`, 100], ['a page of many', `/catalogs/${crowded.catalogId}/customWorkflowExtensions?$top=50`, 300],
  ['requests with their calls', '/assignmentRequests?$top=50', 600], ['a policy with what it calls', `/assignmentPolicies/${policyId}`, 100],
])('%s', async (_, path, most) => {
  const page = await reader.get(`/identityGovernance/entitlementManagement${path}`, admin);
  expect(page.scanned, page.plan).toEqual([]);
  expect(page.rows, page.plan).toBeLessThanOrEqual(most);
});
