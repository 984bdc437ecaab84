/** Deleting workloads, softly, and bringing them back (Graph: directory deletedItems). */
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork } from '../../../platform/graph/model.ts';
import { ownApiAppId } from '../../roles/model.ts';
import { deleteRoleAssignmentsOf } from '../../roles/store.ts';
import { isApplicationType, type Workload } from '../model/workload.ts';
import { canChangeWorkload } from '../rules/workload-rights.ts';
import { findApplication, listDependents, lockWorkload, setDeletedAt } from '../store/workloads.ts';
import { writing } from './settle.ts';
import { auditWorkload, changeableWorkload } from './workload-access.ts';

/** What later features do when identities go: end their access, in the same transaction. */
export interface AccessEnding {
  endAccess(work: GraphWork, principalIds: readonly string[]): Promise<void>;
}

/**
 * Deletes a workload with what cannot live without it: an application with its service principal, a blueprint or its
 * principal with the agents of the blueprint. Their access ends in the same transaction.
 */
export const removeWorkload = (hooks: AccessEnding): Command => async (work, input) => {
  const workload = await changeableWorkload(work, input.id, 'delete');
  if (workload.appId === ownApiAppId) refuse('ruleBroken', { reason: "This is the server's own API and cannot be deleted." });
  const ids = await listDependents(work.tx, workload, null);
  await hooks.endAccess(work, ids);
  await deleteRoleAssignmentsOf(work.tx, ids);
  await setDeletedAt(work.tx, ids, work.now);
  await auditWorkload(work, { activity: `Delete ${wordFor(workload)}`, operation: 'Delete', workload, before: { deletedObjects: [] }, after: { deletedObjects: ids } });
  return { answer: 'done' };
};

/** Brings a deleted workload back, with what was deleted together with it. Access that ended stays ended. */
export const restoreWorkload: Command = async (work, input) => {
  const workload = await lockWorkload(work.tx, input.id, work.caller.principalId);
  if (workload === undefined || workload.deletedAt === null) return refuse('notFound', { value: input.id });
  if (!canChangeWorkload(work.caller, 'delete', workload)) refuse('notFound', { value: input.id });
  await requireBasis(work, workload);
  const ids = await listDependents(work.tx, workload, workload.deletedAt);
  await writing(setDeletedAt(work.tx, ids, null), { directory_principal_app_id_once: 'appId', directory_unique_name_once: 'uniqueName' });
  await auditWorkload(work, { activity: `Restore ${wordFor(workload)}`, operation: 'Update', workload, before: { restoredObjects: [] }, after: { restoredObjects: ids } });
  return { answer: 'entity', id: input.id };
};

/** A service principal cannot come back without its application, nor an agent without its blueprint. */
async function requireBasis(work: GraphWork, workload: Workload): Promise<void> {
  if (isApplicationType(workload.type)) return;
  const appId = workload.blueprintAppId ?? workload.appId;
  const application = await findApplication(work.tx, appId, work.caller.principalId);
  const isComplete = application !== undefined && (workload.type !== 'agentIdentity' || application.principalType !== null);
  if (!isComplete) refuse('conflict', { reason: `What it belongs to is deleted: the ${workload.type === 'agentIdentity' ? 'blueprint, or the principal of the blueprint,' : 'application'} with appId ${appId}. Restore that first.` });
}

const wordFor = (workload: Workload): string => (isApplicationType(workload.type) ? 'application' : 'service principal');
