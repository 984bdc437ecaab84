/** The audit trail: who did what to what, before and after, and why. An event is written once and never changed. */

/** Graph's category words for directory audits. */
export type AuditCategory = 'EntitlementManagement' | 'ApplicationManagement' | 'UserManagement' | 'GroupManagement' | 'RoleManagement' | 'AgentManagement' | 'Authentication' | 'Policy' | 'KeyManagement';

/** One thing that was touched, with what changed in it. Values are JSON; secrets are never given. */
export interface AuditTarget {
  readonly id: string;
  /** Graph's word: User, Group, Application, ServicePrincipal, AccessPackage, … */
  readonly type: string;
  readonly displayName?: string | null;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** What happened, in the words of the audit log. */
export interface AuditEvent {
  /** A sentence-like name such as "Create access package". */
  readonly activity: string;
  readonly category: AuditCategory;
  readonly operation: 'Add' | 'Update' | 'Delete' | 'Assign' | 'Unassign' | 'Request' | 'Approve' | 'Deny' | 'Expire' | 'Read';
  readonly targets: readonly AuditTarget[];
  /** Justification or reason, in the words of whoever acted. */
  readonly why?: string | null;
  /** Further facts as key and value. */
  readonly additional?: Readonly<Record<string, string>>;
}

/** Properties that differ, with both values: what `modifiedProperties` shows. */
export function changes(target: AuditTarget): readonly { readonly name: string; readonly before: unknown; readonly after: unknown }[] {
  const names = new Set([...Object.keys(target.before ?? {}), ...Object.keys(target.after ?? {})]);
  return [...names]
    .map((name) => ({ name, before: target.before?.[name] ?? null, after: target.after?.[name] ?? null }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}
