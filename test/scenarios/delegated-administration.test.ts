/** Administration by entitlement-management roles: what each role may, and that every wrong caller may not. */
import { beforeAll, describe, expect, it } from 'vitest';
import { entitlement, textOf } from '../../cli/client/graph.ts';
import { createApi, createCatalog, createPerson, createWorkload, type Person } from '../../cli/client/organisation.ts';
import { policyBody, requestBody } from '../../cli/client/policies.ts';
import { entitlementRole } from '../../src/features/roles/model.ts';
import { appRoles, assign, createGroup, offer } from '../support/access.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const roleAssignments = '/roleManagement/entitlementManagement/roleAssignments';
const api = await createApi(graph, { name: 'Ledger', roles: ['Clerk'] });
const catalog = await createCatalog(graph, 'Finance');
const elsewhere = await createCatalog(graph, 'Elsewhere');
const given = await offer(graph, [appRoles(api, textOf(api.roles, 'Clerk'))], { catalogId: catalog.id, scope: 'notSpecified' });
const foreign = await offer(graph, [], { catalogId: elsewhere.id });

type Role = keyof typeof entitlementRole;
const roles = ['catalogCreator', 'catalogOwner', 'catalogReader', 'accessPackageManager', 'assignmentManager'] as const satisfies readonly Role[];

/** Everybody who might try: one person for each role, and one with none. */
const desks = new Map<Role | 'nobody', MicrosoftGraph>();
const people = new Map<Role | 'nobody', Person>();

beforeAll(async () => {
  for (const role of [...roles, 'nobody'] as const) {
    const person = await createPerson(graph, role, server.domain);
    people.set(role, person);
    if (role !== 'nobody') {
      const appScopeId = role === 'catalogCreator' ? '/' : `/AccessPackageCatalog/${catalog.id}`;
      await graph.create(roleAssignments, { principalId: person.id, roleDefinitionId: entitlementRole[role], directoryScopeId: '/', appScopeId });
    }
    desks.set(role, await server.asPerson(person));
  }
});

const desk = (role: Role | 'nobody'): MicrosoftGraph => desks.get(role) ?? expect.unreachable(role);

/** Tries as everybody: `may` succeed, the others are refused with 403, or 404 where they may not even know. */
async function onlyThese(may: readonly Role[], attempt: (caller: MicrosoftGraph) => { readonly method: string; readonly path: string; readonly body?: unknown } | Promise<{ readonly method: string; readonly path: string; readonly body?: unknown }>): Promise<void> {
  for (const role of [...roles, 'nobody'] as const) {
    const caller = desk(role);
    const { method, path, body } = await attempt(caller);
    const outcome = await caller.must(method, path, body).then(() => 'done', (error: unknown) => String((error as { statusCode?: number }).statusCode));
    if (role !== 'nobody' && may.includes(role)) expect([role, outcome]).toEqual([role, 'done']);
    else expect([role, ['400', '403', '404'].includes(outcome) ? 'refused' : outcome]).toEqual([role, 'refused']);
  }
}

describe('who may', () => {
  it('read the catalog', async () => {
    await onlyThese(['catalogOwner', 'catalogReader', 'accessPackageManager', 'assignmentManager'], () => ({ method: 'GET', path: `${entitlement}/catalogs/${catalog.id}` }));
  });

  it('create a catalog, and owns it then', async () => {
    await onlyThese(['catalogCreator'], () => ({ method: 'POST', path: `${entitlement}/catalogs`, body: { displayName: 'mine', description: 'mine' } }));
    const made = await desk('catalogCreator').create(`${entitlement}/catalogs`, { displayName: 'mine too', description: 'mine' });
    await desk('catalogCreator').must('PATCH', `${entitlement}/catalogs/${made.id}`, { description: 'changed' });
    expect(await desk('catalogOwner').refusal('PATCH', `${entitlement}/catalogs/${made.id}`, { description: 'stolen' })).toMatchObject({ status: 404 });
  });

  it('change the catalog', async () => {
    await onlyThese(['catalogOwner'], () => ({ method: 'PATCH', path: `${entitlement}/catalogs/${catalog.id}`, body: { description: 'changed' } }));
  });

  it('create packages and policies', async () => {
    await onlyThese(['catalogOwner', 'accessPackageManager'], () => ({ method: 'POST', path: `${entitlement}/accessPackages`, body: { displayName: 'new', description: 'new', catalog: { id: catalog.id } } }));
    await onlyThese(['catalogOwner', 'accessPackageManager'], () => ({ method: 'POST', path: `${entitlement}/assignmentPolicies`, body: policyBody(given.packageId) }));
  });

  it('assign and take away', async () => {
    await onlyThese(['catalogOwner', 'accessPackageManager', 'assignmentManager'], async () => ({
      method: 'POST', path: `${entitlement}/assignmentRequests`, body: requestBody('adminAdd', { targetId: (await createPerson(graph, `Target ${Math.random()}`, server.domain)).id, ...given }),
    }));
    const target = await createPerson(graph, 'Taken', server.domain);
    const { id } = await assign(graph, target.id, given);
    for (const role of ['nobody', 'catalogCreator', 'catalogReader'] as const) {
      expect((await desk(role).refusal('POST', `${entitlement}/assignmentRequests`, { requestType: 'adminRemove', assignment: { id } })).status).toBeOneOf([400, 403, 404]);
    }
    await desk('assignmentManager').create(`${entitlement}/assignmentRequests`, { requestType: 'adminRemove', assignment: { id } });
  });

  it('give roles on the catalog', async () => {
    const somebody = await createPerson(graph, 'Somebody', server.domain);
    const body = { principalId: somebody.id, roleDefinitionId: entitlementRole.catalogReader, directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${catalog.id}` };
    await desk('catalogOwner').create(roleAssignments, body);
    for (const role of ['nobody', 'catalogCreator', 'catalogReader', 'accessPackageManager', 'assignmentManager'] as const) {
      const other = await createPerson(graph, `Other ${role}`, server.domain);
      expect((await desk(role).refusal('POST', roleAssignments, { ...body, principalId: other.id })).status).toBeOneOf([403, 404]);
    }
    expect((await desk('catalogOwner').refusal('POST', roleAssignments, { ...body, appScopeId: '/' })).status).toBeOneOf([403, 404]);
  });
});

describe('a role on one catalog', () => {
  it('reaches nothing of another', async () => {
    for (const role of ['catalogOwner', 'accessPackageManager', 'assignmentManager', 'catalogReader'] as const) {
      expect(await desk(role).refusal('GET', `${entitlement}/catalogs/${elsewhere.id}`)).toMatchObject({ status: 404 });
      expect(await desk(role).refusal('GET', `${entitlement}/accessPackages/${foreign.packageId}`)).toMatchObject({ status: 404 });
      expect((await desk(role).refusal('POST', `${entitlement}/accessPackages`, { displayName: 'x', description: 'x', catalog: { id: elsewhere.id } })).status).toBeOneOf([400, 403, 404]);
      expect((await desk(role).list(`${entitlement}/catalogs`)).map(({ id }) => id)).toEqual([catalog.id]);
    }
  });

  it('lets the owner add only what the owner may give away', async () => {
    const [theirs, mine] = [await createGroup(graph, 'Not mine'), await createGroup(graph, 'Mine', { 'owners@odata.bind': [graph.reference('users', people.get('catalogOwner')?.id ?? '')] })];
    const add = (originId: string): object => ({ requestType: 'adminAdd', catalog: { id: catalog.id }, resource: { originId, originSystem: 'AadGroup' } });
    expect((await desk('catalogOwner').refusal('POST', `${entitlement}/resourceRequests`, add(theirs.id))).status).toBeOneOf([400, 403, 404]);
    await desk('catalogOwner').must('POST', `${entitlement}/resourceRequests`, add(mine.id));
  });

  it('is held by an application too, and is gone once it is taken', async () => {
    const client = await createWorkload(graph, 'assigner');
    const held = await graph.create(roleAssignments, { principalId: client.principalId, roleDefinitionId: entitlementRole.assignmentManager, directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${catalog.id}` });
    const self = await server.asWorkload(client);
    const target = await createPerson(graph, 'By program', server.domain);
    await self.create(`${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: target.id, ...given }));
    await graph.must('DELETE', `${roleAssignments}/${held.id}`);
    const next = await createPerson(graph, 'Too late', server.domain);
    expect(await self.refusal('POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: next.id, ...given }))).toMatchObject({ status: 403 });
  });
});
