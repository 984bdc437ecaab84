/** What may be in a package, and who may put it there. Pure. */
import type { Caller, PrincipalKind } from '../../kernel/caller.ts';
import { isRecord, type JsonRecord, recordAt, textAt } from '../../kernel/json.ts';
import type { Reason } from '../../kernel/problem.ts';
import { mayGovernAnyApi, referenceTo } from '../catalogs/rules.ts';
import { canHold, type HeldRole } from '../grants/rules/holding.ts';
import { directoryRole, ownApiAppId } from '../roles/model.ts';
import { hasDirectoryRole, hasPermission } from '../roles/rules.ts';
import type { AskedRole, OfferedRole } from './model.ts';

/** The role as the rule of holding asks for it. */
export const heldRole = (role: OfferedRole): HeldRole => ({
  grantKind: role.grantKind,
  isRoleAssignableGroup: role.isRoleAssignableGroup,
  isApiPermission: role.originSystem === 'OAuthApplication',
  ...(role.allowedMemberTypes === null ? {} : { allowedMemberTypes: role.allowedMemberTypes }),
  ...(role.appId === ownApiAppId ? { ownApiPermission: { value: role.displayName, kind: role.grantKind === 'delegated' ? 'scope' as const : 'role' as const } } : {}),
});

/** Every reason why some role cannot be held by some kind: a package promises each of its roles to each kind that a policy names. */
export function refusePromise(kinds: readonly PrincipalKind[], roles: readonly OfferedRole[]): readonly Reason[] {
  return roles.flatMap((role) => kinds.flatMap((kind) => {
    const no = canHold(kind, heldRole(role));
    return no === undefined ? [] : [{ ...no, message: `Role '${role.displayName}': ${no.message}`, target: no.target ?? role.displayName }];
  }));
}

/** Why no policy that assigns by itself may give an API permission; undefined for other roles, and without such a policy (decision 0005). A catalog becomes privileged after its policies were made, too. */
export function refuseAutomatic(role: Pick<OfferedRole, 'displayName' | 'originSystem'>, policies: readonly { readonly policyName: string; readonly isAutomatic: boolean }[]): Reason | undefined {
  const automatic = policies.find(({ isAutomatic }) => isAutomatic);
  if (role.originSystem !== 'OAuthApplication' || automatic === undefined) return undefined;
  return { code: 'automaticInPrivilegedCatalog', target: 'role', message: `'${role.displayName}' is an API permission, and policy '${automatic.policyName}' of the access package assigns by itself. Take the policy away, or offer the permission in another access package.` };
}

/**
 * Why the caller may not give this role away, or undefined when it may: nobody delegates more than they have (contract §2.4).
 * What counts is the application behind the role, not the origin by which it came into the catalog.
 */
export function refuseGiving(caller: Caller, role: OfferedRole, isOwner: boolean): Reason | undefined {
  if (role.appId === ownApiAppId) return mayGiveOwnApi(caller) ? undefined : {
    code: 'ownApiNotYours', target: role.displayName,
    message: `'${role.displayName}' is a permission of this server's own API. Only a Global Administrator, or an application with AppRoleAssignment.ReadWrite.All, puts it in a package.`,
  };
  if (role.originSystem !== 'OAuthApplication' || isOwner || mayGovernAnyApi(caller)) return undefined;
  return { code: 'apiNotYours', target: role.displayName, message: `'${role.displayName}' is a permission of an API that you do not own. Own the API's application, or be Global Administrator.` };
}

const mayGiveOwnApi = (caller: Caller): boolean =>
  caller.isDelegated ? hasDirectoryRole(caller, directoryRole.globalAdministrator) : hasPermission(caller, 'AppRoleAssignment.ReadWrite.All');

/** A package of either version: the catalog is a reference, and a catalog that was only sent back is ignored (contract §0). */
export function packageFromBody(body: JsonRecord): JsonRecord {
  const { catalogId, accessPackageCatalog, catalog, ...rest } = body;
  if (catalogId === undefined && accessPackageCatalog === undefined && !isRecord(catalog)) return body;
  const embedded = isRecord(catalog) ? catalog : isRecord(accessPackageCatalog) ? accessPackageCatalog : {};
  return { ...rest, ...referenceTo('catalog', catalogId ?? embedded['id']) };
}

/** A role of a package in either version, as flat members: ids and origins (contract §0, §1.4). */
export function roleScopeFromBody(body: JsonRecord): JsonRecord {
  const { role: _, scope: __, accessPackageResourceRole: ___, accessPackageResourceScope: ____, ...rest } = body;
  const role = either(body, 'role', 'accessPackageResourceRole');
  const scope = either(body, 'scope', 'accessPackageResourceScope');
  const resource = either(role, 'resource', 'accessPackageResource');
  const flat: JsonRecord = {
    roleId: role['id'], roleOriginId: role['originId'], originSystem: role['originSystem'] ?? scope['originSystem'] ?? resource['originSystem'],
    resourceId: resource['id'], resourceOriginId: resource['originId'], scopeId: scope['id'], scopeOriginId: scope['originId'],
  };
  return { ...rest, ...Object.fromEntries(Object.entries(flat).filter(([, value]) => value !== undefined && value !== null)) };
}

const either = (json: JsonRecord, one: string, other: string): JsonRecord => ({ ...recordAt(json, one), ...recordAt(json, other) });

/** The role that a flat body names. */
export const readAskedRole = (body: JsonRecord): AskedRole => ({
  roleId: textAt(body, 'roleId')?.toLowerCase(), roleOriginId: textAt(body, 'roleOriginId'), originSystem: textAt(body, 'originSystem'),
  resourceId: textAt(body, 'resourceId')?.toLowerCase(), resourceOriginId: textAt(body, 'resourceOriginId'),
  scopeId: textAt(body, 'scopeId')?.toLowerCase(), scopeOriginId: textAt(body, 'scopeOriginId'),
});
