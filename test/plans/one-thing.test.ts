/** Who manages one thing of thousands reads what it may see by index: what the database looks at grows with that, and not with the catalog or the tenant. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { entitlementRole } from '../../src/features/roles/model.ts';
import type { Caller, EntitlementRole } from '../../src/kernel/caller.ts';
import { fillCrowd, idOf } from '../support/crowd.ts';
import { testDatabase } from '../support/database.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();
const reader = new PlanReader(database);
beforeAll(async () => {
  await fillCrowd(database.owner);
  // Thousands hold roles on single things, ten on the one that is looked at.
  await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id)
    select md5('single' || n || kind)::uuid, 'entitlementManagement', md5('user' || n)::uuid, ${entitlementRole.assignmentManager}, '/' || kind || '/' || md5(noun || (case when n <= 10 then 77 else n end))::uuid
      from generate_series(1, 3000) n cross join (values ('AccessPackage', 'package'), ('AssignmentPolicy', 'policy')) k (kind, noun)`.execute(database.owner);
  await sql.raw('vacuum analyze role_schedules').execute(database.owner);
}, 300_000);

const holding = (role: Omit<EntitlementRole, 'roleDefinitionId'>): Caller => ({
  principalId: idOf('user', 101), kind: 'user', displayName: 'x', clientAppId: idOf('appId', 9), isDelegated: true, permissions: new Set(['EntitlementManagement.ReadWrite.All', 'User.Read']), directoryRoles: new Set<string>(),
  entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, ...role }],
});
const callers = {
  manager: holding({ catalogId: undefined, accessPackageId: idOf('package', 77) }),
  keeper: holding({ catalogId: undefined, accessPackageId: idOf('package', 77), policyId: idOf('policy', 77) }),
  steward: holding({ catalogId: undefined, resourceId: idOf('resource', 77) }),
  owner: holding({ catalogId: idOf('catalog', 1) }),
} as const satisfies Readonly<Record<string, Caller>>;

const em = '/identityGovernance/entitlementManagement';
const lists = [
  'accessPackages', "accessPackages?$filter=startswith(displayName,'Package 0007')", 'accessPackages?$expand=assignmentPolicies,resourceRoleScopes,catalog', 'assignmentPolicies', 'assignmentPolicies?$expand=accessPackage', 'catalogs',
  'catalogs?$expand=accessPackages,resources', 'resources', 'resources?$expand=roles', 'resourceRequests', 'resourceRoleScopes', 'assignments', 'assignments?$expand=target,accessPackage,assignmentPolicy', "assignments?$filter=state eq 'delivered'", 'subjects',
  'assignmentRequests', "assignmentRequests?$filter=state eq 'pendingApproval'", 'accessPackageAssignmentApprovals',
];

/** What somebody has no business with is refused before anything is read. */
const closed: Readonly<Record<'manager' | 'keeper' | 'steward', readonly string[]>> = { manager: ['resourceRequests'], keeper: ['resourceRequests'], steward: ['assignmentPolicies'] };

describe.each(['manager', 'keeper', 'steward'] as const)('the %s', (who) => {
  it.each(lists.filter((list) => !closed[who].includes(list.split('?')[0] ?? '')))('%s', async (list) => {
    const page = await reader.get(`${em}/${list}`, callers[who]);
    expect(page.scanned, page.plan).toEqual([]);
    expect(page.rows, page.plan).toBeLessThanOrEqual(1500);
  });

  it('what was delivered', async () => {
    const page = await reader.get(`${em}/accessPackageAssignmentResourceRoles`, callers[who], 'beta');
    expect(page.scanned, page.plan).toEqual([]);
  });
});

it.each(['manager', 'keeper', 'steward', 'owner'] as const)('roles of others on what the %s may see', async (who) => {
  for (const list of ['roleAssignments', 'roleAssignments?$expand=appScope', 'roleAssignmentSchedules']) {
    const page = await reader.get(`/roleManagement/entitlementManagement/${list}`, callers[who]);
    expect(page.scanned, page.plan).toEqual([]);
    // A catalog has a hundred packages, each with a policy.
    expect(page.rows, page.plan).toBeLessThanOrEqual(who === 'owner' ? 5000 : 1500);
  }
});

it('rights are read by one statement, however many hold roles on single things', async () => {
  const page = await reader.get(`${em}/accessPackages/${idOf('package', 77)}`, callers.manager);
  expect(page.rows, page.plan).toBeLessThanOrEqual(100);
});
