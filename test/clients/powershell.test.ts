/**
 * Calls of the Microsoft Graph PowerShell SDK (microsoftgraph/msgraph-sdk-powershell: its authentication module, its
 * hand-written cmdlets under tools/Custom, and the examples of its reference), against a running server: in our own words,
 * what each cmdlet sends and what it reads from the answer. Scripts carry references to https://graph.microsoft.com.
 */
import { describe, expect, it } from 'vitest';
import { createApi } from '../../cli/client/organisation.ts';
import { isRecord, textAt } from '../../src/kernel/json.ts';
import { startTestServer } from '../support/server.ts';
import { Replay, type Call } from './replay.ts';

const server = await startTestServer();
const headers = {
  'user-agent': 'Mozilla/5.0 (Linux; Ubuntu 24.04; en-US) PowerShell/7.5.3 Get-MgUser_List', 'SdkVersion': 'graph-powershell/2.34.0', 'FeatureFlag': '00000003', 'Cache-Control': 'no-store, no-cache', 'Accept-Encoding': 'gzip, deflate, br', 'Accept': 'application/json',
};
const api = await createApi(server.graph, { name: 'Orders', roles: ['Orders.Read', 'Orders.Write'], scopes: ['Orders.Use'] });
const replay = new Replay({ base: server.door.base, token: server.graph.token, headers }, {
  base: server.door.base, domain: server.domain, apiId: api.principalId, apiAppId: api.appId, roleId: api.roles['Orders.Read'] ?? '', writeId: api.roles['Orders.Write'] ?? '',
});
const graph = 'https://graph.microsoft.com/v1.0';
const eventual = { ConsistencyLevel: 'eventual' };
const em = '/v1.0/identityGovernance/entitlementManagement';

const directory: readonly Call[] = [
  { of: 'New-MgUser', method: 'POST', path: '/v1.0/users', keeps: { userId: 'id' }, body: { accountEnabled: true, displayName: 'Melissa Darrow', mailNickname: 'MelissaD', userPrincipalName: 'MelissaD@{domain}', passwordProfile: { password: 'xWwvJ]6NMw+bWH-d' }, department: 'Sales & Marketing' } },
  { of: 'Get-MgUser -UserId upn', method: 'GET', path: '/v1.0/users/MelissaD%40{domain}', reads: { id: '{userId}', mailNickname: 'MelissaD', businessPhones: [] } },
  { of: 'Get-MgUser -Property, in the case of its own models', method: 'GET', path: '/v1.0/users/{userId}?$select=Id,DisplayName,AccountEnabled,Department', reads: { id: '{userId}', displayName: 'Melissa Darrow', accountEnabled: true, department: 'Sales & Marketing' } },
  { of: 'Get-MgUser -Filter -CountVariable', method: 'GET', path: "/v1.0/users?$filter=startswith(displayName%2C%20%27Mel%27)&$count=true&$top=1&$orderby=displayName", headers: eventual, reads: { 'value': [{ id: '{userId}' }], '@odata.count': 1 } },
  { of: 'Get-MgUser -Search', method: 'GET', path: '/v1.0/users?$search=%22displayName%3AMelissa%22&$count=true', headers: eventual, reads: { value: [{ id: '{userId}' }] } },
  { of: 'Get-MgUser -Filter, through other encoders', method: 'GET', path: '/v1.0/users?%24filter=department+eq+%27Sales+%26+Marketing%27&%24top=5', reads: { value: [{ id: '{userId}' }] } },
  { of: 'Get-MgUserCount', method: 'GET', path: '/v1.0/users/$count', headers: { ...eventual, Accept: 'text/plain' }, reads: expect.stringMatching(/^\d+$/) },
  { of: 'Update-MgUser', method: 'PATCH', path: '/v1.0/users/{userId}', body: { jobTitle: 'Buyer', businessPhones: ['+1 425 555 0109'] } },
  { of: 'New-MgGroup', method: 'POST', path: '/v1.0/groups', keeps: { groupId: 'id' }, body: { DisplayName: 'Buyers', MailEnabled: false, MailNickname: 'buyers', SecurityEnabled: true } },
  { of: 'New-MgGroupMemberByRef', method: 'POST', path: '/v1.0/groups/{groupId}/members/$ref', status: 204, body: { '@odata.id': `${graph}/directoryObjects/{userId}` } },
  { of: 'New-MgGroupOwnerByRef', method: 'POST', path: '/v1.0/groups/{groupId}/owners/$ref', status: 204, body: { '@odata.id': `${graph}/users/{userId}` } },
  { of: 'Get-MgGroupMember', method: 'GET', path: '/v1.0/groups/{groupId}/members', reads: { value: [{ '@odata.type': '#microsoft.graph.user', 'id': '{userId}' }] } },
  { of: 'Get-MgGroupMemberAsUser', method: 'GET', path: '/v1.0/groups/{groupId}/members/graph.user?$select=id,userPrincipalName', reads: { value: [{ userPrincipalName: 'MelissaD@{domain}' }] } },
  { of: 'Get-MgGroupMemberCount', method: 'GET', path: '/v1.0/groups/{groupId}/members/$count', headers: eventual, reads: '1' },
  { of: 'Get-MgUserMemberOf', method: 'GET', path: '/v1.0/users/{userId}/memberOf', reads: { value: [{ id: '{groupId}', displayName: 'Buyers' }] } },
  { of: 'Get-MgUserMemberOfAsGroup', method: 'GET', path: "/v1.0/users/{userId}/memberOf/graph.group?$filter=startswith(displayName,'Buy')&$count=true", headers: eventual, reads: { value: [{ id: '{groupId}' }] } },
  { of: 'Get-MgUserTransitiveMemberOf', method: 'GET', path: '/v1.0/users/{userId}/transitiveMemberOf', reads: { value: [{ id: '{groupId}' }] } },
  { of: 'Confirm-MgUserMemberGroup', method: 'POST', path: '/v1.0/users/{userId}/checkMemberGroups', status: 200, body: { groupIds: ['{groupId}'] }, reads: { value: ['{groupId}'] } },
  { of: 'Get-MgDirectoryObjectById', method: 'POST', path: '/v1.0/directoryObjects/getByIds', status: 200, body: { ids: ['{userId}', '{groupId}'], types: ['user', 'group'] }, reads: { value: expect.arrayContaining([expect.objectContaining({ '@odata.type': '#microsoft.graph.group' })]) } },
  { of: 'Get-MgGroup -Filter', method: 'GET', path: "/v1.0/groups?$filter=displayName%20eq%20'Buyers'&$expand=owners($select=id)", reads: { value: [{ id: '{groupId}', owners: [{ id: '{userId}' }] }] } },
  { of: 'Remove-MgGroupMemberByRef', method: 'DELETE', path: '/v1.0/groups/{groupId}/members/{userId}/$ref' },
  {
    of: 'Invoke-MgGraphRequest /$batch', method: 'POST', path: '/v1.0/$batch', status: 200, headers: { Prefer: 'HonorNonIndexedQueriesWarningMayFailRandomly' },
    body: { requests: [{ id: '1', method: 'GET', url: '/users/{userId}' }, { id: '2', method: 'GET', url: '/groups?$top=1', dependsOn: ['1'] }] }, reads: { responses: [{ id: '1', status: 200, body: { id: '{userId}' } }, { id: '2', status: 200 }] },
  },
];

const workloads: readonly Call[] = [
  { of: 'New-MgApplication', method: 'POST', path: '/v1.0/applications', keeps: { appObjectId: 'id', appId: 'appId' }, body: { displayName: 'Nightly export', signInAudience: 'AzureADMyOrg', requiredResourceAccess: [{ resourceAppId: '{apiAppId}', resourceAccess: [{ id: '{roleId}', type: 'Role' }] }] } },
  { of: 'Get-MgApplication -Filter', method: 'GET', path: "/v1.0/applications?$filter=displayName%20eq%20'Nightly%20export'", reads: { value: [{ id: '{appObjectId}', passwordCredentials: [], keyCredentials: [] }] } },
  { of: 'Get-MgApplicationByAppId', method: 'GET', path: "/v1.0/applications(appId='{appId}')", reads: { id: '{appObjectId}' } },
  { of: 'Add-MgApplicationPassword', method: 'POST', path: '/v1.0/applications/{appObjectId}/addPassword', status: 200, body: { passwordCredential: { displayName: 'Password friendly name' } }, keeps: { keyId: 'keyId' }, reads: { secretText: expect.any(String), hint: expect.any(String) } },
  { of: 'Remove-MgApplicationPassword', method: 'POST', path: '/v1.0/applications/{appObjectId}/removePassword', status: 204, body: { keyId: '{keyId}' } },
  { of: 'New-MgApplicationOwnerByRef', method: 'POST', path: '/v1.0/applications/{appObjectId}/owners/$ref', status: 204, body: { '@odata.id': `${graph}/directoryObjects/{userId}` } },
  { of: 'Update-MgApplication', method: 'PATCH', path: '/v1.0/applications/{appObjectId}', body: { tags: ['HideApp'], web: { redirectUris: ['https://export.example/cb'] } } },
  { of: 'New-MgServicePrincipal', method: 'POST', path: '/v1.0/servicePrincipals', keeps: { spId: 'id' }, body: { appId: '{appId}' } },
  { of: 'Get-MgServicePrincipal -Search', method: 'GET', path: '/v1.0/servicePrincipals?$search=%22displayName%3ANightly%22&$count=true&$top=1', headers: eventual, reads: { 'value': [{ id: '{spId}' }], '@odata.count': 1 } },
  { of: 'Get-MgServicePrincipalByAppId', method: 'GET', path: "/v1.0/servicePrincipals(appId='{apiAppId}')?$select=AppRoles,Id", reads: { id: '{apiId}', appRoles: [{ value: 'Orders.Read' }, { value: 'Orders.Write' }] } },
  { of: 'New-MgServicePrincipalAppRoleAssignment', method: 'POST', path: '/v1.0/servicePrincipals/{spId}/appRoleAssignments', keeps: { assignmentId: 'id' }, body: { principalId: '{spId}', resourceId: '{apiId}', appRoleId: '{roleId}' }, reads: { principalType: 'ServicePrincipal', principalDisplayName: 'Nightly export', resourceDisplayName: 'Orders' } },
  { of: 'New-MgServicePrincipalAppRoleAssignedTo', method: 'POST', path: '/v1.0/servicePrincipals/{apiId}/appRoleAssignedTo', keeps: { otherId: 'id' }, body: { principalId: '{spId}', resourceId: '{apiId}', appRoleId: '{writeId}' } },
  { of: 'Get-MgServicePrincipalAppRoleAssignedTo -All', method: 'GET', path: '/v1.0/servicePrincipals/{apiId}/appRoleAssignedTo?$top=999', reads: { value: [{ principalId: '{spId}' }, { principalId: '{spId}' }] } },
  { of: 'Get-MgServicePrincipalAppRoleAssignment -Filter', method: 'GET', path: '/v1.0/servicePrincipals/{spId}/appRoleAssignments?$filter=resourceId%20eq%20{apiId}', reads: { value: [{}, {}] } },
  { of: 'Remove-MgServicePrincipalAppRoleAssignment', method: 'DELETE', path: '/v1.0/servicePrincipals/{spId}/appRoleAssignments/{assignmentId}' },
  { of: 'New-MgUserAppRoleAssignment', method: 'POST', path: '/v1.0/users/{userId}/appRoleAssignments', body: { principalId: '{userId}', resourceId: '{apiId}', appRoleId: '{roleId}' }, reads: { principalType: 'User' } },
  { of: 'New-MgOauth2PermissionGrant', method: 'POST', path: '/v1.0/oauth2PermissionGrants', keeps: { grantId: 'id' }, body: { clientId: '{spId}', consentType: 'Principal', principalId: '{userId}', resourceId: '{apiId}', scope: ' Orders.Use' }, reads: { consentType: 'Principal' } },
  { of: 'Get-MgOauth2PermissionGrant -Filter', method: 'GET', path: "/v1.0/oauth2PermissionGrants?$filter=clientId eq '{spId}' and consentType eq 'Principal'", reads: { value: [{ id: '{grantId}', principalId: '{userId}' }] } },
  { of: 'Get-MgUserOauth2PermissionGrant', method: 'GET', path: '/v1.0/users/{userId}/oauth2PermissionGrants', reads: { value: [{ id: '{grantId}' }] } },
  { of: 'Remove-MgOauth2PermissionGrant', method: 'DELETE', path: '/v1.0/oauth2PermissionGrants/{grantId}' },
];

const subject = { '@odata.type': '#microsoft.graph.singleUser', 'userId': '{userId}', 'description': 'approver' };
const policy = {
  displayName: 'direct', description: 'direct assignments by administrators', allowedTargetScope: 'notSpecified', specificAllowedTargets: [], expiration: { endDateTime: null, duration: null, type: 'noExpiration' },
  requestorSettings: { enableTargetsToSelfAddAccess: false, enableTargetsToSelfUpdateAccess: false, enableTargetsToSelfRemoveAccess: false, allowCustomAssignmentSchedule: true, enableOnBehalfRequestorsToAddAccess: false, enableOnBehalfRequestorsToUpdateAccess: false, enableOnBehalfRequestorsToRemoveAccess: false, onBehalfRequestors: [] },
  requestApprovalSettings: { isApprovalRequiredForAdd: false, isApprovalRequiredForUpdate: false, stages: [] }, accessPackage: { id: '{packageId}' },
};

const entitlement: readonly Call[] = [
  { of: 'New-MgEntitlementManagementCatalog', method: 'POST', path: `${em}/catalogs`, keeps: { catalogId: 'id' }, body: { displayName: 'sales', description: 'for employees working with sales and outside sales partners', state: 'published', isExternallyVisible: true }, reads: { catalogType: 'userManaged', state: 'published' } },
  { of: 'New-MgEntitlementManagementResourceRequest', method: 'POST', path: `${em}/resourceRequests`, body: { requestType: 'adminAdd', resource: { originId: '{groupId}', originSystem: 'AadGroup' }, catalog: { id: '{catalogId}' } }, reads: { requestType: 'adminAdd', state: 'delivered' } },
  { of: 'Get-MgEntitlementManagementCatalogResource', method: 'GET', path: `${em}/catalogs/{catalogId}/resources?$filter=originId%20eq%20'{groupId}'&$expand=roles,scopes`, keeps: { resourceId: 'value.0.id', scopeId: 'value.0.scopes.0.id' }, reads: { value: [{ originSystem: 'AadGroup', scopes: [{ isRootScope: true }] }] } },
  { of: 'Get-MgEntitlementManagementCatalogResourceRole', method: 'GET', path: `${em}/catalogs/{catalogId}/resourceRoles?$filter=originSystem%20eq%20'AadGroup'%20and%20resource/id%20eq%20'{resourceId}'&$expand=resource`, reads: { value: expect.arrayContaining([expect.objectContaining({ displayName: 'Member' })]) } },
  { of: 'New-MgEntitlementManagementAccessPackage', method: 'POST', path: `${em}/accessPackages`, keeps: { packageId: 'id' }, body: { displayName: 'outside sales representatives', description: 'outside sales representatives', catalog: { id: '{catalogId}' } } },
  {
    of: 'New-MgEntitlementManagementAccessPackageResourceRoleScope', method: 'POST', path: `${em}/accessPackages/{packageId}/resourceRoleScopes`,
    body: { role: { displayName: 'Member', description: '', originSystem: 'AadGroup', originId: 'Member_{groupId}', resource: { id: '{resourceId}', originId: '{groupId}', originSystem: 'AadGroup' } }, scope: { id: '{scopeId}', originId: '{groupId}', originSystem: 'AadGroup' } },
  },
  { of: 'New-MgEntitlementManagementAssignmentPolicy', method: 'POST', path: `${em}/assignmentPolicies`, keeps: { policyId: 'id' }, body: policy, reads: { displayName: 'direct', allowedTargetScope: 'notSpecified' } },
  { of: 'Set-MgEntitlementManagementAssignmentPolicy', method: 'PUT', path: `${em}/assignmentPolicies/{policyId}`, status: 200, body: { ...policy, id: '{policyId}', displayName: 'direct, approved', requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [{ durationBeforeAutomaticDenial: 'P2D', isApproverJustificationRequired: false, isEscalationEnabled: false, primaryApprovers: [subject], fallbackPrimaryApprovers: [], escalationApprovers: [], fallbackEscalationApprovers: [] }] } }, reads: { displayName: 'direct, approved', requestApprovalSettings: { stages: [{ primaryApprovers: [{ userId: '{userId}' }] }] } } },
  { of: 'Get-MgEntitlementManagementAccessPackage -ExpandProperty', method: 'GET', path: `${em}/accessPackages/{packageId}?$expand=catalog,assignmentPolicies,resourceRoleScopes($expand%3Drole%2Cscope)`, reads: { catalog: { id: '{catalogId}' }, assignmentPolicies: [{ id: '{policyId}' }], resourceRoleScopes: [{ role: { originId: 'Member_{groupId}' }, scope: { isRootScope: true } }] } },
  { of: 'New-MgEntitlementManagementAssignmentRequest', method: 'POST', path: `${em}/assignmentRequests`, keeps: { requestId: 'id' }, body: { requestType: 'adminAdd', assignment: { targetId: '{userId}', assignmentPolicyId: '{policyId}', accessPackageId: '{packageId}' } }, reads: { requestType: 'adminAdd' } },
  { of: 'Get-MgEntitlementManagementAssignmentRequest', method: 'GET', path: `${em}/assignmentRequests/{requestId}?$expand=requestor,accessPackage`, reads: { state: 'delivered', accessPackage: { id: '{packageId}' } } },
  { of: 'Get-MgEntitlementManagementAssignment -Filter -ExpandProperty -All', method: 'GET', path: `${em}/assignments?$filter=accessPackage/id%20eq%20'{packageId}'%20and%20state%20eq%20'Delivered'&$expand=target,assignmentPolicy&$top=999`, keeps: { assignmentId: 'value.0.id' }, reads: { value: [{ state: 'delivered', target: { objectId: '{userId}' } }] } },
  { of: 'Get-MgBetaEntitlementManagementAccessPackageAssignment', method: 'GET', path: "/beta/identityGovernance/entitlementManagement/accessPackageAssignments?$filter=accessPackageId%20eq%20'{packageId}'%20and%20assignmentState%20eq%20'Delivered'&$expand=target", reads: { value: [{ id: '{assignmentId}', assignmentState: 'Delivered', targetId: expect.any(String) }] } },
  { of: 'Remove: New-MgEntitlementManagementAssignmentRequest', method: 'POST', path: `${em}/assignmentRequests`, body: { requestType: 'adminRemove', assignment: { id: '{assignmentId}' } } },
  { of: 'Set-MgEntitlementManagementControlConfiguration', method: 'PUT', path: `${em}/controlConfigurations/endUserSettings`, status: 200, body: { '@odata.type': '#microsoft.graph.endUserSettings', 'relatedPeopleInsightLevel': 'countAndNames', 'showApproverDetailsToMembers': true }, reads: { relatedPeopleInsightLevel: 'countAndNames' } },
  { of: 'New-MgEntitlementManagementAccessPackageIncompatibleGroupByRef', method: 'POST', path: `${em}/accessPackages/{packageId}/incompatibleGroups/$ref`, status: 204, body: { '@odata.id': `${graph}/groups/{groupId}` } },
  { of: 'Remove-MgEntitlementManagementAccessPackageIncompatibleGroupByRef', method: 'DELETE', path: `${em}/accessPackages/{packageId}/incompatibleGroups/{groupId}/$ref` },
  { of: 'New-MgRoleManagementEntitlementManagementRoleAssignment', method: 'POST', path: '/v1.0/roleManagement/entitlementManagement/roleAssignments', body: { principalId: '{userId}', roleDefinitionId: 'ae79f266-94d4-4dab-b730-feca7e132178', appScopeId: '/AccessPackageCatalog/{catalogId}' } },
  { of: 'New-MgRoleManagementDirectoryRoleAssignment', method: 'POST', path: '/v1.0/roleManagement/directory/roleAssignments', body: { '@odata.type': '#microsoft.graph.unifiedRoleAssignment', 'roleDefinitionId': 'f2ef992c-3afb-46b9-b7cf-a126ee74c451', 'principalId': '{userId}', 'directoryScopeId': '/' } },
  { of: 'Get-MgAuditLogDirectoryAudit -Filter -Top', method: 'GET', path: "/v1.0/auditLogs/directoryAudits?$filter=category eq 'EntitlementManagement'&$top=3&$orderby=activityDateTime desc", reads: { value: [{}, {}, {}] } },
  { of: 'Remove-MgUser', method: 'DELETE', path: '/v1.0/users/{userId}' },
  { of: 'Get-MgDirectoryDeletedItemAsUser', method: 'GET', path: '/v1.0/directory/deletedItems/graph.user', reads: { value: [{ id: '{userId}' }] } },
];

const title = (table: readonly Call[]): readonly [string, Call][] => table.map((call, index) => [`${index + 1}. ${call.of}`, call]);

describe('users and groups', () => { it.each(title(directory))('%s', async (_, call) => { await replay.send(call); }); });
describe('applications', () => { it.each(title(workloads))('%s', async (_, call) => { await replay.send(call); }); });
describe('entitlement management', () => { it.each(title(entitlement))('%s', async (_, call) => { await replay.send(call); }); });

describe('-Top with -PageSize: the SDK writes another $top into the next link', () => {
  const get = async (url: string): Promise<{ readonly ids: readonly string[]; readonly next: string | undefined }> => {
    const response = await fetch(url, { headers: { ...headers, authorization: `Bearer ${await server.graph.token()}` } });
    const body: unknown = await response.json();
    expect(response.status, JSON.stringify(body)).toBe(200);
    const value = isRecord(body) && Array.isArray(body['value']) ? body['value'] : [];
    return { ids: value.map((one: unknown) => (isRecord(one) ? String(one['id']) : '')), next: isRecord(body) ? textAt(body, '@odata.nextLink') : undefined };
  };

  it.each([
    ['where it stands', (next: string): string => { const url = new URL(next); url.searchParams.set('$top', '1'); return url.toString(); }],
    ['at the end', (next: string): string => `${next.replace(/[?&](\$|%24)top=\d+/i, '').replace(/(v1\.0\/servicePrincipals)&/, '$1?')}&$top=1`],
  ])('%s', async (_, changed) => {
    const all = await get(`${server.door.base}/v1.0/servicePrincipals?$select=id`);
    expect(all.ids.length).toBeGreaterThanOrEqual(3);
    const first = await get(`${server.door.base}/v1.0/servicePrincipals?$select=id&$top=2`);
    const rest = await get(changed(first.next ?? ''));
    expect([...first.ids, ...rest.ids]).toEqual(all.ids.slice(0, 3));
  });
});
