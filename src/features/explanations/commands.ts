/** Answers to "may they?" and "why do they?": reads, asks the rules, and tells each caller no more than it may know. */
import { textAt, type JsonRecord } from '../../kernel/json.ts';
import { refuse } from '../../kernel/problem.ts';
import type { Caller } from '../../kernel/caller.ts';
import type { GraphWork, Input } from '../../platform/graph/model.ts';
import type { Facts, Target } from '../requests/model.ts';
import { choosePolicy } from '../requests/rules/policy.ts';
import { loadFacts, type Found } from '../requests/store/facts.ts';
import { entitlementReach, hasReach, reachesPackage } from '../roles/rules.ts';
import type { AccessFacts, Surroundings } from './model.ts';
import { explainAccess, mayKnowPackage, mostNamed, unknownAccess } from './rules/access.ts';
import { explainRole, type Candidate } from './rules/roles.ts';
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
  const isGoverned = governs(work.caller, found);
  const surroundings = await readSurroundings(work.tx, {
    caller: work.caller, targetId: question.principalId, requestorId: question.requestorId, packageId: found.accessPackage?.id, isGoverned,
    deciderIds: decidersIn(found), conflictIds: found.incompatible.filter(({ kind }) => kind === 'accessPackage').map(({ id }) => id),
  });
  const { target, accessPackage } = found;
  if (target === undefined || !mayAskAbout(work.caller, question, { isGoverned, surroundings })) return refuse('notFound', { value: question.principalId });
  const { requestor } = surroundings;
  if (requestor === null) return refuse('danglingReference', { field: 'requestorId', value: question.requestorId });
  if (accessPackage === undefined && entitlementReach(work.caller, 'readAssignments').all) return refuse('notFound', { value: question.accessPackageId });
  const known = accessPackage === undefined ? undefined : { facts: factsOf(question, { ...found, accessPackage, target }), surroundings, isGoverned };
  return known !== undefined && mayKnowPackage(known) ? explainAccess(known, work.now)
    : unknownAccess(question.accessPackageId, { principal: { id: target.id, displayName: target.displayName, kind: target.kind }, requestor });
}

const governs = (caller: Caller, { accessPackage }: Found): boolean => (accessPackage === undefined
  ? entitlementReach(caller, 'readAssignments').all : reachesPackage(caller, 'readAssignments', { catalogId: accessPackage.catalogId, accessPackageId: accessPackage.id }));

/** Of oneself and of those one answers for, as oneself or as them; whoever governs the package asks of everybody, as anybody. */
function mayAskAbout(caller: Caller, { principalId, requestorId }: Question, { isGoverned, surroundings }: { readonly isGoverned: boolean; readonly surroundings: Surroundings }): boolean {
  if (isGoverned) return true;
  return entitlementReach(caller, 'readAssignments').own && surroundings.answersFor && (requestorId === principalId || requestorId === caller.principalId);
}

const decidersIn = ({ policies }: Found): readonly string[] =>
  [...new Set(policies.flatMap(({ stages }) => stages.flatMap(({ primary, fallback }) => [...primary.slice(0, mostNamed), ...fallback.slice(0, mostNamed)])))];

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
  if (known.principal === null || !(isTheirs || known.isGoverned)) return refuse('notFound', { value: question.principalId });
  if (known.resource === null || (known.sources.length === 0 && known.roles.length === 0)) return refuse('notFound', { value: known.resource === null ? question.resourceId : question.role });
  const candidates = known.sources.length > 0 ? [] : await judgeCandidates(work, question.principalId, { known, isTheirs });
  const reads = (place: { readonly catalogId: string; readonly accessPackageId: string }): boolean => isTheirs || reachesPackage(caller, 'readAssignments', place);
  return explainRole({ known, candidates, reads }, work.now);
}

/** What the rules say of each package that gives the role. Of those whom nothing is offered to, whoever does not govern them is told nothing. */
async function judgeCandidates(work: GraphWork, principalId: string, { known, isTheirs }: { readonly known: Awaited<ReturnType<typeof readRoleFacts>>; readonly isTheirs: boolean }): Promise<readonly Candidate[]> {
  const judged: Candidate[] = [];
  for (const { id, displayName } of known.candidates) {
    const asItself = await judge(work, { principalId, requestorId: principalId, accessPackageId: id });
    const isBetterAsked = asItself?.['isAllowed'] !== true && isTheirs && principalId !== work.caller.principalId;
    const asCaller = isBetterAsked ? await judge(work, { principalId, requestorId: work.caller.principalId, accessPackageId: id }) : undefined;
    const explanation = asCaller?.['isAllowed'] === true ? asCaller : asItself;
    if (explanation !== undefined) judged.push({ id, displayName, explanation });
  }
  return judged.toSorted((one, other) => Number(other.explanation['isAllowed']) - Number(one.explanation['isAllowed']));
}

async function judge(work: GraphWork, question: Question): Promise<JsonRecord | undefined> {
  const { accessPackage, target, ...found } = await loadFacts(work.tx, { callerId: question.requestorId, targetId: question.principalId, accessPackageId: question.accessPackageId, isOnlyLooking: true }, work.now);
  if (accessPackage === undefined || target === undefined) return undefined;
  const known: AccessFacts = { facts: factsOf(question, { ...found, accessPackage, target }), surroundings: alone(target), isGoverned: governs(work.caller, { ...found, accessPackage, target }) };
  const isOffered = !('code' in choosePolicy(known.facts));
  return isOffered || mayKnowPackage(known) ? explainAccess(known, work.now) : undefined;
}

/** Nothing around: for answers that name nobody. */
const alone = (target: Target): Surroundings => ({
  answersFor: false, requestor: { id: target.id, displayName: target.displayName, kind: target.kind }, parties: [], showsApprovers: false, requestorSets: [], namedScopes: [], obstacles: [], live: null,
});
