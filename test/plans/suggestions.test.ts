/** What is computed for one caller begins at that caller: suggestions, what agents inherit, and stages that may hide who decided. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { ownApiAppId } from '../../src/features/roles/model.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { fillCrowd, idOf } from '../support/crowd.ts';
import { testDatabase } from '../support/database.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();
const reader = new PlanReader(database);

// A department of three thousand, and blueprints that hand on what their principals were granted.
beforeAll(async () => {
  await fillCrowd(database.owner);
  await sql`update directory_objects set data = data || '{"department": "Wards"}' where type = 'user' and id in (select md5('user' || n)::uuid from generate_series(1, 3000) n)`.execute(database.owner);
  await sql`insert into inheritable_permissions (blueprint_id, resource_app_id, scopes, roles)
    select md5('blueprint' || n)::uuid, md5('appId' || n)::uuid, '{"@odata.type": "#microsoft.graph.allAllowedScopes"}', '{"@odata.type": "#microsoft.graph.allAllowedRoles"}' from generate_series(1, 200) n`.execute(database.owner);
  await sql`insert into grants (id, kind, principal_id, resource_id, permission_id, manual)
    select gen_random_uuid(), case k when 'role' then 'appRole' else 'delegated' end, md5('bp' || n)::uuid, md5('sp' || n)::uuid, md5('permission' || n || k)::uuid, true from generate_series(1, 200) n cross join (values ('role'), ('scope')) x (k)`.execute(database.owner);
  await sql.raw('vacuum analyze').execute(database.owner);
}, 240_000);

const person = (n: number): Caller => ({
  principalId: idOf('user', n), kind: 'user', displayName: 'x', isDelegated: true, clientAppId: ownApiAppId, permissions: new Set(['EntitlementMgmt-SubjectAccess.ReadWrite']), directoryRoles: new Set(), entitlementRoles: [],
});
const manager: Caller = { ...person(1), principalId: idOf('sp', 9), kind: 'servicePrincipal', isDelegated: false, permissions: new Set(['AgentIdentity.Read.All', 'Application.Read.All', 'Directory.Read.All']) };
const em = '/identityGovernance/entitlementManagement';

async function judge(url: string, caller: Caller, most: number): Promise<readonly unknown[]> {
  const page = await reader.get(url, caller);
  expect(page.scanned, page.plan).toEqual([]);
  expect(page.rows, page.plan).toBeLessThanOrEqual(most);
  return page.ids;
}

describe('suggestions', () => {
  it('look at no more than two hundred of a department', async () => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from related_people_of(${idOf('user', 7)}::uuid)`.execute(database.db);
    expect(rows[0]?.n).toBeGreaterThan(150);
    expect(rows[0]?.n).toBeLessThan(250);
  });

  it.each([
    ['in a department of three thousand', 7], ['in none', 20_007], ['of a manager', 101],
  ])('%s', async (_, n) => {
    for (const on of ['relatedPeopleAssignments', 'assignmentHistory', 'relatedPeopleAssignments,assignmentHistory']) {
      await judge(`${em}/accessPackageSuggestions/filterByCurrentUser(on='${on}')?$expand=accessPackage`, person(n), 6000);
    }
  });
});

describe('approvals', () => {
  it('with who decided', async () => { await judge(`${em}/accessPackageAssignmentApprovals?$expand=stages`, person(7), 3000); });
});

describe('what an agent inherits', () => {
  it.each(['inheritedAppRoleAssignments', 'inheritedOauth2PermissionGrants'])('%s', async (navigation) => {
    const page = await reader.get(`/servicePrincipals/microsoft.graph.agentIdentity/${idOf('agent', 8)}/${navigation}`, manager, 'beta');
    expect(page.ids.length).toBe(1);
    expect(page.scanned, page.plan).toEqual([]);
    expect(page.rows, page.plan).toBeLessThanOrEqual(300);
  });
});
