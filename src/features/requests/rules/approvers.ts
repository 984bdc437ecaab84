/** Who decides each stage. A request without enough people to decide it is refused when it is made, not stuck later. */
import type { JsonRecord } from '../../../kernel/json.ts';
import type { Reason } from '../../../kernel/problem.ts';
import type { SeatTaken } from '../../approvals/rules.ts';
import { approverLists, type ApprovalStageSettings } from '../../policies/model.ts';
import type { PolicyFacts, StageFacts } from '../model.ts';

/** In which quality somebody is asked. */
export type DeciderRole = 'primary' | 'fallback' | 'escalation';

/** Somebody who is asked to decide a stage. */
export interface Decider {
  readonly id: string;
  readonly role: DeciderRole;
}

/** Everybody who is asked to decide a stage, each once. */
export type Deciders = readonly Decider[];

/** A stage as it is written with the request. */
export interface StagePlan {
  readonly position: number;
  /** ISO 8601. */
  readonly lasts: string;
  readonly isJustificationRequired: boolean;
  /** How many different people must approve. */
  readonly requiredApprovals: number;
  readonly settings: JsonRecord;
  readonly deciders: Deciders;
  /** Its approvers are named by an extension when it opens. */
  readonly isDynamic: boolean;
}

/** Persons who could decide a stage now. Catalog owners do when nobody else is left; never from the start. */
export interface Candidates extends Pick<StageFacts, 'primary' | 'fallback'> {
  readonly catalogOwners?: readonly string[];
  /** Set once the stage has escalated. */
  readonly escalation?: readonly string[];
  readonly fallbackEscalation?: readonly string[];
}

/** How many must approve, and who has already. */
export interface Quorum {
  readonly required: number;
  /** Approvals that were given. They stay counted, whoever is asked besides. */
  readonly approved: readonly SeatTaken[];
}

/**
 * Who is asked: the primary approvers, with the escalation approvers once the stage has escalated. Where those are too few for the quorum, the
 * fallback approvers besides; where they still are, the owners of the catalog. Undefined: even then too few.
 */
export function chooseDeciders(candidates: Candidates, { required, approved }: Quorum = { required: 1, approved: [] }): Deciders | undefined {
  const { escalation = [], fallbackEscalation = [], catalogOwners = [] } = candidates;
  const escalated = escalation.length > 0 ? escalation : fallbackEscalation;
  const first: Deciders = [...as('primary', candidates.primary), ...as('escalation', escalated)];
  return [first, [...first, ...as('fallback', candidates.fallback)], [...first, ...as('fallback', [...candidates.fallback, ...catalogOwners])]]
    .map(eachOnce).find((asked) => reach(asked, approved) >= required);
}

/** How many approvals there can be: those given, and those of everybody else who is asked. A person counts once, and so does a seat, whoever sits there. */
function reach(asked: Deciders, approved: readonly SeatTaken[]): number {
  const spent = new Set(approved.flatMap(({ reviewedBy, decidedFor }) => [reviewedBy, ...(decidedFor === null ? [] : [decidedFor])]));
  return approved.length + asked.filter(({ id }) => !spent.has(id)).length;
}

const as = (role: DeciderRole, ids: readonly string[]): Deciders => ids.map((id) => ({ id, role }));

const eachOnce = (deciders: Deciders): Deciders => deciders.filter(({ id }, index) => deciders.findIndex((other) => other.id === id) === index);

/** Whether who decides can change while the stage is open: it asks groups, managers, sponsors or owners, not named people alone. */
export const isRelational = (stage: ApprovalStageSettings): boolean => approverLists.some((list) => stage[list].some(({ kind }) => kind !== 'singleUser'));

/** The stages with their deciders, and a reason for each stage that too few could decide. */
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
  const required = stage.requiredApprovalCount;
  // Who decides a dynamic stage is asked when it opens: until then nobody does.
  // And who would be asked on escalation, which those know who only look, is asked then.
  const deciders = facts === undefined ? undefined : stage.isDynamic ? [] : chooseDeciders({ primary: facts.primary, fallback: facts.fallback }, { required, approved: [] });
  if (facts === undefined || deciders === undefined) return whyTooFew(index, { required, able: new Set([...facts?.primary ?? [], ...facts?.fallback ?? []]).size });
  return {
    position: index, lasts: stage.durationBeforeAutomaticDenial, isJustificationRequired: stage.isApproverJustificationRequired, requiredApprovals: required, settings: facts.settings, deciders,
    isDynamic: stage.isDynamic,
  };
}

function whyTooFew(index: number, { required, able }: { readonly required: number; readonly able: number }): Reason {
  const target = `requestApprovalSettings/stages/${index}`;
  if (able === 0) {
    return {
      code: 'noApprover', target,
      message: `Stage ${index + 1} has nobody who can decide: no approver and no fallback approver is an enabled person other than whoever asks and whom it is for. Ask an administrator to name another fallback approver.`,
    };
  }
  return {
    code: 'tooFewApprovers', target,
    message: `Stage ${index + 1} needs the approval of ${required} different people, but only ${able} could decide: enabled persons among its approvers and fallback approvers other than whoever asks and whom it is for. Ask an administrator to name more, or to need fewer.`,
  };
}
