/** A substitute of an approver: a person, or the members of a group, who decide in its place for a time (approverDelegate, contract §1.8). */
import type { End, Schedule } from '../../kernel/schedule.ts';

/** Kinds of subject set that can stand in for somebody. */
export const delegateKinds = ['singleUser', 'groupMembers'] as const;
/** Kind of a substitute. */
export type DelegateKind = (typeof delegateKinds)[number];

/** Whom an approver has named, and for when. */
export interface Delegation {
  readonly kind: DelegateKind;
  readonly delegateId: string;
  /** As it is answered. */
  readonly schedule: Schedule;
  readonly startsAt: Date;
  readonly endsAt: End;
}

/** What a delegation would name, as the directory knows it. */
export interface DelegateObject {
  readonly type: string;
  readonly isEnabled: boolean;
  readonly displayName: string | null;
  /** A guest who answers for nothing here: neither sponsor of an organization nor holder of a role in entitlement management. */
  readonly isGuestWithoutRights: boolean;
}
