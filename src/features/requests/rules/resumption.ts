/** What a callback means for the request that waits for it. */
import { decideBy, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';
import type { JsonRecord } from '../../../kernel/json.ts';
import { approversStage, type CalloutStage } from '../../extensions/model.ts';
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
  /** The approval stage that it brings, with its approvers. */
  readonly approvalStage: JsonRecord | null;
}

/** What is waited for. */
export interface Awaited {
  readonly waitsFor: string;
  readonly stage: CalloutStage | null;
}

/** How the request goes on, and what is kept of what was said. */
export interface Resumption {
  readonly event: Extract<RequestEvent, 'resumeCreated' | 'resumeApproved' | 'approversNamed' | 'callbackDenied' | 'callbackCanceled'>;
  readonly detail: string | null;
  readonly source: string | null;
}

const ending: Readonly<Record<string, Resumption['event']>> = { denied: 'callbackDenied', canceled: 'callbackCanceled' };
/** How a request goes on from where it waits. */
const goesOn: Readonly<Partial<Record<CalloutStage, Resumption['event']>>> = { assignmentRequestApproved: 'resumeApproved', [approversStage]: 'approversNamed' };
const isSame = (one: string | null, other: string | null): boolean => one?.toLowerCase() === other?.toLowerCase();

/** How a callback moves the request on, or every reason why it is not the one that is waited for. An extension may end a request before it is approved and after. */
export function chooseResumption(callback: Callback, { waitsFor, stage }: Awaited): Decision<Resumption> {
  const word = callback.state?.toLowerCase() ?? '';
  const named = callback.type === null ? null : callback.type.replace(/^#?(microsoft\.graph\.)?accessPackageCustomExtensionStage\./i, '');
  const reasons: readonly (Reason | false)[] = [
    !isSame(callback.calloutId, waitsFor) && { code: 'wrongInstance', target: 'data/customExtensionStageInstanceId', message: `The request does not wait for the call '${callback.calloutId ?? ''}'. Send the CustomExtensionStageInstanceId that the extension was called with last.` },
    !isSame(callback.stage, stage) && { code: 'wrongStage', target: 'data/stage', message: `The request waits at the stage ${stage ?? ''}, not at '${callback.stage ?? ''}'.` },
    named !== null && !isSame(named, stage) && !(stage === approversStage && isSame(named, 'assignmentRequestCreated')) && { code: 'wrongStage', target: 'type', message: `The request waits at the stage ${stage ?? ''}: send type microsoft.graph.accessPackageCustomExtensionStage.${stage ?? ''}.` },
    word !== '' && ending[word] === undefined && { code: 'wrongState', target: 'data/state', message: `'${callback.state ?? ''}' is no state that a callback can set. Send denied or canceled, or leave it out to go on.` },
    callback.approvalStage !== null && stage !== approversStage && { code: 'noApproversWanted', target: 'data/approvalStage', message: `The request waits at the stage ${stage ?? ''}, where nobody asks for approvers. Leave approvalStage out.` },
    callback.approvalStage === null && stage === approversStage && word === '' && { code: 'approversMissing', target: 'data/approvalStage', message: 'The request waits for the approvers of a stage. Send an approvalStage that names them, or state denied or canceled.' },
  ];
  const event = ending[word] ?? goesOn[stage ?? 'assignmentRequestCreated'] ?? 'resumeCreated';
  return decideBy(reasons.filter((reason) => reason !== false), { event, detail: callback.detail, source: callback.source });
}
