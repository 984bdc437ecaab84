/** Rule 8: an empty list never means everyone. Whatever list of a policy is emptied, nobody gains what they could not do before. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { isRequestable } from '../../src/features/packages/store/requestable.ts';
import { inReach } from '../../src/features/catalogs/store.ts';
import { isOneOf } from '../../src/features/roles/store/reach.ts';
import { submitRequest } from '../../src/features/requests/commands/submit.ts';
import { visibleRequests } from '../../src/features/requests/api/index.ts';
import { entitlementRole } from '../../src/features/roles/model.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { Problem } from '../../src/kernel/problem.ts';
import { all } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { GraphDoor } from '../support/graph-door.ts';
import { administrator, link, makeHouse, makeObject, makePackage, makePolicy, person, serverWork, stagesOf, workload } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 1);
const [ann, ben, cid, dot] = await Promise.all(Array.from({ length: 4 }, async () => await makeObject(db, 'user')));
const [agent, service, group] = [await makeObject(db, 'agentIdentity'), await makeObject(db, 'servicePrincipal'), await makeObject(db, 'group')];
await link(db, 'sponsor', [agent, ann ?? '']);
await link(db, 'manager', [ben ?? '', ann ?? '']);
await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${cid}, ${group}, true)`.execute(db);

const callers: readonly Caller[] = [...[ann, ben, cid, dot].map((id) => person(id ?? '')), workload(agent, 'agentIdentity'), workload(service)];
const targets = [ann, ben, cid, dot, agent, service].map((id) => id ?? '');

type Set = Readonly<Record<string, unknown>>;
const set = (kind: string, more: Set = {}): Set => ({ '@odata.type': `#microsoft.graph.${kind}`, ...more });
const sets = fc.uniqueArray(fc.constantFrom(
  set('singleUser', { userId: ann }), set('singleUser', { userId: dot }), set('groupMembers', { groupId: group }), set('requestorManager', { managerLevel: 1 }), set('targetManager', { managerLevel: 1 }),
  set('targetAgentIdentitySponsorsOrOwners'), set('singleServicePrincipal', { servicePrincipalId: service }),
), { maxLength: 3 });
const named = fc.uniqueArray(fc.constantFrom(
  { kind: 'user' as const, id: ann ?? '' }, { kind: 'user' as const, id: ben ?? '' }, { kind: 'group' as const, id: group }, { kind: 'servicePrincipal' as const, id: agent }, { kind: 'servicePrincipal' as const, id: service },
), { maxLength: 3 });
const scope = fc.constantFrom('specificDirectoryUsers', 'specificDirectoryServicePrincipals', 'specificConnectedOrganizationUsers', 'notSpecified', 'allMemberUsers', 'allDirectoryAgentIdentities');
const policies = fc.record({ scope, targets: named, requestors: sets, primary: sets, fallback: sets, isSelf: fc.boolean(), needsApproval: fc.boolean() });
type Lists = typeof policies extends fc.Arbitrary<infer T> ? T : never;

async function make({ scope: within, targets: to, requestors, primary, fallback, isSelf, needsApproval }: Lists): Promise<string> {
  const packageId = await makePackage(db, house);
  await makePolicy(db, packageId, {
    scope: within, targets: to, requestor: { enableTargetsToSelfAddAccess: isSelf, enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: requestors },
    approval: { isApprovalRequiredForAdd: needsApproval, stages: [{ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: primary, fallbackPrimaryApprovers: fallback }] },
  });
  return packageId;
}

/** Everything that anybody can do with a package: `caller>target` for what may be asked, `approver!caller>target` for who then decides. Nothing of it stays. */
async function possible(packageId: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const caller of callers) {
    const requestable = await all(db, sql`select 1 from access_packages ap where ap.id = ${packageId} and ${isRequestable(caller, 'ap')}`);
    for (const targetId of targets) {
      const pair = `${caller.principalId}>${targetId}`;
      const rollback = new Error('nothing of it stays');
      await db.transaction().execute(async (tx) => {
        const asked = { type: 'userAdd' as const, justification: null, answers: [], schedule: {} };
        const made = await submitRequest({ ...serverWork(tx), caller }, { asked, named: { accessPackageId: packageId, ...(caller.principalId === targetId ? {} : { targetId }) } });
        found.add(pair);
        for (const { approvers } of await stagesOf(tx, made.id)) for (const approver of approvers) found.add(`${approver}!${pair}`);
        if (made.state === 'delivered') found.add(`delivered ${pair}`);
        throw rollback;
      }).catch((error: unknown) => { if (error !== rollback && !(error instanceof Problem)) throw error; });
      // Whoever may ask for somebody sees that the package may be asked for.
      if (found.has(pair)) expect(requestable).toHaveLength(1);
    }
  }
  return found;
}

const lists = ['targets', 'requestors', 'primary', 'fallback'] as const;

/** The two places where an empty list means somebody, and who: an agent's sponsors and owners (contract §2.3), and the fallback of a stage. */
function isMeant(gain: string, { before, emptied, fallbacks }: { readonly before: Lists; readonly emptied: readonly string[]; readonly fallbacks: ReadonlySet<string> }): boolean {
  if (emptied.includes('requestors') && before.scope === 'allDirectoryAgentIdentities' && gain.endsWith(`${ann ?? ''}>${agent}`)) return true;
  return emptied.includes('primary') && [...fallbacks].some((one) => gain === one);
}

describe('rule 8: an empty list never means everyone', () => {
  it('whatever lists of a policy are emptied, nobody gains', async () => {
    const seen = { could: 0, lost: 0 };
    await fc.assert(fc.asyncProperty(policies, fc.subarray([...lists], { minLength: 1 }), async (full, emptied) => {
      const empty: Lists = { ...full, ...Object.fromEntries(emptied.map((list) => [list, []])) };
      const [before, after] = [await possible(await make(full)), await possible(await make(empty))];
      const fallbacks = emptied.includes('primary') ? await possible(await make({ ...full, primary: full.fallback, fallback: [] })) : new Set<string>();
      const gained = [...after].filter((one) => !before.has(one) && !isMeant(one, { before: full, emptied, fallbacks }));
      expect(gained, JSON.stringify(emptied)).toEqual([]);
      seen.could += before.size;
      seen.lost += [...before].filter((one) => !after.has(one)).length;
    }), { numRuns: 40 });
    expect(seen.could).toBeGreaterThan(40);
    expect(seen.lost).toBeGreaterThan(10);
  }, 300_000);

  it('with every list empty only a scope that says everyone gives anything, and approval without approvers gives nothing', async () => {
    const nothing = { targets: [], requestors: [], primary: [], fallback: [], isSelf: true };
    for (const within of ['specificDirectoryUsers', 'specificDirectoryServicePrincipals', 'specificConnectedOrganizationUsers', 'notSpecified', 'allConfiguredConnectedOrganizationUsers']) {
      expect([...await possible(await make({ ...nothing, scope: within as Lists['scope'], needsApproval: false }))]).toEqual([]);
    }
    expect([...await possible(await make({ ...nothing, scope: 'allMemberUsers', needsApproval: true }))]).toEqual([]);
    const named = [...[ann, ben, cid, dot].map((id) => ({ kind: 'user' as const, id: id ?? '' })), { kind: 'servicePrincipal' as const, id: agent }, { kind: 'servicePrincipal' as const, id: service }];
    for (const within of ['specificDirectoryUsers', 'specificDirectoryServicePrincipals', 'allMemberUsers'] as const) {
      expect([...await possible(await make({ ...nothing, isSelf: false, targets: named, scope: within, needsApproval: false }))]).toEqual([]);
    }
  });

  it('a policy that could only mean nobody is refused with its reason', async () => {
    const door = new GraphDoor(db);
    const admin = { caller: administrator(service) };
    const packageId = await makePackage(db, house);
    const body = { displayName: 'p', accessPackage: { id: packageId }, expiration: { type: 'noExpiration' } };
    const refusals = [
      { allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [] }, { allowedTargetScope: 'specificDirectoryServicePrincipals' },
      { allowedTargetScope: 'allMemberUsers', requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [] } },
      { allowedTargetScope: 'allMemberUsers', requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [{ primaryApprovers: [], fallbackPrimaryApprovers: [] }] } },
    ];
    for (const refused of refusals) expect((await door.send('POST', '/identityGovernance/entitlementManagement/assignmentPolicies', { ...admin, body: { ...body, ...refused } })).status).toBe(400);
  });

  it('a reach of no catalogs reaches nothing', async () => {
    expect(inReach({ all: false, catalogIds: [] }, sql`c.id`)).toBe('none');
    expect(await all(db, sql`select 1 from catalogs c where ${isOneOf(sql`c.id`, [])}`)).toEqual([]);
    const elsewhere: Caller = { ...person(newId()), permissions: new Set(['EntitlementManagement.ReadWrite.All']), entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: newId() }] };
    const seen = visibleRequests(elsewhere, 'r');
    expect(typeof seen === 'string' ? seen : await all(db, sql`select 1 from assignment_requests r where ${seen}`)).toEqual([]);
  });
});
