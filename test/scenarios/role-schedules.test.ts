/** Roles for a time over HTTP: made eligible, activated for an hour, over at its end with the same token; and everybody who may not. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { entitlement, textOf } from '../../cli/client/graph.ts';
import { createCatalog, createPerson, type Person } from '../../cli/client/organisation.ts';
import { directoryRole, entitlementRole } from '../../src/features/roles/model.ts';
import { isRecord, recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { createGroup } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const management = '/roleManagement/entitlementManagement';
const [catalog, elsewhere] = [await createCatalog(graph, 'Finance'), await createCatalog(graph, 'Elsewhere')];
const colleague = await createPerson(graph, 'Carla', server.domain);
const stranger = await createPerson(graph, 'Stranger', server.domain);
const neighbour = await createPerson(graph, 'Nora', server.domain);
await graph.create(`${management}/roleAssignments`, { principalId: neighbour.id, roleDefinitionId: entitlementRole.catalogOwner, directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${elsewhere.id}` });

let her: MicrosoftGraph;
let him: MicrosoftGraph;
let next: MicrosoftGraph;
beforeAll(async () => {
  [her, him, next] = await Promise.all([server.asPerson(colleague), server.asPerson(stranger), server.asPerson(neighbour)]);
});

const owner = (who: Pick<Person, 'id'>, more: object = {}): object =>
  ({ principalId: who.id, roleDefinitionId: entitlementRole.catalogOwner, directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${catalog.id}`, justification: 'quarter end', ...more });
const hours = (count: number, startDateTime = new Date().toISOString()): object => ({ scheduleInfo: { startDateTime, expiration: { type: 'afterDuration', duration: `PT${count}H` } } });
const assignments = `${management}/roleAssignmentScheduleRequests`;
const eligibilities = `${management}/roleEligibilityScheduleRequests`;
const mine = (list: string, on = 'principal'): string => `${management}/${list}/filterByCurrentUser(on='${on}')`;
const addPackage = (as: MicrosoftGraph) => as.create(`${entitlement}/accessPackages`, { displayName: `package ${newId()}`, description: 'd', catalog: { id: catalog.id } });
const mayNot = (as: MicrosoftGraph) => as.refusal('POST', `${entitlement}/accessPackages`, { displayName: 'no', description: 'd', catalog: { id: catalog.id } });

const beta = async (as: MicrosoftGraph, path: string): Promise<readonly JsonRecord[]> => {
  const answer: unknown = await as.client.api(path).version('beta').get();
  return recordsAt(isRecord(answer) ? answer : {}, 'value');
};

/** Lets hours pass for what somebody has activated. No sweep has been there. */
const pass = async (who: Person, count: number) => await sql`update role_schedules set starts_at = starts_at - ${count} * interval '1 hour', ends_at = ends_at - ${count} * interval '1 hour'
  where principal_id = ${who.id} and assignment_type = 'Activated'`.execute(server.database.owner);

describe('somebody who is made eligible', () => {
  it('can do nothing by that, everything for the hour of the activation, and nothing after, with one token', async () => {
    const made = await graph.create(eligibilities, owner(colleague, { action: 'adminAssign', ...hours(1000) }));
    expect(made).toMatchObject({ action: 'adminAssign', status: 'Provisioned', isValidationOnly: false, principalId: colleague.id, appScopeId: `/AccessPackageCatalog/${catalog.id}`, createdBy: { application: { id: expect.any(String) as string } } });
    expect((await mayNot(her)).status).toBeOneOf([400, 403, 404]);

    expect(await her.list(mine('roleEligibilityScheduleInstances'))).toMatchObject([{ principalId: colleague.id, memberType: 'Direct', endDateTime: expect.any(String) as string }]);
    const activation = await her.create(assignments, owner(colleague, { action: 'selfActivate', ...hours(1) }));
    expect(activation).toMatchObject({ status: 'Provisioned', action: 'selfActivate' });
    const expanded = await her.read(`${assignments}/${activation.id}?$expand=targetSchedule($expand=activatedUsing),roleDefinition,appScope,principal,activatedUsing`);
    expect(expanded).toMatchObject({ targetSchedule: { assignmentType: 'Activated', activatedUsing: { id: made['targetScheduleId'] } }, roleDefinition: { displayName: 'Catalog owner' }, appScope: { displayName: 'Finance' }, activatedUsing: { id: made['targetScheduleId'] } });
    await addPackage(her);
    expect(await her.list(mine('roleAssignmentScheduleInstances'))).toMatchObject([{ assignmentType: 'Activated', roleAssignmentScheduleId: activation['targetScheduleId'] }]);

    await pass(colleague, 2);
    expect((await mayNot(her)).status).toBeOneOf([400, 403, 404]);
    expect(await her.list(mine('roleAssignmentScheduleInstances'))).toEqual([]);
    expect(await graph.list(`${management}/roleAssignments?$filter=principalId eq '${colleague.id}'`)).toEqual([]);
  });

  it('cannot give herself what outlives the activation', async () => {
    await her.create(assignments, owner(colleague, { action: 'selfActivate', ...hours(1) }));
    for (const body of [owner(colleague, { action: 'adminAssign' }), owner(colleague, { roleDefinitionId: entitlementRole.catalogReader, action: 'adminAssign' })]) {
      expect(await her.refusal('POST', assignments, body)).toMatchObject({ status: 403 });
    }
    expect(await her.refusal('POST', `${management}/roleAssignments`, { principalId: colleague.id, roleDefinitionId: entitlementRole.catalogReader, appScopeId: `/AccessPackageCatalog/${catalog.id}` })).toMatchObject({ status: 403 });
    await her.must('POST', assignments, owner(colleague, { action: 'selfDeactivate' }));
    expect((await mayNot(her)).status).toBeOneOf([400, 403, 404]);
  });

  it('hears every reason why not', async () => {
    const refused = await her.refusal('POST', assignments, owner(colleague, { action: 'selfActivate', justification: '', ...hours(9) }));
    expect(refused).toMatchObject({ status: 400 });
    expect(JSON.stringify(refused)).toMatch(/justification[\s\S]*PT8H/);
    expect((await her.refusal('POST', eligibilities, owner(colleague, { action: 'selfActivate' }))).status).toBe(400);
  });

  it('tries a request out without making it', async () => {
    const before = await her.list(mine('roleAssignmentScheduleRequests'));
    const answer = await her.must('POST', assignments, owner(colleague, { action: 'selfActivate', isValidationOnly: true, ...hours(1) }));
    expect(isRecord(answer) ? answer : {}).toMatchObject({ isValidationOnly: true, status: 'Provisioned' });
    expect(await her.list(mine('roleAssignmentScheduleRequests'))).toHaveLength(before.length);
  });

  it('asks for more time, and sees what she asked as administrators see that they are asked', async () => {
    const asked = await her.create(eligibilities, owner(colleague, { action: 'selfExtend' }));
    expect(asked).toMatchObject({ status: 'PendingAdminDecision' });
    const waits = async (as: MicrosoftGraph, on: string) => (await as.list(mine('roleEligibilityScheduleRequests', on))).map(({ id }) => id);
    expect([await waits(her, 'createdBy'), await waits(her, 'approver'), await waits(graph, 'approver'), await waits(next, 'approver')]).toEqual([[asked.id], [], [asked.id], []]);
    await graph.create(eligibilities, owner(colleague, { action: 'adminExtend', ...hours(2000) }));
    expect(await her.read(`${eligibilities}/${asked.id}`)).toMatchObject({ status: 'Provisioned' });
  });
});

describe('everybody else', () => {
  it('sees nothing of it and can do nothing', async () => {
    const waiting = await graph.create(assignments, owner(colleague, { action: 'adminAssign', ...hours(1, new Date(Date.now() + 86_400_000).toISOString()) }));
    expect(waiting).toMatchObject({ status: 'PendingProvisioning' });
    for (const as of [him, next]) {
      expect((await as.refusal('POST', assignments, owner(stranger, { action: 'adminAssign' }))).status).toBe(403);
      expect((await as.refusal('POST', assignments, owner(colleague, { action: 'selfActivate', ...hours(1) }))).status).toBe(403);
      expect((await as.refusal('GET', `${assignments}/${waiting.id}`)).status).toBe(404);
      expect((await as.refusal('POST', `${assignments}/${waiting.id}/cancel`)).status).toBe(404);
      expect(await as.list(`${management}/roleEligibilitySchedules?$filter=principalId eq '${colleague.id}'`)).toEqual([]);
    }
    expect((await him.refusal('POST', assignments, owner(stranger, { action: 'selfActivate', ...hours(1) }))).status).toBe(400);
    expect((await her.refusal('POST', `${assignments}/${waiting.id}/cancel`)).status).toBe(403);
    await graph.must('POST', `${assignments}/${waiting.id}/cancel`);
    expect(await graph.read(`${assignments}/${waiting.id}`)).toMatchObject({ status: 'Canceled' });
    expect(await graph.list(`${management}/roleAssignmentSchedules?$filter=principalId eq '${colleague.id}' and assignmentType eq 'Assigned'`)).toEqual([]);
  });
});

describe('what is given by hand', () => {
  it('is a schedule without end too, in both vocabularies, and both functions of beta find it', async () => {
    const [held] = await graph.list(`${management}/roleAssignments?$filter=principalId eq '${neighbour.id}'`);
    const found = { assignmentType: 'Assigned', memberType: 'Direct', scheduleInfo: { expiration: { type: 'noExpiration' } }, status: 'Provisioned' };
    expect(await next.list(`${management}/roleAssignmentSchedules/filterByCurrentUser(on='principal')`)).toMatchObject([{ id: held?.id, ...found }]);
    const given = `(directoryScopeId='/',appScopeId='/AccessPackageCatalog/${elsewhere.id}',principalId='${neighbour.id}',roleDefinitionId='${entitlementRole.catalogOwner}')`;
    expect(await beta(graph, `${management}/roleSchedules${given}`)).toMatchObject([{ '@odata.type': '#microsoft.graph.unifiedRoleAssignmentSchedule', ...found }]);
    expect(await beta(graph, `${management}/roleScheduleInstances${given}`)).toMatchObject([{ roleAssignmentOriginId: held?.id, endDateTime: null }]);
    expect(await beta(him, `${management}/roleSchedules${given}`)).toEqual([]);
    expect(await beta(graph, `${management}/roleAssignmentApprovals/filterByCurrentUser(on='approver')`)).toEqual([]);
    const principals = `${management}/roleDefinitions/${entitlementRole.catalogOwner}/assignedPrincipals(transitive=true,directoryScopeType='tenant',directoryScopeId='/')`;
    expect((await beta(graph, principals)).map((one) => one['id'])).toContain(neighbour.id);
    expect(await beta(him, principals)).toEqual([]);
    const transitive = `${management}/transitiveRoleAssignments?$filter=principalId eq '${neighbour.id}'`;
    const group = await createGroup(graph, 'Readers', { 'members@odata.bind': [graph.reference('users', neighbour.id)] });
    await graph.create(`${management}/roleAssignments`, { principalId: group.id, roleDefinitionId: entitlementRole.catalogReader, directoryScopeId: '/', appScopeId: '/' });
    expect((await beta(graph, transitive)).map((one) => one['principalId']).toSorted()).toEqual([neighbour.id, group.id].toSorted());
    expect(await beta(next, transitive)).toHaveLength(2);
    expect(await graph.list(`${management}/resourceNamespaces?$expand=resourceActions`)).toMatchObject([{ id: 'microsoft.entitlementManagement', resourceActions: expect.any(Array) as unknown[] }]);
  });
});

describe('the directory', () => {
  it('takes the requests of the command line, with its empty ticket, and lists what it reads', async () => {
    const directory = '/roleManagement/directory';
    const person = await createPerson(graph, 'Reader', server.domain);
    const body = {
      principalId: person.id, roleDefinitionId: directoryRole.globalReader, directoryScopeId: '/', action: 'adminAssign', justification: 'audit',
      scheduleInfo: { startDateTime: new Date().toISOString(), expiration: { duration: 'PT8H', endDateTime: null, type: 'afterDuration' } }, ticketInfo: { ticketNumber: 'T-1', ticketSystem: null },
    };
    const request = await graph.create(`${directory}/roleAssignmentScheduleRequests`, body);
    expect(request).toMatchObject({ status: 'Provisioned', ticketInfo: { ticketNumber: 'T-1' } });
    expect(await graph.list(`${directory}/roleAssignmentScheduleRequests?$filter=principalId eq '${person.id}'&$expand=roleDefinition($select=id,displayName),principal`)).toMatchObject([{ roleDefinition: { displayName: 'Global Reader' }, principal: { displayName: 'Reader' } }]);
    expect(await graph.list(`${directory}/roleAssignmentScheduleInstances?$filter=principalId eq '${person.id}' and roleDefinitionId eq '${directoryRole.globalReader}'&$expand=roleDefinition($select=id,displayName),principal`)).toHaveLength(1);
    expect(textOf((await graph.list(`${directory}/roleAssignments?$filter=principalId eq '${person.id}'`))[0] ?? {}, 'roleDefinitionId')).toBe(directoryRole.globalReader);
  });

  it('guards the accounts of those who could activate a role as those of its holders', async () => {
    const person = await createPerson(graph, 'Deputy', server.domain);
    await graph.create('/roleManagement/directory/roleEligibilityScheduleRequests', { principalId: person.id, roleDefinitionId: directoryRole.globalAdministrator, directoryScopeId: '/', action: 'adminAssign', justification: 'deputy', scheduleInfo: { expiration: { type: 'noExpiration' } } });
    const helper = await createPerson(graph, 'Helper', server.domain);
    await graph.create('/roleManagement/directory/roleAssignments', { principalId: helper.id, roleDefinitionId: directoryRole.identityGovernanceAdministrator, directoryScopeId: '/' });
    expect((await (await server.asPerson(helper)).refusal('PATCH', `/users/${person.id}`, { accountEnabled: false })).status).toBe(403);
  });
});
