import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { api, appCaller, createdId, directoryObject, globalAdmin, inGroup, link, personCaller, refusalOf, run, withRole } from '../../../test/support/entitlement.ts';
import type { Caller } from '../../kernel/caller.ts';
import { all } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { entitlementRole } from '../roles/model.ts';
import { changeCatalog, createCatalog, removeCatalog } from './commands/catalogs.ts';
import { requestResource } from './commands/resources.ts';
import { resourceRequestFromBody } from './rules.ts';

const database = await testDatabase();
const admin = globalAdmin(await directoryObject(database, 'user'));
const newCatalog = async (): Promise<string> => createdId(await run(database, admin, { command: createCatalog, body: { displayName: 'C' } }));
const ask = (caller: Caller, catalog: string, [requestType, resource]: readonly [string, Record<string, unknown>]) =>
  run(database, caller, { command: requestResource, body: { requestType, catalog, requestedResource: resource } });
const held = async (catalogId: string): Promise<readonly unknown[]> => await all(database.db, sql`select origin_system from catalog_resources where catalog_id = ${catalogId}`);

describe('catalogs', () => {
  it('are made by administrators and catalog creators, who become their owners', async () => {
    const creator = personCaller(await directoryObject(database, 'user'), { entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogCreator, catalogId: undefined }] });
    await sql`insert into role_definitions (id, provider, display_name, description) values (${entitlementRole.catalogOwner}, 'entitlementManagement', 'Catalog owner', '') on conflict do nothing`.execute(database.owner);
    const id = createdId(await run(database, creator, { command: createCatalog, body: { displayName: 'Mine' } }));
    expect(await all(database.db, sql`select principal_id from role_assignments where catalog_id = ${id}`)).toEqual([{ principal_id: creator.principalId }]);
    const nobody = personCaller(newId());
    expect((await refusalOf(run(database, nobody, { command: createCatalog, body: { displayName: 'No' } }))).problem).toBe('forbidden');
    expect(await all(database.db, sql`select 1 from audit_events where activity = 'Create catalog' and ${id}::uuid = any(target_ids)`)).toHaveLength(1);
  });

  it.each([
    ['catalogOwner', undefined], ['catalogReader', 'forbidden'], ['accessPackageManager', 'forbidden'], ['assignmentManager', 'forbidden'], ['catalogCreator', 'notFound'],
  ] as const)('are changed by their owners only: %s', async (role, problem) => {
    const id = await newCatalog();
    const change = run(database, withRole(newId(), entitlementRole[role], id), { command: changeCatalog, body: { description: 'new' }, input: { id } });
    if (problem === undefined) expect((await change).answer).toBe('entity');
    else expect((await refusalOf(change)).problem).toBe(problem);
  });

  it('are unknown to the owner of another catalog', async () => {
    const [id, other] = [await newCatalog(), await newCatalog()];
    expect((await refusalOf(run(database, withRole(newId(), entitlementRole.catalogOwner, other), { command: removeCatalog, input: { id } }))).problem).toBe('notFound');
  });

  it('go with their resources, but not with packages', async () => {
    const [id, group] = [await newCatalog(), await directoryObject(database, 'group')];
    await ask(admin, id, ['adminAdd', { originId: group, originSystem: 'AadGroup' }]);
    await sql`insert into access_packages (id, catalog_id, display_name) values (${newId()}, ${id}, 'Kit')`.execute(database.db);
    expect((await refusalOf(run(database, admin, { command: removeCatalog, input: { id } }))).message).toContain("'Kit'");
    await sql`delete from access_packages where catalog_id = ${id}`.execute(database.db);
    expect((await run(database, admin, { command: removeCatalog, input: { id } })).answer).toBe('done');
    expect(await held(id)).toEqual([]);
  });
});

describe('resources', () => {
  it('come once, in any spelling of their origin, and go without an id', async () => {
    const [id, group] = [await newCatalog(), await directoryObject(database, 'group')];
    await ask(admin, id, ['adminAdd', { originId: group.toUpperCase(), originSystem: 'aadgroup' }]);
    expect(await held(id)).toEqual([{ origin_system: 'AadGroup' }]);
    expect((await refusalOf(ask(admin, id, ['adminAdd', { originId: group, originSystem: 'AadGroup' }]))).problem).toBe('conflict');
    await ask(admin, id, ['adminRemove', { originId: group, originSystem: 'AadGroup' }]);
    expect(await held(id)).toEqual([]);
    expect((await refusalOf(ask(admin, id, ['adminRemove', { originId: group, originSystem: 'AadGroup' }]))).problem).toBe('ruleBroken');
  });

  it.each([
    [{ originSystem: 'SharePointOnline', originId: 'https://x' }, 'AadGroup, AadApplication, OAuthApplication, CustomDataProvidedResource'],
    [{ originSystem: 'AadGroup', originId: 'x' }, 'not a GUID'],
    [{ originSystem: 'AadGroup', originId: newId() }, 'does not exist'],
  ])('that are not there are refused with the mend: %j', async (resource, says) => {
    expect((await refusalOf(ask(admin, await newCatalog(), ['adminAdd', resource]))).message).toContain(says);
  });

  it('that are API permissions make the catalog privileged, by appId and not by object id', async () => {
    const [id, orders] = [await newCatalog(), await api(database)];
    expect((await refusalOf(ask(admin, id, ['adminAdd', { originSystem: 'OAuthApplication', originId: orders.principalId }]))).problem).toBe('ruleBroken');
    await ask(admin, id, ['adminAdd', { originSystem: 'OAuthApplication', originId: orders.appId }]);
    expect(await all(database.db, sql`select privilege_level from catalogs where id = ${id}`)).toEqual([{ privilege_level: 'privileged' }]);
    expect((await refusalOf(run(database, admin, { command: changeCatalog, body: { privilegeLevel: 'standard' }, input: { id } }))).problem).toBe('ruleBroken');
  });

  it('are given away by those who own them', async () => {
    const [id, group, app, owner] = [await newCatalog(), await directoryObject(database, 'group'), await api(database), await directoryObject(database, 'user')];
    const caller = withRole(owner, entitlementRole.catalogOwner, id);
    const adds = [{ originSystem: 'AadGroup', originId: group }, { originSystem: 'AadApplication', originId: app.principalId }];
    const reader = { ...caller, permissions: new Set([...caller.permissions, 'Directory.Read.All']) };
    for (const add of adds) {
      expect((await refusalOf(ask(reader, id, ['adminAdd', add]))).problem).toBe('forbidden');
      expect((await refusalOf(ask(caller, id, ['adminAdd', add]))).message).toContain('does not exist');
    }
    await inGroup(database, 'owner', [group, owner]);
    await link(database, 'owner', [app.applicationId, owner]);
    for (const add of adds) await ask(caller, id, ['adminAdd', add]);
    expect(await held(id)).toHaveLength(2);
  });

  it('that are groups need the group permission of an application', async () => {
    const [id, group] = [await newCatalog(), await directoryObject(database, 'group')];
    const add = ['adminAdd', { originSystem: 'AadGroup', originId: group }] as const;
    expect((await refusalOf(ask(appCaller(newId(), 'EntitlementManagement.ReadWrite.All', 'Group.Read.All'), id, add))).problem).toBe('forbidden');
    await ask(appCaller(newId(), 'EntitlementManagement.ReadWrite.All', 'Group.ReadWrite.All'), id, add);
    expect(await held(id)).toHaveLength(1);
  });

  it('are asked for in both dialects', () => {
    const asked = { catalog: { id: 'c' }, requestType: 'AdminAdd', requestedResource: { originId: 'g', originSystem: 'AadGroup' } };
    expect(resourceRequestFromBody({ catalogId: 'c', requestType: 'AdminAdd', accessPackageResource: { originId: 'g', originSystem: 'AadGroup', url: 'x' } })).toEqual(asked);
    expect(resourceRequestFromBody({ catalog: { id: 'c' }, requestType: 'AdminAdd', resource: { originId: 'g', originSystem: 'AadGroup' } })).toEqual(asked);
  });
});
