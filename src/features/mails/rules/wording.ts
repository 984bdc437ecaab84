/** What a mail says, in words: a title, sentences, a table of facts and one link. English, short and friendly. Pure. */
import { never } from '../../../kernel/schedule.ts';
import type { Item, MailKind, Outcome, Said } from '../model.ts';
import { instantInWords } from './times.ts';

/** A message before it becomes text or HTML. Nothing in it is escaped. */
export interface Wording {
  /** Subject and heading. */
  readonly title: string;
  readonly sentences: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly link: { readonly says: string; readonly address: string };
  /** Why one gets this mail, and what it cannot do. */
  readonly footer: string;
}

/** The address of an item, which stays the same whatever is served there (docs/decisions/0008-links-in-mail.md). */
export const addressOf = (publicUrl: string, { kind, id }: Item): string => `${publicUrl}/${kind}s/${id}`;

/** Puts a message into words. `publicUrl` without a slash at the end. */
export function wordMail(kind: MailKind, { said, item, publicUrl }: { readonly said: Said; readonly item: Item; readonly publicUrl: string }): Wording {
  const { title, sentences } = words[kind](said);
  return { title, sentences, facts: factsOf(kind, said), link: { says: linkWords[item.kind], address: addressOf(publicUrl, item) }, footer: footerOf(kind) };
}

type Speech = Pick<Wording, 'title' | 'sentences'>;

const packageOf = ({ packageName }: Said): string => `“${packageName}”`;
const requestorOf = ({ requestorName }: Said): string => requestorName ?? 'Somebody';
const targetOf = ({ targetName }: Said): string => targetName ?? 'somebody';
/** Whose request or access it is, seen by the reader: `Your request`, `The request for …`. */
const theRequest = (said: Said): string => (said.isByReader ? 'Your request' : `The request of ${requestorOf(said)}`);
const forWhom = (said: Said): string => {
  if (said.isForReader) return said.isByReader ? '' : ' for you';
  return said.isByReader || !said.isForRequestor ? ` for ${targetOf(said)}` : '';
};
const theAccess = (said: Said): string => (said.isForReader ? `Your access to ${packageOf(said)}` : `The access of ${targetOf(said)} to ${packageOf(said)}`);
const holderHas = (said: Said): string => (said.isForReader ? 'You have' : `${targetOf(said)} has`);
const untilWords = ({ endsAt }: Said): string => (endsAt === null || endsAt === never ? '' : ` until ${instantInWords(endsAt)}`);
const because = ({ reason }: Said): readonly string[] => (reason === null ? [] : [`The reason: ${reason}`]);
const askedAs = (said: Said): string => {
  if (said.want === 'removal') return `that the access of ${targetOf(said)} to ${packageOf(said)} is taken away`;
  const self = said.isForRequestor ? '' : ` for ${targetOf(said)}`;
  return said.want === 'change' ? `that the access to ${packageOf(said)}${self} is changed` : `for ${packageOf(said)}${self}`;
};

const asking = (said: Said, first: string): readonly string[] => [
  first, `${requestorOf(said)} asks ${askedAs(said)}.`,
  ...(said.standsInFor === null ? [] : [`You may decide in the place of ${said.standsInFor}, who has named you as a substitute.`]),
  said.decideBy === null ? 'Please approve or deny the request.' : `Please approve or deny the request by ${instantInWords(said.decideBy)}. If nobody does, it is denied by itself.`,
];

const ended: Readonly<Record<Outcome, string>> = {
  approved: 'has been approved by somebody else', denied: 'has been denied by somebody else', timedOut: 'was not decided in time', closed: 'has been withdrawn or has ended otherwise',
};

const words: Readonly<Record<MailKind, (said: Said) => Speech>> = {
  decisionNeeded: (said) => ({ title: `Please decide: ${requestorOf(said)} asks for ${packageOf(said)}`, sentences: asking(said, 'Your decision is needed.') }),
  decisionEscalated: (said) => ({ title: `Passed on to you: ${requestorOf(said)} asks for ${packageOf(said)}`, sentences: asking(said, 'Nobody has decided so far, so the request is passed on to you.') }),
  decisionReassigned: (said) => ({ title: `Now yours to decide: ${requestorOf(said)} asks for ${packageOf(said)}`, sentences: asking(said, 'You are among those who decide on this request now.') }),
  decisionReminder: (said) => ({ title: `Reminder: ${requestorOf(said)} asks for ${packageOf(said)}`, sentences: asking(said, 'A request still waits for your decision.') }),
  decisionNotNeeded: (said) => ({
    title: `No longer needed: your decision on ${packageOf(said)} for ${targetOf(said)}`,
    sentences: [`The request of ${requestorOf(said)} ${ended[said.outcome ?? 'closed']}.`, 'There is nothing left for you to do.'],
  }),
  requestReceived: (said) => ({
    title: `Received: ${said.isByReader ? 'your request' : 'a request'} for ${packageOf(said)}${forWhom(said)}`,
    sentences: [`${theRequest(said)}${forWhom(said)} has been received.`, said.startsAt === null ? 'You will be told when it is decided. Nothing is needed from you meanwhile.' : `It takes effect at ${instantInWords(said.startsAt)} at the earliest. Nothing is needed from you meanwhile.`],
  }),
  requestApproved: (said) => ({
    title: `Approved: ${packageOf(said)}${forWhom(said)}`,
    sentences: [`${theRequest(said)}${forWhom(said)} is accepted.`, ...(said.startsAt === null ? [] : [`The access begins at ${instantInWords(said.startsAt)}; you will be told.`])],
  }),
  requestDenied: (said) => ({ title: `Denied: ${packageOf(said)}${forWhom(said)}`, sentences: [`${theRequest(said)}${forWhom(said)} has been denied.`, ...because(said)] }),
  requestExpired: (said) => ({
    title: `Not decided in time: ${packageOf(said)}${forWhom(said)}`,
    sentences: [`${theRequest(said)}${forWhom(said)} has been denied because there was no decision.`, ...because(said), 'If the access is still needed, ask again.'],
  }),
  requestCanceled: (said) => ({ title: `Cancelled: the request for ${packageOf(said)}${forWhom(said)}`, sentences: [`${theRequest(said)}${forWhom(said)} has been cancelled by somebody else.`, ...because(said)] }),
  deliveryFailed: (said) => ({
    title: `Could not be carried out: the request for ${packageOf(said)}${forWhom(said)}`,
    sentences: [`${theRequest(said)}${forWhom(said)} could not be carried out.`, ...because(said), 'The administrators of the catalog can try again.'],
  }),
  accessDelivered: (said) => ({
    title: `${said.isForReader ? 'You now have' : `${targetOf(said)} now has`} ${packageOf(said)}`,
    sentences: [`${holderHas(said)} access to ${packageOf(said)}${untilWords(said)}.`, ...partly(said)],
  }),
  accessBegins: (said) => ({ title: `It begins: ${theAccess(said)}`, sentences: [`As arranged, ${holderHas(said).replace(/^You/, 'you')} access to ${packageOf(said)} from now${untilWords(said)}.`, ...partly(said)] }),
  accessExtended: (said) => ({ title: `Changed: ${theAccess(said)}`, sentences: [said.endsAt === never ? `${theAccess(said)} has no end now.` : `${theAccess(said)} holds${untilWords(said)}.`, ...partly(said)] }),
  accessEndsSoon: (said) => ({
    title: `${theAccess(said)} ends soon`,
    sentences: [`${theAccess(said)} ends at ${instantInWords(said.endsAt ?? '')}.`, said.mayExtend ? 'If it is still needed, ask for more time before then. If nothing is done, it ends by itself.' : 'It ends by itself; nothing needs to be done.'],
  }),
  accessEnded: (said) => ({ title: `${theAccess(said)} has ended`, sentences: [`${theAccess(said)} has reached its end.`, 'If it is still needed, a new request can be made.'] }),
  accessRemoved: (said) => ({ title: `${theAccess(said)} was removed`, sentences: [`${theAccess(said)} has been taken away.`, ...because(said)] }),
};

const partly = ({ isPartial, reason }: Said): readonly string[] => (isPartial ? [`Not everything could be given yet${reason === null ? '.' : `: ${reason}`}`] : []);

const linkWords: Readonly<Record<Item['kind'], string>> = { request: 'The request', approval: 'The request that waits for a decision', assignment: 'The access' };

function factsOf(kind: MailKind, said: Said): Wording['facts'] {
  const isOver = kind === 'accessEnded' || kind === 'accessRemoved' || kind === 'decisionNotNeeded';
  return [
    ['Access package', said.packageName],
    ...row('Asked for by', said.requestorName), ...row('For', said.targetName),
    ...row('Begins', said.startsAt === null ? null : instantInWords(said.startsAt)),
    ...row('Ends', isOver && said.endsAt === never ? null : endWords(said)),
    ...row('Why it is asked for', said.justification),
    ...(kind.startsWith('decision') && kind !== 'decisionNotNeeded' ? row('To be decided by', said.decideBy === null ? null : instantInWords(said.decideBy)) : []),
  ];
}

const row = (name: string, value: string | null): Wording['facts'] => (value === null || value === '' ? [] : [[name, value]]);

function endWords({ endsAt, isEndEstimated, want }: Said): string | null {
  if (endsAt === null || want === 'removal') return null;
  if (endsAt === never) return 'never';
  return isEndEstimated ? `${instantInWords(endsAt)}, if it began at once` : instantInWords(endsAt);
}

const footerOf = (kind: MailKind): string => `You get this mail because ${kind.startsWith('decision') ? 'you are asked to decide on requests' : 'you asked for access, have it, or answer for an agent or program that has it'}. `
  + 'The link says how to see and do it, signed in as yourself; opening it decides nothing. Nobody reads answers to this address.';
