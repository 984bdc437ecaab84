/** Every list that can grow is served by an index, for administrators and for everybody else: what the database looks at grows with the answer, or with what the caller named, and not with the tenant. */
import { beforeAll, describe, expect, it } from 'vitest';
import { entitlementRole } from '../../src/features/roles/model.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { fillCrowd, idOf } from '../support/crowd.ts';
import { testDatabase } from '../support/database.ts';
import { PlanReader, type ExaminedPage } from '../support/plans.ts';

const database = await testDatabase();
const reader = new PlanReader(database);
beforeAll(async () => { await fillCrowd(database.owner); });

const plain = { displayName: 'x', clientAppId: idOf('appId', 9), directoryRoles: new Set<string>(), entitlementRoles: [] };
const person = (n: number, permissions: readonly string[], more: Partial<Caller> = {}): Caller => ({ ...plain, principalId: idOf('user', n), kind: 'user', isDelegated: true, permissions: new Set(permissions), ...more });

const callers = {
  /** Reads everything. */
  admin: { ...plain, principalId: idOf('sp', 9), kind: 'servicePrincipal', isDelegated: false, permissions: new Set(['EntitlementManagement.ReadWrite.All', 'Directory.Read.All', 'AuditLog.Read.All', 'RoleManagement.Read.All']) },
  /** Sponsors agents, owns applications, manages people, approves and asks. */
  person: person(7, ['EntitlementMgmt-SubjectAccess.ReadWrite', 'User.Read', 'AgentIdentity.ReadWrite.All']),
  /** Sees all people, and of entitlement management what is its own. */
  reader: person(5, ['EntitlementManagement.Read.All', 'User.Read.All', 'Group.Read.All', 'AgentIdentity.Read.All']),
  /** Owns one catalog of three hundred, besides. */
  owner: person(101, ['EntitlementManagement.ReadWrite.All', 'User.Read'], { entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: idOf('catalog', 1) }] }),
  /** An agent with nothing but its own token. */
  agent: { ...plain, principalId: idOf('agent', 8), clientAppId: idOf('agent', 8), kind: 'agentIdentity', isDelegated: false, permissions: new Set(['EntitlementManagement.SelfRequest']) },
} as const satisfies Readonly<Record<string, Caller>>;
type Who = keyof typeof callers;

/** Rows that one page of a hundred may take: the page itself, what hangs on it, and what is the caller's. */
const usual = 1500;

const look = (page: ExaminedPage, most: number): void => {
  expect(page.scanned, page.plan).toEqual([]);
  expect(page.rows, page.plan).toBeLessThanOrEqual(most);
};

/** Reads the first page and the next; `most`: rows for a page where what the caller names is itself large. */
async function judge(url: string, who: readonly Who[], most = usual): Promise<void> {
  for (const name of who) {
    const first = await reader.get(url, callers[name]);
    look(first, most);
    if (first.next !== undefined) look(await reader.get(first.next, callers[name]), most);
  }
}

const em = '/identityGovernance/entitlementManagement';
const everybody: readonly Who[] = ['admin', 'person', 'reader', 'owner', 'agent'];
const people: readonly Who[] = ['person', 'reader', 'owner'];
const by = (on: string): string => `filterByCurrentUser(on='${on}')`;
/** Thousands hold package 1, are in group 1, and may use API 1. */
const [crowded, quiet] = [idOf('package', 1), idOf('package', 77)];

describe('assignments', () => {
  it.each([
    '', '?$expand=target,accessPackage,assignmentPolicy', "?$filter=state eq 'delivered'", `?$filter=accessPackage/id eq '${quiet}' and state eq 'delivered'`, `?$filter=target/objectId eq '${idOf('agent', 8)}'`,
    `?$filter=assignmentPolicy/id eq '${idOf('policy', 77)}'`,
  ])('assignments%s', async (query) => await judge(`${em}/assignments${query}`, everybody));

  it.each(['target', 'createdBy', 'targetManager', 'targetAgentIdentitySponsorOrOwner'])('of the current user as %s', async (on) => await judge(`${em}/assignments/${by(on)}`, everybody));

  it('of one package that thousands hold', async () => {
    const url = `${em}/assignments?$filter=accessPackage/id eq '${crowded}' and state eq 'delivered'`;
    await judge(url, ['admin', 'person', 'reader', 'agent']);
    await judge(url, ['owner'], 6000);
  });

  it.each([`?$filter=objectId eq '${idOf('user', 7)}'`, ''])('subjects%s', async (query) => await judge(`${em}/subjects${query}`, everybody));
});

describe('requests and approvals', () => {
  it.each([
    '', '?$orderby=createdDateTime desc', "?$filter=state eq 'pendingApproval'", "?$filter=state eq 'deliveryFailed'", `?$filter=requestor/objectId eq '${idOf('user', 7)}'`,
    `?$filter=assignment/id eq '${idOf('assignment', 55)}'`, `?$filter=accessPackage/id eq '${quiet}'`,
  ])('assignmentRequests%s', async (query) => await judge(`${em}/assignmentRequests${query}`, everybody));

  it.each(['target', 'createdBy', 'approver', 'targetOrRequestor', 'targetManager', 'requestForOthers', 'targetAgentIdentitySponsorOrOwner'])('requests of the current user as %s', async (on) => await judge(`${em}/assignmentRequests/${by(on)}`, everybody));
  it.each(['target', 'createdBy', 'approver'])('approvals of the current user as %s', async (on) => await judge(`${em}/accessPackageAssignmentApprovals/${by(on)}`, everybody));
  it('all approvals', async () => await judge(`${em}/accessPackageAssignmentApprovals`, everybody));
});

describe('packages, policies and catalogs', () => {
  it.each([
    '', "?$filter=displayName eq 'Package 00077'", "?$filter=startswith(displayName,'Package 0007')", `?$filter=catalog/id eq '${idOf('catalog', 5)}'`, "?$filter=catalog/displayName eq 'Catalog 5'",
  ])('accessPackages%s', async (query) => await judge(`${em}/accessPackages${query}`, everybody));

  it.each(['?$expand=assignmentPolicies,resourceRoleScopes,catalog', "?$expand=assignmentPolicies&$filter=startswith(displayName,'Package 000')"])('expanded: accessPackages%s', async (query) => await judge(`${em}/accessPackages${query}`, ['admin', 'owner'], 3000));
  it('accessPackages by name', async () => await judge(`${em}/accessPackages?$orderby=displayName`, everybody, 3000));
  it('that the current user may ask for', async () => await judge(`${em}/accessPackages/${by('allowedRequestor')}`, everybody));
  it('of one catalog', async () => await judge(`${em}/catalogs/${idOf('catalog', 1)}/accessPackages`, ['admin', 'owner']));
  it.each(['', `?$filter=accessPackage/id eq '${idOf('package', 300)}'`])('assignmentPolicies%s', async (query) => await judge(`${em}/assignmentPolicies${query}`, ['admin', 'owner']));
  it('of one package', async () => await judge(`${em}/accessPackages/${idOf('package', 300)}/assignmentPolicies`, ['admin', 'owner']));
  it.each(['', "?$filter=displayName eq 'Catalog 7'"])('catalogs%s', async (query) => await judge(`${em}/catalogs${query}`, ['admin', 'owner']));
});

describe('organizations', () => {
  it.each([
    '', "?$filter=displayName eq 'Partner 0077'", "?$filter=startswith(displayName,'Partner 007')", "?$filter=state eq 'proposed'", '?$orderby=displayName', '?$expand=internalSponsors,externalSponsors',
    `/${idOf('organization', 77)}/internalSponsors`, `/${idOf('organization', 77)}/externalSponsors`,
  ])('connectedOrganizations%s', async (query) => await judge(`${em}/connectedOrganizations${query}`, ['admin', 'owner'], 3000));
  it.each(['?$expand=connectedOrganization', `/${idOf('user', 50)}/connectedOrganization`, '?$select=id,subjectLifecycle'])('subjects%s', async (query) => await judge(`${em}/subjects${query}`, ['admin']));
});

describe('the directory', () => {
  it.each([
    '/users', "/users?$filter=userPrincipalName eq 'person77@example.com'", '/users/person77@example.com', "/users?$filter=startswith(displayName,'Person 0007')", '/users?$orderby=displayName',
    "/users?$filter=displayName eq 'Person 00077'", "/users?$filter=mail eq 'mail77@example.com'", '/groups', "/groups?$filter=displayName eq 'Group 77'", '/groups?$orderby=displayName',
  ])('people and groups: %s', async (url) => await judge(url, ['admin', 'reader']));

  it.each([
    '/servicePrincipals', `/servicePrincipals?$filter=appId eq '${idOf('appId', 77)}'`, "/servicePrincipals?$filter=displayName eq 'App 77'", '/servicePrincipals/graph.agentIdentity',
    `/servicePrincipals/graph.agentIdentity?$filter=agentIdentityBlueprintId eq '${idOf('blueprintApp', 7)}'`, '/applications', `/applications?$filter=appId eq '${idOf('appId', 77)}'`,
  ])('workloads: %s', async (url) => await judge(url, ['admin', 'person', 'reader']));

  it.each([
    `/servicePrincipals(appId='${idOf('appId', 77)}')`, "/servicePrincipals?$filter=tags/any(t:t eq 'team77')", "/servicePrincipals?$filter=servicePrincipalNames/any(n:n eq 'api://app77')", "/applications?$filter=identifierUris/any(u:u eq 'api://app77')",
    '/servicePrincipals?$orderby=displayName', '/applications?$orderby=displayName', '/directory/deletedItems/microsoft.graph.user', '/roleManagement/entitlementManagement/roleAssignments',
  ])('for administrators: %s', async (url) => await judge(url, ['admin']));

  it.each(['manager', 'directReports', 'memberOf', 'transitiveMemberOf', 'ownedObjects', 'createdObjects', 'sponsorOf'])('%s of a user', async (navigation) => await judge(`/users/${idOf('user', 77)}/${navigation}`, ['admin']));
  it.each(['owners', 'memberOf', 'microsoft.graph.agentIdentity/sponsors'])('%s of an agent', async (navigation) => await judge(`/servicePrincipals/${idOf('agent', 8)}/${navigation}`, ['admin']));
  it.each(['members', 'transitiveMembers', 'owners'])('%s of a group', async (navigation) => await judge(`/groups/${idOf('group', 77)}/${navigation}`, ['admin', 'reader']));
  it('members of a group of thousands', async () => await judge(`/groups/${idOf('group', 1)}/members`, ['admin', 'reader'], 6500));
  it.each(['/me', '/me/memberOf', '/me/ownedObjects', '/me/directReports'])('for people: %s', async (url) => await judge(url, people));
});

describe('grants', () => {
  it.each([`/users/${idOf('user', 77)}/appRoleAssignments`, `/servicePrincipals/${idOf('agent', 8)}/appRoleAssignments`, `/servicePrincipals/${idOf('sp', 77)}/appRoleAssignedTo`, `/servicePrincipals/${idOf('sp', 1)}/appRoleAssignedTo`])('app roles: %s', async (url) => await judge(url, ['admin']));
  it.each([
    `/users/${idOf('user', 77)}/oauth2PermissionGrants`, `/servicePrincipals/${idOf('sp', 77)}/oauth2PermissionGrants`, `/oauth2PermissionGrants?$filter=clientId eq '${idOf('sp', 77)}' and consentType eq 'AllPrincipals'`,
    `/oauth2PermissionGrants?$filter=resourceId eq '${idOf('sp', 78)}'`,
  ])('delegated permissions: %s', async (url) => await judge(url, ['admin']));
  it.each(['', `?$filter=clientId eq '${idOf('sp', 77)}'`, `?$filter=principalId eq '${idOf('user', 77)}'`])('oauth2PermissionGrants%s', async (query) => await judge(`/oauth2PermissionGrants${query}`, ['admin', 'person', 'reader'], 3000));
  it.each(['appRoleAssignments', 'oauth2PermissionGrants'])('my %s', async (navigation) => await judge(`/me/${navigation}`, people));
});

it.each([
  '', '?$orderby=activityDateTime desc', `?$filter=initiatedBy/user/id eq '${idOf('user', 7)}'`, `?$filter=initiatedBy/user/id eq '${idOf('user', 7)}'&$orderby=activityDateTime desc`,
  `?$filter=targetResources/any(t:t/id eq '${idOf('package', 7)}')`, `?$filter=activityDateTime lt ${new Date(Date.now() - 86_400_000).toISOString()}&$orderby=activityDateTime desc`, '?$filter=activityDateTime ge 2099-01-01T00:00:00Z',
])('directoryAudits%s', async (query) => await judge(`/auditLogs/directoryAudits${query}`, ['admin']));

describe('what is said in other words for an index', () => {
  it.each([
    ['/servicePrincipals', "tags/any(t:t eq 'TEAM77')", "tags/any(t:tolower(t) eq 'team77')"],
    ['/servicePrincipals', "servicePrincipalNames/any(n:n eq 'api://app9999')", "servicePrincipalNames/any(n:startswith(n,'api://app9999'))"],
    ['/servicePrincipals', `servicePrincipalNames/any(n:n eq '${idOf('appId', 77)}')`, `servicePrincipalNames/any(n:startswith(n,'${idOf('appId', 77)}'))`],
    ['/applications', "identifierUris/any(u:u eq 'api://app9999')", "identifierUris/any(u:startswith(u,'api://app9999'))"],
    [`${em}/assignments`, "state eq 'delivered'", "not (state ne 'delivered')"], [`${em}/assignments`, "state eq 'expired'", "not (state ne 'expired')"],
    [`${em}/assignmentRequests`, "assignment/state eq 'delivered'", "assignment/state in ('delivered')"],
    ['/auditLogs/directoryAudits', `initiatedBy/user/id eq '${idOf('user', 7)}'`, `startswith(initiatedBy/user/id,'${idOf('user', 7)}')`],
    ['/auditLogs/directoryAudits', `targetResources/any(t:t/id eq '${idOf('package', 7)}')`, `targetResources/any(t:startswith(t/id,'${idOf('package', 7)}'))`],
  ])('%s: %s is %s', async (list, indexed, plainly) => {
    const [one, other] = [await reader.get(`${list}?$filter=${indexed}`, callers.admin), await reader.get(`${list}?$filter=${plainly}`, callers.admin)];
    expect(one.ids.length).toBeGreaterThan(0);
    expect(one.ids).toEqual(other.ids);
  });
});
