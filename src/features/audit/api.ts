/** `auditLogs/directoryAudits` in Graph's shape (res: directoryAudit). Read only. */
import { sql } from 'kysely';
import { any, choice, col, guid, instant, list, text, words } from '../../platform/graph/declare.ts';
import { isGuid } from '../../platform/graph/value.ts';
import type { Alias, ComplexType, Declaration, EntityType, Sql, Visibility } from '../../platform/graph/model.ts';
import type { Caller } from '../../kernel/caller.ts';
import { directoryRole } from '../roles/model.ts';
import { hasDirectoryRole, hasPermission } from '../roles/rules.ts';

const userIdentity: ComplexType = { complex: 'userIdentity', properties: { id: text(), displayName: text(), userPrincipalName: text({ exact: false }), ipAddress: text() } };
const appIdentity: ComplexType = { complex: 'appIdentity', properties: { appId: text({ exact: true }), displayName: text(), servicePrincipalId: text({ exact: true }), servicePrincipalName: text() } };
const initiator: ComplexType = { complex: 'auditActivityInitiator', properties: { user: { type: userIdentity }, app: { type: appIdentity }, chain: list(any()) } };
const modified: ComplexType = { complex: 'modifiedProperty', properties: { displayName: text(), oldValue: text(), newValue: text() } };
const target: ComplexType = {
  complex: 'targetResource',
  properties: { id: text({ exact: true }), type: text(), displayName: text(), userPrincipalName: text(), groupType: text(), modifiedProperties: list({ type: modified }) },
};
const detail: ComplexType = { complex: 'keyValue', properties: { key: text(), value: text() } };
const result = words('operationResult', ['success', 'failure', 'timeout', 'unknownFutureValue']);

/** Whoever initiated has a column and an index; what remains to be said is whether it is a user or an application. */
function initiatorEquals(row: Alias, path: string, id: string): Sql | undefined {
  const kind = { 'user/id': 'user', 'app/serviceprincipalid': 'app' }[path];
  return kind === undefined || !isGuid(id) ? undefined : sql`${col(row, 'initiator_id')} = ${id}::uuid and ${col(row, 'initiator')} -> ${sql.lit(kind)} <> 'null'`;
}

/** Who reads the trail: applications with AuditLog.Read.All, and with it people who administer or read the whole tenant. */
function visible(caller: Caller): Visibility {
  if (!hasPermission(caller, 'AuditLog.Read.All')) return 'none';
  const { globalAdministrator, globalReader, identityGovernanceAdministrator } = directoryRole;
  return !caller.isDelegated || hasDirectoryRole(caller, globalAdministrator, globalReader, identityGovernanceAdministrator) ? 'all' : 'none';
}

const directoryAudit: EntityType = {
  name: 'directoryAudit',
  table: 'audit_events',
  visible,
  searchable: ['activityDisplayName'],
  properties: {
    id: guid({ readOnly: true }),
    activityDateTime: instant({ column: 'at' }),
    activityDisplayName: text({ column: 'activity' }),
    category: text(),
    correlationId: guid({ column: 'request_id' }),
    loggedByService: text({ column: 'service' }),
    operationType: text({ column: 'operation' }),
    result: choice(result, { sql: () => sql`'success'` }),
    resultReason: text({ column: 'why', max: 4000 }),
    initiatedBy: { type: initiator, column: 'initiator', equals: (row, path, id) => initiatorEquals(row, path.join('/').toLowerCase(), id) },
    targetResources: list({ type: target }, { column: 'targets', equals: (row, [member], id) => (member?.toLowerCase() === 'id' && isGuid(id) ? sql`${col(row, 'target_ids')} @> array[${id}::uuid]` : undefined) }),
    additionalDetails: list({ type: detail }, { column: 'additional' }),
    userAgent: text({ sql: () => sql`null::text` }),
    initiatedById: guid({ hidden: true, sql: (row) => col(row, 'initiator_id') }),
  },
};

/** The audit log's part of the service. */
export const auditDeclaration: Declaration = {
  types: [directoryAudit],
  roots: [{ path: 'auditLogs/directoryAudits', type: 'directoryAudit' }],
};
