/** Years on, most assignments have expired, and their ids come first: the others are still found without passing them. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/kernel/caller.ts';
import { testDatabase } from '../support/database.ts';
import { makeHouse, makePackage, makePolicy } from '../support/lifecycle.ts';
import { newId } from '../../src/platform/ids.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();
const reader = new PlanReader(database);
const admin: Caller = {
  principalId: newId(), kind: 'servicePrincipal', displayName: 'x', clientAppId: newId(), isDelegated: false,
  permissions: new Set(['EntitlementManagement.ReadWrite.All', 'Directory.Read.All']), directoryRoles: new Set(), entitlementRoles: [],
};

beforeAll(async () => {
  const db = database.owner;
  const packageId = await makePackage(db, await makeHouse(db));
  const policyId = await makePolicy(db, packageId);
  await sql`insert into directory_objects (id, type, display_name, app_id) select md5('holder ' || n)::uuid, 'servicePrincipal', 'holder ' || n, gen_random_uuid() from generate_series(1, 3000) n`.execute(db);
  const assign = async (state: string, [from, to]: readonly [number, number], expiredAt: Date | null): Promise<unknown> => await sql`
    insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at, expired_at)
    select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, ${packageId}::uuid, ${policyId}::uuid, md5('holder ' || (n % 3000 + 1))::uuid, ${state}, 'x', now(), case when ${expiredAt}::timestamptz is null then 'infinity' else now() end, ${expiredAt}::timestamptz
      from generate_series(${from}::integer, ${to}::integer) n`.execute(db);
  await assign('expired', [1, 40_000], new Date());
  await assign('delivered', [40_001, 42_000], null);
  await assign('partiallyDelivered', [42_001, 42_003], null);
  await sql`analyze assignments, directory_objects`.execute(db);
});

describe('assignments behind forty thousand that have expired', () => {
  it.each(['delivered', 'deliveryFailed', 'partiallyDelivered', 'delivering'])('are found by state %s', async (state) => {
    const page = await reader.get(`/identityGovernance/entitlementManagement/assignments?$filter=state eq '${state}'&$expand=target`, admin);
    expect(page.scanned, page.plan).toEqual([]);
    expect(page.rows, page.plan).toBeLessThanOrEqual(1500);
    expect(page.ids.length > 0).toBe(state === 'delivered' || state === 'partiallyDelivered');
  });
});
