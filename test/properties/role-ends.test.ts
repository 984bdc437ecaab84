/** Rule 1 for roles: no right by a role outlives its end, wherever it can be seen or used, though no sweep ever runs. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { directoryRole, entitlementRole } from '../../src/features/roles/model.ts';
import { entitlementReach } from '../../src/features/roles/rules.ts';
import { newId } from '../../src/platform/ids.ts';
import { loadCaller } from '../support/caller.ts';
import { testDatabase } from '../support/database.ts';
import { GraphDoor } from '../support/graph-door.ts';
import { makeHouse, makeObject, workload } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const door = new GraphDoor(db);
const admin = { caller: workload(await makeObject(db, 'servicePrincipal'), 'servicePrincipal', ['Directory.Read.All', 'RoleManagement.Read.All', 'EntitlementManagement.ReadWrite.All']) };
const { catalogId } = await makeHouse(db, 1);
const clientAppId = newId();
await sql`insert into directory_objects (id, type, app_id) values (${newId()}, 'application', ${clientAppId}), (${newId()}, 'servicePrincipal', ${clientAppId})`.execute(db);
const [user, group] = [await makeObject(db, 'user'), await makeObject(db, 'group')];
await sql`update directory_objects set data = '{"isAssignableToRole": true}' where id = ${group}`.execute(db);

/** Hours from now; the nearest are seconds away on either side. */
const past = fc.constantFrom(-300, -1, -0.01);
const future = fc.constantFrom(0.01, 1, 300);
const window = fc.oneof(fc.tuple(past, future), fc.tuple(past, fc.constant(Number.POSITIVE_INFINITY)), fc.tuple(fc.constant(-400), past), fc.tuple(future, fc.constant(400)));
type Window = readonly [from: number, to: number];
const isNow = (given: Window | null): boolean => given !== null && given[0] <= 0 && given[1] > 0;
const maybe = fc.option(window, { nil: null });

/** Each way to a role: given to the user or to the group, activated by the user's own eligibility or by the group's. */
const world = fc.record({
  membership: maybe, own: maybe, ofGroup: maybe,
  eligibility: maybe, activation: maybe, isByGroup: fc.boolean(), isDirectory: fc.boolean(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const at = (hours: number) => (Number.isFinite(hours) ? sql`now() + ${hours} * interval '1 hour'` : sql`'infinity'::timestamptz`);

async function put(given: World, row: { readonly holder: string; readonly type: string; readonly window: Window; readonly using?: string }): Promise<string> {
  const id = newId();
  const role = given.isDirectory ? directoryRole.globalReader : entitlementRole.catalogOwner;
  const scope = given.isDirectory ? null : `/AccessPackageCatalog/${catalogId}`;
  await sql`insert into role_schedules (id, type, assignment_type, provider, principal_id, role_definition_id, app_scope_id, catalog_id, starts_at, ends_at, activated_using_id)
    values (${id}, ${row.type}, ${row.using === undefined ? 'Assigned' : 'Activated'}, ${given.isDirectory ? 'directory' : 'entitlementManagement'}, ${row.holder}, ${role}, ${scope},
      ${given.isDirectory ? null : catalogId}, ${at(row.window[0])}, ${at(row.window[1])}, ${row.using ?? null})`.execute(db);
  return id;
}

async function write(given: World): Promise<void> {
  await sql`with a as (delete from role_schedules) delete from grants where principal_id = ${user}`.execute(db);
  if (given.membership !== null) await sql`insert into grants (id, kind, principal_id, resource_id, manual, ends_at) values (${newId()}, 'member', ${user}, ${group}, false, ${at(given.membership[1])})`.execute(db);
  if (given.own !== null) await put(given, { holder: user, type: 'assignment', window: given.own });
  if (given.ofGroup !== null) await put(given, { holder: group, type: 'assignment', window: given.ofGroup });
  if (given.eligibility === null) return;
  const using = await put(given, { holder: given.isByGroup ? group : user, type: 'eligibility', window: given.eligibility });
  // Written past every rule on purpose: even an activation that should not be there is held to its eligibility.
  if (given.activation !== null) await put(given, { holder: user, type: 'assignment', window: [given.activation[0], Math.min(given.activation[1], 500)], using });
}

it('gives the role exactly while some way to it is open', async () => {
  await fc.assert(fc.asyncProperty(world, async (given) => {
    await write(given);
    const isMember = given.membership !== null && given.membership[1] > 0;
    const isActive = isNow(given.activation) && isNow(given.eligibility) && (!given.isByGroup || isMember);
    const own = [...(isNow(given.own) ? ['Assigned'] : []), ...(isActive ? ['Activated'] : [])].toSorted();
    const holds = own.length > 0 || (isMember && isNow(given.ofGroup));
    const caller = await loadCaller(db, { principalId: user, clientAppId }) ?? expect.unreachable('no caller');
    const asPerson = { ...caller, isDelegated: true, permissions: new Set(['EntitlementManagement.ReadWrite.All']) };
    expect(caller.directoryRoles.has(directoryRole.globalReader)).toBe(given.isDirectory && holds);
    expect(entitlementReach(asPerson, 'managePackages').catalogIds.includes(catalogId)).toBe(!given.isDirectory && holds);
    const created = await door.send('POST', '/identityGovernance/entitlementManagement/accessPackages', { caller: asPerson, body: { displayName: newId(), description: 'd', catalog: { id: catalogId } } });
    expect(created.status === 201).toBe(!given.isDirectory && holds);
    const management = `/roleManagement/${given.isDirectory ? 'directory' : 'entitlementManagement'}`;
    expect(await door.values(`${management}/roleAssignmentScheduleInstances?$filter=principalId eq '${user}'`, 'assignmentType', admin)).toEqual(own);
    expect(await door.values(`${management}/roleAssignments?$filter=principalId eq '${user}'`, 'principalId', admin)).toHaveLength(own.length);
    expect(door.bugs).toEqual([]);
  }), { numRuns: 60 });
});
