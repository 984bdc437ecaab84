/**
 * The 1,132 real permissions of a large API through the whole service: `node .ci/real-input.ts <bootstrap.json>`, against a
 * running server. One application defines them all; 60 of them go in packages to 200 identities; then everything is read
 * back through Graph and from tokens and compared with what was meant. Exit 1 on any difference.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GraphCaller, textOf, type Entity } from '../cli/client/graph.ts';
import { applicationToken, type TokenDoor } from '../cli/client/tokens.ts';
import { isRecord, recordsAt, textAt, type JsonRecord } from '../src/kernel/json.ts';
import { createApplication, expectPermissions, readPermissions } from './real-input/api.ts';
import { compare, Differences } from './real-input/compare.ts';
import { createIdentities } from './real-input/identities.ts';
import { assignAll, createOffers } from './real-input/offers.ts';

const dataFile = path.resolve(import.meta.dirname, '../../shared/data/microsoft-graph-permissions.json');

/** The server under test, as its administrator. */
async function open(bootstrapFile: string): Promise<{ door: TokenDoor; graph: GraphCaller; domain: string }> {
  const facts: unknown = JSON.parse(await readFile(bootstrapFile, 'utf8'));
  if (!isRecord(facts)) throw new Error(`${bootstrapFile} is no JSON object.`);
  const door = { base: textOf(facts, 'url'), tenantId: textOf(facts, 'tenantId') };
  const client = { clientId: textOf(facts, 'clientId'), clientSecret: textOf(facts, 'clientSecret') };
  let token = { text: '', until: 0 };
  const graph = new GraphCaller(door.base, async () => {
    if (Date.now() > token.until) token = { text: await applicationToken(door, client), until: Date.now() + 240_000 };
    return token.text;
  });
  return { door, graph, domain: (textAt(facts, 'adminUser') ?? '').split('@')[1] ?? '' };
}

/** Says what is done and how long it took. */
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  process.stdout.write(`${`${((performance.now() - began) / 1000).toFixed(1)} s`.padStart(8)}  ${what}\n`);
  return result;
}

async function main(bootstrapFile: string | undefined): Promise<number> {
  if (bootstrapFile === undefined) throw new Error('Name the bootstrap.json of a running server.');
  const { door, graph, domain } = await open(bootstrapFile);
  const wanted = await readPermissions(dataFile);
  const differences = new Differences();
  const api = await timed(`one application with ${wanted.length} permissions, and its service principal`, async () => await createApplication(graph, wanted));
  await timed('every permission read back', async () => { expectPermissions(await readBack(graph, api), wanted, differences); });
  const offers = await timed('packages with 60 of the permissions', async () => await createOffers(graph, api, wanted));
  const identities = await timed('100 service principals and 100 agents', async () => await createIdentities(graph, domain));
  const given = await timed('an assignment for each, some with two', async () => await assignAll(graph, identities, offers));
  await timed('assignments, grants and tokens read back', async () => { await compare({ door, graph, api, offers, identities, given }, differences); });
  process.stdout.write(`\ncompared:\n${differences.summary}\n\n${differences.count === 0 ? 'Everything is as it was meant.' : `${differences.count} differences:\n${differences.text}`}\n`);
  return differences.count === 0 ? 0 : 1;
}

async function readBack(graph: GraphCaller, api: { applicationId: string; principalId: string }): Promise<readonly JsonRecord[]> {
  const application: Entity = await graph.read(`/applications/${api.applicationId}`);
  const principal: Entity = await graph.read(`/servicePrincipals/${api.principalId}`);
  const scopes = isRecord(application['api']) ? recordsAt(application['api'], 'oauth2PermissionScopes') : [];
  return [{ kind: 'application', list: recordsAt(application, 'appRoles') }, { kind: 'delegated', list: scopes }, { kind: 'application', list: recordsAt(principal, 'appRoles') }, { kind: 'delegated', list: recordsAt(principal, 'oauth2PermissionScopes') }];
}

process.exitCode = await main(process.argv[2]);
