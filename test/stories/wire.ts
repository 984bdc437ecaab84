/** A story's policy in Graph's shape: what HTTP is sent, what a row holds, what the product's own reader reads. */
import type { JsonRecord } from '../../src/kernel/json.ts';
import { wireOf } from '../model/package-rows.ts';
import { policyBody } from '../../cli/client/policies.ts';
import { approversStage, type CalloutStage } from '../../src/features/extensions/model.ts';
import type { ProgramAnswer, RuledPlan } from './running.ts';
import type { SubjectSet } from '../model/town.ts';
import type { Asking, PolicyPlan, QuestionPlan } from './world.ts';

/** Finds the id behind a name. */
export type IdOf = (name: string) => string;

/** The subject set with the id instead of the name. */
export const resolved = ({ of, ...set }: SubjectSet, idOf: IdOf): SubjectSet => (of === undefined ? set : { ...set, of: idOf(of) });

const wire = (sets: readonly SubjectSet[], idOf: IdOf): readonly JsonRecord[] => sets.map((set) => ({ ...wireOf(resolved(set, idOf)), ...(set.set.endsWith('Manager') ? { managerLevel: set.level ?? 1 } : {}) }));

/** The id of the question that a policy asks. */
export const questionId = '9f6f5cbe-7b7f-4bd5-9d6c-6f2f9a3a0c11';

/** A policy as its v1.0 properties. */
export function policyWire(plan: PolicyPlan, idOf: IdOf): JsonRecord {
  const flags = (['Add', 'Update', 'Remove'] as const).flatMap((wish) => [
    [`enableTargetsToSelf${wish}Access`, plan.self.includes(wish)], [`enableOnBehalfRequestorsTo${wish}Access`, plan.onBehalf.includes(wish)],
  ]);
  return {
    displayName: plan.name, description: plan.name, allowedTargetScope: plan.scope, specificAllowedTargets: wire(plan.targets, idOf),
    expiration: plan.lasts === undefined ? { type: 'noExpiration' } : { type: 'afterDuration', duration: plan.lasts },
    requestorSettings: { ...Object.fromEntries(flags) as JsonRecord, allowCustomAssignmentSchedule: plan.allowsOwnTimes, onBehalfRequestors: wire(plan.requestors, idOf) },
    requestApprovalSettings: {
      isApprovalRequiredForAdd: plan.approvalFor.includes('Add'), isApprovalRequiredForUpdate: plan.approvalFor.includes('Update'), isRequestorJustificationRequired: plan.wantsReason,
      stages: plan.stages.map((stage) => ({
        ...(stage.isDynamic ? { '@odata.type': '#microsoft.graph.accessPackageDynamicApprovalStage' } : {}),
        durationBeforeAutomaticDenial: stage.lasts, isApproverJustificationRequired: stage.wantsReason, ...(stage.required === 1 ? {} : { requiredApprovalCount: stage.required }),
        isEscalationEnabled: stage.escalation !== undefined, durationBeforeEscalation: stage.escalation?.after ?? 'PT0S',
        primaryApprovers: wire(stage.primary, idOf), fallbackPrimaryApprovers: wire(stage.fallback, idOf), escalationApprovers: wire(stage.escalation?.to ?? [], idOf), fallbackEscalationApprovers: [], approverInformationVisibility: 'default',
      })),
    },
    questions: plan.question === undefined ? [] : [questionWire(plan.question)],
  };
}

function questionWire({ text, isRequired, isFixed, pattern, choices }: QuestionPlan): JsonRecord {
  const common = { id: questionId, text, isRequired, isAnswerEditable: !isFixed, sequence: 0, localizations: [] };
  if (choices.length === 0) return { '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', ...common, isSingleLineQuestion: true, ...(pattern === undefined ? {} : { regexPattern: pattern }) };
  return { '@odata.type': '#microsoft.graph.accessPackageMultipleChoiceQuestion', ...common, isMultipleSelectionAllowed: false, choices: choices.map((one) => ({ actualValue: one, text: one, localizations: [] })) };
}

/** When access is to begin and end, as it is asked for. */
export const scheduleOf = ({ from, until }: Asking, now: Date): { readonly startDateTime: string | null; readonly expiration: { readonly type: 'notSpecified' | 'afterDateTime'; readonly endDateTime: string | null; readonly duration: null } } => ({
  startDateTime: from === undefined ? null : new Date(now.getTime() + from).toISOString(),
  expiration: until === undefined ? { type: 'notSpecified', endDateTime: null, duration: null } : { type: 'afterDateTime', endDateTime: new Date(now.getTime() + until).toISOString(), duration: null },
});

/** Naming somebody who decides in one's place from now on, for a time. */
export const substituteWire = (id: string, milliseconds: number): JsonRecord => ({
  delegate: { '@odata.type': '#microsoft.graph.singleUser', id }, schedule: { expiration: { type: 'afterDuration', duration: `PT${milliseconds / 60_000}M` } },
});

/** A request as its body: what is not asked for is left out. */
export function requestWire(asking: Asking, assignment: JsonRecord): JsonRecord {
  const { startDateTime, expiration } = scheduleOf(asking, new Date());
  const schedule = startDateTime === null && expiration.type === 'notSpecified' ? {} : { schedule: { ...(startDateTime === null ? {} : { startDateTime }), ...(expiration.endDateTime === null ? {} : { expiration: { type: expiration.type, endDateTime: expiration.endDateTime } }) } };
  const answers = answersOf(asking).map((answer) => ({ '@odata.type': '#microsoft.graph.accessPackageAnswerString', ...answer }));
  return { requestType: asking.type, assignment, ...schedule, ...(asking.because === undefined ? {} : { justification: asking.because }), ...(answers.length === 0 ? {} : { answers }) };
}

/** Answers to the policy's question. */
export const answersOf = ({ answer }: Asking): readonly { readonly value: string; readonly answeredQuestion: { readonly id: string } }[] => (answer === undefined ? [] : [{ value: answer, answeredQuestion: { id: questionId } }]);

/** A policy that gives its package by a rule, as its v1.0 properties but for how it does so. */
export const rulePolicyWire = ({ name, rule, isForAgents }: Pick<RuledPlan, 'name' | 'rule' | 'isForAgents'>): JsonRecord => ({
  ...policyBody('', { displayName: name, scope: isForAgents ? 'specificDirectoryServicePrincipals' : 'specificDirectoryUsers', targets: [{ '@odata.type': '#microsoft.graph.attributeRuleMembers', membershipRule: rule }] }),
});

/** What a program sends back about the call with this id. */
export function callbackOf(callId: string, { state, approvers }: ProgramAnswer, idOf: IdOf): JsonRecord {
  const names = approvers?.map((one) => ({ '@odata.type': '#microsoft.graph.singleUser', userId: idOf(one) }));
  const approvalStage = names === undefined ? undefined : {
    durationBeforeAutomaticDenial: 'P2D', isApproverJustificationRequired: false, isEscalationEnabled: false, primaryApprovers: names, fallbackPrimaryApprovers: [], escalationApprovers: [], fallbackEscalationApprovers: [],
  };
  const isNaming = approvalStage !== undefined;
  return {
    source: 'Checks', type: 'microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestCreated',
    data: {
      '@odata.type': `microsoft.graph.${isNaming ? 'assignmentRequestApprovalStageCallbackData' : 'accessPackageAssignmentRequestCallbackData'}`, stage: isNaming ? approversStage : 'assignmentRequestCreated',
      customExtensionStageInstanceId: callId, customExtensionStageInstanceDetail: 'looked at', ...(state === undefined ? {} : { state }), ...(isNaming ? { approvalStage } : {}),
    },
  };
}

/** The calls that a policy makes: at which stage, and how long (ISO 8601) they are waited for. */
export function callsOf({ program, stages }: PolicyPlan): readonly PlannedCall[] {
  const first: readonly PlannedCall[] = program === undefined ? [] : [{ stage: 'assignmentRequestCreated', waitsFor: program }];
  return stages.some(({ isDynamic }) => isDynamic) ? [...first, { stage: approversStage, waitsFor: 'PT1H' }] : first;
}

interface PlannedCall {
  readonly stage: CalloutStage;
  readonly waitsFor: string;
}
