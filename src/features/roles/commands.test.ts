import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { callerWith, command, createdId, personWith, refusalOf } from '../../../test/support/graph-work.ts';
import type { Caller } from '../../kernel/caller.ts';
import { all } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { declareRoles } from './api.ts';
import { createRoleAssignment, removeRoleAssignment } from './commands.ts';
import { directoryRole, entitlementRole } from './model.ts';

const { db } = await testDatabase();
const admin = callerWith(['RoleManagement.ReadWrite.Directory', 'EntitlementManagement.ReadWrite.All']);

async function newObject(type = 'user', data = {}): Promise<string> {
  const id = newId();
  const isUser = type === 'user';
  await sql`insert into directory_objects (id, type, user_principal_name, app_id, blueprint_app_id, data) values (${id}, ${type}, ${isUser ? `${id}@example.org` : null},
    ${isUser || type === 'group' ? null : newId()}, ${type === 'agentIdentity' ? newId() : null}, ${JSON.stringify(data)})`.execute(db);
  return id;
}
async function newCatalog(): Promise<string> {
  const id = newId();
  await sql`insert into catalogs (id, display_name) values (${id}, 'c')`.execute(db);
  return id;
}
const scope = (catalogId: string): string => `/AccessPackageCatalog/${catalogId}`;
const give = async (provider: string, body: object, caller: Caller = admin) =>
  createdId(await command({ db, caller }, createRoleAssignment, { ancestors: [{ type: 'rbacApplication', id: provider }], body: { ...body } }));

describe('a role of entitlement management', () => {
  it('is given for a catalog, whatever the case of the scope, and only once', async () => {
    const [principalId, catalogId] = [await newObject(), await newCatalog()];
    const body = { principalId, roleDefinitionId: entitlementRole.catalogOwner, directoryScopeId: '/', appScopeId: scope(catalogId) };
    const id = await give('entitlementManagement', body);
    expect(await all(db, sql`select app_scope_id, catalog_id from role_assignments where id = ${id}`)).toEqual([{ app_scope_id: scope(catalogId), catalog_id: catalogId }]);
    expect(await refusalOf(give('entitlementManagement', { ...body, appScopeId: `/accesspackagecatalog/${catalogId.toUpperCase()}` }))).toMatchObject({ status: 409 });
    expect(await command({ db, caller: admin }, removeRoleAssignment, { id })).toEqual({ answer: 'done' });
    expect(await refusalOf(command({ db, caller: admin }, removeRoleAssignment, { id }))).toMatchObject({ status: 404 });
  });

  it('names what dangles and what does not fit', async () => {
    const [principalId, catalogId] = [await newObject(), await newCatalog()];
    const body = { principalId, roleDefinitionId: entitlementRole.catalogReader, appScopeId: '/' };
    const targetOf = async (change: object) => (await refusalOf(give('entitlementManagement', { ...body, ...change }))).target ?? 'rule';
    expect(await Promise.all([
      targetOf({ principalId: newId() }), targetOf({ roleDefinitionId: newId() }), targetOf({ appScopeId: scope(newId()) }), targetOf({ appScopeId: '/Other/x' }),
      targetOf({ directoryScopeId: '/x' }), targetOf({ roleDefinitionId: directoryRole.globalReader }), targetOf({ roleDefinitionId: entitlementRole.catalogCreator, appScopeId: scope(catalogId) }),
    ])).toEqual(['principalId', 'roleDefinitionId', 'appScopeId', 'appScopeId', 'directoryScopeId', 'rule', 'rule']);
  });

  it('is given by catalog owners for their own catalog, not for others and not for the tenant', async () => {
    const [principalId, mine, other] = [await newObject(), await newCatalog(), await newCatalog()];
    const owner = { ...personWith(newId(), ['EntitlementManagement.ReadWrite.All']), entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: mine }] };
    const body = { principalId, roleDefinitionId: entitlementRole.catalogReader };
    const id = await give('entitlementManagement', { ...body, appScopeId: scope(mine) }, owner);
    expect(await refusalOf(give('entitlementManagement', { ...body, appScopeId: scope(other) }, owner))).toMatchObject({ status: 403 });
    expect(await refusalOf(give('entitlementManagement', { ...body, appScopeId: '/' }, owner))).toMatchObject({ status: 403 });
    expect(await refusalOf(command({ db, caller: personWith(newId(), ['EntitlementManagement.ReadWrite.All']) }, removeRoleAssignment, { id }))).toMatchObject({ status: 403 });
    await command({ db, caller: owner }, removeRoleAssignment, { id });
  });
});

describe('a directory role', () => {
  it('needs the permission, and a person also the role', async () => {
    const body = { principalId: await newObject(), roleDefinitionId: directoryRole.globalReader };
    expect(await refusalOf(give('directory', body, callerWith(['Directory.ReadWrite.All'])))).toMatchObject({ status: 403 });
    expect(await refusalOf(give('directory', body, personWith(newId(), ['RoleManagement.ReadWrite.Directory'])))).toMatchObject({ status: 403 });
    await give('directory', body, personWith(newId(), ['RoleManagement.ReadWrite.Directory'], [directoryRole.globalAdministrator]));
  });

  it('goes to no plain group, no application and, when privileged, no agent', async () => {
    const codesFor = async (principalId: string) => (await refusalOf(give('directory', { principalId, roleDefinitionId: directoryRole.globalAdministrator }))).reasons.map((reason) => reason.code);
    expect(await codesFor(await newObject('group'))).toEqual(['groupNotAssignableToRole']);
    expect(await codesFor(await newObject('application'))).toEqual(['principalCannotHoldRoles']);
    expect(await codesFor(await newObject('agentIdentity'))).toEqual(['privilegedRoleForAgent']);
    await give('directory', { principalId: await newObject('group', { isAssignableToRole: true }), roleDefinitionId: directoryRole.globalAdministrator });
  });

  it('is audited', async () => {
    const principalId = await newObject();
    const id = await give('directory', { principalId, roleDefinitionId: directoryRole.globalReader });
    await command({ db, caller: admin }, removeRoleAssignment, { id });
    const events = await all(db, sql<{ activity: string }>`select activity from audit_events where ${principalId}::uuid = any(target_ids) order by at, id`);
    expect(events.map((event) => event.activity)).toEqual(['Add member to role', 'Remove member from role']);
  });
});

describe('role assignments', () => {
  it('are seen by administrators, by catalog owners for their catalogs, and by holders', async () => {
    const [principalId, catalogId] = [await newObject(), await newCatalog()];
    const own = await give('entitlementManagement', { principalId, roleDefinitionId: entitlementRole.catalogReader, appScopeId: '/' });
    const inCatalog = await give('entitlementManagement', { principalId: await newObject(), roleDefinitionId: entitlementRole.catalogReader, appScopeId: scope(catalogId) });
    const inDirectory = await give('directory', { principalId: await newObject(), roleDefinitionId: directoryRole.globalReader });
    const type = declareRoles().types.find((each) => each.name === 'unifiedRoleAssignment') ?? expect.unreachable();
    const seenBy = async (caller: Caller) => {
      const seen = type.visible(caller, 'r');
      if (typeof seen === 'string') return seen;
      const rows = await all(db, sql<{ id: string }>`select r.id from role_assignments r where r.id = any(${[own, inCatalog, inDirectory]}::uuid[]) and ${seen} order by r.id`);
      return rows.map((row) => row.id);
    };
    const entitlement = ['EntitlementManagement.ReadWrite.All'];
    expect(await seenBy(callerWith(['User.Read.All']))).toBe('none');
    expect(await seenBy(callerWith(['RoleManagement.Read.All']))).toBe('all');
    expect(await seenBy(callerWith(entitlement))).toEqual([own, inCatalog]);
    expect(await seenBy(callerWith(['RoleManagement.Read.Directory']))).toEqual([inDirectory]);
    expect(await seenBy(personWith(principalId, ['EntitlementMgmt-SubjectAccess.ReadWrite']))).toEqual([own]);
    expect(await seenBy({ ...personWith(newId(), entitlement), entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId }] })).toEqual([inCatalog]);
  });
});
