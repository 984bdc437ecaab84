/** A life as a table: state changes only through {@link step}. Pure. */

/** One row: in `from`, on `event`, when `when` holds (or always), go to `to` and cause `effects`. */
export interface Row<State extends string, Event extends string, Facts, Effect extends string> {
  readonly from: State;
  readonly event: Event;
  readonly when?: (facts: Facts) => boolean;
  /** What `when` asks, in a few words: for the diagram and the documentation. */
  readonly says?: string;
  readonly to: State;
  readonly effects?: readonly Effect[];
}

/** A whole life. Every (state, event) pair that is not listed is refused. */
export interface Life<State extends string, Event extends string, Facts, Effect extends string> {
  readonly name: string;
  readonly states: readonly State[];
  readonly initial: State;
  readonly final: readonly State[];
  readonly events: readonly Event[];
  readonly rows: readonly Row<State, Event, Facts, Effect>[];
}

/** Where a step leads, or why there is none. */
export type Step<State, Effect> =
  | { readonly moved: true; readonly to: State; readonly effects: readonly Effect[] }
  | { readonly moved: false };

/** First row that fits wins; no row means that the event is not possible in this state. */
export function step<State extends string, Event extends string, Facts, Effect extends string>(
  life: Life<State, Event, Facts, Effect>, at: { readonly state: State; readonly event: Event }, facts: Facts,
): Step<State, Effect> {
  const row = life.rows.find((candidate) => candidate.from === at.state && candidate.event === at.event && (candidate.when?.(facts) ?? true));
  return row === undefined ? { moved: false } : { moved: true, to: row.to, effects: row.effects ?? [] };
}

/** One step that was taken, as a history keeps it. */
export interface Move<State, Event> {
  readonly from: State;
  readonly to: State;
  readonly event: Event;
}

/** A way through a life: where it is, how it got there, and the events that follow by themselves. */
export interface Way<State, Event> {
  readonly state: State;
  readonly moves: readonly Move<State, Event>[];
  readonly next: readonly Event[];
}

/** How a way is gone. An effect notes on the way what is to be done; one that adds to `next` has another event follow. */
export interface Going<Facts, Effect extends string, On> {
  readonly facts: Facts;
  readonly effects: Readonly<Record<Effect, (way: On) => On>>;
}

/** Takes the events of `way.next` and all that follow; undefined when one of them is not possible where it comes. */
export function follow<State extends string, Event extends string, Facts, Effect extends string, On extends Way<State, Event>>(
  life: Life<State, Event, Facts, Effect>, begun: On, { facts, effects }: Going<Facts, Effect, On>,
): On | undefined {
  let way = begun;
  for (let event = way.next[0]; event !== undefined; event = way.next[0]) {
    const taken = step(life, { state: way.state, event }, facts);
    if (!taken.moved) return undefined;
    const moved: On = { ...way, state: taken.to, moves: [...way.moves, { from: way.state, to: taken.to, event }], next: way.next.slice(1) };
    way = taken.effects.reduce((so, effect) => effects[effect](so), moved);
  }
  return way;
}

/** Events that some row takes in `state`, whatever the facts: what a portal could offer. */
export function eventsIn<State extends string, Event extends string, Facts, Effect extends string>(
  life: Life<State, Event, Facts, Effect>, state: State,
): readonly Event[] {
  return life.events.filter((event) => life.rows.some((row) => row.from === state && row.event === event));
}

/** The life as a Mermaid state diagram. */
export function diagram<State extends string, Event extends string, Facts, Effect extends string>(
  life: Life<State, Event, Facts, Effect>,
): string {
  const arrows = life.rows.map((row) => `  ${row.from} --> ${row.to}: ${row.event}${row.says === undefined ? '' : ` [${row.says}]`}`);
  const ends = life.final.map((state) => `  ${state} --> [*]`);
  return ['stateDiagram-v2', `  [*] --> ${life.initial}`, ...arrows, ...ends].join('\n');
}
