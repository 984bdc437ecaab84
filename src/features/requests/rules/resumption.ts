/** What a callback means for the request that waits for it. */
import { decideBy, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';
import type { CalloutStage } from '../../extensions/model.ts';
import type { RequestEvent } from '../machine.ts';

/** What an extension says (accessPackageAssignmentRequestCallbackData). */
export interface Callback {
  readonly source: string | null;
  /** `microsoft.graph.accessPackageCustomExtensionStage.` and the stage. */
  readonly type: string | null;
  readonly stage: string | null;
  readonly calloutId: string | null;
  readonly detail: string | null;
  /** `denied` or `canceled`; null: the request goes on. */
  readonly state: string | null;
  /** It brings an approval stage. */
  readonly namesApprovers: boolean;
}

/** What is waited for. */
export interface Awaited {
  readonly waitsFor: string;
  readonly stage: CalloutStage | null;
}

/** How the request goes on, and what is kept of what was said. */
export interface Resumption {
  readonly event: Extract<RequestEvent, 'resumeCreated' | 'resumeApproved' | 'callbackDenied' | 'callbackCanceled'>;
  readonly detail: string | null;
  readonly source: string | null;
}

const ending: Readonly<Record<string, Resumption['event']>> = { denied: 'callbackDenied', canceled: 'callbackCanceled' };
const isSame = (one: string | null, other: string | null): boolean => one?.toLowerCase() === other?.toLowerCase();

/** How a callback moves the request on, or every reason why it is not the one that is waited for. An extension may end a request before it is approved and after. */
export function chooseResumption(callback: Callback, { waitsFor, stage }: Awaited): Decision<Resumption> {
  const word = callback.state?.toLowerCase() ?? '';
  const named = callback.type === null ? null : callback.type.replace(/^#?(microsoft\.graph\.)?accessPackageCustomExtensionStage\./i, '');
  const reasons: readonly (Reason | false)[] = [
    !isSame(callback.calloutId, waitsFor) && { code: 'wrongInstance', target: 'data/customExtensionStageInstanceId', message: `The request does not wait for the call '${callback.calloutId ?? ''}'. Send the CustomExtensionStageInstanceId that the extension was called with last.` },
    !isSame(callback.stage, stage) && { code: 'wrongStage', target: 'data/stage', message: `The request waits at the stage ${stage ?? ''}, not at '${callback.stage ?? ''}'.` },
    named !== null && !isSame(named, stage) && { code: 'wrongStage', target: 'type', message: `The request waits at the stage ${stage ?? ''}: send type microsoft.graph.accessPackageCustomExtensionStage.${stage ?? ''}.` },
    word !== '' && ending[word] === undefined && { code: 'wrongState', target: 'data/state', message: `'${callback.state ?? ''}' is no state that a callback can set. Send denied or canceled, or leave it out to go on.` },
    callback.namesApprovers && { code: 'notOffered', target: 'data/approvalStage', message: 'Approval stages are not taken from a callback yet. Name the approvers in the policy.' },
  ];
  const event = ending[word] ?? (stage === 'assignmentRequestApproved' ? 'resumeApproved' : 'resumeCreated');
  return decideBy(reasons.filter((reason) => reason !== false), { event, detail: callback.detail, source: callback.source });
}
