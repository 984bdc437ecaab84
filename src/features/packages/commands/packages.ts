/** Making, changing, moving and removing packages. */
import { flagAt, type JsonRecord, textAt } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import { uniqueViolation } from '../../../platform/db/transaction.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit } from '../../audit/store.ts';
import { nameSome } from '../../catalogs/commands/catalogs.ts';
import { demandChange, demandReach, lockForChange, stampOf } from '../../catalogs/commands/reach.ts';
import type { PrivilegeLevel } from '../../catalogs/model.ts';
import { holdPrivilegeLevel } from '../../catalogs/store.ts';
import { listExtensionsOfPackage } from '../../extensions/store/extensions.ts';
import { maySee, reachesCatalog } from '../../roles/rules.ts';
import type { AccessPackage } from '../model.ts';
import { countUse, deletePackage, insertPackage, lockPackage, updatePackage } from '../store/packages.ts';
import { listResourcesMissingIn, moveRoles } from '../store/roles.ts';

/** The package, locked, once the caller may manage it: in a privileged catalog few may. Not found for whoever cannot see it. */
export async function lockManagedPackage(work: GraphWork, id: string): Promise<AccessPackage> {
  const found = await lockPackage(work.tx, id) ?? refuse('notFound', { value: id });
  await demandChange(work, { need: 'managePackages', catalogId: found.catalogId, accessPackageId: found.id, subject: id });
  return found;
}

/** As {@link lockManagedPackage}, for a change of one policy: once the caller manages the package or, where `takes` says so, just that policy. Not found for whoever sees the package and not the policy. */
export async function lockPackageOfPolicy(work: GraphWork, policy: { readonly id: string; readonly accessPackageId: string }, takes: 'package' | 'policy'): Promise<AccessPackage> {
  const found = await lockPackage(work.tx, policy.accessPackageId) ?? refuse('notFound', { value: policy.id });
  const place = { catalogId: found.catalogId, accessPackageId: found.id };
  const ofPolicy = { ...place, policyId: policy.id };
  if (!maySee(work.caller, ofPolicy)) refuse('notFound', { value: policy.id });
  await demandChange(work, { need: 'managePackages', ...(takes === 'policy' ? ofPolicy : place), subject: policy.id });
  return found;
}

/** As {@link lockManagedPackage}, for a change of one role: whether the catalog's being privileged is in the way, the role says (decision 0012). */
export async function lockPackageForRole(work: GraphWork, id: string): Promise<AccessPackage & { readonly privilegeLevel: PrivilegeLevel | undefined }> {
  const found = await lockPackage(work.tx, id) ?? refuse('notFound', { value: id });
  demandReach(work, { need: 'managePackages', catalogId: found.catalogId, accessPackageId: found.id, subject: id });
  return { ...found, privilegeLevel: await holdPrivilegeLevel(work.tx, found.catalogId) };
}

/** As {@link lockManagedPackage}, for what its catalog decides and not whoever manages the package alone: that it is there. */
async function lockPackageOfCatalog(work: GraphWork, id: string): Promise<AccessPackage> {
  const found = await lockManagedPackage(work, id);
  if (!reachesCatalog(work.caller, 'managePackages', found.catalogId)) {
    refuse('forbidden', { reason: 'Moving or deleting an access package takes the role Catalog owner or Access package manager on its catalog: a role on the package alone is not enough.' });
  }
  return found;
}

/** POST accessPackages. */
export async function createPackage(work: GraphWork, { body }: Input): Promise<Outcome> {
  const catalogId = textAt(body, 'catalog') ?? refuse('missingProperty', { field: 'catalog', mend: 'Name the catalog: "catalog": {"id": "…"} (beta: "catalogId").' });
  if (await lockForChange(work, { need: 'managePackages', catalogId, subject: catalogId }) === undefined) refuse('danglingReference', { field: 'catalog', value: catalogId });
  const made = withBody({ id: newId(), catalogId, displayName: '', description: null, isHidden: false, isRoleScopesVisible: true, uniqueName: null }, body);
  await refusingTakenName(insertPackage(work.tx, made, stampOf(work)));
  await audit(work, { activity: 'Create access package', operation: 'Add', accessPackage: made, after: shown(made) });
  return { answer: 'created', id: made.id };
}

/** PATCH accessPackages/{id}. Another catalog is a move, not a change. */
export async function changePackage(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  const before = await lockManagedPackage(work, id);
  const catalogId = textAt(body, 'catalog');
  if (catalogId !== undefined && catalogId.toLowerCase() !== before.catalogId) {
    refuse('ruleBroken', { field: 'catalog', reason: 'The catalog of an access package does not change by an update. Use the action moveToCatalog.' });
  }
  const after = withBody(before, body);
  await refusingTakenName(updatePackage(work.tx, after, stampOf(work)));
  await audit(work, { activity: 'Update access package', operation: 'Update', accessPackage: after, before: shown(before), after: shown(after) });
  return { answer: 'entity', id };
}

/** DELETE accessPackages/{id}: not while somebody holds it or waits for it. Its history goes; the audit trail stays. */
export async function removePackage(work: GraphWork, { id }: Input): Promise<Outcome> {
  const accessPackage = await lockPackageOfCatalog(work, id);
  const { liveAssignments, openRequests } = await countUse(work.tx, 'access_package_id', id);
  const reasons = [
    ...(liveAssignments === 0 ? [] : [{ code: 'hasAssignments', message: `The access package has ${liveAssignments} assignments that are not over. Remove them first.` }]),
    ...(openRequests === 0 ? [] : [{ code: 'hasOpenRequests', message: `The access package has ${openRequests} requests that are not decided. Decide or cancel them first.` }]),
  ];
  if (reasons.length > 0) refuse('conflict', { reason: reasons.map((reason) => reason.message).join(' ') }, reasons);
  const gone = await deletePackage(work.tx, id);
  await audit(work, {
    activity: 'Delete access package', operation: 'Delete', accessPackage, before: shown(accessPackage),
    additional: { deletedRequests: String(gone.requests), deletedAssignments: String(gone.assignments), deletedPolicies: String(gone.policies) },
  });
  return { answer: 'done' };
}

/** moveToCatalog: the target has every resource that the package uses, and the caller manages both. */
export async function moveToCatalog(work: GraphWork, { id, arguments: given, body }: Input): Promise<Outcome> {
  const accessPackage = await lockPackageOfCatalog(work, id);
  const catalogId = textAt(given, 'catalogId') ?? textAt(body, 'catalogId') ?? refuse('missingProperty', { field: 'catalogId', mend: 'Name the catalog to move to.' });
  if (await lockForChange(work, { need: 'managePackages', catalogId, subject: catalogId }) === undefined) refuse('danglingReference', { field: 'catalogId', value: catalogId });
  const missing = await listResourcesMissingIn(work.tx, id, catalogId);
  if (missing.length > 0) {
    refuse('ruleBroken', { field: 'catalogId', reason: `The target catalog lacks resources that the access package uses: ${nameSome(missing)}. Add them to it first.` });
  }
  const extensions = await listExtensionsOfPackage(work.tx, id);
  if (extensions.length > 0 && catalogId !== accessPackage.catalogId) {
    refuse('ruleBroken', { field: 'catalogId', reason: `Policies of the access package call custom extensions of its catalog: ${nameSome(extensions)}. Take them out of the policies first.` });
  }
  await moveRoles(work.tx, id, catalogId);
  const moved = { ...accessPackage, catalogId };
  await updatePackage(work.tx, moved, stampOf(work));
  await audit(work, { activity: 'Move access package to catalog', operation: 'Update', accessPackage: moved, before: shown(accessPackage), after: shown(moved) });
  return { answer: 'done' };
}

const withBody = (row: AccessPackage, body: JsonRecord): AccessPackage => ({
  ...row,
  displayName: textAt(body, 'displayName') ?? row.displayName,
  description: 'description' in body ? textAt(body, 'description') ?? null : row.description,
  isHidden: flagAt(body, 'isHidden', row.isHidden),
  isRoleScopesVisible: flagAt(body, 'isRoleScopesVisible', row.isRoleScopesVisible),
  uniqueName: 'uniqueName' in body ? textAt(body, 'uniqueName') ?? null : row.uniqueName,
});

async function refusingTakenName(write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (uniqueViolation(error) === 'access_packages_unique_name_key') refuse('alreadyExists', { field: 'uniqueName' });
    throw error;
  }
}

const shown = ({ id: _, ...row }: AccessPackage): Readonly<Record<string, unknown>> => row;

interface PackageChange {
  readonly activity: string;
  readonly operation: 'Add' | 'Update' | 'Delete';
  readonly accessPackage: AccessPackage;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly additional?: Readonly<Record<string, string>>;
}

/** Records a change of a package. */
export async function audit(work: GraphWork, { activity, operation, accessPackage, additional = {}, ...values }: PackageChange): Promise<void> {
  await recordAudit(work.tx, work, {
    activity, operation, category: 'EntitlementManagement', additional,
    targets: [{ id: accessPackage.id, type: 'AccessPackage', displayName: accessPackage.displayName, ...values }],
  });
}
