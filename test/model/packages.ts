/** The packages of the generated test: some that are plain, and others in whose way something stands. */
import { newId } from '../../src/platform/ids.ts';
import { catalogs, idOf } from './cast.ts';
import { makeShapes, requestorSets } from './shapes.ts';
import type { Package, Shape } from './town.ts';

const all = (...names: readonly string[]): readonly string[] => names.map(idOf);
const plain = { catalog: catalogs.ours, isHiddenAway: false, content: 'group', holders: [], waiting: [], excludedGroups: [], excludedHolders: [] } as const;

/** Every so-many-th of the shapes, as new policies: what stands in the way does not need all of them. */
const some = (shapes: readonly Shape[], every: number): readonly Shape[] => shapes.filter((_, nth) => nth % every === 0).map((one) => ({ ...one, id: newId() }));

/** How many packages share the policies of which nothing stands in the way. */
const plainCount = 7;

/** Every policy once, each package with every scope and with every way to name who asks. */
const dealt = (shapes: readonly Shape[], to: number): readonly Shape[] => shapes.filter((_, nth) => (nth + Math.floor(nth / requestorSets.length)) % plainCount === to);

/** All packages. */
export function makePackages(seed: number): readonly Package[] {
  const shapes = makeShapes(seed);
  const made = (name: string, policies: readonly Shape[], more: Partial<Package> = {}): Package => ({ ...plain, id: newId(), name, policies, ...more });
  return [
    ...Array.from({ length: plainCount }, (_, to) => made('plain', dealt(shapes, to))),
    made('a group for roles', some(shapes, 23), { content: 'roleAssignableGroup' }),
    made('a permission of an API', some(shapes, 19), { content: 'apiPermission' }),
    made('a role for applications', some(makeShapes(seed + 1), 29), { content: 'applicationRole' }),
    made('a role for users', some(makeShapes(seed + 2), 31), { content: 'userRole' }),
    made('not published', some(shapes, 41), { catalog: idOf('the unpublished catalog'), isHiddenAway: true }),
    made('held and waited for', some(makeShapes(seed + 3), 17), { holders: all('a member', 'the agent', 'the service principal', 'a guest of Acme'), waiting: all('the lead', 'an agent with one disabled sponsor', 'a disabled agent', 'a guest of nobody') }),
    made('excluded', some(makeShapes(seed + 4), 17), { excludedGroups: all('the crew', 'a deleted group'), excludedHolders: all('a member', 'the agent', 'a member of the crew', 'a disabled agent') }),
  ];
}
