/**
 * `npm run bench`: what the product's main moves cost over HTTP, beside the very same statements sent by a bare client to
 * the same PostgreSQL in the same run. Quote the ratios: absolute times belong to this machine and this minute.
 */
import path from 'node:path';
import { Client } from './http.ts';
import { perOperation, readCpu, type CpuTimes } from './cpu.ts';
import { measure, type Measured } from './measure.ts';
import { createOrganisation, signEverybodyIn, type Organisation } from './organisation.ts';
import { readRecording, recordedLines, replay, type Statement } from './replay.ts';
import { printTable, type Line } from './report.ts';
import { agentRoles, approve, ask, listPage, type Stage } from './scenes.ts';
import { seedAssignments } from './seed.ts';
import { startWorld, type World } from './world.ts';

const size = { agents: 40, packages: 60, lifecycles: 1600, delays: 300, tokens: 3000, assignments: 100_000, pages: 300, recorded: 300 } as const;
const workers = 16;
const sockets = 32;

async function onStage<T>(world: World, at: { readonly database: string; readonly organisation: Organisation; readonly record?: string }, act: (stage: Stage) => Promise<T>): Promise<T> {
  const server = await world.serve(at.database, at.record);
  const client = new Client(server.url, sockets);
  const cpu = (): CpuTimes | undefined => readCpu(server.pid, world.postmaster);
  try {
    const facts = { ...world.facts(), url: server.url };
    return await act({ client, facts, cpu, organisation: at.organisation, ...await signEverybodyIn(facts, server.url, at.organisation) });
  } finally {
    client.close();
    await server.stop();
  }
}

/** A measured move with the processor time that one took. */
type Costed = Measured & { readonly cpu: CpuTimes | undefined };

interface Ours {
  readonly lifecycle: Costed;
  readonly delay: Costed;
  readonly token: Costed;
  readonly page: Costed;
}

async function costed(stage: Stage, plan: { readonly count: number; readonly workers: number }, work: (index: number) => Promise<void>): Promise<Costed> {
  const before = stage.cpu();
  const measured = await measure(plan, work);
  return { ...measured, cpu: perOperation(before, stage.cpu(), plan.count) };
}

async function measureOurs(stage: Stage, packageId: string): Promise<Ours> {
  const lifecycle = await costed(stage, { count: size.lifecycles, workers }, async (index) => { await approve(stage, await ask(stage, index)); });
  const waiting = await Promise.all(Array.from({ length: size.delays }, async (_, index) => await ask(stage, size.lifecycles + index)));
  const delay = await costed(stage, { count: size.delays, workers: 4 }, async (index) => {
    const request = waiting[index];
    if (request === undefined) throw new Error('no such request');
    await approve(stage, request);
    if (!(await agentRoles(stage, request.agent)).includes('Orders.Read.All')) throw new Error('the token after an approval lacks the role');
  });
  const token = await costed(stage, { count: size.tokens, workers }, async (index) => { await agentRoles(stage, stage.agents[index % stage.agents.length] ?? firstAgent(stage)); });
  const page = await costed(stage, { count: size.pages, workers: 2 }, async () => { await listPage(stage, packageId, ''); });
  return { lifecycle, delay, token, page };
}

function firstAgent(stage: Stage): Stage['agents'][number] {
  const [agent] = stage.agents;
  if (agent === undefined) throw new Error('nobody is signed in');
  return agent;
}

interface Recorded {
  /** Makes the requests that `delay` decides. */
  readonly asked: readonly (readonly Statement[])[];
  readonly lifecycle: readonly (readonly Statement[])[];
  readonly delay: readonly (readonly Statement[])[];
  readonly token: readonly (readonly Statement[])[];
  readonly page: readonly (readonly Statement[])[];
}

/** One after the other, so that every statement belongs to the move that is made. */
async function record(stage: Stage, file: string, packageId: string): Promise<Recorded> {
  const group = async (act: () => Promise<unknown>): Promise<readonly Statement[]> => {
    const before = recordedLines(file);
    await act();
    return readRecording(file, before);
  };
  const groups = async (count: number, act: (index: number) => Promise<unknown>): Promise<readonly (readonly Statement[])[]> => {
    const all: (readonly Statement[])[] = [];
    for (let index = 0; index < count; index += 1) all.push(await group(async () => await act(index)));
    return all;
  };
  const lifecycle = await groups(size.recorded, async (index) => { await approve(stage, await ask(stage, index)); });
  const waiting: Awaited<ReturnType<typeof ask>>[] = [];
  const asked = await groups(100, async (index) => { waiting.push(await ask(stage, size.recorded + index)); });
  const delay = await groups(100, async (index) => {
    const request = waiting[index];
    if (request === undefined) throw new Error('no such request');
    await approve(stage, request);
    await agentRoles(stage, request.agent);
  });
  const token = await groups(200, async (index) => { await agentRoles(stage, stage.agents[index % stage.agents.length] ?? firstAgent(stage)); });
  const page = await groups(100, async () => { await listPage(stage, packageId, ''); });
  return { lifecycle, asked, delay, token, page };
}

async function main(): Promise<void> {
  const world = await startWorld();
  try {
    await world.create('seeded');
    const setUp = await world.serve('seeded');
    const organisation = await createOrganisation(world.facts(), setUp.url, size);
    await setUp.stop();
    const [offer] = organisation.offers.slice(-1);
    if (offer === undefined) throw new Error('no package was made');
    await seedAssignments(world.urlOf('seeded'), { ...offer, count: size.assignments });
    for (const copy of ['ours', 'recorded', 'raw']) await world.create(copy, 'seeded');
    const file = path.join(world.folder, 'statements');
    const recorded = await onStage(world, { database: 'recorded', organisation, record: file }, async (stage) => await record(stage, file, offer.packageId));
    const ours = await onStage(world, { database: 'ours', organisation }, async (stage) => await measureOurs(stage, offer.packageId));
    const raw = world.urlOf('raw');
    const lifecycle = await replay(raw, recorded.lifecycle, workers);
    await replay(raw, recorded.asked, workers);
    const lines: Line[] = [
      { name: 'lifecycles (ask, approve, grant, audit)', ours: ours.lifecycle, raw: lifecycle, statements: recorded.lifecycle[0]?.length ?? 0 },
      { name: 'approval to a token with the role', ours: ours.delay, raw: await replay(raw, recorded.delay, 4), statements: recorded.delay[0]?.length ?? 0 },
      { name: 'tokens of an agent', ours: ours.token, raw: await replay(raw, repeat(recorded.token, size.tokens), workers), statements: recorded.token[0]?.length ?? 0 },
      { name: `page of 100 of ${size.assignments.toLocaleString('en')} assignments`, ours: ours.page, raw: await replay(raw, repeat(recorded.page, size.pages), 2), statements: recorded.page[0]?.length ?? 0 },
    ];
    printTable(lines);
  } finally {
    await world.stop();
  }
}

const repeat = (groups: readonly (readonly Statement[])[], count: number): readonly (readonly Statement[])[] =>
  Array.from({ length: count }, (_, index) => groups[index % groups.length] ?? []);

await main();
