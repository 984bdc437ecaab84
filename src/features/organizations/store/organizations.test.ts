import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { callerWith, command, createdId, refusalOf } from '../../../../test/support/graph-work.ts';
import { administrator, approvedBy, as, ask, link, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, serverWork, stagesOf } from '../../../../test/support/lifecycle.ts';
import type { JsonRecord } from '../../../kernel/json.ts';
import { all, inTransaction, one } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import { endAccess, partWithExternalUser } from '../../assignments/commands.ts';
import { findNextDue } from '../../assignments/store.ts';
import { endAssignments } from '../../grants/commands/delivery.ts';
import { createOrganization, changeOrganization, removeOrganization } from '../commands/organizations.ts';
import { changeSettings, changeSubject } from '../commands/settings.ts';
import { addSponsor } from '../commands/sponsors.ts';

const database = await testDatabase();
const { db } = database;
const caller = callerWith(['EntitlementManagement.ReadWrite.All']);
const admin = { ...caller, principalId: await makeObject(db, 'servicePrincipal') };
const tenantId = newId();
await sql`insert into tenants (id, display_name, domain) values (${tenantId}, 'House', 'house.example') on conflict do nothing`.execute(database.owner);
const house = await makeHouse(db);
const newDomain = (): string => `d${newId().slice(-12)}.example`;
const source = (type: string, more: JsonRecord): JsonRecord => ({ '@odata.type': `#microsoft.graph.${type}`, ...more });
const domainOf = (domainName: string): JsonRecord => source('domainIdentitySource', { domainName });
const connect = async (identitySources: readonly JsonRecord[], more: JsonRecord = {}): Promise<string> =>
  createdId(await command({ db, caller: admin }, createOrganization, { body: { displayName: `org ${newId()}`, identitySources, ...more } }));
const guest = async (data: JsonRecord, upn?: string): Promise<string> => {
  const id = await makeObject(db, 'user');
  await sql`update directory_objects set data = ${JSON.stringify({ userType: 'Guest', ...data })}::jsonb, user_principal_name = coalesce(${upn ?? null}, user_principal_name) where id = ${id}`.execute(db);
  return id;
};
const organizationOf = async (id: string): Promise<string | null> => (await one(db, sql<{ id: string | null }>`select organization_of(${id}) as id`)).id;
const govern = async (id: string, subjectLifecycle = 'governed'): Promise<unknown> => await command({ db, caller: admin }, changeSubject, { id, body: { subjectLifecycle } });
const at = (days: number): Date => new Date(Date.UTC(2031, 0, 1 + days));
const part = async (id: string, now: Date): Promise<void> => await inTransaction(db, async (tx) => await partWithExternalUser(serverWork(tx, now), id));
const state = async (id: string): Promise<{ readonly enabled: boolean; readonly deleted: boolean; readonly due: Date | null }> => await one(db, sql<{ enabled: boolean; deleted: boolean; due: Date | null }>`
  select o.account_enabled as enabled, o.deleted_at is not null as deleted, l.due_at as due from directory_objects o left join subject_lifecycles l on l.subject_id = o.id where o.id = ${id}`);

/** A guest with one assignment, which ends at `now`. */
async function leaver(now: Date, subjectLifecycle = 'governed'): Promise<string> {
  const id = await guest({});
  await govern(id, subjectLifecycle);
  const packageId = await makePackage(db, house);
  const { assignmentId } = await ask(db, person(id), { type: 'userAdd', named: { accessPackageId: packageId, policyId: await makePolicy(db, packageId) } });
  await inTransaction(db, async (tx) => await endAssignments(serverWork(tx, now), [assignmentId ?? ''], { cause: 'removed', why: null }));
  return id;
}

describe('the organization of a guest', () => {
  it('is told by what signs it in, then by its mail, its invitation and its other addresses', async () => {
    const [tenant, domain, issuer] = [newId(), newDomain(), `https://login.${newDomain()}`];
    const byTenant = await connect([source('azureActiveDirectoryTenant', { tenantId: tenant })]);
    const byDomain = await connect([domainOf(domain)]);
    const byIssuer = await connect([source('externalDomainFederation', { domainName: newDomain(), issuerUri: `${issuer}/` })]);
    const bySocial = await connect([source('socialIdentitySource', { socialIdentitySourceType: 'facebook' })]);
    const found = async (data: JsonRecord, upn?: string): Promise<string | null> => await organizationOf(await guest(data, upn));
    expect(await found({ mail: `a@${domain.toUpperCase()}` })).toBe(byDomain);
    expect(await found({ otherMails: [`a@${domain}`] })).toBe(byDomain);
    expect(await found({}, `a_b_${domain}#EXT#@house.example`)).toBe(byDomain);
    expect(await found({}, `${newId()}@${domain}`)).toBe(byDomain);
    expect(await found({ mail: `a@${domain}`, identities: [{ signInType: 'federated', issuer: `https://sts.windows.net/${tenant}/` }] })).toBe(byTenant);
    expect(await found({ identities: [{ issuer: issuer.toUpperCase() }] })).toBe(byIssuer);
    expect(await found({ identities: [{ issuer: 'facebook.com' }] })).toBe(bySocial);
    for (const none of [{ mail: `a@sub.${domain}` }, { mail: `${domain}` }, { identities: 'x', otherMails: null }, { mail: `a@${domain}`, userType: 'Member' }]) expect(await found(none)).toBeNull();
  });

  it('is one: a source belongs to one organization, whoever is quicker', async () => {
    const domain = newDomain();
    const [taken, other] = [await connect([domainOf(domain)]), await connect([])];
    expect(await refusalOf(connect([domainOf(domain)]))).toMatchObject({ problem: 'conflict', reasons: [{ code: 'sourceTaken' }] });
    expect(await refusalOf(command({ db, caller: admin }, changeOrganization, { id: other, body: { identitySources: [domainOf(domain)] } }))).toMatchObject({ problem: 'conflict' });
    expect((await refusalOf(connect([domainOf('house.example')]))).reasons).toMatchObject([{ code: 'ownDirectory' }]);
    await command({ db, caller: admin }, changeOrganization, { id: taken, body: { identitySources: [domainOf(newDomain())] } });
    await command({ db, caller: admin }, changeOrganization, { id: other, body: { identitySources: [domainOf(domain)] } });
    const once = newDomain();
    const results = await Promise.allSettled(Array.from({ length: 4 }, async () => await connect([domainOf(once)])));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ problem: 'conflict' });
  });

  it('is not deleted while a policy names it, whoever deletes', async () => {
    const id = await connect([]);
    const policyId = await makePolicy(db, await makePackage(db, house), { scope: 'specificConnectedOrganizationUsers' });
    await sql`insert into policy_targets (policy_id, kind, target_id) values (${policyId}, 'connectedOrganization', ${id})`.execute(db);
    expect(await refusalOf(command({ db, caller: admin }, removeOrganization, { id }))).toMatchObject({ problem: 'conflict', reasons: [{ code: 'namedByPolicies' }] });
    await expect(sql`delete from connected_organizations where id = ${id}`.execute(db)).rejects.toMatchObject({ constraint: 'organization_named_by_policy' });
  });
});

describe('sponsors who approve', () => {
  const sponsored = (kind: string, fallback: readonly string[]): Record<string, unknown> => {
    const given = approvedBy([[]], fallback);
    return { ...given, stages: [{ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: [{ '@odata.type': `#microsoft.graph.${kind}Sponsors` }], fallbackPrimaryApprovers: fallback.map((userId) => ({ '@odata.type': '#microsoft.graph.singleUser', userId })) }] };
  };
  const asked = async (target: string, kind: string, fallback: readonly string[]): Promise<readonly string[]> => {
    const packageId = await makePackage(db, house);
    const policyId = await makePolicy(db, packageId, { approval: sponsored(kind, fallback) });
    const { id } = await ask(db, person(target), { type: 'userAdd', named: { accessPackageId: packageId, policyId } });
    return (await stagesOf(db, id)).flatMap(({ approvers }) => approvers).toSorted();
  };
  const sponsor = async (organizationId: string, kind: 'internal' | 'external', id: string): Promise<unknown> => await command({ db, caller: admin }, addSponsor(kind), { id: organizationId, body: { id } });

  it('are those of the organization of whoever receives, through groups too, never whoever asks, never an outsider among insiders', async () => {
    const domain = newDomain();
    const organization = await connect([domainOf(domain)]);
    const [boss, gina, stray] = [await guest({ mail: `boss@${domain}` }), await guest({ mail: `gina@${domain}` }), await guest({})];
    const [insider, member, group, fallback] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'group'), await makeObject(db, 'user')];
    for (const id of [member, stray]) await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${id}, ${group}, true)`.execute(db);
    for (const id of [insider, group]) await sponsor(organization, 'internal', id);
    for (const id of [boss, gina]) await sponsor(organization, 'external', id);
    expect(await asked(gina, 'internal', [fallback])).toEqual([insider, member].toSorted());
    expect(await asked(gina, 'external', [fallback])).toEqual([boss]);
    // Nobody belongs to no organization: the fallback is asked, not everybody.
    expect(await asked(stray, 'external', [fallback])).toEqual([fallback]);
    await inTransaction(db, async (tx) => await endAccess(serverWork(tx), [boss]));
    expect(await asked(gina, 'external', [fallback])).toEqual([fallback]);
  });

  it('who are shut out are replaced', async () => {
    const domain = newDomain();
    const organization = await connect([domainOf(domain)]);
    const fallback = await makeObject(db, 'user');
    const boss = await leaver(at(0));
    await sql`update directory_objects set data = data || ${JSON.stringify({ mail: `boss@${domain}` })}::jsonb where id = ${boss}`.execute(db);
    await sponsor(organization, 'external', boss);
    const packageId = await makePackage(db, house);
    const policyId = await makePolicy(db, packageId, { approval: sponsored('external', [fallback]) });
    const { id } = await ask(db, person(await guest({ mail: `gina@${domain}` })), { type: 'userAdd', named: { accessPackageId: packageId, policyId } });
    await part(boss, at(0));
    expect(await stagesOf(db, id)).toMatchObject([{ status: 'InProgress', approvers: [fallback] }]);
    expect(await requestNow(db, id)).toMatchObject({ state: 'pendingApproval' });
  });
});

describe('a guest whose last access has ended', () => {
  it('is blocked, waits, and is deleted, each once however often it is looked at', async () => {
    const id = await leaver(at(0));
    expect((await state(id)).due).toEqual(at(0));
    expect(await findNextDue(db, [])).toEqual(expect.any(Date));
    for (let time = 0; time < 2; time++) await part(id, at(0));
    expect(await state(id)).toEqual({ enabled: false, deleted: false, due: at(30) });
    await part(id, at(29));
    expect(await state(id)).toMatchObject({ deleted: false });
    for (let time = 0; time < 2; time++) await part(id, at(30));
    expect(await state(id)).toEqual({ enabled: false, deleted: true, due: null });
    const trail = await all(db, sql<{ activity: string }>`select activity from audit_events where target_ids @> array[${id}::uuid] and activity like '%external user' order by at, id`);
    expect(trail.map(({ activity }) => activity)).toEqual(['Block external user', 'Delete external user']);
  });

  it.each(['notGoverned', 'notDefined'])('and who is %s is left alone', async (lifecycle) => {
    expect(await state(await leaver(at(0), lifecycle))).toMatchObject({ enabled: true, due: null });
  });

  it('waits as the settings say now, and for nothing when they say so', async () => {
    const id = await leaver(at(0));
    await part(id, at(0));
    const change = async (body: JsonRecord): Promise<unknown> => await command({ db, caller: admin }, changeSettings, { id: 'settings', body });
    await change({ durationUntilExternalUserDeletedAfterBlocked: 'P10D' });
    expect((await state(id)).due).toEqual(at(10));
    await change({ externalUserLifecycleAction: 'blockSignIn' });
    expect((await state(id)).due).toBeNull();
    const other = await leaver(at(0));
    await part(other, at(0));
    expect(await state(other)).toMatchObject({ enabled: false, due: null });
    await change({ externalUserLifecycleAction: 'none' });
    const third = await leaver(at(0));
    await part(third, at(0));
    expect(await state(third)).toMatchObject({ enabled: true, due: null });
    await change({ externalUserLifecycleAction: 'blockSignInAndDelete', durationUntilExternalUserDeletedAfterBlocked: 'P30D' });
    expect((await state(id)).due).toEqual(at(30));
  });

  it('is forgotten when somebody enables the account, or takes it out of governance', async () => {
    const [one_, other] = [await leaver(at(0)), await leaver(at(0))];
    for (const id of [one_, other]) await part(id, at(0));
    await sql`update directory_objects set account_enabled = true where id = ${one_}`.execute(db);
    await govern(other, 'notGoverned');
    for (const id of [one_, other]) {
      await part(id, at(99));
      expect(await state(id)).toMatchObject({ deleted: false, due: null });
    }
  });

  it('who is given access at the same moment is never shut out with it', async () => {
    const packageId = await makePackage(db, house);
    const policyId = await makePolicy(db, packageId);
    for (let round = 0; round < 8; round++) {
      const id = await leaver(new Date());
      await Promise.all([part(id, new Date()), ask(db, administrator(admin.principalId), { type: 'adminAdd', named: { accessPackageId: packageId, policyId, targetId: id } })]);
      await part(id, at(40));
      expect(await state(id)).toMatchObject({ enabled: true, deleted: false, due: null });
    }
  });

  it('stays while an agent would be left without a sponsor, and the trail says why', async () => {
    const [id, agent] = [await leaver(at(0)), await makeObject(db, 'agentIdentity')];
    await link(db, 'sponsor', [agent, id]);
    await part(id, at(0));
    await part(id, at(30));
    expect(await state(id)).toEqual({ enabled: false, deleted: false, due: at(31) });
    await link(db, 'sponsor', [agent, await makeObject(db, 'user')]);
    await part(id, at(31));
    expect(await state(id)).toMatchObject({ deleted: true });
    expect(await all(db, sql`select 1 from audit_events where target_ids @> array[${id}::uuid] and activity = 'Postpone end of external user' and why like '%sponsor%'`)).toHaveLength(1);
  });
});

it('only people are governed so', async () => {
  const workload = await makeObject(db, 'servicePrincipal');
  expect(await refusalOf(govern(workload))).toMatchObject({ problem: 'ruleBroken' });
  expect(await refusalOf(as(db, { caller: person(await makeObject(db, 'user')) }, async (work) => await command({ db, caller: work.caller }, changeSubject, { id: workload, body: { subjectLifecycle: 'governed' } })))).toMatchObject({ problem: 'forbidden' });
});
