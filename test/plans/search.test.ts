/** $search and delta() read no more of tens of thousands of rows than they answer. */
import { beforeAll, describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import type { Caller } from '../../src/kernel/caller.ts';
import { fillCrowd, idOf } from '../support/crowd.ts';
import { testDatabase } from '../support/database.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();
const reader = new PlanReader(database);
const people = 30_000;
beforeAll(async () => {
  await fillCrowd(database.owner);
  const { rows: [crowd] } = await sql<{ n: number }>`select count(*)::int as n from directory_objects where type = 'user'`.execute(database.owner);
  await sql`insert into directory_objects (id, type, display_name, user_principal_name, data)
    select gen_random_uuid(), 'user', 'Searched Somebody' || n, 'searched' || n || '@example.com', jsonb_build_object('mail', 'mail.searched' || n || '@example.com', 'givenName', 'Given' || n, 'surname', 'Sur' || n)
      from generate_series(1, ${Math.max(people - (crowd?.n ?? 0), 10_000)}) n`.execute(database.owner);
  await sql`analyze directory_objects`.execute(database.owner);
}, 400_000);

const plain = { displayName: 'x', clientAppId: idOf('appId', 9), directoryRoles: new Set<string>(), entitlementRoles: [] };
const admin: Caller = { ...plain, principalId: idOf('sp', 9), kind: 'servicePrincipal', isDelegated: false, permissions: new Set(['EntitlementManagement.ReadWrite.All', 'Directory.Read.All']) };
const reading: Caller = { ...plain, principalId: idOf('user', 5), kind: 'user', isDelegated: true, permissions: new Set(['User.Read.All', 'Group.Read.All', 'EntitlementManagement.Read.All']) };

describe('$search', () => {
  it.each([
    '/users?$search="displayName:Somebody9123"', '/users?$search="Somebody 9123"', '/users?$search="searched9123"', '/users?$search="mail:searched9123"', '/users?$search="displayName:Somebody9123" OR "displayName:Somebody9124"',
    '/users?$search="displayName:Somebody9123" AND "userPrincipalName:searched9123"', '/users?$search="givenName:given9123"&$count=true', '/users?$search="nobodyatall"', '/groups?$search="displayName:77"', '/groups?$search="description:nothing"',
    '/servicePrincipals?$search="displayName:App 77"', '/applications?$search="displayName:App 77"', '/identityGovernance/entitlementManagement/accessPackages?$search="displayName:00077"', '/identityGovernance/entitlementManagement/catalogs?$search="displayName:77"',
  ])('%s', async (url) => {
    for (const caller of url.startsWith('/servicePrincipals') || url.startsWith('/applications') || url.startsWith('/identityGovernance') ? [admin] : [admin, reading]) {
      const { rows, scanned, plan } = await reader.get(url, caller);
      expect(scanned, plan).toEqual([]);
      expect(rows, plan).toBeLessThanOrEqual(1500);
      if (url.startsWith('/users')) expect(plan).toContain('directory_search');
    }
  });

  it('finds what is there', async () => {
    expect((await reader.get('/users?$search="displayName:somebody9123"', reading)).ids).toHaveLength(1);
    expect((await reader.get('/users?$search="somebody 9123"', reading)).ids).toHaveLength(1);
    expect((await reader.get('/users?$search="displayName:searched"&$top=7', reading)).ids).toHaveLength(7);
  });
});

describe('delta()', () => {
  it.each(['/users/delta', '/groups/delta?$select=displayName', '/servicePrincipals/delta'])('%s begins with a page, and goes on with what changed', async (path) => {
    const first = await reader.get(path, admin);
    expect(first.scanned, first.plan).toEqual([]);
    expect(first.rows, first.plan).toBeLessThanOrEqual(2500);
    if (first.next !== undefined) expect((await reader.get(first.next, admin)).scanned).toEqual([]);
    const latest = await reader.get(`${path}${path.includes('?') ? '&' : '?'}$deltatoken=latest`, admin);
    await sql`update directory_objects set display_name = display_name || ' again' where id = any(array[${idOf('user', 5)}, ${idOf('group', 5)}]::uuid[])`.execute(database.owner);
    const later = await reader.get(latest.link ?? '', admin);
    expect(later.scanned, later.plan).toEqual([]);
    expect(later.rows, later.plan).toBeLessThanOrEqual(300);
  });
});
