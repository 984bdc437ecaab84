/** What becomes of mails on PostgreSQL: trying again, giving up, sharing the work. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { mailsNow, PostOffice, TellingHouse } from '../../../test/support/mail.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { countOf } from '../../../test/support/lifecycle.ts';
import { inTransaction, one } from '../../platform/db/transaction.ts';
import { recordSending, tellSteps } from './commands.ts';
import { forgetMails, sweepMails } from './jobs.ts';
import { claimMails } from './store/outbox.ts';
import { claimSteps } from './store/steps.ts';

const house = await TellingHouse.open((await testDatabase()).databaseUrl);
const { db, office } = house;

const down = { isFinal: false, why: 'The mail server could not be used (ECONNREFUSED).', logged: 'down' };

describe('a mail that cannot be sent', () => {
  it('is tried again after growing pauses, and given up after four days with the last error', async () => {
    await house.request(await house.newPerson('Ann'), await house.offer());
    office.fail = () => down;
    const start = office.clock.now().getTime();
    await office.post();
    expect(await mailsNow(db)).toMatchObject([{ kind: 'accessDelivered', state: 'queued', attempts: 1, error: down.why }]);
    const dueMs = async (): Promise<number> => (await one(db, sql<{ at: Date }>`select due_at as at from mails`)).at.getTime() - office.clock.now().getTime();
    expect(await dueMs()).toBe(60_000);
    office.clock.set(new Date(start + 59_000));
    expect(await sweepMails(office.world)).toBe(0);
    office.clock.set(new Date(start + 60_000));
    await office.post();
    expect([(await mailsNow(db))[0]?.attempts, await dueMs()]).toEqual([2, 180_000]);
    office.clock.set(new Date(start + 4 * 86_400_000));
    await office.post();
    expect(await mailsNow(db)).toMatchObject([{ state: 'failed', attempts: 3, error: down.why, said: {} }]);
    office.fail = () => undefined;
    expect(await office.post()).toEqual([]);
  });

  it('is given up at once when the server will never take it', async () => {
    await house.request(await house.newPerson('Ann'), await house.offer());
    office.fail = () => ({ isFinal: true, why: 'no such user', logged: '550' });
    await office.post();
    expect(await mailsNow(db)).toMatchObject([{ state: 'failed', attempts: 1, error: 'no such user' }]);
  });

  it('is taken by one process at a time, and by another when the first has died', async () => {
    await house.request(await house.newPerson('Ann'), await house.offer());
    const other = new PostOffice(db);
    other.clock.set(office.clock.now());
    await Promise.all([office.post(), other.post(), office.post(), other.post()].map(async (posted) => await posted));
    expect((await mailsNow(db)).map(({ attempts }) => attempts)).toEqual([1]);
    await house.request(await house.newPerson('Bob'), await house.offer());
    while (await countOf(db, 'mail_steps') > 0) await inTransaction(db, async (tx) => { await tellSteps({ tx, now: office.clock.now() }, await claimSteps(tx, { now: office.clock.now(), limit: 9 })); });
    const now = office.clock.now();
    const [taken] = await inTransaction(db, async (tx) => await claimMails(tx, { now, until: new Date(now.getTime() + 600_000), limit: 9 }));
    expect(await other.post()).toEqual([]);
    other.clock.set(new Date(now.getTime() + 600_000));
    expect(await other.post()).toEqual([`bob: You now have ${house.box}`]);
    // The first wakes up after all: what it would write counts no more.
    await inTransaction(db, async (tx) => { if (taken !== undefined) await recordSending({ tx, now }, taken, { isAccepted: false, isFinal: true, why: 'late' }); });
    expect((await mailsNow(db)).map(({ state, attempts }) => [state, attempts])).toEqual([['sent', 1], ['sent', 2]]);
  });

  it('is logged without anybody\'s address', async () => {
    await house.request(await house.newPerson('Ann'), await house.offer());
    const logged: object[] = [];
    const note = (fields: object, message: string): void => { logged.push({ ...fields, message }); };
    office.fail = ({ to }) => ({ isFinal: false, why: `550 <${to}> unknown`, logged: 'The mail server answered 550.' });
    while (await sweepMails({ ...office.world, log: { info: note, warn: note, error: note } }) > 0);
    expect(logged).toMatchObject([{ kind: 'accessDelivered', attempt: 1, why: 'The mail server answered 550.', message: 'a mail could not be sent' }]);
    expect(JSON.stringify(logged)).not.toContain('@');
    expect((await mailsNow(db))[0]?.error).toBe('550 <ann@example.com> unknown');
  });

  it('that could not even be made counts as tried', async () => {
    await house.request(await house.newPerson('Ann'), await house.offer());
    office.fail = () => { throw new Error('a bug'); };
    await office.post();
    expect(await mailsNow(db)).toMatchObject([{ state: 'queued', attempts: 1, error: 'The mail could not be made.' }]);
  });
});

describe('a step that was noted', () => {
  const note = async (at: Date): Promise<void> => {
    await sql`insert into mail_steps (noun, subject_id, event, to_state, transition_id, at)
      select noun, subject_id, event, to_state, id, ${at} from transitions where event = 'deliveryDone' and noun = 'accessPackageAssignmentRequest' order by id desc limit 1`.execute(db);
  };

  it('twice is told once', async () => {
    await house.request(await house.newPerson('Ann'), await house.offer());
    await note(office.clock.now());
    expect(await office.post()).toEqual([`ann: You now have ${house.box}`]);
    await note(office.clock.now());
    expect(await office.post()).toEqual([]);
  });

  it('too long ago is not told', async () => {
    await house.request(await house.newPerson('Ann'), await house.offer());
    await sql`delete from mail_steps`.execute(db);
    await note(new Date(office.clock.now().getTime() - 4 * 86_400_000));
    expect(await office.post()).toEqual([]);
    expect([await countOf(db, 'mail_steps'), await countOf(db, 'mails')]).toEqual([0, 0]);
  });

  it('of something that is gone tells nobody and holds up nothing', async () => {
    await sql`insert into mail_steps (noun, subject_id, event, to_state, transition_id, at) values ('accessPackageAssignmentRequest', gen_random_uuid(), 'submit', 'pendingApproval', 1, now())`.execute(db);
    await house.request(await house.newPerson('Ann'), await house.offer());
    expect(await office.post()).toEqual([`ann: You now have ${house.box}`]);
  });

  it('and cannot be read rests, while the others are told, and is given up after four days', async () => {
    const packageId = await house.offer();
    const box = house.box;
    await house.request(await house.newPerson('Ann'), packageId);
    // What this server cannot have written.
    const spoil = async (word: unknown): Promise<void> => {
      await sql`update assignment_policies set notification_settings = ${JSON.stringify({ isAssignmentNotificationDisabled: word })} where access_package_id = ${packageId}`.execute(db);
    };
    await spoil('perhaps');
    await house.request(await house.newPerson('Bob'), await house.offer());
    expect(await office.post()).toEqual([`bob: You now have ${house.box}`]);
    const start = office.clock.now().getTime();
    office.clock.set(new Date(start + 59_000));
    await spoil(false);
    expect(await office.post()).toEqual([]);
    office.clock.set(new Date(start + 61_000));
    expect(await office.post()).toEqual([`ann: You now have ${box}`]);
    await house.request(await house.newPerson('Cy'), packageId);
    await spoil('perhaps');
    office.clock.set(new Date(start + 5 * 86_400_000));
    await office.post();
    expect(await countOf(db, 'mail_steps')).toBe(0);
  });
});

describe('mails that were settled', () => {
  it('are forgotten after ninety days, and not before; what waits never', async () => {
    await house.request(await house.newPerson('Ann'), await house.offer());
    await office.post();
    office.fail = () => down;
    await house.request(await house.newPerson('Bob'), await house.offer());
    await office.post();
    const day = 86_400_000;
    const start = office.clock.now().getTime();
    const left = async (days: number): Promise<readonly string[]> => {
      office.clock.set(new Date(start + days * day + 1));
      await forgetMails(office.world);
      return (await mailsNow(db)).map(({ state }) => state);
    };
    expect([await left(89), await left(90)]).toEqual([['sent', 'queued'], ['queued']]);
  });
});
