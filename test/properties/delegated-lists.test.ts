/** Roles on one thing: what a list shows is what single reads allow, and both are what a slow and obvious reading of decision 0011 says. So are changes. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { entitlementRole } from '../../src/features/roles/model.ts';
import type { Caller, EntitlementRole } from '../../src/kernel/caller.ts';
import { isRecord, recordsAt } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { personWith } from '../support/graph-work.ts';
import { GraphDoor } from '../support/graph-door.ts';
import { makeHouse, makeObject, makePackage, makePolicy } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const door = new GraphDoor(db);

type Noun = 'catalogs' | 'resources' | 'accessPackages' | 'assignmentPolicies' | 'resourceRoleScopes' | 'assignments' | 'assignmentRequests';
/** Something that may be seen: where it stands. `uses`: for a package and what belongs to it, the resource of which it gives something. */
interface Thing {
  readonly noun: Noun;
  readonly id: string;
  readonly catalogId: string;
  readonly packageId?: string;
  readonly policyId?: string;
  readonly resourceId?: string;
}
const things: Thing[] = [];
/** Which resource each package gives something of. */
const uses = new Map<string, string>();

async function furnishPolicy(at: { readonly catalogId: string; readonly packageId: string; readonly resourceId: string }): Promise<void> {
  const policyId = await makePolicy(db, at.packageId, { scope: 'notSpecified' });
  const [assignmentId, requestId, targetId] = [newId(), newId(), await makeObject(db, 'user')];
  await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at) values (${assignmentId}, ${at.packageId}, ${policyId}, ${targetId}, 'delivered', 'Delivered', now())`.execute(db);
  await sql`insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, assignment_id, schedule, completed_at)
    values (${requestId}, 'adminAdd', 'delivered', 'Delivered', ${targetId}, ${targetId}, ${at.packageId}, ${policyId}, ${assignmentId}, '{}', now())`.execute(db);
  const place = { catalogId: at.catalogId, packageId: at.packageId, policyId };
  things.push({ noun: 'assignmentPolicies', id: policyId, ...place }, { noun: 'assignments', id: assignmentId, ...place }, { noun: 'assignmentRequests', id: requestId, ...place });
}

for (const _ of [1, 2]) {
  const house = await makeHouse(db, 1);
  const { catalogId } = house;
  const second = { ...house, resourceId: newId(), servicePrincipalId: await makeObject(db, 'servicePrincipal') };
  await sql`insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name, directory_object_id)
    values (${second.resourceId}, ${catalogId}, 'AadApplication', ${second.servicePrincipalId}, 'second', ${second.servicePrincipalId})`.execute(db);
  things.push({ noun: 'catalogs', id: catalogId, catalogId });
  for (const from of [house, second]) {
    const packageId = await makePackage(db, from);
    const { resourceId } = from;
    uses.set(packageId, resourceId);
    const { rows } = await sql<{ id: string }>`select id from package_roles where access_package_id = ${packageId}`.execute(db);
    things.push({ noun: 'resources', id: resourceId, catalogId, resourceId }, { noun: 'accessPackages', id: packageId, catalogId, packageId }, { noun: 'resourceRoleScopes', id: rows[0]?.id ?? '', catalogId, packageId, resourceId });
    for (const __ of [1, 2]) await furnishPolicy({ catalogId, packageId, resourceId });
  }
}

/** A role as it was given: which, and on what. */
type Held = { readonly role: keyof typeof entitlementRole } & ({ readonly on: 'tenant' } | { readonly on: 'catalog' | 'package' | 'policy' | 'resource'; readonly id: string });

const ofNoun = (noun: Noun): readonly string[] => things.filter((thing) => thing.noun === noun).map(({ id }) => id);
const packageOf = (policyId: string): string | undefined => things.find(({ noun, id }) => noun === 'assignmentPolicies' && id === policyId)?.packageId;
const catalogOf = (noun: Noun, id: string): string | undefined => things.find((thing) => thing.noun === noun && thing.id === id)?.catalogId;

/** Whether one role shows one thing. */
function shows(held: Held, { noun, id, catalogId, packageId, policyId, resourceId }: Thing): boolean {
  if (held.role === 'catalogCreator') return false;
  switch (held.on) {
    case 'tenant': return true;
    case 'catalog': return catalogId === held.id;
    case 'package': return noun === 'catalogs' ? catalogOf('accessPackages', held.id) === id : noun === 'resources' ? uses.get(held.id) === id : packageId === held.id;
    case 'policy': {
      const mine = packageOf(held.id);
      if (noun === 'catalogs') return catalogOf('assignmentPolicies', held.id) === id;
      if (noun === 'resources') return uses.get(mine ?? '') === id;
      return policyId === undefined ? packageId === mine : policyId === held.id;
    }
    case 'resource': return noun === 'catalogs' ? catalogOf('resources', held.id) === id : noun === 'accessPackages' ? uses.get(id) === held.id : resourceId === held.id;
  }
}

/** Whether one role lets change one thing. */
function changes(held: Held, { noun, id, catalogId, packageId }: Thing): boolean {
  const isOwner = held.role === 'catalogOwner';
  const isManager = isOwner || held.role === 'accessPackageManager';
  const isAbove = held.on === 'tenant' || (held.on === 'catalog' && held.id === catalogId);
  if (noun === 'catalogs') return isOwner && isAbove;
  if (noun === 'resources') return isOwner && (isAbove || (held.on === 'resource' && held.id === id));
  return isManager && (isAbove || (held.on === 'package' && held.id === packageId));
}

const asRole = (held: Held): EntitlementRole => {
  const role = { roleDefinitionId: entitlementRole[held.role], catalogId: undefined };
  switch (held.on) {
    case 'tenant': return role;
    case 'catalog': return { ...role, catalogId: held.id };
    case 'package': return { ...role, accessPackageId: held.id };
    case 'policy': return { ...role, policyId: held.id, accessPackageId: packageOf(held.id) };
    case 'resource': return { ...role, resourceId: held.id };
  }
};

const roles = fc.constantFrom('catalogOwner', 'catalogReader', 'accessPackageManager', 'assignmentManager', 'catalogCreator');
const on = (kind: 'catalog' | 'package' | 'policy' | 'resource', noun: Noun): fc.Arbitrary<Held> => fc.record({ role: roles, on: fc.constant(kind), id: fc.constantFrom(...ofNoun(noun)) });
const held = fc.oneof({ arbitrary: fc.record({ role: roles, on: fc.constant('tenant' as const) }), weight: 1 }, ...([['catalog', 'catalogs', 2], ['package', 'accessPackages', 5], ['policy', 'assignmentPolicies', 5], ['resource', 'resources', 5]] as const)
  .map(([kind, noun, weight]) => ({ arbitrary: on(kind, noun), weight })));
const manyHeld = fc.array(held, { maxLength: 3 });

const em = '/identityGovernance/entitlementManagement';
const callerOf = (all: readonly Held[]): Caller => ({ ...personWith(newId(), ['EntitlementManagement.ReadWrite.All']), entitlementRoles: all.map(asRole) });

async function listed(caller: Caller, url: string): Promise<readonly string[]> {
  const { status, body } = await door.send('GET', url, { caller });
  if (status === 403 || status === 404) return [];
  expect([url, status]).toEqual([url, 200]);
  return isRecord(body) ? recordsAt(body, 'value').map(({ id }) => String(id)).toSorted() : [];
}

const nouns: readonly Noun[] = ['catalogs', 'resources', 'accessPackages', 'assignmentPolicies', 'resourceRoleScopes', 'assignments', 'assignmentRequests'];

describe('whatever roles somebody holds', () => {
  it('lists, single reads and what the roles say are one', async () => {
    await fc.assert(fc.asyncProperty(manyHeld, async (all) => {
      const caller = callerOf(all);
      for (const noun of nouns) {
        const expected = things.filter((thing) => thing.noun === noun && all.some((one) => shows(one, thing))).map(({ id }) => id).toSorted();
        expect([noun, await listed(caller, `${em}/${noun}`)]).toEqual([noun, expected]);
        for (const id of ofNoun(noun)) expect([noun, id, (await door.send('GET', `${em}/${noun}/${id}`, { caller })).status === 200]).toEqual([noun, id, expected.includes(id)]);
      }
    }), { numRuns: 30 });
  });

  it('what hangs on a thing is no more than what the lists show', async () => {
    const within: readonly (readonly [Noun, string, Noun])[] = [['catalogs', 'accessPackages', 'accessPackages'], ['catalogs', 'resources', 'resources'], ['accessPackages', 'assignmentPolicies', 'assignmentPolicies'], ['accessPackages', 'resourceRoleScopes', 'resourceRoleScopes']];
    await fc.assert(fc.asyncProperty(manyHeld, async (all) => {
      const caller = callerOf(all);
      for (const [noun, navigation, target] of within) {
        const shown = new Set(await listed(caller, `${em}/${target}`));
        const { status, body } = await door.send('GET', `${em}/${noun}?$expand=${navigation}`, { caller });
        const members = status === 200 && isRecord(body) ? recordsAt(body, 'value') : [];
        const expanded = members.flatMap((member) => recordsAt(member, navigation).map(({ id }) => String(id)));
        expect([navigation, expanded.toSorted()]).toEqual([navigation, [...shown].toSorted()]);
        for (const { id } of members) {
          const counted = await door.send('GET', `${em}/${noun}/${String(id)}/${navigation}/$count`, { caller });
          expect(counted.status === 200 ? Number(counted.text) : 0).toBe((await listed(caller, `${em}/${noun}/${String(id)}/${navigation}`)).length);
        }
      }
    }), { numRuns: 20 });
  });

  it('they change what the roles say, and are told of nothing that they do not see', async () => {
    const change: Readonly<Partial<Record<Noun, (id: string) => readonly [string, string]>>> = { catalogs: (id) => ['PATCH', `catalogs/${id}`], accessPackages: (id) => ['PATCH', `accessPackages/${id}`], resources: (id) => ['POST', `resources/${id}/refresh`], assignmentPolicies: (id) => ['DELETE', `assignmentPolicies/${id}`] };
    await fc.assert(fc.asyncProperty(manyHeld, async (all) => {
      const caller = callerOf(all);
      for (const thing of things) {
        const call = change[thing.noun]?.(thing.id);
        if (call === undefined) continue;
        const { status } = await door.send(call[0], `${em}/${call[1]}`, { caller, ...(call[0] === 'PATCH' ? { body: { description: 'x' } } : {}) });
        // A policy with assignments is not deleted, which only who may delete it is told.
        const allowed = thing.noun === 'assignmentPolicies' ? status === 409 : status < 300;
        expect([thing.noun, thing.id, allowed]).toEqual([thing.noun, thing.id, all.some((one) => changes(one, thing))]);
        if (!all.some((one) => shows(one, thing))) expect([thing.noun, status]).toEqual([thing.noun, expect.toBeOneOf([403, 404])]);
      }
    }), { numRuns: 20 });
    expect(door.bugs).toEqual([]);
  });
});
