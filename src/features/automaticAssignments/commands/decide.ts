/** What administrators say to runs that were held, and how much may be taken without them. */
import { numberAt } from '../../../kernel/json.ts';
import { step } from '../../../kernel/machine.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork } from '../../../platform/graph/model.ts';
import { recordAudit } from '../../audit/store.ts';
import { announceDue } from '../../grants/store/delivery.ts';
import { entitlementReach, reachesPackage } from '../../roles/rules.ts';
import { runLife, type RunEffect, type RunEvent } from '../machine.ts';
import { keepLeaving, lockRule } from '../store/leaving.ts';
import { listRemovals, lockRun, moveRun, updateBrake, type FoundRun } from '../store/runs.ts';
import { leave, runEvent } from './run.ts';

/** POST automaticAssignmentRuns/{id}/confirm: those who still do not match leave. */
export const confirmRun: Command = async (work, { id }) => await decide(work, id, 'confirm');

/** POST automaticAssignmentRuns/{id}/discard: they keep what they have, until they match again or the rule changes. */
export const discardRun: Command = async (work, { id }) => await decide(work, id, 'discard');

const effects: Readonly<Record<RunEffect, (work: GraphWork, run: FoundRun, ids: readonly string[]) => Promise<void>>> = {
  take: async (work, run, ids) => {
    await leave(work, { ...run, ids, runId: run.id });
    await announceDue(work.tx, work.now, work.now);
  },
  keep: async (work, _run, ids) => await keepLeaving(work.tx, ids),
};

async function decide(work: GraphWork, id: string, event: RunEvent): ReturnType<Command> {
  const run = await lockRun(work.tx, id) ?? refuse('notFound', { value: id });
  if (!reachesPackage(work.caller, 'manageAssignments', run)) refuse('forbidden', { reason: 'Only those who manage the assignments of the access package decide on a run that was held.' });
  const next = step(runLife, { state: run.state, event }, undefined);
  if (!next.moved || !await moveRun(work.tx, id, { from: run.state, to: next.to, at: work.now, by: work.caller.principalId })) {
    return refuse('conflict', { reason: `The run is ${run.state} already. Read it again.` });
  }
  const ids = await listRemovals(work.tx, id);
  for (const effect of next.effects) await effects[effect](work, run, ids);
  await recordAudit(work.tx, work, {
    ...runEvent(id, run), activity: event === 'confirm' ? 'Confirm automatic assignment run' : 'Discard automatic assignment run', operation: event === 'confirm' ? 'Approve' : 'Deny',
    additional: { assignments: String(ids.length) },
  });
  return { answer: 'entity', id };
}

/** PATCH automaticAssignmentRules/{id}: the brake. For administrators of the whole tenant, who alone make such policies. */
export const changeBrake: Command = async (work, { id, body }) => {
  if (!entitlementReach(work.caller, 'managePackages').all) refuse('forbidden', { reason: 'Only administrators of the whole tenant change how much is taken without asking.' });
  const rule = await lockRule(work.tx, id, work.now) ?? refuse('notFound', { value: id });
  const [percent, minimum] = [numberAt(body, 'removalBrakePercent'), numberAt(body, 'removalBrakeMinimum')];
  if (percent !== undefined && (percent < 0 || percent > 100)) refuse('invalidValue', { field: 'removalBrakePercent', reason: 'it is a share in percent, from 0 to 100' });
  if (minimum !== undefined && minimum < 1) refuse('invalidValue', { field: 'removalBrakeMinimum', reason: 'it counts assignments, from 1' });
  await updateBrake(work.tx, id, { percent, minimum });
  await recordAudit(work.tx, work, {
    activity: 'Update automatic assignment rule', category: 'EntitlementManagement', operation: 'Update',
    targets: [{
      id, type: 'AccessPackageAssignmentPolicy', displayName: rule.policyName,
      before: { removalBrakePercent: rule.brake.percent, removalBrakeMinimum: rule.brake.minimum },
      after: { removalBrakePercent: percent ?? rule.brake.percent, removalBrakeMinimum: minimum ?? rule.brake.minimum },
    }],
  });
  return { answer: 'entity', id };
};
