/** Putting roles into a package and taking them out. */
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { demandPrivilegeOver } from '../../catalogs/commands/reach.ts';
import { reaches } from '../../roles/rules.ts';
import type { AccessPackage, AskedRole, OfferedRole } from '../model.ts';
import { promisedKinds } from '../../policies/rules/targets.ts';
import { readAskedRole, refuseAutomatic, refuseGiving, refusePromise } from '../rules.ts';
import { listPromises } from '../store/promises.ts';
import { deletePackageRole, findApiOfPackageRole, findOfferedRoles, insertPackageRole, isUploadedResource, ownsRoleObject, usesResource } from '../store/roles.ts';
import { audit, lockPackageForRole } from './packages.ts';

/** Called in the same transaction when the roles of a package have changed: those who hold it get or lose the difference. */
export type PackageRolesChanged = (work: GraphWork, accessPackageId: string) => Promise<void>;

/** POST accessPackages/{id}/resourceRoleScopes. */
export const addRole = (changed: PackageRolesChanged): Command => async (work, input): Promise<Outcome> => {
  const { privilegeLevel, ...accessPackage } = await lockPackageForRole(work, sourceOf(input, 'resourceRoleScopes'));
  const role = await theRole(work, accessPackage, readAskedRole(input.body));
  const isOwner = await ownsRoleObject(work.tx, role, work.caller);
  if (!isOwner && !await isOffered(work, accessPackage, role)) refuseUnknown(accessPackage);
  if (privilegeLevel === 'privileged') await demandPrivilegeOver(work, role.originSystem === 'OAuthApplication' ? role.appId ?? undefined : undefined);
  const notYours = refuseGiving(work.caller, role, isOwner);
  if (notYours !== undefined) refuse('forbidden', { field: 'role', reason: notYours.message }, [notYours]);
  const promises = await listPromises(work.tx, accessPackage.id);
  const automatic = refuseAutomatic(role, promises);
  const reasons = [
    ...promises.flatMap(({ policyName, scope, namedKinds }) => refusePromise(promisedKinds(scope, namedKinds), [role]).map((reason) => ({ ...reason, message: `${reason.message} Policy '${policyName}' promises it.` }))),
    ...(automatic === undefined ? [] : [automatic]),
  ];
  if (reasons.length > 0) refuse('ruleBroken', { field: 'role', reason: reasons.map((reason) => reason.message).join(' ') }, reasons);
  if (!await insertPackageRole(work.tx, accessPackage.id, { role, now: work.now })) {
    refuse('conflict', { field: 'role', reason: `The access package '${accessPackage.displayName}' already has the role '${role.displayName}'.` });
  }
  await audit(work, { activity: 'Add access package resource role', operation: 'Update', accessPackage, before: { role: null }, after: { role: shown(role) } });
  await changed(work, accessPackage.id);
  return { answer: 'created', id: `${role.roleId}_${role.scopeId}` };
};

/** DELETE accessPackages/{id}/resourceRoleScopes/{id}. */
export const removeRole = (changed: PackageRolesChanged): Command => async (work, input): Promise<Outcome> => {
  const { privilegeLevel, ...accessPackage } = await lockPackageForRole(work, sourceOf(input, 'resourceRoleScopes'));
  if (privilegeLevel === 'privileged') await demandPrivilegeOver(work, await findApiOfPackageRole(work.tx, accessPackage.id, input.id));
  const originId = await deletePackageRole(work.tx, accessPackage.id, input.id) ?? refuse('notFound', { value: input.id });
  await audit(work, { activity: 'Remove access package resource role', operation: 'Update', accessPackage, before: { role: originId }, after: { role: null } });
  await changed(work, accessPackage.id);
  return { answer: 'done' };
};

/** Id of the entity from which a navigation was taken. */
export const sourceOf = ({ ancestors, id }: Input, navigation: string): string =>
  (ancestors.findLast((ancestor) => ancestor.navigation === navigation) ?? ancestors.at(-1))?.id ?? id;

/** Whether the caller may take roles of the resource: by a role on its catalog or on it, or because the package gives something of it already. To others it is not there (decision 0011). */
const isOffered = async (work: GraphWork, { id, catalogId }: AccessPackage, { resourceId }: OfferedRole): Promise<boolean> =>
  reaches(work.caller, 'giveResource', { catalogId, resourceId }) || await usesResource(work.tx, id, resourceId);

function refuseUnknown({ displayName }: Pick<AccessPackage, 'displayName'>): never {
  return refuse('ruleBroken', { field: 'role', reason: `The catalog of '${displayName}' offers no such role. Add its resource to the catalog first, and take role and scope from the same resource.` });
}

async function theRole(work: GraphWork, { catalogId, displayName }: AccessPackage, asked: AskedRole): Promise<OfferedRole> {
  if (asked.roleId === undefined && asked.roleOriginId === undefined) {
    refuse('missingProperty', { field: 'role', mend: 'Name the role by its id, or by its originId and originSystem.' });
  }
  for (const [field, id] of [['role/id', asked.roleId], ['role/resource/id', asked.resourceId], ['scope/id', asked.scopeId]] as const) {
    if (id !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) refuse('invalidId', { field, value: id });
  }
  const [role, another] = await findOfferedRoles(work.tx, catalogId, asked);
  if (role === undefined && await isUploadedResource(work.tx, catalogId, asked)) {
    return refuse('ruleBroken', { field: 'role', reason: 'Access data of the resource is uploaded for reviews: nothing can be delivered to it, so no access package gives anything of it. Take a role of another resource.' });
  }
  if (role === undefined) return refuseUnknown({ displayName });
  if (another !== undefined) {
    return refuse('ruleBroken', { field: 'role', reason: `The originId '${asked.roleOriginId ?? ''}' names several roles of the catalog. Send the role's id, or its originSystem.` });
  }
  return role;
}

const shown = (role: OfferedRole): unknown => ({ displayName: role.displayName, originSystem: role.originSystem, originId: role.originId });

