/** The description of the service in OpenAPI, in CSDL and as a page: read by independent parsers, and held against the engine. */
import { gunzipSync } from 'node:zlib';
import SwaggerParser from '@apidevtools/swagger-parser';
import { SaxesParser } from 'saxes';
import { afterAll, describe, expect, it } from 'vitest';
import { declarations } from '../../../src/features/index.ts';
import { ownPermissions } from '../../../src/features/roles/model.ts';
import { isRecord, recordAt } from '../../../src/kernel/json.ts';
import { metadataDocument } from '../../../src/platform/graph/describe/metadata.ts';
import { mountDescription } from '../../../src/platform/graph/describe/mount.ts';
import { openApiDocument, type DescriptionFacts } from '../../../src/platform/graph/describe/openapi.ts';
import { propertiesOf } from '../../../src/platform/graph/describe/schema.ts';
import { operationsOf } from '../../../src/platform/graph/describe/surface.ts';
import { resolvePath } from '../../../src/platform/graph/path/resolve.ts';
import { buildRegistry, wordFor } from '../../../src/platform/graph/registry.ts';
import { isIn, versions } from '../../../src/platform/graph/version.ts';
import { parsePath } from '../../../src/platform/graph/syntax/path.ts';
import { createHttpServer } from '../../../src/platform/http/server.ts';
import { createLog } from '../../../src/platform/log/log.ts';
import { sampleOf } from './samples.ts';

const registry = buildRegistry(declarations);
const facts: DescriptionFacts = {
  registry, publicUrl: 'https://house.example', authorizeUrl: 'https://house.example/t/oauth2/v2.0/authorize', tokenUrl: 'https://house.example/t/oauth2/v2.0/token', defaultScope: 'https://house.example/.default',
  permissions: ownPermissions.map(([name, application, delegated]) => ({ name, application: application !== undefined, delegated: delegated !== undefined })),
};

describe.each(versions)('OpenAPI of %s', (version) => {
  const document = openApiDocument(facts, version);

  it('is valid, and every reference leads somewhere', async () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parser is what checks it
    await expect(SwaggerParser.validate(structuredClone(document) as unknown as Parameters<typeof SwaggerParser.validate>[0])).resolves.toHaveProperty('openapi', '3.1.0');
  });

  it('names every operation once', () => {
    const operations = Object.values(recordAt(document, 'paths')).flatMap((item) => (isRecord(item) ? Object.values(item) : [])).filter(isRecord);
    expect(operations.length).toBe(operationsOf(registry, version).length);
    expect(new Set(operations.map((each) => each['operationId'])).size).toBe(operations.length);
  });

  it('tells only paths that the engine knows', () => {
    const unknown = operationsOf(registry, version).filter(({ path, parameters }) => {
      try {
        const sampled = parameters.reduce((text, { name, property }) => text.replace(`{${name}}`, sampleOf(property)), path);
        resolvePath(parsePath(sampled), { registry, version, aliases: new Map() });
        return false;
      } catch {
        return true;
      }
    });
    expect(unknown.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it.runIf(version === 'beta')('tells what is changed where nothing else leads', () => {
    expect(Object.keys(recordAt(recordAt(document, 'paths'), '/me/identityGovernance/approverDelegate'))).toEqual(['get', 'put', 'delete']);
  });

  it.runIf(version !== 'gatehouse')('tells what beta renames and drops in the words of the version', () => {
    const policy = recordAt(recordAt(recordAt(document, 'components'), 'schemas'), 'microsoft.graph.accessPackageAssignmentPolicy');
    expect(Object.keys(recordAt(policy, 'properties'))).toEqual(expect.arrayContaining(version === 'beta' ? ['accessReviewSettings', 'durationInDays', 'accessPackageCatalog'] : ['reviewSettings', 'expiration', 'catalog']));
    const user = recordAt(recordAt(recordAt(document, 'components'), 'schemas'), 'microsoft.graph.user.create');
    expect(user['required']).toEqual(expect.arrayContaining(['displayName']));
    expect(recordAt(recordAt(user, 'properties'), 'passwordProfile')).toBeDefined();
  });
});

describe.each(versions)('$metadata of %s', (version) => {
  const found = readCsdl(metadataDocument(registry, version));

  it('has every entity type with its properties and navigations', () => {
    const missing = [...registry.types.values()].flatMap((type) => {
      const members = new Set(type.lineage.flatMap((name) => [...found.members.get(name) ?? []]));
      const wanted = [...propertiesOf(type, version).map(([word]) => word), ...[...type.navigations].filter(([, navigation]) => isIn(version, navigation)).map(([name]) => wordFor(type, name, version))];
      return wanted.filter((word) => !members.has(word)).map((word) => `${type.name}/${word}`);
    });
    expect(missing).toEqual([]);
  });

  it('declares each name once and refers to nothing else', () => {
    const names = found.declared.filter((name) => !found.operations.has(name));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    const known = new Set(names.map((name) => `microsoft.graph.${name}`));
    expect([...found.referred].filter((name) => name.startsWith('microsoft.') && !known.has(name))).toEqual([]);
    expect(found.members.get('GraphService')?.has('users')).toBe(version !== 'gatehouse');
  });
});

interface Csdl {
  readonly declared: readonly string[];
  readonly operations: ReadonlySet<string>;
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly referred: ReadonlySet<string>;
}

/** Throws when the text is no well-formed XML. */
function readCsdl(text: string): Csdl {
  const [declared, operations, members, referred] = [[] as string[], new Set<string>(), new Map<string, Set<string>>(), new Set<string>()];
  let within = '';
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => { throw error; });
  parser.on('opentag', ({ local, attributes }) => {
    const value = (key: string): string => attributes[key]?.value ?? '';
    if (['EntityType', 'ComplexType', 'EnumType', 'EntityContainer', 'Action', 'Function'].includes(local)) {
      within = value('Name');
      declared.push(within);
      if (local === 'Action' || local === 'Function') operations.add(within);
      else members.set(within, new Set());
    }
    if (['Property', 'NavigationProperty', 'EntitySet', 'Singleton'].includes(local)) members.get(within)?.add(value('Name'));
    for (const key of ['Type', 'BaseType', 'EntityType']) if (value(key) !== '') referred.add(value(key).replace(/^Collection\((.*)\)$/, '$1'));
  });
  parser.write(text).close();
  return { declared, operations, members, referred };
}

describe('over HTTP', () => {
  const app = createHttpServer({ log: createLog({ level: 'silent' }) });
  mountDescription(app, facts);
  afterAll(async () => { await app.close(); });

  it.each(['/openapi.json', '/openapi-beta.json', '/openapi-gatehouse.json', '/v1.0/$metadata', '/beta/$metadata', '/gatehouse/v1/$metadata'])('%s is sent once, zipped for whoever takes it', async (url) => {
    const plain = await app.inject({ url });
    const zipped = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } });
    expect([plain.statusCode, zipped.statusCode, zipped.headers['content-encoding']]).toEqual([200, 200, 'gzip']);
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body);
    const again = await app.inject({ url, headers: { 'if-none-match': String(plain.headers['etag']) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect((await app.inject({ url, headers: { 'if-none-match': '"other"' } })).statusCode).toBe(200);
  });

  it('shows every root and every type, and finds paths', async () => {
    const page = async (query: Readonly<Record<string, string>>): Promise<string> => (await app.inject({ url: '/openapi', query })).body;
    for (const version of versions) {
      for (const tag of new Set(operationsOf(registry, version).map((each) => each.tag))) expect(await page({ version, root: tag }).then((html) => html.includes('</details>')), tag).toBe(true);
      for (const { name } of registry.types.values()) expect(await page({ version, type: name }).then((html) => html.includes('There is no')), name).toBe(false);
    }
    expect(await page({ q: 'post assignmentRequests' })).toContain('/identityGovernance/entitlementManagement/assignmentRequests');
    expect(await page({ q: 'nothing like this' })).toContain('0 found');
  });

  it('runs nothing that it is given', async () => {
    const answer = await app.inject({ url: '/openapi', query: { q: '"><script>alert(1)</script>', root: '<b>', type: '<i>', version: 'x' } });
    expect(answer.body).not.toMatch(/<script|<b>|<i>&lt;|<i><\/i>/);
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });
});
