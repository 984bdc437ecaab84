/**
 * Who may ask, for whom, under which policy, and who decides: every policy shape × requestor × target, asked of the product
 * (its statement over rows in PostgreSQL, then its rule) and of a slow model of the rules that shares nothing with it.
 */
import { describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/platform/db/transaction.ts';
import type { Caller } from '../../src/kernel/caller.ts';
import type { Facts } from '../../src/features/requests/model.ts';
import type { Tx } from '../../src/platform/db/database.ts';
import { testDatabase } from '../support/database.ts';
import { town } from './cast.ts';
import { makePackages } from './packages.ts';
import { callerOf, factsOf, verdictOf, type Verdict } from './product.ts';
import { insertPackage } from './package-rows.ts';
import { insertTown } from './rows.ts';
import { peopleOf, type Parties } from './people.ts';
import { decide, type Answer, type Question } from './rules.ts';
import { numbers, requestorSets, scopes } from './shapes.ts';
import { difference, inWords } from './words.ts';
import type { Identity, Package } from './town.ts';

const seed = 20_260_728;
const packages = makePackages(seed);
const database = await testDatabase();
await inTransaction(database.owner, async (tx) => {
  await insertTown(tx, town);
  for (const one of packages) await insertPackage(tx, one);
});

/** What was compared and what differs. */
interface Tally {
  compared: number;
  readonly answers: Map<string, number>;
  readonly disagreements: string[];
}

const count = ({ answers }: Tally, what: string): void => { answers.set(what, (answers.get(what) ?? 0) + 1); };

function compare(tally: Tally, question: Question, verdict: Verdict): void {
  const expected: Answer = decide(town, question);
  tally.compared++;
  if (expected.isAllowed) count(tally, expected.stages.length > 0 ? 'approval' : 'at once');
  else for (const code of expected.codes) count(tally, code);
  const what = difference(expected, verdict);
  if (what !== undefined) tally.disagreements.push(`${inWords(question)}: ${what}`);
}

const next = numbers(seed);
const relations = (['requestorManager', 'targetManager', 'internalSponsors', 'externalSponsors', 'targetUserSponsors', 'targetApplicationOwners', 'targetAgentIdentitySponsorsOrOwners'] as const).map((set) => ({ set }));

/** Whether somebody asks for itself, or has to do with the target. */
const isNear = (parties: Parties): boolean => parties.target.id === parties.requestor.id || relations.some((set) => peopleOf(town, set, parties).includes(parties.requestor.id));

/** Every question that one encounter can be asked, by facts that were read once. */
function compareAll(tally: Tally, at: Omit<Question, 'type' | 'policy' | 'saysWhy' | 'answers'>, facts: Facts): void {
  const now = new Date();
  const put = (more: Pick<Question, 'type' | 'policy' | 'saysWhy' | 'answers'>): void => { compare(tally, { ...at, ...more }, verdictOf(facts, more, now)); };
  const types = facts.asked.type === 'adminAdd' ? (['adminAdd'] as const) : (['userAdd', 'userUpdate', 'userRemove'] as const);
  const isFar = !isNear(at);
  for (const type of types) {
    // Most of what strangers wish is refused for the same reason: some of it is enough. And changes are asked of every other policy.
    const isAsked = (): boolean => next(isFar ? 5 : type.endsWith('Add') ? 1 : 2) === 0;
    if (type === 'userAdd' || type === 'adminAdd') put({ type, policy: undefined, saysWhy: true, answers: 'none' });
    for (const [nth, policy] of at.package.policies.entries()) if (isAsked()) put({ type, policy, saysWhy: nth % 3 > 0, answers: nth % 11 === 0 ? 'foreign' : next(4) === 0 ? 'none' : 'all' });
  }
}

/** Whom somebody asks for: itself, everybody whom it has to do with, and some others; each with some of the plain packages and some of the others. */
function encountersOf(requestor: Identity): readonly { readonly requestor: Identity; readonly target: Identity; readonly package: Package }[] {
  return town.identities.flatMap((target) => {
    const isClose = isNear({ requestor, target }) || (requestor.administers !== undefined && next(5) === 0);
    const isMet = ({ name, ...one }: Package): boolean => {
      if (name === 'plain') return isClose ? next(10) < 7 : next(100) === 0;
      // Where something stands in the way, everybody is met in whose way it stands.
      return next((isClose && [...one.holders, ...one.waiting, ...one.excludedHolders].includes(target.id)) ? 1 : isClose ? 2 : 70) === 0;
    };
    return packages.filter(isMet).map((one) => ({ requestor, target, package: one }));
  });
}

async function meet(tx: Tx, tally: Tally, { caller, ...at }: { readonly caller: Caller; readonly requestor: Identity; readonly target: Identity; readonly package: Package }): Promise<void> {
  for (const type of at.package.name === 'plain' || at.requestor.administers !== undefined ? (['userAdd', 'adminAdd'] as const) : (['userAdd'] as const)) {
    const facts = await factsOf(tx, { caller, ...at }, type);
    if ('asked' in facts) compareAll(tally, at, facts);
    else compare(tally, { ...at, type, policy: undefined, saysWhy: true, answers: 'none' }, { isAllowed: false, codes: facts });
  }
}

describe('the rules of asking', () => {
  it('agree with the slow model for every policy shape, requestor and target', async () => {
    const tally: Tally = { compared: 0, answers: new Map(), disagreements: [] };
    await inTransaction(database.db, async (tx) => {
      for (const requestor of town.identities) {
        const caller = await callerOf(tx, requestor);
        expect([requestor.name, caller === undefined]).toEqual([requestor.name, requestor.isDisabled === true || requestor.isDeleted === true]);
        if (caller === undefined) continue;
        for (const encounter of encountersOf(requestor)) await meet(tx, tally, { caller, ...encounter });
      }
    });
    const spread = [...tally.answers].toSorted(([a], [b]) => a.localeCompare(b)).map(([what, times]) => `${what} ${times}`).join(', ');
    console.log(`${tally.compared} combinations compared: ${spread}`);
    expect(tally.disagreements.slice(0, 20).join('\n')).toBe('');
    expect(tally.compared).toBeGreaterThan(20_000);
    for (const [what, times] of tally.answers) expect([what, times >= 5]).toEqual([what, true]);
  }, 600_000);

  it('meet every scope with every way to name who asks', () => {
    const pairs = new Set(packages.flatMap(({ policies }) => policies.map(({ scope, targets, requestors }) => JSON.stringify([scope, targets, requestors]))));
    expect(pairs.size).toBe(scopes.length * requestorSets.length);
  });
});
