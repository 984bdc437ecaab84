/** What the directory says at one instant about an identity that wants a token for a resource. Pure data. */
import type { PrincipalKind } from '../../kernel/caller.ts';

/** A permission that is in force. `ends`: whole seconds since 1970 at which it is over, or null when it has no end. */
export interface HeldPermission {
  /** null: access to the resource without any named role. */
  readonly value: string | null;
  readonly ends: number | null;
}

/** The identity that the token is about. */
export interface PrincipalFacts {
  readonly id: string;
  readonly type: PrincipalKind | 'agentIdentityBlueprintPrincipal';
  readonly displayName: string | null;
  readonly userPrincipalName: string | null;
  readonly givenName: string | null;
  readonly surname: string | null;
  readonly appId: string | null;
  /** appId of an agent's blueprint. */
  readonly blueprintAppId: string | null;
  readonly isEnabled: boolean;
  /** For workloads: the application (an agent's blueprint) exists and is enabled. */
  readonly isApplicationEnabled: boolean;
  /** For agents: the blueprint's principal exists and is enabled. */
  readonly isBlueprintPrincipalEnabled: boolean;
}

/** The resource that the token is for; its service principal exists and is enabled. */
export interface ResourceFacts {
  readonly id: string;
  readonly appId: string;
  readonly displayName: string | null;
  readonly isAssignmentRequired: boolean;
}

/** Everything that one token is decided from, read in one statement. */
export interface AccessFacts {
  /** The database's clock in whole seconds since 1970. */
  readonly now: number;
  /** Seconds since 1970, with fractions, before which what a person signed in for has ended; null when that never was. */
  readonly sessionsValidFrom: number | null;
  readonly principal: PrincipalFacts | null;
  readonly resource: ResourceFacts | null;
  readonly roles: readonly HeldPermission[];
  readonly scopes: readonly HeldPermission[];
}
