/** Which rows of the directory a caller sees, as SQL: lists hold only these, whatever else is asked of them. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Sql, Visibility } from '../../../platform/graph/model.ts';
import { seesAgentUsers, seesAgentUsersOfItsAgents, seesGroups, seesUsers } from '../rules/people-rights.ts';
import { hasPermission } from '../../roles/rules.ts';
import { visibleWorkloads, workloadTypes } from './workload-visibility.ts';

const isSelf = (caller: Caller, row: Alias): Sql => sql`${col(row, 'id')} = ${caller.principalId}`;

const anyOf = (conditions: readonly Sql[]): Visibility => (conditions.length === 0 ? 'none' : sql`(${sql.join([...conditions], sql` or `)})`);

/** Users: everybody, oneself, or nobody; agent users also to those who manage them. */
export function visibleUsers(caller: Caller, row: Alias): Visibility {
  const sight = seesUsers(caller);
  if (sight === 'all') return 'all';
  return anyOf([...(sight === 'own' ? [isSelf(caller, row)] : []), ...agentUsers(caller, row)]);
}

function agentUsers(caller: Caller, row: Alias): readonly Sql[] {
  if (seesAgentUsers(caller)) return [sql`${col(row, 'type')} = 'agentUser'`];
  if (!seesAgentUsersOfItsAgents(caller)) return [];
  return [sql`${col(row, 'identity_parent_id')} in (select id from directory_objects where blueprint_app_id = ${caller.clientAppId})`];
}

/** Groups: all of them, or those that the caller owns or is in. */
export function visibleGroups(caller: Caller, row: Alias): Visibility {
  const sight = seesGroups(caller);
  return sight === 'own' ? ownGroups(caller, row) : sight;
}

const ownGroups = (caller: Caller, row: Alias): Sql => sql`${col(row, 'id')} = any(array(
  select resource_id from grants where principal_id = ${caller.principalId} and kind in ('member', 'owner') and ends_at > now()))`;

/** Objects of any type: what the caller sees of each. */
export function visibleObjects(caller: Caller, row: Alias): Visibility {
  if (hasPermission(caller, 'Directory.Read.All', 'Directory.ReadWrite.All')) return 'all';
  const type = col(row, 'type');
  const within = (types: readonly string[], visibility: Visibility): readonly Sql[] => {
    if (visibility === 'none') return [];
    const ofType = sql`${type} = any(${[...types]}::text[])`;
    return [visibility === 'all' ? ofType : sql`(${ofType} and ${visibility})`];
  };
  return anyOf([
    ...within(['user', 'agentUser'], visibleUsers(caller, row)), ...within(['group'], visibleGroups(caller, row)), ...within(workloadTypes, visibleWorkloads(caller, row)),
    ...(caller.permissions.size > 0 ? [isSelf(caller, row)] : []),
  ]);
}
