/** Whether a policy says something that can be carried out. Every "no" with what would mend it. Pure. */
import { parseDuration, roughMilliseconds } from '../../../kernel/duration.ts';
import { type JsonRecord, recordAt } from '../../../kernel/json.ts';
import type { Reason } from '../../../kernel/problem.ts';
import type { PrivilegeLevel } from '../../catalogs/model.ts';
import { approverLists, highestManagerLevel, type ApprovalStageSettings, type Expiration, type Policy, type Question, type SubjectSet, type SubjectSetKind } from '../model.ts';
import { automaticReasons, ruleReasons } from './automatic.ts';
import { targetSetKinds } from './targets.ts';

/** Longest access that a policy gives, in days (contract §1.5). */
const longestDays = 3660;
const dayMs = 86_400_000;
/** Different people that a stage may need. */
const mostApprovals = 100;
const longestPattern = 500;

/** Who can approve: people, by themselves or by a relation. Agents and applications never do. */
const approverKinds: ReadonlySet<SubjectSetKind> = new Set([
  'singleUser', 'groupMembers', 'requestorManager', 'targetManager', 'internalSponsors', 'externalSponsors', 'targetUserSponsors', 'targetApplicationOwners',
  'targetAgentIdentitySponsorsOrOwners',
]);

/** Every reason against a policy that can be told from the policy alone. `before` is the policy that it replaces. */
export function policyReasons(policy: Policy, now: Date, before?: Policy): readonly Reason[] {
  return [
    ...targetReasons(policy),
    ...ruleReasons(policy),
    ...automaticReasons(policy),
    ...requestorReasons(policy.requestorSettings.onBehalfRequestors),
    ...expirationReasons(policy.expiration, now, before?.expiration),
    ...approvalReasons(policy),
    ...policy.questions.flatMap(questionReasons),
  ];
}

/** Whether a policy asks for assignments that nobody asks for. */
export function isAutomatic(body: JsonRecord): boolean {
  const automatic = recordAt(body, 'automaticRequestSettings');
  return automatic['requestAccessForAllowedTargets'] === true || automatic['removeAccessWhenTargetLeavesAllowedTargets'] === true;
}

/** In a privileged catalog nothing is assigned by itself (contract §1.5, decision 0005). */
export const privilegedReasons = (body: JsonRecord, privilegeLevel: PrivilegeLevel | undefined): readonly Reason[] => because(isAutomatic(body) && privilegeLevel === 'privileged', {
  code: 'automaticInPrivilegedCatalog', target: 'automaticRequestSettings', message: 'A privileged catalog takes no policy that assigns by itself. Leave automaticRequestSettings out, or offer the access in a standard catalog.',
});

const because = (is: boolean, reason: Reason): readonly Reason[] => (is ? [reason] : []);

function targetReasons({ allowedTargetScope: scope, specificAllowedTargets: targets }: Policy): readonly Reason[] {
  const kinds = targetSetKinds(scope);
  const target = 'specificAllowedTargets';
  if (kinds === undefined) return because(targets.length > 0, { code: 'targetsWithoutScope', target, message: `The scope ${scope} takes no list of targets. Send [] or choose a specific scope.` });
  if (targets.length === 0) return [{ code: 'noTargets', target, message: `The scope ${scope} needs at least one target: an empty list never means everyone.` }];
  return targets.flatMap(({ kind }, index) => [
    ...because(!kinds.includes(kind), { code: 'wrongTarget', target: `${target}[${index}]`, message: `${kind} is no target of the scope ${scope}. Use ${kinds.join(' or ')}.` }),
  ]);
}

const requestorReasons = (sets: readonly SubjectSet[]): readonly Reason[] => sets.flatMap((set, index) => [
  ...because(['attributeRuleMembers', 'connectedOrganizationMembers'].includes(set.kind), {
    code: 'wrongRequestor', target: `requestorSettings/onBehalfRequestors[${index}]`, message: `${set.kind} cannot ask for others. Name users, groups or a relation such as targetManager.`,
  }),
  ...levelReasons(set, `requestorSettings/onBehalfRequestors[${index}]`),
]);

const levelReasons = ({ managerLevel }: SubjectSet, place: string): readonly Reason[] =>
  because(managerLevel < 1 || managerLevel > highestManagerLevel, { code: 'managerLevel', target: `${place}/managerLevel`, message: `managerLevel is ${managerLevel}; 1 is the direct manager, ${highestManagerLevel} the highest.` });

function expirationReasons({ type, duration, endDateTime }: Expiration, now: Date, before: Expiration | undefined): readonly Reason[] {
  if (type === 'afterDuration') return lengthReasons(duration, 'expiration/duration');
  if (type !== 'afterDateTime') return [];
  const target = 'expiration/endDateTime';
  if (endDateTime === null) return [{ code: 'noEnd', target, message: 'expiration afterDateTime needs an endDateTime.' }];
  const isKept = before?.type === type && before.endDateTime === endDateTime;
  return because(!isKept && new Date(endDateTime) <= now, { code: 'endInPast', target, message: `The end ${endDateTime} has passed. Name a later one.` });
}

function lengthReasons(text: string | null, target: string): readonly Reason[] {
  const ms = milliseconds(text);
  if (ms > 0 && ms <= longestDays * dayMs) return [];
  return [{ code: 'duration', target, message: `'${text ?? ''}' is no usable duration. Send an ISO 8601 duration of more than nothing and at most ${longestDays} days, such as P90D or PT8H.` }];
}

function milliseconds(text: string | null): number {
  const parsed = text === null ? undefined : parseDuration(text);
  return parsed === undefined ? 0 : roughMilliseconds(parsed);
}

function approvalReasons({ requestApprovalSettings: settings }: Policy): readonly Reason[] {
  const target = 'requestApprovalSettings/stages';
  const isRequired = settings.isApprovalRequiredForAdd || settings.isApprovalRequiredForUpdate;
  return [
    ...because(isRequired && settings.stages.length === 0, { code: 'noStages', target, message: 'Approval is required, but there is no stage. Add one with approvers.' }),
    ...settings.stages.flatMap((stage, index) => stageReasons(stage, `${target}[${index}]`)),
  ];
}

/** Every reason against one stage, whether a policy describes it or an extension. */
export function stageReasons(stage: ApprovalStageSettings, target: string): readonly Reason[] {
  const approvers = stage.primaryApprovers.length + stage.fallbackPrimaryApprovers.length;
  const escalations = stage.escalationApprovers.length + stage.fallbackEscalationApprovers.length;
  return [
    ...because(approvers === 0 && !stage.isDynamic, { code: 'noApprovers', target, message: 'The stage has no approver. Name a primary approver or a fallback.' }),
    ...approverLists.flatMap((list) => stage[list].flatMap((set, index) => [
      ...because(!approverKinds.has(set.kind), { code: 'wrongApprover', target: `${target}/${list}[${index}]`, message: `${set.kind} cannot approve: people do, never applications or agents. Name users, groups or a relation such as requestorManager.` }),
      ...levelReasons(set, `${target}/${list}[${index}]`),
    ])),
    ...lengthReasons(stage.durationBeforeAutomaticDenial, `${target}/durationBeforeAutomaticDenial`),
    ...quorumReasons(stage, `${target}/requiredApprovalCount`),
    ...(stage.isEscalationEnabled ? escalationReasons(stage, target, escalations) : []),
  ];
}

/** A quorum that named people alone can never meet is refused; how many a group or a relation yields is known when somebody asks. */
function quorumReasons({ requiredApprovalCount: count, primaryApprovers, fallbackPrimaryApprovers }: ApprovalStageSettings, target: string): readonly Reason[] {
  const sets = [...primaryApprovers, ...fallbackPrimaryApprovers];
  const people = new Set(sets.map(({ id }) => id)).size;
  const isNamed = sets.length > 0 && sets.every(({ kind }) => kind === 'singleUser');
  return [
    ...because(count < 1 || count > mostApprovals, { code: 'requiredApprovalCount', target, message: `requiredApprovalCount is ${count}; it counts different people, from 1 to ${mostApprovals}.` }),
    ...because(isNamed && count > people, { code: 'tooFewApprovers', target, message: `The stage needs the approval of ${count} different people, but names ${people}. Name more approvers, or need fewer.` }),
  ];
}

function escalationReasons(stage: ApprovalStageSettings, target: string, approvers: number): readonly Reason[] {
  const [after, whole] = [milliseconds(stage.durationBeforeEscalation), milliseconds(stage.durationBeforeAutomaticDenial)];
  return [
    ...because(approvers === 0, { code: 'noEscalationApprovers', target, message: 'Escalation is on, but nobody is named for it. Name an escalation approver, or switch it off.' }),
    ...because(after <= 0 || after >= whole, { code: 'escalationTime', target: `${target}/durationBeforeEscalation`, message: `Escalation after '${stage.durationBeforeEscalation}' is not within the stage's '${stage.durationBeforeAutomaticDenial}'.` }),
  ];
}

function questionReasons(question: Question, index: number): readonly Reason[] {
  const target = `questions[${index}]`;
  const isChoice = question.kind === 'accessPackageMultipleChoiceQuestion';
  return [
    ...because(question.text.trim() === '', { code: 'questionText', target: `${target}/text`, message: 'A question needs a text.' }),
    ...because(question.sequence < 0, { code: 'questionSequence', target: `${target}/sequence`, message: 'sequence counts from 0.' }),
    ...because(isChoice && question.choices.length === 0, { code: 'questionChoices', target: `${target}/choices`, message: 'A multiple-choice question needs choices with an actualValue.' }),
    ...because(new Set(question.choices).size < question.choices.length, { code: 'questionChoices', target: `${target}/choices`, message: 'Two choices have the same actualValue.' }),
    ...because((question.regexPattern ?? '').length > longestPattern, {
      code: 'questionPattern', target: `${target}/regexPattern`, message: `regexPattern is longer than ${longestPattern} characters. Send a shorter one.`,
    }),
  ];
}
