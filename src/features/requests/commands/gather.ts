/** What decides on a request, gathered for whoever asks. What does not exist and what is not the caller's are answered alike. */
import type { Caller } from '../../../kernel/caller.ts';
import { refuse } from '../../../kernel/problem.ts';
import { followsPattern } from '../../../platform/pattern.ts';
import { entitlementReach, hasReach, isPerson, reachesPackage } from '../../roles/rules.ts';
import type { Asked, Facts } from '../model.ts';
import { patternedAnswers } from '../rules/answers.ts';
import { notRequestable } from '../rules/policy.ts';
import { loadFacts, takeTurn, type Found, type Named } from '../store/facts.ts';
import type { AskingWork } from '../store/writing.ts';
import { wishOf } from './delivering.ts';
import { inviteTarget, isInvitation } from './invite.ts';
import { answerRefusal } from './refusal.ts';

/** What is asked and for whom, with ids that are GUIDs. */
export interface Ask {
  readonly asked: Asked;
  readonly named: Omit<Named, 'callerId'>;
}

/** Reads the facts; refuses what needs no rule. */
export async function gatherFacts(work: AskingWork, { asked, named }: Ask): Promise<Facts> {
  const { caller, tx, now } = work;
  const isAsAdmin = asked.type.startsWith('admin');
  const reach = entitlementReach(caller, 'manageAssignments');
  if (isAsAdmin ? !hasReach(reach) : !reach.own) refuse('forbidden', { reason: `A request of type ${asked.type} needs ${isAsAdmin ? 'EntitlementManagement.ReadWrite.All or an assignment-manager role' : 'EntitlementMgmt-SubjectAccess.ReadWrite, or EntitlementManagement.SelfRequest for itself'}.` });
  const isSelf = !isAsAdmin && named.assignmentId === undefined && named.targetId === undefined && named.targetEmail === undefined;
  let query: Named = { ...named, callerId: caller.principalId, ...(isSelf ? { targetId: caller.principalId } : {}) };
  let found = await loadFacts(tx, query, now);
  if (isInvitation(work, { asked, named: query }, found)) {
    query = await inviteTarget(work, query, found);
    found = await loadFacts(tx, query, now);
  }
  if (found.excludes && found.target !== undefined && wishOf[asked.type] === 'Add') {
    await takeTurn(tx, found.target.id);
    found = await loadFacts(tx, query, now);
  }
  return factsFrom(work, { asked, named: query }, found);
}

function factsFrom({ caller }: AskingWork, { asked, named }: { readonly asked: Asked; readonly named: Named }, found: Found): Facts {
  const { accessPackage, target, ...rest } = found;
  const isAsAdmin = asked.type.startsWith('admin');
  const governed = isAsAdmin && accessPackage !== undefined ? governedPolicies(caller, asked, found) : undefined;
  const isAdmin = governed !== undefined;
  const isHidden = !isAdmin && (wishOf[asked.type] === 'Add' ? accessPackage?.isPublished === false : caller.principalId !== target?.id && !mayKnow(caller, found));
  if (accessPackage === undefined || target === undefined || (isAsAdmin && !isAdmin) || isHidden) return refuseUnknown(asked, named, isAsAdmin && !isAdmin ? { ...found, accessPackage: undefined } : found);
  return {
    ...rest, policies: governed ?? rest.policies, asked, accessPackage, target, isAdmin, callerId: caller.principalId, namedPolicyId: named.policyId,
    isApprover: found.isApprover && isPerson(caller), misfits: misfitsOf(asked, found),
  };
}

/** Policies by which the caller may administer what is asked; undefined: by none. Whoever manages single policies administers what goes by them only. */
function governedPolicies(caller: Caller, { type }: Asked, { accessPackage, policies, live }: Found): Found['policies'] | undefined {
  if (accessPackage === undefined) return undefined;
  const place = { catalogId: accessPackage.catalogId, accessPackageId: accessPackage.id };
  if (reachesPackage(caller, 'manageAssignments', place)) return policies;
  const governed = policies.filter(({ policy }) => reachesPackage(caller, 'manageAssignments', { ...place, policyId: policy.id }));
  const isTheirs = type === 'adminAdd' ? governed.length > 0 : governed.some(({ policy }) => policy.id === live?.policyId);
  return isTheirs ? governed : undefined;
}

/** Questions whose answers do not follow their pattern, of whichever policy they are. */
const misfitsOf = ({ answers }: Asked, { policies }: Found): readonly string[] =>
  policies.flatMap(({ policy }) => patternedAnswers(policy.questions, answers)).filter(({ pattern, value }) => !followsPattern(pattern, value)).map(({ questionId }) => questionId);

/** Whether the caller may know of somebody else's assignment: to others it does not exist. */
function mayKnow(caller: Caller, { accessPackage, policies, live, isApprover, isConcerned }: Found): boolean {
  return isConcerned || isApprover || policies.some(({ isOnBehalf }) => isOnBehalf)
    || (accessPackage !== undefined && reachesPackage(caller, 'readAssignments', { catalogId: accessPackage.catalogId, accessPackageId: accessPackage.id, policyId: live?.policyId }));
}

/** Facts of a caller that asks for itself and has not said how; undefined when there is nothing to ask for. */
export function gatherNothing({ caller }: AskingWork, { accessPackage, target, ...rest }: Found): Facts | undefined {
  if (accessPackage?.isPublished !== true || target === undefined) return undefined;
  const asked: Asked = { type: 'userAdd', justification: null, answers: [], schedule: {} };
  return { ...rest, asked, accessPackage, target, isAdmin: false, callerId: caller.principalId, namedPolicyId: undefined };
}

/** What does not exist and what is not the caller's are answered alike. */
function refuseUnknown(asked: Asked, named: Named, { accessPackage }: Found): never {
  if (wishOf[asked.type] !== 'Add') refuse('notFound', { value: named.assignmentId ?? 'assignment' });
  if (!asked.type.startsWith('admin')) return answerRefusal([notRequestable]);
  const [field, value] = accessPackage === undefined ? ['assignment/accessPackageId', named.accessPackageId ?? named.policyId ?? ''] : ['assignment/targetId', named.targetId ?? named.targetEmail ?? ''];
  return refuse('danglingReference', { field, value });
}
