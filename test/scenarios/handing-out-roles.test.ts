/** Who may hand out which role of entitlement management (decision 0011), and what an API's owner may do with it (decision 0012). */
import { beforeAll, describe, expect, it } from 'vitest';
import { entitlement } from '../../cli/client/graph.ts';
import { createApi, createCatalog, createPackage, createPerson, type Person } from '../../cli/client/organisation.ts';
import { policyBody } from '../../cli/client/policies.ts';
import { directoryRole, entitlementRole, ownApiAppId } from '../../src/features/roles/model.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { createGroup, membership, offer, permissions } from '../support/access.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const roleAssignments = '/roleManagement/entitlementManagement/roleAssignments';
type Role = keyof typeof entitlementRole;

const [house, yard] = [await createCatalog(graph, 'House'), await createCatalog(graph, 'Yard')];
const given = await offer(graph, [membership((await createGroup(graph, 'Team')).id)], { catalogId: house.id });
const next = await offer(graph, [], { catalogId: house.id });
const resource = (await graph.list(`${entitlement}/catalogs/${house.id}/resources`))[0]?.id ?? '';

const scopes = { tenant: '/', catalog: `/AccessPackageCatalog/${house.id}`, package: `/AccessPackage/${given.packageId}`, policy: `/AssignmentPolicy/${given.policyId}`, resource: `/Resource/${resource}`, yard: `/AccessPackageCatalog/${yard.id}`, next: `/AccessPackage/${next.packageId}` } as const;
type Scope = keyof typeof scopes;

/** Everybody who hands out, by what they hold. */
const held = {
  owner: ['catalogOwner', 'catalog'], everywhere: ['catalogOwner', 'tenant'], manager: ['accessPackageManager', 'catalog'], keeper: ['accessPackageManager', 'package'], packageOwner: ['catalogOwner', 'package'],
  assigner: ['assignmentManager', 'catalog'], policyOwner: ['catalogOwner', 'policy'], steward: ['catalogOwner', 'resource'], reader: ['catalogReader', 'catalog'],
} as const satisfies Readonly<Record<string, readonly [Role, Scope]>>;
type Who = keyof typeof held | 'governance' | 'nobody';
const all = [...Object.keys(held), 'governance', 'nobody'] as readonly Who[];
const desks = new Map<Who, { readonly person: Person; readonly desk: MicrosoftGraph }>();
const at = (who: Who): { readonly person: Person; readonly desk: MicrosoftGraph } => desks.get(who) ?? expect.unreachable(who);
const body = (principalId: string, role: Role, scope: string): JsonRecord => ({ principalId, roleDefinitionId: entitlementRole[role], directoryScopeId: '/', appScopeId: scope });
let people = 0;
const somebody = async (): Promise<Person> => await createPerson(graph, `Somebody ${people += 1}`, server.domain);

beforeAll(async () => {
  for (const who of all) {
    const person = await createPerson(graph, who, server.domain);
    if (who === 'governance') await graph.create('/roleManagement/directory/roleAssignments', { principalId: person.id, roleDefinitionId: directoryRole.identityGovernanceAdministrator, directoryScopeId: '/' });
    else if (who !== 'nobody') await graph.create(roleAssignments, body(person.id, held[who][0], scopes[held[who][1]]));
    desks.set(who, { person, desk: await server.asPerson(person) });
  }
});

/** What each hands out besides an administrator, who hands out everything. Whoever is not named for a scope hands out nothing there. */
const table: readonly (readonly [scope: Scope, roles: readonly Role[], who: readonly Who[]])[] = [
  ['tenant', ['catalogCreator', 'catalogOwner', 'catalogReader', 'accessPackageManager', 'assignmentManager'], []],
  ['catalog', ['catalogOwner', 'catalogReader', 'accessPackageManager', 'assignmentManager'], ['owner', 'everywhere']],
  ['package', ['catalogOwner', 'catalogReader', 'accessPackageManager'], ['owner', 'everywhere']],
  ['package', ['assignmentManager'], ['owner', 'everywhere', 'manager', 'keeper', 'packageOwner']],
  ['policy', ['catalogOwner', 'catalogReader', 'accessPackageManager'], ['owner', 'everywhere']],
  ['policy', ['assignmentManager'], ['owner', 'everywhere', 'manager', 'keeper', 'packageOwner']],
  ['resource', ['catalogOwner', 'catalogReader', 'accessPackageManager'], ['owner', 'everywhere']],
  ['yard', ['catalogOwner', 'assignmentManager'], ['everywhere']],
  ['next', ['catalogOwner'], ['owner', 'everywhere']],
  ['next', ['assignmentManager'], ['owner', 'everywhere', 'manager']],
];

describe('who may hand out', () => {
  it.each(table.flatMap(([scope, roles, who]) => roles.map((role) => [role, scope, who] as const)))('%s on %s', async (role, scope, may) => {
    const receiver = await somebody();
    for (const who of all) {
      const { desk } = at(who);
      if (who === 'governance' || may.includes(who)) {
        const made = await desk.create(roleAssignments, body(receiver.id, role, scopes[scope]));
        await desk.must('DELETE', `${roleAssignments}/${made.id}`);
      } else {
        const refused = await desk.refusal('POST', roleAssignments, body(receiver.id, role, scopes[scope]));
        expect([who, refused.status]).toEqual([who, 403]);
        expect(refused.message).toContain('Global or Identity Governance Administrator');
      }
    }
    const stays = await graph.create(roleAssignments, body(receiver.id, role, scopes[scope]));
    for (const who of all.filter((one) => one !== 'governance' && !may.includes(one))) expect([who, (await at(who).desk.refusal('DELETE', `${roleAssignments}/${stays.id}`)).status]).toEqual([who, expect.toBeOneOf([403, 404])]);
    await graph.must('DELETE', `${roleAssignments}/${stays.id}`);
  });

  it('names whoever could', async () => {
    const receiver = await somebody();
    expect((await at('assigner').desk.refusal('POST', roleAssignments, body(receiver.id, 'assignmentManager', scopes.package))).message).toContain('whoever manages the access package');
    expect((await at('keeper').desk.refusal('POST', roleAssignments, body(receiver.id, 'catalogReader', scopes.package))).message).toContain('Catalog owner of its catalog');
    expect((await at('manager').desk.refusal('POST', roleAssignments, body(receiver.id, 'catalogReader', scopes.catalog))).message).toContain('Catalog owner of the catalog');
  });

  it('a role for a time, or the eligibility for it, is handed out by the same people', async () => {
    const receiver = await somebody();
    const ask = (kind: string) => `/roleManagement/entitlementManagement/${kind}ScheduleRequests`;
    const wish = (role: Role, scope: Scope): JsonRecord => ({ action: 'adminAssign', justification: 'x', ...body(receiver.id, role, scopes[scope]), scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT5H' } } });
    await at('keeper').desk.create(ask('roleAssignment'), wish('assignmentManager', 'package'));
    await at('owner').desk.create(ask('roleEligibility'), wish('catalogOwner', 'resource'));
    expect((await at('keeper').desk.refusal('POST', ask('roleEligibility'), wish('catalogReader', 'package'))).status).toBe(403);
    expect((await at('steward').desk.refusal('POST', ask('roleEligibility'), wish('catalogReader', 'resource'))).status).toBe(403);
  });

  it('questions to administrators reach those who could answer, and no others', async () => {
    const person = await somebody();
    const ask = '/roleManagement/entitlementManagement/roleAssignmentScheduleRequests';
    const wish = (action: string): JsonRecord => ({ action, justification: 'x', ...body(person.id, 'assignmentManager', scopes.policy), scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT5H' } } });
    await graph.create(ask, wish('adminAssign'));
    const question = await (await server.asPerson(person)).create(ask, wish('selfExtend'));
    const waiting = async (who: Who): Promise<readonly string[]> => (await at(who).desk.list(`${ask}/filterByCurrentUser(on='approver')`)).map(({ id }) => id);
    for (const who of all) expect([who, await waiting(who)]).toEqual([who, (['owner', 'everywhere', 'manager', 'keeper', 'packageOwner', 'governance'] as readonly Who[]).includes(who) ? [question.id] : []]);
  });
});

describe('for oneself', () => {
  it('a right for a time gives no role that outlasts it; one for good does', async () => {
    const [passing, standing] = [await somebody(), await somebody()];
    await graph.create('/roleManagement/entitlementManagement/roleAssignmentScheduleRequests', { action: 'adminAssign', justification: 'x', ...body(passing.id, 'accessPackageManager', scopes.package), scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT5H' } } });
    await graph.create(roleAssignments, body(standing.id, 'accessPackageManager', scopes.package));
    for (const scope of ['package', 'policy'] as const) {
      expect(await (await server.asPerson(passing)).refusal('POST', roleAssignments, body(passing.id, 'assignmentManager', scopes[scope]))).toMatchObject({ status: 403, codes: ['ownRightEnds'] });
      await (await server.asPerson(standing)).create(roleAssignments, body(standing.id, 'assignmentManager', scopes[scope]));
    }
  });

  it('nobody takes a wider role than their own', async () => {
    for (const who of ['keeper', 'packageOwner', 'manager', 'policyOwner', 'steward', 'assigner', 'reader'] as const) {
      const { desk, person } = at(who);
      for (const [role, scope] of [['catalogOwner', 'package'], ['catalogOwner', 'catalog'], ['accessPackageManager', 'catalog'], ['catalogOwner', 'resource'], ['catalogCreator', 'tenant'], ['catalogOwner', 'next'], ['catalogOwner', 'policy']] as const) {
        expect([who, role, scope, (await desk.refusal('POST', roleAssignments, body(person.id, role, scopes[scope]))).status]).toEqual([who, role, scope, 403]);
      }
    }
  });
});

describe("an API's owner", () => {
  const add = (catalogId: string, originId: string, more: JsonRecord = {}): JsonRecord => ({ requestType: 'adminAdd', catalog: { id: catalogId }, resource: { originSystem: 'OAuthApplication', originId }, ...more });
  const roleScope = (originId: string): JsonRecord => ({ role: { originId, originSystem: 'OAuthApplication' } });
  const requests = `${entitlement}/resourceRequests`;

  it('puts it into a catalog that it manages, its permissions into packages, and nothing else', async () => {
    const [api, other] = [await createApi(graph, { name: 'Ledger', roles: ['Ledger.Read'] }), await createApi(graph, { name: 'Payroll', roles: ['Payroll.Read'] })];
    const [catalog, foreign] = [await createCatalog(graph, 'Ledgers'), await createCatalog(graph, 'Not mine')];
    const accessPackage = await createPackage(graph, catalog.id, 'Ledger access');
    await graph.create(`${entitlement}/assignmentPolicies`, policyBody(accessPackage.id, { scope: 'allDirectoryServicePrincipals' }));
    const person = await somebody();
    const self = await server.asPerson(person);
    const path = `${entitlement}/accessPackages/${accessPackage.id}/resourceRoleScopes`;
    await graph.create(roleAssignments, body(person.id, 'catalogOwner', `/AccessPackageCatalog/${catalog.id}`));
    expect(await self.refusal('POST', requests, add(catalog.id, api.appId))).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
    await graph.must('POST', `/servicePrincipals/${api.principalId}/owners/$ref`, { '@odata.id': graph.reference('directoryObjects', person.id) });
    for (const id of [other.appId, ownApiAppId, '00000000-0000-4000-8000-00000000dead']) expect(await self.refusal('POST', requests, add(catalog.id, id))).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
    expect((await self.refusal('POST', requests, add(foreign.id, api.appId))).status).toBe(404);
    await self.must('POST', requests, add(catalog.id, api.appId));
    const made = await self.create(path, roleScope(api.roles['Ledger.Read'] ?? ''));
    await graph.must('POST', requests, add(catalog.id, other.appId));
    expect(await self.refusal('POST', path, roleScope(other.roles['Payroll.Read'] ?? ''))).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
    // The catalog is privileged now: the rest of it is for administrators.
    for (const [method, url, sent] of [
      ['PATCH', `${entitlement}/catalogs/${catalog.id}`, { description: 'x' }], ['PATCH', `${entitlement}/accessPackages/${accessPackage.id}`, { description: 'x' }],
      ['POST', `${entitlement}/assignmentPolicies`, policyBody(accessPackage.id)], ['POST', `${entitlement}/accessPackages`, { displayName: 'x', description: 'x', catalog: { id: catalog.id } }],
    ] as const) expect(await self.refusal(method, url, sent)).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
    await self.must('DELETE', `${path}/${made.id}`);
    const [resource] = (await self.list(`${entitlement}/catalogs/${catalog.id}/resources`)).filter(({ originId }) => originId === api.appId);
    await self.must('POST', `${entitlement}/resources/${resource?.id ?? ''}/refresh`);
    await self.must('POST', requests, { requestType: 'adminRemove', catalog: { id: catalog.id }, resource: { id: resource?.id } });
  });

  it('is also whoever holds a role on it as a resource, which none but its owners and Global Administrators hand out', async () => {
    const api = await createApi(graph, { name: 'Stock', roles: ['Stock.Read'] });
    const source = await offer(graph, [permissions(api, api.roles['Stock.Read'] ?? '')], { scope: 'allDirectoryServicePrincipals' });
    const [stock] = await graph.list(`${entitlement}/catalogs/${source.catalogId}/resources`);
    const target = await createCatalog(graph, 'Stocks');
    const [catalogOwner, person] = [await somebody(), await somebody()];
    const scope = `/Resource/${stock?.id ?? ''}`;
    await graph.create(roleAssignments, body(catalogOwner.id, 'catalogOwner', `/AccessPackageCatalog/${source.catalogId}`));
    await graph.create(roleAssignments, body(person.id, 'catalogOwner', `/AccessPackageCatalog/${target.id}`));
    const giver = await server.asPerson(catalogOwner);
    for (const desk of [giver, at('everywhere').desk, at('governance').desk]) {
      for (const role of ['catalogOwner', 'accessPackageManager'] as const) expect((await desk.refusal('POST', roleAssignments, body(person.id, role, scope))).status).toBe(403);
    }
    const looks = await giver.create(roleAssignments, body(person.id, 'catalogReader', scope));
    const self = await server.asPerson(person);
    expect(await self.refusal('POST', requests, add(target.id, api.appId))).toMatchObject({ status: 403, codes: ['catalogIsPrivileged'] });
    await giver.must('DELETE', `${roleAssignments}/${looks.id}`);
    await graph.must('POST', `/applications/${api.applicationId}/owners/$ref`, { '@odata.id': graph.reference('directoryObjects', catalogOwner.id) });
    await giver.create(roleAssignments, body(person.id, 'accessPackageManager', scope));
    await self.must('POST', requests, add(target.id, api.appId));
    expect((await self.refusal('POST', `${entitlement}/accessPackages/${source.packageId}/resourceRoleScopes`, roleScope(api.roles['Stock.Read'] ?? ''))).status).toBeOneOf([403, 404]);
    expect((await self.list(`${entitlement}/accessPackages/${source.packageId}/resourceRoleScopes`)).length).toBe(1);
  });
});
