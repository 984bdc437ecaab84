/** Rule 3 through chains: what a person's agents and applications ask for, and substitutes, against a slow model of who has a part in a request. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { Problem } from '../../src/kernel/problem.ts';
import { one } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { as, ask, link, makeHouse, makeObject, makePackage, makePolicy, person, stagesOf, workload } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 1);
const people = await Promise.all(Array.from({ length: 5 }, async () => await makeObject(db, 'user')));
const group = await makeObject(db, 'group');
const [blueprintAppId, appId, agent, agentUser, blueprint] = [newId(), newId(), newId(), newId(), newId()];
await sql`insert into directory_objects (id, type, display_name, app_id) values (${blueprint}, 'agentIdentityBlueprint', 'blueprint', ${blueprintAppId})`.execute(db);
await sql`insert into directory_objects (id, type, display_name, app_id, blueprint_app_id) values (${agent}, 'agentIdentity', 'agent', ${agent}, ${blueprintAppId})`.execute(db);
await sql`insert into directory_objects (id, type, display_name, user_principal_name, identity_parent_id) values (${agentUser}, 'agentUser', 'agent user', ${`${agentUser}@example.com`}, ${agent})`.execute(db);
const [application, program, other, keeper] = [await makeObject(db, 'application', appId), await makeObject(db, 'servicePrincipal', appId), await makeObject(db, 'agentIdentity'), await makeObject(db, 'user')];

const askers = { person: () => person(people[0] ?? ''), agent: () => workload(agent, 'agentIdentity'), agentUser: () => ({ ...person(agentUser), kind: 'agentUser' as const }), program: () => workload(program) } as const satisfies Readonly<Record<string, () => Caller>>;
const targets = { agent, agentUser, other, person: people[1] ?? '', program } as const;
const puppets = { agent, blueprint, application, program } as const;
type Puppet = keyof typeof puppets;

const anyone = fc.nat({ max: people.length - 1 });
const tie = fc.record({ of: fc.constantFrom<Puppet>('agent', 'blueprint', 'application', 'program'), kind: fc.constantFrom('owner' as const, 'sponsor' as const), who: fc.oneof(anyone, fc.constant('group' as const)) });
const delegation = fc.record({ to: fc.oneof(anyone, fc.constant('group' as const)), inForce: fc.boolean() });
const world = fc.record({ ties: fc.array(tie, { maxLength: 5 }), members: fc.uniqueArray(anyone, { maxLength: 3 }), delegations: fc.array(fc.option(delegation), { minLength: people.length, maxLength: people.length }) });
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const idOf = (who: number | 'group'): string => (who === 'group' ? group : people[who] ?? '');

async function build({ ties, members, delegations }: World): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`delete from directory_links where source_id = any(${Object.values(puppets)}::uuid[])`.execute(tx);
    await sql`delete from grants where resource_id = ${group}`.execute(tx);
    await sql`delete from approver_delegates`.execute(tx);
    for (const of of [agent, blueprint]) await link(tx, 'sponsor', [of, keeper]);
    for (const one_ of new Map(ties.map((each) => [`${each.of} ${each.kind} ${each.who}`, each])).values()) await link(tx, one_.kind, [puppets[one_.of], idOf(one_.who)]);
    for (const nth of members) await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${people[nth]}, ${group}, true)`.execute(tx);
    for (const [nth, given] of delegations.entries()) {
      if (given === null || given.to === nth) continue;
      await sql`insert into approver_delegates (principal_id, delegate_kind, delegate_id, schedule, starts_at, ends_at, modified_at) values (${people[nth]}, ${given.to === 'group' ? 'groupMembers' : 'singleUser'}, ${idOf(given.to)}, '{}',
        now() - interval '2 days', now() + ${given.inForce ? '1 day' : '-1 day'}::interval, now())`.execute(tx);
    }
  });
}

/** Who could have made the asker ask for the target. */
function behind({ ties, members }: World, asker: keyof typeof askers, target: keyof typeof targets): ReadonlySet<number> {
  const isOneAgent = ['agent', 'agentUser'].includes(asker) && ['agent', 'agentUser'].includes(target);
  if (asker === 'person' || isOneAgent || (asker === 'program' && target === 'program')) return new Set();
  const held: readonly Puppet[] = asker === 'program' ? ['program', 'application'] : ['agent', 'blueprint'];
  return new Set(ties.filter(({ of }) => held.includes(of)).flatMap(({ who }) => (who === 'group' ? members : [who])));
}

/** Whether somebody's approval is taken; nothing of it stays. For whom it was given, when it is. */
async function tries(caller: Caller, requestId: string): Promise<{ readonly decidedFor: string | null } | undefined> {
  const stage = (await stagesOf(db, requestId))[0];
  const seen: { decidedFor: string | null }[] = [];
  try {
    await as(db, { caller }, async (work) => {
      await decideStage(work, { requestId, stageId: stage?.id ?? '' }, { reviewResult: 'Approve', justification: null });
      seen.push(await one(work.tx, sql<{ decidedFor: string | null }>`select decided_for as "decidedFor" from approval_stages where id = ${stage?.id}`));
      throw new Error('back');
    });
  } catch (error) {
    if (error instanceof Problem && ['forbidden', 'notFound'].includes(error.problem)) return undefined;
    if (!(error instanceof Error && error.message === 'back')) throw error;
  }
  return seen[0];
}

it('nobody who asked, receives, or could have had it asked for decides; substitutes decide while they stand in, one step away', async () => {
  const seen = { decided: 0, refused: 0, substituted: 0, behind: 0 };
  const how = fc.record({ before: world, after: world, asker: fc.constantFrom('person' as const, 'agent' as const, 'agentUser' as const, 'program' as const), target: fc.constantFrom('agent' as const, 'agentUser' as const, 'other' as const, 'person' as const, 'program' as const), approvers: fc.uniqueArray(anyone, { minLength: 1, maxLength: 3 }) });
  await fc.assert(fc.asyncProperty(how, async ({ before, after, asker, target, approvers }) => {
    await build(before);
    const [caller, targetId, packageId] = [askers[asker](), targets[target], await makePackage(db, house)];
    const onBehalf = [...[agent, program].map((servicePrincipalId) => ({ '@odata.type': '#microsoft.graph.singleServicePrincipal', servicePrincipalId })), ...[agentUser, people[0]].map((userId) => ({ '@odata.type': '#microsoft.graph.singleUser', userId }))];
    const scope = target === 'agent' || target === 'other' ? 'allDirectoryAgentIdentities' : target === 'program' ? 'allDirectoryServicePrincipals' : 'allDirectoryUsers';
    const stages = [{ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: approvers.map((nth) => ({ '@odata.type': '#microsoft.graph.singleUser', userId: people[nth] })) }];
    await makePolicy(db, packageId, { scope, requestor: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: onBehalf }, approval: { isApprovalRequiredForAdd: true, stages } });
    const hasPart = (now: World, nth: number): boolean => (asker === 'person' && nth === 0) || (target === 'person' && nth === 1) || behind(now, asker, target).has(nth);
    const asked = approvers.filter((nth) => !hasPart(before, nth));
    const made = await ask(db, caller, { type: 'userAdd', named: { accessPackageId: packageId, ...(caller.principalId === targetId ? {} : { targetId }) } }).catch((error: unknown) => error);
    if (made instanceof Problem) {
      expect([made.reasons.map(({ code }) => code), asked]).toEqual([['noApprover'], []]);
      return;
    }
    if (made instanceof Error) throw made;
    const { id } = await one(db, sql<{ id: string }>`select id from assignment_requests where access_package_id = ${packageId}`);
    await build(after);
    const standsFor = (nth: number): readonly number[] => asked.filter((approver) => {
      const given = after.delegations[approver];
      return approver !== nth && given?.inForce === true && given.to !== approver && (given.to === 'group' ? after.members : [given.to]).includes(nth) && !hasPart(after, approver);
    });
    for (const [nth, principalId] of people.entries()) {
      const isApprover = asked.includes(nth);
      const may = !hasPart(after, nth) && (isApprover || standsFor(nth).length > 0);
      const result = await tries(person(principalId), id);
      expect([nth, result !== undefined]).toEqual([nth, may]);
      if (result !== undefined) expect(isApprover ? [null] : standsFor(nth).map((one_) => people[one_])).toContain(result.decidedFor);
      seen[may ? 'decided' : 'refused']++;
      seen.substituted += may && !isApprover ? 1 : 0;
      seen.behind += behind(after, asker, target).has(nth) && isApprover ? 1 : 0;
    }
    for (const mighty of [workload(agent, 'agentIdentity'), workload(program), { ...person(agentUser), kind: 'agentUser' as const }]) expect(await tries({ ...mighty, permissions: new Set(['EntitlementManagement.ReadWrite.All']) }, id)).toBeUndefined();
  }), { numRuns: 80 });
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(5);
}, 300_000);
