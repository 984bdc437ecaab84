/** What explanations contribute to the service: functions of our own, for which Graph has no name. */
import { flag, guid, instant, list, record, span, text, whole } from '../../platform/graph/declare.ts';
import type { JsonRecord } from '../../kernel/json.ts';
import type { Command, ComplexType, Declaration, GraphWork, Input, Property } from '../../platform/graph/model.ts';
import { expirationPattern } from '../policies/api/types.ts';
import { explainHolding, explainPackage } from './commands.ts';

const type = (complex: string, properties: Readonly<Record<string, Property>>): ComplexType => ({ complex, properties });

/** Somebody or something by id and name. */
const party = type('explainedParty', { id: guid(), displayName: text(), kind: text() });
const mend = type('explainedMend', { action: text(), message: text(), targetId: guid(), targetType: text() });

/** A reason as refusals give it, with what would change it. */
const reason = type('explainedReason', { code: text(), message: text(), target: text(), mends: list(record(mend)) });

const policy = { id: guid(), displayName: text(), allowedTargetScope: text() };
const question = type('explainedQuestion', { id: guid(), text: text(), isRequired: flag(), choices: list(text()), isMultipleSelectionAllowed: flag() });
const decided = { deciderCount: whole(), deciders: list(record(type('explainedDecider', { id: guid(), displayName: text(), kind: text(), role: text() }))) };
const stage = type('explainedStage', {
  position: whole(), requiredApprovalCount: whole(), isDynamic: flag(), durationBeforeAutomaticDenial: span(), dueDateTime: instant(), isApproverJustificationRequired: flag(),
  areDecidersHidden: flag(), ...decided, escalation: record(type('explainedEscalation', { durationBeforeEscalation: span(), escalationDateTime: instant(), ...decided })),
});

/** Answer of `explain(principalId, accessPackageId)`. */
export const accessExplanation = type('accessPackageExplanation', {
  isAllowed: flag(), principal: record(party), requestor: record(party), accessPackage: record(party),
  assignment: record(type('explainedLiveAssignment', { id: guid(), state: text(), policyId: guid(), startDateTime: instant(), endDateTime: instant() })), openRequestId: guid(),
  policy: record(type('explainedPolicy', { ...policy, why: text() })),
  otherPolicies: list(record(type('explainedOtherPolicy', { ...policy, fits: flag(), reasons: list(record(reason)) }))),
  requestors: list(record(type('explainedRequestors', { policyId: guid(), type: text(), count: whole(), people: list(record(party)) }))),
  requirements: record(type('explainedRequirements', { isJustificationRequired: flag(), isCustomScheduleAllowed: flag(), questions: list(record(question)) })),
  isApprovalRequired: flag(), stages: list(record(stage)),
  access: record(type('explainedAccess', { startDateTime: instant(), latestStartDateTime: instant(), endDateTime: instant(), latestEndDateTime: instant(), expiration: record(expirationPattern) })),
  reasons: list(record(reason)),
});

const holder = record(type('explainedHolder', { id: guid(), displayName: text(), kind: text(), isEnabled: flag() }));
const approval = type('explainedApproval', { position: whole(), result: text(), reviewedDateTime: instant(), justification: text(), reviewer: record(party) });
const request = type('explainedRequest', { id: guid(), requestType: text(), createdDateTime: instant(), justification: text(), requestor: record(party), approvals: list(record(approval)) });
const assignment = type('explainedAssignment', { id: guid(), state: text(), startDateTime: instant(), endDateTime: instant(), accessPackage: record(party), policy: record(party), request: record(request) });
const source = type('explainedSource', {
  kind: text(), grantId: guid(), grantKind: text(), isStanding: flag(), via: record(party), sinceDateTime: instant(), endDateTime: instant(), assignments: list(record(assignment)), hiddenAssignmentCount: whole(),
});

/** Answer of `explain(principalId, resourceId, roleId)`. */
export const roleExplanation = type('roleExplanation', {
  isHeld: flag(), principal: holder, resource: holder,
  roles: list(record(type('explainedRole', { kind: text(), permissionId: guid(), value: text() }))), sources: list(record(source)), hiddenSourceCount: whole(), reasons: list(record(reason)), tokenAdvice: text(),
  packages: list(record(type('explainedOffer', { accessPackage: record(party), isAllowed: flag(), isApprovalRequired: flag(), policy: record(type('explainedPolicy', { ...policy, why: text() })), reasons: list(record(reason)) }))),
  ended: list(record(type('explainedEnding', { assignmentId: guid(), accessPackage: record(party), endedDateTime: instant(), cause: text(), by: record(party), justification: text() }))),
});

const id = guid({ required: true, notNull: true });

/** What a question answers, in the shape of a type. */
const telling = (shape: ComplexType, ask: (work: GraphWork, input: Input) => Promise<JsonRecord>): Command => async (work, input) => ({ answer: 'value', type: shape, value: await ask(work, input) });

export const explanationsDeclaration: Declaration = {
  types: [], roots: [],
  functions: [
    { path: 'explain', only: 'gatehouse', parameters: { principalId: id, accessPackageId: id, requestorId: guid() }, read: telling(accessExplanation, explainPackage), answers: { value: accessExplanation } },
    { path: 'explain', only: 'gatehouse', parameters: { principalId: id, resourceId: id, roleId: text({ required: true, notNull: true, max: 250 }) }, read: telling(roleExplanation, explainHolding), answers: { value: roleExplanation } },
  ],
};
