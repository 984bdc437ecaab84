/** What came of calls: written once, whoever else had the call meanwhile. */
import { recordAudit, type AuditedWork } from '../../audit/store.ts';
import type { Tx } from '../../../platform/db/database.ts';
import type { StepOrigin } from '../../grants/store/delivery.ts';
import { calloutLife, type CalloutEvent } from '../machine.ts';
import { callSettings } from '../model.ts';
import { passCallout, pauseAfter, type CallResult } from '../rules/calls.ts';
import { holdPlace, leaveQueue, lockCallout, moveCallout, postponeCall, type CalloutChange, type ClaimedCall, type FoundCallout } from '../store/callouts.ts';

/** Work in a transaction, of a caller or of the server itself. */
export type CalloutWork = AuditedWork & { readonly tx: Tx };

/** Writes what came of a try. Harmless when repeated, and when another process has tried meanwhile: then it is nobody's news. */
export async function recordCall(work: CalloutWork, call: ClaimedCall, result: CallResult): Promise<void> {
  const callout = await lockCallout(work.tx, call.id);
  if (!await holdPlace(work.tx, call.id, call.attempt)) return;
  const hasRetries = !result.isAccepted && !result.isFinal && call.extension !== null && call.attempt <= callSettings(call.extension).retries;
  // What the call was about may be deleted: the call is made all the same.
  const event = result.isAccepted ? 'answered' : 'failed';
  const passage = passCallout(callout?.state ?? calloutLife.initial, event, { waits: callout?.waits ?? false, hasRetries });
  if (passage === undefined || passage.leavesQueue) await leaveQueue(work.tx, call.id);
  if (passage === undefined) return;
  if (passage.triesAgain) await postponeCall(work.tx, call.id, new Date(work.now.getTime() + pauseAfter(call.attempt)));
  if (callout !== undefined) {
    const change = { attempts: call.attempt, ...(result.isAccepted ? { correlationId: result.correlationId } : { lastError: result.why }) };
    await moveCallout(work.tx, { id: call.id, ...passage, event, change }, originOf(work, callout));
  }
  if (!result.isAccepted && !passage.triesAgain) await recordFailure(work, call, result.why);
}

async function recordFailure(work: CalloutWork, { id, payload, attempt, extension }: ClaimedCall, why: string): Promise<void> {
  await recordAudit(work.tx, work, {
    activity: 'Call custom extension', category: 'EntitlementManagement', operation: 'Update', why: `The call failed: ${why}`, additional: { attempts: String(attempt), stage: String(payload['Stage']) },
    targets: [
      { id, type: 'CustomExtensionCallout' }, ...(extension === null ? [] : [{ id: extension.id, type: 'CustomExtension', displayName: extension.displayName }]),
      ...(typeof payload['AccessPackageAssignmentRequestId'] === 'string' ? [{ id: payload['AccessPackageAssignmentRequestId'], type: 'AccessPackageAssignmentRequest' }] : []),
    ],
  });
}

/** What happens to a call that a request waits for, by the request: it is resumed, out of time, or ended otherwise. A call that can no longer change is left alone. */
export async function settleCallout(work: CalloutWork, id: string, { event, ...change }: CalloutChange & { readonly event: Extract<CalloutEvent, 'callback' | 'timeOut' | 'abandon'> }): Promise<void> {
  const callout = await lockCallout(work.tx, id);
  const passage = callout === undefined ? undefined : passCallout(callout.state, event, { waits: callout.waits, hasRetries: false });
  if (callout === undefined || passage === undefined) return;
  await moveCallout(work.tx, { id, ...passage, event, change }, originOf(work, callout));
  if (passage.leavesQueue) await leaveQueue(work.tx, id);
}

const originOf = (work: CalloutWork, { requestId }: FoundCallout): StepOrigin => ({ actorId: work.caller?.principalId ?? null, requestId, at: work.now });
