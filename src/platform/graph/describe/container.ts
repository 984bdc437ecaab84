/** The entity container: sets and singletons, and for roots deeper down the folders that lead to them, each as a type of its own. */
import type { Root, Version } from '../model.ts';
import type { Registry } from '../registry.ts';
import { beginsIn } from '../version.ts';
import { element } from './xml.ts';
import { typeName } from './value-types.ts';

interface Folder {
  readonly name: string;
  readonly folders: Map<string, Folder>;
  readonly roots: Map<string, Root>;
}

const newFolder = (name: string): Folder => ({ name, folders: new Map(), roots: new Map() });

/** The container, and the types of its folders. */
export function containerOf(registry: Registry, version: Version): { readonly container: string; readonly types: readonly string[] } {
  const top = newFolder('');
  const taken = new Set([...registry.types.values()].map(({ name }) => name));
  for (const root of registry.roots) {
    if (!beginsIn(version, root)) continue;
    plant(top, (version === 'beta' ? root.betaPath ?? root.path : root.path).split('/'), { root, taken });
  }
  const sets = [...top.roots].map(([name, root]) => (root.singleton === undefined ? element('EntitySet', { Name: name, EntityType: typeName(root.type) }) : element('Singleton', { Name: name, Type: typeName(root.type) })));
  const singletons = [...top.folders].map(([name, folder]) => element('Singleton', { Name: name, Type: typeName(folder.name) }));
  return { container: element('EntityContainer', { Name: 'GraphService' }, [...sets, ...singletons, ...imports(registry, version)]), types: [...top.folders.values()].flatMap(typesOf) };
}

/** Functions and actions that are bound to nothing, once for each word. */
function imports({ functions, actions }: Registry, version: Version): readonly string[] {
  const words = (all: typeof functions | typeof actions): readonly string[] => [...new Set(all.filter((each) => beginsIn(version, each)).map(({ path }) => path))];
  return [...words(functions).map((name) => element('FunctionImport', { Name: name, Function: typeName(name) })), ...words(actions).map((name) => element('ActionImport', { Name: name, Action: typeName(name) }))];
}

function plant(top: Folder, segments: readonly string[], { root, taken }: { readonly root: Root; readonly taken: Set<string> }): void {
  let folder = top;
  for (const segment of segments.slice(0, -1)) {
    const next = folder.folders.get(segment) ?? newFolder(freshName(segment, taken));
    folder.folders.set(segment, next);
    folder = next;
  }
  folder.roots.set(segments.at(-1) ?? '', root);
}

function freshName(segment: string, taken: Set<string>): string {
  const name = taken.has(segment) ? `${segment}Root` : segment;
  taken.add(name);
  return name;
}

function typesOf(folder: Folder): readonly string[] {
  const navigation = (name: string, type: string): string => element('NavigationProperty', { Name: name, Type: type, ContainsTarget: true });
  const own = element('EntityType', { Name: folder.name }, [
    ...[...folder.folders].map(([name, inner]) => navigation(name, typeName(inner.name))),
    ...[...folder.roots].map(([name, root]) => navigation(name, root.singleton === undefined ? `Collection(${typeName(root.type)})` : typeName(root.type))),
  ]);
  return [own, ...[...folder.folders.values()].flatMap(typesOf)];
}
