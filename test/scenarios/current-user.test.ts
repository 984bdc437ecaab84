/** filterByCurrentUser: every word of every collection, with whom it is about and with somebody whom it is not about. And what is held beside what excludes it. */
import { describe, expect, it } from 'vitest';
import { entitlement, textOf } from '../../cli/client/graph.ts';
import { createAgent, createBlueprint, createPerson, createPublicClient, redirectUri } from '../../cli/client/organisation.ts';
import { oneUser, requestBody, sponsorsOrOwners } from '../../cli/client/policies.ts';
import { personToken } from '../../cli/client/sign-in.ts';
import { ownApiScope } from '../../cli/client/tokens.ts';
import { recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { assign, offer } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const [requests, assignments, approvals] = ['assignmentRequests', 'assignments', 'accessPackageAssignmentApprovals'].map((name) => `${entitlement}/${name}`) as [string, string, string];
const [pia, mark, sam, boss, stranger] = [await createPerson(graph, 'Pia', server.domain), await createPerson(graph, 'Mark', server.domain), await createPerson(graph, 'Sam', server.domain), await createPerson(graph, 'Boss', server.domain), await createPerson(graph, 'Stranger', server.domain)];
await graph.must('PUT', `/users/${pia.id}/manager/$ref`, { '@odata.id': graph.reference('users', mark.id) });
const blueprint = await createBlueprint(graph, 'bots', [sam]);
const bot = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sam] });

const desks = { pia: await server.asPerson(pia), mark: await server.asPerson(mark), sam: await server.asPerson(sam), boss: await server.asPerson(boss), stranger: await server.asPerson(stranger), bot: await server.asAgent(blueprint, bot) } as const;
type Desk = keyof typeof desks;
const everybody = Object.keys(desks) as readonly Desk[];

/** Pia asked for herself, her manager for her, and Sam for the bot; the boss decides all three. */
const stages = [{ primary: [oneUser(boss.id)] }];
const mine = await offer(graph, [], { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, stages });
const managed = await offer(graph, [], { scope: 'allMemberUsers', requestor: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [{ '@odata.type': '#microsoft.graph.targetManager', managerLevel: 1 }] }, stages });
const sponsored = await offer(graph, [], { scope: 'allDirectoryAgentIdentities', requestor: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [sponsorsOrOwners] }, stages });
const asked = {
  own: (await desks.pia.create(requests, requestBody('userAdd', { targetId: pia.id, ...mine }))).id,
  forPia: (await desks.mark.create(requests, requestBody('userAdd', { targetId: pia.id, ...managed }))).id,
  forBot: (await desks.sam.create(requests, requestBody('userAdd', { targetId: bot.id, ...sponsored }))).id,
} as const;
type Asked = keyof typeof asked;
const nameOf = (id: string): string => Object.entries(asked).find(([, one]) => one === id)?.[0] ?? 'unknown';

const shown = async (desk: Desk, path: string): Promise<readonly string[]> => (await desks[desk].list(path)).map(({ id }) => nameOf(id)).toSorted();
async function answers(path: string, expected: Readonly<Partial<Record<Desk, readonly Asked[]>>>): Promise<void> {
  for (const desk of everybody) expect([desk, await shown(desk, path)]).toEqual([desk, (expected[desk] ?? []).toSorted()]);
}

describe('requests of the current user', () => {
  it.each<[string, Readonly<Partial<Record<Desk, readonly Asked[]>>>]>([
    ['target', { pia: ['own', 'forPia'], bot: ['forBot'] }], ['createdBy', { pia: ['own'], mark: ['forPia'], sam: ['forBot'] }], ['approver', { boss: ['own', 'forPia', 'forBot'] }],
    ['targetOrRequestor', { pia: ['own', 'forPia'], mark: ['forPia'], sam: ['forBot'], bot: ['forBot'] }], ['targetManager', { mark: ['own', 'forPia'] }],
    ['requestForOthers', { mark: ['forPia'], sam: ['forBot'] }], ['targetAgentIdentitySponsorOrOwner', { sam: ['forBot'] }],
  ])('as %s', async (on, expected) => await answers(`${requests}/filterByCurrentUser(on='${on}')`, expected));
});

describe('approvals of the current user', () => {
  it.each<[string, Readonly<Partial<Record<Desk, readonly Asked[]>>>]>([
    ['target', { pia: ['own', 'forPia'], bot: ['forBot'] }], ['createdBy', { pia: ['own'], mark: ['forPia'], sam: ['forBot'] }], ['approver', { boss: ['own', 'forPia', 'forBot'] }],
  ])('as %s', async (on, expected) => await answers(`${approvals}/filterByCurrentUser(on='${on}')`, expected));
});

describe('when all is granted', () => {
  it('assignments of the current user follow, and nothing waits for the approver', async () => {
    for (const id of Object.values(asked)) {
      const [stage] = await desks.boss.list(`${approvals}/${id}/stages`);
      await desks.boss.must('PATCH', `${approvals}/${id}/stages/${stage?.id ?? ''}`, { reviewResult: 'Approve' });
    }
    for (const list of [requests, approvals]) await answers(`${list}/filterByCurrentUser(on='approver')`, {});
    const packages: Readonly<Record<string, string>> = { [mine.packageId]: 'own', [managed.packageId]: 'forPia', [sponsored.packageId]: 'forBot' };
    const expected: Readonly<Record<string, Readonly<Partial<Record<Desk, readonly string[]>>>>> = {
      target: { pia: ['forPia', 'own'], bot: ['forBot'] }, createdBy: { pia: ['own'], mark: ['forPia'], sam: ['forBot'] }, targetManager: { mark: ['forPia', 'own'] }, targetAgentIdentitySponsorOrOwner: { sam: ['forBot'] },
    };
    for (const [on, may] of Object.entries(expected)) {
      for (const desk of everybody) {
        const found = await desks[desk].list(`${assignments}/filterByCurrentUser(on='${on}')?$expand=accessPackage`);
        expect([on, desk, found.map((one) => packages[textOf(one['accessPackage'] as JsonRecord, 'id')]).toSorted()]).toEqual([on, desk, may[desk] ?? []]);
      }
    }
  });
});

describe('whoever may not ask at all', () => {
  it('is refused by each of them, and a word that is none is told', async () => {
    const { appId } = await createPublicClient(graph, 'no requests', ['User.Read']);
    const reader = server.withToken(await personToken(server.door, { clientId: appId, redirectUri, ...pia, scope: `${ownApiScope} openid` }));
    for (const path of [`${requests}/filterByCurrentUser(on='target')`, `${assignments}/filterByCurrentUser(on='target')`, `${approvals}/filterByCurrentUser(on='target')`, `${entitlement}/accessPackages/filterByCurrentUser(on='allowedRequestor')`]) {
      expect([path, (await reader.refusal('GET', path)).status]).toEqual([path, 403]);
      expect((await desks.pia.refusal('GET', path.replace(/'\w+'/, "'nonsense'"))).status).toBe(400);
    }
    expect((await reader.refusal('GET', `${entitlement}/availableAccessPackages`)).status).toBe(403);
  });
});

describe('additionalAccess', () => {
  it('tells administrators who holds what excludes each other, in both versions; a holder sees what is its own, and others nothing', async () => {
    const [one, other] = [await offer(graph, []), await offer(graph, [])];
    await assign(graph, stranger.id, other);
    const { id } = await assign(graph, stranger.id, one);
    await assign(graph, sam.id, one);
    await graph.must('POST', `${entitlement}/accessPackages/${one.packageId}/incompatibleAccessPackages/$ref`, { '@odata.id': `${graph.base}/v1.0${entitlement}/accessPackages/${other.packageId}` });
    const path = `additionalAccess(accessPackageId='${one.packageId}',incompatibleAccessPackageId='${other.packageId}')`;
    expect((await graph.list(`${assignments}/${path}?$expand=target`)).map((found) => [found.id, textOf(found['target'] as JsonRecord, 'objectId')])).toEqual([[id, stranger.id]]);
    const beta = await inBeta(graph, { method: 'GET', path: `${entitlement}/accessPackageAssignments/${path}` });
    expect(recordsAt(beta.json, 'value').map((found) => [found['id'], found['assignmentState']])).toEqual([[id, 'Delivered']]);
    for (const desk of ['stranger', 'mark', 'bot'] as const) {
      const seen = await desks[desk].list(`${assignments}/${path}`).catch((error: unknown) => [{ id: String((error as { statusCode: number }).statusCode) }]);
      expect([desk, seen.map((found) => found.id)]).toEqual([desk, desk === 'stranger' ? [id] : []]);
    }
  });
});
