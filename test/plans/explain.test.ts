/** An explanation begins at whom and what it is about: however many packages, policies and holders there are, few rows are looked at. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { ownApiAppId } from '../../src/features/roles/model.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { fillCrowd, idOf } from '../support/crowd.ts';
import { testDatabase } from '../support/database.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();
const reader = new PlanReader(database);

beforeAll(async () => {
  await fillCrowd(database.owner);
  await sql.raw('vacuum analyze').execute(database.owner);
}, 240_000);

const person = (n: number): Caller => ({
  principalId: idOf('user', n), kind: 'user', displayName: 'x', isDelegated: true, clientAppId: ownApiAppId, permissions: new Set(['EntitlementMgmt-SubjectAccess.ReadWrite']), directoryRoles: new Set(), entitlementRoles: [],
});
const administrator: Caller = { ...person(1), principalId: idOf('sp', 9), kind: 'servicePrincipal', isDelegated: false, permissions: new Set(['EntitlementManagement.Read.All']) };

async function judge(url: string, caller: Caller, most: number): Promise<void> {
  const page = await reader.get(url, caller, 'gatehouse');
  expect(page.scanned, page.plan).toEqual([]);
  expect(page.rows, page.plan).toBeLessThanOrEqual(most);
}

describe('may they get a package', () => {
  const of = (principal: string, n: number): string => `/explain(principalId='${principal}',accessPackageId='${idOf('package', n)}')`;

  it.each([['one that thousands hold', 1], ['one for everybody', 10_000], ['one that names two', 42]])('%s', async (_, n) => {
    await judge(of(idOf('user', 42), n), administrator, 500);
    await judge(of(idOf('user', 42), n), person(42), 500);
    await judge(of(idOf('agent', 8), n), administrator, 500);
  });
});

describe('why do they hold a role', () => {
  const of = (principal: string, n: number): string => `/explain(principalId='${principal}',resourceId='${idOf('sp', n)}',roleId='Value.role')`;

  it.each([['on an API that thousands use', 1], ['on another', 77]])('%s', async (_, n) => {
    await judge(of(idOf('agent', 8), n), administrator, 4000);
    await judge(of(idOf('user', 42), n), { ...person(42), permissions: new Set(['EntitlementMgmt-SubjectAccess.ReadWrite', 'Application.Read.All']) }, 4000);
  });

  it('not at all: eight packages that would give it are judged from one statement', async () => {
    const page = await reader.get(of(idOf('user', 42), 900), administrator, 'gatehouse');
    expect(page.body).toMatchObject({ isHeld: false, packages: Array.from({ length: 8 }, () => ({ isAllowed: false })) });
    expect(page.statements, page.plan).toBeLessThanOrEqual(3);
    expect(page.rows, page.plan).toBeLessThanOrEqual(4000);
  });

  it('of a group of thousands', async () => {
    await judge(`/explain(principalId='${idOf('user', 42)}',resourceId='${idOf('group', 1)}',roleId='member')`, administrator, 1000);
  });
});
