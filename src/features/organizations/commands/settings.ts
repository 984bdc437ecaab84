/** The settings for external users, and whether one subject's account is looked after. */
import { sentences } from '../../../kernel/decision.ts';
import { textAt } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { recordAudit } from '../../audit/store.ts';
import { lifecycleActions, subjectLifecycles, type ExternalUserSettings } from '../model.ts';
import { durationReasons } from '../rules/external-users.ts';
import { loadSettings, updateSettings, writeLifecycle } from '../store/external-users.ts';
import { findSponsorCandidate } from '../store/sponsors.ts';
import { demandGoverning } from './organizations.ts';

/** Trail's id of the settings, of which there is one: the tenant has no other. */
const settingsTarget = '00000000-0000-0000-0000-000000000000';

/** PATCH settings. Guests who are blocked already wait as the new settings say. */
export async function changeSettings(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  demandGoverning(work);
  const before = await loadSettings(work.tx, { hold: true });
  const duration = textAt(body, 'durationUntilExternalUserDeletedAfterBlocked') ?? before.durationUntilExternalUserDeletedAfterBlocked;
  const reasons = durationReasons(duration);
  if (reasons.length > 0) refuse('ruleBroken', { field: 'durationUntilExternalUserDeletedAfterBlocked', reason: sentences(reasons) }, reasons);
  const after: ExternalUserSettings = {
    externalUserLifecycleAction: lifecycleActions.find((action) => action === body['externalUserLifecycleAction']) ?? before.externalUserLifecycleAction,
    durationUntilExternalUserDeletedAfterBlocked: duration,
  };
  await updateSettings(work.tx, after);
  await recordAudit(work.tx, work, {
    activity: 'Update entitlement management settings', category: 'Policy', operation: 'Update',
    targets: [{ id: settingsTarget, type: 'EntitlementManagementSettings', displayName: 'Entitlement management settings', before: { ...before }, after: { ...after } }],
  });
  return { answer: 'entity', id };
}

/** PATCH subjects/{id}: whether entitlement management ends the account with its last access. Only people have such a lifecycle. */
export async function changeSubject(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  demandGoverning(work);
  const wanted = subjectLifecycles.find((lifecycle) => lifecycle === body['subjectLifecycle']);
  if (wanted === undefined) return { answer: 'entity', id };
  const subject = await findSponsorCandidate(work.tx, id) ?? refuse('notFound', { value: id });
  if (subject.type !== 'user' && wanted === 'governed') refuse('ruleBroken', { field: 'subjectLifecycle', reason: `'${subject.displayName ?? id}' is of type ${subject.type}. Only people are governed so: an agent ends with its sponsors, an application by its owners.` });
  const before = await writeLifecycle(work.tx, id, wanted);
  await recordAudit(work.tx, work, {
    activity: 'Update subject lifecycle', category: 'UserManagement', operation: 'Update',
    targets: [{ id, type: subject.type === 'user' ? 'User' : 'ServicePrincipal', displayName: subject.displayName, before: { subjectLifecycle: before ?? null }, after: { subjectLifecycle: wanted } }],
  });
  return { answer: 'entity', id };
}
