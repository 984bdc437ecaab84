/** What a caller would have to bring to ask for a package: POST accessPackages/{id}/getApplicablePolicyRequirements (contract §1.6). */
import { recordAt, textAt, type JsonRecord } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import { guid, record } from '../../../platform/graph/declare.ts';
import type { Action, Command, GraphWork } from '../../../platform/graph/model.ts';
import { questionTo } from '../../policies/rules/to-beta.ts';
import { entitlementReach } from '../../roles/rules.ts';
import type { Answer, Facts, PolicyFacts } from '../model.ts';
import { localizedQuestion } from '../rules/answers.ts';
import { applicablePolicies } from '../rules/policy.ts';
import { loadFacts } from '../store/facts.ts';
import { gatherNothing } from './gather.ts';

/** Beyond v1.0, and as a page of beta shows it: whom the access is for. Nobody named: the caller. */
export const requirementsParameters: Required<Action>['parameters'] = {
  subject: record({ complex: 'accessPackageRequirementsSubject', lenient: true, properties: { objectId: guid({ required: true, notNull: true }) } }),
};

/**
 * What each policy wants under which the caller may ask for itself, or for the `subject` of the body. Empty: it may not, or the
 * package or the subject does not exist; a stranger cannot tell which. Refuses callers that may not ask at all.
 */
export const listRequirements: Command = async (work: GraphWork, { id, body }) => {
  const { caller, tx, now } = work;
  if (!entitlementReach(caller, 'readCatalog').own) refuse('forbidden', { reason: 'This takes a permission to request access, such as EntitlementMgmt-SubjectAccess.ReadWrite or EntitlementManagement.SelfRequest.' });
  const targetId = textAt(recordAt(body, 'subject'), 'objectId') ?? caller.principalId;
  const found = await loadFacts(tx, { callerId: caller.principalId, targetId, accessPackageId: id }, now);
  const facts = gatherNothing(work, found);
  return { answer: 'values', values: facts === undefined ? [] : applicablePolicies(facts).map(requirement(work, facts)) };
};

const requirement = ({ version, languages = [] }: GraphWork, { live }: Facts) => ({ policy }: PolicyFacts): JsonRecord => {
  const { isApprovalRequiredForAdd, isApprovalRequiredForUpdate, isRequestorJustificationRequired } = policy.requestApprovalSettings;
  const isCustom = policy.requestorSettings.allowCustomAssignmentSchedule;
  const shared = {
    policyId: policy.id, policyDisplayName: policy.displayName, policyDescription: policy.description, isRequestorJustificationRequired,
    schedule: { startDateTime: null, expiration: { type: policy.expiration.type, endDateTime: policy.expiration.endDateTime ?? null, duration: policy.expiration.duration ?? null } },
  };
  const questions = policy.questions.map(({ wire }) => localizedQuestion(wire, languages));
  return version !== 'beta'
    ? { ...shared, questions, isApprovalRequiredForAdd, isApprovalRequiredForUpdate, allowCustomAssignmentSchedule: isCustom }
    : {
      ...shared, questions: questions.map(questionTo), isApprovalRequired: isApprovalRequiredForAdd, isApprovalRequiredForExtension: isApprovalRequiredForUpdate,
      isCustomAssignmentScheduleAllowed: isCustom, existingAnswers: live?.policyId === policy.id ? existingAnswers(live.answers ?? []) : [],
    };
};

/** What was answered for the access that is there, as beta shows it. */
const existingAnswers = (answers: readonly Answer[]): readonly JsonRecord[] => answers.map(({ value, displayValue, answeredQuestion }) => ({
  '@odata.type': '#microsoft.graph.accessPackageAnswerString', value: value ?? null, displayValue: displayValue ?? value ?? null, answeredQuestion: { id: answeredQuestion?.id ?? null, text: { defaultText: answeredQuestion?.text ?? null, localizedTexts: [] } },
}));
