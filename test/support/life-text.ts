/** A life in words: what each event does in each state, depending on the facts that are looked at. For tests that say the whole table. */
import { step, type Life } from '../../src/kernel/machine.ts';

/** Values that a fact may have; the facts of a life by name. */
export type FactValues<Facts> = { readonly [Name in keyof Facts]: readonly Facts[Name][] };

/** One line for each (state, event) that is possible, and for each combination of the facts that were looked at, in the order in which they were. */
export function tellLife<State extends string, Event extends string, Facts extends object, Effect extends string>(life: Life<State, Event, Facts, Effect>, values: FactValues<Facts>): readonly string[] {
  return life.states.flatMap((state) => life.events.flatMap((event) => tellStep(life, { state, event, values, known: {} })));
}

interface Asked<State, Event, Facts> {
  readonly state: State;
  readonly event: Event;
  readonly values: FactValues<Facts>;
  /** What is known so far. */
  readonly known: Partial<Facts>;
}

class Unknown extends Error {
  readonly fact: PropertyKey;

  constructor(fact: PropertyKey) {
    super(String(fact));
    this.fact = fact;
  }
}

function tellStep<State extends string, Event extends string, Facts extends object, Effect extends string>(life: Life<State, Event, Facts, Effect>, asked: Asked<State, Event, Facts>): readonly string[] {
  const { state, event, values, known } = asked;
  // The facts tell which of them is looked at: one that is not known yet is tried with every value.
  const facts = new Proxy(known, { get: (target, name) => { if (!(name in target)) throw new Unknown(name); return Reflect.get(target, name); } }) as Facts;
  try {
    const taken = step(life, { state, event }, facts);
    if (!taken.moved) return [];
    const when = Object.entries(known).map(([name, value]) => (value === true ? name : value === false ? `not ${name}` : `${name} ${String(value)}`));
    return [`${state} | ${event}${when.length === 0 ? '' : ` (${when.join(', ')})`} -> ${taken.to}${taken.effects.length === 0 ? '' : `: ${taken.effects.join(', ')}`}`];
  } catch (error) {
    if (!(error instanceof Unknown)) throw error;
    const { fact } = error;
    const [, tried] = Object.entries(values).find(([name]) => name === fact) ?? [];
    if (!Array.isArray(tried)) throw new Error(`say which values ${String(fact)} may have`, { cause: error });
    return tried.flatMap((value: unknown) => tellStep(life, { ...asked, known: { ...known, [fact]: value } }));
  }
}
