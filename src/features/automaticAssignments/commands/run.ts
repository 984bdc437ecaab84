/** Finding out what follows from rules: who matches, who is to be given something, who leaves, and whether an administrator is asked first. */
import type { AuditEvent } from '../../audit/model.ts';
import { recordAudit } from '../../audit/store.ts';
import { step } from '../../../kernel/machine.ts';
import { newId } from '../../../platform/ids.ts';
import type { MembershipRule } from '../../membershipRules/model.ts';
import { parseMembershipRule } from '../../membershipRules/rules/parse.ts';
import { lockRules, refreshMembers } from '../../membershipRules/store/members.ts';
import type { RequestWork } from '../../requests/store/writing.ts';
import { runLife } from '../machine.ts';
import { brakeWindowMs, fullRunMs, type RunState } from '../model.ts';
import { decideRemovals, endOfGrace, whyHeld } from '../rules.ts';
import { beginLeaving, countAssigned, deleteRule, finishRun, keepReturned, listLeaving, lockRule, type RunningRule } from '../store/leaving.ts';
import { markDue, takeChanges, wakeRules } from '../store/members.ts';
import { insertRun, moveRun, replaceRemovals } from '../store/runs.ts';

/** A rule that was accepted when its policy was saved; one that no longer reads is nobody's. */
function read(text: string | null): MembershipRule {
  const rule = parseMembershipRule(text ?? '');
  return rule.ok ? rule.value : { about: 'users', kinds: ['user'], where: { is: 'some', of: [] } };
}

/** Identities have changed: which rules they match now, and what is to be looked at for that. */
export async function applyChanges(work: RequestWork, objectIds: readonly string[]): Promise<void> {
  const { tx, now } = work;
  await takeChanges(tx, objectIds);
  const moved: string[] = [];
  for (const { policyId, membershipRule, requests, removes } of await lockRules(tx)) {
    const count = await refreshMembers(tx, { policyId, rule: read(membershipRule), objectIds }, now);
    if (requests) await markDue(tx, { policyId, memberIds: objectIds, isRetry: true }, now);
    if (count > 0 && removes) moved.push(policyId);
  }
  if (moved.length > 0) await wakeRules(tx, moved, now);
}

/** One run of a policy's rule. Harmless when repeated, and when several run it at once: they take turns. */
export async function runRule(work: RequestWork, policyId: string): Promise<void> {
  const { tx, now } = work;
  const rule = await lockRule(tx, policyId, now);
  if (rule?.isDue !== true) return;
  if (rule.membershipRule === null) return await putAway(work, rule);
  if (rule.isFull) {
    await refreshMembers(tx, { policyId, rule: read(rule.membershipRule) }, now);
    await markDue(tx, { policyId, isRetry: false }, now);
  }
  await keepReturned(tx, policyId, !rule.removes);
  if (rule.removes) await weigh(work, rule);
  else if (rule.heldRunId !== null) await lapse(work, rule.heldRunId);
  await finishRun(tx, policyId, { now, fullRunAt: rule.isFull ? new Date(now.getTime() + fullRunMs) : undefined });
}

/** The policy has no rule any more: what it gave stays. */
async function putAway(work: RequestWork, { policyId, heldRunId }: RunningRule): Promise<void> {
  await keepReturned(work.tx, policyId, true);
  if (heldRunId !== null) await lapse(work, heldRunId);
  await deleteRule(work.tx, policyId);
}

async function weigh(work: RequestWork, rule: RunningRule): Promise<void> {
  const { tx, now } = work;
  const leaving = await listLeaving(tx, rule.policyId);
  if (leaving.length === 0 && rule.heldRunId === null) return;
  const counted = await countAssigned(tx, rule.policyId, new Date(now.getTime() - brakeWindowMs));
  const decision = decideRemovals({ leaving: leaving.length, ...counted, brake: rule.brake, isHeld: rule.heldRunId !== null });
  if (decision === 'take') await leave(work, { ...rule, ids: leaving, runId: null });
  if (decision === 'lapse' && rule.heldRunId !== null) await lapse(work, rule.heldRunId);
  if (decision === 'hold') await replaceRemovals(tx, rule.heldRunId ?? await hold(work, rule, { ...counted, leaving: leaving.length }), leaving);
}

/** Assignments that leave now. */
export interface Leaving extends Pick<RunningRule, 'policyId' | 'policyName' | 'gracePeriod'> {
  readonly ids: readonly string[];
  /** The held run by which an administrator has confirmed it. */
  readonly runId: string | null;
}

/** So many assignments in one event of the trail. */
const eventSize = 200;

/** Those who no longer match leave: at once, or after the time of grace. */
export async function leave(work: RequestWork, { ids, runId, policyId, policyName, gracePeriod }: Leaving): Promise<void> {
  const endsAt = endOfGrace(work.now, gracePeriod);
  await beginLeaving(work.tx, ids, { now: work.now, endsAt, runId });
  if (endsAt <= work.now) return;
  for (let from = 0; from < ids.length; from += eventSize) {
    await recordAudit(work.tx, work, {
      activity: 'Begin grace period of automatic assignments', category: 'EntitlementManagement', operation: 'Update', why: 'Their targets no longer match the rule.',
      targets: [
        { id: policyId, type: 'AccessPackageAssignmentPolicy', displayName: policyName },
        ...ids.slice(from, from + eventSize).map((id) => ({ id, type: 'AccessPackageAssignment', after: { endDateTime: endsAt.toISOString() } })),
      ],
    });
  }
}

async function hold(work: RequestWork, rule: RunningRule, { assigned, takenLately, leaving }: { readonly assigned: number; readonly takenLately: number; readonly leaving: number }): Promise<string> {
  const id = newId();
  await insertRun(work.tx, { id, policyId: rule.policyId, accessPackageId: rule.accessPackageId, state: runLife.initial, assigned, at: work.now });
  await recordAudit(work.tx, work, {
    ...runEvent(id, rule), activity: 'Hold automatic assignment run', operation: 'Add',
    why: whyHeld({ assigned, takenLately, leaving, brake: rule.brake }),
  });
  return id;
}

/** What the trail says of a held run. */
export const runEvent = (id: string, rule: Pick<RunningRule, 'policyId' | 'policyName' | 'accessPackageId'>): Pick<AuditEvent, 'category' | 'targets'> => ({
  category: 'EntitlementManagement',
  targets: [{ id, type: 'AutomaticAssignmentRun' }, { id: rule.policyId, type: 'AccessPackageAssignmentPolicy', displayName: rule.policyName }, { id: rule.accessPackageId, type: 'AccessPackage' }],
});

/** Nobody is left whom a held run would take from. */
async function lapse(work: RequestWork, runId: string): Promise<void> {
  const held: RunState = runLife.initial;
  const next = step(runLife, { state: held, event: 'lapse' }, undefined);
  if (!next.moved || !await moveRun(work.tx, runId, { from: held, to: next.to, at: work.now, by: null })) return;
  await recordAudit(work.tx, work, { activity: 'Lapse automatic assignment run', category: 'EntitlementManagement', operation: 'Update', why: 'Nothing is left that it would take.', targets: [{ id: runId, type: 'AutomaticAssignmentRun' }] });
}
