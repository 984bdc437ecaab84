/** Permissions that let an agent change what others may do never reach one: by no way. */
import { describe, expect, it } from 'vitest';
import { cast, entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { addResource, addRole, createAgent, createBlueprint, createCatalog, createPackage, createPerson, createWorkload, ownApi } from '../../cli/client/organisation.ts';
import { policyBody, requestBody } from '../../cli/client/policies.ts';
import { rolesIn } from '../../cli/client/tokens.ts';
import { ownApiAppId, ownPermissions } from '../../src/features/roles/model.ts';
import { assign, offer, type OfferedRoles } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const sam = await createPerson(graph, 'Sam', server.domain);
const blueprint = await createBlueprint(graph, 'support-bot', [sam]);
const own = await ownApi(graph);
const idOf = (name: string): string => ownPermissions.find(([value]) => value === name)?.[1] ?? expect.unreachable(name);
const blocked = ['AppRoleAssignment.ReadWrite.All', 'Application.ReadWrite.All', 'Application.ReadWrite.OwnedBy', 'Directory.ReadWrite.All', 'Group.ReadWrite.All', 'GroupMember.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'EntitlementManagement.ReadWrite.All', 'User-PasswordProfile.ReadWrite.All', 'User.EnableDisableAccount.All', 'AgentIdentity.Create.All', 'AgentIdentity.CreateAsManager'];

const newBot = async (): Promise<Entity> => await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sam] });
const ownRoles = (...names: readonly string[]): OfferedRoles => ({ originSystem: 'OAuthApplication', originId: ownApiAppId, roles: names.map(idOf) });
const rolesOf = async (bot: Entity): Promise<readonly string[]> => rolesIn(await server.agentToken(blueprint, bot));

describe('a blocked permission', () => {
  it.each(blocked)('%s is not granted to an agent by hand', async (name) => {
    const bot = await newBot();
    const body = { principalId: bot.id, resourceId: own, appRoleId: idOf(name) };
    for (const path of [`/servicePrincipals/${bot.id}/appRoleAssignments`, `/servicePrincipals/${own}/appRoleAssignedTo`]) {
      expect(await graph.refusal('POST', path, body)).toMatchObject({ status: expect.toBeOneOf([400, 403]) as number, message: expect.stringContaining('never reaches an agent') as string });
    }
    expect(await rolesOf(bot)).toEqual(['EntitlementManagement.SelfRequest']);
  });

  it('is not put into a package that is promised to agents, nor is its package promised to them', async () => {
    const options = { scope: 'allDirectoryAgentIdentities', requestor: { enableTargetsToSelfAddAccess: true } };
    const promised = await offer(graph, [], options);
    const resource = await addResource(graph, promised.catalogId, { originSystem: 'OAuthApplication', originId: ownApiAppId });
    await expect(addRole(graph, promised.packageId, { resource, roleOriginId: idOf('Group.ReadWrite.All') })).rejects.toThrow(/never reaches an agent/);
    const full = await createPackage(graph, promised.catalogId, 'full');
    await addRole(graph, full.id, { resource, roleOriginId: idOf('Group.ReadWrite.All') });
    expect(await graph.refusal('POST', `${entitlement}/assignmentPolicies`, policyBody(full.id, options))).toMatchObject({ status: 400, codes: ['permissionBlockedForAgents'] });
  });

  it('is not assigned to an agent by an administrator, in a package that is promised to nobody', async () => {
    const bot = await newBot();
    const given = await offer(graph, [ownRoles('Directory.ReadWrite.All', 'User.Read.All')]);
    expect(await graph.refusal('POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: bot.id, ...given }))).toMatchObject({ status: 400, codes: ['permissionBlockedForAgents'] });
    expect(await rolesOf(bot)).toEqual(['EntitlementManagement.SelfRequest']);
    const client = await createWorkload(graph, 'no agent');
    await assign(graph, client.principalId, given);
    expect(rolesIn(await server.tokenOf(client))).toEqual(['Directory.ReadWrite.All', 'EntitlementManagement.SelfRequest', 'User.Read.All']);
  });

  it('does not come in through a group', async () => {
    const bot = await newBot();
    const group = await graph.create('/groups', { displayName: 'robots', mailNickname: 'robots', mailEnabled: false, securityEnabled: true });
    await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', bot.id) });
    const refusal = await graph.refusal('POST', `/groups/${group.id}/appRoleAssignments`, { principalId: group.id, resourceId: own, appRoleId: idOf('Group.ReadWrite.All') });
    expect(refusal.status).toBe(400);
    expect(await rolesOf(bot)).toEqual(['EntitlementManagement.SelfRequest']);
    expect(await (await server.asAgent(blueprint, bot)).refusal('POST', '/groups', { displayName: 'x', mailNickname: 'x', mailEnabled: false, securityEnabled: true })).toMatchObject({ status: 403 });
  });

  it('does not come down from the blueprint', async () => {
    const other = await createBlueprint(graph, 'inheriting', [sam]);
    await graph.must('POST', `${cast.blueprint}/${other.application.id}/inheritablePermissions`, { resourceAppId: ownApiAppId, inheritableScopes: { '@odata.type': '#microsoft.graph.allAllowedScopes' }, inheritableRoles: { '@odata.type': '#microsoft.graph.allAllowedRoles' } });
    for (const name of ['Group.ReadWrite.All', 'User.Read.All']) {
      await graph.must('POST', `/servicePrincipals/${other.principalId}/appRoleAssignments`, { principalId: other.principalId, resourceId: own, appRoleId: idOf(name) }).catch(() => ({}));
    }
    const bot = await createAgent(graph, other, { displayName: 'heir', sponsors: [sam] });
    expect(rolesIn(await server.agentToken(other, bot))).toEqual(['EntitlementManagement.SelfRequest', 'User.Read.All']);
  });

  it('is refused where a blueprint asks for it', async () => {
    const requiredResourceAccess = [{ resourceAppId: ownApiAppId, resourceAccess: [{ id: idOf('Directory.ReadWrite.All'), type: 'Role' }] }];
    expect(await graph.refusal('PATCH', `${cast.blueprint}/${blueprint.application.id}`, { requiredResourceAccess })).toMatchObject({ status: 400 });
  });
});

describe('a permission that is not blocked', () => {
  it('reaches an agent, and opens what it names', async () => {
    const bot = await newBot();
    await assign(graph, bot.id, await offer(graph, [ownRoles('User.Read.All')], { scope: 'allDirectoryAgentIdentities' }));
    expect(await rolesOf(bot)).toEqual(['EntitlementManagement.SelfRequest', 'User.Read.All']);
    const self = await server.asAgent(blueprint, bot);
    expect((await self.list('/users')).map(({ id }) => id)).toContain(sam.id);
    expect((await self.refusal('GET', '/applications')).status).toBe(403);
  });

  it('is refused in a package for people, with the reason', async () => {
    const catalog = await createCatalog(graph, 'mixed up');
    const { id } = await createPackage(graph, catalog.id, 'for people');
    await addRole(graph, id, { resource: await addResource(graph, catalog.id, { originSystem: 'OAuthApplication', originId: ownApiAppId }), roleOriginId: idOf('User.Read.All') });
    const refusal = await graph.refusal('POST', `${entitlement}/assignmentPolicies`, policyBody(id, { scope: 'allMemberUsers' }));
    expect(refusal).toMatchObject({ status: 400, message: expect.stringContaining('cannot hold API permissions') as string });
    expect(textOf(await graph.read(`${entitlement}/accessPackages/${id}`), 'displayName')).toBe('for people');
  });
});
