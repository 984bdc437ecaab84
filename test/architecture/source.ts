/** The project's sources, parsed: what the architecture rules look at. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'rolldown/utils';

/** A node of the syntax tree (ESTree with TypeScript). Offsets count UTF-16 units. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [property: string]: unknown;
}

/** One `import` or `export … from`; `target` is the project's file it means, undefined for a package or Node module. */
export interface ImportLine {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
  readonly target: string | undefined;
}

/** One file; `path` is relative to the project, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly program: SyntaxNode;
  readonly comments: readonly { readonly value: string; readonly start: number }[];
  readonly syntaxErrors: readonly string[];
  readonly imports: readonly ImportLine[];
}

const root = path.resolve(import.meta.dirname, '../..');
const folders = ['src', 'cli', 'web', 'bench', 'test', 'scripts', '.ci'];

/** Every `.ts` and `.mjs` file of the project. */
export function readSources(): readonly SourceFile[] {
  return listFiles(folders).filter((file) => /\.(ts|mjs)$/.test(file)).map((file) => parseSource(file, readFileSync(path.join(root, file), 'utf8')));
}

/** Paths of all files under some folders of the project; folders that do not exist are empty. */
export function listFiles(under: readonly string[]): readonly string[] {
  return under.flatMap((folder) => {
    try {
      const entries = readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
    } catch {
      return [];
    }
  }).toSorted();
}

/** Parses one file. */
export function parseSource(file: string, text: string): SourceFile {
  const result = parseSync(file, text);
  const program = result.program as unknown as SyntaxNode;
  return { path: file, text, program, comments: result.comments, syntaxErrors: result.errors.map((error) => error.message), imports: importsOf(file, program) };
}

/** Calls `visit` for every node with its parents, nearest last. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode, parents: readonly SyntaxNode[]) => void, parents: readonly SyntaxNode[] = []): void {
  visit(node, parents);
  const inside = [...parents, node];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, inside);
  }
}

/** Whether a value is a node. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value;
}

/** The node under a property, if there is one. */
export function childOf(node: SyntaxNode | undefined, property: string): SyntaxNode | undefined {
  const child = node?.[property];
  return isNode(child) ? child : undefined;
}

/** The nodes under a property that holds a list. */
export function childrenOf(node: SyntaxNode | undefined, property: string): readonly SyntaxNode[] {
  const list: unknown = node?.[property];
  return Array.isArray(list) ? list.filter(isNode) : [];
}

/** Source text of a node. */
export const textOf = (file: SourceFile, node: SyntaxNode): string => file.text.slice(node.start, node.end);

/** `path:line` of an offset. */
export const placeOf = (file: SourceFile, offset: number): string => `${file.path}:${file.text.slice(0, offset).split('\n').length}`;

function importsOf(file: string, program: SyntaxNode): readonly ImportLine[] {
  const lines: ImportLine[] = [];
  walk(program, (node) => {
    const specifier = childOf(node, 'source')?.['value'];
    if (!/^(Import|Export(All|Named))(Declaration|Expression)$/.test(node.type) || typeof specifier !== 'string') return;
    const isTypeOnly = node['importKind'] === 'type' || node['exportKind'] === 'type'
      || (childrenOf(node, 'specifiers').length > 0 && childrenOf(node, 'specifiers').every((one) => one['importKind'] === 'type'));
    lines.push({ specifier, isTypeOnly, target: specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : undefined });
  });
  return lines;
}
