import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { api, appCaller, createdId, directoryObject, globalAdmin, inGroup, link, personCaller, refusalOf, run, withRole } from '../../../test/support/entitlement.ts';
import type { Caller } from '../../kernel/caller.ts';
import { all } from '../../platform/db/transaction.ts';
import type { Input, Json } from '../../platform/graph/model.ts';
import { newId } from '../../platform/ids.ts';
import { createCatalog } from '../catalogs/commands/catalogs.ts';
import { requestResource } from '../catalogs/commands/resources.ts';
import { createPolicy, removePolicy, replacePolicy } from '../policies/commands.ts';
import { highestManagerLevel } from '../policies/model.ts';
import { loadPolicy } from '../policies/store.ts';
import { directoryRole, entitlementRole, ownApiAppId, selfRequest } from '../roles/model.ts';
import { declarePackages } from './api/index.ts';
import { visiblePackages } from './api/packages.ts';
import { addIncompatiblePackage, removeIncompatiblePackage } from './commands/incompatible.ts';
import { changePackage, createPackage, moveToCatalog, removePackage } from './commands/packages.ts';
import { addRole, removeRole } from './commands/roles.ts';
import { packageFromBody, roleScopeFromBody } from './rules.ts';
import { isRequestable } from './store/requestable.ts';

const database = await testDatabase();
const admin = globalAdmin(await directoryObject(database, 'user'));
const changed: string[] = [];
const hook = async (_: unknown, id: string): Promise<void> => { await Promise.resolve(changed.push(id)); };
const inside = (packageId: string, navigation: string): Partial<Input> => ({ ancestors: [{ type: 'accessPackage', id: packageId, navigation }] });
const newCatalog = async (): Promise<string> => createdId(await run(database, admin, { command: createCatalog, body: { displayName: 'C' } }));
const newPackage = async (catalog: string): Promise<string> => createdId(await run(database, admin, { command: createPackage, body: { displayName: 'P', catalog } }));
const addResource = async (catalog: string, originSystem: string, originId: string): Promise<unknown> =>
  await run(database, admin, { command: requestResource, body: { requestType: 'adminAdd', catalog, requestedResource: { originSystem, originId } } });
const put = (caller: Caller, packageId: string, role: Json) => run(database, caller, { command: addRole(hook), body: roleScopeFromBody(role), input: inside(packageId, 'resourceRoleScopes') });
const policy = (accessPackage: string, body: Json, caller: Caller = admin) => run(database, caller, { command: createPolicy, body: { displayName: 'Pol', accessPackage, ...body } });
const set = (name: string, more: Json = {}): Json => ({ '@odata.type': `#microsoft.graph.${name}`, ...more });

let ordersApi: Awaited<ReturnType<typeof api>>;
beforeAll(async () => { ordersApi = await api(database); });

describe('roles of packages', () => {
  it('are found by origin, once, and tell those who hold the package', async () => {
    const [catalog, group] = [await newCatalog(), await directoryObject(database, 'group')];
    const id = await newPackage(catalog);
    const role = { role: { originId: `member_${group}`, originSystem: 'AadGroup', displayName: 'Member' }, scope: { originId: group, originSystem: 'AadGroup' } };
    expect((await refusalOf(put(admin, id, role))).problem).toBe('ruleBroken');
    await addResource(catalog, 'AadGroup', group);
    const roleScope = createdId(await put(admin, id, { accessPackageResourceRole: role.role, accessPackageResourceScope: role.scope }));
    expect(roleScope).toMatch(/^[0-9a-f-]{36}_[0-9a-f-]{36}$/);
    expect(changed.at(-1)).toBe(id);
    expect((await refusalOf(put(admin, id, role))).problem).toBe('conflict');
    expect((await refusalOf(run(database, admin, { command: requestResource, body: { requestType: 'adminRemove', catalog, requestedResource: { originSystem: 'AadGroup', originId: group } } }))).message).toContain("'P'");
    await run(database, admin, { command: removeRole(hook), input: { ...inside(id, 'resourceRoleScopes'), id: roleScope } });
    expect(await all(database.db, sql`select 1 from package_roles where access_package_id = ${id}`)).toEqual([]);
    expect(changed.filter((each) => each === id)).toHaveLength(2);
  });

  it('are refused when a policy promises them to a kind that cannot hold them, whichever comes first', async () => {
    const catalog = await newCatalog();
    await addResource(catalog, 'OAuthApplication', ordersApi.appId);
    const role = { role: { originId: ordersApi.roleId, originSystem: 'OAuthApplication' } };
    const [first, second] = [await newPackage(catalog), await newPackage(catalog)];
    await policy(first, { allowedTargetScope: 'allMemberUsers' });
    expect((await refusalOf(put(admin, first, role))).message).toContain('cannot hold API permissions');
    await put(admin, second, role);
    expect((await refusalOf(policy(second, { allowedTargetScope: 'allMemberUsers' }))).message).toContain('cannot hold API permissions');
    const agents = createdId(await policy(second, { allowedTargetScope: 'allDirectoryAgentIdentities' }));
    expect((await refusalOf(run(database, admin, { command: replacePolicy, body: { displayName: 'x', allowedTargetScope: 'allDirectoryUsers' }, input: { id: agents } }))).problem).toBe('ruleBroken');
    expect((await loadPolicy(database.db, agents))?.allowedTargetScope).toBe('allDirectoryAgentIdentities');
  });

  it.each(['OAuthApplication', 'AadApplication'])('of our own API are for whoever may grant them, as %s', async (originSystem) => {
    const catalog = await newCatalog();
    const existing = await all(database.db, sql<{ id: string }>`select id from directory_objects where app_id = ${ownApiAppId} and type = 'servicePrincipal'`);
    const own = existing[0]?.id ?? (await api(database, { appId: ownApiAppId, value: 'Directory.ReadWrite.All' })).principalId;
    await addResource(catalog, originSystem, originSystem === 'OAuthApplication' ? ownApiAppId : own);
    const [row] = await all(database.db, sql<{ originId: string }>`select origin_id as "originId" from resource_roles where catalog_id = ${catalog} and grant_kind = 'appRole'`);
    const role = { role: { originId: row?.originId, originSystem } };
    const id = await newPackage(catalog);
    expect((await refusalOf(put(appCaller(newId(), 'EntitlementManagement.ReadWrite.All'), id, role))).problem).toBe('forbidden');
    expect((await refusalOf(put(withRole(newId(), entitlementRole.catalogOwner, catalog), id, role))).problem).toBe('forbidden');
    await put(appCaller(newId(), 'EntitlementManagement.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'RoleManagement.ReadWrite.Directory'), id, role);
    if (originSystem === 'OAuthApplication') expect((await refusalOf(policy(id, { allowedTargetScope: 'allDirectoryAgentIdentities' }))).message).toContain('never reaches an agent');
  });

  it('of another API need its owner, or a Global Administrator; who manages packages puts in and takes out what is its own', async () => {
    const [catalog, orders, owner] = [await newCatalog(), await api(database), await directoryObject(database, 'user')];
    await addResource(catalog, 'OAuthApplication', orders.appId);
    const id = await newPackage(catalog);
    const caller = personCaller(owner, { directoryRoles: new Set([directoryRole.privilegedRoleAdministrator, directoryRole.identityGovernanceAdministrator]) });
    const role = { role: { originId: orders.scopeId, originSystem: 'OAuthApplication' } };
    expect((await refusalOf(put(caller, id, role))).reasons.map(({ code }) => code)).toEqual(['apiNotYours']);
    const manager = withRole(owner, entitlementRole.accessPackageManager, catalog);
    expect((await refusalOf(put(manager, id, role))).reasons.map(({ code }) => code)).toEqual(['catalogIsPrivileged']);
    await link(database, 'owner', [orders.applicationId, owner]);
    const scope = createdId(await put(caller, id, role));
    const foreign = await api(database);
    await addResource(catalog, 'OAuthApplication', foreign.appId);
    const theirs = createdId(await put(admin, id, { role: { originId: foreign.roleId, originSystem: 'OAuthApplication' } }));
    const take = (roleScope: string) => run(database, manager, { command: removeRole(hook), input: { ...inside(id, 'resourceRoleScopes'), id: roleScope } });
    await take(scope);
    expect((await refusalOf(take(theirs))).reasons.map(({ code }) => code)).toEqual(['catalogIsPrivileged']);
    expect((await refusalOf(take(scope))).reasons.map(({ code }) => code)).toEqual(['catalogIsPrivileged']);
    await run(database, admin, { command: removeRole(hook), input: { ...inside(id, 'resourceRoleScopes'), id: theirs } });
    await put(manager, id, role);
    expect((await refusalOf(put({ ...manager, kind: 'agentUser' }, id, role))).reasons.map(({ code }) => code)).toEqual(['catalogIsPrivileged']);
    expect((await refusalOf(put({ ...manager, isDelegated: false, permissions: new Set() }, id, role))).reasons.map(({ code }) => code)).toEqual(['catalogIsPrivileged']);
    expect(await all(database.db, sql`select grant_kind from package_roles where access_package_id = ${id}`)).toEqual([{ grant_kind: 'delegated' }]);
  });
});

it('no API permission goes into a package whose policy assigns by itself, made before its catalog was privileged', async () => {
  const [catalog, orders] = [await newCatalog(), await api(database)];
  const id = await newPackage(catalog);
  const made = createdId(await policy(id, { allowedTargetScope: 'allDirectoryServicePrincipals' }));
  await addResource(catalog, 'OAuthApplication', orders.appId);
  const role = { role: { originId: orders.roleId, originSystem: 'OAuthApplication' } };
  const say = async (settings: Json): Promise<void> => { await sql`update assignment_policies set automatic_request_settings = ${JSON.stringify(settings)} where id = ${made}`.execute(database.db); };
  for (const setting of ['requestAccessForAllowedTargets', 'removeAccessWhenTargetLeavesAllowedTargets']) {
    await say({ [setting]: true });
    expect((await refusalOf(put(admin, id, role))).reasons.map(({ code }) => code)).toEqual(['automaticInPrivilegedCatalog']);
  }
  await say({ requestAccessForAllowedTargets: false });
  await put(admin, id, role);
});

describe('packages', () => {
  it.each([
    ['catalogOwner', undefined], ['accessPackageManager', undefined], ['catalogReader', 'forbidden'], ['assignmentManager', 'forbidden'], ['catalogCreator', 'notFound'],
  ] as const)('are managed by %s', async (role, problem) => {
    const catalog = await newCatalog();
    const id = await newPackage(catalog);
    const change = run(database, withRole(newId(), entitlementRole[role], catalog), { command: changePackage, body: { description: 'new' }, input: { id } });
    if (problem === undefined) expect((await change).answer).toBe('entity');
    else expect((await refusalOf(change)).problem).toBe(problem);
    const made = policy(id, { allowedTargetScope: 'allMemberUsers' }, withRole(newId(), entitlementRole[role], catalog));
    if (problem === undefined) expect((await made).answer).toBe('created');
    else expect((await refusalOf(made)).problem).toBe(problem);
  });

  it('move with their roles to a catalog that has the resources', async () => {
    const [from, to, group] = [await newCatalog(), await newCatalog(), await directoryObject(database, 'group')];
    await addResource(from, 'AadGroup', group);
    const id = await newPackage(from);
    await put(admin, id, { role: { originId: `Member_${group}` } });
    const move = () => run(database, admin, { command: moveToCatalog, input: { id, arguments: { catalogId: to } } });
    expect((await refusalOf(move())).problem).toBe('ruleBroken');
    await addResource(to, 'AadGroup', group);
    expect((await move()).answer).toBe('done');
    expect(await all(database.db, sql`select r.origin_id from package_roles p join resource_roles r on r.id = p.role_id join resource_scopes s on s.id = p.scope_id
      where p.access_package_id = ${id} and r.catalog_id = ${to} and s.catalog_id = ${to}`)).toEqual([{ origin_id: `Member_${group}` }]);
  });

  it('stay while somebody holds them, and go with their history', async () => {
    const [id, user, assignment] = [await newPackage(await newCatalog()), await directoryObject(database, 'user'), newId()];
    const policyId = createdId(await policy(id, { allowedTargetScope: 'allMemberUsers' }));
    await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at) values (${assignment}, ${id}, ${policyId}, ${user}, 'delivered', 'Delivered', now())`.execute(database.db);
    expect((await refusalOf(run(database, admin, { command: removePackage, input: { id } }))).problem).toBe('conflict');
    expect((await refusalOf(run(database, admin, { command: removePolicy, input: { id: policyId } }))).problem).toBe('conflict');
    await sql`update assignments set state = 'expired', expired_at = now() where id = ${assignment}`.execute(database.db);
    expect((await run(database, admin, { command: removePackage, input: { id } })).answer).toBe('done');
    expect(await loadPolicy(database.db, policyId)).toBeUndefined();
    expect(await all(database.db, sql`select additional from audit_events where ${id}::uuid = any(target_ids) and activity = 'Delete access package'`))
      .toEqual([{ additional: [{ key: 'deletedRequests', value: '0' }, { key: 'deletedAssignments', value: '1' }, { key: 'deletedPolicies', value: '1' }] }]);
  });

  it('exclude each other, but not themselves', async () => {
    const catalog = await newCatalog();
    const [id, other] = [await newPackage(catalog), await newPackage(catalog)];
    const call = (command: typeof addIncompatiblePackage, target: string) => run(database, admin, { command, body: { id: target }, input: inside(id, 'incompatibleAccessPackages') });
    expect((await refusalOf(call(addIncompatiblePackage, id))).problem).toBe('ruleBroken');
    expect((await refusalOf(call(addIncompatiblePackage, newId()))).problem).toBe('danglingReference');
    await call(addIncompatiblePackage, other);
    await call(removeIncompatiblePackage, other);
    expect((await refusalOf(call(removeIncompatiblePackage, other))).problem).toBe('notFound');
  });

  it('ignore a catalog that is sent back', () => {
    expect(packageFromBody({ displayName: 'p', catalogId: 'c', accessPackageCatalog: { id: 'c', displayName: 'x' } })).toEqual({ displayName: 'p', catalog: { id: 'c' } });
    expect(packageFromBody({ displayName: 'p', catalog: { id: 'c' } })).toEqual({ displayName: 'p', catalog: { id: 'c' } });
    expect(packageFromBody({ displayName: 'p' })).toEqual({ displayName: 'p' });
  });
});

describe('what a caller may ask for', () => {
  const asks = async (caller: Caller): Promise<ReadonlySet<unknown>> => {
    const rows = await all(database.db, sql<{ id: string }>`select id from access_packages ap where ${isRequestable(caller, 'ap')}`);
    return new Set(rows.map(({ id }) => id));
  };
  const self = { requestorSettings: { enableTargetsToSelfAddAccess: true } };

  it('is what a policy offers to it', async () => {
    const [id, user, group, agent] = [await newPackage(await newCatalog()), await directoryObject(database, 'user'), await directoryObject(database, 'group'), await directoryObject(database, 'agentIdentity')];
    const caller = personCaller(user);
    await policy(id, { allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [set('groupMembers', { groupId: group })], ...self });
    expect(await asks(caller)).not.toContain(id);
    await inGroup(database, 'member', [group, user]);
    expect(await asks(caller)).toContain(id);
    expect(await asks(appCaller(agent, selfRequest))).not.toContain(id);
    await policy(id, { allowedTargetScope: 'allDirectoryAgentIdentities', ...self });
    expect(await asks(appCaller(agent, selfRequest))).toContain(id);
    await sql`update catalogs set state = 'unpublished' where id = (select catalog_id from access_packages where id = ${id})`.execute(database.db);
    expect(await asks(caller)).not.toContain(id);
  });

  it('is also what it may ask for somebody else', async () => {
    const [id, user, agent, report] = [await newPackage(await newCatalog()), await directoryObject(database, 'user'), await directoryObject(database, 'agentIdentity'), await directoryObject(database, 'user')];
    const caller = personCaller(user);
    await link(database, 'manager', [report, user]);
    await policy(id, { allowedTargetScope: 'allDirectoryAgentIdentities', requestorSettings: { enableOnBehalfRequestorsToAddAccess: true } });
    expect(await asks(caller)).not.toContain(id);
    await link(database, 'sponsor', [agent, user]);
    expect(await asks(caller)).toContain(id);
    const managed = await newPackage(await newCatalog());
    await policy(managed, { allowedTargetScope: 'allMemberUsers', requestorSettings: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [set('targetManager', { managerLevel: 1 })] } });
    expect(await asks(caller)).toContain(managed);
    expect(await asks(personCaller(report))).not.toContain(managed);
  });

  it('follows managers as far up as a policy may name', async () => {
    const [chain, near, far] = [await Promise.all(Array.from({ length: 12 }, () => directoryObject(database, 'user'))), await newPackage(await newCatalog()), await newPackage(await newCatalog())];
    for (const [nth, id] of chain.slice(1).entries()) await link(database, 'manager', [chain[nth] ?? '', id]);
    const byManager = async (id: string, managerLevel: number) => { await policy(id, { allowedTargetScope: 'allMemberUsers', requestorSettings: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [set('targetManager', { managerLevel })] } }); };
    await byManager(near, 5);
    await byManager(far, highestManagerLevel);
    expect(await asks(personCaller(chain[5] ?? ''))).toContain(near);
    expect(await asks(personCaller(chain[4] ?? ''))).not.toContain(near);
    expect(await asks(personCaller(chain[10] ?? ''))).toContain(far);
  });

  it('is all that it sees of packages', async () => {
    const id = await newPackage(await newCatalog());
    expect(visiblePackages(appCaller(newId()), 'ap')).toBe('none');
    const plain = visiblePackages(appCaller(await directoryObject(database, 'servicePrincipal'), selfRequest), 'ap');
    if (plain === 'all' || plain === 'none') throw new Error('expected a condition');
    expect(await all(database.db, sql`select id from access_packages ap where ap.id = ${id} and ${plain}`)).toEqual([]);
    const roles = declarePackages({ packageRolesChanged: hook }).types.find(({ name }) => name === 'accessPackageResourceRoleScope')?.visible(personCaller(newId()), 'r');
    if (roles === undefined || roles === 'all' || roles === 'none') throw new Error('expected a condition');
    expect(await all(database.db, sql`select r.id from package_roles r where ${roles}`)).toEqual([]);
  });
});
