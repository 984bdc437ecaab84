/** Which applications, service principals and agents a caller sees, as SQL. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Sql, Visibility } from '../../../platform/graph/model.ts';
import { hasPermission } from '../../roles/rules.ts';
import { agentTypesReadBy, readsAll } from '../rules/workload-rights.ts';

const anyOf = (conditions: readonly Sql[]): Visibility => (conditions.length === 0 ? 'none' : sql`(${sql.join([...conditions], sql` or `)})`);

const isOwned = (caller: Caller, row: Alias): Sql =>
  sql`${col(row, 'id')} = any(array(select l.source_id from directory_links l where l.target_id = ${caller.principalId} and l.kind in ('owner', 'sponsor')))`;

/** Types of workloads, of which a collection holds some. */
export const workloadTypes = ['application', 'agentIdentityBlueprint', 'servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal'] as const;

/** {@link visibleWorkloads} where only some types can be: what says nothing of them is left out, so that the planner need not guess. */
export const visibleAmong = (...family: readonly (typeof workloadTypes)[number][]) => (caller: Caller, row: Alias): Visibility => visibleWorkloads(caller, row, family);

/** Workloads: all of them, those of the types that the caller may read, and what it owns, sponsors or is the blueprint of. */
export function visibleWorkloads(caller: Caller, row: Alias, family: readonly string[] = workloadTypes): Visibility {
  if (hasPermission(caller, ...readsAll)) return 'all';
  const changes = [...caller.permissions].some((name) => /^AgentIdentity(Blueprint|BlueprintPrincipal)?\./.test(name));
  const given = [...agentTypesReadBy(caller), ...(changes && !caller.isDelegated ? agentTypesChangedBy(caller) : [])];
  const types = family.filter((type) => given.includes(type));
  if (types.length === family.length) return 'all';
  const conditions: Sql[] = types.length === 0 ? [] : [sql`${col(row, 'type')} = any(${types}::text[])`];
  if (hasPermission(caller, 'Application.ReadWrite.OwnedBy', 'AgentIdentity.CreateAsManager') || (changes && caller.isDelegated)) conditions.push(isOwned(caller, row));
  if (hasPermission(caller, 'AgentIdentity.CreateAsManager')) conditions.push(sql`${col(row, 'blueprint_app_id')} = ${caller.clientAppId}`);
  return conditions.length === 0 && (given.length > 0 || changes) ? sql`false` : anyOf(conditions);
}

/** Whoever may change every object of a type may also see it: otherwise the answer to its own change would be hidden from it. */
function agentTypesChangedBy(caller: Caller): string[] {
  const areas = { AgentIdentity: 'agentIdentity', AgentIdentityBlueprint: 'agentIdentityBlueprint', AgentIdentityBlueprintPrincipal: 'agentIdentityBlueprintPrincipal' };
  const names = [...caller.permissions];
  return Object.entries(areas).filter(([area]) => names.some((name) => name.startsWith(`${area}.`) && name !== 'AgentIdentity.CreateAsManager')).map(([, type]) => type);
}
