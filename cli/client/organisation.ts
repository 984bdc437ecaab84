/** The usual furniture of an organisation, made over HTTP: people, APIs, workloads, blueprints, agents, packages, policies. */
import { randomUUID } from 'node:crypto';
import { recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { cast, entitlement, filter, textOf, type Entity, type Graph } from './graph.ts';

/** A person with the password that signs them in. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly password: string;
}

/** An application and its service principal. `secret` is set when it was given one. */
export interface Workload {
  readonly application: Entity;
  readonly principalId: string;
  readonly appId: string;
  readonly secret: string;
}

/** An API with named app roles and scopes; ids by name. */
export interface Api {
  readonly applicationId: string;
  readonly principalId: string;
  readonly appId: string;
  /** Scope of its tokens, `api://…/.default`. */
  readonly scope: string;
  readonly roles: Readonly<Record<string, string>>;
  readonly scopes: Readonly<Record<string, string>>;
}

/** Where people's public client is sent back to. Nobody listens there. */
export const redirectUri = 'http://127.0.0.1:53682/callback';

const ownApiAppId = '00000003-0000-0000-c000-000000000000';

/** A user who can sign in. `domain` is the part after the @. */
export async function createPerson(graph: Graph, name: string, domain: string): Promise<Person> {
  const nick = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const password = `Pw-${randomUUID()}`;
  const username = `${nick}@${domain}`;
  const user = await graph.create('/users', {
    accountEnabled: true, displayName: name, mailNickname: nick, userPrincipalName: username, passwordProfile: { forceChangePasswordNextSignIn: false, password },
  });
  return { id: user.id, name, username, password };
}

/** An API's application with its service principal. */
export async function createApi(graph: Graph, { name, roles, scopes = [] }: { name: string; roles: readonly string[]; scopes?: readonly string[] }): Promise<Api> {
  const application = await graph.create('/applications', {
    displayName: name, signInAudience: 'AzureADMyOrg', identifierUris: [`api://${name.toLowerCase().replaceAll(' ', '-')}`],
    appRoles: roles.map((value) => ({ id: randomUUID(), value, displayName: value, description: value, allowedMemberTypes: ['Application', 'User'], isEnabled: true })),
    api: {
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: scopes.map((value) => ({
        id: randomUUID(), value, type: 'Admin', isEnabled: true, adminConsentDisplayName: value, adminConsentDescription: value, userConsentDisplayName: value, userConsentDescription: value,
      })),
    },
  });
  const appId = textOf(application, 'appId');
  const principal = await graph.create('/servicePrincipals', { appId });
  return {
    applicationId: application.id, principalId: principal.id, appId, scope: `api://${name.toLowerCase().replaceAll(' ', '-')}/.default`,
    roles: idsByValue(principal, 'appRoles'), scopes: idsByValue(principal, 'oauth2PermissionScopes'),
  };
}

const idsByValue = (owner: JsonRecord, list: string): Readonly<Record<string, string>> =>
  Object.fromEntries(recordsAt(owner, list).map((one) => [textOf(one, 'value'), textOf(one, 'id')]));

/** A workload with a client secret. */
export async function createWorkload(graph: Graph, displayName: string): Promise<Workload> {
  const application = await graph.create('/applications', { displayName, signInAudience: 'AzureADMyOrg' });
  const appId = textOf(application, 'appId');
  const principal = await graph.create('/servicePrincipals', { appId });
  const secret = await graph.must('POST', `/applications/${application.id}/addPassword`, { passwordCredential: { displayName: 'made by a client' } });
  return { application, principalId: principal.id, appId, secret: textOf(secret, 'secretText') };
}

/** A public client for people, granted `permissions` on our own API for everybody. */
export async function createPublicClient(graph: Graph, displayName: string, permissions: readonly string[]): Promise<Workload> {
  const application = await graph.create('/applications', { displayName, signInAudience: 'AzureADMyOrg', isFallbackPublicClient: true, publicClient: { redirectUris: [redirectUri] } });
  const appId = textOf(application, 'appId');
  const principal = await graph.create('/servicePrincipals', { appId });
  await graph.create('/oauth2PermissionGrants', { clientId: principal.id, consentType: 'AllPrincipals', resourceId: await ownApi(graph), scope: permissions.join(' ') });
  return { application, principalId: principal.id, appId, secret: '' };
}

/** Object id of the service principal that stands for our own API. */
export async function ownApi(graph: Graph): Promise<string> {
  return (await graph.read(`/servicePrincipals(appId='${ownApiAppId}')`)).id;
}

/** A blueprint with a secret and its principal. */
export async function createBlueprint(graph: Graph, displayName: string, sponsors: readonly Person[]): Promise<Workload> {
  const application = await graph.create(cast.blueprint, { displayName, 'sponsors@odata.bind': sponsors.map(({ id }) => graph.reference('users', id)) });
  const appId = textOf(application, 'appId');
  const principal = await graph.create(cast.principal, { appId });
  const secret = await graph.must('POST', `${cast.blueprint}/${application.id}/addPassword`, { passwordCredential: { displayName: 'made by a client' } });
  return { application, principalId: principal.id, appId, secret: textOf(secret, 'secretText') };
}

/** Who answers for a new agent. */
export interface AgentPeople {
  readonly sponsors: readonly Person[];
  readonly owners?: readonly Person[];
}

/** An agent identity of a blueprint. */
export async function createAgent(graph: Graph, blueprint: Workload, { displayName, sponsors, owners = [] }: AgentPeople & { readonly displayName: string }): Promise<Entity> {
  return await graph.create(cast.agent, {
    displayName, agentIdentityBlueprintId: blueprint.appId,
    'sponsors@odata.bind': sponsors.map(({ id }) => graph.reference('users', id)),
    ...(owners.length === 0 ? {} : { 'owners@odata.bind': owners.map(({ id }) => graph.reference('users', id)) }),
  });
}

/** A published catalog. */
export async function createCatalog(graph: Graph, displayName: string): Promise<Entity> {
  return await graph.create(`${entitlement}/catalogs`, { displayName, description: displayName, state: 'published', isExternallyVisible: false });
}

/** A resource as it is put into a catalog: `originId` by `originSystem`. */
export interface Origin {
  readonly originSystem: 'AadApplication' | 'AadGroup' | 'OAuthApplication';
  readonly originId: string;
}

/** A resource of a catalog with everything that it offers. */
export interface Resource extends Origin {
  readonly id: string;
  readonly roles: readonly Entity[];
  readonly scopes: readonly Entity[];
}

/** Puts a resource into a catalog and answers it. Roles are listed on their own: an expansion holds only the first of many. */
export async function addResource(graph: Graph, catalogId: string, origin: Origin): Promise<Resource> {
  await graph.must('POST', `${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: catalogId }, resource: { displayName: origin.originId, ...origin } });
  const [found] = await graph.list(`${entitlement}/catalogs/${catalogId}/resources?${filter(`originId eq '${origin.originId}' and originSystem eq '${origin.originSystem}'`)}`);
  if (found === undefined) throw new Error(`The catalog does not list the resource ${origin.originId}.`);
  const path = `${entitlement}/catalogs/${catalogId}/resources/${found.id}`;
  return { ...origin, id: found.id, roles: await graph.list(`${path}/roles`), scopes: await graph.list(`${path}/scopes`) };
}

/** An empty package in a catalog. */
export async function createPackage(graph: Graph, catalogId: string, displayName: string): Promise<Entity> {
  return await graph.create(`${entitlement}/accessPackages`, { displayName, description: displayName, isHidden: false, catalog: { id: catalogId } });
}

/** Puts one role of a resource into a package; `type` tells an application permission from a delegated one with the same id. */
export async function addRole(graph: Graph, packageId: string, { resource, roleOriginId, type }: { resource: Resource; roleOriginId: string; type?: string }): Promise<Entity> {
  const role = resource.roles.find((one) => textAt(one, 'originId')?.toLowerCase() === roleOriginId.toLowerCase() && (type === undefined || (textAt(one, 'type') ?? type) === type));
  if (role === undefined) throw new Error(`The resource ${resource.originId} has no role ${roleOriginId}.`);
  const { originId, originSystem } = resource;
  const [scope] = resource.scopes;
  return await graph.create(`${entitlement}/accessPackages/${packageId}/resourceRoleScopes`, {
    role: { id: role.id, displayName: textAt(role, 'displayName') ?? roleOriginId, originId: roleOriginId, originSystem, resource: { id: resource.id, originId, originSystem } },
    scope: { ...(scope === undefined ? {} : { id: scope.id }), displayName: 'Root', isRootScope: true, originId, originSystem },
  });
}
