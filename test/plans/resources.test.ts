/** Resources, their environments, connectors, requests and upload sessions: every list begins at an index, for administrators and for the owner of one catalog. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { entitlementRole } from '../../src/features/roles/model.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import { idOf } from '../support/crowd.ts';
import { testDatabase } from '../support/database.ts';
import { PlanReader, type ExaminedPage } from '../support/plans.ts';

const database = await testDatabase();
const reader = new PlanReader(database);

/** Thirty thousand resources in three hundred catalogs, as many requests and sessions, three thousand connectors; every third resource lives with one of them, thousands with the first. */
const seed = `
  insert into catalogs (id, display_name) select md5('catalog' || n)::uuid, 'Catalog ' || n from generate_series(1, 300) n;
  insert into external_connectors (id, display_name, description, connector_type, connection_info, created_at)
    select md5('connector' || n)::uuid, 'Connector ' || to_char(n, 'FM0000'), 'x', 'sapIag', '{"url": "https://example.com"}', now() from generate_series(1, 3000) n;
  insert into resource_environments (id, origin_system, origin_id, display_name, is_default_environment, connector_id)
    select md5('environment' || n)::uuid, 'SapIag', md5('connector' || n)::uuid::text, 'Connector ' || to_char(n, 'FM0000'), false, md5('connector' || n)::uuid from generate_series(1, 3000) n;
  insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name, external_environment_id)
    select md5('resource' || n)::uuid, md5('catalog' || n % 300 + 1)::uuid, 'CustomDataProvidedResource', 'origin ' || n, 'System ' || n,
           case when n % 3 = 0 then md5('environment' || case when n % 9 = 0 then 1 else n % 3000 + 1 end)::uuid end from generate_series(1, 30000) n;
  insert into resource_requests (id, catalog_id, request_type, resource, resource_id)
    select md5('request' || n)::uuid, md5('catalog' || n % 300 + 1)::uuid, 'adminAdd', '{}', md5('resource' || n)::uuid from generate_series(1, 30000) n;
  insert into upload_sessions (id, resource_id, type, reference_id, data, created_at, expires_at)
    select md5('session' || n)::uuid, md5('resource' || n)::uuid, 'customDataProvidedResourceAccessReviewUploadSession', 'review ' || n, '{}', now(), now() from generate_series(1, 30000) n;
  insert into uploaded_files (id, session_id, name, size, content, uploaded_at)
    select md5('file' || n)::uuid, md5('session' || n)::uuid, 'a.csv', 1, 'x', now() from generate_series(1, 30000) n;`;
beforeAll(async () => {
  await sql.raw(seed).execute(database.owner);
  await sql.raw('vacuum analyze').execute(database.owner);
});

const plain = { principalId: idOf('nobody', 1), displayName: 'x', clientAppId: idOf('appId', 1), directoryRoles: new Set<string>(), permissions: new Set(['EntitlementManagement.ReadWrite.All']) };
const callers = {
  admin: { ...plain, kind: 'servicePrincipal', isDelegated: false, entitlementRoles: [] },
  owner: { ...plain, kind: 'user', isDelegated: true, entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: idOf('catalog', 1) }] },
} as const satisfies Readonly<Record<string, Caller>>;

const look = (page: ExaminedPage): void => {
  expect(page.scanned, page.plan).toEqual([]);
  expect(page.rows, page.plan).toBeLessThanOrEqual(1500);
};

async function judge(url: string, who: readonly (keyof typeof callers)[]): Promise<void> {
  for (const name of who) {
    const first = await reader.get(url, callers[name]);
    look(first);
    if (first.next !== undefined) look(await reader.get(first.next, callers[name]));
  }
}

const em = '/identityGovernance/entitlementManagement';
const mine = `${em}/catalogs/${idOf('catalog', 1)}/resources`;

describe('lists around resources', () => {
  it.each([
    `${em}/resources`, `${em}/resources/microsoft.graph.customDataProvidedResource`, `${em}/resources?$expand=environment`, mine, `${mine}?$filter=originId eq 'origin 300'`,
    `${em}/resourceRequests`, `${em}/resourceRequests?$expand=resource,catalog`, `${em}/resourceEnvironments`, `${em}/resourceEnvironments?$filter=originId eq '${idOf('connector', 7)}'`,
    `${em}/resourceEnvironments?$filter=isDefaultEnvironment eq true`, `${em}/resourceEnvironments/${idOf('environment', 8)}/resources`,
    `${mine}/${idOf('resource', 300)}/uploadSessions`, `${mine}/${idOf('resource', 300)}/uploadSessions?$expand=files&$filter=referenceId eq 'review 300'`,
  ])('%s', async (url) => await judge(url, ['admin', 'owner']));

  it.each([`${em}/externalOriginResourceConnectors`, `${em}/resourceEnvironments?$orderby=displayName`, `${em}/resourceEnvironments/${idOf('environment', 1)}/resources`])('for administrators: %s', async (url) => await judge(url, ['admin']));
});
