/** From noted steps to mails, and from attempts to what becomes of them. Each repeats without harm. */
import type { Tx } from '../../platform/db/database.ts';
import { decideMails } from './rules/audience.ts';
import { isNews, mayPass, passMail, pauseAfter, whyWithheld, type MailPassage, type SendResult } from './rules/sending.ts';
import { queueMails, settleMail, type ClaimedMail } from './store/outbox.ts';
import { forgetSteps, readStepFacts } from './store/steps.ts';

/** Work in a transaction of the server's own. */
export interface MailWork {
  readonly tx: Tx;
  readonly now: Date;
}

/** Writes the mails that claimed steps cause, and forgets the steps. */
export async function tellSteps({ tx, now }: MailWork, ids: readonly number[]): Promise<void> {
  const facts = await readStepFacts(tx, ids);
  await queueMails(tx, facts.filter(({ step }) => isNews(step, now)).flatMap(decideMails), now);
  await forgetSteps(tx, ids);
}

/** Why a claimed mail is not to be sent; undefined: it is. */
export function reasonToWithhold({ kind, address, attempt, createdAt, stage, earlierAsks, endsAt, said }: ClaimedMail, now: Date): string | undefined {
  return whyWithheld({ kind, address: address ?? undefined, attempt, ageMs: now.getTime() - createdAt.getTime(), stage: stage ?? undefined, earlierAsks, endsAt: endsAt ?? undefined, saidEndsAt: said.endsAt });
}

/** Keeps that a mail is not sent any more, and why. */
export async function withholdMail(work: MailWork, mail: ClaimedMail, why: string): Promise<void> {
  await settle(work, mail, { passage: passMail('queued', 'withhold', { mayPass: false }), lastError: why });
}

/** Keeps what came of sending a mail: it is sent, tried again later, or given up with the last error. */
export async function recordSending(work: MailWork, mail: ClaimedMail, result: SendResult): Promise<void> {
  const passage = passMail('queued', result.isAccepted ? 'accepted' : 'refused', { mayPass: mayPass(result, { createdAt: mail.createdAt, now: work.now }) });
  await settle(work, mail, { passage, lastError: result.isAccepted ? null : result.why });
}

async function settle({ tx, now }: MailWork, { id, attempt }: ClaimedMail, { passage, lastError }: { readonly passage: MailPassage | undefined; readonly lastError: string | null }): Promise<void> {
  if (passage === undefined) return;
  const { from, to, triesAgain, forgets } = passage;
  await settleMail(tx, { id, attempt, from, to, forgets, lastError, dueAt: triesAgain ? new Date(now.getTime() + pauseAfter(attempt)) : null }, now);
}
