/** People and groups: users that sign in, and groups that hold what is granted to all their members. */

/** A user or a group as the rules see it. */
export interface DirectoryObject {
  readonly id: string;
  /** Directory type, such as `user` or `group`. */
  readonly type: string;
  readonly displayName: string | null;
  readonly userPrincipalName: string | null;
  readonly accountEnabled: boolean;
  readonly uniqueName: string | null;
  readonly deletedAt: Date | null;
  /** Plain properties under their Graph names. */
  readonly data: { readonly [name: string]: unknown };
  /** The caller owns it (a group through a grant in force). */
  readonly isOwnedByCaller: boolean;
}

/** Users sign in, agent users do not; both are users to Graph. */
export const isUserType = (type: string): boolean => type === 'user' || type === 'agentUser';

/** What ends every sign-in session and refresh token of a person that began before `at`. */
export const endingSessions = (at: Date): { readonly signInSessionsValidFromDateTime: string } => ({ signInSessionsValidFromDateTime: at.toISOString() });

/** A group that may hold directory roles: nothing gets in that does not belong there. */
export const isRoleAssignable = (group: Pick<DirectoryObject, 'data'>): boolean => group.data['isAssignableToRole'] === true;

/** A group whose members follow a rule. */
export const isDynamic = (group: Pick<DirectoryObject, 'data'>): boolean => {
  const types = group.data['groupTypes'];
  return Array.isArray(types) && types.includes('DynamicMembership');
};

/** Graph's word for a directory object in the audit log. */
export function auditWord(type: string): string {
  if (isUserType(type)) return 'User';
  if (type === 'group') return 'Group';
  return type === 'application' || type === 'agentIdentityBlueprint' ? 'Application' : 'ServicePrincipal';
}

/** Properties of users and groups that have a column of their own; the others lie in the bag. */
export const columns = {
  displayName: 'display_name', description: 'description', accountEnabled: 'account_enabled',
  userPrincipalName: 'user_principal_name', uniqueName: 'unique_name',
} as const;

/** Name of a property with a column. */
export type ColumnProperty = keyof typeof columns;

/** A body in two parts: what has a column, and what lies in the bag. `elsewhere` are members that are stored in other tables. */
export function splitBody(body: { readonly [name: string]: unknown }, elsewhere: readonly string[]): { readonly held: Partial<Record<ColumnProperty, unknown>>; readonly bag: Record<string, unknown> } {
  const entries = Object.entries(body).filter(([name]) => !elsewhere.includes(name) && !name.startsWith('@'));
  const held = entries.filter(([name]) => name in columns);
  return { held: Object.fromEntries(held), bag: Object.fromEntries(entries.filter(([name]) => !(name in columns))) };
}
