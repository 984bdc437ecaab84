/** Carrying out what a request asked for: giving, prolonging or taking access, in the transaction of its state. */
import type { PrincipalKind } from '../../../kernel/caller.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { endText, instantOf, never, type Expiration, type Schedule } from '../../../kernel/schedule.ts';
import { newId } from '../../../platform/ids.ts';
import { changeEnd, endAssignments } from '../../grants/commands/delivery.ts';
import { keepExternalUser } from '../../organizations/commands/external-users.ts';
import type { AssignmentState } from '../../assignments/machine.ts';
import { passDelivery } from '../../assignments/rules.ts';
import type { Delivery } from '../../grants/store/delivery.ts';
import type { AskType, PackageRole } from '../model.ts';
import { planDelivery } from '../rules/delivery.ts';
import type { Wish } from '../rules/policy.ts';
import { chooseEnd } from '../rules/time.ts';
import type { RequestWork } from '../store/writing.ts';

/** What is to be carried out. */
export interface Job {
  readonly wish: Wish;
  readonly targetId: string;
  readonly targetKind: PrincipalKind;
  /** Set for guests. `isForAnybody`: the policy is for any external user. */
  readonly external: { readonly isForAnybody: boolean } | undefined;
  readonly accessPackageId: string;
  readonly policyId: string;
  readonly policyExpiration: Expiration;
  readonly schedule: Schedule;
  readonly movesEnd: boolean;
  readonly roles: readonly PackageRole[];
  /** The assignment that is to change, or a part of which is already delivered. */
  readonly live: { readonly id: string; readonly state: AssignmentState; readonly startsAt: Date; readonly endsAt?: string } | undefined;
  readonly why: string | null;
}

/** What came of it. `due`: when the access ends, if it does. */
export interface Done {
  readonly outcome: 'all' | 'some' | 'none';
  readonly assignmentId: string | undefined;
  readonly delivery: Delivery | undefined;
  readonly failures: readonly Reason[];
  readonly due: Date | undefined;
}

/** What a type of request wishes. */
export const wishOf: Readonly<Record<AskType, Wish>> = {
  adminAdd: 'Add', userAdd: 'Add', adminUpdate: 'Update', userUpdate: 'Update', adminRemove: 'Remove', userRemove: 'Remove', approverRemove: 'Remove', systemAdd: 'Add', systemRemove: 'Remove',
};

/** Nothing is carried out: the request waits or ends otherwise. */
export const notYet: Done = { outcome: 'none', assignmentId: undefined, delivery: undefined, failures: [], due: undefined };

const carriers: Readonly<Record<Wish, (work: RequestWork, job: Job) => Promise<Done>>> = { Add: give, Update: prolong, Remove: take };

/** Carries the job out; what is still to be written is in the answer's `delivery`. */
export async function carryOut(work: RequestWork, job: Job): Promise<Done> {
  return await carriers[job.wish](work, job);
}

/** The clock starts now, unless the schedule names a start. */
async function give(work: RequestWork, job: Job): Promise<Done> {
  const { now } = work;
  const start = job.live?.startsAt ?? instantOf(job.schedule.startDateTime) ?? now;
  const end = chooseEnd(job.schedule.expiration, job.policyExpiration, start);
  const endsAt = job.live?.endsAt ?? endText(end);
  if (endsAt !== 'infinity' && new Date(endsAt) <= now) return failed('endedBeforeDelivery', 'The access would have ended before it was given. Ask again with a later end.');
  const { given, failures, outcome } = planDelivery(job.roles, job.targetKind);
  const passage = passDelivery(job.live?.state, outcome);
  if (passage === undefined) return assignmentGone;
  // An assignment that fails at once is not written, the request keeps why; one that lives keeps what it has.
  if (outcome === 'none' || !passage.writesGrants) return { ...notYet, failures };
  if (job.external !== undefined) await keepExternalUser(work, job.targetId, job.external);
  const assignmentId = job.live?.id ?? newId();
  const delivery: Delivery = {
    assignmentId, accessPackageId: job.accessPackageId, policyId: job.policyId, targetId: job.targetId, startsAt: start, endsAt, roles: given,
    isNew: job.live === undefined, passage,
  };
  return { outcome, assignmentId, delivery, failures, due: endsAt === 'infinity' ? undefined : new Date(endsAt) };
}

async function prolong(work: RequestWork, job: Job): Promise<Done> {
  if (job.live === undefined) return assignmentGone;
  const end = chooseEnd(job.schedule.expiration, job.policyExpiration, work.now);
  if (job.movesEnd && end !== never && end <= work.now) return failed('endedBeforeDelivery', 'The new end had passed before the request was decided. Ask again with a later end.');
  const isDone = !job.movesEnd || await changeEnd(work, job.live.id, endText(end));
  if (!isDone) return assignmentGone;
  return { outcome: 'all', assignmentId: job.live.id, delivery: undefined, failures: [], due: job.movesEnd && end !== never ? end : undefined };
}

/** Gone already is as good as gone now. */
async function take(work: RequestWork, job: Job): Promise<Done> {
  if (job.live !== undefined) await endAssignments(work, [job.live.id], { cause: 'removed', why: job.why });
  return { ...notYet, outcome: 'all', assignmentId: job.live?.id };
}

const failed = (code: string, message: string): Done => ({ ...notYet, failures: [{ code, message }] });
const assignmentGone = failed('assignmentEnded', 'The assignment ended before the request was decided. Ask for the package again.');
