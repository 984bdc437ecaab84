/** Who may change a catalog and what may go into it. Pure. */
import type { Caller } from '../../kernel/caller.ts';
import { isRecord, type JsonRecord, textAt } from '../../kernel/json.ts';
import type { Reason } from '../../kernel/problem.ts';
import { directoryRole } from '../roles/model.ts';
import { type EntitlementNeed, hasDirectoryRole, hasPermission, reachesCatalog } from '../roles/rules.ts';
import { type AskedResource, originSystems, type OriginObject, type OriginSystem } from './model.ts';

const { globalAdministrator, identityGovernanceAdministrator, applicationAdministrator } = directoryRole;

/** What a caller may do with one catalog: `unknown` may not even learn that it exists. */
export function decideReach(caller: Caller, need: EntitlementNeed, catalogId: string): 'allowed' | 'forbidden' | 'unknown' {
  if (reachesCatalog(caller, need, catalogId)) return 'allowed';
  return reachesCatalog(caller, 'readCatalog', catalogId) ? 'forbidden' : 'unknown';
}

/**
 * Whether API permissions are this caller's to govern in any API (contract §2.4): a Global Administrator, or an application
 * with the administrating permission. Everybody else needs to own the API's application.
 */
export const mayGovernAnyApi = (caller: Caller): boolean =>
  caller.isDelegated ? hasDirectoryRole(caller, globalAdministrator) : hasPermission(caller, 'EntitlementManagement.ReadWrite.All');

/** Why the caller may not add this object to a catalog, or undefined when it may. The right to the catalog is asked elsewhere. */
export function refuseResource(caller: Caller, originSystem: OriginSystem, object: OriginObject): Reason | undefined {
  if (object.isOwnedByCaller || mayAddUnowned[originSystem](caller, object)) return undefined;
  return { code: 'resourceNotYours', target: 'originId', message: `'${object.displayName}' is not yours to give away: ${mend[originSystem]}` };
}

const mayAddUnowned: Readonly<Record<OriginSystem, (caller: Caller, object: OriginObject) => boolean>> = {
  AadGroup: mayAddGroup,
  AadApplication: (caller) => caller.isDelegated
    ? hasDirectoryRole(caller, globalAdministrator, identityGovernanceAdministrator, applicationAdministrator)
    : hasPermission(caller, 'EntitlementManagement.ReadWrite.All'),
  OAuthApplication: mayGovernAnyApi,
};

/** A group that carries directory roles is a directory role in disguise. */
function mayAddGroup(caller: Caller, { isRoleAssignable }: OriginObject): boolean {
  if (isRoleAssignable) return caller.isDelegated ? hasDirectoryRole(caller, globalAdministrator) : hasPermission(caller, 'RoleManagement.ReadWrite.Directory');
  return caller.isDelegated
    ? hasDirectoryRole(caller, globalAdministrator, identityGovernanceAdministrator)
    : hasPermission(caller, 'Group.ReadWrite.All', 'Directory.ReadWrite.All');
}

const mend: Readonly<Record<OriginSystem, string>> = {
  AadGroup: 'own the group, be Global or Identity Governance Administrator, or use an application with Group.ReadWrite.All. A role-assignable group takes its owner or a Global Administrator.',
  AadApplication: 'own the application, or be Global, Identity Governance or Application Administrator.',
  OAuthApplication: "own the API's application, or be Global Administrator.",
};

/** The origin system a client means, in whatever letter case; undefined when this server has none of that name. */
export const originSystemNamed = (word: string): OriginSystem | undefined => originSystems.find((system) => system.toLowerCase() === word.toLowerCase());

/** Why there is no such origin system here, with those that there are. */
export const unknownOriginSystem = (word: string): string => `'${word}' is not supported. Use one of ${originSystems.join(', ')}`;

/** The resource that a request names. */
export const readAskedResource = (json: JsonRecord): AskedResource => ({
  id: textAt(json, 'id'),
  originSystem: originSystemNamed(textAt(json, 'originSystem') ?? ''),
  originId: textAt(json, 'originId')?.toLowerCase(),
  displayName: textAt(json, 'displayName'),
  description: textAt(json, 'description'),
});

const askedMembers = ['id', 'originId', 'originSystem', 'displayName', 'description', 'attributes'];

/** A resource request of either version: the resource becomes `requestedResource`, the catalog a reference (contract §1.3). */
export function resourceRequestFromBody(body: JsonRecord): JsonRecord {
  const { resource, accessPackageResource, catalogId, catalog, ...rest } = body;
  const asked = accessPackageResource ?? resource;
  return {
    ...rest,
    ...(asked === undefined ? {} : { requestedResource: isRecord(asked) ? pick(asked, askedMembers) : asked }),
    ...referenceTo('catalog', catalogId ?? (isRecord(catalog) ? catalog['id'] : catalog)),
  };
}

/** A reference in a body, when there is something to refer to. */
export const referenceTo = (name: string, id: unknown): JsonRecord => (id === undefined || id === null ? {} : { [name]: { id } });

const pick = (json: JsonRecord, members: readonly string[]): JsonRecord => Object.fromEntries(Object.entries(json).filter(([key]) => members.includes(key)));

const attributeWords: Readonly<Record<string, string>> = { name: 'attributeName', source: 'attributeSource', destination: 'attributeDestination' };

/** A catalog resource in beta's words: its attributes have other names (contract §1.3). */
export function resourceToBeta(entity: JsonRecord): JsonRecord {
  const { attributes } = entity;
  if (!Array.isArray(attributes)) return entity;
  const renamed = (json: JsonRecord): JsonRecord => Object.fromEntries(Object.entries(json).map(([key, value]) => [attributeWords[key] ?? key, value]));
  return { ...entity, attributes: attributes.map((each: unknown) => (isRecord(each) ? renamed(each) : each)) };
}
