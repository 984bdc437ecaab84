/** Extensions in the database. */
import { sql } from 'kysely';
import type { Executor } from '../../../platform/db/database.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';
import type { Sql } from '../../../platform/graph/model.ts';
import type { Stamp } from '../../catalogs/store.ts';
import { waitsForCaller, type CalloutStage, type Extension } from '../model.ts';
import type { NamedExtension } from '../rules/config.ts';

const columns = sql.raw(`id, catalog_id as "catalogId", type, display_name as "displayName", description, endpoint_configuration as endpoint,
  authentication_configuration as authentication, client_configuration as client, callback_configuration as callback`);

const json = (value: unknown): Sql => sql`${value === null ? null : JSON.stringify(value)}::jsonb`;

/** The extension, locked. */
export async function lockExtension(executor: Executor, id: string): Promise<Extension | undefined> {
  return await maybe(executor, sql<Extension>`select ${columns} from custom_extensions where id = ${id} for update`);
}

/** Writes a new extension. */
export async function insertExtension(executor: Executor, row: Extension, { now, by }: Stamp): Promise<void> {
  await sql`insert into custom_extensions (id, catalog_id, type, display_name, description, endpoint_configuration, authentication_configuration, client_configuration, callback_configuration,
      created_at, modified_at, created_by, modified_by)
    values (${row.id}, ${row.catalogId}, ${row.type}, ${row.displayName}, ${row.description}, ${json(row.endpoint)}, ${json(row.authentication)}, ${json(row.client)}, ${json(row.callback)},
      ${now}, ${now}, ${by}, ${by})`.execute(executor);
}

/** Writes a changed extension. */
export async function updateExtension(executor: Executor, row: Extension, { now, by }: Stamp): Promise<void> {
  await sql`update custom_extensions set display_name = ${row.displayName}, description = ${row.description}, endpoint_configuration = ${json(row.endpoint)},
      authentication_configuration = ${json(row.authentication)}, client_configuration = ${json(row.client)}, callback_configuration = ${json(row.callback)},
      modified_at = ${now}, modified_by = ${by} where id = ${row.id}`.execute(executor);
}

/** Names of the policies that call an extension, with their packages, at most six. */
export async function listPoliciesCalling(executor: Executor, extensionId: string): Promise<readonly string[]> {
  const rows = await all(executor, sql<{ name: string }>`
    select distinct p.display_name || ' (' || k.display_name || ')' as name
      from policy_extensions x join assignment_policies p on p.id = x.policy_id join access_packages k on k.id = p.access_package_id
     where x.extension_id = ${extensionId} order by 1 limit 6`);
  return rows.map(({ name }) => name);
}

/** Removes an extension that no policy calls. */
export async function deleteExtension(executor: Executor, id: string): Promise<void> {
  await sql`delete from custom_extensions where id = ${id}`.execute(executor);
}

/** Extensions that a policy is about to name; held, so that none goes meanwhile. */
export async function holdExtensions(executor: Executor, ids: readonly string[]): Promise<readonly NamedExtension[]> {
  if (ids.length === 0) return [];
  return await all(executor, sql<NamedExtension>`select id, catalog_id as "catalogId", type from custom_extensions where id = any(${ids}::uuid[]) order by id for key share`);
}

/** What a policy calls, in its order. */
export async function listStagesOfPolicy(executor: Executor, policyId: string): Promise<readonly { readonly stage: CalloutStage; readonly extensionId: string }[]> {
  return await all(executor, sql<{ stage: CalloutStage; extensionId: string }>`
    select stage, extension_id as "extensionId" from policy_extensions where policy_id = ${policyId} order by position`);
}

/** What a policy calls from now on. */
export async function replaceStagesOfPolicy(executor: Executor, policyId: string, stages: readonly { readonly id: string; readonly stage: CalloutStage; readonly extensionId: string }[]): Promise<void> {
  const rows = stages.map((stage, position) => ({ ...stage, position }));
  await sql`
    with gone as (delete from policy_extensions where policy_id = ${policyId}::uuid and stage <> all(${stages.map(({ stage }) => stage)}::text[]))
    insert into policy_extensions (id, policy_id, stage, extension_id, position)
    select r.id, ${policyId}::uuid, r.stage, r."extensionId", r.position
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, stage text, "extensionId" uuid, position integer)
        on conflict (policy_id, stage) do update set extension_id = excluded.extension_id, position = excluded.position`.execute(executor);
}

/** Names of the extensions that the policies of a package call, at most six. */
export async function listExtensionsOfPackage(executor: Executor, packageId: string): Promise<readonly string[]> {
  const rows = await all(executor, sql<{ name: string }>`
    select distinct e.display_name as name from assignment_policies p join policy_extensions x on x.policy_id = p.id join custom_extensions e on e.id = x.extension_id
     where p.access_package_id = ${packageId} order by 1 limit 6`);
  return rows.map(({ name }) => name);
}

/** The stage settings of a policy as Graph shows them, with their extensions. `policyId` is an expression. */
export const stageSettingsOf = (policyId: Sql): Sql => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'stage', x.stage, 'customExtension', jsonb_build_object(
      '@odata.type', '#microsoft.graph.' || e.type, 'id', e.id, 'displayName', e.display_name, 'description', e.description, 'endpointConfiguration', e.endpoint_configuration,
      'authenticationConfiguration', e.authentication_configuration, 'clientConfiguration', e.client_configuration, 'callbackConfiguration', e.callback_configuration)) order by x.position), '[]')
    from policy_extensions x join custom_extensions e on e.id = x.extension_id where x.policy_id = ${policyId})`;

/** How long an extension is waited for; one without an address is waited for too (see waitsForCaller). */
const waitsFor = sql`coalesce(e.callback_configuration ->> 'timeoutDuration',
  case when coalesce(e.endpoint_configuration ->> 'url', e.endpoint_configuration ->> 'targetUrl') is null and e.type <> 'accessPackageAssignmentWorkflowExtension' then ${sql.lit(waitsForCaller)} end)`;

/** What a policy calls, as requests need it: stage, extension, and how long it is waited for. `policyId` is an expression. */
export const stageExtensionsOf = (policyId: Sql): Sql => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('stage', x.stage, 'extensionId', x.extension_id, 'waitsFor', ${waitsFor}) order by x.position), '[]')
    from policy_extensions x join custom_extensions e on e.id = x.extension_id where x.policy_id = ${policyId})`;
