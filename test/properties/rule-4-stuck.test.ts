/** Rule 4: whatever is deleted, disabled or changed, every open request waits for somebody who can decide it, or for a time that will come. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { directoryRole, entitlementRole } from '../../src/features/roles/model.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { Problem } from '../../src/kernel/problem.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { all } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { GraphDoor } from '../support/graph-door.ts';
import { as, ask, link, makeHouse, makeObject, makePackage, makePolicy, person, workload } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const door = new GraphDoor(db);
const em = '/identityGovernance/entitlementManagement';
const root: Caller = { ...person(await makeObject(db, 'user')), directoryRoles: new Set([directoryRole.globalAdministrator]), permissions: new Set(['EntitlementManagement.ReadWrite.All', 'Directory.ReadWrite.All', 'User.ReadWrite.All', 'Group.ReadWrite.All', 'Application.ReadWrite.All', 'AgentIdentity.ReadWrite.All', 'RoleManagement.ReadWrite.Directory']) };

/** A small organisation of its own for each run. */
async function makeWorld() {
  const people = await Promise.all(Array.from({ length: 6 }, async () => await makeObject(db, 'user')));
  const agents = [await makeObject(db, 'agentIdentity'), await makeObject(db, 'agentIdentity')];
  const [group, house] = [await makeObject(db, 'group'), await makeHouse(db, 1)];
  for (const nth of [2, 3]) await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${people[nth]}, ${group}, true)`.execute(db);
  for (const agent of agents) for (const nth of [4, 5]) await link(db, 'sponsor', [agent, people[nth] ?? '']);
  for (const [nth, id] of people.entries()) if (nth > 0) await link(db, 'manager', [id, people[nth - 1] ?? '']);
  await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id, catalog_id) values (${newId()}, 'entitlementManagement', ${people[1]}, ${entitlementRole.catalogOwner}, ${`/AccessPackageCatalog/${house.catalogId}`}, ${house.catalogId})`.execute(db);
  return { people, agents, group, house, policies: [] as string[], packages: [] as string[], requests: [] as string[] };
}
type World = Awaited<ReturnType<typeof makeWorld>>;

const nth = fc.nat({ max: 5 });
const kinds = ['requestorManager', 'targetManager', 'groupMembers', 'singleUser', 'targetAgentIdentitySponsorsOrOwners'] as const;
const approvers = fc.array(fc.tuple(fc.constantFrom(...kinds), nth), { minLength: 1, maxLength: 2 });
const stages = fc.array(fc.record({ primary: approvers, fallback: fc.oneof(fc.constant([]), approvers), escalation: fc.oneof(fc.constant([]), approvers), required: fc.integer({ min: 1, max: 3 }) }), { maxLength: 2 });
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), who: nth, forAgent: fc.option(fc.nat({ max: 1 })), stages, later: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('deleteUser' as const, 'disableUser' as const, 'approve' as const), who: nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('deleteGroup' as const, 'emptyGroup' as const, 'deleteAgent' as const, 'deletePolicy' as const, 'loosenPolicy' as const, 'deletePackage' as const, 'unsponsor' as const, 'noOwners' as const, 'restoreUser' as const, 'disableAgent' as const, 'joinGroup' as const, 'changeManager' as const, 'escalate' as const), who: nth }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** What has succeeded at least once. */
const done = new Set<string>();

/** Requests, refused or made; nothing here may end otherwise. */
async function attempt(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => { if (!(error instanceof Problem)) throw error; });
}

async function makeRequest(world: World, step: Act & { do: 'ask' }): Promise<void> {
  const sets = (named: readonly (readonly [string, number])[]): unknown[] => named.map(([kind, who]) => ({ '@odata.type': `#microsoft.graph.${kind}`, ...(kind === 'singleUser' ? { userId: world.people[who] } : {}), ...(kind === 'groupMembers' ? { groupId: world.group } : {}) }));
  const stageBody = ({ primary, fallback, escalation, required }: (typeof step.stages)[number]): unknown => ({
    durationBeforeAutomaticDenial: 'P14D', durationBeforeEscalation: 'P7D', isEscalationEnabled: escalation.length > 0, requiredApprovalCount: required,
    primaryApprovers: sets(primary), fallbackPrimaryApprovers: sets(fallback), escalationApprovers: sets(escalation),
  });
  const packageId = await makePackage(db, world.house);
  const agent = step.forAgent === null ? undefined : world.agents[step.forAgent];
  const approval = { isApprovalRequiredForAdd: step.stages.length > 0, stages: step.stages.map(stageBody) };
  world.policies.push(await makePolicy(db, packageId, { scope: agent === undefined ? 'allDirectoryUsers' : 'allDirectoryAgentIdentities', approval }));
  world.packages.push(packageId);
  const caller = agent === undefined ? person(world.people[step.who] ?? '') : workload(agent, 'agentIdentity');
  const schedule = step.later ? { startDateTime: new Date(Date.now() + 86_400_000).toISOString() } : {};
  await attempt(ask(db, caller, { type: 'userAdd', named: { accessPackageId: packageId }, schedule }).then(({ id }) => world.requests.push(id)));
}

async function approve(world: World, who: number): Promise<void> {
  const caller = person(world.people[who] ?? '');
  const open = await all(db, sql<{ requestId: string; stageId: string }>`
    select s.request_id as "requestId", s.id as "stageId" from approval_stages s join stage_approvers x on x.stage_id = s.id join directory_objects o on o.id = x.principal_id and o.account_enabled and o.deleted_at is null
     where s.status = 'InProgress' and x.principal_id = ${caller.principalId}`);
  for (const at of open) await attempt(as(db, { caller }, async (work) => await decideStage(work, at, { reviewResult: 'Approve', justification: null })));
}

async function carryOut(world: World, step: Act): Promise<void> {
  if (step.do === 'ask') return await makeRequest(world, step);
  if (step.do === 'approve') return await approve(world, step.who);
  if (step.do === 'escalate') {
    await sql`update approval_stages set escalates_at = now() where escalates_at is not null and status = 'InProgress' and request_id = any(${world.requests}::uuid[])`.execute(db);
    done.add(step.do);
    return;
  }
  const [user, agent, policy, packageId] = [world.people[step.who] ?? '', world.agents[step.who % 2] ?? '', world.policies[step.who] ?? newId(), world.packages[step.who] ?? newId()];
  const sponsor = world.people[4 + (step.who % 2)] ?? '';
  const calls: Readonly<Record<typeof step.do, readonly [method: string, path: string, body?: unknown]>> = {
    deleteUser: ['DELETE', `/users/${user}`], disableUser: ['PATCH', `/users/${user}`, { accountEnabled: false }], restoreUser: ['POST', `/directory/deletedItems/${user}/restore`],
    deleteGroup: ['DELETE', `/groups/${world.group}`], emptyGroup: ['DELETE', `/groups/${world.group}/members/${world.people[2 + (step.who % 2)] ?? ''}/$ref`],
    deleteAgent: ['DELETE', `/servicePrincipals/${agent}`], disableAgent: ['PATCH', `/servicePrincipals/${agent}`, { accountEnabled: false }], unsponsor: ['DELETE', `/servicePrincipals/${agent}/microsoft.graph.agentIdentity/sponsors/${sponsor}/$ref`],
    joinGroup: ['POST', `/groups/${world.group}/members/$ref`, { '@odata.id': `http://test/v1.0/directoryObjects/${user}` }],
    changeManager: ['PUT', `/users/${user}/manager/$ref`, { '@odata.id': `http://test/v1.0/directoryObjects/${world.people[(step.who + 3) % 6] ?? ''}` }],
    deletePolicy: ['DELETE', `${em}/assignmentPolicies/${policy}`], deletePackage: ['DELETE', `${em}/accessPackages/${packageId}`], noOwners: ['DELETE', `/roleManagement/entitlementManagement/roleAssignments/${await ownerRole(world)}`],
    loosenPolicy: ['PUT', `${em}/assignmentPolicies/${policy}`, { displayName: 'changed', accessPackage: { id: packageId }, allowedTargetScope: 'notSpecified', requestApprovalSettings: { isApprovalRequiredForAdd: false, stages: [] } }],
  };
  const [method, path, body] = calls[step.do];
  const { status } = await door.send(method, path, { caller: root, body });
  expect(status, `${method} ${path}`).toBeLessThan(500);
  if (status < 300) done.add(step.do);
}

async function ownerRole(world: World): Promise<string> {
  return (await all(db, sql<{ id: string }>`select id from role_assignments where catalog_id = ${world.house.catalogId}`))[0]?.id ?? newId();
}

/** Open requests that wait for nobody and nothing, or that nobody is there for any more. */
async function stuck(world: World): Promise<readonly unknown[]> {
  return await all(db, sql`
    select r.id, r.state from assignment_requests r
      join directory_objects t on t.id = r.target_id join directory_objects q on q.id = r.requestor_id
     where r.id = any(${world.requests}::uuid[]) and r.completed_at is null
       and (t.deleted_at is not null or q.deleted_at is not null or not (r.state = 'scheduled' and r.starts_at > now()))
       and (t.deleted_at is not null or q.deleted_at is not null or not (r.state = 'pendingApproval' and (
         select count(*) = 1 and bool_and(s.due_at > now() and s.required_approvals <= (select count(*) from stage_decisions d where d.stage_id = s.id) + (
           select count(*) from stage_approvers x join directory_objects o on o.id = x.principal_id and o.type = 'user' and o.deleted_at is null and o.account_enabled
            where x.stage_id = s.id and x.principal_id is distinct from r.requestor_id and x.principal_id <> r.target_id
              and not exists (select 1 from stage_decisions d where d.stage_id = s.id and d.principal_id = x.principal_id)))
           from approval_stages s where s.request_id = r.id and s.status = 'InProgress')))`);
}

/** What happens by itself now; stages that opened just now are looked at again too. */
async function sweepNow(): Promise<number> {
  return await lifecycleSweep({ db, clock: fixedClock(new Date(Date.now() + 120_000)), log: silentLog }).run();
}

/** Everything once, so that none is left to chance. */
const everything: Act[] = [
  { do: 'ask', who: 1, forAgent: 0, stages: [{ primary: [['targetAgentIdentitySponsorsOrOwners', 0]], fallback: [['groupMembers', 0]], escalation: [['singleUser', 2]], required: 1 }], later: false },
  { do: 'escalate', who: 0 }, { do: 'changeManager', who: 5 }, { do: 'joinGroup', who: 0 }, { do: 'unsponsor', who: 0 }, { do: 'disableAgent', who: 1 }, { do: 'noOwners', who: 0 },
  { do: 'disableUser', who: 2 }, { do: 'deleteUser', who: 3 }, { do: 'deleteGroup', who: 0 }, { do: 'deleteAgent', who: 0 },
];

describe('rule 4: no stuck request', () => {
  it('after any deletions, disablings and changes, and none is left when every time has come', async () => {
    const seen = { made: 0, open: 0 };
    await fc.assert(fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 16 }), async (steps) => {
      const world = await makeWorld();
      for (const step of steps) {
        await carryOut(world, step);
        if (!['ask', 'approve'].includes(step.do)) while (await sweepNow() > 0) { /* until who decides is found again */ }
        expect(await stuck(world), step.do).toEqual([]);
      }
      const open = async (): Promise<number> => (await all(db, sql`select 1 from assignment_requests where id = any(${world.requests}::uuid[]) and completed_at is null`)).length;
      seen.made += world.requests.length;
      seen.open += await open();
      const clock = fixedClock(new Date(Date.now() + 15 * 86_400_000));
      const { run } = lifecycleSweep({ db, clock, log: silentLog });
      for (let stage = 0; stage < 3; stage++, clock.set(new Date(clock.now().getTime() + 15 * 86_400_000))) while (await run() > 0) { /* until nothing is due */ }
      expect(await open()).toBe(0);
    }), { numRuns: 30, examples: [[everything]] });
    expect(door.bugs).toEqual([]);
    expect([...done]).toEqual(expect.arrayContaining(['deleteUser', 'disableUser', 'deleteGroup', 'deleteAgent', 'disableAgent', 'unsponsor', 'noOwners', 'joinGroup', 'changeManager', 'escalate']));
    expect(seen.made).toBeGreaterThan(30);
    expect(seen.open).toBeGreaterThan(10);
  }, 300_000);
});
