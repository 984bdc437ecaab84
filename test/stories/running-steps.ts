/** Sentences about what runs by itself, and about what can be seen over HTTP only. */
import { expect, vi } from 'vitest';
import { durationIn, millisecondsIn, nameIn, namesIn, stepKind, type Act, type StepKind, type Story } from './read.ts';
import { codesIn } from './reasons.ts';
import type { RuledPlan, Running } from './running.ts';
import type { OneThing, RoleOnOne, Served } from './served.ts';
import type { World } from './world.ts';

const running = ({ depth, running: found }: World): Running => found ?? expect.unreachable(`nothing runs by itself on ${depth}: tag the story @database`);
const served = ({ depth, served: found }: World): Served => found ?? expect.unreachable(`nothing is served on ${depth}: tag the story @http`);

const given = (sentence: string, act: (world: World, words: readonly string[], rows: readonly (readonly string[])[]) => Promise<void>): StepKind => stepKind(sentence, false, async ({ world }, words, rows) => { await act(world, words, rows); });
const when = (sentence: string, act: (world: World, words: readonly string[]) => Promise<Story['refused']>): StepKind =>
  stepKind(sentence, false, async (story, words) => { story.refused = await act(story.world, words); });
const then = (sentence: string, act: Act): StepKind => stepKind(sentence, true, act);

/** Does what is due until something is so. A server does it at its own time, and the story with it. */
async function comes(world: World, holds: () => Promise<void>): Promise<void> {
  await vi.waitFor(async () => {
    await running(world).settle();
    await holds();
  }, { timeout: 30_000, interval: 50 });
}

const known = new Set(['to whom', 'stays for', 'asks an administrator']);

function ruledPlan(name: string, packageName: string, rows: readonly (readonly string[])[]): RuledPlan {
  const cells = new Map(rows.map(([key = '', value = '']) => [key, value]));
  for (const key of cells.keys()) if (!known.has(key)) throw new Error(`nobody understands the row '${key}'`);
  const whom = cells.get('to whom') ?? '';
  const [department, tag] = [/^people in '([^']+)'$/.exec(whom)?.[1], /^agents of the blueprint that are tagged '([^']+)'$/.exec(whom)?.[1]];
  if (department === undefined && tag === undefined) throw new Error(`nobody understands to whom '${whom}' is`);
  return {
    name, packageName, word: department ?? tag ?? '', isForAgents: tag !== undefined, asksFirst: cells.get('asks an administrator') === 'before it takes anything', grace: cells.get('stays for') === undefined ? undefined : durationIn(cells.get('stays for')),
    rule: tag === undefined ? `user.department -eq "${department ?? ''}"` : `agent.blueprintId -eq "{blueprint}" -and agent.tags -any (_ -eq "${tag}")`,
  };
}

const automatic: readonly StepKind[] = [
  given('the policy {text} gives {text} by itself', async (world, [name = '', one = ''], rows) => { await running(world).addRuledPolicy(ruledPlan(name, one, rows)); }),
  given('{whos} works in {text}', async (world, [names, department]) => { for (const one of namesIn(names)) await running(world).setDepartment(one, department); }),
  given('{whos} works nowhere any more', async (world, [names]) => { for (const one of namesIn(names)) await running(world).setDepartment(one, undefined); }),
  given('{who} is tagged {text}', async (world, [who, tag = '']) => { await running(world).setTags(nameIn(who), [tag]); }),
  given('{who} is not tagged any more', async (world, [who]) => { await running(world).setTags(nameIn(who), []); }),
  when('{who} confirms the run of {text}', async (world, [who, policy = '']) => await running(world).decideRun(nameIn(who), policy, 'confirm')),
  when('{who} discards the run of {text}', async (world, [who, policy = '']) => await running(world).decideRun(nameIn(who), policy, 'discard')),
  then('{who} comes to have {text}', async ({ world }, [who, one = '']) => { await comes(world, async () => { expect(await world.held(nameIn(who), one)).toBeDefined(); }); }),
  then('{who} comes to lose {text}', async ({ world }, [who, one = '']) => { await comes(world, async () => { expect(await world.held(nameIn(who), one)).toBeUndefined(); }); }),
  then('{text} of {who} comes to be about to end', async ({ world }, [one = '', who]) => { await comes(world, async () => { expect(await running(world).statusOf(nameIn(who), one)).toBe('AutoAssignmentInGracePeriod'); }); }),
  then('{text} of {who} comes to stay', async ({ world }, [one = '', who]) => { await comes(world, async () => { expect(await running(world).statusOf(nameIn(who), one)).toBe('Delivered'); }); }),
  then('the run of {text} comes to wait for an administrator, because it would take from {whos}', async ({ world }, [policy = '', names]) => {
    await comes(world, async () => { expect((await running(world).heldRun(policy))?.toSorted()).toEqual(namesIn(names).toSorted()); });
  }),
  then('no run of {text} waits for an administrator', async ({ world }, [policy = '']) => {
    await running(world).settle();
    expect(await running(world).heldRun(policy)).toBeUndefined();
  }),
];

const contents: readonly StepKind[] = [
  given('the group {text}', async (world, [name = '']) => { await world.addGroup(name, []); }),
  given('the access package {text} with the groups {whos}', async (world, [name = '', groups]) => { await running(world).addPackageOf(name, namesIn(groups)); }),
  given('the access package {text} with the group {text}', async (world, [name = '', group = '']) => { await running(world).addPackageOf(name, [group]); }),
  given('{text} is added to {text}', async (world, [group = '', one = '']) => { await running(world).addContent(one, group); }),
  given('{text} is taken out of {text}', async (world, [group = '', one = '']) => { await running(world).removeContent(one, group); }),
  given('the group {text} is deleted', async (world, [group = '']) => { await running(world).setGone(group, true); }),
  given('the group {text} is restored', async (world, [group = '']) => { await running(world).setGone(group, false); }),
  when('{who} reprocesses the request', async (world, [who]) => await running(world).reprocess(nameIn(who))),
  when('{who} reprocesses {text} of {who}', async (world, [who, one = '', target]) => await running(world).reprocess(nameIn(who), { packageName: one, target: nameIn(target) })),
  then('{who} is in {whos}', async ({ world }, [who, groups]) => { for (const group of namesIn(groups)) expect([group, await running(world).isMember(nameIn(who), group)]).toEqual([group, true]); }),
  then('{who} is not in {whos}', async ({ world }, [who, groups]) => { for (const group of namesIn(groups)) expect([group, await running(world).isMember(nameIn(who), group)]).toEqual([group, false]); }),
  then('in time the request is delivered', async ({ world }) => { await comes(world, async () => { expect((await world.request()).state).toBe('delivered'); }); }),
  then('{text} of {who} comes to be partly delivered', async ({ world }, [one = '', who]) => { await comes(world, async () => { expect(await running(world).statusOf(nameIn(who), one)).toBe('PartiallyDelivered'); }); }),
  then('{text} of {who} comes to be whole', async ({ world }, [one = '', who]) => { await comes(world, async () => { expect(await running(world).statusOf(nameIn(who), one)).toBe('Delivered'); }); }),
  then('it has been tried {number} times because {words}, and is tried again after {span}', async ({ world }, [number, words = '', span]) => {
    await comes(world, async () => { expect(await running(world).retry()).toEqual({ attempts: Number(number), codes: codesIn(words), pause: millisecondsIn(span) }); });
  }),
  then('nothing is tried again', async ({ world }) => { expect(await running(world).retry()).toBeUndefined(); }),
  then('stage {number} stays decided', async ({ world }, [number]) => { expect((await world.request()).stages[Number(number) - 1]?.status).toBe('Completed'); }),
];

const programs: readonly StepKind[] = [
  when('the program lets the request go on', async (world) => await running(world).resume(undefined, {})),
  when('the program denies the request', async (world) => await running(world).resume(undefined, { state: 'denied' })),
  when('the program names {whos}', async (world, [names]) => await running(world).resume(undefined, { approvers: namesIn(names) })),
  when('{who} lets the request go on instead of the program', async (world, [who]) => await running(world).resume(nameIn(who), {})),
];

const onOne: Readonly<Record<string, RoleOnOne>> = { 'manages the access package': 'access package manager', 'manages the policy': 'access package manager', 'manages assignments of the policy': 'assignment manager', 'reads the access package': 'reader' };
const giveRole = (words: string, kind: OneThing): StepKind => given(`{who} ${words} {text}`, async (world, [who, name = '']) => { await served(world).giveRoleOn(nameIn(who), onOne[words] ?? expect.unreachable(words), { kind, name }); });
const domainFor = (world: World, organization: string | undefined): string => served(world).domainOf(organization ?? '');

const overHttp: readonly StepKind[] = [
  giveRole('manages the access package', 'access package'), giveRole('reads the access package', 'access package'), giveRole('manages the policy', 'policy'), giveRole('manages assignments of the policy', 'policy'),
  then('{who} is shown the access packages {whos} and no other', async ({ world }, [who, names]) => { expect((await served(world).shown(nameIn(who), 'access package')).toSorted()).toEqual(namesIn(names).toSorted()); }),
  then('{who} is shown the policies {whos} and no other', async ({ world }, [who, names]) => { expect((await served(world).shown(nameIn(who), 'policy')).toSorted()).toEqual(namesIn(names).toSorted()); }),
  when('{who} describes {text} anew', async (world, [who, name = '']) => await served(world).describe(nameIn(who), name)),
  when('{who} writes the policy {text} of {text} anew', async (world, [who, policy = '', one = '']) => await served(world).rewrite(nameIn(who), policy, one)),
  when('{who} invites {text} of {text} to {text}', async (world, [who, name = '', organization, packageName = '']) => await served(world).invite(nameIn(who), { name, domain: domainFor(world, organization), packageName })),
  then('the directory does not know {text} of {text}', async ({ world }, [name = '', organization]) => { expect(await served(world).isKnown({ name, domain: domainFor(world, organization) })).toBe(false); }),
  when('{who} asks for {text} with the key {text}', async (world, [who, one = '', key = '']) => await served(world).askAgain(nameIn(who), one, key)),
  then('both answers are about the same request', async ({ world }) => { await Promise.resolve(expect([served(world).answers.length, new Set(served(world).answers).size]).toEqual([2, 1])); }),
  then('{who} has made {number} request for {text}', async ({ world }, [who, number, one = '']) => { expect(await served(world).requestCount(nameIn(who), one)).toBe(Number(number)); }),
];

/** Sentences that not every depth can play. */
export const runningSteps: readonly StepKind[] = [...automatic, ...contents, ...programs, ...overHttp];
