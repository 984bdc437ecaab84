/** The right to a catalog, as every command of catalogs, packages and policies asks for it. */
import type { Caller } from '../../../kernel/caller.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork } from '../../../platform/graph/model.ts';
import type { EntitlementNeed } from '../../roles/rules.ts';
import { decideReach } from '../rules.ts';
import type { Stamp } from '../store.ts';

/** What {@link demandReach} asks about. `subject` is the id that the caller named: what "not found" quotes. */
export interface ReachDemand {
  readonly need: EntitlementNeed;
  readonly catalogId: string;
  readonly subject: string;
}

const rolesWords: Readonly<Record<EntitlementNeed, string>> = {
  createCatalog: 'Catalog creator', readCatalog: 'Catalog reader', manageCatalog: 'Catalog owner', managePackages: 'Catalog owner or Access package manager',
  readAssignments: 'Catalog reader', manageAssignments: 'Access package assignment manager',
};

/** Ends the work unless the caller reaches the catalog: `notFound` for whoever cannot see it, `forbidden` for whoever can. */
export function demandReach(work: GraphWork, { need, catalogId, subject }: ReachDemand): void {
  const reach = decideReach(work.caller, need, catalogId);
  if (reach === 'unknown') refuse('notFound', { value: subject });
  if (reach === 'forbidden') refuse('forbidden', { reason: neededFor(need) });
}

/** Which right is missing, in a sentence. */
export const neededFor = (need: EntitlementNeed): string =>
  `This takes the permission EntitlementManagement.ReadWrite.All with the directory role Global or Identity Governance Administrator, or the entitlement-management role ${rolesWords[need]}.`;

/** Who wrote when, for a row. */
export const stampOf = (work: GraphWork): Stamp => ({ now: work.now, by: nameOf(work.caller) });

const nameOf = (caller: Caller): string => caller.userPrincipalName ?? caller.displayName;
