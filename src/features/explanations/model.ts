/**
 * An explanation: why an identity may or may not get an access package, and why it holds or does not hold a role. It decides
 * nothing itself: it asks the rules that decide, and says beside each "no" what would change it. Graph has no word for it.
 */
import type { Reason } from '../../kernel/problem.ts';
import type { Facts } from '../requests/model.ts';

/** No access token lives longer than this, whatever is configured (`GATEHOUSE_TOKEN_LIFETIME_SECONDS` allows no more). */
export const longestTokenSeconds = 600;

/** What somebody could do about a reason. `targetId` is what it would be done to. */
export interface Mend {
  readonly action: string;
  readonly message: string;
  readonly targetId: string | null;
  readonly targetType: string | null;
}

/** A reason with what would change it. */
export interface MendedReason extends Reason {
  readonly mends: readonly Mend[];
}

/** Somebody or something by name. `kind`: its type in Graph. */
export interface Party {
  readonly id: string;
  readonly displayName: string | null;
  readonly kind: string;
}

/** Something that a policy names: those in it are in the policy's scope. */
export interface NamedScope {
  readonly policyId: string;
  readonly kind: 'user' | 'group' | 'servicePrincipal' | 'connectedOrganization';
  readonly id: string;
  readonly displayName: string | null;
}

/** A set of those who may ask for others under a policy. `people` are those whom the caller may see, twenty at most; `count` is how many there are. */
export interface RequestorSet {
  readonly policyId: string;
  readonly type: string;
  readonly count: number;
  readonly people: readonly Party[];
  readonly hasCaller: boolean;
}

/** What the target has that stands in the way of what it conflicts with. */
export interface Obstacle {
  readonly accessPackageId: string;
  readonly assignmentId: string | null;
  readonly requestId: string | null;
}

/** What surrounds a decision: names, and who may know them. */
export interface Surroundings {
  /** The caller is the target, or its sponsor, owner or manager. */
  readonly answersFor: boolean;
  /** Whoever asks is a living person or workload of this directory. */
  readonly requestor: Party | null;
  readonly parties: readonly Party[];
  readonly showsApprovers: boolean;
  readonly requestorSets: readonly RequestorSet[];
  readonly namedScopes: readonly NamedScope[];
  readonly obstacles: readonly Obstacle[];
  readonly live: { readonly id: string; readonly state: string; readonly policyId: string; readonly startsAt: string; readonly endsAt: string | null } | null;
}

/** What is known when a package is explained. `isGoverned`: the caller reads assignments of the package's catalog, and so may know everything about it. */
export interface AccessFacts {
  readonly facts: Facts;
  readonly surroundings: Surroundings;
  readonly isGoverned: boolean;
  /** Policies whose assignments alone the caller reads: of the others of the package it is told nothing. */
  readonly governedPolicyIds: readonly string[];
}

/** Whether the caller may know everything about what goes by a policy. */
export const governsPolicy = ({ isGoverned, governedPolicyIds }: Pick<AccessFacts, 'isGoverned' | 'governedPolicyIds'>, policyId: string): boolean => isGoverned || governedPolicyIds.includes(policyId);

/** Whether the caller is told that a policy is there when it fits: who governs nothing but other policies is not. */
export const isToldOf = (known: AccessFacts, policyId: string): boolean => known.governedPolicyIds.length === 0 || known.surroundings.answersFor || governsPolicy(known, policyId);

/** An assignment behind a grant, with the request that led to it. Times are ISO. */
export interface AssignmentSource {
  readonly id: string;
  readonly state: string;
  readonly startsAt: string;
  readonly endsAt: string | null;
  readonly accessPackage: Party;
  readonly catalogId: string;
  readonly policy: Party;
  readonly request: RequestSource | null;
}

/** A request as history: who asked, and who said yes. `reviewer` is null where the caller may not know. */
export interface RequestSource {
  readonly id: string;
  readonly requestType: string;
  readonly createdAt: string;
  readonly justification: string | null;
  readonly requestor: Party | null;
  readonly approvals: readonly { readonly position: number; readonly result: string; readonly at: string; readonly justification: string | null; readonly reviewer: Party | null }[];
}

/** One way in which a role is held. `via`: the group or blueprint through which, if not directly. */
export interface GrantSource {
  readonly grantId: string;
  readonly kind: string;
  readonly permissionId: string;
  readonly isStanding: boolean;
  readonly since: string;
  readonly endsAt: string | null;
  readonly via: Party | null;
  readonly assignments: readonly AssignmentSource[];
}

/** An assignment that has ended, or is in force without having delivered the role, or a request that is on its way. */
export interface Trace {
  readonly kind: 'ended' | 'undelivered' | 'requested';
  readonly id: string;
  readonly state: string;
  readonly status: string;
  readonly at: string;
  readonly accessPackage: Party;
  readonly catalogId: string;
  readonly policyId: string | null;
  readonly by: Party | null;
  readonly why: string | null;
  readonly failures: readonly Reason[];
}

/** What is known of a role and whoever may hold it. */
export interface RoleFacts {
  readonly principal: (Party & { readonly isEnabled: boolean }) | null;
  readonly resource: (Party & { readonly isEnabled: boolean }) | null;
  readonly roles: readonly { readonly kind: string; readonly permissionId: string; readonly value: string | null; readonly isEnabled: boolean }[];
  readonly answersFor: boolean;
  /** The resource is in a catalog that the caller governs. */
  readonly isGoverned: boolean;
  /** A package or policy that the caller governs gives something of the resource. */
  readonly isPartlyGoverned: boolean;
  readonly sources: readonly GrantSource[];
  readonly traces: readonly Trace[];
  /** The caller sees the resource in the directory. */
  readonly isSeen: boolean;
  /** Packages with the role, those whose scope holds the principal first. */
  readonly candidates: readonly { readonly id: string; readonly displayName: string; readonly catalogId: string }[];
}
