/** Requests that the server makes by itself: nobody has asked, and nobody needs to approve. */
import type { Decision } from '../../../kernel/decision.ts';
import { deny } from '../../../kernel/decision.ts';
import { endAssignments } from '../../grants/commands/delivery.ts';
import type { Asked, Facts } from '../model.ts';
import { decideRequest } from '../rules/decide.ts';
import { loadFacts, takeTurn, type Named } from '../store/facts.ts';
import type { RequestWork } from '../store/writing.ts';
import { cancelOpenRequest } from './change.ts';
import { writeRequest, type Submitted } from './submit.ts';

/** Gives somebody a package by one of its policies. A "no" has every reason, as for whoever asks; nothing is written then. */
export async function giveByItself(work: RequestWork, named: Required<Pick<Named, 'targetId' | 'accessPackageId' | 'policyId'>>): Promise<Decision<Submitted>> {
  return await submit(work, { type: 'systemAdd', justification: null, answers: [], schedule: {} }, named);
}

/** Ends an assignment. What is open about it is cancelled first: nobody keeps access by asking for more of it. */
export async function takeByItself(work: RequestWork, assignmentId: string, why: string): Promise<Decision<Submitted>> {
  const asked: Asked = { type: 'systemRemove', justification: why, answers: [], schedule: {} };
  const { openRequestId } = await loadFacts(work.tx, { assignmentId, callerId: assignmentId }, work.now);
  if (openRequestId !== undefined) await cancelOpenRequest(work, openRequestId, why);
  return await submit(work, asked, { assignmentId });
}

async function submit(work: RequestWork, asked: Asked, named: Omit<Named, 'callerId'>): Promise<Decision<Submitted>> {
  const facts = await gather(work, asked, named);
  if (facts === undefined) return deny({ code: 'gone', message: 'The identity, the access package or the assignment is gone.' });
  const decision = decideRequest(facts, work.now);
  if (!decision.ok) return decision;
  if (facts.overdueId !== undefined) await endAssignments(work, [facts.overdueId], { cause: 'expired', why: null });
  return { ok: true, value: await writeRequest(work, facts, decision.value) };
}

/** The server stands where an administrator would: it names the policy, and is asked for no approval, answer or reason. */
async function gather({ tx, now }: RequestWork, asked: Asked, named: Omit<Named, 'callerId'>): Promise<Facts | undefined> {
  const query: Named = { ...named, callerId: named.targetId ?? named.assignmentId ?? '' };
  let found = await loadFacts(tx, query, now);
  if (found.excludes && found.target !== undefined && asked.type === 'systemAdd') {
    await takeTurn(tx, found.target.id);
    found = await loadFacts(tx, query, now);
  }
  const { accessPackage, target, ...rest } = found;
  if (accessPackage === undefined || target === undefined) return undefined;
  return { ...rest, asked, accessPackage, target, isAdmin: true, isApprover: false, callerId: query.callerId, namedPolicyId: named.policyId };
}
