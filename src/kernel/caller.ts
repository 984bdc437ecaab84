/** Who acts: the caller of one request, as its token and the directory say. Pure data. */

/** What kind of identity a principal is. A person is `user`; an agent user is a user without a person behind it. */
export type PrincipalKind = 'user' | 'agentUser' | 'servicePrincipal' | 'agentIdentity';

/** The authenticated caller of one request. */
export interface Caller {
  /** Object id of the user, service principal or agent identity. */
  readonly principalId: string;
  readonly kind: PrincipalKind;
  readonly displayName: string;
  readonly userPrincipalName?: string;
  /** appId of the client that got the token (an agent's own id for agents). */
  readonly clientAppId: string;
  /** Object id of the client's service principal, when it is not the caller itself. */
  readonly clientPrincipalId?: string;
  /** appId of the blueprint behind an agent identity. */
  readonly blueprintAppId?: string;
  /** True when a person (or agent user) acts through a client: `permissions` are then `scp`, else `roles`. */
  readonly isDelegated: boolean;
  /** Permission names in the token, in their published spelling. */
  readonly permissions: ReadonlySet<string>;
  /** Template ids of directory roles that the principal holds now. */
  readonly directoryRoles: ReadonlySet<string>;
  /** Entitlement-management roles that the principal holds now (directly or through a group). */
  readonly entitlementRoles: readonly EntitlementRole[];
}

/** One entitlement-management role and the one thing that it applies to; nothing of them: the whole tenant. */
export interface EntitlementRole {
  readonly roleDefinitionId: string;
  readonly catalogId: string | undefined;
  /** One access package. With `policyId`: the package of that policy, of which nothing else is meant. */
  readonly accessPackageId?: string | undefined;
  readonly policyId?: string | undefined;
  readonly resourceId?: string | undefined;
}

/** The work of one request: who, when, and what to quote in the log. Times are UTC instants. */
export interface Work {
  readonly caller: Caller;
  readonly now: Date;
  readonly requestId: string;
  readonly clientRequestId: string;
}
