/** What the product answers: its own statement reads the facts, its own rule decides. */
import type { Caller } from '../../src/kernel/caller.ts';
import { Problem } from '../../src/kernel/problem.ts';
import type { Tx } from '../../src/platform/db/database.ts';
import { newId } from '../../src/platform/ids.ts';
import { gatherFacts } from '../../src/features/requests/commands/submit.ts';
import type { Facts } from '../../src/features/requests/model.ts';
import { decideRequest } from '../../src/features/requests/rules/decide.ts';
import { loadCaller } from '../support/caller.ts';
import { clientAppId } from './rows.ts';
import type { Asked, Question } from './rules.ts';
import type { Identity, Package } from './town.ts';

/** What was decided: the policy and who is asked, or the codes of all reasons, sorted. */
export type Verdict = { readonly isAllowed: true; readonly policyId: string; readonly stages: readonly Asked[] } | { readonly isAllowed: false; readonly codes: readonly string[] };

/** An identity with everything that its token may carry; undefined when it cannot have one. */
export async function callerOf(tx: Tx, { id, kind, administers }: Identity): Promise<Caller | undefined> {
  const known = await loadCaller(tx, { principalId: id, clientAppId });
  if (known === undefined) return undefined;
  const isDelegated = kind === 'user' || kind === 'agentUser';
  const own = isDelegated ? ['EntitlementMgmt-SubjectAccess.ReadWrite', 'EntitlementManagement.ReadWrite.All'] : ['EntitlementManagement.SelfRequest', ...(administers === 'everything' ? ['EntitlementManagement.ReadWrite.All'] : [])];
  return { ...known, isDelegated, permissions: new Set(own) };
}

/** Somebody, for somebody, about a package. */
export interface Encounter {
  readonly caller: Caller;
  readonly target: Identity;
  readonly package: Package;
}

/** The facts of an encounter for every policy at once, or the codes of the refusal that needs none. */
export async function factsOf(tx: Tx, { caller, target, package: one }: Encounter, type: 'userAdd' | 'adminAdd'): Promise<Facts | readonly string[]> {
  try {
    const asked = { type, justification: null, answers: [], schedule: {} };
    return await gatherFacts({ tx, caller, now: new Date(), requestId: newId(), clientRequestId: newId() }, { asked, named: { accessPackageId: one.id, targetId: target.id } });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // Who administers nothing is refused outright; who administers another catalog learns only that the package is none of theirs.
    if (type === 'adminAdd' && error.reasons.length === 0) return [error.target === 'assignment/targetId' ? 'noSuchTarget' : 'notAnAdministrator'];
    return error.reasons.length > 0 ? error.reasons.map(({ code }) => code) : [error.problem];
  }
}

/** What the rule says of one question, by facts that were read for all policies. */
export function verdictOf(facts: Facts, { type, policy, saysWhy, answers }: Pick<Question, 'type' | 'policy' | 'saysWhy' | 'answers'>, now: Date): Verdict {
  const isChange = type === 'userUpdate' || type === 'userRemove';
  const live = isChange && policy !== undefined ? { id: newId(), state: 'delivered' as const, policyId: policy.id, startsAt: now } : facts.live;
  const decision = decideRequest({
    ...facts, live, openRequestId: isChange ? undefined : facts.openRequestId, namedPolicyId: isChange ? undefined : policy?.id, asked: { ...facts.asked, type, justification: saysWhy ? 'because' : null, answers: answersTo(facts, { policy, answers }) },
  }, now);
  if (!decision.ok) return { isAllowed: false, codes: decision.reasons.map(({ code }) => code).toSorted() };
  const stages = decision.value.stages.map(({ deciders }): Asked => {
    const asked = (as: string): readonly string[] => deciders.filter(({ role }) => role === as).map(({ id }) => id).toSorted();
    return { primary: asked('primary'), fallback: asked('fallback') };
  });
  return { isAllowed: true, policyId: decision.value.policy.policy.id, stages };
}

/** What is sent along: answers to all questions of all policies that may be chosen, to none, or to one that nobody asks. */
function answersTo({ policies }: Facts, { policy, answers }: Pick<Question, 'policy' | 'answers'>): Facts['asked']['answers'] {
  if (answers === 'foreign') return [{ value: 'because', answeredQuestion: { id: newId() } }];
  const asking = answers === 'none' ? [] : policies.filter((one) => one.policy.id === policy?.id);
  return asking.flatMap((one) => one.policy.questions.map(({ id }) => ({ value: 'because', answeredQuestion: { id } })));
}
