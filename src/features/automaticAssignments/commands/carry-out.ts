/** Giving to those who match, and taking from those whose time of grace is over. Each may be repeated. */
import { deny } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { recordAudit } from '../../audit/store.ts';
import { giveByItself, takeByItself } from '../../requests/commands/by-itself.ts';
import type { RequestWork } from '../../requests/store/writing.ts';
import { lockLeaver, settleLeaver } from '../store/leaving.ts';
import { lockDueMember, settleMember, type DueMember } from '../store/members.ts';

/** Gives somebody who matches the package, or keeps why not. */
export async function giveToMember(work: RequestWork, id: string): Promise<void> {
  const member = await lockDueMember(work.tx, id);
  if (member === undefined) return;
  const { memberId: targetId, accessPackageId, policyId } = member;
  const made = member.isPrivileged ? deny(privileged) : await giveByItself(work, { targetId, accessPackageId, policyId });
  const reasons = made.ok ? [] : made.reasons;
  await settleMember(work.tx, id, reasons.length === 0 ? undefined : { reasons, at: work.now });
  if (reasons.length > 0) await recordRefusal(work, member, reasons);
}

/** In a privileged catalog nothing is assigned by itself (decision 0005). */
const privileged: Reason = { code: 'automaticInPrivilegedCatalog', message: 'The catalog is privileged, and nothing in it is assigned by itself. Let people ask for it, or offer the access in a standard catalog.' };

async function recordRefusal(work: RequestWork, member: DueMember, reasons: readonly Reason[]): Promise<void> {
  await recordAudit(work.tx, work, {
    activity: 'Refuse automatic assignment', category: 'EntitlementManagement', operation: 'Assign', why: reasons.map(({ message }) => message).join(' '),
    additional: { reasons: reasons.map(({ code }) => code).join(', ') },
    targets: [{ id: member.memberId, type: 'Subject' }, { id: member.accessPackageId, type: 'AccessPackage' }, { id: member.policyId, type: 'AccessPackageAssignmentPolicy', displayName: member.policyName }],
  });
}

/** Takes what somebody has who does not match any more. Whoever matches again keeps it. */
export async function takeFromLeaver(work: RequestWork, assignmentId: string): Promise<void> {
  const leaver = await lockLeaver(work.tx, assignmentId, work.now);
  if (leaver === undefined) return;
  const stays = leaver.isLive && leaver.isMember;
  if (leaver.isLive && !stays) await takeByItself(work, assignmentId, `The rule of policy '${leaver.policyName}' is no longer matched.`);
  await settleLeaver(work.tx, assignmentId, { stays });
}
