/** Several calls at once, but not all: what a careful client does. */

const atOnce = 8;

/** Does the same with every item, a few at a time; answers in the order of the items. */
export async function inParallel<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  const queue = items.entries();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const [index, item] of queue) results.set(index, await work(item));
  }));
  return [...results].toSorted(([one], [other]) => one - other).map(([, result]) => result);
}
