import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCaller } from '../../../test/support/caller.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { newId } from '../../platform/ids.ts';
import { directoryRole, entitlementRole } from './model.ts';
import { callerQuery } from './store.ts';

const { db } = await testDatabase();

/** One object; agents and principals take what their type needs from `more`. */
async function put(type: string, more: Record<string, string | null> = {}): Promise<{ id: string; appId: string }> {
  const id = newId();
  const isWorkload = !['user', 'agentUser', 'group'].includes(type);
  const appId = isWorkload ? more['app_id'] ?? (type === 'agentIdentity' ? id : newId()) : null;
  const upn = type === 'user' || type === 'agentUser' ? `${id}@example.org` : null;
  await sql`insert into directory_objects (id, type, display_name, user_principal_name, app_id, blueprint_app_id, identity_parent_id, data)
    values (${id}, ${type}, ${`${type} of the test`}, ${upn}, ${appId}, ${more['blueprint_app_id'] ?? null}, ${more['identity_parent_id'] ?? null}, ${more['data'] ?? '{}'})`.execute(db);
  return { id, appId: appId ?? '' };
}

const hold = async (principalId: string, groupId: string, ends = 'infinity') =>
  await sql`insert into grants (id, kind, principal_id, resource_id, manual, ends_at) values (${newId()}, 'member', ${principalId}, ${groupId}, ${ends === 'infinity'}, ${ends}::timestamptz)`.execute(db);

const assign = async (principalId: string, roleId: string, provider: string) =>
  await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id) values (${newId()}, ${provider}, ${principalId}, ${roleId}, ${provider === 'directory' ? null : '/'})`.execute(db);

/** A service principal with its application. */
async function putClient() {
  const application = await put('application');
  const principal = await put('servicePrincipal', { app_id: application.appId });
  return { application, principal, appId: application.appId };
}

/** An agent with everything that it stands on. */
async function putAgent() {
  const blueprint = await put('agentIdentityBlueprint');
  const blueprintPrincipal = await put('agentIdentityBlueprintPrincipal', { app_id: blueprint.appId });
  const agent = await put('agentIdentity', { blueprint_app_id: blueprint.appId });
  const agentUser = await put('agentUser', { identity_parent_id: agent.id });
  return { blueprint, blueprintPrincipal, agent, agentUser };
}

/** Everything that must be alive and enabled, by name, for each kind of caller. */
const kinds: Readonly<Record<string, () => Promise<{ who: { principalId: string; clientAppId: string }; standsOn: Record<string, string> }>>> = {
  user: async () => {
    const [user, client] = [await put('user'), await putClient()];
    return { who: { principalId: user.id, clientAppId: client.appId }, standsOn: { user: user.id, client: client.principal.id, application: client.application.id } };
  },
  servicePrincipal: async () => {
    const client = await putClient();
    return { who: { principalId: client.principal.id, clientAppId: client.appId }, standsOn: { principal: client.principal.id, application: client.application.id } };
  },
  agentIdentity: async () => {
    const { blueprint, blueprintPrincipal, agent } = await putAgent();
    return { who: { principalId: agent.id, clientAppId: agent.appId }, standsOn: { agent: agent.id, blueprint: blueprint.id, blueprintPrincipal: blueprintPrincipal.id } };
  },
  agentUser: async () => {
    const { blueprint, blueprintPrincipal, agent, agentUser } = await putAgent();
    return { who: { principalId: agentUser.id, clientAppId: agent.appId }, standsOn: { agentUser: agentUser.id, agent: agent.id, blueprint: blueprint.id, blueprintPrincipal: blueprintPrincipal.id } };
  },
};

describe('the caller of a request', () => {
  it.each(Object.keys(kinds))('is known when it is a(n) %s in force', async (kind) => {
    const { who } = await kinds[kind]?.() ?? expect.unreachable();
    expect(await loadCaller(db, who)).toMatchObject({ principalId: who.principalId, kind, clientAppId: who.clientAppId, displayName: `${kind} of the test` });
  });

  it.each(Object.keys(kinds))('is unknown when anything that a(n) %s stands on is gone or disabled', async (kind) => {
    const { standsOn } = await kinds[kind]?.() ?? expect.unreachable();
    for (const name of Object.keys(standsOn)) {
      for (const end of [sql`deleted_at = now()`, sql`account_enabled = false`]) {
        const fresh = await kinds[kind]?.() ?? expect.unreachable();
        await sql`update directory_objects set ${end} where id = ${fresh.standsOn[name]}`.execute(db);
        expect([name, await loadCaller(db, fresh.who)]).toEqual([name, undefined]);
      }
    }
  });

  it('is unknown when principal or client never were, or the principal is a group', async () => {
    const { who } = await kinds['user']?.() ?? expect.unreachable();
    expect(await loadCaller(db, { ...who, principalId: newId() })).toBeUndefined();
    expect(await loadCaller(db, { ...who, clientAppId: newId() })).toBeUndefined();
    expect(await loadCaller(db, { ...who, principalId: (await put('group')).id })).toBeUndefined();
  });

  it('of a blueprint acts as a service principal', async () => {
    const { blueprint, blueprintPrincipal } = await putAgent();
    expect(await loadCaller(db, { principalId: blueprintPrincipal.id, clientAppId: blueprint.appId })).toMatchObject({ kind: 'servicePrincipal' });
  });

  it('says which client and which blueprint are behind it', async () => {
    const [client, user, { blueprint, agent, agentUser }] = [await putClient(), await put('user'), await putAgent()];
    expect(await loadCaller(db, { principalId: user.id, clientAppId: client.appId })).toMatchObject({ clientPrincipalId: client.principal.id, userPrincipalName: `${user.id}@example.org` });
    expect(await loadCaller(db, { principalId: client.principal.id, clientAppId: client.appId })).not.toHaveProperty('clientPrincipalId');
    expect(await loadCaller(db, { principalId: agentUser.id, clientAppId: agent.appId })).toMatchObject({ clientPrincipalId: agent.id, blueprintAppId: blueprint.appId });
  });
});

describe('roles of a caller', () => {
  it('come directly and through groups in force; directory roles only through role-assignable ones', async () => {
    const { who } = await kinds['user']?.() ?? expect.unreachable();
    const [plain, outer, ended, assignable] = [await put('group'), await put('group'), await put('group'), await put('group', { data: '{"isAssignableToRole":true}' })];
    await hold(who.principalId, plain.id);
    await hold(plain.id, outer.id);
    await hold(who.principalId, assignable.id);
    await hold(who.principalId, ended.id, '2020-01-01');
    await assign(who.principalId, directoryRole.globalReader, 'directory');
    await assign(assignable.id, directoryRole.applicationAdministrator, 'directory');
    await assign(plain.id, directoryRole.globalAdministrator, 'directory');
    await assign(outer.id, entitlementRole.catalogCreator, 'entitlementManagement');
    await assign(ended.id, entitlementRole.catalogOwner, 'entitlementManagement');
    const caller = await loadCaller(db, who);
    expect([...caller?.directoryRoles ?? []].toSorted()).toEqual([directoryRole.applicationAdministrator, directoryRole.globalReader].toSorted());
    expect(caller?.entitlementRoles).toEqual([{ roleDefinitionId: entitlementRole.catalogCreator, catalogId: undefined }]);
  });

  it('are gone while the group is deleted', async () => {
    const { who } = await kinds['user']?.() ?? expect.unreachable();
    const group = await put('group');
    await hold(who.principalId, group.id);
    await assign(group.id, entitlementRole.catalogOwner, 'entitlementManagement');
    await sql`update directory_objects set deleted_at = now() where id = ${group.id}`.execute(db);
    expect((await loadCaller(db, who))?.entitlementRoles).toEqual([]);
  });
});

describe('the statement behind every request', () => {
  beforeAll(async () => {
    await sql`with people as (
        insert into directory_objects (id, type, display_name, user_principal_name)
        select gen_random_uuid(), 'user', 'person ' || n, 'person' || n || '@many.example' from generate_series(1, 4000) n returning id),
      teams as (insert into directory_objects (id, type, display_name) select gen_random_uuid(), 'group', 'team ' || n from generate_series(1, 40) n returning id),
      memberships as (insert into grants (id, kind, principal_id, resource_id, manual) select gen_random_uuid(), 'member', p.id, t.id, true from people p cross join teams t limit 20000)
      insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id)
      select gen_random_uuid(), 'entitlementManagement', id, ${entitlementRole.catalogReader}::uuid, '/' from people`.execute(db);
    await sql`analyze directory_objects, role_assignments`.execute(db);
  });

  it('finds everything by index', async () => {
    const { who } = await kinds['user']?.() ?? expect.unreachable();
    const plan = await sql<{ 'QUERY PLAN': string }>`explain ${callerQuery(who)}`.execute(db);
    expect(plan.rows.map((row) => row['QUERY PLAN']).filter((line) => line.includes('Seq Scan'))).toEqual([]);
  });
});
