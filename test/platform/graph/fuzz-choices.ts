/** Choices that a request is made of, each drawn evenly. */
import fc from 'fast-check';
import type { Version } from '../../../src/platform/graph/model.ts';
import type { Registry } from '../../../src/platform/graph/registry.ts';
import type { World } from './fuzz-world.ts';

type Generating = fc.GeneratorValue;

/** One request in the making. */
export interface Making {
  readonly g: Generating;
  readonly world: World;
  readonly registry: Registry;
  readonly version: Version;
}

/** Texts that break careless readers. */
export const evil = ['__proto__', 'constructor', '', ' ', "'", "''", '"', '(', ')', '%', '\u0000', '𝔘', '\ud800', 'İ', '$it', '*', '..', '/', 'x'.repeat(1100), '9'.repeat(400), '-1', '1e400', 'null', 'true', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.9999999Z', '2026-02-30', "'; drop table catalogs; --", '$1', '::uuid', '00000000-0000-0000-0000-000000000000'];

/** fast-check likes small numbers best; here each is as good as the other. */
export const evenly = (most: number): fc.Arbitrary<number> => fc.noBias(fc.nat(most));

/** One of some. */
export const pick = <T>({ g }: Making, members: readonly T[]): T => {
  const found = members[g(evenly, Math.max(members.length - 1, 0))];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};
/** True in so many of a hundred cases. */
export const chance = ({ g }: Making, percent: number): boolean => g(evenly, 99) < percent;

/** A key of something that exists, if there is any; now and then of nothing. */
export function someId(making: Making, type: string): string {
  const known = making.world.ids.get(type) ?? [];
  return known.length === 0 ? '11111111-2222-4333-8444-555555555555' : chance(making, 2) ? pick(making, ['11111111-2222-4333-8444-555555555555', ...evil.slice(0, 4)]) : pick(making, known);
}
