/** Answers to "may they?" and "why do they?": reads, asks the rules, and tells each caller no more than it may know. */
import { textAt, type JsonRecord } from '../../kernel/json.ts';
import { refuse } from '../../kernel/problem.ts';
import type { Caller } from '../../kernel/caller.ts';
import type { GraphWork, Input } from '../../platform/graph/model.ts';
import type { Facts, Target } from '../requests/model.ts';
import { choosePolicy } from '../requests/rules/policy.ts';
import { loadFacts, type Found } from '../requests/store/facts.ts';
import { loadFactsOfSeveral } from '../requests/store/several.ts';
import { entitlementReach, hasReach, reachesPackage, type PackagePlace } from '../roles/rules.ts';
import type { AccessFacts, RoleFacts, Surroundings } from './model.ts';
import { explainAccess, mayKnowPackage, unknownAccess } from './rules/access.ts';
import { explainRole, type Candidate } from './rules/roles.ts';
import { mostNamed } from './rules/stages.ts';
import { readRoleFacts } from './store/roles.ts';
import { readSurroundings } from './store/surroundings.ts';

/** Whom it is about, as whom it is asked, and which package. */
interface Question {
  readonly principalId: string;
  readonly requestorId: string;
  readonly accessPackageId: string;
}

const idOf = (given: JsonRecord, name: string): string => textAt(given, name) ?? refuse('missingProperty', { field: name, mend: 'Give it in the parentheses.' });

/** `explain(principalId, accessPackageId)`. */
export async function explainPackage(work: GraphWork, { arguments: given }: Input): Promise<JsonRecord> {
  const principalId = idOf(given, 'principalId');
  return await answerAccess(work, { principalId, requestorId: textAt(given, 'requestorId') ?? principalId, accessPackageId: idOf(given, 'accessPackageId') });
}

function needsSight(caller: Caller): void {
  const reach = entitlementReach(caller, 'readAssignments');
  if (!hasReach(reach) && !reach.own) refuse('forbidden', { reason: 'This takes a permission such as EntitlementManagement.Read.All, or, for what is one\'s own, EntitlementMgmt-SubjectAccess.ReadWrite or EntitlementManagement.SelfRequest.' });
}

async function answerAccess(work: GraphWork, question: Question): Promise<JsonRecord> {
  needsSight(work.caller);
  const found = await loadFacts(work.tx, { callerId: question.requestorId, targetId: question.principalId, accessPackageId: question.accessPackageId, isOnlyLooking: true }, work.now);
  const governs = governed(work.caller, found);
  const surroundings = await readSurroundings(work.tx, {
    caller: work.caller, targetId: question.principalId, requestorId: question.requestorId, packageId: found.accessPackage?.id, isGoverned: governs.isGoverned,
    deciderIds: decidersIn(found), conflictIds: found.incompatible.filter(({ kind }) => kind === 'accessPackage').map(({ id }) => id),
  });
  const { target, accessPackage } = found;
  if (target === undefined || !mayAskAbout(work.caller, question, { ...governs, surroundings })) return refuse('notFound', { value: question.principalId });
  const { requestor } = surroundings;
  if (requestor === null) return refuse('danglingReference', { field: 'requestorId', value: question.requestorId });
  if (accessPackage === undefined && entitlementReach(work.caller, 'readAssignments').all) return refuse('notFound', { value: question.accessPackageId });
  const known = accessPackage === undefined ? undefined : { facts: factsOf(question, { ...found, accessPackage, target }), surroundings, ...governs };
  return known !== undefined && mayKnowPackage(known) ? explainAccess(known, work.now)
    : unknownAccess(question.accessPackageId, { principal: { id: target.id, displayName: target.displayName, kind: target.kind }, requestor });
}

type Governed = Pick<AccessFacts, 'isGoverned' | 'governedPolicyIds'>;

/** What the caller governs of a package: all of it, or some of its policies. */
function governed(caller: Caller, { accessPackage, policies }: Found): Governed {
  const { all, policyIds } = entitlementReach(caller, 'readAssignments');
  if (accessPackage === undefined) return { isGoverned: all, governedPolicyIds: [] };
  if (reachesPackage(caller, 'readAssignments', { catalogId: accessPackage.catalogId, accessPackageId: accessPackage.id })) return { isGoverned: true, governedPolicyIds: [] };
  return { isGoverned: false, governedPolicyIds: policies.map(({ policy }) => policy.id).filter((id) => policyIds.includes(id)) };
}

/** Of oneself and of those one answers for, as oneself or as them; whoever governs the package or a policy of it asks of everybody, as anybody. */
function mayAskAbout(caller: Caller, { principalId, requestorId }: Question, { isGoverned, governedPolicyIds, surroundings }: Governed & { readonly surroundings: Surroundings }): boolean {
  if (isGoverned || governedPolicyIds.length > 0) return true;
  return entitlementReach(caller, 'readAssignments').own && surroundings.answersFor && (requestorId === principalId || requestorId === caller.principalId);
}

const decidersIn = ({ policies }: Found): readonly string[] =>
  [...new Set(policies.flatMap(({ stages }) => stages.flatMap(({ primary, fallback, escalation = [], fallbackEscalation = [] }) => [primary, fallback, escalation, fallbackEscalation].flatMap((ids) => ids.slice(0, mostNamed)))))];

/** The facts of whoever asks now, and brings nothing yet. */
const factsOf = ({ requestorId }: Question, found: Found & Pick<Facts, 'accessPackage' | 'target'>): Facts => ({
  ...found, asked: { type: 'userAdd', justification: null, answers: [], schedule: {} }, callerId: requestorId, isAdmin: false, isApprover: false, namedPolicyId: undefined,
});

/** `explain(principalId, resourceId, roleId)`. */
export async function explainHolding(work: GraphWork, { arguments: given }: Input): Promise<JsonRecord> {
  needsSight(work.caller);
  const { caller } = work;
  const question = { caller, principalId: idOf(given, 'principalId'), resourceId: idOf(given, 'resourceId'), role: idOf(given, 'roleId') };
  const known = await readRoleFacts(work.tx, question);
  const isTheirs = entitlementReach(caller, 'readAssignments').own && known.answersFor;
  if (known.principal === null || !(isTheirs || known.isGoverned || known.isPartlyGoverned)) return refuse('notFound', { value: question.principalId });
  const candidates = known.sources.length > 0 ? [] : await judgeCandidates(work, question.principalId, { known, isTheirs });
  if (known.resource === null || !mayKnowResource(known, candidates)) return refuse('notFound', { value: question.resourceId });
  if (known.sources.length === 0 && known.roles.length === 0) return refuse('notFound', { value: question.role });
  const reads = (place: PackagePlace): boolean => isTheirs || reachesPackage(caller, 'readAssignments', place);
  return explainRole({ known, candidates, reads, isWholeTold: isTheirs || known.isGoverned }, work.now);
}

/** Whether the caller may know that a resource is there, and what it is called: it sees or governs it, or whoever it asks about has something to do with it. */
const mayKnowResource = ({ isSeen, isGoverned, isPartlyGoverned, sources, traces }: RoleFacts, candidates: readonly Candidate[]): boolean =>
  isSeen || isGoverned || isPartlyGoverned || [sources, traces, candidates].some((some) => some.length > 0);

/** What the rules say of each package that gives the role. Of those whom nothing is offered to, whoever does not govern them is told nothing. */
async function judgeCandidates(work: GraphWork, principalId: string, { known, isTheirs }: { readonly known: Awaited<ReturnType<typeof readRoleFacts>>; readonly isTheirs: boolean }): Promise<readonly Candidate[]> {
  const askers = isTheirs && principalId !== work.caller.principalId ? [principalId, work.caller.principalId] : [principalId];
  const asked = known.candidates.flatMap(({ id }) => askers.map((callerId) => ({ callerId, accessPackageId: id })));
  const found = asked.length === 0 ? [] : await loadFactsOfSeveral(work.tx, { targetId: principalId, asked }, work.now);
  const judged = known.candidates.flatMap(({ id, displayName }, index): readonly Candidate[] => {
    const told = askers.map((requestorId, nth) => judge(work, { principalId, requestorId, accessPackageId: id }, { found: found[index * askers.length + nth], isTheirs }));
    const explanation = told.find((one) => one?.['isAllowed'] === true) ?? told[0];
    return explanation === undefined ? [] : [{ id, displayName, explanation }];
  });
  return judged.toSorted((one, other) => Number(other.explanation['isAllowed']) - Number(one.explanation['isAllowed']));
}

function judge(work: GraphWork, question: Question, { found, isTheirs }: { readonly found: Found | undefined; readonly isTheirs: boolean }): JsonRecord | undefined {
  const { accessPackage, target } = found ?? {};
  if (found === undefined || accessPackage === undefined || target === undefined) return undefined;
  const known: AccessFacts = { facts: factsOf(question, { ...found, accessPackage, target }), surroundings: alone(target, isTheirs), ...governed(work.caller, found) };
  const isOffered = !('code' in choosePolicy(known.facts));
  return isOffered || mayKnowPackage(known) ? explainAccess(known, work.now) : undefined;
}

/** Nothing around: for answers that name nobody. */
const alone = (target: Target, answersFor: boolean): Surroundings => ({
  answersFor, requestor: { id: target.id, displayName: target.displayName, kind: target.kind }, parties: [], showsApprovers: false, requestorSets: [], namedScopes: [], obstacles: [], live: null,
});
