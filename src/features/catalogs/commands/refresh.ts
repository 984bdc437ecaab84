/** Reading a resource anew from where it comes. */
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { isPrivilegedOrigin } from '../rules.ts';
import { findOriginNow, findResource, lockResource, updateResource } from '../store.ts';
import { lockForResource } from './reach.ts';
import { auditResource } from './trail.ts';

/** refresh: name and description become those of the origin. Roles and scopes are read from it at every look, and data that is uploaded has no origin to ask. */
export async function refreshResource(work: GraphWork, { id }: Input): Promise<Outcome> {
  const { catalogId, originSystem, originId, ...found } = await findResource(work.tx, { id }) ?? refuse('notFound', { value: id });
  const catalog = await lockForResource(work, { need: 'manageResource', catalogId, resourceId: found.id, subject: id }, isPrivilegedOrigin(originSystem) ? originId : undefined);
  const seen = await lockResource(work.tx, catalogId, { id }) ?? refuse('notFound', { value: id });
  if (seen.directoryObjectId === null) return { answer: 'done' };
  const now = await findOriginNow(work.tx, seen.directoryObjectId)
    ?? refuse('conflict', { reason: `What is behind '${seen.displayName}' is deleted. Restore it, or remove the resource from the catalog.` });
  if (now.displayName === seen.displayName && now.description === seen.description) return { answer: 'done' };
  const after = { ...seen, ...now };
  await updateResource(work.tx, after, work.now);
  await auditResource(work, { activity: 'Refresh resource of catalog', operation: 'Update', catalog, before: seen, after });
  return { answer: 'done' };
}
