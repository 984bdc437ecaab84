/** Making, changing and removing connectors, each with its environment. */
import { isRecord, type JsonRecord, textAt } from '../../kernel/json.ts';
import { refuse } from '../../kernel/problem.ts';
import type { GraphWork, Input, Outcome } from '../../platform/graph/model.ts';
import { newId } from '../../platform/ids.ts';
import { recordAudit } from '../audit/store.ts';
import { entitlementReach } from '../roles/rules.ts';
import { type Connector, type ConnectorType, connectorTypes } from './model.ts';
import { connectionReasons, originSystemOf } from './rules.ts';
import { type ConnectorStamp, deleteConnector, insertConnector, listResourcesOfConnector, lockConnector, updateConnector } from './store.ts';

/** POST externalOriginResourceConnectors. */
export async function createConnector(work: GraphWork, { body }: Input): Promise<Outcome> {
  demandTenant(work);
  const connector = {
    id: newId(), displayName: needed(body, 'displayName'), description: needed(body, 'description'),
    connectorType: connectorTypeIn(body) ?? refuse('missingProperty', { field: 'connectorType', mend: `Send one of ${connectorTypes.join(', ')}.` }),
    connectionInfo: isRecord(body['connectionInfo']) ? body['connectionInfo'] : {},
  };
  insistOnConnection(connector);
  await insertConnector(work.tx, { ...connector, environmentId: newId() }, stampOf(work, connector));
  await audit(work, { activity: 'Create external origin resource connector', operation: 'Add', connector, after: shown(connector) });
  return { answer: 'created', id: connector.id };
}

/** PATCH externalOriginResourceConnectors/{id}. The type stays while resources live in its environment. */
export async function changeConnector(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  demandTenant(work);
  const before = await lockConnector(work.tx, id) ?? refuse('notFound', { value: id });
  const after: Connector = {
    id, displayName: textAt(body, 'displayName') ?? before.displayName, description: textAt(body, 'description') ?? before.description,
    connectorType: connectorTypeIn(body) ?? before.connectorType, connectionInfo: isRecord(body['connectionInfo']) ? body['connectionInfo'] : before.connectionInfo,
  };
  insistOnConnection(after);
  if (after.connectorType !== before.connectorType) await refuseInUse(work, before);
  await updateConnector(work.tx, after, stampOf(work, after));
  await audit(work, { activity: 'Update external origin resource connector', operation: 'Update', connector: after, before: shown(before), after: shown(after) });
  return { answer: 'entity', id };
}

/** DELETE externalOriginResourceConnectors/{id}: not while resources live in its environment, which goes with it. */
export async function removeConnector(work: GraphWork, { id }: Input): Promise<Outcome> {
  demandTenant(work);
  const connector = await lockConnector(work.tx, id) ?? refuse('notFound', { value: id });
  await refuseInUse(work, connector);
  await deleteConnector(work.tx, id);
  await audit(work, { activity: 'Delete external origin resource connector', operation: 'Delete', connector, before: shown(connector) });
  return { answer: 'done' };
}

/** Connectors are the whole tenant's, as their environments are. */
function demandTenant({ caller }: GraphWork): void {
  if (!entitlementReach(caller, 'manageCatalog').all) {
    refuse('forbidden', { reason: 'Connectors take the permission EntitlementManagement.ReadWrite.All with the directory role Global or Identity Governance Administrator.' });
  }
}

function insistOnConnection({ connectionInfo }: Connector): void {
  const reasons = connectionReasons(connectionInfo);
  const [first] = reasons;
  if (first !== undefined) refuse('ruleBroken', { field: first.target ?? 'connectionInfo', reason: reasons.map(({ message }) => message).join(' ') }, reasons);
}

async function refuseInUse(work: GraphWork, { id, displayName }: Connector): Promise<void> {
  const names = await listResourcesOfConnector(work.tx, id);
  if (names.length === 0) return;
  const listed = names.slice(0, 5).map((name) => `'${name}'`).join(', ') + (names.length > 5 ? ' and others' : '');
  refuse('conflict', { reason: `Resources live in the environment of '${displayName}': ${listed}. Remove them from their catalogs, or move them to another environment, first.` }, [
    { code: 'connectorInUse', message: `These resources live in its environment: ${listed}.`, target: id },
  ]);
}

const needed = (body: JsonRecord, field: string): string => {
  const value = textAt(body, field);
  return value === undefined || value.trim() === '' ? refuse('missingProperty', { field, mend: 'Every connector needs it.' }) : value;
};

const connectorTypeIn = (body: JsonRecord): ConnectorType | undefined => connectorTypes.find((type) => type === body['connectorType']);

const stampOf = ({ now, caller }: GraphWork, { connectorType }: Connector): ConnectorStamp => ({ now, by: caller.userPrincipalName ?? caller.displayName, originSystem: originSystemOf[connectorType] });

const shown = ({ id: _, ...connector }: Connector): JsonRecord => connector;

interface ConnectorChange {
  readonly activity: string;
  readonly operation: 'Add' | 'Update' | 'Delete';
  readonly connector: Connector;
  readonly before?: JsonRecord;
  readonly after?: JsonRecord;
}

async function audit(work: GraphWork, { activity, operation, connector, ...values }: ConnectorChange): Promise<void> {
  await recordAudit(work.tx, work, {
    activity, operation, category: 'EntitlementManagement', targets: [{ id: connector.id, type: 'ExternalOriginResourceConnector', displayName: connector.displayName, ...values }],
  });
}
