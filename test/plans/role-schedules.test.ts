/** Role schedules and the requests for them: every list begins at an index, however many have ended. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { directoryRole, entitlementRole } from '../../src/features/roles/model.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { callerWith, personWith } from '../support/graph-work.ts';
import { testDatabase } from '../support/database.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();
const idOf = (noun: string, n: number) => sql`md5(${noun + String(n)})::uuid`;
const [user, catalog] = (await sql<{ u: string; c: string }>`select ${idOf('user', 7)}::text as u, ${idOf('catalog', 7)}::text as c`.execute(database.db)).rows.map(({ u, c }) => [u, c])[0] ?? ['', ''];

// Every person has ten schedules of some catalogs; nine in ten are over, most of them noticed. A few hundred hold a role without end.
await sql.raw(`
  insert into directory_objects (id, type, display_name, user_principal_name) select md5('user' || n)::uuid, 'user', 'Person ' || n, 'person' || n || '@example.com' from generate_series(1, 3000) n;
  insert into directory_objects (id, type, display_name) select md5('group' || n)::uuid, 'group', 'Group ' || n from generate_series(1, 100) n;
  insert into grants (id, kind, principal_id, resource_id, manual) select md5('in' || n)::uuid, 'member', md5('user' || n)::uuid, md5('group' || n % 100 + 1)::uuid, true from generate_series(1, 3000) n;
  insert into catalogs (id, display_name) select md5('catalog' || n)::uuid, 'Catalog ' || n from generate_series(1, 300) n;
  insert into role_schedules (id, type, provider, principal_id, role_definition_id, app_scope_id, catalog_id, starts_at, ends_at, ended_at)
    select md5('schedule' || n)::uuid, case when n % 2 = 0 then 'assignment' else 'eligibility' end, 'entitlementManagement', md5('user' || n % 3000 + 1)::uuid, '${entitlementRole.catalogOwner}',
           '/AccessPackageCatalog/' || md5('catalog' || n % 300 + 1)::uuid, md5('catalog' || n % 300 + 1)::uuid, now() - interval '10 days',
           case when n % 10 = 0 then now() + interval '9 days' else now() - interval '1 day' end, case when n % 10 > 1 then now() end from generate_series(1, 30000) n on conflict do nothing;
  insert into role_schedules (id, provider, principal_id, role_definition_id) select md5('plain' || n)::uuid, 'directory', md5('user' || n)::uuid, '${directoryRole.globalReader}' from generate_series(1, 500) n;
  insert into role_schedule_requests (id, type, provider, action, status, principal_id, role_definition_id, app_scope_id, catalog_id, target_schedule_id, created_by, created_at, completed_at)
    select md5('request' || n)::uuid, case when n % 2 = 0 then 'assignment' else 'eligibility' end, 'entitlementManagement', 'adminAssign', 'Provisioned', md5('user' || n % 3000 + 1)::uuid, '${entitlementRole.catalogOwner}',
           '/AccessPackageCatalog/' || md5('catalog' || n % 300 + 1)::uuid, md5('catalog' || n % 300 + 1)::uuid, md5('schedule' || n)::uuid, md5('user' || n % 50 + 1)::uuid, now() - n * interval '1 minute', now() from generate_series(1, 30000) n;
`).execute(database.owner);
await sql.raw('vacuum analyze').execute(database.owner);
const reader = new PlanReader(database);

const callers = {
  admin: callerWith(['RoleManagement.Read.All', 'EntitlementManagement.ReadWrite.All', 'Directory.Read.All']),
  person: personWith(user ?? '', ['EntitlementMgmt-SubjectAccess.ReadWrite']),
  owner: { ...personWith(user ?? '', ['EntitlementManagement.ReadWrite.All']), entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: catalog }] },
} as const satisfies Readonly<Record<string, Caller>>;

async function judge(url: string, most = 3000): Promise<void> {
  for (const caller of Object.values(callers)) {
    const page = await reader.get(url, caller);
    expect(page.scanned, page.plan).toEqual([]);
    expect(page.rows, page.plan).toBeLessThanOrEqual(most);
  }
}

const lists = ['roleAssignmentSchedules', 'roleEligibilitySchedules', 'roleAssignmentScheduleInstances', 'roleEligibilityScheduleInstances', 'roleAssignmentScheduleRequests', 'roleEligibilityScheduleRequests'];
const em = '/roleManagement/entitlementManagement';

describe.each(lists)('%s', (list) => {
  it.each(['', `?$filter=principalId eq '${user ?? ''}'`, '?$expand=principal,roleDefinition,appScope', "/filterByCurrentUser(on='principal')"])('%s', async (query) => await judge(`${em}/${list}${query}`));
  it('of the directory', async () => await judge(`/roleManagement/directory/${list}`));
});

it('requests by who made them, and those that wait', async () => {
  await judge(`${em}/roleAssignmentScheduleRequests/filterByCurrentUser(on='createdBy')`);
  await judge(`${em}/roleAssignmentScheduleRequests/filterByCurrentUser(on='approver')`);
});

it('roles that are held', async () => {
  await judge(`${em}/roleAssignments`);
  await judge(`/roleManagement/directory/roleAssignments?$filter=principalId eq '${user ?? ''}'`);
});
