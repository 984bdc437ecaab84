/**
 * Thousands of requests made from the declarations, by callers of every kind, to the whole service with data of every type:
 * no failure of ours, and no answer outside its declared shape. FUZZ_RUNS says how many (CI_FUZZ for .ci/run).
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { declarations } from '../../../src/features/index.ts';
import { isRecord } from '../../../src/kernel/json.ts';
import type { GraphService } from '../../../src/platform/graph/exchange.ts';
import { buildRegistry } from '../../../src/platform/graph/registry.ts';
import { answerGraph } from '../../../src/platform/graph/service.ts';
import { newId } from '../../../src/platform/ids.ts';
import { testDatabase } from '../../support/database.ts';
import { ShapeJudge } from '../../support/shapes.ts';
import { creations, requests, type FuzzRequest } from './fuzz-requests.ts';
import { forgetful, keysOf, makeWorld, type World } from './fuzz-world.ts';

const sown = 400;
const runs = Number(process.env['FUZZ_RUNS'] ?? 4000);
const database = await testDatabase();
const registry = buildRegistry(declarations);
const real: GraphService = { registry, db: database.db, clock: { now: () => new Date() }, publicUrl: 'https://house.example' };
const world = await makeWorld(database, real);
const service: GraphService = { ...real, db: forgetful(database.db) };
const judge = new ShapeJudge(registry);

/** Complaints by what they are about, each with how often and the first request that led to it. */
const complaints = new Map<string, { count: number; readonly example: string }>();
const statuses = new Map<number, number>();
let judged = 0;

function complain(what: string, request: FuzzRequest, more: string): void {
  const key = what.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…').replaceAll(/\/\d+(?=[/: ])/g, '/n').slice(0, 400);
  const known = complaints.get(key);
  if (known !== undefined) { known.count += 1; return; }
  complaints.set(key, { count: 1, example: `${request.caller} ${request.version} ${request.method} ${request.path}?${decodeURIComponent(request.query.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'))} ${JSON.stringify(request.body)?.slice(0, 900) ?? ''} → ${more}` });
}

async function ask(request: FuzzRequest): Promise<void> {
  const caller = world.callers[request.caller];
  if (caller === undefined) throw new Error(`no caller ${request.caller}`);
  const failures: string[] = [];
  const log = { error: (facts: object, message: string) => { failures.push(`${message}: ${'err' in facts && facts.err instanceof Error ? facts.err.message : ''}`); } };
  const answer = await answerGraph(service, { ...request, headers: { prefer: request.prefer }, caller, requestId: newId(), clientRequestId: newId() }, log);
  statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  const json: unknown = answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body));
  const told = `${answer.status} ${JSON.stringify(json)?.slice(0, 700) ?? answer.text ?? ''}`;
  for (const failure of failures) complain(failure, request, told);
  const complaint = judge.complaint({ ...request, status: answer.status, json, text: answer.text });
  if (complaint !== undefined) complain(complaint, request, told);
  if (answer.status < 300) judged += 1;
  const next = isRecord(json) ? json['@odata.nextLink'] : undefined;
  if (typeof next === 'string' && !request.query.includes('skiptoken')) await ask({ ...request, path: next.slice(`${service.publicUrl}/${request.version}`.length).split('?', 1)[0] ?? '', query: next.split(/\?(.*)/s, 2)[1] ?? '' });
}

/** More data of more types: whatever the service takes of what is made up. */
async function sow(): Promise<World> {
  const administrator = world.callers['administrator'];
  if (administrator === undefined) throw new Error('nobody may make anything');
  const untold = { error: (): void => undefined };
  for (const one of fc.sample(creations(registry, world), { numRuns: sown, seed: 11 })) await answerGraph(real, { ...one, headers: {}, caller: administrator, requestId: newId(), clientRequestId: newId() }, untold);
  return { ...world, ids: await keysOf(database.db, registry) };
}

it(`answers ${runs} requests as declared`, async () => {
  await fc.assert(fc.asyncProperty(requests(registry, await sow()), ask), { numRuns: runs, endOnFailure: true });
  process.stdout.write(`fuzz: ${runs} requests, ${judged} successful answers in shape; ${[...statuses].toSorted(([one], [other]) => one - other).map(([status, count]) => `${status}: ${count}`).join(', ')}\n`);
  expect([...complaints].toSorted(([, one], [, other]) => other.count - one.count).map(([what, { count, example }]) => `${count} × ${what}\n      ${example}`)).toEqual([]);
  // Most questions have to reach data, or the fuzz is about refusals only.
  expect(judged / runs).toBeGreaterThan(0.3);
}, 60_000 + runs * 60);
