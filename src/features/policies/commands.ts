/** Making, replacing and removing policies. */
import { isRecord, type JsonRecord, recordsAt, textAt } from '../../kernel/json.ts';
import { type Reason, refuse } from '../../kernel/problem.ts';
import type { GraphWork, Input, Outcome } from '../../platform/graph/model.ts';
import { newId } from '../../platform/ids.ts';
import { whyNoPattern } from '../../platform/pattern.ts';
import { recordAudit } from '../audit/store.ts';
import { stampOf } from '../catalogs/commands/reach.ts';
import { holdPrivilegeLevel } from '../catalogs/store.ts';
import { readStageSettings } from '../extensions/model.ts';
import { stageReasons } from '../extensions/rules/config.ts';
import { holdExtensions, listStagesOfPolicy, replaceStagesOfPolicy } from '../extensions/store/extensions.ts';
import { lockManagedPackage, lockPackageOfPolicy } from '../packages/commands/packages.ts';
import { refusePromise } from '../packages/rules.ts';
import { listRolesOfPackage } from '../packages/store/roles.ts';
import { parsePolicy, type Policy } from './model.ts';
import { isAutomaticPolicy, ruleOf } from './rules/automatic.ts';
import { isAutomatic, policyReasons, privilegedReasons } from './rules/check.ts';
import { planApproverCalls } from './rules/dynamic.ts';
import { namedKinds, namedReasons, namedSets, targetRows } from './rules/named.ts';
import { describeSets, policyRow, type PolicyRow } from './rules/row.ts';
import { promisedKinds } from './rules/targets.ts';
import { countUse } from '../packages/store/packages.ts';
import { announceDue } from '../grants/store/delivery.ts';
import { parseMembershipRule } from '../membershipRules/rules/parse.ts';
import { dropRule, refreshMembers, saveRule } from '../membershipRules/store/members.ts';
import { entitlementReach } from '../roles/rules.ts';
import { deletePolicy, findAutomaticPolicy, findNamedObjects, insertPolicy, loadPolicy, updatePolicy } from './store.ts';

/** POST assignmentPolicies. The package's lock keeps its roles as they are while they are compared with the new scope. */
export async function createPolicy(work: GraphWork, { body }: Input): Promise<Outcome> {
  const accessPackageId = textAt(body, 'accessPackage');
  if (accessPackageId === undefined) refuse('invalidModel', { field: 'accessPackage', reason: 'The policy names no package: send "accessPackage": {"id": "…"} (beta: "accessPackageId").' });
  const { catalogId } = await lockManagedPackage(work, accessPackageId);
  const { row, policy, stages } = await checked(work, { body, id: newId(), accessPackageId, catalogId, before: undefined });
  await insertPolicy(work.tx, { row, targets: targetRows(policy) }, stampOf(work));
  await keepRule(work, policy);
  await replaceStagesOfPolicy(work.tx, row.id, stages.map((stage) => ({ ...stage, id: newId() })));
  await audit(work, { activity: 'Create access package assignment policy', operation: 'Add', policy, after: { ...shown(row), customExtensionStageSettings: stages } });
  return { answer: 'created', id: row.id };
}

/** PUT assignmentPolicies/{id}: what is left out falls back to defaults. The package stays. */
export async function replacePolicy(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  const found = await loadPolicy(work.tx, id) ?? refuse('notFound', { value: id });
  const { catalogId } = await lockPackageOfPolicy(work, found, 'policy');
  const before = await loadPolicy(work.tx, id) ?? refuse('notFound', { value: id });
  const accessPackageId = textAt(body, 'accessPackage') ?? before.accessPackageId;
  if (accessPackageId !== before.accessPackageId) refuse('ruleBroken', { field: 'accessPackage', reason: 'A policy stays with its access package. Create another policy for the other package.' });
  const { row, policy, stages } = await checked(work, { body, id, accessPackageId, catalogId, before });
  const stagesBefore = await listStagesOfPolicy(work.tx, id);
  await updatePolicy(work.tx, { row, targets: targetRows(policy) }, stampOf(work));
  await keepRule(work, policy);
  await replaceStagesOfPolicy(work.tx, id, stages.map((stage) => ({ ...stage, id: newId() })));
  await audit(work, { activity: 'Update access package assignment policy', operation: 'Update', policy, before: { ...shownPolicy(before), customExtensionStageSettings: stagesBefore }, after: { ...shownPolicy(policy), customExtensionStageSettings: stages } });
  return { answer: 'entity', id };
}

/** DELETE assignmentPolicies/{id}: not while an assignment or an open request stands on it. */
export async function removePolicy(work: GraphWork, { id }: Input): Promise<Outcome> {
  const policy = await loadPolicy(work.tx, id) ?? refuse('notFound', { value: id });
  await lockPackageOfPolicy(work, policy, 'package');
  const { liveAssignments, openRequests } = await countUse(work.tx, 'policy_id', id);
  const reasons = [
    ...(liveAssignments === 0 ? [] : [{ code: 'hasAssignments', message: `${liveAssignments} assignments that are not over stand on the policy. Remove them first.` }]),
    ...(openRequests === 0 ? [] : [{ code: 'hasOpenRequests', message: `${openRequests} requests that are not decided stand on the policy. Decide or cancel them first.` }]),
  ];
  if (reasons.length > 0) refuse('conflict', { reason: said(reasons) }, reasons);
  const gone = await deletePolicy(work.tx, id);
  await audit(work, { activity: 'Delete access package assignment policy', operation: 'Delete', policy, before: shownPolicy(policy), additional: { deletedRequests: String(gone.requests), deletedAssignments: String(gone.assignments) } });
  return { answer: 'done' };
}

interface Draft {
  readonly body: JsonRecord;
  readonly id: string;
  readonly accessPackageId: string;
  readonly catalogId: string;
  readonly before: Policy | undefined;
}

/** The row of a body, when nothing speaks against it. */
async function checked(work: GraphWork, { body, id, accessPackageId, catalogId, before }: Draft): Promise<{ readonly row: PolicyRow; readonly policy: Policy; readonly stages: ReturnType<typeof planApproverCalls>['calls'] }> {
  const questionIds = Array.isArray(body['questions']) ? body['questions'].map(newId) : [];
  const row = policyRow(body, { id, accessPackageId, questionIds, before });
  const policy = parsePolicy(row);
  const level = isAutomatic(body) ? await holdPrivilegeLevel(work.tx, catalogId) : undefined;
  insist([...privilegedReasons(body, level), ...policyReasons(policy, work.now, before), ...patternReasons(policy)]);
  insistRule(work, policy, before);
  if (isAutomaticPolicy(policy)) await insistAutomatic(work, policy);
  const objects = await findNamedObjects(work.tx, namedSets(policy).flatMap(({ set }) => set.id ?? []));
  insist(namedReasons(policy, objects));
  insist(refusePromise(promisedKinds(policy.allowedTargetScope, namedKinds(policy, objects)), await listRolesOfPackage(work.tx, accessPackageId)));
  const { calls: stages, reasons } = planApproverCalls(policy.requestApprovalSettings.stages, readStageSettings(recordsAt(body, 'customExtensionStageSettings')));
  insist(reasons);
  insist(stageReasons(stages, { catalogId, found: await holdExtensions(work.tx, stages.map(({ extensionId }) => extensionId)) }));
  return { row: describeSets(row, objects), policy, stages };
}

/** Patterns are read by a package, which pure rules do not know: they are checked here. */
const patternReasons = ({ questions }: Policy): readonly Reason[] => questions.flatMap(({ regexPattern }, index) => {
  const why = regexPattern === undefined ? undefined : whyNoPattern(regexPattern);
  return why === undefined ? [] : [{
    code: 'questionPattern', target: `questions[${index}]/regexPattern`,
    message: `regexPattern is no pattern of RE2 (https://github.com/google/re2/wiki/Syntax), which has no look-around and no references back: ${why}.`,
  }];
});

const isAccepted = ({ specificAllowedTargets }: Policy): boolean => specificAllowedTargets.some(({ isOwnDoingAccepted }) => isOwnDoingAccepted === true);

/** A rule asks attributes of everybody, also those that whoever manages one catalog or package does not see, and all are asked again whenever they change. */
function insistRule(work: GraphWork, policy: Policy, before: Policy | undefined): void {
  const rule = ruleOf(policy);
  const isKept = before !== undefined && rule === ruleOf(before) && (!isAccepted(policy) || isAccepted(before));
  if (rule === undefined || isKept || entitlementReach(work.caller, 'managePackages').all) return;
  refuse('forbidden', { field: 'specificAllowedTargets', reason: 'Only administrators of the whole tenant write membership rules. Name users, groups or applications, or ask one of them.' });
}

/** Whoever manages one catalog gives access on request; what goes to everybody who matches is for administrators (contract §1.5). */
async function insistAutomatic(work: GraphWork, policy: Policy): Promise<void> {
  if (!entitlementReach(work.caller, 'managePackages').all) refuse('forbidden', { reason: 'Only administrators of the whole tenant make policies that assign access by themselves.' });
  const other = await findAutomaticPolicy(work.tx, policy.accessPackageId, policy.id);
  if (other !== undefined) refuse('conflict', { field: 'automaticRequestSettings', reason: `An access package has one policy that assigns by itself, and this one has '${other.displayName}' (${other.id}). Change that one.` });
}

/** The rule of the policy, and who matches it now. What follows from it happens in a moment. */
async function keepRule(work: GraphWork, policy: Policy): Promise<void> {
  const text = ruleOf(policy);
  const rule = text === undefined ? undefined : parseMembershipRule(text);
  if (text === undefined || rule?.ok !== true) return await dropRule(work.tx, policy.id, work.now);
  const { requestAccessForAllowedTargets: requests, removeAccessWhenTargetLeavesAllowedTargets: removes, gracePeriodBeforeAccessRemoval: gracePeriod } = policy.automaticRequestSettings;
  await saveRule(work.tx, { policyId: policy.id, membershipRule: text, requests, removes, gracePeriod }, work.now);
  await refreshMembers(work.tx, { policyId: policy.id, rule: rule.value }, work.now);
  await announceDue(work.tx, work.now, work.now);
}

function insist(reasons: readonly Reason[]): void {
  const [first] = reasons;
  if (first !== undefined) refuse('ruleBroken', { reason: said(reasons), ...(first.target === undefined ? {} : { field: first.target }) }, reasons);
}

const said = (reasons: readonly Reason[]): string => reasons.map((reason) => reason.message).join(' ');

const shown = (row: PolicyRow): JsonRecord => shownPolicy(parsePolicy(row));
const shownPolicy = ({ id: _, questions, ...policy }: Policy): JsonRecord => ({ ...policy, questions: questions.map(({ wire }) => (isRecord(wire) ? wire['text'] : null)) });

interface PolicyChange {
  readonly activity: string;
  readonly operation: 'Add' | 'Update' | 'Delete';
  readonly policy: Policy;
  readonly before?: JsonRecord;
  readonly after?: JsonRecord;
  readonly additional?: Readonly<Record<string, string>>;
}

async function audit(work: GraphWork, { activity, operation, policy, additional = {}, ...values }: PolicyChange): Promise<void> {
  await recordAudit(work.tx, work, {
    activity, operation, category: 'EntitlementManagement', additional,
    targets: [{ id: policy.id, type: 'AccessPackageAssignmentPolicy', displayName: policy.displayName, ...values }, { id: policy.accessPackageId, type: 'AccessPackage' }],
  });
}
