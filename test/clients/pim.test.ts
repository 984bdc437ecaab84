/** Roles for a time, as the CLI for Microsoft 365 (entra pim) and the PowerShell SDK ask for them: roleManagement/directory. */
import { describe, it } from 'vitest';
import { createPerson } from '../../cli/client/organisation.ts';
import { startTestServer } from '../support/server.ts';
import { Replay, type Call } from './replay.ts';

const server = await startTestServer();
const metadata = 'application/json;odata.metadata=none';
const person = await createPerson(server.graph, 'Helper', server.domain);
const reader = 'f2ef992c-3afb-46b9-b7cf-a126ee74c451';
const administrator = new Replay({ base: server.door.base, token: server.graph.token, headers: { 'accept': metadata, 'odata-version': '4.0' } }, { userId: person.id, reader, domain: server.domain });
const self = new Replay({ base: server.door.base, token: (await server.asPerson(person)).token, headers: { accept: metadata } }, { userId: person.id, reader });
const roles = '/v1.0/roleManagement/directory';

const given: readonly Call[] = [
  { of: 'entra pim role assignment add: the role by its name', method: 'GET', path: `${roles}/roleDefinitions?$filter=displayName eq 'Global%20Reader'`, keeps: { roleId: 'value.0.id' }, reads: { value: [{ id: '{reader}' }] } },
  {
    of: 'entra pim role assignment add', method: 'POST', path: `${roles}/roleAssignmentScheduleRequests`, keeps: { requestId: 'id' }, reads: { action: 'adminAssign', status: 'Provisioned', principalId: '{userId}' },
    body: { principalId: '{userId}', roleDefinitionId: '{roleId}', directoryScopeId: '/', action: 'adminAssign', justification: 'Audit week', scheduleInfo: { expiration: { duration: 'PT8H', type: 'afterDuration' } }, ticketInfo: {} },
  },
  { of: 'entra pim role assignment list', method: 'GET', path: `${roles}/roleAssignmentScheduleInstances?$filter=principalId eq '{userId}'&$expand=roleDefinition($select=displayName),principal`, reads: { value: [{ roleDefinitionId: '{reader}', roleDefinition: { displayName: 'Global Reader' }, principal: { id: '{userId}' } }] } },
  { of: 'entra pim role request list', method: 'GET', path: `${roles}/roleAssignmentScheduleRequests?$filter=principalId eq '{userId}' and createdDateTime ge 2024-01-01T00:00:00Z and status eq 'Provisioned'&$expand=roleDefinition($select=displayName)`, reads: { value: [{ id: '{requestId}', roleDefinition: { displayName: 'Global Reader' } }] } },
  { of: 'entra pim role assignment remove', method: 'POST', path: `${roles}/roleAssignmentScheduleRequests`, body: { principalId: '{userId}', roleDefinitionId: '{reader}', directoryScopeId: '/', action: 'adminRemove', justification: 'Done' }, reads: { action: 'adminRemove' } },
  { of: 'entra pim role assignment list', method: 'GET', path: `${roles}/roleAssignmentScheduleInstances?$filter=principalId eq '{userId}'&$expand=roleDefinition($select=displayName)`, reads: { value: [] } },
  {
    of: 'New-MgRoleManagementDirectoryRoleEligibilityScheduleRequest', method: 'POST', path: `${roles}/roleEligibilityScheduleRequests`, reads: { action: 'adminAssign' },
    body: { action: 'adminAssign', justification: 'Assign Global Reader eligibility', roleDefinitionId: '{reader}', directoryScopeId: '/', principalId: '{userId}', scheduleInfo: { startDateTime: '2026-01-01T00:00:00Z', expiration: { type: 'afterDuration', duration: 'P365D' } } },
  },
  { of: 'entra pim role assignment eligibility list', method: 'GET', path: `${roles}/roleEligibilityScheduleInstances?$filter=principalId eq '{userId}'&$expand=roleDefinition($select=displayName),principal`, reads: { value: [{ principalId: '{userId}', roleDefinition: { displayName: 'Global Reader' } }] } },
];

const taken: readonly Call[] = [
  {
    of: 'entra pim role assignment add, for oneself', method: 'POST', path: `${roles}/roleAssignmentScheduleRequests`, reads: { action: 'selfActivate' },
    body: { principalId: '{userId}', roleDefinitionId: '{reader}', directoryScopeId: '/', action: 'selfActivate', justification: 'Looking into it', scheduleInfo: { expiration: { duration: 'PT4H', type: 'afterDuration' } }, ticketInfo: { ticketNumber: 'INC-1', ticketSystem: 'Desk' } },
  },
];

const title = (table: readonly Call[]): readonly [string, Call][] => table.map((call, index) => [`${index + 1}. ${call.of}`, call]);

describe('by an administrator', () => { it.each(title(given))('%s', async (_, call) => { await administrator.send(call); }); });
describe('by whoever is eligible', () => { it.each(title(taken))('%s', async (_, call) => { await self.send(call); }); });
