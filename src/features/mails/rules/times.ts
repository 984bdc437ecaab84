/** When access ends, as far as it is known while it is only asked for, and how an instant is written. Pure. */
import { isRecord } from '../../../kernel/json.ts';
import { instantOf, never } from '../../../kernel/schedule.ts';
import { chooseEnd } from '../../requests/rules/time.ts';
import { parseExpiration, type Expiration } from '../../policies/model.ts';

/** What the end of access is told from: Graph's expiration patterns as asked and as the policy has it, a named start, and now. */
export interface EndFacts {
  readonly asked: unknown;
  readonly policy: unknown;
  readonly startsAt: string | null;
  readonly at: string;
}

/** The end that access would have. Estimated where it counts from a beginning that is not known yet. */
export function endToTell({ asked, policy, startsAt, at }: EndFacts): { readonly endsAt: string | null; readonly isEndEstimated: boolean } {
  const from = instantOf(startsAt ?? at);
  if (from === undefined) return { endsAt: null, isEndEstimated: false };
  const end = chooseEnd(expirationOf(asked), expirationOf(policy), from);
  const counts = [asked, policy].map(expirationOf).find(({ type }) => type !== 'notSpecified')?.type === 'afterDuration';
  return { endsAt: end === never ? never : end.toISOString(), isEndEstimated: counts && startsAt === null && end !== never };
}

const expirationOf = (json: unknown): Expiration => parseExpiration(isRecord(json) ? json : {});

/** An instant for people everywhere: `2026-12-01 14:00 UTC`. What is none is told as it is. */
export function instantInWords(text: string): string {
  const at = instantOf(text);
  return at === undefined ? text : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
