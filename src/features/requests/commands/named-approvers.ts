/** Stages whose approvers an extension names: taking the names, and what happens when none come (decision 0010). */
import type { JsonRecord } from '../../../kernel/json.ts';
import { refuse, type Reason } from '../../../kernel/problem.ts';
import { findNamedObjects } from '../../policies/store.ts';
import { chooseDeciders } from '../rules/approvers.ts';
import { namedObjectReasons, namedObjects, nobodyNamed, readNamedStage } from '../rules/named-approvers.ts';
import { fillStage, lockRequest, type OpenRequest, type OpenStage } from '../store/open.ts';
import type { RequestWork } from '../store/writing.ts';

/** The stage that waits for its approvers. */
export const unnamedStage = ({ stages }: OpenRequest): OpenStage | undefined => stages.find(({ status, isDynamic }) => status === 'Initializing' && isDynamic);

/**
 * Writes what an extension says of a stage; answers the request with those who may decide it. `ruleBroken` with every reason: what it
 * says cannot be used, or nobody whom it names can decide. Then the request waits on, and the extension may name others.
 */
export async function nameApprovers(work: RequestWork, request: OpenRequest, said: JsonRecord): Promise<OpenRequest> {
  const stage = unnamedStage(request) ?? refuse('conflict', { reason: 'No stage of the request waits for its approvers.' });
  const named = readNamedStage(said, stage.settings);
  insist(named.reasons);
  insist(namedObjectReasons(named, await findNamedObjects(work.tx, namedObjects(named).map(({ id }) => id))));
  await fillStage(work.tx, stage.id, { settings: named.settings, lasts: named.stage.durationBeforeAutomaticDenial, isJustificationRequired: named.stage.isApproverJustificationRequired });
  const filled = await lockRequest(work.tx, request.id, work.now) ?? refuse('notFound', { value: request.id });
  const opens = filled.stages.find(({ id }) => id === stage.id);
  insist(opens === undefined || chooseDeciders(opens, { required: opens.requiredApprovals, approved: [] }) === undefined ? [nobodyNamed] : []);
  return filled;
}

function insist(reasons: readonly Reason[]): void {
  const [first] = reasons;
  if (first !== undefined) refuse('ruleBroken', { reason: reasons.map(({ message }) => message).join(' '), ...(first.target === undefined ? {} : { field: first.target }) }, reasons);
}

/** Whether somebody can decide a stage whose approvers nobody named in time: those whom the policy itself names for it. */
export function hasStandIns(request: OpenRequest): boolean {
  const stage = unnamedStage(request);
  return stage !== undefined && chooseDeciders(stage, { required: stage.requiredApprovals, approved: [] }) !== undefined;
}
