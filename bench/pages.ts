/** `npm run bench -- pages`: pages of assignments with $filter and $expand among a million of them, what they cost beside their own statements, and how the database reads them. */
import path from 'node:path';
import { Client as Database } from 'pg';
import { GraphCaller } from '../cli/client/graph.ts';
import { recordsAt, textAt } from '../src/kernel/json.ts';
import { entitlementRole } from '../src/features/roles/model.ts';
import { Client } from './http.ts';
import { measure, type Measured } from './measure.ts';
import { million, seedMillion, type SeededIds } from './million.ts';
import { createOrganisation, signEverybodyIn, type Organisation } from './organisation.ts';
import { readRecording, recordedBytes, replay, type Statement } from './replay.ts';
import { printTable, type Line } from './report.ts';
import { startWorld, type World } from './world.ts';

const size = { agents: 1, packages: 1, pages: 200, warm: 20, recorded: 10, workers: 2 } as const;

const assignments = '/v1.0/identityGovernance/entitlementManagement/assignments';

/** A page: what is asked, and as whom. `deep`: the page behind that many others. */
interface Asked {
  readonly name: string;
  readonly query: string;
  readonly who: 'admin' | 'owner';
  readonly deep?: number;
}

const asked = ({ catalogId, packageId, policyId, targetId }: SeededIds): readonly Asked[] => [
  { name: 'of a package and state, target expanded', who: 'admin', query: `$filter=accessPackage/id eq '${packageId}' and state eq 'delivered'&$expand=target` },
  { name: 'the same as owner of its catalog', who: 'owner', query: `$filter=accessPackage/id eq '${packageId}' and state eq 'delivered'&$expand=target` },
  { name: 'of a package, everything expanded, counted', who: 'admin', query: `$filter=accessPackage/id eq '${packageId}'&$expand=target,accessPackage($expand=catalog),assignmentPolicy&$count=true` },
  { name: 'of a target, package and catalog expanded', who: 'admin', query: `$filter=target/objectId eq '${targetId}'&$expand=accessPackage($expand=catalog)` },
  { name: 'of a policy, target expanded', who: 'admin', query: `$filter=assignmentPolicy/id eq '${policyId}'&$expand=target` },
  { name: 'of a catalog, target and package expanded', who: 'admin', query: `$filter=accessPackage/catalog/id eq '${catalogId}'&$expand=target,accessPackage` },
  { name: 'of a state in the tenant, target expanded', who: 'admin', query: `$filter=state eq 'delivered'&$expand=target,accessPackage` },
  { name: 'of the rarer state', who: 'admin', query: `$filter=state eq 'expired'&$expand=target` },
  { name: 'all, everything expanded', who: 'admin', query: '$expand=target,accessPackage,assignmentPolicy' },
  { name: 'all, the hundredth page', who: 'admin', query: '$expand=target', deep: 100 },
];

interface Recorded {
  readonly statements: readonly Statement[];
  readonly plan: string;
}

/** Seeds, measures and prints. */
export async function measurePages(): Promise<void> {
  const world = await startWorld();
  try {
    await world.create('ours');
    const setUp = await world.serve('ours');
    const organisation = await createOrganisation(world.facts(), setUp.url, size);
    await setUp.stop();
    const began = performance.now();
    const ids = await seedMillion(world.urlOf('ours'));
    process.stdout.write(`${million.assignments.toLocaleString('en')} assignments of ${million.packages.toLocaleString('en')} packages to ${million.targets.toLocaleString('en')} targets, written in ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
    const file = path.join(world.folder, 'statements');
    const pages = asked(ids);
    const urls = new Map<Asked, string>();
    const recorded = await onServer(world, { organisation, ids, record: file }, async (ask) => {
      const all: Recorded[] = [];
      for (const page of pages) {
        urls.set(page, await addressOf(ask, page));
        all.push(await record(world, file, async () => { await ask(page.who, urls.get(page) ?? ''); }));
      }
      return all;
    });
    const ours = await onServer(world, { organisation, ids }, async (ask) => {
      const all: Measured[] = [];
      for (const page of pages) {
        await measure({ count: size.warm, workers: size.workers }, async () => { await ask(page.who, urls.get(page) ?? ''); });
        all.push(await measure({ count: size.pages, workers: size.workers }, async () => { await ask(page.who, urls.get(page) ?? ''); }));
      }
      return all;
    });
    await report(world, pages, { recorded, ours });
  } finally {
    await world.stop();
  }
}

type Ask = (who: Asked['who'], url: string) => Promise<Readonly<Record<string, unknown>>>;

/** Everybody who asks, on a server of their own. The sponsor of the organisation becomes the owner of one catalog. */
async function onServer<T>(world: World, at: { readonly organisation: Organisation; readonly ids: SeededIds; readonly record?: string }, act: (ask: Ask) => Promise<T>): Promise<T> {
  const server = await world.serve('ours', at.record);
  const client = new Client(server.url, size.workers);
  try {
    const { adminToken, sponsorToken } = await signEverybodyIn({ ...world.facts(), url: server.url }, server.url, at.organisation);
    const admin = new GraphCaller(server.url, async () => await Promise.resolve(adminToken));
    const sponsor = (await admin.list(`/users?$filter=userPrincipalName eq '${at.organisation.sponsor.username}'`))[0]?.id ?? '';
    const owned = await admin.list(`/roleManagement/entitlementManagement/roleAssignments?$filter=principalId eq '${sponsor}'`);
    if (owned.length === 0) await admin.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: sponsor, roleDefinitionId: entitlementRole.catalogOwner, directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${at.ids.catalogId}` });
    const tokens = { admin: adminToken, owner: sponsorToken };
    return await act(async (who, url) => {
      const page = await client.must({ method: 'GET', path: url, token: tokens[who] });
      if (recordsAt(page, 'value').length === 0) throw new Error(`${url} answered nothing`);
      return page;
    });
  } finally {
    client.close();
    await server.stop();
  }
}

/** Address of a page: the first one, or as many pages on as it says. */
async function addressOf(ask: Ask, page: Asked): Promise<string> {
  let url = `${assignments}?${page.query.replaceAll(' ', '%20').replaceAll("'", '%27')}&$top=100`;
  for (let turned = 0; turned < (page.deep ?? 0); turned += 1) {
    const next = textAt(await ask(page.who, url), '@odata.nextLink');
    if (next === undefined) throw new Error('there are fewer pages than that');
    url = next.slice(next.indexOf('/v1.0'));
  }
  return url;
}

async function record(world: World, file: string, act: () => Promise<void>): Promise<Recorded> {
  const before = recordedBytes(file);
  await act();
  const statements = readRecording(file, before);
  const last = statements.at(-1);
  return { statements, plan: last === undefined ? '' : await explain(world.urlOf('ours'), last) };
}

/** How the database reads it: every table and index, with the rows that it took. */
async function explain(databaseUrl: string, { text, values }: Statement): Promise<string> {
  const client = new Database({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>({ text: `explain (analyze, timing off, summary off, costs off, buffers off) ${text}`, values: [...values] });
    const lines = rows.map((row) => String(Object.values(row)[0]));
    return lines.flatMap((line) => {
      const found = /(Seq Scan|Index Only Scan|Index Scan|Bitmap Index Scan)(?: Backward)?(?: using| on)? (\w+)(?: on (\w+))?.*actual rows=([\d.]+) loops=(\d+)/.exec(line);
      return found === null || found[5] === '0' ? [] : [`${found[1] ?? ''} ${found[2] ?? ''}: ${found[4] ?? ''} × ${found[5] ?? ''}`];
    }).join('; ');
  } finally {
    await client.end();
  }
}

async function report(world: World, pages: readonly Asked[], { recorded, ours }: { readonly recorded: readonly Recorded[]; readonly ours: readonly Measured[] }): Promise<void> {
  const lines: Line[] = [];
  for (const [index, page] of pages.entries()) {
    const [measured, { statements } = { statements: [] }] = [ours[index], recorded[index]];
    if (measured === undefined) throw new Error('a page was not measured');
    const groups = Array.from({ length: size.warm + size.pages }, () => statements);
    lines.push({ name: page.name, ours: { ...measured, cpu: undefined }, raw: await replay(world.urlOf('ours'), { groups, warm: size.warm, workers: size.workers }), statements: statements.length });
  }
  printTable(lines);
  for (const [index, page] of pages.entries()) process.stdout.write(`${page.name}\n    ${recorded[index]?.plan ?? ''}\n`);
}
