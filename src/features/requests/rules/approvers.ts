/** Who decides each stage. A request without anybody to decide it is refused when it is made, not stuck later. */
import type { Reason } from '../../../kernel/problem.ts';
import type { ApprovalStageSettings } from '../../policies/model.ts';
import type { JsonRecord } from '../../../kernel/json.ts';
import type { PolicyFacts, StageFacts } from '../model.ts';

/** Who decides a stage, and in which quality. */
export interface Deciders {
  readonly ids: readonly string[];
  readonly role: 'primary' | 'fallback';
}

/** A stage as it is written with the request. */
export interface StagePlan {
  readonly position: number;
  /** ISO 8601. */
  readonly lasts: string;
  readonly isJustificationRequired: boolean;
  readonly settings: JsonRecord;
  readonly deciders: Deciders;
  /** Its approvers are named by an extension when it opens. */
  readonly isDynamic: boolean;
}

/** The primary approvers; when nobody of them can decide, the fallback approvers. */
export function chooseDeciders({ primary, fallback }: Pick<StageFacts, 'primary' | 'fallback'>): Deciders | undefined {
  if (primary.length > 0) return { ids: primary, role: 'primary' };
  return fallback.length > 0 ? { ids: fallback, role: 'fallback' } : undefined;
}

/** The stages with their deciders, and a reason for each stage that nobody could decide. */
export function planStages(facts: PolicyFacts): { readonly stages: readonly StagePlan[]; readonly reasons: readonly Reason[] } {
  const all = facts.policy.requestApprovalSettings.stages.map((stage, index) => planStage(stage, facts.stages[index], index));
  const stages = all.filter((one): one is StagePlan => 'deciders' in one);
  const reasons = all.filter((one): one is Reason => 'code' in one);
  const empty: readonly Reason[] = all.length > 0 ? [] : [{
    code: 'noApprovalStage', target: 'requestApprovalSettings', message: `Policy '${facts.policy.displayName}' asks for approval but names no stage. Ask an administrator to add one.`,
  }];
  return { stages, reasons: [...reasons, ...empty] };
}

function planStage(stage: ApprovalStageSettings, facts: StageFacts | undefined, index: number): StagePlan | Reason {
  // Who decides a dynamic stage is asked when it opens: until then nobody does.
  const deciders = facts === undefined ? undefined : stage.isDynamic ? { ids: [], role: 'primary' as const } : chooseDeciders(facts);
  if (facts === undefined || deciders === undefined) {
    return {
      code: 'noApprover', target: `requestApprovalSettings/stages/${index}`,
      message: `Stage ${index + 1} has nobody who can decide: no approver and no fallback approver is an enabled person other than whoever asks and whom it is for. Ask an administrator to name another fallback approver.`,
    };
  }
  return { position: index, lasts: stage.durationBeforeAutomaticDenial, isJustificationRequired: stage.isApproverJustificationRequired, settings: facts.settings, deciders, isDynamic: stage.isDynamic };
}
