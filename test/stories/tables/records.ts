/** What a story on tables remembers: requests with their stages, and assignments. */
import type { End, Schedule } from '../../../src/kernel/schedule.ts';
import type { StageState } from '../../../src/features/approvals/machine.ts';
import type { SeatTaken } from '../../../src/features/approvals/rules.ts';
import type { AssignmentState } from '../../../src/features/assignments/machine.ts';
import type { Answer, AskType, RequestState } from '../../../src/features/requests/model.ts';
import type { Offered, OfferedPolicy } from './facts.ts';

/** A stage of a request. */
export interface StageRecord {
  readonly lasts: string;
  readonly wantsReason: boolean;
  readonly required: number;
  /** Approvals that were given and do not suffice yet. */
  readonly approved: SeatTaken[];
  /** When others are asked besides. */
  escalatesAt: Date | undefined;
  isEscalated: boolean;
  status: StageState;
  approverIds: readonly string[];
  dueAt: Date | undefined;
}

/** A request. */
export interface RequestRecord {
  readonly type: AskType;
  readonly requestorId: string;
  readonly targetId: string;
  readonly offered: Offered;
  readonly policy: OfferedPolicy;
  readonly schedule: Schedule;
  readonly answers: readonly Answer[];
  readonly movesEnd: boolean;
  readonly startsAt: Date | undefined;
  readonly stages: readonly StageRecord[];
  state: RequestState;
  codes: readonly string[];
}

/** An assignment with its request: who approved it may revoke it. */
export interface AssignmentRecord {
  readonly id: string;
  readonly request: RequestRecord;
  readonly startsAt: Date;
  state: AssignmentState;
  endsAt: End;
}

/** Whether a request is still on its way. */
export const isOpen = ({ state }: RequestRecord): boolean => state === 'submitted' || state === 'pendingApproval' || state === 'delivering' || state === 'scheduled';
