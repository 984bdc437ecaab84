/** What waits for somebody, itself and in the place of others: read from an index on the person, however many requests wait for others. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { person } from '../support/lifecycle.ts';
import { testDatabase } from '../support/database.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();

// Thirty thousand requests wait, ten for each of three thousand people and as many in which they have decided; everybody has named somebody, one in ten a group of thirty.
await sql.raw(`
  insert into directory_objects (id, type, display_name, user_principal_name) select md5('user' || n)::uuid, 'user', 'Person ' || n, 'person' || n || '@example.com' from generate_series(1, 33000) n;
  insert into directory_objects (id, type, display_name) select md5('group' || n)::uuid, 'group', 'Group ' || n from generate_series(1, 100) n;
  insert into grants (id, kind, principal_id, resource_id, manual) select md5('in' || n)::uuid, 'member', md5('user' || n)::uuid, md5('group' || n % 100 + 1)::uuid, true from generate_series(1, 3000) n;
  insert into catalogs (id, display_name) select md5('catalog')::uuid, 'Catalog';
  insert into access_packages (id, catalog_id, display_name) select md5('package')::uuid, md5('catalog')::uuid, 'Package';
  insert into assignment_policies (id, access_package_id, display_name, allowed_target_scope, expiration, requestor_settings, request_approval_settings)
    select md5('policy')::uuid, md5('package')::uuid, 'Policy', 'allDirectoryUsers', '{"type": "noExpiration"}', '{}', '{"stages": []}';
  insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, schedule)
    select md5('request' || n)::uuid, 'userAdd', 'pendingApproval', 'PendingApproval', md5('user' || n + 3000)::uuid, md5('user' || n + 3000)::uuid, md5('package')::uuid, md5('policy')::uuid, '{}' from generate_series(1, 30000) n;
  insert into approval_stages (id, request_id, position, status, lasts, due_at, review_result, reviewed_by, reviewed_at)
    select md5('done' || n)::uuid, md5('request' || n)::uuid, 0, 'Completed', 'P14D', now(), 'Approve', md5('user' || (n + 5) % 3000 + 1)::uuid, now() from generate_series(1, 30000) n;
  insert into approval_stages (id, request_id, position, status, lasts, due_at) select md5('open' || n)::uuid, md5('request' || n)::uuid, 1, 'InProgress', 'P14D', now() + interval '9 days' from generate_series(1, 30000) n;
  insert into stage_approvers (stage_id, principal_id, role) select md5('done' || n)::uuid, md5('user' || (n + 5) % 3000 + 1)::uuid, 'primary' from generate_series(1, 30000) n;
  insert into stage_approvers (stage_id, principal_id, role) select md5('open' || n)::uuid, md5('user' || n % 3000 + 1)::uuid, 'primary' from generate_series(1, 30000) n;
  insert into approver_delegates (principal_id, delegate_kind, delegate_id, schedule, starts_at, ends_at, modified_at)
    select md5('user' || n)::uuid, case when n % 10 = 0 then 'groupMembers' else 'singleUser' end, case when n % 10 = 0 then md5('group' || n % 100 + 1)::uuid else md5('user' || n + 1)::uuid end, '{}', now() - interval '1 day',
           case when n % 3 = 0 then now() - interval '1 hour' else 'infinity' end, now() from generate_series(1, 3000) n;
`).execute(database.owner);
await sql.raw('vacuum analyze').execute(database.owner);
const reader = new PlanReader(database);
const idOf = (n: number): string => (ids[n] ?? '');
const ids: Readonly<Record<number, string>> = Object.fromEntries((await sql<{ n: number; id: string }>`select n, md5('user' || n)::uuid::text as id from generate_series(1, 300) n`.execute(database.db)).rows.map(({ n, id }) => [n, id]));
const em = '/identityGovernance/entitlementManagement';

describe('what waits for an approver and its substitutes', () => {
  it.each([
    [`${em}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')`, 6000], [`${em}/assignmentRequests/filterByCurrentUser(on='approver')`, 6000],
    [`${em}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')?$expand=stages`, 12_000], [`${em}/assignmentRequests`, 9000],
  ] as const)('%s', async (url, most) => {
    for (const n of [8, 11, 40]) {
      const page = await reader.get(url, person(idOf(n)));
      expect(page.ids.length, `${n}`).toBeGreaterThanOrEqual(n === 11 ? 10 : 20);
      expect(page.scanned, page.plan).toEqual([]);
      expect(page.rows, page.plan).toBeLessThanOrEqual(most);
    }
  });
});
