/** Offering packages, giving and taking them, and letting time pass: what most stories begin with. */
import { sql } from 'kysely';
import { entitlement, filter, textOf, type Entity, type Graph } from '../../cli/client/graph.ts';
import { addResource, addRole, createCatalog, createPackage, type Api, type Origin } from '../../cli/client/organisation.ts';
import { policyBody, requestBody, type PolicyOptions } from '../../cli/client/policies.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import type { Database } from '../../src/platform/db/database.ts';
import { newId } from '../../src/platform/ids.ts';

/** Roles of one resource; `type` where an application permission and a delegated one share their id. */
export interface OfferedRoles extends Origin {
  readonly roles: readonly string[];
}

/** A package with one policy. */
export interface Offer {
  readonly catalogId: string;
  readonly packageId: string;
  readonly policyId: string;
}

/** API permissions, application or delegated, by their ids. */
export const permissions = (api: Api, ...roles: readonly string[]): OfferedRoles => ({ originSystem: 'OAuthApplication', originId: api.appId, roles });

/** App roles that people may hold. */
export const appRoles = (api: Api, ...roles: readonly string[]): OfferedRoles => ({ originSystem: 'AadApplication', originId: api.principalId, roles });

/** Membership of a group. */
export const membership = (groupId: string): OfferedRoles => ({ originSystem: 'AadGroup', originId: groupId, roles: [`Member_${groupId}`] });

/** A package in a catalog of its own (or the given one), with a policy. */
export async function offer(graph: Graph, contents: readonly OfferedRoles[], options: PolicyOptions & { readonly catalogId?: string } = {}): Promise<Offer> {
  const catalogId = options.catalogId ?? (await createCatalog(graph, `catalog ${newId()}`)).id;
  const { id: packageId } = await createPackage(graph, catalogId, `package ${newId()}`);
  for (const { roles, ...origin } of contents) {
    const resource = await addResource(graph, catalogId, origin);
    for (const roleOriginId of roles) await addRole(graph, packageId, { resource, roleOriginId });
  }
  const policy = await graph.create(`${entitlement}/assignmentPolicies`, policyBody(packageId, options));
  return { catalogId, packageId, policyId: policy.id };
}

/** Gives a package by an administrator and answers the assignment. */
export async function assign(graph: Graph, targetId: string, { schedule, ...given }: Offer & { readonly schedule?: JsonRecord }): Promise<Entity> {
  const request = await graph.create(`${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId, ...given }, schedule === undefined ? {} : { schedule }));
  const state = await stateOf(graph, request.id);
  if (state !== 'delivered') throw new Error(`the request is ${state}`);
  return await assignmentOf(graph, targetId, given);
}

/** The newest assignment of a package to somebody. */
export async function assignmentOf(graph: Graph, targetId: string, { packageId }: Pick<Offer, 'packageId'>): Promise<Entity> {
  const found = await graph.list(`${entitlement}/assignments?${filter(`accessPackage/id eq '${packageId}' and target/objectId eq '${targetId}'`)}&$expand=target`);
  const last = found.toSorted((one, other) => (one.id < other.id ? -1 : 1)).at(-1);
  if (last === undefined) throw new Error('there is no assignment');
  return last;
}

/** Takes an assignment away by an administrator. */
export async function takeAway(graph: Graph, assignmentId: string): Promise<Entity> {
  return await graph.create(`${entitlement}/assignmentRequests`, { requestType: 'adminRemove', assignment: { id: assignmentId } });
}

/** State of a request, as an administrator reads it. */
export async function stateOf(graph: Graph, requestId: string): Promise<string> {
  return textOf(await graph.read(`${entitlement}/assignmentRequests/${requestId}`), 'state');
}

/** A security group. */
export async function createGroup(graph: Graph, displayName: string, more: JsonRecord = {}): Promise<Entity> {
  return await graph.create('/groups', { displayName, mailNickname: displayName.replaceAll(/\W/g, ''), mailEnabled: false, securityEnabled: true, ...more });
}

/** Members of a group. */
export async function memberIds(graph: Graph, groupId: string): Promise<readonly string[]> {
  return (await graph.list(`/groups/${groupId}/members`)).map(({ id }) => id);
}

/** App role ids that an identity holds on an API. */
export async function heldRoleIds(graph: Graph, principalId: string, api: Api): Promise<readonly string[]> {
  const held = await graph.list(`/servicePrincipals/${principalId}/appRoleAssignments`);
  return held.filter((one) => one['resourceId'] === api.principalId).map((one) => textOf(one, 'appRoleId')).toSorted();
}

/** Lets the end of an assignment pass an hour ago: nothing else is touched, and no sweep has been there. */
export async function passTheEnd({ owner }: Database, assignmentId: string): Promise<void> {
  await sql`update assignments set starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour' where id = ${assignmentId}`.execute(owner);
  await sql`update grants g set ends_at = (select max(a.ends_at) from grant_sources s join assignments a on a.id = s.assignment_id where s.grant_id = g.id)
    where not g.manual and exists (select 1 from grant_sources s where s.grant_id = g.id and s.assignment_id = ${assignmentId})`.execute(owner);
}
