/** Every declared property can be filtered by, ordered by and selected, and every navigation followed: what a declaration says must be SQL that runs. */
import { expect, it } from 'vitest';
import type { Caller } from '../../../src/kernel/caller.ts';
import { declarations } from '../../../src/features/index.ts';
import { fixedClock } from '../../../src/platform/clock.ts';
import type { Navigation, Property, Root, Version } from '../../../src/platform/graph/model.ts';
import { buildRegistry, typeNamed, type ResolvedType } from '../../../src/platform/graph/registry.ts';
import { answerGraph } from '../../../src/platform/graph/service.ts';
import { newId } from '../../../src/platform/ids.ts';
import { isComplex, isEnum } from '../../../src/platform/graph/value.ts';
import { isIn } from '../../../src/platform/graph/version.ts';
import { testDatabase } from '../../support/database.ts';

const database = await testDatabase();
const registry = buildRegistry(declarations);
const service = { registry, db: database.db, clock: fixedClock(new Date('2026-01-01T00:00:00Z')), publicUrl: 'https://house.example' };
/** Says yes to whatever permission is asked about, so that every list opens. */
class EveryName extends Set<string> {
  override has(): boolean { return true; }
}
const callers: readonly Caller[] = [true, false].map((isDelegated) => ({
  principalId: newId(), kind: isDelegated ? 'user' : 'servicePrincipal', displayName: 'Tester', clientAppId: newId(), isDelegated,
  permissions: new EveryName(), directoryRoles: new Set<string>(isDelegated ? [] : ['62e90394-69f5-4237-9190-012177145e10']), entitlementRoles: [],
}));

const literals = { text: "'a'", guid: newId(), flag: 'true', whole: '1', number: '1.5', instant: '2026-01-01T00:00:00Z', date: '2026-01-01', span: "duration'P1D'", binary: "'YQ=='", any: 'null' } as const;

/** Conditions that put a property to use. */
function conditionsOf(name: string, { type, collection }: Property): readonly string[] {
  if (collection === true) return [`${name}/any()`, `${name}/$count gt 0`, ...(isComplex(type) ? [] : [`${name}/any(x:x eq ${isEnum(type) ? `'${type.members[0] ?? ''}'` : literals[type]})`])];
  if (isEnum(type)) return [`${name} eq '${type.members[0] ?? ''}'`, `${name} in ('${type.members[0] ?? ''}',null)`];
  if (isComplex(type)) return [`${name} eq null`, ...Object.entries(type.properties).flatMap(([word, inner]) => conditionsOf(`${name}/${word}`, inner))];
  if (type === 'any') return [`${name} eq null`];
  return [`${name} eq null`, `${name} eq ${literals[type]}`, `${name} ne ${literals[type]}`, ...(type === 'text' ? [`startswith(${name},'a')`, `${name} in ('a','b')`] : []), ...(type === 'flag' ? [] : [`${name} gt ${literals[type]}`])];
}

const isSortable = ({ type, collection }: Property): boolean => collection !== true && !isComplex(type) && type !== 'any';

/** A few properties of what a navigation leads to, each used once: the others are, where they are declared. */
function conditionsThrough(name: string, { many, to }: Navigation, version: Version): readonly string[] {
  const target = typeNamed(registry, to);
  const plain = [...target.properties].filter(([, property]) => isIn(version, property) && property.writeOnly !== true && isSortable(property) && !isEnum(property.type)).slice(0, 4);
  const at = many ? 'x' : name;
  const conditions = plain.map(([word, { type }]) => `${at}/${word} ne ${typeof type === 'string' ? literals[type] : 'null'}`);
  const lists = [...target.properties].filter(([, property]) => isIn(version, property) && property.collection === true).slice(0, 2).map(([word]) => `${at}/${word}/any() or ${at}/${word}/$count eq 0`);
  const onward = [...target.navigations].filter(([, navigation]) => isIn(version, navigation)).slice(0, 2).map(([word, next]) => (next.many ? `${at}/${word}/any() and ${at}/${word}/$count ge 0` : `${at}/${word}/${typeNamed(registry, next.to).keyProperty} eq null`));
  const all = [...conditions, ...lists, ...onward];
  return many ? [`${name}/any() and ${name}/$count ge 0`, `${name}/$count eq 0`, ...all.map((text) => `${name}/any(x:${text})`), `${name}/all(x:${all[0] ?? 'true'})`] : [`${name}/${target.keyProperty} ne null`, ...all];
}

const filters = (texts: readonly string[]): readonly string[] => texts.map((text) => `$filter=${encodeURIComponent(text)}`);

function queriesOf(type: ResolvedType, version: Version): readonly string[] {
  const shown = [...type.properties].filter(([, property]) => property.writeOnly !== true && isIn(version, property));
  const navigations = [...type.navigations].filter(([, navigation]) => isIn(version, navigation));
  return [
    ...shown.flatMap(([name, property]) => filters(conditionsOf(name, property))),
    ...shown.filter(([, property]) => isSortable(property)).map(([name]) => `$orderby=${name} desc&$top=1`), ...shown.map(([name]) => `$select=${name}`),
    ...navigations.map(([name]) => `$expand=${name}`), ...navigations.flatMap(([name, navigation]) => filters(conditionsThrough(name, navigation, version))),
    ...navigations.filter(([, { many }]) => many).map(([name]) => `$expand=${name}($count=true;$top=1)`),
    ...(type.declared.searchable === undefined ? [] : ['$search=a', ...type.declared.searchable.map((name) => `$search="${name}:a b"`)]), '$count=true', '$expand=*',
  ];
}

async function failures(path: string, queriesIn: (version: Version) => readonly string[], at: readonly Version[] = ['v1.0', 'beta']): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [index, version] of at.entries()) {
    const caller = callers[index];
    for (const query of caller === undefined ? [] : queriesIn(version)) {
      if (caller === undefined) continue;
      const said: string[] = [];
      const log = { error: (facts: object): void => { said.push('err' in facts && facts.err instanceof Error ? facts.err.message : 'unknown'); } };
      const answer = await answerGraph(service, { method: 'GET', version, path, query, headers: {}, body: undefined, caller, requestId: '', clientRequestId: '' }, log);
      const isFine = answer.status === 200 || answer.status === 403 || (answer.status === 404 && query === '');
      if (!isFine) found.push(`${version} ${path}?${decodeURIComponent(query)}: ${answer.status} ${said.join() || JSON.stringify(answer.body?.['error']).slice(0, 160)}`);
    }
  }
  return found;
}

const roots = registry.roots.filter((root) => root.singleton === undefined && root.only === undefined);

it.each(roots.map((root): [string, Root] => [root.path, root]))('/%s', async (path, root) => {
  expect(await failures(`/${path}`, (version) => queriesOf(typeNamed(registry, root.type), version))).toEqual([]);
});

it.each([...registry.types.values()].filter((type) => type.lineage.length > 1).map((type): [string, ResolvedType] => [type.name, type]))('cast to %s', async (_, type) => {
  const root = roots.find((each) => type.lineage.slice(1).includes(each.type));
  if (root !== undefined) expect(await failures(`/${root.path}/microsoft.graph.${type.name}`, (version) => queriesOf(type, version))).toEqual([]);
});

const own = registry.roots.filter((root) => root.singleton === undefined && root.only === 'gatehouse');

it('what Graph has no name for', async () => {
  for (const { path, type } of own) expect(await failures(`/${path}`, (version) => queriesOf(typeNamed(registry, type), version), ['gatehouse', 'gatehouse'])).toEqual([]);
});

const singletons = registry.roots.filter(({ type }) => type === 'rbacApplication')
  .flatMap((root) => [...typeNamed(registry, root.type).navigations].filter(([, { many }]) => many).map(([name, { to }]): [string, ResolvedType] => [`${root.path}/${name}`, typeNamed(registry, to)]));

it.each(singletons)('collection /%s', async (path, type) => {
  // A collection that only one version has is unknown to the other, and says so.
  expect((await failures(`/${path}`, (version) => queriesOf(type, version))).filter((line) => !line.includes('not found for the segment'))).toEqual([]);
});

it.each(roots.map((root): [string, Root] => [root.path, root]))('navigations of /%s', async (path, root) => {
  const type = typeNamed(registry, root.type);
  const key = type.keyType === 'guid' ? newId() : 'x';
  const paths = [...type.navigations.keys()].flatMap((name) => [`/${path}/${key}/${name}`, `/${path}/${key}/${name}/$ref`]);
  expect((await Promise.all(paths.map(async (one) => failures(one, () => [''])))).flat()).toEqual([]);
});
