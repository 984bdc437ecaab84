/** Plays stories on one kind of world. */
import { describe, expect, it } from 'vitest';
import { readScenarios, type Scenario, type Story } from './read.ts';
import { steps } from './steps.ts';
import type { Depth, World } from './world.ts';

const { scenarios, problems } = readScenarios(steps);

/** Every story that is played at this depth, each in a world of its own. */
export function play(depth: Depth, begin: () => Promise<World>): void {
  it('understands every step, uses every step and asserts something in every story', () => {
    expect(problems).toEqual([]);
  });
  const played = scenarios.filter(({ depths }) => depths.includes(depth));
  for (const file of new Set(played.map((one) => one.file))) {
    describe(`${file}, ${depth}`, () => {
      for (const [nth, scenario] of played.filter((one) => one.file === file).entries()) it(`${nth + 1}. ${scenario.name}`, async () => { await tell(scenario, await begin()); });
    });
  }
}

async function tell({ steps: told }: Scenario, world: World): Promise<void> {
  const story: Story = { world, refused: undefined };
  for (const { text, kind, words, rows } of told) {
    try {
      // Nobody passes over a refusal: the next sentence has to say why.
      if (story.refused !== undefined && !kind.sentence.startsWith('it is refused')) throw new Error(`what was tried before was refused: ${story.refused.join(', ')}`);
      await kind.act(story, words, rows);
    } catch (error) {
      if (error instanceof Error) error.message = `${text}: ${error.message}`;
      throw error;
    }
  }
  if (story.refused !== undefined) throw new Error(`what was tried last was refused: ${story.refused.join(', ')}`);
}
