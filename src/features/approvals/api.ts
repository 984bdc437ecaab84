/** What approvals contribute to the service (contract §1.8). An approval is a request seen by those who decide it. */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { textAt } from '../../kernel/json.ts';
import { refuse } from '../../kernel/problem.ts';
import { choice, col, flag, instant, list, record, text, whole, words } from '../../platform/graph/declare.ts';
import type { Alias, Command, ComplexType, Declaration, EntityType, FilterFunction, Sql, Visibility } from '../../platform/graph/model.ts';
import { entitlementManagement } from '../catalogs/api/catalogs.ts';
import { needOwn, visibleRequests } from '../requests/api/index.ts';
import { isAwaiting, isCaller } from '../requests/store/concern.ts';
import { decideStage, mayUseApprovals } from './commands/decide.ts';
import { seesReviewer } from './store/knowing.ts';

const nobody = '00000000-0000-0000-0000-000000000000';

const identity: ComplexType = { complex: 'userIdentity', properties: { id: text(), displayName: text(), userPrincipalName: text() } };

/**
 * Whoever reviewed, as an identity; the all-zero id for nobody, and nothing at all for a caller to whom approvers are not shown
 * (a stage's approverInformationVisibility, contract §1.5).
 */
const reviewer = (row: Alias, caller?: Caller): Sql => sql`(select jsonb_build_object('id', coalesce(${col(row, 'reviewed_by')}, ${nobody}::uuid),
  'displayName', (select o.display_name from directory_objects o where o.id = ${col(row, 'reviewed_by')}),
  'userPrincipalName', (select o.user_principal_name from directory_objects o where o.id = ${col(row, 'reviewed_by')}))
  where ${col(row, 'reviewed_by')} is null or ${caller === undefined ? sql`false` : seesReviewer(caller, row)})`;

/** Every decision of the stage, also those after which it stayed open: to whom approvers are shown. Beyond Graph. */
const decisions = (row: Alias, caller?: Caller): Sql => sql`coalesce((select jsonb_agg(jsonb_build_object(
    'reviewedBy', jsonb_build_object('id', o.id, 'displayName', o.display_name, 'userPrincipalName', o.user_principal_name),
    'reviewResult', d.result, 'justification', d.justification, 'reviewedDateTime', d.at) order by d.at, d.principal_id)
  from stage_decisions d join directory_objects o on o.id = d.principal_id where d.stage_id = ${col(row, 'id')} and ${caller === undefined ? sql`false` : seesReviewer(caller, row)}), '[]')`;

const approvalDecision: ComplexType = {
  complex: 'approvalStageDecision', properties: { reviewedBy: record(identity), reviewResult: text(), justification: text(), reviewedDateTime: instant() },
};

const assignedTo = (row: Alias, caller?: Caller): Sql => (caller === undefined ? sql`null::boolean` : sql`(exists (
  select 1 from stage_deciders x where x.stage_id = ${col(row, 'id')} and x.principal_id = ${caller.principalId}::uuid))`);

const decide: Command = async (work, input) => {
  if (!mayUseApprovals(work.caller)) refuse('forbidden', { reason: 'Deciding takes a delegated permission such as EntitlementManagement.ReadWrite.All or EntitlementMgmt-SubjectAccess.ReadWrite.' });
  const said = textAt(input.body, 'reviewResult')?.toLowerCase() ?? '';
  const reviewResult = /^approved?$/.test(said) ? 'Approve' : /^den(y|ied)$/.test(said) ? 'Deny' : undefined;
  if (reviewResult === undefined) return refuse('invalidValue', { field: 'reviewResult', reason: 'use Approve or Deny' });
  await decideStage(work, { requestId: input.ancestors.at(-1)?.id ?? '', stageId: input.id }, { reviewResult, justification: textAt(input.body, 'justification') ?? null });
  return { answer: 'done' };
};

const approvalStage: EntityType = {
  name: 'approvalStage',
  table: 'approval_stages',
  properties: {
    assignedToMe: flag({ readOnly: true, sql: assignedTo }),
    displayName: text({ readOnly: true, sql: (row) => sql`('Stage ' || (${col(row, 'position')} + 1))` }),
    justification: text({ max: 4000 }),
    reviewedBy: record(identity, { readOnly: true, sql: reviewer }),
    reviewedDateTime: instant({ column: 'reviewed_at', readOnly: true }),
    reviewResult: text(),
    requiredApprovalCount: whole({ column: 'required_approvals', readOnly: true }),
    decisions: list(record(approvalDecision), { readOnly: true, sql: decisions }),
    status: text({ readOnly: true }),
  },
  visible: (caller, row) => {
    const requests = visibleRequests(caller, 'vr');
    return typeof requests === 'string' ? requests : sql`exists (select 1 from assignment_requests vr where vr.id = ${col(row, 'request_id')} and ${requests})`;
  },
};

const hasStages = (row: Alias): Sql => sql`exists (select 1 from approval_stages st where st.request_id = ${col(row, 'id')})`;

type On = 'target' | 'createdBy' | 'approver';
const options: readonly On[] = ['target', 'createdBy', 'approver'];
const conditions: Readonly<Record<On, (caller: Caller, row: Alias) => Sql>> = {
  target: (caller, row) => isCaller(caller, col(row, 'target_id')),
  createdBy: (caller, row) => isCaller(caller, col(row, 'requestor_id')),
  approver: (caller, row) => isAwaiting(caller, col(row, 'id')),
};

const filterByCurrentUser: FilterFunction = {
  parameters: { on: choice(words('approvalFilterByCurrentUserOptions', options), { required: true, notNull: true }) },
  returns: 'approval',
  where: (caller, row, given) => {
    needOwn(caller);
    const on = options.find((option) => option === given['on']);
    return on === undefined ? sql`false` : conditions[on](caller, row);
  },
};

const approval: EntityType = {
  name: 'approval',
  table: 'assignment_requests',
  exists: hasStages,
  properties: {},
  navigations: {
    stages: { to: 'approvalStage', many: true, contained: true, update: decide, join: (from, to) => sql`${col(to, 'request_id')} = ${col(from, 'id')}` },
  },
  beta: { rename: { stages: 'steps' } },
  visible: (caller, row): Visibility => visibleRequests(caller, row),
  collectionFunctions: { filterByCurrentUser },
};

/** Approvals. */
export const approvalsDeclaration: Declaration = {
  types: [approval, approvalStage],
  roots: [{ path: `${entitlementManagement}/accessPackageAssignmentApprovals`, type: 'approval' }],
};
