/**
 * Writes docs/generated: settings, public failures and lives, from the code that decides them.
 * `--check` writes nothing and exits 1 when a page differs from what the code says.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { settings } from '../src/config.ts';
import { diagram, type Life } from '../src/kernel/machine.ts';
import { problemTable } from '../src/kernel/problem.ts';

type AnyLife = Life<string, string, unknown, string>;

const root = path.dirname(import.meta.dirname);
const featuresFolder = path.join(root, 'src/features');
const note = '<!-- Written by scripts/generate-docs.ts; change the code instead, then run: npm run docs -->';

const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function configPage(): string {
  const rows = settings.map(({ name, unset, meaning }) => [`\`${name}\``, unset, meaning]);
  return `# Settings\n\nEnvironment variables. An empty one counts as not set; an unknown \`GATEHOUSE_…\` name is refused.\n\n${table(['Variable', 'Not set', 'Meaning'], rows)}`;
}

function errorsPage(): string {
  const rows = Object.entries(problemTable).map(([name, { code, status, sentence }]) => [`\`${name}\``, String(status), `\`${code}\``, sentence]);
  return `# Public failures\n\nWhat a client can be told. \`{words}\` are filled in; \`error.details\` carries every reason where there are several.\n\n${table(['Name', 'Status', 'Graph code', 'Sentence'], rows)}`;
}

/** Lives are found by their shape: a machine file may export its rows and types too. */
function isLife(value: unknown): value is AnyLife {
  return typeof value === 'object' && value !== null && 'rows' in value && 'states' in value && 'initial' in value && 'final' in value && 'name' in value;
}

async function readLives(): Promise<readonly AnyLife[]> {
  const features = existsSync(featuresFolder) ? readdirSync(featuresFolder).toSorted() : [];
  const files = features.map((feature) => path.join(featuresFolder, feature, 'machine.ts')).filter((file) => existsSync(file));
  const modules = await Promise.all(files.map(async (file) => await import(pathToFileURL(file).href) as Record<string, unknown>));
  return modules.flatMap((exported) => Object.values(exported).filter(isLife));
}

async function livesPage(): Promise<string> {
  const lives = (await readLives()).toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const parts = lives.map((life) => `## ${life.name}\n\n\`\`\`mermaid\n${diagram(life)}\n\`\`\``);
  return ['# Lives\n\nWhat can happen to each thing, state by state. Any other event is refused.', ...parts].join('\n\n');
}

async function pages(): Promise<Readonly<Record<string, string>>> {
  return { 'config.md': configPage(), 'errors.md': errorsPage(), 'lives.md': await livesPage() };
}

function isCurrent(file: string, text: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').replaceAll('\r\n', '\n') === text;
}

async function main(isCheck: boolean): Promise<number> {
  const folder = path.join(root, 'docs/generated');
  const wanted = Object.entries(await pages()).map(([name, text]) => ({ file: path.join(folder, name), text: `${note}\n\n${text}\n` }));
  const stale = wanted.filter(({ file, text }) => !isCurrent(file, text));
  if (isCheck) {
    for (const { file } of stale) process.stderr.write(`${path.relative(root, file)} is not what the code says. Run: npm run docs\n`);
    return stale.length === 0 ? 0 : 1;
  }
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of stale) writeFileSync(file, text);
  return 0;
}

process.exitCode = await main(process.argv.includes('--check'));
