/** Who is told what of which step: one table. Pure. */
import { accessKinds, type Decider, type Item, type MailKind, type Message, type Outcome, type Said, type StepFacts, type Want } from '../model.ts';
import { lastNotice } from './notices.ts';
import { endToTell } from './times.ts';

/** Somebody who is to be told. */
interface Reader {
  readonly id: string;
  readonly standsInFor: string | null;
  readonly mayExtend: boolean;
}

/** One row of the table: of these steps, when this holds, these are told this. */
interface Telling {
  readonly noun: 'accessPackageAssignmentRequest' | 'approvalStage' | 'accessPackageAssignment';
  /** Undefined: whichever. */
  readonly events?: readonly string[];
  /** States that the step led to; undefined: whichever. */
  readonly to?: readonly string[];
  readonly when?: (facts: StepFacts) => boolean;
  readonly kind: MailKind;
  readonly readers: (facts: StepFacts) => readonly Reader[];
}

const reader = (id: string, more: Partial<Reader> = {}): Reader => ({ id, standsInFor: null, mayExtend: false, ...more });

/** Somebody who asked for somebody else by right of office: told of failures only (contract §1.7). */
const isAdministrative = ({ request }: StepFacts): boolean => request?.type.startsWith('admin') === true;
const isByHand = ({ request }: StepFacts): boolean => request?.type.startsWith('user') === true || request?.type === 'approverRemove';

const requestor = ({ requestor: one }: StepFacts): readonly Reader[] => (one?.isPerson === true ? [reader(one.id)] : []);
const personWhoReceives = ({ target, policy }: StepFacts): readonly Reader[] => (target.isPerson ? [reader(target.id, { mayExtend: policy.holdersMayExtend })] : []);
/** Whoever has the access, or answers for the agent or program that has it. */
const holders = (facts: StepFacts): readonly Reader[] => (
  facts.target.isPerson ? personWhoReceives(facts) : facts.guardianIds.map((id) => reader(id, { mayExtend: facts.policy.guardiansMayExtend })));
const parties = (facts: StepFacts): readonly Reader[] => [...requestor(facts), ...personWhoReceives(facts)];
const requestorAndHolders = (facts: StepFacts): readonly Reader[] => [...(isAdministrative(facts) ? [] : requestor(facts)), ...holders(facts)];
const withoutActor = (readers: (facts: StepFacts) => readonly Reader[]) => (facts: StepFacts): readonly Reader[] => readers(facts).filter(({ id }) => id !== facts.step.actorId);

const deciderReader = ({ id, standsInFor }: Decider): Reader => reader(id, { standsInFor: standsInFor === null ? null : standsInFor.name ?? 'a colleague' });
/** Who would otherwise go on thinking about it. */
const told = ({ stage }: StepFacts): readonly Reader[] => (stage?.toldIds ?? []).map((id) => reader(id));
const undecided = ({ stage }: StepFacts): readonly Reader[] => (stage?.deciders ?? []).filter(({ hasDecided }) => !hasDecided).map(deciderReader);
/** Who was asked with this step, and who stands in. */
const askedNow = ({ stage, step }: StepFacts): readonly Reader[] => (
  stage?.deciders ?? []).filter(({ id, standsInFor }) => step.asked !== null && (standsInFor?.id ?? id) === step.asked.id).map(deciderReader);

const wants = (...wanted: readonly Want[]) => (facts: StepFacts): boolean => wanted.includes(wantOf(facts));
const asRole = (isEscalation: boolean, isOpening?: boolean) => ({ step: { asked } }: StepFacts): boolean => (
  asked !== null && (asked.role === 'escalation') === isEscalation && (isOpening === undefined || asked.isOpening === isOpening));

const isTimeOut = (event: string): boolean => event.endsWith('TimedOut');
const [request, stage, assignment] = ['accessPackageAssignmentRequest', 'approvalStage', 'accessPackageAssignment'] as const;
const delivered = ['delivered', 'partiallyDelivered'];

/** The whole table; every row whose step fits is told. */
export const tellings: readonly Telling[] = [
  { noun: request, events: ['submit'], to: ['submitted', 'pendingApproval', 'scheduled'], when: isByHand, kind: 'requestReceived', readers: parties },
  { noun: request, events: ['stageApproved', 'resumeApproved', 'resumeCreated'], to: ['scheduled'], when: isByHand, kind: 'requestApproved', readers: parties },
  { noun: request, to: ['denied'], when: ({ step }) => !isTimeOut(step.event), kind: 'requestDenied', readers: parties },
  { noun: request, to: ['denied'], when: ({ step }) => isTimeOut(step.event), kind: 'requestExpired', readers: parties },
  { noun: request, to: ['canceled'], kind: 'requestCanceled', readers: withoutActor(parties) },
  { noun: request, events: ['deliveryDone'], to: ['deliveryFailed'], kind: 'deliveryFailed', readers: parties },
  { noun: request, events: ['deliveryDone'], to: delivered, when: (facts) => wantOf(facts) === 'grant' && facts.request?.wasScheduled === false, kind: 'accessDelivered', readers: requestorAndHolders },
  { noun: request, events: ['deliveryDone'], to: delivered, when: (facts) => wantOf(facts) === 'grant' && facts.request?.wasScheduled === true, kind: 'accessBegins', readers: requestorAndHolders },
  { noun: request, events: ['deliveryDone'], to: delivered, when: wants('change'), kind: 'accessExtended', readers: requestorAndHolders },
  { noun: stage, events: ['asked'], when: asRole(false, true), kind: 'decisionNeeded', readers: askedNow },
  { noun: stage, events: ['asked'], when: asRole(false, false), kind: 'decisionReassigned', readers: askedNow },
  { noun: stage, events: ['asked'], when: asRole(true), kind: 'decisionEscalated', readers: askedNow },
  { noun: stage, events: ['remind'], kind: 'decisionReminder', readers: undecided },
  { noun: stage, events: ['approve', 'deny', 'timeOut', 'close'], to: ['Completed', 'Expired'], kind: 'decisionNotNeeded', readers: withoutActor(told) },
  { noun: assignment, events: ['endNears'], when: ({ assignment: one }) => one?.isLive === true && one.endsAt !== null, kind: 'accessEndsSoon', readers: (facts) => holders(facts).filter(({ mayExtend }) => mayExtend || !facts.target.isPerson) },
  { noun: assignment, events: ['end'], when: ({ assignment: one }) => one?.isRemoved === true, kind: 'accessRemoved', readers: withoutActor(holders) },
  { noun: assignment, events: ['end'], when: ({ assignment: one }) => one?.isRemoved === false, kind: 'accessEnded', readers: holders },
];

const mutable: ReadonlySet<MailKind> = new Set(accessKinds);

/** The mails that a step causes. A policy that mutes its assignments mutes everything but what is said to those who decide. */
export function decideMails(facts: StepFacts): readonly Message[] {
  return tellings.filter((telling) => fits(telling, facts)).flatMap(({ kind, readers }) => (
    distinct(readers(facts)).map((one) => messageOf(facts, kind, one))));
}

const fits = ({ noun, events, to, when, kind }: Telling, facts: StepFacts): boolean => noun === facts.step.noun && (events === undefined || events.includes(facts.step.event))
  && (to === undefined || to.includes(facts.step.to ?? '')) && (when?.(facts) ?? true) && !(facts.policy.isMuted && mutable.has(kind));

/** Nobody twice. Whoever decides in their own right is not told that they stand in; whoever may extend is told so. */
function distinct(readers: readonly Reader[]): readonly Reader[] {
  return readers.filter(({ id }, at) => readers.findIndex((one) => one.id === id) === at).map((first) => {
    const same = readers.filter(({ id }) => id === first.id);
    return { ...first, standsInFor: same.some(({ standsInFor }) => standsInFor === null) ? null : first.standsInFor, mayExtend: same.some(({ mayExtend }) => mayExtend) };
  });
}

/** What the request behind a step wants. */
export function wantOf({ request: one }: Pick<StepFacts, 'request'>): Want {
  if (one?.type.endsWith('Remove') === true) return 'removal';
  return one?.type.endsWith('Update') === true ? 'change' : 'grant';
}

function messageOf(facts: StepFacts, kind: MailKind, { id, standsInFor, mayExtend }: Reader): Message {
  const item = itemOf(facts, kind);
  return {
    kind, recipientId: id, key: keyOf(facts, kind), threadId: facts.request?.id ?? item.id, item, said: { ...saidOf(facts, id), standsInFor, mayExtend },
    stageId: facts.stage?.id ?? null, assignmentId: facts.assignment?.id ?? null,
  };
}

/** What is told once: of a stage that one is asked, of an end that it comes, of a delivery how it went, of any other step the step itself. */
function keyOf({ step, request: asked, stage: at, assignment: held }: StepFacts, kind: MailKind): string {
  if (step.asked !== null) return `${step.asked.role === 'escalation' ? 'escalated' : 'asked'}:${at?.id ?? ''}`;
  if (kind === 'accessEndsSoon') return `${kind}:${held?.id ?? ''}:${held?.endsAt ?? ''}:${lastNotice(held?.endsAt ?? '', step.at)}`;
  // Deliveries are tried again by themselves: that one fails still is no news.
  if (step.event === 'deliveryDone') return `${kind}:${asked?.id ?? ''}:${step.to ?? ''}`;
  return `${kind}:${step.transitionId ?? step.id}`;
}

function itemOf({ step, request: asked, assignment: held }: StepFacts, kind: MailKind): Item {
  if (step.noun === stage) return { kind: 'approval', id: asked?.id ?? '' };
  const isHeld = held !== null && (step.noun === assignment || ['accessDelivered', 'accessBegins', 'accessExtended'].includes(kind));
  return isHeld ? { kind: 'assignment', id: held.id } : { kind: 'request', id: asked?.id ?? '' };
}

const outcomes: Readonly<Record<string, Outcome>> = { approve: 'approved', deny: 'denied', timeOut: 'timedOut', close: 'closed' };

function saidOf(facts: StepFacts, readerId: string): Said {
  const { step, request: asked, assignment: held, requestor: by, target, stage: at } = facts;
  const isStanding = held !== null && (step.noun === assignment || delivered.includes(step.to ?? ''));
  const end = isStanding ? { endsAt: held.endsAt ?? 'never', isEndEstimated: false } : endToTell({ asked: asked?.expiration, policy: facts.policy.expiration, startsAt: asked?.startsAt ?? null, at: step.at });
  return {
    packageName: facts.packageName, requestorName: by?.name ?? null, targetName: target.name, isByReader: by?.id === readerId, isForReader: target.id === readerId, isForRequestor: by?.id === target.id,
    want: wantOf(facts), justification: asked?.justification ?? null, reason: reasonOf(facts), startsAt: isStanding ? held.startsAt : asked?.startsAt ?? null, ...end,
    decideBy: at?.decideBy ?? null, outcome: outcomes[step.event] ?? null, standsInFor: null, isPartial: step.to === 'partiallyDelivered', mayExtend: false,
  };
}

/** What somebody said about it, else what the server found. */
function reasonOf({ step, request: asked, assignment: held }: StepFacts): string | null {
  if (step.noun === assignment) return held?.removal ?? null;
  const said = { stageDenied: asked?.denial, callbackDenied: asked?.callback, callbackCanceled: asked?.callback }[step.event];
  return said ?? ((asked?.failures ?? []).join(' ') || null);
}
