/** Tells people by mail: turns noted steps into mails, sends what is due outside any transaction, writes what came of it. In any number of processes. */
import { setTimeout as pause } from 'node:timers/promises';
import type { MailSettings } from '../../kernel/mail.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/database.ts';
import type { DatabaseLog } from '../../platform/db/log.ts';
import { inTransaction } from '../../platform/db/transaction.ts';
import { sweeper, type Sweeper } from '../../platform/jobs/sweeper.ts';
import { openMailer, type Mailer } from '../../platform/mail/mailer.ts';
import { reasonToWithhold, recordSending, tellSteps, withholdMail } from './commands.ts';
import { renderMail } from './rules/render.ts';
import { patienceMs, type SendResult } from './rules/sending.ts';
import { wordMail } from './rules/wording.ts';
import { claimMails, deleteSettledMails, findNextMail, type ClaimedMail } from './store/outbox.ts';
import { claimSteps, findNextStep, restStep } from './store/steps.ts';

/** What mails are sent with. */
export interface MailWorld {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: DatabaseLog;
  readonly publicUrl: string;
  readonly mailer: Mailer;
}

const stepsAtOnce = 200;
/** Sent side by side; the mailer decides over how many connections. */
const mailsAtOnce = 20;
/** Longer than a batch takes, even when every connection times out: then another process may try. */
const leaseMs = 10 * 60_000;
/** What is being sent when the server stops has this long to be taken; then it is tried again after the next start. */
const farewellMs = 3000;
/** A step that failed is left alone this long. */
const restMs = 60_000;
/** Nobody is woken for mail, which would slow down every commit: looking this often is quick enough. */
const longestSleepMs = 2000;
const keptMs = 90 * 24 * 60 * 60_000;

/** Turns steps into mails and sends what is due; answers how many things were done. */
export async function sweepMails(world: MailWorld): Promise<number> {
  return await tellAll(world) + await sendDue(world);
}

/** A batch in one transaction; when it fails, its steps one by one, so that one bad step does not silence the others. */
async function tellAll(world: MailWorld): Promise<number> {
  const now = world.clock.now();
  let ids: readonly number[] = [];
  try {
    return await inTransaction(world.db, async (tx) => {
      ids = await claimSteps(tx, { now, limit: stepsAtOnce });
      if (ids.length > 0) await tellSteps({ tx, now }, ids);
      return ids.length;
    });
  } catch (error) {
    if (ids.length === 0) throw error;
    world.log.warn({ err: error }, 'a batch of mails could not be written; its steps are taken one by one');
  }
  for (const id of ids) await tellOne(world, id);
  return 0;
}

async function tellOne({ db, clock, log }: MailWorld, id: number): Promise<void> {
  const now = clock.now();
  try {
    await inTransaction(db, async (tx) => { await tellSteps({ tx, now }, [id]); });
  } catch (error) {
    log.error({ err: error, step: id }, 'the mails of a step could not be written; they are tried again in a minute');
    await restStep(db, id, { until: new Date(now.getTime() + restMs), since: new Date(now.getTime() - patienceMs) });
  }
}

async function sendDue(world: MailWorld): Promise<number> {
  const now = world.clock.now();
  const mails = await inTransaction(world.db, async (tx) => await claimMails(tx, { now, until: new Date(now.getTime() + leaseMs), limit: mailsAtOnce }));
  await Promise.all(mails.map(async (mail) => { await sendOne(world, mail); }));
  return mails.length;
}

async function sendOne(world: MailWorld, mail: ClaimedMail): Promise<void> {
  const why = reasonToWithhold(mail, world.clock.now());
  const result = why === undefined ? await send(world, mail) : undefined;
  if (result?.isAccepted === false) world.log.warn({ mail: mail.id, kind: mail.kind, attempt: mail.attempt, isFinal: result.isFinal, why: result.logged }, 'a mail could not be sent');
  await inTransaction(world.db, async (tx) => {
    const work = { tx, now: world.clock.now() };
    if (result === undefined) await withholdMail(work, mail, why ?? '');
    else await recordSending(work, mail, result);
  });
}

async function send({ mailer, publicUrl, log }: MailWorld, mail: ClaimedMail): Promise<SendResult & { readonly logged?: string }> {
  const { item, ...said } = mail.said;
  try {
    const rendered = renderMail(wordMail(mail.kind, { said, item, publicUrl }));
    const { hostname } = new URL(publicUrl);
    const failure = await mailer.send({ ...rendered, to: mail.address ?? '', id: `<${mail.id}@${hostname}>`, thread: `<${mail.threadId}.request@${hostname}>`, createdAt: mail.createdAt });
    return failure === undefined ? { isAccepted: true } : { isAccepted: false, ...failure };
  } catch (error) {
    // A bug must not have the mail tried again for ever: it counts as a try.
    log.error({ err: error, mail: mail.id }, 'a mail could not be made');
    return { isAccepted: false, isFinal: false, why: 'The mail could not be made.' };
  }
}

/** When something is to be done. */
async function nextDue({ db, clock }: MailWorld): Promise<Date | undefined> {
  const [step, mail] = [await findNextStep(db, clock.now()), await findNextMail(db)];
  return step === undefined || (mail !== undefined && mail < step) ? mail : step;
}

/** Starts telling people by mail in this process. */
export function startMails({ settings, ...rest }: Omit<MailWorld, 'mailer'> & { readonly settings: MailSettings }): Sweeper {
  const mailer = openMailer(settings);
  const world = { ...rest, mailer };
  const sweep = sweeper({ run: async () => await sweepMails(world), nextDue: async () => await nextDue(world), log: world.log, clock: world.clock, longestSleepMs });
  return { wake: () => { sweep.wake(); }, stop: async () => { await stopMails(sweep, mailer); } };
}

async function stopMails(sweep: Sweeper, mailer: Mailer): Promise<void> {
  const stopped = sweep.stop();
  const timer = new AbortController();
  await Promise.race([stopped, pause(farewellMs, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
  mailer.close();
  await stopped;
}

/** Forgets mails that were settled long ago; once an hour is often enough. */
export async function forgetMails({ db, clock }: Pick<MailWorld, 'db' | 'clock'>): Promise<void> {
  await deleteSettledMails(db, new Date(clock.now().getTime() - keptMs));
}
