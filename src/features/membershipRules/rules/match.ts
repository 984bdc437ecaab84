/** Following a pattern through a text: all ways at once, so that no pattern takes longer than the text is long. Pure. */
import type { Pattern } from './pattern.ts';
import { fold } from './pattern.ts';

/** Steps of the automaton. `goto` and `either` take no character; numbers are places in the list. */
type Step =
  | { readonly step: 'read'; readonly set: Extract<Pattern, { node: 'set' }> }
  | { readonly step: 'start' | 'end' | 'found' }
  | { readonly step: 'either'; readonly one: number; readonly other: number };

/** Whether the pattern is found somewhere in the text. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const steps = stepsOf(pattern);
  const codes = Array.from(fold(text), (character) => character.codePointAt(0) ?? 0);
  let places = new Set<number>();
  for (let at = 0; at <= codes.length; at++) {
    const here = { isStart: at === 0, isEnd: at === codes.length };
    const reached = reach(steps, [...places, 0], here);
    if (reached === undefined) return true;
    const code = codes[at];
    places = new Set();
    for (const place of reached) {
      const step = steps[place];
      if (code !== undefined && step?.step === 'read' && holds(step.set, code)) places.add(place + 1);
    }
  }
  return false;
}

/** Every place that is reached without reading; undefined when the end of the pattern is among them. */
function reach(steps: readonly Step[], from: readonly number[], here: { readonly isStart: boolean; readonly isEnd: boolean }): ReadonlySet<number> | undefined {
  const reached = new Set<number>();
  const open = [...from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (reached.has(place)) continue;
    reached.add(place);
    const step = steps[place];
    if (step?.step === 'found') return undefined;
    if (step?.step === 'either') open.push(step.one, step.other);
    if ((step?.step === 'start' && here.isStart) || (step?.step === 'end' && here.isEnd)) open.push(place + 1);
  }
  return reached;
}

const holds = ({ ranges, isNegated }: Extract<Pattern, { node: 'set' }>, code: number): boolean => ranges.some(([from, to]) => code >= from && code <= to) !== isNegated;

function stepsOf(pattern: Pattern): readonly Step[] {
  const steps: Step[] = [];
  write(pattern, steps);
  return [...steps, { step: 'found' }];
}

function write(pattern: Pattern, steps: Step[]): void {
  switch (pattern.node) {
    case 'set': steps.push({ step: 'read', set: pattern }); return;
    case 'start': case 'end': steps.push({ step: pattern.node }); return;
    case 'sequence': for (const part of pattern.parts) write(part, steps); return;
    case 'choice': writeChoice(pattern.parts, steps); return;
    case 'repeat': writeRepeat(pattern, steps); return;
    default: pattern satisfies never;
  }
}

/** Each branch but the last begins with a fork, and ends with a way to the end of all. */
function writeChoice(parts: readonly Pattern[], steps: Step[]): void {
  const ends: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1) {
      write(part, steps);
      continue;
    }
    const fork = steps.length;
    steps.push({ step: 'either', one: fork + 1, other: fork + 1 });
    write(part, steps);
    ends.push(steps.length);
    steps.push({ step: 'either', one: 0, other: 0 });
    steps[fork] = { step: 'either', one: fork + 1, other: steps.length };
  }
  for (const end of ends) steps[end] = { step: 'either', one: steps.length, other: steps.length };
}

function writeRepeat({ part, least, most }: Extract<Pattern, { node: 'repeat' }>, steps: Step[]): void {
  for (let nth = 0; nth < least; nth++) write(part, steps);
  if (most === undefined) {
    const fork = steps.length;
    steps.push({ step: 'either', one: fork + 1, other: fork + 1 });
    write(part, steps);
    steps.push({ step: 'either', one: fork, other: fork });
    steps[fork] = { step: 'either', one: fork + 1, other: steps.length };
    return;
  }
  const forks: number[] = [];
  for (let nth = least; nth < most; nth++) {
    forks.push(steps.length);
    steps.push({ step: 'either', one: 0, other: 0 });
    write(part, steps);
  }
  for (const fork of forks) steps[fork] = { step: 'either', one: fork + 1, other: steps.length };
}
