/** Every computed property and relation of workloads is valid SQL, and renders what was written. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { all } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import { agentTypes } from './agents.ts';
import { applicationTypes } from './applications.ts';
import { servicePrincipalTypes } from './service-principals.ts';

const database = await testDatabase();
const hooks = { endAccess: async (): Promise<void> => {}, shutOut: async (): Promise<void> => {}, keepShutOut: async (): Promise<void> => {} };
const types = [...applicationTypes(hooks), ...servicePrincipalTypes(hooks), ...agentTypes(hooks)];
const tables: Readonly<Record<string, string>> = { appRoleAssignment: 'app_role_assignments', oAuth2PermissionGrant: 'oauth2_permission_grants', directoryObject: 'directory_objects' };
const tableOf = (name: string): string => types.find((type) => type.name === name)?.table ?? tables[name] ?? '';

describe('declared SQL', () => {
  it.each(types.map((type) => [type.name, type] as const))('of %s runs', async (_name, type) => {
    for (const property of Object.values(type.properties)) {
      if (property.sql !== undefined) await sql`select ${property.sql('d')} from ${sql.table(type.table)} d`.execute(database.db);
      else if (property.bag !== true && property.column !== undefined) await sql`select ${sql.ref(`d.${property.column}`)} from ${sql.table(type.table)} d`.execute(database.db);
    }
    for (const navigation of Object.values(type.navigations ?? {})) {
      await sql`select 1 from ${sql.table(type.table)} f join ${sql.table(tableOf(navigation.to))} t on ${navigation.join('f', 't')}`.execute(database.db);
    }
  });

  it('renders permissions in their order and credentials without secrets', async () => {
    const [id, appId] = [newId(), newId()];
    await sql`insert into directory_objects (id, type, display_name, app_id, data) values (${id}, 'application', 'App', ${appId}, '{"api": {"requestedAccessTokenVersion": 2}}')`.execute(database.db);
    await sql`insert into permissions (application_id, id, kind, value, position, data) values
      (${id}, ${newId()}, 'role', 'Second', 1, '{"displayName": "2"}'), (${id}, ${newId()}, 'role', 'First', 0, '{}'), (${id}, ${newId()}, 'scope', 'read', 0, '{}')`.execute(database.db);
    await sql`insert into credentials (key_id, owner_id, kind, secret_sha256, hint, starts_at, ends_at) values (${newId()}, ${id}, 'password', '\\x00', 'abc', '2030-01-01Z', '2032-01-01Z')`.execute(database.db);
    const properties = types.find((type) => type.name === 'application')?.properties ?? {};
    const column = (name: string) => properties[name]?.sql?.('d') ?? sql`null`;
    const [row] = await all(database.db, sql<Record<string, unknown>>`select ${column('appRoles')} as roles, ${column('api')} as api, ${column('passwordCredentials')} as secrets from directory_objects d where d.id = ${id}`);
    expect(row).toMatchObject({
      roles: [{ value: 'First', isEnabled: true }, { value: 'Second', displayName: '2' }], api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [{ value: 'read' }] },
      secrets: [{ hint: 'abc', secretText: null, startDateTime: '2030-01-01T00:00:00Z', endDateTime: '2032-01-01T00:00:00Z' }],
    });
  });
});
