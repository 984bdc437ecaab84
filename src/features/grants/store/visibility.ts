/** Which grants a caller sees, as SQL. */
import { col } from '../../../platform/graph/declare.ts';
import type { Caller } from '../../../kernel/caller.ts';
import type { Alias, Visibility } from '../../../platform/graph/model.ts';
import { sql } from 'kysely';
import { hasPermission } from '../../roles/rules.ts';

const readsApplications = ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'] as const;

/** App role assignments: all, or one's own. */
export function visibleAppRoleAssignments(caller: Caller, row: Alias): Visibility {
  if (hasPermission(caller, 'AppRoleAssignment.ReadWrite.All', ...readsApplications)) return 'all';
  return sql`${col(row, 'principal_id')} = ${caller.principalId}`;
}

/** Delegated permission grants: all, or those that let a client act for the caller or the caller act. 403 without any right to them. */
export function visiblePermissionGrants(caller: Caller, row: Alias): Visibility {
  if (hasPermission(caller, 'DelegatedPermissionGrant.Read.All', 'DelegatedPermissionGrant.ReadWrite.All', ...readsApplications)) return 'all';
  if (!hasPermission(caller, 'User.Read', 'User.ReadWrite', 'User.Read.All', 'User.ReadWrite.All')) return 'none';
  return sql`(${col(row, 'client_id')} = ${caller.principalId} or ${col(row, 'principal_id')} = ${caller.principalId})`;
}
