/** The vocabulary of the stories: every sentence that a feature file may say. */
import { expect } from 'vitest';
import { policyIn } from './policy-table.ts';
import { millisecondsIn, nameIn, namesIn, stepKind, type Act, type StepKind, type Story } from './read.ts';
import { codesIn } from './reasons.ts';
import { runningSteps } from './running-steps.ts';
import type { Asking, Content, World } from './world.ts';

const given = (sentence: string, act: (world: World, words: readonly string[], rows: readonly (readonly string[])[]) => Promise<void>): StepKind => stepKind(sentence, false, async ({ world }, words, rows) => { await act(world, words, rows); });

/** Somebody tries something; what they are answered is looked at by a later step. */
const when = (sentence: string, act: (world: World, words: readonly string[]) => Promise<Story['refused']>): StepKind =>
  stepKind(sentence, false, async (story, words) => { story.refused = await act(story.world, words); });

const then = (sentence: string, act: Act): StepKind => stepKind(sentence, true, act);

const addPeople = async (world: World, names: string | undefined): Promise<void> => {
  for (const name of namesIn(names)) await world.addIdentity({ name, kind: 'user' });
};

const contents: readonly Content[] = ['an application role', 'an API permission', 'a role-assignable group'];

const things: readonly StepKind[] = [
  given('the people {whos}', async (world, [names]) => { await addPeople(world, names); }),
  given('the connected organization {text}', async (world, [name = '']) => { await world.addOrganization(name, 'configured'); }),
  given('the proposed organization {text}', async (world, [name = '']) => { await world.addOrganization(name, 'proposed'); }),
  given('the guest {who} of {text}', async (world, [name, organization = '']) => { await world.addIdentity({ name: nameIn(name), kind: 'user', isGuest: true, organization }); }),
  given('the guest {who} of no organization', async (world, [name]) => { await world.addIdentity({ name: nameIn(name), kind: 'user', isGuest: true }); }),
  given('the agent {text}, sponsored by {whos}', async (world, [name = '', sponsors]) => { await world.addIdentity({ name, kind: 'agentIdentity', sponsors: namesIn(sponsors) }); }),
  given('the agent {text}, sponsored by {whos}, owned by {whos}', async (world, [name = '', sponsors, owners]) => { await world.addIdentity({ name, kind: 'agentIdentity', sponsors: namesIn(sponsors), owners: namesIn(owners) }); }),
  given('the application {text}, owned by {whos}', async (world, [name = '', owners]) => { await world.addIdentity({ name, kind: 'servicePrincipal', owners: namesIn(owners) }); }),
  given('the group {text} with {whos}', async (world, [name = '', members]) => { await world.addGroup(name, namesIn(members)); }),
  given('{who} is the manager of {who}', async (world, [manager, who]) => { await world.setManager(nameIn(who), nameIn(manager)); }),
  given('{who} sponsors {who}', async (world, [sponsor, who]) => { await world.addSponsor(nameIn(who), nameIn(sponsor)); }),
  given('{who} is an internal sponsor of {text}', async (world, [sponsor, name = '']) => { await world.addOrganizationSponsor(name, nameIn(sponsor), 'internal'); }),
  given('{who} is an external sponsor of {text}', async (world, [sponsor, name = '']) => { await world.addOrganizationSponsor(name, nameIn(sponsor), 'external'); }),
  given('{who} is an administrator', async (world, [who]) => { await world.giveRole(nameIn(who), 'administrator'); }),
  given('{who} manages assignments', async (world, [who]) => { await world.giveRole(nameIn(who), 'assignment manager'); }),
  given('{who} owns the catalog', async (world, [who]) => { await world.giveRole(nameIn(who), 'catalog owner'); }),
  given('the access package {text}', async (world, [name = '']) => { await world.addPackage(name, { isPublished: true, content: 'an application role' }); }),
  given('the access package {text} with {words}', async (world, [name = '', words]) => { await world.addPackage(name, { isPublished: true, content: contents.find((one) => one === words) ?? expect.unreachable(`no package holds ${words ?? ''}`) }); }),
  given('the access package {text}, which is not published', async (world, [name = '']) => { await world.addPackage(name, { isPublished: false, content: 'an application role' }); }),
  given('{text} and {text} exclude each other', async (world, [one = '', other = '']) => { await world.excludePackage(one, other); }),
  given('{text} excludes the members of {text}', async (world, [one = '', group = '']) => { await world.excludeGroup(one, group); }),
  given('the policy {text} of {text}', async (world, [name = '', packageName = ''], rows) => { await world.addPolicy(policyIn(name, packageName, rows)); }),
];

const events: readonly StepKind[] = [
  given('{span} pass', async (world, [span]) => { await world.pass(millisecondsIn(span)); }),
  given('{span} passes', async (world, [span]) => { await world.pass(millisecondsIn(span)); }),
  given('{who} leaves {text}', async (world, [who, group = '']) => { await world.leaveGroup(nameIn(who), group); }),
  given('{who} is disabled', async (world, [who]) => { await world.disable(nameIn(who)); }),
  given('{who} is deleted', async (world, [who]) => { await world.remove(nameIn(who)); }),
];

const asks = (sentence: string, of: (words: readonly string[]) => Asking): StepKind => when(sentence, async (world, words) => await world.ask(nameIn(words[0]), of(words)));
const add = (packageName: string | undefined, more: Partial<Asking> = {}): Asking => ({ type: 'userAdd', packageName: packageName ?? '', ...more });

const attempts: readonly StepKind[] = [
  asks('{who} asks for {text}', ([, one]) => add(one)),
  asks('{who} asks for {text} for {who}', ([, one, target]) => add(one, { target: nameIn(target) })),
  asks('{who} asks for {text} under {text}', ([, one, policy]) => add(one, { policy })),
  asks('{who} asks for {text}, saying {text}', ([, one, because]) => add(one, { because })),
  asks('{who} asks for {text}, answering {text}', ([, one, answer]) => add(one, { answer })),
  asks('{who} asks for {text}, beginning in {span}', ([, one, from]) => add(one, { from: millisecondsIn(from) })),
  asks('{who} asks for {text}, beginning {span} ago', ([, one, from]) => add(one, { from: -millisecondsIn(from) })),
  asks('{who} asks for {text}, ending in {span}', ([, one, until]) => add(one, { until: millisecondsIn(until) })),
  asks('{who} asks for {text}, beginning in {span} and ending in {span}', ([, one, from, until]) => add(one, { from: millisecondsIn(from), until: millisecondsIn(until) })),
  asks('{who} assigns {text} to {who}', ([, one, target]) => add(one, { type: 'adminAdd', target: nameIn(target) })),
  asks('{who} assigns {text} to {who} under {text}', ([, one, target, policy]) => add(one, { type: 'adminAdd', target: nameIn(target), policy })),
  asks('{who} extends {text}', ([, one]) => add(one, { type: 'userUpdate' })),
  asks('{who} extends {text} for {who}', ([, one, target]) => add(one, { type: 'userUpdate', target: nameIn(target) })),
  asks('{who} extends {text}, answering {text}', ([, one, answer]) => add(one, { type: 'userUpdate', answer })),
  asks('{who} extends {text}, ending in {span}', ([, one, until]) => add(one, { type: 'userUpdate', until: millisecondsIn(until) })),
  asks('{who} sets {text} of {who} to end in {span}', ([, one, target, until]) => add(one, { type: 'adminUpdate', target: nameIn(target), until: millisecondsIn(until) })),
  asks('{who} returns {text}', ([, one]) => add(one, { type: 'userRemove' })),
  asks('{who} returns {text} for {who}', ([, one, target]) => add(one, { type: 'userRemove', target: nameIn(target) })),
  asks('{who} takes {text} from {who}', ([, one, target]) => add(one, { type: 'adminRemove', target: nameIn(target) })),
  asks('{who} revokes {text} of {who} as its approver', ([, one, target]) => add(one, { type: 'approverRemove', target: nameIn(target) })),
  when('{who} names {who} as substitute for {span}', async (world, [who, substitute, span]) => await world.nameSubstitute(nameIn(who), nameIn(substitute), millisecondsIn(span))),
  when('{who} approves the request', async (world, [who]) => await world.decide(nameIn(who), { result: 'Approve' })),
  when('{who} approves the request, saying {text}', async (world, [who, because]) => await world.decide(nameIn(who), { result: 'Approve', because })),
  when('{who} denies the request', async (world, [who]) => await world.decide(nameIn(who), { result: 'Deny' })),
  when('{who} cancels the request', async (world, [who]) => await world.cancel(nameIn(who))),
];

const states: Readonly<Record<string, string>> = {
  'waits for approval': 'pendingApproval', 'is delivered': 'delivered', 'is denied': 'denied', 'is cancelled': 'canceled', 'waits for its start': 'scheduled', 'could not be delivered': 'deliveryFailed', 'is partly delivered': 'partiallyDelivered', 'waits for the program': 'submitted',
};

/** Whether access ends when a story says: to the second, but for what the story itself took. */
const near = (milliseconds: number | undefined, wanted: number): boolean => milliseconds !== undefined && milliseconds <= wanted + 1000 && milliseconds > wanted - 60_000;

const outcomes: readonly StepKind[] = [
  then('it is refused because {words}', async (story, [words = '']) => {
    expect(story.refused?.toSorted()).toEqual(codesIn(words));
    story.refused = undefined;
  }),
  then('the request {words}', async ({ world }, [words = '']) => {
    const [, verb = '', why] = /^(.+?)(?: because (.+))?$/.exec(words) ?? [];
    const { state, codes } = await world.request();
    expect(state).toBe(states[verb] ?? expect.unreachable(`no request ${verb}`));
    if (why !== undefined) expect(codes.toSorted()).toEqual(codesIn(why));
  }),
  then('stage {number} waits for {whos}', async ({ world }, [number, names]) => {
    const stage = (await world.request()).stages[Number(number) - 1];
    expect({ status: stage?.status, approvers: stage?.approvers.toSorted() }).toEqual({ status: 'InProgress', approvers: namesIn(names).toSorted() });
  }),
  then('{who} has {text} for {span}', async ({ world }, [who, one = '', span]) => {
    const held = await world.held(nameIn(who), one);
    expect([held?.endsIn, near(held?.endsIn, millisecondsIn(span))]).toEqual([held?.endsIn, true]);
  }),
  then('{who} has {text} for ever', async ({ world }, [who, one = '']) => { expect(await world.held(nameIn(who), one)).toEqual({ endsIn: undefined }); }),
  then('{who} does not have {text}', async ({ world }, [who, one = '']) => { expect(await world.held(nameIn(who), one)).toBeUndefined(); }),
];

/** The whole vocabulary. */
export const steps: readonly StepKind[] = [...things, ...events, ...attempts, ...outcomes, ...runningSteps];
