/**
 * A request for access: somebody asks that an identity gets, keeps longer or loses an access package
 * (accessPackageAssignmentRequest, contract §1.6). The record stays when it is finished.
 */
import type { PrincipalKind } from '../../kernel/caller.ts';
import type { JsonRecord } from '../../kernel/json.ts';
import type { Schedule } from '../../kernel/schedule.ts';
import type { AssignmentState } from '../assignments/machine.ts';
import type { GrantKind } from '../grants/rules/holding.ts';
import type { TargetOrganization } from '../organizations/model.ts';
import type { StageExtension } from '../extensions/model.ts';
import type { Policy } from '../policies/model.ts';

/** Graph's accessPackageRequestState, in its order. */
export const requestStates = ['submitted', 'pendingApproval', 'delivering', 'delivered', 'deliveryFailed', 'denied', 'scheduled', 'canceled', 'partiallyDelivered'] as const;
/** State of a request. */
export type RequestState = (typeof requestStates)[number];

/** Graph's accessPackageRequestType before unknownFutureValue; `approverRemove` stands after it. */
export const requestTypes = ['notSpecified', 'userAdd', 'userUpdate', 'userRemove', 'adminAdd', 'adminUpdate', 'adminRemove', 'systemAdd', 'systemUpdate', 'systemRemove', 'onBehalfAdd'] as const;
/** Types of request that are made: the server's own, which nobody asks for, are `system…`. */
export type AskType = 'userAdd' | 'userUpdate' | 'userRemove' | 'adminAdd' | 'adminUpdate' | 'adminRemove' | 'approverRemove' | 'systemAdd' | 'systemRemove';

/** The status of a request that waits for a custom extension, whatever its state. */
export const waitingStatus = 'WaitingForCallback';

/** The status of a request whose open stage has escalated (contract §1.5). */
export const escalatedStatus = 'PendingApprovalEscalated';

/** Graph's finer word for a state (`status`). */
export const statusOf: Readonly<Record<RequestState, string>> = {
  submitted: 'Accepted', pendingApproval: 'PendingApproval', delivering: 'Delivering', delivered: 'Delivered', deliveryFailed: 'DeliveryFailed',
  denied: 'Denied', scheduled: 'PendingNotBefore', canceled: 'Canceled', partiallyDelivered: 'PartiallyDelivered',
};

/**
 * Who access is for. `isGuest`: a user with userType Guest; `organization`: the connected organization that a guest belongs to;
 * `isEnabled`: also a guest whom this server has shut out because access ended, and lets in again with it.
 */
export interface Target {
  readonly id: string;
  readonly kind: PrincipalKind;
  readonly displayName: string | null;
  readonly isGuest: boolean;
  readonly organization: TargetOrganization | null;
  readonly isEnabled: boolean;
}

/** Answer to a question of the policy. Several choices are several answers to one question. */
export interface Answer {
  readonly value?: string | null;
  /** What people are shown for the value. */
  readonly displayValue?: string | null;
  readonly answeredQuestion?: { readonly id?: string; readonly text?: string } | null;
}

/** What the caller asks for. */
export interface Asked {
  readonly type: AskType;
  readonly justification: string | null;
  readonly answers: readonly Answer[];
  readonly schedule: Schedule;
  /** What the caller reads, best first: see `preferredLanguages`. */
  readonly languages?: readonly string[];
}

/** One role of the package, with what a delivery needs to know. */
export interface PackageRole {
  readonly kind: GrantKind;
  readonly resourceId: string;
  readonly permissionId: string;
  readonly displayName: string | null;
  /** The group or service principal and the permission still exist. */
  readonly isDeliverable: boolean;
  readonly allowedMemberTypes: readonly string[] | null;
  readonly isRoleAssignableGroup: boolean;
  readonly isApiPermission: boolean;
  /** Value of a permission of this server's own API. */
  readonly ownValue: string | null;
}

/** The persons who could decide a stage now, and the stage as the policy stores it. */
export interface StageFacts {
  readonly settings: JsonRecord;
  readonly primary: readonly string[];
  readonly fallback: readonly string[];
  /** Who would be asked on escalation: read only for those who look, and ask for nothing. */
  readonly escalation?: readonly string[];
  readonly fallbackEscalation?: readonly string[];
}

/** One policy of the package, seen from one caller and one target. */
export interface PolicyFacts {
  readonly policy: Policy;
  /** The target is named by the policy, itself or through a group that it is in now or the organization that it comes from. */
  readonly namesTarget: boolean;
  /** The caller belongs to those who may ask for this target. */
  readonly isOnBehalf: boolean;
  /** What the policy calls. */
  readonly extensions: readonly StageExtension[];
  /** One for each stage of the policy. */
  readonly stages: readonly StageFacts[];
}

/** Something that excludes the package. */
export interface Incompatible {
  readonly kind: 'accessPackage' | 'group';
  readonly id: string;
  readonly displayName: string;
}

/** Assignment that lives now. */
export interface LiveAssignment {
  readonly id: string;
  readonly state: AssignmentState;
  readonly policyId: string;
  readonly startsAt: Date;
  /** What was answered for it. */
  readonly answers?: readonly Answer[];
}

/** The package that is asked for. */
export interface PackageFacts {
  readonly id: string;
  readonly displayName: string;
  readonly catalogId: string;
  readonly isPublished: boolean;
}

/** Everything that decides on a request, read by one statement. */
export interface Facts {
  readonly asked: Asked;
  readonly callerId: string;
  /** The caller manages assignments of the package's catalog. */
  readonly isAdmin: boolean;
  /** The caller decided a stage of the request behind the assignment, or was asked to (`approverRemove`). */
  readonly isApprover: boolean;
  readonly accessPackage: PackageFacts;
  readonly target: Target;
  readonly policies: readonly PolicyFacts[];
  readonly namedPolicyId: string | undefined;
  readonly live: LiveAssignment | undefined;
  /** Live by its row, over by the clock: to be ended before another begins. */
  readonly overdueId: string | undefined;
  readonly openRequestId: string | undefined;
  readonly incompatible: readonly Incompatible[];
  readonly roles: readonly PackageRole[];
  /** Ids of the questions whose answers do not follow their pattern. */
  readonly misfits?: readonly string[];
}
