/** Reads feature files: Gherkin's own parser, and steps by sentences. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AstBuilder, compile, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';
import { IdGenerator, type GherkinDocument, type Pickle, type PickleStep } from '@cucumber/messages';
import type { Depth, World } from './world.ts';

/** What a step does with what its sentence says; `rows` is the table under it. */
export type Act = (story: Story, words: readonly string[], rows: readonly (readonly string[])[]) => Promise<void>;

/** A sentence and what it does. What stands in braces is a hole: see {@link holes}. */
export interface StepKind {
  readonly sentence: string;
  readonly pattern: RegExp;
  /** It says something about what is: a story without any is none. */
  readonly asserts: boolean;
  readonly act: Act;
}

/** A story while it is played. `refused`: what the last attempt was answered. */
export interface Story {
  readonly world: World;
  refused: readonly string[] | undefined;
}

const who = String.raw`(?:[A-Z]\w*|'[^']+')`;

/** What stands for what in a sentence: one name or several, words in quotes, a number, a stretch of time, a way to put it. */
const holes: Readonly<Record<string, string>> = {
  who: `(${who})`, whos: `(${who}(?:(?:, | and )${who})*)`, text: `'([^']+)'`, number: String.raw`(\d+)`, span: String.raw`(\d+ (?:minute|hour|day)s?)`, words: '([^\']+)',
};

/** Makes a step from its sentence. */
export function stepKind(sentence: string, asserts: boolean, act: Act): StepKind {
  const escaped = sentence.replaceAll(/[.*+?^$()[\]\\|]/g, String.raw`\$&`);
  return { sentence, asserts, act, pattern: new RegExp(`^${escaped.replaceAll(/\{(\w+)\}/g, (_, hole: string) => holes[hole] ?? hole)}$`) };
}

/** A name without its quotes. */
export const nameIn = (words: string | undefined): string => (words ?? '').replaceAll("'", '');

/** Names of a list: Sam, Ada and 'the bot'. */
export const namesIn = (words: string | undefined): readonly string[] => (words ?? '').match(new RegExp(who, 'g'))?.map(nameIn) ?? [];

/** Milliseconds of a stretch of time: 3 days. */
export function millisecondsIn(words: string | undefined): number {
  const [count = '0', unit = ''] = (words ?? '').split(' ');
  const units: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
  return Number(count) * (units[unit.replace(/s$/, '')] ?? Number.NaN);
}

/** The same as an ISO 8601 duration. */
export const durationIn = (words: string | undefined): string => `PT${millisecondsIn(words) / 60_000}M`;

/** A step of a story, bound to what it does. */
interface BoundStep {
  readonly text: string;
  readonly kind: StepKind;
  readonly words: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One scenario of one file. */
export interface Scenario {
  readonly file: string;
  readonly name: string;
  /** Where it is played. */
  readonly depths: readonly Depth[];
  readonly steps: readonly BoundStep[];
}

const folder = import.meta.dirname;
const tags: Readonly<Record<string, readonly Depth[]>> = { '@http': ['http'], '@database': ['commands', 'http'] };

/** Every scenario of every feature file, with all that is wrong with them: steps that nobody understands, stories that assert nothing. */
export function readScenarios(kinds: readonly StepKind[]): { readonly scenarios: readonly Scenario[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const used = new Set<StepKind>();
  const scenarios = readdirSync(folder).filter((file) => file.endsWith('.feature')).toSorted().flatMap((file) => picklesOf(file).map((pickle): Scenario => {
    const steps = pickle.steps.flatMap((step) => bind(kinds, step) ?? (problems.push(`${file}: '${pickle.name}': nobody understands '${step.text}'`), []));
    for (const { kind } of steps) used.add(kind);
    if (depthsOf(pickle).length < 3 && !isExplained(file, pickle)) problems.push(`${file}: '${pickle.name}' is not played at every depth: say why under its title, or under the feature's`);
    if (!steps.some(({ kind }) => kind.asserts)) problems.push(`${file}: '${pickle.name}' asserts nothing`);
    return { file, name: pickle.name, depths: depthsOf(pickle), steps };
  }));
  for (const kind of kinds) if (!used.has(kind)) problems.push(`no story says '${kind.sentence}'`);
  return { scenarios, problems };
}

const documentOf = (file: string, newId: IdGenerator.NewId): GherkinDocument => new Parser(new AstBuilder(newId), new GherkinClassicTokenMatcher()).parse(readFileSync(path.join(folder, file), 'utf8'));

function picklesOf(file: string): readonly Pickle[] {
  const newId = IdGenerator.incrementing();
  return compile(documentOf(file, newId), file, newId);
}

/** Whether words stand under what carries the tag: the scenario, or the whole feature. */
function isExplained(file: string, { astNodeIds }: Pickle): boolean {
  const { feature } = documentOf(file, IdGenerator.incrementing());
  const isTagged = (names: readonly { readonly name: string }[] | undefined): boolean => names?.some(({ name }) => tags[name] !== undefined) === true;
  if (isTagged(feature?.tags)) return feature?.description.trim() !== '';
  return feature?.children.some(({ scenario }) => scenario !== undefined && astNodeIds.includes(scenario.id) && scenario.description.trim() !== '') === true;
}

const depthsOf = (pickle: Pickle): readonly Depth[] => pickle.tags.map(({ name }) => tags[name]).find((depths) => depths !== undefined) ?? ['tables', 'commands', 'http'];

function bind(kinds: readonly StepKind[], { text, argument }: PickleStep): BoundStep | undefined {
  const rows = argument?.dataTable?.rows.map(({ cells }) => cells.map(({ value }) => value)) ?? [];
  const fits = kinds.flatMap((kind) => {
    const found = kind.pattern.exec(text);
    return found === null ? [] : [{ text, kind, words: found.slice(1), rows }];
  });
  if (fits.length > 1) throw new Error(`'${text}' is understood in ${fits.length} ways: ${fits.map(({ kind }) => kind.sentence).join('; ')}`);
  return fits[0];
}
