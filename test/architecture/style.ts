/** Purity, size and escapes from the type checker, as rules over the sources. */
import { childOf, childrenOf, placeOf, textOf, walk, type SourceFile, type SyntaxNode } from './source.ts';

const longestFile = 250;
const longestFunction = 60;
const mostParameters = 3;

/** Clock, randomness, environment, waiting and foreign packages in a file that only thinks. */
export function findImpurities(file: SourceFile): readonly string[] {
  const found = file.imports.filter((line) => line.target === undefined)
    .map((line) => `${file.path} is pure and imports ${line.specifier}`);
  walk(file.program, (node) => {
    const what = impurityOf(file, node);
    if (what !== undefined) found.push(`${placeOf(file, node.start)} is pure and uses ${what}`);
  });
  return found;
}

function impurityOf(file: SourceFile, node: SyntaxNode): string | undefined {
  if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node['await'] === true) || node['async'] === true) return 'await';
  if (node.type === 'NewExpression') return nameOf(childOf(node, 'callee')) === 'Date' && childrenOf(node, 'arguments').length === 0 ? 'the clock' : undefined;
  if (node.type === 'CallExpression') return /^(Date|setTimeout|setInterval|setImmediate|queueMicrotask|fetch)$/.test(nameOf(childOf(node, 'callee'))) ? nameOf(childOf(node, 'callee')) : undefined;
  if (node.type !== 'MemberExpression') return undefined;
  const text = textOf(file, node).replaceAll(/\s/g, '');
  return /^((globalThis\.)?(Date\.now|Math\.random|performance\.|crypto\.|process\.)|globalThis\.)/.test(text) ? text : undefined;
}

const nameOf = (node: SyntaxNode | undefined): string => (node?.type === 'Identifier' ? String(node['name']) : '');

/** Reads of the environment. Only the composition root may. */
export function findEnvironmentReads(file: SourceFile): readonly string[] {
  const found: string[] = [];
  walk(file.program, (node) => {
    if (node.type === 'MemberExpression' && /^(globalThis\.)?process\??\.env$|^process\['env'\]$/.test(textOf(file, node))) found.push(`${placeOf(file, node.start)} reads process.env`);
  });
  for (const line of file.imports) if (/^(node:)?process$/.test(line.specifier)) found.push(`${file.path} imports ${line.specifier}`);
  return found;
}

/** A file that is too long, functions that are too long or take too many parameters. */
export function findOversize(file: SourceFile): readonly string[] {
  const lines = file.text.replace(/\n$/, '').split('\n').length;
  const found = lines > longestFile ? [`${file.path} has ${lines} lines; ${longestFile} is the wall`] : [];
  walk(file.program, (node, parents) => {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|TSDeclareFunction|TSEmptyBodyFunctionExpression)$/.test(node.type)) return;
    const length = textOf(file, node).split('\n').length;
    const isTestBlock = file.path.endsWith('.test.ts') && parents.some((parent) => parent.type === 'CallExpression') && isDescribe(file, parents.at(-1));
    if (length > longestFunction && !isTestBlock) found.push(`${placeOf(file, node.start)} is a function of ${length} lines; ${longestFunction} is the wall`);
    const parameters = childrenOf(node, 'params').length;
    if (parameters > mostParameters) found.push(`${placeOf(file, node.start)} takes ${parameters} parameters; ${mostParameters} is the wall`);
  });
  return found;
}

const isDescribe = (file: SourceFile, call: SyntaxNode | undefined): boolean => call?.type === 'CallExpression' && /^describe\b/.test(textOf(file, call));

/** `any`, `!`, and switched-off checks that do not say why. */
export function findEscapes(file: SourceFile): readonly string[] {
  const found = file.syntaxErrors.map((message) => `${file.path} does not parse: ${message}`);
  walk(file.program, (node) => {
    if (node.type === 'TSAnyKeyword') found.push(`${placeOf(file, node.start)} uses any`);
    if (node.type === 'TSNonNullExpression') found.push(`${placeOf(file, node.start)} uses a non-null !`);
  });
  for (const { value, start } of file.comments) {
    // Directives stand first in their comment; a comment that only mentions one is none.
    const directive = /^[\s*]*(@ts-nocheck|@ts-ignore|@ts-expect-error|(?:oxlint|eslint)-disable[\w-]*)(.*)/s.exec(value);
    if (directive !== null && !givesReason(directive[1] ?? '', directive[2] ?? '')) found.push(`${placeOf(file, start)} has ${directive[1]} without a reason beside it`);
  }
  return found;
}

function givesReason(directive: string, rest: string): boolean {
  const reason = directive.startsWith('@ts') ? rest : rest.split('--').slice(1).join('--');
  return reason.replace(/^[\s:–-]+/, '').length >= 10;
}

/** Tests of one file that have the same full name. */
export function findDuplicateTests(file: SourceFile): readonly string[] {
  const seen = new Set<string>();
  const found: string[] = [];
  walk(file.program, (node, parents) => {
    if (!isTestCall(file, node)) return;
    const name = [...parents, node].map((one) => titleOf(file, one)).filter((title) => title !== undefined).join(' > ');
    if (seen.has(name)) found.push(`${placeOf(file, node.start)} repeats the test name '${name}'`);
    seen.add(name);
  });
  return found;
}

function isTestCall(file: SourceFile, node: SyntaxNode): boolean {
  return titleOf(file, node) !== undefined && !/^describe\b/.test(textOf(file, node));
}

function titleOf(file: SourceFile, node: SyntaxNode): string | undefined {
  if (node.type !== 'CallExpression' || !/^(describe|it|test)\b/.test(textOf(file, node))) return undefined;
  const [title] = childrenOf(node, 'arguments');
  return title?.type === 'Literal' || title?.type === 'TemplateLiteral' ? textOf(file, title).slice(1, -1) : undefined;
}
