/**
 * A simulation: what a change of a policy, of a package's content or of separation of duties would mean, before it is made. The
 * change is made by the command that makes it, and taken back at once (decision 0014). Graph has no word for it.
 */
import type { JsonRecord } from '../../kernel/json.ts';
import type { PrincipalKind } from '../../kernel/caller.ts';
import type { GrantKind } from '../grants/rules/holding.ts';
import type { MembershipRule } from '../membershipRules/model.ts';
import type { PackageRole } from '../requests/model.ts';

/** Members of each list that are named. */
export const mostMembers = 100;

/** Who holds or has asked for a package, or is in a group, and therefore cannot ask for another. */
export interface Exclusion {
  readonly packageId: string;
  readonly kind: 'package' | 'group';
  readonly otherId: string;
}

/** What stands in the tables about some packages at one moment. */
export interface Snapshot {
  readonly policies: readonly JsonRecord[];
  readonly exclusions: readonly Exclusion[];
  /** Of the first package. */
  readonly roles: readonly PackageRole[];
}

/** One policy as a way to a package. `ways`: by whom it may be asked for, `self` or the kind of a set; `automatic`: nobody need ask. */
export interface Offer {
  readonly side: 'before' | 'after';
  readonly packageId: string;
  readonly policyId: string;
  readonly scope: string;
  readonly ways: readonly string[];
  readonly targets: readonly { readonly kind: string; readonly targetId: string }[];
  /** By their attributes, those who match it are in the scope. */
  readonly rule?: MembershipRule;
}

/** A role that assignments get or lose; `holders`: kinds of identity that can hold it. */
export interface MovedRole {
  readonly kind: GrantKind;
  readonly resourceId: string;
  readonly permissionId: string;
  readonly displayName: string | null;
  readonly holders: readonly PrincipalKind[];
}

/** What changes between two snapshots. */
export interface Difference {
  readonly offers: readonly Offer[];
  readonly exclusions: readonly (Exclusion & { readonly side: 'before' | 'after' })[];
  /** Policies of which something has changed. */
  readonly changedPolicies: readonly string[];
  /** Policies whose approval has changed. */
  readonly changedStages: readonly string[];
  /** Policies of which the rule, or that it takes, has changed, and that take from whoever does not match. */
  readonly taking: readonly string[];
  /** Policies that took before the change. */
  readonly tookBefore: readonly string[];
  readonly added: readonly MovedRole[];
  readonly removed: readonly MovedRole[];
}

/** How many there are, and the first of them. */
export interface Listed {
  readonly count: number;
  readonly members: readonly JsonRecord[];
}

/** What a change would mean. */
export interface Consequences {
  readonly gains: Listed;
  readonly losses: Listed;
  readonly holdersOutOfScope: Listed;
  readonly rolesGained: Listed;
  readonly rolesLost: Listed;
  readonly conflicts: Listed;
  readonly openRequests: Listed;
}
