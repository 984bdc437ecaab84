/** Separation of duties: packages and groups that nobody holds together with a package. */
import { textAt } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { reachesPackage } from '../../roles/rules.ts';
import { deleteIncompatible, findGroupName, findPackage, insertIncompatible } from '../store/packages.ts';
import { audit, lockManagedPackage } from './packages.ts';
import { sourceOf } from './roles.ts';

/** POST incompatibleAccessPackages/$ref. */
export async function addIncompatiblePackage(work: GraphWork, input: Input): Promise<Outcome> {
  const accessPackage = await lockManagedPackage(work, sourceOf(input, 'incompatibleAccessPackages'));
  const otherId = referred(input);
  if (otherId === accessPackage.id) refuse('ruleBroken', { field: '@odata.id', reason: 'An access package cannot be incompatible with itself. Name another one.' });
  const other = await findPackage(work.tx, otherId);
  if (other === undefined || !reachesPackage(work.caller, 'readCatalog', { catalogId: other.catalogId, accessPackageId: other.id })) return refuse('danglingReference', { field: '@odata.id', value: otherId });
  await insertIncompatible(work.tx, 'package', { packageId: accessPackage.id, otherId });
  await audit(work, { activity: 'Add incompatible access package', operation: 'Update', accessPackage, before: { incompatible: null }, after: { incompatible: other.displayName } });
  return { answer: 'done' };
}

/** DELETE incompatibleAccessPackages/{id}/$ref. */
export async function removeIncompatiblePackage(work: GraphWork, input: Input): Promise<Outcome> {
  return await removeIncompatible(work, input, 'package');
}

/** POST incompatibleGroups/$ref. */
export async function addIncompatibleGroup(work: GraphWork, input: Input): Promise<Outcome> {
  const accessPackage = await lockManagedPackage(work, sourceOf(input, 'incompatibleGroups'));
  const otherId = referred(input);
  const name = await findGroupName(work.tx, otherId) ?? refuse('danglingReference', { field: '@odata.id', value: otherId });
  await insertIncompatible(work.tx, 'group', { packageId: accessPackage.id, otherId });
  await audit(work, { activity: 'Add incompatible group', operation: 'Update', accessPackage, before: { incompatible: null }, after: { incompatible: name } });
  return { answer: 'done' };
}

/** DELETE incompatibleGroups/{id}/$ref. */
export async function removeIncompatibleGroup(work: GraphWork, input: Input): Promise<Outcome> {
  return await removeIncompatible(work, input, 'group');
}

async function removeIncompatible(work: GraphWork, input: Input, kind: 'package' | 'group'): Promise<Outcome> {
  const accessPackage = await lockManagedPackage(work, sourceOf(input, kind === 'package' ? 'incompatibleAccessPackages' : 'incompatibleGroups'));
  const otherId = referred(input);
  if (!await deleteIncompatible(work.tx, kind, { packageId: accessPackage.id, otherId })) refuse('notFound', { value: otherId });
  await audit(work, { activity: `Remove incompatible ${kind === 'package' ? 'access package' : 'group'}`, operation: 'Update', accessPackage, before: { incompatible: otherId }, after: { incompatible: null } });
  return { answer: 'done' };
}

const referred = ({ body }: Input): string => textAt(body, 'id') ?? refuse('missingProperty', { field: '@odata.id', mend: 'Send the address of the object to link.' });
