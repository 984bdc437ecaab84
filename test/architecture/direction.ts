/** "Which way imports point" and "Inside a feature", as rules over the sources. */
import { childOf, childrenOf, walk, type ImportLine, type SourceFile } from './source.ts';

const pureRoles = ['model', 'rules', 'machine'] as const;
const shellRoles = ['store', 'commands', 'api', 'jobs'] as const;
type FeatureRole = (typeof pureRoles)[number] | (typeof shellRoles)[number];
type Role = FeatureRole | 'kernel' | 'features' | 'connectors' | 'issuer' | 'platform' | 'main' | 'config' | 'cli' | 'web' | 'tool' | 'test';

interface Place {
  readonly role: Role | undefined;
  readonly feature?: string;
}

const pure: readonly Role[] = ['kernel', ...pureRoles];
const stored: readonly Role[] = [...pure, 'store', 'platform'];
const commanded: readonly Role[] = [...stored, 'commands', 'connectors'];

/** What each role may import. Tests and tools may import everything, the composition root too. */
const allowed: Readonly<Record<Exclude<Role, 'main' | 'test' | 'tool'>, readonly Role[]>> = {
  kernel: ['kernel'],
  config: ['kernel'],
  model: pure, rules: pure, machine: pure,
  store: stored,
  commands: commanded,
  api: [...commanded, 'api'],
  jobs: [...commanded, 'jobs'],
  features: [...commanded, 'api', 'jobs'],
  connectors: ['kernel', 'connectors'],
  platform: ['kernel', 'platform'],
  issuer: [...stored, 'issuer'],
  cli: [...pure, 'cli'],
  web: [...pure, 'web'],
};

/** Where a path is in the plan; role undefined: nowhere. */
export function placeOfPath(path: string): Place {
  const [top = '', second = '', feature = '', file = ''] = path.split('/');
  if (path.endsWith('.test.ts')) return { role: 'test' };
  if (['test', 'bench', 'scripts', '.ci'].includes(top)) return { role: 'tool' };
  if (top === 'cli' || top === 'web') return { role: top };
  if (path === 'src/main.ts') return { role: 'main' };
  if (path === 'src/config.ts') return { role: 'config' };
  if (path === 'src/features/index.ts') return { role: 'features' };
  if (second === 'features') return { role: [...pureRoles, ...shellRoles].find((role) => role === file.replace(/\.ts$/, '')), feature };
  return { role: (['kernel', 'connectors', 'issuer', 'platform'] as const).find((role) => role === second && feature !== '') };
}

/** Whether a file is of the kind that only thinks. */
export function isPure(path: string): boolean {
  const { role } = placeOfPath(path);
  return role !== undefined && pure.includes(role);
}

/** Files under `src`, `cli` or `web` that have no place in the plan. */
export function findMisplaced(paths: readonly string[]): readonly string[] {
  const badNames = /(^|\/)(utils?|helpers?|common|misc)(\/|\.\w+$)/;
  return paths.filter((path) => badNames.test(path) || (path.startsWith('src/') && (placeOfPath(path).role === undefined || isAlien(path))))
    .map((path) => `${path} has no role in the plan`);
}

/** In a feature there is nothing but TypeScript. */
const isAlien = (path: string): boolean => path.startsWith('src/features/') && !path.endsWith('.ts');

/** Imports that point the wrong way. `order` lists the features, earlier first; undefined while there is no list. */
export function findWrongImports(file: SourceFile, order: readonly string[] | undefined): readonly string[] {
  return file.imports.flatMap((line) => {
    const reason = whyWrong(file.path, line, order);
    return reason === undefined ? [] : [`${file.path} imports ${line.specifier}: ${reason}`];
  });
}

function whyWrong(from: string, line: ImportLine, order: readonly string[] | undefined): string | undefined {
  const here = placeOfPath(from);
  const { role } = here;
  if (role === undefined || role === 'main' || role === 'test' || role === 'tool' || line.target === undefined) return undefined;
  const there = placeOfPath(line.target);
  if (there.role === 'config' && line.isTypeOnly && !pure.includes(role)) return undefined;
  if (there.role === undefined || !allowed[role].includes(there.role)) return `${role} must not import ${there.role ?? 'a file without a role'}`;
  if (here.feature === undefined || there.feature === undefined || here.feature === there.feature || pure.includes(there.role)) return undefined;
  return order !== undefined && order.indexOf(there.feature) >= order.indexOf(here.feature) ? `${there.feature} is not earlier than ${here.feature}` : undefined;
}

/** Order of the features in `src/features/index.ts`: its array of names, or the order of its imports; undefined without the file. */
export function readFeatureOrder(files: readonly SourceFile[]): readonly string[] | undefined {
  const index = files.find((file) => file.path === 'src/features/index.ts');
  if (index === undefined) return undefined;
  let named: readonly string[] = [];
  walk(index.program, (node) => {
    if (node.type !== 'VariableDeclarator' || !/order|features/i.test(String(childOf(node, 'id')?.['name']))) return;
    const init = childOf(node, 'init');
    const names = childrenOf(init?.type === 'ArrayExpression' ? init : childOf(init, 'expression'), 'elements').map((element) => element['value']);
    if (names.length > 0 && names.every((name) => typeof name === 'string')) named = names;
  });
  const imported = index.imports.map((line) => line.target?.split('/')[2]).filter((name) => name !== undefined);
  return named.length > 0 ? named : [...new Set(imported)];
}
