/** Rule 3: nobody approves what they asked for, nor what they would receive, whatever makes them an approver. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { recheckStage } from '../../src/features/approvals/commands/asking.ts';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { Problem } from '../../src/kernel/problem.ts';
import { all, inTransaction, one } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { as, ask, link, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, serverWork, stagesOf, workload } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 1);
const people = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'user')];
const [agent, group] = [await makeObject(db, 'agentIdentity'), await makeObject(db, 'group')];
const agentUser = newId();
await sql`insert into directory_objects (id, type, user_principal_name, identity_parent_id) values (${agentUser}, 'agentUser', ${`${agentUser}@example.com`}, ${agent})`.execute(db);

type Set = Readonly<Record<string, unknown>>;
const set = (kind: string, more: Set = {}): Set => ({ '@odata.type': `#microsoft.graph.${kind}`, ...more });
const anyPerson = fc.nat({ max: people.length - 1 });
const subjects: fc.Arbitrary<Set> = fc.oneof(
  anyPerson.map((nth) => set('singleUser', { userId: people[nth] })),
  fc.constantFrom(
    set('groupMembers', { groupId: group }), set('requestorManager', { managerLevel: 1 }), set('requestorManager', { managerLevel: 2 }), set('targetManager', { managerLevel: 1 }), set('targetUserSponsors'),
    set('targetAgentIdentitySponsorsOrOwners'), set('singleUser', { userId: agentUser }), set('singleServicePrincipal', { servicePrincipalId: agent }),
  ),
);
const stage = fc.record({ primaryApprovers: fc.array(subjects, { maxLength: 3 }), fallbackPrimaryApprovers: fc.array(subjects, { maxLength: 2 }) });

/** Who is what to whom: changed between asking and deciding as well. */
const relations = fc.record({
  members: fc.uniqueArray(anyPerson, { maxLength: 4 }), groupSponsors: fc.boolean(), managers: fc.array(fc.option(anyPerson), { minLength: 4, maxLength: 4 }),
  sponsors: fc.uniqueArray(anyPerson, { minLength: 1, maxLength: 3 }), owners: fc.uniqueArray(anyPerson, { maxLength: 2 }), catalogOwners: fc.uniqueArray(anyPerson, { maxLength: 2 }),
});
type Relations = typeof relations extends fc.Arbitrary<infer T> ? T : never;

async function relate(now: Relations): Promise<void> {
  const who = (nth: number): string => people[nth] ?? '';
  await sql`delete from grants where resource_id = ${group}`.execute(db);
  for (const nth of now.members) await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${who(nth)}, ${group}, true)`.execute(db);
  await db.transaction().execute(async (tx) => {
    await sql`delete from directory_links`.execute(tx);
    for (const nth of now.sponsors) await link(tx, 'sponsor', [agent, who(nth)]);
    if (now.groupSponsors) await link(tx, 'sponsor', [agent, group]);
    for (const nth of now.owners) await link(tx, 'owner', [agent, who(nth)]);
    for (const [nth, manager] of now.managers.entries()) if (manager !== null && manager !== nth) await link(tx, 'manager', [who(nth), who(manager)]);
  });
  await sql`delete from role_assignments`.execute(db);
  for (const nth of now.catalogOwners) {
    await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id, catalog_id)
      values (${newId()}, 'entitlementManagement', ${who(nth)}, 'ae79f266-94d4-4dab-b730-feca7e132178', ${`/AccessPackageCatalog/${house.catalogId}`}, ${house.catalogId})`.execute(db);
  }
}

/** Everybody who might be tempted: people with every permission, the agent, its user, a person's client that acts by itself. */
const tempted: readonly Caller[] = [
  ...people.map((id): Caller => ({ ...person(id), permissions: new Set(['EntitlementManagement.ReadWrite.All']) })),
  workload(agent, 'agentIdentity', ['EntitlementManagement.SelfRequest', 'EntitlementManagement.ReadWrite.All']), { ...person(agentUser), kind: 'agentUser' },
  ...people.map((id): Caller => ({ ...person(id), isDelegated: false })),
];

/** As the sweep does it when who may decide has changed. */
async function findApproversAgain(requestId: string): Promise<void> {
  const open = (await stagesOf(db, requestId)).find(({ status }) => status === 'InProgress');
  if (open !== undefined) await inTransaction(db, async (tx) => await recheckStage(serverWork(tx), open.id));
}

/** Everybody tries, in some order, until nothing is open; answers who succeeded, stage by stage. */
async function everybodyTries(requestId: string, order: readonly number[]): Promise<readonly string[]> {
  const winners: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (const nth of order) {
      const open = (await stagesOf(db, requestId)).find(({ status }) => status === 'InProgress');
      const caller = tempted[nth];
      if (open === undefined || caller === undefined) return winners;
      try {
        await as(db, { caller }, async (work) => await decideStage(work, { requestId, stageId: open.id }, { reviewResult: 'Approve', justification: null }));
        expect(caller.kind === 'user' && caller.isDelegated).toBe(true);
        winners.push(caller.principalId);
      } catch (error) {
        if (!(error instanceof Problem) || !['forbidden', 'notFound'].includes(error.problem)) throw error;
      }
    }
  }
  return winners;
}

const onBehalf = { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: people.map((userId) => set('singleUser', { userId })) };

/** A request that somebody makes for somebody; undefined where it is refused. */
async function request(how: { readonly asker: number; readonly target: number | 'agent' | 'agentUser'; readonly stages: readonly Set[] }): Promise<string | undefined> {
  const targetId = how.target === 'agent' ? agent : how.target === 'agentUser' ? agentUser : people[how.target] ?? '';
  const packageId = await makePackage(db, house);
  const stages = how.stages.map((one_) => ({ durationBeforeAutomaticDenial: 'P14D', ...one_ }));
  await makePolicy(db, packageId, { scope: how.target === 'agent' ? 'allDirectoryAgentIdentities' : 'allDirectoryUsers', requestor: onBehalf, approval: { isApprovalRequiredForAdd: true, stages } });
  const asker = how.asker < people.length ? person(people[how.asker] ?? '') : how.target === 'agentUser' ? { ...person(agentUser), kind: 'agentUser' as const } : workload(agent, 'agentIdentity');
  try {
    const made = await ask(db, asker, { type: 'userAdd', named: { accessPackageId: packageId, ...(asker.principalId === targetId ? {} : { targetId }) } });
    // Asking for another never counts as approving.
    expect(made.state).toBe('pendingApproval');
    return made.id;
  } catch (error) {
    if (error instanceof Problem && ['requestRefused', 'notRequestable'].includes(error.problem)) return undefined;
    throw error;
  }
}

describe('rule 3: nobody approves their own request', () => {
  it('nor one that they made for another, an agent or an agent user, however they came to be an approver', async () => {
    const seen = { approved: 0, forAgents: 0 };
    const targets = fc.oneof(anyPerson, fc.constantFrom('agent' as const, 'agentUser' as const));
    const order = fc.shuffledSubarray(tempted.map((_, nth) => nth), { minLength: tempted.length });
    await fc.assert(fc.asyncProperty(fc.record({ before: relations, after: relations, attempts: order, asker: fc.nat({ max: people.length }), target: targets, stages: fc.array(stage, { minLength: 1, maxLength: 2 }) }), async ({ before, after, attempts, ...how }) => {
      await relate(before);
      const id = await request(how);
      if (id === undefined) return;
      await relate(after);
      await findApproversAgain(id);
      const winners = await everybodyTries(id, attempts);
      const { requestor, target } = await one(db, sql<{ requestor: string; target: string }>`select requestor_id as requestor, target_id as target from assignment_requests where id = ${id}`);
      for (const winner of winners) expect([requestor, target]).not.toContain(winner);
      const asked = (await stagesOf(db, id)).flatMap(({ approvers }) => approvers);
      for (const suspect of [requestor, target, agent, agentUser]) expect(asked).not.toContain(suspect);
      const { state } = await requestNow(db, id);
      expect(state).toBe(winners.length === how.stages.length ? 'delivered' : 'denied');
      const reviewers = await all(db, sql<{ who: string }>`select reviewed_by as who from approval_stages where request_id = ${id} and reviewed_by is not null order by position`);
      expect(reviewers.map(({ who }) => who)).toEqual(winners);
      seen.approved += state === 'delivered' ? 1 : 0;
      seen.forAgents += target === agent ? 1 : 0;
    }), { numRuns: 120 });
    expect(seen.approved).toBeGreaterThan(5);
    expect(seen.forAgents).toBeGreaterThan(5);
  }, 300_000);
});
