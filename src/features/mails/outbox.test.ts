/** What becomes of mails on PostgreSQL: trying again, giving up, sharing the work. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { mailsNow, PostOffice, TellingHouse } from '../../../test/support/mail.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { countOf } from '../../../test/support/lifecycle.ts';
import { inTransaction, one } from '../../platform/db/transaction.ts';
import { recordSending, tellSteps } from './commands.ts';
import { sweepMails } from './jobs.ts';
import { claimMails } from './store/outbox.ts';
import { claimSteps } from './store/steps.ts';

const house = await TellingHouse.open((await testDatabase()).databaseUrl);
const { db, office } = house;

describe('a mail that cannot be sent', () => {
  const down = { isFinal: false, why: 'The mail server could not be used (ECONNREFUSED).', logged: 'down' };

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
});
