/** Calls of custom extensions that belong to the steps of requests: made with the step, and settled by it. */
import { later } from '../../../kernel/schedule.ts';
import { newId } from '../../../platform/ids.ts';
import { settleCallout } from '../../extensions/commands/calls.ts';
import type { NewCallout } from '../../extensions/model.ts';
import type { RequestEvent } from '../machine.ts';
import { planCalls, type CallFacts } from '../rules/callouts.ts';
import type { Passage } from '../rules/passage.ts';
import type { OpenRequest } from '../store/open.ts';
import type { RequestWork, StepWriting } from '../store/writing.ts';

/** What a step writes of its calls. */
export type Calling = Pick<StepWriting, 'callouts' | 'waiting'>;

/** The calls of a step. `assignmentId`: what it gives. */
export function callingOf({ now }: RequestWork, passage: Passage, given: CallFacts & { readonly assignmentId: string | undefined }): Calling {
  const callouts = planCalls(passage, given).map(({ stage, extensionId, waitsFor }): NewCallout => ({
    id: newId(), stage, extensionId, assignmentId: stage === 'assignmentRequestGranted' ? given.assignmentId ?? null : null,
    waitsUntil: waitsFor === null ? null : later(now, waitsFor) ?? now,
  }));
  return { callouts, waiting: callouts.flatMap(({ id, waitsUntil }) => (waitsUntil === null ? [] : [{ id, until: waitsUntil }])).at(0) };
}

const settling: Readonly<Partial<Record<RequestEvent, 'callback' | 'timeOut'>>> = {
  resumeCreated: 'callback', approversNamed: 'callback', approversTimedOut: 'timeOut', resumeApproved: 'callback', callbackDenied: 'callback', callbackCanceled: 'callback', callbackTimedOut: 'timeOut', excluded: 'callback',
};

/** Ends what a request waited for, by whatever ended the waiting. */
export async function settleWaiting(work: RequestWork, { waitsFor }: OpenRequest, { event, detail }: { readonly event: RequestEvent; readonly detail: string | null }): Promise<void> {
  if (waitsFor === null) return;
  const ending = settling[event] ?? 'abandon';
  await settleCallout(work, waitsFor, { event: ending, detail, lastError: ending === 'abandon' ? 'The request ended before it was resumed.' : null });
}
