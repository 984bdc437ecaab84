/** `npm run bench -- limits`: what people and administrators wait for at the published limits of the original, beside the same statements from a bare client. */
import path from 'node:path';
import { GraphCaller } from '../cli/client/graph.ts';
import { Client } from './http.ts';
import { limits, seedLimits, type LimitIds } from './limits-data.ts';
import { measure, type Measured } from './measure.ts';
import { createOrganisation, signEverybodyIn, type Organisation } from './organisation.ts';
import { readRecording, recordedBytes, replay, type Statement } from './replay.ts';
import { printTable, type Line } from './report.ts';
import { startWorld, type World } from './world.ts';

const size = { agents: 1, packages: 1, asked: 400, warm: 60, recorded: 4, workers: 2 } as const;

/** What is asked, and as whom: the busy person, an agent, or the administrator. `path` begins with the door. */
interface LimitCase {
  readonly name: string;
  readonly who: 'person' | 'agent' | 'admin';
  readonly path: string;
}

const entitlement = '/v1.0/identityGovernance/entitlementManagement';

const explain = (given: Readonly<Record<string, string>>): string => `/gatehouse/v1/explain(${Object.entries(given).map(([name, value]) => `${name}='${value}'`).join()})`;

/** Add a case here; every one is measured, recorded and replayed alike. */
const cases = (ids: LimitIds): readonly LimitCase[] => [
  { name: 'packages that a person may ask for', who: 'person', path: `${entitlement}/accessPackages/filterByCurrentUser(on='allowedRequestor')` },
  { name: 'the same, of an agent', who: 'agent', path: `${entitlement}/accessPackages/filterByCurrentUser(on='allowedRequestor')` },
  { name: 'approvals that wait for one approver', who: 'person', path: `${entitlement}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')` },
  { name: 'requests that wait for one approver, expanded', who: 'person', path: `${entitlement}/assignmentRequests/filterByCurrentUser(on='approver')?$expand=requestor,accessPackage` },
  { name: 'explain: may somebody get a package', who: 'admin', path: explain({ principalId: ids.userId, accessPackageId: ids.heldPackageId }) },
  { name: 'the same, of an agent, to its sponsor', who: 'person', path: explain({ principalId: ids.agentId, accessPackageId: ids.heldPackageId }) },
  { name: 'explain: why does somebody hold a role', who: 'admin', path: explain({ principalId: ids.userId, resourceId: ids.apiId, roleId: ids.permissionId }) },
  { name: 'why not, and which packages would give it', who: 'admin', path: explain({ principalId: ids.agentId, resourceId: ids.apiId, roleId: 'Value.Read' }) },
];

/** Seeds, measures and prints. */
export async function measureLimits(): Promise<void> {
  const world = await startWorld();
  try {
    await world.create('ours');
    const setUp = await world.serve('ours');
    const organisation = await createOrganisation(world.facts(), setUp.url, size);
    const { adminToken } = await signEverybodyIn(world.facts(), setUp.url, organisation);
    const admin = new GraphCaller(setUp.url, async () => await Promise.resolve(adminToken));
    const personId = (await admin.list(`/users?$filter=userPrincipalName eq '${organisation.sponsor.username}'`))[0]?.id ?? '';
    await setUp.stop();
    const began = performance.now();
    const ids = await seedLimits(world.urlOf('ours'), personId);
    const [packages, policies, assignments, requests] = [limits.packages, limits.policies, limits.assignments, limits.openRequests].map((count) => count.toLocaleString('en'));
    process.stdout.write(`${packages ?? ''} packages, ${policies ?? ''} policies, ${assignments ?? ''} assignments and ${requests ?? ''} open requests, written in ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
    await measureAll(world, organisation, cases(ids));
  } finally {
    await world.stop();
  }
}

async function measureAll(world: World, organisation: Organisation, all: readonly LimitCase[]): Promise<void> {
  const file = path.join(world.folder, 'statements');
  const recorded = await onServer(world, { organisation, record: file }, async (ask) => {
    const found: (readonly Statement[])[][] = [];
    for (const one of all) found.push(await record(file, async () => { await ask(one); }));
    return found;
  });
  const ours = await onServer(world, { organisation }, async (ask) => {
    const found: Measured[] = [];
    for (const one of all) {
      await measure({ count: size.warm, workers: size.workers }, async () => { await ask(one); });
      found.push(await measure({ count: size.asked, workers: size.workers }, async () => { await ask(one); }));
    }
    return found;
  });
  const lines: Line[] = [];
  for (const [index, { name }] of all.entries()) {
    const [measured, groups = []] = [ours[index], recorded[index]];
    if (measured === undefined) throw new Error('a case was not measured');
    const again = Array.from({ length: size.warm + size.asked }, (__, nth) => groups[nth % groups.length] ?? []);
    lines.push({ name, ours: { ...measured, cpu: undefined }, raw: await replay(world.urlOf('ours'), { groups: again, warm: size.warm, workers: size.workers }), statements: groups[0]?.length ?? 0 });
  }
  printTable(lines);
}

type Ask = (one: LimitCase) => Promise<unknown>;

async function onServer<T>(world: World, at: { readonly organisation: Organisation; readonly record?: string }, act: (ask: Ask) => Promise<T>): Promise<T> {
  const server = await world.serve('ours', at.record);
  const client = new Client(server.url, size.workers);
  try {
    const { adminToken, sponsorToken, agents } = await signEverybodyIn({ ...world.facts(), url: server.url }, server.url, at.organisation);
    const tokens = { admin: adminToken, person: sponsorToken, agent: agents[0]?.token ?? '' };
    return await act(async ({ who, path: asked }) => await client.must({ method: 'GET', path: asked.replaceAll(' ', '%20').replaceAll("'", '%27'), token: tokens[who] }));
  } finally {
    client.close();
    await server.stop();
  }
}

/** The statements of each of some askings. The first ones read what is kept in memory afterwards: they are left out. */
async function record(file: string, act: () => Promise<void>): Promise<(readonly Statement[])[]> {
  const found: (readonly Statement[])[] = [];
  for (let nth = 0; nth < size.recorded; nth += 1) {
    const before = recordedBytes(file);
    await act();
    if (nth > 0) found.push(readRecording(file, before));
  }
  return found;
}
