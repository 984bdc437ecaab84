/** The right to a catalog, as every command of catalogs, packages and policies asks for it. */
import type { Caller } from '../../../kernel/caller.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork } from '../../../platform/graph/model.ts';
import type { EntitlementNeed, Place } from '../../roles/rules.ts';
import type { Catalog, PrivilegeLevel } from '../model.ts';
import { decideReach, mayGovernOwnApi, refusePrivileged } from '../rules.ts';
import { holdPrivilegeLevel, lockCatalog, ownsApi, type Stamp } from '../store.ts';

/** What {@link demandReach} asks about. `subject` is the id that the caller named: what "not found" quotes. */
export interface ReachDemand extends Place {
  readonly need: EntitlementNeed;
  readonly subject: string;
}

const rolesWords: Readonly<Record<EntitlementNeed, string>> = {
  createCatalog: 'Catalog creator', readCatalog: 'Catalog reader', manageCatalog: 'Catalog owner', manageResource: 'Catalog owner of the catalog or of the resource',
  giveResource: 'Catalog owner or Access package manager of the resource', managePackages: 'Catalog owner or Access package manager',
  readAssignments: 'Catalog reader', manageAssignments: 'Access package assignment manager',
};

/** Ends the work unless the caller reaches the place: `notFound` for whoever cannot see it, `forbidden` for whoever can. */
export function demandReach(work: GraphWork, { need, subject, ...place }: ReachDemand): void {
  const reach = decideReach(work.caller, need, place);
  if (reach === 'unknown') refuse('notFound', { value: subject });
  if (reach === 'forbidden') refuse('forbidden', { reason: neededFor(need) });
}

/**
 * Ends the work unless the caller reaches the place and, when its catalog is privileged, is one of the few who may change it
 * (decision 0005). How privileged it is stays so until the transaction ends, and is answered; undefined: no such catalog.
 */
export async function demandChange(work: GraphWork, demand: ReachDemand): Promise<PrivilegeLevel | undefined> {
  demandReach(work, demand);
  const level = await holdPrivilegeLevel(work.tx, demand.catalogId);
  if (level === 'privileged') demandPrivilege(work);
  return level;
}

/** As {@link demandChange}, with the catalog itself, locked; undefined when there is no such catalog. */
export async function lockForChange(work: GraphWork, demand: ReachDemand): Promise<Catalog | undefined> {
  demandReach(work, demand);
  const catalog = await lockCatalog(work.tx, demand.catalogId);
  if (catalog?.privilegeLevel === 'privileged') demandPrivilege(work);
  return catalog;
}

/** As {@link lockForChange}, for a change that concerns one resource: when it is the caller's own API, whoever else changes the catalog does not matter (decision 0012). `apiId`: its appId. */
export async function lockForResource(work: GraphWork, demand: ReachDemand, apiId: string | undefined): Promise<Catalog> {
  demandReach(work, demand);
  const catalog = await lockCatalog(work.tx, demand.catalogId) ?? refuse('notFound', { value: demand.subject });
  if (catalog.privilegeLevel === 'privileged') await demandPrivilegeOver(work, apiId);
  return catalog;
}

/** The catalog, locked, once the caller may change it and its resources. */
export const lockManagedCatalog = async (work: GraphWork, catalogId: string): Promise<Catalog> =>
  await lockForChange(work, { need: 'manageCatalog', catalogId, subject: catalogId }) ?? refuse('notFound', { value: catalogId });

/** Ends the work unless the caller may change privileged catalogs. */
export function demandPrivilege(work: GraphWork): void {
  const no = refusePrivileged(work.caller);
  if (no !== undefined) refuse('forbidden', { field: 'privilegeLevel', reason: no.message }, [no]);
}

/** Ends the work unless the caller may change privileged catalogs, or the change concerns an API of its own alone (decision 0012). Whether other APIs exist is not told. */
export async function demandPrivilegeOver(work: GraphWork, apiId: string | undefined): Promise<void> {
  if (apiId !== undefined && mayGovernOwnApi(work.caller, apiId) && await ownsApi(work.tx, apiId, work.caller)) return;
  demandPrivilege(work);
}

/** Which right is missing, in a sentence. */
export const neededFor = (need: EntitlementNeed): string =>
  `This takes the permission EntitlementManagement.ReadWrite.All with the directory role Global or Identity Governance Administrator, or the entitlement-management role ${rolesWords[need]}.`;

/** Who wrote when, for a row. */
export const stampOf = (work: GraphWork): Stamp => ({ now: work.now, by: nameOf(work.caller) });

const nameOf = (caller: Caller): string => caller.userPrincipalName ?? caller.displayName;
