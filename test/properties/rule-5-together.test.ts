/** Rule 5: state, history, audit and what follows commit together or not at all: every command breaks at every row that it writes, and leaves everything or nothing. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { expireStage } from '../../src/features/approvals/commands/clock.ts';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { packageRolesChanged, reprocessAssignment } from '../../src/features/assignments/commands.ts';
import { endAssignments } from '../../src/features/grants/commands/delivery.ts';
import { cancelRequest, deleteRequest, startRequest } from '../../src/features/requests/commands/change.ts';
import type { RequestWork } from '../../src/features/requests/store/writing.ts';
import { directoryRole } from '../../src/features/roles/model.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { inTransaction } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { arm, setTraps, snapshot, untold, type Fault } from '../support/faults.ts';
import { GraphDoor } from '../support/graph-door.ts';
import { addRole, administrator, approvedBy, as, ask, link, makeHouse, makeObject, makePackage, makePolicy, person, serverWork, stagesOf } from '../support/lifecycle.ts';

const database = await testDatabase();
const { db } = database;
await setTraps(database);
const door = new GraphDoor(db);
const house = await makeHouse(db, 3);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const root: Caller = { ...person(await makeObject(db, 'user')), directoryRoles: new Set([directoryRole.globalAdministrator]), permissions: new Set(['EntitlementManagement.ReadWrite.All', 'User.ReadWrite.All', 'Group.ReadWrite.All', 'Application.ReadWrite.All']) };

/** Somebody, a package, and people who decide about it. */
async function makeGround(stages: number) {
  const [user, one, other, packageId] = [await makeObject(db, 'user'), await makeObject(db, 'user'), await makeObject(db, 'user'), await makePackage(db, house, house.roleIds.slice(0, 2))];
  const policyId = await makePolicy(db, packageId, stages === 0 ? {} : { approval: { ...approvedBy(Array.from({ length: stages }, () => [one, other])), isApprovalRequiredForUpdate: true } });
  return { user, one, other, packageId, policyId };
}
type Ground = Awaited<ReturnType<typeof makeGround>>;

const userAdd = async ({ user, packageId }: Ground, hours?: number) =>
  await ask(db, person(user), { type: 'userAdd', named: { accessPackageId: packageId }, schedule: hours === undefined ? {} : { expiration: { type: 'afterDuration', duration: `PT${hours}H` } } });
const give = async ({ user, policyId }: Ground, hours: number) =>
  await ask(db, admin, { type: 'adminAdd', named: { targetId: user, policyId }, schedule: { expiration: { type: 'afterDuration', duration: `PT${hours}H` } } });
const later = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);

/** What the sweep does with one thing that is due: a sweep that breaks goes on with the rest, so that each is judged alone. */
const due = async (hours: number, act: (work: RequestWork) => Promise<unknown>): Promise<unknown> => await inTransaction(db, async (tx) => await act(serverWork(tx, later(hours))));

async function decide(ground: Ground, id: string, reviewResult: 'Approve' | 'Deny'): Promise<void> {
  const stage = (await stagesOf(db, id)).find(({ status }) => status === 'InProgress');
  await as(db, { caller: person(ground.one) }, async (work) => await decideStage(work, { requestId: id, stageId: stage?.id ?? '' }, { reviewResult, justification: 'because' }));
}

async function send(method: string, path: string): Promise<void> {
  const { status } = await door.send(method, path, { caller: root, body: method === 'PATCH' ? { accountEnabled: false } : undefined });
  if (status >= 300) throw new Error(`answered ${status}`);
}

/** What is made ready without a trap, and the one thing that is then done with it. */
const commands: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  'submit and deliver': async () => { const at = await makeGround(0); return async () => await userAdd(at, 5); },
  'submit for approval': async () => { const at = await makeGround(2); return async () => await userAdd(at); },
  'approve the first stage': async () => { const at = await makeGround(2); const { id } = await userAdd(at); return async () => await decide(at, id, 'Approve'); },
  'approve and deliver': async () => { const at = await makeGround(1); const { id } = await userAdd(at); return async () => await decide(at, id, 'Approve'); },
  'deny': async () => { const at = await makeGround(2); const { id } = await userAdd(at); return async () => await decide(at, id, 'Deny'); },
  'cancel': async () => { const at = await makeGround(1); const { id } = await userAdd(at); return async () => await as(db, { caller: person(at.user) }, async (work) => await cancelRequest(work, id)); },
  'adminUpdate': async () => { const { assignmentId } = await give(await makeGround(0), 5); return async () => await ask(db, admin, { type: 'adminUpdate', named: { assignmentId }, schedule: { expiration: { type: 'afterDuration', duration: 'PT9H' } } }); },
  'adminRemove': async () => { const { assignmentId } = await give(await makeGround(0), 5); return async () => await ask(db, admin, { type: 'adminRemove', named: { assignmentId } }); },
  'expiry': async () => { const { assignmentId } = await give(await makeGround(0), 2); return async () => await due(3, async (work) => await endAssignments(work, [assignmentId ?? ''], { cause: 'expired', why: null })); },
  'a stage that times out': async () => { const { id } = await userAdd(await makeGround(2)); const [stage] = await stagesOf(db, id); return async () => await due(24 * 15, async (work) => await expireStage(work, stage?.id ?? '')); },
  'a start that has come': async () => { const at = await makeGround(0); const { id } = await ask(db, admin, { type: 'adminAdd', named: { targetId: at.user, policyId: at.policyId }, schedule: { startDateTime: later(1).toISOString() } }); return async () => await due(2, async (work) => await startRequest(work, id)); },
  'reprocess': async () => { const { assignmentId } = await give(await makeGround(0), 5); return async () => await as(db, { caller: admin }, async (work) => await reprocessAssignment(work, assignmentId ?? '')); },
  'a package that changes': async () => { const at = await makeGround(0); await give(at, 5); return async () => await inTransaction(db, async (tx) => { await addRole(tx, house, { packageId: at.packageId, roleId: house.roleIds[2] ?? '' }); await packageRolesChanged(serverWork(tx), at.packageId); }); },
  'delete the record': async () => { const { id } = await give(await makeGround(0), 5); return async () => await as(db, { caller: admin }, async (work) => await deleteRequest(work, id)); },
  'delete an identity': async () => { const at = await makeGround(1); await give(await makeGround(0), 5); await give(at, 5); const waiting = await makeGround(1); await ask(db, person(at.user), { type: 'userAdd', named: { accessPackageId: waiting.packageId } }); return async () => await send('DELETE', `/users/${at.user}`); },
  'delete an approver': async () => { const at = await makeGround(1); await userAdd(at); await sql`delete from stage_approvers where principal_id = ${at.other}`.execute(db); return async () => await send('DELETE', `/users/${at.one}`); },
  'disable an approver': async () => { const at = await makeGround(1); await userAdd(at); await sql`delete from stage_approvers where principal_id = ${at.other}`.execute(db); return async () => await send('PATCH', `/users/${at.one}`); },
  'delete an agent': async () => { const [agent, at] = [await makeObject(db, 'agentIdentity'), await makeGround(0)]; await link(db, 'sponsor', [agent, at.one]); await give({ ...at, user: agent, policyId: await makePolicy(db, at.packageId, { scope: 'notSpecified' }) }, 5); return async () => await send('DELETE', `/servicePrincipals/${agent}`); },
  'delete a group': async () => { const [group, at] = [await makeObject(db, 'group'), await makeGround(0)]; await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${at.user}, ${group}, true)`.execute(db); return async () => await send('DELETE', `/groups/${group}`); },
};

/** What cannot last: a command that writes more rows than this is not the one meant. */
const mostWrites = 60;

async function breakAtEveryWrite(prepare: () => Promise<() => Promise<unknown>>, fault: Fault): Promise<number> {
  await arm(database, undefined);
  const run = await prepare();
  const before = await snapshot(database);
  for (let at = 1; at <= mostWrites; at++) {
    await arm(database, { at, fault });
    const outcome = await run().then(() => 'done', () => 'broken');
    await arm(database, undefined);
    const after = await snapshot(database);
    if (outcome === 'done') {
      expect(after).not.toEqual(before);
      expect(await untold(database)).toEqual([]);
      return at - 1;
    }
    expect(after, `broken at write ${at}`).toEqual(before);
  }
  throw new Error('it never came to an end');
}

describe('rule 5: together or not at all', () => {
  it.each(Object.keys(commands))('%s breaks at every write', async (name) => {
    const writes = await breakAtEveryWrite(commands[name] ?? expect.unreachable(), 'error');
    expect(writes).toBeGreaterThan(1);
  }, 40_000);

  it('the process or the connection dies in the middle of any command', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...Object.keys(commands)), fc.integer({ min: 1, max: 12 }), async (name, at) => {
      await arm(database, undefined);
      const run = await (commands[name] ?? expect.unreachable())();
      const before = await snapshot(database);
      await arm(database, { at, fault: 'crash' });
      const outcome = await run().then(() => 'done', () => 'broken');
      await arm(database, undefined);
      const after = await snapshot(database);
      if (outcome === 'broken') expect(after).toEqual(before);
      else expect(await untold(database)).toEqual([]);
    }), { numRuns: 30 });
  }, 40_000);
});
