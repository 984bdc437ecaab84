/** Who may change a catalog and what may go into it. Pure. */
import type { Caller } from '../../kernel/caller.ts';
import { isRecord, type JsonRecord, recordAt, textAt } from '../../kernel/json.ts';
import type { Reason } from '../../kernel/problem.ts';
import { directoryRole, ownApiAppId } from '../roles/model.ts';
import { type EntitlementNeed, hasDirectoryRole, hasPermission, isPerson, maySee, type Place, reaches } from '../roles/rules.ts';
import { type AskedResource, type DirectoryOrigin, originSystems, type OriginObject, type OriginSystem, uploadedOrigin } from './model.ts';

const { globalAdministrator, identityGovernanceAdministrator, applicationAdministrator, privilegedRoleAdministrator } = directoryRole;

/** What a caller may do with one catalog, package, policy or resource: `unknown` may not even learn that it exists. */
export function decideReach(caller: Caller, need: EntitlementNeed, place: Place): 'allowed' | 'forbidden' | 'unknown' {
  if (reaches(caller, need, place)) return 'allowed';
  return maySee(caller, place) ? 'forbidden' : 'unknown';
}

/**
 * Whether API permissions are this caller's to govern in any API (contract §2.4): a Global Administrator, or an application
 * with the administrating permission. Everybody else needs to own the API's application.
 */
export const mayGovernAnyApi = (caller: Caller): boolean =>
  caller.isDelegated ? hasDirectoryRole(caller, globalAdministrator) : hasPermission(caller, 'EntitlementManagement.ReadWrite.All');

/** Whether the caller is one of the few who may change privileged catalogs (contract §2.4, decision 0005). The right to the catalog is asked besides. */
export function mayChangePrivileged(caller: Caller): boolean {
  if (!caller.isDelegated) return hasPermission(caller, 'EntitlementManagement.ReadWrite.All') && hasPermission(caller, 'RoleManagement.ReadWrite.Directory');
  return hasDirectoryRole(caller, globalAdministrator)
    || (hasDirectoryRole(caller, privilegedRoleAdministrator) && hasDirectoryRole(caller, identityGovernanceAdministrator));
}

/** Why the caller may not change a catalog that is, or becomes, privileged; undefined when it may. */
export function refusePrivileged(caller: Caller): Reason | undefined {
  if (mayChangePrivileged(caller)) return undefined;
  return {
    code: 'catalogIsPrivileged', target: 'privilegeLevel',
    message: `A catalog with API permissions is privileged: the catalog, its resources, access packages, roles and policies are changed ${caller.isDelegated
      ? 'by a Global Administrator, or by a Privileged Role Administrator who is Identity Governance Administrator too'
      : 'by applications with EntitlementManagement.ReadWrite.All and RoleManagement.ReadWrite.Directory'}. Ask one of them. Requests and assignments stay with those who manage assignments.`,
  };
}

/**
 * Whether permissions of an API may be the caller's to govern in privileged catalogs because the API is its own (decision 0012):
 * for people who act themselves, and never for permissions of this server's own API.
 */
export const mayGovernOwnApi = (caller: Caller, appId: string): boolean => isPerson(caller) && appId.toLowerCase() !== ownApiAppId;

/** What makes a catalog privileged. */
export const isPrivilegedOrigin = (originSystem: OriginSystem | undefined): boolean => originSystem === 'OAuthApplication';

/** Why the caller may not add this object to a catalog, or undefined when it may. The right to the catalog is asked elsewhere. */
export function refuseResource(caller: Caller, originSystem: DirectoryOrigin, object: OriginObject): Reason | undefined {
  if (object.isOwnedByCaller || mayAddUnowned[originSystem](caller, object)) return undefined;
  return { code: 'resourceNotYours', target: 'originId', message: `'${object.displayName}' is not yours to give away: ${mend[originSystem]}` };
}

const mayAddUnowned: Readonly<Record<DirectoryOrigin, (caller: Caller, object: OriginObject) => boolean>> = {
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

const mend: Readonly<Record<DirectoryOrigin, string>> = {
  AadGroup: 'own the group, be Global or Identity Governance Administrator, or use an application with Group.ReadWrite.All. A role-assignable group takes its owner or a Global Administrator.',
  AadApplication: 'own the application, or be Global, Identity Governance or Application Administrator.',
  OAuthApplication: "own the API's application, or be Global Administrator.",
};

/** The origin system a client means, in whatever letter case; undefined when this server has none of that name. */
export const originSystemNamed = (word: string): OriginSystem | undefined => originSystems.find((system) => system.toLowerCase() === word.toLowerCase());

/** Why there is no such origin system here, with those that there are. */
export const unknownOriginSystem = (word: string): string => `'${word}' is not supported. Use one of ${originSystems.join(', ')}`;

/** The resource that a request names. Ids of the directory are compared without regard to case, others as they are. */
export function readAskedResource(json: JsonRecord): AskedResource {
  const originSystem = originSystemNamed(textAt(json, 'originSystem') ?? '');
  const originId = textAt(json, 'originId');
  const environment = recordAt(json, 'environment');
  const [description, endpoint] = [json['description'], json['notificationEndpointConfiguration']];
  return {
    id: textAt(json, 'id')?.toLowerCase(), originSystem, originId: originSystem === uploadedOrigin ? originId : originId?.toLowerCase(),
    displayName: textAt(json, 'displayName'),
    description: description === null || typeof description === 'string' ? description : undefined,
    environment: Object.keys(environment).length === 0 ? undefined : { id: textAt(environment, 'id')?.toLowerCase(), originId: textAt(environment, 'originId') },
    notificationEndpoint: endpoint === null || isRecord(endpoint) ? endpoint : undefined,
  };
}

const askedMembers = ['id', 'originId', 'originSystem', 'displayName', 'description', 'attributes', 'notificationEndpointConfiguration'];

/** A resource request of either version: the resource becomes `requestedResource`, the catalog a reference (contract §1.3). */
export function resourceRequestFromBody(body: JsonRecord): JsonRecord {
  const { resource, accessPackageResource, catalogId, catalog, ...rest } = body;
  const asked = accessPackageResource ?? resource;
  return {
    ...rest,
    ...(asked === undefined ? {} : { requestedResource: isRecord(asked) ? askedMembersOf(asked) : asked }),
    ...referenceTo('catalog', catalogId ?? (isRecord(catalog) ? catalog['id'] : catalog)),
  };
}

/** The environment is an object with an id or an originId, or a link (its page: "using either the @odata.bind annotation or the environment's originId"). */
function askedMembersOf(asked: JsonRecord): JsonRecord {
  const link = asked['environment@odata.bind'] ?? asked['accessPackageResourceEnvironment@odata.bind'];
  const id = typeof link === 'string' ? /([^/('"]+)['"]?\)?$/.exec(link)?.[1] : undefined;
  const environment = asked['environment'] ?? asked['accessPackageResourceEnvironment'] ?? (id === undefined ? undefined : { id });
  const type = textAt(asked, '@odata.type')?.split('.').at(-1)?.toLowerCase();
  return {
    ...(type === uploadedOrigin.toLowerCase() ? { originSystem: uploadedOrigin } : {}),
    ...pick(asked, askedMembers), ...(environment === undefined ? {} : { environment }),
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
