/** Those who decide, on PostgreSQL: asked, reminded, passed on to, stood in for. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { TellingHouse } from '../../../test/support/mail.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { approvedBy, stagesOf } from '../../../test/support/lifecycle.ts';
import type { Caller } from '../../kernel/caller.ts';
import { sweepMails } from './jobs.ts';

const house = await TellingHouse.open((await testDatabase()).databaseUrl);
const { db, office } = house;

describe('those who decide', () => {
  const pending = async (...approvers: readonly Caller[]): Promise<{ readonly id: string; readonly stageId: string }> => {
    const id = await house.request(await house.newPerson('Ann'), await house.offer({ approval: approvedBy([approvers.map(({ principalId }) => principalId)]) }));
    return { id, stageId: (await stagesOf(db, id))[0]?.id ?? '' };
  };
  const askToo = async (stageId: string, who: Caller, role: string): Promise<void> => {
    await sql`insert into stage_approvers (stage_id, principal_id, role) values (${stageId}, ${who.principalId}, ${role})`.execute(db);
  };

  it('have substitutes, who are told in whose place; whoever did not decide is told that it is done', async () => {
    const [bob, sub] = [await house.newPerson('Bob'), await house.newPerson('Sub')];
    await sql`insert into approver_delegates (principal_id, delegate_kind, delegate_id, schedule, starts_at, ends_at, modified_at)
      values (${bob.principalId}, 'singleUser', ${sub.principalId}, '{}', now() - interval '1 day', now() + interval '1 day', now())`.execute(db);
    const { id } = await pending(bob);
    while (await sweepMails(office.world) > 0);
    const asked = office.sent.splice(0).filter(({ subject }) => subject.startsWith('Please decide'));
    expect(asked.map(({ to, text }) => [to, text.includes('in the place of Bob')]).toSorted()).toEqual([['bob@example.com', false], ['sub@example.com', true]]);
    await house.decide(id, sub, { reviewResult: 'Approve' });
    expect(await office.post()).toEqual([`ann: You now have ${house.box}`, `bob: No longer needed: your decision on ${house.box} for Ann`]);
  });

  it('are told when they are asked later, when it is passed on to them, and reminded; and each of it once', async () => {
    const [bob, cy, di] = [await house.newPerson('Bob'), await house.newPerson('Cy'), await house.newPerson('Di')];
    const { stageId } = await pending(bob);
    expect(await office.post()).toEqual([`ann: Received: your request for ${house.box}`, `bob: Please decide: Ann asks for ${house.box}`]);
    await askToo(stageId, cy, 'fallback');
    await askToo(stageId, di, 'escalation');
    expect(await office.post()).toEqual([`cy: Now yours to decide: Ann asks for ${house.box}`, `di: Passed on to you: Ann asks for ${house.box}`]);
    await sql`insert into transitions (noun, subject_id, from_state, to_state, event, at) values ('approvalStage', ${stageId}, 'InProgress', 'InProgress', 'remind', now())`.execute(db);
    expect(await office.post()).toEqual(['bob', 'cy', 'di'].map((who) => `${who}: Reminder: Ann asks for ${house.box}`));
    await sql`delete from stage_approvers where stage_id = ${stageId} and principal_id = ${cy.principalId}`.execute(db);
    await askToo(stageId, cy, 'fallback');
    expect(await office.post()).toEqual([]);
  });

  it('are not told who are not to decide any more when the mail goes', async () => {
    const [bob, cy] = [await house.newPerson('Bob'), await house.newPerson('Cy')];
    const { stageId } = await pending(bob, cy);
    office.fail = () => ({ isFinal: false, why: 'down', logged: 'down' });
    await office.post();
    await sql`delete from stage_approvers where stage_id = ${stageId} and principal_id = ${cy.principalId}`.execute(db);
    office.fail = () => undefined;
    office.clock.set(new Date(Date.now() + 120_000));
    expect(await office.post()).toEqual([`ann: Received: your request for ${house.box}`, `bob: Please decide: Ann asks for ${house.box}`]);
  });

  const oneUser = ({ principalId }: Caller): unknown => ({ '@odata.type': '#microsoft.graph.singleUser', userId: principalId });

  it('are reminded and overtaken by the clock, to the row', async () => {
    const [ann, bob, esc] = [await house.newPerson('Ann'), await house.newPerson('Bob'), await house.newPerson('Esc')];
    const stage = { durationBeforeAutomaticDenial: 'P14D', primaryApprovers: [oneUser(bob)], fallbackPrimaryApprovers: [], isEscalationEnabled: true, durationBeforeEscalation: 'P7D', escalationApprovers: [oneUser(esc)], fallbackEscalationApprovers: [] };
    const id = await house.request(ann, await house.offer({ approval: { isApprovalRequiredForAdd: true, stages: [stage] } }));
    await office.post();
    await sql`update approval_stages set remind_at = now() where request_id = ${id}`.execute(db);
    await house.sweep();
    expect(await office.post()).toEqual([`bob: Reminder: Ann asks for ${house.box}`]);
    await sql`update approval_stages set escalates_at = now() where request_id = ${id}`.execute(db);
    await house.sweep();
    expect(await office.post()).toEqual([`esc: Passed on to you: Ann asks for ${house.box}`]);
    await house.decide(id, esc, { reviewResult: 'Deny', justification: 'no' });
    expect(await office.post()).toEqual([`ann: Denied: ${house.box}`, `bob: No longer needed: your decision on ${house.box} for Ann`]);
  });

  it('and have decided are neither reminded nor told that it is not needed, where more than one must', async () => {
    const [ann, bob, cy, di] = [await house.newPerson('Ann'), await house.newPerson('Bob'), await house.newPerson('Cy'), await house.newPerson('Di')];
    const stage = { durationBeforeAutomaticDenial: 'P14D', primaryApprovers: [bob, cy, di].map(oneUser), fallbackPrimaryApprovers: [], requiredApprovalCount: 2 };
    const id = await house.request(ann, await house.offer({ approval: { isApprovalRequiredForAdd: true, stages: [stage] } }));
    await office.post();
    await house.decide(id, bob, { reviewResult: 'Approve' });
    await sql`update approval_stages set remind_at = now() where request_id = ${id}`.execute(db);
    await house.sweep();
    expect(await office.post()).toEqual([`cy: Reminder: Ann asks for ${house.box}`, `di: Reminder: Ann asks for ${house.box}`]);
    await house.decide(id, cy, { reviewResult: 'Approve' });
    expect(await office.post()).toEqual([`ann: You now have ${house.box}`, `di: No longer needed: your decision on ${house.box} for Ann`]);
  });
});
