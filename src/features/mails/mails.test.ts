/** Who is told what on PostgreSQL: what is noted with a step, and the mails that come of it. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { mailsNow, TellingHouse } from '../../../test/support/mail.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { approvedBy, as, ask, countOf, link, makeObject, requestNow } from '../../../test/support/lifecycle.ts';
import { one } from '../../platform/db/transaction.ts';
import { cancelRequest, reprocessRequest } from '../requests/commands/change.ts';
import { sweepMails } from './jobs.ts';

const database = await testDatabase();
const house = await TellingHouse.open(database.databaseUrl);
const { db, office, admin } = house;

describe('a request with approval', () => {
  it('tells approvers to decide and the requestor that it was received, then what came of it', async () => {
    const [ann, bob, cy] = [await house.newPerson('Ann'), await house.newPerson('Bob'), await house.newPerson('Cy')];
    const packageId = await house.offer({ approval: approvedBy([[bob.principalId, cy.principalId]]) });
    const id = await house.request(ann, packageId, { justification: 'month end' });
    expect(await office.post()).toEqual([`ann: Received: your request for ${house.box}`, `bob: Please decide: Ann asks for ${house.box}`, `cy: Please decide: Ann asks for ${house.box}`]);
    await house.decide(id, bob, { reviewResult: 'Approve' });
    expect(await office.post()).toEqual([`ann: You now have ${house.box}`, `cy: No longer needed: your decision on ${house.box} for Ann`]);
    expect(await office.post()).toEqual([]);
    expect(await countOf(db, 'mail_steps')).toBe(0);
    expect((await mailsNow(db)).map(({ state, said }) => [state, said])).toEqual(Array.from({ length: 5 }, () => ['sent', {}]));
  });

  it('tells why it was denied', async () => {
    const [ann, bob] = [await house.newPerson('Ann'), await house.newPerson('Bob')];
    const id = await house.request(ann, await house.offer({ approval: approvedBy([[bob.principalId]]) }));
    await office.post();
    await house.decide(id, bob, { reviewResult: 'Deny', justification: 'not this year' });
    while (await sweepMails(office.world) > 0);
    expect(office.sent.map(({ to }) => to)).toEqual(['ann@example.com']);
    expect(office.sent.splice(0)[0]?.text).toContain('The reason: not this year');
  });

  it('tells of the time that passed without a decision', async () => {
    const [ann, bob] = [await house.newPerson('Ann'), await house.newPerson('Bob')];
    const id = await house.request(ann, await house.offer({ approval: approvedBy([[bob.principalId]]) }));
    await office.post();
    await sql`update approval_stages set due_at = now() - interval '1 hour' where request_id = ${id}`.execute(db);
    await house.sweep();
    expect(await office.post()).toEqual([`ann: Not decided in time: ${house.box}`, `bob: No longer needed: your decision on ${house.box} for Ann`]);
  });

  it('asks nobody for a decision that was made before the mail went, nor tells those that it is not needed', async () => {
    const [ann, bob, cy] = [await house.newPerson('Ann'), await house.newPerson('Bob'), await house.newPerson('Cy')];
    const id = await house.request(ann, await house.offer({ approval: approvedBy([[bob.principalId, cy.principalId]]) }));
    office.fail = () => ({ isFinal: false, why: 'down', logged: 'down' });
    expect(await office.post()).toEqual([]);
    await house.decide(id, bob, { reviewResult: 'Approve' });
    office.fail = () => undefined;
    office.clock.set(new Date(Date.now() + 120_000));
    expect(await office.post()).toEqual([`ann: Received: your request for ${house.box}`, `ann: You now have ${house.box}`]);
    expect((await mailsNow(db)).filter(({ state }) => state === 'withheld').map(({ kind }) => kind).toSorted()).toEqual(['decisionNeeded', 'decisionNeeded', 'decisionNotNeeded']);
  });

  it('tells who has asked that somebody else cancelled, and not who did it', async () => {
    const [ann, bob] = [await house.newPerson('Ann'), await house.newPerson('Bob')];
    const packageId = await house.offer({ approval: approvedBy([[bob.principalId]]) });
    const id = await house.request(ann, packageId);
    await office.post();
    await as(db, { caller: admin }, async (work) => { await cancelRequest(work, id); });
    expect(await office.post()).toEqual([`ann: Cancelled: the request for ${house.box}`, `bob: No longer needed: your decision on ${house.box} for Ann`]);
    const again = await house.request(ann, packageId);
    await office.post();
    await as(db, { caller: ann }, async (work) => { await cancelRequest(work, again); });
    expect(await office.post()).toEqual([`bob: No longer needed: your decision on ${house.box} for Ann`]);
  });
});

describe('access', () => {
  it('that begins later is told when it is approved and when it begins', async () => {
    const [ann, bob] = [await house.newPerson('Ann'), await house.newPerson('Bob')];
    const packageId = await house.offer({ approval: approvedBy([[bob.principalId]]) });
    const { id } = await ask(db, ann, { type: 'userAdd', named: { accessPackageId: packageId }, schedule: { startDateTime: new Date(Date.now() + 3_600_000).toISOString() } });
    await office.post();
    await house.decide(id, bob, { reviewResult: 'Approve' });
    expect(await office.post()).toEqual([`ann: Approved: ${house.box}`]);
    office.clock.set(new Date(Date.now() + 3_700_000));
    await house.sweep();
    expect(await office.post()).toEqual([`ann: It begins: Your access to ${house.box}`]);
  });

  it('that could not be given is told with what is wrong, once', async () => {
    const ann = await house.newPerson('Ann');
    const packageId = await house.offer();
    await sql`update package_roles set permission_id = gen_random_uuid() where access_package_id = ${packageId}`.execute(db);
    const id = await house.request(ann, packageId);
    while (await sweepMails(office.world) > 0);
    expect(office.sent.splice(0).map(({ subject, text }) => [subject, /The reason: .*\w/.test(text)])).toEqual([[`Could not be carried out: the request for ${house.box}`, true]]);
    await as(db, { caller: admin }, async (work) => { await reprocessRequest(work, id); });
    expect([(await requestNow(db, id)).state, await office.post()]).toEqual(['deliveryFailed', []]);
  });

  const assignmentOf = async (targetId: string): Promise<string> => (await one(db, sql<{ id: string }>`select id from assignments where target_id = ${targetId} order by created_at desc limit 1`)).id;
  const moveEnd = async (id: string, away: string): Promise<void> => {
    await sql`update assignments set starts_at = now() - interval '60 days', ends_at = now() + ${away}::interval where id = ${id}`.execute(db);
  };

  it('is told of before its end, at it, and not twice', async () => {
    const ann = await house.newPerson('Ann');
    await house.request(ann, await house.offer({ expiration: { type: 'afterDuration', duration: 'P365D' } }));
    await office.post();
    const id = await assignmentOf(ann.principalId);
    await moveEnd(id, '13 days');
    await house.sweep();
    expect(await office.post()).toEqual([`ann: Your access to ${house.box} ends soon`]);
    await house.sweep();
    expect(await office.post()).toEqual([]);
    await moveEnd(id, '-1 minute');
    await house.sweep();
    expect(await office.post()).toEqual([`ann: Your access to ${house.box} has ended`]);
  });

  it('that was taken away is told with the reason, but not to who gave it back', async () => {
    const ann = await house.newPerson('Ann');
    const packageId = await house.offer();
    await house.request(ann, packageId);
    await office.post();
    await ask(db, admin, { type: 'adminRemove', named: { assignmentId: await assignmentOf(ann.principalId) }, justification: 'moved to sales' });
    while (await sweepMails(office.world) > 0);
    expect(office.sent.splice(0).map(({ subject, text }) => [subject, text.includes('The reason: moved to sales')])).toEqual([[`Your access to ${house.box} was removed`, true]]);
    await house.request(ann, packageId);
    await office.post();
    await ask(db, ann, { type: 'userRemove', named: { assignmentId: await assignmentOf(ann.principalId) } });
    expect(await office.post()).toEqual([]);
  });

  it('that an administrator gives is told to who receives it, and not to the administrator', async () => {
    const [ann, boss] = [await house.newPerson('Ann'), await house.newPerson('Boss')];
    const packageId = await house.offer();
    const caller = { ...admin, principalId: boss.principalId, kind: 'user' as const };
    const { policyId } = await one(db, sql<{ policyId: string }>`select id as "policyId" from assignment_policies where access_package_id = ${packageId}`);
    await ask(db, caller, { type: 'adminAdd', named: { accessPackageId: packageId, policyId, targetId: ann.principalId } });
    expect(await office.post()).toEqual([`ann: You now have ${house.box}`]);
  });

  it('of an agent is told to its sponsors and owners', async () => {
    const [sponsor, owner] = [await house.newPerson('Sponsor'), await house.newPerson('Owner')];
    const agent = await makeObject(db, 'agentIdentity');
    await link(db, 'sponsor', [agent, sponsor.principalId]);
    await link(db, 'owner', [agent, owner.principalId]);
    const packageId = await house.offer({ scope: 'allDirectoryAgentIdentities', expiration: { type: 'afterDuration', duration: 'P365D' } });
    const { policyId } = await one(db, sql<{ policyId: string }>`select id as "policyId" from assignment_policies where access_package_id = ${packageId}`);
    await ask(db, admin, { type: 'adminAdd', named: { accessPackageId: packageId, policyId, targetId: agent } });
    const name = `agentIdentity ${agent.slice(-4)}`;
    expect(await office.post()).toEqual([`owner: ${name} now has ${house.box}`, `sponsor: ${name} now has ${house.box}`]);
    await moveEnd(await assignmentOf(agent), '20 hours');
    await house.sweep();
    expect(await office.post()).toEqual([`owner: The access of ${name} to ${house.box} ends soon`, `sponsor: The access of ${name} to ${house.box} ends soon`]);
  });
});

describe('who is not told', () => {
  it('who has no address, is disabled or deleted, or has not taken up an invitation', async () => {
    const unreachable = {
      nowhere: sql`data = data - 'mail'`, disabled: sql`account_enabled = false`, deleted: sql`deleted_at = now()`, invited: sql`data = data || '{"userType": "Guest", "externalUserState": "PendingAcceptance"}'`, blank: sql`data = data || '{"mail": " "}'`,
    };
    const people = Object.keys(unreachable);
    for (const name of people) {
      const packageId = await house.offer();
      const somebody = await house.newPerson(name);
      await house.request(somebody, packageId);
      await sql`update directory_objects set ${unreachable[name as keyof typeof unreachable]} where id = ${somebody.principalId}`.execute(db);
    }
    expect(await office.post()).toEqual([]);
    expect(await countOf(db, 'mails')).toBe(0);
  });

  it('who has been disabled since the mail was written; another address counts where there is no mail', async () => {
    const [ann, bob] = [await house.newPerson('Ann'), await house.newPerson('Bob')];
    office.fail = () => ({ isFinal: false, why: 'down', logged: 'down' });
    for (const somebody of [ann, bob]) await house.request(somebody, await house.offer());
    await office.post();
    await sql`update directory_objects set account_enabled = false where id = ${ann.principalId}`.execute(db);
    await sql`update directory_objects set data = data - 'mail' || '{"otherMails": ["", "home@example.org"]}' where id = ${bob.principalId}`.execute(db);
    office.fail = () => undefined;
    office.clock.set(new Date(Date.now() + 120_000));
    expect(await office.post()).toEqual([`home: You now have ${house.box}`]);
    expect((await mailsNow(db)).find(({ state }) => state === 'withheld')?.error).toMatch(/disabled/);
  });

  it('anybody but approvers, where the policy mutes its assignments', async () => {
    const [ann, bob] = [await house.newPerson('Ann'), await house.newPerson('Bob')];
    const id = await house.request(ann, await house.offer({ approval: approvedBy([[bob.principalId]]) }, true));
    expect(await office.post()).toEqual([`bob: Please decide: Ann asks for ${house.box}`]);
    await house.decide(id, bob, { reviewResult: 'Approve' });
    expect(await office.post()).toEqual([]);
  });

  it('anybody, where the server sends no mail: nothing is noted', async () => {
    const ann = await house.newPerson('Ann');
    await ask(database.db, ann, { type: 'userAdd', named: { accessPackageId: await house.offer() } });
    expect([await countOf(db, 'mail_steps'), await countOf(db, 'mails')]).toEqual([0, 0]);
  });
});
