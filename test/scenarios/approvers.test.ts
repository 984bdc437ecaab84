/** Whom each way of naming approvers means, in each of a stage's four lists; and what happens when they change while a stage is open. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { cast, entitlement, textOf } from '../../cli/client/graph.ts';
import { createAgent, createBlueprint, createWorkload, type Person } from '../../cli/client/organisation.ts';
import { oneUser } from '../../cli/client/policies.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import { assign, createGroup, membership, offer, passTheEnd } from '../support/access.ts';
import { ApprovalDesk, byPeople, stageOf } from '../support/approvals.ts';
import { connect, createGuest, newDomain } from '../support/organizations.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const desk = await ApprovalDesk.open(server);
const [max, ada, eve, olga] = [await desk.person('Max'), await desk.person('Ada'), await desk.person('Eve'), await desk.person('Olga')];
const blueprint = await createBlueprint(graph, 'bot', [olga]);
const named = (kind: string, more: JsonRecord = {}): JsonRecord => ({ '@odata.type': `#microsoft.graph.${kind}`, ...more });
const refer = async (path: string, who: { readonly id: string }, method = 'POST'): Promise<unknown> => await graph.must(method, `${path}/$ref`, { '@odata.id': graph.reference('directoryObjects', who.id) });

async function agentUser(): Promise<string> {
  const address = `agent-${newId().slice(-8)}`;
  const agent = await createAgent(graph, blueprint, { displayName: address, sponsors: [olga] });
  return (await graph.create(cast.agentUser, { '@odata.type': '#microsoft.graph.agentUser', displayName: address, userPrincipalName: `${address}@${server.domain}`, mailNickname: address, accountEnabled: true, identityParentId: agent.id })).id;
}

async function guestWith(kind: 'internalSponsors' | 'externalSponsors'): Promise<string> {
  const domain = newDomain();
  const organization = await connect(graph, domain);
  const sponsor = kind === 'internalSponsors' ? ada : guestApprover;
  if (kind === 'externalSponsors') await graph.must('PATCH', `/users/${sponsor.id}`, { mail: `${newId().slice(-8)}@${domain}` });
  await refer(`${entitlement}/connectedOrganizations/${organization.id}/${kind}`, sponsor);
  return (await createGuest(server, `Guest${newId().slice(-8)}`, domain)).id;
}
const guestApprover = await createGuest(server, `Gil${newId().slice(-6)}`, newDomain());

/** How somebody comes to be meant: the scope that access is for, whom it is for, and who then decides. */
interface Meaning {
  readonly set: JsonRecord;
  readonly scope?: string;
  readonly target: () => Promise<string>;
  readonly approver?: Person;
}

const rob = async (): Promise<string> => (await desk.person('Rob')).id;
const group = await createGroup(graph, 'deciders');
await refer(`/groups/${group.id}/members`, ada);
const middle = await desk.person('Middle');
await refer(`/users/${middle.id}/manager`, ada, 'PUT');

const meanings: Readonly<Record<string, Meaning>> = {
  singleUser: { set: oneUser(ada.id), target: rob },
  groupMembers: { set: named('groupMembers', { groupId: group.id }), target: rob },
  'requestorManager, the direct one': { set: named('requestorManager', { managerLevel: 1 }), target: async () => { await refer(`/users/${max.id}/manager`, ada, 'PUT'); return await rob(); } },
  'requestorManager, two levels up': { set: named('requestorManager', { managerLevel: 2 }), target: async () => { await refer(`/users/${max.id}/manager`, middle, 'PUT'); return await rob(); } },
  'targetManager of an agent user': { set: named('targetManager', { managerLevel: 1 }), scope: 'allDirectoryUsers', target: async () => { const id = await agentUser(); await refer(`/users/${id}/manager`, ada, 'PUT'); return id; } },
  internalSponsors: { set: named('internalSponsors'), scope: 'allExternalUsers', target: async () => await guestWith('internalSponsors') },
  externalSponsors: { set: named('externalSponsors'), scope: 'allExternalUsers', target: async () => await guestWith('externalSponsors'), approver: guestApprover },
  targetUserSponsors: { set: named('targetUserSponsors'), target: async () => { const id = await rob(); await refer(`/users/${id}/sponsors`, ada); return id; } },
  targetApplicationOwners: { set: named('targetApplicationOwners'), scope: 'allDirectoryServicePrincipals', target: async () => { const { application, principalId } = await createWorkload(graph, `tool ${newId()}`); await refer(`/applications/${application.id}/owners`, ada); return principalId; } },
  targetAgentIdentitySponsorsOrOwners: { set: named('targetAgentIdentitySponsorsOrOwners'), scope: 'allDirectoryAgentIdentities', target: async () => (await createAgent(graph, blueprint, { displayName: `bot ${newId()}`, sponsors: [ada] })).id },
};

/** Somebody who cannot decide: whoever asks. */
const nobody = [oneUser(max.id)];

describe('approvers named as', () => {
  it.each(Object.entries(meanings))('%s decide as primary, fallback, escalation and fallback escalation approvers', async (_, { set, scope = 'allMemberUsers', target, approver = ada }) => {
    const escalating = (more: JsonRecord): JsonRecord => byPeople([eve], { durationBeforeAutomaticDenial: 'PT2H', isEscalationEnabled: true, durationBeforeEscalation: 'PT1H', ...more });
    const guarded = await desk.guarded([
      stageOf([set]), stageOf(nobody, { fallbackPrimaryApprovers: [set] }), escalating({ escalationApprovers: [set] }), escalating({ escalationApprovers: nobody, fallbackEscalationApprovers: [set] }),
    ], { scope, requestor: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [oneUser(max.id)] } });
    const { id } = await desk.ask(max, guarded, await target());
    for (const isEscalated of [false, false, true, true]) {
      if (isEscalated) {
        expect(await desk.waitsFor(id, approver)).toBe(false);
        await desk.pass(id, 'escalates_at', async () => { expect(await desk.request(id)).toMatchObject({ status: 'PendingApprovalEscalated' }); });
      }
      expect([await desk.waitsFor(id, approver), await desk.waitsFor(id, eve)]).toEqual([true, isEscalated]);
      await desk.decide(id, approver);
    }
    await desk.expectState(id, 'delivered');
  }, 60_000);
});

describe('a group that approves', () => {
  const waiting = (id: string, who: Person, is: boolean) => async (): Promise<void> => { expect(await desk.waitsFor(id, who)).toBe(is); };

  async function asked(more: JsonRecord = {}): Promise<{ readonly id: string; readonly groupId: string }> {
    const { id: groupId } = await createGroup(graph, `deciders ${newId()}`);
    await refer(`/groups/${groupId}/members`, ada);
    const { id } = await desk.ask(await desk.person('Rob'), await desk.guarded([stageOf([named('groupMembers', { groupId })], more)]));
    await desk.pass(id, 'recheck_at', async () => { await Promise.resolve(); });
    return { id, groupId };
  }

  it('lets whoever joins see and decide, and whoever leaves no longer', async () => {
    const { id, groupId } = await asked({ fallbackPrimaryApprovers: [oneUser(olga.id)] });
    expect(await desk.refusal(id, eve)).toBe(404);
    await refer(`/groups/${groupId}/members`, eve);
    await desk.settle(waiting(id, eve, true));
    await graph.must('DELETE', `/groups/${groupId}/members/${ada.id}/$ref`);
    expect(await desk.refusal(id, ada)).toBeOneOf([403, 404]);
    await desk.settle(waiting(id, ada, false));
    await desk.decide(id, eve);
    await desk.expectState(id, 'delivered');
  });

  it('that is emptied leaves the decision to the fallback, then to the owners of the catalog, then to nobody', async () => {
    const { id, groupId } = await asked({ fallbackPrimaryApprovers: [named('requestorManager', { managerLevel: 1 })] });
    const owner = await desk.person('Owner');
    const role = await graph.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: owner.id, roleDefinitionId: 'ae79f266-94d4-4dab-b730-feca7e132178', appScopeId: `/AccessPackageCatalog/${desk.catalogId}` });
    await graph.must('DELETE', `/groups/${groupId}/members/${ada.id}/$ref`);
    await desk.settle(waiting(id, owner, true));
    await graph.must('DELETE', `/roleManagement/entitlementManagement/roleAssignments/${role.id}`);
    await desk.settle(async () => { await desk.expectState(id, 'denied'); });
    expect(await desk.trail(id)).toContain('Reassign access package approval');
  });

  it('whose membership a package gave loses it by the clock', async () => {
    const { id: groupId } = await createGroup(graph, `deciders ${newId()}`);
    await refer(`/groups/${groupId}/members`, ada);
    const { id } = await desk.ask(await desk.person('Rob'), await desk.guarded([stageOf([named('groupMembers', { groupId })])]));
    await desk.pass(id, 'recheck_at', async () => { await Promise.resolve(); });
    const assignment = await assign(graph, eve.id, await offer(graph, [membership(groupId)], { scope: 'allMemberUsers', expiration: { type: 'afterDuration', duration: 'P1D' } }));
    await desk.settle(waiting(id, eve, true));
    await passTheEnd(server.database, textOf(assignment, 'id'));
    // Before any sweep: the decision itself looks.
    expect(await desk.refusal(id, eve)).toBeOneOf([403, 404]);
    await desk.settle(waiting(id, eve, false));
    expect(await desk.waitsFor(id, ada)).toBe(true);
  });

  it('keeps the approval of whoever has left it since', async () => {
    const { id, groupId } = await asked({ fallbackPrimaryApprovers: [oneUser(olga.id)] });
    await refer(`/groups/${groupId}/members`, eve);
    await sql`update approval_stages set required_approvals = 2 where request_id = ${id}`.execute(server.database.owner);
    await desk.settle(waiting(id, eve, true));
    await desk.decide(id, ada);
    await graph.must('DELETE', `/groups/${groupId}/members/${ada.id}/$ref`);
    await desk.settle(async () => { expect(await desk.stages(id)).toMatchObject([{ status: 'InProgress' }]); });
    await desk.decide(id, eve);
    await desk.expectState(id, 'delivered');
  });

  it('is asked when a manager becomes another', async () => {
    const [asker, first, second] = [await desk.person('Rob'), await desk.person('First'), await desk.person('Second')];
    await refer(`/users/${asker.id}/manager`, first, 'PUT');
    const { id } = await desk.ask(asker, await desk.guarded([stageOf([named('requestorManager', { managerLevel: 1 })])]));
    await desk.pass(id, 'recheck_at', async () => { await Promise.resolve(); });
    await refer(`/users/${asker.id}/manager`, second, 'PUT');
    expect(await desk.refusal(id, first)).toBeOneOf([403, 404]);
    await desk.settle(waiting(id, second, true));
    await desk.decide(id, second);
    await desk.expectState(id, 'delivered');
  });
});
