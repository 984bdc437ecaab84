/** Environments and connectors in the database. */
import { sql } from 'kysely';
import type { Executor } from '../../platform/db/database.ts';
import { all, maybe } from '../../platform/db/transaction.ts';
import type { Connector, Environment } from './model.ts';

/** The environment that a client names by its id or by its id in the origin system; it stays until the transaction ends. */
export async function holdEnvironment(executor: Executor, named: { readonly id: string | undefined; readonly originId: string | undefined }): Promise<Environment | undefined> {
  const isNamed = named.id === undefined ? sql`origin_id = ${named.originId ?? ''}` : sql`id::text = ${named.id}`;
  const [found] = await all(executor, sql<Environment>`
    select id, origin_system as "originSystem", display_name as "displayName", is_default_environment as "isDefault"
      from resource_environments where ${isNamed} limit 1 for share`);
  return found;
}

/** The connector, locked. */
export async function lockConnector(executor: Executor, id: string): Promise<Connector | undefined> {
  return await maybe(executor, sql<Connector>`
    select id, display_name as "displayName", description, connector_type as "connectorType", connection_info as "connectionInfo" from external_connectors where id = ${id} for update`);
}

/** Who wrote what when. */
export interface ConnectorStamp {
  readonly now: Date;
  readonly by: string;
  /** Origin system of the connector's environment. */
  readonly originSystem: string;
}

/** Writes a new connector and its environment. */
export async function insertConnector(executor: Executor, row: Connector & { readonly environmentId: string }, { now, by, originSystem }: ConnectorStamp): Promise<void> {
  await sql`with made as (
      insert into external_connectors (id, display_name, description, connector_type, connection_info, created_by, created_at)
      values (${row.id}, ${row.displayName}, ${row.description}, ${row.connectorType}, ${JSON.stringify(row.connectionInfo)}, ${by}, ${now}) returning id)
    insert into resource_environments (id, origin_system, origin_id, display_name, description, is_default_environment, connector_id, created_by, modified_by, created_at, modified_at)
    select ${row.environmentId}, ${originSystem}, made.id::text, ${row.displayName}, ${row.description}, false, made.id, ${by}, ${by}, ${now}, ${now} from made`.execute(executor);
}

/** Writes a changed connector; its environment has the same name. */
export async function updateConnector(executor: Executor, row: Connector, { now, by, originSystem }: ConnectorStamp): Promise<void> {
  await sql`with changed as (
      update external_connectors set display_name = ${row.displayName}, description = ${row.description}, connector_type = ${row.connectorType},
             connection_info = ${JSON.stringify(row.connectionInfo)}, modified_by = ${by}, modified_at = ${now} where id = ${row.id} returning id)
    update resource_environments e set origin_system = ${originSystem}, display_name = ${row.displayName}, description = ${row.description}, modified_by = ${by}, modified_at = ${now}
      from changed where e.connector_id = changed.id`.execute(executor);
}

/** Names of the resources that live in a connector's environment, at most six. No resource comes to it until the transaction ends. */
export async function listResourcesOfConnector(executor: Executor, connectorId: string): Promise<readonly string[]> {
  const environments = await all(executor, sql<{ id: string }>`select id from resource_environments where connector_id = ${connectorId} for update`);
  const rows = await all(executor, sql<{ name: string }>`
    select display_name as name from catalog_resources where environment_id = any(${environments.map(({ id }) => id)}::uuid[]) order by display_name limit 6`);
  return rows.map(({ name }) => name);
}

/** Removes a connector with its environment. */
export async function deleteConnector(executor: Executor, id: string): Promise<void> {
  await sql`delete from external_connectors where id = ${id}`.execute(executor);
}
