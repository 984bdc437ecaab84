import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { globalAdmin, personCaller } from '../../../test/support/entitlement.ts';
import { GraphDoor } from '../../../test/support/graph-door.ts';
import { administrator, makeObject, person, workload } from '../../../test/support/lifecycle.ts';
import type { Caller } from '../../kernel/caller.ts';
import { newId } from '../../platform/ids.ts';
import { directoryRole, entitlementRole } from '../roles/model.ts';
import type { DelegateObject } from './model.ts';
import { decideDelegation, delegationReach } from './rules.ts';

const now = new Date('2026-03-01T00:00:00Z');
const member: DelegateObject = { type: 'user', isEnabled: true, displayName: 'Sam', isGuestWithoutRights: false };
const toSam = { '@odata.type': '#microsoft.graph.singleUser', id: 's' };
const codes = (body: Readonly<Record<string, unknown>>, found: DelegateObject | undefined): readonly string[] => {
  const decision = decideDelegation(body, { principalId: 'a', found }, now);
  return decision.ok ? [] : decision.reasons.map(({ code }) => code);
};

describe('who may stand in', () => {
  it.each<[string, Readonly<Record<string, unknown>>, DelegateObject | undefined, readonly string[]]>([
    ['a member', { delegate: toSam }, member, []],
    ["a member, by v1.0's name for the id", { delegate: { '@odata.type': '#microsoft.graph.singleUser', userId: 's' } }, member, []],
    ['a group', { delegate: { '@odata.type': '#microsoft.graph.groupMembers', groupId: 'g' } }, { ...member, type: 'group' }, []],
    ['a group that is none', { delegate: { '@odata.type': '#microsoft.graph.groupMembers', id: 's' } }, member, ['noSuchGroup']],
    ['a group that is gone', { delegate: { '@odata.type': '#microsoft.graph.groupMembers', id: 's' } }, undefined, ['noSuchGroup']],
    ['nobody', {}, undefined, ['noDelegate']],
    ['somebody without id', { delegate: { '@odata.type': '#microsoft.graph.singleUser' } }, undefined, ['noDelegate']],
    ['a relation', { delegate: { '@odata.type': '#microsoft.graph.requestorManager', id: 's' } }, member, ['noDelegate']],
    ['oneself', { delegate: { ...toSam, id: 'a' } }, member, ['ownDelegate']],
    ['somebody who is gone', { delegate: toSam }, undefined, ['noSuchUser']],
    ['an agent user', { delegate: toSam }, { ...member, type: 'agentUser' }, ['onlyPeopleDecide']],
    ['an application', { delegate: toSam }, { ...member, type: 'servicePrincipal' }, ['onlyPeopleDecide']],
    ['somebody who is shut out', { delegate: toSam }, { ...member, isEnabled: false }, ['delegateDisabled']],
    ['a guest without rights', { delegate: toSam }, { ...member, isGuestWithoutRights: true }, ['guestWithoutRights']],
  ])('%s', (...[, body, found, expected]) => {
    expect(codes(body, found)).toEqual(expected);
  });

  it('every reason is told', () => {
    expect(codes({ delegate: { ...toSam, id: 'a' }, schedule: { recurrence: {}, expiration: { type: 'afterDateTime' } } }, member)).toEqual(['ownDelegate', 'recurrence', 'noEnd']);
  });
});

describe('the period', () => {
  const period = (schedule?: Readonly<Record<string, unknown>>): unknown => {
    const decision = decideDelegation({ delegate: toSam, schedule }, { principalId: 'a', found: member }, now);
    return decision.ok ? [decision.value.startsAt.toISOString().slice(0, 10), decision.value.endsAt instanceof Date ? decision.value.endsAt.toISOString().slice(0, 10) : decision.value.endsAt] : decision.reasons.map(({ code }) => code);
  };
  it.each<[string, Readonly<Record<string, unknown>> | undefined, readonly string[]]>([
    ['is from now on, for ever', undefined, ['2026-03-01', 'never']],
    ['is from a start', { startDateTime: '2026-04-01T00:00:00Z', expiration: { type: 'noExpiration' } }, ['2026-04-01', 'never']],
    ['lasts from its start', { startDateTime: '2026-04-01T00:00:00Z', expiration: { type: 'afterDuration', duration: 'P14D' } }, ['2026-04-01', '2026-04-15']],
    ['lasts to an end', { expiration: { type: 'afterDateTime', endDateTime: '2026-03-09T00:00:00Z' } }, ['2026-03-01', '2026-03-09']],
    ['is over when its end has passed', { expiration: { type: 'afterDateTime', endDateTime: '2026-01-09T00:00:00Z' } }, ['2026-03-01', '2026-01-09']],
    ['does not end before it begins', { startDateTime: '2026-04-01T00:00:00Z', expiration: { type: 'afterDateTime', endDateTime: '2026-03-09T00:00:00Z' } }, ['endBeforeStart']],
    ['says its length', { expiration: { type: 'afterDuration' } }, ['noEnd']],
    ['does not recur', { recurrence: { pattern: {} } }, ['recurrence']],
  ])('%s', (_, schedule, expected) => {
    expect(period(schedule)).toEqual(expected);
  });
});

describe('whose substitutes a caller sees and sets', () => {
  const id = newId();
  it.each<[string, Caller, ReturnType<typeof delegationReach>, ReturnType<typeof delegationReach>]>([
    ['a person, its own', person(id), 'own', 'own'],
    ['a person who may only read', { ...person(id), permissions: new Set(['EntitlementManagement.Read.All']) }, 'own', 'none'],
    ['a person whose token says nothing of it', { ...person(id), permissions: new Set(['User.Read']) }, 'none', 'none'],
    ['an administrator, of everybody', globalAdmin(id), 'all', 'all'],
    ['a global reader, sees everybody\'s', personCaller(id, { directoryRoles: new Set([directoryRole.globalReader]) }), 'all', 'own'],
    ['the owner of one catalog, its own', personCaller(id, { entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: newId() }] }), 'own', 'own'],
    ['a Catalog owner of the whole tenant, who is no administrator, its own', personCaller(id, { entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: undefined }] }), 'all', 'own'],
    ['an application, however mighty', administrator(id), 'none', 'none'],
    ['an agent', workload(id, 'agentIdentity'), 'none', 'none'],
    ['an agent user', { ...person(id), kind: 'agentUser' }, 'none', 'none'],
    ["a person's client that acts by itself", { ...person(id), isDelegated: false }, 'none', 'none'],
  ])('%s', (...[, caller, read, write]) => {
    expect([delegationReach(caller, 'read'), delegationReach(caller, 'write')]).toEqual([read, write]);
  });
});

describe('in the directory', async () => {
  const { db } = await testDatabase();
  const graph = new GraphDoor(db);
  const [ada, guest, agentUser] = [await makeObject(db, 'user'), await makeObject(db, 'user'), newId()];
  await sql`update directory_objects set data = '{"userType": "Guest"}' where id = ${guest}`.execute(db);
  await sql`insert into directory_objects (id, type, user_principal_name, identity_parent_id) values (${agentUser}, 'agentUser', ${`${agentUser}@example.com`}, ${await makeObject(db, 'agentIdentity')})`.execute(db);
  const caller: Caller = { ...person(ada), permissions: new Set(['EntitlementMgmt-SubjectAccess.ReadWrite', 'User.Read']) };
  const put = async (id: string, as = caller) => await graph.send('PUT', '/me/identityGovernance/approverDelegate', { caller: as, version: 'beta', body: { delegate: { '@odata.type': '#microsoft.graph.singleUser', id } } });
  const refused = (code: string) => ({ status: 400, body: { error: { target: 'delegate/id', details: [{ code }] } } });

  it('a guest stands in only where it answers for something', async () => {
    expect(await put(guest)).toMatchObject(refused('guestWithoutRights'));
    const organizationId = newId();
    await sql`insert into connected_organizations (id, display_name) values (${organizationId}, 'partner')`.execute(db);
    await sql`insert into organization_sponsors (organization_id, kind, sponsor_id) values (${organizationId}, 'external', ${guest})`.execute(db);
    expect(await put(guest)).toMatchObject({ status: 200, body: { delegate: { id: guest } } });
  });

  it('agents, oneself and nobody do not', async () => {
    expect(await put(agentUser)).toMatchObject(refused('onlyPeopleDecide'));
    expect(await put(ada)).toMatchObject(refused('ownDelegate'));
    expect(await put(newId())).toMatchObject(refused('noSuchUser'));
  });

  it('it is known in beta only, and of people only', async () => {
    expect((await graph.send('GET', '/me/identityGovernance/approverDelegate', { caller })).status).toBe(404);
    expect(await graph.send('GET', '/me?$expand=identityGovernance($expand=approverDelegate)', { caller, version: 'beta' })).toMatchObject({ status: 200, body: { identityGovernance: { approverDelegate: { delegate: { id: guest } } } } });
    const agent: Caller = { ...caller, principalId: agentUser, kind: 'agentUser' };
    expect((await put(guest, agent)).status).toBe(403);
  });

  it('it takes no right to see users: who may see a delegation sees it under its person', async () => {
    const narrow = person(ada);
    expect((await graph.send('GET', '/me', { caller: narrow, version: 'beta' })).status).toBe(403);
    expect(await put(guest, narrow)).toMatchObject({ status: 200 });
    const path = `/users/${ada}/identityGovernance/approverDelegate`;
    const see = async (as: Caller): Promise<number> => (await graph.send('GET', path, { caller: as, version: 'beta' })).status;
    expect([await see(narrow), await see(globalAdmin(newId())), await see(person(guest)), await see(administrator(newId()))]).toEqual([200, 200, 404, 403]);
    expect((await graph.send('GET', `/users/${newId()}/identityGovernance/approverDelegate`, { caller: globalAdmin(newId()), version: 'beta' })).status).toBe(404);
    expect((await graph.send('DELETE', path, { caller: person(guest), version: 'beta' })).status).toBe(404);
  });

  it.each([['delegate', {}], ['delegate', { delegate: { id: ada } }], ['delegate/id', { delegate: { '@odata.type': '#microsoft.graph.singleUser', id: 'x' } }], ['schedule/expiration/duration', { delegate: { '@odata.type': '#microsoft.graph.singleUser', id: guest }, schedule: { expiration: { type: 'afterDuration', duration: 'soon' } } }]])('what is wrong at %s is said', async (target, body) => {
    const answer = await graph.send('PUT', '/me/identityGovernance/approverDelegate', { caller, version: 'beta', body });
    expect(answer).toMatchObject({ status: 400, body: { error: { target: expect.stringContaining(target) as string } } });
  });
});
