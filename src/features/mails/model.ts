/**
 * A mail tells one person of one step of a request, an approval or an assignment (contract §1.7, notification defaults; §2.7).
 * It tells and never decides: what is to be done is done after signing in. Only people get mail; for agents and service
 * principals those who answer for them do.
 */
import type { AskType } from '../requests/model.ts';

/** What those who are to decide are told. These are never muted: without them a request would wait for nobody. */
export const decisionKinds = ['decisionNeeded', 'decisionEscalated', 'decisionReassigned', 'decisionReminder', 'decisionNotNeeded'] as const;

/** What those are told who ask or receive. A policy's `notificationSettings.isAssignmentNotificationDisabled` mutes all of these. */
export const accessKinds = [
  'requestReceived', 'requestApproved', 'requestDenied', 'requestExpired', 'requestCanceled', 'deliveryFailed',
  'accessDelivered', 'accessBegins', 'accessExtended', 'accessEndsSoon', 'accessEnded', 'accessRemoved',
] as const;

/** What a mail tells. */
export type MailKind = (typeof decisionKinds)[number] | (typeof accessKinds)[number];

/** Kinds that ask for a decision: pointless as soon as there is one. */
export const askingKinds: ReadonlySet<MailKind> = new Set(['decisionNeeded', 'decisionEscalated', 'decisionReassigned', 'decisionReminder']);

/** What a request wants. `grant`: access, `change`: another end of access or other answers, `removal`: access taken away. */
export type Want = 'grant' | 'change' | 'removal';

/** How a stage ended. `closed`: the request ended otherwise. */
export type Outcome = 'approved' | 'denied' | 'timedOut' | 'closed';

/** What a mail says, as data. Instants are ISO texts; null: unknown or none. */
export interface Said {
  readonly packageName: string;
  readonly requestorName: string | null;
  readonly targetName: string | null;
  /** The reader made the request; the access is the reader's own. */
  readonly isByReader: boolean;
  readonly isForReader: boolean;
  /** Whoever asks receives. */
  readonly isForRequestor: boolean;
  readonly want: Want;
  /** Why access is asked for, in the words of whoever asks. */
  readonly justification: string | null;
  /** Why it came to this: of whoever denied or took away, or of the server. */
  readonly reason: string | null;
  readonly startsAt: string | null;
  /** End of the access; `never`: it has none. */
  readonly endsAt: string | null;
  /** The end counts from a beginning that is not known yet. */
  readonly isEndEstimated: boolean;
  /** When the decision must have been made. */
  readonly decideBy: string | null;
  /** How a decision was made, for those who need not make it any more. */
  readonly outcome: Outcome | null;
  /** For whom the reader may decide, as a substitute. */
  readonly standsInFor: string | null;
  /** Not everything could be delivered. */
  readonly isPartial: boolean;
  /** The reader may ask for more time. */
  readonly mayExtend: boolean;
}

/** What a link leads to (docs/decisions/0008-links-in-mail.md). */
export interface Item {
  readonly kind: 'request' | 'approval' | 'assignment';
  readonly id: string;
}

/** One mail to be told. */
export interface Message {
  /** Names what is told: nobody is told the same twice. */
  readonly key: string;
  readonly kind: MailKind;
  readonly recipientId: string;
  /** The request whose conversation it belongs to; an assignment's own id where its request is gone. */
  readonly threadId: string;
  readonly stageId: string | null;
  readonly assignmentId: string | null;
  readonly said: Said;
  readonly item: Item;
}

/** Somebody, as far as it matters who is told. */
export interface Party {
  readonly id: string;
  readonly name: string | null;
  /** A user; not an agent user, agent or service principal. */
  readonly isPerson: boolean;
}

/** Somebody who may decide a stage; `standsInFor`: as a substitute, for whom. */
export interface Decider {
  readonly id: string;
  readonly standsInFor: { readonly id: string; readonly name: string | null } | null;
  /** Has said yes already, where more than one must. */
  readonly hasDecided: boolean;
}

/** A step as it was noted. */
export interface NotedStep {
  readonly id: number;
  readonly noun: string;
  readonly event: string;
  readonly to: string | null;
  readonly actorId: string | null;
  /** Number of the step in the history. */
  readonly transitionId: number | null;
  /** Who was asked to decide, and how. */
  readonly asked: { readonly id: string; readonly role: string; readonly isOpening: boolean } | null;
  readonly at: string;
}

/** The request behind a step. */
export interface ToldRequest {
  readonly id: string;
  readonly type: AskType | 'systemAdd' | 'systemUpdate' | 'systemRemove' | 'notSpecified';
  readonly justification: string | null;
  readonly startsAt: string | null;
  /** End as asked, in Graph's shape. */
  readonly expiration: unknown;
  readonly failures: readonly string[];
  /** What the approver said who denied it. */
  readonly denial: string | null;
  /** What the custom extension said that spoke last. */
  readonly callback: string | null;
  /** Its start was waited for. */
  readonly wasScheduled: boolean;
}

/** The stage behind a step. */
export interface ToldStage {
  readonly id: string;
  readonly decideBy: string | null;
  readonly deciders: readonly Decider[];
  /** Who has been told that it waits for a decision. */
  readonly toldIds: readonly string[];
}

/** The assignment behind a step. `endsAt` null: no end. */
export interface ToldAssignment {
  readonly id: string;
  readonly startsAt: string;
  readonly endsAt: string | null;
  readonly isLive: boolean;
  /** Somebody took it away, it did not end by the clock. */
  readonly isRemoved: boolean;
  /** What the request said that took it away. */
  readonly removal: string | null;
}

/** A step with everything that decides who is told what. */
export interface StepFacts {
  readonly step: NotedStep;
  readonly packageName: string;
  readonly policy: {
    /** `notificationSettings.isAssignmentNotificationDisabled`. */
    readonly isMuted: boolean;
    /** Holders, and those who answer for them, may ask for more time. */
    readonly holdersMayExtend: boolean;
    readonly guardiansMayExtend: boolean;
    /** End of access, in Graph's shape. */
    readonly expiration: unknown;
  };
  readonly request: ToldRequest | null;
  readonly stage: ToldStage | null;
  readonly assignment: ToldAssignment | null;
  readonly requestor: Party | null;
  readonly target: Party;
  /** Sponsors and owners of a target that is no person. */
  readonly guardianIds: readonly string[];
}
