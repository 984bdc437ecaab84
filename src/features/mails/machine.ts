/** Life of one mail. */
import type { Life } from '../../kernel/machine.ts';

/** States of a mail. `withheld`: it was not to be sent any more; `failed`: it could not be. */
export const mailStates = ['queued', 'sent', 'failed', 'withheld'] as const;
/** State of a mail. */
export type MailState = (typeof mailStates)[number];

/** What can happen to a mail. `accepted`: by the mail server; `refused`: by it, or it was not reached; `withhold`: nobody should get it. */
export const mailEvents = ['accepted', 'refused', 'withhold'] as const;
/** What happens to a mail. */
export type MailEvent = (typeof mailEvents)[number];

/** What the table asks. */
export interface MailFacts {
  /** The refusal may pass, and it has not been tried for too long. */
  readonly mayPass: boolean;
}

/** What follows. */
export type MailEffect = 'tryAgain' | 'forget';

/** The life of a mail. What it says is forgotten as soon as it will not be sent again. */
export const mailLife: Life<MailState, MailEvent, MailFacts, MailEffect> = {
  name: 'mail',
  states: mailStates,
  initial: 'queued',
  final: ['sent', 'failed', 'withheld'],
  events: mailEvents,
  rows: [
    { from: 'queued', event: 'accepted', to: 'sent', effects: ['forget'] },
    { from: 'queued', event: 'refused', when: (facts) => facts.mayPass, says: 'may pass', to: 'queued', effects: ['tryAgain'] },
    { from: 'queued', event: 'refused', to: 'failed', effects: ['forget'] },
    { from: 'queued', event: 'withhold', to: 'withheld', effects: ['forget'] },
  ],
};
