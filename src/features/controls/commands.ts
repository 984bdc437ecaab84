/** Changing control configurations. */
import { refuse } from '../../kernel/problem.ts';
import { sentences } from '../../kernel/decision.ts';
import type { Command } from '../../platform/graph/model.ts';
import { recordAudit } from '../audit/store.ts';
import { stampOf } from '../catalogs/commands/reach.ts';
import { entitlementReach } from '../roles/rules.ts';
import { controlTypeOf } from './model.ts';
import { decideControl } from './rules.ts';
import { lockControl, updateControl } from './store.ts';

/** PUT controlConfigurations/{id}: whoever manages all of entitlement management. */
export const replaceControl: Command = async (work, { id, body }) => {
  if (!entitlementReach(work.caller, 'manageCatalog').all) {
    refuse('forbidden', { reason: 'Control configurations take EntitlementManagement.ReadWrite.All, and for a person also the role Global Administrator or Identity Governance Administrator.' });
  }
  const type = controlTypeOf(id) ?? refuse('notFound', { value: id });
  const decision = decideControl(type, body);
  if (!decision.ok) return refuse('ruleBroken', { field: decision.reasons[0].target ?? 'isEnabled', reason: sentences(decision.reasons) }, decision.reasons);
  const before = await lockControl(work.tx, id) ?? refuse('notFound', { value: id });
  const { type: _, ...after } = decision.value;
  await updateControl(work.tx, decision.value, stampOf(work));
  await recordAudit(work.tx, work, {
    activity: 'Update control configuration', category: 'EntitlementManagement', operation: 'Update', targets: [{ id: controlObjectId, type: 'ControlConfiguration', displayName: type, before, after: { ...after } }],
  });
  return { answer: 'entity', id };
};

/** Audit events name what they touch by a GUID, and configurations have words for ids: all of them go by this one. */
const controlObjectId = 'c0a7f1e2-5d3b-4f7e-9a64-26c0de000026';
