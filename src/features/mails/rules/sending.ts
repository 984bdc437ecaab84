/** Whether a mail is still to be sent, what follows from an attempt, and when it is tried again. Pure. */
import { step } from '../../../kernel/machine.ts';
import { stageLife } from '../../approvals/machine.ts';
import { mailLife, type MailEffect, type MailEvent, type MailFacts, type MailState } from '../machine.ts';
import { askingKinds, type MailKind, type NotedStep } from '../model.ts';

/** What is known when a mail is about to be sent. */
export interface SendingFacts {
  readonly kind: MailKind;
  /** Undefined: nowhere to send it, or nobody to send it to any more. */
  readonly address: string | undefined;
  /** Which try it is, from 1, and how old the news is. */
  readonly attempt: number;
  readonly ageMs: number;
  /** Of the stage it is about: its status, whether the reader may decide it, and whether the reader was ever told of it. */
  readonly stage: { readonly status: string; readonly isDecider: boolean; readonly wasAsked: boolean } | undefined;
  /** How many such mails the reader was sent within the hour before for other requests of the same package for the same identity. */
  readonly earlierAsks: number;
  /** The end that an assignment has now, as the mail would name it; undefined: it lives no more. */
  readonly endsAt: string | undefined;
  /** The end that the mail names. */
  readonly saidEndsAt: string | null;
}

/** Why a mail is not to be sent; undefined: it is. */
export function whyWithheld({ kind, address, attempt, ageMs, stage, earlierAsks, endsAt, saidEndsAt }: SendingFacts): string | undefined {
  if (address === undefined) return 'There is no address, or nobody to read it: the account has no mail address, is disabled, deleted or not taken up.';
  if (attempt === 1 && ageMs >= patienceMs && !askingKinds.has(kind)) return 'No mail was sent for so long that this is no news any more.';
  if (askingKinds.has(kind) && (stage === undefined || !open.has(stage.status))) return 'The decision has been made, or is not needed any more.';
  if (askingKinds.has(kind) && stage?.isDecider !== true) return 'Somebody else is to decide now.';
  if (kind === 'decisionNeeded' && earlierAsks >= mostAsks) return 'The same was asked for and taken back so often within the hour that the reader knows.';
  if (kind === 'decisionNotNeeded' && stage?.wasAsked !== true) return 'Nobody had told the reader that a decision was needed.';
  if (kind === 'accessEndsSoon' && endsAt !== saidEndsAt) return 'The access has ended meanwhile, or ends at another time.';
  return undefined;
}

/** Whoever asks and takes back in a loop sends nobody more than this in an hour; the decision waits in the reader's list, and in the reminder. */
const mostAsks = 5;

const open: ReadonlySet<string> = new Set(stageLife.rows.filter(({ event }) => event === 'approve').map(({ from }) => from));

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const firstPauseMs = minuteMs;
const longestPauseMs = 4 * hourMs;
/** News that could not be told for so long are none any more. */
export const patienceMs = 4 * 24 * hourMs;

/** Whether a step that was noted is still to be told. Whoever is to decide is told however late; that is withheld when there is nothing left to decide. */
export const isNews = ({ at, asked }: Pick<NotedStep, 'at' | 'asked'>, now: Date): boolean => asked !== null || now.getTime() - new Date(at).getTime() < patienceMs;

/** Milliseconds from the `attempt`th try (from 1) to the next: a minute, then three times as long each time, at most four hours. */
export const pauseAfter = (attempt: number): number => Math.min(firstPauseMs * 3 ** (attempt - 1), longestPauseMs);

/** How an attempt went. `isFinal`: the mail server will never take this mail. */
export type SendResult = { readonly isAccepted: true } | { readonly isAccepted: false; readonly isFinal: boolean; readonly why: string };

/** One step of a mail; the write is guarded by `from`. */
export interface MailPassage {
  readonly from: MailState;
  readonly to: MailState;
  readonly triesAgain: boolean;
  readonly forgets: boolean;
}

const effects: Readonly<Record<MailEffect, (passage: MailPassage) => MailPassage>> = {
  tryAgain: (passage) => ({ ...passage, triesAgain: true }),
  forget: (passage) => ({ ...passage, forgets: true }),
};

/** Takes one step of a mail; undefined when the event is not possible in this state. */
export function passMail(state: MailState, event: MailEvent, facts: MailFacts): MailPassage | undefined {
  const taken = step(mailLife, { state, event }, facts);
  if (!taken.moved) return undefined;
  const moved: MailPassage = { from: state, to: taken.to, triesAgain: false, forgets: false };
  return taken.effects.reduce((so, effect) => effects[effect](so), moved);
}

/** Whether a mail that could not be sent is tried again. */
export const mayPass = (result: SendResult, { createdAt, now }: { readonly createdAt: Date; readonly now: Date }): boolean =>
  !result.isAccepted && !result.isFinal && now.getTime() - createdAt.getTime() < patienceMs;
