/** Who may see and change connected organizations, who may answer for one, and when one may go. Pure. */
import type { Caller } from '../../../kernel/caller.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { directoryRole } from '../../roles/model.ts';
import { entitlementReach, hasDirectoryRole, hasPermission, hasReach } from '../../roles/rules.ts';
import type { SponsorKind } from '../model.ts';

/** Who sees organizations: whoever reads the whole of entitlement management, or a catalog, whose policies may name them, or writes policies. */
export function seesOrganizations(caller: Caller): boolean {
  const reach = entitlementReach(caller, 'readCatalog');
  return reach.all || reach.catalogIds.length > 0 || hasReach(entitlementReach(caller, 'managePackages'));
}

/** Who sees the settings of the tenant: whoever reads the whole of entitlement management. */
export const seesSettings = (caller: Caller): boolean => entitlementReach(caller, 'readCatalog').all;

/** Who governs what belongs to no catalog: organizations, settings, the lifecycle of subjects. A role in catalogs is not enough. */
export const governsTenant = (caller: Caller): boolean => hasPermission(caller, 'EntitlementManagement.ReadWrite.All')
  && (!caller.isDelegated || hasDirectoryRole(caller, directoryRole.globalAdministrator, directoryRole.identityGovernanceAdministrator));

/** What a caller without that right is told. */
export const governingNeeds = 'This takes the permission EntitlementManagement.ReadWrite.All, and for a person also the directory role Global or Identity Governance Administrator.';

/** A directory object that is to answer for an organization. */
export interface SponsorCandidate {
  readonly id: string;
  /** Its directory type, such as `user` or `group`. */
  readonly type: string;
  readonly isGuest: boolean;
  /** The organization that it comes from, if it is a guest. */
  readonly organizationId: string | null;
}

/** Why somebody cannot sponsor an organization; empty when they can. Groups stand for their members, judged one by one when they are asked. */
export function sponsorReasons(candidate: SponsorCandidate, kind: SponsorKind, organizationId: string): readonly Reason[] {
  const target = '@odata.id';
  if (candidate.type !== 'user' && candidate.type !== 'group') {
    return [{ code: 'sponsorIsNoPerson', target, message: `A sponsor is a person or a group; '${candidate.id}' is of type ${candidate.type}. Name a user or a group.` }];
  }
  if (!candidate.isGuest) return [];
  if (kind === 'internal') return [{ code: 'internalSponsorIsGuest', target, message: 'An internal sponsor is a member of this directory, and this user is a guest. Make it an external sponsor of its own organization.' }];
  if (candidate.organizationId === organizationId) return [];
  return [{ code: 'sponsorOfOtherOrganization', target, message: 'This guest does not belong to the organization. Name a guest of the organization, or add the identity source that it comes from.' }];
}

/** What would dangle if an organization went. Names for people. */
export interface OrganizationUse {
  readonly policies: readonly string[];
  readonly subjects: readonly string[];
}

/** Why an organization cannot be deleted; empty when it can. */
export function removalReasons({ policies, subjects }: OrganizationUse): readonly Reason[] {
  return [
    ...(policies.length === 0 ? [] : [{ code: 'namedByPolicies', message: `Policies name the organization: ${some(policies)}. Take it out of them first.` }]),
    ...(subjects.length === 0 ? [] : [{ code: 'hasSubjects', message: `People of the organization have access or are governed: ${some(subjects)}. End that first.` }]),
  ];
}

const mostNames = 5;
const some = (names: readonly string[]): string => names.slice(0, mostNames).map((name) => `'${name}'`).join(', ') + (names.length > mostNames ? ' and others' : '');
