/** Rule 1: no access outlives its end, wherever it can be seen or used, though no sweep ever runs. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { directoryRole, entitlementRole, ownApiAppId } from '../../src/features/roles/model.ts';
import { loadCaller } from '../support/caller.ts';
import { decideWorkloadToken } from '../../src/issuer/access/rules.ts';
import { readAccess } from '../../src/issuer/access/store.ts';
import { permissionsStillHeld } from '../../src/issuer/verify.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { GraphDoor } from '../support/graph-door.ts';
import { administrator, approvedBy, ask, makeHouse, makeObject, makePackage, makePolicy, person, stagesOf, workload } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const door = new GraphDoor(db);
const admin = { caller: workload(await makeObject(db, 'servicePrincipal'), 'servicePrincipal', ['Directory.Read.All', 'Application.Read.All', 'EntitlementManagement.ReadWrite.All']) };
const house = await makeHouse(db, 1);
const [orders] = house.roleIds;
const appId = (await sql<{ id: string }>`select app_id as id from directory_objects where id = ${house.servicePrincipalId}`.execute(db)).rows[0]?.id ?? '';

/** This server's own API with one permission, which a token names and which is looked at again on every request. */
const ownPermission = 'Group.Read.All';
const own = { application: await makeObject(db, 'application', ownApiAppId), principal: await makeObject(db, 'servicePrincipal', ownApiAppId), permission: newId() };
await sql`insert into permissions (application_id, id, kind, value, position, data) values (${own.application}, ${own.permission}, 'role', ${ownPermission}, 0, '{"allowedMemberTypes": ["Application"]}')`.execute(db);

/** An agent with all that it stands on; its blueprint hands its roles on. */
const blueprintAppId = newId();
await sql`insert into directory_objects (id, type, display_name, app_id) values (${newId()}, 'agentIdentityBlueprint', 'b', ${blueprintAppId}), (${newId()}, 'agentIdentityBlueprintPrincipal', 'b', ${blueprintAppId})`.execute(db);
const blueprintPrincipal = (await sql<{ id: string }>`select id from directory_objects where app_id = ${blueprintAppId} and type = 'agentIdentityBlueprintPrincipal'`.execute(db)).rows[0]?.id ?? '';
await sql`insert into inheritable_permissions (blueprint_id, resource_app_id, roles) select id, ${appId}, '{"@odata.type": "#microsoft.graph.allAllowedRoles"}' from directory_objects where app_id = ${blueprintAppId} and type = 'agentIdentityBlueprint'`.execute(db);
const agent = await makeObject(db, 'agentIdentity');
await sql`update directory_objects set app_id = id, blueprint_app_id = ${blueprintAppId} where id = ${agent}`.execute(db);
const client = await makeObject(db, 'application');
const clientAppId = (await sql<{ id: string }>`select app_id as id from directory_objects where id = ${client}`.execute(db)).rows[0]?.id ?? '';
const service = await makeObject(db, 'servicePrincipal', clientAppId);
const user = await makeObject(db, 'user');

/** Groups: the first may hold directory roles. Each may be in those after it. */
const groups = [await makeObject(db, 'group'), await makeObject(db, 'group'), await makeObject(db, 'group')];
const [powerful = ''] = groups;
await sql`update directory_objects set data = data || '{"isAssignableToRole": true}' where id = ${powerful}`.execute(db);
await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id) values (${newId()}, 'directory', ${powerful}, ${directoryRole.globalReader}, null), (${newId()}, 'entitlementManagement', ${powerful}, ${entitlementRole.catalogReader}, '/')`.execute(db);
const [byGroup, forGroup] = [await makePackage(db, house), await makePackage(db, house)];
await makePolicy(db, byGroup, { approval: { isApprovalRequiredForAdd: true, stages: [{ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: [{ '@odata.type': '#microsoft.graph.groupMembers', groupId: powerful }], fallbackPrimaryApprovers: [] }] } });
await makePolicy(db, forGroup, { scope: 'specificDirectoryUsers', targets: [{ kind: 'group', id: powerful }], approval: approvedBy([[await makeObject(db, 'user')]]) });

/** Every place where somebody may hold something of something. */
const holders = [user, agent, service, ...groups];
const places = [
  ...holders.flatMap((from, at) => groups.filter((_, nth) => nth + 3 < at || at < 3).map((to) => ({ kind: 'member' as const, from, to, permission: none() }))),
  ...[user, agent, service, ...groups, blueprintPrincipal].map((from) => ({ kind: 'appRole' as const, from, to: house.servicePrincipalId, permission: orders ?? '' })),
  ...[agent, service].map((from) => ({ kind: 'appRole' as const, from, to: own.principal, permission: own.permission })),
  ...groups.map((to) => ({ kind: 'owner' as const, from: user, to, permission: none() })),
];
function none(): string { return '00000000-0000-0000-0000-000000000000'; }

/** Hours from now at which each place ends; null: never held. The nearest ends are minutes away on either side. */
const ends = fc.array(fc.constantFrom(null, null, -200, -1, -0.05, 0.05, 1, 200, Number.POSITIVE_INFINITY), { minLength: places.length, maxLength: places.length });

class World {
  readonly #ends: readonly (number | null)[];
  constructor(hours: readonly (number | null)[]) { this.#ends = hours; }
  /** Hours that something is still held; 0 or less: not at all. */
  endOf(kind: string, from: string, to: string): number {
    return this.#ends[places.findIndex((place) => place.kind === kind && place.from === from && place.to === to)] ?? -1;
  }
  isLive(kind: string, from: string, to: string): boolean { return this.endOf(kind, from, to) > 0; }
  groupsOf(id: string): readonly string[] { return groups.filter((group) => this.isLive('member', id, group)).toSorted(); }
  allGroupsOf(id: string): readonly string[] { return [...new Set(this.groupsOf(id).flatMap((group) => [group, ...this.allGroupsOf(group)]))].toSorted(); }
  membersOf(group: string): readonly string[] { return holders.filter((id) => this.isLive('member', id, group)).toSorted(); }
  allMembersOf(group: string): readonly string[] { return holders.filter((id) => this.allGroupsOf(id).includes(group)).toSorted(); }
  /** Hours that the role on the API is still held: the longest of all ways, each as long as its shortest part. */
  endOfOrders(id: string): number {
    const onApi = (one: string): number => this.endOf('appRole', one, house.servicePrincipalId);
    const handedOn = id === agent ? [onApi(blueprintPrincipal)] : [];
    return Math.max(onApi(id), ...handedOn, ...groups.map((group) => Math.min(this.endOf('member', id, group), onApi(group))));
  }
  async write(): Promise<void> {
    await sql`delete from grants`.execute(db);
    for (const [nth, { kind, from, to, permission }] of places.entries()) {
      const hours = this.#ends[nth] ?? null;
      if (hours === null) continue;
      const end = Number.isFinite(hours) ? sql`now() + ${hours} * interval '1 hour'` : sql`'infinity'::timestamptz`;
      await sql`insert into grants (id, kind, principal_id, resource_id, permission_id, manual, ends_at) values (${newId()}, ${kind}, ${from}, ${to}, ${permission}, false, ${end})`.execute(db);
    }
  }
}

async function lookEverywhere(world: World): Promise<void> {
  for (const id of [agent, service]) {
    const facts = await readAccess(db, { principalId: id, resource: { asked: '', appId, uri: undefined } });
    const token = decideWorkloadToken(facts, appId, 600);
    expect(token.roles).toEqual(world.endOfOrders(id) > 0 ? ['Role.0'] : []);
    if (token.roles.length > 0) expect(token.expiresAt - token.issuedAt).toBeLessThanOrEqual(Math.min(600, world.endOfOrders(id) * 3600));
    const ownFacts = await readAccess(db, { principalId: id, resource: { asked: '', appId: ownApiAppId, uri: undefined } });
    const verified = { principalId: id, clientAppId: id, isDelegated: false, permissions: new Set([ownPermission]), issuedAt: 0, expiresAt: 0 };
    expect([...permissionsStillHeld(verified, ownFacts)]).toEqual(world.isLive('appRole', id, own.principal) ? [ownPermission] : []);
    expect(await door.values(`/servicePrincipals/${id}/appRoleAssignments`, 'resourceId', admin)).toEqual([house.servicePrincipalId, own.principal].filter((to) => world.isLive('appRole', id, to)).toSorted());
  }
  for (const id of [agent, service, user]) {
    const set = id === user ? 'users' : 'servicePrincipals';
    expect(await door.values(`/${set}/${id}/memberOf`, 'id', admin)).toEqual(world.groupsOf(id));
    expect(await door.values(`/${set}/${id}/transitiveMemberOf`, 'id', admin)).toEqual(world.allGroupsOf(id));
    const held = (await door.send('POST', `/directoryObjects/${id}/getMemberGroups`, { ...admin, body: { securityEnabledOnly: false } })).body?.['value'];
    expect(Array.isArray(held) ? held.map(String).toSorted() : held).toEqual(world.allGroupsOf(id));
    const caller = await loadCaller(db, { principalId: id, clientAppId: id === agent ? agent : clientAppId });
    const isPowerful = world.allGroupsOf(id).includes(powerful);
    expect([...caller?.directoryRoles ?? []]).toEqual(isPowerful ? [directoryRole.globalReader] : []);
    expect(caller?.entitlementRoles ?? []).toHaveLength(isPowerful ? 1 : 0);
  }
  for (const group of groups) {
    expect(await door.values(`/groups/${group}/members`, 'id', admin)).toEqual(world.membersOf(group));
    expect(await door.values(`/groups/${group}/transitiveMembers`, 'id', admin)).toEqual(world.allMembersOf(group));
  }
  expect(await door.values(`/servicePrincipals/${house.servicePrincipalId}/appRoleAssignedTo`, 'principalId', admin)).toEqual([...holders, blueprintPrincipal].filter((id) => world.isLive('appRole', id, house.servicePrincipalId)).toSorted());
  expect(await door.values(`/users/${user}/ownedObjects`, 'id', admin)).toEqual(groups.filter((group) => world.isLive('owner', user, group)).toSorted());
}

/** Who is in a group decides who may be asked to approve, and who may ask. */
async function askEverywhere(world: World): Promise<void> {
  const asker = await makeObject(db, 'user');
  const made = ask(db, person(asker), { type: 'userAdd', named: { accessPackageId: byGroup } });
  if (world.isLive('member', user, powerful)) expect((await stagesOf(db, (await made).id))[0]?.approvers).toEqual([user]);
  else await expect(made).rejects.toThrow('nobody who can decide');
  await sql`update assignment_requests set state = 'canceled', completed_at = now() where target_id = ${user} and completed_at is null`.execute(db);
  const asked = ask(db, person(user), { type: 'userAdd', named: { accessPackageId: forGroup } });
  if (world.allGroupsOf(user).includes(powerful)) expect((await asked).state).toBe('pendingApproval');
  else await expect(asked).rejects.toThrow('No policy of an access package');
}

describe('rule 1: no access outlives its end', () => {
  it('in tokens, lists, roles and decisions, directly and through groups', async () => {
    await fc.assert(fc.asyncProperty(ends, async (hours) => {
      const world = new World(hours);
      await world.write();
      await lookEverywhere(world);
      await askEverywhere(world);
    }), { numRuns: 40 });
  }, 300_000);

  it('in delegated permissions and in the assignments themselves', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(-5, -0.05, 0.05, 5), { minLength: 3, maxLength: 3 }), async (hours) => {
      await sql`delete from grants where kind = 'delegated'`.execute(db);
      const names = ['A', 'B', 'C'].map((name) => ({ id: newId(), name: `${name}.${newId()}` }));
      for (const [nth, { id, name }] of names.entries()) {
        await sql`insert into permissions (application_id, id, kind, value, position) values (${own.application}, ${id}, 'scope', ${name}, 1)`.execute(db);
        await sql`insert into grants (id, kind, principal_id, resource_id, permission_id, manual, ends_at) values (${newId()}, 'delegated', ${service}, ${own.principal}, ${id}, false, now() + ${hours[nth]} * interval '1 hour')`.execute(db);
      }
      const live = names.filter((_, nth) => (hours[nth] ?? -1) > 0).map(({ name }) => name).toSorted();
      const scopes = await door.values('/oauth2PermissionGrants', 'scope', admin);
      expect(scopes).toEqual(live.length === 0 ? [] : [live.join(' ')]);
      const facts = await readAccess(db, { principalId: user, clientPrincipalId: service, resource: { asked: '', appId: ownApiAppId, uri: undefined } });
      expect(facts.scopes.map(({ value }) => value).toSorted()).toEqual(live);
      const targetId = await makeObject(db, 'servicePrincipal');
      const states = await Promise.all(hours.map(async (end) => {
        const made = await ask(db, administrator(service), { type: 'adminAdd', named: { targetId, policyId: await makePolicy(db, await makePackage(db, house), { scope: 'notSpecified' }) } });
        await sql`update assignments set starts_at = now() - interval '1 day', ends_at = now() + ${end} * interval '1 hour' where id = ${made.assignmentId}`.execute(db);
        return await door.send('GET', `/identityGovernance/entitlementManagement/assignments/${made.assignmentId ?? ''}`, admin);
      }));
      expect(states.map(({ body }) => body?.['state'])).toEqual(hours.map((end) => (end > 0 ? 'delivered' : 'expired')));
    }), { numRuns: 20 });
  }, 40_000);
});
