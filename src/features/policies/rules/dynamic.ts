/** Stages whose approvers an extension names: which extension a policy asks (decision 0010). Pure. */
import type { Reason } from '../../../kernel/problem.ts';
import { approversStage, type CalloutStage } from '../../extensions/model.ts';
import type { ApprovalStageSettings } from '../model.ts';

/** An extension that a policy calls at a stage. */
export interface NamedCall {
  readonly stage: CalloutStage;
  readonly extensionId: string;
}

/**
 * The calls of a policy, with the one for its dynamic stages where only a stage names it; and every reason against it. All dynamic
 * stages of a policy ask one extension, whether the stages name it, as in beta, or the policy's stage settings do, as in v1.0.
 */
export function planApproverCalls(stages: readonly ApprovalStageSettings[], calls: readonly NamedCall[]): { readonly calls: readonly NamedCall[]; readonly reasons: readonly Reason[] } {
  const first = stages.findIndex(({ isDynamic }) => isDynamic);
  const named = calls.filter(({ stage }) => stage === approversStage).map(({ extensionId }) => extensionId);
  if (first < 0) {
    return { calls, reasons: named.length === 0 ? [] : [{ code: 'noDynamicStage', target: 'customExtensionStageSettings', message: `No approval stage is an accessPackageDynamicApprovalStage, so nothing would be called at ${approversStage}. Add such a stage or leave the setting out.` }] };
  }
  const target = `requestApprovalSettings/stages[${first}]/customExtension`;
  const [extensionId, ...others] = new Set([...named, ...stages.flatMap((stage) => (stage.isDynamic ? stage.extensionId ?? [] : []))]);
  if (extensionId === undefined) {
    return { calls, reasons: [{ code: 'noExtension', target, message: `A dynamic stage needs an extension that names its approvers. Name one in customExtensionStageSettings at ${approversStage}.` }] };
  }
  return {
    calls: named.length > 0 ? calls : [...calls, { stage: approversStage, extensionId }],
    reasons: others.length === 0 ? [] : [{ code: 'severalExtensions', target, message: 'The dynamic stages of a policy ask one extension. Name the same one at every stage and in customExtensionStageSettings.' }],
  };
}
