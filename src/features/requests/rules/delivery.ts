/** What of a package can be given to an identity now. */
import type { PrincipalKind } from '../../../kernel/caller.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { canHold } from '../../grants/rules/holding.ts';
import type { PackageRole } from '../model.ts';

/** Roles that will be given, and why the others will not. A package without roles is delivered whole. */
export interface DeliveryPlan {
  readonly given: readonly PackageRole[];
  readonly failures: readonly Reason[];
  readonly outcome: 'all' | 'some' | 'none';
}

/** Why an identity of this kind cannot hold a role of the package, or undefined. */
export function whyNotHeld(kind: PrincipalKind, role: PackageRole): Reason | undefined {
  return canHold(kind, {
    grantKind: role.kind,
    ...(role.allowedMemberTypes === null ? {} : { allowedMemberTypes: role.allowedMemberTypes }),
    isRoleAssignableGroup: role.isRoleAssignableGroup,
    isApiPermission: role.isApiPermission,
    ...(role.ownValue === null ? {} : { ownApiPermission: { value: role.ownValue, kind: role.kind === 'delegated' ? 'scope' : 'role' } }),
  });
}

/** Sorts the roles of a package into what can be delivered and what cannot. */
export function planDelivery(roles: readonly PackageRole[], kind: PrincipalKind): DeliveryPlan {
  const judged = roles.map((role) => ({ role, reason: whyNotDelivered(kind, role) }));
  const given = judged.filter(({ reason }) => reason === undefined).map(({ role }) => role);
  const failures = judged.flatMap(({ reason }) => reason ?? []);
  return { given, failures, outcome: failures.length === 0 ? 'all' : given.length > 0 ? 'some' : 'none' };
}

function whyNotDelivered(kind: PrincipalKind, role: PackageRole): Reason | undefined {
  if (role.isDeliverable) return whyNotHeld(kind, role);
  return {
    code: 'resourceGone', target: role.resourceId,
    message: `'${role.displayName ?? role.resourceId}' cannot be given: its group, service principal or permission no longer exists. Restore it or take the role out of the package, then reprocess the request.`,
  };
}
