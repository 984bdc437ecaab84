/** People of a partner ask, the partner's sponsor decides, and with the last access the guest goes as well. */
import { sql } from 'kysely';
import { describe, expect, it, vi } from 'vitest';
import { entitlement, filter, textOf, type Entity } from '../../cli/client/graph.ts';
import { createAgent, createApi, createBlueprint, createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody } from '../../cli/client/policies.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { recordAt, recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { appRoles, assign, assignmentOf, offer, passTheEnd, stateOf } from '../support/access.ts';
import { connect, createGuest, members, newDomain, organizations } from '../support/organizations.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const api = await createApi(graph, { name: 'Orders API', roles: ['Read'] });
const contents = [appRoles(api, textOf(api.roles, 'Read'))];
const self = { enableTargetsToSelfAddAccess: true };

const beta = async (path: string): Promise<JsonRecord> => {
  const answer: unknown = await graph.client.api(path).version('beta').get();
  return recordAt({ answer }, 'answer');
};

/** Lets everything happen that is due; the server's own sweep may be at it as well. */
const sweep = async (): Promise<void> => { await lifecycleSweep({ db: server.database.db, clock: { now: () => new Date() }, log: silentLog }).run(); };
const user = async (id: string): Promise<Entity> => await graph.read(`/users/${id}?$select=id,accountEnabled,userType,mail,externalUserState,userPrincipalName`);
const untilBlocked = async (id: string): Promise<void> => await vi.waitFor(async () => {
  await sweep();
  expect(await user(id)).toMatchObject({ accountEnabled: false });
}, { timeout: 20_000, interval: 200 });
const untilDeleted = async (id: string): Promise<void> => await vi.waitFor(async () => {
  await sweep();
  expect((await graph.refusal('GET', `/users/${id}`)).status).toBe(404);
}, { timeout: 20_000, interval: 200 });
/** Lets the time pass for which a blocked guest is kept. */
const passTheWaiting = async (id: string): Promise<void> => {
  await sql`update subject_lifecycles set blocked_at = blocked_at - interval '31 days', due_at = due_at - interval '31 days' where subject_id = ${id}`.execute(server.database.owner);
};
const trailOf = async (id: string): Promise<readonly string[]> => (await graph.list(`/auditLogs/directoryAudits?${filter(`targetResources/any(t:t/id eq '${id}')`)}`)).map((event) => textOf(event, 'activityDisplayName'));
const roleIdsOf = async (userId: string): Promise<readonly string[]> => (await graph.list(`/users/${userId}/appRoleAssignments`)).map((held) => textOf(held, 'appRoleId'));
const govern = async (id: string): Promise<unknown> => await graph.must('PATCH', `${entitlement}/subjects(objectId='${id}')`, { subjectLifecycle: 'governed' });

describe('a guest of a partner', () => {
  it('asks, the partner\'s sponsor approves, access ends, and the guest is blocked and then deleted', async () => {
    const domain = newDomain();
    const partner = await connect(graph, domain);
    const [gina, boss] = [await createGuest(server, 'Gina', domain), await createGuest(server, 'Boss', domain)];
    await graph.must('POST', `${organizations}/${partner.id}/externalSponsors/$ref`, { '@odata.id': graph.reference('users', boss.id) });
    const given = await offer(graph, contents, {
      scope: 'specificConnectedOrganizationUsers', targets: [members(partner.id)], requestor: self,
      stages: [{ primary: [{ '@odata.type': '#microsoft.graph.externalSponsors' }], fallback: [oneUser((await createPerson(graph, 'Fallback', server.domain)).id)] }],
    });
    await govern(gina.id);
    const desk = await server.asPerson(gina);
    expect((await desk.list(`${entitlement}/accessPackages/filterByCurrentUser(on='allowedRequestor')`)).map(({ id }) => id)).toContain(given.packageId);
    const request = await desk.create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: gina.id, ...given }));
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
    const sponsor = await server.asPerson(boss);
    const [stage] = await sponsor.list(`${entitlement}/accessPackageAssignmentApprovals/${request.id}/stages`);
    await sponsor.must('PATCH', `${entitlement}/accessPackageAssignmentApprovals/${request.id}/stages/${stage?.id ?? ''}`, { reviewResult: 'Approve' });
    expect(await roleIdsOf(gina.id)).toEqual([api.roles['Read']]);

    await passTheEnd(server.database, (await assignmentOf(graph, gina.id, given)).id);
    await untilBlocked(gina.id);
    expect(await beta(`${entitlement}/subjects/${gina.id}`)).toMatchObject({ subjectLifecycle: 'governed', connectedOrganizationId: partner.id, cleanupScheduledDateTime: expect.any(String) as string });
    expect((await desk.refusal('GET', `${entitlement}/assignments/filterByCurrentUser(on='target')`)).status).toBe(401);
    await passTheWaiting(gina.id);
    await untilDeleted(gina.id);
    expect(await trailOf(gina.id)).toEqual(expect.arrayContaining(['Block external user', 'Delete external user']) as string[]);
  });

  it('who is given access again before that stays, and is let in', async () => {
    const guest = await createGuest(server, 'Again', newDomain());
    await govern(guest.id);
    const given = await offer(graph, contents, { scope: 'allExternalUsers' });
    await passTheEnd(server.database, (await assign(graph, guest.id, given)).id);
    await untilBlocked(guest.id);
    await assign(graph, guest.id, given);
    expect(await user(guest.id)).toMatchObject({ accountEnabled: true });
    await passTheWaiting(guest.id);
    await sweep();
    expect(await user(guest.id)).toMatchObject({ accountEnabled: true });
    expect(await beta(`${entitlement}/subjects/${guest.id}`)).toMatchObject({ cleanupScheduledDateTime: null });
  });

  it('who is disabled by an administrator is not let in by a request', async () => {
    const guest = await createGuest(server, 'Barred', newDomain());
    await govern(guest.id);
    const given = await offer(graph, contents, { scope: 'allExternalUsers' });
    const { id } = await assign(graph, guest.id, given);
    await graph.must('PATCH', `/users/${guest.id}`, { accountEnabled: false });
    await passTheEnd(server.database, id);
    await vi.waitFor(async () => { await sweep(); expect((await beta(`${entitlement}/subjects/${guest.id}`))['cleanupScheduledDateTime']).not.toBeNull(); }, { timeout: 20_000 });
    const refusal = await graph.refusal('POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: guest.id, ...given }));
    expect(refusal).toMatchObject({ status: 400, codes: ['targetDisabled'] });
  });

  it('who was shut out with its last access, and is disabled by an administrator after that, is not let in by a request either', async () => {
    const guest = await createGuest(server, 'Banned', newDomain());
    await govern(guest.id);
    const given = await offer(graph, contents, { scope: 'allExternalUsers' });
    await passTheEnd(server.database, (await assign(graph, guest.id, given)).id);
    await untilBlocked(guest.id);
    await graph.must('PATCH', `/users/${guest.id}`, { accountEnabled: false });
    const refusal = await graph.refusal('POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: guest.id, ...given }));
    expect(refusal).toMatchObject({ status: 400, codes: ['targetDisabled'] });
    expect(await user(guest.id)).toMatchObject({ accountEnabled: false });
  });

  it('who is not governed, or has another access left, keeps the account', async () => {
    const [free, twice] = [await createGuest(server, 'Free', newDomain()), await createGuest(server, 'Twice', newDomain())];
    await govern(twice.id);
    const [one, other] = [await offer(graph, contents, { scope: 'allExternalUsers' }), await offer(graph, contents, { scope: 'allExternalUsers' })];
    await assign(graph, twice.id, other);
    for (const guest of [free, twice]) await passTheEnd(server.database, (await assign(graph, guest.id, one)).id);
    await vi.waitFor(async () => { await sweep(); expect((await assignmentOf(graph, twice.id, one))['status']).toBe('ExpiredNotificationTriggered'); });
    await sweep();
    for (const { id } of [free, twice]) expect(await user(id)).toMatchObject({ accountEnabled: true });
  });
});

describe('somebody whom the directory does not know', () => {
  const invite = (email: string, { packageId, policyId }: { readonly packageId: string; readonly policyId?: string }): JsonRecord =>
    ({ requestType: 'adminAdd', assignment: { target: { email }, accessPackageId: packageId, ...(policyId === undefined ? {} : { assignmentPolicyId: policyId }) } });
  const found = async (email: string): Promise<readonly Entity[]> => await graph.list(`/users?${filter(`mail eq '${email}'`)}`);

  it('is invited by e-mail when the domain belongs to a configured organization, as a governed guest', async () => {
    const domain = newDomain();
    const partner = await connect(graph, domain);
    const given = await offer(graph, contents, { scope: 'allConfiguredConnectedOrganizationUsers' });
    const request = await graph.create(`${entitlement}/assignmentRequests`, invite(`Nina.New@${domain}`, given));
    expect(await stateOf(graph, request.id)).toBe('delivered');
    const [guest] = await found(`Nina.New@${domain}`);
    expect(await user(guest?.id ?? '')).toMatchObject({ userType: 'Guest', externalUserState: 'PendingAcceptance', userPrincipalName: `Nina.New_${domain}#EXT#@${server.domain}` });
    expect(await graph.read(`${entitlement}/subjects/${guest?.id ?? ''}?$expand=connectedOrganization`)).toMatchObject({ subjectLifecycle: 'governed', email: `Nina.New@${domain}`, connectedOrganization: { id: partner.id } });
    expect(await roleIdsOf(guest?.id ?? '')).toEqual([api.roles['Read']]);
    expect(await graph.refusal('POST', `${entitlement}/assignmentRequests`, invite(`nina.new@${domain}`, given))).toMatchObject({ status: 409, codes: ['alreadyAssigned'] });
  });

  it('is refused with reasons otherwise, and nobody is made', async () => {
    const [unknown, proposed, connected] = [newDomain(), newDomain(), newDomain()];
    await connect(graph, proposed, { state: 'proposed' });
    await connect(graph, connected);
    const configured = await offer(graph, contents, { scope: 'allConfiguredConnectedOrganizationUsers' });
    const inside = await offer(graph, contents, { scope: 'allDirectoryUsers' });
    const codesFor = async (email: string, given: { readonly packageId: string }): Promise<readonly string[]> => (await graph.refusal('POST', `${entitlement}/assignmentRequests`, invite(email, given))).codes;
    expect(await codesFor(`a@${unknown}`, configured)).toEqual(['organizationUnknown', 'noPolicyForOutsiders']);
    expect(await codesFor(`a@${proposed}`, configured)).toEqual(['organizationNotConfigured', 'noPolicyForOutsiders']);
    expect(await codesFor(`a@${connected}`, inside)).toEqual(['noPolicyForOutsiders']);
    expect(await codesFor('nobody', configured)).toEqual(['invalidEmail']);
    expect(await codesFor(`nobody@${server.domain}`, configured)).toEqual(['ownDomain']);
    for (const domain of [unknown, proposed, connected]) expect(await found(`a@${domain}`)).toEqual([]);
  });

  it('comes from anywhere under a policy for all external users, and its organization is proposed', async () => {
    const domain = newDomain();
    const given = await offer(graph, contents, { scope: 'allExternalUsers' });
    await graph.create(`${entitlement}/assignmentRequests`, invite(`any@${domain}`, given));
    const [guest] = await found(`any@${domain}`);
    expect(await graph.read(`${entitlement}/subjects/${guest?.id ?? ''}/connectedOrganization`)).toMatchObject({ displayName: domain, state: 'proposed' });
  });

  it('is not an agent that calls itself by that address: neither for a guest who has it, nor for whoever is to be invited', async () => {
    const domain = newDomain();
    await connect(graph, domain);
    const [guest, sponsor] = [await createGuest(server, 'Gil', domain), await createPerson(graph, 'Sponsor', server.domain)];
    const blueprint = await createBlueprint(graph, 'Agents', [sponsor]);
    const impersonate = async (address: string): Promise<Entity> => await graph.create('/users', {
      '@odata.type': '#microsoft.graph.agentUser', displayName: address, userPrincipalName: address, mailNickname: 'agent', accountEnabled: true,
      identityParentId: (await createAgent(graph, blueprint, { displayName: address, sponsors: [sponsor] })).id,
    });
    const agents = [await impersonate(`gil@${domain}`), await impersonate(`new@${domain}`)];
    const given = await offer(graph, contents, { scope: 'notSpecified' });
    for (const name of ['gil', 'new']) await graph.create(`${entitlement}/assignmentRequests`, invite(`${name}@${domain}`, given));
    for (const { id } of agents) expect(await roleIdsOf(id)).toEqual([]);
    expect(await roleIdsOf(guest.id)).toEqual([api.roles['Read']]);
    expect(await found(`new@${domain}`)).toHaveLength(1);
  });

  it('is not invited by somebody who may not assign', async () => {
    const domain = newDomain();
    await connect(graph, domain);
    const given = await offer(graph, contents, { scope: 'allConfiguredConnectedOrganizationUsers' });
    const stranger = await server.asPerson(await createPerson(graph, 'Stranger', server.domain));
    expect((await stranger.refusal('POST', `${entitlement}/assignmentRequests`, invite(`a@${domain}`, given))).status).toBe(403);
    expect(await found(`a@${domain}`)).toEqual([]);
  });
});

describe('scopes', () => {
  const may = async (person: Person, packageId: string): Promise<boolean> => {
    const desk = await server.asPerson(person);
    const { length } = recordsAt(await desk.must('POST', `${entitlement}/accessPackages/${packageId}/getApplicablePolicyRequirements`, {}), 'value');
    const isListed = (await desk.list(`${entitlement}/accessPackages/filterByCurrentUser(on='allowedRequestor')`)).some(({ id }) => id === packageId);
    expect(isListed).toBe(length > 0);
    return length > 0;
  };

  it('hold the people of their organizations and nobody else', async () => {
    const [mine, others] = [newDomain(), newDomain()];
    const [partner, other] = [await connect(graph, mine), await connect(graph, others)];
    const [guest, outsider, stray, insider] = [await createGuest(server, 'Mine', mine), await createGuest(server, 'Theirs', others), await createGuest(server, 'Stray', newDomain()), await createPerson(graph, 'Insider', server.domain)];
    const specific = await offer(graph, contents, { scope: 'specificConnectedOrganizationUsers', targets: [members(partner.id)], requestor: self });
    const configured = await offer(graph, contents, { scope: 'allConfiguredConnectedOrganizationUsers', requestor: self });
    const anybody = await offer(graph, contents, { scope: 'allExternalUsers', requestor: self });
    const holds = async ({ packageId }: { readonly packageId: string }): Promise<readonly boolean[]> => {
      const answers: boolean[] = [];
      for (const person of [guest, outsider, stray, insider]) answers.push(await may(person, packageId));
      return answers;
    };
    expect(await holds(specific)).toEqual([true, false, false, false]);
    expect(await holds(configured)).toEqual([true, true, false, false]);
    expect(await holds(anybody)).toEqual([true, true, true, false]);
    await graph.must('PATCH', `${organizations}/${other.id}`, { state: 'proposed' });
    expect(await holds(configured)).toEqual([true, false, false, false]);
    const refusal = await (await server.asPerson(outsider)).refusal('POST', `${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: outsider.id, ...configured }));
    expect(refusal.status).toBe(403);
  });

  it('name organizations that exist, and those cannot be deleted meanwhile, nor while their people have access', async () => {
    const domain = newDomain();
    const partner = await connect(graph, domain);
    const guest = await createGuest(server, 'Kept', domain);
    const given = await offer(graph, contents, { scope: 'specificConnectedOrganizationUsers', targets: [members(partner.id)] });
    const assignment = await assign(graph, guest.id, given);
    expect(await graph.refusal('DELETE', `${organizations}/${partner.id}`)).toMatchObject({ status: 409, codes: ['namedByPolicies', 'hasSubjects'], message: expect.stringContaining("'Kept'") as string });
    await graph.must('PUT', `${entitlement}/assignmentPolicies/${given.policyId}`, policyBody(given.packageId));
    expect((await graph.refusal('DELETE', `${organizations}/${partner.id}`)).codes).toEqual(['hasSubjects']);
    await graph.must('POST', `${entitlement}/assignmentRequests`, { requestType: 'adminRemove', assignment: { id: assignment.id } });
    await graph.must('DELETE', `${organizations}/${partner.id}`);
    expect((await graph.refusal('GET', `${organizations}/${partner.id}`)).status).toBe(404);
    const dangling = await graph.refusal('POST', `${entitlement}/assignmentPolicies`, policyBody(given.packageId, { scope: 'specificConnectedOrganizationUsers', targets: [members(partner.id)] }));
    expect(dangling).toMatchObject({ status: 400, codes: ['noSuchObject'] });
    expect((await graph.refusal('POST', `${entitlement}/assignmentPolicies`, policyBody(given.packageId, { scope: 'specificConnectedOrganizationUsers' }))).codes).toEqual(['noTargets']);
  });
});
