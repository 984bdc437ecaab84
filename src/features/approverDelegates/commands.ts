/** Naming a substitute, and taking one away. */
import { sentences } from '../../kernel/decision.ts';
import { refuse } from '../../kernel/problem.ts';
import { endText } from '../../kernel/schedule.ts';
import type { Command, GraphWork } from '../../platform/graph/model.ts';
import { recordAudit } from '../audit/store.ts';
import { decideDelegation, delegationReach, namedDelegate } from './rules.ts';
import { deleteDelegation, holdDelegate, lockDelegation, writeDelegation } from './store.ts';

/** PUT users/{id}/identityGovernance/approverDelegate: the person itself, or an administrator of entitlement management. */
export const setDelegate: Command = async (work, { id, body }) => {
  demandReach(work, id);
  const named = namedDelegate(body);
  const decision = decideDelegation(body, { principalId: id, found: named === undefined ? undefined : await holdDelegate(work.tx, named.id) }, work.now);
  if (!decision.ok) return refuse('ruleBroken', { field: decision.reasons[0].target ?? 'delegate', reason: sentences(decision.reasons) }, decision.reasons);
  const { kind, delegateId, startsAt, endsAt } = decision.value;
  const before = await lockDelegation(work.tx, id);
  await writeDelegation(work.tx, id, { delegation: decision.value, now: work.now });
  await audit(work, id, { ...(before === undefined ? {} : { before }), after: { kind, delegateId, startsAt: startsAt.toISOString(), endsAt: endText(endsAt) } });
  return { answer: 'entity', id };
};

/** DELETE: nobody stands in for the person any more. Beyond Graph, where an end that has passed says the same. Harmless when repeated. */
export const removeDelegate: Command = async (work, { id }) => {
  demandReach(work, id);
  const before = await lockDelegation(work.tx, id);
  if (before === undefined) return { answer: 'done' };
  await deleteDelegation(work.tx, id);
  await audit(work, id, { before });
  return { answer: 'done' };
};

function demandReach({ caller }: GraphWork, id: string): void {
  const reach = delegationReach(caller, 'write');
  if (reach === 'all' || (reach === 'own' && caller.principalId === id)) return;
  refuse('forbidden', { reason: 'People name their own substitute with EntitlementManagement.ReadWrite.All or EntitlementMgmt-SubjectAccess.ReadWrite; that of others is for Global and Identity Governance Administrators. Applications and agents name nobody.' });
}

async function audit(work: GraphWork, principalId: string, values: { readonly before?: Readonly<Record<string, unknown>>; readonly after?: Readonly<Record<string, unknown>> }): Promise<void> {
  const delegateIds = [values.before, values.after].flatMap((value) => (typeof value?.['delegateId'] === 'string' ? [value['delegateId']] : []));
  await recordAudit(work.tx, work, {
    activity: values.after === undefined ? 'Remove approver delegate' : 'Set approver delegate', category: 'EntitlementManagement', operation: values.after === undefined ? 'Delete' : 'Update',
    targets: [{ id: principalId, type: 'User', ...values }, ...[...new Set(delegateIds)].map((id) => ({ id, type: 'Subject' }))],
  });
}
