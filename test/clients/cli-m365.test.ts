/**
 * The directory calls of the CLI for Microsoft 365 (pnp/cli-microsoft365, src/m365/entra and src/m365/app, read in August
 * 2026), against a running server: in our own words, what each command sends and what it reads from the answer.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { cast } from '../../cli/client/graph.ts';
import { createAgent, createBlueprint, createPerson } from '../../cli/client/organisation.ts';
import { startTestServer } from '../support/server.ts';
import { Replay, type Call } from './replay.ts';

const server = await startTestServer();
const metadata = 'application/json;odata.metadata=none';
const replay = new Replay(
  { base: server.door.base, token: server.graph.token, headers: { 'accept': metadata, 'odata-version': '4.0', 'user-agent': 'NONISV|SharePointPnP|CLIMicrosoft365/11.0.0', 'accept-encoding': 'gzip, deflate', 'X-ClientService-ClientTag': 'M365CLI:11.0.0' } },
  { base: server.door.base, domain: server.domain, ownApi: '00000003-0000-0000-c000-000000000000' },
);
const json = { 'content-type': 'application/json;odata.metadata=none' };

beforeAll(async () => {
  const sponsor = await createPerson(server.graph, 'Sponsor', server.domain);
  const blueprint = await createBlueprint(server.graph, 'Blueprint', [sponsor]);
  const agent = await createAgent(server.graph, blueprint, { displayName: 'Agent', sponsors: [sponsor] });
  await server.graph.create(cast.agentUser, { displayName: 'Agent user', mailNickname: 'agentuser', userPrincipalName: `agentuser@${server.domain}`, accountEnabled: true, identityParentId: agent.id });
  replay.known.set('sponsorId', sponsor.id);
  replay.known.set('agentId', agent.id);
});

const someId = expect.stringMatching(/^[\w-]{20,}$/);

const users: readonly Call[] = [
  { // Names of members in the spelling of the command, not of the metadata.
    of: 'entra user add', method: 'POST', path: '/v1.0/users', keeps: { userId: 'id' }, reads: { displayName: 'John Doe', userPrincipalName: 'john.doe@{domain}' },
    body: { accountEnabled: true, displayName: 'John Doe', userPrincipalName: 'john.doe@{domain}', mailNickName: 'john.doe', passwordProfile: { forceChangePasswordNextSignIn: false, forceChangePasswordNextSignInWithMfa: false, password: 'Kd8-_@%x9QpL2mRt' }, givenName: 'John', surName: 'Doe', department: 'Wards', jobTitle: 'Nurse' },
  },
  { of: 'entra user add --managerUserName', method: 'PUT', path: '/v1.0/users/{userId}/manager/$ref', body: { '@odata.id': '{base}/v1.0/users/{sponsorId}' } },
  { of: 'entra user get --userName', method: 'GET', path: '/v1.0/users/john.doe%40{domain}', reads: { id: '{userId}', givenName: 'John', surname: 'Doe', jobTitle: 'Nurse' } },
  { of: 'entra user get --withManager', method: 'GET', path: '/v1.0/users/{userId}?$select=id,displayName&$expand=manager($select=displayName,userPrincipalName,id,mail)', reads: { id: '{userId}', manager: { id: '{sponsorId}', displayName: 'Sponsor' } } },
  { of: 'entra user get, by a name in quotes', method: 'GET', path: "/v1.0/users('john.doe%40{domain}')", reads: { id: '{userId}' } },
  { of: 'ids by names', method: 'GET', path: "/v1.0/users?$filter=userPrincipalName eq 'john.doe%40{domain}'&$select=Id", reads: { value: [{ id: '{userId}' }] } },
  { of: 'entra user get --email', method: 'GET', path: "/v1.0/users?$filter=mail eq 'nobody%40{domain}'&$select=id", reads: { value: [] } },
  {
    of: 'ids by names, many at once, with numbers for ids', method: 'POST', path: '/v1.0/$batch', status: 200, headers: json,
    body: { requests: [{ id: 1, method: 'GET', url: '/users/john.doe%40{domain}?$select=id', headers: { accept: metadata } }, { id: 2, method: 'GET', url: '/users/nobody%40{domain}?$select=id', headers: { accept: metadata } }] },
    reads: { responses: expect.arrayContaining([expect.objectContaining({ id: '1', status: 200, body: expect.objectContaining({ id: expect.any(String) }) }), expect.objectContaining({ id: '2', status: 404 })]) },
  },
  { of: 'entra user list --type', method: 'GET', path: "/v1.0/users?$select=displayName,jobTitle&$expand=manager($select=displayName)&$filter=startsWith(jobTitle, 'Nur') and userType eq 'Member'", reads: { value: [{ displayName: 'John Doe', jobTitle: 'Nurse', manager: { displayName: 'Sponsor' } }] } },
  { of: 'entra user set', method: 'PATCH', path: '/v1.0/users/john.doe%40{domain}', headers: { accept: 'application/json' }, body: { jobTitle: 'Head nurse', officeLocation: null, preferredLanguage: null } },
  { of: 'entra user set, read back', method: 'GET', path: '/v1.0/users/{userId}?$select=jobTitle', reads: { jobTitle: 'Head nurse' } },
  { of: 'entra user set --managerUserName', method: 'PUT', path: '/v1.0/users/john.doe@{domain}/manager/$ref', body: { '@odata.id': '{base}/v1.0/users/sponsor@{domain}' } },
  { of: 'entra user set --removeManager', method: 'DELETE', path: '/v1.0/users/john.doe@{domain}/manager/$ref' },
  { of: 'entra user license list', method: 'GET', path: '/v1.0/users/john.doe%40{domain}/licenseDetails', reads: { value: [] } },
  { of: 'teams licence', method: 'GET', path: '/v1.0/users/{userId}/licenseDetails/getTeamsLicensingDetails()', reads: { hasTeamsLicense: false } },
  { of: 'entra user session revoke', method: 'POST', path: "/v1.0/users('john.doe%40{domain}')/revokeSignInSessions", status: 200, reads: { value: true } },
  { of: 'entra agent list', method: 'GET', path: '/v1.0/users/microsoft.graph.agentUser', reads: { value: [{ displayName: 'Agent user', identityParentId: '{agentId}' }] } },
  { of: 'entra agent list --properties', method: 'GET', path: '/v1.0/users/microsoft.graph.agentUser?$select=id,displayName,mail', reads: { value: [{ displayName: 'Agent user' }] } },
];

const groups: readonly Call[] = [
  { of: 'entra group add', method: 'POST', path: '/v1.0/groups', keeps: { groupId: 'id' }, reads: { displayName: 'Night shift', securityEnabled: true }, body: { displayName: 'Night shift', description: 'Who is there at night', mailNickName: 'Group8172', visibility: 'Public', groupTypes: [], mailEnabled: false, securityEnabled: true } },
  { of: 'entra group add --type microsoft365', method: 'POST', path: '/v1.0/groups', keeps: { teamId: 'id' }, body: { displayName: 'Team', mailNickName: 'team', visibility: 'Private', groupTypes: ['Unified'], mailEnabled: true, securityEnabled: true } },
  {
    of: 'entra group member add', method: 'POST', path: '/v1.0/$batch', status: 200, headers: json, reads: { responses: [{ id: '1', status: 204 }] },
    body: { requests: [{ id: 1, method: 'PATCH', url: '/groups/{groupId}', headers: json, body: { 'members@odata.bind': ['{base}/v1.0/directoryObjects/{userId}', '{base}/v1.0/directoryObjects/{teamId}'] } }] },
  },
  {
    of: 'entra group member add --role Owner', method: 'POST', path: '/v1.0/$batch', status: 200, headers: json, reads: { responses: [{ status: 204 }] },
    body: { requests: [{ id: 1, method: 'PATCH', url: '/groups/{groupId}', headers: json, body: { 'owners@odata.bind': ['{base}/v1.0/directoryObjects/{userId}'] } }] },
  },
  { of: 'entra group member list', method: 'GET', path: '/v1.0/groups/{groupId}/Owners?$select=id,displayName,userPrincipalName,givenName,surname', reads: { value: [{ id: '{userId}', userPrincipalName: 'john.doe@{domain}', givenName: 'John', surname: 'Doe' }] } },
  { of: 'entra group member list --filter', method: 'GET', path: "/v1.0/groups/{groupId}/Members?$select=id,displayName&$filter=startswith(displayName%2C'John')&$count=true", headers: { ConsistencyLevel: 'eventual' }, reads: { value: [{ id: '{userId}' }], '@odata.count': 1 } },
  {
    of: 'entra group member set: a count is a number in the batch', method: 'POST', path: '/v1.0/$batch', status: 200, headers: json, reads: { responses: [{ id: '{userId}', status: 200, body: 1 }] },
    body: { requests: [{ id: '{userId}', method: 'GET', url: "/groups/{groupId}/owners/$count?$filter=id eq '{userId}'", headers: { ConsistencyLevel: 'eventual' } }] },
  },
  { of: 'entra group list --type security', method: 'GET', path: '/v1.0/groups?$filter=securityEnabled eq true and mailEnabled eq false', reads: { value: [{ displayName: 'Night shift' }] } },
  { of: 'entra group list --type microsoft365', method: 'GET', path: "/v1.0/groups?$filter=groupTypes/any(c:c+eq+'Unified')", reads: { value: [{ id: '{teamId}' }] } },
  { of: 'entra group list --type mailEnabledSecurity', method: 'GET', path: "/v1.0/groups?$filter=securityEnabled eq true and mailEnabled eq true and not(groupTypes/any(t:t eq 'Unified'))&$count=true", headers: { ConsistencyLevel: 'eventual' }, reads: { value: [], '@odata.count': 0 } },
  { of: 'entra group get --displayName', method: 'GET', path: "/v1.0/groups?$filter=displayName eq 'Night%20shift'&$select=id", reads: { value: [{ id: '{groupId}' }] } },
  { of: 'entra group set', method: 'PATCH', path: '/v1.0/groups/{groupId}', body: { description: 'Changed' } },
  { of: 'entra user groupmembership list', method: 'POST', path: '/v1.0/users/{userId}/getMemberGroups', status: 200, body: { securityEnabledOnly: false }, reads: { value: ['{groupId}'] } },
  {
    of: 'entra group member remove: deletions in a batch carry a content type', method: 'POST', path: '/v1.0/$batch', status: 200, headers: json,
    body: { requests: [{ id: 1, method: 'DELETE', url: '/groups/{groupId}/members/{userId}/$ref', headers: json }, { id: 2, method: 'DELETE', url: '/groups/{groupId}/members/{sponsorId}/$ref', headers: json }] },
    reads: { responses: expect.arrayContaining([expect.objectContaining({ id: '1', status: 204 }), expect.objectContaining({ id: '2', status: 404 })]) },
  },
];

const apps: readonly Call[] = [
  { of: 'APIs by name, whatever page they are on', method: 'GET', path: '/v1.0/myorganization/servicePrincipals?$select=appId,appRoles,id,oauth2PermissionScopes,servicePrincipalNames', reads: { value: expect.arrayContaining([expect.objectContaining({ appId: '00000003-0000-0000-c000-000000000000', servicePrincipalNames: expect.arrayContaining(['00000003-0000-0000-c000-000000000000']) })]) } },
  { of: 'own API', method: 'GET', path: "/v1.0/servicePrincipals?$filter=appId eq '{ownApi}'&$select=appId,id,displayName", keeps: { apiId: 'value.0.id' }, reads: { value: [{ appId: '{ownApi}' }] } },
  { of: 'entra app permission list: one property of it', method: 'GET', path: '/v1.0/servicePrincipals/{apiId}/oauth2PermissionScopes', reads: { value: expect.arrayContaining([expect.objectContaining({ value: 'User.Read', type: expect.stringMatching(/User|Admin/) })]) } },
  { of: 'entra app permission list: another', method: 'GET', path: '/v1.0/servicePrincipals/{apiId}/appRoles', keeps: { roleId: 'value.0.id', roleValue: 'value.0.value' }, reads: { value: expect.arrayContaining([expect.objectContaining({ value: 'User.Read.All', allowedMemberTypes: ['Application'] })]) } },
  {
    of: 'entra app add', method: 'POST', path: '/v1.0/myorganization/applications', keeps: { objectId: 'id', appId: 'appId' }, reads: { requiredResourceAccess: [{ resourceAppId: '{ownApi}' }], web: { implicitGrantSettings: { enableIdTokenIssuance: true } } },
    body: { displayName: 'My app', signInAudience: 'AzureADMyOrg', requiredResourceAccess: [{ resourceAppId: '{ownApi}', resourceAccess: [{ id: '{roleId}', type: 'Role' }] }], web: { redirectUris: ['https://myapp.example'], implicitGrantSettings: { enableAccessTokenIssuance: true, enableIdTokenIssuance: true } } },
  },
  { of: 'entra app add --withSecret', method: 'POST', path: '/v1.0/myorganization/applications/{objectId}/addPassword', status: 200, reads: { secretText: expect.any(String) }, body: { passwordCredential: { displayName: 'Default', endDateTime: '2030-01-01T00:00:00.000Z' } } },
  { of: 'entra app add --grantAdminConsent', method: 'POST', path: '/v1.0/myorganization/servicePrincipals', keeps: { spId: 'id' }, body: { appId: '{appId}' } },
  { of: 'entra app add --grantAdminConsent, delegated', method: 'POST', path: '/v1.0/myorganization/oauth2PermissionGrants', body: { clientId: '{spId}', consentType: 'AllPrincipals', principalId: null, resourceId: '{apiId}', scope: 'User.Read' } },
  { of: 'entra app add --grantAdminConsent, application', method: 'POST', path: '/v1.0/myorganization/servicePrincipals/{spId}/appRoleAssignments', reads: { id: someId, principalDisplayName: 'My app', resourceId: '{apiId}' }, body: { appRoleId: '{roleId}', principalId: '{spId}', resourceId: '{apiId}' } },
  { of: 'entra app get', method: 'GET', path: "/v1.0/applications?$filter=appId eq '{appId}'&$select=id,appId,requiredResourceAccess", reads: { value: [{ id: '{objectId}', requiredResourceAccess: [{ resourceAccess: [{ id: '{roleId}', type: 'Role' }] }] }] } },
  { of: 'entra app get --name', method: 'GET', path: "/v1.0/applications?$filter=displayName eq 'My%20app'", reads: { value: [{ appId: '{appId}' }] } },
  { of: 'entra app role add: no word on whether it is enabled', method: 'PATCH', path: '/v1.0/myorganization/applications/{objectId}', body: { appRoles: [{ displayName: 'Managers', description: 'Managers', id: 'c4352a0a-494f-46f9-b843-479855c173a7', value: 'managers', allowedMemberTypes: ['User', 'Application'] }] } },
  { of: 'entra app role list', method: 'GET', path: '/v1.0/myorganization/applications/{objectId}/appRoles', reads: { value: [{ value: 'managers', isEnabled: true }] } },
  { of: 'entra app role remove: disabled first', method: 'PATCH', path: '/v1.0/myorganization/applications/{objectId}', body: { appRoles: [{ displayName: 'Managers', description: 'Managers', id: 'c4352a0a-494f-46f9-b843-479855c173a7', value: 'managers', allowedMemberTypes: ['User', 'Application'], isEnabled: false, origin: 'Application' }] } },
  { of: 'entra app role remove', method: 'PATCH', path: '/v1.0/myorganization/applications/{objectId}', body: { appRoles: [] } },
  { of: 'entra app set --redirectUris', method: 'GET', path: '/v1.0/myorganization/applications/{objectId}', reads: { spa: { redirectUris: [] }, publicClient: { redirectUris: [] }, web: { redirectUris: ['https://myapp.example'] } } },
  { of: 'entra app set --redirectUris', method: 'PATCH', path: '/v1.0/myorganization/applications/{objectId}', headers: json, body: { publicClient: { redirectUris: [] }, spa: { redirectUris: ['https://spa.example'] }, web: { redirectUris: ['https://myapp.example'] } } },
  { of: 'entra app set --uris', method: 'PATCH', path: '/v1.0/myorganization/applications/{objectId}', headers: json, body: { identifierUris: ['api://{appId}'] } },
  { of: 'entra app set --certificateFile', method: 'GET', path: '/v1.0/myorganization/applications/{objectId}?$select=keyCredentials', reads: { keyCredentials: [] } },
  { of: 'entra app list', method: 'GET', path: '/v1.0/applications?$select=appId,id,displayName,signInAudience', reads: { value: expect.arrayContaining([expect.objectContaining({ displayName: 'My app', signInAudience: 'AzureADMyOrg' })]) } },
];

const principals: readonly Call[] = [
  { of: 'entra enterpriseapp get --displayName', method: 'GET', path: "/v1.0/servicePrincipals?$filter=displayName eq 'My%20app'", reads: { value: [{ id: '{spId}' }] } },
  { of: 'entra enterpriseapp get: a GET with a content type', method: 'GET', path: '/v1.0/servicePrincipals/{spId}', headers: json, reads: { appId: '{appId}', servicePrincipalType: 'Application', accountEnabled: true } },
  { of: 'entra enterpriseapp list --tag', method: 'GET', path: "/v1.0/servicePrincipals?$filter=(tags/any(t:t eq 'WindowsAzureActiveDirectoryIntegratedApp'))", reads: { value: [] } },
  { of: 'entra enterpriseapp list --tag --displayName', method: 'GET', path: "/v1.0/servicePrincipals?$filter=(tags/any(t:t eq 'x')) and (displayName eq 'My app')", reads: { value: [] } },
  { of: 'entra approleassignment add: whose it is', method: 'GET', path: "/v1.0/servicePrincipals?$filter=id eq '{spId}'", headers: { accept: 'application/json' }, reads: { value: [{ appRoles: [] }] } },
  { of: 'entra approleassignment add: of which API', method: 'GET', path: "/v1.0/servicePrincipals?$filter=(displayName eq '{ownApi}' or startswith(displayName,'{ownApi}')) or appId eq '{ownApi}' or id eq '{ownApi}'", headers: { accept: 'application/json' }, reads: { value: [{ id: '{apiId}' }] }, keeps: { otherRoleId: 'value.0.appRoles.1.id' } },
  { of: 'entra approleassignment add', method: 'POST', path: '/v1.0/servicePrincipals/{spId}/appRoleAssignments', body: { appRoleId: '{otherRoleId}', principalId: '{spId}', resourceId: '{apiId}' }, keeps: { assignmentId: 'id' }, reads: { principalDisplayName: 'My app', resourceDisplayName: expect.any(String), principalType: 'ServicePrincipal' } },
  { of: 'entra approleassignment list --appId', method: 'GET', path: "/v1.0/servicePrincipals?$expand=appRoleAssignments&$filter=appId eq '{appId}'", headers: { accept: 'application/json' }, reads: { value: [{ appRoleAssignments: expect.arrayContaining([expect.objectContaining({ resourceId: expect.any(String), createdDateTime: expect.any(String), deletedDateTime: null })]) }] } },
  { of: 'entra approleassignment list --appObjectId', method: 'GET', path: '/v1.0/servicePrincipals/{spId}/appRoleAssignments', headers: { accept: 'application/json' }, reads: { value: [{ resourceId: '{apiId}' }, { resourceId: '{apiId}' }] } },
  { of: 'entra app permission remove --revokeAdminConsent', method: 'GET', path: '/v1.0/servicePrincipals/{spId}/appRoleAssignments?$select=id,appRoleId,resourceId', reads: { value: [{ id: someId }, { id: someId }] } },
  { of: 'entra app permission remove --revokeAdminConsent, delegated', method: 'GET', path: '/v1.0/servicePrincipals/{spId}/oAuth2PermissionGrants?$select=id,resourceId,scope', keeps: { grantId: 'value.0.id' }, reads: { value: [{ resourceId: '{apiId}', scope: 'User.Read' }] } },
  { of: 'entra app permission remove: what it read comes back', method: 'PATCH', path: '/v1.0/oauth2PermissionGrants/{grantId}', body: { id: '{grantId}', resourceId: '{apiId}', scope: 'User.Read email' } },
  { of: 'entra approleassignment remove', method: 'DELETE', path: '/v1.0/servicePrincipals/{spId}/appRoleAssignments/{assignmentId}' },
  { of: 'entra oauth2grant list', method: 'GET', path: "/v1.0/oauth2PermissionGrants?$filter=clientId eq '{spId}'", reads: { value: [{ id: '{grantId}', consentType: 'AllPrincipals', principalId: null, scope: expect.stringContaining('email') }] } },
  { of: 'entra oauth2grant set', method: 'PATCH', path: '/v1.0/oauth2PermissionGrants/{grantId}', headers: { 'content-type': 'application/json' }, body: { scope: 'User.Read' } },
  { of: 'entra oauth2grant remove', method: 'DELETE', path: '/v1.0/oauth2PermissionGrants/{grantId}' },
  { of: 'entra oauth2grant add', method: 'POST', path: '/v1.0/oauth2PermissionGrants', headers: json, body: { clientId: '{spId}', consentType: 'AllPrincipals', principalId: null, resourceId: '{apiId}', scope: 'User.Read email' } },
  { of: 'app permission add', method: 'PATCH', path: '/v1.0/myorganization/applications/{objectId}', body: { requiredResourceAccess: [{ resourceAppId: '{ownApi}', resourceAccess: [{ id: '{roleId}', type: 'Role' }, { id: '{otherRoleId}', type: 'Role' }] }] } },
  { of: 'entra roledefinition by name', method: 'GET', path: "/v1.0/roleManagement/directory/roleDefinitions?$filter=displayName eq 'Global Reader'", reads: { value: [{ displayName: 'Global Reader' }] } },
  { of: 'entra enterpriseapp remove --id', method: 'DELETE', path: "/v1.0/servicePrincipals(appId='{appId}')" },
  { of: 'entra app remove', method: 'DELETE', path: '/v1.0/myorganization/applications/{objectId}' },
];

const bins: readonly Call[] = [
  { of: 'entra user remove', method: 'DELETE', path: '/v1.0/users/john.doe@{domain}' },
  { of: 'entra user recyclebinitem list', method: 'GET', path: '/v1.0/directory/deletedItems/microsoft.graph.user', reads: { value: [{ id: '{userId}', displayName: 'John Doe' }] } },
  { of: 'entra user recyclebinitem restore', method: 'POST', path: '/v1.0/directory/deletedItems/{userId}/restore', status: 200, reads: { id: '{userId}' } },
  { of: 'entra user remove', method: 'DELETE', path: '/v1.0/users/{userId}' },
  { of: 'entra user recyclebinitem clear', method: 'GET', path: '/v1.0/directory/deletedItems/microsoft.graph.user?$select=id', reads: { value: [{ id: '{userId}' }] } },
  // The command does not look at the answers. Deleted objects are kept here: assignments and the trail refer to them.
  { of: 'entra user recyclebinitem clear: numbers from 0', method: 'POST', path: '/v1.0/$batch', status: 200, headers: { 'accept': 'application/json', 'content-type': 'application/json' }, body: { requests: [{ id: 0, method: 'DELETE', url: '/directory/deletedItems/{userId}' }] }, reads: { responses: [{ id: '0', status: 409 }] } },
  { of: 'entra group remove', method: 'DELETE', path: '/v1.0/groups/{groupId}' },
];

const title = (table: readonly Call[]): readonly [string, Call][] => table.map((call, index) => [`${index + 1}. ${call.of}`, call]);

describe('users', () => { it.each(title(users))('%s', async (_, call) => { await replay.send(call); }); });
describe('groups', () => { it.each(title(groups))('%s', async (_, call) => { await replay.send(call); }); });
describe('applications', () => { it.each(title(apps))('%s', async (_, call) => { await replay.send(call); }); });
describe('service principals', () => { it.each(title(principals))('%s', async (_, call) => { await replay.send(call); }); });
describe('what was deleted', () => { it.each(title(bins))('%s', async (_, call) => { await replay.send(call); }); });

it('reads who is signed in from the token: a person by upn, an application by its name', async () => {
  const claims = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64').toString());
  const person = claims(await (await server.asPerson(await createPerson(server.graph, 'Reader', server.domain))).token());
  expect(person).toMatchObject({ upn: `reader@${server.domain}`, unique_name: `reader@${server.domain}`, app_displayname: 'people', idtyp: 'user', tid: server.door.tenantId, oid: expect.any(String), scp: expect.any(String) });
  expect(claims(await server.graph.token())).toMatchObject({ idtyp: 'app', app_displayname: expect.any(String), tid: server.door.tenantId, roles: expect.any(Array) });
});
