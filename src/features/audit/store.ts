/** Writing the audit trail. An event is a row in the transaction of the change it tells of: no row, no change. */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Caller, Work } from '../../kernel/caller.ts';
import type { Executor } from '../../platform/db/database.ts';
import { newId } from '../../platform/ids.ts';
import { changes, type AuditEvent, type AuditTarget } from './model.ts';

/** Work as the audit trail needs it. `caller` is undefined for what the server does by itself (expiry, start-up). */
export type AuditedWork = Omit<Work, 'caller'> & { readonly caller?: Caller };

/** `insert into audit_events …`, to be run alone or as one part of a data-modifying statement. */
export function auditInsert(work: AuditedWork, event: AuditEvent): RawBuilder<unknown> {
  const targets = event.targets.map(targetRow);
  return sql`insert into audit_events (id, at, activity, category, operation, service, initiator_id, initiator, targets, target_ids, why, request_id, additional)
    values (${newId()}, ${work.now}, ${event.activity}, ${event.category}, ${event.operation}, 'Gatehouse', ${work.caller?.principalId ?? null},
      ${JSON.stringify(initiator(work.caller))}, ${JSON.stringify(targets)}, ${event.targets.map((target) => target.id)}::uuid[], ${event.why ?? null},
      ${work.requestId}, ${JSON.stringify(Object.entries(event.additional ?? {}).map(([key, value]) => ({ key, value })))})`;
}

/** Writes one event in the caller's transaction. */
export async function recordAudit(executor: Executor, work: AuditedWork, event: AuditEvent): Promise<void> {
  await auditInsert(work, event).execute(executor);
}

const targetRow = (target: AuditTarget): unknown => ({
  id: target.id, type: target.type, displayName: target.displayName ?? null,
  modifiedProperties: changes(target).map(({ name, before, after }) => ({
    displayName: name, oldValue: before === null ? null : JSON.stringify(before), newValue: after === null ? null : JSON.stringify(after),
  })),
});

/** Graph's auditActivityInitiator, with the whole chain person → blueprint → agent in `chain`. */
function initiator(caller: Caller | undefined): unknown {
  if (caller === undefined) return { user: null, app: { appId: null, displayName: 'Gatehouse', servicePrincipalId: null, servicePrincipalName: null }, chain: [] };
  const isUser = caller.kind === 'user' || caller.kind === 'agentUser';
  const self = { id: caller.principalId, kind: caller.kind, displayName: caller.displayName };
  const blueprint = caller.blueprintAppId === undefined ? [] : [{ appId: caller.blueprintAppId, kind: 'agentIdentityBlueprint' }];
  const client = isUser ? [{ appId: caller.clientAppId, kind: 'client' }] : [];
  return {
    user: isUser ? { id: caller.principalId, displayName: caller.displayName, userPrincipalName: caller.userPrincipalName ?? null, ipAddress: null } : null,
    app: isUser ? null : { appId: caller.clientAppId, displayName: caller.displayName, servicePrincipalId: caller.principalId, servicePrincipalName: null },
    chain: isUser ? [self, ...blueprint, ...client] : [...blueprint, self],
  };
}
