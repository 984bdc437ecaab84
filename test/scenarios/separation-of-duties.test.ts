/** What excludes a package is looked for again when a request is approved, and at the last moment before the access is given. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { createApi, createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, requestBody } from '../../cli/client/policies.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { one } from '../../src/platform/db/transaction.ts';
import { appRoles, assign, assignmentOf, createGroup, offer, stateOf, takeAway, type Offer } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, database } = server;
const approvals = `${entitlement}/accessPackageAssignmentApprovals`;
const ada = await createPerson(graph, 'Ada', server.domain);
const desk = await server.asPerson(ada);
const api = await createApi(graph, { name: 'Payments API', roles: ['Payments.Order', 'Payments.Release'] });
const sweep = lifecycleSweep({ db: database.db, clock: { now: () => new Date() }, log: silentLog });
let people = 0;
const newPerson = async (): Promise<Person> => await createPerson(graph, `Person ${++people}`, server.domain);
const offered = async (role: 'Payments.Order' | 'Payments.Release', isApproved = true): Promise<Offer> => await offer(graph, [appRoles(api, api.roles[role] ?? '')], {
  scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true, allowCustomAssignmentSchedule: true }, stages: isApproved ? [{ primary: [oneUser(ada.id)] }] : [],
});
const both = async (isApproved = true): Promise<readonly [Offer, Offer]> => [await offered('Payments.Order', isApproved), await offered('Payments.Release', isApproved)];
const exclude = async (one: Offer, other: Offer): Promise<void> => {
  await graph.must('POST', `${entitlement}/accessPackages/${one.packageId}/incompatibleAccessPackages/$ref`, { '@odata.id': graph.reference('identityGovernance/entitlementManagement/accessPackages', other.packageId) });
};
const ask = async (person: Person, { packageId, policyId }: Offer, more: Readonly<Record<string, unknown>> = {}): Promise<Entity> =>
  await (await server.asPerson(person)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: person.id, packageId, policyId }, more));
const stageOf = async (request: Entity): Promise<string> => `${approvals}/${request.id}/stages/${(await desk.list(`${approvals}/${request.id}/stages`))[0]?.id ?? ''}`;
const approve = async (request: Entity): Promise<unknown> => await desk.must('PATCH', await stageOf(request), { reviewResult: 'Approve' });
const refusal = async (request: Entity) => await desk.refusal('PATCH', await stageOf(request), { reviewResult: 'Approve' });
const nameOf = async ({ packageId }: Offer): Promise<string> => textOf(await graph.read(`${entitlement}/accessPackages/${packageId}`), 'displayName');
const failureOf = async (request: Entity): Promise<unknown> => (await one(database.owner, sql<{ failure: unknown }>`select failure from assignment_requests where id = ${request.id}`)).failure;

describe('an approver of what has become incompatible', () => {
  it('is refused with the names, and the request stays until that is resolved', async () => {
    const [order, release] = await both();
    const rita = await newPerson();
    const request = await ask(rita, release);
    const held = await assign(graph, rita.id, order);
    await exclude(order, release);
    const no = await refusal(request);
    expect(no).toMatchObject({ status: 400, codes: ['incompatibleAccessPackage'], message: expect.stringContaining(await nameOf(order)) as string });
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
    await takeAway(graph, held.id);
    await approve(request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
  });

  it('may deny it all the same', async () => {
    const [order, release] = await both();
    const rita = await newPerson();
    const request = await ask(rita, release);
    await assign(graph, rita.id, order);
    await exclude(release, order);
    await desk.must('PATCH', await stageOf(request), { reviewResult: 'Deny' });
    expect(await stateOf(graph, request.id)).toBe('denied');
  });

  it('is told of groups by name too', async () => {
    const release = await offered('Payments.Release');
    const [rita, group] = [await newPerson(), await createGroup(graph, 'Payment clerks')];
    const request = await ask(rita, release);
    await graph.must('POST', `${entitlement}/accessPackages/${release.packageId}/incompatibleGroups/$ref`, { '@odata.id': graph.reference('groups', group.id) });
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', rita.id) });
    expect(await refusal(request)).toMatchObject({ status: 400, codes: ['incompatibleGroup'], message: expect.stringContaining('Payment clerks') as string });
    await graph.must('DELETE', `/groups/${group.id}/members/${rita.id}/$ref`);
    await approve(request);
    expect(await stateOf(graph, request.id)).toBe('delivered');
  });

  it('may let one of two requests pass that came to exclude each other while both were open, and not the other', async () => {
    const [order, release] = await both();
    const rita = await newPerson();
    const requests = [await ask(rita, order), await ask(rita, release)] as const;
    await exclude(order, release);
    await approve(requests[1]);
    expect(await refusal(requests[0])).toMatchObject({ status: 400, codes: ['incompatibleAccessPackage'], message: expect.stringContaining(await nameOf(release)) as string });
    expect([await stateOf(graph, requests[0].id), await stateOf(graph, requests[1].id)]).toEqual(['pendingApproval', 'delivered']);
    await takeAway(graph, (await assignmentOf(graph, rita.id, release)).id);
    await approve(requests[0]);
  });

  it('is told by the first of several who must agree', async () => {
    const [order, release] = await both();
    const rita = await newPerson();
    const request = await ask(rita, release);
    await assign(graph, rita.id, order);
    await exclude(order, release);
    await sql`update approval_stages set required_approvals = 2 where request_id = ${request.id}`.execute(database.owner);
    expect(await refusal(request)).toMatchObject({ status: 400, codes: ['incompatibleAccessPackage'] });
  });

  it('counts what is approved and starts later', async () => {
    const [order, release] = await both();
    const rita = await newPerson();
    const later = await ask(rita, order, { schedule: { startDateTime: new Date(Date.now() + 86_400_000).toISOString(), expiration: { type: 'noExpiration' } } });
    const request = await ask(rita, release);
    await exclude(order, release);
    await approve(later);
    expect(await stateOf(graph, later.id)).toBe('scheduled');
    expect(await refusal(request)).toMatchObject({ status: 400, codes: ['incompatibleAccessPackage'] });
  });
});

describe('at the last moment', () => {
  it('a start that has come is denied with the reason', async () => {
    const [order, release] = await both(false);
    const rita = await newPerson();
    const later = await ask(rita, release, { schedule: { startDateTime: new Date(Date.now() + 86_400_000).toISOString(), expiration: { type: 'noExpiration' } } });
    await assign(graph, rita.id, order);
    await exclude(order, release);
    await sql`update assignment_requests set starts_at = now() - interval '1 minute' where id = ${later.id}`.execute(database.owner);
    await sweep.run();
    expect(await stateOf(graph, later.id)).toBe('denied');
    expect(await failureOf(later)).toMatchObject([{ code: 'incompatibleAccessPackage', target: order.packageId, message: expect.stringContaining(await nameOf(order)) as string }]);
    const events = await graph.list(`/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Deny access package request by separation of duties'`);
    expect(events).toHaveLength(1);
  });

  it('a start that nothing excludes any more is given', async () => {
    const [order, release] = await both(false);
    const rita = await newPerson();
    const later = await ask(rita, release, { schedule: { startDateTime: new Date(Date.now() + 86_400_000).toISOString(), expiration: { type: 'noExpiration' } } });
    const held = await assign(graph, rita.id, order);
    await exclude(order, release);
    await takeAway(graph, held.id);
    await sql`update assignment_requests set starts_at = now() - interval '1 minute' where id = ${later.id}`.execute(database.owner);
    await sweep.run();
    expect(await stateOf(graph, later.id)).toBe('delivered');
  });
});
