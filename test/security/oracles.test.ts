/** Nobody learns from a refusal, a function or an expansion what it may not read. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cast, entitlement, textOf } from '../../cli/client/graph.ts';
import { createApi, createBlueprint, createCatalog, createPerson, createPublicClient, createWorkload, redirectUri, type Person } from '../../cli/client/organisation.ts';
import { oneUser } from '../../cli/client/policies.ts';
import { personToken } from '../../cli/client/sign-in.ts';
import { ownApiScope } from '../../cli/client/tokens.ts';
import { entitlementRole } from '../../src/features/roles/model.ts';
import { recordsAt } from '../../src/kernel/json.ts';
import { appRoles, assign, createGroup, offer, permissions } from '../support/access.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';
import { intruder } from './intruder.ts';

const server = await startTestServer();
const { graph, door } = server;
const narrow = await createPublicClient(graph, 'narrow', ['EntitlementManagement.ReadWrite.All', 'EntitlementMgmt-SubjectAccess.ReadWrite']);
const api = await createApi(graph, { name: 'Payroll', roles: ['Read', 'Secret.Role'] });
const read = appRoles(api, textOf(api.roles, 'Read'));
const newPerson = async (name: string): Promise<Person> => await createPerson(graph, `${name} ${randomUUID().slice(0, 8)}`, server.domain);
const nobody = randomUUID();

/** Graph as a person through a client that reads nothing of the directory. */
async function narrowly({ username, password }: Person): Promise<MicrosoftGraph> {
  return server.withToken(await personToken(door, { clientId: narrow.appId, redirectUri, username, password, scope: `${ownApiScope} openid` }));
}

async function governing(role: keyof typeof entitlementRole, catalogId: string): Promise<MicrosoftGraph> {
  const person = await newPerson('Governor');
  await graph.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: person.id, roleDefinitionId: entitlementRole[role], directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${catalogId}` });
  return await narrowly(person);
}

describe('a refusal', () => {
  it('says the same of packages, policies and people that do not exist and that are for others', async () => {
    const caller = await narrowly(await newPerson('Curious'));
    const [stranger, hidden] = [await newPerson('Stranger'), await offer(graph, [read])];
    const ask = async (assignment: object) => await caller.refusal('POST', `${entitlement}/assignmentRequests`, { requestType: 'userAdd', assignment });
    const answers = [
      await ask({ assignmentPolicyId: hidden.policyId, targetId: stranger.id }), await ask({ assignmentPolicyId: hidden.policyId, targetId: nobody }),
      await ask({ assignmentPolicyId: nobody, targetId: stranger.id }), await ask({ accessPackageId: hidden.packageId, targetId: stranger.id }), await ask({ accessPackageId: nobody }),
    ];
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('does not tell the manager of one catalog what is in another', async () => {
    const [mine, foreign] = [await createCatalog(graph, 'Mine'), await offer(graph, [read])];
    const [caller, target] = [await governing('assignmentManager', mine.id), await newPerson('Target')];
    const ask = async (accessPackageId: string) => await caller.refusal('POST', `${entitlement}/assignmentRequests`, { requestType: 'adminAdd', assignment: { accessPackageId, targetId: target.id, assignmentPolicyId: foreign.policyId } });
    const [known, unknown] = [await ask(foreign.packageId), await ask(nobody)];
    expect({ ...known, message: known.message.replace(foreign.packageId, '…') }).toEqual({ ...unknown, message: unknown.message.replace(nobody, '…') });
  });

  it('does not name groups and applications to whoever may not read them', async () => {
    const mine = await createCatalog(graph, 'Own');
    const caller = await governing('catalogOwner', mine.id);
    const [group, workload] = [await createGroup(graph, 'Project Nightfall'), await createWorkload(graph, 'Nightfall service')];
    for (const [originSystem, id] of [['AadGroup', group.id], ['AadApplication', workload.principalId], ['OAuthApplication', workload.appId]] as const) {
      const ask = async (originId: string) => await caller.refusal('POST', `${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: mine.id }, resource: { originId, originSystem } });
      const [known, unknown] = [await ask(id), await ask(nobody)];
      expect({ ...known, message: known.message.replace(id, '…') }).toEqual({ ...unknown, message: unknown.message.replace(nobody, '…') });
      expect(known.message).not.toContain('Nightfall');
    }
  });

  it('does not tell who may not create service principals which applications there are', async () => {
    const workload = await createWorkload(graph, 'some application');
    const bots = await createBlueprint(graph, 'bots', [await newPerson('Sponsor')]);
    const [without, owning] = [await intruder(server), await intruder(server, 'Application.ReadWrite.OwnedBy')];
    for (const caller of [without, owning]) {
      for (const [path, appId] of [['/servicePrincipals', workload.appId], [cast.principal, bots.appId]] as const) {
        const [known, unknown] = [await caller.graph.refusal('POST', path, { appId }), await caller.graph.refusal('POST', path, { appId: nobody })];
        if (caller === without || path === '/servicePrincipals') expect({ ...known, message: known.message.replace(appId, '…') }).toEqual({ ...unknown, message: unknown.message.replace(nobody, '…') });
      }
    }
  });

  it('does not name packages to the owner of an API', async () => {
    const owned = await createApi(graph, { name: 'Owned', roles: ['Use'] });
    const given = await offer(graph, [permissions(owned, textOf(owned.roles, 'Use'))]);
    const { displayName } = await graph.read(`${entitlement}/accessPackages/${given.packageId}`);
    const owner = await intruder(server, 'Application.ReadWrite.OwnedBy');
    await graph.must('POST', `/applications/${owned.applicationId}/owners/$ref`, { '@odata.id': graph.reference('directoryObjects', owner.workload.principalId) });
    const refused = await owner.graph.refusal('PATCH', `/applications/${owned.applicationId}`, { appRoles: [] });
    expect(refused.codes).toContain('permissionInPackage');
    expect(refused.message).not.toContain(String(displayName));
  });
});

describe('a function', () => {
  it('additionalAccess tells nothing of packages in other catalogs', async () => {
    const [mine, foreign] = [await createCatalog(graph, 'Seen'), await offer(graph, [read])];
    const [caller, target] = [await governing('catalogReader', mine.id), await newPerson('Holder')];
    const here = await offer(graph, [], { catalogId: mine.id });
    await assign(graph, target.id, here);
    await assign(graph, target.id, foreign);
    const path = `${entitlement}/assignments/additionalAccess(accessPackageId='${here.packageId}',incompatibleAccessPackageId='${foreign.packageId}')`;
    expect(await graph.list(path)).toHaveLength(1);
    expect(await caller.list(path)).toEqual([]);
  });
});

describe('an expansion', () => {
  it('shows a holder neither the other roles of an API nor whom the policy names', async () => {
    const [holder, other] = [await newPerson('Holder'), await newPerson('Named')];
    const given = await offer(graph, [read], {
      scope: 'specificDirectoryUsers', targets: [oneUser(holder.id), oneUser(other.id)], requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [oneUser(other.id)] }],
    });
    const assigned = await assign(graph, holder.id, given);
    const caller = await narrowly(holder);
    const path = `${entitlement}/accessPackages/${given.packageId}/resourceRoleScopes`;
    const [role] = await caller.list(`${path}?$expand=role($expand=resource($expand=roles)),scope`);
    expect(JSON.stringify(role)).toContain('Read');
    expect(JSON.stringify(role)).not.toContain('Secret.Role');
    expect((await caller.refusal('GET', `${path}/${role?.id ?? ''}/role/resource/roles`)).status).toBeOneOf([403, 404]);
    const shown = await caller.must('GET', `${entitlement}/assignments/${assigned.id}?$expand=assignmentPolicy,accessPackage,target`);
    expect(JSON.stringify(shown)).not.toContain(other.id);
    expect(shown['accessPackage']).toMatchObject({ id: given.packageId });
    const whole = await graph.must('GET', `${entitlement}/assignments/${assigned.id}?$expand=assignmentPolicy`);
    expect(JSON.stringify(whole)).toContain(other.id);
    expect(recordsAt(await graph.must('GET', `${path}?$expand=role($expand=resource($expand=roles))`), 'value')).toHaveLength(1);
  });
});
