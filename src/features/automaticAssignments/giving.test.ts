/** Automatic assignment on PostgreSQL: given to who matches, taken from who no longer does; whom nothing can be given is told. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { all, maybe, one } from '../../platform/db/transaction.ts';
import { makeCompany, hour } from '../../../test/support/automatic.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { administrator, ask, makeObject, makePackage, makePolicy, person } from '../../../test/support/lifecycle.ts';

const { db } = await testDatabase();
const company = await makeCompany(db);
const admin = administrator(await makeObject(db, 'servicePrincipal'));

describe('whoever matches', () => {
  it('gets the package as the server\'s own, and loses it when they no longer match', async () => {
    const given = await company.ruled();
    const [pat, other] = [await company.hire(given.department), await company.hire('elsewhere')];
    await company.sweep();
    expect([await company.has(pat), await company.has(other), await company.statusOf(pat)]).toEqual([true, false, 'Delivered']);
    await company.move([other], given.department);
    await company.move([pat], null);
    await company.sweep();
    expect([await company.has(pat), await company.has(other), await company.statusOf(pat)]).toEqual([false, true, 'Removed']);
    expect(await company.requestsOf(pat)).toEqual(['systemAdd delivered', 'systemRemove delivered']);
    const trail = await all(db, sql<{ activity: string; initiator: { app: { displayName: string } } }>`select activity, initiator from audit_events where ${pat}::uuid = any(target_ids) order by at, id`);
    expect([...new Set(trail.map(({ initiator }) => initiator.app.displayName))]).toEqual(['Gatehouse']);
    expect(trail.map(({ activity }) => activity)).toEqual(expect.arrayContaining(['Request access package', 'Deliver access package assignment', 'Remove access package assignment']));
    await company.move([pat], given.department);
    await company.sweep();
    expect(await company.has(pat)).toBe(true);
  });

  it('is given nothing where the rule only says who may ask, and asks', async () => {
    const given = await company.ruled({ requests: false, removes: false });
    await sql`update assignment_policies set requestor_settings = requestor_settings || '{"enableTargetsToSelfAddAccess": true}' where id = ${given.policyId}`.execute(db);
    const [pat, other] = [await company.hire(given.department), await company.hire(null)];
    await company.sweep();
    expect(await company.has(pat)).toBe(false);
    expect((await all(db, sql<{ id: string }>`select policy_id as id from policies_for(${pat})`)).map(({ id }) => id)).toContain(given.policyId);
    expect((await all(db, sql<{ id: string }>`select policy_id as id from policies_for(${other})`)).map(({ id }) => id)).not.toContain(given.policyId);
    expect((await ask(db, person(pat), { type: 'userAdd', named: { accessPackageId: given.packageId } })).state).toBe('delivered');
    await expect(ask(db, person(other), { type: 'userAdd', named: { accessPackageId: given.packageId } })).rejects.toThrow('No policy');
    await company.move([pat], null);
    await company.sweep();
    expect(await company.has(pat)).toBe(true);
  });

  it('keeps what somebody asked for, by whatever policy', async () => {
    const given = await company.ruled();
    const pat = await company.hire(null);
    await company.sweep();
    await company.move([pat], given.department);
    await makePolicy(db, given.packageId);
    await ask(db, person(pat), { type: 'userAdd', named: { accessPackageId: given.packageId } });
    await company.sweep();
    expect(await company.requestsOf(pat)).toEqual(['userAdd delivered']);
    await company.move([pat], null);
    await company.sweep();
    expect(await company.has(pat)).toBe(true);
  });

  it('is an agent of a blueprint with a tag', async () => {
    const agent = await makeObject(db, 'agentIdentity');
    const { app } = await one(db, sql<{ app: string }>`select blueprint_app_id as app from directory_objects where id = ${agent}`);
    await company.ruled({ scope: 'specificDirectoryServicePrincipals', rule: () => `agent.blueprintId -eq "${app}" -and agent.tags -any (_ -eq "prod")` });
    await company.sweep();
    expect(await company.has(agent)).toBe(false);
    await sql`update directory_objects set data = data || '{"tags": ["Prod"]}' where id = ${agent}`.execute(db);
    await company.sweep();
    expect(await company.has(agent)).toBe(true);
  });

  it('is found by the department of an owner, as the owner moves and as owners change', async () => {
    const given = await company.ruled({ scope: 'specificDirectoryServicePrincipals', rule: (department) => `servicePrincipal.ownerDepartments -any (_ -eq "${department}")` });
    const [service, owner] = [await makeObject(db, 'servicePrincipal'), await company.hire(null)];
    await sql`insert into directory_links (source_id, kind, target_id) values (${service}, 'owner', ${owner})`.execute(db);
    await company.sweep();
    expect(await company.has(service)).toBe(false);
    await company.move([owner], given.department);
    await company.sweep();
    expect(await company.has(service)).toBe(true);
    await sql`delete from directory_links where source_id = ${service}`.execute(db);
    await company.sweep();
    expect(await company.has(service)).toBe(false);
  });
});

describe('whom nothing can be given', () => {
  it('has the reasons kept, and is tried again when something changes and not before', async () => {
    const given = await company.ruled();
    const pat = await company.hire(given.department);
    await sql`update directory_objects set account_enabled = false where id = ${pat}`.execute(db);
    await company.sweep();
    expect([await company.has(pat), await company.reasonsOf(pat), await company.requestsOf(pat)]).toEqual([false, ['targetDisabled'], []]);
    const refusals = async (): Promise<number> => (await one(db, sql<{ n: number }>`select count(*)::integer as n from audit_events where activity = 'Refuse automatic assignment' and ${pat}::uuid = any(target_ids)`)).n;
    const before = await refusals();
    company.pass(hour);
    await company.sweep();
    expect(await refusals()).toBe(before);
    await sql`update directory_objects set account_enabled = true where id = ${pat}`.execute(db);
    await company.sweep();
    expect([await company.has(pat), await company.reasonsOf(pat)]).toEqual([true, undefined]);
  });

  it('gets it when what excludes it has ended', async () => {
    const given = await company.ruled();
    const [other, pat] = [await makePackage(db, company.house, company.house.roleIds.slice(1, 2)), await company.hire(null)];
    await makePolicy(db, other);
    await sql`insert into incompatible_packages (access_package_id, incompatible_id) values (${given.packageId}, ${other})`.execute(db);
    const { assignmentId } = await ask(db, person(pat), { type: 'userAdd', named: { accessPackageId: other } });
    await company.move([pat], given.department);
    await company.sweep();
    expect(await company.reasonsOf(pat)).toEqual(['incompatibleAccessPackage']);
    await ask(db, admin, { type: 'adminRemove', named: { assignmentId } });
    await company.sweep();
    expect(await company.requestsOf(pat)).toEqual(['userAdd delivered', 'adminRemove delivered', 'systemAdd delivered']);
  });

  it('is tried again after a day, and when the package changes', async () => {
    const given = await company.ruled();
    const pat = await company.hire(given.department);
    await sql`update directory_objects set account_enabled = false where id = ${pat}`.execute(db);
    await company.sweep();
    const refusedAt = async (): Promise<number | undefined> => (await maybe(db, sql<{ at: Date }>`select refused_at as at from rule_members where member_id = ${pat}`))?.at.getTime();
    const first = await refusedAt();
    company.pass(25 * hour);
    await company.sweep();
    const second = await refusedAt();
    expect(second).toBeGreaterThan(first ?? 0);
    company.pass(hour);
    await sql`update access_packages set modified_at = ${company.clock.now()} where id = ${given.packageId}`.execute(db);
    await company.sweep();
    expect(await refusedAt()).toBeGreaterThan(second ?? 0);
  });

  it('gets nothing from a catalog that has become privileged', async () => {
    const given = await company.ruled();
    const pat = await company.hire(given.department);
    await sql`update catalogs set privilege_level = 'privileged'`.execute(db);
    await company.sweep();
    await sql`update catalogs set privilege_level = 'standard'`.execute(db);
    expect([await company.has(pat), await company.reasonsOf(pat)]).toEqual([false, ['automaticInPrivilegedCatalog']]);
  });

  it('stays without what an administrator took, until they match anew', async () => {
    const given = await company.ruled();
    const pat = await company.hire(given.department);
    await company.sweep();
    const { id } = await one(db, sql<{ id: string }>`select id from assignments where target_id = ${pat}`);
    await ask(db, admin, { type: 'adminRemove', named: { assignmentId: id }, now: company.clock.now() });
    company.pass(hour);
    await company.sweep();
    expect(await company.has(pat)).toBe(false);
    await company.move([pat], null);
    await company.sweep();
    await company.move([pat], given.department);
    company.pass(1000);
    await company.sweep();
    expect(await company.has(pat)).toBe(true);
  });
});
