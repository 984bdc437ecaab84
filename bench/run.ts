/**
 * `npm run bench`: what the product's main moves cost over HTTP, beside the very same statements sent by a bare client to
 * the same PostgreSQL in the same run. Quote the ratios: absolute times belong to this machine and this minute.
 * `npm run bench -- pages`: pages among a million assignments, see pages.ts.
 * `npm run bench -- limits`: what is asked at the published limits of the original, see limits.ts.
 */
import path from 'node:path';
import { Client } from './http.ts';
import { perOperation, readCpu, type CpuTimes } from './cpu.ts';
import { measureLimits } from './limits.ts';
import { measure, summarize, type Measured } from './measure.ts';
import { createOrganisation, signEverybodyIn, type Organisation } from './organisation.ts';
import { measurePages } from './pages.ts';
import { readRecording, recordedBytes, replay, type Statement } from './replay.ts';
import { printTable, type Line } from './report.ts';
import { agentRoles, approve, ask, askMany, listPage, readInbox, type Stage, type Waiting } from './scenes.ts';
import { seedAssignments } from './seed.ts';
import { startWorld, type World } from './world.ts';

const size = { agents: 40, packages: 60, warm: 200, lifecycles: 1600, wave: 400, delays: 300, tokens: 3000, assignments: 100_000, pages: 300, recorded: 800, delayed: 160 } as const;
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

async function costed(stage: Stage, count: number, work: () => Promise<Measured>): Promise<Costed> {
  const before = stage.cpu();
  const measured = await work();
  return { ...measured, cpu: perOperation(before, stage.cpu(), count) };
}

/** Waves of requests: every agent asks, the sponsor opens the inbox once and approves what is there. A lifecycle's latency is that of its asking and its approval. */
async function lifecycles(stage: Stage): Promise<Measured> {
  const latencies: number[] = [];
  const began = performance.now();
  for (let first = 0; first < size.lifecycles; first += size.wave) {
    const requests: { readonly asked: Awaited<ReturnType<typeof ask>>; readonly took: number }[] = [];
    await measure({ count: size.wave, workers }, async (index) => {
      const start = performance.now();
      const asked = await ask(stage, first + index);
      requests.push({ asked, took: performance.now() - start });
    });
    const inbox = await readInbox(stage);
    await measure({ count: size.wave, workers }, async (index) => {
      const request = requests[index];
      const stageId = inbox.get(request?.asked.requestId ?? '');
      if (request === undefined || stageId === undefined) throw new Error('a request is not in the inbox');
      const start = performance.now();
      await approve(stage, { ...request.asked, stageId });
      latencies.push(request.took + performance.now() - start);
    });
  }
  return summarize(latencies, performance.now() - began);
}

async function measureOurs(stage: Stage, packageId: string): Promise<Ours> {
  await askAndApprove(stage, { first: 0, count: size.warm });
  const lifecycle = await costed(stage, size.lifecycles, async () => await lifecycles({ ...stage, agents: stage.agents, organisation: { ...stage.organisation, offers: stage.organisation.offers.slice(size.warm / size.agents) } }));
  const waiting = await askMany(stage, { first: size.warm + size.lifecycles, count: size.delays, workers });
  const delay = await costed(stage, size.delays, async () => await measure({ count: size.delays, workers: 4 }, async (index) => {
    const request = nth(waiting, index);
    await approve(stage, request);
    if (!(await agentRoles(stage, request.agent)).includes('Orders.Read.All')) throw new Error('the token after an approval lacks the role');
  }));
  const token = await costed(stage, size.tokens, async () => await measure({ count: size.tokens, workers }, async (index) => { await agentRoles(stage, nth(stage.agents, index % stage.agents.length)); }));
  const page = await costed(stage, size.pages, async () => await measure({ count: size.pages, workers: 2 }, async () => { await listPage(stage, packageId, ''); }));
  return { lifecycle, delay, token, page };
}

async function askAndApprove(stage: Stage, span: { readonly first: number; readonly count: number }): Promise<void> {
  const waiting = await askMany(stage, { ...span, workers });
  await measure({ count: span.count, workers }, async (index) => { await approve(stage, nth(waiting, index)); });
}

function nth<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error('the bench has run out of what it prepared');
  return found;
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
    const before = recordedBytes(file);
    await act();
    return readRecording(file, before);
  };
  const groups = async (count: number, act: (index: number) => Promise<unknown>): Promise<readonly (readonly Statement[])[]> => {
    const all: (readonly Statement[])[] = [];
    for (let index = 0; index < count; index += 1) all.push(await group(async () => await act(index)));
    return all;
  };
  const made: Awaited<ReturnType<typeof ask>>[] = [];
  const asks = await groups(size.recorded + size.delayed, async (index) => { made.push(await ask(stage, index)); });
  const inbox = await readInbox(stage);
  const waiting = made.map((request): Waiting => ({ ...request, stageId: inbox.get(request.requestId) ?? '' }));
  const approvals = await groups(size.recorded, async (index) => { await approve(stage, nth(waiting, index)); });
  const delay = await groups(size.delayed, async (index) => {
    const request = nth(waiting, size.recorded + index);
    await approve(stage, request);
    await agentRoles(stage, request.agent);
  });
  const lifecycle = approvals.map((statements, index) => [...asks[index] ?? [], ...statements]);
  const asked = asks.slice(size.recorded);
  const token = await groups(200, async (index) => { await agentRoles(stage, nth(stage.agents, index % stage.agents.length)); });
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
    const lifecycle = await replay(raw, { groups: recorded.lifecycle, warm: 200, workers });
    await replay(raw, { groups: recorded.asked, warm: 0, workers });
    const lines: Line[] = [
      { name: 'lifecycles (ask, approve, grant, audit)', ours: ours.lifecycle, raw: lifecycle, statements: recorded.lifecycle[0]?.length ?? 0 },
      { name: 'approval to a token with the role', ours: ours.delay, raw: await replay(raw, { groups: recorded.delay, warm: 40, workers: 4 }), statements: recorded.delay[0]?.length ?? 0 },
      { name: 'tokens of an agent', ours: ours.token, raw: await replay(raw, { groups: repeat(recorded.token, size.tokens), warm: 300, workers }), statements: recorded.token[0]?.length ?? 0 },
      { name: `page of 100 of ${size.assignments.toLocaleString('en')} assignments`, ours: ours.page, raw: await replay(raw, { groups: repeat(recorded.page, size.pages), warm: 30, workers: 2 }), statements: recorded.page[0]?.length ?? 0 },
    ];
    printTable(lines);
  } finally {
    await world.stop();
  }
}

const repeat = (groups: readonly (readonly Statement[])[], count: number): readonly (readonly Statement[])[] =>
  Array.from({ length: count }, (_, index) => groups[index % groups.length] ?? []);

const measured = process.argv[2];
await (measured === 'pages' ? measurePages() : measured === 'limits' ? measureLimits() : main());
